// Octets as text in RDATA: hexadecimal and base64 (RFC 4648 sections 8 and 4), which may be split by spaces, and
// base32hex (section 7), which may not. Both ways; records that use them are in the table.

import { base64Digits } from "../base64.ts";
import { type TextScanner, TokenKind } from "../scanner.ts";
import { failRdataTooLong, type OctetSink } from "../scanner-values.ts";

const EQUALS = 61;
const none = 0xff;

const hexDigits = "0123456789ABCDEF";
const base32hexDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUV";

function digitValues(digits: string, ignoreCase: boolean): Uint8Array {
  const values = new Uint8Array(256).fill(none);
  for (let i = 0; i < digits.length; i++) {
    values[digits.charCodeAt(i)] = i;
    if (ignoreCase) values[digits.toLowerCase().charCodeAt(i)] = i;
  }
  return values;
}

const hexValues = digitValues(hexDigits, true);
const base64Values = digitValues(base64Digits, false);
const base32hexValues = digitValues(base32hexDigits, true);

const hexWords = "pairs of hexadecimal digits";
const base64Words = "base64 in groups of four characters, such as AAEC or AA==";
const base32hexWords = "base32hex such as 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR, without spaces";

/** The value of a hexadecimal digit, or 255. */
export function hexValue(octet: number): number {
  return hexValues[octet]!;
}

/** Puts the octets whose hexadecimal digits are in the part `from` to `to` of the token. */
export function putHexPart(scanner: TextScanner, sink: OctetSink, from: number, to: number): void {
  for (let at = from; at < to; at += 2) {
    const high = hexValue(scanner.octets[at]!);
    const low = at + 1 < to ? hexValue(scanner.octets[at + 1]!) : none;
    if (high === none || low === none) {
      scanner.fail("bad-value", hexWords, high === none ? at : Math.min(at + 1, to - 1));
      return;
    }
    if (!sink.put(high * 16 + low)) return failRdataTooLong(scanner);
  }
}

/** Reads hexadecimal digits to the end of the record and puts the octets. Spaces may stand anywhere between them. */
export function putHex(scanner: TextScanner, sink: OctetSink): void {
  let high = -1; // the first digit of a pair, or -1 between pairs
  let count = 0;
  while (scanner.next() === TokenKind.word) {
    for (let at = scanner.tokenStart; at < scanner.tokenEnd; at++) {
      const value = hexValue(scanner.octets[at]!);
      if (value === none) {
        scanner.fail("bad-value", hexWords, at);
        return;
      }
      count++;
      if (high < 0) {
        high = value;
      } else {
        if (!sink.put(high * 16 + value)) return failRdataTooLong(scanner);
        high = -1;
      }
    }
  }
  if (scanner.kind === TokenKind.quoted) scanner.failToken("bad-value", `${hexWords}, without quotes`);
  else if (count === 0) scanner.failToken("missing-value", hexWords);
  else if (high >= 0) scanner.fail("bad-value", `${hexWords}: one digit is missing`);
}

/** Reads base64 to the end of the record and puts the octets. Spaces may stand between digits, not before padding. */
export function putBase64(scanner: TextScanner, sink: OctetSink): void {
  const state = new Base64State();
  while (scanner.next() === TokenKind.word) {
    putBase64Part(scanner, sink, scanner.tokenStart, scanner.tokenEnd, state);
    if (scanner.failure) return;
  }
  if (scanner.kind === TokenKind.quoted) scanner.failToken("bad-value", `${base64Words}, without quotes`);
  else if (state.count === 0) scanner.failToken("missing-value", base64Words);
  else if (state.count % 4 !== 0) scanner.fail("bad-value", `${base64Words}: the last group is not whole`);
}

/** Puts the octets of the base64 in the part `from` to `to` of the token, which has whole groups. */
export function putWholeBase64(scanner: TextScanner, sink: OctetSink, from: number, to: number): void {
  const state = new Base64State();
  putBase64Part(scanner, sink, from, to, state);
  if (state.count % 4 !== 0) scanner.fail("bad-value", `${base64Words}: the last group is not whole`);
}

/** How far a base64 text was read. */
class Base64State {
  /** Digits and padding so far. */
  count = 0;
  padding = 0;
  /** Bits of digits that are not put yet. */
  bits = 0;
}

