// The zones of a names process in one shared buffer: written here, by one thread, and read from as many as there are (image-reader.ts). A change
// makes new blocks beside those that are read (image-edit.ts), and one atomic store makes all of it the newest revision.
//
// Every group has a trie of its zones by their apexes, and so has the image as a whole, as group 0. Every zone has a trie of its names, empty
// non-terminals too, so that each name's closest encloser lies on its way, and one of its NSEC3 records, whose names are hashes.

import type { Name } from "#wire";
import type { RrsetPut, ZoneChange, ZoneTable } from "../change.ts";
import { checkChange } from "../check-change.ts";
import type { ZoneLoad } from "../load.ts";
import { policyChange } from "../policies/policy-change.ts";
import type { ZoneSearch } from "../reader.ts";
import type { ZoneSnapshot, ZoneStore } from "../snapshot.ts";
import { Arena, ArenaView, maxReaders } from "./arena.ts";
import { unitsOf, writeZone, zoneGroups } from "./blocks.ts";
import { ImageEdit, type OpenZone } from "./image-edit.ts";
import { groupCell, ImageReader } from "./image-reader.ts";
import { ImageSnapshot } from "./image-snapshot.ts";
import { ImageZone } from "./image-zone.ts";
import { ZoneLoader } from "./zone-loader.ts";
import { type Cell, emptyCell, TrieWalk } from "./trie.ts";

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
      this.#arena.abandon();
      throw error;
    }
  }

  /** Also throws `image-full`. What has been used before a failure is free again. */
  load(zones: readonly ZoneLoad[]): void {
    const edit = this.#edit();
    const loaded: OpenZone[] = [];
    try {
      for (const zone of zones) this.#load(edit, loaded, zone);
      this.#publish(edit);
    } catch (error) {
      for (const zone of loaded) edit.release(zone);
      this.#arena.abandon();
      throw error;
    }
  }

  #load(edit: ImageEdit, loaded: OpenZone[], { apex, groups, feed, check }: ZoneLoad): void {
    const before = edit.open(apex, false);
    if (before) edit.empty(before);
    const zone = edit.open(apex, true);
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

  #apply(given: ZoneChange): void {
    const change = policyChange(given);
    const edit = this.#edit();
    for (const removal of change.remove) {
      const zone = edit.open(removal.apex, false);
      if (!zone || zone.isRemoved) continue;
      if (removal.kind === "zone") edit.empty(zone);
      else edit.removeRrset(zone, removal);
    }
    for (const put of change.put) {
      if (put.kind !== "zone") continue;
      const zone = edit.open(put.apex, true);
      if (zone) zone.groups = this.#numbersOf(put.groups);
    }
    for (let i = 0; i < change.put.length;) {
      const put = change.put[i++];
      if (put?.kind !== "rrset") continue;
      const run = [put];
      for (let next = change.put[i]; next?.kind === "rrset" && isBeside(put, next); next = change.put[++i])
        run.push(next);
      const zone = edit.open(put.apex, false);
      if (zone) edit.putRrsets(zone, put.owner, run);
    }
    this.#publish(edit);
  }

  #edit(): ImageEdit {
    return new ImageEdit(this.#arena, (apex) => this.#find(apex));
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

  /** Puts the zones that differ into their groups' tries, and makes that the newest revision. */
  #publish(edit: ImageEdit): void {
    const arena = this.#arena;
    while (this.#cells.length <= this.#groupIds.length) this.#cells.push(emptyCell);
    const tries = this.#cells.map((cell) => edit.trieOf(cell));
    const isNew = this.#cells.map(([word]) => word === 0);
    for (const zone of edit.zones()) {
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
    // The writer's own thread reads on in the new revision, as from a table that is changed in place: it would hold the old one back.
    this.#reader.rest();
    arena.publish(revision);
    this.#reader.open();
  }
}

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
