import { expect, test } from "vitest";
import { Rcode } from "#wire";
import { RefusalRate } from "./refusal-rate.ts";

test("so many refusals in a second, and what was left out is told with the next one", () => {
  let now = 5;
  const rate = new RefusalRate(() => now, 2);
  const refuse = (): number | undefined => rate.count(Rcode.NOTAUTH);
  expect([refuse(), refuse(), refuse(), refuse()]).toEqual([0, 0, undefined, undefined]);
  expect(rate.count(Rcode.NOERROR)).toBe(0);
  now += 999;
  expect(refuse()).toBeUndefined();
  now += 1;
  expect([refuse(), refuse(), refuse()]).toEqual([3, 0, undefined]);
});
