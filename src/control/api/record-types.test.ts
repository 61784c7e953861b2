// Every type of the table through the API: its example is taken, comes to the name servers, and goes out and in again; what is malformed is
// refused with that example. And the rules that a type has beyond its form.

import type { Rrset, WriteAnswer, ZoneDocument } from "#contract";
import { isMetaType, parseZoneFile, rdataExample, rdataTypes, RrType, typeName } from "#wire";
import { anyRdata } from "#wire/testing";
import { formatRdata } from "#wire";
import * as fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json, refused, call, lines } = api;
beforeEach(async () => {
  await api.start();
  await json("POST", "/v1/domains", { name: "shop.test" });
});

const generated: ReadonlySet<number> = new Set([RrType.RRSIG, RrType.NSEC, RrType.NSEC3, RrType.SOA]);
const writable = rdataTypes.filter(({ number }) => !isMetaType(number) && !generated.has(number));
const apexTypes = ["DNSKEY", "NSEC3PARAM", "CDS", "CDNSKEY", "CSYNC", "ZONEMD"];
const placeOf = (type: string): string => (apexTypes.includes(type) ? "@" : `x-${type.toLowerCase()}`);
const ownerOf = (type: string): string =>
  apexTypes.includes(type) ? "shop.test." : `${placeOf(type)}.shop.test.`;

const put = (name: string, type: string, ...records: string[]): Promise<WriteAnswer> =>
  json("PUT", "/v1/zones/shop.test/rrsets", { name, type, records });
const refusedPut = (name: string, type: string, ...records: string[]): ReturnType<typeof refused> =>
  refused("PUT", "/v1/zones/shop.test/rrsets", { name, type, records });
const rrsets = async (): Promise<Rrset[]> =>
  (await json<{ rrsets: Rrset[] }>("GET", "/v1/zones/shop.test/rrsets")).rrsets;
const documentOf = (): Promise<ZoneDocument> => json("GET", "/v1/zones/shop.test/document");
/** What the names role holds of the zone, but SOA. */
const served = (): string[] =>
  [...api.roles.names.objects.values()]
    .flatMap((object) =>
      object.kind === "rrset" && object.apex === "shop.test." && object.type !== RrType.SOA
        ? object.rdata.map((rdata) => `${object.owner} ${object.ttl} ${object.type} ${rdata}`)
        : [],
    )
    .sort();

async function importText(text: string): Promise<void> {
  const { records, errors } = parseZoneFile(text);
  expect(errors).toEqual([]);
  await json("POST", "/v1/zones/shop.test/import", {
    records: records.map(({ name, type, ttl, rdata }) => ({
      name: name.toString(),
      type: typeName(type),
      ttl,
      data: formatRdata(type, rdata),
    })),
  });
}

describe("every type of the table", () => {
  test.each(writable.map(({ name, number }) => [name, number] as const))("%s", async (type, number) => {
    const example = rdataExample(number);
    const { plan } = await put(placeOf(type), type, example);
    expect(plan.warnings.filter((warning) => /mean nothing below|expected/.test(warning))).toEqual([]);
    const [line = ""] = lines("shop.test.", ownerOf(type)).filter((one) => one.startsWith(`60 ${type} `));
    const data = line.slice(`60 ${type} `.length);
    // What comes out says the same again.
    await put(placeOf(type), type, data);
    expect(lines("shop.test.", ownerOf(type))).toContain(line);
    const message = (await refusedPut(placeOf(type), type, `${example} "`)).message;
    expect(message).toMatch(new RegExp(`^Cannot use ".*" as ${type} record of "`, "s"));
    expect(message).toContain(`, such as ${example.replaceAll("example.org.", "shop.test.")}`);
  });

  test("the others are the platform's or of messages only", async () => {
    for (const { name, number } of rdataTypes.filter((row) => !writable.includes(row)))
      expect((await refusedPut("@", name, rdataExample(number))).code).toMatch(
        /^record-(?:conflict|malformed)$/,
      );
  });

  test("all of them go out and into an empty zone again", async () => {
    for (const { name, number } of writable) await put(placeOf(name), name, rdataExample(number));
    const before = served();
    const [document, text] = [
      await documentOf(),
      await (await call("GET", "/v1/zones/shop.test/export")).text(),
    ];
    await json("DELETE", "/v1/domains/shop.test");
    await json("POST", "/v1/domains", { name: "shop.test" });
    await importText(text);
    expect(served()).toEqual(before);
    await json("POST", "/v1/zones/shop.test/import", { document });
    expect(await documentOf()).toEqual(document);
    expect(served()).toEqual(before);
  });
});

