// Name servers of a domain changed with a check of what they answer: what is refused and why, what is shown and recorded, the delegation
// that follows, and the way back.

import type { Change, Domain, Operation, Plan, WriteAnswer } from "#contract";
import { RrType } from "#wire";
import { beforeEach, expect, test } from "vitest";
import { dataRoles } from "../data-roles.ts";
import { settle } from "../testing.ts";
import type { ForeignServer } from "../testing-dns.ts";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json, refused, lines } = api;
const path = "/v1/domains/shop.test/name-servers";
const outside = ["ns1.example.org.", "ns2.example.org."];
const both = { nameServers: outside.map((name) => ({ name })) };

beforeEach(async () => {
  await api.start();
  await json("POST", "/v1/domains", { name: "shop.test" });
  for (const [i, name] of outside.entries()) {
    api.resolver.set(name, RrType.A, [`192.0.2.${i + 1}`]);
    api.resolver.set(name, RrType.AAAA, []);
    serve(`192.0.2.${i + 1}`);
  }
});

function serve(address: string, server: ForeignServer = {}): void {
  api.foreign.servers.set(address, { zone: "shop.test.", serial: 7, nameServers: outside, ...server });
}

/** Gives the registration a DS record: no command does so yet. Control starts anew on it. */
async function holdDs(): Promise<void> {
  const row = await api.store.get({ kind: "domain", key: "shop.test." });
  if (!row) throw new Error("there is no such domain");
  const { revision, value, ...entry } = row;
  const dsData = [{ keyTag: 1, algorithm: 13, digestType: 2, digest: "00" }];
  const held = { ...entry, value: { ...(value as object), dsData } };
  await api.store.commit([{ kind: "domain", key: "shop.test.", revision }], [held], api.time.now);
  api.control.hub.close();
  await api.restart();
  for (const role of dataRoles) api.roles[role].connect(api.control.hub);
  await settle();
}

const delegation = (): string[] => lines("test.", "shop.test.");
const undoLast = async (): Promise<WriteAnswer> => {
  const { changes } = await json<{ changes: Change[] }>("GET", "/v1/changes");
  return json("POST", `/v1/changes/${changes[0]?.id}/undo`, {});
};

test("some of the platform's own name servers still lead to its zone", async () => {
  const own = [1, 2].map((i) => `ns${i}.s1.nic.test`);
  for (const [i, name] of own.entries()) {
    api.resolver.set(`${name}.`, RrType.A, [`127.53.2.${i + 1}`]);
    api.resolver.set(`${name}.`, RrType.AAAA, []);
    serve(`127.53.2.${i + 1}`, { nameServers: own.map((one) => `${one}.`) });
  }
  const nameServers = own.map((name) => ({ name }));
  const { plan } = await json<{ plan: Plan }>("PUT", `${path}?plan=1`, { nameServers });
  expect(plan.title).toBe(`Delegate shop.test to ${own.join(", ")}`);
  expect(plan.warnings.join()).not.toContain("nobody is led any more");
});

test("name servers that answer for the zone take it over: evidence in the plan, delegation at the TLD's servers, an undo", async () => {
  const { plan } = await json<{ plan: Plan }>("PUT", `${path}?plan=1`, both);
  expect(plan).toMatchObject({
    title: "Delegate shop.test to ns1.example.org, ns2.example.org",
    evidence: [1, 2].map(
      (i) =>
        `ns${i}.example.org (192.0.2.${i}): answers with authority, serial 7, name servers ns1.example.org, ns2.example.org`,
    ),
    warnings: ["zone shop.test stays on this platform's name servers, where nobody is led any more"],
  });
  expect(plan.records).toMatchObject([
    { zone: "test", removed: { length: 4 }, added: outside.map((name) => `shop.test. 172800 IN NS ${name}`) },
  ]);
  expect(delegation()).toHaveLength(4);
  const { operation } = await json<WriteAnswer>("PUT", path, both);
  expect(delegation()).toEqual(outside.map((name) => `172800 NS ${name}`));
  expect(await json<Operation>("GET", `/v1/operations/${operation?.id}`)).toMatchObject({
    status: "Succeeded",
    steps: [
      {},
      {
        title: "Zone test delegates shop.test on all its name servers",
        detail: expect.stringContaining("a.nic.test: delegation to ns1.example.org., ns2.example.org."),
      },
    ],
  });
  expect((await json<{ delegation: object }>("GET", "/v1/zones/shop.test")).delegation).toMatchObject({
    state: "ELSEWHERE",
  });
  await undoLast();
  expect(delegation()).toHaveLength(4);
  await json("PUT", path, both);
  const back = await json<WriteAnswer>("PUT", path, {});
  expect(back.plan.evidence).toHaveLength(4);
  expect(delegation()).toHaveLength(4);
  expect(await refused("PUT", path, {})).toMatchObject({
    code: "registry-policy",
    message: expect.stringMatching(/has these name servers already/),
  });
});

