// Records: put, delete, import, and every way in which they are refused.

import type { Rrset, WriteAnswer } from "#contract";
import { beforeEach, describe, expect, test } from "vitest";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { call, json, lines, refused } = api;
beforeEach(api.start);

const putRrset = (name: string, type: string, records: string[], ttl?: number): Promise<WriteAnswer> =>
  json("PUT", "/v1/zones/shop.test/rrsets", { name, type, records, ...(ttl === undefined ? {} : { ttl }) });

describe("records", () => {
  beforeEach(() => json("POST", "/v1/domains", { name: "shop.test" }));

  test("put and delete change the zone and number it anew", async () => {
    const serial = async (): Promise<number> =>
      (await json<{ serial: number }>("GET", "/v1/zones/shop.test")).serial;
    const before = await serial();
    const { plan } = await putRrset("www", "a", ["192.0.2.1", "192.0.2.2"]);
    expect(plan.oldAnswersUntil).toBe("2027-01-15T08:01:00.000Z");
    expect(await serial()).toBe(before + 1);
    const { rrsets } = await json<{ rrsets: Rrset[] }>("GET", "/v1/zones/shop.test/rrsets");
    const www = rrsets.find(({ name }) => name === "www.shop.test");
    expect(www).toMatchObject({
      type: "A",
      ttl: 60,
      origin: "user",
      entries: [{ data: "192.0.2.1" }, { data: "192.0.2.2" }],
    });
    await putRrset("www.shop.test.", "A", ["192.0.2.2", "192.0.2.3"], 300);
    const again = (await json<{ rrsets: Rrset[] }>("GET", "/v1/zones/shop.test/rrsets")).rrsets.find(
      ({ name }) => name === "www.shop.test",
    );
    expect(again?.entries[0]?.id).toBe(www?.entries[1]?.id);
    await json("DELETE", "/v1/zones/shop.test/rrsets/www/A");
    expect(lines("shop.test.", "www.shop.test.")).toEqual([]);
    expect(await serial()).toBe(before + 3);
    api.time.advance(60_000);
    await putRrset("@", "MX", ["10 mail"], 60);
    expect(await serial()).toBe(1_800_000_060);
    expect(lines("shop.test.", "shop.test.")).toContain("60 MX 10 mail.shop.test.");
  });

  test("a zone counts the sets that it answers with: the platform's own, and those of people", async () => {
    const count = async (): Promise<number> =>
      (await json<{ rrsetCount: number }>("GET", "/v1/zones/shop.test")).rrsetCount;
    const { rrsets } = await json<{ rrsets: Rrset[] }>("GET", "/v1/zones/shop.test/rrsets");
    const before = await count();
    expect(before).toBe(rrsets.length);
    await putRrset("counted", "A", ["192.0.2.7", "192.0.2.8"], 60);
    expect(await count()).toBe(before + 1);
  });

  test("a wildcard below one label is inside the zone without its name", async () => {
    await putRrset("*.wild", "A", ["192.0.2.7"], 60);
    expect(lines("shop.test.", "*.wild.shop.test.")).toEqual(["60 A 192.0.2.7"]);
  });

  test.each([
    [
      "a name outside",
      { name: "www.example.org", type: "A", records: ["192.0.2.1"] },
      "name-outside-zone",
      'Cannot use name "www.example.org" in zone "shop.test": it does not end with "shop.test"; "www.example.org.shop.test" would be inside',
    ],
    [
      "an absolute name outside",
      { name: "www.", type: "A", records: ["192.0.2.1"] },
      "name-outside-zone",
      /"www\."/,
    ],
    [
      "a name that only looks inside",
      { name: "www.notshop.test", type: "A", records: ["192.0.2.1"] },
      "name-outside-zone",
      /notshop/,
    ],
    ["an empty label", { name: "a..b", type: "A", records: ["192.0.2.1"] }, "name-malformed", /"a\.\.b"/],
    [
      "a malformed address",
      { name: "www", type: "A", records: ["192.0.2.256"] },
      "address-malformed",
      /^Cannot use "192\.0\.2\.256" as A record of "www\.shop\.test": /,
    ],
    [
      "a malformed IPv6 address",
      { name: "www", type: "AAAA", records: ["2001::db8::1"] },
      "address-malformed",
      /AAAA/,
    ],
    ["malformed data", { name: "@", type: "MX", records: ["ten mail"] }, "record-malformed", /MX/],
    [
      "two lines",
      { name: "@", type: "A", records: ["192.0.2.1\nwww A 192.0.2.2"] },
      "address-malformed",
      /A record/,
    ],
    [
      "a type that is none",
      { name: "@", type: "ANYTHING", records: ["x"] },
      "record-malformed",
      /"ANYTHING"/,
    ],
    ["a type of questions", { name: "@", type: "ANY", records: ["\\# 0"] }, "record-malformed", /ANY/],
    ["a CNAME at the apex", { name: "@", type: "CNAME", records: ["x"] }, "record-conflict", /CNAME/],
    ["a SOA", { name: "@", type: "SOA", records: ["a b 1 2 3 4 5"] }, "record-conflict", /SOA/],
    [
      "NS at the apex",
      { name: "shop.test", type: "NS", records: ["ns.example.org."] },
      "record-conflict",
      /NS/,
    ],
    ["two CNAMEs", { name: "www", type: "CNAME", records: ["a", "b"] }, "record-conflict", /at most one/],
    [
      "a TTL over 2^31-1",
      { name: "www", type: "A", ttl: 2 ** 31, records: ["192.0.2.1"] },
      "input-malformed",
      /"ttl"/,
    ],
    ["no record", { name: "www", type: "A", records: [] }, "input-malformed", /"records"/],
    [
      "an unknown member",
      { name: "www", type: "A", records: ["192.0.2.1"], extra: 1 },
      "input-malformed",
      /extra/,
    ],
    [
      "a set identifier",
      { name: "www", type: "A", setIdentifier: "blue", records: ["192.0.2.1"] },
      "input-malformed",
      /blue/,
    ],
    [
      "too much data",
      {
        name: "www",
        type: "TXT",
        records: Array.from({ length: 300 }, (_, i) => `"${String(i).padEnd(250, "x")}"`),
      },
      "input-too-large",
      /60000/,
    ],
  ])("put refuses %s and changes nothing", async (_, body, code, message) => {
    const head = await api.store.head();
    expect(await refused("PUT", "/v1/zones/shop.test/rrsets", body)).toMatchObject({
      code,
      message: typeof message === "string" ? message : expect.stringMatching(message),
      help: expect.stringMatching(/\.$/),
      supportCode: expect.stringMatching(/^[0-9a-f]{10}$/),
    });
    expect(await api.store.head()).toBe(head);
  });

  test("an import of two different CNAMEs at one name is refused", async () => {
    const records = ["a.example.", "b.example."].map((data) => ({ name: "w", type: "CNAME", data }));
    expect(await refused("POST", "/v1/zones/shop.test/import", { records })).toMatchObject({
      code: "record-conflict",
      message: 'Cannot put 2 CNAME records at "w.shop.test": there is at most one',
    });
  });

  test("a CNAME stands alone, whichever comes first", async () => {
    await putRrset("www", "CNAME", ["shop.test."]);
    expect(
      await refused("PUT", "/v1/zones/shop.test/rrsets", { name: "www", type: "TXT", records: ["x"] }),
    ).toMatchObject({
      code: "record-conflict",
      message:
        'Cannot have these records at "www.shop.test": a CNAME record stands alone, and there is also TXT',
    });
    await putRrset("api", "TXT", ["x"]);
    expect(
      await refused("PUT", "/v1/zones/shop.test/rrsets", { name: "api", type: "CNAME", records: ["x"] }),
    ).toMatchObject({
      code: "record-conflict",
    });
  });

  test("import keeps TTLs, leaves SOA and NS to the platform and says so", async () => {
    await putRrset("www", "A", ["192.0.2.9"]);
    const { plan } = await json<WriteAnswer>("POST", "/v1/zones/shop.test/import", {
      records: [
        { name: "shop.test.", type: "SOA", ttl: 3600, data: "ns.old. root.old. 1 2 3 4 5" },
        { name: "shop.test.", type: "NS", ttl: 3600, data: "ns.old." },
        { name: "www.shop.test.", type: "A", ttl: 3600, data: "192.0.2.1" },
        { name: "www.shop.test.", type: "A", ttl: 300, data: "192.0.2.2" },
        { name: "_sip._tcp.shop.test.", type: "SRV", ttl: 7200, data: "1 2 5060 sip.shop.test." },
        { name: "sub.shop.test.", type: "NS", ttl: 7200, data: "ns.example.org." },
      ],
    });
    expect(plan.title).toBe("Import 4 records into shop.test");
    expect(plan.changes.map(({ text }) => text)).toEqual([
      "Add 2 record sets in zone shop.test",
      "Replace 1 record set in zone shop.test",
    ]);
    expect(plan.warnings).toEqual([
      "shop.test SOA ns.old. root.old. 1 2 3 4 5 of the file is replaced by the platform's own",
      "shop.test NS ns.old. of the file is replaced by the platform's own",
      "www.shop.test A has records of different TTLs: all get 300",
      "The SRV records at _sip._tcp.shop.test name sip.shop.test, which has no addresses",
    ]);
    expect(lines("shop.test.", "www.shop.test.")).toEqual(["300 A 192.0.2.1", "300 A 192.0.2.2"]);
    expect(lines("shop.test.", "_sip._tcp.shop.test.")).toEqual(["7200 SRV 1 2 5060 sip.shop.test."]);
    const text = await (await call("GET", "/v1/zones/shop.test/export")).text();
    expect(text).toContain("\nwww.shop.test. 300 IN A 192.0.2.1\n");
    expect(text.split("\n")[1]).toMatch(/^shop\.test\. 60 IN SOA /);
  });

  test("an import leaves addresses to the assignment or alias that gives the same, and refuses others", async () => {
    await json("POST", "/v1/instances", { name: "web", run: { kind: "address", address: "::1", port: 80 } });
    await json("POST", "/v1/assignments", { name: "shop.test", resource: "web", https: false });
    await json("PUT", "/v1/zones/shop.test/aliases", { name: "www", target: "shop.test." });
    const addresses = lines("shop.test.", "www.shop.test.").map((line) => line.split(" "));
    const records = ["@", "www"].flatMap((name) =>
      addresses.map(([ttl, type, data]) => ({ name, type, data, ttl: Number(ttl) })),
    );
    expect(records.length).toBeGreaterThan(1);
    expect(await refused("POST", "/v1/zones/shop.test/import", { records })).toMatchObject({
      message: expect.stringContaining("holds nothing that is not there already"),
    });
    const txt = { name: "new", type: "TXT", data: '"x"' };
    const { plan } = await json<WriteAnswer>("POST", "/v1/zones/shop.test/import", {
      records: [...records, txt],
    });
    expect(plan.changes.map(({ text }) => text)).toEqual(["Add 1 record set in zone shop.test"]);
    expect(plan.warnings).toContain(
      "shop.test A of the file is left to its assignment to web, which gives the same",
    );
    expect(plan.warnings).toContain("www.shop.test A of the file is left to its alias, which gives the same");
    const other = { name: "www", type: "A", data: "192.0.2.99" };
    expect(await refused("POST", "/v1/zones/shop.test/import", { records: [other] })).toMatchObject({
      code: "record-conflict",
    });
  });

  test("import refuses a record outside the zone by name, whole", async () => {
    const records = [
      { name: "www.shop.test.", type: "A", ttl: 60, data: "192.0.2.1" },
      { name: "www.other.test.", type: "A", ttl: 60, data: "192.0.2.1" },
    ];
    expect(await refused("POST", "/v1/zones/shop.test/import", { records })).toMatchObject({
      code: "name-outside-zone",
      message: expect.stringContaining('"www.other.test."'),
    });
    expect(lines("shop.test.", "www.shop.test.")).toEqual([]);
  });
});
