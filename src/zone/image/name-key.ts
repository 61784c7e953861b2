// A name as a key of the trie (trie.ts): its labels from the right, each octet in lower case as two symbols of four bits, and a zero after each label. Keys in
// the order of their symbols are names in canonical order (RFC 4034 section 6.1), and the key of a name begins with those of all
// names above it.

import { lowerCase, maxLabels } from "#wire";

/** Symbols of the longest key, and some more: names have at most 254 octets beside the root's. */
export const maxSymbols = 512;

/** Symbol after a label and after the key's end; those of octets are 1 to 16. */
export const endSymbol = 0;

/** Stands in {@link NameKey.depthAt} where no label ends. */
export const noDepth = 255;

/** The two symbols of each octet, letters in lower case. */
const highSymbol: Uint8Array = lowerCase.map((octet) => (octet >>> 4) + 1);
const lowSymbol: Uint8Array = lowerCase.map((octet) => (octet & 15) + 1);

/** The key of one name. Made once and read into again and again: a lookup allocates nothing. */
export class NameKey {
  /** The symbols; {@link endSymbol} from `length` on. */
  readonly symbols: Uint8Array = new Uint8Array(maxSymbols);
  /** At each symbol where a label begins, and at `length`: how many labels stand before it. Elsewhere {@link noDepth}. */
  readonly depthAt: Uint8Array = new Uint8Array(maxSymbols).fill(noDepth);
  /** Where each label stands in the buffer that was read, from the left; the root's zero octet last. */
  readonly labelAt: Int32Array = new Int32Array(maxLabels + 2);
  labelCount = 0;
  length = 0;
  /** Where in the symbols each label begins, from the right, and the key's end. */
  readonly #symbolAt = new Int32Array(maxLabels + 2);

  /** Reads a well-formed uncompressed name. */
  read(name: Uint8Array, at: number): void {
    const { symbols, depthAt, labelAt } = this;
    let count = 0;
    let from = at;
    for (let length = name[from]!; length !== 0; length = name[from]!) {
      labelAt[count++] = from;
      from += length + 1;
    }
    labelAt[count] = from;
    // Where labels began in the name before.
    const symbolAt = this.#symbolAt;
    for (let depth = this.labelCount; depth >= 0; depth--) depthAt[symbolAt[depth]!] = noDepth;
    this.labelCount = count;
    let to = 0;
    for (let depth = 0; depth < count; depth++) {
      const start = labelAt[count - 1 - depth]!;
      const end = start + name[start]!;
      depthAt[to] = depth;
      symbolAt[depth] = to;
      for (let i = start + 1; i <= end; i++) {
        const octet = name[i]!;
        symbols[to] = highSymbol[octet]!;
        symbols[to + 1] = lowSymbol[octet]!;
        to += 2;
      }
      symbols[to++] = endSymbol;
    }
    for (let i = to; i <= this.length; i++) symbols[i] = endSymbol;
    depthAt[to] = count;
    symbolAt[count] = to;
    this.length = to;
  }

  /** The symbol that the name compared last has where it differs. */
  otherSymbol = 0;
  readonly #otherLabelAt = new Int32Array(maxLabels + 2);

  /** The first symbol in which the key differs from that of a well-formed uncompressed name; -1 where they are the same. Makes no key of that name. */
  differenceTo(name: Uint8Array, at: number): number {
    const { symbols } = this;
    const labelAt = this.#otherLabelAt;
    let count = 0;
    for (let from = at, length = name[from]!; length !== 0; length = name[from]!) {
      labelAt[count++] = from;
      from += length + 1;
    }
    let i = 0;
    while (count > 0) {
      const start = labelAt[--count]!;
      const end = start + name[start]!;
      for (let from = start + 1; from <= end; from++) {
        const octet = name[from]!;
        if (symbols[i] !== highSymbol[octet]) return this.#differAt(i, highSymbol[octet]!);
        if (symbols[i + 1] !== lowSymbol[octet]) return this.#differAt(i + 1, lowSymbol[octet]!);
        i += 2;
      }
      if (symbols[i] !== endSymbol) return this.#differAt(i, endSymbol);
      i++;
    }
    return i === this.length ? -1 : this.#differAt(i, endSymbol);
  }

  #differAt(i: number, symbol: number): number {
    this.otherSymbol = symbol;
    return i;
  }

  /** The first symbol in which two keys differ; of equal ones their length. */
  firstDifference(other: NameKey): number {
    const shorter = Math.min(this.length, other.length);
    let i = 0;
    while (i < shorter && this.symbols[i] === other.symbols[i]) i++;
    return i;
  }
}
