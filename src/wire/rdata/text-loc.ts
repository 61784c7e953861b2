// Places on Earth, the RDATA of LOC (RFC 1876): `52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m`. Both ways.
// Degrees may be up to 90 and 180 with minutes and seconds beyond, as other servers take them.

import { type TextScanner, TokenKind } from "../scanner.ts";
import { failRdataTooLong, indexInToken, numberOf, type OctetSink } from "../scanner-values.ts";

const DASH = 45;
const DOT = 46;

/** The equator, the prime meridian, in thousandths of a second of arc (RFC 1876 section 2). */
const middle = 0x8000_0000;
/** Altitude zero on the wire, in centimetres: 100 km below the reference spheroid (RFC 1876 section 2). */
const lowest = 10_000_000;
/** Octets in the RDATA of version 0. */
const locOctets = 16;

/** The precisions that stand where text leaves them out: size 1 m, horizontal 10 km, vertical 10 m, in centimetres. */
const defaultPrecisions = [100, 1_000_000, 1000];
/** The highest precision, 90,000 km, in centimetres: 9 x 10^9. */
const maxPrecision = 9e9;

const latitudeWords = "a latitude such as 52 22 23.000 N";
const longitudeWords = "a longitude such as 4 53 32.000 E";
const altitudeWords = "an altitude from -100000.00m to 42849672.95m";
const precisionWords = "a size or precision from 0.00m to 90000000.00m";

/** Reads a place to the end of the record and puts its 16 octets. */
export function putLocation(scanner: TextScanner, sink: OctetSink): void {
  const latitude = readAngle(scanner, 90, "N", "S", latitudeWords);
  const longitude = readAngle(scanner, 180, "E", "W", longitudeWords);
  if (scanner.next() !== TokenKind.word) scanner.failToken("bad-value", altitudeWords);
  if (scanner.failure) return;
  const altitude = metres(scanner, -lowest, 0xffff_ffff - lowest, altitudeWords);
  const precisions = [...defaultPrecisions];
  for (let i = 0; i < precisions.length && scanner.next() === TokenKind.word; i++) {
    precisions[i] = metres(scanner, 0, maxPrecision, precisionWords);
  }
  if (scanner.kind === TokenKind.quoted) scanner.failToken("bad-value", precisionWords);
  if (scanner.failure) return;
  let fits = sink.put(0);
  for (const precision of precisions) fits = sink.put(precisionOctet(precision)) && fits;
  fits = sink.putNumber(latitude, 4) && sink.putNumber(longitude, 4) && fits;
  if (!sink.putNumber(altitude + lowest, 4) || !fits) failRdataTooLong(scanner);
}

/** Reads degrees, perhaps minutes and seconds, and the hemisphere. */
function readAngle(
  scanner: TextScanner,
  maxDegrees: number,
  plus: string,
  minus: string,
  words: string,
): number {
  let angle = 0;
  let scale = 3_600_000;
  for (let part = 0; part < 4; part++) {
    if (scanner.next() !== TokenKind.word) {
      scanner.failToken("bad-value", words);
      return 0;
    }
    const { octets, tokenStart, tokenEnd } = scanner;
    if (tokenEnd - tokenStart === 1 && part > 0) {
      const letter = String.fromCharCode(octets[tokenStart]!).toUpperCase();
      if (letter === plus) return middle + angle;
      if (letter === minus) return middle - angle;
    }
    if (part === 3) break;
    const max = part === 0 ? maxDegrees : 59;
    const value =
      part === 2
        ? decimal(scanner, tokenStart, tokenEnd, 59_999, 3, words)
        : numberOf(scanner, tokenStart, tokenEnd, max, words);
    if (scanner.failure) return 0;
    angle += part === 2 ? value : value * scale;
    scale /= 60;
  }
  scanner.fail("bad-value", `${words}, with ${plus} or ${minus} at its end`);
  return 0;
}

/** The metres that the token states, with or without an m at the end, in centimetres. */
function metres(scanner: TextScanner, min: number, max: number, words: string): number {
  const { octets, tokenStart } = scanner;
  let { tokenEnd } = scanner;
  if ((octets[tokenEnd - 1]! | 0x20) === 0x6d) tokenEnd--;
  const isNegative = octets[tokenStart] === DASH;
  if (isNegative && min === 0) scanner.fail("bad-number", words);
  const value = decimal(
    scanner,
    isNegative ? tokenStart + 1 : tokenStart,
    tokenEnd,
    isNegative ? -min : max,
    2,
    words,
  );
  return isNegative ? -value : value;
}

/** The decimal number in a part of the token, in units of 10^-places; more digits behind the point are refused. */
function decimal(
  scanner: TextScanner,
  from: number,
  to: number,
  max: number,
  places: number,
  words: string,
): number {
  const dotAt = Math.min(indexInToken(scanner, DOT, from), to);
  const digits = Math.max(0, to - dotAt - 1);
  const unit = 10 ** places;
  let value = numberOf(scanner, from, dotAt, Math.ceil(max / unit), words) * unit;
  if (digits > places || dotAt === to - 1)
    scanner.fail("bad-number", `${words}, with at most ${places} decimals`);
  else if (digits > 0) value += numberOf(scanner, dotAt + 1, to, unit, words) * 10 ** (places - digits);
  if (value > max) scanner.fail("number-too-large", words);
  return value;
}

/** Centimetres as one digit and a power of ten, rounded down (RFC 1876 section 2). */
function precisionOctet(centimetres: number): number {
  let exponent = 0;
  let mantissa = centimetres;
  while (mantissa >= 10) {
    mantissa = Math.floor(mantissa / 10);
    exponent++;
  }
  return mantissa * 16 + exponent;
}

/**
 * Writes a place.
 * @returns undefined where the octets are of another version, or stand for no place that text can state
 */
export function formatLocation(octets: Uint8Array): string | undefined {
  if (octets.length !== locOctets || octets[0] !== 0) return undefined;
  const number = (at: number): number =>
    ((octets[at]! << 24) >>> 0) + (octets[at + 1]! << 16) + (octets[at + 2]! << 8) + octets[at + 3]!;
  const latitude = formatAngle(number(4) - middle, 90, "N", "S");
  const longitude = formatAngle(number(8) - middle, 180, "E", "W");
  const precisions: string[] = [];
  for (let at = 1; at < 4; at++) {
    const mantissa = octets[at]! >> 4;
    const exponent = octets[at]! & 15;
    // A zero with a power of ten, and numbers that are no digit, have no text of their own.
    if (mantissa > 9 || exponent > 9 || (mantissa === 0 && exponent > 0)) return undefined;
    precisions.push(formatMetres(mantissa * 10 ** exponent));
  }
  if (latitude === undefined || longitude === undefined) return undefined;
  return `${latitude} ${longitude} ${formatMetres(number(12) - lowest)} ${precisions.join(" ")}`;
}

function formatAngle(angle: number, maxDegrees: number, plus: string, minus: string): string | undefined {
  const value = Math.abs(angle);
  const degrees = Math.floor(value / 3_600_000);
  if (degrees > maxDegrees) return undefined;
  const minutes = Math.floor(value / 60_000) % 60;
  const seconds = ((value % 60_000) / 1000).toFixed(3);
  return `${degrees} ${minutes} ${seconds} ${angle < 0 ? minus : plus}`;
}

function formatMetres(centimetres: number): string {
  const value = Math.abs(centimetres);
  const sign = centimetres < 0 ? "-" : "";
  return `${sign}${Math.floor(value / 100)}.${String(value % 100).padStart(2, "0")}m`;
}
