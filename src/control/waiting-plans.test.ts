import { expect, test } from "vitest";
import type { PlannedChange } from "./planned.ts";
import { WaitingPlans } from "./waiting-plans.ts";

/** A plan of which nothing but its size counts here. */
function planOf(entries: number): PlannedChange {
  return { entries: Array.from({ length: entries }) } as unknown as PlannedChange;
}

test("take() gives a plan once", () => {
  const plans = new WaitingPlans();
  const plan = planOf(1);
  plans.add("a", plan);
  expect([plans.take("a"), plans.take("a"), plans.take("__proto__")]).toEqual([plan, undefined, undefined]);
});

test("add() drops the oldest where there are too many", () => {
  const plans = new WaitingPlans();
  for (let i = 0; i <= 100; i++) plans.add(`plan ${i}`, planOf(1));
  expect([plans.take("plan 0"), plans.take("plan 1")?.entries.length]).toEqual([undefined, 1]);
});

test("add() drops the oldest where they are too large together, and never the newest", () => {
  const plans = new WaitingPlans();
  plans.add("a", planOf(60_000));
  plans.add("b", planOf(30_000));
  plans.add("c", planOf(30_000));
  expect(plans.take("a")).toBeUndefined();
  plans.add("d", planOf(100_001));
  expect(["b", "c", "d"].map((id) => plans.take(id)?.entries.length)).toEqual([
    undefined,
    undefined,
    100_001,
  ]);
  plans.add("e", planOf(100_000));
  expect(plans.take("e")?.entries.length).toBe(100_000);
});
