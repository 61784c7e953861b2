// A revision of an image that is held by a reader of its own: what it reaches is not used again until it is let go.

import { lowerCase, type Name } from "#wire";
import { diffZones, type ZoneDiff } from "../diff.ts";
import type { Rrset } from "../rrset.ts";
import type { NameRow, ZoneSnapshot } from "../snapshot.ts";
import { ArenaView, unitOctets } from "./arena.ts";
import { countOf, hashedCell, nameOf, unitsOf, zoneCell, zoneGroups } from "./blocks.ts";
import { groupCell } from "./image-reader.ts";
import { compareNames } from "./image-zone.ts";
import { LeafWalk } from "./leaf-walk.ts";
import { NameKey } from "./name-key.ts";
import { readRrset, readRrsets } from "./node-rrsets.ts";
import { emptyCell, TrieCursor, TrieWalk } from "./trie.ts";

/** Of all snapshots of a thread: a walk is used at once, and there are many snapshots. */
const snapshotWalk = new TrieWalk();
const snapshotCursor = new TrieCursor();

const cellOfRow: Readonly<Record<NameRow, typeof zoneCell>> = { names: zoneCell, hashed: hashedCell };
const bothRows: readonly NameRow[] = ["names", "hashed"];

/** See the head of this file. */
export class ImageSnapshot implements ZoneSnapshot {
  readonly #view: ArenaView;
  readonly #revision: number;
  readonly #groups: readonly string[];
  readonly #walk = snapshotWalk;
  readonly #onRelease: () => void;
  #isReleased = false;

  /**
   * @param slot  of this reader alone
   * @param groups  ids of groups in the order of their numbers
   */
  constructor(buffer: SharedArrayBuffer, slot: number, groups: readonly string[], onRelease: () => void) {
    this.#view = new ArenaView(buffer, slot);
    this.#revision = this.#view.enter() === 0 ? 0 : this.#view.root();
    this.#groups = groups;
    this.#onRelease = onRelease;
  }

