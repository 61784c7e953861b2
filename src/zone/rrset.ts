// RRsets as values: what writers of zones put, compare and check. Reading for answers goes by reader.ts instead.

import { canonicalRdata, compareOctets, maxTtl, Name, type ResourceRecord, RrClass, RrType } from "#wire";

/** All records of one name and type (RFC 2181 section 5). The class is always IN. */
export interface Rrset {
  readonly owner: Name;
  /** RR type number. */
  readonly type: number;
  /** Seconds, 0 to 2^31 - 1, the same for all its records (RFC 2181 section 5.2). */
  readonly ttl: number;
  /** Uncompressed RDATA of each record, at least one, each once. */
  readonly rdata: readonly Uint8Array[];
}

/** The key of an RRset within its zone: equal for the same owner, without regard to case, and type. */
export function rrsetKey(owner: Name, type: number): string {
  return `${type}/${owner.key}`;
}

/**
 * Puts records together into RRsets, in canonical order of owner and then by type number.
 *
 * Records of a class other than IN are left out. A record given twice counts once (RFC 2181 section 5). Where TTLs
 * differ in one RRset, the lowest holds (RFC 2181 section 5.2).
 */
export function groupRecords(records: Iterable<ResourceRecord>): Rrset[] {
  const groups = new Map<string, RecordGroup>();
  for (const record of records) {
    if (record.class !== RrClass.IN) continue;
    const key = rrsetKey(record.name, record.type);
    const ttl = record.ttl > maxTtl ? 0 : record.ttl; // RFC 2181 section 8
    const group = groups.get(key);
    if (group === undefined) {
      groups.set(key, {
        owner: record.name,
        type: record.type,
        ttl,
        rdata: [record.rdata],
        known: undefined,
      });
      continue;
    }
    group.ttl = Math.min(group.ttl, ttl);
    group.known ??= new Set(group.rdata.map((rdata) => rdataKey(group.type, rdata)));
    const identity = rdataKey(record.type, record.rdata);
    if (group.known.has(identity)) continue;
    group.known.add(identity);
    group.rdata.push(record.rdata);
  }
  return Array.from(groups.values(), ({ owner, type, ttl, rdata }) => ({ owner, type, ttl, rdata })).sort(
    compareRrsets,
  );
}

/** Records of one owner and type while they are put together. */
interface RecordGroup {
  readonly owner: Name;
  readonly type: number;
  ttl: number;
  readonly rdata: Uint8Array[];
  /** What tells its records apart, once there are several: most RRsets have one. */
  known: Set<string> | undefined;
}

/** Orders RRsets by owner, canonically (RFC 4034 section 6.1), and then by type number. */
export function compareRrsets(a: Rrset, b: Rrset): number {
  return Name.compare(a.owner, b.owner) || a.type - b.type;
}

/** Tells whether two RRsets have the same TTL and the same records in any order; owner and type are taken as equal. */
export function hasSameRecords(a: Rrset, b: Rrset): boolean {
  if (a.ttl !== b.ttl || a.rdata.length !== b.rdata.length) return false;
  const [left, right] = [sortedCanonicalRdata(a), sortedCanonicalRdata(b)];
  return left.every((rdata, index) => compareOctets(rdata, right[index] ?? new Uint8Array()) === 0);
}

/** The records of an RRset in canonical form and order (RFC 4034 sections 6.2 and 6.3). */
export function sortedCanonicalRdata(rrset: Rrset): Uint8Array[] {
  return rrset.rdata.map((rdata) => canonicalRdata(rrset.type, rdata)).sort(compareOctets);
}

function rdataKey(type: number, rdata: Uint8Array): string {
  return canonicalRdata(type, rdata).join();
}

/** One record per RDATA of the RRsets given, in their order. */
export function toRecords(rrsets: Iterable<Rrset>): ResourceRecord[] {
  const records: ResourceRecord[] = [];
  for (const { owner, type, ttl, rdata } of rrsets) {
    for (const octets of rdata)
      records.push({
        name: owner,
        type,
        class: RrClass.IN,
        ttl: type === RrType.RRSIG ? ttlOfSignature(octets, ttl) : ttl,
        rdata: octets,
      });
  }
  return records;
}

/**
 * The TTL of a signature: that of what it covers (RFC 4034 section 3). All signatures of a name stand in one RRset here, which has one TTL.
 * @param otherwise  for RDATA that is none
 */
export function ttlOfSignature(rdata: Uint8Array, otherwise: number): number {
  if (rdata.length < 8) return otherwise;
  const ttl = ((rdata[4]! << 24) | (rdata[5]! << 16) | (rdata[6]! << 8) | rdata[7]!) >>> 0;
  return ttl > maxTtl ? otherwise : ttl;
}
