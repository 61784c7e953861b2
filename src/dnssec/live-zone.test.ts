// A zone that is kept signed is at each moment what signing it anew gives, and a change costs what it touches.

import * as fc from "fast-check";
import { RrType } from "#wire";
import { madeTypes, type Rrset, rrsetKey } from "#zone";
import { describe, expect, test } from "vitest";
import type { Denial } from "./denial.ts";
import type { KeptSignatures } from "./live-signatures.ts";
import { LiveZone } from "./live-zone.ts";
import { signZone, tableRrsets } from "./sign-zone.ts";
import {
  anyZoneText,
  apex,
  expiration,
  head,
  inception,
  ksk,
  name,
  p256,
  rrsets,
  signing,
  zsk,
} from "./testing.ts";

const nsec: Denial = { kind: "nsec" };
const nsec3: Denial = { kind: "nsec3", iterations: 0, salt: new Uint8Array(0), hasOptOut: false };

const keySet: Rrset = { owner: apex, type: RrType.DNSKEY, ttl: 300, rdata: [ksk.rdata, zsk.rdata] };

/** RRsets by key, without the octets of signatures, which differ each time: what they cover stands for them. */
function summary(all: Iterable<Rrset>): Map<string, string> {
  const result = new Map<string, string>();
  for (const rrset of all) {
    const rdata = rrset.rdata.map((octets) =>
      octets.subarray(0, rrset.type === RrType.RRSIG ? 18 : 65535).join(),
    );
    result.set(rrsetKey(rrset.owner, rrset.type), `${rrset.ttl} ${rdata.sort().join(" ")}`);
  }
  return result;
}

function anew(content: readonly Rrset[], denial: Denial): Map<string, string> {
  const zone = signZone(apex, content, { keys: [ksk, zsk], denial, dnskeyTtl: 300, inception, expiration });
  return summary([...tableRrsets(zone)].filter(({ type }) => madeTypes.has(type)));
}

describe.each([
  ["NSEC", nsec],
  ["NSEC3", nsec3],
] as const)("%s", (_, denial) => {
  test("after random changes it is what signing anew gives, and so is what was told of the changes", () => {
    fc.assert(
      fc.property(fc.array(anyZoneText, { minLength: 2, maxLength: 5 }), (texts) => {
        const zone = new LiveZone(apex, signing(denial));
        const told = new Map<string, Rrset>();
        let before: Rrset[] = [];
        for (const text of texts) {
          const content = [...rrsets(text), keySet];
          const keys = new Set(content.map(({ owner, type }) => rrsetKey(owner, type)));
          const { put, removed } = zone.change(
            content,
            before.filter(({ owner, type }) => !keys.has(rrsetKey(owner, type))),
          );
          before = content;
          for (const { owner, type } of removed) told.delete(rrsetKey(owner, type));
          for (const rrset of put) told.set(rrsetKey(rrset.owner, rrset.type), rrset);
          const wanted = anew(content, denial);
          expect(summary(zone.published())).toEqual(wanted);
          expect(summary(told.values())).toEqual(wanted);
        }
      }),
      { numRuns: 25 },
    );
  });

  test("what was kept is used again where it is over the same records: a restart signs nothing", () => {
    const content = [...rrsets(`${head}www A 192.0.2.3\nsub NS ns.x.\n`), keySet];
    const first = new LiveZone(apex, signing(denial));
    const kept = new Map<string, KeptSignatures>();
    for (const each of first.change(content, []).kept) kept.set(rrsetKey(each.owner, each.type), each);
    const again = new LiveZone(apex, signing(denial), kept.values());
    expect(again.change(content, []).kept).toEqual([]);
    expect(again.made).toBe(0);
    expect(summary(again.published())).toEqual(summary(first.published()));
    // Other records, other keys, and what ends too soon, are signed anew.
    const other = content.map((rrset) => (rrset.type === RrType.A ? { ...rrset, ttl: 17 } : rrset));
    const changed = new LiveZone(apex, signing(denial), kept.values());
    changed.change(other, []);
    expect(changed.made).toBe(2); // ns1 and www
    const renewed = new LiveZone(apex, signing(denial, { renewBefore: expiration + 1 }), kept.values());
    renewed.change(content, []);
    expect(renewed.made).toBe(first.made);
  });

  test("with other keys, or when they end, all is signed again, and all that changed is told", () => {
    const content = [...rrsets(`${head}www A 192.0.2.3\n`), keySet];
    const zone = new LiveZone(apex, signing(denial));
    zone.change(content, []);
    const count = zone.made;
    expect(zone.resign(signing(denial)).put).toEqual([]);
    expect(zone.earliestEnd).toBe(expiration);
    const later = { inception: inception + 10, expiration: expiration + 10 };
    const { put } = zone.resign(signing(denial, { validity: () => later, renewBefore: expiration + 1 }));
    expect(zone.made).toBe(2 * count);
    expect(put.every(({ type }) => type === RrType.RRSIG)).toBe(true);
    expect(zone.earliestEnd).toBe(expiration + 10);
    const other = p256(false);
    zone.resign(signing(denial, { forData: [other], validity: () => later }));
    expect(zone.made).toBe(3 * count - 1); // not the keys themselves
  });
});

