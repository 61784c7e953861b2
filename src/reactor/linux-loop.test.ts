// Waits of a thread that blocks in the loop, on the system's own calls: no wait has a time-out, and timers are due all the same.

import { afterEach, expect, test } from "vitest";
import { type LinuxCalls, loadLinuxCalls } from "./linux-calls.ts";
import { LinuxLoop, longestWaitMs } from "./linux-loop.ts";

const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface Rig {
  readonly loop: LinuxLoop;
  /** Time-outs that waits were given. */
  readonly timeouts: number[];
  /** How often an alarm was set. */
  readonly alarms: number[];
}

function newLoop(): Rig {
  const found = loadLinuxCalls();
  if (typeof found === "string") throw new Error(found);
  const timeouts: number[] = [];
  const alarms: number[] = [];
  const calls: LinuxCalls = {
    ...found,
    epollWait: (epoll, events, count, timeout) => {
      timeouts.push(timeout);
      return found.epollWait(epoll, events, count, timeout);
    },
    setTimerfd: (fd, flags, value, old) => {
      alarms.push(fd);
      return found.setTimerfd(fd, flags, value, old);
    },
  };
  const loop = new LinuxLoop(calls);
  closers.push(() => loop.close());
  loop.tick();
  alarms.length = 0;
  return { loop, timeouts, alarms };
}

/** Turns of the loop until something holds. */
function turnUntil(loop: LinuxLoop, holds: () => boolean): void {
  while (!holds()) loop.turn(longestWaitMs);
}

test("a timer ends a wait that has no time-out of its own", () => {
  const { loop, timeouts } = newLoop();
  let fired = 0;
  const at = performance.now() + 5;
  loop.setTimer(at, () => (fired = performance.now()));
  turnUntil(loop, () => fired > 0);
  expect(fired).toBeGreaterThanOrEqual(at);
  // 0: it was due before the wait began.
  expect(timeouts.filter((timeout) => timeout !== 0 && timeout !== -1)).toEqual([]);
});

test("waits for one timer set one alarm, however many there are", () => {
  const { loop, timeouts, alarms } = newLoop();
  let fired = 0;
  loop.setTimer(performance.now() + 200, () => fired++);
  for (let i = 0; i < 100; i++) {
    loop.wake();
    loop.turn(longestWaitMs);
  }
  turnUntil(loop, () => fired > 0);
  expect(alarms.length).toBeLessThanOrEqual(2); // one more where it rang within the millisecond before
  expect(timeouts.length).toBeGreaterThanOrEqual(100);
});

test("an earlier timer is not held up by the alarm of a later one", () => {
  const { loop } = newLoop();
  const fired: number[] = [];
  const late = performance.now() + 60;
  loop.setTimer(late, () => fired.push(late));
  loop.wake();
  loop.turn(longestWaitMs);
  const early = performance.now() + 5;
  loop.setTimer(early, () => fired.push(early));
  turnUntil(loop, () => fired.length === 2);
  expect(fired).toEqual([early, late].sort((a, b) => a - b));
});

test("a timer that is taken back does not fire, and the next one does", () => {
  const { loop } = newLoop();
  const fired: string[] = [];
  const taken = loop.setTimer(performance.now() + 60_000, () => fired.push("taken back"));
  loop.setTimer(performance.now() + 60_010, () => fired.push("far"));
  loop.wake();
  loop.turn(longestWaitMs);
  loop.clearTimer(taken);
  loop.setTimer(performance.now() + 5, () => fired.push("near"));
  turnUntil(loop, () => fired.length > 0);
  expect(fired).toEqual(["near"]);
});

test("what is put off is not waited for", () => {
  const { loop, timeouts } = newLoop();
  let calls = 0;
  loop.later(() => calls++);
  loop.turn(longestWaitMs);
  expect(calls).toBe(1);
  expect(timeouts).toEqual([0]);
});

test("the tick ends a wait that nothing else ends", () => {
  const { loop, timeouts } = newLoop();
  expect(loop.turn(longestWaitMs)).toBe(1);
  expect(timeouts).toEqual([-1]);
});
