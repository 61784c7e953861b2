// The driver contract's part on timers.

import { expect, test } from "vitest";
import type { Bench } from "./testing.ts";

/** @see driver.contract.ts */
export function runTimerContract({ harness, dial }: Bench): void {
  test("timers fire in the order of their times, equal ones in the order they were set, none early", async () => {
    const early: number[] = [];
    const due = new Map<number, number>();
    const order: number[] = [];
    const client = await dial({
      timer: (id, now) => {
        if (now.monotonic < (due.get(id) ?? 0)) early.push(id);
        order.push(id);
      },
    });
    const { monotonic } = harness().client.now();
    const ids = [12, 3, 7, 3, 0, 7, -5].map((wait) => {
      const id = client.effects.setTimer(monotonic + wait);
      due.set(id, monotonic + wait);
      return id;
    });
    expect(new Set(ids).size).toBe(ids.length);
    expect(order).toEqual([]); // never during the call
    await harness().until(() => order.length === ids.length);
    expect(early).toEqual([]);
    expect(order.map((id) => ids.indexOf(id))).toEqual([6, 4, 1, 3, 2, 5, 0]);
  });

  test("clearTimer() takes a timer back, also out of those that are due together", async () => {
    const fired: number[] = [];
    const client = await dial({
      timer: (id) => {
        fired.push(id);
        client.effects.clearTimer(second);
        client.effects.clearTimer(id);
      },
    });
    const { monotonic } = harness().client.now();
    const never = client.effects.setTimer(monotonic + 1);
    client.effects.clearTimer(never);
    client.effects.clearTimer(never);
    client.effects.clearTimer(12_345);
    const first = client.effects.setTimer(monotonic + 2);
    const second = client.effects.setTimer(monotonic + 2);
    const last = client.effects.setTimer(monotonic + 4);
    await harness().until(() => fired.includes(last));
    expect(fired).toEqual([first, last]);
  });

  test("a timer set in the past fires in the next turn and starves no other", async () => {
    const fired: number[] = [];
    let again = 0;
    const client = await dial({
      timer: (id) => {
        fired.push(id);
        if (id !== later && again++ < 1000) client.effects.setTimer(0);
      },
    });
    client.effects.setTimer(0);
    const later = client.effects.setTimer(harness().client.now().monotonic);
    await harness().until(() => fired.includes(later));
    expect(fired.indexOf(later)).toBeLessThan(1001);
  });

  test("a far or endless timer does no harm, one without a time is refused", async () => {
    const client = await dial();
    const { monotonic } = harness().client.now();
    client.effects.setTimer(Number.POSITIVE_INFINITY);
    client.effects.setTimer(monotonic + 1e12);
    expect(() => client.effects.setTimer(Number.NaN)).toThrow(RangeError);
    const id = client.effects.setTimer(monotonic + 1);
    await harness().until(() => client.events.length > 0);
    expect(client.events).toEqual([`timer ${id}`]);
  });

  test("many timers set and taken back leave the others in order", async () => {
    const fired: number[] = [];
    const client = await dial({ timer: (id) => void fired.push(id) });
    const { monotonic } = harness().client.now();
    const kept: number[] = [];
    for (let i = 0; i < 2000; i++) {
      const id = client.effects.setTimer(monotonic + ((i * 7919) % 5));
      if (i % 10 === 0) kept.push(id);
      else client.effects.clearTimer(id);
    }
    await harness().until(() => fired.length === kept.length);
    const place = new Map(kept.map((id, i) => [id, ((i * 10 * 7919) % 5) * 1e6 + i]));
    expect(fired).toEqual(kept.toSorted((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0)));
  });

  test("a timer that throws is counted, the next one fires", async () => {
    const fired: number[] = [];
    const client = await dial({
      timer: (id) => {
        fired.push(id);
        if (fired.length === 1) throw new RangeError("planted");
      },
    });
    client.effects.setTimer(0);
    client.effects.setTimer(0);
    await harness().until(() => fired.length === 2);
    expect(harness().faults.map((fault) => fault.event)).toEqual(["timer"]);
  });
}
