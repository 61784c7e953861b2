// Objects that are held packed are those that were put, whatever is put, and removed.

import * as fc from "fast-check";
import { objectKey, type RoleObject, type RrsetObject } from "#contract";
import { expect, test } from "vitest";
import { PackedObjects, packRrsets, unpackRrsets } from "./packed-objects.ts";

const apexes = [".", "test.", "a.test.", "0/25.2.0.192.in-addr.arpa.", "t./t."];
const label = fc.constantFrom("www", "a", "*", "/t", "x/y", "\\.odd", "0/25");

const rrset: fc.Arbitrary<RoleObject> = fc
  .record({
    apex: fc.constantFrom(...apexes),
    below: fc.array(label, { maxLength: 2 }),
    type: fc.constantFrom(1, 2, 46, 65_535),
    ttl: fc.constantFrom(0, 60, 2 ** 31 - 1),
    rdata: fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 40 }).map((octets) => Buffer.from(octets).toString("base64")),
        // What another program has written: it comes back as it is.
        fc.constantFrom("AB==", "AA", "no base64 at all"),
      ),
      { maxLength: 3 },
    ),
  })
  .map(({ apex, below, ...rest }) => ({
    kind: "rrset",
    apex,
    owner: below.length === 0 ? apex : `${below.join(".")}.${apex === "." ? "" : apex}`,
    ...rest,
  }));
const object: fc.Arbitrary<RoleObject> = fc.oneof(
  { weight: 6, arbitrary: rrset },
  fc.constantFrom(...apexes).map((apex): RoleObject => ({ kind: "zone", apex, groups: ["s1"] })),
);

test("what is held is what a map holds", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(object, fc.boolean()), { maxLength: 60 }), (steps) => {
      const model = new Map<string, RoleObject>();
      const packed = new PackedObjects();
      for (const [one, isPut] of steps) {
        if (isPut) {
          model.set(objectKey(one), one);
          packed.put(one);
        } else {
          model.delete(objectKey(one));
          packed.delete(one);
        }
        expect(packed.size).toBe(model.size);
        expect(packed.get(objectKey(one))).toEqual(model.get(objectKey(one)));
        expect(packed.held(one)).toEqual(model.get(objectKey(one)));
      }
      expect(new Map(packed)).toEqual(model);
      for (const apex of apexes) {
        const own = [...model.values()].flatMap((each) =>
          each.kind === "rrset" && each.apex === apex ? [each] : [],
        );
        expect(packed.hasZone(apex)).toBe(own.length > 0);
        expect(new Set(Array.from(packed.rrsetsOf(apex), objectKey))).toEqual(new Set(own.map(objectKey)));
        expect(packed.highestTtl(apex)).toBe(Math.max(0, ...own.map(({ ttl }) => ttl)));
        packed.deleteZone(apex);
      }
      expect([...packed.values()].filter(({ kind }) => kind === "rrset")).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test("the RRsets of a name are packed and come back, in their order and with the members of objects in theirs", () => {
  const rrsets: RrsetObject[] = [
    { kind: "rrset", apex: "a.test.", owner: "w.a.test.", type: 16, ttl: 60, rdata: ["AXg="] },
    {
      kind: "rrset",
      apex: "a.test.",
      owner: "w.a.test.",
      type: 1,
      ttl: 300,
      rdata: ["wAACAQ==", "wAACAg=="],
    },
  ];
  const packed = packRrsets(rrsets);
  expect(packed).toHaveLength(8 + 4 + 8 + 12);
  expect(JSON.stringify(unpackRrsets("a.test.", "w.a.test.", packed ?? ""))).toBe(JSON.stringify(rrsets));
  expect(packRrsets([{ type: 1, ttl: 1, rdata: ["AB=="] }])).toBeUndefined();
});

test("all the RRsets of a message's size are held", () => {
  const packed = new PackedObjects();
  const rdata = [Buffer.alloc(65_535, 7).toString("base64"), Buffer.alloc(20_000, 8).toString("base64")];
  packed.put({ kind: "rrset", apex: "a.test.", owner: "a.test.", type: 16, ttl: 1, rdata });
  expect(packed.get("rrset/a.test./a.test./16")).toMatchObject({ rdata });
});
