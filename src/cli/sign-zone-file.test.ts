// A zone file that is signed, without the command around it: what is of the zone, what is not, and its digest. What the signatures are worth is judged by
// others in test/platform/zone-sign.test.ts.

import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { p256 } from "#dnssec/testing";
import { type ResourceRecord, RrType } from "#wire";
import { groupRecords, RrsetList, verifyZonemd } from "#zone";
import { readSignOptions } from "./sign-options.ts";
import { readWholeZone, signZoneFile } from "./sign-zone-file.ts";

const folder = mkdtempSync(join(tmpdir(), "fl-sign-file-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const head =
  "$TTL 300\n$ORIGIN shop.test.\n@ SOA ns1 host 7 7200 900 1209600 60\n@ NS ns1\nns1 A 192.0.2.1\n";
const action = "Cannot sign";
const key = p256();

function read(text: string, zone?: string) {
  const path = join(folder, "shop.zone");
  writeFileSync(path, text);
  return readWholeZone(path, zone, action);
}

function sign(text: string, values: Record<string, string | boolean> = {}): ResourceRecord[] {
  const options = readSignOptions(values, action, 1_800_000_000);
  return [...signZoneFile(read(text), [key], options).records()];
}

const ownersOf = (records: readonly ResourceRecord[]): string[] => [
  ...new Set(records.map(({ name }) => name.toString())),
];

test("the zone is the SOA's owner, whatever stands before it; what lies elsewhere is left out, with any letters", () => {
  const records = sign(
    head.replace(
      "@ SOA",
      "WWW.Shop.TEST. A 192.0.2.2\nx.other.test. A 192.0.2.3\nop.test. A 192.0.2.4\n@ SOA",
    ),
  );
  expect(ownersOf(records)).toEqual(["shop.test.", "ns1.shop.test.", "WWW.Shop.TEST."]);
});

test("the SOA comes first, and each RRset is followed by what signs it", () => {
  const records = sign(`${head}@ A 192.0.2.9\n`);
  expect(records.slice(0, 5).map(({ type }) => type)).toEqual([
    RrType.SOA,
    RrType.RRSIG,
    RrType.A,
    RrType.RRSIG,
    RrType.NS,
  ]);
  for (const [i, { type, rdata, ttl }] of records.entries()) {
    if (type !== RrType.RRSIG) continue;
    expect([rdata[0]! * 256 + rdata[1]!, ttl]).toEqual([records[i - 1]?.type, records[i - 1]?.ttl]);
  }
});

test.each(["nsec", "nsec3"])("with %s a digest is that of all that comes out, and is signed", (denial) => {
  const records = sign(`${head}a.b A 192.0.2.9\n`, { denial, zonemd: true });
  const zone = new RrsetList(groupRecords(records));
  const { name: apex } = records[0]!;
  expect(verifyZonemd(apex, zone, createHash)).toEqual({ kind: "good" });
  const covered = records.filter(({ type, rdata }) => type === RrType.RRSIG && rdata[1] === RrType.ZONEMD);
  expect(covered).toHaveLength(1);
});

test("what is signed already is signed anew, and keys of others stay", () => {
  const first = sign(head, { denial: "nsec3" });
  const other = p256();
  const lines = `${head}@ DNSKEY 257 3 13 ${Buffer.from(other.rdata.subarray(4)).toString("base64")}\n`;
  const again = sign(
    `${lines}@ RRSIG A 13 2 300 20300101000000 20260101000000 1 shop.test. AAAA\n@ NSEC x A\n`,
  );
  expect(again.filter(({ type }) => type === RrType.DNSKEY)).toHaveLength(2);
  expect(again.filter(({ type }) => type === RrType.NSEC)).toHaveLength(2);
  expect(first.some(({ type }) => type === RrType.NSEC3PARAM)).toBe(true);
});

test("a file without an SOA, one with that of another zone, and one with a defect are refused", () => {
  expect(() => read("www.shop.test. 60 A 192.0.2.1\n")).toThrow("it has no SOA record");
  expect(() => read(head, "other.test")).toThrow("has no SOA at its apex");
  expect(() => read(`${head}www A 192.0.2\n`)).toThrow("1 defect");
  expect(() => readWholeZone(join(folder, "none"), undefined, action)).toThrow("there is no such file");
});
