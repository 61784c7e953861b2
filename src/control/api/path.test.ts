// The path that everything serves: platform names, register, plan and apply, status, restart, events.

import type { Domain, Plan, Status, WriteAnswer } from "#contract";
import { beforeEach, expect, test } from "vitest";
import { dataRoles } from "../data-roles.ts";
import { testConfig } from "../testing.ts";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { call, json, lines, refused } = api;
beforeEach(api.start);

const wwwCommand = (data: string): unknown => ({
  command: { action: "put-rrset", zone: "shop.test", name: "www", type: "A", records: [data] },
});

test("the root delegates every TLD, home.arpa. directly, with glue", () => {
  const tlds = ["172800 NS a.nic.test.", "172800 NS b.nic.test."];
  for (const tld of ["test.", "internal.", "lab.", "home.arpa."]) expect(lines(".", tld)).toEqual(tlds);
  expect(lines(".", "a.nic.test.")).toEqual(["172800 A 127.53.1.1"]);
  expect(lines(".", "a.root.internal.")).toEqual(["172800 A 127.53.0.1"]);
  expect(lines("internal.", "a.root.internal.")).toEqual(["172800 A 127.53.0.1"]);
  expect(lines("test.", "ns4.s1.nic.test.")).toEqual(["172800 A 127.53.2.4"]);
  expect(lines(".", ".").find((line) => line.includes("SOA"))).toMatch(
    /^60 SOA a\.root\.internal\. hostmaster\.nic\.test\. \d+ 7200 900 1209600 60$/,
  );
  expect(api.roles.names.objects.get("zone/home.arpa.")).toEqual({
    kind: "zone",
    apex: "home.arpa.",
    groups: ["tlds"],
  });
  expect([...api.roles.resolver.objects.keys()].sort()).toEqual(["outside", "tree/private"]);
});