test.each<[string, Partial<ZoneDocument>]>([
  [
    "A records",
    {
      rrsets: ["192.0.2.1", "192.0.2.2"].map((data, i) => ({
        name: i === 0 ? "www.shop.test" : "WWW",
        type: "A",
        ttl: 60,
        entries: [{ data }],
      })),
    },
  ],
  [
    "an alias",
    { aliases: ["a.shop.test.", "b.shop.test."].map((target) => ({ name: "www.shop.test", target })) },
  ],
  ["an assignment", { assignments: ["one", "two"].map((resource) => ({ name: "www.shop.test", resource })) }],
])("a document that has %s of one name twice is refused: one would be lost", async (what, content) => {
  const document = { format: "fairlead-zone", version: 1, zone: "shop.test", rrsets: [], ...content };
  expect(await refused("POST", "/v1/zones/shop.test/import", { document })).toMatchObject({
    code: "input-malformed",
    message: `Cannot import into zone "shop.test": the document has ${what} at "www.shop.test" twice`,
  });
});

const anyZone = fc.array(
  fc.tuple(
    fc.constantFrom("a", "b.c", "*.d", "e\\.f", "\\000\\255g", "_h._tcp", "xn--4gbrim"),
    fc
      .constantFrom(...writable.filter(({ name }) => !["CNAME", "DNAME", "DS", "NULL"].includes(name)))
      .chain((row) => fc.tuple(fc.constant(row), anyRdata(row))),
    fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  ),
  { minLength: 1, maxLength: 12 },
);

test("random zones lose nothing on the way out and in, as a document and as a zone file", async () => {
  const numRuns = Number(process.env["FAIRLEAD_ROUNDS"] ?? 15);
  await fc.assert(
    fc.asyncProperty(anyZone, async (rows) => {
      await api.start();
      await json("POST", "/v1/domains", { name: "shop.test" });
      await json("POST", "/v1/instances", { name: "web", run: { kind: "site", folder: "/srv" } });
      for (const [label, [row, rdata], ttl] of rows) {
        const data = formatRdata(row.number, rdata);
        const name = `${label}.shop.test`;
        // Random digests are of no length that their algorithm has; the rest is taken.
        await call("PUT", "/v1/zones/shop.test/rrsets", { name, type: row.name, ttl, records: [data] });
      }
      await json("PUT", "/v1/zones/shop.test/aliases", { name: "@", target: "web" });
      await json("POST", "/v1/assignments", { name: "www.shop.test", resource: "web", https: false });
      const before = served();
      const document = await documentOf();
      const text = await (await call("GET", "/v1/zones/shop.test/export")).text();
      await json("DELETE", "/v1/domains/shop.test");
      await json("POST", "/v1/domains", { name: "shop.test" });
      await json("POST", "/v1/zones/shop.test/import", { document });
      expect(await documentOf()).toEqual(document);
      expect(served()).toEqual(before);
      await json("DELETE", "/v1/domains/shop.test");
      await json("POST", "/v1/domains", { name: "shop.test" });
      await importText(text);
      expect(served()).toEqual(before);
    }),
    { numRuns, interruptAfterTimeLimit: 30_000 + 2000 * numRuns },
  );
}, 600_000);

