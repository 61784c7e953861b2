// Lists in field values: `#element` of RFC 9110 section 5.6.1, walked in place. Quoted strings are not looked into: the
// fields read here (Connection, Transfer-Encoding, TE, Upgrade, Via) have elements whose commas inside quotes we refuse or
// do not care for.

import { COMMA, HTAB, SP } from "./octets.ts";

/** A walk over the elements of one field value. Reused: `begin`, then `next` until false. */
export class ListWalk {
  /** Where the element stands, without the spaces around it. */
  from = 0;
  to = 0;
  #at = 0;
  #end = 0;

  /** Begins a walk over the octets from `at` up to `end`. */
  begin(at: number, end: number): void {
    this.#at = at;
    this.#end = end;
  }

  /** Goes to the next element that is not empty (RFC 9110 section 5.6.1.2: empty ones are passed over). */
  next(octets: Uint8Array): boolean {
    while (this.#at < this.#end) {
      let from = this.#at;
      let to = from;
      while (to < this.#end && octets[to] !== COMMA) to++;
      this.#at = to + 1;
      while (from < to && isSpace(octets[from])) from++;
      while (to > from && isSpace(octets[to - 1])) to--;
      if (from === to) continue;
      this.from = from;
      this.to = to;
      return true;
    }
    return false;
  }
}

function isSpace(octet: number | undefined): boolean {
  return octet === SP || octet === HTAB;
}
