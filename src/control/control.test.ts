// The path that everything serves, through the API with `app.request()`: register, records, instance, assign, history, undo.

import type {
  Change,
  Domain,
  ErrorBody,
  Instance,
  Operation,
  Plan,
  Rrset,
  RrsetObject,
  Status,
  WriteAnswer,
} from "#contract";
import { createMemoryStore, type Store } from "#store";
import { formatRdata, typeName } from "#wire";
import { beforeEach, describe, expect, test } from "vitest";
import { createControl, type Control } from "./control.ts";
import { controlSchema } from "./facts.ts";
import { dataRoles, type DataRole } from "./role-hub.ts";
import { FakeRole, ManualTime, testConfig, testHost, testKey } from "./testing.ts";

let control: Control;
let store: Store;
let time: ManualTime;
let roles: Record<DataRole, FakeRole>;

async function start(): Promise<void> {
  control = createControl({ ...testHost(time), store, config: testConfig });
  await control.start();
}

beforeEach(async () => {
  store = createMemoryStore(controlSchema);
  time = new ManualTime();
  await start();
  roles = Object.fromEntries(dataRoles.map((role) => [role, new FakeRole(role)])) as Record<
    DataRole,
    FakeRole
  >;
  for (const role of dataRoles) roles[role].connect(control.hub);
});

const headers = { host: "127.0.0.1:7700", authorization: `Bearer ${testKey}` };

async function call(
  method: string,
  path: string,
  body?: unknown,
  more: Record<string, string> = {},
): Promise<Response> {
  const init = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
  const type: Record<string, string> = body === undefined ? {} : { "content-type": "application/json" };
  return control.app.request(`http://127.0.0.1:7700${path}`, {
    method,
    headers: { ...headers, ...type, ...more },
    ...init,
  });
}

async function json<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await call(method, path, body);
  const value = (await response.json()) as T;
  if (!response.ok) throw new Error(JSON.stringify(value));
  return value;
}

const refused = async (
  method: string,
  path: string,
  body?: unknown,
): Promise<ErrorBody & { status: number }> => {
  const response = await call(method, path, body);
  return { ...((await response.json()) as ErrorBody), status: response.status };
};

const undo = (id: string | undefined): Promise<WriteAnswer> => json("POST", `/v1/changes/${id}/undo`, {});

const putRrset = (name: string, type: string, records: string[], ttl?: number): Promise<WriteAnswer> =>
  json("PUT", "/v1/zones/shop.test/rrsets", { name, type, records, ...(ttl === undefined ? {} : { ttl }) });

const wwwCommand = (data: string): unknown => ({
  command: { action: "put-rrset", zone: "shop.test", name: "www", type: "A", records: [data] },
});

/** What the names role holds at a name of a zone, as zone-file lines. */
function lines(apex: string, owner: string): string[] {
  return [...roles.names.objects.values()]
    .filter(
      (object): object is RrsetObject =>
        object.kind === "rrset" && object.apex === apex && object.owner === owner,
    )
    .flatMap((object) =>
      object.rdata.map((rdata) => {
        const text = formatRdata(object.type, new Uint8Array(Buffer.from(rdata, "base64")));
        return `${object.ttl} ${typeName(object.type)} ${text}`;
      }),
    );
}

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
  expect(roles.names.objects.get("zone/home.arpa.")).toEqual({
    kind: "zone",
    apex: "home.arpa.",
    groups: ["tlds"],
  });
  expect([...roles.resolver.objects.keys()].sort()).toEqual(["outside", "tree/private"]);
});

