import { formatRdata, typeName } from "#wire";
import type { Rrset } from "#zone";
import { expect, test } from "vitest";
import {
  addYears,
  checkDomain,
  deleteDomain,
  deleteHost,
  domainDelegation,
  domainStatuses,
  hostAddresses,
  infoDomain,
  registryApex,
  registryClient,
  rootZone,
  updateHost,
  updateDomain,
  type DomainObject,
  type HostObject,
} from "./index.ts";
import { RegistryTables } from "./testing.ts";

function lines(rrsets: readonly Rrset[]): string[] {
  return rrsets.flatMap(({ owner, type, ttl, rdata }) =>
    rdata.map((octets) => `${owner.toString()} ${ttl} ${typeName(type)} ${formatRdata(type, octets)}`),
  );
}

test.each([
  ["shop.test", "1000"],
  ["SHOP.Test.", "1000"],
  ["xn--bcher-kva.test", "1000"],
  ["a.home.arpa", "1000"],
  ["taken.test", "2302 it is registered already"],
  ["shop.example", "2306 its top-level domain is not one of test, home.arpa"],
  ["arpa", "2306 its top-level domain is not one of test, home.arpa"],
  ["test", "2306 it is a top-level domain itself"],
  ["a.b.test", '2306 registrations are one label below "test"'],
  ["nic.test", "2306 the name is reserved: the platform's own servers have their names below it"],
  ["-a.test", '2005 expected letters, digits and inner hyphens before "test"'],
  ["a_b.test", '2005 expected letters, digits and inner hyphens before "test"'],
  ["ab--c.test", '2005 expected letters, digits and inner hyphens before "test"'],
  ["a\\.b.test", '2005 expected letters, digits and inner hyphens before "test"'],
  [`${"a".repeat(64)}.test`, "2005 expected a domain name such as shop.test"],
  ["a..test", "2005 expected a domain name such as shop.test"],
])("createDomain() of %j gives %s, and checkDomain() says the same", (name, outcome) => {
  const tables = new RegistryTables();
  tables.create("taken.test");
  const check = checkDomain(tables, name, 0);
  expect(check).toMatchObject({ code: 1000, answer: { isAvailable: outcome === "1000" } });
  expect(tables.create(name)).toBe(outcome);
});

test.each([
  [0, [], "2004 registrations are for 1 to 10 years"],
  [11, [], "2004 registrations are for 1 to 10 years"],
  [1, ["ns1.none.test."], '2303 its name server "ns1.none.test" is unknown'],
  [1, ["ns1.example.org.", "ns1.example.org."], "2306 a name server stands there twice"],
  [
    1,
    Array.from({ length: 14 }, (_, i) => `ns${i}.example.org.`),
    "2306 a domain has at most 13 name servers",
  ],
  [
    1,
    ["_ns.example.org."],
    '2005 "_ns.example.org." is no host name: expected labels of letters, digits and inner hyphens',
  ],
  [1, ["."], '2005 "." is no host name: expected labels of letters, digits and inner hyphens'],
  [1, ["ns1.example.org."], "1000"],
])("createDomain() for %i years with name servers %j gives %s", (years, nameServers, outcome) => {
  expect(new RegistryTables().create("shop.test", nameServers, "r1", years)).toBe(outcome);
});

test("a domain's life: created, looked at, changed, deleted", () => {
  const tables = new RegistryTables();
  tables.create("shop.test");
  const info = infoDomain(tables, "shop.test.", 9);
  expect(info).toMatchObject({
    answer: { statuses: ["inactive"], domain: { crDate: 0, exDate: Date.UTC(1971, 0, 1) } },
  });
  const update = { name: "shop.test.", nameServers: ["ns1.example.org."], now: 9 };
  expect(tables.take(updateDomain(tables, { ...update, client: "r2" }))).toBe(
    "2201 another registrar sponsors it",
  );
  expect(tables.take(updateDomain(tables, { ...update, client: "r1" }))).toBe("1000");
  expect(tables.domain("shop.test.")).toMatchObject({ upDate: 9, nameServers: ["ns1.example.org."] });
  expect(domainStatuses(tables.domain("shop.test.") as DomainObject, 9)).toEqual(["ok"]);
  expect(tables.take(deleteDomain(tables, "shop.test.", "r2", 9))).toBe("2201 another registrar sponsors it");
  expect(tables.take(deleteDomain(tables, "shop.test.", "r1", 9))).toBe("1000");
  expect(tables.take(deleteDomain(tables, "shop.test.", "r1", 9))).toBe("2303 it is not registered");
  expect(infoDomain(tables, "shop.test.", 9).code).toBe(2303);
});

test("statuses forbid what they name", () => {
  const tables = new RegistryTables();
  tables.create("shop.test", ["ns1.example.org."]);
  const domain = tables.domain("shop.test.") as DomainObject;
  const set = (...statuses: DomainObject["statuses"]): unknown =>
    tables.domains.set("shop.test.", { ...domain, statuses });
  set("serverDeleteProhibited");
  expect(tables.take(deleteDomain(tables, "shop.test.", "r1", 9))).toBe(
    "2304 its status is serverDeleteProhibited",
  );
  set("clientUpdateProhibited");
  const update = { name: "shop.test.", nameServers: [], client: "r1", now: 1 };
  expect(tables.take(updateDomain(tables, update))).toBe("2304 its status is clientUpdateProhibited");
  set("clientHold");
  expect(domainDelegation(tables.domain("shop.test.") as DomainObject)).toEqual([]);
});

