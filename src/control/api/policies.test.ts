// Routing policies over the API: what is put, refused, shown, taken back and published; signatures over every choice; and health, which reaches the
// name servers without a new serial.

import type {
  PoliciesObject,
  RoleObject,
  Rrset,
  RrsetObject,
  SetHealthList,
  WriteAnswer,
  ZoneDocument,
} from "#contract";
import { RrType } from "#wire";
import { beforeEach, describe, expect, test } from "vitest";
import { octetsOf } from "../octets.ts";
import { togetherOf } from "../policies/publish-policies.ts";
import { ZoneInspector } from "../signing/testing.ts";
import { testConfig } from "../testing.ts";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json, refused, lines } = api;
const signed = { ...testConfig, signing: "nsec" } as const;
const rrsetsPath = "/v1/zones/shop.test/rrsets";

async function begin(config: typeof testConfig): Promise<void> {
  await api.startWith(config);
  await json("POST", "/v1/domains", { name: "shop.test" });
  if (config === signed) await api.pass(5000);
}

const put = (body: object): Promise<WriteAnswer> => json("PUT", rrsetsPath, body);
const refusedPut = (body: object): ReturnType<typeof refused> => refused("PUT", rrsetsPath, body);
const set = (setIdentifier: string, policy: object, ...records: string[]): object => ({
  name: "www",
  type: "A",
  setIdentifier,
  policy,
  records,
});
const weight = (id: string, weighted: number, ...records: string[]): object =>
  set(id, { kind: "weighted", weight: weighted }, ...records);
const failover = async (): Promise<void> => {
  const health = { kind: "check", url: "http://127.0.0.1:8080/up", intervalMs: 1000 };
  await put({ ...set("one", { kind: "failover", role: "primary" }, "192.0.2.1"), health });
  await put(set("two", { kind: "failover", role: "secondary" }, "192.0.2.2"));
};

function policies(owner = "www.shop.test."): PoliciesObject | undefined {
  const object = api.roles.names.objects.get(`policies/shop.test./${owner}`);
  return object?.kind === "policies" ? object : undefined;
}

const serial = (): string =>
  lines("shop.test.", "shop.test.")
    .find((line) => line.includes(" SOA "))
    ?.split(" ")[4] ?? "";
const rrsets = async (): Promise<Rrset[]> =>
  (await json<{ rrsets: Rrset[] }>("GET", `${rrsetsPath}?limit=1000`)).rrsets;
const healths = (): Record<string, boolean> =>
  Object.fromEntries(
    [...api.roles.names.objects.values()].flatMap((object) =>
      object.kind === "health" ? [[object.id, object.isHealthy]] : [],
    ),
  );

/** Judges each choice as if it were the answer: all must be secure. */
function judgeChoices(owner = "www.shop.test."): string[] {
  const tree = [...api.roles.resolver.objects.values()].find((object) => object.kind === "tree");
  const anchors = tree?.kind === "tree" ? (tree.trustAnchors ?? []) : [];
  const found: string[] = [];
  const all = [...api.roles.names.objects.values()];
  const judge = (type: number, ttl: number, rdata: string[], signatures: string[]): void => {
    const object = { kind: "rrset", apex: "shop.test.", owner } as const;
    const others = all.filter(
      (one) =>
        one.kind !== "rrset" ||
        one.apex !== "shop.test." ||
        one.owner !== owner ||
        (one.type !== type && one.type !== RrType.RRSIG),
    );
    const held = api.roles.names.objects.get(`rrset/shop.test./${owner}/${RrType.RRSIG}`);
    const kept = (held?.kind === "rrset" ? held.rdata : []).filter((text) => {
      const octets = octetsOf(text);
      return ((octets[0] ?? 0) << 8) + (octets[1] ?? 0) !== type;
    });
    const own: RrsetObject[] = [
      { ...object, type, ttl, rdata },
      { ...object, type: RrType.RRSIG, ttl, rdata: [...kept, ...signatures] },
    ];
    found.push(
      new ZoneInspector([...others, ...own], anchors, api.time.now).state("shop.test.", owner, type),
    );
  };
  for (const type of policies(owner)?.types ?? []) {
    for (const { ttl, rdata, signatures } of type.choices) judge(type.type, ttl, rdata, signatures);
    for (const [place, members] of togetherOf(type).entries()) {
      const chosen = members.map((member) => type.choices[member]!);
      judge(
        type.type,
        chosen[0]!.ttl,
        chosen.flatMap(({ rdata }) => rdata),
        type.together[place] ?? [],
      );
    }
  }
  return found;
}

