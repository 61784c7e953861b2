import { expect, test } from "vitest";
import { formatRdata, typeName } from "#wire";
import { makeCatalog, readCatalog } from "./catalog.ts";
import { name, rrsets } from "./testing.ts";

const apex = name("catalog.test.");
const head = '@ SOA . . 1 1 1 1 1\n@ NS invalid.\nversion TXT "2"\n';

function read(text: string): string {
  const catalog = readCatalog(apex, rrsets("catalog.test.", text));
  if (!catalog.ok) return catalog.reason;
  return catalog.members
    .map(({ zone, unique, group, changesTo }) =>
      [unique, zone.toString(), group, changesTo?.toString()].filter(Boolean).join(" "),
    )
    .sort()
    .join(", ");
}

test.each([
  ["no member", head, ""],
  ["members", `${head}a.zones PTR one.test.\nB.ZONES PTR two.test.`, "a one.test., b two.test."],
  [
    "properties",
    `${head}a.zones PTR one.test.\ngroup.a.zones TXT "g"\ncoo.a.zones PTR other.test.`,
    "a one.test. g other.test.",
  ],
  [
    "properties that are not known, or broken",
    `${head}a.zones PTR one.test.\nnew.a.zones TXT x\ngroup.a.zones TXT "x"\ngroup.a.zones TXT "y"\ndeep.coo.a.zones PTR x.\ngroup.none.zones TXT g`,
    "a one.test.",
  ],
  ["no version", "@ SOA . . 1 1 1 1 1\na.zones PTR one.test.", "it does not say its version"],
  ["another version", `${head.replace('"2"', '"1"')}a.zones PTR one.test.`, 'its version is not "2"'],
  ["two versions", `${head}version TXT "3"\na.zones PTR one.test.`, 'its version is not "2"'],
  [
    "a version in two strings",
    `${head.replace('"2"', '"2" ""')}a.zones PTR one.test.`,
    'its version is not "2"',
  ],
  [
    "a member that is two zones",
    `${head}a.zones PTR one.test.\na.zones PTR two.test.`,
    '"a.zones.catalog.test." does not stand for one zone',
  ],
  [
    "a zone that is in it twice",
    `${head}a.zones PTR one.test.\nb.zones PTR ONE.test.`,
    'zone "ONE.test." is in it twice',
  ],
  [
    "a member that changes to two catalogs",
    `${head}a.zones PTR one.test.\ncoo.a.zones PTR c.test.\ncoo.a.zones PTR d.test.`,
    '"coo.a.zones.catalog.test." does not name one catalog',
  ],
  ["other records", `${head}zones PTR x.\na.other PTR y.\na.zones TXT z\n@ TXT q`, ""],
])("a catalog with %s (RFC 9432 section 4)", (_, text, expected) => {
  expect(read(text)).toBe(expected);
});

test("what is made is read as it was meant", () => {
  const [soa] = rrsets("catalog.test.", "@ SOA . . 7 1 1 1 1");
  const made = makeCatalog(soa!, [
    { zone: name("one.test."), unique: "u1" },
    { zone: name("two.test."), unique: "u2", group: "g", changesTo: name("other.test.") },
  ]);
  const lines = made.map(
    ({ owner, type, rdata }) => `${owner.toString()} ${typeName(type)} ${formatRdata(type, rdata[0]!)}`,
  );
  expect(lines).toContain("catalog.test. NS invalid.");
  expect(lines).toContain("u1.zones.catalog.test. PTR one.test.");
  const catalog = readCatalog(apex, made);
  expect(catalog.ok && catalog.members.map(({ unique, group }) => [unique, group])).toEqual([
    ["u1", undefined],
    ["u2", "g"],
  ]);
});
