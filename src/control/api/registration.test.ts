// Registrations over time and over the API: years, auto-renew, statuses, contacts, authorization codes; what is refused; and what happens
// by itself over years of virtual time, restarts of control among them.

import { Buffer } from "node:buffer";
import type { AuthCodeAnswer, Change, Domain, Operation, Plan, WriteAnswer } from "#contract";
import { beforeEach, expect, test } from "vitest";
import { isAuthCode } from "../auth-code.ts";
import type { DomainObject } from "#registry";
import { controlSchema } from "../facts.ts";
import { dataRoles } from "../data-roles.ts";
import { ManualTime, settle } from "../testing.ts";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json, refused, lines } = api;
beforeEach(api.start);

const day = 86_400_000;
const contact = {
  name: "Ada Lovelace",
  street: ["12 St James's Square"],
  city: "London",
  countryCode: "GB",
  phone: "+44.2070000000",
  email: "ada@example.org",
};

const domain = (name = "shop.test"): Promise<Domain> => json("GET", `/v1/domains/${name}`);
const register = (body: object = {}): Promise<WriteAnswer> =>
  json("POST", "/v1/domains", { name: "shop.test", ...body });
const set = (body: object): Promise<WriteAnswer> => json("PUT", "/v1/domains/shop.test", body);
const isDelegated = (): boolean => lines("test.", "shop.test.").length > 0;
const titles = async (): Promise<string[]> =>
  (await json<{ changes: Change[] }>("GET", "/v1/changes")).changes.map(({ title }) => title);

const held = async (key: string): Promise<DomainObject> =>
  (await api.store.list("domain", { prefix: key }))[0]?.value as DomainObject;

/** Lets days go by, one after the other. */
async function pass(days: number): Promise<void> {
  for (let i = 0; i < days; i++) {
    api.time.advance(day);
    await settle();
  }
}

/** Control ends as in a crash; days later another one starts on the same store. */
async function awayFor(days: number): Promise<void> {
  api.control.hub.close();
  const { now } = api.time;
  api.time = new ManualTime(); // the timers of the one before never fire again
  api.time.now = now + days * day;
  await api.restart();
  for (const role of dataRoles) api.roles[role].connect(api.control.hub);
  await settle();
}

test("a registration is made with years, lock, contacts and auto-renew, and shows them", async () => {
  const { plan } = await register({
    years: 3,
    lock: true,
    autoRenew: false,
    contacts: { registrant: contact, tech: contact, admin: { ...contact, name: "Charles Babbage" } },
    privacy: { tech: false },
  });
  expect(plan.title).toBe("Register shop.test for 3 years");
  expect(await domain()).toMatchObject({
    expiresAt: "2030-01-15T08:00:00.000Z",
    autoRenew: false,
    isLocked: true,
    phase: "registered",
    statuses: ["clientTransferProhibited"],
    states: [
      { code: "clientTransferProhibited", text: expect.stringMatching(/locked/) },
      { code: "addPeriod", until: "2027-01-20T08:00:00.000Z" },
    ],
    contacts: {
      registrant: { ...contact, isPrivate: true },
      tech: { ...contact, isPrivate: false },
      admin: { name: "Charles Babbage", isPrivate: true },
    },
  });
  const { contacts, renewsAt } = await domain();
  // Two roles with the same details share one object.
  expect(contacts.registrant?.id).toBe(contacts.tech?.id);
  expect(contacts.admin?.id).not.toBe(contacts.tech?.id);
  expect(renewsAt).toBeUndefined();
});

test("a name in letters of another script is registered by its A-label, and shown as it is read", async () => {
  await json("POST", "/v1/domains", { name: "Bücher.test" });
  expect(await domain("xn--bcher-kva.test")).toMatchObject({ unicodeName: "bücher.test" });
});

test.each([
  [{ years: 0 }, "input-malformed", /years/],
  [{ years: 11 }, "input-malformed", /years/],
  [
    { contacts: { registrant: { ...contact, email: "ada" } } },
    "contact-malformed",
    /registrant contact .*e-mail address "ada"/,
  ],
  [
    { contacts: { tech: { ...contact, phone: "030" } } },
    "contact-malformed",
    /tech contact .*telephone number/,
  ],
  [{ contacts: { tech: { ...contact, countryCode: "XX" } } }, "contact-malformed", /ISO 3166-1/],
  [{ contacts: { owner: contact } }, "input-malformed", /owner/],
  [{ privacy: { tech: true } }, "input-malformed", /no tech contact/],
])("a registration with %j is refused as %s, and nothing is changed", async (body, code, message) => {
  const head = await api.store.head();
  expect(await refused("POST", "/v1/domains", { name: "shop.test", ...body })).toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
  expect(await api.store.head()).toBe(head);
});

