// What clients that know the resolver's address alone are told of it (RFC 9462), and that nothing at or below resolver.arpa is asked of anybody.

import { expect, test } from "vitest";
import { endpoint } from "#engine";
import { formatRdata, type Message, Name, Rcode, typeName } from "#wire";
import type { DesignatedResolver } from "./designated.ts";
import { TestWorld } from "./testing-authority.ts";

function nameOf(text: string): Name {
  const parsed = Name.parse(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

const both: DesignatedResolver = {
  name: nameOf("resolver.fairlead.internal."),
  addresses: [endpoint("127.0.0.1", 0).address, endpoint("::1", 0).address],
  tlsPort: 8853,
  httpsPort: 7443,
  dohPath: "/dns-query{?dns}",
};

const linesOf = (records: Message["answer"]): string[] =>
  records.map(
    ({ name, ttl, type, rdata }) => `${name.toString()} ${ttl} ${typeName(type)} ${formatRdata(type, rdata)}`,
  );

function world(designated: DesignatedResolver | undefined): TestWorld {
  return new TestWorld({ "192.0.2.1": () => undefined }, { designated: () => designated });
}

const soa = "resolver.arpa. 10800 SOA resolver.arpa. nobody.invalid. 1 3600 1200 604800 10800";

test("RFC 9462 section 4: the ways in which it is asked in private, with the addresses beside them", () => {
  const answer = world(both).ask("_dns.Resolver.ARPA.", "SVCB");
  expect([answer.rcode, answer.flags.aa, answer.flags.ad]).toEqual([Rcode.NOERROR, false, false]);
  expect(linesOf(answer.answer)).toEqual([
    "_dns.Resolver.ARPA. 300 SVCB 1 resolver.fairlead.internal. alpn=dot port=8853 ipv4hint=127.0.0.1 ipv6hint=::1",
    '_dns.Resolver.ARPA. 300 SVCB 2 resolver.fairlead.internal. alpn=h2 port=7443 ipv4hint=127.0.0.1 ipv6hint=::1 dohpath="/dns-query{?dns}"',
  ]);
  expect(linesOf(answer.additional)).toEqual([
    "resolver.fairlead.internal. 300 A 127.0.0.1",
    "resolver.fairlead.internal. 300 AAAA ::1",
  ]);
});

test("the name that it has there has its addresses, and of other types what the tree says", () => {
  const one = world(both);
  expect(linesOf(one.ask("resolver.fairlead.internal.", "A").answer)).toEqual([
    "resolver.fairlead.internal. 300 A 127.0.0.1",
  ]);
  expect(one.count()).toBe(0);
});

test("RFC 9462 section 5: who knows its name is told the same at that name", () => {
  const one = world(both);
  const answer = one.ask("_DNS.resolver.fairlead.internal.", "SVCB");
  expect(linesOf(answer.answer).map((line) => line.replace(/ (ipv|doh).*/, ""))).toEqual([
    "_DNS.resolver.fairlead.internal. 300 SVCB 1 resolver.fairlead.internal. alpn=dot port=8853",
    "_DNS.resolver.fairlead.internal. 300 SVCB 2 resolver.fairlead.internal. alpn=h2 port=7443",
  ]);
  expect(linesOf(answer.additional)).toHaveLength(2);
  const other = one.ask("_dns.resolver.fairlead.internal.", "A");
  expect([other.rcode, other.answer, other.authority]).toEqual([Rcode.NOERROR, [], []]);
  expect(one.count()).toBe(0);
});

test.each([
  ["_dns.resolver.arpa.", "A"],
  ["_dns.resolver.arpa.", "ANY"],
  ["resolver.arpa.", "SVCB"],
  ["x._dns.resolver.arpa.", "SVCB"],
  ["any.resolver.arpa.", "TXT"],
])("RFC 9462 section 6.4: %s %s has no data, and nobody is asked", (name, type) => {
  for (const designated of [both, undefined]) {
    const one = world(designated);
    const answer = one.ask(name, type);
    expect([answer.rcode, linesOf(answer.answer), linesOf(answer.authority)]).toEqual([
      Rcode.NOERROR,
      [],
      [soa],
    ]);
    expect([answer.additional, one.count()]).toEqual([[], 0]);
  }
});

test("one that is asked in the clear only, or in one way only, says so", () => {
  const none = world(undefined).ask("_dns.resolver.arpa.", "SVCB");
  expect([none.rcode, none.answer, linesOf(none.authority)]).toEqual([Rcode.NOERROR, [], [soa]]);
  expect(linesOf(world(undefined).ask("resolver.arpa.", "SOA").answer)).toEqual([soa]);
  const { httpsPort: _, ...tlsOnly } = { ...both, addresses: both.addresses.slice(1) };
  expect(linesOf(world(tlsOnly).ask("_dns.resolver.arpa.", "SVCB").answer)).toEqual([
    "_dns.resolver.arpa. 300 SVCB 1 resolver.fairlead.internal. alpn=dot port=8853 ipv6hint=::1",
  ]);
});
