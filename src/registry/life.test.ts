import { expect, test } from "vitest";
import {
  advanceDomain,
  cancelRenewal,
  checkDomain,
  deleteContact,
  deleteDomain,
  domainDelegation,
  domainStatuses,
  explainStatuses,
  infoDomain,
  lifeOf,
  nextActAt,
  renewDomain,
  restoreDomain,
  updateContact,
  updateDomain,
  type ContactDetails,
  type DomainObject,
  type DomainStatus,
  type UpdateDomainRequest,
} from "./index.ts";
import { goodDetails, RegistryTables } from "./testing.ts";

const day = 86_400_000;
/** Expiry of what `RegistryTables.create` registers: a year after 1 January 1970. */
const expiry = 365 * day;
const name = "shop.test.";

function registered(further: Partial<DomainObject> = {}): RegistryTables {
  const tables = new RegistryTables();
  tables.create(name, ["ns1.example.org.", "ns2.example.org."]);
  tables.domains.set(name, { ...held(tables), ...further });
  return tables;
}

const held = (tables: RegistryTables): DomainObject => tables.domain(name) as DomainObject;
const renew = (
  tables: RegistryTables,
  years: number,
  now: number,
  currentExpiryDay = "1971-01-01",
  client = "r1",
): string => tables.take(renewDomain(tables, { name, years, now, currentExpiryDay, client }));
const update = (tables: RegistryTables, request: Partial<UpdateDomainRequest>): string =>
  tables.take(updateDomain(tables, { name, client: "r1", now: 9, ...request }));

test.each([
  [0, "registered", expiry, "addPeriod"],
  [5 * day - 1, "registered", expiry, "addPeriod"],
  [5 * day, "registered", expiry, ""],
  [expiry - 1, "registered", expiry, ""],
  [expiry, "autoRenewPeriod", expiry + 45 * day, "autoRenewPeriod"],
  [expiry + 45 * day - 1, "autoRenewPeriod", expiry + 45 * day, "autoRenewPeriod"],
  [expiry + 45 * day, "redemptionPeriod", expiry + 75 * day, "redemptionPeriod"],
  [expiry + 75 * day, "pendingDelete", expiry + 80 * day, "pendingDelete"],
  [expiry + 80 * day - 1, "pendingDelete", expiry + 80 * day, "pendingDelete"],
  [expiry + 80 * day, "released", Infinity, ""],
])("lifeOf() at %i is %s until %d (RFC 3915 section 3.1)", (now, phase, until, grace) => {
  const life = lifeOf(held(registered({ autoRenew: false })), now);
  expect([life.phase, life.until, life.grace.map(({ status }) => status).join()]).toEqual([
    phase,
    until,
    grace,
  ]);
});

test("what renews itself never expires, unless its own status forbids renewals", () => {
  const domain = held(registered());
  expect(lifeOf(domain, expiry + 400 * day).phase).toBe("registered");
  expect(nextActAt(domain)).toBe(expiry - 35 * day);
  const prohibited: DomainObject = { ...domain, statuses: ["clientRenewProhibited"] };
  expect(lifeOf(prohibited, expiry + 400 * day).phase).toBe("released");
  expect(nextActAt(prohibited)).toBe(expiry + 45 * day);
});

test.each([
  [1, 0, "1971-01-01", "r1", [], "1000"],
  [9, 0, "1971-01-01", "r1", [], "1000"],
  [10, 0, "1971-01-01", "r1", [], "2105 until 1981-01-01 is more than 10 years ahead"],
  [0, 0, "1971-01-01", "r1", [], "2004 renewals are for 1 to 10 years"],
  [1.5, 0, "1971-01-01", "r1", [], "2004 renewals are for 1 to 10 years"],
  [11, 0, "1971-01-01", "r1", [], "2004 renewals are for 1 to 10 years"],
  [1, 0, "1972-01-01", "r1", [], "2306 it expires on 1971-01-01, not on 1972-01-01"],
  [1, 0, "1971-01-01", "r2", [], "2201 another registrar sponsors it"],
  [1, 0, "1971-01-01", "r1", ["clientRenewProhibited"], "2304 its status is clientRenewProhibited"],
  [1, expiry + 44 * day, "1971-01-01", "r1", [], "1000"],
  [1, expiry + 45 * day, "1971-01-01", "r1", [], "2304 its status is pendingDelete"],
  [1, expiry + 80 * day, "1971-01-01", "r1", [], "2303 it is not registered"],
] as [number, number, string, string, DomainStatus[], string][])(
  "renewDomain() for %d years at %i with expiry %s by %s, statuses %j gives %6$s (RFC 5731 section 3.2.3)",
  (years, now, currentExpiryDay, client, statuses, outcome) => {
    const tables = registered({ autoRenew: false, statuses });
    expect(renew(tables, years, now, currentExpiryDay, client)).toBe(outcome);
    expect(held(tables).exDate).toBe(outcome === "1000" ? Date.UTC(1971 + years, 0, 1) : expiry);
  },
);

