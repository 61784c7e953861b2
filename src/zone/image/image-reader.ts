// Reads zones out of an image (reader.ts is the port). Hot path (bench/answer.ts): handles are block numbers, and nothing is allocated.

import { maxLabelOctets, maxNameOctets, RrType } from "#wire";
import { policiesType } from "../policies/choices.ts";
import { none, type ZoneReader, type ZoneSearch } from "../reader.ts";
import { type ArenaView, unitOctets } from "./arena.ts";
import {
  countOf,
  firstRrset,
  hashedCell,
  nameOf,
  nextRrset,
  NodeFlag,
  recordAt,
  zoneApex,
  zoneCell,
} from "./blocks.ts";
import { findAsterisk, TrieCursor, TrieWalk } from "./trie.ts";

/** Flags and the octet that they stand in. */
const flagsAt = 1;

/** The root cell of a group's trie in the block of a revision: its first unit says how many groups there are beside group 0. */
export function groupCell(revision: number, group: number): number {
  return revision + 1 + group;
}

/** No generation. */
const unopened = -1;

/** Octets that are copied one by one: a view of shared memory costs more than that. */
const copiedByLoop = 512;

/** A reader of an image: one for each thread that answers. */
export class ImageReader implements ZoneReader {
  readonly #view: ArenaView;
  readonly #groups: string[];
  readonly #walk = new TrieWalk();
  readonly #cursor = new TrieCursor();
  readonly #hashedName = new Uint8Array(maxLabelOctets + 1 + maxNameOctets);
  #revision = 0;
  #groupCount = 0;
  /** The generation that is announced. */
  #generation = unopened;
  /** The name that the walk's key is of, where nothing has been asked for since `findZone` was: its zone is searched for the same name next. */
  #keyName: Uint8Array | undefined;
  #keyAt = 0;

  /**
   * @param groups  ids of groups in the order of their numbers
   */
  constructor(view: ArenaView, groups: string[]) {
    this.#view = view;
    this.#groups = groups;
  }

