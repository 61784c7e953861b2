// Addresses and identifiers of fixed length as text in RDATA: IPv4, IPv6 (RFC 4291 section 2.2, written as RFC 5952
// section 4), EUI-48 and EUI-64 (RFC 7043), and the 64-bit values of ILNP (RFC 6742). Both ways.

import { type TextScanner, TokenKind } from "../scanner.ts";
import { failRdataTooLong, type OctetSink } from "../scanner-values.ts";
import { formatHex, hexValue } from "./text-encodings.ts";

const DASH = 45;
const DOT = 46;
const ZERO = 48;
const COLON = 58;

const ipv4Words = "an IPv4 address such as 192.0.2.1";
const ipv6Words = "an IPv6 address such as 2001:db8::1";

/** Reads an IPv4 address and puts its 4 octets. */
export function putIpv4(scanner: TextScanner, sink: OctetSink): void {
  if (scanner.next() === TokenKind.word) putIpv4Part(scanner, sink, scanner.tokenStart, scanner.tokenEnd);
  else scanner.failToken("bad-value", ipv4Words);
}

/** Reads an IPv6 address and puts its 16 octets. */
export function putIpv6(scanner: TextScanner, sink: OctetSink): void {
  if (scanner.next() === TokenKind.word) putIpv6Part(scanner, sink, scanner.tokenStart, scanner.tokenEnd);
  else scanner.failToken("bad-value", ipv6Words);
}

/** Puts the IPv4 address in the part `from` to `to` of the token. */
export function putIpv4Part(scanner: TextScanner, sink: OctetSink, from: number, to: number): void {
  const start = sink.length;
  if (!sink.putNumber(0, 4)) return failRdataTooLong(scanner);
  if (!scanIpv4(scanner.octets, from, to, sink.octets, start)) scanner.fail("bad-value", ipv4Words, from);
}

/** Puts the IPv6 address in the part `from` to `to` of the token. */
export function putIpv6Part(scanner: TextScanner, sink: OctetSink, from: number, to: number): void {
  const start = sink.length;
  if (!sink.putNumber(0, 8) || !sink.putNumber(0, 8)) return failRdataTooLong(scanner);
  if (!scanIpv6(scanner.octets, from, to, sink.octets, start)) scanner.fail("bad-value", ipv6Words, from);
}

/** Writes the octets of a dotted address at `target[at]`. Tells whether it is one: four numbers, no leading zeros. */
function scanIpv4(octets: Uint8Array, from: number, to: number, target: Uint8Array, at: number): boolean {
  let count = 0;
  let value = -1;
  for (let i = from; i <= to; i++) {
    const octet = i < to ? octets[i]! : DOT;
    if (octet === DOT) {
      if (value < 0 || count === 4) return false;
      target[at + count++] = value;
      value = -1;
      continue;
    }
    const digit = octet - ZERO;
    if (digit < 0 || digit > 9 || value === 0) return false;
    value = value < 0 ? digit : value * 10 + digit;
    if (value > 255) return false;
  }
  return count === 4;
}

/** Writes the octets of an IPv6 address at `target[at]`, where 16 zeros stand. Tells whether it is one. */
function scanIpv6(octets: Uint8Array, from: number, to: number, target: Uint8Array, at: number): boolean {
  let count = 0; // octets written
  let gapAt = -1; // how many were written before "::"
  let i = from;
  if (octets[i] === COLON) {
    if (to - from < 2 || octets[i + 1] !== COLON) return false;
    i++;
  }
  while (i < to) {
    if (octets[i] === COLON) {
      // Here a colon is the second of two.
      if (gapAt >= 0) return false;
      gapAt = count;
      i++;
      if (i === to) break;
      if (octets[i] === COLON) return false;
    }
    let end = i;
    let value = 0;
    while (end < to && octets[end] !== COLON) {
      if (octets[end] === DOT) {
        // The last 32 bits may be written as IPv4 (RFC 4291 section 2.2.3).
        if (count > 12 || !scanIpv4(octets, i, to, target, at + count)) return false;
        return closeGap(target, at, count + 4, gapAt);
      }
      const digit = hexValue(octets[end]!);
      if (digit > 15 || end - i === 4) return false;
      value = value * 16 + digit;
      end++;
    }
    if (count === 16 || end === i) return false;
    target[at + count++] = value >> 8;
    target[at + count++] = value & 255;
    if (end === to) break;
    i = end + 1;
    if (i === to) return false;
  }
  return closeGap(target, at, count, gapAt);
}

