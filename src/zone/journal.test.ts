import * as fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalRdata, formatRdata, typeName } from "#wire";
import { replaceZone } from "./change.ts";
import { ZoneImage } from "./image/zone-image.ts";
import { Journal, JournaledZones, type NewVersion } from "./journal.ts";
import { PlainZones } from "./plain-zones.ts";
import type { Rrset } from "./rrset.ts";
import { withSnapshot, type ZoneStore } from "./snapshot.ts";
import { feedOf, name, rrsets } from "./testing.ts";
import { applyVersion, changeBetween, condense } from "./version.ts";

const apex = name("example.org.");
const stores = { "plain zones": () => new PlainZones(), "an image": () => new ZoneImage(2 ** 20) } as const;

function linesOf(zones: ZoneStore): string[] {
  return withSnapshot(zones, (snapshot) => [...(snapshot.rrsets(apex) ?? [])])
    .flatMap(({ owner, type, ttl, rdata }) =>
      rdata.map(
        (octets) =>
          `${owner.toString().toLowerCase()} ${ttl} ${typeName(type)} ${formatRdata(type, canonicalRdata(type, octets))}`,
      ),
    )
    .sort();
}

const record = fc.record({
  owner: fc.constantFrom("@", "a", "A", "b.a", "*", "c.b.a"),
  ttl: fc.constantFrom(60, 61),
  data: fc.constantFrom("A 192.0.2.1", "A 192.0.2.2", "TXT x", "TXT X", "MX 1 a", "MX 1 A"),
});

/** Versions of a zone; records of one RRset have one TTL. */
const versions = fc.array(fc.array(record, { maxLength: 12 }), { minLength: 2, maxLength: 6 }).map((list) =>
  list.map((records, serial): Rrset[] => {
    const ttls = new Map<string, number>();
    const lines = records.map(({ owner, ttl, data }) => {
      const key = `${owner.toLowerCase()} ${data.split(" ")[0]}`;
      if (!ttls.has(key)) ttls.set(key, ttl);
      return `${owner} ${ttls.get(key)} ${data}`;
    });
    return rrsets("example.org.", [`@ 60 SOA . . ${serial + 1} 1 1 1 1`, ...lines].join("\n"));
  }),
);

test.each(Object.entries(stores))(
  "%s: from any version the differences lead to the newest, one by one or condensed",
  (_, make) => {
    fc.assert(
      fc.property(versions, fc.constantFrom("changed", "replaced", "loaded"), (all, how) => {
        const zones = new JournaledZones(make());
        const told: NewVersion[] = [];
        zones.onVersion = (version) => told.push(version);
        for (const [i, version] of all.entries()) {
          const before = all[i - 1];
          if (how === "loaded") zones.load([{ apex, groups: ["all"], feed: feedOf(version) }]);
          else if (before === undefined || how === "replaced")
            zones.apply(replaceZone(apex, ["all"], version));
          else zones.apply(changeBetween(apex, before, version));
        }
        expect(told.map(({ serial }) => serial)).toEqual(all.map((__, i) => i + 1));
        for (const [i, version] of all.entries()) {
          const diffs = zones.journal.since(apex, i + 1);
          expect(diffs).toHaveLength(all.length - 1 - i);
          const one = condense(diffs ?? []);
          for (const steps of [diffs ?? [], one ? [one] : []]) {
            const copy = make();
            copy.apply(replaceZone(apex, ["all"], version));
            for (const diff of steps) {
              const change = withSnapshot(copy, (snapshot) =>
                applyVersion(apex, diff, (owner, type) =>
                  snapshot.at(apex, owner).find((each) => each.type === type),
                ),
              );
              if (typeof change === "string") throw new Error(change);
              copy.apply(change);
            }
            expect(linesOf(copy)).toEqual(linesOf(zones));
          }
        }
      }),
      { numRuns: 60 },
    );
  },
);

test("a journal keeps to its octets: the oldest versions go, and one that is too large makes a new beginning", () => {
  const zones = new JournaledZones(new PlainZones(), new Journal(20_000));
  const put = (serial: number, more = ""): void =>
    zones.apply(
      replaceZone(
        apex,
        ["all"],
        rrsets("example.org.", `@ SOA . . ${serial} 1 1 1 1\nx TXT ${serial}\n${more}`),
      ),
    );
  for (let serial = 1; serial <= 200; serial++) {
    put(serial);
    expect(zones.journal.octets).toBeLessThanOrEqual(20_000);
  }
  expect(zones.journal.since(apex, 1)).toBeUndefined();
  expect(zones.journal.since(apex, 190)).toHaveLength(10);
  put(201, Array.from({ length: 400 }, (_, i) => `y${i} TXT ${"z".repeat(40)}`).join("\n"));
  expect(zones.journal.since(apex, 200)).toBeUndefined();
  expect(zones.journal.octets).toBe(0);
});

test("a serial that goes back, or a zone that goes, leaves nothing that differences could be made of", () => {
  const zones = new JournaledZones(new PlainZones());
  const put = (serial: number): void =>
    zones.apply(replaceZone(apex, ["all"], rrsets("example.org.", `@ SOA . . ${serial} 1 1 1 1\n`)));
  for (const serial of [5, 6, 4]) put(serial);
  expect([5, 6, 4].map((serial) => zones.journal.since(apex, serial))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  put(7);
  expect(zones.journal.since(apex, 4)).toHaveLength(1);
  zones.apply({ put: [], remove: [{ kind: "zone", apex }] });
  expect(zones.journal.since(apex, 4)).toBeUndefined();
});

test("a revision that is held stays as it was, and lets go of its memory; those that are read at once always have room", () => {
  const image = new ZoneImage(2 ** 24);
  const rows = Array.from({ length: 2000 }, (_, i) => `h${i} A 192.0.2.1`).join("\n");
  image.apply(replaceZone(apex, ["all"], rrsets("example.org.", `@ SOA . . 1 1 1 1 1\n${rows}`)));
  const held = image.snapshot();
  const iterator = held?.rrsets(apex)?.[Symbol.iterator]();
  iterator?.next();
  const before = image.usedOctets;
  for (let serial = 2; serial < 5; serial++)
    image.apply(replaceZone(apex, ["all"], rrsets("example.org.", `@ SOA . . ${serial} 1 1 1 1\n`)));
  let count = 1;
  while (iterator && iterator.next().done !== true) count++;
  expect(count).toBe(2001);
  expect(image.usedOctets).toBeGreaterThan(before / 2);
  held?.release();
  expect(image.usedOctets).toBeLessThan(before / 10);
  expect(() => held?.has(apex)).toThrow(RangeError);
  const all = Array.from({ length: 64 }, () => image.snapshot());
  expect(all.filter((snapshot) => snapshot !== undefined).length).toBe(28);
  expect(linesOf(image)).toHaveLength(1);
});
