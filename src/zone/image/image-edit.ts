// Zones of an image while one change is made to them: new blocks beside those that are read. Nobody sees any of it until the image is published
// (zone-image.ts).

import { type Name, RrType } from "#wire";
import type { RrsetPut, RrsetRemoval } from "../change.ts";
import { isHashed } from "../hashed.ts";
import type { Arena } from "./arena.ts";
import {
  countOf,
  hashedCell,
  type NodeRrset,
  rrsetsOf,
  unitsOf,
  writeNode,
  zoneApex,
  zoneCell,
  zoneGroups,
} from "./blocks.ts";
import { LeafWalk } from "./leaf-walk.ts";
import { TrieWriter } from "./trie-writer.ts";
import { type Cell, emptyCell } from "./trie.ts";

/** A zone while a change is made to it. */
export interface OpenZone {
  readonly apex: Name;
  /** Its block as it is published; 0 where it is not. */
  readonly block: number;
  /** True where all that it is made of is new: then no list is kept of it. */
  readonly isNew: boolean;
  readonly trie: TrieWriter;
  /** Of its NSEC3 records. */
  readonly hashed: TrieWriter;
  apexNode: number;
  groups: readonly number[];
  isRemoved: boolean;
}

/** One change. See the head of this file. */
export class ImageEdit {
  readonly #arena: Arena;
  readonly #find: (apex: Name) => number;
  readonly #zones = new Map<string, OpenZone>();
  /** Blocks that the change has made. */
  readonly #fresh = new Set<number>();
  readonly #isFresh = (ref: number): boolean => this.#fresh.has(ref);
  readonly #made = (ref: number): void => void this.#fresh.add(ref);

  /** @param find  gives the block of a zone as it is published, 0 where there is none */
  constructor(arena: Arena, find: (apex: Name) => number) {
    this.#arena = arena;
    this.#find = find;
  }

  /** All zones that were opened. */
  zones(): Iterable<OpenZone> {
    return this.#zones.values();
  }

