// What an UPDATE costs: a zone is looked at once for each name that a message speaks of, however many records it has, and thousands of records of one set are
// compared as one set. What updates come to is in src/transfer/update.test.ts.

import { expect, test } from "vitest";
import { type ResourceRecord, RrClass, RrType } from "#wire";
import { name, rrsets } from "./testing.ts";
import { decideUpdateOf } from "./update.ts";

const apex = name("example.org.");
const count = 3000;

function records(rrClass: number, ttl: number): ResourceRecord[] {
  return Array.from({ length: count }, (_, i) => ({
    name: name(`x${i % 2}.example.org.`),
    type: RrType.A,
    class: rrClass,
    ttl,
    rdata: Uint8Array.of(10, 0, i >> 8, i),
  }));
}

test.each([
  ["prerequisites that are not met", records(RrClass.IN, 0), [], 8],
  ["prerequisites that are met", records(RrClass.IN, 0), records(RrClass.NONE, 0), 0],
  [
    "names that are to be there",
    records(RrClass.ANY, 0).map((one) => ({ ...one, rdata: new Uint8Array() })),
    [],
    0,
  ],
  ["records that come", [], records(RrClass.IN, 60), 0],
])("%s, thousands of them, look at each name no more than twice", (what, answer, authority, rcode) => {
  const hasThem = what !== "prerequisites that are not met" && what !== "records that come";
  const held = rrsets("example.org.", "@ SOA a b 1 1 1 1 1\n@ NS a\n").concat(
    hasThem
      ? [0, 1].map((k) => ({
          owner: name(`x${k}.example.org.`),
          type: RrType.A,
          ttl: 60,
          rdata: records(RrClass.IN, 60)
            .filter((_, i) => i % 2 === k)
            .map(({ rdata }) => rdata),
        }))
      : [],
  );
  const looks = new Map<string, number>();
  const view = {
    apex,
    at: (owner: typeof apex) => {
      looks.set(owner.key, (looks.get(owner.key) ?? 0) + 1);
      return held.filter((rrset) => rrset.owner.equals(owner));
    },
  };
  const outcome = decideUpdateOf({ answer, authority }, view, [{}], 100);
  expect(outcome.rcode).toBe(rcode);
  expect(Math.max(...looks.values())).toBeLessThanOrEqual(2);
  if (authority.length > 0) expect(outcome.change).toBeDefined();
});
