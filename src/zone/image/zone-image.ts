// The zones of a names process in one shared buffer: written here, by one thread, and read from as many as there are (image-reader.ts). A change
// makes new blocks beside those that are read, and one atomic store makes all of it the newest revision.
//
// Every group has a trie of its zones by their apexes, and so has the image as a whole, as group 0. Every zone has a trie of its names, empty
// non-terminals too, so that each name's closest encloser lies on its way, and one of its NSEC3 records, whose names are hashes.

import { type Name, RrType } from "#wire";
import type { RrsetPut, RrsetRemoval, ZoneChange, ZoneTable } from "../change.ts";
import { checkChange } from "../check-change.ts";
import { isHashed } from "../hashed.ts";
import type { ZoneLoad } from "../load.ts";
import { policyChange } from "../policies/policy-change.ts";
import type { ZoneSearch } from "../reader.ts";
import type { ZoneSnapshot, ZoneStore } from "../snapshot.ts";
import { Arena, ArenaView, maxReaders } from "./arena.ts";
import {
  countOf,
  hashedCell,
  type NodeRrset,
  rrsetsOf,
  unitsOf,
  writeNode,
  writeZone,
  zoneApex,
  zoneCell,
  zoneGroups,
} from "./blocks.ts";
import { groupCell, ImageReader } from "./image-reader.ts";
import { ImageSnapshot } from "./image-snapshot.ts";
import { ImageZone } from "./image-zone.ts";
import { LeafWalk } from "./leaf-walk.ts";
import { ZoneLoader } from "./zone-loader.ts";
import { TrieWriter } from "./trie-writer.ts";
import { type Cell, emptyCell, TrieWalk } from "./trie.ts";

/** A zone while a change is made to it. */
interface OpenZone {
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

/** Revisions that can be held at a time; their readers are the last ones. Some are kept for what is read at once. */
const maxSnapshots = 32;
const keptSnapshots = 4;

/** Zones in one shared buffer. See the head of this file. */
export class ZoneImage implements ZoneTable, ZoneStore {
  readonly #arena: Arena;
  readonly #reader: ImageReader;
  readonly #groupIds: string[] = [];
  readonly #walk = new TrieWalk();
  readonly #loader: ZoneLoader;
  /** Root cells of the groups' tries, group 0 the one of all zones. */
  #cells: Cell[] = [emptyCell];
  #revision = 0;
  readonly #freeSnapshots = Array.from({ length: maxSnapshots }, (_, i) => maxReaders - 1 - i);
  /** Blocks that the change at hand has made. */
  readonly #fresh = new Set<number>();
  readonly #isFresh = (ref: number): boolean => this.#fresh.has(ref);
  readonly #made = (ref: number): void => void this.#fresh.add(ref);

  /** @param octets  how much memory is reserved; pages are taken as they are used */
  constructor(octets?: number) {
    this.#arena = new Arena(octets);
    this.#reader = new ImageReader(this.#arena, this.#groupIds);
    this.#loader = new ZoneLoader(this.#arena);
  }

  snapshot(isBrief: boolean = false): ZoneSnapshot | undefined {
    if (!isBrief && this.#freeSnapshots.length <= keptSnapshots) return undefined;
    const slot = this.#freeSnapshots.pop();
    if (slot === undefined) return undefined;
    return new ImageSnapshot(this.#arena.buffer, slot, this.#groupIds, () => {
      this.#freeSnapshots.push(slot);
      this.#arena.reclaim();
    });
  }

  /** Octets in use. */
  get usedOctets(): number {
    return this.#arena.usedOctets;
  }

  /** The buffer, for a reader in another thread: see {@link readImage}. */
  get buffer(): SharedArrayBuffer {
    return this.#arena.buffer;
  }

