// The values that items of presentation format stand for (RFC 1035 section 5.1): numbers, times, names, strings.
// Each function reads one item of a `TextScanner`; what it refuses becomes the scanner's failure. Values that go
// into RDATA or an owner name are put into an `OctetSink`, in wire form.

import { maxCharStringOctets, maxLabelOctets, maxNameOctets, maxRdataOctets } from "./limits.ts";
import { type TextScanner, TokenKind } from "./scanner.ts";

/** Octets that are collected in a buffer used again and again. */
export class OctetSink {
  readonly octets: Uint8Array = new Uint8Array(maxRdataOctets);
  length = 0;

  /** Adds one octet. Tells whether there was room. */
  put(octet: number): boolean {
    if (this.length >= maxRdataOctets) return false;
    this.octets[this.length++] = octet;
    return true;
  }

  /** Adds octets. Tells whether there was room; where not, nothing is added. */
  putAll(octets: Uint8Array): boolean {
    if (this.length + octets.length > maxRdataOctets) return false;
    this.octets.set(octets, this.length);
    this.length += octets.length;
    return true;
  }

  /** Adds a number of 1 to 8 octets, high octet first. Tells whether there was room. */
  putNumber(value: number, width: number): boolean {
    if (this.length + width > maxRdataOctets) return false;
    for (let i = width - 1; i >= 0; i--) {
      this.octets[this.length + i] = value % 256;
      value = Math.floor(value / 256);
    }
    this.length += width;
    return true;
  }

  /** Copies out what was collected. */
  take(): Uint8Array {
    return this.octets.slice(0, this.length);
  }
}

/** Notes that a record's RDATA is over 65,535 octets. */
export function failRdataTooLong(scanner: TextScanner): void {
  scanner.fail("rdata-too-long", `RDATA of at most ${maxRdataOctets} octets`);
}

const DOT = 46;
const ZERO = 48;
const NINE = 57;
const AT = 64;
const BACKSLASH = 92;

/** Characters of a word that is compared with keywords; a longer one is none of them. */
const maxKeywordOctets = 64;

/** The token as text, for keywords and descriptions; empty where it is too long to be one. Escapes stay. */
export function tokenText(scanner: TextScanner): string {
  const { octets, tokenStart, tokenEnd } = scanner;
  if (tokenEnd - tokenStart > maxKeywordOctets) return "";
  let text = "";
  for (let i = tokenStart; i < tokenEnd; i++) text += String.fromCharCode(octets[i]!);
  return text;
}

/** The offset of the first such octet in the token from `from` on, or the token's end. */
export function indexInToken(scanner: TextScanner, octet: number, from: number): number {
  const { octets, tokenEnd } = scanner;
  let at = from;
  while (at < tokenEnd && octets[at] !== octet) at++;
  return at;
}

/**
 * Reads a whole decimal number up to `max`, which is at most 2^53 - 1.
 * @param expected  the value in words, for the failure
 */
export function readNumber(scanner: TextScanner, max: number, expected: string): number {
  if (scanner.next() !== TokenKind.word) {
    scanner.failToken("bad-number", expected);
    return 0;
  }
  return numberOf(scanner, scanner.tokenStart, scanner.tokenEnd, max, expected);
}

/** The decimal number in a part of the token. */
export function numberOf(
  scanner: TextScanner,
  from: number,
  to: number,
  max: number,
  expected: string,
): number {
  let value = 0;
  for (let at = from; at < to; at++) {
    const octet = scanner.octets[at]!;
    if (octet < ZERO || octet > NINE) {
      scanner.fail("bad-number", expected, from);
      return 0;
    }
    value = value * 10 + (octet - ZERO);
    if (value > max) {
      scanner.fail("number-too-large", `${expected}, at most ${max}`, from);
      return 0;
    }
  }
  if (from === to) scanner.fail("bad-number", expected, from);
  return value;
}

/** The highest TTL that text may state. RFC 2181 section 8 has receivers take one over 2^31 - 1 as zero. */
const maxTtlText = 0xffff_ffff;

const ttlWords = "seconds, or a time such as 1h30m";