describe("put, shown, published", () => {
  beforeEach(() => begin(signed));

  test("sets stand side by side with what stands for all, each signed", async () => {
    const before = serial();
    const { plan } = await put(weight("eu", 10, "192.0.2.1", "192.0.2.2"));
    expect(plan.changes.map(({ text }) => text)).toEqual([
      "Create A at www.shop.test (set eu, weight 10): 192.0.2.1, 192.0.2.2 (TTL 60)",
    ]);
    expect(plan.records[0]?.added).toEqual([
      "www.shop.test. 60 IN A 192.0.2.1 ; set eu: weight 10",
      "www.shop.test. 60 IN A 192.0.2.2 ; set eu: weight 10",
    ]);
    await put(weight("us", 20, "192.0.2.3"));
    expect(Number(serial())).toBeGreaterThan(Number(before));
    // What stands for all is the heaviest.
    expect(lines("shop.test.", "www.shop.test.").filter((line) => line.startsWith("60 A"))).toEqual([
      "60 A 192.0.2.3",
    ]);
    expect(policies()?.types[0]?.choices.map(({ id, weight: own }) => `${id} ${own}`)).toEqual([
      "eu 10",
      "us 20",
    ]);
    expect(judgeChoices()).toEqual(["secure", "secure"]);
    expect((await rrsets()).filter(({ name }) => name === "www.shop.test")).toMatchObject([
      { setIdentifier: "eu", policy: { kind: "weighted", weight: 10 }, ttl: 60 },
      { setIdentifier: "us", policy: { kind: "weighted", weight: 20 } },
    ]);
  });

  test("several values together are signed as they are given, of ten in rings of eight", async () => {
    for (let i = 0; i < 10; i++)
      await put({ ...set(`v${i}`, { kind: "multivalue" }, `192.0.2.${i}`), ttl: 60 + i });
    expect(judgeChoices()).toEqual(Array(20).fill("secure"));
    expect(policies()?.types[0]?.choices.every(({ ttl }) => ttl === 60)).toBe(true);
    expect(lines("shop.test.", "www.shop.test.").filter((line) => line.startsWith("60 A"))).toHaveLength(10);
  });

  test("a wildcard's sets and a CNAME's are signed; the chain of denial has the type as before", async () => {
    await put({ ...weight("a", 1, "192.0.2.1"), name: "*.w" });
    await put({ ...weight("a", 1, "www"), name: "c", type: "CNAME" });
    expect(judgeChoices("*.w.shop.test.")).toEqual(["secure"]);
    expect(judgeChoices("c.shop.test.")).toEqual(["secure"]);
    const nsec = api.roles.names.objects.get(`rrset/shop.test./c.shop.test./${RrType.NSEC}`);
    expect(nsec).toBeDefined();
  });

  test("a restart signs nothing anew, a key that rolls signs all anew", async () => {
    await put(weight("eu", 10, "192.0.2.1"));
    const before = policies();
    await api.restart(signed);
    for (const role of ["names", "resolver", "edge", "runtime"] as const)
      api.roles[role].connect(api.control.hub);
    await api.pass(1000);
    expect(policies()).toEqual(before);
    await json("POST", "/v1/zones/shop.test/signing/rolls", { role: "zsk" });
    await api.pass(40 * 86_400_000);
    expect(policies()?.types[0]?.choices[0]?.signatures).not.toEqual(
      before?.types[0]?.choices[0]?.signatures,
    );
    expect(judgeChoices()).toEqual(["secure"]);
  });

  test("a zone that is signed no more has its sets without signatures", async () => {
    await put(weight("eu", 10, "192.0.2.1"));
    await json("PUT", "/v1/zones/shop.test/signing", { signing: "off" });
    await api.pass(10 * 86_400_000);
    expect(policies()?.types[0]?.choices[0]?.signatures).toEqual([]);
  });

  test("an alias follows the sets of the name that it leads to, and is signed", async () => {
    await failover();
    await json("PUT", "/v1/zones/shop.test/aliases", { name: "@", target: "www.shop.test" });
    expect(policies("shop.test.")?.types[0]?.choices.map(({ id }) => id)).toEqual(["one", "two"]);
    expect(judgeChoices("shop.test.")).toEqual(["secure", "secure"]);
    await put(set("two", { kind: "failover", role: "secondary" }, "192.0.2.22"));
    expect(policies("shop.test.")?.types[0]?.choices[1]?.rdata).toEqual(["wAACFg=="]);
    expect(judgeChoices("shop.test.")).toEqual(["secure", "secure"]);
    await json("DELETE", `${rrsetsPath}/www/A`);
    expect(policies("shop.test.")).toBeUndefined();
  });

  test("edits keep the policy; the last set that goes takes all with it; undo brings it back", async () => {
    await failover();
    await json("POST", rrsetsPath, { name: "www", type: "A", setIdentifier: "one", add: ["192.0.2.11"] });
    expect(policies()?.types[0]?.choices[0]).toMatchObject({
      id: "one",
      weight: 1,
      rdata: ["wAACAQ==", "wAACCw=="],
    });
    await put({ name: "www", type: "A", setIdentifier: "one", records: ["192.0.2.12"] });
    expect(policies()?.types[0]?.choices[0]).toMatchObject({ id: "one", weight: 1, rdata: ["wAACDA=="] });
    await json("DELETE", `${rrsetsPath}/www/A/one`);
    const { change } = await json<WriteAnswer>("DELETE", `${rrsetsPath}/www/A/two`);
    expect(policies()).toBeUndefined();
    expect(lines("shop.test.", "www.shop.test.")).toEqual([]);
    await json("POST", `/v1/changes/${change?.id}/undo`, {});
    expect(policies()?.types[0]?.choices.map(({ id }) => id)).toEqual(["two"]);
  });

  test("pages of a zone go on within the sets of a name", async () => {
    for (const id of ["a", "b", "c", "d", "e"]) await put(weight(id, 1, "192.0.2.1"));
    const seen: string[] = [];
    for (let token = ""; ;) {
      const page = await json<{ rrsets: Rrset[]; nextPageToken?: string }>(
        "GET",
        `${rrsetsPath}?limit=2${token}`,
      );
      seen.push(...page.rrsets.map(({ setIdentifier }) => setIdentifier));
      if (page.nextPageToken === undefined) break;
      token = `&pageToken=${encodeURIComponent(page.nextPageToken)}`;
    }
    expect(seen.filter((id) => id !== "")).toEqual(["a", "b", "c", "d", "e"]);
  });

  test("a document takes sets out and in; a zone file has what stands for all, and leaves them as they are", async () => {
    await failover();
    const document = await json<ZoneDocument>("GET", "/v1/zones/shop.test/document");
    const text = await (await api.call("GET", "/v1/zones/shop.test/export")).text();
    expect(text).toContain("www.shop.test. 60 IN A 192.0.2.1");
    expect(text).not.toContain("192.0.2.2");
    await json("DELETE", `${rrsetsPath}/www/A`);
    await json("POST", "/v1/zones/shop.test/import", { document });
    expect(await json("GET", "/v1/zones/shop.test/document")).toEqual(document);
    const records = [
      { name: "www", type: "A", ttl: 60, data: "192.0.2.1" },
      { name: "new", type: "A", ttl: 60, data: "192.0.2.9" },
    ];
    const { plan } = await json<WriteAnswer>("POST", "/v1/zones/shop.test/import", { records });
    expect(plan.warnings).toContain(
      "www.shop.test A of the file is left to its routing policy, which gives the same",
    );
    expect(policies()?.types[0]?.choices).toHaveLength(2);
  });

  test("several sets are put and taken away as one", async () => {
    await put({ name: "www", type: "A", records: ["192.0.2.1"] });
    const edits = [
      { name: "www", type: "A", put: null },
      {
        name: "www",
        type: "A",
        setIdentifier: "a",
        policy: { kind: "weighted", weight: 1 },
        expected: null,
        put: { records: ["192.0.2.1"] },
      },
      {
        name: "www",
        type: "A",
        setIdentifier: "b",
        policy: { kind: "weighted", weight: 2 },
        expected: null,
        put: { records: ["192.0.2.2"] },
      },
    ];
    await json("POST", `${rrsetsPath}/edits`, { edits });
    expect(policies()?.types[0]?.choices.map(({ id }) => id)).toEqual(["a", "b"]);
    // Another weight alone is a change.
    const again = [
      { ...edits[1], policy: { kind: "weighted", weight: 9 }, expected: { ttl: 60, records: ["192.0.2.1"] } },
    ];
    await json("POST", `${rrsetsPath}/edits`, { edits: again });
    expect(policies()?.types[0]?.choices[0]?.weight).toBe(9);
  });
});