test("a domain is renewed for years, once, at most ten years ahead; an undo takes it back for five days", async () => {
  await register();
  const renew = "/v1/domains/shop.test/renew";
  const { plan } = await json<{ plan: Plan }>("POST", `${renew}?plan=1`, { years: 2 });
  expect(plan.changes[0]?.text).toBe("Update shop.test: it expires on 2030-01-15 instead of 2028-01-15");
  const once = { years: 2, currentExpiry: "2028-01-15" };
  const { operation } = await json<WriteAnswer>("POST", renew, once);
  expect(await json<Operation>("GET", `/v1/operations/${operation?.id}`)).toMatchObject({
    status: "Succeeded",
  });
  expect(await refused("POST", renew, once)).toMatchObject({
    code: "registry-policy",
    message: 'Cannot renew "shop.test": it expires on 2030-01-15, not on 2028-01-15',
  });
  expect(await refused("POST", renew, { years: 8 })).toMatchObject({ code: "renewal-refused", status: 409 });
  expect(await refused("POST", renew, { currentExpiry: "soon" })).toMatchObject({ code: "input-malformed" });
  expect(await refused("POST", "/v1/domains/none.test/renew", {})).toMatchObject({
    code: "domain-not-found",
  });
  const [renewal] = (await json<{ changes: Change[] }>("GET", "/v1/changes")).changes;
  await pass(4);
  await json("POST", `/v1/changes/${renewal?.id}/undo`, {});
  expect((await domain()).expiresAt).toBe("2028-01-15T08:00:00.000Z");
  await json("POST", renew, { years: 1 });
  const [late] = (await json<{ changes: Change[] }>("GET", "/v1/changes")).changes;
  await pass(5);
  expect(await refused("POST", `/v1/changes/${late?.id}/undo`, {})).toMatchObject({
    code: "renewal-refused",
    message: expect.stringMatching(/within five days/),
  });
});

test("statuses do what they say: hold takes the delegation away, the others forbid", async () => {
  await register();
  const { operation, plan } = await set({ addStatuses: ["clientHold"] });
  expect(plan.warnings).toContain("shop.test no longer resolves while it is on hold");
  expect(isDelegated()).toBe(false);
  expect(await json<Operation>("GET", `/v1/operations/${operation?.id}`)).toMatchObject({
    status: "Succeeded",
    steps: [
      { status: "Succeeded" },
      { title: "Zone test no longer delegates shop.test on any of its name servers", status: "Succeeded" },
    ],
  });
  const lifted = await set({ removeStatuses: ["clientHold"], lock: true });
  expect(isDelegated()).toBe(true);
  expect((await json<Operation>("GET", `/v1/operations/${lifted.operation?.id}`)).steps.at(-1)).toMatchObject(
    {
      title: "Zone test delegates shop.test on all its name servers",
      status: "Succeeded",
    },
  );
  await set({ addStatuses: ["clientDeleteProhibited", "clientRenewProhibited"] });
  expect(await refused("DELETE", "/v1/domains/shop.test")).toMatchObject({ code: "status-prohibits" });
  expect(await refused("POST", "/v1/domains/shop.test/renew", {})).toMatchObject({
    code: "status-prohibits",
  });
  await set({ addStatuses: ["clientUpdateProhibited"] });
  expect(await refused("PUT", "/v1/domains/shop.test", { lock: false })).toMatchObject({
    code: "status-prohibits",
  });
  await set({ removeStatuses: ["clientUpdateProhibited"] });
  await set({ removeStatuses: ["clientDeleteProhibited"], lock: false });
  expect(await domain()).toMatchObject({ isLocked: false, statuses: ["clientRenewProhibited"] });
});

