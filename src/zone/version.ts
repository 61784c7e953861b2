// A zone's versions as differences of records: what IXFR carries (RFC 1995), made from RRsets before and after.

import { canonicalRdata, maxLabelOctets, type Name, type ResourceRecord, RrClass, RrType } from "#wire";
import type { RrsetPut, RrsetRemoval, ZoneChange } from "./change.ts";
import { diffZones, type ZoneDiff } from "./diff.ts";
import { groupRecords, type Rrset, rrsetKey, toRecords } from "./rrset.ts";

/** What one version of a zone became the next one by. Neither list has the zone's own SOA record. */
export interface VersionDiff {
  readonly from: Rrset;
  readonly to: Rrset;
  readonly removed: readonly ResourceRecord[];
  readonly added: readonly ResourceRecord[];
}

/** The serial of a zone's SOA RRset; undefined where there is none. */
export function serialOf(soa: Rrset | undefined): number | undefined {
  const [rdata] = soa?.rdata ?? [];
  if (rdata === undefined) return undefined;
  // The first of five numbers behind two names (RFC 1035 section 3.3.13): nothing else of it is wanted, of a hundred thousand zones in a row.
  let at = 0;
  for (let names = 0; names < 2; names++) {
    for (let length = rdata[at++]; length !== 0; length = rdata[at++]) {
      if (length === undefined || length > maxLabelOctets) return undefined;
      at += length;
    }
  }
  if (rdata.length !== at + 20) return undefined;
  return ((rdata[at]! << 24) | (rdata[at + 1]! << 16) | (rdata[at + 2]! << 8) | rdata[at + 3]!) >>> 0;
}

/** The SOA RRset with another serial. */
export function withSerial(soa: Rrset, serial: number): Rrset {
  return {
    ...soa,
    rdata: soa.rdata.map((rdata) => {
      const octets = rdata.slice();
      // The serial is the first of five numbers behind two names.
      const at = octets.length - 20;
      for (let i = 0; i < 4; i++) octets[at + i] = serial >>> (24 - 8 * i);
      return octets;
    }),
  };
}

/** The identity of a record in a zone, TTL included. */
function recordKey(record: ResourceRecord): string {
  return `${record.type} ${record.ttl} ${record.name.key} ${identity(record)}`;
}

/**
 * The records that differ between two versions.
 *
 * @param diff  RRsets that differ, the zone's SOA among them or not
 * @param soa  the zone's SOA before and after
 */
export function versionDiff(diff: ZoneDiff, soa: { readonly from: Rrset; readonly to: Rrset }): VersionDiff {
  const isApexSoa = ({ type, owner }: Rrset): boolean => type === RrType.SOA && owner.equals(soa.to.owner);
  const removed = toRecords(diff.removed.filter((rrset) => !isApexSoa(rrset)));
  const added = toRecords(diff.added.filter((rrset) => !isApexSoa(rrset)));
  for (const { before, after } of diff.changed) {
    if (isApexSoa(after)) continue;
    const [old, young] = [before, after].map(
      (rrset) => new Map(toRecords([rrset]).map((record) => [recordKey(record), record])),
    );
    for (const [key, record] of old ?? []) if (young?.has(key) !== true) removed.push(record);
    for (const [key, record] of young ?? []) if (old?.has(key) !== true) added.push(record);
  }
  return { ...soa, removed, added };
}

/** Several differences in a row as one: what was added and removed again is in neither list (RFC 1995 section 5). */
export function condense(diffs: readonly VersionDiff[]): VersionDiff | undefined {
  const [first] = diffs;
  const last = diffs.at(-1);
  if (first === undefined || last === undefined) return undefined;
  if (diffs.length === 1) return first;
  const removed = new Map<string, ResourceRecord>();
  const added = new Map<string, ResourceRecord>();
  for (const diff of diffs) {
    for (const record of diff.removed)
      if (!added.delete(recordKey(record))) removed.set(recordKey(record), record);
    for (const record of diff.added)
      if (!removed.delete(recordKey(record))) added.set(recordKey(record), record);
  }
  return { from: first.from, to: last.to, removed: [...removed.values()], added: [...added.values()] };
}

