import { expect, test } from "vitest";
import { formatHttpDate, parseHttpDate } from "./date.ts";

const wall = 784_111_777_000; // 1994

test.each([
  ["Sun, 06 Nov 1994 08:49:37 GMT", wall],
  ["Sunday, 06-Nov-94 08:49:37 GMT", wall],
  ["Sun Nov  6 08:49:37 1994", wall],
  ["Thu, 29 Feb 1996 00:00:00 GMT", 825_552_000_000],
  ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
  ["Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799_000],
  ["Sat, 31 Dec 2016 23:59:60 GMT", 1_483_228_799_000],
  // RFC 9110 section 5.6.7: more than 50 years ahead is in the past.
  ["Saturday, 01-Jan-44 00:00:00 GMT", 2_335_219_200_000],
  ["Monday, 01-Jan-45 00:00:00 GMT", -788_918_400_000],
])("RFC 9110 section 5.6.7: %j is read", (text, expected) => {
  expect(parseHttpDate(text, wall)).toBe(expected);
});

test.each([
  "",
  "0",
  "-1",
  "Sun, 06 nov 1994 08:49:37 GMT",
  "Sun, 06 Nov 1994 08:49:37 UTC",
  "Sun, 06 Nov 1994 08:49:37",
  "Sun, 6 Nov 1994 08:49:37 GMT",
  "Sun, 06 Nov 94 08:49:37 GMT",
  "Sun, 31 Nov 1994 08:49:37 GMT",
  "Sun, 29 Feb 1994 08:49:37 GMT",
  "Sun, 00 Nov 1994 08:49:37 GMT",
  "Sun, 06 Nov 1994 24:49:37 GMT",
  "Sun, 06 Nov 1994 08:60:37 GMT",
  "Sun, 06 Nov 1994 08:49:61 GMT",
  "Sun Nov 06  08:49:37 1994",
  "x".repeat(10_000),
])("RFC 9110 section 5.6.7: %j is no date", (text) => {
  expect(parseHttpDate(text, wall)).toBeNaN();
});

test("reads what it writes, on every day of four centuries", () => {
  for (let day = 0; day < 146_100; day += 13) {
    const at = day * 86_400_000 + 12_345_000;
    expect(parseHttpDate(formatHttpDate(at), wall)).toBe(at);
  }
});
