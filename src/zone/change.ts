// Changes to the zones that a names process holds, as values. All of one change becomes visible together.

import type { Name } from "#wire";
import type { PoliciesPut } from "./policies/choices.ts";
import type { Rrset } from "./rrset.ts";
import type { ZoneReader } from "./reader.ts";

/** A zone and who answers for it. Putting one that stands changes its groups and keeps its RRsets. */
export interface ZonePut {
  readonly kind: "zone";
  readonly apex: Name;
  /** Ids of the listener groups that serve it. A group answers for no other zone. */
  readonly groups: readonly string[];
}

/** One RRset of a zone, in the place of the one of this owner and type, if any. */
export interface RrsetPut extends Rrset {
  readonly kind: "rrset";
  /** The zone that it belongs to: not always the deepest, glue lies above its zone cut. */
  readonly apex: Name;
}

/** Takes a zone away with all that is in it. */
export interface ZoneRemoval {
  readonly kind: "zone";
  readonly apex: Name;
}

/** Takes one RRset away. */
export interface RrsetRemoval {
  readonly kind: "rrset";
  readonly apex: Name;
  readonly owner: Name;
  readonly type: number;
}

/** One revision: removals come first, then what is put. Order within each list does not matter. */
export interface ZoneChange {
  readonly put: readonly (ZonePut | RrsetPut)[];
  /** What is not there is no error. */
  readonly remove: readonly (ZoneRemoval | RrsetRemoval)[];
  /** What is chosen from at names, beside the RRsets there; absent: it stays. */
  readonly policies?: readonly PoliciesPut[];
}

/** Zones that can be changed, as well as read. */
export interface ZoneTable extends ZoneReader {
  /**
   * Applies one revision, whole or not at all.
   *
   * Throws a PlatformError and changes nothing: `zone-not-found` where an RRset's zone neither stands nor is put,
   * `name-outside-zone` where its owner is not in the zone, `record-malformed` where it has no record, a TTL outside
   * 0 to 2^31 - 1, or RDATA that is not of its type: answering trusts what is put.
   */
  apply(change: ZoneChange): void;
}

/** The change that puts a whole zone, in the place of one that stands. */
export function replaceZone(apex: Name, groups: readonly string[], rrsets: Iterable<Rrset>): ZoneChange {
  const put: (ZonePut | RrsetPut)[] = [{ kind: "zone", apex, groups }];
  for (const rrset of rrsets) put.push({ kind: "rrset", apex, ...rrset });
  return { put, remove: [{ kind: "zone", apex }] };
}
