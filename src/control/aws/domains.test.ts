// Domains and their entries through the endpoint: what clients of Lightsail rely on, entry by entry.

import * as fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import type { LightsailShapes } from "#contract";
import { AwsTestApi } from "./testing.ts";

const aws = new AwsTestApi();
const { call, refused, refusals } = aws;
const zone = "shop.test";

beforeEach(async () => {
  await aws.start();
  await aws.api.json("POST", "/v1/domains", { name: zone });
});

type SentEntry = LightsailShapes["DomainEntry"];

async function entries(domainName: string = zone): Promise<SentEntry[]> {
  const { domain } = await call("GetDomain", { domainName });
  return [...(domain?.domainEntries ?? [])];
}

/** Entries of a name other than the zone's own SOA and NS. */
async function at(name: string): Promise<SentEntry[]> {
  return (await entries()).filter(
    (entry) => entry.name === name && entry.type !== "SOA" && entry.type !== "NS",
  );
}

function create(domainEntry: SentEntry): Promise<LightsailShapes["CreateDomainEntryResult"]> {
  return call("CreateDomainEntry", { domainName: zone, domainEntry });
}

describe("domains", () => {
  test("a registered domain's zone shows its four NS and its SOA, and that it was handed over", async () => {
    const { domain } = await call("GetDomain", { domainName: "SHOP.test." });
    expect(domain).toMatchObject({
      name: zone,
      resourceType: "Domain",
      location: { availabilityZone: "all", regionName: "global" },
      arn: expect.stringMatching(/^arn:aws:lightsail:global:\d{12}:Domain\/[0-9a-f-]{36}$/),
      createdAt: expect.closeTo(1_800_000_000, 0),
      tags: [],
      registeredDomainDelegationInfo: { nameServersUpdateState: { code: "SUCCEEDED" } },
    });
    const own = await entries();
    expect(own.filter(({ type }) => type === "NS").map(({ target }) => target)).toEqual(
      [1, 2, 3, 4].map((i) => `ns${i}.s1.nic.test`),
    );
    expect(own.find(({ type }) => type === "SOA")?.target).toMatch(
      /^ns1\.s1\.nic\.test\. hostmaster\.shop\.test\. \d+ 7200 900 1209600 \d+$/,
    );
    for (const { id = "", name, isAlias } of own) {
      expect(Number(id)).toBe(Number(id) | 0);
      expect([name, isAlias]).toEqual([zone, false]);
    }
    expect(new Set(own.map(({ id }) => id)).size).toBe(5);
  });

  test("are created, listed by name and deleted; an operation says so, and goes on saying it", async () => {
    const { operation } = await call("CreateDomain", { domainName: "Other.Example" });
    expect(operation).toMatchObject({
      operationType: "CreateDomain",
      resourceName: "other.example",
      resourceType: "Domain",
      status: "Succeeded",
      isTerminal: true,
      location: { regionName: "global" },
    });
    const { domains } = await call("GetDomains", {});
    expect(domains?.map(({ name }) => name)).toEqual(["other.example", zone]);
    expect(domains?.[0]?.registeredDomainDelegationInfo).toBeUndefined();
    const deleted = await call("DeleteDomain", { domainName: "other.example" });
    expect(await refused("GetDomain", { domainName: "other.example" })).toMatchObject({
      type: "NotFoundException",
      code: "DoesNotExist",
      status: 400,
    });
    for (const { id = "" } of [operation ?? {}, deleted.operation ?? {}])
      expect(await call("GetOperation", { operationId: id })).toMatchObject({ operation: { id } });
    const { operations } = await call("GetOperationsForResource", { resourceName: "other.example" });
    expect(operations?.map(({ operationType }) => operationType)).toEqual(["DeleteDomain", "CreateDomain"]);
  });

  test("that came with a registration are created for scripts that ask for them, until something is in them", async () => {
    await aws.api.json("POST", "/v1/domains", { name: "new.test" });
    const { operation } = await call("CreateDomain", { domainName: "new.test", tags: [{ key: "a" }] });
    expect(operation).toMatchObject({ operationType: "CreateDomain", status: "Succeeded", isTerminal: true });
    expect(await call("GetOperation", { operationId: operation?.id ?? "" })).toMatchObject({
      operation: { id: operation?.id },
    });
    const { domain } = await call("GetDomain", { domainName: "new.test" });
    expect(domain?.tags).toEqual([{ key: "a", value: "" }]);
    const again = await refused("CreateDomain", { domainName: "new.test" });
    expect(again.message).toMatch(/already in use/);
    await aws.api.json("POST", "/v1/domains", { name: "used.test" });
    const domainEntry = { name: "www.used.test", type: "A", target: "192.0.2.1" };
    await call("CreateDomainEntry", { domainName: "used.test", domainEntry });
    expect(await refused("CreateDomain", { domainName: "used.test" })).toMatchObject({
      type: "InvalidInputException",
      message: "Some names are already in use: used.test",
    });
  });

  test("what is refused, and as what", async () => {
    expect(
      await refusals([
        ["CreateDomain", {}, "InvalidInputException", /"domainName", it is required/],
        ["CreateDomain", { domainName: "*.shop.example" }, "InvalidInputException", /wildcard/],
        ["CreateDomain", { domainName: "a..b" }, "InvalidInputException", /Cannot use name/],
        ["GetDomain", { domainName: "none.test" }, "NotFoundException", /does not exist/],
        ["DeleteDomain", { domainName: "none.test" }, "NotFoundException", /not served/],
        [
          "CreateDomainEntry",
          { domainName: "none.test", domainEntry: {} },
          "NotFoundException",
          /does not exist/,
        ],
        ["GetDomains", { pageToken: "nonsense" }, "InvalidInputException", /page token/],
        ["GetOperation", { operationId: "none" }, "NotFoundException", /does not exist/],
      ]),
    ).toEqual([]);
  });

  test("of a registration are deleted too: nobody is led there any more, until one is created again", async () => {
    const domainEntry = { name: `www.${zone}`, type: "A", target: "192.0.2.1" };
    await call("CreateDomainEntry", { domainName: zone, domainEntry });
    const { operation } = await call("DeleteDomain", { domainName: zone });
    await aws.api.pass(10_000);
    expect(await call("GetOperation", { operationId: operation?.id ?? "" })).toMatchObject({
      operation: { operationType: "DeleteDomain", status: "Succeeded" },
    });
    expect((await refused("GetDomain", { domainName: zone })).type).toBe("NotFoundException");
    expect(aws.api.lines("test.", "shop.test.")).toEqual([]);
    expect(aws.api.lines("shop.test.", "shop.test.")).toEqual([]);
    expect(await aws.api.json("GET", `/v1/domains/${zone}`)).toMatchObject({ nameServers: [] });
    await call("CreateDomain", { domainName: zone });
    await aws.api.pass(10_000);
    expect(aws.api.lines("test.", "shop.test.")).toHaveLength(4);
    expect((await call("GetDomain", { domainName: zone })).domain).toMatchObject({
      registeredDomainDelegationInfo: { nameServersUpdateState: { code: "SUCCEEDED" } },
    });
    expect((await entries()).length).toBe(5);
  });

  test("one that is created again at once is not lost with the delegation of the one before", async () => {
    aws.api.authority.silent.add("127.53.1.1");
    await aws.api.json("DELETE", `/v1/zones/${zone}?withDelegation=1`);
    expect(aws.api.lines("shop.test.", "shop.test.")).not.toEqual([]);
    await aws.api.json("POST", "/v1/zones", { name: zone });
    aws.api.authority.silent.clear();
    await aws.api.pass(60_000);
    expect(aws.api.lines("shop.test.", "shop.test.")).not.toEqual([]);
  });

  test("a list is given in pages", async () => {
    const names = Array.from({ length: 104 }, (_, i) => `z${String(i).padStart(3, "0")}.example`);
    for (const name of names) await aws.api.json("POST", "/v1/zones", { name });
    const first = await call("GetDomains", {});
    expect([first.domains?.length, typeof first.nextPageToken]).toEqual([100, "string"]);
    const rest = await call("GetDomains", { pageToken: first.nextPageToken });
    expect(rest.nextPageToken).toBeUndefined();
    const listed = [...(first.domains ?? []), ...(rest.domains ?? [])].map(({ name }) => name);
    expect(listed).toEqual([zone, ...names]);
  });
});

