// A zone that is signed name by name is what one is that is signed as a list, and takes over what holds of the zone as it was.

import * as fc from "fast-check";
import { RrType } from "#wire";
import { replaceZone, type Rrset, withSnapshot, ZoneImage, type ZoneStore } from "#zone";
import { describe, expect, test } from "vitest";
import type { Denial } from "./denial.ts";
import type { LiveSigning } from "./live-signatures.ts";
import { signZone, tableRrsets } from "./sign-zone.ts";
import {
  anyZoneText,
  apex,
  expiration,
  head,
  inception,
  ksk,
  rrsets,
  signing,
  summary,
  zsk,
} from "./testing.ts";
import { WholeSigner } from "./whole-signer.ts";

const keySet: Rrset = { owner: apex, type: RrType.DNSKEY, ttl: 300, rdata: [ksk.rdata, zsk.rdata] };
const nsec3 = { kind: "nsec3", iterations: 2, salt: Uint8Array.of(1, 2, 3) } as const;

function tableOf(content: readonly Rrset[]): ZoneStore {
  const zones = new ZoneImage(2 ** 22);
  zones.apply(replaceZone(apex, [], content));
  return zones;
}

/** Signs a zone. @param before  as it was */
function signed(content: readonly Rrset[], how: LiveSigning, before?: readonly Rrset[]) {
  return withSnapshot(tableOf(before ?? []), (old) =>
    withSnapshot(tableOf(content), (zone) => {
      const signer = new WholeSigner(apex, how, before ? old : undefined);
      const all = [...signer.publish(zone.onward(apex, apex, "names"))].flat();
      return { all, signer };
    }),
  );
}

describe.each<[string, Denial]>([
  ["NSEC", { kind: "nsec" }],
  ["NSEC3", { ...nsec3, hasOptOut: false }],
  ["NSEC3 with opt-out", { ...nsec3, hasOptOut: true }],
  ["compact denial", { kind: "compact" }],
])("%s", (_, denial) => {
  test("random zones are signed as a list of their RRsets is, and again nothing is made", () => {
    fc.assert(
      fc.property(anyZoneText, (text) => {
        const content = [...rrsets(text), keySet];
        const given = { keys: [ksk, zsk], denial, dnskeyTtl: 300, inception, expiration };
        const { all, signer } = signed(content, signing(denial));
        expect(summary(all)).toEqual(summary(tableRrsets(signZone(apex, content, given))));
        expect(signer.isSame).toBe(false);
        expect(signer.earliestEnd).toBe(expiration);
        const again = signed(content, signing(denial), all);
        expect([again.signer.made, again.signer.isSame]).toEqual([0, true]);
        expect(again.all.map(({ rdata }) => rdata)).toEqual(all.map(({ rdata }) => rdata));
      }),
      { numRuns: 40 },
    );
  });

  test("what differs is signed anew, and what ends too soon", () => {
    const content = [...rrsets(`${head}www A 192.0.2.3\nx.y TXT x\n`), keySet];
    const first = signed(content, signing(denial));
    const other = content.map((rrset) => (rrset.type === RrType.TXT ? { ...rrset, ttl: 17 } : rrset));
    const changed = signed(other, signing(denial), first.all);
    expect([changed.signer.made, changed.signer.isSame]).toEqual([1, false]);
    const fewer = signed(
      content.filter(({ type }) => type !== RrType.TXT),
      signing(denial),
      first.all,
    );
    expect(fewer.signer.isSame).toBe(false);
    const late = signed(content, signing(denial, { renewBefore: expiration + 1 }), first.all);
    expect(late.signer.made).toBe(first.signer.made);
  });
});

test("a chain of hashes stays in order beyond the room that it has at first", () => {
  const lines = Array.from({ length: 1_100 }, (_, i) => `n${i} NS ns.x.\n`).join("");
  const denial: Denial = { ...nsec3, hasOptOut: false };
  // Nothing is signed with, so that it takes no time.
  const { all } = signed([...rrsets(head + lines), keySet], signing(denial, { forKeys: [], forData: [] }));
  const owners = all.flatMap(({ owner, type }) => (type === RrType.NSEC3 ? [owner.key] : []));
  expect(owners).toHaveLength(1_102);
  expect(owners).toEqual([...owners].sort());
});