  /** Also throws `image-full`: then nothing of the change is seen, and what it has used is lost until a restart. */
  apply(change: ZoneChange): void {
    checkChange(change, (apex) => this.#find(apex) !== 0);
    try {
      this.#apply(change);
    } catch (error) {
      this.#fresh.clear();
      this.#arena.abandon();
      throw error;
    }
  }

  /** Also throws `image-full`. What has been used before a failure is free again. */
  load(zones: readonly ZoneLoad[]): void {
    const open = new Map<string, OpenZone>();
    const loaded: OpenZone[] = [];
    try {
      for (const zone of zones) this.#load(open, loaded, zone);
      this.#publish(open);
    } catch (error) {
      for (const { trie, hashed } of loaded) {
        this.#releaseAll(trie.cell);
        this.#releaseAll(hashed.cell);
      }
      this.#fresh.clear();
      this.#arena.abandon();
      throw error;
    }
  }

  #load(open: Map<string, OpenZone>, loaded: OpenZone[], { apex, groups, feed, check }: ZoneLoad): void {
    const before = this.#open(open, apex, false);
    if (before) this.#empty(open, before);
    const zone = this.#open(open, apex, true);
    if (!zone) return;
    loaded.push(zone);
    zone.groups = this.#numbersOf(groups);
    const loader = this.#loader.begin(apex, zone.trie, zone.hashed, zone.apexNode);
    feed(loader.put);
    loader.finish();
    zone.apexNode = loader.apexNode;
    check?.(new ImageZone(this.#arena, zone.trie, zone.hashed));
  }

  /** The numbers of groups, each once. */
  #numbersOf(groups: readonly string[]): number[] {
    const [only] = groups;
    if (only !== undefined && groups.length === 1) return [this.group(only)];
    return [...new Set(groups)].map((id) => this.group(id));
  }

  /** Gives everything of a trie back that nobody has seen. */
  #releaseAll(cell: Cell): void {
    const arena = this.#arena;
    const leaves = new LeafWalk(arena, cell, (ref, length) => arena.release(ref, length));
    for (let node = leaves.next(); node !== 0; node = leaves.next())
      arena.release(node, unitsOf(arena, node));
  }

  #apply(given: ZoneChange): void {
    const change = policyChange(given);
    const open = new Map<string, OpenZone>();
    for (const removal of change.remove) {
      const zone = this.#open(open, removal.apex, false);
      if (!zone || zone.isRemoved) continue;
      if (removal.kind === "zone") this.#empty(open, zone);
      else this.#removeRrset(zone, removal);
    }
    for (const put of change.put) {
      if (put.kind !== "zone") continue;
      const zone = this.#open(open, put.apex, true);
      if (zone) zone.groups = this.#numbersOf(put.groups);
    }
    for (let i = 0; i < change.put.length;) {
      const put = change.put[i++];
      if (put?.kind !== "rrset") continue;
      const run = [put];
      for (let next = change.put[i]; next?.kind === "rrset" && isBeside(put, next); next = change.put[++i])
        run.push(next);
      const zone = this.#open(open, put.apex, false);
      if (zone) this.#putRrsets(zone, put.owner, run);
    }
    this.#publish(open);
  }

  open(): number {
    return this.#reader.open();
  }

  group(id: string): number {
    return this.#reader.group(id);
  }

  findZone(group: number, name: Uint8Array, at: number, isAbove: boolean): number {
    return this.#reader.findZone(group, name, at, isAbove);
  }

  search(zone: number, name: Uint8Array, at: number, found: ZoneSearch): void {
    this.#reader.search(zone, name, at, found);
  }

  findNode(zone: number, name: Uint8Array, at: number): number {
    return this.#reader.findNode(zone, name, at);
  }

  apex(zone: number): number {
    return this.#reader.apex(zone);
  }

  rrset(node: number, type: number): number {
    return this.#reader.rrset(node, type);
  }

  policies(node: number): number {
    return this.#reader.policies(node);
  }

  rrsetCount(node: number): number {
    return this.#reader.rrsetCount(node);
  }

  rrsetAt(node: number, index: number): number {
    return this.#reader.rrsetAt(node, index);
  }

  type(rrset: number): number {
    return this.#reader.type(rrset);
  }

  ttl(rrset: number): number {
    return this.#reader.ttl(rrset);
  }

  count(rrset: number): number {
    return this.#reader.count(rrset);
  }

  rdataLength(rrset: number, index: number): number {
    return this.#reader.rdataLength(rrset, index);
  }

  copyRdata(rrset: number, index: number, output: Uint8Array, at: number): number {
    return this.#reader.copyRdata(rrset, index, output, at);
  }

  rdataU16(rrset: number, index: number, offset: number): number {
    return this.#reader.rdataU16(rrset, index, offset);
  }

  nsecNode(zone: number, name: Uint8Array, at: number): number {
    return this.#reader.nsecNode(zone, name, at);
  }

  hashedNode(zone: number, label: Uint8Array): number {
    return this.#reader.hashedNode(zone, label);
  }

  copyOwner(node: number, output: Uint8Array, at: number): number {
    return this.#reader.copyOwner(node, output, at);
  }

  /** The block of a zone as it is published, 0 where there is none. */
  #find(apex: Name): number {
    if (this.#revision === 0) return 0;
    this.#walk.walk(this.#arena, groupCell(this.#revision, 0), apex.octets, 0);
    return this.#walk.isExact ? this.#walk.ancestors[this.#walk.count - 1]! : 0;
  }