/** Tells whether two differences lead from one version to another by the same records, in whatever order. */
export function isSameVersionDiff(a: VersionDiff, b: VersionDiff): boolean {
  const isSameSet = (one: readonly ResourceRecord[], other: readonly ResourceRecord[]): boolean => {
    const keys = new Set(one.map(recordKey));
    return (
      keys.size === one.length &&
      one.length === other.length &&
      other.every((each) => keys.has(recordKey(each)))
    );
  };
  const isSameSoa = (one: Rrset, other: Rrset): boolean => isSameSet([soaRecord(one)], [soaRecord(other)]);
  return (
    isSameSoa(a.from, b.from) &&
    isSameSoa(a.to, b.to) &&
    isSameSet(a.removed, b.removed) &&
    isSameSet(a.added, b.added)
  );
}

/** Why differences cannot be applied to a zone. */
export type VersionFault = "removed-is-missing";

/**
 * The change that makes a zone's next version from differences.
 *
 * @param rrsetAt  an RRset of the zone as it is
 * @returns a fault where the differences are not of this version
 */
export function applyVersion(
  apex: Name,
  diff: VersionDiff,
  rrsetAt: (owner: Name, type: number) => Rrset | undefined,
): ZoneChange | VersionFault {
  const touched = new Map<string, { owner: Name; type: number; records: Map<string, ResourceRecord> }>();
  const entry = (record: ResourceRecord): Map<string, ResourceRecord> => {
    const key = rrsetKey(record.name, record.type);
    let found = touched.get(key);
    if (found === undefined) {
      const rrset = rrsetAt(record.name, record.type);
      const records = new Map(toRecords(rrset ? [rrset] : []).map((each) => [identity(each), each]));
      touched.set(key, (found = { owner: record.name, type: record.type, records }));
    }
    return found.records;
  };
  for (const record of diff.removed) if (!entry(record).delete(identity(record))) return "removed-is-missing";
  for (const record of diff.added) {
    // One that is there already is no fault: NSD has such in what it makes by comparing files.
    entry(record).set(identity(record), record);
  }
  const put: RrsetPut[] = [{ kind: "rrset", apex, ...diff.to }];
  const remove: RrsetRemoval[] = [];
  for (const { owner, type, records } of touched.values()) {
    const [rrset] = groupRecords(records.values());
    if (rrset === undefined) remove.push({ kind: "rrset", apex, owner, type });
    else put.push({ kind: "rrset", apex, ...rrset });
  }
  return { put, remove };
}

/** The identity of a record within its RRset: TTLs are of the whole (RFC 2136 section 1.1.1). */
function identity({ type, rdata }: ResourceRecord): string {
  const octets = canonicalRdata(type, rdata);
  let key = "";
  for (let i = 0; i < octets.length; i += 4096)
    key += String.fromCharCode.apply(null, octets.subarray(i, i + 4096) as unknown as number[]);
  return key;
}

/** The change that makes one version of a zone of another, RRset by RRset. */
export function changeBetween(apex: Name, before: Iterable<Rrset>, after: Iterable<Rrset>): ZoneChange {
  const { added, removed, changed } = diffZones(before, after);
  const put = [...added, ...changed.map((each) => each.after)];
  return {
    put: put.map((rrset) => ({ kind: "rrset", apex, ...rrset })),
    remove: removed.map(({ owner, type }) => ({ kind: "rrset", apex, owner, type })),
  };
}

/** A rough count of the octets that records take on the wire. */
export function recordsOctets(records: readonly ResourceRecord[]): number {
  let octets = 0;
  for (const { name, rdata } of records) octets += name.octets.length + 10 + rdata.length;
  return octets;
}

/** The records of an SOA RRset: one. */
export function soaRecord({ owner, ttl, rdata }: Rrset): ResourceRecord {
  return { name: owner, type: RrType.SOA, class: RrClass.IN, ttl, rdata: rdata[0] ?? new Uint8Array() };
}
