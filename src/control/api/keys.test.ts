// Access keys: what each may, what it may not, and what the history says of them.

import type { AccessKey, Change, ErrorBody, Me, MintedKey, Plan, Status, WriteAnswer } from "#contract";
import { beforeEach, describe, expect, test } from "vitest";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json, refused } = api;

beforeEach(async () => {
  await api.start();
  for (const name of ["shop.test", "other.test"]) await json("POST", "/v1/domains", { name });
});

/** Creates a key with the first one. */
async function create(wanted: Record<string, unknown> = {}): Promise<MintedKey> {
  const name = `k${Math.floor(api.time.now++)}`;
  const { accessKey } = await json<WriteAnswer>("POST", "/v1/keys", { name, ...wanted });
  if (!accessKey) throw new Error("no key");
  return accessKey;
}

/** What a request with a key comes to: `ok`, or the code of its refusal. */
async function outcome(key: MintedKey, method: string, path: string, body?: unknown): Promise<string> {
  const response = await api.callAs(`Bearer ${key.secret}`, method, path, body);
  return response.ok ? "ok" : ((await response.json()) as ErrorBody).code;
}

/** What follows `fl_ID_`. */
const secretOf = (text: string): string => text.slice(24);

const rrset = (zone: string, name: string = "www"): [string, string, unknown] => [
  "PUT",
  `/v1/zones/${zone}/rrsets`,
  { name, type: "A", records: ["192.0.2.1"] },
];

describe("roles", () => {
  test.each([
    ["viewer", "access-denied", "access-denied"],
    ["operator", "ok", "access-denied"],
    ["owner", "ok", "ok"],
  ])("a %s key reads; writes: %s; users: %s", async (role, writes, users) => {
    const key = await create({ role });
    expect(await outcome(key, "GET", "/v1/status")).toBe("ok");
    expect(await outcome(key, "GET", "/v1/changes")).toBe("ok");
    expect(await outcome(key, ...rrset("shop.test"))).toBe(writes);
    expect(
      await outcome(key, "POST", "/v1/plans", { command: { action: "delete-domain", name: "shop.test" } }),
    ).toBe(writes);
    const trust = await outcome(key, "POST", "/v1/plans", { command: { action: "delete-acme-account" } });
    expect(trust === "access-denied" ? trust : "ok").toBe(users);
    expect(await outcome(key, "GET", "/v1/users")).toBe(users);
    expect(await outcome(key, "DELETE", "/v1/users/nobody@example.org")).toBe(
      users === "ok" ? "resource-not-found" : users,
    );
  });

  test("nobody creates a user but by a link, nor a key of more than their own role", async () => {
    const command = { action: "create-user", email: "eve@example.org", role: "owner" };
    expect(await refused("POST", "/v1/plans", { command })).toMatchObject({ code: "access-denied" });
    const operator = await create({ role: "operator" });
    expect(await outcome(operator, "POST", "/v1/keys", { name: "more", role: "owner" })).toBe(
      "access-denied",
    );
    expect(await outcome(operator, "POST", "/v1/keys", { name: "same" })).toBe("ok");
    expect(await refused("POST", "/v1/keys", { name: "x", user: "nobody@example.org" })).toMatchObject({
      code: "resource-not-found",
    });
  });
});

