// When a loop rests, and for how long: by a clock of the test's, with the system's call noted instead of made.

import { beforeEach, expect, test } from "vitest";
import { type LinuxCalls, loadLinuxCalls } from "./linux-calls.ts";
import { LinuxRests } from "./linux-rests.ts";

let now = 0;
let slept = 0;

beforeEach(() => {
  now = 1000;
  slept = 0;
});

function newRests(): LinuxRests {
  const found = loadLinuxCalls();
  if (typeof found === "string") throw new Error(found);
  const calls: LinuxCalls = { ...found, sleep: () => ++slept && 0 };
  return new LinuxRests(calls);
}

/** Turns of a loop. @param apartMs  from one to the next. @param each  arrivals in each. @returns how many of them were followed by a rest */
function turn(rests: LinuxRests, turns: number, apartMs: number, each = 1): number {
  const before = slept;
  for (let i = 0; i < turns; i++) {
    now += apartMs;
    rests.arrived(each);
    rests.beforeWait(() => now);
  }
  return slept - before;
}

test("whoever asks a quiet loop is answered at once", () => {
  const rests = newRests();
  expect(turn(rests, 1000, 1000)).toBe(0);
  expect(turn(rests, 1000, 0.2)).toBe(0);
});

test("where much comes one by one, the loop rests until some of it has come", () => {
  const rests = newRests();
  turn(rests, 32, 0.05);
  expect(rests.nanoseconds).toBe(150_000);
  expect(turn(rests, 160, 0.15, 3)).toBe(160);
  turn(rests, 32, 0.05, 3);
  expect(rests.nanoseconds).toBe(50_000);
});

test("rests end with what led to them", () => {
  const rests = newRests();
  turn(rests, 32, 0.05);
  expect(turn(rests, 1000, 1000)).toBeLessThanOrEqual(16);
  expect(rests.nanoseconds).toBe(0);
});

test("a loop that has much to do does not rest", () => {
  const rests = newRests();
  turn(rests, 32, 0.5, 200);
  expect(rests.nanoseconds).toBe(0);
  expect(turn(rests, 1000, 0.5, 200)).toBe(0);
});

test("a heap of queries after a quiet time is followed by no rest", () => {
  const rests = newRests();
  turn(rests, 100, 1000);
  expect(turn(rests, 15, 0.01)).toBe(0);
});

test("nothing but wake-ups of other kinds is no reason to rest", () => {
  const rests = newRests();
  expect(turn(rests, 1000, 0.01, 0)).toBe(0);
});
