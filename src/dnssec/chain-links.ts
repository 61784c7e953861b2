// Which names a chain of denial has while a change is worked out: those of the zone as it is in force, without those that leave it and with those that
// join it. Nothing is held but what changes, whatever the size of the zone.

import { Name, RrType } from "#wire";
import type { NameRow, Rrset, ZoneSnapshot } from "#zone";

/** See the head of this file. */
export class ChainLinks {
  readonly #zone: ZoneSnapshot;
  readonly #apex: Name;
  readonly #row: NameRow;
  readonly #type: number;
  readonly #joined: Name[] = [];
  readonly #left = new Set<string>();
  /** What stands before names that were asked for: long rows of names leave together, and each is looked for behind the one before. */
  readonly #before = new Map<string, Name>();

  /** @param row  `hashed` for a chain of NSEC3 */
  constructor(zone: ZoneSnapshot, apex: Name, row: NameRow) {
    this.#zone = zone;
    this.#apex = apex;
    this.#row = row;
    this.#type = row === "hashed" ? RrType.NSEC3 : RrType.NSEC;
  }

  /** The link of a name as it is in force; undefined where there is none. */
  held(owner: Name): Rrset | undefined {
    return this.#zone.at(this.#apex, owner, this.#row).find(({ type }) => type === this.#type);
  }

  /** Says which names join and which leave, once, before any is asked for. */
  change(joined: Iterable<Name>, left: Iterable<Name>): void {
    this.#joined.push(...joined);
    this.#joined.sort((a, b) => Name.compare(a, b));
    for (const { key } of left) this.#left.add(key);
  }

  /** The name before one in the chain as it will be: the last of all before the first. To be asked for in canonical order. */
  before(owner: Name): Name {
    return this.#lastBefore(owner) ?? this.#lastBefore(undefined) ?? owner;
  }

  /** The name behind one: the first of all behind the last. */
  after(owner: Name): Name {
    return this.#firstBehind(owner) ?? this.#firstBehind(undefined) ?? owner;
  }

  #lastBefore(owner: Name | undefined): Name | undefined {
    const known = owner && this.#before.get(owner.key);
    if (known) return known;
    const joined = this.#joined[(owner ? this.#placeOf(owner) : this.#joined.length) - 1];
    let found = joined;
    let at = owner;
    for (;;) {
      const rrsets = this.#zone.lastBefore(this.#apex, at, this.#row);
      const [first] = rrsets;
      if (!first || (joined && Name.compare(first.owner, joined) <= 0)) break;
      if (this.#isLink(rrsets)) {
        found = first.owner;
        break;
      }
      at = first.owner;
      const beyond = this.#before.get(at.key);
      if (!beyond) continue;
      found = joined && Name.compare(beyond, joined) < 0 ? joined : beyond;
      break;
    }
    if (owner && found) this.#before.set(owner.key, found);
    return found;
  }

  #firstBehind(owner: Name | undefined): Name | undefined {
    let place = owner ? this.#placeOf(owner) : 0;
    if (owner && this.#joined[place]?.equals(owner)) place++;
    const joined = this.#joined[place];
    for (const rrsets of this.#zone.onward(this.#apex, owner ?? this.#apex, this.#row)) {
      const [first] = rrsets;
      if (!first || (owner && first.owner.equals(owner))) continue;
      if (joined && Name.compare(first.owner, joined) >= 0) break;
      if (this.#isLink(rrsets)) return first.owner;
    }
    return joined;
  }

  #isLink(rrsets: readonly Rrset[]): boolean {
    const link = rrsets.find(({ type }) => type === this.#type);
    return link !== undefined && !this.#left.has(link.owner.key);
  }

  /** How many names that join come before one. */
  #placeOf(owner: Name): number {
    let [low, high] = [0, this.#joined.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const name = this.#joined[middle];
      if (name && Name.compare(name, owner) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
