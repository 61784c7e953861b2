// Aliases through the API: at any name, to resources, to names of our zones and to names outside; followed when what they lead to changes;
// refused where they could not be followed; kept while a target outside cannot be had.

import type { Alias, Change, Plan, WriteAnswer } from "#contract";
import { Rcode } from "#wire";
import { beforeEach, describe, expect, test } from "vitest";
import { settle } from "../testing.ts";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json, refused, lines } = api;
beforeEach(async () => {
  await api.start();
  await json("POST", "/v1/domains", { name: "shop.test" });
  await json("POST", "/v1/domains", { name: "other.lab" });
  await json("POST", "/v1/instances", { name: "web", run: { kind: "site", folder: "/srv" } });
});

const put = (name: string, target: string, zone = "shop.test"): Promise<WriteAnswer> =>
  json("PUT", `/v1/zones/${zone}/aliases`, { name, target });
const refusedAlias = (name: string, target: string): ReturnType<typeof refused> =>
  refused("PUT", "/v1/zones/shop.test/aliases", { name, target });
const records = (name: string, type: string, ...data: string[]): Promise<WriteAnswer> =>
  json("PUT", "/v1/zones/shop.test/rrsets", { name, type, ttl: 30, records: data });
const view = async (name: string): Promise<Alias> => {
  const { aliases } = await json<{ aliases: Alias[] }>("GET", "/v1/zones/shop.test/aliases");
  const found = aliases.find((alias) => alias.name === name);
  if (!found) throw new Error(`no alias ${name}`);
  return found;
};
const addressesAt = (owner: string): string[] =>
  lines("shop.test.", owner).filter((line) => / (?:A|AAAA|CNAME) /.test(line));
const pass = async (milliseconds: number): Promise<void> => {
  api.time.advance(milliseconds);
  await settle();
};

describe("to a resource", () => {
  test("the apex has its addresses, and no CNAME; a plan shows them first", async () => {
    const body = { name: "@", target: "web" };
    const { plan } = await json<{ plan: Plan }>("PUT", "/v1/zones/shop.test/aliases?plan=1", body);
    expect(plan.changes.map(({ text }) => text)).toEqual([
      "shop.test is an alias of web: its address records follow",
    ]);
    expect(plan.records[0]?.added).toEqual(["shop.test. 60 IN A 127.53.8.1", "shop.test. 60 IN AAAA ::1"]);
    expect(addressesAt("shop.test.")).toEqual([]);
    const { operation } = await put("@", "web");
    expect(operation?.operationType).toBe("CreateDomainEntry");
    expect(addressesAt("shop.test.")).toEqual(["60 A 127.53.8.1", "60 AAAA ::1"]);
    expect(await view("shop.test")).toMatchObject({
      targetType: "Resource",
      targetName: "web",
      targetDnsName: "web.instances.fairlead.internal",
      state: "ok",
      ttl: 60,
      addresses: [
        { family: "ipv4", address: "127.53.8.1" },
        { family: "ipv6", address: "::1" },
      ],
    });
  });

  test("its name in the platform's zone is the same", async () => {
    await put("www", "web.instances.fairlead.internal");
    expect(await view("www.shop.test")).toMatchObject({ targetType: "Resource", targetName: "web" });
    expect(await refusedAlias("@", "no.instances.fairlead.internal.")).toMatchObject({
      code: "alias-target-unusable",
      message:
        'Cannot make "shop.test" an alias of "no.instances.fairlead.internal": no resource is called no.instances.fairlead.internal',
    });
  });

  test("the resource stays while an alias leads to it", async () => {
    await put("www", "web");
    expect(await refused("DELETE", "/v1/instances/web")).toMatchObject({
      code: "resource-in-use",
      message: 'Cannot delete instance "web": www.shop.test leads to it',
    });
    const { changes } = await json<{ changes: Change[] }>("GET", "/v1/changes");
    const created = changes.find(({ title }) => title === "Create instance web");
    expect(await refused("POST", `/v1/changes/${created?.id}/undo`, {})).toMatchObject({
      code: "undo-refused",
      message: expect.stringMatching(/www\.shop\.test leads to web since change \d+/),
    });
    await json("DELETE", "/v1/zones/shop.test/aliases/www");
    await json("DELETE", "/v1/instances/web");
  });
});

