import { expect, test } from "vitest";
import { isWeak, listsTag, matchesStrongly, matchesWeakly } from "./entity-tag.ts";

// RFC 9110 section 8.8.3.2, the table of comparisons.
test.each([
  ['W/"1"', 'W/"1"', false, true],
  ['W/"1"', 'W/"2"', false, false],
  ['W/"1"', '"1"', false, true],
  ['"1"', '"1"', true, true],
])("RFC 9110 section 8.8.3.2: %s and %s", (a, b, isStrong, isWeakly) => {
  expect(matchesStrongly(a, b)).toBe(isStrong);
  expect(matchesWeakly(a, b)).toBe(isWeakly);
});

test.each([
  ["*", '"a"', true],
  ["*", undefined, true],
  ['"a"', undefined, false],
  ['"a"', '"a"', true],
  ['"b", "a"', '"a"', true],
  ['"b","a"', '"a"', true],
  ['"a,b"', '"a"', false],
  ['"x,"a"', '"a"', false],
  ['W/"a"', '"a"', true],
  ["a", "a", true],
  ["a", '"a"', false],
  ['"b', '"a"', false],
  [",,, ", '"a"', false],
])("RFC 9110 section 13.1.2: If-None-Match %s with %s", (value, tag, isListed) => {
  expect(listsTag(value, tag, false)).toBe(isListed);
});

test("RFC 9110 section 13.1.1: If-Match compares strongly", () => {
  expect(listsTag('W/"a"', 'W/"a"', true)).toBe(false);
  expect(listsTag('"a"', '"a"', true)).toBe(true);
  expect(isWeak('W/"a"')).toBe(true);
});
