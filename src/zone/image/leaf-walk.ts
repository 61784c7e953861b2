// All names of a trie in canonical order, one after the other, with nothing made for any of them: what goes over a zone of millions goes by this.

import type { ArenaView } from "./arena.ts";
import { nameOf } from "./blocks.ts";
import { NameKey } from "./name-key.ts";
import { type Cell, countTwigs, countTwigsBefore, nearestLeaf, offsetOf } from "./trie.ts";

const wantedKey = new NameKey();
const nearestKey = new NameKey();

/** A walk over one trie, forward. It may be left and taken up again while what it walks over stays. */
export class LeafWalk {
  readonly #words: Int32Array;
  /** Twigs that are still to be gone to, level by level: the next one, and how many are left with it. */
  readonly #next: number[] = [];
  readonly #left: number[] = [];
  readonly #onTwigs: ((ref: number, length: number) => void) | undefined;
  #level = -1;
  #word: number;
  #at: number;

  /** @param onTwigs  told of each block of twigs before the names below it */
  constructor({ words }: ArenaView, [word, at]: Cell, onTwigs?: (ref: number, length: number) => void) {
    this.#words = words;
    this.#word = word;
    this.#at = at;
    this.#onTwigs = onTwigs;
  }

  /** Goes to a name, or to the first one behind it: the next one that is given. To be called once, before all else. */
  seek(view: ArenaView, name: Uint8Array): this {
    if (this.#word === 0) return this;
    wantedKey.read(name, 0);
    nearestKey.read(view.octets, nameOf(nearestLeaf(view, this.#word, this.#at, wantedKey)));
    const difference = wantedKey.firstDifference(nearestKey);
    const isThere = difference === wantedKey.length && difference === nearestKey.length;
    while (this.#word < 0 && (isThere || offsetOf(this.#word) < difference)) {
      const place = countTwigsBefore(this.#word, wantedKey.symbols[offsetOf(this.#word)]!);
      this.#push(place + 1);
      const twig = this.#at + place;
      this.#word = this.#words[2 * twig]!;
      this.#at = this.#words[2 * twig + 1]!;
    }
    if (isThere) return this;
    const symbol = wantedKey.symbols[difference]!;
    if (this.#word < 0 && offsetOf(this.#word) === difference) {
      this.#push(countTwigsBefore(this.#word, symbol));
      this.#word = 0;
      // All names below the cell have one other symbol there: all of them come behind the name, or none.
    } else if (symbol > nearestKey.symbols[difference]!) this.#word = 0;
    return this;
  }

  /** Goes on later with the twigs of the branch at hand, from one of them on. */
  #push(place: number): void {
    this.#level++;
    this.#next[this.#level] = this.#at + place;
    this.#left[this.#level] = countTwigs(this.#word) - place;
  }

  /** The block of the next name; 0 where there is no more. */
  next(): number {
    const words = this.#words;
    let word = this.#word;
    let at = this.#at;
    if (word === 0) {
      while (this.#level >= 0 && this.#left[this.#level] === 0) this.#level--;
      if (this.#level < 0) return 0;
      const twig = this.#next[this.#level]!++;
      this.#left[this.#level]!--;
      word = words[2 * twig]!;
      at = words[2 * twig + 1]!;
    }
    while (word < 0) {
      const length = countTwigs(word);
      this.#onTwigs?.(at, length);
      this.#level++;
      this.#next[this.#level] = at + 1;
      this.#left[this.#level] = length - 1;
      word = words[2 * at]!;
      at = words[2 * at + 1]!;
    }
    this.#word = 0;
    return at;
  }
}
