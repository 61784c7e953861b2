import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lastLines, rotateLog } from "./log-file.ts";
import { removeFolder, temporaryFolder } from "./testing.ts";

let folder: string;
let log: string;

beforeEach(() => {
  folder = temporaryFolder();
  log = join(folder, "log");
});

afterEach(() => removeFolder(folder));

test("rotateLog() keeps the end of a log that grew far over its size, and no more", () => {
  const lines = Array.from({ length: 10_000 }, (_, i) => `line ${i}\n`).join("");
  writeFileSync(log, lines);
  expect(rotateLog(log, 1000)).toBe(true);
  expect(statSync(log).size).toBe(0);
  expect(readFileSync(`${log}.1`, "utf8")).toBe(lines.slice(-1000));
  expect(lastLines(log, 2)).toEqual(["line 9998", "line 9999"]);
  expect(rotateLog(log, 1000)).toBe(false);
});

test("rotateLog() empties a log also where the copy cannot be made", () => {
  writeFileSync(log, "x".repeat(2000));
  mkdirSync(join(`${log}.1`, "in-the-way"), { recursive: true });
  expect(rotateLog(log, 1000)).toBe(true);
  expect(statSync(log).size).toBe(0);
  expect(existsSync(`${log}.1`)).toBe(false);
});

test("lastLines() of a log that cannot be read are none", () => {
  mkdirSync(log);
  expect(lastLines(log, 5)).toEqual([]);
  expect(lastLines(join(folder, "absent"), 5)).toEqual([]);
});