describe("entries", () => {
  test.each<[string, string, string]>([
    ["A", "www", "192.0.2.1"],
    ["AAAA", "www", "2001:db8::1"],
    ["CNAME", "blog", "pages.example.net"],
    ["CNAME", "_0.www", "_1.Acm-Validations.aws."],
    ["MX", "@", "10 mail.example.net"],
    ["MX", "", "10 mail.example.net."],
    ["MX", "null", "0 ."],
    ["NS", "sub", "ns-111.awsdns-22.com"],
    ["NS", "*.sub", "ns-111.awsdns-22.com."],
    ["SRV", "_xmpp._tcp", "1 10 5269 xmpp.example.com"],
    ["TXT", "@", '"v=spf1 -all"'],
    ["TXT", "two", '"a" "b;c"'],
    ["TXT", "quoted", String.raw`"say \"a\""`],
    ["CAA", "@", '0 issue "letsencrypt.org"'],
    ["HTTPS", "svc", "1 target.example.net alpn=h2"],
    ["A", "*", "192.0.2.9"],
    ["a", "Upper", "192.0.2.9"],
  ])("%s at %s keeps its target %s as it was sent", async (type, name, target) => {
    const sent = name === "@" || name === "" ? zone : `${name}.${zone}`;
    const { operation } = await create({ name: `${sent}.`, type, target, isAlias: false });
    expect(operation).toMatchObject({
      operationType: "CreateDomainEntry",
      resourceName: zone,
      status: "Succeeded",
    });
    const shown = { name: sent.toLowerCase(), type: type.toUpperCase(), target, isAlias: false };
    const [entry] = (await entries()).filter(({ target: own }) => own === target);
    expect(entry).toMatchObject(shown);
    // Terraform and lego delete with neither id nor isAlias.
    await call("DeleteDomainEntry", { domainName: zone, domainEntry: { name: sent, type, target } });
    expect((await entries()).filter(({ target: own }) => own === target)).toEqual([]);
  });

  test("names without a final dot are whole: they are not completed with the zone", async () => {
    await create({ name: `blog.${zone}`, type: "CNAME", target: "pages.example.net" });
    expect(aws.api.lines("shop.test.", "blog.shop.test.")).toEqual(["60 CNAME pages.example.net."]);
  });

  test("an entry is found in whatever spelling", async () => {
    await create({ name: `WWW.${zone}.`, type: "CNAME", target: "A.Example.NET." });
    await create({ name: `txt.${zone}`, type: "TXT", target: '"one"' });
    const domainEntry = { name: `www.${zone}`, type: "cname", target: "A.Example.NET" };
    await call("DeleteDomainEntry", { domainName: zone, domainEntry });
    await call("DeleteDomainEntry", {
      domainName: zone,
      domainEntry: { name: `txt.${zone}.`, type: "TXT", target: "one" },
    });
    expect(await at(`www.${zone}`)).toEqual([]);
    expect(await at(`txt.${zone}`)).toEqual([]);
  });

  test("is changed by its id, or by name and type where that is enough", async () => {
    await create({ name: `www.${zone}`, type: "A", target: "192.0.2.1" });
    await create({ name: `www.${zone}`, type: "A", target: "192.0.2.2" });
    const [first, second] = await at(`www.${zone}`);
    const { operations } = await call("UpdateDomainEntry", {
      domainName: zone,
      domainEntry: { ...first, target: "192.0.2.3" },
    });
    expect(operations).toMatchObject([{ operationType: "UpdateDomainEntry", status: "Succeeded" }]);
    expect(await at(`www.${zone}`)).toEqual([{ ...first, target: "192.0.2.3" }, second]);
    const domainEntry = { name: `www.${zone}`, type: "A", target: "192.0.2.4" };
    const unclear = await refused("UpdateDomainEntry", { domainName: zone, domainEntry });
    expect(unclear).toMatchObject({ type: "InvalidInputException", message: /2 entries/ });
    await call("DeleteDomainEntry", { domainName: zone, domainEntry: { id: second?.id } });
    await call("UpdateDomainEntry", { domainName: zone, domainEntry });
    expect(await at(`www.${zone}`)).toEqual([{ ...first, target: "192.0.2.4" }]);
    const gone = await refused("UpdateDomainEntry", { domainName: zone, domainEntry: { id: "12345" } });
    expect(gone).toMatchObject({ type: "NotFoundException", code: "DoesNotExist" });
  });

  test.each<[string, SentEntry, string, RegExp]>([
    [
      "text without quotes",
      { name: `t.${zone}`, type: "TXT", target: "a" },
      "InvalidInputException",
      /^Input error: Target should be enclosed in quotation marks$/,
    ],
    [
      "a name outside",
      { name: "www.example.org", type: "A", target: "192.0.2.1" },
      "InvalidInputException",
      /does not end with/,
    ],
    [
      "a CNAME at the apex",
      { name: zone, type: "CNAME", target: "a.example" },
      "InvalidInputException",
      /SOA and NS stand there/,
    ],
    [
      "NS at the apex",
      { name: zone, type: "NS", target: "ns.example" },
      "InvalidInputException",
      /platform keeps/,
    ],
    [
      "SOA",
      { name: zone, type: "SOA", target: "a. b. 1 2 3 4 5" },
      "InvalidInputException",
      /platform keeps/,
    ],
    [
      "no address",
      { name: `a.${zone}`, type: "A", target: "a.example" },
      "InvalidInputException",
      /as A record/,
    ],
    [
      "half an address",
      { name: `a.${zone}`, type: "A", target: "192.0.2" },
      "InvalidInputException",
      /as A record/,
    ],
    ["no type", { name: `a.${zone}`, target: "192.0.2.1" }, "InvalidInputException", /domainEntry.type/],
    ["no target", { name: `a.${zone}`, type: "A" }, "InvalidInputException", /domainEntry.target/],
    [
      "an unknown type",
      { name: `a.${zone}`, type: "WEB", target: "x" },
      "InvalidInputException",
      /record type/,
    ],
    ["ANY", { name: `a.${zone}`, type: "ANY", target: "x" }, "InvalidInputException", /Cannot/],
    [
      "an alias of MX",
      { name: `a.${zone}`, type: "MX", target: "x.example", isAlias: true },
      "InvalidInputException",
      /type A or AAAA/,
    ],
    [
      "an alias of an address",
      { name: `a.${zone}`, type: "A", target: "192.0.2.1", isAlias: true },
      "InvalidInputException",
      /no address/,
    ],
    [
      "an alias of nothing",
      { name: `a.${zone}`, type: "A", target: "none", isAlias: true },
      "NotFoundException",
      /no resource/,
    ],
    [
      "an alias of itself",
      { name: `a.${zone}`, type: "A", target: `a.${zone}`, isAlias: true },
      "InvalidInputException",
      /alias/,
    ],
  ])("%s is refused", async (_, domainEntry, type, message) => {
    const refusal = await refused("CreateDomainEntry", { domainName: zone, domainEntry });
    expect([refusal.type, message.test(refusal.message) || refusal.message]).toEqual([type, true]);
  });

  test("a CNAME stands alone, and what is there is not added again", async () => {
    await create({ name: `www.${zone}`, type: "A", target: "192.0.2.1" });
    for (const domainEntry of [
      { name: `www.${zone}`, type: "CNAME", target: "a.example" },
      { name: `www.${zone}`, type: "A", target: "192.0.2.1" },
    ])
      expect((await refused("CreateDomainEntry", { domainName: zone, domainEntry })).type).toBe(
        "InvalidInputException",
      );
  });

  test("SOA and NS of the zone itself stay", async () => {
    for (const domainEntry of (await entries()).slice(0, 2)) {
      for (const name of ["DeleteDomainEntry", "UpdateDomainEntry"]) {
        const { type, message } = await refused(name, { domainName: zone, domainEntry });
        expect([type, /belong to the zone/.test(message)]).toEqual(["InvalidInputException", true]);
      }
    }
    expect((await entries()).length).toBe(5);
  });

  test("an entry that is not there is not deleted", async () => {
    const domainEntry = { name: `none.${zone}`, type: "A", target: "192.0.2.1" };
    expect(await refused("DeleteDomainEntry", { domainName: zone, domainEntry })).toMatchObject({
      type: "NotFoundException",
      message: /does not exist/,
    });
  });

  test("what a client wrote survives other changes of the record set, and goes with its record", async () => {
    await create({ name: `m.${zone}`, type: "MX", target: "10 a.example." });
    await aws.api.json("POST", `/v1/zones/${zone}/rrsets`, { name: "m", type: "MX", add: ["20 b.example."] });
    expect((await at(`m.${zone}`)).map(({ target }) => target)).toEqual(["10 a.example.", "20 b.example"]);
    await aws.api.json("PUT", `/v1/zones/${zone}/rrsets`, {
      name: "m",
      type: "MX",
      records: ["10 a.example.", "30 c.example."],
    });
    expect((await at(`m.${zone}`)).map(({ target }) => target)).toEqual(["10 a.example.", "30 c.example"]);
  });

  test("what a client wrote is in a zone's document too", async () => {
    await create({ name: `w.${zone}`, type: "CNAME", target: "A.Example." });
    const document = await aws.api.json<object>("GET", `/v1/zones/${zone}/document`);
    await call("DeleteDomainEntry", {
      domainName: zone,
      domainEntry: { name: `w.${zone}`, type: "CNAME", target: "a.example" },
    });
    await aws.api.json("POST", `/v1/zones/${zone}/import`, { document });
    expect(await at(`w.${zone}`)).toMatchObject([{ target: "A.Example." }]);
  });

  test("any text of a record comes back as it was sent, and finds its entry", async () => {
    const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/);
    const host = fc
      .tuple(fc.array(label, { minLength: 1, maxLength: 4 }), fc.boolean(), fc.boolean())
      .map(([labels, isDotted, isUpper]) => {
        const text = `${labels.join(".")}.example${isDotted ? "." : ""}`;
        return isUpper ? text.toUpperCase() : text;
      });
    const text = fc
      .string({ maxLength: 400, unit: "grapheme-ascii" })
      .map((content) => `"${content.replaceAll(/["\\]/g, (sign) => `\\${sign}`)}"`);
    const record = fc.oneof(
      fc.record({ type: fc.constant("A"), target: fc.ipV4() }),
      fc.record({ type: fc.constant("AAAA"), target: fc.ipV6() }),
      fc.record({ type: fc.constant("CNAME"), target: host }),
      fc.record({ type: fc.constant("NS"), target: host }),
      fc.record({
        type: fc.constant("MX"),
        target: fc.tuple(fc.nat(65_535), host).map(([preference, name]) => `${preference} ${name}`),
      }),
      fc.record({ type: fc.constant("TXT"), target: text }),
    );
    let n = 0;
    await fc.assert(
      fc.asyncProperty(label, record, async (first, { type, target }) => {
        const name = `${first}-${n++}.${zone}`;
        await create({ name, type, target, isAlias: false });
        const [entry, ...more] = await at(name).then((all) =>
          all.length > 0 ? all : entries().then((every) => every.filter((one) => one.name === name)),
        );
        expect(entry).toMatchObject({ name, type, target });
        expect(more).toEqual([]);
        const domainEntry = n % 2 === 0 ? { id: entry?.id } : { name, type, target };
        await call("DeleteDomainEntry", { domainName: zone, domainEntry });
      }),
      { numRuns: 40 },
    );
    expect((await entries()).length).toBe(5);
  });
});