/** Reads a time in seconds, plain or with the units w, d, h, m and s, in any order: `1h30m` is 5400. */
export function readTtl(scanner: TextScanner): number {
  if (scanner.next() !== TokenKind.word) {
    scanner.failToken("bad-number", ttlWords);
    return 0;
  }
  return ttlOf(scanner);
}

/** The time in seconds that the token states. */
export function ttlOf(scanner: TextScanner): number {
  let total = 0;
  let value = -1; // of the digits since the last unit; -1 where there are none
  for (let at = scanner.tokenStart; at < scanner.tokenEnd; at++) {
    const octet = scanner.octets[at]!;
    if (octet >= ZERO && octet <= NINE) {
      value = (value < 0 ? 0 : value * 10) + (octet - ZERO);
    } else {
      const unit = secondsOf(octet);
      if (unit === 0 || value < 0) {
        scanner.fail("bad-number", ttlWords);
        return 0;
      }
      total += value * unit;
      value = -1;
    }
    if (total > maxTtlText || value > maxTtlText) break;
  }
  if (value >= 0) total += value;
  if (total > maxTtlText) {
    scanner.fail("number-too-large", `${ttlWords}, at most ${maxTtlText} in all`);
    return 0;
  }
  return total;
}

function secondsOf(unit: number): number {
  switch (unit | 0x20) {
    case 0x73:
      return 1;
    case 0x6d:
      return 60;
    case 0x68:
      return 3600;
    case 0x64:
      return 86_400;
    case 0x77:
      return 604_800;
    default:
      return 0;
  }
}

/** The octet that the escape at `at` (its backslash) stands for, or -1 after a failure. It is 2 or 4 octets long. */
export function escapedOctet(scanner: TextScanner, at: number): number {
  const { octets, tokenEnd } = scanner;
  const first = at + 1 < tokenEnd ? octets[at + 1]! : -1;
  if (first < ZERO || first > NINE) {
    if (first >= 0) return first;
    scanner.fail("bad-escape", "a character after the backslash", at);
    return -1;
  }
  const second = at + 2 < tokenEnd ? octets[at + 2]! : 0;
  const third = at + 3 < tokenEnd ? octets[at + 3]! : 0;
  const value = (first - ZERO) * 100 + (second - ZERO) * 10 + (third - ZERO);
  if (second < ZERO || second > NINE || third < ZERO || third > NINE || value > 255) {
    scanner.fail("bad-escape", "three digits up to 255 after the backslash", at);
    return -1;
  }
  return value;
}

/** How long the escape at an offset is: `\DDD` or backslash and character. */
export function escapeLength(scanner: TextScanner, at: number): number {
  const octet = scanner.octets[at + 1]!;
  return octet >= ZERO && octet <= NINE ? 4 : 2;
}

// Octets that stand for themselves in a name: printable ASCII, but not what is mostly a slip in a zone file:
// a comma for a dot, an at sign in a mailbox, a dollar sign or percent sign of a template left unfilled.
const isNameOctet = new Uint8Array(256);
for (let octet = 33; octet < 127; octet++) isNameOctet[octet] = 1;
for (const character of '.\\"();@$%&,') isNameOctet[character.charCodeAt(0)] = 0;

const nameWords = "a domain name such as www or ns1.example.org.";

/**
 * Reads a name and puts its wire form; a relative one is completed with `origin`, and `@` is `origin`.
 * @param origin  undefined refuses relative names
 * @see RFC 1035 section 5.1
 */
export function putName(scanner: TextScanner, sink: OctetSink, origin: Uint8Array | undefined): void {
  if (scanner.next() === TokenKind.word) putNameToken(scanner, sink, origin);
  else scanner.failToken("bad-character", `${nameWords}, without quotes`);
}