/** Moves what stands behind "::" to the end. Tells whether there are 16 octets. */
function closeGap(target: Uint8Array, at: number, count: number, gapAt: number): boolean {
  if (gapAt < 0) return count === 16;
  if (count > 14) return false;
  target.copyWithin(at + 16 - (count - gapAt), at + gapAt, at + count);
  target.fill(0, at + gapAt, at + 16 - (count - gapAt));
  return true;
}

/** Writes 4 octets as an IPv4 address. */
export function formatIpv4(octets: Uint8Array, at: number): string {
  return `${octets[at]}.${octets[at + 1]}.${octets[at + 2]}.${octets[at + 3]}`;
}

/** Writes 16 octets as an IPv6 address in its shortest form; an IPv4-mapped one ends in dotted form. */
export function formatIpv6(octets: Uint8Array, at: number): string {
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((octets[at + i]! << 8) | octets[at + i + 1]!);
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${formatIpv4(octets, at + 12)}`;
  }
  let gapAt = -1;
  let gapLength = 1; // one zero group alone is not shortened (RFC 5952 section 4.2.2)
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && groups[end] === 0) end++;
    if (end - i > gapLength) {
      gapAt = i;
      gapLength = end - i;
    }
  }
  if (gapAt < 0) return formatGroups(groups);
  return `${formatGroups(groups.slice(0, gapAt))}::${formatGroups(groups.slice(gapAt + gapLength))}`;
}

function formatGroups(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(":");
}

/**
 * Reads groups of hexadecimal digits with a separator between them, and puts the octets.
 *
 * @param groupOctets  octets in a group: EUI-48 is 6 groups of 1 with dashes, an ILNP value 4 groups of 2 with colons
 * @param expected  the value in words, for the failure
 */
function putHexGroups(
  scanner: TextScanner,
  sink: OctetSink,
  groups: number,
  groupOctets: number,
  separator: number,
  expected: string,
): void {
  if (scanner.next() !== TokenKind.word) {
    scanner.failToken("bad-value", expected);
    return;
  }
  const { octets, tokenStart, tokenEnd } = scanner;
  const groupDigits = groupOctets * 2;
  if (tokenEnd - tokenStart !== groups * (groupDigits + 1) - 1) {
    scanner.fail("bad-value", expected);
    return;
  }
  let high = 0;
  for (let i = 0; i < tokenEnd - tokenStart; i++) {
    const octet = octets[tokenStart + i]!;
    const place = i % (groupDigits + 1);
    const value = hexValue(octet);
    if (place === groupDigits ? octet !== separator : value > 15) {
      scanner.fail("bad-value", expected, tokenStart + i);
      return;
    }
    if (place === groupDigits) continue;
    if (place % 2 === 0) high = value;
    else if (!sink.put(high * 16 + value)) return failRdataTooLong(scanner);
  }
}

/** Reads an EUI-48 address and puts its 6 octets (RFC 7043 section 3.2). */
export function putEui48(scanner: TextScanner, sink: OctetSink): void {
  putHexGroups(scanner, sink, 6, 1, DASH, "an EUI-48 address such as 00-00-5e-00-53-2a");
}

/** Reads an EUI-64 address and puts its 8 octets (RFC 7043 section 4.2). */
export function putEui64(scanner: TextScanner, sink: OctetSink): void {
  putHexGroups(scanner, sink, 8, 1, DASH, "an EUI-64 address such as 00-00-5e-ef-10-00-00-2a");
}

/** Reads a 64-bit identifier or locator and puts its 8 octets (RFC 6742 sections 2.1.2 and 2.3.2). */
export function putIlnp64(scanner: TextScanner, sink: OctetSink): void {
  putHexGroups(
    scanner,
    sink,
    4,
    2,
    COLON,
    "four groups of four hexadecimal digits such as 2001:0db8:1140:1000",
  );
}

/** Writes octets as groups of lower-case hexadecimal digits. */
export function formatHexGroups(
  octets: Uint8Array,
  at: number,
  length: number,
  groupOctets: number,
  separator: string,
): string {
  const groups: string[] = [];
  for (let i = at; i < at + length; i += groupOctets) groups.push(formatHex(octets, i, i + groupOctets));
  return groups.join(separator).toLowerCase();
}
