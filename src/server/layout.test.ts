import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { layoutOf, prepareDataFolder, roleSocket } from "./layout.ts";
import { removeFolder, temporaryFolder } from "./testing.ts";

let base: string;

beforeEach(() => {
  base = temporaryFolder();
});

afterEach(() => removeFolder(base));

const mode = (path: string): number => statSync(path).mode & 0o777;

test("prepareDataFolder() makes folders 0700 and a key 0600, and keeps the key", () => {
  const layout = prepareDataFolder(join(base, "a/b"));
  const folders = [layout.folder, layout.state, layout.instances, layout.log, layout.run, layout.sockets];
  expect(folders.map(mode)).toEqual(folders.map(() => 0o700));
  expect([layout.key, layout.version].map(mode)).toEqual([0o600, 0o600]);
  const key = readFileSync(layout.key, "utf8");
  expect(key).toMatch(/^[\w-]{32}\n$/);
  prepareDataFolder(layout.folder);
  expect(readFileSync(layout.key, "utf8")).toBe(key);
});

test.each([
  ['{"data":2}', "data-newer"],
  ['{"data":"new"}', "data-damaged"],
  ["", "data-damaged"],
])("prepareDataFolder() refuses version %j and changes nothing", (version, code) => {
  writeFileSync(join(base, "version"), version);
  expect(() => prepareDataFolder(base)).toThrow(expect.objectContaining({ code }));
  expect(existsSync(join(base, "key"))).toBe(false);
});

test("prepareDataFolder() refuses a folder of something else", () => {
  writeFileSync(join(base, "thesis.txt"), "");
  expect(() => prepareDataFolder(base)).toThrow(expect.objectContaining({ code: "usage" }));
});

test("sockets of a data folder with a long name lie where their paths are short", () => {
  const long = join(base, "x".repeat(100));
  mkdirSync(long);
  const layout = prepareDataFolder(long);
  expect(Buffer.byteLength(roleSocket(layout, "resolver"))).toBeLessThan(104);
  expect(mode(layout.sockets)).toBe(0o700);
  removeFolder(layout.sockets);
});

test("two names for one data folder mean the same sockets", () => {
  const layout = prepareDataFolder(join(base, "data"));
  symlinkSync(layout.folder, join(base, "link"));
  expect(prepareDataFolder(join(base, "link"))).toEqual(layoutOf(layout.folder));
});