describe("aliases", () => {
  beforeEach(async () => {
    await aws.api.json("POST", "/v1/load-balancers", { name: "front" });
  });
  const dnsName = "front.load-balancers.fairlead.internal";

  test("of a load balancer's name answer with its addresses, at the apex too", async () => {
    await create({ name: zone, type: "A", target: dnsName, isAlias: true });
    expect(await at(zone)).toMatchObject([{ type: "A", target: dnsName, isAlias: true }]);
    expect(aws.api.lines("shop.test.", "shop.test.")).toContain("60 A 127.53.8.1");
    const { aliases } = await aws.api.json<{ aliases: { targetType: string; targetName: string }[] }>(
      "GET",
      `/v1/zones/${zone}/aliases`,
    );
    expect(aliases).toMatchObject([{ targetType: "Resource", targetName: "front" }]);
  });

  test("of both types are one alias with two entries, each with an id; it goes with its last one", async () => {
    for (const type of ["A", "AAAA"])
      await create({ name: `www.${zone}`, type, target: `${dnsName}.`, isAlias: true });
    const both = await at(`www.${zone}`);
    expect(both).toMatchObject([
      { type: "A", target: `${dnsName}.`, isAlias: true },
      { type: "AAAA", target: `${dnsName}.`, isAlias: true },
    ]);
    expect(both[0]?.id).not.toBe(both[1]?.id);
    // Deleted as Terraform does it: without isAlias and id.
    const domainEntry = { name: `www.${zone}`, target: dnsName };
    await call("DeleteDomainEntry", { domainName: zone, domainEntry: { ...domainEntry, type: "A" } });
    expect(await at(`www.${zone}`)).toEqual([both[1]]);
    await call("DeleteDomainEntry", { domainName: zone, domainEntry: { ...domainEntry, type: "AAAA" } });
    expect(await at(`www.${zone}`)).toEqual([]);
    expect(aws.api.lines("shop.test.", "www.shop.test.")).toEqual([]);
  });

  test("become records and other aliases, and records become aliases", async () => {
    await create({ name: `www.${zone}`, type: "A", target: dnsName, isAlias: true });
    const [alias] = await at(`www.${zone}`);
    await call("UpdateDomainEntry", {
      domainName: zone,
      domainEntry: { ...alias, target: "192.0.2.1", isAlias: false },
    });
    const [record] = await at(`www.${zone}`);
    expect(record).toMatchObject({ target: "192.0.2.1", isAlias: false });
    await call("UpdateDomainEntry", {
      domainName: zone,
      domainEntry: { ...record, target: dnsName, isAlias: true },
    });
    expect(await at(`www.${zone}`)).toMatchObject([{ target: dnsName, isAlias: true }]);
    // What cannot become another leaves the one before.
    const [again] = await at(`www.${zone}`);
    await refused("UpdateDomainEntry", {
      domainName: zone,
      domainEntry: { ...again, target: "nonsense", isAlias: false },
    });
    expect(await at(`www.${zone}`)).toMatchObject([{ target: dnsName, isAlias: true }]);
  });

  test("an assigned name is one, with an entry a type, and deleting one takes the assignment away", async () => {
    await aws.api.json("POST", "/v1/assignments", { name: `www.${zone}`, resource: "front", https: false });
    expect(await at(`www.${zone}`)).toMatchObject([
      { type: "A", target: dnsName, isAlias: true },
      { type: "AAAA", target: dnsName, isAlias: true },
    ]);
    const [first] = await at(`www.${zone}`);
    await call("DeleteDomainEntry", { domainName: zone, domainEntry: { id: first?.id } });
    expect(await at(`www.${zone}`)).toEqual([]);
  });
});

