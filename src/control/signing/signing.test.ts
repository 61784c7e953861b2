// Zones are signed from the first start, and stay secure through all that happens to them: every state of the name servers is validated from
// the resolver's anchor down.

import { objectKey, type RoleObject, type ZoneSigningStatus } from "#contract";
import { RrType } from "#wire";
import { beforeEach, describe, expect, test } from "vitest";
import { TestApi } from "../api/testing.ts";
import { testConfig } from "../testing.ts";
import { ZoneInspector } from "./testing.ts";

const api = new TestApi();
const config = { ...testConfig, signing: "nsec" } as const;
beforeEach(() => api.startWith(config));

const day = 86_400_000;

function inspect(): ZoneInspector {
  const tree = [...api.roles.resolver.objects.values()].find((object) => object.kind === "tree");
  const anchors = tree?.kind === "tree" ? (tree.trustAnchors ?? []) : [];
  return new ZoneInspector(api.roles.names.objects.values(), anchors, api.time.now);
}

function rrset(apex: string, owner: string, type: number): readonly string[] {
  const object = api.roles.names.objects.get(`rrset/${apex}/${owner}/${type}`);
  return object?.kind === "rrset" ? object.rdata : [];
}

/** Every RRSIG object by key. */
function signatures(): Map<string, string> {
  const all = [...api.roles.names.objects.values()].filter(
    (object): object is Extract<RoleObject, { kind: "rrset" }> =>
      object.kind === "rrset" && object.type === RrType.RRSIG,
  );
  return new Map(all.map((object) => [objectKey(object), object.rdata.join()]));
}

async function register(): Promise<void> {
  await api.json("POST", "/v1/domains", { name: "shop.test" });
  await api.pass(5_000);
}

test("root, top-level domains and the platform's own zone are signed from the first start", async () => {
  await api.pass(5_000);
  const found = inspect();
  expect(found.problems()).toEqual([]);
  for (const apex of [".", ...config.profile.tlds, "fairlead.internal."])
    expect(found.state(apex, apex, RrType.SOA), apex).toBe("secure");
  expect(found.denial(".", "nothing.", RrType.A, true)).toBe("secure");
  const { zone, ds } = await api.json<{ zone: string; ds: string[] }>("GET", "/v1/zones/@/signing");
  expect([zone, ds.length]).toEqual([".", 1]);
  expect(found.denial("test.", "shop.test.", RrType.A, true)).toBe("secure");
});

test("a registration's zone is signed, and its delegation goes out with the DS", async () => {
  // Nobody answers: the delegation is held back, and the DS with it.
  for (const i of [1, 2, 3, 4]) api.authority.silent.add(`127.53.2.${i}`);
  await register();
  expect(rrset("test.", "shop.test.", RrType.DS)).toEqual([]);
  expect(rrset("shop.test.", "shop.test.", RrType.DNSKEY)).toHaveLength(2);
  api.authority.silent.clear();
  await api.pass(60_000);
  expect(rrset("test.", "shop.test.", RrType.DS)).toHaveLength(1);
  expect(rrset("test.", "shop.test.", RrType.DS)).toEqual(rrset("shop.test.", "shop.test.", RrType.CDS));
  expect(inspect().problems()).toEqual([]);
});

