import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addToSerial, compareSerials, maxSerialStep, nextSerial } from "./serial.ts";

const top = 2 ** 32 - 1;
const half = 2 ** 31;
const serial = fc.integer({ min: 0, max: top });

test.each([
  [0, 1, 1],
  [top, 1, 0],
  [top, maxSerialStep, half - 2],
  [5, 0, 5],
])("addToSerial(%i, %i) is %i (RFC 1982 section 3.1)", (a, step, sum) => {
  expect(addToSerial(a, step)).toBe(sum);
});

test.each([half, -1, 1.5])("addToSerial() refuses a step of %d (RFC 1982 section 3.1)", (step) => {
  expect(() => addToSerial(0, step)).toThrow(RangeError);
});

test.each([
  [1, 1, 0],
  [2, 1, 1],
  [1, 2, -1],
  [0, top, 1],
  [top, 0, -1],
  [100, half + 100, undefined],
  [half, 0, undefined],
  [half - 1, 0, 1],
])("compareSerials(%i, %i) is %s (RFC 1982 section 3.2)", (a, b, expected) => {
  expect(compareSerials(a, b)).toBe(expected);
});

test("compareSerials() is against itself turned round, and after each sum (RFC 1982 section 3)", () => {
  fc.assert(
    fc.property(serial, serial, fc.integer({ min: 1, max: maxSerialStep }), (a, b, step) => {
      const there = compareSerials(a, b);
      const back = compareSerials(b, a);
      expect(there === undefined ? undefined : -there || 0).toBe(back);
      expect(compareSerials(addToSerial(a, step), a)).toBe(1);
    }),
  );
});

describe("nextSerial()", () => {
  const now = 1_800_000_000;
  test.each<[string, number | undefined, number, number]>([
    ["of a first version is the time", undefined, now, now],
    ["is the time where that is newer", now - 60, now, now],
    ["counts on within one second", now, now, now + 1],
    ["counts on from a serial ahead of the clock, such as a date", 2_026_010_101, now, 2_026_010_102],
    ["goes past the end (RFC 1982 section 3.1)", top, 2 ** 31 - 1, 0],
    ["counts on where the time is neither newer nor older", 99, half + 100, 100],
    ["takes whole seconds", undefined, 1.9, 1],
    ["takes the time modulo 2^32", undefined, 2 ** 32 + 5, 5],
  ])("%s", (_, previous, seconds, expected) => {
    expect(nextSerial(previous, seconds)).toBe(expected);
  });

  test("is newer than the previous one, always (RFC 1982 section 3.2)", () => {
    fc.assert(
      fc.property(serial, fc.integer({ min: 0, max: 2 ** 33 }), (previous, seconds) => {
        expect(compareSerials(nextSerial(previous, seconds), previous)).toBe(1);
      }),
    );
  });
});
