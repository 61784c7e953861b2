// Changes a trie of names (trie.ts): new blocks from the changed cell up to the root, all others as they are. Blocks that the same change has made are changed
// in place, since nobody has seen them.

import { type Arena, unitOctets } from "./arena.ts";
import { nameOf } from "./blocks.ts";
import { NameKey } from "./name-key.ts";
import {
  branchBit,
  leafWord,
  offsetShift,
  beyondKeys,
  bitmapMask,
  countBits,
  emptyCell,
  type Cell,
  offsetOf,
  nearestLeaf,
} from "./trie.ts";

// Shared by all writers: a hundred thousand zones are not to have their own. The key of the name that was looked for last, and the way down to the cell
// that changes: blocks of twigs with their lengths, and which twig was taken.
const writerKey = new NameKey();
const writerTwigs: number[] = [];
const writerPlaces: number[] = [];
const writerLengths: number[] = [];

/** The trie that one change makes of another one. */
export class TrieWriter {
  readonly #arena: Arena;
  /** Blocks of twigs that no reader has seen: they are changed in place. */
  readonly #isFresh: (ref: number) => boolean;
  readonly #made: (ref: number) => void;
  #cell: Cell;
  /** The symbol in which the name looked for differs from the nearest one; beyond all where that is it. And the other's symbol there. */
  #difference = 0;
  #otherSymbol = 0;

  /**
   * @param cell  its root as it is
   * @param isFresh  tells whether a block was made by this change
   * @param made  is told of each block that is
   */
  constructor(arena: Arena, cell: Cell, isFresh: (ref: number) => boolean, made: (ref: number) => void) {
    this.#arena = arena;
    this.#cell = cell;
    this.#isFresh = isFresh;
    this.#made = made;
  }

  /** The root as it is now. */
  get cell(): Cell {
    return this.#cell;
  }

  /** Puts the block of a name, in the place of the one that the name has, if any. Returns that one, or 0. */
  put(name: Uint8Array, block: number): number {
    const before = this.find(name);
    this.putFound(block);
    return before;
  }

  /** Puts a block for the name that was looked for last, which nothing has come between. */
  putFound(block: number): void {
    const leaf: Cell = [leafWord, block];
    if (this.#cell[0] === 0) {
      this.#cell = leaf;
      return;
    }
    const difference = this.#difference;
    if (difference === beyondKeys) {
      this.#descend(beyondKeys);
      this.#replace(leaf);
      return;
    }
    const found = this.#descend(difference);
    const symbol = writerKey.symbols[difference]!;
    const [word, twigs] = found;
    if (word < 0 && offsetOf(word) === difference) {
      this.#replace(this.#widened(word, twigs, symbol, leaf));
      return;
    }
    // A new branch above the cell, at the symbol that tells the two apart.
    const other = this.#otherSymbol;
    const pair = this.#allocate(2);
    this.#write(pair, symbol < other ? leaf : found);
    this.#write(pair + 1, symbol < other ? found : leaf);
    this.#replace([branchBit | (difference << offsetShift) | (1 << symbol) | (1 << other), pair]);
  }

  /**
   * Puts a block for the name that was looked for last and not found, in a trie that nobody has seen any of: it is changed in place, and nothing
   * is made for it but blocks. What a zone of millions is loaded by.
   */
  putNew(block: number): void {
    const [rootWord, rootAt] = this.#cell;
    if (rootWord === 0) {
      this.#cell = [leafWord, block];
      return;
    }
    const arena = this.#arena;
    const { words } = arena;
    const difference = this.#difference;
    const { symbols } = writerKey;
    let word = rootWord;
    let twigs = rootAt;
    let from = -1; // where the cell stands; -1 for the root
    while (word < 0 && offsetOf(word) < difference) {
      from = twigs + countBits(word & bitmapMask & ((1 << symbols[offsetOf(word)]!) - 1));
      word = words[2 * from]!;
      twigs = words[2 * from + 1]!;
    }
    const bit = 1 << symbols[difference]!;
    let newWord: number;
    let newTwigs: number;
    if (word < 0 && offsetOf(word) === difference) {
      const length = countBits(word & bitmapMask);
      const place = countBits(word & bitmapMask & (bit - 1));
      newTwigs = arena.allocate(length + 1);
      for (let i = 0; i < 2 * place; i++) words[2 * newTwigs + i] = words[2 * twigs + i]!;
      for (let i = 2 * place; i < 2 * length; i++) words[2 * newTwigs + 2 + i] = words[2 * twigs + i]!;
      words[2 * (newTwigs + place)] = leafWord;
      words[2 * (newTwigs + place) + 1] = block;
      arena.release(twigs, length);
      newWord = word | bit;
    } else {
      const other = 1 << this.#otherSymbol;
      newTwigs = arena.allocate(2);
      const own = bit < other ? newTwigs : newTwigs + 1;
      const its = bit < other ? newTwigs + 1 : newTwigs;
      words[2 * own] = leafWord;
      words[2 * own + 1] = block;
      words[2 * its] = word;
      words[2 * its + 1] = twigs;
      newWord = branchBit | (difference << offsetShift) | bit | other;
    }
    if (from < 0) this.#cell = [newWord, newTwigs];
    else {
      words[2 * from] = newWord;
      words[2 * from + 1] = newTwigs;
    }
  }