describe("rules beyond the form", () => {
  test.each<[string, string, string, string, RegExp]>([
    [
      "an address as mail server",
      "@",
      "MX",
      "10 192.0.2.1",
      /found the address 192\.0\.2\.1; give that address a name/,
    ],
    ["an address with a dot", "@", "MX", "10 192.0.2.1.", /found the address 192\.0\.2\.1/],
    ["an IPv6 address", "_a._tcp", "SRV", "0 0 80 2001:db8::1", /found the address 2001:db8::1/],
    ["an address as CNAME", "c", "CNAME", "192.0.2.1", /stands in an A or AAAA record/],
    ["an address as name server", "sub", "NS", "192.0.2.1", /found the address/],
    ["a preference missing", "@", "MX", "mail", /MX is PREFERENCE EXCHANGE, such as 10 mail\.shop\.test\.$/],
    [
      "a TLSA digest too short",
      "_443._tcp",
      "TLSA",
      "3 1 1 ABCD",
      /expected 64 hexadecimal digits for algorithm 1, found 4/,
    ],
    ["an SSHFP digest too short", "@", "SSHFP", "4 2 ABCD", /expected 64 hexadecimal digits/],
    [
      "a DS digest of another algorithm",
      "sub",
      "DS",
      `1 13 4 ${"AB".repeat(32)}`,
      /expected 96 hexadecimal digits/,
    ],
    ["a CAA tag with a hyphen", "@", "CAA", '0 is-sue "ca.example.net"', /expected/],
    ["no-default-alpn alone", "@", "HTTPS", "1 . no-default-alpn", /expected alpn beside no-default-alpn/],
    ["a mandatory key that is missing", "@", "HTTPS", "1 . mandatory=port", /port, which is mandatory here/],
    ["parameters twice", "@", "HTTPS", "1 . port=1 port=2", /port/],
  ])("%s is refused", async (_, name, type, data, message) => {
    expect(await refusedPut(name, type, data)).toMatchObject({
      code: "record-malformed",
      message: expect.stringMatching(message),
    });
  });

  test("a DS at the zone's own name belongs into the zone above", async () => {
    expect(await refusedPut("@", "DS", rdataExample(RrType.DS))).toMatchObject({ code: "record-conflict" });
  });

  test.each<[string, string, string, string, RegExp]>([
    ["a DS without NS", "sub", "DS", rdataExample(RrType.DS), /mean nothing without NS records there/],
    [
      "NS at a wildcard",
      "*",
      "NS",
      "ns.example.org.",
      /do not hold for the names that the wildcard stands for/,
    ],
    ["an asterisk that is none", "*x", "TXT", '"x"', /is no wildcard/],
    ["an asterisk further in", "a.*.shop.test", "TXT", '"x"', /is no wildcard/],
    ["a host name with an underscore", "my_host", "A", "192.0.2.1", /underscores/],
    ["SRV at a plain name", "@", "SRV", "0 0 80 www.example.org.", /_sip\._tcp\.shop\.test/],
    ["TLSA at a plain name", "www", "TLSA", rdataExample(RrType.TLSA), /_443\._tcp\.www\.shop\.test/],
    [
      "a mail server without addresses",
      "@",
      "MX",
      "10 mail",
      /name mail\.shop\.test, which has no addresses$/,
    ],
    ["a mail server that is a CNAME", "@", "MX", "10 cname", /which is a CNAME: it must have addresses/],
    ["a name server below its own cut", "sub", "NS", "ns.sub", /can be found nowhere else/],
    ["an unknown CAA tag", "@", "CAA", '0 isue "ca.example.net"', /no authority knows the tag isue/],
    ["a CAA value that is a URL", "@", "CAA", '0 issue "https://ca.example.net"', /none may issue/],
    ["an alias with parameters", "@", "HTTPS", "0 www.example.org. port=8443", /ignored/],
    ["text without quotes", "@", "TXT", "v=spf1 mx -all", /stand in no quotes/],
    ["SPF", "@", "SPF", '"v=spf1 -all"', /SPF stands in TXT records/],
    ["apex data below the apex", "sub", "CDNSKEY", rdataExample(RrType.CDNSKEY), /mean nothing below/],
  ])("%s is warned of", async (_, name, type, data, warning) => {
    await put("cname", "CNAME", "www.example.org.");
    const { plan } = await put(name, type, data);
    expect(plan.warnings).toContainEqual(expect.stringMatching(warning));
  });

  test("what is right is not warned of", async () => {
    await put("mail", "A", "192.0.2.1");
    for (const [name, type, data] of [
      ["@", "MX", "10 mail"],
      ["@", "CAA", '0 issue "ca.example.net; account=1"'],
      ["@", "CAA", '0 issuewild ";"'],
      ["_443._tcp.mail", "TLSA", rdataExample(RrType.TLSA)],
      ["_sip._tcp", "SRV", "0 0 5060 mail"],
      ["*", "A", "192.0.2.2"],
      ["@", "MX", "0 ."],
      ["@", "CDS", "0 0 0 00"],
    ] as const) {
      const { plan } = await put(name.includes(".") ? `${name}.shop.test` : name, type, data);
      expect(plan.warnings, `${name} ${type}`).toEqual([]);
    }
  });
});

