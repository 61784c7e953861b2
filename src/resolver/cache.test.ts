import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RrType } from "#wire";
import { Cache, type CachedAnswer } from "./cache.ts";
import { Rank, collectRrsets, type CachedRrset } from "./rrset.ts";
import { nameOf, recordsOf } from "./testing-authority.ts";

const bounds = { minTtlSeconds: 0, maxTtlSeconds: 604_800 };

function rrsetOf(line: string, monotonic: number = 0, rank: number = Rank.authoritativeAnswer): CachedRrset {
  const [rrset] = collectRrsets(recordsOf(line), rank, monotonic, bounds);
  if (!rrset) throw new RangeError(`Cannot read "${line}"`);
  return rrset;
}

function describeEntry(entry: CachedAnswer | undefined): string {
  if (!entry) return "nothing";
  return entry.kind === "rrset"
    ? `rrset ${entry.rrset.rdata.map((rdata) => rdata.at(-1)).join(" ")}`
    : entry.kind;
}

function negative(kind: "nxdomain" | "nodata", name: string, seconds: number) {
  return { kind, name: nameOf(name), authority: [], expiresAt: seconds * 1000 };
}

describe("Cache.find", () => {
  const cache = new Cache(1_000, 1_000_000);
  cache.putRrset("t", rrsetOf("a.test. 60 A 192.0.2.1"), 0);
  cache.putRrset("t", rrsetOf("alias.test. 60 CNAME a.test."), 0);
  cache.putRrset("u", rrsetOf("a.test. 60 A 192.0.2.9"), 0);
  cache.putNegative("t", RrType.MX, negative("nodata", "a.test.", 30), 0);
  cache.putNegative("t", RrType.A, negative("nxdomain", "none.test.", 30), 0);
  cache.putFailure("t", nameOf("bad.test."), RrType.A, [], 0);

  test.each([
    ["t", "A.TEST.", RrType.A, 59_999, "rrset 1"],
    ["t", "a.test.", RrType.A, 60_000, "nothing"],
    ["u", "a.test.", RrType.A, 0, "rrset 9"],
    ["v", "a.test.", RrType.A, 0, "nothing"],
    ["t", "alias.test.", RrType.A, 0, "rrset 0"],
    ["t", "alias.test.", RrType.CNAME, 0, "rrset 0"],
    ["t", "a.test.", RrType.MX, 0, "nodata"],
    ["t", "a.test.", RrType.MX, 30_000, "nothing"],
    ["t", "none.test.", RrType.TXT, 0, "nxdomain"],
    ["t", "x.y.none.test.", RrType.TXT, 0, "nxdomain"],
    ["t", "test.", RrType.TXT, 0, "nothing"],
    ["t", "bad.test.", RrType.A, 999, "failure"],
    ["t", "bad.test.", RrType.A, 1_000, "nothing"],
  ])("%s %s type %d at %d ms: %s", (tree, name, type, at, expected) => {
    expect(describeEntry(cache.find(tree, nameOf(name), type, at, 0))).toBe(expected);
  });

  test("gives nothing that was stored before the time asked for", () => {
    expect(cache.find("t", nameOf("a.test."), RrType.A, 10, 1)).toBeUndefined();
  });
});

describe("Cache.putRrset", () => {
  test.each([
    ["the same rank takes the place", Rank.answer, Rank.answer, 1_000, "rrset 2"],
    ["a higher rank takes the place", Rank.answer, Rank.authoritativeAnswer, 1_000, "rrset 2"],
    ["a lower rank does not", Rank.authoritativeAnswer, Rank.answer, 1_000, "rrset 1"],
    [
      "a lower rank does once the other has expired",
      Rank.authoritativeAnswer,
      Rank.answer,
      60_000,
      "rrset 2",
    ],
  ])("%s (RFC 2181 section 5.4.1)", (_what, first, second, at, expected) => {
    const cache = new Cache(10, 100_000);
    cache.putRrset("t", rrsetOf("a.test. 60 A 192.0.2.1", 0, first), 0);
    cache.putRrset("t", rrsetOf("a.test. 60 A 192.0.2.2", at, second), at);
    expect(describeEntry(cache.find("t", nameOf("a.test."), RrType.A, at, 0))).toBe(expected);
  });

  test("a TTL of 0 is not kept, and ends what was there", () => {
    const cache = new Cache(10, 100_000);
    cache.putRrset("t", rrsetOf("a.test. 60 A 192.0.2.1"), 0);
    cache.putRrset("t", rrsetOf("a.test. 0 A 192.0.2.2"), 0);
    expect(cache.size).toBe(0);
    expect(cache.octets).toBe(0);
  });

  test("a name that turns up ends NXDOMAIN at it and above", () => {
    const cache = new Cache(10, 100_000);
    cache.putNegative("t", RrType.A, negative("nxdomain", "test.", 30), 0);
    cache.putRrset("t", rrsetOf("a.b.test. 60 A 192.0.2.1"), 0);
    expect(cache.find("t", nameOf("b.test."), RrType.A, 0, 0)).toBeUndefined();
  });
});

