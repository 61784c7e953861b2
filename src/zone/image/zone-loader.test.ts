// A zone that is loaded record by record is the zone that a change makes of the same records, in whatever order they come; and what a load
// leaves behind where it fails, or takes the place of a zone.

import * as fc from "fast-check";
import { formatRdata, parseZoneFile, parseZoneFileOctets, typeName } from "#wire";
import { expect, test } from "vitest";
import type { LoadedZone, ZoneFeed, ZoneLoad } from "../load.ts";
import { groupRecords } from "../rrset.ts";
import { withSnapshot } from "../snapshot.ts";
import { feedOf, name, rrsets } from "../testing.ts";
import { none, ZoneSearch } from "../reader.ts";
import { replaceZone } from "../change.ts";
import { ZoneImage } from "./zone-image.ts";

const reserved = 2 ** 24;
const apex = name("example.org.");

const hash = "0P9MHAVEQVM6T7VBL5LOP2U3T2RP3TOM";
const data: Readonly<Record<string, readonly string[]>> = {
  A: ["192.0.2.1", "192.0.2.2"],
  MX: ["10 mail", "10 MAIL", "20 mail"],
  NS: ["ns1", "ns2"],
  TXT: ['"a"', '"b"', '"a" "b"'],
  DNAME: ["other.test."],
  NSEC3: [`1 0 0 - ${hash} A`],
  RRSIG: [
    "NSEC3 13 3 60 20300101000000 20200101000000 1 @ aGFzaA==",
    "A 13 3 60 20300101000000 20200101000000 1 @ aGFzaA==",
  ],
};

const anyRecord = fc
  .constantFrom(...Object.keys(data))
  .chain((type) =>
    fc.record({
      owner: fc.constantFrom("@", "a", "A", "b.a", "c.b.a", "*.a", "x.y.z", "b"),
      ttl: fc.constantFrom(0, 60, 300, 3_000_000_000),
      type: fc.constant(type),
      data: fc.constantFrom(...(data[type] ?? [])),
    }),
  )
  // What is hashed stands at names of its own (RFC 5155 section 3): signatures of a name are over one kind or the other.
  .map((record) =>
    record.type === "NSEC3" || record.data.startsWith("NSEC3 ")
      ? { ...record, owner: hash.toLowerCase() }
      : record,
  );

/** Everything of a zone as text, in order. */
function textOf(image: ZoneImage): string[] {
  return withSnapshot(image, (snapshot) =>
    [...(snapshot.rrsets(apex) ?? [])]
      .map(
        ({ owner, type, ttl, rdata }) =>
          `${owner.toString().toLowerCase()} ${ttl} ${typeName(type)} ${rdata
            .map((octets) => formatRdata(type, octets).toLowerCase())
            .sort()
            .join(" | ")}`,
      )
      .sort(),
  );
}

function load(image: ZoneImage, text: string): void {
  const feed: ZoneFeed = (put) => {
    const [error] = parseZoneFileOctets(text, { origin: apex, ttl: 60 }, put);
    if (error) throw new Error(error.message);
  };
  image.load([{ apex, groups: ["s"], feed }]);
}

const soa = "@ SOA ns1 host 1 1 1 1 1\n";

test("a loaded zone is the zone of the same records, in whatever order they come", () => {
  fc.assert(
    fc.property(fc.array(anyRecord, { maxLength: 30 }), (records) => {
      const text =
        soa +
        records.map(({ owner, ttl, type, data: rdata }) => `${owner} ${ttl} ${type} ${rdata}\n`).join("");
      const [loaded, changed] = [new ZoneImage(reserved), new ZoneImage(reserved)];
      load(loaded, text);
      const parsed = parseZoneFile(text, { origin: apex, ttl: 60 });
      changed.apply(replaceZone(apex, ["s"], groupRecords(parsed.records)));
      expect(textOf(loaded)).toEqual(textOf(changed));
      // Names that are there for what is below them, cuts and wildcards are found alike.
      for (const asked of ["a", "q.a", "b.a", "q.c.b.a", "y.z", "z", "q", "q.b", "@"]) {
        const octets = name(asked === "@" ? "example.org." : `${asked}.example.org.`).octets;
        const [mine, its] = [loaded, changed].map((image) => {
          image.open();
          const found = new ZoneSearch();
          const zone = image.findZone(image.group("s"), octets, 0, false);
          image.search(zone, octets, 0, found);
          // Which blocks these are differs; that they are there does not.
          return Object.fromEntries(
            Object.entries(found).map(([key, value]) => [
              key,
              key.endsWith("At") ? value : (value as number) !== none,
            ]),
          );
        });
        expect(mine).toEqual(its);
      }
    }),
  );
});

