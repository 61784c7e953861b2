// One field of RDATA in presentation format, by its kind (see `field.ts`). Both ways. Types whose text is not their
// fields in wire order have code of their own, called from `presentation.ts`.

import { formatBase64 } from "../base64.ts";
import { TokenKind, type TextScanner } from "../scanner.ts";
import {
  failRdataTooLong,
  type OctetSink,
  putCharString,
  putCharStringToken,
  putName,
  putText,
  readNumber,
  readTtl,
} from "../scanner-values.ts";
import { typeName } from "../rr-type.ts";
import type { Field } from "./field.ts";
import {
  formatHexGroups,
  formatIpv4,
  formatIpv6,
  putEui48,
  putEui64,
  putIlnp64,
  putIpv4,
  putIpv6,
} from "./text-address.ts";
import { formatPrefixes, putPrefixes } from "./text-apl.ts";
import { formatTypeBitmap, putTypeBitmap } from "./text-bitmap.ts";
import {
  formatBase32hex,
  formatHex,
  hexValue,
  putBase32hex,
  putBase64,
  putHex,
  putHexPart,
} from "./text-encodings.ts";
import {
  algorithmMnemonics,
  certificateTypes,
  dsyncSchemes,
  putMnemonic,
  putRrType,
} from "./text-mnemonics.ts";
import { formatNameAt, formatQuoted, formatWord, plainNameEnd } from "./text-strings.ts";
import { putSvcParams } from "./text-svcb.ts";
import { formatSvcParams } from "./text-svcb-format.ts";
import { formatSignatureTime, putTime } from "./text-time.ts";

const DASH = 45;
const DOT = 46;

/** Reads one field and puts its wire form. A failure is the scanner's. */
export function putField(
  scanner: TextScanner,
  sink: OctetSink,
  field: Field,
  origin: Uint8Array | undefined,
): void {
  switch (field.kind) {
    case "u8":
      // The one number whose registry gives it a word in text (RFC 9859 section 2.2).
      return field.mnemonics === "dsync-scheme"
        ? putMnemonic(scanner, sink, dsyncSchemes, 1)
        : putWhole(scanner, sink, 1);
    case "u16":
    case "rcode":
      return putWhole(scanner, sink, 2);
    case "u32":
      return putWhole(scanner, sink, 4);
    case "u48":
      return putWhole(scanner, sink, 6);
    case "rr-type":
      return putRrType(scanner, sink);
    case "algorithm":
      return putMnemonic(scanner, sink, algorithmMnemonics, 1);
    case "certificate-type":
      return putMnemonic(scanner, sink, certificateTypes, 2);
    case "time":
      return putTime(scanner, sink);
    case "period":
      return sink.putNumber(readTtl(scanner), 4) ? undefined : failRdataTooLong(scanner);
    case "ipv4":
      return putIpv4(scanner, sink);
    case "ipv6":
      return putIpv6(scanner, sink);
    case "eui48":
      return putEui48(scanner, sink);
    case "eui64":
      return putEui64(scanner, sink);
    case "locator64":
      return putIlnp64(scanner, sink);
    case "char-string":
    case "tag":
      return putCharString(scanner, sink);
    case "hex-8":
      return putSalt(scanner, sink);
    case "base32hex-8":
      return putBase32hex(scanner, sink);
    case "hex-rest":
      return putHex(scanner, sink);
    case "base64-rest":
      return putBase64(scanner, sink);
    case "text-rest":
      return putText(scanner, sink);
    case "nsap-rest":
      return putNsap(scanner, sink);
    case "name":
      return putName(scanner, sink, origin);
    case "char-strings":
      return putCharStrings(scanner, sink, field);
    case "type-bitmap":
      return putTypeBitmap(scanner, sink);
    case "svc-params":
      return putSvcParams(scanner, sink);
    case "address-prefixes":
      return putPrefixes(scanner, sink);
    case "names":
    case "hex-sized":
    case "base64-sized":
    case "base64-16":
    case "gateway":
    case "edns-options":
      scanner.fail("bad-value", "RDATA in the generic form \\# LENGTH HEX");
  }
}

/** Where a field ends and how it is written; undefined where its octets are malformed. */
export interface FormattedField {
  readonly text: string;
  readonly end: number;
}

/** Writes the field that starts at `at`. */
export function formatField(
  octets: Uint8Array,
  at: number,
  field: Field,
  origin: Uint8Array | undefined,
): FormattedField | undefined {
  const length = octets.length;
  switch (field.kind) {
    case "u8":
      if (field.mnemonics === "dsync-scheme") {
        return fixed(octets, at, 1, () => dsyncSchemes.names.get(octets[at]!) ?? String(octets[at]));
      }
      return whole(octets, at, 1);
    case "algorithm":
      return whole(octets, at, 1);
    case "u16":
    case "rcode":
    case "certificate-type":
      return whole(octets, at, 2);
    case "u32":
    case "period":
      return whole(octets, at, 4);
    case "u48":
      return whole(octets, at, 6);
    case "rr-type":
      return fixed(octets, at, 2, () => typeName(numberAt(octets, at, 2)));
    case "time":
      return fixed(octets, at, 4, () => formatSignatureTime(numberAt(octets, at, 4)));
    case "ipv4":
      return fixed(octets, at, 4, () => formatIpv4(octets, at));
    case "ipv6":
      return fixed(octets, at, 16, () => formatIpv6(octets, at));
    case "eui48":
      return fixed(octets, at, 6, () => formatHexGroups(octets, at, 6, 1, "-"));
    case "eui64":
      return fixed(octets, at, 8, () => formatHexGroups(octets, at, 8, 1, "-"));
    case "locator64":
      return fixed(octets, at, 8, () => formatHexGroups(octets, at, 8, 2, ":"));
    case "char-string":
      return sized(octets, at, 0, formatQuoted);
    case "tag":
      return sized(octets, at, 0, formatWord);
    case "hex-8":
      return sized(octets, at, 0, (_, from, to) => (from === to ? "-" : formatHex(octets, from, to)));
    case "base32hex-8":
      return sized(octets, at, 1, formatBase32hex);
    case "hex-rest":
      return at < length ? { text: formatHex(octets, at), end: length } : undefined;
    case "base64-rest":
      return at < length ? { text: formatBase64(octets, at), end: length } : undefined;
    case "text-rest":
      return { text: formatQuoted(octets, at, length), end: length };
    case "nsap-rest":
      return at < length ? { text: `0x${formatHex(octets, at)}`, end: length } : undefined;
    case "name": {
      const end = plainNameEnd(octets, at);
      return end < 0 ? undefined : { text: formatNameAt(octets, at, origin), end };
    }
    case "char-strings":
      return formatCharStrings(octets, at, field);
    case "type-bitmap":
      return list(formatTypeBitmap(octets, at, length), length);
    case "svc-params":
      return list(formatSvcParams(octets, at, length), length);
    case "address-prefixes":
      return list(formatPrefixes(octets, at, length), length);
    case "names":
    case "hex-sized":
    case "base64-sized":
    case "base64-16":
    case "gateway":
    case "edns-options":
      return undefined;
  }
}

