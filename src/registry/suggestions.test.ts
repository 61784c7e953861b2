import * as fc from "fast-check";
import { expect, test } from "vitest";
import { suggestLabels, wordsOf } from "./index.ts";

test.each([
  ["my shop", ["my", "shop"]],
  [" my-little_shop! ", ["my", "little", "shop"]],
  ["bücher", ["bücher"]],
  ["…", []],
  ["a b c d e f g h", ["a", "b", "c", "d", "e", "f"]],
])("wordsOf() of %j is %j", (query, words) => {
  expect(wordsOf(query)).toEqual(words);
});

test("suggestLabels() gives the words joined, hyphenated, turned round, in the other number, with words before and behind", () => {
  expect(suggestLabels(["tea", "shop"], 8)).toEqual([
    "teashop",
    "tea-shop",
    "shoptea",
    "shop-tea",
    "teashops",
    "teashopapp",
    "myteashop",
    "teashopsite",
  ]);
  expect(suggestLabels(["books"], 2)).toEqual(["books", "book"]);
  expect(suggestLabels(["myapp"], 50)).not.toContain("mymyapp");
  expect(suggestLabels([], 5)).toEqual([]);
});

test("suggestLabels() gives at most so many, each once, and the same for the same words", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 1, maxLength: 5 }), { maxLength: 4 }),
      fc.nat(60),
      (words, count) => {
        const labels = suggestLabels(words, count);
        expect(labels.length).toBeLessThanOrEqual(count);
        expect(new Set(labels).size).toBe(labels.length);
        expect(suggestLabels(words, count)).toEqual(labels);
      },
    ),
  );
});