  has(apex: Name, group?: string): boolean {
    const zone = this.#find(apex);
    if (zone === 0) return false;
    return (
      group === undefined || zoneGroups(this.#view, zone).some((number) => this.#groups[number - 1] === group)
    );
  }

  rrsets(apex: Name): Iterable<Rrset> | undefined {
    const zone = this.#find(apex);
    return zone === 0 ? undefined : this.#all(zone);
  }

  *#all(zone: number): Generator<Rrset> {
    for (const cell of [zoneCell, hashedCell]) {
      const leaves = this.#leaves(zone, cell);
      for (let node = leaves.next(); node !== 0; node = leaves.next()) yield* readRrsets(this.#view, node);
    }
  }

  #leaves(zone: number, cellOf: typeof zoneCell): LeafWalk {
    const { words } = this.#view;
    const cell = zone === 0 ? 0 : 2 * cellOf(this.#view, zone);
    return new LeafWalk(this.#view, cell === 0 ? emptyCell : [words[cell]!, words[cell + 1]!]);
  }

  diff(before: ZoneSnapshot, apex: Name, most: number): ZoneDiff | undefined {
    if (!(before instanceof ImageSnapshot) || before.#view.buffer !== this.#view.buffer)
      throw new RangeError("Cannot compare revisions: they are of different images");
    const [old, young]: [Rrset[], Rrset[]] = [[], []];
    for (const cellOf of [zoneCell, hashedCell]) {
      const olds = before.#leaves(before.#find(apex), cellOf);
      const youngs = this.#leaves(this.#find(apex), cellOf);
      const keys = [new NameKey(), new NameKey()] as const;
      let a = olds.next();
      let b = youngs.next();
      while (a !== 0 || b !== 0) {
        const order = a === 0 ? 1 : b === 0 ? -1 : this.#order(a, b, keys);
        if (order !== 0 || !this.#isSame(a, b)) {
          if (order <= 0) old.push(...readRrsets(this.#view, a));
          if (order >= 0) young.push(...readRrsets(this.#view, b));
          if (old.length + young.length > most) return undefined;
        }
        if (order <= 0) a = olds.next();
        if (order >= 0) b = youngs.next();
      }
    }
    return diffZones(old, young);
  }

  /** The canonical order of two nodes. Most have the same name in the same letters. */
  #order(a: number, b: number, keys: readonly [NameKey, NameKey]): number {
    const { octets } = this.#view;
    if (a === b) return 0;
    const length = octets[a * unitOctets]!;
    if (octets[b * unitOctets] !== length) return compareNames(octets, a, b, keys);
    const [mine, its] = [nameOf(a), nameOf(b)];
    for (let i = 0; i < length; i++)
      if (octets[mine + i] !== octets[its + i]) return compareNames(octets, a, b, keys);
    return 0;
  }

  /** Whether two nodes are the same octet for octet. What fills a block up may be what was there before: then they are compared as values. */
  #isSame(a: number, b: number): boolean {
    if (a === b) return true;
    const { words } = this.#view;
    const units = unitsOf(this.#view, a);
    if (unitsOf(this.#view, b) !== units) return false;
    for (let i = 0; i < 2 * units; i++) if (words[2 * a + i] !== words[2 * b + i]) return false;
    return true;
  }

  at(apex: Name, owner: Name, row?: NameRow): readonly Rrset[] {
    const nodes = (row ? [row] : bothRows).map((each) => this.#findNode(apex, owner, cellOfRow[each]));
    return nodes.flatMap((node) => (node === 0 ? [] : readRrsets(this.#view, node)));
  }

  rrset(apex: Name, owner: Name, type: number): Rrset | undefined {
    for (const cell of [zoneCell, hashedCell]) {
      const node = this.#findNode(apex, owner, cell);
      const rrset = node === 0 ? undefined : readRrset(this.#view, node, type);
      if (rrset) return rrset;
    }
    return undefined;
  }

  *onward(apex: Name, from: Name, row: NameRow): Generator<readonly Rrset[]> {
    const leaves = this.#leaves(this.#find(apex), cellOfRow[row]).seek(this.#view, from.octets);
    for (let node = leaves.next(); node !== 0; node = leaves.next()) {
      const rrsets = countOf(this.#view, node) === 0 ? [] : readRrsets(this.#view, node);
      if (rrsets.length > 0) yield rrsets;
    }
  }

  lastBefore(apex: Name, name: Name | undefined, row: NameRow): readonly Rrset[] {
    const zone = this.#find(apex);
    if (zone === 0) return [];
    const view = this.#view;
    const cell = cellOfRow[row](view, zone);
    const cursor = snapshotCursor;
    let isThere = name ? cursor.seek(view, cell, name.octets, 0) : cursor.seekLast(view, cell);
    if (isThere && name && isAt(view, cursor.leaf, name)) isThere = cursor.previous(view);
    while (isThere && countOf(view, cursor.leaf) === 0) isThere = cursor.previous(view);
    return isThere ? readRrsets(view, cursor.leaf) : [];
  }

  hasBelow(apex: Name, owner: Name): boolean {
    if (this.#findNode(apex, owner, zoneCell) === 0) return false;
    return this.#walk.branches[this.#walk.count - 1] !== 0;
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#view.rest();
    this.#onRelease();
  }

  #find(apex: Name): number {
    if (this.#isReleased) throw new RangeError("Cannot read zones: this revision was let go");
    if (this.#revision === 0) return 0;
    this.#walk.walk(this.#view, groupCell(this.#revision, 0), apex.octets, 0);
    return this.#walk.isExact ? this.#walk.ancestors[this.#walk.count - 1]! : 0;
  }

  #findNode(apex: Name, owner: Name, cell: typeof zoneCell): number {
    const zone = this.#find(apex);
    if (zone === 0) return 0;
    this.#walk.walk(this.#view, cell(this.#view, zone), owner.octets, 0);
    return this.#walk.isExact ? this.#walk.ancestors[this.#walk.count - 1]! : 0;
  }
}

/** Whether a node has a name. */
function isAt({ octets }: ArenaView, node: number, { octets: name }: Name): boolean {
  const from = nameOf(node);
  if (octets[node * unitOctets] !== name.length) return false;
  for (let i = 0; i < name.length; i++)
    if (lowerCase[octets[from + i]!] !== lowerCase[name[i]!]) return false;
  return true;
}