  open(): number {
    // What is announced already is not announced again: that is a store which all other threads wait for.
    if (this.#view.isNewest(this.#generation)) return this.#generation;
    const generation = (this.#generation = this.#view.enter());
    this.#revision = this.#view.root();
    this.#groupCount = generation === 0 ? 0 : this.#view.words[2 * this.#revision]!;
    return generation;
  }

  /** Says that nothing is read until the next `open`: memory that was read can be used again. */
  rest(): void {
    this.#generation = unopened;
    this.#view.rest();
  }

  group(id: string): number {
    const known = this.#groups.indexOf(id);
    return known >= 0 ? known + 1 : this.#groups.push(id);
  }

  findZone(group: number, name: Uint8Array, at: number, isAbove: boolean): number {
    this.#keyName = undefined;
    if (group > this.#groupCount) return none;
    const walk = this.#walk;
    walk.walk(this.#view, groupCell(this.#revision, group), name, at);
    this.#keyName = name;
    this.#keyAt = at;
    let { count } = walk;
    if (isAbove && walk.isExact) count--;
    return count === 0 ? none : walk.ancestors[count - 1]!;
  }

  search(zone: number, name: Uint8Array, at: number, found: ZoneSearch): void {
    const view = this.#view;
    const walk = this.#walk;
    const { octets } = view;
    if (this.#keyName === name && this.#keyAt === at) walk.walkOn(view, zoneCell(view, zone), name);
    else walk.walk(view, zoneCell(view, zone), name, at);
    this.#keyName = undefined;
    const { ancestors, depths, count, key } = walk;
    const { labelAt, labelCount } = key;
    found.node = found.wildcard = found.cut = found.dname = none;
    found.apexAt = labelAt[labelCount - depths[0]!]!;
    let i = 0;
    for (; ; i++) {
      const node = ancestors[i]!;
      const depth = depths[i]!;
      const flags = octets[node * unitOctets + flagsAt]!;
      if (depth === labelCount) found.node = node;
      if ((flags & NodeFlag.cut) !== 0) {
        found.cut = node;
        found.cutAt = labelAt[labelCount - depth]!;
        break;
      }
      if (depth === labelCount) break;
      if ((flags & NodeFlag.dname) !== 0) {
        found.dname = node;
        found.dnameAt = labelAt[labelCount - depth]!;
        break;
      }
      if (i + 1 === count) {
        const wildcard = findAsterisk(view, walk.branches[i]!);
        if (wildcard !== 0) found.wildcard = wildcard;
        break;
      }
    }
    found.encloser = ancestors[i]!;
    found.encloserAt = labelAt[labelCount - depths[i]!]!;
  }

  findNode(zone: number, name: Uint8Array, at: number): number {
    this.#keyName = undefined;
    const walk = this.#walk;
    walk.walk(this.#view, zoneCell(this.#view, zone), name, at);
    return walk.isExact ? walk.ancestors[walk.count - 1]! : none;
  }

  apex(zone: number): number {
    return zoneApex(this.#view, zone);
  }

  rrset(node: number, type: number): number {
    const view = this.#view;
    const { halves } = view;
    let rrset = firstRrset(view, node);
    for (let left = countOf(view, node); left > 0; left--) {
      const own = halves[4 * rrset]!;
      if (own === type) return rrset;
      if (own > type) return none;
      if (left > 1) rrset = nextRrset(view, rrset);
    }
    return none;
  }

  policies(node: number): number {
    return this.#hasPolicies(node) ? this.rrset(node, policiesType) : none;
  }

  #hasPolicies(node: number): boolean {
    return (this.#view.octets[node * unitOctets + flagsAt]! & NodeFlag.policies) !== 0;
  }

  rrsetCount(node: number): number {
    // They stand behind all types that zones have.
    return countOf(this.#view, node) - (this.#hasPolicies(node) ? 1 : 0);
  }

  rrsetAt(node: number, index: number): number {
    const view = this.#view;
    let rrset = firstRrset(view, node);
    for (let i = 0; i < index; i++) rrset = nextRrset(view, rrset);
    return rrset;
  }

  type(rrset: number): number {
    return this.#view.halves[4 * rrset]!;
  }

  ttl(rrset: number): number {
    return this.#view.words[2 * rrset + 1]!;
  }

  count(rrset: number): number {
    return this.#view.halves[4 * rrset + 1]!;
  }

  rdataLength(rrset: number, index: number): number {
    const { octets } = this.#view;
    const at = recordAt(this.#view, rrset, index);
    return (octets[at]! << 8) + octets[at + 1]!;
  }

  copyRdata(rrset: number, index: number, output: Uint8Array, at: number): number {
    const { octets } = this.#view;
    const from = recordAt(this.#view, rrset, index);
    return copyOctets(octets, from + 2, (octets[from]! << 8) + octets[from + 1]!, output, at);
  }

  rdataU16(rrset: number, index: number, offset: number): number {
    const { octets } = this.#view;
    const at = recordAt(this.#view, rrset, index) + 2 + offset;
    return (octets[at]! << 8) + octets[at + 1]!;
  }

  nsecNode(zone: number, name: Uint8Array, at: number): number {
    const view = this.#view;
    const cursor = this.#cursor;
    let isThere = cursor.seek(view, zoneCell(view, zone), name, at);
    while (isThere && this.rrset(cursor.leaf, RrType.NSEC) === none) isThere = cursor.previous(view);
    return isThere ? cursor.leaf : none;
  }

  hashedNode(zone: number, label: Uint8Array): number {
    const view = this.#view;
    const cell = hashedCell(view, zone);
    const name = this.#hashedName;
    name.set(label, 0);
    copyOctets(view.octets, nameOf(zone), view.octets[zone * unitOctets]!, name, label.length);
    const isThere = this.#cursor.seek(view, cell, name, 0) || this.#cursor.seekLast(view, cell);
    return isThere ? this.#cursor.leaf : none;
  }

  copyOwner(node: number, output: Uint8Array, at: number): number {
    const { octets } = this.#view;
    return copyOctets(octets, nameOf(node), octets[node * unitOctets]!, output, at);
  }
}

function copyOctets(
  octets: Uint8Array,
  from: number,
  length: number,
  output: Uint8Array,
  at: number,
): number {
  // RDATA and names are short, signatures too: a loop is cheaper than making a view, but not for long texts.
  if (length > copiedByLoop) output.set(octets.subarray(from, from + length), at);
  else for (let i = 0; i < length; i++) output[at + i] = octets[from + i]!;
  return at + length;
}
