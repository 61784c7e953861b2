// The port through which zones are read where queries are answered (src/answer): octets in, whole numbers out.
//
// Zones, nodes and RRsets are handles, so that an implementation needs no object per lookup and can lie in shared
// memory. There are two kinds of implementation: `PlainZones` beside this file, and images in one buffer; both
// pass `zone-reader.contract.ts`. The order of names is seen only as far as negative answers need it.
//
// Names are given as uncompressed wire octets inside a larger buffer, at an offset, and are always well formed:
// whoever reads them from a packet has checked them. They match ASCII case-insensitively (RFC 4343 section 3).
//
// The names of NSEC3 records are hashes, and stand apart: no search finds them, only `hashedNode` (RFC 5155 section 7.2.8).

/** The handle that stands for "there is none". */
export const none = -1;

/**
 * Where a search for a name ended. One object is filled again and again.
 *
 * All offsets are into the buffer the name was given in: where the part of the name begins that is meant.
 */
export class ZoneSearch {
  /** Offset of the zone's apex in the name. */
  apexAt = 0;
  /**
   * The node of the name itself; `none` where the name has none, or lies below a zone cut or a DNAME. An empty
   * non-terminal has a node without RRsets. At a zone cut it equals `cut`.
   */
  node: number = none;
  /** The closest encloser: the deepest node that is the name or above it (RFC 4592 section 3.3.1). */
  encloser: number = none;
  encloserAt = 0;
  /** The source of synthesis: the node `*` below the closest encloser where the name itself has no node. */
  wildcard: number = none;
  /** The highest zone cut at or above the name, below the apex. The search goes no deeper. */
  cut: number = none;
  cutAt = 0;
  /** The highest DNAME above the name, the name itself not counted. The search goes no deeper. */
  dname: number = none;
  dnameAt = 0;
}

/** RRsets, as they are written into responses: those of zones, and what was chosen among several. */
export type RrsetReader = Pick<
  ZoneReader,
  "rrset" | "type" | "ttl" | "count" | "rdataLength" | "copyRdata" | "rdataU16"
>;

/**
 * Zones, as they are read for answering.
 *
 * Handles hold until `open` is called again or control goes back to the event loop, whichever comes first; those
 * of groups hold for good.
 */
export interface ZoneReader {
  /**
   * Takes up the newest revision. All that is read until the next `open` is of it, so that no answer mixes two.
   * @returns a number that is greater for each newer revision, 0 where nothing was ever put
   */
  open(): number;

  /** The handle of a listener group by its id, also of one that has no zone yet. Not for a hot path. */
  group(id: string): number;

  /**
   * Finds the deepest zone of a group that holds a name.
   *
   * @param isAbove  true to leave out a zone whose apex is the name itself (DS belongs to the parent,
   *   RFC 4035 section 3.1.4.1)
   * @returns the zone or `none`
   */
  findZone(group: number, name: Uint8Array, at: number, isAbove: boolean): number;

  /**
   * Searches a zone from its apex down for a name at or below the apex. Where it follows `findZone` with the same buffer and offset, the name in it
   * is the same.
   */
  search(zone: number, name: Uint8Array, at: number, found: ZoneSearch): void;

  /**
   * Finds the node of a name wherever it lies in a zone: also glue below a cut. No wildcard stands in for it.
   * @returns the node, `none` where there is none or the name is not at or below the apex
   */
  findNode(zone: number, name: Uint8Array, at: number): number;

  /** The node of a zone's apex. */
  apex(zone: number): number;

  /** The RRset of a type at a node, or `none`. */
  rrset(node: number, type: number): number;

  /**
   * The sets of a node that are chosen from, as an RRset of records of their own kind (policies/choices.ts), or `none`: most nodes have none.
   * `rrset` gives the default beside them.
   */
  policies(node: number): number;

  /** How many RRsets a node has. */
  rrsetCount(node: number): number;

  /** A node's RRset by its place, 0 to `rrsetCount` - 1, in the order of type numbers. */
  rrsetAt(node: number, index: number): number;

  /** The type number of an RRset. */
  type(rrset: number): number;

  /** The TTL of an RRset in seconds. */
  ttl(rrset: number): number;

  /** How many records an RRset has, at least 1. */
  count(rrset: number): number;

  /** Octets in the RDATA of one record of an RRset. */
  rdataLength(rrset: number, index: number): number;

  /**
   * Copies the uncompressed RDATA of one record.
   * @returns the offset after it. The caller has made sure that there is room.
   */
  copyRdata(rrset: number, index: number, output: Uint8Array, at: number): number;

  /** Two octets of the RDATA of one record, as a number: an RRSIG's first two are the type that it covers. */
  rdataU16(rrset: number, index: number, offset: number): number;

  /**
   * The node with an NSEC record that is a name's own or that comes before it in canonical order (RFC 4034 section 6.1): the one that
   * says what there is, or that there is nothing.
   * @returns `none` where the zone has no such record
   */
  nsecNode(zone: number, name: Uint8Array, at: number): number;

  /**
   * The node with an NSEC3 record whose hash is the one given, or the nearest below it; below the lowest it is the highest one, since the
   * chain is a circle.
   * @param label  the hash as a label: 32 characters of base 32 in lower case, with its length octet
   * @returns `none` where the zone has no such record
   */
  hashedNode(zone: number, label: Uint8Array): number;

  /** Copies the name of a node in the case it was given in, and returns the offset after it. */
  copyOwner(node: number, output: Uint8Array, at: number): number;
}
