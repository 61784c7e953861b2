import { createHash } from "node:crypto";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { RoleObject } from "#contract";
import { loadState, saveState } from "./state-file.ts";
import { digestOf, removeFolder, temporaryFolder } from "./testing.ts";

let folder: string;
let path: string;
const objects: RoleObject[] = [
  { kind: "host", host: "shop.test", resourceId: "r" },
  { kind: "host", host: "café.test", resourceId: "r" },
];
const state = { revision: 7, digest: digestOf(objects), objects };

beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, "edge");
});

afterEach(() => removeFolder(folder));

test("loadState() gives what saveState() wrote, in a file of mode 0600", () => {
  expect(loadState(path)).toBeUndefined();
  saveState(path, state);
  expect(loadState(path)).toEqual(state);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test.each([
  ["empty", () => "", "it is no role's state"],
  ["of something else", () => "SQLite format 3\n", "it is no role's state"],
  ["of a newer version", (text: string) => text.replace(" 1 ", " 2 "), "it has version 2"],
  ["cut off", (text: string) => text.slice(0, -10), "its checksum is wrong"],
  ["changed", (text: string) => text.replace("shop", "shap"), "its checksum is wrong"],
  [
    "no JSON, with a checksum that is right",
    () => `fairlead-role-state 1 ${createHash("sha256").update("{").digest("hex")}\n{`,
    "it holds objects that this version does not know",
  ],
])("loadState() does not use a file that is %s", (_, damage, reason) => {
  saveState(path, state);
  writeFileSync(path, damage(readFileSync(path, "utf8")));
  expect(loadState(path)).toContain(reason);
});

test.each([
  ["a digest of other objects", { ...state, digest: "0".repeat(16) }],
  ["an object twice", { ...state, objects: [...objects, ...objects, ...objects] }],
  [
    "an object of a kind that is not known",
    { ...state, objects: [{ kind: "moon" } as unknown as RoleObject] },
  ],
])("loadState() does not use a state with %s", (_, wrong) => {
  saveState(path, wrong);
  expect(loadState(path)).toBeTypeOf("string");
});