test("a renewal that comes twice renews once; it is taken back within five days (RFC 3915 section 3.1)", () => {
  const tables = registered();
  expect(renew(tables, 1, 9)).toBe("1000");
  expect(renew(tables, 1, 9)).toBe("2306 it expires on 1972-01-01, not on 1971-01-01");
  const cancel = (now: number): string =>
    tables.take(cancelRenewal(tables, { name, exDate: expiry, client: "r1", now }));
  expect(cancel(9 + 5 * day)).toBe("2105 a renewal can be taken back within five days");
  expect(cancel(9 + day)).toBe("1000");
  expect(held(tables).exDate).toBe(expiry);
  expect(cancel(9 + day)).toBe("2105 a renewal can be taken back within five days");
});

test("what was not renewed leaves the zone, is restored or released, and takes its hosts along", () => {
  const tables = registered({ autoRenew: false });
  const advance = (now: number): string => tables.take(advanceDomain(tables, name, now));
  tables.createHost("ns1.shop.test", ["192.0.2.1"]);
  tables.create("other.test", ["ns1.shop.test.", "ns1.example.org."]);
  for (let i = 0; i < 10; i++) tables.create(`user${i}.test`, ["ns1.shop.test."]);
  expect(advance(expiry + 44 * day)).toBe("2304 nothing is due");
  expect(domainDelegation(held(tables))).toHaveLength(1);
  expect(advance(expiry + 45 * day)).toBe("1000");
  expect(advance(expiry + 45 * day)).toBe("2304 nothing is due");
  expect(domainDelegation(held(tables))).toEqual([]);
  const inRedemption = expiry + 46 * day;
  expect(update(tables, { autoRenew: true, now: inRedemption })).toBe("2304 its status is pendingDelete");
  expect(tables.take(deleteDomain(tables, name, "r1", inRedemption))).toBe(
    "2304 its status is pendingDelete",
  );
  expect(tables.take(restoreDomain(tables, name, "r2", inRedemption))).toBe(
    "2201 another registrar sponsors it",
  );
  const before = held(tables);
  expect(tables.take(restoreDomain(tables, name, "r1", inRedemption))).toBe("1000");
  expect(held(tables)).toMatchObject({ exDate: Date.UTC(1972, 0, 1), statuses: [] });
  expect(tables.take(restoreDomain(tables, name, "r1", inRedemption))).toBe(
    "2304 it is not in its redemption period",
  );
  tables.domains.set(name, before);
  expect(tables.take(restoreDomain(tables, name, "r1", expiry + 76 * day))).toBe(
    "2304 it can no longer be restored",
  );
  expect(advance(expiry + 80 * day)).toBe("1000");
  expect(advance(expiry + 80 * day)).toBe("2303 it is not registered");
  expect(tables.host("ns1.shop.test.")).toBeUndefined();
  expect(tables.domain("other.test.")?.nameServers).toEqual(["ns1.example.org."]);
  expect(tables.domainsOfHost("ns1.shop.test.")).toEqual([]);
});

test("a name whose time is over is free, whether or not anything was done about it", () => {
  const tables = registered({ autoRenew: false });
  const free = expiry + 80 * day;
  const check = (now: number): unknown => checkDomain(tables, "shop.test", now);
  expect(check(9)).toMatchObject({
    answer: {
      availability: "UNAVAILABLE",
      reason: "it is registered already, since 1970-01-01 through r1",
      takenSince: 0,
    },
  });
  for (const [now, reason] of [
    [expiry, "it expired, and is free on 1971-03-22 unless its holder renews it"],
    [expiry + 45 * day, "it expired, and is free on 1971-03-22 unless its holder restores it"],
    [expiry + 75 * day, "it expired, and is free on 1971-03-22"],
  ] as [number, string][]) {
    expect(check(now)).toMatchObject({ answer: { availability: "UNAVAILABLE", reason, freeFrom: free } });
  }
  expect(check(free)).toMatchObject({ answer: { availability: "AVAILABLE", isAvailable: true } });
  expect(infoDomain(tables, name, free).code).toBe(2303);
  expect(tables.create(name, [], "r2", 1, { now: free })).toBe("1000");
  expect(held(tables)).toMatchObject({ sponsoringClient: "r2", crDate: free });
});

