import * as fc from "fast-check";
import { expect, test } from "vitest";
import { TimerQueue } from "./timer-queue.ts";

test("what is left comes out in the order of time and age, whatever was added and removed", () => {
  const steps = fc.array(
    fc.record({ at: fc.integer({ min: -5, max: 20 }), removes: fc.option(fc.nat(300)) }),
    {
      maxLength: 300,
    },
  );
  fc.assert(
    fc.property(steps, (list) => {
      const queue = new TimerQueue<{ at: number }>();
      const standing = new Map<number, number>();
      for (const { at, removes } of list) {
        standing.set(queue.add(at, { at }), at);
        if (removes === null) continue;
        queue.remove(removes);
        standing.delete(removes);
      }
      const expected = [...standing].sort(([a, at], [b, bt]) => at - bt || a - b).map(([id]) => id);
      expect(queue.size).toBe(expected.length);
      const fired: number[] = [];
      const half = expected.length > 0 ? (standing.get(expected[expected.length >> 1] ?? 0) ?? 0) : 0;
      queue.fireDue(half, (id) => fired.push(id));
      expect(fired.every((id) => (standing.get(id) ?? 0) <= half)).toBe(true);
      for (let next = queue.take(); next; next = queue.take()) fired.push(next.id);
      expect(fired).toEqual(expected);
      expect([queue.size, queue.peek()]).toEqual([0, undefined]);
    }),
  );
});

test("fireDue() leaves out what a call takes back, and keeps for later what a call adds", () => {
  const queue = new TimerQueue<string>();
  const fired: string[] = [];
  queue.add(1, "a");
  const b = queue.add(1, "b");
  for (let i = 0; i < 200; i++) queue.add(1000 + i, "far");
  queue.fireDue(5, (_id, value) => {
    fired.push(value);
    queue.remove(b);
    queue.add(0, "added");
    for (let id = b + 1; id < b + 190; id++) queue.remove(id); // lets it sweep in the middle
  });
  expect(fired).toEqual(["a"]);
  queue.fireDue(5, (_id, value) => fired.push(value));
  expect([fired, queue.size]).toEqual([["a", "added"], 11]);
});