function putBase64Part(
  scanner: TextScanner,
  sink: OctetSink,
  from: number,
  to: number,
  state: Base64State,
): void {
  for (let at = from; at < to; at++) {
    const octet = scanner.octets[at]!;
    const value = base64Values[octet]!;
    const place = state.count % 4;
    if (octet === EQUALS) {
      // Bits that padding leaves over must be zero (RFC 4648 section 3.5).
      const isWrong = place < 2 || at === from || (place === 2 ? state.bits & 15 : state.bits & 3) !== 0;
      if (isWrong && state.padding === 0) {
        scanner.fail("bad-value", base64Words, at);
        return;
      }
      state.padding++;
    } else if (value === none || state.padding > 0) {
      scanner.fail("bad-value", base64Words, at);
      return;
    } else {
      state.bits = ((state.bits << 6) | value) & 0xff_ffff;
      if (place === 1 && !sink.put((state.bits >> 4) & 255)) return failRdataTooLong(scanner);
      if (place === 2 && !sink.put((state.bits >> 2) & 255)) return failRdataTooLong(scanner);
      if (place === 3 && !sink.put(state.bits & 255)) return failRdataTooLong(scanner);
    }
    state.count++;
    if (state.padding > 0 && state.count % 4 === 0 && at + 1 < to) {
      scanner.fail("bad-value", `${base64Words}: nothing behind the padding`, at + 1);
      return;
    }
  }
}

/** Reads one base32hex word, padded or not, and puts its octets behind their count (RFC 5155 section 3.3). */
export function putBase32hex(scanner: TextScanner, sink: OctetSink): void {
  if (scanner.next() !== TokenKind.word) {
    scanner.failToken("bad-value", base32hexWords);
    return;
  }
  const { octets, tokenStart, tokenEnd } = scanner;
  let digitsEnd = tokenEnd;
  while (digitsEnd > tokenStart && octets[digitsEnd - 1] === EQUALS) digitsEnd--;
  const lengthAt = sink.length;
  if (!sink.put(0)) return failRdataTooLong(scanner);
  let bits = 0;
  let bitCount = 0;
  for (let at = tokenStart; at < digitsEnd; at++) {
    const value = base32hexValues[octets[at]!]!;
    if (value === none) {
      scanner.fail("bad-value", base32hexWords, at);
      return;
    }
    bits = ((bits << 5) | value) & 0xffff;
    bitCount += 5;
    if (bitCount >= 8) {
      bitCount -= 8;
      if (sink.length - lengthAt > 255) {
        scanner.fail("string-too-long", "at most 255 octets in base32hex");
        return;
      }
      if (!sink.put((bits >> bitCount) & 255)) return failRdataTooLong(scanner);
    }
  }
  const isPadded = digitsEnd < tokenEnd;
  const isWhole = isPadded ? (tokenEnd - tokenStart) % 8 === 0 : true;
  // A digit that adds no octet, or bits that are left over, are no base32hex (RFC 4648 sections 3.5 and 6).
  if (digitsEnd === tokenStart || !isWhole || bitCount >= 5 || (bits & ((1 << bitCount) - 1)) !== 0) {
    scanner.fail("bad-value", base32hexWords);
    return;
  }
  sink.octets[lengthAt] = sink.length - lengthAt - 1;
}

/** Writes octets as hexadecimal digits in capitals. */
export function formatHex(octets: Uint8Array, from: number = 0, to: number = octets.length): string {
  let text = "";
  for (let i = from; i < to; i++) text += hexPairs[octets[i]!]!;
  return text;
}

const hexPairs: readonly string[] = Array.from({ length: 256 }, (_, octet) =>
  octet.toString(16).toUpperCase().padStart(2, "0"),
);

/** Writes octets as base32hex without padding (RFC 5155 section 3.3). */
export function formatBase32hex(octets: Uint8Array, from: number = 0, to: number = octets.length): string {
  let text = "";
  let bits = 0;
  let bitCount = 0;
  for (let i = from; i < to; i++) {
    bits = ((bits << 8) | octets[i]!) & 0xffff;
    bitCount += 8;
    while (bitCount >= 5) {
      bitCount -= 5;
      text += base32hexDigits.charAt((bits >> bitCount) & 31);
    }
  }
  return bitCount > 0 ? text + base32hexDigits.charAt((bits << (5 - bitCount)) & 31) : text;
}