describe("long text", () => {
  const long = "k".repeat(600);
  test.each<[string, string, string]>([
    ["in quotes", `"${long}"`, `"${"k".repeat(255)}" "${"k".repeat(255)}" "${"k".repeat(90)}"`],
    ["without quotes", long, `"${"k".repeat(255)}" "${"k".repeat(255)}" "${"k".repeat(90)}"`],
    ["beside a short one", `"a" "${"b".repeat(256)}"`, `"a" "${"b".repeat(255)}" "b"`],
    ["with escapes", `"${'\\"'.repeat(256)}"`, `"${'\\"'.repeat(255)}" "\\""`],
    ["with numbers", `"${"\\255".repeat(300)}"`, `"${"\\255".repeat(255)}" "${"\\255".repeat(45)}"`],
    [
      "of letters of two octets",
      `"${"ü".repeat(200)}"`,
      `"${"\\195\\188".repeat(127)}\\195" "\\188${"\\195\\188".repeat(72)}"`,
    ],
  ])("%s is cut into strings of 255 octets", async (_, text, data) => {
    await put("@", "TXT", text);
    expect(lines("shop.test.", "shop.test.")).toContain(`60 TXT ${data}`);
  });

  test("that is malformed is refused all the same", async () => {
    expect(await refusedPut("@", "TXT", `"${long}`)).toMatchObject({ code: "record-malformed" });
    expect(await refusedPut("@", "TXT", `"${long}\\9"`)).toMatchObject({ code: "record-malformed" });
    expect(await refusedPut("@", "HINFO", `"${long}" "x"`)).toMatchObject({ code: "record-malformed" });
  });
});

