// The journal on disk: what was written is there after a crash, what is torn is cut off wherever it is torn, and a disk that refuses holds nothing up.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Name, parseZoneFile, RrType } from "#wire";
import { Journal, type Rrset, type VersionDiff } from "#zone";
import { JournalFile } from "./journal-file.ts";

let folder: string;
let path: string;
let log: string[];
let files: JournalFile[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fl-journal-"));
  path = join(folder, "journal");
  log = [];
  files = [];
});

afterEach(() => {
  for (const file of files) file.close();
  rmSync(folder, { recursive: true, force: true });
});

function nameOf(text: string): Name {
  const parsed = Name.parse(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

const apex = nameOf("example.test.");

function soa(serial: number): Rrset {
  const { records } = parseZoneFile(`@ SOA ns host ${serial} 1 1 1 1`, { origin: apex, ttl: 60 });
  return { owner: apex, type: RrType.SOA, ttl: 60, rdata: records.map(({ rdata }) => rdata) };
}

function diff(from: number, to: number, octets = 10): VersionDiff {
  const { records } = parseZoneFile(`x TXT ${"y".repeat(Math.min(octets, 255))}`, { origin: apex, ttl: 60 });
  return { from: soa(from), to: soa(to), removed: [], added: [...records] };
}

/** A journal that is kept in the file. */
function open(maxOctets?: number): Journal {
  const journal = new Journal();
  files.push(new JournalFile(path, journal, (text) => log.push(text), maxOctets));
  return journal;
}

test("what was added is there again, without an end in good order", () => {
  const journal = open();
  for (let i = 1; i < 4; i++) journal.add(apex, diff(i, i + 1));
  const again = open();
  expect(again.since(apex, 1)).toEqual(journal.since(apex, 1));
  again.add(apex, diff(4, 5));
  expect(open().since(apex, 1)).toHaveLength(4);
  expect(log).toEqual([]);
});

test("what was cut and forgotten is so", () => {
  const journal = open();
  for (let i = 1; i < 4; i++) journal.add(apex, diff(i, i + 1));
  journal.resume(apex, 2);
  expect(journal.since(apex, 1)).toHaveLength(1);
  journal.add(apex, diff(2, 7));
  expect(open().since(apex, 1)).toHaveLength(2);
  journal.forget(apex);
  expect(open().since(apex, 1)).toBeUndefined();
});

test("wherever the file is torn, what is before holds and what comes after is kept", () => {
  const journal = open();
  for (let i = 1; i < 4; i++) journal.add(apex, diff(i, i + 1));
  const whole = readFileSync(path);
  const record = (whole.length - 16) / 3;
  for (let length = 0; length < whole.length; length += 7) {
    writeFileSync(path, whole.subarray(0, length));
    const torn = open();
    const left = Math.max(0, Math.floor((length - 16) / record));
    expect(torn.since(apex, 1)?.length).toBe(left === 0 ? undefined : left);
    torn.add(apex, diff(left + 1, left + 2));
    expect(open().since(apex, 1)).toHaveLength(left + 1);
  }
  expect(log.some((text) => text.includes("torn"))).toBe(true);
});

test("an octet that is another one ends it there", () => {
  const journal = open();
  for (let i = 1; i < 4; i++) journal.add(apex, diff(i, i + 1));
  const whole = readFileSync(path);
  for (let at = 0; at < whole.length; at += 5) {
    const changed = Buffer.from(whole);
    changed[at] = changed[at]! ^ 0x41;
    writeFileSync(path, changed);
    const known = open().since(apex, 1)?.length ?? 0;
    expect(known).toBe(at < 16 ? 0 : Math.floor((at - 16) / ((whole.length - 16) / 3)));
  }
});

test("a file that is something else begins anew", () => {
  writeFileSync(path, "this is no journal\n".repeat(100));
  open().add(apex, diff(1, 2));
  expect(log).toEqual([`"${path}" is no journal of zones: it begins anew`]);
  expect(open().since(apex, 1)).toHaveLength(1);
});

test("its size is bounded: it is written anew with what the journal has", () => {
  const journal = open(4000);
  for (let i = 1; i < 400; i++) {
    journal.forget(apex);
    journal.add(apex, diff(i, i + 1, 200));
    expect(statSync(path).size).toBeLessThan(5000);
  }
  expect(open(4000).since(apex, 399)).toHaveLength(1);
});

test("a disk that refuses is said, and the journal in memory goes on", () => {
  mkdirSync(path);
  const journal = open();
  journal.add(apex, diff(1, 2));
  expect(journal.since(apex, 1)).toHaveLength(1);
  expect(log.join("\n")).toContain("cannot be kept");
});
