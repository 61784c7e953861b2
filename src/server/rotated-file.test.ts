// Files that rotate: nothing is lost between them, each begins and ends as it has to, and a disk that takes nothing holds nobody up.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RotatedFile } from "./rotated-file.ts";

let folder: string;
let path: string;
let problems: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fl-rotated-"));
  path = join(folder, "log");
  problems = [];
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(
  maxOctets: number,
  kept: number,
  more: { head?: Uint8Array; tail?: Uint8Array } = {},
): RotatedFile {
  return new RotatedFile({ path, maxOctets, kept, onProblem: (text) => problems.push(text), ...more });
}

const text = (ending: string = ""): string => readFileSync(path + ending, "utf8");
const piece = (content: string): Uint8Array => Buffer.from(content);

test("begins another file as it grows, and lets the oldest go", async () => {
  const file = open(8, 2);
  for (let i = 0; i < 10; i++) file.write(piece(`line${i}\n`));
  file.flush();
  await file.close();
  expect([text(), text(".1"), text(".2")]).toEqual(["line8\nline9\n", "line6\nline7\n", "line4\nline5\n"]);
  expect(existsSync(`${path}.3`)).toBe(false);
  expect(file.written).toBe(10);
});

test("goes on with a file that is there, and opens it anew where it was moved away", async () => {
  writeFileSync(path, "before\n");
  const file = open(1000, 1);
  file.write(piece("one\n"));
  await file.close();
  expect(text()).toBe("before\none\n");
  const again = open(1000, 1);
  again.write(piece("two\n"));
  again.flush();
  await new Promise((resolve) => setImmediate(resolve));
  await again.close();
  renameSync(path, join(folder, "moved"));
  again.reopen();
  again.write(piece("three\n"));
  await again.close();
  expect([readFileSync(join(folder, "moved"), "utf8"), text()]).toEqual(["before\none\ntwo\n", "three\n"]);
});

test("each file has its head and tail; one from before is put aside", async () => {
  writeFileSync(path, "<torn");
  const file = open(7, 3, { head: piece("<"), tail: piece(">") });
  for (const letter of "abcdef") file.write(piece(letter.repeat(4)));
  await file.close();
  expect([text(), text(".1"), text(".2"), text(".3")]).toEqual([
    "<eeeeffff>",
    "<ccccdddd>",
    "<aaaabbbb>",
    "<torn",
  ]);
});

test("what cannot be written is dropped and counted, and said once", async () => {
  mkdirSync(path); // no file
  const file = open(100, 1);
  for (let i = 0; i < 3; i++) file.write(piece("x"));
  file.flush();
  await file.close();
  file.write(piece("y"));
  await file.close();
  expect(problems).toEqual([`"${path}" cannot be written to: EISDIR`]);
  expect([file.written, file.dropped]).toEqual([0, 4]);
  rmSync(path, { recursive: true });
  file.write(piece("z"));
  await file.close();
  expect(problems.at(-1)).toBe(`"${path}" is written to again`);
  expect(text()).toBe("z");
});

test("no more than 4 MiB wait for the disk", async () => {
  const file = open(2 ** 30, 1);
  for (let i = 0; i < 6; i++) file.write(new Uint8Array(2 ** 20));
  expect(file.dropped).toBe(2);
  await file.close();
  expect(file.written).toBe(4);
});
