// Verifying: what is believed, and every way in which it is not.

import { parseZoneFile, RrType } from "#wire";
import { groupRecords } from "#zone";
import { expect, test } from "vitest";
import { readPublicKey, type PublicKey } from "./key.ts";
import { signRrset } from "./sign.ts";
import { apex, expiration, inception, name, p256, rrsets } from "./testing.ts";
import { keysByDs, maxChecks, verifyRrset } from "./verify.ts";
import { dsOf } from "./key.ts";

const key = p256();
const keys: PublicKey[] = [key];
const [set] = rrsets("www 300 A 192.0.2.1\nwww 300 A 192.0.2.2\n");
if (!set) throw new Error("no RRset");
const signature = signRrset(apex, set, key, { inception, expiration });
const now = inception + 100;

test("the example of RFC 6605 section 6.1 verifies", () => {
  const { records } = parseZoneFile(
    `example.net. 3600 IN DNSKEY 257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==
www.example.net. 3600 IN A 192.0.2.1
www.example.net. 3600 IN RRSIG A 13 3 3600 20100909100439 20100812100439 55648 example.net. qx6wLYqmh+l9oCKTN6qIc+bw6ya+KJ8oMz0YP107epXAyGmt+3SNruPFKG7tZoLBLlUzGGus7ZwmwWep666VCw==
`,
  );
  const all = groupRecords(records);
  const zone = name("example.net.");
  const trusted = all
    .filter(({ type }) => type === RrType.DNSKEY)
    .flatMap(({ rdata }) => rdata.flatMap((one) => readPublicKey(one) ?? []));
  const a = all.find(({ type }) => type === RrType.A);
  const sigs = all.find(({ type }) => type === RrType.RRSIG);
  if (!a || !sigs) throw new Error("records are missing");
  expect(verifyRrset(a, sigs.rdata, zone, trusted, 1_282_000_000)).toEqual({ isSecure: true, ttl: 3600 });
});

test("order and case of what was signed make no difference; the TTL that is said does not either", () => {
  const shuffled = { ...set, owner: name("WWW.Shop.test."), rdata: [...set.rdata].reverse(), ttl: 17 };
  expect(verifyRrset(shuffled, [signature], apex, keys, now)).toEqual({ isSecure: true, ttl: 17 });
  expect(verifyRrset({ ...set, ttl: 90_000 }, [signature], apex, keys, now)).toEqual({
    isSecure: true,
    ttl: 300,
  });
});

test("nothing is kept for longer than its signature holds", () => {
  expect(verifyRrset(set, [signature], apex, keys, expiration - 5)).toEqual({ isSecure: true, ttl: 5 });
  expect(verifyRrset(set, [signature], apex, keys, expiration)).toEqual({ isSecure: true, ttl: 0 });
});

test.each([
  ["expired", () => verifyRrset(set, [signature], apex, keys, expiration + 1)],
  ["not-yet-valid", () => verifyRrset(set, [signature], apex, keys, inception - 1)],
  ["no-signature", () => verifyRrset(set, [], apex, keys, now)],
  ["no-signature", () => verifyRrset({ ...set, type: RrType.AAAA }, [signature], apex, keys, now)],
  ["no-key", () => verifyRrset(set, [signature], apex, [p256()], now)],
  ["wrong", () => verifyRrset({ ...set, rdata: set.rdata.slice(1) }, [signature], apex, keys, now)],
  ["wrong", () => verifyRrset({ ...set, owner: name("wwv.shop.test.") }, [signature], apex, keys, now)],
  [
    "no-signature",
    () => verifyRrset({ ...set, owner: name("www.other.test.") }, [signature], apex, keys, now),
  ],
  ["no-signature", () => verifyRrset(set, [signature], name("test."), keys, now)],
  ["no-signature", () => verifyRrset(set, [signature.subarray(0, 20)], apex, keys, now)],
  ["no-signature", () => verifyRrset({ ...set, owner: apex }, [signature], apex, keys, now)], // fewer labels than signed
])("is not secure: %s", (reason, verify) => {
  expect(verify()).toEqual({ isSecure: false, reason });
});

test("an answer that came of a wildcard says which", () => {
  const [wild] = rrsets('*.w TXT "x"\n');
  if (!wild) throw new Error("no RRset");
  const sig = signRrset(apex, wild, key, { inception, expiration });
  expect(verifyRrset(wild, [sig], apex, keys, now)).toEqual({ isSecure: true, ttl: 300 });
  const expanded = verifyRrset({ ...wild, owner: name("a.b.w.shop.test.") }, [sig], apex, keys, now);
  expect(expanded.isSecure && expanded.wildcard?.toString()).toBe("*.w.shop.test.");
  expect(verifyRrset({ ...wild, owner: name("a.b.v.shop.test.") }, [sig], apex, keys, now)).toEqual({
    isSecure: false,
    reason: "wrong",
  });
});

test("many keys of one tag and many signatures cost no more than the bound (CVE-2023-50387)", () => {
  let checks = 0;
  const algorithm = {
    ...key.algorithm,
    verify: () => {
      checks++;
      return false;
    },
  };
  const many = Array.from({ length: 100 }, () => ({ ...key, algorithm }));
  const sigs = Array.from({ length: 100 }, () => signature);
  expect(verifyRrset(set, sigs, apex, many, now)).toEqual({ isSecure: false, reason: "too-many" });
  expect(checks).toBe(maxChecks);
});

test("keys are those that a DS vouches for; a zone whose DS are all unknown is told apart from a wrong one", () => {
  const other = p256();
  const dnskeys = [key.rdata, other.rdata];
  const trusted = keysByDs(apex, [dsOf(apex, key)], dnskeys);
  expect(trusted.keys.map(({ tag }) => tag)).toEqual([key.tag]);
  expect(trusted.hasUnknownOnly).toBe(false);
  const [unknown] = rrsets("@ DS 1 13 1 0123456789012345678901234567890123456789\n@ DS 1 5 2 00\n");
  expect(keysByDs(apex, unknown?.rdata ?? [], dnskeys)).toEqual({ keys: [], hasUnknownOnly: true });
  expect(keysByDs(apex, [dsOf(name("x.test."), key)], dnskeys)).toEqual({ keys: [], hasUnknownOnly: false });
});
