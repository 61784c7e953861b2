import { execFileSync, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Name, parseZoneFileOctets } from "#wire";
import { readDescriptor, readInputFile } from "./input-file.ts";
import { temporaryFolder } from "./testing.ts";
import { ZoneFolder } from "./zone-folder.ts";
import { withZoneFile } from "./zone-file-source.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, "file");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const apex = nameOf("shop.test.");

function nameOf(text: string): Name {
  const parsed = Name.parse(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

/** What reading says, as a name server and as a command read. */
function refusals(): string[] {
  const said = (act: () => unknown): string => {
    try {
      act();
      return "it was read";
    } catch (error) {
      return (error as Error).message.replace(folder, "");
    }
  };
  return [said(() => readInputFile(path, 1000)), said(() => withZoneFile(path, (text) => text.next()))];
}

test("a file is read whole up to what it may have; an empty one and /dev/null too", () => {
  const most = 300_000;
  for (const octets of [0, 1, 65_535, 65_536, most]) {
    writeFileSync(path, "x".repeat(octets));
    expect(readInputFile(path, most).length).toBe(octets);
  }
  writeFileSync(path, "x".repeat(most + 1));
  expect(() => readInputFile(path, most)).toThrow("it has more than 300000 octets");
  expect(readInputFile("/dev/null", 10).length).toBe(0);
});

test("what is no file is refused in words, and nothing waits for it", async () => {
  execFileSync("mkfifo", [path]);
  const pipe = "it is a pipe: what comes out of one is given as the standard input";
  expect(refusals()).toEqual([pipe, pipe]);
  rmSync(path);
  mkdirSync(path);
  expect(refusals()).toEqual([
    "EISDIR: illegal operation on a directory, read",
    "EISDIR: illegal operation on a directory, read",
  ]);
  rmSync(path, { recursive: true });
  symlinkSync("file", path);
  for (const said of refusals()) expect(said).toContain("ELOOP");
  rmSync(path);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  expect(refusals()).toEqual(["it is a socket", "it is a socket"]);
  await new Promise((resolve) => server.close(resolve));
});

test("two gigabytes of zeros are not read into memory: one that is read whole is refused by its length, one in pieces by its first record", () => {
  writeFileSync(path, "");
  truncateSync(path, 2 ** 31);
  expect(() => readInputFile(path, 2 ** 30)).toThrow("it has more than 1073741824 octets");
  expect(() => readInputFile("/dev/zero", 2 ** 20)).toThrow("it has more than 1048576 octets");
  let octets = 0;
  withZoneFile(path, (text) => {
    const errors = parseZoneFileOctets(text, { origin: apex }, () => {});
    octets = text.heldOctets;
    expect(errors.map(({ code }) => code)).toEqual(["record-too-long"]);
  });
  expect(octets).toBeLessThanOrEqual(2 ** 24);
});

test("the standard input ends where a file would, and what comes an octet at a time is held as octets", async () => {
  const endless = openSync("/dev/zero", "r");
  expect(() => readDescriptor(endless, 2 ** 20)).toThrow("it has more than 1048576 octets");
  closeSync(endless);
  execFileSync("mkfifo", [path]);
  const script = `exec 3>"$0"; i=0; while [ $i -lt 500 ]; do printf x >&3; i=$((i+1)); done`;
  const writer = spawn("sh", ["-c", script, path], { stdio: "ignore" });
  const ended = new Promise((resolve) => writer.once("close", resolve));
  const slow = openSync(path, "r");
  const before = process.memoryUsage().arrayBuffers;
  expect(readDescriptor(slow, 1000).toString()).toBe("x".repeat(500));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
  closeSync(slow);
  await ended;
});

test.each(["zone", "journal", "expiry"])(
  "a folder of zones with something else in the place of a %s file says so",
  (kind) => {
    const zones = new ZoneFolder(folder);
    zones.save(apex, []);
    const at = join(folder, `shop.test.${kind}`);
    rmSync(at, { force: true });
    mkdirSync(at);
    expect(() => zones.load(apex)?.feed(() => {})).toThrow(/^Cannot take up ".*": EISDIR$/);
    expect(() => zones.remove(apex)).toThrow(/^Cannot forget zone "shop.test.": /);
    rmSync(at, { recursive: true });
    zones.save(apex, []);
    rmSync(at, { force: true });
    execFileSync("mkfifo", [at]);
    expect(() => zones.load(apex)?.feed(() => {})).toThrow(/^Cannot take up ".*": ENXIO$/);
  },
);