test.each([
  ["shop.example", "DONT_KNOW"],
  ["nic.test", "RESERVED"],
  ["a.b.test", "INVALID_NAME_FOR_TLD"],
  ["-a.test", "INVALID_NAME_FOR_TLD"],
  ["test", "INVALID_NAME_FOR_TLD"],
  ["free.test", "AVAILABLE"],
])("checkDomain() of %s is %s", (text, availability) => {
  expect(checkDomain(new RegistryTables(), text, 0)).toMatchObject({ answer: { availability } });
});

test("statuses: the registrar's own, set and taken away (RFC 5731 section 2.3)", () => {
  const tables = registered();
  expect(update(tables, { addStatuses: ["serverHold"] })).toMatch(/^2306 serverHold is the registry's/);
  expect(update(tables, { removeStatuses: ["pendingDelete"] })).toMatch(/^2306 /);
  expect(update(tables, { addStatuses: ["clientHold", "clientHold"] })).toBe("1000");
  expect(held(tables).statuses).toEqual(["clientHold"]);
  expect(domainDelegation(held(tables))).toEqual([]);
  expect(update(tables, { removeStatuses: ["clientHold"], addStatuses: ["clientUpdateProhibited"] })).toBe(
    "1000",
  );
  expect(domainDelegation(held(tables))).toHaveLength(1);
  for (const request of [
    { autoRenew: false },
    { nameServers: [] },
    { removeStatuses: ["clientUpdateProhibited"], autoRenew: false },
    { removeStatuses: ["clientUpdateProhibited", "clientHold"] },
  ] as Partial<UpdateDomainRequest>[]) {
    expect(update(tables, request)).toBe("2304 its status is clientUpdateProhibited");
  }
  expect(update(tables, { removeStatuses: ["clientUpdateProhibited"], client: "r2" })).toBe(
    "2201 another registrar sponsors it",
  );
  expect(update(tables, { removeStatuses: ["clientUpdateProhibited"] })).toBe("1000");
  expect(domainStatuses(held(tables), 9)).toEqual(["ok"]);
  for (const other of ["serverUpdateProhibited", "pendingDelete"] as const) {
    const now = other === "pendingDelete" ? expiry + 46 * day : 9;
    tables.domains.set(name, {
      ...held(tables),
      autoRenew: false,
      statuses: ["clientUpdateProhibited", other],
    });
    expect(update(tables, { removeStatuses: ["clientUpdateProhibited"], now })).toBe(
      `2304 its status is ${other}`,
    );
  }
  tables.domains.set(name, { ...held(tables), statuses: ["serverUpdateProhibited"] });
  expect(update(tables, { removeStatuses: ["clientUpdateProhibited"] })).toBe(
    "2304 its status is serverUpdateProhibited",
  );
});

test("every status has its sentence, grace periods with the days that are left", () => {
  const tables = registered({ autoRenew: false, statuses: ["clientTransferProhibited"] });
  const texts = (now: number): string[] =>
    explainStatuses(held(tables), now).map(({ code, text }) => `${code}: ${text}`);
  expect(texts(day)).toEqual([
    "clientTransferProhibited: it is locked: it cannot be transferred to another registrar",
    "addPeriod: it was registered a few days ago (4 days left, until 1970-01-06)",
  ]);
  expect(texts(expiry + 1)).toContain(
    "autoRenewPeriod: it expired on 1971-01-01 and still resolves; renew it, or it goes out of the zone (44 days left, until 1971-02-15)",
  );
  expect(texts(expiry + 80 * day - 3_600_000)).toEqual([
    "clientTransferProhibited: it is locked: it cannot be transferred to another registrar",
    "pendingDelete: it can no longer be restored; afterwards anybody can register the name (1 hour left, until 1971-03-22)",
  ]);
});

const postal = (change: Partial<ContactDetails["postalInfo"]>): ContactDetails => ({
  ...goodDetails,
  postalInfo: { ...goodDetails.postalInfo, ...change },
});

test.each([
  [goodDetails, "1000"],
  [postal({ organization: "Analytical Engines", street: ["a", "b", "c"], postalCode: "SW1Y 4JH" }), "1000"],
  [{ ...goodDetails, voice: "+44.2070000000x12", fax: "+49.301" }, "1000"],
  [postal({ name: " " }), "2003 a contact has a name"],
  [postal({ street: [] }), "2003 a contact has a street"],
  [postal({ street: ["a", "b", "c", "d"] }), "2005 a street has at most 3 lines"],
  [postal({ city: "" }), "2003 a contact has a city"],
  [postal({ organization: "" }), "2005 its organization is empty"],
  [postal({ city: "x".repeat(256) }), "2005 its city has more than 255 characters"],
  [postal({ postalCode: "1".repeat(17) }), "2005 its postal code has more than 16 characters"],
  [postal({ name: "Ada\u001b[2J" }), "2005 its name holds a control character"],
  [postal({ name: "Ada\u202e" }), "2005 its name holds a control character"],
  [postal({ countryCode: "gb" }), /^2306 its country code "gb" is none/],
  [postal({ countryCode: "ZZ" }), /^2306 its country code "ZZ" is none/],
  [{ ...goodDetails, voice: "" }, "2003 a contact has a telephone number"],
  [{ ...goodDetails, voice: "030 1234" }, /^2005 its telephone number "030 1234" is not/],
  [{ ...goodDetails, fax: "+0.1" }, /^2005 its fax number/],
  [{ ...goodDetails, email: "" }, "2003 a contact has an e-mail address"],
  ...[
    "ada",
    "@example.org",
    "ada@",
    "a b@example.org",
    "ada@-x.org",
    "ada@x..org",
    `${"a".repeat(65)}@x.org`,
    "a@b@c d",
  ].map((email): [ContactDetails, RegExp] => [{ ...goodDetails, email }, /^2005 its e-mail address/]),
] as [ContactDetails, string | RegExp][])(
  "createContact() of %j gives %s (RFC 5733 section 2)",
  (details, outcome) => {
    expect(new RegistryTables().createContact("C-1", details)).toEqual(
      typeof outcome === "string" ? outcome : expect.stringMatching(outcome),
    );
  },
);

test("contacts belong to a registrar, and stay while a domain names them (RFC 5733 section 3.2)", () => {
  const tables = new RegistryTables();
  expect(tables.createContact("x")).toBe("2005 a contact's id has 3 to 16 letters, digits and hyphens");
  expect(tables.createContact("C-1")).toBe("1000");
  expect(tables.createContact("C-1")).toBe("2302 there is a contact of that id");
  tables.createContact("C-2", goodDetails, "r2");
  const registrant = { registrant: { contact: "C-1", isPrivate: true } };
  expect(
    tables.create(name, [], "r1", 1, { contacts: { admin: { contact: "C-9", isPrivate: false } } }),
  ).toBe('2303 its admin contact "C-9" is unknown');
  expect(tables.create(name, [], "r1", 1, { contacts: { tech: { contact: "C-2", isPrivate: false } } })).toBe(
    '2201 another registrar sponsors its tech contact "C-2"',
  );
  expect(tables.create(name, [], "r1", 1, { contacts: registrant })).toBe("1000");
  expect(infoDomain(tables, name, 0)).toMatchObject({ answer: { contacts: { registrant: { id: "C-1" } } } });
  expect(tables.take(deleteContact(tables, "C-1", "r1"))).toBe('2305 "shop.test" names it');
  expect(tables.take(deleteContact(tables, "C-1", "r2"))).toBe("2201 another registrar sponsors it");
  const change = (details: ContactDetails, client = "r1"): string =>
    tables.take(updateContact(tables, { id: "C-1", details, client, now: 9 }));
  expect(change(postal({ name: "" }))).toBe("2003 a contact has a name");
  expect(change(goodDetails, "r2")).toBe("2201 another registrar sponsors it");
  expect(change(postal({ name: "Augusta" }))).toBe("1000");
  expect(tables.contact("C-1")).toMatchObject({ crDate: 0, upDate: 9, postalInfo: { name: "Augusta" } });
  expect(update(tables, { contacts: {} })).toBe("1000");
  expect(tables.take(deleteContact(tables, "C-1", "r1"))).toBe("1000");
  expect(tables.take(deleteContact(tables, "C-1", "r1"))).toBe("2303 there is no such contact");
});
