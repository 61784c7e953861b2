import { chmodSync, existsSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { inDataFolder, layoutOf, prepareDataFolder, roleSocket } from "./layout.ts";
import { removeFolder, temporaryFolder } from "./testing.ts";

let base: string;

beforeEach(() => {
  base = temporaryFolder();
});

afterEach(() => removeFolder(base));

const mode = (path: string): number => statSync(path).mode & 0o777;

test("prepareDataFolder() makes folders 0700", () => {
  const layout = prepareDataFolder(join(base, "a/b"));
  const { folder, state, instances, nodes, images, log, run, sockets } = layout;
  const folders = [folder, state, instances, nodes, images, log, run, sockets];
  expect(folders.map(mode)).toEqual(folders.map(() => 0o700));
  expect(mode(layout.version)).toBe(0o600);
});

test.each([
  ['{"data":3}', "data-newer"],
  ['{"data":"new"}', "data-damaged"],
  ["", "data-damaged"],
])("prepareDataFolder() refuses version %j and changes nothing", (version, code) => {
  writeFileSync(join(base, "version"), version);
  expect(() => prepareDataFolder(base)).toThrow(expect.objectContaining({ code }));
  expect(existsSync(join(base, "run"))).toBe(false);
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

test("sockets lie where their paths are short though the folder for temporary files has a long name too", () => {
  const long = join(base, "x".repeat(100));
  mkdirSync(long);
  vi.stubEnv("TMPDIR", long);
  try {
    const layout = prepareDataFolder(join(long, "data"));
    expect(Buffer.byteLength(roleSocket(layout, "resolver"))).toBeLessThan(104);
    expect(mode(layout.sockets)).toBe(0o700);
    removeFolder(layout.sockets);
  } finally {
    vi.unstubAllEnvs();
  }
});

test("two names for one data folder mean the same sockets", () => {
  const layout = prepareDataFolder(join(base, "data"));
  symlinkSync(layout.folder, join(base, "link"));
  expect(prepareDataFolder(join(base, "link"))).toEqual(layoutOf(layout.folder));
});

test("prepareDataFolder() refuses a link, or a file, where roles would write", () => {
  const layout = prepareDataFolder(join(base, "data"));
  const foreign = join(base, "foreign");
  mkdirSync(join(foreign, "thesis"), { recursive: true });
  chmodSync(foreign, 0o755);
  for (const inner of [layout.instances, layout.state]) {
    rmSync(inner, { recursive: true });
    symlinkSync(foreign, inner);
    expect(() => prepareDataFolder(layout.folder)).toThrow(expect.objectContaining({ code: "data-damaged" }));
    expect(mode(foreign)).toBe(0o755);
    rmSync(inner);
    writeFileSync(inner, "");
    expect(() => prepareDataFolder(layout.folder)).toThrow(expect.objectContaining({ code: "data-damaged" }));
    rmSync(inner);
    prepareDataFolder(layout.folder);
  }
});

test("prepareDataFolder() says what the system refuses", () => {
  writeFileSync(join(base, "file"), "");
  expect(() => prepareDataFolder(join(base, "file/data"))).toThrow(
    expect.objectContaining({ code: "path-unusable", message: expect.stringContaining("ENOTDIR") as string }),
  );
});

test("inDataFolder() tells a full disk from a path that cannot be used", () => {
  const failing = (code: string) => (): never => {
    throw Object.assign(new Error(`${code}: it cannot`), { code });
  };
  for (const [system, code] of [
    ["ENOSPC", "disk-full"],
    ["EDQUOT", "disk-full"],
    ["EROFS", "path-unusable"],
  ] as const) {
    expect(() => inDataFolder(base, failing(system))).toThrow(expect.objectContaining({ code }));
  }
  expect(inDataFolder(base, () => 1)).toBe(1);
});