function putWhole(scanner: TextScanner, sink: OctetSink, width: number): void {
  const max = 256 ** width - 1;
  const value = readNumber(scanner, max, wholeWords[width]!);
  if (!sink.putNumber(value, width)) failRdataTooLong(scanner);
}

const wholeWords: readonly string[] = Array.from(
  { length: 7 },
  (_, width) => `a number from 0 to ${256 ** width - 1}`,
);

/** Reads a salt: hexadecimal digits without spaces, or - for none (RFC 5155 section 3.3). */
function putSalt(scanner: TextScanner, sink: OctetSink): void {
  if (scanner.next() !== TokenKind.word) {
    scanner.failToken("bad-value", "a salt in hexadecimal digits, or - for none");
    return;
  }
  const { octets, tokenStart, tokenEnd } = scanner;
  const lengthAt = sink.length;
  if (!sink.put(0)) return failRdataTooLong(scanner);
  if (tokenEnd - tokenStart === 1 && octets[tokenStart] === DASH) return;
  putHexPart(scanner, sink, tokenStart, tokenEnd);
  const length = sink.length - lengthAt - 1;
  if (length > 255) scanner.fail("string-too-long", "a salt of at most 255 octets");
  sink.octets[lengthAt] = length;
}

/** Reads an NSAP address: 0x and hexadecimal digits, with dots anywhere (RFC 1706 section 7). */
function putNsap(scanner: TextScanner, sink: OctetSink): void {
  const words = "an NSAP address such as 0x47.0005.80.005a00.0000.0001.e133.ffffff000161.00";
  const isWord = scanner.next() === TokenKind.word;
  const { octets, tokenStart, tokenEnd } = scanner;
  if (!isWord || octets[tokenStart] !== 48 || (octets[tokenStart + 1]! | 32) !== 120) {
    scanner.failToken("bad-value", words);
    return;
  }
  let from = -1; // the first digit of a pair, or -1 between pairs
  for (let at = tokenStart + 2; at < tokenEnd && !scanner.failure; at++) {
    if (octets[at] === DOT) continue;
    if (from < 0) {
      from = at;
      continue;
    }
    const pair = hexPair(octets[from]!, octets[at]!);
    if (pair < 0) scanner.fail("bad-value", words, from);
    else if (!sink.put(pair)) failRdataTooLong(scanner);
    from = -1;
  }
  if (from >= 0 || sink.length === 0) scanner.fail("bad-value", words);
}

function hexPair(high: number, low: number): number {
  const value = hexValue(high) * 16 + hexValue(low);
  return value > 255 ? -1 : value;
}

function putCharStrings(scanner: TextScanner, sink: OctetSink, field: Field): void {
  const atMost = field.atMost ?? Number.POSITIVE_INFINITY;
  putCharString(scanner, sink);
  for (let count = 1; count < atMost && scanner.next() !== TokenKind.end; count++)
    putCharStringToken(scanner, sink);
}

function numberAt(octets: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let i = at; i < at + width; i++) value = value * 256 + octets[i]!;
  return value;
}

function fixed(
  octets: Uint8Array,
  at: number,
  width: number,
  format: () => string,
): FormattedField | undefined {
  return at + width > octets.length ? undefined : { text: format(), end: at + width };
}

function whole(octets: Uint8Array, at: number, width: number): FormattedField | undefined {
  return fixed(octets, at, width, () => String(numberAt(octets, at, width)));
}

/** A run of octets behind its length. */
function sized(
  octets: Uint8Array,
  at: number,
  atLeast: number,
  format: (octets: Uint8Array, from: number, to: number) => string,
): FormattedField | undefined {
  const length = octets[at] ?? -1;
  const end = at + 1 + length;
  return length < atLeast || end > octets.length ? undefined : { text: format(octets, at + 1, end), end };
}

function formatCharStrings(octets: Uint8Array, at: number, field: Field): FormattedField | undefined {
  const strings: string[] = [];
  let end = at;
  while (end < octets.length) {
    const string = sized(octets, end, 0, formatQuoted);
    if (!string) return undefined;
    strings.push(string.text);
    end = string.end;
  }
  if (strings.length < (field.atLeast ?? 1) || strings.length > (field.atMost ?? strings.length))
    return undefined;
  return { text: strings.join(" "), end };
}

function list(text: string | undefined, end: number): FormattedField | undefined {
  return text === undefined ? undefined : { text, end };
}
