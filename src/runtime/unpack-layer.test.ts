import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { removeTree } from "./remove-tree.ts";
import { tarArchive } from "./tar-writer.ts";
import { removeFolder, temporaryFolder } from "./testing.ts";
import { unpackLayer, type Unpacked } from "./unpack-layer.ts";

let folder: string;
let root: string;

beforeEach(() => {
  folder = temporaryFolder();
  root = join(folder, "root");
  mkdirSync(root);
  writeFileSync(join(folder, "secret"), "outside");
});

afterEach(() => removeFolder(folder));

const unpack = (...members: Parameters<typeof tarArchive>[0]): Promise<Unpacked> =>
  unpackLayer(oneChunk(tarArchive(members)), root, { maxEntries: 100, maxOctets: 1 << 20 }, false);

async function* oneChunk(octets: Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield octets;
}

const read = (path: string): string => readFileSync(join(root, path), "utf8");

test("whiteouts take away what layers below have, and nothing of their own layer", async () => {
  await unpack(
    { name: "a/one", content: "1" },
    { name: "a/two", content: "2" },
    { name: "b/c/three", content: "3" },
    { name: "b/c/four", content: "4" },
  );
  await unpack(
    { name: "a/.wh.one" },
    { name: "b/c/new", content: "n" },
    { name: "b/.wh..wh..opq" },
    { name: "b/other", content: "o" },
  );
  expect([
    readdirSync(join(root, "a")),
    readdirSync(join(root, "b")).sort(),
    readdirSync(join(root, "b/c")),
  ]).toEqual([["two"], ["c", "other"], ["new"]]);
});

test("what comes later takes the place of what was there, whatever it was", async () => {
  await unpack(
    { name: "x", content: "file" },
    { name: "y/z", content: "z" },
    { name: "l", type: "2", linkName: "x" },
  );
  await unpack(
    { name: "x/", type: "5" },
    { name: "x/in", content: "in" },
    { name: "y", content: "now a file" },
    { name: "l", content: "no link" },
  );
  expect([read("x/in"), read("y"), read("l")]).toEqual(["in", "now a file", "no link"]);
});

test("links on the way are followed inside the root, as the container sees them", async () => {
  await unpack({ name: "usr/bin/", type: "5" }, { name: "bin", type: "2", linkName: "/usr/bin" });
  await unpack({ name: "bin/sh", content: "shell" }, { name: "bin/ash", type: "1", linkName: "bin/sh" });
  expect([read("usr/bin/sh"), read("usr/bin/ash"), readlinkSync(join(root, "bin"))]).toEqual([
    "shell",
    "shell",
    "/usr/bin",
  ]);
});

test("links to places outside write nothing there", async () => {
  await unpack(
    { name: "up", type: "2", linkName: "../../../.." },
    { name: "abs", type: "2", linkName: folder },
  );
  await unpack(
    { name: "up/secret", content: "in the root" },
    { name: "abs/secret", content: "below the root" },
  );
  expect(readFileSync(join(folder, "secret"), "utf8")).toBe("outside");
  expect([read("secret"), read(join(folder, "secret").slice(1))]).toEqual(["in the root", "below the root"]);
});

test("the last name is replaced and never followed", async () => {
  symlinkSync(join(folder, "secret"), join(root, "passwd"));
  await unpack({ name: "passwd", content: "mine" });
  expect(readFileSync(join(folder, "secret"), "utf8")).toBe("outside");
  expect(lstatSync(join(root, "passwd")).isFile()).toBe(true);
});

test.each<[string, Parameters<typeof tarArchive>[0], RegExp]>([
  ["a name that climbs", [{ name: "a/../../x", content: "x" }], /leads outside/],
  [
    "a hard link to a file outside through a link",
    [
      { name: "out", type: "2", linkName: "../secret" },
      { name: "x", type: "1", linkName: "out" },
    ],
    /leads to no file/,
  ],
  ["a hard link that climbs", [{ name: "x", type: "1", linkName: "../secret" }], /leads outside/],
  ["a hard link to nothing", [{ name: "x", type: "1", linkName: "nothing" }], /leads to no file/],
  [
    "links in circles",
    [
      { name: "a", type: "2", linkName: "b" },
      { name: "b", type: "2", linkName: "a" },
      { name: "a/x", content: "x" },
    ],
    /in circles/,
  ],
  ["a link to nowhere", [{ name: "a", type: "2" }], /leads nowhere/],
  [
    "a whiteout of the folder above",
    [{ name: ".wh..." }, { name: ".wh..", content: "" }],
    /leads outside|names nothing/,
  ],
  ["too many members", Array.from({ length: 101 }, (_, i) => ({ name: `f${i}` })), /more than 100 members/],
  ["a sparse file", [{ name: "x", type: "S" }], /sparse/],
])("refuses %s", async (_, members, message) => {
  await expect(unpack(...members)).rejects.toThrow(message);
  expect(readFileSync(join(folder, "secret"), "utf8")).toBe("outside");
});

/** Somebody who is not root, for as long as something takes: no right of root's helps there. */
async function asNobody(what: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    await what();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

test("folders that are shut against their owner hold nobody up: they are filled, kept as they are and removed", async () => {
  chmodSync(folder, 0o777);
  await asNobody(async () => {
    const own = join(folder, "own");
    root = join(own, "root");
    mkdirSync(root, { recursive: true });
    const dark = { type: "5", mode: 0 };
    await unpack(
      { name: "locked/", type: "5", mode: 0o555 },
      { name: "locked/one", content: "1" },
      { name: "dark/", ...dark },
      { name: "dark/within/", ...dark },
      { name: "dark/within/one", content: "1" },
      { name: "gone/", ...dark },
      { name: "gone/within/", ...dark },
    );
    await unpack(
      { name: "locked/two", content: "2" },
      { name: "dark/within/two", content: "2" },
      { name: ".wh.gone" },
    );
    expect(readdirSync(root).sort()).toEqual(["dark", "locked"]);
    expect(readdirSync(join(root, "locked")).sort()).toEqual(["one", "two"]);
    const modeOf = (path: string): number => lstatSync(join(root, path)).mode & 0o777;
    expect([modeOf("locked"), modeOf("dark")]).toEqual([0o555, 0]);
    removeTree(own);
    expect(existsSync(own)).toBe(false);
  });
});

test("devices and pipes are left out, rights of the owner are not lent, folders keep their modes", async () => {
  const { entries } = await unpack(
    { name: "dev/null", type: "3" },
    { name: "dev/sda", type: "4" },
    { name: "pipe", type: "6" },
    { name: "su", content: "x", mode: 0o6755 },
    { name: "locked/", type: "5", mode: 0o555 },
    { name: "locked/in", content: "x" },
  );
  expect(entries).toBe(6);
  expect([
    existsSync(join(root, "dev/null")),
    existsSync(join(root, "dev/sda")),
    existsSync(join(root, "pipe")),
  ]).toEqual([false, false, false]);
  expect(lstatSync(join(root, "su")).mode & 0o7777).toBe(0o755);
  expect(lstatSync(join(root, "locked")).mode & 0o7777).toBe(0o555);
});
