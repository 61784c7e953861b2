// Files that commands write are the old or the new one, whatever comes between.

import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeOutput } from "./write-file.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fl-write-"));
  path = join(folder, "file");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** More than is written at once, and then what is to happen. */
function* longUntil(act: () => void): Generator<string> {
  for (let i = 0; i < 3; i++) yield "x".repeat(70_000);
  act();
}

test("a file is there with all that was written, and one that was there keeps its permissions", () => {
  writeOutput(path, ["a", "b"], 0o600);
  expect([readFileSync(path, "utf8"), statSync(path).mode & 0o777]).toEqual(["ab", 0o600]);
  chmodSync(path, 0o640);
  writeOutput(
    path,
    longUntil(() => {}),
    0o600,
  );
  expect([statSync(path).size, statSync(path).mode & 0o777]).toEqual([210_000, 0o640]);
});

test("what fails in the midst leaves the file as it was, and nothing beside it", () => {
  writeFileSync(path, "good");
  const fail = (): never => {
    // Until the end whoever reads has the old one.
    expect(readFileSync(path, "utf8")).toBe("good");
    throw new Error("ENOSPC: no space left on device, write");
  };
  expect(() => writeOutput(path, longUntil(fail), 0o600)).toThrow("ENOSPC");
  expect([readFileSync(path, "utf8"), readdirSync(folder)]).toEqual(["good", ["file"]]);
});

test("what was left by an end in the midst is no hindrance, and a link in its place leads nowhere", () => {
  const other = join(folder, "other");
  writeFileSync(other, "somebody's");
  symlinkSync(other, `${path}.new`);
  writeOutput(path, ["new"], 0o600);
  expect([readFileSync(path, "utf8"), readFileSync(other, "utf8")]).toEqual(["new", "somebody's"]);
});

test("a link stays one; a device is written to, and a full one and a folder say so", () => {
  const link = join(folder, "link");
  writeFileSync(path, "old");
  symlinkSync(path, link);
  writeOutput(link, ["new"], 0o600);
  expect([lstatSync(link).isSymbolicLink(), readFileSync(path, "utf8")]).toEqual([true, "new"]);
  writeOutput(
    "/dev/null",
    longUntil(() => {}),
    0o600,
  );
  expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
  expect(() => writeOutput("/dev/full", ["x"], 0o600)).toThrow("ENOSPC");
  expect(() => writeOutput(folder, ["x"], 0o600)).toThrow("EISDIR");
});
