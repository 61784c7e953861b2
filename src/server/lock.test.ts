import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { afterEach, beforeEach, expect, test } from "vitest";
import { identifyProcess } from "#runtime";
import { lockHolder, takeLock } from "./lock.ts";
import { removeFolder, temporaryFolder } from "./testing.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, "lock");
});

afterEach(() => removeFolder(folder));

test("takeLock() is held until released", () => {
  const lock = takeLock(path);
  expect(lockHolder(path)?.pid).toBe(process.pid);
  expect(() => takeLock(path)).toThrow(expect.objectContaining({ code: "already-running" }));
  lock.release();
  expect(lockHolder(path)).toBeUndefined();
  takeLock(path).release();
});

const { pid: deadPid } = spawnSync(process.execPath, ["-e", "0"]);
const self = identifyProcess(process.pid);

test.each([
  ["a process that is gone", JSON.stringify({ pid: deadPid, start: "then" })],
  ["a pid that another process has now", JSON.stringify({ ...self, start: "then" })],
  ["nobody, because it was cut off", '{"pid":12'],
  ["nobody, because it is empty", ""],
])("takeLock() takes over the lock of %s", (_, content) => {
  writeFileSync(path, content);
  expect(lockHolder(path)).toBeUndefined();
  const lock = takeLock(path);
  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(self);
  lock.release();
});

test("a release does not take away the lock of somebody else", () => {
  const lock = takeLock(path);
  writeFileSync(path, "of another one");
  lock.release();
  expect(readFileSync(path, "utf8")).toBe("of another one");
});