describe("to a name of our zones", () => {
  test("follows it in the same change, over CNAMEs, aliases and wildcards, with the lowest TTL", async () => {
    await records("*.pool", "A", "192.0.2.1", "192.0.2.2");
    await records("c", "CNAME", "x.pool.shop.test.");
    await put("@", "c.shop.test");
    await put("again", "shop.test", "other.lab");
    expect(addressesAt("shop.test.")).toEqual(["30 A 192.0.2.1", "30 A 192.0.2.2"]);
    expect(lines("other.lab.", "again.other.lab.")).toEqual(["30 A 192.0.2.1", "30 A 192.0.2.2"]);
    expect((await view("shop.test")).way).toEqual(["c.shop.test", "x.pool.shop.test"]);
    const revision = api.roles.names.revision;
    const { plan } = await json<WriteAnswer>("PUT", "/v1/zones/shop.test/rrsets", {
      name: "*.pool",
      type: "A",
      ttl: 300,
      records: ["192.0.2.3"],
    });
    expect(plan.records.map(({ zone }) => zone)).toEqual(["shop.test", "other.lab"]);
    expect(api.roles.names.revision).toBe(revision + 1);
    expect(addressesAt("shop.test.")).toEqual(["30 A 192.0.2.3"]); // the CNAME's TTL
    expect(lines("other.lab.", "again.other.lab.")).toEqual(["30 A 192.0.2.3"]);
    // A name that comes to exist is no longer the wildcard's.
    await records("deep.x.pool.shop.test", "TXT", '"x"');
    expect(addressesAt("shop.test.")).toEqual([]);
    expect(await view("shop.test")).toMatchObject({
      state: "empty",
      problem: "x.pool.shop.test has no addresses",
    });
  });

  test("over a DNAME, and TTLs above 60 are 60", async () => {
    await json("PUT", "/v1/zones/other.lab/rrsets", {
      name: "h",
      type: "A",
      ttl: 9999,
      records: ["192.0.2.7"],
    });
    await records("sub", "DNAME", "other.lab.");
    await json("PUT", "/v1/zones/shop.test/rrsets", {
      name: "sub",
      type: "DNAME",
      ttl: 7200,
      records: ["other.lab."],
    });
    await put("@", "h.sub.shop.test");
    expect(addressesAt("shop.test.")).toEqual(["60 A 192.0.2.7"]);
    await json("DELETE", "/v1/zones/other.lab/rrsets/h/A");
    expect(addressesAt("shop.test.")).toEqual([]);
  });

  test("an assigned name, which moves", async () => {
    await json("POST", "/v1/assignments", { name: "www.shop.test", resource: "web" });
    await put("@", "www.shop.test");
    await json("POST", "/v1/instances", { name: "two", run: { kind: "site", folder: "/srv" } });
    await json("POST", "/v1/assignments", { name: "www.shop.test", resource: "two" });
    expect(addressesAt("shop.test.")).toEqual(["60 A 127.53.8.2", "60 AAAA ::1"]);
  });

  test("a plan warns of what leaves an alias without addresses", async () => {
    await records("a", "A", "192.0.2.1");
    await put("@", "a.shop.test");
    const { plan } = await json<WriteAnswer>("DELETE", "/v1/zones/shop.test/rrsets/a/A");
    expect(plan.warnings).toEqual(["shop.test has no addresses: a.shop.test does not exist"]);
    await json(
      "POST",
      `/v1/changes/${(await json<{ changes: Change[] }>("GET", "/v1/changes")).changes[0]?.id}/undo`,
      {},
    );
    expect(addressesAt("shop.test.")).toEqual(["30 A 192.0.2.1"]);
  });
});

