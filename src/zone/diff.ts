// The difference between two versions of a zone, RRset by RRset: what a plan shows and what a writer applies.
// It is not the record-level journal of IXFR.

import { compareRrsets, hasSameRecords, type Rrset, rrsetKey } from "./rrset.ts";

/** What changed from one version of a zone to another, each list in canonical order. */
export interface ZoneDiff {
  readonly added: readonly Rrset[];
  readonly removed: readonly Rrset[];
  /** RRsets in both versions whose TTL or records differ. */
  readonly changed: readonly { readonly before: Rrset; readonly after: Rrset }[];
}

/**
 * Compares two versions of a zone. Order of records, and case of names, make no difference.
 *
 * @param before  RRsets of one zone, each owner and type once
 * @param after  likewise
 */
export function diffZones(before: Iterable<Rrset>, after: Iterable<Rrset>): ZoneDiff {
  const old = new Map<string, Rrset>();
  for (const rrset of before) old.set(rrsetKey(rrset.owner, rrset.type), rrset);
  const added: Rrset[] = [];
  const changed: { before: Rrset; after: Rrset }[] = [];
  for (const rrset of after) {
    const key = rrsetKey(rrset.owner, rrset.type);
    const previous = old.get(key);
    old.delete(key);
    if (previous === undefined) added.push(rrset);
    else if (!hasSameRecords(previous, rrset)) changed.push({ before: previous, after: rrset });
  }
  return {
    added: added.sort(compareRrsets),
    removed: [...old.values()].sort(compareRrsets),
    changed: changed.sort((a, b) => compareRrsets(a.after, b.after)),
  };
}

/** Tells whether two versions of a zone were found the same. */
export function isEmptyDiff(diff: ZoneDiff): boolean {
  return diff.added.length === 0 && diff.removed.length === 0 && diff.changed.length === 0;
}
