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
    this.labelCount = count;
    let to = 0;
    for (let label = count - 1; label >= 0; label--) {
      const start = labelAt[label]!;
      const end = start + name[start]!;
      depthAt[to] = count - 1 - label;
      for (let i = start + 1; i <= end; i++) {
        const octet = lowerCase[name[i]!]!;
        symbols[to] = (octet >>> 4) + 1;
        symbols[to + 1] = (octet & 15) + 1;
        depthAt[to + 1] = noDepth;
        depthAt[to + 2] = noDepth;
        to += 2;
      }
      symbols[to++] = endSymbol;
    }
    for (let i = to + 1; i <= this.length; i++) {
      symbols[i] = endSymbol;
      depthAt[i] = noDepth;
    }
    symbols[to] = endSymbol;
    depthAt[to] = count;
    this.length = to;
  }

  /** The first symbol in which two keys differ; of equal ones their length. */
  firstDifference(other: NameKey): number {
    const shorter = Math.min(this.length, other.length);
    let i = 0;
    while (i < shorter && this.symbols[i] === other.symbols[i]) i++;
    return i;
  }
}
