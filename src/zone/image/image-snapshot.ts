// A revision of an image that is held by a reader of its own: what it reaches is not used again until it is let go.

import { Name } from "#wire";
import type { Rrset } from "../rrset.ts";
import type { ZoneSnapshot } from "../snapshot.ts";
import { ArenaView, unitOctets } from "./arena.ts";
import { hashedCell, nameOf, recordAt, rrsetsOf, zoneCell, zoneGroups } from "./blocks.ts";
import { groupCell } from "./image-reader.ts";
import { eachLeaf, TrieWalk } from "./trie.ts";

/** See the head of this file. */
export class ImageSnapshot implements ZoneSnapshot {
  readonly #view: ArenaView;
  readonly #revision: number;
  readonly #groups: readonly string[];
  readonly #walk = new TrieWalk();
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
    const { words } = this.#view;
    for (const cell of [zoneCell(this.#view, zone), hashedCell(this.#view, zone)]) {
      for (const node of eachLeaf(this.#view, [words[2 * cell]!, words[2 * cell + 1]!]))
        yield* this.#of(node);
    }
  }

  at(apex: Name, owner: Name): readonly Rrset[] {
    const nodes = [zoneCell, hashedCell].map((cell) => this.#findNode(apex, owner, cell));
    return nodes.flatMap((node) => (node === 0 ? [] : [...this.#of(node)]));
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

  *#of(node: number): Generator<Rrset> {
    const view = this.#view;
    const at = nameOf(node);
    const octets = new Uint8Array(view.octets.subarray(at, at + view.octets[node * unitOctets]!));
    const owner = Name.fromOctets(octets)!;
    for (const { type, at } of rrsetsOf(view, node)) {
      const rdata: Uint8Array[] = [];
      const count = view.halves[4 * at + 1]!;
      for (let i = 0; i < count; i++) {
        const from = recordAt(view, at, i);
        const length = (view.octets[from]! << 8) + view.octets[from + 1]!;
        // A copy in memory of its own: what is shared between threads is not handed to strangers.
        rdata.push(new Uint8Array(view.octets.subarray(from + 2, from + 2 + length)));
      }
      yield { owner, type, ttl: view.words[2 * at + 1]!, rdata };
    }
  }
}