describe("limits", () => {
  test.each<[string, () => Record<string, unknown>]>([
    ["verbs", () => ({ verbs: ["read", "apply"] })],
    ["an end", () => ({ expiresAt: new Date(api.time.now + 60_000).toISOString() })],
    ["zones", () => ({ zones: ["shop.test"] })],
  ])("an owner's key with %s makes neither a key nor an owner without", async (_, limits) => {
    const key = await create({ role: "owner", ...limits() });
    for (const [path, body] of [
      ["/v1/keys", { name: "more" }],
      ["/v1/invitations", { email: "eve@example.org", role: "owner" }],
      ["/v1/setup", {}],
      ["/v1/users/ada@example.org/reset", {}],
    ] as const)
      expect([path, await outcome(key, "POST", path, body)]).toEqual([path, "access-denied"]);
  });

  test.each<[string[], Record<string, string>]>([
    [
      ["read"],
      { read: "ok", plan: "access-denied", put: "access-denied", undo: "access-denied", trace: "ok" },
    ],
    [
      ["plan"],
      {
        read: "access-denied",
        plan: "ok",
        put: "access-denied",
        undo: "access-denied",
        trace: "access-denied",
      },
    ],
    [
      ["apply"],
      { read: "access-denied", plan: "ok", put: "ok", undo: "access-denied", trace: "access-denied" },
    ],
    [["undo", "read"], { read: "ok", plan: "access-denied", put: "access-denied", undo: "ok", trace: "ok" }],
    [
      ["put-rrset"],
      { read: "access-denied", plan: "ok", put: "ok", undo: "access-denied", trace: "access-denied" },
    ],
    [
      ["delete-rrset"],
      {
        read: "access-denied",
        plan: "access-denied",
        put: "access-denied",
        undo: "access-denied",
        trace: "access-denied",
      },
    ],
  ])("of verbs %j", async (verbs, expected) => {
    const { change } = await json<WriteAnswer>(...rrset("shop.test", "old"));
    const key = await create({ verbs });
    const command = { action: "put-rrset", zone: "shop.test", name: "a", type: "A", records: ["192.0.2.1"] };
    expect({
      read: await outcome(key, "GET", "/v1/zones"),
      plan: await outcome(key, "POST", "/v1/plans", { command }),
      put: await outcome(key, ...rrset("shop.test")),
      undo: await outcome(key, "POST", `/v1/changes/${change?.id}/undo`, {}),
      // No visit comes about; whether it was let so far is what counts.
      trace: (await outcome(key, "POST", "/v1/traces", { url: "ftp://x" })).replace("input-malformed", "ok"),
    }).toEqual(expected);
  });

  test("a key with any limit makes no keys, and one that may do little still sees how that went", async () => {
    for (const limit of [{ verbs: ["apply", "create-access-key"] }, { zones: ["shop.test"] }]) {
      const key = await create({ role: "owner", ...limit });
      expect(await outcome(key, "POST", "/v1/keys", { name: "free", role: "owner" })).toBe("access-denied");
    }
    const key = await create({ verbs: ["put-rrset"] });
    const put = await api.callAs(`Bearer ${key.secret}`, ...rrset("shop.test"));
    const { operation } = (await put.json()) as WriteAnswer;
    expect(await outcome(key, "GET", `/v1/operations/${operation?.id}`)).toBe("ok");
    const { operation: others } = await json<WriteAnswer>(...rrset("shop.test", "b"));
    expect(await outcome(key, "GET", `/v1/operations/${others?.id}`)).toBe("not-found");
  });

  test("of zones: it reads and changes those, in every spelling, and nothing else", async () => {
    const key = await create({ zones: ["Shop.TEST"] });
    for (const zone of ["shop.test", "SHOP.test", "shop.test.", "%73hop.test"]) {
      expect(await outcome(key, "GET", `/v1/zones/${zone}/rrsets`)).toBe("ok");
      expect(await outcome(key, ...rrset(zone))).toBe("ok");
    }
    for (const zone of [
      "other.test",
      "OTHER.test.",
      "test",
      "none.test",
      "xshop.test",
      "shop.test.other.test",
      "shop\\.test",
    ]) {
      expect(await outcome(key, "GET", `/v1/zones/${encodeURIComponent(zone)}/rrsets`), zone).toBe(
        "access-denied",
      );
      expect(await outcome(key, ...rrset(encodeURIComponent(zone))), zone).toBe("access-denied");
    }
    const listed = (await (await api.callAs(`Bearer ${key.secret}`, "GET", "/v1/zones")).json()) as {
      zones: { name: string }[];
    };
    expect(listed.zones.map(({ name }) => name)).toEqual(["shop.test"]);
    for (const path of [
      "/v1/status",
      "/v1/changes",
      "/v1/domains",
      "/v1/instances",
      "/v1/operations",
      "/v1/events",
      "/v1/keys",
      "/v1/traces",
      "/v1/zones/shop.test/../other.test/rrsets",
      "/v1//zones/shop.test",
    ])
      expect(await outcome(key, "GET", path), path).toMatch(/access-denied/);
    for (const [method, path, body] of [
      ["POST", "/v1/domains", { name: "new.test" }],
      ["POST", "/v1/domains", { name: "sub.shop.test" }],
      ["DELETE", "/v1/domains/shop.test", undefined],
      ["POST", "/v1/instances", { name: "web", run: { kind: "address", address: "127.0.0.1", port: 80 } }],
      ["POST", "/v1/traces", { url: "http://other.test/" }],
    ] as const)
      expect(await outcome(key, method, path, body), path).toBe("access-denied");
  });

  test("of zones: names inside another zone below one's own are that zone's", async () => {
    await json("POST", "/v1/instances", {
      name: "web",
      run: { kind: "address", address: "127.0.0.1", port: 80 },
    });
    const key = await create({ zones: ["shop.test"] });
    expect(await outcome(key, "POST", "/v1/assignments", { name: "www.shop.test", resource: "web" })).toBe(
      "ok",
    );
    expect(await outcome(key, "POST", "/v1/assignments", { name: "www.other.test", resource: "web" })).toBe(
      "access-denied",
    );
    expect(await outcome(key, "DELETE", "/v1/assignments/www.other.test")).toBe("access-denied");
    expect(await outcome(key, "DELETE", "/v1/assignments/www.shop.test.")).toBe("ok");
  });

  test("of zones: import and undo touch those only, and a plan counts as what applies it may", async () => {
    const key = await create({ zones: ["shop.test"], role: "owner" });
    const records = [{ name: "@", type: "TXT", data: '"x"' }];
    const inside = { action: "import-zone", zone: "shop.test", records };
    const outside = { action: "import-zone", zone: "other.test", records };
    expect(await outcome(key, "POST", "/v1/plans", { command: inside })).toBe("ok");
    expect(await outcome(key, "POST", "/v1/plans", { command: outside })).toBe("access-denied");
    const strange = [{ name: "www.other.test.", type: "TXT", data: '"x"' }];
    expect(await outcome(key, "POST", "/v1/plans", { command: { ...inside, records: strange } })).not.toBe(
      "ok",
    );
    const plan = await json<Plan>("POST", "/v1/plans", { command: outside });
    expect(await outcome(key, "POST", `/v1/plans/${plan.id}/apply`, {})).toBe("access-denied");
    // The refusal took the plan from nobody.
    await json("POST", `/v1/plans/${plan.id}/apply`, {});
    const { change: theirs } = await json<WriteAnswer>(...rrset("other.test"));
    const { change: own } = await json<WriteAnswer>(...rrset("shop.test"));
    expect(await outcome(key, "POST", `/v1/changes/${theirs?.id}/undo`, {})).toBe("access-denied");
    expect(await outcome(key, "POST", `/v1/changes/${theirs?.id}/undo?plan=1`, {})).toBe("access-denied");
    expect(await outcome(key, "POST", `/v1/changes/${own?.id}/undo`, {})).toBe("ok");
  });

  test("of time: a key ends at its hour, by its deletion and while it is disabled", async () => {
    const expiresAt = new Date(api.time.now + 60_000).toISOString();
    const [brief, other] = [await create({ expiresAt }), await create()];
    expect(await outcome(brief, "GET", "/v1/me")).toBe("ok");
    api.time.advance(60_001);
    expect(await outcome(brief, "GET", "/v1/me")).toBe("key-wrong");
    await json("PUT", `/v1/keys/${other.id}`, { isDisabled: true });
    expect(await outcome(other, "GET", "/v1/me")).toBe("key-wrong");
    await json("PUT", `/v1/keys/${other.id}`, { isDisabled: false });
    expect(await outcome(other, "GET", "/v1/me")).toBe("ok");
    await json("DELETE", `/v1/keys/${other.id}`);
    expect(await outcome(other, "GET", "/v1/me")).toBe("key-wrong");
    expect(await refused("POST", "/v1/keys", { name: "late", expiresAt })).toMatchObject({
      code: "input-malformed",
    });
  });
});

