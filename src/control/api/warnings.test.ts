// What plans warn of, row by row: records that stand there, a command, and its warnings.

import type { Command, WriteAnswer } from "#contract";
import { beforeEach, describe, expect, test } from "vitest";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json } = api;

/** Records as `name type data` or `name TTL type data`. */
async function put(line: string, query = ""): Promise<readonly string[]> {
  const [label = "", second = "", ...rest] = line.split(" ");
  const name = label === "@" ? "shop.test" : `${label}.shop.test`;
  const ttl = /^\d+$/.test(second) ? { ttl: Number(second) } : {};
  const [type = "", ...data] = "ttl" in ttl ? rest : [second, ...rest];
  const body = { name, type, ...ttl, records: data.join(" ").split(" + ") };
  return (await json<WriteAnswer>("PUT", `/v1/zones/shop.test/rrsets${query}`, body)).plan.warnings;
}

beforeEach(async () => {
  await api.start();
  await json("POST", "/v1/domains", { name: "shop.test" });
  await json("POST", "/v1/instances", { name: "web", run: { kind: "address", address: "::1", port: 80 } });
});

describe.each<[title: string, standing: string[], line: string, warnings: string[]]>([
  ["plain records", ["www A 192.0.2.1"], "mail A 192.0.2.2", []],
  [
    "a cut over names and records beside it",
    ["a.dev A 192.0.2.1", "dev TXT x", "ns.dev A 192.0.2.3"],
    "dev NS ns.dev.shop.test.",
    [
      "The NS records at dev.shop.test hide a.dev.shop.test: its own name servers answer there",
      "The NS records at dev.shop.test hide the TXT records there: its own name servers answer there",
    ],
  ],
  [
    "a record below a cut",
    ["dev NS ns.example."],
    "a.b.dev A 192.0.2.1",
    ["a.b.dev.shop.test will not be answered from here: the NS records at dev.shop.test hide what is there"],
  ],
  ["glue below a cut", ["dev NS ns.dev"], "ns.dev A 192.0.2.1", []],
  ["glue at a cut", ["dev NS dev"], "dev A 192.0.2.1", []],
  ["DS at a cut", ["dev NS ns.example."], "dev DS 1 13 2 " + "00".repeat(32), []],
  [
    "other records at a cut",
    ["dev NS ns.example."],
    "dev A 192.0.2.1",
    ["dev.shop.test will not be answered from here: the NS records at dev.shop.test hide what is there"],
  ],
  [
    "a DNAME over names",
    ["a.old A 192.0.2.1", "b.old A 192.0.2.1", "old TXT x"],
    "old DNAME new.shop.test.",
    ["The DNAME records at old.shop.test hide a.old.shop.test, b.old.shop.test: they lead elsewhere"],
  ],
  [
    "a record below a DNAME at the apex",
    ["@ DNAME example."],
    "www A 192.0.2.1",
    ["www.shop.test will not be answered from here: the DNAME records at shop.test hide what is there"],
  ],
  [
    "a name that a wildcard covered",
    ["* A 192.0.2.1", "* MX 0 mail.shop.test."],
    "www A 192.0.2.2",
    [
      "www.shop.test no longer gets the MX records of *.shop.test: a wildcard does not cover a name that exists",
    ],
  ],
  [
    "a further record at a name that a wildcard never covered",
    ["www A 192.0.2.1", "* A 192.0.2.1"],
    "www TXT x",
    [],
  ],
  ["a name below one that exists", ["* A 192.0.2.1", "www A 192.0.2.1"], "a.www TXT x", []],
  ["a CNAME inside", ["www A 192.0.2.1"], "w CNAME www", []],
  ["a CNAME to a name that a wildcard answers", ["*.x A 192.0.2.1"], "w CNAME a.b.x", []],
  [
    "a CNAME chain that leaves what is served here",
    ["w CNAME cdn.example."],
    "v CNAME w",
    ["The CNAME at v.shop.test leads to cdn.example, which no zone served here holds"],
  ],
  [
    "a CNAME to nothing",
    [],
    "w CNAME nowhere",
    ["The CNAME at w.shop.test leads to nowhere.shop.test, which has no records"],
  ],
  [
    "CNAMEs in a circle",
    ["a CNAME b", "b CNAME c"],
    "c CNAME a",
    ["The CNAME at c.shop.test goes round in a circle by c.shop.test"],
  ],
  ["a TTL of a day", [], "w 86400 A 192.0.2.1", []],
  [
    "a TTL of more than a day",
    [],
    "w 604800 A 192.0.2.1",
    ["A change of w.shop.test A is seen late: resolvers may keep what they have for up to 7 days"],
  ],
])("a plan of %s", (_, standing, line, warnings) => {
  test(`warns of ${warnings.length}`, async () => {
    for (const one of standing) await put(one);
    expect(await put(line, "?plan=1")).toEqual(warnings);
    // And says the same when it is carried out.
    expect(await put(line)).toEqual(warnings);
  });
});

const plan = async (command: Command): Promise<readonly string[]> =>
  (await json<{ warnings: string[] }>("POST", "/v1/plans", { command })).warnings;

test("an assignment below a cut, and one that moves, are warned of", async () => {
  await put("dev NS ns.example.");
  expect(await plan({ action: "assign", name: "a.dev.shop.test", resource: "web" })).toEqual([
    "a.dev.shop.test will not be answered from here: the NS records at dev.shop.test hide what is there",
  ]);
  await json("POST", "/v1/assignments", { name: "www.shop.test", resource: "web" });
  await json("POST", "/v1/instances", { name: "new", run: { kind: "address", address: "::1", port: 81 } });
  expect(await plan({ action: "assign", name: "www.shop.test", resource: "new" })).toEqual([
    "www.shop.test leads to web today",
  ]);
  expect(
    await plan({ action: "put-rrset", zone: "shop.test", name: "x", type: "NS", records: ["ns.example."] }),
  ).toEqual([]);
});

test("an import's warnings are gathered by what hides and what is slow, and there is a limit to them", async () => {
  const names = Array.from({ length: 300 }, (_, i) => `w${i}`);
  const records = [
    { name: "dev", type: "NS", data: "ns.example." },
    ...names.map((name) => ({ name: `${name}.dev.shop.test`, type: "A", data: "192.0.2.1", ttl: 100_000 })),
  ];
  expect(await plan({ action: "import-zone", zone: "shop.test", records })).toEqual([
    "A change of w0.dev.shop.test A, w1.dev.shop.test A, w2.dev.shop.test A, w3.dev.shop.test A, w4.dev.shop.test A and 295 more is seen late: resolvers may keep what they have for more than a day",
    "The NS records at dev.shop.test hide w0.dev.shop.test, w1.dev.shop.test, w2.dev.shop.test, w3.dev.shop.test, w4.dev.shop.test and 295 more: its own name servers answer there",
  ]);
  const aliases = names.map((name) => ({ name, type: "CNAME", data: `${name}.example.` }));
  const warnings = await plan({ action: "import-zone", zone: "shop.test", records: aliases });
  expect(warnings).toHaveLength(101);
  expect(warnings.at(-1)).toBe("And 200 warnings more");
});
