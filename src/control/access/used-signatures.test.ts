// A signature of a write is good once, but for a client that repeats itself at once.

import { expect, test } from "vitest";
import { maxClockSkewMs } from "./sigv4.ts";
import { UsedSignatures } from "./used-signatures.ts";

test("a signature is taken again within two seconds, and not after", () => {
  const used = new UsedSignatures();
  expect([0, 2000, 2001, maxClockSkewMs, 2 * maxClockSkewMs].map((now) => used.take("a", now))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

test("it is remembered for as long as its date can be good, and then forgotten", () => {
  const used = new UsedSignatures();
  used.take("a", 0);
  used.take("b", 2 * maxClockSkewMs);
  expect(used.take("a", 2 * maxClockSkewMs)).toBe(false);
  used.take("c", 2 * maxClockSkewMs + 1);
  expect(used.take("a", 2 * maxClockSkewMs + 1)).toBe(true);
});

test("it remembers a hundred thousand, and forgets the oldest beyond", () => {
  const used = new UsedSignatures();
  for (let i = 0; i <= 100_000; i++) used.take(String(i), 0);
  expect(used.take("1", 5000)).toBe(false);
  expect(used.take("0", 5000)).toBe(true);
});