/** What an event stream gives, until it ends. */
async function heard(authorization: string, during: () => Promise<void>): Promise<string> {
  const response = await api.callAs(authorization, "GET", "/v1/events");
  const text = response.text();
  await during();
  // Where the stream did not end by itself, waiting for its end would be for ever.
  const late = new Promise<string>((resolve) => setImmediate(() => resolve("it goes on")));
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
  return Promise.race([text, late]);
}

test("an event stream ends with the key that opened it", async () => {
  const [kept, deleted] = [await create(), await create()];
  expect(await heard(`Bearer ${kept.secret}`, () => json("POST", "/v1/domains", { name: "a.test" }))).toBe(
    "it goes on",
  );
  const text = await heard(`Bearer ${deleted.secret}`, async () => {
    await json("POST", "/v1/domains", { name: "b.test" });
    await json("DELETE", `/v1/keys/${deleted.id}`);
    await json("POST", "/v1/domains", { name: "c.test" });
  });
  expect(text).toContain('"resourceName":"b.test"');
  expect(text).not.toContain('"resourceName":"c.test"');
});

describe("a key", () => {
  test("is shown once, kept as a digest or sealed, and forgotten when it is deleted", async () => {
    for (const type of ["bearer", "aws"]) {
      const key = await create({ type, name: `a ${type}` });
      const secret = type === "aws" ? key.secret : secretOf(key.secret);
      const held = JSON.stringify([
        await api.store.log({ revision: 0 }, 1000),
        await api.store.secrets.list("access-key"),
        await json("GET", "/v1/changes"),
        await json("GET", "/v1/keys"),
      ]);
      expect(held).toContain(key.id);
      expect(held).not.toContain(secret);
      expect((await api.store.secrets.list("access-key")).map(({ id }) => id)).toEqual(
        type === "aws" ? [key.id] : [],
      );
      await json("DELETE", `/v1/keys/${key.id}`);
      expect(await api.store.secrets.list("access-key")).toEqual([]);
    }
    expect((await create({ type: "aws" })).id).toMatch(/^AKIA[A-Z2-7]{16}$/);
    expect((await create({ type: "aws" })).secret).toHaveLength(40);
  });

  test("tells when it was last used, by whom it is good", async () => {
    const { accessKey } = await json<WriteAnswer>("POST", "/v1/keys", { name: "laptop" });
    const path = `/v1/keys/${accessKey?.id}`;
    expect(await json("GET", path)).not.toHaveProperty("lastUsedAt");
    api.time.advance(5000);
    const used = new Date(api.time.now).toISOString();
    expect((await api.callAs(`Bearer ${accessKey?.secret}`, "GET", "/v1/me")).status).toBe(200);
    api.time.advance(5000);
    expect((await api.callAs(`Bearer ${accessKey?.secret}x`, "GET", "/v1/me")).status).not.toBe(200);
    expect(await json("GET", path)).toMatchObject({ lastUsedAt: used });
  });

  test("shows in the history with who made it, and what it does with it", async () => {
    const key = await create({ name: "laptop" });
    await api.callAs(`Bearer ${key.secret}`, ...rrset("shop.test"));
    await json("DELETE", `/v1/keys/${key.id}`);
    const { changes } = await json<{ changes: Change[] }>("GET", "/v1/changes?limit=3");
    expect(changes.map(({ actor, title }) => [actor, title])).toEqual([
      ["first", "Delete key laptop"],
      ["key:laptop (first-key)", "Put A records at www.shop.test"],
      ["first", "Create key laptop"],
    ]);
    expect(await refused("POST", `/v1/changes/${changes[2]?.id}/undo`, {})).toMatchObject({
      code: "undo-refused",
    });
    expect(await refused("POST", `/v1/changes/${changes[0]?.id}/undo`, {})).toMatchObject({
      code: "undo-refused",
    });
  });

  test("that is planned is made when that is applied, by whoever planned it", async () => {
    const command = { action: "create-access-key", name: "later" };
    const plan = await json<Plan>("POST", "/v1/plans", { command });
    expect(JSON.stringify(plan)).not.toMatch(/fl_|secret/);
    const operator = await create();
    expect(await outcome(operator, "POST", `/v1/plans/${plan.id}/apply`, {})).toBe("access-denied");
    const { accessKey } = await json<WriteAnswer>("POST", `/v1/plans/${plan.id}/apply`, {});
    expect(await outcome(accessKey as MintedKey, "GET", "/v1/me")).toBe("ok");
  });

  test("knows itself", async () => {
    const key = await create({ name: "ci", zones: ["shop.test"], verbs: ["read", "put-rrset"] });
    const me = (await (await api.callAs(`Bearer ${key.secret}`, "GET", "/v1/me")).json()) as Me;
    expect(me).toEqual({
      kind: "key",
      name: "ci",
      actor: "key:ci (first-key)",
      role: "operator",
      verbs: ["read", "put-rrset"],
      zones: ["shop.test"],
      keyId: key.id,
    });
    expect(await json<Me>("GET", "/v1/me")).toMatchObject({ name: "first", role: "owner" });
  });

  test("of others is nobody's but an owner's to see or delete", async () => {
    const [operator, victim] = [await create(), await create()];
    const keys = (await (await api.callAs(`Bearer ${operator.secret}`, "GET", "/v1/keys")).json()) as {
      keys: AccessKey[];
    };
    expect(keys.keys).toEqual([]);
    expect(await outcome(operator, "GET", `/v1/keys/${victim.id}`)).toBe("resource-not-found");
    expect(await outcome(operator, "DELETE", `/v1/keys/${victim.id}`)).toBe("resource-not-found");
    expect((await json<{ keys: AccessKey[] }>("GET", "/v1/keys")).keys).toHaveLength(2);
  });

  test.each([
    [{ name: "a\nb" }, "input-malformed"],
    [{ name: "a)b" }, "input-malformed"],
    [{ name: "" }, "input-malformed"],
    [{ verbs: [] }, "input-malformed"],
    [{ verbs: ["everything"] }, "input-malformed"],
    [{ zones: ["none.test"] }, "zone-not-found"],
    [{ zones: ["a..b"] }, "name-malformed"],
    [{ role: "root" }, "input-malformed"],
    [{ expiresAt: "tomorrow" }, "input-malformed"],
  ])("cannot be %j", async (wanted, code) => {
    expect(await refused("POST", "/v1/keys", { name: "k", ...wanted })).toMatchObject({ code });
    expect((await json<{ keys: AccessKey[] }>("GET", "/v1/keys")).keys).toEqual([]);
  });

  test.each([
    ["its id with another secret", (k: string) => k.slice(0, -2) + (k.endsWith("AA") ? "BB" : "AA")],
    ["another id", (k: string) => k.replace(/FLBK./, (id) => (id === "FLBK7" ? "FLBK6" : "FLBK7"))],
    ["cut short", (k: string) => k.slice(0, -1)],
    ["the secret alone", secretOf],
    ["its digest", () => "x".repeat(43)],
    ["very long", (k: string) => k + "A".repeat(100_000)],
  ])("is not %s", async (_, change) => {
    const key = await create();
    expect(await outcome({ ...key, secret: change(key.secret) }, "GET", "/v1/me")).toBe("key-wrong");
  });

  test("that a crash left a secret of is swept away at the next start", async () => {
    await api.store.secrets.put({ id: "AKIALEFTOVER", purpose: "access-key", sealed: "1.x", at: 0 });
    const kept = await create({ type: "aws" });
    await api.restart();
    expect((await api.store.secrets.list("access-key")).map(({ id }) => id)).toEqual([kept.id]);
    expect((await json<Status>("GET", "/v1/status")).version).toBe("0.0.0");
  });
});
