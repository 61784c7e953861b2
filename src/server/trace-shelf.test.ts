// The shelf of good traces as a file: what is written is read again, nobody else may read it, and a file that is damaged, or is another
// one, is said to be so or holds nothing; who takes it up goes on without (src/control/traces.test.ts).

import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Trace } from "#contract";
import { traceShelfIn } from "./trace-shelf.ts";

let folder = "";
let path = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-shelf-"));
  path = join(folder, "traces.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

test("what was kept is there again, for this user alone, and nothing lies beside it", async () => {
  const kept = [{ id: "1", url: "https://shop.test/", fresh: true, steps: [] }] as unknown as Trace[];
  await traceShelfIn(path).save(kept);
  expect(await traceShelfIn(path).load()).toEqual(kept);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(["traces.json"]);
});

test("without a file there is nothing", async () => {
  expect(await traceShelfIn(path).load()).toEqual([]);
});

test.each(["", "[{", "\u0000\u0001", '[{"id":'])(
  "a file that holds %j is said to be unreadable",
  async (text) => {
    writeFileSync(path, text);
    await expect(traceShelfIn(path).load()).rejects.toThrow(SyntaxError);
  },
);

test.each(["{}", "null", '"text"', "7"])("a file that holds %j has no traces", async (text) => {
  writeFileSync(path, text);
  expect(await traceShelfIn(path).load()).toEqual([]);
});
