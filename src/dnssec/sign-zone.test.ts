// Signed zones: what is signed and what is not, the chains, kept signatures, and random zones whose every signature verifies.

import * as fc from "fast-check";
import { compareOctets, decodeRdata, Name, RrType, typeName } from "#wire";
import { expect, test } from "vitest";
import { hashLabel, hashName } from "./denial.ts";
import type { SigningKey } from "./key.ts";
import { flatten, type SignedRrset, type SignedZone, signZone } from "./sign-zone.ts";
import { anyZoneText, apex, expiration, head, inception, name, p256, rrsets } from "./testing.ts";
import { verifyRrset } from "./verify.ts";

const key = p256();
const noSalt = new Uint8Array(0);
const plain = { keys: [key], denial: { kind: "nsec" }, dnskeyTtl: 172_800, inception, expiration } as const;
const hashed = {
  ...plain,
  denial: { kind: "nsec3", iterations: 0, salt: noSalt, hasOptOut: false },
} as const;

const zoneText = `${head}www A 192.0.2.3
a.b.c TXT "deep"
*.wild TXT "w"
sub NS ns.sub
ns.sub A 192.0.2.9
sec NS ns1
sec DS 12345 13 2 0123456789012345678901234567890123456789012345678901234567890123
d DNAME other.test.
below.d A 192.0.2.4
`;

function find(zone: SignedZone, owner: string, type: number): SignedRrset | undefined {
  return zone.rrsets.find((rrset) => rrset.type === type && rrset.owner.equals(name(owner)));
}

/** The names of a chain with their types, in words. */
function chainOf(zone: SignedZone): string[] {
  return zone.rrsets.flatMap(({ owner, type, rdata }) => {
    const decoded = type === RrType.NSEC && rdata[0] ? decodeRdata(RrType.NSEC, rdata[0]) : undefined;
    return decoded?.ok
      ? [
          `${owner.toString()} ${decoded.value.nextDomainName.toString()} ${decoded.value.types.map(typeName).join(" ")}`,
        ]
      : [];
  });
}

test("signs what the zone is authoritative for, and nothing else", () => {
  const zone = signZone(apex, rrsets(zoneText), plain);
  const signed = zone.rrsets
    .filter(({ type, signatures }) => type !== RrType.NSEC && signatures.length > 0)
    .map(({ owner, type }) => `${owner.toString()} ${typeName(type)}`);
  expect(signed).toEqual([
    "shop.test. NS",
    "shop.test. SOA",
    "shop.test. DNSKEY",
    "a.b.c.shop.test. TXT",
    "d.shop.test. DNAME",
    "ns1.shop.test. A",
    "sec.shop.test. DS",
    "*.wild.shop.test. TXT",
    "www.shop.test. A",
  ]);
});

test("the chain of NSEC goes round the names, without glue and what a DNAME hides", () => {
  expect(chainOf(signZone(apex, rrsets(zoneText), plain))).toEqual([
    "shop.test. a.b.c.shop.test. NS SOA RRSIG NSEC DNSKEY",
    "a.b.c.shop.test. d.shop.test. TXT RRSIG NSEC",
    "d.shop.test. ns1.shop.test. DNAME RRSIG NSEC",
    "ns1.shop.test. sec.shop.test. A RRSIG NSEC",
    "sec.shop.test. sub.shop.test. NS DS RRSIG NSEC",
    "sub.shop.test. \\*.wild.shop.test. NS RRSIG NSEC".replace("\\", ""),
    "*.wild.shop.test. www.shop.test. TXT RRSIG NSEC",
    "www.shop.test. shop.test. A RRSIG NSEC",
  ]);
});

test("the TTL of the chain is the lesser of the SOA's and its MINIMUM (RFC 9077)", () => {
  const [low] = signZone(apex, rrsets(zoneText), plain).rrsets.filter(({ type }) => type === RrType.NSEC);
  expect(low?.ttl).toBe(120);
  const short = rrsets(zoneText.replace("@ SOA", "@ 30 SOA"));
  expect(signZone(apex, short, plain).rrsets.find(({ type }) => type === RrType.NSEC)?.ttl).toBe(30);
});

test("hashes names as RFC 5155 appendix A does", () => {
  const salt = Uint8Array.from([0xaa, 0xbb, 0xcc, 0xdd]);
  const text = (owner: string): string => String.fromCharCode(...hashLabel(hashName(name(owner), 12, salt)));
  expect(text("example.")).toBe("0p9mhaveqvm6t7vbl5lop2u3t2rp3tom");
  expect(text("a.example.")).toBe("35mthgpgcu1qg68fab165klnsnk3dpvl");
  expect(text("*.w.EXAMPLE.")).toBe("r53bq7cc2uvmubfu5ocmm6pers9tk9en");
});

test("NSEC3 has the empty non-terminals too; opt-out leaves delegations without DS out", () => {
  const count = (zone: SignedZone): number => zone.rrsets.filter(({ type }) => type === RrType.NSEC3).length;
  // apex, a.b.c, b.c, c, d, ns1, sec, sub, *.wild, wild, www
  expect(count(signZone(apex, rrsets(zoneText), hashed))).toBe(11);
  const optOut = { ...hashed, denial: { ...hashed.denial, hasOptOut: true } } as const;
  const zone = signZone(apex, rrsets(zoneText), optOut);
  expect(count(zone)).toBe(10);
  expect(find(zone, "shop.test.", RrType.NSEC3PARAM)?.rdata).toEqual([Uint8Array.from([1, 0, 0, 0, 0])]);
});