describe("refused", () => {
  beforeEach(() => begin(testConfig));

  test.each([
    [
      "a policy without a set identifier",
      { name: "x", type: "A", policy: { kind: "multivalue" }, records: ["192.0.2.1"] },
      "input-malformed",
    ],
    [
      "a set identifier without a policy",
      { name: "x", type: "A", setIdentifier: "a", records: ["192.0.2.1"] },
      "input-malformed",
    ],
    [
      "health without a policy",
      { name: "x", type: "A", health: { kind: "check", url: "tcp://127.0.0.1:1" }, records: ["192.0.2.1"] },
      "input-malformed",
    ],
    ["NS records", { ...weight("a", 1, "ns.example."), name: "x", type: "NS" }, "record-conflict"],
    [
      "DS records",
      {
        ...weight("a", 1, "1 13 2 00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF"),
        name: "x",
        type: "DS",
      },
      "record-conflict",
    ],
    ["a DNAME", { ...weight("a", 1, "other.example."), name: "x", type: "DNAME" }, "record-conflict"],
    [
      "two values in one multivalue set",
      set("a", { kind: "multivalue" }, "192.0.2.1", "192.0.2.2"),
      "input-malformed",
    ],
    [
      "a multivalue CNAME",
      { ...set("a", { kind: "multivalue" }, "a.example."), type: "CNAME" },
      "record-conflict",
    ],
    [
      "two CNAMEs in one set",
      { ...weight("a", 1, "a.example.", "b.example."), type: "CNAME" },
      "record-conflict",
    ],
    [
      "a CNAME at the zone's own name",
      { ...weight("a", 1, "a.example."), name: "@", type: "CNAME" },
      "record-conflict",
    ],
    ["a weight of 256", weight("a", 256, "192.0.2.1"), "input-malformed"],
    ["a blank in a set identifier", weight("a b", 1, "192.0.2.1"), "input-malformed"],
    [
      "a check of a name",
      { ...weight("a", 1, "192.0.2.1"), health: { kind: "check", url: "http://example.org/" } },
      "input-malformed",
    ],
    [
      "a check of no address",
      { ...weight("a", 1, "192.0.2.1"), health: { kind: "check", url: "http://1.2.3/" } },
      "input-malformed",
    ],
    [
      "a check of no port",
      { ...weight("a", 1, "192.0.2.1"), health: { kind: "check", url: "tcp://127.0.0.1" } },
      "input-malformed",
    ],
    [
      "a check of port 0",
      { ...weight("a", 1, "192.0.2.1"), health: { kind: "check", url: "http://127.0.0.1:0/" } },
      "input-malformed",
    ],
    ...(
      [
        ["a server name of HTTP", "http://127.0.0.1/", { serverName: "www.shop.test" }],
        ["a certificate of HTTP", "http://127.0.0.1/", { verifyCertificate: false }],
        ["a host of a listener", "tcp://127.0.0.1:1", { host: "www.shop.test" }],
        ["a host with another field in it", "https://127.0.0.1/", { host: "a\r\nX-Y: z" }],
        ["a host that is an address", "https://127.0.0.1/", { host: "192.0.2.1" }],
        ["a server name that is an address", "https://127.0.0.1/", { serverName: "192.0.2.1" }],
        ["a server name of nothing", "https://127.0.0.1/", { serverName: "" }],
      ] as const
    ).map(([what, url, more]): [string, object, string] => [
      what,
      { ...weight("a", 1, "192.0.2.1"), health: { kind: "check", url, ...more } },
      "input-malformed",
    ]),
    [
      "a time-out longer than the interval",
      {
        ...weight("a", 1, "192.0.2.1"),
        health: { kind: "check", url: "tcp://127.0.0.1:1", intervalMs: 1000, timeoutMs: 2000 },
      },
      "input-malformed",
    ],
    [
      "health of nothing there is",
      { ...weight("a", 1, "192.0.2.1"), health: { kind: "resource", resource: "web" } },
      "resource-not-found",
    ],
  ])("%s", async (_, body, code) => expect(await refusedPut(body)).toMatchObject({ code }));

  test("what does not go together", async () => {
    await failover();
    const third = await refusedPut(set("three", { kind: "failover", role: "primary" }, "192.0.2.3"));
    expect(third.message).toContain("two sets of A records are the primary");
    const mixed = await refusedPut(weight("w", 1, "192.0.2.3"));
    expect(mixed.message).toContain("different kinds, failover and weighted");
    const plain = await refusedPut({ name: "www", type: "A", records: ["192.0.2.3"] });
    expect(plain.message).toContain("with a routing policy and such without");
    const cname = await refusedPut({ ...weight("w", 1, "a.example."), type: "CNAME" });
    expect(cname.message).toContain("a CNAME record stands alone");
    const unnamed = await refused("POST", rrsetsPath, { name: "www", type: "A", add: ["192.0.2.3"] });
    expect(unnamed.message).toContain('say which one ("one", "two")');
    await put({ ...set("a", { kind: "multivalue" }, "192.0.2.1"), name: "m" });
    expect(
      (await refusedPut({ ...set("b", { kind: "multivalue" }, "192.0.2.1"), name: "m" })).message,
    ).toContain("of the same value");
  });

  test("a hundred and first set", async () => {
    const edits = Array.from({ length: 101 }, (_, i) => ({
      name: "www",
      type: "A",
      setIdentifier: `s${i}`,
      policy: { kind: "weighted", weight: 1 },
      put: { records: ["192.0.2.1"] },
    }));
    expect((await refused("POST", `${rrsetsPath}/edits`, { edits })).message).toContain("at most 100");
    await json("POST", `${rrsetsPath}/edits`, { edits: edits.slice(1) });
    expect(policies()?.types[0]?.choices).toHaveLength(100);
  });

  test("a key that is limited to zones does not look at addresses of its choice", async () => {
    const { accessKey } = await json<WriteAnswer>("POST", "/v1/keys", {
      name: "limited",
      role: "operator",
      zones: ["shop.test"],
    });
    const auth = `Bearer ${accessKey?.secret ?? ""}`;
    const check = { kind: "check", url: "tcp://127.0.0.1:22" };
    const response = await api.callAs(auth, "PUT", rrsetsPath, {
      ...weight("a", 1, "192.0.2.1"),
      health: check,
    });
    expect(response.status).toBe(403);
    expect((await api.callAs(auth, "PUT", rrsetsPath, weight("a", 1, "192.0.2.1"))).status).toBe(200);
    expect((await api.callAs(auth, "GET", "/v1/health-checks")).status).toBe(403);
    expect((await api.callAs(auth, "DELETE", "/v1/network-table")).status).toBe(403);
  });
});