describe("Cache.putFailure", () => {
  test("failures in a row are kept for longer and longer, up to the bound (RFC 9520 section 3.2)", () => {
    const cache = new Cache(10, 100_000);
    const kept: number[] = [];
    let at = 0;
    for (let i = 0; i < 7; i++) {
      cache.putFailure("t", nameOf("bad."), RrType.A, [], at);
      const entry = cache.find("t", nameOf("bad."), RrType.A, at, 0);
      kept.push(((entry?.expiresAt ?? 0) - at) / 1000);
      at = (entry?.expiresAt ?? 0) + 1;
    }
    expect(kept).toEqual([1, 2, 4, 8, 16, 30, 30]);
    cache.putFailure("t", nameOf("bad."), RrType.A, [], at + 600_000);
    expect(cache.find("t", nameOf("bad."), RrType.A, at + 600_000, 0)?.expiresAt).toBe(at + 601_000);
  });

  test("data that is alive is not pushed out by a failure", () => {
    const cache = new Cache(10, 100_000);
    cache.putRrset("t", rrsetOf("a.test. 60 A 192.0.2.1"), 0);
    cache.putFailure("t", nameOf("a.test."), RrType.A, [], 1_000);
    expect(describeEntry(cache.find("t", nameOf("a.test."), RrType.A, 1_000, 0))).toBe("rrset 1");
  });
});

describe("bounds", () => {
  test("whatever is put, entries and octets stay within bounds, and nothing outlives its TTL", () => {
    const puts = fc.array(fc.tuple(fc.nat(60), fc.nat(100), fc.boolean()), { maxLength: 200 });
    fc.assert(
      fc.property(puts, (steps) => {
        const cache = new Cache(20, 10_000);
        let at = 0;
        for (const [host, ttl, isNegative] of steps) {
          at += 500;
          if (isNegative)
            cache.putNegative(
              "t",
              RrType.A,
              { ...negative("nodata", `h${host}.`, 0), expiresAt: at + ttl * 1000 },
              at,
            );
          else cache.putRrset("t", rrsetOf(`h${host}. ${ttl} A 192.0.2.1`, at), at);
          expect(cache.size).toBeLessThanOrEqual(20);
          expect(cache.octets).toBeLessThanOrEqual(10_000);
          const found = cache.find("t", nameOf(`h${host}.`), RrType.A, at + ttl * 1000, 0);
          expect(found).toBeUndefined();
        }
        for (let host = 0; host <= 60; host++) {
          const entry = cache.find("t", nameOf(`h${host}.`), RrType.A, at, 0);
          if (entry) expect(entry.expiresAt).toBeGreaterThan(at);
        }
      }),
      { numRuns: 30 },
    );
  });

  test("what was used last stays", () => {
    const cache = new Cache(3, 100_000);
    for (const host of ["a", "b", "c"]) cache.putRrset("t", rrsetOf(`${host}. 60 A 192.0.2.1`), 0);
    cache.find("t", nameOf("a."), RrType.A, 0, 0);
    cache.putRrset("t", rrsetOf("d. 60 A 192.0.2.1"), 0);
    const left = ["a", "b", "c", "d"].filter((host) => cache.find("t", nameOf(`${host}.`), RrType.A, 0, 0));
    expect(left).toEqual(["a", "c", "d"]);
  });

  test("an entry larger than the whole cache is not kept", () => {
    const cache = new Cache(3, 300);
    cache.putRrset("t", rrsetOf("a. 60 A 192.0.2.1"), 0);
    expect(cache.size).toBe(0);
  });
});