  /** A zone for changing; undefined where there is none and none is to be made. */
  #open(open: Map<string, OpenZone>, apex: Name, isMade: boolean): OpenZone | undefined {
    const held = open.get(apex.key);
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
    open.set(apex.key, zone);
    return zone;
  }

  /** A trie that nobody has seen any of. */
  #newTrie(): TrieWriter {
    return new TrieWriter(this.#arena, emptyCell, always, ignore);
  }

  /** A trie whose root stands in a block. */
  #trieAt(cell: number): TrieWriter {
    const { words } = this.#arena;
    return new TrieWriter(this.#arena, [words[2 * cell]!, words[2 * cell + 1]!], this.#isFresh, this.#made);
  }

  /** Takes all of a zone away. It may be put anew by the same change. */
  #empty(open: Map<string, OpenZone>, zone: OpenZone): void {
    for (const { cell } of [zone.trie, zone.hashed]) {
      const leaves = new LeafWalk(this.#arena, cell, (ref, length) => this.#drop(zone, ref, length));
      for (let node = leaves.next(); node !== 0; node = leaves.next())
        this.#drop(zone, node, unitsOf(this.#arena, node));
    }
    open.set(zone.apex.key, { ...zone, isRemoved: true, groups: [] });
  }

  #putRrsets(zone: OpenZone, owner: Name, puts: readonly RrsetPut[]): void {
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

  #removeRrset(zone: OpenZone, { owner, type }: RrsetRemoval): void {
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

  /** Puts the zones that differ into their groups' tries, and makes that the newest revision. */
  #publish(open: ReadonlyMap<string, OpenZone>): void {
    const arena = this.#arena;
    while (this.#cells.length <= this.#groupIds.length) this.#cells.push(emptyCell);
    const tries = this.#cells.map((cell) =>
      cell[0] === 0 ? this.#newTrie() : new TrieWriter(arena, cell, this.#isFresh, this.#made),
    );
    const isNew = this.#cells.map(([word]) => word === 0);
    for (const zone of open.values()) {
      const name = zone.apex.octets;
      const before = zone.block === 0 ? [] : [0, ...zoneGroups(arena, zone.block)];
      const after = zone.isRemoved ? [] : [0, ...zone.groups];
      for (const group of before) if (!after.includes(group)) tries[group]?.remove(name);
      if (!zone.isRemoved) {
        const block = writeZone(arena, name, [zone.trie.cell, zone.hashed.cell], zone.apexNode, zone.groups);
        for (const group of after) {
          const trie = tries[group];
          // Nobody has seen any of a trie that was empty: a hundred thousand zones go into it in place.
          if (isNew[group] === true && trie?.find(name) === 0) trie.putNew(block);
          else trie?.put(name, block);
        }
      }
      if (zone.block !== 0) arena.retire(zone.block, unitsOf(arena, zone.block));
    }
    this.#cells = tries.map(({ cell }) => cell);
    const revision = arena.allocate(revisionUnits(this.#groupIds.length));
    arena.words[2 * revision] = this.#groupIds.length;
    arena.words[2 * revision + 1] = 0;
    this.#cells.forEach(([word, at], group) => {
      const cell = 2 * groupCell(revision, group);
      arena.words[cell] = word;
      arena.words[cell + 1] = at;
    });
    if (this.#revision !== 0) arena.retire(this.#revision, revisionUnits(arena.words[2 * this.#revision]!));
    this.#revision = revision;
    this.#fresh.clear();
    // The writer's own thread reads on in the new revision, as from a table that is changed in place: it would hold the old one back.
    this.#reader.rest();
    arena.publish(revision);
    this.#reader.open();
  }
}

const always = (): boolean => true;
const ignore = (): void => {};

/** Units of a revision's block: its head, group 0 and the others. */
function revisionUnits(groups: number): number {
  return 2 + groups;
}

/** Whether two RRsets stand at one name of one zone. */
function isBeside(a: RrsetPut, b: RrsetPut): boolean {
  return a.apex.equals(b.apex) && a.owner.equals(b.owner);
}

/**
 * Reads an image from another thread.
 * @param slot  of this reader alone: 1 to 95, 0 is the writer's own, and those above are for snapshots
 * @param groups  ids of the groups in the order in which the writer was asked for them
 */
export function readImage(buffer: SharedArrayBuffer, slot: number, groups: readonly string[]): ImageReader {
  return new ImageReader(new ArenaView(buffer, slot), [...groups]);
}
