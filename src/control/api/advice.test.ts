// What the API says of records as they stand, beside each; and that a zone of many problems is bounded.

import type { RecordAdvice, ZoneAdvice } from "#contract";
import { beforeEach, expect, test } from "vitest";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json } = api;

beforeEach(async () => {
  await api.start();
  await json("POST", "/v1/domains", { name: "shop.test" });
});

const put = async (
  ...rows: [name: string, type: string, records: string[], ttl?: number][]
): Promise<void> => {
  await json("POST", "/v1/zones/shop.test/rrsets/edits", {
    edits: rows.map(([name, type, records, ttl]) => ({
      name,
      type,
      put: { records, ...(ttl === undefined ? {} : { ttl }) },
    })),
  });
};
const advice = async (): Promise<RecordAdvice[]> =>
  (await json<ZoneAdvice>("GET", "/v1/zones/shop.test/advice")).advice;
const short = async (): Promise<string[]> =>
  (await advice()).map(({ code, weight, name, type }) => `${weight} ${code} ${name} ${type}`);

test("records without problems get no advice", async () => {
  await put(
    ["@", "A", ["192.0.2.1"]],
    ["www", "CNAME", ["@"]],
    ["@", "MX", ["10 mail"]],
    ["mail", "A", ["192.0.2.2"]],
  );
  await put(["out", "CNAME", ["www.example.org."]], ["@", "TXT", ['"v=spf1 mx -all"']]);
  expect(await advice()).toEqual([]);
});

test.each<[string, Parameters<typeof put>, string[]]>([
  [
    "what a delegation hides",
    [
      ["dev", "NS", ["ns.dev.shop.test.", "ns.example.org."]],
      ["ns.dev.shop.test", "A", ["192.0.2.1"]],
      ["www.dev.shop.test", "A", ["192.0.2.1"]],
      ["dev", "TXT", ['"x"']],
    ],
    ["warn hidden-by-delegation dev.shop.test TXT", "warn hidden-by-delegation www.dev.shop.test A"],
  ],
  ["glue that is missing", [["dev", "NS", ["ns.dev"]]], ["warn missing-glue dev.shop.test NS"]],
  [
    "what a DNAME hides",
    [
      ["old", "DNAME", ["new"]],
      ["x.old.shop.test", "A", ["192.0.2.1"]],
    ],
    ["warn hidden-by-dname x.old.shop.test A"],
  ],
  [
    "a name that its wildcard does not cover",
    [
      ["*", "A", ["192.0.2.1"]],
      ["api", "TXT", ['"x"']],
      ["www", "A", ["192.0.2.2"]],
      ["_dmarc", "TXT", ['"v=DMARC1"']],
    ],
    ["note wildcard-stops api.shop.test TXT"],
  ],
  [
    "CNAMEs that lead nowhere or in a circle",
    [
      ["a", "CNAME", ["b"]],
      ["b", "CNAME", ["a"]],
      ["c", "CNAME", ["gone"]],
    ],
    [
      "warn cname-circle a.shop.test CNAME",
      "warn cname-circle b.shop.test CNAME",
      "warn cname-nowhere c.shop.test CNAME",
    ],
  ],
  [
    "mail hosts that are no hosts",
    [
      ["@", "MX", ["10 m", "20 n"]],
      ["m", "CNAME", ["@"]],
    ],
    ["warn host-is-cname shop.test MX", "warn host-without-address shop.test MX"],
  ],
  [
    "a DS alone",
    [["x", "DS", [`1 13 2 ${"ab".repeat(32)}`]]],
    ["warn signer-without-delegation x.shop.test DS"],
  ],
  ["a long TTL", [["w", "A", ["192.0.2.1"], 90_000]], ["note long-ttl w.shop.test A"]],
  [
    "several SPF policies",
    [["@", "TXT", ['"v=spf1 -all"', '"v=spf1 mx -all"']]],
    ["warn spf-twice shop.test TXT"],
  ],
  [
    "an SPF policy that costs too much, with what it includes here",
    [
      [
        "@",
        "TXT",
        [`"v=spf1 ${Array.from({ length: 6 }, (_, i) => `include:_${i}.shop.test`).join(" ")} a -all"`],
      ],
      ...Array.from({ length: 6 }, (_, i): [string, string, string[]] => [
        `_${i}`,
        "TXT",
        [`"v=spf1 include:spf${i}.example.org ip4:192.0.2.0/24 -all"`],
      ]),
    ],
    ["warn spf-lookups shop.test TXT"],
  ],
  ["what is odd about data", [["x", "CAA", ['0 issue "not a name!"']]], ["note odd x.shop.test CAA"]],
])("says %s", async (_, rows, expected) => {
  await put(...rows);
  expect((await short()).sort()).toEqual([...expected].sort());
});

test("an SPF policy that includes itself comes to an end", async () => {
  await put(["@", "TXT", ['"v=spf1 include:shop.test -all"']]);
  expect(await short()).toEqual(["warn spf-lookups shop.test TXT"]);
});

test("advice with a repair can be taken, and is gone then", async () => {
  await put(["w", "A", ["192.0.2.1"], 90_000]);
  const [row] = await advice();
  expect(row?.text).toBe("A change is seen late: resolvers may keep it for more than a day");
  await json(
    "POST",
    `/v1/plans/${(await json<{ id: string }>("POST", "/v1/plans", { command: row?.repair?.command })).id}/apply`,
    {},
  );
  expect(await advice()).toEqual([]);
});

test("an alias without addresses is told of", async () => {
  api.resolver.names.set("out.example.", { addresses: ["192.0.2.9"], ttl: 60 });
  await json("PUT", "/v1/zones/shop.test/aliases", { name: "@", target: "out.example." });
  expect(await advice()).toEqual([]);
  api.resolver.names.set("out.example.", "no answer");
  await api.pass(200_000);
  expect((await advice()).map(({ code, name }) => `${code} ${name}`)).toEqual(["alias-kept shop.test"]);
});

test("many problems are bounded, and asked for together they are looked for once", async () => {
  await put(
    ...Array.from({ length: 600 }, (_, i): [string, string, string[]] => [`n${i}`, "CNAME", ["gone"]]),
  );
  const answers = await Promise.all(
    [1, 2, 3].map(() => json<ZoneAdvice>("GET", "/v1/zones/shop.test/advice")),
  );
  expect(answers.map(({ advice: rows, more }) => [rows.length, more])).toEqual([
    [500, 100],
    [500, 100],
    [500, 100],
  ]);
});
