// Hot path (bench/answer.ts): questions about names in uncompressed wire octets at an offset of a buffer.

import { isSameName } from "#zone";

/** The offset after an uncompressed name. */
export function nameEnd(name: Uint8Array, at: number): number {
  let offset = at;
  while (name[offset] !== 0) offset += name[offset]! + 1;
  return offset + 1;
}

/** Tells whether a name is `ancestor` or lies below it. */
export function isAtOrBelow(name: Uint8Array, at: number, ancestor: Uint8Array, ancestorAt: number): boolean {
  let surplus = nameEnd(name, at) - at - (nameEnd(ancestor, ancestorAt) - ancestorAt);
  let offset = at;
  while (surplus > 0) {
    const step = name[offset]! + 1;
    offset += step;
    surplus -= step;
  }
  return surplus === 0 && isSameName(name, offset, ancestor, ancestorAt);
}