test("loading a zone again replaces it, and the memory of the one before comes back", () => {
  const image = new ZoneImage(reserved);
  const many = Array.from({ length: 2000 }, (_, i) => `h${i}.x A 192.0.2.1\n`).join("");
  load(image, soa + many);
  const used = image.usedOctets;
  for (let i = 0; i < 5; i++) load(image, soa + many);
  expect(image.usedOctets).toBeLessThan(2.1 * used);
  load(image, `${soa}www A 192.0.2.2\n`);
  load(image, `${soa}www A 192.0.2.2\n`);
  expect(image.usedOctets).toBeLessThan(used / 10);
  expect(textOf(image)).toHaveLength(2);
});

test.each([
  ["a record of another zone", "www.example.com. A 192.0.2.1\n", "name-outside-zone"],
  ["a record of a zone that only ends alike", "www.notexample.org. A 192.0.2.1\n", "name-outside-zone"],
  ["a file that cannot be read", "www A 192.0.2\n", undefined],
])("%s: the load fails, the zone is served on, and nothing is lost", (_, line, code) => {
  const image = new ZoneImage(reserved);
  load(image, `${soa}www A 192.0.2.2\n`);
  const [before, used] = [textOf(image), image.usedOctets];
  const many = Array.from({ length: 500 }, (__, i) => `h${i}.x A 192.0.2.1\n`).join("");
  for (let i = 0; i < 3; i++) {
    let failure: unknown;
    try {
      load(image, soa + many + line + many);
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(Error);
    expect((failure as { code?: string }).code).toBe(code);
  }
  expect(textOf(image)).toEqual(before);
  expect(image.usedOctets).toBeLessThanOrEqual(used + 1024);
});

test("zones are loaded together or not at all, and each is looked at before any is in force", () => {
  const image = new ZoneImage(reserved);
  load(image, `${soa}www A 192.0.2.2\n`);
  const [before, used] = [textOf(image), image.usedOctets];
  const other = name("example.com.");
  const loads = (check: (zone: LoadedZone) => void): ZoneLoad[] => [
    { apex, groups: ["s"], feed: feedOf(rrsets("example.org.", `${soa}new A 192.0.2.3\n`)) },
    { apex: other, groups: ["s"], feed: feedOf(rrsets("example.com.", soa)), check },
  ];
  const refused = (zone: LoadedZone): never => {
    expect(zone.has(other, 6)).toBe(true);
    expect(textOf(image)).toEqual(before);
    throw new RangeError("not this one");
  };
  for (let i = 0; i < 3; i++) expect(() => image.load(loads(refused))).toThrow("not this one");
  expect(textOf(image)).toEqual(before);
  expect(image.usedOctets).toBe(used);
  const generation = image.open();
  image.load(loads(() => {}));
  expect(image.open()).toBe(generation + 1);
  expect(textOf(image).join()).toContain("new.example.org.");
  expect(withSnapshot(image, (snapshot) => snapshot.has(other, "s"))).toBe(true);
});

test("70,000 records of one RRset are refused, and records that repeat are not counted", () => {
  const image = new ZoneImage(2 ** 26);
  const lines = (count: number, from = 0): string =>
    Array.from({ length: count }, (_, i) => `big TXT "${i + from}"\n`).join("");
  load(image, soa + lines(60_000) + lines(60_000));
  expect(() => load(image, soa + lines(70_000))).toThrow("more than 65535 records");
});
