// A signed zone that is changed where it stands is at each moment what signing it anew gives, and a change costs what it touches.

import * as fc from "fast-check";
import { RrType } from "#wire";
import {
  PlainZones,
  replaceZone,
  type Rrset,
  rrsetKey,
  withSnapshot,
  ZoneImage,
  type ZoneStore,
  madeTypes,
} from "#zone";
import { describe, expect, test } from "vitest";
import { signEdit, type SignedEdit, type ZoneEdit } from "./change-signer.ts";
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
  name,
  rrsets,
  signing,
  summary,
  zsk,
} from "./testing.ts";
import { verifyRrset } from "./verify.ts";

const keySet: Rrset = { owner: apex, type: RrType.DNSKEY, ttl: 300, rdata: [ksk.rdata, zsk.rdata] };
const nsec: Denial = { kind: "nsec" };
const nsec3: Denial = {
  kind: "nsec3",
  iterations: 1,
  salt: Uint8Array.of(0xaa, 0xbb),
  hasOptOut: false,
};

/** A zone that is signed and in force. */
class SignedTable {
  readonly #zones: ZoneStore;
  readonly #denial: Denial;

  constructor(zones: ZoneStore, content: readonly Rrset[], denial: Denial) {
    this.#zones = zones;
    this.#denial = denial;
    zones.apply(replaceZone(apex, ["all"], anew(content, denial)));
  }

