import { expect, test } from "vitest";
import { SeededRandom, systemRandom } from "./random.ts";

const sources = { system: systemRandom, seeded: new SeededRandom(1) };

test.each(Object.entries(sources))(
  "%s integer() stays below its bound and reaches all of it evenly",
  (_name, random) => {
    const counts = Array.from({ length: 7 }, () => 0);
    for (let i = 0; i < 70_000; i++) {
      const value = random.integer(7);
      counts[value] = (counts[value] ?? 0) + 1;
    }
    expect(counts.length).toBe(7);
    // Six standard deviations of a count of 10,000: about one failure in 10^8 runs.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(560);
    expect(random.integer(1)).toBe(0);
    expect(random.integer(2 ** 32)).toBeLessThan(2 ** 32);
  },
);

test.each([0, -1, 1.5, Number.NaN, 2 ** 32 + 1])("integer(%d) is refused", (below) => {
  for (const random of Object.values(sources)) expect(() => random.integer(below)).toThrow(RangeError);
});

const take = (random: SeededRandom): number[] => Array.from({ length: 20 }, () => random.integer(1000));

test("a seed fixes the sequence, close seeds give others, a fork is its own", () => {
  expect(take(new SeededRandom(9))).toEqual(take(new SeededRandom(9)));
  expect(take(new SeededRandom(9))).not.toEqual(take(new SeededRandom(10)));
  const one = new SeededRandom(9);
  expect(take(one.fork())).not.toEqual(take(one));
  const fraction = one.fraction();
  expect(fraction >= 0 && fraction < 1).toBe(true);
});
