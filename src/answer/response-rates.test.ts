// Response rate limiting: what is let through at a rate, who is never limited, and that a million networks take no more memory than one.

import { parseAddress } from "#engine";
import { expect, test } from "vitest";
import { ResponseRates, RateVerdict } from "./response-rates.ts";

const address = (text: string): Uint8Array => parseAddress(text) ?? new Uint8Array(16);
const name = Uint8Array.from([0, 3, 119, 119, 119, 4, 115, 104, 111, 112, 0]);
const other = Uint8Array.from([0, 3, 102, 116, 112, 4, 115, 104, 111, 112, 0]);
const outside = address("198.51.100.7");

/** Answers of a kind at a rate for some seconds: how many of the last second were sent, truncated, dropped. */
function run(rates: ResponseRates, perSecond: number, seconds: number, from = outside): number[] {
  const verdicts = [0, 0, 0];
  for (let i = 0; i < perSecond * seconds; i++) {
    const now = (1000 * i) / perSecond;
    const verdict = rates.count(from, 0, name, 1, now);
    if (i >= perSecond * (seconds - 1)) verdicts[verdict]!++;
  }
  return verdicts;
}

test.each([1, 50, 200])("%i a second go through at a limit of 200, for as long as they come", (perSecond) => {
  expect(run(new ResponseRates({ perSecond: 200, slip: 2 }), perSecond, 60)).toEqual([perSecond, 0, 0]);
});

test("a flood is cut down; each second answer above the limit comes truncated", () => {
  const [sent = 0, slipped = 0, dropped = 0] = run(
    new ResponseRates({ perSecond: 200, slip: 2 }),
    10_000,
    10,
  );
  expect(sent).toBeLessThan(200);
  expect(slipped + dropped).toBeGreaterThan(9800);
  expect(Math.abs(slipped - dropped)).toBeLessThanOrEqual(1);
});

test.each<[number, number[]]>([
  [0, [0, 1]],
  [1, [1, 0]],
])("slip %i: of answers above the limit all are dropped, or all truncated", (slip, [slips, drops]) => {
  const [, slipped = 0, dropped = 0] = run(new ResponseRates({ perSecond: 1, slip }), 1000, 5);
  expect([Math.sign(slipped), Math.sign(dropped)]).toEqual([slips, drops]);
});

test("a flood that ends is forgotten: the next minute's answers are sent", () => {
  const rates = new ResponseRates({ perSecond: 200, slip: 2 });
  run(rates, 10_000, 2);
  expect(rates.count(outside, 0, name, 1, 60_000)).toBe(RateVerdict.SEND);
});

test("a network is one, in another case of the name too; another kind, name or network is another account", () => {
  const rates = new ResponseRates({ perSecond: 10, slip: 0 });
  for (let i = 0; i < 100; i++) rates.count(outside, 0, name, 1, 0);
  const shouted = Uint8Array.from(name, (octet) => (octet >= 97 ? octet - 32 : octet));
  expect(rates.count(address("198.51.100.250"), 0, name, 1, 0)).toBe(RateVerdict.DROP);
  expect(rates.count(outside, 0, shouted, 1, 0)).toBe(RateVerdict.DROP);
  expect(rates.count(outside, 3, name, 1, 0)).toBe(RateVerdict.SEND);
  expect(rates.count(outside, 0, other, 1, 0)).toBe(RateVerdict.SEND);
  expect(rates.count(address("198.51.101.7"), 0, name, 1, 0)).toBe(RateVerdict.SEND);
});

test("IPv6 networks are of 56 bits", () => {
  const rates = new ResponseRates({ perSecond: 1, slip: 0 });
  for (let i = 0; i < 10; i++) rates.count(address("2001:db8:1:100::1"), 0, name, 1, 0);
  expect(rates.count(address("2001:db8:1:1ff::2"), 0, name, 1, 0)).toBe(RateVerdict.DROP);
  expect(rates.count(address("2001:db8:1:200::1"), 0, name, 1, 0)).toBe(RateVerdict.SEND);
});

test("who is near is not counted, nor is anybody without a limit", () => {
  const rates = new ResponseRates({ perSecond: 1, slip: 2 });
  expect(["127.0.0.1", "10.1.2.3", "::1", "198.51.100.7"].map((text) => rates.counts(address(text)))).toEqual(
    [false, false, false, true],
  );
  expect(new ResponseRates({ perSecond: 0, slip: 2 }).counts(outside)).toBe(false);
});
