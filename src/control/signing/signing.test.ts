// Zones are signed from the first start, and stay secure through all that happens to them: every state of the name servers is validated from
// the resolver's anchor down.

import { objectKey, type RoleObject } from "#contract";
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
    await api.pass(2 * day + 600_000);
    expect(rrset("shop.test.", "shop.test.", RrType.DNSKEY)).toEqual([]);
    expect(rrset("shop.test.", "shop.test.", RrType.RRSIG)).toEqual([]);
    await api.json("PUT", "/v1/zones/shop.test/signing", { signing: "nsec" });
    await api.pass(60_000);
    expect(rrset("test.", "shop.test.", RrType.DS)).toHaveLength(1);
    expect(inspect().problems()).toEqual([]);
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
