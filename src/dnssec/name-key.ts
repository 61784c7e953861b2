// Names in a larger buffer as keys of a table, made without an object for the name.

import { lowerCase } from "#wire";

/** The key of an uncompressed name: its octets in lower case. */
export function nameKeyOf(name: Uint8Array, at: number): string {
  let key = "";
  for (let labelAt = at; ; labelAt += name[labelAt]! + 1) {
    const length = name[labelAt]!;
    key += String.fromCharCode(length);
    if (length === 0) return key;
    for (let i = 1; i <= length; i++) key += String.fromCharCode(lowerCase[name[labelAt + i]!]!);
  }
}
