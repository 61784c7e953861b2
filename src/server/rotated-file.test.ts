// Files that rotate: nothing is lost between them, each begins and ends as it has to, and a disk that takes nothing holds nobody up.

import { execFileSync } from "node:child_process";
import {
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { open as openOnDisk, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RotatedFile, type RotatedFileOptions } from "./rotated-file.ts";

let folder: string;
let path: string;
let problems: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fl-rotated-"));
  path = join(folder, "log");
  problems = [];
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(maxOctets: number, kept: number, more: Partial<RotatedFileOptions> = {}): RotatedFile {
  // However slow the machine is, all of it is written.
  const closeMs = 60_000;
  return new RotatedFile({
    path,
    maxOctets,
    kept,
    closeMs,
    onProblem: (text) => problems.push(text),
    ...more,
  });
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

/** Files on a disk that has room for so many octets. */
function smallDisk(room: number): {
  room: number;
  openFile: (path: string, flags: number, mode: number) => Promise<FileHandle>;
} {
  const disk = {
    room,
    openFile: async (at: string, flags: number, mode: number): Promise<FileHandle> => {
      const file = await openOnDisk(at, flags, mode);
      const write = file.appendFile.bind(file);
      file.appendFile = async (octets) => {
        const all = octets as Uint8Array;
        const taken = all.subarray(0, Math.max(0, disk.room - (await file.stat()).size));
        await write(taken);
        if (taken.length < all.length) throw Object.assign(new Error("full"), { code: "ENOSPC" });
      };
      return file;
    },
  };
  return disk;
}

test.each([
  ["lines", {}, "one\ntwo\n", "one\ntwo\nfour\n"],
  ["frames", { head: piece("<"), tail: piece(">") }, "<one\ntwo\n", "<one\ntwo\nfour\n>"],
])(
  "a disk that is full leaves %s whole, what was there stays, and is gone on with",
  async (_, more, full, after) => {
    const disk = smallDisk(10);
    const file = open(1000, 1, { ...more, openFile: disk.openFile });
    const line = async (content: string): Promise<void> => {
      file.write(piece(content));
      await file.settle();
    };
    await line("one\n");
    await line("two\n");
    await line("three\n");
    expect([text(), file.written, file.dropped]).toEqual([full, 2, 1]);
    await line("four\n"); // it is not tried again at once
    expect([text(), problems]).toEqual([full, [`"${path}" cannot be written to: ENOSPC`]]);
    disk.room = 100;
    await file.close();
    const again = open(1000, 1);
    await again.close();
    expect([text(), file.written, file.dropped]).toEqual([after, 3, 1]);
    expect(existsSync(`${path}.1`)).toBe(false);
  },
);

test("a full disk in the midst of several files: what was written counts as written, the rest as dropped", async () => {
  const disk = smallDisk(4);
  const file = open(4, 3, { openFile: disk.openFile });
  for (const content of ["aaaa", "bbbb", "cccccc", "dd"]) file.write(piece(content));
  await file.close();
  expect([file.written, file.dropped]).toEqual([2, 2]);
});

test("a pipe that nobody reads holds no thread and nobody up; lines come out of one that is read", async () => {
  execFileSync("mkfifo", [path]);
  const file = open(1000, 1);
  file.write(piece("lost\n"));
  await file.close();
  expect(problems).toEqual([`"${path}" cannot be written to: ENXIO`]);
  const reader = await openOnDisk(path, constants.O_RDONLY | constants.O_NONBLOCK);
  // As many as a pipe never holds: what it does not take is dropped, and lines are whole.
  for (let i = 0; i < 3000; i++) file.write(piece(`${"x".repeat(99)}\n`));
  await file.close();
  const read = await reader.read(Buffer.alloc(2 ** 20), 0, 2 ** 20);
  await reader.close();
  const lines = read.buffer.subarray(0, read.bytesRead).toString().split("\n");
  expect(lines.pop()).toBe("");
  expect([new Set(lines).size, lines.length]).toEqual([1, file.written]);
  expect(file.written + file.dropped).toBe(3001);
  expect(file.dropped).toBeGreaterThan(1);
  const framed = open(1000, 1, { head: piece("<") });
  framed.write(piece("x"));
  await framed.close();
  expect(problems.at(-1)).toBe(`"${path}" cannot be written to: it is no file`);
});

test("a disk that never answers ends with the time that it is given", async () => {
  const file = open(1000, 1, { openFile: () => new Promise(() => {}), closeMs: 10 });
  file.write(piece("x"));
  file.flush();
  await file.close();
  expect(file.written).toBe(0);
});

test("no more than 4 MiB wait for the disk", async () => {
  const file = open(2 ** 30, 1);
  for (let i = 0; i < 6; i++) file.write(new Uint8Array(2 ** 20));
  expect(file.dropped).toBe(2);
  await file.close();
  expect(file.written).toBe(4);
});
