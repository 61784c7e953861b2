// One revision of zones, held for as long as it is read: for transfers, which take many turns, and for whoever changes zones record by record.
// It is not for answering queries: each RRset is an object made for its reader.

import { PlatformError } from "#contract/plain";
import type { Name } from "#wire";
import type { ZoneTable } from "./change.ts";
import type { ZoneDiff } from "./diff.ts";
import type { ZoneLoad } from "./load.ts";
import type { Rrset } from "./rrset.ts";

/** The two rows that the names of a zone stand in: those of its records, and the hashes that its NSEC3 records have as names. */
export type NameRow = "names" | "hashed";

/** A revision that stays as it is until it is released. */
export interface ZoneSnapshot {
  /** Tells whether there is a zone, and a group serves it. @param group  absent: whatever serves it */
  has(apex: Name, group?: string): boolean;
  /** All RRsets of a zone, each once; undefined where there is no such zone. The iterator may be left and taken up again. */
  rrsets(apex: Name): Iterable<Rrset> | undefined;
  /** The RRsets of a name in a zone; NSEC3 and what signs it too, unless one row alone is asked for. */
  at(apex: Name, owner: Name, row?: NameRow): readonly Rrset[];
  /** One of them; undefined where there is none. */
  rrset(apex: Name, owner: Name, type: number): Rrset | undefined;
  /** The RRsets of each name of a row that has some, in canonical order, from a name on, whether that is there or not. */
  onward(apex: Name, from: Name, row: NameRow): Iterable<readonly Rrset[]>;
  /** The RRsets of the last name of a row that has some and comes before a name, or of the last of all; none where there is none. */
  lastBefore(apex: Name, name: Name | undefined, row: NameRow): readonly Rrset[];
  /** Tells whether a zone has names below one. */
  hasBelow(apex: Name, owner: Name): boolean;
  /**
   * How a zone of this revision differs from an earlier one of the same store.
   * @param most  RRsets that the names which differ may have together: of more, undefined is given
   */
  diff(before: ZoneSnapshot, apex: Name, most: number): ZoneDiff | undefined;
  /** Lets it go. Nothing of it is read afterwards. */
  release(): void;
}

/** Zones that can be changed, and held. */
export interface ZoneStore extends Pick<ZoneTable, "apply"> {
  /**
   * Puts zones whole, each in the place of the one of its name, all of them at once. Where a feed or a check throws, nothing is changed, and
   * that is thrown on. Also throws `name-outside-zone` and `record-malformed`.
   */
  load(zones: readonly ZoneLoad[]): void;
  /**
   * Holds the newest revision.
   * @param isBrief  it is let go within the same call of the event loop: there is always room for it
   * @returns undefined where too many are held already
   */
  snapshot(isBrief?: boolean): ZoneSnapshot | undefined;
}

/** One RRset of a zone; undefined where there is none. */
export function findRrset(snapshot: ZoneSnapshot, apex: Name, owner: Name, type: number): Rrset | undefined {
  return snapshot.rrset(apex, owner, type);
}

/** Does something with the newest revision, at once. */
export function withSnapshot<T>(zones: ZoneStore, act: (snapshot: ZoneSnapshot) => T): T {
  const snapshot = zones.snapshot(true);
  if (snapshot === undefined)
    throw new PlatformError("internal", "Cannot read zones: too many revisions are held");
  try {
    return act(snapshot);
  } finally {
    snapshot.release();
  }
}