test("a host lives below a domain of the same registrar, and is kept while a domain uses it", () => {
  const tables = new RegistryTables();
  expect(tables.createHost("ns1.shop.test", ["192.0.2.1"])).toBe(
    "2303 the domain above it is not registered",
  );
  tables.create("shop.test");
  expect(tables.createHost("ns1.shop.test", ["192.0.2.1"], "r2")).toBe(
    "2201 another registrar sponsors the domain above it",
  );
  expect(tables.createHost("*.shop.test", ["192.0.2.1"])).toBe(
    "2005 expected a host name such as ns1.shop.test",
  );
  expect(tables.createHost("ns1.shop.test", [])).toBe("2306 a host in our top-level domains has addresses");
  expect(tables.createHost("ns1.shop.test", ["here"])).toBe('2005 "here" is no IPv4 or IPv6 address');
  expect(tables.createHost("ns1.shop.test", ["192.0.2.1", "2001:DB8::1"])).toBe("1000");
  expect(tables.createHost("ns1.shop.test", ["192.0.2.1"])).toBe("2302 the host exists already");
  expect(tables.createHost("ns1.example.org", ["192.0.2.1"])).toMatch(/^2306 /);
  expect(tables.createHost("ns1.nic.test", ["192.0.2.9"], registryClient)).toBe("1000");
  tables.create("other.test", ["ns1.shop.test."]);
  expect(tables.take(deleteHost(tables, "ns1.shop.test.", "r1"))).toBe('2305 "other.test" uses it');
  expect(tables.take(deleteDomain(tables, "shop.test.", "r1", 9))).toBe(
    '2305 "other.test" uses its name server "ns1.shop.test"',
  );
  // RFC 5732 section 1.1: a host in the registry's own TLDs is nothing without an address, whoever takes the last one away.
  expect(tables.take(updateHost(tables, "ns1.shop.test.", [], "r1"))).toBe(
    "2306 a host in our top-level domains has addresses",
  );
  expect(tables.take(updateHost(tables, "ns1.shop.test.", ["192.0.2.2"], "r1"))).toBe("1000");
  expect(lines(hostAddresses(tables.host("ns1.shop.test.") as HostObject))).toEqual([
    "ns1.shop.test. 172800 A 192.0.2.2",
  ]);
  tables.take(deleteDomain(tables, "other.test.", "r1", 9));
  expect(tables.take(deleteDomain(tables, "shop.test.", "r1", 9))).toBe("1000");
  expect(tables.host("ns1.shop.test.")).toBeUndefined();
});

test("zone contents have the TTLs of the design", () => {
  const servers = [{ name: "a.nic.test.", addresses: ["192.0.2.1", "2001:db8::1"] }];
  const roots = [{ name: "a.root.internal.", addresses: ["192.0.2.9"] }];
  expect(lines(rootZone(roots, ["test.", "home.arpa."], servers, 7))).toEqual([
    ". 60 SOA a.root.internal. hostmaster.nic.test. 7 7200 900 1209600 60",
    ". 172800 NS a.root.internal.",
    "test. 172800 NS a.nic.test.",
    "home.arpa. 172800 NS a.nic.test.",
    "a.root.internal. 172800 A 192.0.2.9",
    "a.nic.test. 172800 A 192.0.2.1",
    "a.nic.test. 172800 AAAA 2001:db8::1",
  ]);
  expect(lines(registryApex("test.", servers, 4294967295))[0]).toBe(
    "test. 60 SOA a.nic.test. hostmaster.nic.test. 4294967295 7200 900 1209600 60",
  );
  const tables = new RegistryTables();
  tables.create("shop.test", ["ns1.example.org.", "ns2.example.org."]);
  const dsData = [
    { keyTag: 60485, algorithm: 5, digestType: 1, digest: "2BB183AF5F22588179A53B0A98631FAD1A292118" },
  ];
  expect(lines(domainDelegation({ ...(tables.domain("shop.test.") as DomainObject), dsData }))).toEqual([
    "shop.test. 172800 NS ns1.example.org.",
    "shop.test. 172800 NS ns2.example.org.",
    "shop.test. 172800 DS 60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118",
  ]);
});

test.each([
  ["2026-11-23T01:02:03.004Z", 1, "2027-11-23T01:02:03.004Z"],
  ["2024-02-29T00:00:00.000Z", 1, "2025-03-01T00:00:00.000Z"],
  ["2024-02-29T00:00:00.000Z", 4, "2028-02-29T00:00:00.000Z"],
  ["1999-12-31T23:59:59.999Z", 1, "2000-12-31T23:59:59.999Z"],
  ["2000-03-01T00:00:00.000Z", 10, "2010-03-01T00:00:00.000Z"],
  ["1969-12-31T23:59:59.000Z", 1, "1970-12-31T23:59:59.000Z"],
])("addYears() of %s and %i", (from, years, to) => {
  expect(new Date(addYears(Date.parse(from), years)).toISOString()).toBe(to);
});