describe("is refused", () => {
  test("in a circle, which is spelled out, whichever change closes it", async () => {
    await records("a", "A", "192.0.2.1");
    await put("b", "a.shop.test");
    await put("c", "b.shop.test");
    expect(await refusedAlias("@", "@")).toMatchObject({ code: "alias-loop" });
    await json("DELETE", "/v1/zones/shop.test/rrsets/a/A");
    expect(await refusedAlias("a", "c.shop.test")).toMatchObject({
      code: "alias-loop",
      message: expect.stringContaining("it goes round in a circle: "),
    });
    const message = (
      await refused("PUT", "/v1/zones/shop.test/rrsets", {
        name: "a",
        type: "CNAME",
        records: ["c.shop.test."],
      })
    ).message;
    expect(message).toMatch(/circle: b\.shop\.test → a\.shop\.test → c\.shop\.test → b\.shop\.test$/);
  });

  test("over too many steps", async () => {
    await records("n0", "A", "192.0.2.1");
    for (let i = 1; i <= 16; i++) await put(`n${i}`, `n${i - 1}.shop.test`);
    expect(await refusedAlias("n17", "n16.shop.test")).toMatchObject({
      code: "alias-loop",
      message: expect.stringMatching(/does not end within 16 steps/),
    });
  });

  test.each<[string, string, string, string, RegExp]>([
    ["a name that does not exist", "@", "nothing.shop.test", "alias-target-unusable", /does not exist/],
    ["a name without addresses", "@", "text.shop.test", "alias-target-unusable", /has no addresses/],
    [
      "a resource that does not exist",
      "@",
      "api",
      "resource-not-found",
      /written whole, such as "api\.shop\.test"/,
    ],
    ["a malformed name", "@", "a..b", "name-malformed", /a\.\.b/],
    ["a name outside the zone", "www.example.org", "web", "name-outside-zone", /example/],
    ["beside a CNAME", "cname", "web", "record-conflict", /has CNAME records of its own/],
    ["beside an address", "addr", "web", "record-conflict", /has A records of its own/],
    ["at an assigned name", "assigned", "web", "record-conflict", /is assigned to "web"/],
    [
      "a name outside that does not exist",
      "@",
      "gone.example",
      "alias-target-unusable",
      /there is no such name/,
    ],
    ["a name outside without addresses", "@", "bare.example", "alias-target-unusable", /it has no addresses/],
    ["an IPv4 address", "@", "169.254.169.254", "name-malformed", /that is an address; make an A record/],
    ["an IPv6 address", "@", "2001:db8::1", "name-malformed", /that is an address; make an AAAA record/],
    ["a name outside that leads to loopback", "@", "here.example", "alias-target-unusable", /127\.0\.0\.1/],
    ["what the resolver may not look for", "@", "refused.example", "alias-target-unusable", /--outside/],
  ])("%s", async (_, name, target, code, message) => {
    await records("text", "TXT", '"x"');
    await records("cname", "CNAME", "text");
    await records("addr", "A", "192.0.2.1");
    await json("POST", "/v1/assignments", { name: "assigned.shop.test", resource: "web" });
    api.resolver.names.set("bare.example.", { addresses: [], ttl: 60 });
    api.resolver.names.set("here.example.", { addresses: ["127.0.0.1"], ttl: 60 });
    api.resolver.names.set("refused.example.", Rcode.REFUSED);
    const head = await api.store.head();
    expect(await refusedAlias(name, target)).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(await api.store.head()).toBe(head);
  });

  test("what is there already, and records beside it", async () => {
    await put("@", "web");
    expect(await refusedAlias("@", "web")).toMatchObject({ code: "assigned-already" });
    const beside = { name: "@", type: "A", records: ["192.0.2.1"] };
    expect(await refused("PUT", "/v1/zones/shop.test/rrsets", beside)).toMatchObject({
      code: "record-conflict",
      message: expect.stringMatching(/the name is an alias of "web"; delete the alias first/),
    });
    expect(await refused("POST", "/v1/assignments", { name: "shop.test", resource: "web" })).toMatchObject({
      code: "record-conflict",
    });
    await records("@", "MX", "10 mail.example.");
    expect(await refused("DELETE", "/v1/zones/shop.test/aliases/www")).toMatchObject({
      code: "record-not-found",
    });
  });
});

