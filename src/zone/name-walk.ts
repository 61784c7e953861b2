// Hot path (bench/answer.ts): takes a name in wire octets apart into the places of its labels and a hash for each
// of its ancestors, without allocating. Hashes are of lower-cased octets (RFC 4343 section 3) and are computed from
// the root down, so that one pass gives them all.

import { lowerCase, maxLabels } from "#wire";

/** A name taken apart. One object is filled again and again. */
export class NameWalk {
  /** Offset of each label's length octet; the entry at `labelCount` is the root's. */
  readonly labelAt: Int32Array = new Int32Array(maxLabels + 1);
  /** Hash of the name that begins with each label, 30 bits; the entry at `labelCount` is the root's. */
  readonly hashes: Int32Array = new Int32Array(maxLabels + 1);
  /** Labels in the name, without the root. */
  labelCount = 0;

  /** Takes a well-formed, uncompressed name apart. */
  read(name: Uint8Array, at: number): void {
    const labelAt = this.labelAt;
    let count = 0;
    let offset = at;
    for (;;) {
      labelAt[count] = offset;
      const length = name[offset]!;
      if (length === 0) break;
      offset += length + 1;
      count++;
    }
    this.labelCount = count;
    const hashes = this.hashes;
    let hash = rootHash;
    hashes[count] = hash & 0x3fffffff;
    for (let i = count - 1; i >= 0; i--) {
      hash = hashLabel(hash, name, labelAt[i]!);
      hashes[i] = hash & 0x3fffffff;
    }
  }
}

const rootHash = 0x2c1b3c6d;

function hashLabel(parent: number, name: Uint8Array, at: number): number {
  const length = name[at]!;
  let hash = Math.imul(parent ^ length, 0x01000193);
  for (let i = at + 1; i <= at + length; i++) {
    hash = Math.imul(hash ^ lowerCase[name[i]!]!, 0x01000193);
  }
  // Multiplication carries upwards only: bring high bits back down, where the table looks.
  return hash ^ (hash >>> 15);
}

/** Tells whether two labels, given by the offsets of their length octets, are the same but for ASCII case. */
export function isSameLabel(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number): boolean {
  const length = a[aAt]!;
  if (b[bAt] !== length) return false;
  for (let i = 1; i <= length; i++) {
    if (lowerCase[a[aAt + i]!] !== lowerCase[b[bAt + i]!]) return false;
  }
  return true;
}

/** Tells whether two uncompressed names are the same but for ASCII case. */
export function isSameName(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number): boolean {
  let i = aAt;
  let j = bAt;
  for (;;) {
    if (!isSameLabel(a, i, b, j)) return false;
    const length = a[i]!;
    if (length === 0) return true;
    i += length + 1;
    j += length + 1;
  }
}
