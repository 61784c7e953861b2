// A trie of names in an arena: a persistent qp-trie over keys of name-key.ts. A change makes new blocks from the changed cell up to the root and leaves
// all others as they are, so that who holds an old root still reads all of it as it was.
//
// A cell is one unit, two words. A branch has the sign bit, the number of the symbol it looks at and a bit for each symbol that goes on
// from there, and the block of its twigs: one cell for each of those bits, in their order. A leaf has the block of its name. An empty
// trie is a cell of zeros.

import { lowerCase } from "#wire";
import { type Arena, type ArenaView, unitOctets } from "./arena.ts";
import { nameOf } from "./blocks.ts";
import { maxSymbols, NameKey, noDepth } from "./name-key.ts";

const branchBit = 0x8000_0000 | 0;
const leafWord = 0x4000_0000;
const offsetShift = 17;
const offsetMask = 0x3ff;
const bitmapMask = 0x1_ffff;

/** Most names above one another. */
const maxAncestors = 130;

function countBits(bits: number): number {
  let n = bits - ((bits >>> 1) & 0x5555_5555);
  n = (n & 0x3333_3333) + ((n >>> 2) & 0x3333_3333);
  n = (n + (n >>> 4)) & 0x0f0f_0f0f;
  return Math.imul(n, 0x0101_0101) >>> 24;
}

/** The way of a name through a trie. Hot path (bench/answer.ts): made once, walked again and again. */
export class TrieWalk {
  /** The key of the name that was walked last. */
  readonly key: NameKey = new NameKey();
  /** Blocks of the names at or above the one walked that the trie has, the highest first. */
  readonly ancestors: Int32Array = new Int32Array(maxAncestors);
  /** How many labels each of them has. */
  readonly depths: Uint8Array = new Uint8Array(maxAncestors);
  /** The branch at which each of them parts from the names below it; 0 where it has none below. */
  readonly branches: Int32Array = new Int32Array(maxAncestors);
  count = 0;

  /** Walks a name through the trie below a root cell, and finds which names at or above it there are. */
  walk(view: ArenaView, root: number, name: Uint8Array, at: number): void {
    this.key.read(name, at);
    this.walkOn(view, root, name);
  }

  /** Walks the name of the key that was read last, which stands in `name` still. */
  walkOn(view: ArenaView, root: number, name: Uint8Array): void {
    const { key, ancestors, depths, branches } = this;
    const { words } = view;
    const { symbols, depthAt } = key;
    let count = 0;
    let cell = root;
    let word = words[2 * cell]!;
    while (word < 0) {
      const offset = (word >>> offsetShift) & offsetMask;
      const twigs = words[2 * cell + 1]!;
      const depth = depthAt[offset]!;
      // A leaf beside the way where a label begins: perhaps a name above.
      if ((word & 1) !== 0 && depth !== noDepth && words[2 * twigs]! >= 0) {
        ancestors[count] = words[2 * twigs + 1]!;
        depths[count] = depth;
        branches[count] = cell;
        count++;
      }
      const bit = 1 << symbols[offset]!;
      cell = (word & bit) === 0 ? twigs : twigs + countBits(word & bitmapMask & (bit - 1));
      word = words[2 * cell]!;
    }
    if (word === 0) {
      this.count = 0;
      return;
    }
    const leaf = words[2 * cell + 1]!;
    const common = this.#countCommonLabels(view, leaf, name);
    // Names above are only those whose labels the name has too; the leaf tells how many these are.
    while (count > 0 && depths[count - 1]! > common) count--;
    if (this.#leafLabels <= common && (count === 0 || ancestors[count - 1] !== leaf)) {
      ancestors[count] = leaf;
      depths[count] = this.#leafLabels;
      branches[count] = 0;
      count++;
    }
    this.count = count;
  }

  /** Whether the name that was walked is itself there. */
  get isExact(): boolean {
    return this.count > 0 && this.depths[this.count - 1] === this.key.labelCount;
  }

  #leafLabels = 0;
  readonly #leafLabelAt = new Uint8Array(130);

  /** How many labels from the right a leaf's name and the one walked have in common. */
  #countCommonLabels({ octets }: ArenaView, leaf: number, name: Uint8Array): number {
    const base = nameOf(leaf);
    const at = this.#leafLabelAt;
    let labels = 0;
    let from = 0;
    for (let length = octets[base]!; length !== 0; length = octets[base + from]!) {
      at[labels++] = from;
      from += length + 1;
    }
    this.#leafLabels = labels;
    const { labelAt, labelCount } = this.key;
    const shorter = Math.min(labels, labelCount);
    for (let common = 0; common < shorter; common++) {
      const mine = labelAt[labelCount - 1 - common]!;
      const its = base + at[labels - 1 - common]!;
      const length = name[mine]!;
      if (octets[its] !== length) return common;
      for (let i = 1; i <= length; i++) {
        if (lowerCase[name[mine + i]!] !== lowerCase[octets[its + i]!]) return common;
      }
    }
    return shorter;
  }
}

/** Symbols of the label `*`. */
const asterisk = { high: 3, low: 11 } as const;

/**
 * The name `*` right below one, where the trie has it.
 * @param branch  at which that name parts from those below it
 * @returns its block, 0 where there is none
 */
