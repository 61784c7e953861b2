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

test("while one chain is put in another's place, as when a zone drops its salt, links of the one that is in use alone are given (RFC 5155 sections 4 and 7.2)", () => {
  const hash = (digit: string): string => digit.repeat(32);
  const link = (digit: string, salt: string, next: string): string =>
    `${hash(digit)} NSEC3 1 0 0 ${salt} ${hash(next)} A RRSIG\n`;
  const zones = zonesOf({
    "example.org. s1": `@ SOA a. b. 1 1 1 1 1
@ NS a.
@ NSEC3PARAM 1 1 0 ab
@ NSEC3PARAM 1 0 0 -
${link("2", "-", "8")}${link("8", "-", "2")}${link("4", "ab", "5")}${link("5", "ab", "6")}${link("6", "cd", "9")}${link("9", "ab", "4")}`,
  });
  /** The first octet of the first label says what a name hashes to; the apex is in the chain. */
  const hashName = (name: Uint8Array): Uint8Array => {
    const first = String.fromCharCode(name[1] ?? 0);
    return Uint8Array.of(
      32,
      ...new TextEncoder().encode(hash(/\d/.test(first) ? first : first === "*" ? "1" : "2")),
    );
  };
  const linksFor = (name: string): string[] =>
    ask(engineOf(zones, "s1", { hashName }), `${name}.example.org. A`, { edns: { isDnssecOk: true } })
      .filter((line) => line.includes(" NSEC3 "))
      .map((line) => line.slice("authority ".length, "authority ".length + 1));
  // The wildcard lies before the first link, and so the last one is its cover.
  expect(linksFor("7")).toEqual(["2", "8"]);
  expect(linksFor("3")).toEqual(["2", "8"]);
  expect(linksFor("9")).toEqual(["2", "8"]);
});