describe("health", () => {
  beforeEach(() => begin(testConfig));

  const id = "http://127.0.0.1:8080/up#1000/1000/3";
  const tell = (state: string, of = id, target = of): void =>
    api.roles.edge.send({
      type: "report",
      report: {
        type: "targets",
        resourceId: of,
        targets: [{ id: target, state, underWay: 0, detail: "said" }],
      },
    });

  test("of an address is looked at by the edge; what it finds reaches the name servers without a serial", async () => {
    await failover();
    const object = [...api.roles.edge.objects.values()].find(
      (one: RoleObject) => one.kind === "resource" && one.id === id,
    );
    expect(object).toMatchObject({
      addresses: [],
      targets: [{ address: "127.0.0.1", port: 8080 }],
      balancing: { healthCheck: { path: "/up", intervalMs: 1000, timeoutMs: 1000, unhealthyThreshold: 3 } },
    });
    expect(healths()).toEqual({ [id]: true });
    const [before, revision] = [serial(), api.roles.names.revision];
    tell("unhealthy");
    expect(healths()).toEqual({ [id]: false });
    expect([serial(), api.roles.names.revision]).toEqual([before, revision]);
    expect((await rrsets()).find(({ setIdentifier }) => setIdentifier === "one")?.healthState).toBe(
      "unhealthy",
    );
    expect((await json<SetHealthList>("GET", "/v1/health-checks")).checks).toMatchObject([
      {
        id,
        state: "unhealthy",
        detail: "said",
        sets: [{ name: "www.shop.test", type: "A", setIdentifier: "one" }],
      },
    ]);
    tell("healthy");
    expect(healths()).toEqual({ [id]: true });
  });

  test("over HTTPS has a host, a server name, and a certificate that the platform's authority may have signed", async () => {
    const looked = (): unknown[] =>
      [...api.roles.edge.objects.values()].flatMap((one: RoleObject) =>
        one.kind === "resource" && one.id.startsWith("https://")
          ? [{ id: one.id, port: one.targets[0]?.port, ...one.balancing?.healthCheck }]
          : [],
      );
    const one = { ...set("one", { kind: "failover", role: "primary" }, "192.0.2.1") };
    const check = { kind: "check", url: "https://127.0.0.1/up" };
    const follow = (more: object): Promise<unknown> => put({ ...one, health: { ...check, ...more } });
    await follow({});
    const plain = looked();
    expect(plain).toMatchObject([
      { id: "https://127.0.0.1/up#10000/5000/3", port: 443, protocol: "https", path: "/up" },
    ]);
    for (const member of ["host", "serverName", "trusted"]) expect(plain[0]).not.toHaveProperty(member);
    await follow({ host: "www.shop.test" });
    expect(looked()).toMatchObject([
      {
        id: "https://127.0.0.1/up#10000/5000/3/host=www.shop.test/name=www.shop.test",
        host: "www.shop.test",
        serverName: "www.shop.test",
      },
    ]);
    await follow({ serverName: "shop.test", verifyCertificate: true });
    const verified = "https://127.0.0.1/up#10000/5000/3/name=shop.test/verified";
    expect(looked()).toMatchObject([{ id: verified, serverName: "shop.test" }]);
    expect((await json<SetHealthList>("GET", "/v1/health-checks")).checks).toMatchObject([
      {
        id: verified,
        check: {
          url: "https://127.0.0.1/up",
          intervalMs: 10_000,
          timeoutMs: 5000,
          threshold: 3,
          serverName: "shop.test",
          verifyCertificate: true,
        },
      },
    ]);
    const root = async (): Promise<string> => (await json<{ root: string }>("GET", "/v1/authority")).root;
    const before = await root();
    expect(looked()).toMatchObject([{ trusted: before }]);
    // One that takes its place is trusted from then on.
    await api.restart({
      ...testConfig,
      profile: { ...testConfig.profile, tlds: [...testConfig.profile.tlds, "home."] },
    });
    for (const role of Object.values(api.roles)) role.connect(api.control.hub);
    await api.pass(120_000);
    expect(await root()).not.toBe(before);
    expect(looked()).toMatchObject([{ trusted: await root() }]);
  });

  test("a control that starts anew says nothing of what it does not know", async () => {
    await failover();
    tell("unhealthy");
    await api.restart();
    for (const role of ["names", "resolver", "runtime"] as const) api.roles[role].connect(api.control.hub);
    expect(healths()).toEqual({});
    expect(api.roles.names.messages.at(-1)).toMatchObject({ type: expect.stringMatching(/snapshot|delta/) });
    api.roles.edge.connect(api.control.hub);
    tell("unhealthy");
    expect(healths()).toEqual({ [id]: false });
  });

  test("what nobody follows any more is looked at no more, and begins anew later", async () => {
    await failover();
    tell("unhealthy");
    await put({ name: "www", type: "A", setIdentifier: "one", health: null, records: ["192.0.2.1"] });
    expect(healths()).toEqual({});
    expect(api.roles.edge.objects.has(`resource/${id}`)).toBe(false);
    const check = { kind: "check", url: "http://127.0.0.1:8080/up", intervalMs: 1000 };
    await put({ name: "www", type: "A", setIdentifier: "one", health: check, records: ["192.0.2.1"] });
    expect(healths()).toEqual({ [id]: true });
  });

  test("of an instance is that of its process; one that is followed is not deleted", async () => {
    const run = { kind: "command", command: ["true"], folder: "/" };
    await json("POST", "/v1/instances", { name: "web", run });
    const health = { kind: "resource", resource: "web" };
    await put({ ...set("p", { kind: "failover", role: "primary" }, "192.0.2.1"), health });
    const instance = await json<{ id: string }>("GET", "/v1/instances/web");
    const say = (state: string): void =>
      api.roles.runtime.send({
        type: "report",
        report: { type: "instance", instance: { id: instance.id, state } },
      });
    say("running");
    expect(healths()).toEqual({ "resource:web": true });
    say("failed");
    expect(healths()).toEqual({ "resource:web": false });
    const answer = await refused("DELETE", "/v1/instances/web");
    expect(answer).toMatchObject({ code: "resource-in-use" });
    expect(answer.message).toContain("www.shop.test follows its health");
  });
});