describe("to a name outside", () => {
  beforeEach(() => {
    api.resolver.names.set("far.example.", { addresses: ["192.0.2.8", "2001:db8::8"], ttl: 20 });
  });

  test("is looked up for the plan, and again at its TTL's pace; the history stays as it is", async () => {
    const { plan } = await put("@", "far.example");
    expect(plan.records[0]?.added).toEqual([
      "shop.test. 20 IN A 192.0.2.8",
      "shop.test. 20 IN AAAA 2001:db8::8",
    ]);
    expect(addressesAt("shop.test.")).toEqual(["20 A 192.0.2.8", "20 AAAA 2001:db8::8"]);
    const { length } = (await json<{ changes: Change[] }>("GET", "/v1/changes")).changes;
    const serial = lines("shop.test.", "shop.test.").find((line) => line.includes(" SOA "));
    const asked = api.resolver.asked.length;
    await pass(19_000);
    expect(api.resolver.asked.length).toBe(asked);
    await pass(1000);
    expect(api.resolver.asked.length).toBe(asked + 2);
    expect(lines("shop.test.", "shop.test.").find((line) => line.includes(" SOA "))).toBe(serial);
    api.resolver.names.set("far.example.", { addresses: ["192.0.2.9"], ttl: 900 });
    await pass(20_000);
    expect(addressesAt("shop.test.")).toEqual(["60 A 192.0.2.9"]);
    expect((await json<{ changes: Change[] }>("GET", "/v1/changes")).changes).toHaveLength(length);
    expect(lines("shop.test.", "shop.test.").find((line) => line.includes(" SOA "))).not.toBe(serial);
  });

  test.each<[string, number | string | { addresses: string[]; ttl: number }, RegExp]>([
    ["does not answer", "no answer", /far\.example: the resolver gave no answer/],
    ["is SERVFAIL", Rcode.SERVFAIL, /SERVFAIL/],
    ["is gone", Rcode.NXDOMAIN, /there is no such name/],
    ["has no addresses any more", { addresses: [], ttl: 60 }, /it has no addresses/],
    ["leads to loopback", { addresses: ["127.0.0.1", "::1"], ttl: 20 }, /left out: 127\.0\.0\.1 and 1 more/],
    ["leads to where clouds keep secrets", { addresses: ["169.254.169.254"], ttl: 20 }, /169\.254\.169\.254/],
  ])("keeps the last good set while it %s, across a restart, and says so", async (_, failure, problem) => {
    await put("@", "far.example");
    api.resolver.names.set("far.example.", failure);
    await pass(20_000);
    expect(addressesAt("shop.test.")).toEqual(["20 A 192.0.2.8", "20 AAAA 2001:db8::8"]);
    const kept = await view("shop.test");
    expect(await json("GET", "/v1/status")).toMatchObject({
      counts: { aliases: 1 },
      aliasProblems: [{ name: "shop.test", state: "kept", problem: expect.stringMatching(problem) }],
    });
    expect(kept).toMatchObject({ state: "kept", problem: expect.stringMatching(problem) });
    expect(kept.lookUp?.failingSince).toBeDefined();
    await api.restart();
    await settle();
    for (const role of Object.values(api.roles)) role.connect(api.control.hub);
    expect(addressesAt("shop.test.")).toEqual(["20 A 192.0.2.8", "20 AAAA 2001:db8::8"]);
    expect((await view("shop.test")).state).toBe("kept");
    // It is asked ever more seldom, but within a minute.
    const { length } = api.resolver.asked;
    for (let i = 0; i < 12; i++) await pass(5000);
    expect(api.resolver.asked.length - length).toBeGreaterThan(4);
    expect(api.resolver.asked.length - length).toBeLessThan(12);
    api.resolver.names.set("far.example.", { addresses: ["192.0.2.10"], ttl: 20 });
    await pass(60_000);
    expect(addressesAt("shop.test.")).toEqual(["20 A 192.0.2.10"]);
    expect((await view("shop.test")).state).toBe("ok");
  });

  test.each([
    "0.0.0.0",
    "127.7.7.7",
    "169.254.169.254",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
  ])("never gives its address %s, and warns of it; private networks are its owner's", async (address) => {
    const addresses = [address, "192.0.2.8", "10.0.0.1"];
    api.resolver.names.set("mixed.example.", { addresses, ttl: 20 });
    const { plan } = await put("@", "mixed.example");
    expect(addressesAt("shop.test.")).toEqual(["20 A 10.0.0.1", "20 A 192.0.2.8"]);
    expect(plan.warnings).toEqual([expect.stringMatching(/^mixed\.example: addresses .* are left out: /)]);
  });

  test("may lead to loopback where it is of the private tree, which may live there", async () => {
    api.resolver.names.set("far.home.arpa.", { addresses: ["127.0.0.9", "169.254.1.1"], ttl: 20 });
    await put("@", "far.home.arpa");
    expect(addressesAt("shop.test.")).toEqual(["20 A 127.0.0.9"]);
  });

  test("that cannot be looked up now is warned of, and its addresses come when it can", async () => {
    api.resolver.names.set("slow.example.", "no answer");
    const { plan } = await put("@", "slow.example");
    expect(plan.warnings).toEqual([
      "shop.test has no addresses until slow.example can be looked up: the resolver gave no answer",
    ]);
    expect(await view("shop.test")).toMatchObject({ state: "empty" });
    api.resolver.names.set("slow.example.", { addresses: ["192.0.2.11"], ttl: 60 });
    await pass(10_000);
    expect(addressesAt("shop.test.")).toEqual(["60 A 192.0.2.11"]);
  });

  test("behind a CNAME of ours is looked up with the change that leads there, and forgotten with the one that ends it", async () => {
    await records("www", "A", "192.0.2.1");
    await put("@", "www.shop.test");
    await json("DELETE", "/v1/zones/shop.test/rrsets/www/A");
    const { plan } = await records("www", "CNAME", "far.example.");
    expect(plan.records[0]?.added).toContain("shop.test. 20 IN A 192.0.2.8");
    expect(api.control.app).toBeDefined();
    await json("DELETE", "/v1/zones/shop.test/aliases/@");
    await settle();
    expect(await api.store.list("alias-addresses", { limit: 10 })).toEqual([]);
    const { length } = api.resolver.asked;
    await pass(3_600_000);
    expect(api.resolver.asked.length).toBe(length);
  });
});