/** Puts the wire form of the name that the token is. */
export function putNameToken(scanner: TextScanner, sink: OctetSink, origin: Uint8Array | undefined): void {
  const { octets, tokenStart, tokenEnd } = scanner;
  if (sink.length + maxNameOctets > maxRdataOctets) return failRdataTooLong(scanner);
  const target = sink.octets;
  const start = sink.length;
  if (tokenEnd - tokenStart === 1) {
    const only = octets[tokenStart];
    if (only === DOT) {
      sink.put(0);
      return;
    }
    if (only === AT) return putOrigin(scanner, sink, start, origin);
  }
  let labelAt = start;
  let at = start + 1;
  let i = tokenStart;
  while (i < tokenEnd) {
    let octet = octets[i]!;
    if (isNameOctet[octet] === 1) {
      i++;
    } else if (octet === DOT) {
      if (at === labelAt + 1) {
        scanner.fail("empty-label", "a label before this dot", i);
        return;
      }
      target[labelAt] = at - labelAt - 1;
      labelAt = at++;
      i++;
      continue;
    } else if (octet === BACKSLASH) {
      octet = escapedOctet(scanner, i);
      if (octet < 0) return;
      i += escapeLength(scanner, i);
    } else {
      scanner.fail("bad-character", plainWords(octet), i);
      return;
    }
    if (at - labelAt > maxLabelOctets) {
      scanner.fail("label-too-long", `at most ${maxLabelOctets} octets between two dots of a name`);
      return;
    }
    // One octet stays free for the root.
    if (at - start >= maxNameOctets - 1) return failNameTooLong(scanner);
    target[at++] = octet;
  }
  if (at === labelAt + 1) {
    target[labelAt] = 0;
    sink.length = at;
  } else {
    target[labelAt] = at - labelAt - 1;
    sink.length = at;
    putOrigin(scanner, sink, start, origin);
  }
}

function putOrigin(
  scanner: TextScanner,
  sink: OctetSink,
  start: number,
  origin: Uint8Array | undefined,
): void {
  if (!origin) {
    scanner.fail("missing-origin", "a name with a final dot, because no origin is set");
  } else if (sink.length - start + origin.length > maxNameOctets) {
    failNameTooLong(scanner);
  } else {
    sink.putAll(origin);
  }
}

function failNameTooLong(scanner: TextScanner): void {
  scanner.fail("name-too-long", `a name of at most ${maxNameOctets} octets, its origin included`);
}

function plainWords(octet: number): string {
  if (octet > 126) return "ASCII in a name: other characters as \\DDD, or in their xn-- form";
  const character = String.fromCharCode(octet);
  return `a letter, digit, hyphen or underscore in a name; the character itself is written \\${character}`;
}

const stringWords = "a text, in quotes where it has spaces";

/** Reads one character string and puts it behind its length octet (RFC 1035 section 3.3). */
export function putCharString(scanner: TextScanner, sink: OctetSink): void {
  if (scanner.next() === TokenKind.end) scanner.failToken("missing-value", stringWords);
  else putCharStringToken(scanner, sink);
}

/** Puts the token as a character string. */
export function putCharStringToken(scanner: TextScanner, sink: OctetSink): void {
  const lengthAt = sink.length;
  if (!sink.put(0)) return failRdataTooLong(scanner);
  putTextPart(scanner, sink, scanner.tokenStart, scanner.tokenEnd, maxCharStringOctets);
  sink.octets[lengthAt] = sink.length - lengthAt - 1;
}

/** Reads one text of any length and puts its octets. */
export function putText(scanner: TextScanner, sink: OctetSink): void {
  if (scanner.next() === TokenKind.end) scanner.failToken("missing-value", stringWords);
  else putTextPart(scanner, sink, scanner.tokenStart, scanner.tokenEnd, maxRdataOctets);
}

/** Puts the octets that the part `from` to `to` of the token stands for, escapes resolved, at most `max` of them. */
export function putTextPart(
  scanner: TextScanner,
  sink: OctetSink,
  from: number,
  to: number,
  max: number,
): void {
  const { octets } = scanner;
  const start = sink.length;
  for (let at = from; at < to;) {
    let octet = octets[at]!;
    if (octet === BACKSLASH) {
      octet = escapedOctet(scanner, at);
      if (octet < 0) return;
      at += escapeLength(scanner, at);
    } else {
      at++;
    }
    if (sink.length - start >= max) {
      if (max === maxCharStringOctets) {
        scanner.fail(
          "string-too-long",
          `a text of at most ${max} octets; a longer one is split into several`,
        );
      } else {
        failRdataTooLong(scanner);
      }
      return;
    }
    if (!sink.put(octet)) return failRdataTooLong(scanner);
  }
}
