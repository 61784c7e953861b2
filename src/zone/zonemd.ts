// Message digests of zones (RFC 8976): made over all records in canonical order, and held against those that a zone brings. The hash is an argument.

import { compareOctets, type Name, RrClass, RrType } from "#wire";
import type { LoadedZone } from "./load.ts";
import { compareRrsets, type Rrset, sortedCanonicalRdata, ttlOfSignature } from "./rrset.ts";
import { serialOf } from "./version.ts";

/** The hash algorithms of RFC 8976 section 5.3, by number. */
export const zonemdHashes: Readonly<Record<number, "sha384" | "sha512">> = { 1: "sha384", 2: "sha512" };

/** The one scheme there is: all of the zone in one digest (RFC 8976 section 2.2.2). */
const simpleScheme = 1;

/** Octets that a digest has at least to count (RFC 8976 section 2.2.4). */
const minDigestOctets = 12;

/** A hash that octets are put into piece by piece. */
export interface RunningHash {
  update(octets: Uint8Array): unknown;
  digest(): Uint8Array;
}

/** Begins a hash. */
export type MakeHash = (name: "sha384" | "sha512") => RunningHash;

/** What a zone's digests say of it. */
export type ZonemdVerdict =
  /** The zone brings no digest that can be held against it. */
  { readonly kind: "none" } | { readonly kind: "good" } | { readonly kind: "bad"; readonly reason: string };

/**
 * The digest of a zone (RFC 8976 section 3).
 * @param rrsets  all of the zone; digests at the apex, and their signatures, are left out
 */
export function zoneDigest(apex: Name, rrsets: Iterable<Rrset>, hash: RunningHash): Uint8Array {
  return digestOf(apex, [...rrsets].sort(compareRrsets), hash);
}

/** The digest of RRsets that come in canonical order. */
function digestOf(apex: Name, sorted: Iterable<Rrset>, hash: RunningHash): Uint8Array {
  for (const rrset of sorted) {
    if (!rrset.owner.isSubdomainOf(apex) || (rrset.type === RrType.ZONEMD && rrset.owner.equals(apex)))
      continue;
    const owner = rrset.owner.toLowerCase().octets;
    for (const rdata of sortedCanonicalRdata(rrset)) {
      // RFC 8976 section 3.3.1.2: signatures over the digests are no part of them.
      if (rrset.type === RrType.RRSIG && rrset.owner.equals(apex) && covered(rdata) === RrType.ZONEMD)
        continue;
      hash.update(owner);
      hash.update(
        fixedFields(
          rrset.type,
          rrset.type === RrType.RRSIG ? ttlOfSignature(rdata, rrset.ttl) : rrset.ttl,
          rdata.length,
        ),
      );
      hash.update(rdata);
    }
  }
  return hash.digest();
}

/** Type, class, TTL and RDLENGTH. */
function fixedFields(type: number, ttl: number, length: number): Uint8Array {
  return Uint8Array.of(
    type >>> 8,
    type,
    0,
    RrClass.IN,
    ttl >>> 24,
    ttl >>> 16,
    ttl >>> 8,
    ttl,
    length >>> 8,
    length,
  );
}

function covered(rdata: Uint8Array): number {
  return (rdata[0]! << 8) | rdata[1]!;
}

/**
 * Holds a zone against the digests that it brings (RFC 8976 section 4).
 *
 * Whether its DNSSEC signatures are good is not looked at. One digest that is right is enough; where none of those that can be held against it
 * is, the zone is not what its owner published.
 */
export function verifyZonemd(apex: Name, zone: LoadedZone, makeHash: MakeHash): ZonemdVerdict {
  if (!zone.has(apex, RrType.ZONEMD)) return { kind: "none" };
  const own = zone.at(apex);
  const at = (type: number): Rrset | undefined => own.find((rrset) => rrset.type === type);
  const serial = serialOf(at(RrType.SOA));
  const digests = (at(RrType.ZONEMD)?.rdata ?? []).map((rdata) => fieldsOf(rdata));
  const usable = digests.filter((fields) => fields !== undefined);
  const kinds = usable.map(({ scheme, hashAlgorithm }) => `${scheme} ${hashAlgorithm}`);
  let reason: string | undefined;
  let isUnsupported = false;
  for (const [i, fields] of usable.entries()) {
    const hash = zonemdHashes[fields.hashAlgorithm];
    if (fields.scheme !== simpleScheme || hash === undefined || fields.digest.length < minDigestOctets) {
      isUnsupported = true;
      continue;
    }
    // RFC 8976 section 4 step 4: two of one kind say nothing.
    if (kinds.filter((kind) => kind === kinds[i]).length > 1) {
      reason ??= "it brings two digests of one kind";
      continue;
    }
    if (fields.serial !== serial) {
      reason ??= `its digest is of serial ${fields.serial}`;
      continue;
    }
    const digest = digestOf(apex, zone.rrsets(), makeHash(hash));
    if (compareOctets(digest, fields.digest) === 0) return { kind: "good" };
    reason = "it is not what its digest is of";
  }
  if (reason !== undefined) return { kind: "bad", reason };
  return isUnsupported || digests.length === 0
    ? { kind: "none" }
    : { kind: "bad", reason: "its digest cannot be read" };
}

interface DigestFields {
  readonly serial: number;
  readonly scheme: number;
  readonly hashAlgorithm: number;
  readonly digest: Uint8Array;
}

function fieldsOf(rdata: Uint8Array): DigestFields | undefined {
  if (rdata.length < 7) return undefined;
  return {
    serial: ((rdata[0]! << 24) | (rdata[1]! << 16) | (rdata[2]! << 8) | rdata[3]!) >>> 0,
    scheme: rdata[4]!,
    hashAlgorithm: rdata[5]!,
    digest: rdata.subarray(6),
  };
}

/**
 * A zone with its digest, in the place of those that it has.
 *
 * The digest of a signed zone is made once all else is signed, and then signed itself: see {@link zonemdRrset}.
 */
export function withZonemd(apex: Name, rrsets: readonly Rrset[], makeHash: MakeHash): Rrset[] | undefined {
  const made = zonemdRrset(apex, rrsets, makeHash);
  const others = rrsets.filter(({ type, owner }) => type !== RrType.ZONEMD || !owner.equals(apex));
  return made && [...others, made].sort(compareRrsets);
}

/** The RRset with the digest of a zone, SHA-384; undefined where the zone has no SOA record. */
export function zonemdRrset(apex: Name, rrsets: readonly Rrset[], makeHash: MakeHash): Rrset | undefined {
  const soa = rrsets.find(({ type, owner }) => type === RrType.SOA && owner.equals(apex));
  const serial = serialOf(soa);
  if (soa === undefined || serial === undefined) return undefined;
  const digest = zoneDigest(apex, rrsets, makeHash("sha384"));
  const rdata = new Uint8Array(6 + digest.length);
  rdata.set([serial >>> 24, serial >>> 16, serial >>> 8, serial, simpleScheme, 1]);
  rdata.set(digest, 6);
  return { owner: soa.owner, type: RrType.ZONEMD, ttl: soa.ttl, rdata: [rdata] };
}