describe("the platform's zone", () => {
  test("is registered, delegated and served, and hidden from lists unless asked for", async () => {
    expect(await json("GET", "/v1/domains?all=1")).toMatchObject({
      domains: [
        { name: "fairlead.internal", isPlatform: true },
        { name: "other.lab" },
        { name: "shop.test" },
      ],
    });
    expect(
      (await json<{ zones: { name: string }[] }>("GET", "/v1/zones")).zones.map(({ name }) => name),
    ).toEqual(["other.lab", "shop.test"]);
    expect(lines("internal.", "fairlead.internal.").some((line) => line.includes(" NS "))).toBe(true);
    const name = "web.instances.fairlead.internal.";
    expect(lines("fairlead.internal.", name)).toEqual(["60 A 127.53.8.1", "60 AAAA ::1"]);
    await json("DELETE", "/v1/instances/web");
    expect(lines("fairlead.internal.", name)).toEqual([]);
  });

  test("is nobody's to change", async () => {
    const owned = { code: "platform-owned", status: 403 };
    const a = { name: "x", type: "A", records: ["192.0.2.1"] };
    expect(await refused("PUT", "/v1/zones/fairlead.internal/rrsets", a)).toMatchObject(owned);
    expect(
      await refused("PUT", "/v1/zones/fairlead.internal/aliases", { name: "x", target: "web" }),
    ).toMatchObject(owned);
    expect(await refused("DELETE", "/v1/domains/fairlead.internal")).toMatchObject(owned);
    expect(await refused("POST", "/v1/domains", { name: "fairlead.internal" })).toMatchObject({
      code: "domain-taken",
    });
    expect(
      await refused("POST", "/v1/assignments", { name: "x.fairlead.internal", resource: "web" }),
    ).toMatchObject(owned);
  });

  test("tells resources apart whose names differ in case or in what labels cannot hold", async () => {
    await json("POST", "/v1/instances", { name: "Web", run: { kind: "site", folder: "/srv" } });
    const owners = [...api.roles.names.objects.values()].flatMap((object) =>
      object.kind === "rrset" && object.owner.endsWith(".instances.fairlead.internal.") && object.type === 1
        ? [object.owner]
        : [],
    );
    expect(owners.sort()).toEqual([
      expect.stringMatching(/^web-[0-9a-f]{12}\.instances/),
      "web.instances.fairlead.internal.",
    ]);
  });
});
