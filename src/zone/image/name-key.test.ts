// A key held against a name tells what two keys tell, whatever was read into it before.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { NameKey, noDepth } from "./name-key.ts";

/** Names of few octets and labels, so that many begin alike: letters of both cases, digits, and octets that are no letters. */
const name = fc
  .array(
    fc.array(fc.constantFrom(0x41, 0x61, 0x62, 0x30, 0x2a, 0xc1, 0x00), { minLength: 1, maxLength: 3 }),
    {
      maxLength: 4,
    },
  )
  .map((labels) => Uint8Array.from([...labels.flatMap((label) => [label.length, ...label]), 0]));

test("the first difference from a name is that from its key", () => {
  const key = new NameKey();
  const other = new NameKey();
  fc.assert(
    fc.property(name, name, fc.integer({ min: 0, max: 5 }), (mine, its, at) => {
      key.read(mine, 0);
      other.read(its, 0);
      const buffer = new Uint8Array(at + its.length);
      buffer.set(its, at);
      const difference = key.firstDifference(other);
      const isSame = difference === key.length && difference === other.length;
      expect(key.differenceTo(buffer, at)).toBe(isSame ? -1 : difference);
      if (!isSame) expect(key.otherSymbol).toBe(other.symbols[difference]);
    }),
    { numRuns: 2000 },
  );
});

test("a key that is read into again is as a new one", () => {
  const used = new NameKey();
  fc.assert(
    fc.property(name, (octets) => {
      used.read(octets, 0);
      const fresh = new NameKey();
      fresh.read(octets, 0);
      expect(used.length).toBe(fresh.length);
      expect(used.symbols).toEqual(fresh.symbols);
      expect(used.depthAt).toEqual(fresh.depthAt);
      expect(used.depthAt[fresh.length]).not.toBe(noDepth);
    }),
    { numRuns: 500 },
  );
});