  /** The block of the name that stands at an offset of a buffer, 0 where it is not there. */
  find(name: Uint8Array, at: number = 0): number {
    writerKey.read(name, at);
    if (this.#cell[0] === 0) return 0;
    const nearest = this.#nearest();
    const difference = writerKey.differenceTo(this.#arena.octets, nameOf(nearest));
    this.#difference = difference < 0 ? beyondKeys : difference;
    this.#otherSymbol = writerKey.otherSymbol;
    return difference < 0 ? nearest : 0;
  }

  /** Takes a name out. Returns its block, or 0 where it was not there. */
  remove(name: Uint8Array): number {
    if (this.#cell[0] === 0) return 0;
    writerKey.read(name, 0);
    const nearest = this.#nearest();
    if (writerKey.differenceTo(this.#arena.octets, nameOf(nearest)) >= 0) return 0;
    this.#descend(beyondKeys);
    const twigs = writerTwigs.pop();
    const place = writerPlaces.pop();
    const length = writerLengths.pop();
    if (twigs === undefined || place === undefined || length === undefined) {
      this.#cell = emptyCell;
      return nearest;
    }
    if (length === 2) {
      const rest = this.#read(twigs + 1 - place);
      this.#free(twigs, 2);
      this.#replace(rest);
      return nearest;
    }
    const fewer = this.#allocate(length - 1);
    for (let i = 0, to = fewer; i < length; i++) if (i !== place) this.#write(to++, this.#read(twigs + i));
    this.#free(twigs, length);
    const [word] = this.#cellAbove();
    this.#replace([word & ~(1 << this.#symbolAt(word, place)), fewer]);
    return nearest;
  }

  /** Whether names below one that is there are there too. */
  hasBelow(name: Uint8Array): boolean {
    writerKey.read(name, 0);
    this.#descend(beyondKeys);
    const above = writerTwigs.length === 0 ? undefined : this.#cellAboveLast();
    return above !== undefined && offsetOf(above[0]) === writerKey.length;
  }

  #nearest(): number {
    return nearestLeaf(this.#arena, this.#cell[0], this.#cell[1], writerKey);
  }

  /** Goes down to the cell at which symbol number `until` or a later one is looked at, and keeps the way. */
  #descend(until: number): Cell {
    writerTwigs.length = writerPlaces.length = writerLengths.length = 0;
    let cell = this.#cell;
    while (cell[0] < 0 && offsetOf(cell[0]) < until) {
      const [word, twigs] = cell;
      const bit = 1 << writerKey.symbols[offsetOf(word)]!;
      const bitmap = word & bitmapMask;
      if ((bitmap & bit) === 0) break;
      const place = countBits(bitmap & (bit - 1));
      writerTwigs.push(twigs);
      writerPlaces.push(place);
      writerLengths.push(countBits(bitmap));
      cell = this.#read(twigs + place);
    }
    return cell;
  }

  /** Puts a cell in the place of the one that `#descend` ended at, and makes anew what has to be above it. */
  #replace(cell: Cell): void {
    let now = cell;
    for (let level = writerTwigs.length - 1; level >= 0; level--) {
      const twigs = writerTwigs[level]!;
      const place = writerPlaces[level]!;
      if (this.#isFresh(twigs)) {
        this.#write(twigs + place, now);
        return;
      }
      const length = writerLengths[level]!;
      const copy = this.#allocate(length);
      this.#arena.octets.copyWithin(copy * unitOctets, twigs * unitOctets, (twigs + length) * unitOctets);
      this.#write(copy + place, now);
      this.#free(twigs, length);
      now = [this.#cellOf(level)[0], copy];
    }
    this.#cell = now;
  }

  /** A branch with one twig more. */
  #widened(word: number, twigs: number, symbol: number, leaf: Cell): Cell {
    const bitmap = word & bitmapMask;
    const bit = 1 << symbol;
    const length = countBits(bitmap);
    const place = countBits(bitmap & (bit - 1));
    const more = this.#allocate(length + 1);
    for (let i = 0; i < place; i++) this.#write(more + i, this.#read(twigs + i));
    this.#write(more + place, leaf);
    for (let i = place; i < length; i++) this.#write(more + i + 1, this.#read(twigs + i));
    this.#free(twigs, length);
    return [word | bit, more];
  }

  /** The cell whose twigs the way goes through at a level. */
  #cellOf(level: number): Cell {
    return level === 0 ? this.#cell : this.#read(writerTwigs[level - 1]! + writerPlaces[level - 1]!);
  }

  #cellAbove(): Cell {
    return this.#cellOf(writerTwigs.length);
  }

  #cellAboveLast(): Cell {
    return this.#cellOf(writerTwigs.length - 1);
  }

  /** The symbol of a branch's twig. */
  #symbolAt(word: number, place: number): number {
    let bits = word & bitmapMask;
    for (let i = 0; i < place; i++) bits &= bits - 1;
    return 31 - Math.clz32(bits & -bits);
  }

  #read(ref: number): Cell {
    return [this.#arena.words[2 * ref]!, this.#arena.words[2 * ref + 1]!];
  }

  #write(ref: number, [word, at]: Cell): void {
    this.#arena.words[2 * ref] = word;
    this.#arena.words[2 * ref + 1] = at;
  }

  #allocate(units: number): number {
    const ref = this.#arena.allocate(units);
    this.#made(ref);
    return ref;
  }

  #free(ref: number, units: number): void {
    if (this.#isFresh(ref)) this.#arena.release(ref, units);
    else this.#arena.retire(ref, units);
  }
}
