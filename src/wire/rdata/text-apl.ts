// Lists of address prefixes, the RDATA of APL (RFC 3123): `1:192.0.2.0/24 !2:2001:db8::/32`. Both ways.

import { type TextScanner, TokenKind } from "../scanner.ts";
import { failRdataTooLong, indexInToken, numberOf, type OctetSink } from "../scanner-values.ts";
import { formatIpv4, formatIpv6, putIpv4Part, putIpv6Part } from "./text-address.ts";

const EXCLAMATION = 33;
const SLASH = 47;
const COLON = 58;

const aplWords = "a prefix such as 1:192.0.2.0/24 or !2:2001:db8::/32";

/** Octets of an address of family 1 (IPv4) and 2 (IPv6). */
const familyOctets: Readonly<Record<number, number>> = { 1: 4, 2: 16 };

/** Reads prefixes to the end of the record, none at all included, and puts them. */
export function putPrefixes(scanner: TextScanner, sink: OctetSink): void {
  while (scanner.next() !== TokenKind.end) putPrefix(scanner, sink);
}

function putPrefix(scanner: TextScanner, sink: OctetSink): void {
  const { octets, tokenStart, tokenEnd } = scanner;
  const isNegated = octets[tokenStart] === EXCLAMATION;
  const familyAt = isNegated ? tokenStart + 1 : tokenStart;
  const colonAt = indexInToken(scanner, COLON, familyAt);
  const slashAt = indexInToken(scanner, SLASH, colonAt);
  if (scanner.kind !== TokenKind.word || slashAt === tokenEnd) {
    scanner.fail("bad-value", aplWords);
    return;
  }
  const family = numberOf(scanner, familyAt, colonAt, 2, aplWords);
  const addressOctets = familyOctets[family];
  if (addressOctets === undefined) {
    scanner.fail("bad-value", "address family 1 (IPv4) or 2 (IPv6) before the colon", familyAt);
    return;
  }
  const prefix = numberOf(scanner, slashAt + 1, tokenEnd, addressOctets * 8, aplWords);
  if (!sink.putNumber(family, 2) || !sink.put(prefix) || !sink.put(0)) return failRdataTooLong(scanner);
  const start = sink.length;
  if (family === 1) putIpv4Part(scanner, sink, colonAt + 1, slashAt);
  else putIpv6Part(scanner, sink, colonAt + 1, slashAt);
  // Zero octets at the end are left out (RFC 3123 section 4).
  while (sink.length > start && sink.octets[sink.length - 1] === 0) sink.length--;
  sink.octets[start - 1] = (sink.length - start) | (isNegated ? 0x80 : 0);
}

/**
 * Writes prefixes with spaces between them.
 * @returns undefined where the octets are none, or not in the form that text gives
 */
export function formatPrefixes(octets: Uint8Array, from: number, to: number): string | undefined {
  const prefixes: string[] = [];
  for (let at = from; at < to;) {
    const family = (octets[at]! << 8) | (octets[at + 1] ?? 0);
    const prefix = octets[at + 2] ?? 0;
    const negation = (octets[at + 3] ?? 0) & 0x80 ? "!" : "";
    const length = (octets[at + 3] ?? 0) & 0x7f;
    const end = at + 4 + length;
    const addressOctets = familyOctets[family] ?? 0;
    if (end > to || length > addressOctets || prefix > addressOctets * 8) return undefined;
    if (addressOctets === 0 || (length > 0 && octets[end - 1] === 0)) return undefined;
    const address = new Uint8Array(addressOctets);
    address.set(octets.subarray(at + 4, end));
    const text = family === 1 ? formatIpv4(address, 0) : formatIpv6(address, 0);
    prefixes.push(`${negation}${family}:${text}/${prefix}`);
    at = end;
  }
  return prefixes.join(" ");
}