  all(): Rrset[] {
    return withSnapshot(this.#zones, (snapshot) => [...(snapshot.rrsets(apex) ?? [])]);
  }

  edit(edit: ZoneEdit, more: Partial<LiveSigning> = {}): SignedEdit {
    const signed = withSnapshot(this.#zones, (snapshot) =>
      signEdit(snapshot, apex, signing(this.#denial, more), edit),
    );
    this.#zones.apply({
      put: signed.put.map((rrset) => ({ ...rrset, kind: "rrset", apex })),
      remove: signed.remove.map((each) => ({ ...each, kind: "rrset", apex })),
    });
    return signed;
  }

  /** Changes the zone's own records to others. */
  become(content: readonly Rrset[]): SignedEdit {
    const own = this.all().filter(({ type }) => !madeTypes.has(type));
    const line = ({ ttl, rdata }: Rrset): string =>
      `${ttl} ${rdata.map((octets) => octets.join()).join(" ")}`;
    const before = new Map(own.map((rrset) => [rrsetKey(rrset.owner, rrset.type), line(rrset)]));
    const keys = new Set(content.map(({ owner, type }) => rrsetKey(owner, type)));
    return this.edit({
      put: content.filter((rrset) => before.get(rrsetKey(rrset.owner, rrset.type)) !== line(rrset)),
      remove: own.filter(({ owner, type }) => !keys.has(rrsetKey(owner, type))),
    });
  }
}

function anew(content: readonly Rrset[], denial: Denial): Rrset[] {
  return [
    ...tableRrsets(
      signZone(apex, content, { keys: [ksk, zsk], denial, dnskeyTtl: 300, inception, expiration }),
    ),
  ];
}

/** Owners and types of RRsets whose signature does not verify. */
function unverified(all: readonly Rrset[]): string[] {
  return all.flatMap((rrset) =>
    rrset.type !== RrType.RRSIG
      ? []
      : rrset.rdata.flatMap((octets) => {
          const over = (octets[0]! << 8) | octets[1]!;
          const covered = all.find((each) => each.type === over && each.owner.equals(rrset.owner));
          const key = over === RrType.DNSKEY ? ksk : zsk;
          const verdict = covered && verifyRrset(covered, [octets], apex, [key], inception + 1);
          return verdict?.isSecure === true ? [] : [`${rrset.owner.toString()} ${over}`];
        }),
  );
}

describe.each([
  ["NSEC", nsec],
  ["NSEC3", nsec3],
  ["NSEC3 with opt-out", { ...nsec3, hasOptOut: true }],
  ["compact denial", { kind: "compact" }],
] as const)("%s", (_, denial) => {
  test.each([
    { kind: "an image", make: () => new ZoneImage(2 ** 22), numRuns: 20 },
    { kind: "plain zones", make: () => new PlainZones(), numRuns: 3 },
  ])("after random changes of $kind it is what signing anew gives", ({ make, numRuns }) => {
    fc.assert(
      fc.property(fc.array(anyZoneText, { minLength: 2, maxLength: 6 }), (texts) => {
        const [first, ...others] = texts.map((text) => [...rrsets(text), keySet]);
        const table = new SignedTable(make(), first ?? [], denial);
        for (const content of others) {
          table.become(content);
          expect(summary(table.all())).toEqual(summary(anew(content, denial)));
        }
      }),
      { numRuns },
    );
  });

  test("the signatures hold", () => {
    const table = new SignedTable(new PlainZones(), [...rrsets(head), keySet], denial);
    table.become([...rrsets(`${head}www A 192.0.2.3\nx.y.z TXT x\nsub NS ns.x.\n`), keySet]);
    table.become([...rrsets(`${head}WWW A 192.0.2.4\n*.y TXT x\nsub NS ns.x.\nsub DS 1 13 2 00\n`), keySet]);
    expect(unverified(table.all())).toEqual([]);
  });
});

test("a change in a large zone costs the signatures beside it", () => {
  const lines = Array.from({ length: 2_000 }, (_, i) => `n${i} A 192.0.2.1\n`).join("");
  const table = new SignedTable(new ZoneImage(2 ** 23), [...rrsets(head + lines), keySet], nsec);
  const put = (line: string): number => table.edit({ put: rrsets(`${line}\n`), remove: [] }).made;
  expect(put("n77 A 192.0.2.2")).toBe(1);
  expect(put("n77a A 192.0.2.2")).toBe(3); // itself, its link, and the link before
  expect(table.edit({ put: [], remove: rrsets("n77a A 192.0.2.2\n") }).made).toBe(1); // the link before
  expect(put("n5 NS ns.x.")).toBe(1); // its link says NS; its address is glue now
  expect(put("n77 A 192.0.2.2")).toBe(0);
});

test("a change in a large zone with hashed names costs the links beside it", () => {
  const lines = Array.from({ length: 300 }, (_, i) => `n${i} A 192.0.2.1\n`).join("");
  const table = new SignedTable(new ZoneImage(2 ** 22), [...rrsets(head + lines), keySet], nsec3);
  const put = (line: string): number => table.edit({ put: rrsets(`${line}\n`), remove: [] }).made;
  expect(put("n77 A 192.0.2.2")).toBe(1);
  expect(put("n77 AAAA 2001:db8::1")).toBe(2);
  expect(put("new A 192.0.2.2")).toBe(3);
  // Two empty non-terminals come with it: three links, those before them, and itself. Neighbours may be among each other.
  const made = put("x.y.z A 192.0.2.2");
  expect(made).toBeGreaterThanOrEqual(5);
  expect(made).toBeLessThanOrEqual(7);
});

test("names that are cut off by a delegation above them leave the chain together, and come back", () => {
  const lines = Array.from({ length: 400 }, (_, i) => `n${i}.sub A 192.0.2.1\n`).join("");
  const content = [...rrsets(`${head}${lines}zz A 192.0.2.9\n`), keySet];
  for (const denial of [nsec, nsec3]) {
    const table = new SignedTable(new ZoneImage(2 ** 23), content, denial);
    const cut = rrsets("sub NS ns.x.\n");
    table.edit({ put: cut, remove: [] });
    expect(summary(table.all())).toEqual(summary(anew([...content, ...cut], denial)));
    table.edit({ put: [], remove: cut });
    expect(summary(table.all())).toEqual(summary(anew(content, denial)));
  }
});

test("signatures that end soon are made anew where they are looked at, and no others", () => {
  const content = [...rrsets(`${head}www A 192.0.2.3\n`), keySet];
  const later = { inception: inception + 10, expiration: expiration + 10 };
  const more = { validity: () => later, renewBefore: expiration + 1 };
  for (const denial of [nsec, nsec3]) {
    const table = new SignedTable(new PlainZones(), content, denial);
    const links = table.all().flatMap(({ owner, type }) => (type === RrType.NSEC3 ? [owner] : []));
    const renewed = [apex, name("www.shop.test."), name("ns1.shop.test.")];
    const { made, put } = table.edit({ put: [], remove: [], renewed, renewedLinks: links }, more);
    expect(made).toBe(denial === nsec ? 8 : 9);
    expect(put.every(({ type }) => type === RrType.RRSIG)).toBe(true);
    expect(table.edit({ put: [], remove: [], renewed, renewedLinks: links }, more).put).toEqual([]);
    expect(summary(table.all()).size).toBe(summary(anew(content, denial)).size);
  }
});