test("register creates registration and zone in one revision, and the delegation in the next", async () => {
  const before = api.roles.names.revision;
  const answer = await json<WriteAnswer>("POST", "/v1/domains", { name: "Shop.test" });
  expect(answer.plan.title).toBe("Register shop.test");
  expect(answer.operation).toMatchObject({ operationType: "RegisterDomain", status: "Started" });
  expect(await json("GET", `/v1/operations/${answer.operation?.id}`)).toMatchObject({
    status: "Succeeded",
    isTerminal: true,
  });
  expect(api.roles.names.revision).toBe(before + 2);
  expect(lines("test.", "shop.test.")).toEqual([1, 2, 3, 4].map((i) => `172800 NS ns${i}.s1.nic.test.`));
  expect(lines("shop.test.", "shop.test.")).toEqual([
    expect.stringMatching(
      /^60 SOA ns1\.s1\.nic\.test\. hostmaster\.shop\.test\. 1800000\d{3} 7200 900 1209600 60$/,
    ),
    ...[1, 2, 3, 4].map((i) => `172800 NS ns${i}.s1.nic.test.`),
  ]);
  const domain = await json<Domain>("GET", "/v1/domains/shop.test");
  expect(domain).toMatchObject({
    name: "shop.test",
    tld: "test",
    statuses: ["ok"],
    region: "global",
    hasZone: true,
  });
  expect(domain.expiresAt).toBe("2028-01-15T08:00:00.000Z");
  expect(domain.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(domain.arn).toBe(`arn:aws:lightsail:global:000000000000:RegisteredDomain/${domain.id}`);
});

test("a plan shows words and records, and changes nothing", async () => {
  const { plan } = await json<WriteAnswer>("POST", "/v1/domains?plan=1", { name: "shop.test" });
  expect(plan.changes.map(({ text }) => text)).toEqual([
    "Register shop.test until 2028-01-15, delegated to ns1.s1.nic.test, ns2.s1.nic.test, ns3.s1.nic.test, ns4.s1.nic.test",
    "Create zone shop.test on the four name servers of set s1",
  ]);
  expect(plan.records).toMatchObject([
    { zone: "test", removed: [] },
    { zone: "shop.test", removed: [] },
  ]);
  expect(plan.records[0]?.added[0]).toBe("shop.test. 172800 IN NS ns1.s1.nic.test.");
  expect((await json<{ domains: unknown[] }>("GET", "/v1/domains")).domains).toEqual([]);
  expect((await json<{ changes: unknown[] }>("GET", "/v1/changes")).changes).toHaveLength(1); // the platform's own
});

test("a plan is applied as shown, once, and not after another change to the same", async () => {
  await json("POST", "/v1/domains", { name: "shop.test" });
  const first = await json<Plan>("POST", "/v1/plans", wwwCommand("192.0.2.1"));
  const second = await json<Plan>("POST", "/v1/plans", wwwCommand("192.0.2.2"));
  await json("POST", `/v1/plans/${second.id}/apply`, {});
  expect(await refused("POST", `/v1/plans/${second.id}/apply`, {})).toMatchObject({
    code: "change-not-found",
  });
  expect(await refused("POST", `/v1/plans/${first.id}/apply`, {})).toMatchObject({
    code: "change-conflict",
    status: 409,
  });
  expect(lines("shop.test.", "www.shop.test.")).toEqual(["60 A 192.0.2.2"]);
});

test("a domain is refused that is taken, under a foreign TLD, reserved or malformed", async () => {
  await json("POST", "/v1/domains", { name: "shop.test" });
  const cases: [string, string, RegExp][] = [
    ["shop.test", "domain-taken", /registered already/],
    ["shop.example", "tld-unknown", /not one of test, internal, lab, home\.arpa/],
    ["a.shop.test", "tld-unknown", /one label below "test"/],
    ["test", "tld-unknown", /top-level domain itself/],
    ["nic.test", "tld-unknown", /reserved/],
    ["-a.test", "name-malformed", /hyphens/],
    ["xn--a.test", "name-malformed", /stands for letters of another script/],
    ["a\u2028b.test", "name-malformed", /IDNA does not allow it/],
  ];
  const head = await api.store.head();
  for (const [name, code, message] of cases) {
    expect(await refused("POST", "/v1/domains", { name })).toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  }
  expect(await api.store.head()).toBe(head);
  expect(await json("GET", "/v1/domains/shop.test/availability")).toMatchObject({ isAvailable: false });
  expect(await json("GET", "/v1/domains/free.home.arpa/availability")).toEqual({
    name: "free.home.arpa",
    isAvailable: true,
    availability: "AVAILABLE",
  });
});

test("status tells roles, counters and where to look", async () => {
  const status = await json<Status>("GET", "/v1/status");
  expect(status).toMatchObject({
    profile: "local",
    isReady: true,
    topLevelDomains: ["test", "internal", "lab", "home.arpa"],
  });
  expect(status.roles).toHaveLength(4);
  expect(status.roles[0]).toMatchObject({ role: "names", isConnected: true, counters: { queries: 7 } });
  api.roles.edge.disconnect();
  expect(await json("GET", "/v1/status")).toMatchObject({ isReady: false });
});

test("everything is there after a restart, and roles that hold it are told so without a snapshot", async () => {
  await json("POST", "/v1/domains", { name: "shop.test" });
  const { operation } = await json<WriteAnswer>("POST", "/v1/instances", {
    name: "web",
    run: { kind: "address", address: "::1", port: 80 },
  });
  const { change } = await json<WriteAnswer>("POST", "/v1/assignments", {
    name: "shop.test",
    resource: "web",
  });
  const head = await api.store.head();
  api.control.hub.close(); // as in a crash: nothing is written at the end
  await api.restart();
  for (const role of dataRoles) {
    api.roles[role].messages.length = 0;
    api.roles[role].connect(api.control.hub);
    expect(api.roles[role].messages).toMatchObject([{ type: "delta", put: [], remove: [], revision: head }]);
  }
  expect(await json("GET", "/v1/status")).toMatchObject({ isReady: true, revision: head });
  expect(await json("GET", `/v1/operations/${operation?.id}`)).toMatchObject({ status: "Succeeded" });
  await json("POST", `/v1/changes/${change?.revision}/undo`, {});
  expect(lines("shop.test.", "shop.test.").some((line) => line.includes(" A "))).toBe(false);
});

test("events tell operations as they go on", async () => {
  api.roles.names.acknowledges = false;
  const response = await call("GET", "/v1/events");
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader?.read())?.value).toBe(": open\n\n");
  await json("POST", "/v1/domains", { name: "shop.test" });
  expect((await reader?.read())?.value).toMatch(/^event: change\ndata: \{.*"title":"Register shop.test"/);
  expect((await reader?.read())?.value).toMatch(/^event: operation\ndata: \{.*"status":"Started"/);
  const { revision } = api.roles.names;
  api.roles.names.send({ type: "ack", revision, digest: api.roles.names.digest() });
  expect((await reader?.read())?.value).toContain('"status":"Succeeded"');
  await reader?.cancel();
});

test("under another network addresses are others, records follow, and every zone concerned is numbered anew", async () => {
  await json("POST", "/v1/domains", { name: "shop.test" });
  await json("POST", "/v1/domains", { name: "other.test" });
  const { change } = await json<WriteAnswer>("POST", "/v1/instances", {
    name: "web",
    run: { kind: "site", folder: "/srv" },
  });
  await json("POST", "/v1/assignments", { name: "shop.test", resource: "web" });
  const soa = (apex: string): string | undefined => lines(apex, apex).find((line) => line.includes("SOA"));
  const apexes = [".", "test.", "shop.test.", "other.test."];
  const before = apexes.map(soa);
  api.control.hub.close();
  const profile = JSON.parse(
    JSON.stringify(testConfig.profile).replaceAll("127.53.", "127.60."),
  ) as typeof testConfig.profile;
  await api.restart({ ...testConfig, profile });
  for (const role of dataRoles) api.roles[role].connect(api.control.hub);
  expect(lines("shop.test.", "shop.test.")).toContain("60 A 127.60.8.1");
  expect(lines("test.", "ns1.s1.nic.test.")).toEqual(["172800 A 127.60.2.1"]);
  expect(lines(".", "a.nic.test.")).toEqual(["172800 A 127.60.1.1"]);
  expect([...api.roles.edge.objects.values()][0]).toMatchObject({ addresses: ["127.60.8.1"] });
  expect(apexes.filter((apex, i) => soa(apex) !== before[i])).toEqual([".", "test.", "shop.test."]);
  // It can still be taken back: nobody but the profile has touched it.
  await json("DELETE", "/v1/assignments/shop.test");
  await json("POST", `/v1/changes/${change?.id}/undo`, {});
  expect(api.roles.edge.objects.size).toBe(0);
});