export function findAsterisk({ words, octets }: ArenaView, branch: number): number {
  if (branch === 0) return 0;
  const start = (words[2 * branch]! >>> offsetShift) & offsetMask;
  let cell = branch;
  let word = words[2 * cell]!;
  while (word < 0) {
    const place = ((word >>> offsetShift) & offsetMask) - start;
    const symbol = place === 0 ? asterisk.high : place === 1 ? asterisk.low : 0;
    const bit = 1 << symbol;
    if ((word & bit) === 0) return 0;
    cell = words[2 * cell + 1]! + countBits(word & bitmapMask & (bit - 1));
    word = words[2 * cell]!;
  }
  const leaf = words[2 * cell + 1]!;
  const twigs = words[2 * branch + 1]!;
  const above = words[2 * twigs + 1]!;
  const isIt =
    octets[leaf * unitOctets] === octets[above * unitOctets]! + 2 &&
    octets[nameOf(leaf)] === 1 &&
    octets[nameOf(leaf) + 1] === 0x2a;
  return isIt ? leaf : 0;
}

/** Goes through the names of a trie backwards. Made once, used again and again. */
export class TrieCursor {
  /** Block of the name that it stands at. */
  leaf = 0;
  readonly #key = new NameKey();
  readonly #leafKey = new NameKey();
  // The way: of each branch its first twig, and which twig was taken.
  readonly #twigs = new Int32Array(maxSymbols);
  readonly #places = new Int32Array(maxSymbols);
  #level = 0;

  /** Goes to a name, or to the last one before it in canonical order. Returns false where there is neither. */
  seek(view: ArenaView, root: number, name: Uint8Array, at: number): boolean {
    const { words } = view;
    this.#level = 0;
    if (words[2 * root] === 0) return false;
    const key = this.#key;
    key.read(name, at);
    this.#leafKey.read(view.octets, nameOf(nearestLeaf(view, words[2 * root]!, words[2 * root + 1]!, key)));
    const difference = key.firstDifference(this.#leafKey);
    const isThere = difference === key.length && difference === this.#leafKey.length;
    const until = isThere ? beyondKeys : difference;
    let cell = root;
    let word = words[2 * cell]!;
    while (word < 0 && offsetOf(word) < until) {
      const bit = 1 << key.symbols[offsetOf(word)]!;
      cell = this.#push(words[2 * cell + 1]!, countBits(word & bitmapMask & (bit - 1)));
      word = words[2 * cell]!;
    }
    if (isThere) {
      this.leaf = words[2 * cell + 1]!;
      return true;
    }
    const symbol = key.symbols[difference]!;
    if (word < 0 && offsetOf(word) === difference) {
      const before = countBits(word & bitmapMask & ((1 << symbol) - 1));
      if (before === 0) return this.previous(view);
      this.#goToLast(view, this.#push(words[2 * cell + 1]!, before - 1));
      return true;
    }
    // All names below the cell have one other symbol there.
    if (symbol < this.#leafKey.symbols[difference]!) return this.previous(view);
    this.#goToLast(view, cell);
    return true;
  }

  /** Goes to the last name. Returns false where there is none. */
  seekLast(view: ArenaView, root: number): boolean {
    this.#level = 0;
    if (view.words[2 * root] === 0) return false;
    this.#goToLast(view, root);
    return true;
  }

  /** Goes to the name before. Returns false where there is none. */
  previous(view: ArenaView): boolean {
    for (; this.#level > 0; this.#level--) {
      const place = this.#places[this.#level - 1]!;
      if (place === 0) continue;
      this.#places[this.#level - 1] = place - 1;
      this.#goToLast(view, this.#twigs[this.#level - 1]! + place - 1);
      return true;
    }
    return false;
  }

  #goToLast({ words }: ArenaView, from: number): void {
    let cell = from;
    for (let word = words[2 * cell]!; word < 0; word = words[2 * cell]!)
      cell = this.#push(words[2 * cell + 1]!, countBits(word & bitmapMask) - 1);
    this.leaf = words[2 * cell + 1]!;
  }

  #push(twigs: number, place: number): number {
    this.#twigs[this.#level] = twigs;
    this.#places[this.#level] = place;
    this.#level++;
    return twigs + place;
  }
}

/** The leaf whose key has the most in common with a name's, below a cell of these two words. */
export function nearestLeaf({ words }: ArenaView, first: number, second: number, key: NameKey): number {
  let word = first;
  let at = second;
  while (word < 0) {
    const bit = 1 << key.symbols[offsetOf(word)]!;
    const twig = (word & bit) === 0 ? at : at + countBits(word & bitmapMask & (bit - 1));
    word = words[2 * twig]!;
    at = words[2 * twig + 1]!;
  }
  return at;
}

/** The two words of a cell. */
export type Cell = readonly [number, number];

/** The cell of a trie without names. */
export const emptyCell: Cell = [0, 0];

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

/** A symbol number that no key reaches. */
const beyondKeys = offsetMask + 1;

/** The symbol that a branch looks at, by its place in the key. */
export function offsetOf(word: number): number {
  return (word >>> offsetShift) & offsetMask;
}

/** How many twigs a branch has. */
export function countTwigs(word: number): number {
  return countBits(word & bitmapMask);
}

/** How many twigs of a branch stand before that of a symbol. */
export function countTwigsBefore(word: number, symbol: number): number {
  return countBits(word & bitmapMask & ((1 << symbol) - 1));
}