describe("a registered domain", () => {
  beforeEach(register);

  test("is signed with every change, what is derived too, and what is gone is denied", async () => {
    const put = (name: string, type: string, records: string[]): Promise<unknown> =>
      api.json("PUT", "/v1/zones/shop.test/rrsets", { name, type, records });
    await put("www", "A", ["192.0.2.1"]);
    await put("*.w", "TXT", ['"w"']);
    await put("sub", "NS", ["ns.elsewhere.test."]);
    await put("a.b.c.shop.test", "TXT", ['"deep"']);
    await api.json("PUT", "/v1/zones/shop.test/aliases", { name: "alias", target: "www.shop.test" });
    const found = inspect();
    expect(found.problems()).toEqual([]);
    expect(found.state("shop.test.", "www.shop.test.", RrType.A)).toBe("secure");
    expect(found.state("shop.test.", "alias.shop.test.", RrType.A)).toBe("secure");
    expect(found.denial("shop.test.", "no.shop.test.", RrType.A, true)).toBe("secure");
    expect(found.denial("shop.test.", "b.c.shop.test.", RrType.A, false)).toBe("secure");
    expect(found.denial("shop.test.", "sub.shop.test.", RrType.DS, false)).toBe("secure");
    await api.json("DELETE", "/v1/zones/shop.test/rrsets/www/A");
    expect(inspect().problems()).toEqual([]);
    expect(inspect().denial("shop.test.", "www.shop.test.", RrType.A, true)).toBe("secure");
  });

  test("a start signs nothing anew", async () => {
    const before = signatures();
    const { names } = api.roles;
    names.disconnect();
    await api.restart(config);
    names.connect(api.control.hub);
    await api.pass(60_000);
    expect(signatures()).toEqual(before);
    expect(before.size).toBeGreaterThan(20);
    expect(inspect().problems()).toEqual([]);
  });

  test("signatures are made anew when half their time is over, and never end", async () => {
    const before = signatures();
    await api.pass(6 * day);
    for (let i = 0; i < 10; i++) {
      await api.pass(2 * day);
      expect(inspect().problems(), `day ${i}`).toEqual([]);
    }
    const after = signatures();
    expect([...before].filter(([key, text]) => after.get(key) === text)).toEqual([]);
  });

  test("signatures of a clock that was ahead are made anew once it is set right, over a restart too (RFC 4034 section 3.1.5)", async () => {
    api.time.ahead = 30 * day;
    await api.json("PUT", "/v1/zones/shop.test/rrsets", { name: "www", type: "A", records: ["192.0.2.1"] });
    await api.json("PUT", "/v1/zones/shop.test/signing", { signing: "nsec3" });
    await api.pass(5_000);
    api.time.ahead = 0;
    expect(inspect().state("shop.test.", "www.shop.test.", RrType.A)).toBe("bogus not-yet-valid");
    await api.pass(3_700_000);
    expect(inspect().problems()).toEqual([]);
    // What is changed from then on is signed by the clock as it is.
    await api.json("PUT", "/v1/zones/shop.test/rrsets", { name: "www", type: "A", records: ["192.0.2.2"] });
    expect(inspect().problems()).toEqual([]);
    const kept = signatures();
    await api.pass(3_700_000);
    expect(signatures()).toEqual(kept);
    api.time.ahead = 30 * day;
    await api.json("PUT", "/v1/zones/shop.test/rrsets", { name: "www", type: "A", records: ["192.0.2.3"] });
    api.time.ahead = 0;
    const { names } = api.roles;
    names.disconnect();
    await api.restart(config);
    names.connect(api.control.hub);
    await api.pass(60_000);
    expect(inspect().problems()).toEqual([]);
  });

  test("a deleted domain leaves nothing of its signing behind, and a new one has other keys", async () => {
    const [key] = rrset("shop.test.", "shop.test.", RrType.DNSKEY);
    await api.json("DELETE", "/v1/domains/shop.test");
    await api.pass(60_000);
    const left = [...api.roles.names.objects.values()].filter(
      (object) => object.kind === "rrset" && (object.apex === "shop.test." || object.owner === "shop.test."),
    );
    expect(left).toEqual([]);
    expect(await api.store.signatures.list({ zone: "shop.test", name: "" }, 1)).not.toMatchObject([
      { zone: "shop.test." },
    ]);
    await register();
    expect(rrset("shop.test.", "shop.test.", RrType.DNSKEY)).not.toContain(key);
    expect(inspect().problems()).toEqual([]);
  });

  test("can be signed with hashed names, and not at all: its parent stops first, and the signatures two days later", async () => {
    await api.json("PUT", "/v1/zones/shop.test/signing", { signing: "nsec3" });
    await api.pass(5_000);
    expect(inspect().problems()).toEqual([]);
    expect(inspect().denial("shop.test.", "no.shop.test.", RrType.A, true)).toBe("secure");
    expect(rrset("shop.test.", "shop.test.", RrType.NSEC)).toEqual([]);
    expect(rrset("shop.test.", "shop.test.", RrType.NSEC3PARAM)).toHaveLength(1);
    await api.json("PUT", "/v1/zones/shop.test/signing", { signing: "off" });
    await api.pass(60_000);
    expect(rrset("test.", "shop.test.", RrType.DS)).toEqual([]);
    expect(rrset("shop.test.", "shop.test.", RrType.DNSKEY)).toHaveLength(2);
    expect(inspect().state("shop.test.", "shop.test.", RrType.SOA)).toBe("insecure");
    // 0 0 0 00 and 0 3 0 AA==: a parent that goes by them is to vouch for nothing any more (RFC 8078 section 4).
    expect(rrset("shop.test.", "shop.test.", RrType.CDS)).toEqual(["AAAAAAA="]);
    expect(rrset("shop.test.", "shop.test.", RrType.CDNSKEY)).toEqual(["AAADAAA="]);
    await api.pass(2 * day + 600_000);
    expect(rrset("shop.test.", "shop.test.", RrType.DNSKEY)).toEqual([]);
    expect(rrset("shop.test.", "shop.test.", RrType.RRSIG)).toEqual([]);
    expect(rrset("shop.test.", "shop.test.", RrType.CDS)).toEqual([]);
    await api.json("PUT", "/v1/zones/shop.test/signing", { signing: "nsec" });
    await api.pass(60_000);
    expect(rrset("test.", "shop.test.", RrType.DS)).toHaveLength(1);
    expect(inspect().problems()).toEqual([]);
  });

  test("with a name that is too long for hashes stays signed as it is, and goes on being changed", async () => {
    const long = `${["a", "b", "c"].map((letter) => letter.repeat(63)).join(".")}.${"d".repeat(20)}.shop.test`;
    await api.json("POST", "/v1/zones", { name: long });
    expect(await api.refused("PUT", `/v1/zones/${long}/signing`, { signing: "nsec3" })).toMatchObject({
      code: "state-wrong",
    });
    await api.json("PUT", `/v1/zones/${long}/rrsets`, { name: "@", type: "A", records: ["192.0.2.1"] });
    expect(rrset(`${long}.`, `${long}.`, RrType.A)).toHaveLength(1);
  });

  test.each(["zsk", "ksk"] as const)("its %s is rolled, and it is secure all along", async (role) => {
    const before = rrset("shop.test.", "shop.test.", RrType.DNSKEY);
    const ds = rrset("test.", "shop.test.", RrType.DS);
    await api.json("POST", "/v1/zones/shop.test/signing/rolls", { role });
    await api.pass(60_000);
    expect(rrset("shop.test.", "shop.test.", RrType.DNSKEY)).toHaveLength(3);
    for (let i = 0; i < 8; i++) {
      await api.pass(10 * 3_600_000);
      expect(inspect().problems(), `after ${10 * i} hours`).toEqual([]);
    }
    const after = rrset("shop.test.", "shop.test.", RrType.DNSKEY);
    expect(after).toHaveLength(2);
    expect(after.filter((key) => before.includes(key))).toHaveLength(1);
    expect(rrset("test.", "shop.test.", RrType.DS)).toEqual(rrset("shop.test.", "shop.test.", RrType.CDS));
    if (role === "ksk") expect(rrset("test.", "shop.test.", RrType.DS)).not.toEqual(ds);
    else expect(rrset("test.", "shop.test.", RrType.DS)).toEqual(ds);
    expect(await api.refused("POST", "/v1/zones/none.test/signing/rolls", { role })).toMatchObject({
      code: "state-wrong",
    });
  });
});

