// A trie of names in an arena: a persistent qp-trie over keys of name-key.ts. A change (trie-writer.ts) makes new blocks from the changed
// cell up to the root and leaves all others as they are, so that who holds an old root still reads all of it as it was.
//
// A cell is one unit, two words. A branch has the sign bit, the number of the symbol it looks at and a bit for each symbol that goes on
// from there, and the block of its twigs: one cell for each of those bits, in their order. A leaf has the block of its name. An empty
// trie is a cell of zeros.

import { lowerCase } from "#wire";
import { type ArenaView, unitOctets } from "./arena.ts";
import { nameOf } from "./blocks.ts";
import { maxSymbols, NameKey, noDepth } from "./name-key.ts";

/** The first word of a cell: this bit is a branch's. */
export const branchBit: number = 0x8000_0000 | 0;
/** The whole first word of a leaf. */
export const leafWord = 0x4000_0000;
/** Where a branch has the number of the symbol it looks at. */
export const offsetShift = 17;
const offsetMask = 0x3ff;
/** A bit for each symbol that goes on from a branch. */
export const bitmapMask = 0x1_ffff;

/** A symbol number that no key reaches. */
export const beyondKeys: number = offsetMask + 1;

/** Most names above one another. */
const maxAncestors = 130;

/** How many bits of a word are set. */
export function countBits(bits: number): number {
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