  /** A zone for changing; undefined where there is none and none is to be made. */
  open(apex: Name, isMade: boolean): OpenZone | undefined {
    const held = this.#zones.get(apex.key);
    if (held && (!held.isRemoved || !isMade)) return held;
    const block = held ? 0 : this.#find(apex);
    if (block === 0 && !isMade) return undefined;
    const isNew = block === 0;
    const zone: OpenZone = {
      apex,
      block: held?.block ?? block,
      isNew,
      trie: isNew ? this.#newTrie() : this.#trieAt(zoneCell(this.#arena, block)),
      hashed: isNew ? this.#newTrie() : this.#trieAt(hashedCell(this.#arena, block)),
      apexNode: isNew ? 0 : zoneApex(this.#arena, block),
      groups: isNew ? [] : zoneGroups(this.#arena, block),
      isRemoved: false,
    };
    if (block === 0) {
      zone.apexNode = writeNode(this.#arena, apex.octets, [], true);
      zone.trie.put(apex.octets, zone.apexNode);
    }
    this.#zones.set(apex.key, zone);
    return zone;
  }

  /** A trie for changing, by its root; of an empty one nobody has seen anything. */
  trieOf(cell: Cell): TrieWriter {
    return cell[0] === 0 ? this.#newTrie() : new TrieWriter(this.#arena, cell, this.#isFresh, this.#made);
  }

  #newTrie(): TrieWriter {
    return new TrieWriter(this.#arena, emptyCell, always, ignore);
  }

  /** A trie whose root stands in a block of a zone that is published. */
  #trieAt(cell: number): TrieWriter {
    const { words } = this.#arena;
    return new TrieWriter(this.#arena, [words[2 * cell]!, words[2 * cell + 1]!], this.#isFresh, this.#made);
  }

  /** Takes all of a zone away. It may be put anew by the same change. */
  empty(zone: OpenZone): void {
    for (const { cell } of [zone.trie, zone.hashed]) {
      const leaves = new LeafWalk(this.#arena, cell, (ref, length) => this.#drop(zone, ref, length));
      for (let node = leaves.next(); node !== 0; node = leaves.next())
        this.#drop(zone, node, unitsOf(this.#arena, node));
    }
    this.#zones.set(zone.apex.key, { ...zone, isRemoved: true, groups: [] });
  }

  /** Puts RRsets of one name in the place of those of their types. */
  putRrsets(zone: OpenZone, owner: Name, puts: readonly RrsetPut[]): void {
    const hashed = puts.filter(isHashed);
    const plain = hashed.length === 0 ? puts : puts.filter((put) => !isHashed(put));
    if (hashed.length > 0) {
      const node = zone.hashed.find(owner.octets);
      zone.hashed.put(owner.octets, this.#replace(zone, owner, this.#merged(node, hashed), node));
    }
    if (plain.length === 0) return;
    const node = zone.trie.find(owner.octets);
    if (node === 0) this.#putAbove(zone, owner);
    this.#putNode(zone, owner, this.#merged(node, plain), node);
  }

  /** The RRsets of a node, some of them in the place of those of their type. */
  #merged(node: number, puts: readonly RrsetPut[]): NodeRrset[] {
    const rrsets: NodeRrset[] = node === 0 ? [] : rrsetsOf(this.#arena, node);
    for (const put of puts) {
      const place = rrsets.findIndex(({ type }) => type >= put.type);
      if (place < 0) rrsets.push(put);
      else rrsets.splice(place, rrsets[place]?.type === put.type ? 1 : 0, put);
    }
    return rrsets;
  }

  /** Takes an RRset away, and the names that were there for it alone. */
  removeRrset(zone: OpenZone, { owner, type }: RrsetRemoval): void {
    this.#removeHashed(zone, owner, type);
    const node = zone.trie.find(owner.octets);
    if (node === 0) return;
    const rrsets = rrsetsOf(this.#arena, node);
    const left = rrsets.filter((rrset) => rrset.type !== type);
    if (left.length === rrsets.length) return;
    if (left.length > 0 || owner.equals(zone.apex) || zone.trie.hasBelow(owner.octets)) {
      this.#putNode(zone, owner, left, node);
      return;
    }
    this.#removeNode(zone, owner);
    // The empty non-terminals above that it was the reason for.
    for (let name = owner.parent(); name && !name.equals(zone.apex); name = name.parent()) {
      const above = zone.trie.find(name.octets);
      if (above === 0 || countOf(this.#arena, above) > 0 || zone.trie.hasBelow(name.octets)) return;
      this.#removeNode(zone, name);
    }
  }

  #removeHashed(zone: OpenZone, owner: Name, type: number): void {
    if (type !== RrType.NSEC3 && type !== RrType.RRSIG) return;
    const node = zone.hashed.find(owner.octets);
    if (node === 0) return;
    const left = rrsetsOf(this.#arena, node).filter((rrset) => rrset.type !== type);
    if (left.length > 0) zone.hashed.put(owner.octets, this.#replace(zone, owner, left, node));
    else {
      zone.hashed.remove(owner.octets);
      this.#drop(zone, node, unitsOf(this.#arena, node));
    }
  }

  /** Makes the empty non-terminals between the apex and a name. */
  #putAbove(zone: OpenZone, owner: Name): void {
    for (let name = owner.parent(); name && name.labelCount > zone.apex.labelCount; name = name.parent()) {
      if (zone.trie.find(name.octets) !== 0) return;
      this.#putNode(zone, name, [], 0);
    }
  }

  #putNode(zone: OpenZone, owner: Name, rrsets: readonly NodeRrset[], before: number): void {
    const node = this.#replace(zone, owner, rrsets, before);
    zone.trie.put(owner.octets, node);
    if (owner.equals(zone.apex)) zone.apexNode = node;
  }

  /** Writes a node in the place of another one, 0 for none. */
  #replace(zone: OpenZone, owner: Name, rrsets: readonly NodeRrset[], before: number): number {
    const node = writeNode(this.#arena, owner.octets, rrsets, owner.equals(zone.apex));
    if (!zone.isNew) this.#made(node);
    if (before !== 0) this.#drop(zone, before, unitsOf(this.#arena, before));
    return node;
  }

  #removeNode(zone: OpenZone, owner: Name): void {
    const node = zone.trie.remove(owner.octets);
    if (node !== 0) this.#drop(zone, node, unitsOf(this.#arena, node));
  }

  #drop({ isNew }: OpenZone, ref: number, units: number): void {
    if (isNew || this.#fresh.delete(ref)) this.#arena.release(ref, units);
    else this.#arena.retire(ref, units);
  }

  /** Gives everything of a new zone back: nobody has seen it. */
  release({ trie, hashed }: OpenZone): void {
    for (const { cell } of [trie, hashed]) this.#releaseAll(cell);
  }

  #releaseAll(cell: Cell): void {
    const arena = this.#arena;
    const leaves = new LeafWalk(arena, cell, (ref, length) => arena.release(ref, length));
    for (let node = leaves.next(); node !== 0; node = leaves.next())
      arena.release(node, unitsOf(arena, node));
  }
}

const always = (): boolean => true;
const ignore = (): void => {};