test("register creates registration, zone and delegation in one revision", async () => {
  const before = roles.names.revision;
  const answer = await json<WriteAnswer>("POST", "/v1/domains", { name: "Shop.test" });
  expect(answer.plan.title).toBe("Register shop.test");
  expect(answer.operation).toMatchObject({
    operationType: "RegisterDomain",
    status: "Succeeded",
    isTerminal: true,
  });
  expect(roles.names.revision).toBe(before + 1);
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
    time.advance(60_000);
    await putRrset("@", "MX", ["10 mail"], 60);
    expect(await serial()).toBe(1_800_000_060);
    expect(lines("shop.test.", "shop.test.")).toContain("60 MX 10 mail.shop.test.");
  });

  test.each([
    [
      "a name outside",
      { name: "www.example.org", type: "A", records: ["192.0.2.1"] },
      "name-outside-zone",
      'Cannot use name "www.example.org" in zone "shop.test": it does not end with "shop.test"',
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
    const head = await store.head();
    expect(await refused("PUT", "/v1/zones/shop.test/rrsets", body)).toMatchObject({
      code,
      message: typeof message === "string" ? message : expect.stringMatching(message),
      help: expect.stringMatching(/\.$/),
      supportCode: expect.stringMatching(/^[0-9a-f]{10}$/),
    });
    expect(await store.head()).toBe(head);
  });

  test("a CNAME stands alone, whichever comes first", async () => {
    await putRrset("www", "CNAME", ["shop.test."]);
    expect(
      await refused("PUT", "/v1/zones/shop.test/rrsets", { name: "www", type: "TXT", records: ["x"] }),
    ).toMatchObject({
      code: "record-conflict",
      message:
        'Cannot have these records at "www.shop.test": a CNAME record stands alone, and TXT stands there too',
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
    ]);
    expect(lines("shop.test.", "www.shop.test.")).toEqual(["300 A 192.0.2.1", "300 A 192.0.2.2"]);
    expect(lines("shop.test.", "_sip._tcp.shop.test.")).toEqual(["7200 SRV 1 2 5060 sip.shop.test."]);
    const text = await (await call("GET", "/v1/zones/shop.test/export")).text();
    expect(text).toContain("\nwww.shop.test. 300 IN A 192.0.2.1\n");
    expect(text.split("\n")[1]).toMatch(/^shop\.test\. 60 IN SOA /);
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

describe("instances", () => {
  const site = { kind: "site", folder: "/srv/web" };
  beforeEach(() => json("POST", "/v1/domains", { name: "shop.test" }));

  test("create, assign, unassign and delete bear on edge, runtime and records", async () => {
    const created = await json<WriteAnswer>("POST", "/v1/instances", { name: "web", run: site });
    expect(created.operation).toMatchObject({ status: "Started", isTerminal: false });
    const instance = await json<Instance>("GET", "/v1/instances/web");
    expect(instance).toMatchObject({
      state: "pending",
      publicAddresses: [
        { family: "ipv4", address: "127.53.8.1" },
        { family: "ipv6", address: "::1" },
      ],
      privateAddress: "127.53.9.1",
      region: "local",
    });
    const { id } = instance;
    roles.runtime.send({
      type: "report",
      report: { type: "instance", instance: { id, state: "running", pid: 5 } },
    });
    const operation = await json<Operation>("GET", `/v1/operations/${created.operation?.id}`);
    expect(operation).toMatchObject({ status: "Succeeded", isTerminal: true });
    expect(operation.steps.map(({ title }) => title)).toEqual([
      expect.stringMatching(/^Recorded as revision \d+$/),
      "The edge routes by the change",
      "The runtime has taken the change over",
      "The instance runs",
    ]);
    await json("POST", "/v1/assignments", { name: "shop.test", resource: "web" });
    expect(lines("shop.test.", "shop.test.")).toEqual(
      expect.arrayContaining(["60 A 127.53.8.1", "60 AAAA ::1"]),
    );
    expect([...roles.edge.objects.values()]).toEqual([
      {
        kind: "resource",
        id,
        name: "web",
        addresses: ["127.53.8.1"],
        targets: [{ address: "127.53.9.1", port: 8080 }],
      },
      { kind: "host", host: "shop.test", resourceId: id },
    ]);
    expect(roles.runtime.objects.get(`instance/${id}`)).toMatchObject({
      name: "web",
      run: site,
      desired: "running",
    });
    expect(await refused("DELETE", "/v1/instances/web")).toMatchObject({
      code: "resource-in-use",
      message: 'Cannot delete instance "web": shop.test leads to it',
    });
    expect(
      await refused("PUT", "/v1/zones/shop.test/rrsets", { name: "@", type: "A", records: ["192.0.2.1"] }),
    ).toMatchObject({
      code: "record-conflict",
      message: 'Cannot change A records at "shop.test": the name is assigned to "web"',
    });
    await json("DELETE", "/v1/assignments/shop.test");
    await json("DELETE", "/v1/instances/web");
    expect(roles.edge.objects.size + roles.runtime.objects.size).toBe(0);
    expect(lines("shop.test.", "shop.test.").some((line) => line.includes(" A "))).toBe(false);
  });

  test("assign explains records that stand in the way", async () => {
    await json("POST", "/v1/instances", { name: "old", run: { kind: "address", address: "::1", port: 9 } });
    await json("PUT", "/v1/zones/shop.test/rrsets", { name: "www", type: "CNAME", records: ["x"] });
    expect(
      await refused("POST", "/v1/assignments", { name: "www.shop.test", resource: "old" }),
    ).toMatchObject({
      code: "record-conflict",
      message: 'Cannot assign "www.shop.test": it has CNAME records already; delete them first',
    });
  });

  test("addresses run out with one clear sentence, and come back", async () => {
    const run = { kind: "address", address: "192.0.2.1", port: 80 };
    for (const name of ["a1", "a2", "a3"]) await json("POST", "/v1/instances", { name, run });
    expect(await refused("POST", "/v1/instances", { name: "a4", run })).toMatchObject({
      code: "addresses-exhausted",
    });
    await json("DELETE", "/v1/instances/a2");
    await json("POST", "/v1/instances", { name: "a4", run });
    expect((await json<Instance>("GET", "/v1/instances/a4")).publicAddresses[0]?.address).toBe("127.53.8.2");
  });

  test.each([
    ["a relative folder", { name: "web", run: { kind: "site", folder: "web" } }, "input-malformed"],
    ["a name of slashes", { name: "../web", run: site }, "input-malformed"],
    ["a zone's name", { name: "shop.test", run: site }, "resource-exists"],
    [
      "a malformed address",
      { name: "web", run: { kind: "address", address: "here", port: 80 } },
      "address-malformed",
    ],
    ["port 0", { name: "web", run: { kind: "address", address: "::1", port: 0 } }, "input-malformed"],
    [
      "an empty command",
      { name: "web", run: { kind: "command", command: [], folder: "/" } },
      "input-malformed",
    ],
  ])("create refuses %s", async (_, body, code) => {
    const head = await store.head();
    expect(await refused("POST", "/v1/instances", body)).toMatchObject({ code });
    expect(await store.head()).toBe(head);
  });

  test("an instance that fails makes its operation fail with the reason", async () => {
    const { operation } = await json<WriteAnswer>("POST", "/v1/instances", { name: "web", run: site });
    const { id } = await json<Instance>("GET", "/v1/instances/web");
    roles.runtime.send({
      type: "report",
      report: { type: "instance", instance: { id, state: "failed", reason: "exit 1" } },
    });
    expect(await json("GET", `/v1/operations/${operation?.id}`)).toMatchObject({
      status: "Failed",
      errorCode: "instance-failed",
      errorDetails: "exit 1",
    });
    expect(await json("GET", "/v1/instances/web/logs?lines=5")).toEqual({ lines: ["line"] });
  });
});

describe("history and undo", () => {
  test("undo of a registration takes everything back, and undo of that registers anew", async () => {
    const { change } = await json<WriteAnswer>("POST", "/v1/domains", { name: "shop.test" });
    const undone = await undo(change?.id);
    expect(undone.plan.title).toBe("Undo: Register shop.test");
    expect(lines("test.", "shop.test.")).toEqual([]);
    expect(roles.names.objects.has("zone/shop.test.")).toBe(false);
    const again = await undo(undone.change?.id);
    expect(again.plan.warnings).toEqual([
      "shop.test is registered anew: for one year from today, with another ROID",
    ]);
    expect(lines("test.", "shop.test.")).toHaveLength(4);
    const { changes } = await json<{ changes: Change[] }>("GET", "/v1/changes");
    expect(changes.map(({ title }) => title)).toEqual([
      "Undo: Undo: Register shop.test",
      "Undo: Register shop.test",
      "Register shop.test",
      "Set up the platform's own names",
    ]);
    expect(changes[2]).toMatchObject({ undoneBy: undone.change?.id, actor: "first" });
  });

  test("a serial never goes back, not across deletion and undo", async () => {
    await json("POST", "/v1/domains", { name: "shop.test" });
    const serial = async (): Promise<number> =>
      (await json<{ serial: number }>("GET", "/v1/zones/shop.test")).serial;
    for (let i = 1; i < 9; i++)
      await json("PUT", "/v1/zones/shop.test/rrsets", { name: "w", type: "A", records: [`192.0.2.${i}`] });
    const before = await serial();
    const { change } = await json<WriteAnswer>("DELETE", "/v1/domains/shop.test");
    await undo(change?.id);
    expect(await serial()).toBeGreaterThan(before);
    expect(lines("shop.test.", "w.shop.test.")).toEqual(["60 A 192.0.2.8"]);
  });

  test("undo is refused with the reason for each object that was changed later", async () => {
    const register = await json<WriteAnswer>("POST", "/v1/domains", { name: "shop.test" });
    const put = (data: string): Promise<WriteAnswer> =>
      json("PUT", "/v1/zones/shop.test/rrsets", { name: "www", type: "A", records: [data] });
    const first = await put("192.0.2.1");
    const second = await put("192.0.2.2");
    expect(await refused("POST", `/v1/changes/${first.change?.id}/undo`, {})).toMatchObject({
      code: "undo-refused",
      message: `Cannot undo change ${first.change?.revision} (Put A records at www.shop.test): rrset www.shop.test A was changed later by change ${second.change?.revision}`,
    });
    expect(await refused("POST", `/v1/changes/${register.change?.id}/undo`, {})).toMatchObject({
      code: "undo-refused",
      message: expect.stringContaining("www.shop.test A was added to zone shop.test later"),
    });
    await undo(second.change?.id);
    expect(lines("shop.test.", "www.shop.test.")).toEqual(["60 A 192.0.2.1"]);
    expect(await refused("POST", `/v1/changes/${second.change?.id}/undo`, {})).toMatchObject({
      code: "undo-refused",
    });
    expect(await refused("POST", "/v1/changes/1/undo", {})).toMatchObject({ code: "undo-refused" });
    expect(await refused("POST", "/v1/changes/nothing/undo", {})).toMatchObject({ code: "change-not-found" });
  });

  test("undo of an assignment whose instance is gone is refused", async () => {
    await json("POST", "/v1/domains", { name: "shop.test" });
    await json("POST", "/v1/instances", { name: "web", run: { kind: "address", address: "::1", port: 80 } });
    await json("POST", "/v1/assignments", { name: "shop.test", resource: "web" });
    const unassign = await json<WriteAnswer>("DELETE", "/v1/assignments/shop.test");
    const removed = await json<WriteAnswer>("DELETE", "/v1/instances/web");
    expect(await refused("POST", `/v1/changes/${unassign.change?.id}/undo`, {})).toMatchObject({
      code: "undo-refused",
      message: expect.stringContaining("instance web, which shop.test led to, is gone"),
    });
    await json("POST", "/v1/instances", {
      name: "other",
      run: { kind: "address", address: "::1", port: 80 },
    });
    const back = await undo(removed.change?.id);
    expect(back.plan.warnings).toEqual(["web gets another public address: the one it had is in use"]);
    await undo(unassign.change?.id);
    expect(lines("shop.test.", "shop.test.")).toContain("60 A 127.53.8.2");
  });
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
    ["ü.test", "name-malformed", /Cannot use name/],
  ];
  const head = await store.head();
  for (const [name, code, message] of cases) {
    expect(await refused("POST", "/v1/domains", { name })).toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  }
  expect(await store.head()).toBe(head);
  expect(await json("GET", "/v1/domains/shop.test/availability")).toMatchObject({ isAvailable: false });
  expect(await json("GET", "/v1/domains/free.home.arpa/availability")).toEqual({
    name: "free.home.arpa",
    isAvailable: true,
  });
});

describe("guard", () => {
  const body = { name: "shop.test" };
  test.each<[string, number, string, Record<string, string>]>([
    ["no key", 401, "key-missing", { authorization: "" }],
    ["a wrong key", 401, "key-wrong", { authorization: "Bearer nonsense" }],
    ["a key of another scheme", 401, "key-wrong", { authorization: `Basic ${testKey}` }],
    ["a foreign Host", 403, "host-refused", { host: "evil.example:7700" }],
    ["a foreign Origin", 403, "host-refused", { origin: "http://evil.example" }],
    ["the Origin null", 403, "host-refused", { origin: "null" }],
    [
      "a form's content type",
      400,
      "input-malformed",
      { "content-type": "application/x-www-form-urlencoded" },
    ],
    ["plain text", 400, "input-malformed", { "content-type": "text/plain" }],
  ])("refuses %s", async (_, status, code, more) => {
    const sent = { ...headers, "content-type": "application/json", ...more };
    const kept = Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== ""));
    for (const path of ["/v1/domains", "/v1/openapi.json", "/nothing"]) {
      const response = await control.app.request(`http://127.0.0.1:7700${path}`, {
        method: "POST",
        headers: kept,
        body: JSON.stringify(body),
      });
      expect([response.status, ((await response.json()) as ErrorBody).code]).toEqual([status, code]);
    }
    expect(await json("GET", "/v1/domains")).toEqual({ domains: [] });
  });

  test("refuses what is no JSON, too large, or unknown", async () => {
    expect(await refused("POST", "/v1/domains", "{")).toMatchObject({ code: "input-malformed", status: 400 });
    expect(await refused("POST", "/v1/domains", JSON.stringify({ name: "x".repeat(2 << 20) }))).toMatchObject(
      { code: "input-too-large", status: 413 },
    );
    expect(await refused("POST", "/v1/domains", { name: "a.test", more: 1 })).toMatchObject({
      code: "input-malformed",
      message: expect.stringContaining("more"),
    });
    expect(await refused("POST", "/v1/domains?nothing=1", { name: "a.test" })).toMatchObject({
      code: "input-malformed",
    });
    expect(await refused("GET", "/v1/nothing")).toMatchObject({ code: "not-found", status: 404 });
    expect(await refused("GET", "/v1/zones/none.test/export")).toMatchObject({ code: "zone-not-found" });
  });

  test("serves the OpenAPI document with every route", async () => {
    const document = await json<{ openapi: string; paths: Record<string, unknown> }>(
      "GET",
      "/v1/openapi.json",
    );
    expect(document.openapi).toBe("3.1.0");
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        "/v1/status",
        "/v1/zones/{zone}/export",
        "/v1/changes/{id}/undo",
        "/v1/events",
      ]),
    );
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
  roles.edge.disconnect();
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
  const head = await store.head();
  control.hub.close(); // as in a crash: nothing is written at the end
  await start();
  for (const role of dataRoles) {
    roles[role].messages.length = 0;
    roles[role].connect(control.hub);
    expect(roles[role].messages).toMatchObject([{ type: "delta", put: [], remove: [], revision: head }]);
  }
  expect(await json("GET", "/v1/status")).toMatchObject({ isReady: true, revision: head });
  expect(await json("GET", `/v1/operations/${operation?.id}`)).toMatchObject({ status: "Succeeded" });
  await json("POST", `/v1/changes/${change?.revision}/undo`, {});
  expect(lines("shop.test.", "shop.test.").some((line) => line.includes(" A "))).toBe(false);
});

test("events tell operations as they go on", async () => {
  roles.names.acknowledges = false;
  const response = await call("GET", "/v1/events");
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader?.read())?.value).toBe(": open\n\n");
  await json("POST", "/v1/domains", { name: "shop.test" });
  expect((await reader?.read())?.value).toMatch(/^event: operation\ndata: \{.*"status":"Started"/);
  const { revision } = roles.names;
  roles.names.send({ type: "ack", revision, digest: roles.names.digest() });
  expect((await reader?.read())?.value).toContain('"status":"Succeeded"');
  await reader?.cancel();
});

test("an operation that no role takes up fails after its time, and the change stands", async () => {
  roles.names.disconnect();
  const { operation } = await json<WriteAnswer>("POST", "/v1/domains", { name: "shop.test" });
  time.advance(31_000);
  expect(await json("GET", `/v1/operations/${operation?.id}`)).toMatchObject({
    status: "Failed",
    errorCode: "role-unreachable",
  });
  roles.names.connect(control.hub);
  expect(lines("test.", "shop.test.")).toHaveLength(4);
});