describe("a zone in another zone", () => {
  beforeEach(async () => {
    await register();
    await api.json("PUT", "/v1/zones/shop.test/rrsets", { name: "www", type: "A", records: ["192.0.2.1"] });
  });

  const put = (zone: string, name: string): Promise<unknown> =>
    api.json("PUT", `/v1/zones/${zone}/rrsets`, { name, type: "TXT", records: ['"here"'] });

  test("has its delegation and DS there in the change that makes it, and neither after its end", async () => {
    await api.json("POST", "/v1/zones", { name: "sub.shop.test" });
    expect(rrset("shop.test.", "sub.shop.test.", RrType.NS)).toHaveLength(4);
    expect(rrset("shop.test.", "sub.shop.test.", RrType.DS)).toHaveLength(1);
    await put("sub.shop.test", "at");
    await api.json("POST", "/v1/zones", { name: "deep.at.sub.shop.test" });
    await api.pass(5_000);
    const found = inspect();
    expect(found.problems()).toEqual([]);
    expect(found.state("sub.shop.test.", "at.sub.shop.test.", RrType.TXT)).toBe("secure");
    expect(found.state("deep.at.sub.shop.test.", "deep.at.sub.shop.test.", RrType.SOA)).toBe("secure");
    expect(rrset("shop.test.", "sub.shop.test.", RrType.DS)).toEqual(
      rrset("sub.shop.test.", "sub.shop.test.", RrType.CDS),
    );
    const { rrsets } = await api.json<{ rrsets: { name: string; type: string; origin: string }[] }>(
      "GET",
      "/v1/zones/shop.test/rrsets",
    );
    expect(
      rrsets.flatMap(({ name, type, origin }) => (name === "sub.shop.test" ? [[type, origin]] : [])),
    ).toEqual([
      ["NS", "platform"],
      ["DS", "platform"],
    ]);
    await api.json("DELETE", "/v1/zones/sub.shop.test");
    expect(rrset("shop.test.", "sub.shop.test.", RrType.NS)).toEqual([]);
    expect(rrset("shop.test.", "sub.shop.test.", RrType.DS)).toEqual([]);
    // The zone that lay in it lies in the one above now.
    expect(rrset("shop.test.", "deep.at.sub.shop.test.", RrType.DS)).toHaveLength(1);
    await api.pass(60_000);
    expect(inspect().problems()).toEqual([]);
    expect(inspect().denial("shop.test.", "at.sub.shop.test.", RrType.A, false)).toBe("secure");
  });

  test("is led out of signing and back in, its key is rolled, and its parent follows", async () => {
    await api.json("POST", "/v1/zones", { name: "sub.shop.test" });
    const ds = rrset("shop.test.", "sub.shop.test.", RrType.DS);
    await api.json("POST", "/v1/zones/sub.shop.test/signing/rolls", { role: "ksk" });
    for (let i = 0; i < 12; i++) {
      await api.pass(3_600_000);
      expect(inspect().problems(), `after ${i} hours`).toEqual([]);
    }
    expect(rrset("shop.test.", "sub.shop.test.", RrType.DS)).not.toEqual(ds);
    expect(rrset("sub.shop.test.", "sub.shop.test.", RrType.DNSKEY)).toHaveLength(2);
    await api.json("PUT", "/v1/zones/sub.shop.test/signing", { signing: "off" });
    await api.pass(60_000);
    expect(rrset("shop.test.", "sub.shop.test.", RrType.DS)).toEqual([]);
    expect(inspect().state("sub.shop.test.", "sub.shop.test.", RrType.SOA)).toBe("insecure");
    expect(rrset("sub.shop.test.", "sub.shop.test.", RrType.DNSKEY)).toHaveLength(2);
    await api.pass(2 * 3_600_000);
    expect(rrset("sub.shop.test.", "sub.shop.test.", RrType.DNSKEY)).toEqual([]);
    expect(rrset("shop.test.", "sub.shop.test.", RrType.NS)).toHaveLength(4);
    expect(inspect().denial("shop.test.", "sub.shop.test.", RrType.DS, false)).toBe("secure");
    await api.json("PUT", "/v1/zones/sub.shop.test/signing", { signing: "nsec" });
    await api.pass(60_000);
    expect(rrset("shop.test.", "sub.shop.test.", RrType.DS)).toHaveLength(1);
    expect(inspect().problems()).toEqual([]);
  });

  test("that was there first is delegated by the one that comes above it", async () => {
    await api.json("POST", "/v1/zones", { name: "sub.example.org" });
    await put("sub.example.org", "at");
    await api.json("POST", "/v1/zones", { name: "example.org" });
    await api.pass(60_000);
    expect(rrset("example.org.", "sub.example.org.", RrType.NS)).toHaveLength(4);
    expect(rrset("example.org.", "sub.example.org.", RrType.DS)).toHaveLength(1);
    await api.json("DELETE", "/v1/zones/example.org");
    await api.pass(60_000);
    const { state } = await api.json<{ state: string }>("GET", "/v1/zones/sub.example.org/signing");
    expect(state).toBe("signed");
  });

  test("hides nothing of it: records in the way keep it from being made, and none are put there later", async () => {
    expect(await api.refused("POST", "/v1/zones", { name: "www.shop.test" })).toMatchObject({
      code: "record-conflict",
    });
    await put("shop.test", "a.b.shop.test");
    expect(await api.refused("POST", "/v1/zones", { name: "b.shop.test" })).toMatchObject({
      code: "record-conflict",
    });
    await api.json("POST", "/v1/zones", { name: "sub.shop.test" });
    for (const name of ["sub.shop.test", "x.sub.shop.test"])
      expect(
        await api.refused("PUT", "/v1/zones/shop.test/rrsets", { name, type: "TXT", records: ['"no"'] }),
      ).toMatchObject({ code: "record-conflict" });
  });
});