test.each([
  [
    "is silent",
    () => api.authority.silent.add("192.0.2.2") && api.foreign.servers.delete("192.0.2.2"),
    /ns2\.example\.org \(192\.0\.2\.2\): no answer/,
  ],
  [
    "refuses",
    () => serve("192.0.2.2", { zone: "other.test." }),
    /\(192\.0\.2\.2\): REFUSED: it does not serve the zone/,
  ],
  [
    "answers without authority",
    () => serve("192.0.2.2", { isAuthoritative: false }),
    /answers without authority/,
  ],
  [
    "names other name servers",
    () => serve("192.0.2.2", { nameServers: ["ns2.example.org.", "ns9.example.org."] }),
    /its zone does not name ns1\.example\.org as its name server/,
  ],
  [
    "has no address",
    () => api.resolver.set("ns2.example.org.", RrType.A, [], { rcode: 3 }),
    /ns2\.example\.org: no address was found \(NXDOMAIN, NOERROR\)/,
  ],
  [
    "is an alias",
    () => {
      api.resolver.set("ns2.example.org.", RrType.CNAME, ["a.example.org."]);
      api.resolver.answers.set("ns2.example.org. 1", api.resolver.answers.get("ns2.example.org. 5") ?? "");
    },
    /ns2\.example\.org: its name is an alias/,
  ],
] as [string, () => unknown, RegExp][])(
  "a name server that %s is refused; forced, it is taken over and recorded",
  async (_what, breakIt, message) => {
    breakIt();
    const head = await api.store.head();
    expect(await refused("PUT", path, both)).toMatchObject({
      code: "delegation-unsafe",
      status: 409,
      message: expect.stringMatching(message),
    });
    expect(await refused("PUT", `${path}?plan=1`, both)).toMatchObject({ code: "delegation-unsafe" });
    expect(await api.store.head()).toBe(head);
    const { plan, change } = await json<WriteAnswer>("PUT", path, { ...both, force: true });
    expect(plan.warnings).toContainEqual(expect.stringMatching(message));
    expect((await json<Change>("GET", `/v1/changes/${change?.id}`)).changes).toContainEqual(
      expect.objectContaining({ text: expect.stringMatching(message) as unknown }),
    );
    expect(delegation()).toEqual(outside.map((name) => `172800 NS ${name}`));
  },
);

test.each([
  [{ nameServers: [{ name: "ns1.example.org" }] }, "delegation-unsafe", /at least two name servers/],
  [
    { nameServers: [{ name: "*.example.org" }, { name: "ns2.example.org" }] },
    "name-malformed",
    /"\*\.example\.org\." is no host name/,
  ],
  [{ nameServers: [] }, "input-malformed", /nameServers/],
  [
    { nameServers: Array.from({ length: 14 }, (_, i) => ({ name: `ns${i}.example.org` })) },
    "input-malformed",
    /nameServers/,
  ],
  [{ nameServers: [{ name: "ns1..org" }, { name: "ns2.example.org" }] }, "name-malformed", /ns1\.\.org/],
  [
    { nameServers: [{ name: "ns1.example.org" }, { name: "ns1.example.org" }] },
    "registry-policy",
    /stands there twice/,
  ],
  [
    { nameServers: [{ name: "ns1.example.org", addresses: ["192.0.2.1"] }, { name: "ns2.example.org" }] },
    "registry-policy",
    /lies outside/,
  ],
  [
    { nameServers: [{ name: "ns1.shop.test" }, { name: "ns2.example.org" }] },
    "registry-policy",
    /lies inside "shop\.test": give its address along/,
  ],
  [
    { nameServers: [{ name: "ns1.shop.test", addresses: ["here"] }, { name: "ns2.example.org" }] },
    "address-malformed",
    /"here" is no IPv4 or IPv6 address/,
  ],
  [
    { nameServers: [{ name: "ns1.none.test", addresses: ["192.0.2.1"] }, { name: "ns2.example.org" }] },
    "domain-not-found",
    /the domain above it is not registered/,
  ],
  [
    { nameServers: [{ name: "ns1.s1.nic.test", addresses: ["192.0.2.1"] }, { name: "ns2.example.org" }] },
    "registry-policy",
    /the platform's own/,
  ],
])("name servers %j are refused as %s", async (body, code, message) => {
  expect(await refused("PUT", path, body)).toMatchObject({ code, message: expect.stringMatching(message) });
  expect(delegation()).toHaveLength(4);
});

