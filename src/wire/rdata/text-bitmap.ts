// Lists of RR types as the bitmaps of NSEC, NSEC3 and CSYNC (RFC 4034 section 4.1.2). Both ways.

import { typeName } from "../rr-type.ts";
import { type TextScanner, TokenKind } from "../scanner.ts";
import { failRdataTooLong, type OctetSink } from "../scanner-values.ts";
import { rrTypeOf } from "./text-mnemonics.ts";

const windowOctets = 32;

// One bit per RR type, zero between calls.
const bits = new Uint8Array(8192);

/** Reads RR types, in any order, to the end of the record, and puts their bitmap. */
export function putTypeBitmap(scanner: TextScanner, sink: OctetSink): void {
  let highest = -1;
  while (scanner.next() !== TokenKind.end) {
    const type = rrTypeOf(scanner);
    if (type < 0) break;
    bits[type >> 3] = bits[type >> 3]! | (0x80 >> (type & 7));
    highest = Math.max(highest, type);
  }
  for (let window = 0; window * 256 <= highest; window++) {
    const start = window * windowOctets;
    let length = windowOctets;
    while (length > 0 && bits[start + length - 1] === 0) length--;
    // A block without types is left out (RFC 4034 section 4.1.2).
    if (length === 0) continue;
    if (!sink.put(window) || !sink.put(length) || !sink.putAll(bits.subarray(start, start + length))) {
      failRdataTooLong(scanner);
    }
    bits.fill(0, start, start + windowOctets);
  }
}

/**
 * Writes the types of a bitmap with spaces between them.
 * @returns undefined where the octets are no bitmap
 */
export function formatTypeBitmap(octets: Uint8Array, from: number, to: number): string | undefined {
  const names: string[] = [];
  let lastWindow = -1;
  for (let at = from; at < to;) {
    const window = octets[at]!;
    const length = octets[at + 1] ?? 0;
    const end = at + 2 + length;
    if (window <= lastWindow || length < 1 || length > windowOctets || end > to) return undefined;
    if (octets[end - 1] === 0) return undefined;
    for (let i = at + 2; i < end; i++) {
      const octet = octets[i]!;
      for (let bit = 0; bit < 8; bit++) {
        if (octet & (0x80 >> bit)) names.push(typeName(window * 256 + (i - at - 2) * 8 + bit));
      }
    }
    lastWindow = window;
    at = end;
  }
  return names.join(" ");
}
