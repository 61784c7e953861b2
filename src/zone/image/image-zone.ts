// A zone in an image that nobody else sees yet, as it is looked at before it is in force.

import { lowerCase, type Name } from "#wire";
import { checkedTypes, type LoadedZone } from "../load.ts";
import type { Rrset } from "../rrset.ts";
import { type Arena, unitOctets } from "./arena.ts";
import { countOf, firstRrset, nameOf, nextRrset, NodeFlag } from "./blocks.ts";
import { LeafWalk } from "./leaf-walk.ts";
import { readRrsets } from "./node-rrsets.ts";
import { NameKey } from "./name-key.ts";
import type { TrieWriter } from "./trie-writer.ts";

/** See the head of this file. */
export class ImageZone implements LoadedZone {
  readonly #arena: Arena;
  readonly #names: TrieWriter;
  readonly #hashed: TrieWriter;

  /** @param names  the trie of its names, and `hashed` that of its NSEC3 records */
  constructor(arena: Arena, names: TrieWriter, hashed: TrieWriter) {
    this.#arena = arena;
    this.#names = names;
    this.#hashed = hashed;
  }

  *rrsets(): Generator<Rrset> {
    const arena = this.#arena;
    const names = new LeafWalk(arena, this.#names.cell);
    const hashed = new LeafWalk(arena, this.#hashed.cell);
    const keys = [new NameKey(), new NameKey()] as const;
    let name = names.next();
    let hash = hashed.next();
    while (name !== 0 || hash !== 0) {
      const order = name === 0 ? 1 : hash === 0 ? -1 : compareNames(arena.octets, name, hash, keys);
      const rrsets = order <= 0 ? readRrsets(arena, name) : [];
      if (order >= 0) rrsets.push(...readRrsets(arena, hash));
      yield* order === 0 ? rrsets.sort((a, b) => a.type - b.type) : rrsets;
      if (order <= 0) name = names.next();
      if (order >= 0) hash = hashed.next();
    }
  }

  at(owner: Name): readonly Rrset[] {
    return [this.#names, this.#hashed].flatMap((trie) => {
      const node = trie.find(owner.octets);
      return node === 0 ? [] : readRrsets(this.#arena, node);
    });
  }

  has(owner: Name, type?: number): boolean {
    const node = this.#names.find(owner.octets);
    if (node !== 0 && (type === undefined ? countOf(this.#arena, node) > 0 : this.#hasType(node, type)))
      return true;
    return type === undefined && this.#hashed.find(owner.octets) !== 0;
  }

  #hasType(node: number, type: number): boolean {
    const { halves } = this.#arena;
    let rrset = firstRrset(this.#arena, node);
    for (let left = countOf(this.#arena, node); left > 0; left--) {
      if (halves[4 * rrset] === type) return true;
      if (left > 1) rrset = nextRrset(this.#arena, rrset);
    }
    return false;
  }

  *suspects(): Generator<readonly Rrset[]> {
    const arena = this.#arena;
    const walk = new LeafWalk(arena, this.#names.cell);
    const apex = walk.next();
    if (apex !== 0 && countOf(arena, apex) > 0) yield readRrsets(arena, apex);
    // The highest zone cut or DNAME of those that the walk is at or below. A DNAME at the apex hides nothing that would be told.
    let cover = 0;
    for (let node = walk.next(); node !== 0; node = walk.next()) {
      const isBelow = cover !== 0 && endsWith(arena.octets, node, cover);
      if (!isBelow) {
        const flags = arena.octets[node * unitOctets + 1]!;
        cover = (flags & (NodeFlag.cut | NodeFlag.dname)) === 0 ? 0 : node;
      }
      if (countOf(arena, node) > 0 && (isBelow || this.#isChecked(node))) yield readRrsets(arena, node);
    }
  }

  #isChecked(node: number): boolean {
    const { halves } = this.#arena;
    let rrset = firstRrset(this.#arena, node);
    for (let left = countOf(this.#arena, node); left > 0; left--) {
      if (checkedTypes.has(halves[4 * rrset]!)) return true;
      if (left > 1) rrset = nextRrset(this.#arena, rrset);
    }
    return false;
  }
}

/** Whether the name of a block ends with that of another one, which is of the same zone and stands before it. */
function endsWith(octets: Uint8Array, node: number, above: number): boolean {
  const length = octets[above * unitOctets]!;
  const more = octets[node * unitOctets]! - length;
  if (more <= 0) return false;
  const from = nameOf(node);
  const to = nameOf(above);
  let label = 0;
  while (label < more) label += octets[from + label]! + 1;
  if (label !== more) return false;
  for (let i = 0; i < length; i++)
    if (lowerCase[octets[from + more + i]!] !== lowerCase[octets[to + i]!]) return false;
  return true;
}

/** The canonical order of two blocks' names: below zero where the first one comes first. */
export function compareNames(
  octets: Uint8Array,
  a: number,
  b: number,
  [first, second]: readonly [NameKey, NameKey],
): number {
  first.read(octets, nameOf(a));
  second.read(octets, nameOf(b));
  const difference = first.firstDifference(second);
  if (difference === first.length && difference === second.length) return 0;
  return first.symbols[difference]! - second.symbols[difference]!;
}
