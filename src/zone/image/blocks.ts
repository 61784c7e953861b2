// Blocks of an image that stand for a name. All begin alike, so that the trie compares names without knowing what they are of:
//
//   octets 0      length of the name, 1 to 255
//          1      flags
//          2, 3   number of RRsets of a node, of groups of a zone
//          4..7   units of the block
//          8..    the name in wire form, up to a whole unit
//
// Then a node has its RRsets, by type number, each from a whole unit on: type (2), number of records (2), TTL (4), and of each record the
// length of its RDATA (2, network order) and the RDATA. A zone has the root cells of its two tries (8 each), that of its names and that of
// its NSEC3 records, the node of its apex (4), 4 unused octets, and the numbers of its groups (2 each).

import { RrType } from "#wire";
import { policiesType } from "../policies/choices.ts";
import type { Rrset } from "../rrset.ts";
import { type Arena, type ArenaView, unitOctets } from "./arena.ts";

/** Flags of a node. */
export const NodeFlag = { cut: 1, dname: 2, policies: 4 } as const;

const nameAt = 8;
const rrsetHeader = 8;

/** Units of the beginning and the name. */
export function headUnits(nameOctets: number): number {
  return (nameAt + nameOctets + 7) >>> 3;
}

/** Where the name of a block stands in the arena's octets. */
export function nameOf(ref: number): number {
  return ref * unitOctets + nameAt;
}

/** Units of a block. */
export function unitsOf(view: ArenaView, ref: number): number {
  return view.words[2 * ref + 1]!;
}

/** The first RRset of a node, whether it has one or not. */
export function firstRrset(view: ArenaView, node: number): number {
  return node + headUnits(view.octets[node * unitOctets]!);
}

/** The number of RRsets of a node, or of groups of a zone. */
export function countOf(view: ArenaView, ref: number): number {
  return view.halves[4 * ref + 1]!;
}

/** The RRset behind one. */
export function nextRrset({ halves, octets }: ArenaView, rrset: number): number {
  let at = rrset * unitOctets + rrsetHeader;
  for (let left = halves[4 * rrset + 1]!; left > 0; left--) at += 2 + (octets[at]! << 8) + octets[at + 1]!;
  return (at + 7) >>> 3;
}

/** Where one record of an RRset stands: its length octets. */
export function recordAt({ octets }: ArenaView, rrset: number, index: number): number {
  let at = rrset * unitOctets + rrsetHeader;
  for (let i = 0; i < index; i++) at += 2 + (octets[at]! << 8) + octets[at + 1]!;
  return at;
}

/** An RRset as it is to stand at a node: a new one, or one that a node has already. */
export type NodeRrset =
  | Pick<Rrset, "type" | "ttl" | "rdata">
  | { readonly type: number; readonly at: number };

/** The RRsets of a node, by reference. */
export function rrsetsOf(view: ArenaView, node: number): { readonly type: number; readonly at: number }[] {
  const rrsets: { type: number; at: number }[] = [];
  let at = firstRrset(view, node);
  for (let left = countOf(view, node); left > 0; left--) {
    rrsets.push({ type: view.halves[4 * at]!, at });
    at = nextRrset(view, at);
  }
  return rrsets;
}

/** Writes a node. @param rrsets  by ascending type, each once */
export function writeNode(
  arena: Arena,
  name: Uint8Array,
  rrsets: readonly NodeRrset[],
  isApex: boolean,
): number {
  let units = headUnits(name.length);
  for (const rrset of rrsets) units += unitsOfRrset(arena, rrset);
  const ref = arena.allocate(units);
  let flags = 0;
  let at = ref + headUnits(name.length);
  for (const rrset of rrsets) {
    if (rrset.type === RrType.NS && !isApex) flags |= NodeFlag.cut;
    if (rrset.type === RrType.DNAME) flags |= NodeFlag.dname;
    if (rrset.type === policiesType) flags |= NodeFlag.policies;
    at = writeRrset(arena, at, rrset);
  }
  writeHead(arena, ref, name, flags, rrsets.length, units);
  return ref;
}