test.each([
  [{}, /something to change/],
  [{ lock: true, removeStatuses: ["clientTransferProhibited"] }, /both added and removed/],
  [{ addStatuses: ["serverHold"] }, /addStatuses/],
  [{ privacy: { admin: false } }, /no admin contact/],
])("a change of a registration by %j is refused", async (body, message) => {
  await register();
  expect(await refused("PUT", "/v1/domains/shop.test", body)).toMatchObject({
    code: "input-malformed",
    message: expect.stringMatching(message),
  });
});

test("contacts are given, changed, made public and taken away; each step can be undone", async () => {
  await register({ contacts: { registrant: contact, tech: contact } });
  const seen: Domain["contacts"][] = [(await domain()).contacts];
  for (const body of [
    { contacts: { registrant: { ...contact, city: "Ockham" } } },
    { privacy: { registrant: false } },
    { contacts: { tech: null } },
  ]) {
    const { change } = await set(body);
    await json("POST", `/v1/changes/${change?.id}/undo`, {});
    expect((await domain()).contacts).toEqual(seen.at(-1));
    await set(body);
    seen.push((await domain()).contacts);
  }
  expect(seen[1]).toMatchObject({ registrant: { city: "Ockham" }, tech: { city: "London" } });
  expect(seen[2]).toMatchObject({ registrant: { city: "Ockham", isPrivate: false } });
  expect(seen[3]?.tech).toBeUndefined();
  // What nobody names any more is gone from the registry.
  expect((await api.store.list("contact")).map(({ key }) => key)).toEqual([seen[3]?.registrant?.id]);
  await json("DELETE", "/v1/domains/shop.test");
  expect(await api.store.list("contact")).toEqual([]);
});

test("an authorization code is shown once, kept as a digest, and ended by the next (RFC 9154)", async () => {
  await register();
  const ask = (): Promise<AuthCodeAnswer> => json("POST", "/v1/domains/shop.test/auth-code", {});
  const first = await ask();
  const kept = async (): Promise<NonNullable<DomainObject["authInfo"]>> =>
    (await held("shop.test.")).authInfo!;
  expect(first.authCode).toMatch(/^[A-Za-z2-9]{24}$/);
  expect(isAuthCode(await kept(), first.authCode)).toBe(true);
  const second = await ask();
  expect(second.authCode).not.toBe(first.authCode);
  expect(isAuthCode(await kept(), first.authCode)).toBe(false);
  expect(isAuthCode(await kept(), second.authCode)).toBe(true);
  const everything = JSON.stringify(await api.store.log({ revision: 0 }, 1000));
  for (const { authCode } of [first, second]) {
    expect(everything).not.toContain(authCode);
    expect(everything).not.toContain(Buffer.from(authCode).toString("base64"));
  }
  expect((await json<Change>("GET", `/v1/changes/${second.changeId}`)).actor).toBe("first");
  expect(await refused("POST", "/v1/domains/none.test/auth-code", {})).toMatchObject({
    code: "domain-not-found",
  });
  await set({ addStatuses: ["clientUpdateProhibited"] });
  expect(await refused("POST", "/v1/domains/shop.test/auth-code", {})).toMatchObject({
    code: "status-prohibits",
  });
});

test("a registration renews itself 35 days before it expires, year after year, once each", async () => {
  await register();
  expect((await domain()).renewsAt).toBe("2027-12-11T08:00:00.000Z");
  await pass(329);
  expect((await domain()).expiresAt).toBe("2028-01-15T08:00:00.000Z");
  await pass(1);
  expect((await domain()).expiresAt).toBe("2029-01-15T08:00:00.000Z");
  await pass(3 * 366);
  expect((await domain()).expiresAt).toBe("2032-01-15T08:00:00.000Z");
  const { changes } = await json<{ changes: Change[] }>("GET", "/v1/changes");
  const renewals = changes.filter(({ title }) => title === "Renew shop.test for 1 year: auto-renew is on");
  expect(renewals.map(({ actor, at }) => `${actor} ${at.slice(0, 10)}`)).toEqual(
    ["2030-12-11", "2029-12-11", "2028-12-11", "2027-12-11"].map((at) => `platform ${at}`),
  );
  expect(isDelegated()).toBe(true);
});