test("a change in a large zone costs the signatures beside it", () => {
  const lines = Array.from({ length: 2_000 }, (_, i) => `n${i} A 192.0.2.1\n`).join("");
  const zone = new LiveZone(apex, signing(nsec));
  zone.change([...rrsets(head + lines), keySet], []);
  const count = (run: () => void): number => {
    const before = zone.made;
    run();
    return zone.made - before;
  };
  const [set] = rrsets("n77 A 192.0.2.2\n");
  const [added] = rrsets("n77a A 192.0.2.2\n");
  if (!set || !added) throw new Error("no RRset");
  expect(count(() => zone.change([set], []))).toBe(1);
  expect(count(() => zone.change([added], []))).toBe(3); // itself, its link, and the link before
  expect(count(() => zone.change([], [added]))).toBe(1); // the link before
  const [ns] = rrsets("n5 NS ns.x.\n");
  if (!ns) throw new Error("no RRset");
  expect(count(() => zone.change([ns], []))).toBe(1); // its link says NS; its address is glue now
});

test("signatures that end soon are made anew by parts, each once, and changes come between", () => {
  const lines = Array.from({ length: 3_000 }, (_, i) => `n${i} A 192.0.2.1\n`).join("");
  const zone = new LiveZone(apex, signing(nsec));
  zone.change([...rrsets(head + lines), keySet], []);
  const before = zone.made;
  const later = { inception: inception + 10, expiration: expiration + 10 };
  const renewed = signing(nsec, { validity: () => later, renewBefore: expiration + 1 });
  const put = new Set<string>();
  let rounds = 0;
  for (; zone.earliestEnd === expiration; rounds++) {
    expect(rounds).toBeLessThan(100);
    for (const { owner } of zone.resign(renewed, 1_000).put) put.add(owner.key);
    if (rounds === 1) zone.change(rrsets("n1500a A 192.0.2.9\n"), []);
  }
  expect(rounds).toBeGreaterThan(3);
  // The link before the name that came is counted twice at most.
  expect(zone.made - before).toBeGreaterThanOrEqual(before + 2);
  expect(zone.made - before).toBeLessThanOrEqual(before + 4);
  expect(put.size).toBeGreaterThanOrEqual(3_000);
  expect(zone.earliestEnd).toBe(expiration + 10);
});

test("from NSEC to NSEC3 and back, nothing of the one is left with the other", () => {
  const content = [...rrsets(`${head}www A 192.0.2.3\na.b.c TXT x\n`), keySet];
  const zone = new LiveZone(apex, signing(nsec));
  zone.change(content, []);
  const { put, removed } = zone.resign(signing(nsec3));
  expect(summary(zone.published())).toEqual(anew(content, nsec3));
  expect(removed.filter(({ type }) => type === RrType.NSEC)).toHaveLength(4);
  expect(put.some(({ type }) => type === RrType.NSEC3)).toBe(true);
  zone.resign(signing(nsec));
  expect(summary(zone.published())).toEqual(anew(content, nsec));
  expect(name("shop.test.").equals(zone.apex) && zone.size).toBe(4);
});