describe("a zone whose parent is elsewhere", () => {
  const hour = 3_600_000;
  const keys = (): Promise<ZoneSigningStatus> => api.json("GET", "/v1/zones/example.org/signing");
  const dsOfNow = async (): Promise<string[]> => (await keys()).ds.map((line) => line.split(" DS ")[1] ?? "");
  const has = (data: readonly string[]): void => api.resolver.set("example.org.", RrType.DS, data);
  beforeEach(async () => {
    await api.json("POST", "/v1/zones", { name: "example.org" });
    await api.pass(5_000);
  });

  test("rolls no KSK by itself, and where it is asked to keeps the old one until the parent has let go of it", async () => {
    const [first = ""] = await dsOfNow();
    has([first]);
    await api.pass(1_000);
    await api.json("POST", "/v1/zones/example.org/signing/rolls", { role: "ksk" });
    await api.pass(10 * day);
    // CDS says what the parent is to have; until it does, the key that it vouches for signs on.
    const [second = ""] = await dsOfNow();
    expect(second).not.toBe(first);
    expect((await keys()).detail).toMatch(/kept until the parent elsewhere has the DS of the next/);
    expect((await keys()).keys.filter(({ role }) => role === "ksk")).toHaveLength(2);
    has([first, second]);
    await api.pass(3 * day);
    expect((await keys()).keys.filter(({ role }) => role === "ksk")).toHaveLength(2);
    has([second]);
    await api.pass(47 * hour);
    expect((await keys()).keys.filter(({ role }) => role === "ksk")).toHaveLength(2);
    await api.pass(3 * hour);
    expect((await keys()).keys.filter(({ role }) => role === "ksk")).toHaveLength(1);
  });

  test("keeps both keys where nobody can see what the parent has, and stays signed while that vouches for it", async () => {
    api.resolver.answers.set(`example.org. ${RrType.DS}`, "no answer");
    await api.json("POST", "/v1/zones/example.org/signing/rolls", { role: "ksk" });
    await api.pass(10 * day);
    expect((await keys()).keys.filter(({ role }) => role === "ksk")).toHaveLength(2);
    expect((await keys()).detail).toMatch(/cannot be seen from here/);
    has(await dsOfNow());
    const { plan } = await api.json<{ plan: { warnings: string[] } }>(
      "PUT",
      "/v1/zones/example.org/signing",
      {
        signing: "off",
      },
    );
    expect(plan.warnings.join()).toMatch(/take its DS out where the name is registered/);
    await api.pass(10 * day);
    expect((await keys()).state).toBe("leaving");
    expect((await keys()).detail).toMatch(/take the DS out where the name is registered/);
    // Whoever has the DS in a cache wants signatures for as long as that holds.
    has([]);
    await api.pass(47 * hour);
    expect((await keys()).state).toBe("leaving");
    await api.pass(3 * hour);
    expect((await keys()).state).toBe("unsigned");
  });

  test("stays signed while the parent vouches for it, though that cannot be seen for a while or after a start", async () => {
    has(await dsOfNow());
    await api.pass(10 * day);
    await api.json("PUT", "/v1/zones/example.org/signing", { signing: "off" });
    await api.pass(hour);
    expect((await keys()).detail).toMatch(/take the DS out where the name is registered/);
    api.resolver.answers.set(`example.org. ${RrType.DS}`, "no answer");
    await api.pass(day);
    expect((await keys()).state).toBe("leaving");
    const { names } = api.roles;
    names.disconnect();
    await api.restart(config);
    names.connect(api.control.hub);
    await api.pass(hour);
    expect((await keys()).state).toBe("leaving");
    expect((await keys()).detail).toMatch(/cannot be seen from here/);
    // Nobody is kept waiting for ever: with a DS of before no resolver can be any more.
    await api.pass(50 * hour);
    expect((await keys()).state).toBe("unsigned");
  });
});

