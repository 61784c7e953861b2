// RRsets as the resolver holds them: records of one name and type with the signatures that came along, an expiry
// on the monotonic clock, and how far they are to be trusted (RFC 2181 section 5.4.1). Class IN throughout.

import { maxTtl, RrClass, RrType, type Name, type ResourceRecord } from "#wire";

/**
 * How far data is trusted, higher is more (RFC 2181 section 5.4.1). Referrals and glue are not in this order: they
 * are kept apart (delegations.ts) and never given to clients.
 */
export const Rank = {
  /** Answer section of an answer without AA. */
  answer: 1,
  /** Authority section of an answer with AA. */
  authority: 2,
  /** Answer section of an answer with AA. */
  authoritativeAnswer: 3,
} as const;

/** All records of one name and type, as a server gave them: what the cache holds and answers are made of. */
export interface CachedRrset {
  readonly name: Name;
  readonly type: number;
  /** Seconds at the time of storing, within the operator's bounds. */
  readonly ttl: number;
  /** Milliseconds of the monotonic clock. */
  readonly expiresAt: number;
  /** RDATA of each record, uncompressed, no two the same. */
  readonly rdata: readonly Uint8Array[];
  /** RDATA of the RRSIG records that cover this set; for clients that ask for DNSSEC (RFC 4035 section 3.2.1). */
  readonly signatures: readonly Uint8Array[];
  readonly rank: number;
  /** Where a wildcard gave the set: NSEC or NSEC3 sets that prove that it was right to (RFC 4035 section 3.1.3.3). */
  readonly proof?: readonly CachedRrset[];
  /** True where it was validated and found secure; absent: it is of an insecure zone, or was not validated. */
  readonly isSecure?: boolean;
}

/** Bounds for TTLs, in seconds. */
export interface TtlBounds {
  readonly minTtlSeconds: number;
  readonly maxTtlSeconds: number;
}

/** Seconds left of a set, rounded down: data is never shown to live longer than it does. */
export function ttlLeft(rrset: CachedRrset, monotonic: number): number {
  return Math.max(0, Math.floor((rrset.expiresAt - monotonic) / 1000));
}

/**
 * Sorts the records of a section into sets.
 *
 * The TTL of a set is the lowest of its records' (RFC 2181 section 5.2), a TTL with its top bit set is 0 (section 8).
 * Equal records are one (section 5). RRSIG records go with the set they cover, and stand as sets of their own where
 * they cover none that is there.
 */
export function collectRrsets(
  records: readonly ResourceRecord[],
  rank: number,
  monotonic: number,
  bounds: TtlBounds,
): CachedRrset[] {
  const sets = new Map<
    string,
    { name: Name; type: number; ttl: number; rdata: Uint8Array[]; seen: Set<string> }
  >();
  for (const record of records) {
    if (record.class !== RrClass.IN || record.type === RrType.OPT) continue;
    const covered = record.type === RrType.RRSIG ? coveredType(record.rdata) : 0;
    const key = `${record.type}/${covered}/${record.name.key}`;
    const ttl = record.ttl > maxTtl ? 0 : record.ttl;
    const set = sets.get(key);
    const content = octetsAsKey(record.rdata);
    if (!set) {
      const seen = new Set([content]);
      sets.set(key, { name: record.name, type: record.type, ttl, rdata: [record.rdata], seen });
      continue;
    }
    set.ttl = Math.min(set.ttl, ttl);
    if (set.seen.has(content)) continue;
    set.seen.add(content);
    set.rdata.push(record.rdata);
  }
  const result: CachedRrset[] = [];
  const used = new Set<string>();
  for (const [key, set] of sets) {
    if (set.type === RrType.RRSIG) continue;
    const signatureKey = `${RrType.RRSIG}/${set.type}/${set.name.key}`;
    const signatures = sets.get(signatureKey);
    if (signatures) used.add(signatureKey);
    const ttl = boundTtl(Math.min(set.ttl, signatures?.ttl ?? set.ttl), bounds);
    result.push({
      name: set.name,
      type: set.type,
      ttl,
      expiresAt: monotonic + ttl * 1000,
      rdata: set.rdata,
      signatures: signatures?.rdata ?? [],
      rank,
    });
    used.add(key);
  }
  // A question for RRSIG itself: all of a name's signatures are one set then.
  const alone = new Map<string, CachedRrset>();
  for (const [key, set] of sets) {
    if (used.has(key)) continue;
    const before = alone.get(set.name.key);
    const ttl = boundTtl(Math.min(set.ttl, before?.ttl ?? set.ttl), bounds);
    alone.set(set.name.key, {
      name: set.name,
      type: RrType.RRSIG,
      ttl,
      expiresAt: monotonic + ttl * 1000,
      rdata: [...(before?.rdata ?? []), ...set.rdata],
      signatures: [],
      rank,
    });
  }
  return [...result, ...alone.values()];
}

/** A TTL in seconds brought within bounds. */
export function boundTtl(ttl: number, bounds: TtlBounds): number {
  return Math.min(Math.max(ttl, bounds.minTtlSeconds), bounds.maxTtlSeconds);
}

/**
 * Tells whether a set was synthesised from a wildcard: its signature was made for fewer labels than its name has.
 * @see RFC 4035 section 5.3.2
 */
export function isFromWildcard(rrset: CachedRrset): boolean {
  const labels = rrset.name.labelCount - (rrset.name.isWildcard ? 1 : 0);
  return rrset.signatures.some((rdata) => (rdata[3] ?? 255) < labels);
}

/** Octets that a set takes in the cache, about: the RDATA, and what the objects around it cost. */
export function sizeOfRrset(rrset: CachedRrset): number {
  let size = 200 + rrset.name.octets.length;
  for (const rdata of rrset.rdata) size += 100 + rdata.length;
  for (const rdata of rrset.signatures) size += 100 + rdata.length;
  for (const proof of rrset.proof ?? []) size += sizeOfRrset(proof);
  return size;
}

function coveredType(rdata: Uint8Array): number {
  return ((rdata[0] ?? 0) << 8) | (rdata[1] ?? 0);
}

/** Octets as a string that is equal for equal octets. */
function octetsAsKey(octets: Uint8Array): string {
  let key = "";
  // In pieces: a call takes only so many arguments.
  for (let at = 0; at < octets.length; at += 4096) {
    key += String.fromCharCode.apply(null, octets.subarray(at, at + 4096) as unknown as number[]);
  }
  return key;
}