test("of each algorithm a key for keys and one for data share the work; a third of before is kept beside them", () => {
  const [ksk, zsk, other] = [p256(true), p256(false), p256(false)];
  const given = [...rrsets(zoneText), { owner: apex, type: RrType.DNSKEY, ttl: 60, rdata: [other.rdata] }];
  const zone = signZone(apex, given, { ...plain, keys: [ksk, zsk], announcesKeys: true });
  const tagsOf = (type: number): number[] =>
    (find(zone, "shop.test.", type)?.signatures ?? []).map((rdata) => {
      const decoded = decodeRdata(RrType.RRSIG, rdata);
      return decoded.ok ? decoded.value.keyTag : -1;
    });
  expect(tagsOf(RrType.DNSKEY)).toEqual([ksk.tag]);
  expect(tagsOf(RrType.CDS)).toEqual([ksk.tag]);
  expect(tagsOf(RrType.SOA)).toEqual([zsk.tag]);
  expect(find(zone, "shop.test.", RrType.DNSKEY)?.rdata).toHaveLength(3);
});

test("signing again keeps what holds: a change costs its own signatures and those of the chain about it", () => {
  const first = signZone(apex, rrsets(zoneText), plain);
  const again = { ...plain, before: first, keepUntil: inception };
  expect(signZone(apex, rrsets(zoneText), again)).toMatchObject({ made: 0, kept: first.made });
  const changed = signZone(apex, rrsets(zoneText.replace("192.0.2.3", "192.0.2.33")), again);
  expect(changed.made).toBe(1);
  const added = signZone(apex, rrsets(`${zoneText}zz A 192.0.2.5\n`), again);
  expect(added.made).toBe(3); // the A, its NSEC, and the NSEC before it
  expect(signZone(apex, rrsets(zoneText), { ...again, keepUntil: expiration + 1 }).kept).toBe(0);
  expect(signZone(apex, rrsets(zoneText), { ...again, keys: [p256()] }).kept).toBe(0);
});

test("what cannot be signed is refused", () => {
  expect(() => signZone(apex, rrsets("www A 192.0.2.1\n"), plain)).toThrow(/no SOA/);
  expect(() => signZone(apex, rrsets(head), { ...plain, keys: [] })).toThrow(/no key/);
  const rounds = { ...hashed, denial: { ...hashed.denial, iterations: 51 } } as const;
  expect(() => signZone(apex, rrsets(head), rounds)).toThrow(/iterations/);
});

test("names outside the zone, and signatures and chains of before, do not get into it", () => {
  const first = signZone(apex, rrsets(zoneText), hashed);
  const second = signZone(apex, [...flatten(first), ...rrsets("www.other. A 192.0.2.1\n")], plain);
  const types = new Set(second.rrsets.map(({ type }) => type));
  expect([RrType.NSEC3, RrType.NSEC3PARAM, RrType.RRSIG].filter((type) => types.has(type))).toEqual([]);
  expect(second.rrsets.every(({ owner }) => owner.isSubdomainOf(apex))).toBe(true);
});

test("random zones: every signature verifies, and the chain is a circle in order", () => {
  fc.assert(
    fc.property(anyZoneText, fc.boolean(), (text, isHashed) => {
      const zone = signZone(apex, rrsets(text), isHashed ? hashed : plain);
      for (const rrset of zone.rrsets) verifyAll(rrset, [key]);
      const links = zone.rrsets.flatMap(({ owner, type, rdata }) => linkOf(owner, type, rdata[0]));
      links.forEach(({ next }, i) => expect(next).toBe(links[(i + 1) % links.length]?.at));
      const sorted = [...links].sort((a, b) => a.compare(b));
      expect(sorted.map(({ at }) => at)).toEqual(links.map(({ at }) => at));
    }),
    { numRuns: 25 },
  );
});

function verifyAll(rrset: SignedRrset, keys: readonly SigningKey[]): void {
  if (rrset.signatures.length === 0) return;
  const verdict = verifyRrset(rrset, rrset.signatures, apex, keys, inception + 1);
  expect(verdict.isSecure).toBe(true);
}

interface Link {
  readonly at: string;
  readonly next: string;
  readonly octets: Uint8Array;
  compare(other: Link): number;
}

/** A link of either chain. */
function linkOf(owner: Name, type: number, rdata: Uint8Array | undefined): Link[] {
  if (rdata === undefined) return [];
  if (type === RrType.NSEC) {
    const decoded = decodeRdata(RrType.NSEC, rdata);
    if (!decoded.ok) throw new Error("no NSEC");
    return [
      {
        at: owner.key,
        next: decoded.value.nextDomainName.key,
        octets: owner.octets,
        compare: (other) => Name.compare(owner, Name.fromOctets(other.octets) ?? owner),
      },
    ];
  }
  if (type !== RrType.NSEC3) return [];
  const decoded = decodeRdata(RrType.NSEC3, rdata);
  if (!decoded.ok) throw new Error("no NSEC3");
  return [
    {
      at: String.fromCharCode(...owner.label(0)),
      next: String.fromCharCode(...hashLabel(decoded.value.nextHashedOwnerName)),
      octets: owner.label(0),
      compare: (other) => compareOctets(owner.label(0), other.octets),
    },
  ];
}