test("a platform that was not signed is signed from a start on: zones first, then what vouches for them", async () => {
  const { signing: _signing, ...unsigned } = config;
  await api.startWith(unsigned);
  await register();
  expect(rrset("test.", "test.", RrType.DNSKEY)).toEqual([]);
  const { names, resolver } = api.roles;
  for (const role of [names, resolver]) role.disconnect();
  await api.restart(config);
  for (const role of [names, resolver]) role.connect(api.control.hub);
  await api.pass(120_000);
  expect(inspect().problems()).toEqual([]);
  expect(inspect().state("shop.test.", "shop.test.", RrType.SOA)).toBe("secure");
});

test("a platform that is started without signing leads out what was signed: parents first, and nothing is bogus on the way", async () => {
  await register();
  const { signing: _signing, ...unsigned } = config;
  const { names, resolver } = api.roles;
  for (const role of [names, resolver]) role.disconnect();
  await api.restart(unsigned);
  for (const role of [names, resolver]) role.connect(api.control.hub);
  await api.pass(120_000);
  expect(rrset("test.", "shop.test.", RrType.DS)).toEqual([]);
  expect(rrset("shop.test.", "shop.test.", RrType.DNSKEY)).toHaveLength(2);
  expect(inspect().state("shop.test.", "shop.test.", RrType.SOA)).toBe("insecure");
  expect(await api.refused("POST", "/v1/zones/shop.test/signing/rolls", { role: "zsk" })).toMatchObject({
    code: "state-wrong",
  });
  await api.pass(2 * day + 600_000);
  expect(signatures().size).toBe(0);
  for (const apex of [".", "test.", "shop.test."]) expect(rrset(apex, apex, RrType.DNSKEY), apex).toEqual([]);
});

test("without signing there is nothing of it", async () => {
  const { signing: _signing, ...unsigned } = config;
  await api.startWith(unsigned);
  await register();
  expect(signatures().size).toBe(0);
  expect(await api.refused("PUT", "/v1/zones/shop.test/signing", { signing: "nsec" })).toMatchObject({
    code: "state-wrong",
  });
});