test("a control that was away catches up at its start: once, for as many years as are due, and before anything else", async () => {
  await register();
  await awayFor(334);
  expect((await domain()).expiresAt).toBe("2029-01-15T08:00:00.000Z");
  await awayFor(0);
  await awayFor(1);
  expect((await domain()).expiresAt).toBe("2029-01-15T08:00:00.000Z");
  await awayFor(12 * 366);
  expect((await domain()).expiresAt).toBe("2041-01-15T08:00:00.000Z");
  expect((await titles()).filter((title) => title.startsWith("Renew"))).toEqual([
    "Renew shop.test for 2 years: auto-renew is on",
    "Renew shop.test for 10 years: auto-renew is on",
    "Renew shop.test for 1 year: auto-renew is on",
  ]);
});

test("without auto-renew a registration expires, leaves the zone after its grace period, and is gone 80 days later", async () => {
  await register({ autoRenew: false });
  await json("PUT", "/v1/zones/shop.test/rrsets", { name: "@", type: "A", records: ["192.0.2.1"] });
  await pass(365);
  expect(await domain()).toMatchObject({ phase: "autoRenewPeriod", statuses: ["ok"] });
  await pass(44);
  expect(isDelegated()).toBe(true);
  await pass(1);
  expect(await domain()).toMatchObject({ phase: "redemptionPeriod", statuses: ["pendingDelete"] });
  expect(isDelegated()).toBe(false);
  expect(await refused("PUT", "/v1/domains/shop.test", { autoRenew: true })).toMatchObject({
    code: "status-prohibits",
    message: expect.stringMatching(/pendingDelete/),
  });
  expect(await refused("POST", "/v1/domains", { name: "shop.test" })).toMatchObject({ code: "domain-taken" });
  await pass(30);
  expect(await domain()).toMatchObject({ phase: "pendingDelete" });
  expect(await refused("POST", "/v1/domains/shop.test/renew", {})).toMatchObject({
    code: "status-prohibits",
  });
  await pass(4);
  expect((await domain()).phase).toBe("pendingDelete");
  await pass(1);
  expect(await refused("GET", "/v1/domains/shop.test")).toMatchObject({ code: "domain-not-found" });
  expect(await refused("GET", "/v1/zones/shop.test")).toMatchObject({ code: "zone-not-found" });
  expect((await titles()).slice(0, 2)).toEqual([
    "Release shop.test: its life cycle has ended",
    "Take shop.test out of the zone: it expired on 2028-01-15",
  ]);
  await register();
  expect(isDelegated()).toBe(true);
});

test("a registration in its redemption period is restored by a renewal, and resolves again", async () => {
  await register({ autoRenew: false });
  await pass(411);
  expect(isDelegated()).toBe(false);
  const { plan, operation } = await json<WriteAnswer>("POST", "/v1/domains/shop.test/renew", { years: 2 });
  expect(plan).toMatchObject({
    title: "Restore shop.test for 2 years",
    warnings: [expect.stringMatching(/restored from its redemption period/)],
  });
  expect(await json<Operation>("GET", `/v1/operations/${operation?.id}`)).toMatchObject({
    status: "Succeeded",
  });
  expect(await domain()).toMatchObject({
    expiresAt: "2030-01-15T08:00:00.000Z",
    phase: "registered",
    statuses: ["ok"],
  });
  expect(isDelegated()).toBe(true);
  const [restore] = (await json<{ changes: Change[] }>("GET", "/v1/changes")).changes;
  expect(await refused("POST", `/v1/changes/${restore?.id}/undo`, {})).toMatchObject({
    code: "undo-refused",
  });
});

test("what fell due while control was away is done in its order at the start", async () => {
  await register({ autoRenew: false });
  await awayFor(365 + 46);
  expect(isDelegated()).toBe(false);
  expect((await domain()).phase).toBe("redemptionPeriod");
  await awayFor(400);
  expect(await refused("GET", "/v1/domains/shop.test")).toMatchObject({ code: "domain-not-found" });
});

test("a registration of before there were contacts renews itself and has none", () => {
  const old = { name: "shop.test.", exDate: 1, statuses: [] };
  expect(controlSchema.kinds.domain.upcasters?.[1]?.(old)).toEqual({ ...old, autoRenew: true, contacts: {} });
});

test("auto-renew that is switched on late renews at once", async () => {
  await register({ autoRenew: false });
  await pass(370);
  await set({ autoRenew: true });
  await pass(1);
  expect(await domain()).toMatchObject({ expiresAt: "2029-01-15T08:00:00.000Z", phase: "registered" });
});