/** Writes a node with one record, its name and RDATA from buffers that are used again. It is no apex. */
export function writeRecordNode(
  arena: Arena,
  name: Uint8Array,
  nameOctets: number,
  type: number,
  ttl: number,
  rdata: Uint8Array,
  from: number,
  length: number,
): number {
  const { octets, halves, words } = arena;
  const head = headUnits(nameOctets);
  const units = head + ((rrsetHeader + 2 + length + 7) >>> 3);
  const ref = arena.allocate(units);
  octets[ref * unitOctets] = nameOctets;
  octets[ref * unitOctets + 1] =
    type === RrType.NS ? NodeFlag.cut : type === RrType.DNAME ? NodeFlag.dname : 0;
  halves[4 * ref + 1] = 1;
  words[2 * ref + 1] = units;
  const nameFrom = nameOf(ref);
  for (let i = 0; i < nameOctets; i++) octets[nameFrom + i] = name[i]!;
  const rrset = ref + head;
  halves[4 * rrset] = type;
  halves[4 * rrset + 1] = 1;
  words[2 * rrset + 1] = ttl;
  const at = rrset * unitOctets + rrsetHeader;
  octets[at] = length >>> 8;
  octets[at + 1] = length;
  for (let i = 0; i < length; i++) octets[at + 2 + i] = rdata[from + i]!;
  return ref;
}

function writeHead(
  { octets, halves, words }: Arena,
  ref: number,
  name: Uint8Array,
  flags: number,
  count: number,
  units: number,
): void {
  octets[ref * unitOctets] = name.length;
  octets[ref * unitOctets + 1] = flags;
  halves[4 * ref + 1] = count;
  words[2 * ref + 1] = units;
  octets.set(name, nameOf(ref));
}

function unitsOfRrset(arena: Arena, rrset: NodeRrset): number {
  if ("at" in rrset) return nextRrset(arena, rrset.at) - rrset.at;
  return (rrset.rdata.reduce((sum, rdata) => sum + 2 + rdata.length, rrsetHeader) + 7) >>> 3;
}

function writeRrset(arena: Arena, ref: number, rrset: NodeRrset): number {
  const { octets, halves, words } = arena;
  if ("at" in rrset) {
    const end = nextRrset(arena, rrset.at);
    octets.copyWithin(ref * unitOctets, rrset.at * unitOctets, end * unitOctets);
    return ref + end - rrset.at;
  }
  halves[4 * ref] = rrset.type;
  halves[4 * ref + 1] = rrset.rdata.length;
  words[2 * ref + 1] = rrset.ttl;
  let at = ref * unitOctets + rrsetHeader;
  for (const rdata of rrset.rdata) {
    octets[at] = rdata.length >>> 8;
    octets[at + 1] = rdata.length;
    octets.set(rdata, at + 2);
    at += 2 + rdata.length;
  }
  return (at + 7) >>> 3;
}

/** The root cell of a zone's trie of names. */
export function zoneCell(view: ArenaView, zone: number): number {
  return zone + headUnits(view.octets[zone * unitOctets]!);
}

/** The root cell of a zone's trie of NSEC3 records. */
export function hashedCell(view: ArenaView, zone: number): number {
  return zoneCell(view, zone) + 1;
}

/** The node of a zone's apex. */
export function zoneApex(view: ArenaView, zone: number): number {
  return view.words[2 * (zoneCell(view, zone) + 2)]!;
}

/** The numbers of a zone's groups. */
export function zoneGroups(view: ArenaView, zone: number): number[] {
  const from = 4 * (zoneCell(view, zone) + 3);
  return Array.from({ length: countOf(view, zone) }, (_, i) => view.halves[from + i]!);
}

/** Writes a zone. @param cells  both words of the roots of its tries: of names, of NSEC3 records */
export function writeZone(
  arena: Arena,
  name: Uint8Array,
  cells: readonly [readonly [number, number], readonly [number, number]],
  apex: number,
  groups: readonly number[],
): number {
  const head = headUnits(name.length);
  const units = head + 3 + ((groups.length + 3) >>> 2);
  const ref = arena.allocate(units);
  const at = ref + head;
  arena.words.set([...cells[0], ...cells[1], apex, 0], 2 * at);
  groups.forEach((group, i) => (arena.halves[4 * (at + 3) + i] = group));
  writeHead(arena, ref, name, 0, groups.length, units);
  return ref;
}