describe("single records", () => {
  const path = "/v1/zones/shop.test";
  const edit = (body: object): Promise<WriteAnswer> => json("POST", `${path}/rrsets`, body);
  const entriesOf = async (name: string, type: string): Promise<Rrset["entries"]> =>
    (await rrsets()).find((rrset) => rrset.name === name && rrset.type === type)?.entries ?? [];

  test("are added and removed by value; the others keep their ids", async () => {
    await put("www", "A", "192.0.2.1");
    const [first] = await entriesOf("www.shop.test", "A");
    const added = await edit({ name: "www", type: "A", add: ["192.0.2.2", "192.0.2.3"], ttl: 300 });
    expect(added.plan.title).toBe("Add A records at www.shop.test");
    expect(added.operation?.operationType).toBe("CreateDomainEntry");
    expect(lines("shop.test.", "www.shop.test.")).toEqual([
      "300 A 192.0.2.1",
      "300 A 192.0.2.2",
      "300 A 192.0.2.3",
    ]);
    expect((await entriesOf("www.shop.test", "A"))[0]).toEqual(first);
    await edit({ name: "www", type: "A", remove: ["192.0.2.2"] });
    expect(lines("shop.test.", "www.shop.test.")).toEqual(["300 A 192.0.2.1", "300 A 192.0.2.3"]);
    await edit({ name: "www", type: "A", ttl: 5 });
    expect(lines("shop.test.", "www.shop.test.")).toEqual(["5 A 192.0.2.1", "5 A 192.0.2.3"]);
    await edit({ name: "www", type: "A", remove: ["192.0.2.1", "192.0.2.3"] });
    expect(await entriesOf("www.shop.test", "A")).toEqual([]);
  });

  test("are changed, moved and deleted by id, which they keep", async () => {
    await put("www", "A", "192.0.2.1", "192.0.2.2");
    const [first, second] = await entriesOf("www.shop.test", "A");
    await json("PUT", `${path}/records/${first?.id}`, { data: "192.0.2.9", ttl: 120 });
    expect(await entriesOf("www.shop.test", "A")).toEqual([{ id: first?.id, data: "192.0.2.9" }, second]);
    expect(lines("shop.test.", "www.shop.test.")).toEqual(["120 A 192.0.2.9", "120 A 192.0.2.2"]);
    await json("PUT", `${path}/records/${first?.id}`, { name: "web", type: "AAAA", data: "2001:db8::1" });
    expect(await entriesOf("web.shop.test", "AAAA")).toEqual([{ id: first?.id, data: "2001:db8::1" }]);
    await json("DELETE", `${path}/records/${second?.id}`);
    expect(await entriesOf("www.shop.test", "A")).toEqual([]);
    const changes = await json<{ changes: { id: string }[] }>("GET", "/v1/changes");
    await json("POST", `/v1/changes/${changes.changes[0]?.id}/undo`, {});
    expect(await entriesOf("www.shop.test", "A")).toEqual([second]);
  });

  test.each<[string, object, string, RegExp]>([
    ["nothing to do", { name: "www", type: "A" }, "input-malformed", /nothing to add/],
    [
      "what is there",
      { name: "www", type: "A", add: ["192.0.2.1"] },
      "record-conflict",
      /among them already/,
    ],
    [
      "what is not there",
      { name: "www", type: "A", remove: ["192.0.2.8"] },
      "record-not-found",
      /not among them/,
    ],
    ["a TTL of nothing", { name: "w3", type: "A", ttl: 5 }, "record-not-found", /there are none/],
    ["a second CNAME", { name: "c", type: "CNAME", add: ["b"] }, "record-conflict", /at most one/],
    ["beside a CNAME", { name: "c", type: "A", add: ["192.0.2.1"] }, "record-conflict", /stands alone/],
    [
      "more than 400",
      { name: "www", type: "A", add: Array.from({ length: 400 }, (_, i) => `198.51.${i >> 8}.${i & 255}`) },
      "input-too-large",
      /at most 400/,
    ],
  ])("%s is refused", async (_, body, code, message) => {
    await put("www", "A", "192.0.2.1");
    await put("c", "CNAME", "a");
    expect(await refused("POST", `${path}/rrsets`, body)).toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  test("an id that nothing has, and what belongs to others, is refused", async () => {
    expect(await refused("DELETE", `${path}/records/none`)).toMatchObject({ code: "record-not-found" });
    expect(await refused("PUT", `${path}/records/none`, { data: "x" })).toMatchObject({
      code: "record-not-found",
    });
    await json("POST", "/v1/instances", { name: "web", run: { kind: "site", folder: "/srv" } });
    await json("POST", "/v1/assignments", { name: "www.shop.test", resource: "web" });
    const edited = { name: "www", type: "A", add: ["192.0.2.1"] };
    expect(await refused("POST", `${path}/rrsets`, edited)).toMatchObject({
      code: "record-conflict",
      message: expect.stringMatching(/is assigned to "web"/),
    });
  });
});

describe("documents", () => {
  const importDocument = (document: object): ReturnType<typeof refused> =>
    refused("POST", "/v1/zones/shop.test/import", { document });

  test("of another zone, of another version, with names outside or a resource that is not there", async () => {
    const document = { format: "fairlead-zone", version: 1, zone: "shop.test", rrsets: [] };
    const a = { type: "A", ttl: 60, entries: [{ data: "192.0.2.1" }] };
    expect(await importDocument({ ...document, zone: "other.test" })).toMatchObject({
      code: "input-malformed",
    });
    expect(await importDocument({ ...document, version: 2 })).toMatchObject({ code: "input-malformed" });
    expect(await importDocument(document)).toMatchObject({ message: expect.stringMatching(/holds nothing/) });
    expect(await importDocument({ ...document, rrsets: [{ ...a, name: "www.other.test" }] })).toMatchObject({
      code: "name-outside-zone",
    });
    expect(await importDocument({ ...document, aliases: [{ name: "www", target: "web" }] })).toMatchObject({
      code: "resource-not-found",
    });
    const assignments = [{ name: "www.shop.test", resource: "web" }];
    const rrsetsToo = [{ ...a, name: "a.shop.test", origin: "platform" }];
    const { plan } = await json<WriteAnswer>("POST", "/v1/zones/shop.test/import", {
      document: { ...document, rrsets: rrsetsToo, assignments },
    });
    expect(plan.warnings).toContain("www.shop.test is not assigned: there is no resource web");
    expect((await documentOf()).rrsets).toMatchObject([{ origin: "import" }]);
  });
});
