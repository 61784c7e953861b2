// The search for names to register: what is found, in which order, in whose words, and what is refused.

import type { DomainSearch } from "#contract";
import { beforeEach, expect, test } from "vitest";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json, refused } = api;
beforeEach(api.start);

const search = (query: string, more: string = ""): Promise<DomainSearch> =>
  json("GET", `/v1/domains/search?query=${encodeURIComponent(query)}${more}`);
const rows = async (query: string, more?: string): Promise<string[]> =>
  (await search(query, more)).results.map(
    ({ name, isExact, availability }) => `${isExact ? "=" : "~"} ${name} ${availability}`,
  );

test("a word is looked for under every TLD, then names like it, the nearest first", async () => {
  await json("POST", "/v1/domains", { name: "shop.test" });
  expect((await rows("Shop")).slice(0, 6)).toEqual([
    "= shop.test UNAVAILABLE",
    "= shop.internal AVAILABLE",
    "= shop.lab AVAILABLE",
    "= shop.home.arpa AVAILABLE",
    "~ shops.test AVAILABLE",
    "~ shops.internal AVAILABLE",
  ]);
  const { results } = await search("shop.test");
  expect(results[0]).toEqual({
    name: "shop.test",
    isExact: true,
    isAvailable: false,
    availability: "UNAVAILABLE",
    reason: "it is registered already, since 2027-01-15 through fairlead",
    takenSince: "2027-01-15T08:00:00.000Z",
  });
  expect(results).toHaveLength(4 + 12);
  expect(await search("shop.test")).toEqual(await search("shop.test"));
});

test.each([
  [
    "shop.lab",
    "",
    [
      "= shop.lab AVAILABLE",
      "= shop.test AVAILABLE",
      "= shop.internal AVAILABLE",
      "= shop.home.arpa AVAILABLE",
    ],
  ],
  [
    "shop.home.arpa.",
    "",
    [
      "= shop.home.arpa AVAILABLE",
      "= shop.test AVAILABLE",
      "= shop.internal AVAILABLE",
      "= shop.lab AVAILABLE",
    ],
  ],
  [
    "nic.test",
    "",
    ["= nic.test RESERVED", "= nic.internal RESERVED", "= nic.lab RESERVED", "= nic.home.arpa RESERVED"],
  ],
  ["shop.example", "", ["= shop.example DONT_KNOW", "= shop.test AVAILABLE", "= shop.internal AVAILABLE"]],
  ["deep.shop.test", "", ["= deep.shop.test INVALID_NAME_FOR_TLD", "= shop.test AVAILABLE"]],
  ["-shop.test", "", ["= -shop.test INVALID_NAME_FOR_TLD"]],
  ["tea shop", "", ["= teashop.test AVAILABLE", "= teashop.internal AVAILABLE"]],
  [
    "tea-shop",
    "&count=4",
    [
      "= tea-shop.test AVAILABLE",
      "= tea-shop.internal AVAILABLE",
      "= tea-shop.lab AVAILABLE",
      "= tea-shop.home.arpa AVAILABLE",
      "~ teashop.test AVAILABLE",
    ],
  ],
  ["Bücher", "&count=2", ["= xn--bcher-kva.test AVAILABLE", "= xn--bcher-kva.internal AVAILABLE"]],
  ["xn--bcher-kva.test", "", ["= xn--bcher-kva.test AVAILABLE"]],
  ["xn--a.test", "", ["= xn--a.test INVALID_NAME_FOR_TLD"]],
  ["a".repeat(63), "&count=3", [`= ${"a".repeat(63)}.test AVAILABLE`]],
  ["a".repeat(64), "", [`= ${"a".repeat(64)}.test INVALID_NAME_FOR_TLD`]],
])("a search for %j%s begins with %j", async (query, more, first) => {
  expect((await rows(query, more)).slice(0, first.length)).toEqual(first);
});

test("what cannot be had is left out of the names like it, never the name itself", async () => {
  for (const name of ["shop.test", "shops.test"]) await json("POST", "/v1/domains", { name });
  const found = await rows("shop.test", "&onlyAvailable=1&count=20");
  expect(found[0]).toBe("= shop.test UNAVAILABLE");
  expect(found).toHaveLength(24);
  expect(found.slice(1).filter((row) => !row.endsWith(" AVAILABLE"))).toEqual([]);
  expect(found).not.toContain("~ shops.test UNAVAILABLE");
  expect((await search("Bücher", "&count=0")).results[0]?.unicodeName).toBe("bücher.test");
});

test.each([
  ["query=%20-%20", /expected a name or words/],
  ["query=", /query/],
  ["", /query/],
  [`query=${"a".repeat(256)}`, /query/],
  ["query=a&count=101", /count/],
  ["query=a&count=x", /count/],
  ["query=a&more=1", /more/],
])("a search with %j is refused", async (query, message) => {
  expect(await refused("GET", `/v1/domains/search?${query}`)).toMatchObject({
    code: "input-malformed",
    message: expect.stringMatching(message),
  });
});
