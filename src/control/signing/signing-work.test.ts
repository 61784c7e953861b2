// Work of signing gives others their turn, and what is much of it is done elsewhere.

import { algorithmOf, generateKey, type SigningKey, type SigningWork, type UnmadeSignature } from "#dnssec";
import { expect, test } from "vitest";
import { carryOut } from "./signing-work.ts";

function key(): SigningKey {
  const algorithm = algorithmOf(15);
  if (!algorithm) throw new RangeError("There is no algorithm 15");
  return generateKey(algorithm, false);
}

/** Work of so many batches. @param note  told of each signature */
function* batches(count: number, size: number, note: (batch: number) => void): SigningWork<string> {
  const signingKey = key();
  for (let batch = 0; batch < count; batch++)
    yield Array.from({ length: size }, (): UnmadeSignature => ({
      octets: Uint8Array.of(batch),
      key: signingKey,
      settle: () => note(batch),
    }));
  return "done";
}

test("whoever waits for control's thread gets a turn every few milliseconds", async () => {
  // A signature takes a millisecond of this clock.
  let now = 0;
  let longest = 0;
  let since = 0;
  let isOver = false;
  const turns = (async () => {
    for (; !isOver; await new Promise((resolve) => setImmediate(resolve))) {
      longest = Math.max(longest, now - since);
      since = now;
    }
  })();
  const done = await carryOut(
    { monotonic: () => now },
    batches(10, 100, () => now++),
  );
  isOver = true;
  await turns;
  expect([done, now]).toEqual(["done", 1_000]);
  expect(longest).toBeGreaterThan(0);
  expect(longest).toBeLessThanOrEqual(32);
});

test("many signatures are made elsewhere, and here where that fails", async () => {
  const made: number[] = [];
  const asked: number[] = [];
  let isAway = false;
  const bulk = {
    sign: (unmade: readonly UnmadeSignature[]): Promise<boolean> => {
      asked.push(unmade.length);
      if (!isAway) for (const each of unmade) each.settle(new Uint8Array(64));
      return Promise.resolve(!isAway);
    },
  };
  await carryOut(
    { monotonic: () => 0 },
    batches(6, 500, (batch) => made.push(batch)),
    bulk,
  );
  expect([asked, made.length]).toEqual([[500, 500], 3_000]);
  isAway = true;
  await carryOut(
    { monotonic: () => 0 },
    batches(6, 500, (batch) => made.push(batch)),
    bulk,
  );
  expect([asked.length, made.length]).toEqual([4, 6_000]);
});
