// What negative answers of signed zones cost: names are hashed as often as a proof needs it, and never with more rounds than are believed. That the proofs
// are right is compared with a live peer in test/platform/signed-nsd.test.ts.

import { expect, test } from "vitest";
import { ask, engineOf, zonesOf } from "./testing.ts";

/** How many names are hashed for a question, in a zone of so many rounds; `z` hashes to what the zone has. */
function countHashes(iterations: number, question: string): number {
  const label = "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom";
  const zones = zonesOf({
    "example.org. s1": `@ SOA a. b. 1 1 1 1 1
@ NS a.
@ NSEC3PARAM 1 0 ${iterations} -
${label} NSEC3 1 0 ${iterations} - ${label} SOA
`,
  });
  let count = 0;
  const hashName = (): Uint8Array => {
    count++;
    return Uint8Array.of(label.length, ...new TextEncoder().encode(label));
  };
  ask(engineOf(zones, "s1", { hashName }), question, { edns: { isDnssecOk: true } });
  return count;
}

test("a name that is not there is hashed with its encloser and the wildcard, however long it is", () => {
  expect(countHashes(0, "x.example.org. A")).toBe(3);
  expect(countHashes(50, `${"a.".repeat(100)}example.org. A`)).toBe(3);
});

test("nothing is hashed with more rounds than validators believe (RFC 9276 section 3.2)", () => {
  expect(countHashes(51, "x.example.org. A")).toBe(0);
  expect(countHashes(65_535, "x.example.org. A")).toBe(0);
});