describe("a key with limits", () => {
  test("of a zone sees and changes that zone alone", async () => {
    await aws.api.json("POST", "/v1/domains", { name: "other.test" });
    const key = await aws.createKey({ role: "operator", zones: [zone] });
    expect((await call("GetDomains", {}, key)).domains?.map(({ name }) => name)).toEqual([zone]);
    const domainEntry = { name: `www.${zone}`, type: "A", target: "192.0.2.1" };
    const { operation } = await call("CreateDomainEntry", { domainName: zone, domainEntry }, key);
    expect(await call("GetOperation", { operationId: operation?.id ?? "" }, key)).toMatchObject({
      operation: { status: "Succeeded" },
    });
    for (const [name, input] of [
      ["GetDomain", { domainName: "other.test" }],
      ["GetDomain", { domainName: "none.test" }],
      ["DeleteDomain", { domainName: zone }],
      ["GetOperations", {}],
      [
        "CreateDomainEntry",
        { domainName: "other.test", domainEntry: { ...domainEntry, name: "www.other.test" } },
      ],
    ] as const)
      expect([name, (await refused(name, input, key)).type]).toEqual([name, "AccessDeniedException"]);
  });

  test("of one verb does that alone; of a viewer, nothing is changed", async () => {
    const acme = await aws.createKey({ role: "operator", verbs: ["edit-rrset", "delete-record"] });
    const domainEntry = { name: `_acme-challenge.${zone}.`, type: "TXT", target: '"token"' };
    await call("CreateDomainEntry", { domainName: zone, domainEntry }, acme);
    await call("DeleteDomainEntry", { domainName: zone, domainEntry }, acme);
    expect((await refused("GetDomain", { domainName: zone }, acme)).type).toBe("AccessDeniedException");
    const viewer = await aws.createKey({ role: "viewer" });
    expect((await call("GetDomain", { domainName: zone }, viewer)).domain?.name).toBe(zone);
    for (const name of ["CreateDomainEntry", "DeleteDomainEntry"])
      expect((await refused(name, { domainName: zone, domainEntry }, viewer)).type).toBe(
        "AccessDeniedException",
      );
  });
});