test("a zone that others have too is warned of: they do not choose", async () => {
  await begin({ ...testConfig, secondaries: ["shop.test."] });
  const { plan } = await put(weight("a", 1, "192.0.2.1"));
  expect(plan.warnings[0]).toContain("Other name servers that have zone shop.test do not choose");
  expect((await put(weight("a", 2, "192.0.2.1"))).plan.warnings).toEqual([]);
});

describe("the table of networks", () => {
  beforeEach(() => begin(testConfig));

  const table = {
    places: [{ name: "berlin", latitude: 52.5, longitude: 13.4 }, { name: "office" }],
    networks: ["192.0.2.0/24 berlin", "2001:db8::/32 office", "198.51.100.7/32 office"],
  };

  test("is put, shown, published, taken back", async () => {
    const { plan, change } = await json<WriteAnswer>("PUT", "/v1/network-table", table);
    expect(plan.changes.map(({ text }) => text)).toEqual([
      "Create the table of networks: 3 networks at 2 places",
    ]);
    expect(await json("GET", "/v1/network-table")).toEqual(table);
    expect(api.roles.names.objects.get("networks")).toMatchObject({ places: table.places });
    expect(await refused("PUT", "/v1/network-table", table)).toMatchObject({ code: "input-malformed" });
    await json("POST", `/v1/changes/${change?.id}/undo`, {});
    expect(api.roles.names.objects.has("networks")).toBe(false);
    expect(await refused("GET", "/v1/network-table")).toMatchObject({ status: 404 });
  });

  test.each([
    [{ ...table, networks: ["192.0.2.0/24 paris"] }, 'there is no place "paris"'],
    [{ ...table, networks: ["192.0.2.1/24 berlin"] }, "bits beyond its 24"],
    [{ ...table, networks: ["192.0.2.0/33 berlin"] }, "an address has 32 bits"],
    [{ ...table, networks: ["192.0.2.0/24"] }, "expected NETWORK PLACE"],
    [{ ...table, networks: ["192.0.2/24 berlin"] }, "is no address"],
    [{ ...table, networks: ["192.0.2.0/24 berlin", "192.0.2.0/24 office"] }, "it is there twice"],
    [{ places: [{ name: "a" }, { name: "a" }], networks: [] }, "it is there twice"],
    [{ places: [{ name: "*" }], networks: [] }, "that stands for something else"],
    [{ places: [{ name: "a", latitude: 1 }], networks: [] }, "belong together"],
  ])("%j is refused", async (body, reason) => {
    const answer = await refused("PUT", "/v1/network-table", body);
    expect(answer).toMatchObject({ code: "input-malformed" });
    expect(answer.message).toContain(reason);
  });

  test("a place that no network is at is warned of", async () => {
    const { plan } = await put(set("a", { kind: "nearest", place: "berlin" }, "192.0.2.1"));
    expect(plan.warnings[0]).toContain("No client is at berlin");
    await json("PUT", "/v1/network-table", table);
    const again = await put(set("b", { kind: "nearest", place: "office" }, "192.0.2.2"));
    expect(again.plan.warnings).toEqual([]);
    expect((await put(set("c", { kind: "nearest", place: "*" }, "192.0.2.3"))).plan.warnings).toEqual([]);
    expect((await put(set("d", { kind: "nearest", place: "1.5,-2" }, "192.0.2.4"))).plan.warnings).toEqual(
      [],
    );
  });

  test("twenty thousand networks", async () => {
    const networks = Array.from(
      { length: 20_000 },
      (_, i) => `10.${i >> 12}.${(i >> 4) & 255}.${(i & 15) << 4}/28 ${i % 2 === 0 ? "berlin" : "office"}`,
    );
    await json("PUT", "/v1/network-table", { ...table, networks });
    expect((await json<typeof table>("GET", "/v1/network-table")).networks).toEqual(networks);
  });
});
