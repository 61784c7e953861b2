// Points in time in RRSIG and SIG (RFC 4034 section 3.2): YYYYMMDDHHmmSS in UTC, or seconds since 1970 as a number.
// On the wire 32 bits that wrap around (section 3.1.5). Calendar arithmetic only: nothing here knows what time it is.

import { civilFromDays, daysFromCivil } from "../calendar.ts";
import { type TextScanner, TokenKind } from "../scanner.ts";
import { failRdataTooLong, numberOf, type OctetSink } from "../scanner-values.ts";

const timeWords = "a time YYYYMMDDHHmmSS in UTC, or seconds since 1970";

/** Digits in a time that is a date; a number of seconds in 32 bits has at most 10. */
const dateDigits = 14;

/** A later year is a slip: 32 bits have wrapped twice by then, so no time in it could be told from an earlier one. */
const lastYear = 2225;

const secondsPerDay = 86_400;

/** Reads a point in time and puts its 4 octets. */
export function putTime(scanner: TextScanner, sink: OctetSink): void {
  if (scanner.next() !== TokenKind.word) {
    scanner.failToken("bad-value", timeWords);
    return;
  }
  const { tokenStart, tokenEnd } = scanner;
  const seconds =
    tokenEnd - tokenStart === dateDigits
      ? secondsOfDate(scanner)
      : numberOf(scanner, tokenStart, tokenEnd, 0xffff_ffff, timeWords);
  if (!sink.putNumber(seconds % 0x1_0000_0000, 4)) failRdataTooLong(scanner);
}

function secondsOfDate(scanner: TextScanner): number {
  const start = scanner.tokenStart;
  const part = (from: number, to: number): number =>
    numberOf(scanner, start + from, start + to, 9999, timeWords);
  const year = part(0, 4);
  const month = part(4, 6);
  const day = part(6, 8);
  const hour = part(8, 10);
  const minute = part(10, 12);
  const second = part(12, 14);
  if (scanner.failure) return 0;
  const isDate =
    year >= 1970 &&
    year <= lastYear &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysIn(year, month) &&
    hour < 24 &&
    minute < 60 &&
    second < 60;
  if (!isDate) {
    scanner.fail("bad-value", `${timeWords}, of the years 1970 to ${lastYear}`);
    return 0;
  }
  return daysFromCivil(year, month, day) * secondsPerDay + hour * 3600 + minute * 60 + second;
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Writes 32 bits of seconds since 1970 as YYYYMMDDHHmmSS, in the years 1970 to 2106. */
export function formatSignatureTime(seconds: number): string {
  const [year, month, day] = civilFromDays(Math.floor(seconds / secondsPerDay));
  const rest = seconds % secondsPerDay;
  const parts = [month, day, Math.floor(rest / 3600), Math.floor(rest / 60) % 60, rest % 60];
  return year + parts.map((part) => String(part).padStart(2, "0")).join("");
}