test("a domain that is not registered, held by a status, or without a zone to go back to, is refused", async () => {
  expect(await refused("PUT", "/v1/domains/none.test/name-servers", both)).toMatchObject({
    code: "domain-not-found",
  });
  await json("PUT", "/v1/domains/shop.test", { addStatuses: ["clientUpdateProhibited"] });
  expect(await refused("PUT", path, both)).toMatchObject({ code: "status-prohibits" });
  await json("PUT", "/v1/domains/shop.test", { removeStatuses: ["clientUpdateProhibited"] });
  expect(await refused("DELETE", "/v1/zones/shop.test")).toMatchObject({ code: "resource-in-use" });
  await json("PUT", path, both);
  await json("DELETE", "/v1/zones/shop.test");
  expect(await refused("PUT", path, {})).toMatchObject({ code: "zone-not-found" });
  await json("POST", "/v1/zones", { name: "shop.test" });
  await json("PUT", path, {});
  expect(delegation()).toHaveLength(4);
});

test("servers inside the domain have host objects and glue, which go when nobody uses them, and come back with an undo", async () => {
  const inside = ["ns1.shop.test.", "ns2.shop.test."];
  for (const address of ["192.0.2.1", "192.0.2.2", "192.0.2.3"]) serve(address, { nameServers: inside });
  const body = { nameServers: inside.map((name, i) => ({ name, addresses: [`192.0.2.${i + 1}`] })) };
  const given = await json<WriteAnswer>("PUT", path, body);
  expect(given.plan.changes.map(({ text }) => text)).toEqual([
    "Create name server ns1.shop.test at 192.0.2.1",
    "Create name server ns2.shop.test at 192.0.2.2",
    "Update shop.test: it is delegated to ns1.shop.test, ns2.shop.test",
  ]);
  expect(lines("test.", "ns1.shop.test.")).toEqual(["172800 A 192.0.2.1"]);
  // Another domain may use them: an undo does not take them from it.
  const other = "/v1/domains/other.test/name-servers";
  await json("POST", "/v1/domains", { name: "other.test" });
  for (const address of ["192.0.2.1", "192.0.2.2"])
    serve(address, { zone: "other.test.", nameServers: inside });
  const used = await json<WriteAnswer>("PUT", other, { nameServers: inside.map((name) => ({ name })) });
  expect(await refused("POST", `/v1/changes/${given.change?.id}/undo`, {})).toMatchObject({
    code: "undo-refused",
    message: expect.stringContaining(
      `other.test has name server ns1.shop.test since change ${used.change?.revision}`,
    ),
  });
  await json("PUT", other, {});
  for (const address of ["192.0.2.1", "192.0.2.2"]) serve(address, { nameServers: inside });
  // Another address for one of them is a change too.
  await json("PUT", path, {
    nameServers: [{ name: inside[0], addresses: ["192.0.2.3"] }, { name: inside[1] }],
  });
  expect(lines("test.", "ns1.shop.test.")).toEqual(["172800 A 192.0.2.3"]);
  await undoLast();
  expect(lines("test.", "ns1.shop.test.")).toEqual(["172800 A 192.0.2.1"]);
  // Used by another domain they stay, whoever had them made.
  for (const address of ["192.0.2.1", "192.0.2.2"])
    serve(address, { zone: "other.test.", nameServers: inside });
  await json("PUT", "/v1/domains/other.test/name-servers", { nameServers: inside.map((name) => ({ name })) });
  await json("PUT", path, {});
  expect(lines("test.", "ns1.shop.test.")).toHaveLength(1);
  await json("PUT", "/v1/domains/other.test/name-servers", {});
  expect(lines("test.", "ns1.shop.test.")).toHaveLength(1);
  const { domains } = await json<{ domains: Domain[] }>("GET", "/v1/domains");
  expect(domains.map(({ hasZone }) => hasZone)).toEqual([true, true]);
});

test("warnings stop nothing: serials apart, further name servers, one address for all, DS records without keys", async () => {
  serve("192.0.2.1", { nameServers: [...outside, "ns3.example.org."] });
  serve("192.0.2.2", { serial: 8 });
  const first = await json<{ plan: Plan }>("PUT", `${path}?plan=1`, both);
  expect(first.plan.warnings).toEqual([
    "the zone names further name servers, which the delegation does not: ns3.example.org",
    "the servers do not agree on the zone's name servers",
    "the servers hold different serials (7, 8): one is behind the others",
    expect.stringMatching(/stays on this platform's/),
  ]);
  api.resolver.set("ns2.example.org.", RrType.A, ["192.0.2.1"]);
  serve("192.0.2.1");
  await holdDs();
  const second = await json<{ plan: Plan }>("PUT", `${path}?plan=1`, both);
  expect(second.plan.warnings.slice(0, 2)).toEqual([
    "all name servers have one address: they fail together",
    expect.stringMatching(/^the registry has DS records of the domain, and .* gives no DNSKEY/),
  ]);
  serve("192.0.2.1", { isSigned: true });
  const third = await json<{ plan: Plan }>("PUT", `${path}?plan=1`, both);
  expect(third.plan.warnings.join()).not.toContain("DNSKEY");
});
