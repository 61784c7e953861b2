// A pile gives what was put on it, also where one part of it ends, and takes little more than that.

import { expect, test } from "vitest";
import { Name, type ResourceRecord } from "#wire";
import { RecordPile } from "./record-pile.ts";

function recordsOf(pile: RecordPile): ResourceRecord[] {
  const records: ResourceRecord[] = [];
  pile.feed((owner, ownerOctets, type, ttl, rdata, rdataOctets) =>
    records.push({
      name: Name.fromOctets(owner.slice(0, ownerOctets)) ?? Name.root,
      type,
      class: 1,
      ttl,
      rdata: rdata.slice(0, rdataOctets),
    }),
  );
  return records;
}

test("what was put on it is given in its order, up to the largest records", () => {
  const pile = new RecordPile();
  expect(recordsOf(pile)).toEqual([]);
  const records = [0, 65_535, 4, 65_000, 255, 65_535].flatMap((octets, turn) =>
    Array.from({ length: 9 }, (_, i): ResourceRecord => {
      const parsed = Name.parse(`${"x".repeat(i + 1)}.Example.org.`);
      return {
        name: parsed.ok ? parsed.value : Name.root,
        type: i * 8191,
        class: 1,
        ttl: turn === 0 ? 2 ** 32 - 1 : i * 65_537,
        rdata: new Uint8Array(octets).fill(turn + i),
      };
    }),
  );
  for (const record of records) pile.put(record);
  const given = recordsOf(pile);
  expect(
    given.map(({ name, type, ttl, rdata }) => [name.toString(), type, ttl, rdata.length, rdata[0]]),
  ).toEqual(
    records.map(({ name, type, ttl, rdata }) => [name.toString(), type, ttl, rdata.length, rdata[0]]),
  );
  expect(pile.octets).toBeLessThan(1.1 * records.reduce((sum, { rdata }) => sum + rdata.length, 2 ** 20));
});

test("a small zone takes little: a hundred thousand of them come after one another", () => {
  const pile = new RecordPile();
  expect(pile.octets).toBe(0);
  for (let i = 0; i < 20; i++)
    pile.put({ name: Name.root, type: 1, class: 1, ttl: i, rdata: new Uint8Array(4) });
  expect(pile.octets).toBe(4096);
  expect(recordsOf(pile).map(({ ttl }) => ttl)).toEqual(Array.from({ length: 20 }, (_, i) => i));
});
