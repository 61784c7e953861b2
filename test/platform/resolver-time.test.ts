// Two days in the life of a resolver, on the simulated driver with the product's own engines: what is asked of root and
// TLD and when, what bad networks and dead servers change, and that a zone its parent took back is gone in time.

import { beforeEach, describe, expect, test } from "vitest";
import type { RoleObject } from "#contract";
import { SimulatedNetwork, type SimulatedClient, type SimulatedHost } from "#reactor";
import {
  makeNamesEngines,
  makeProfile,
  makeResolverEngine,
  type NamesEngines,
  type ResolverEngines,
} from "#server";
import { decodeMessage, encodeRequest, Name, parseZoneFile, Rcode, RrType, type Message } from "#wire";
import { encodeRrset, groupRecords } from "#zone";

const minute = 60_000;
const hour = 60 * minute;
const profile = makeProfile();
const resolverAddress = "127.0.0.1:5300";
const four = [1, 2, 3, 4];

function nameOf(text: string): Name {
  const parsed = Name.parse(text);
  if (!parsed.ok) throw new Error(`Cannot read name "${text}"`);
  return parsed.value;
}

/** A zone as control gives it to the names role. TTLs are two days where the text states none. */
function zone(apex: string, group: string, text: string): RoleObject[] {
  const origin = nameOf(apex);
  const soa = "@ 60 IN SOA ns hostmaster 1 7200 900 1209600 60";
  const lines = `$TTL 172800\n${soa}\n${text.replaceAll(/^ +/gm, "")}\n`;
  const { records, errors } = parseZoneFile(lines, { origin });
  if (errors[0]) throw new Error(`Cannot read zone "${apex}": ${JSON.stringify(errors[0])}`);
  const rrsets = groupRecords(records).map((rrset) => encodeRrset(origin, rrset));
  return [{ kind: "zone", apex, groups: [group] }, ...rrsets];
}

const shops = ["shop", "other", "third"];
const tldZone = zone(
  "test.",
  "tlds",
  `@ NS a.nic\n@ NS b.nic\na.nic A 127.53.1.1\nb.nic A 127.53.1.2
   ${four.map((i) => `ns${i}.s1.nic A 127.53.2.${i}`).join("\n")}
   ${shops.flatMap((shop) => four.map((i) => `${shop} NS ns${i}.s1.nic`)).join("\n")}`,
);
const zones: RoleObject[] = [
  ...zone(
    ".",
    "root",
    `@ NS a.root.internal.\n@ NS b.root.internal.
     test NS a.nic.test.\ntest NS b.nic.test.\ninternal NS a.nic.test.\ninternal NS b.nic.test.
     a.root.internal. A 127.53.0.1\nb.root.internal. A 127.53.0.2
     a.nic.test. A 127.53.1.1\nb.nic.test. A 127.53.1.2`,
  ),
  ...tldZone,
  ...zone("internal.", "tlds", `@ NS a.nic.test.\na.root A 127.53.0.1\nb.root A 127.53.0.2`),
  ...shops.flatMap((shop) =>
    zone(
      `${shop}.test.`,
      "s1",
      `${four.map((i) => `@ NS ns${i}.s1.nic.test.`).join("\n")}
       @ 60 A 127.53.8.1\nwww 60 CNAME @\n* 60 A 127.53.8.2
       big 60 TXT ${`"${"x".repeat(240)}" `.repeat(12)}`,
    ),
  ),
];
const tree: RoleObject = {
  kind: "tree",
  id: "private",
  suffixes: [...profile.tlds],
  rootHints: (profile.groups[0]?.hosts ?? []).map(({ name, addresses }) => ({
    name,
    addresses: [...addresses],
  })),
  authorityPort: profile.authorityPort,
  isPrivate: true,
};

let network: SimulatedNetwork;
/** Each server is a machine of its own, with engines of its own. */
let names: NamesEngines[];
let resolver: ResolverEngines;
let resolverHost: SimulatedHost;
let client: SimulatedClient;
const servers = new Map<string, SimulatedHost>();

beforeEach(async () => {
  network = new SimulatedNetwork({ seed: 11 });
  names = [];
  for (const { group, hosts } of profile.groups) {
    for (const { name, addresses } of hosts) {
      const own = makeNamesEngines(profile.groups, { report: () => {} });
      own.apply({ put: zones, removed: [], objects: new Map() });
      names.push(own);
      const engines = own.groups.find((one) => one.group === group);
      if (!engines) throw new Error(`Cannot find group "${group}"`);
      const host = network.host(name, addresses);
      servers.set(name, host);
      const [address = ""] = addresses;
      const port = profile.authorityPort;
      await host.attachDatagram(engines.datagram, { transport: "udp", address, port });
      await host.attach(engines.stream, [{ transport: "tcp", address, port }]);
    }
  }
  resolver = makeResolverEngine({ report: () => {}, random: network.random() });
  resolver.apply({ put: [tree], removed: [], objects: new Map([["tree/private", tree]]) });
  resolverHost = network.host("resolver", ["127.0.0.1"]);
  await resolverHost.attach(resolver.resolver, [
    { transport: "udp", address: "127.0.0.1", port: 5300 },
    { transport: "tcp", address: "127.0.0.1", port: 5300 },
  ]);
  client = await network.client("client", ["127.0.0.9"]);
});

function queryFor(name: string, type: number): Uint8Array {
  return encodeRequest(nameOf(name), type, { id: 7, flags: { rd: true } });
}

function ask(name: string, type: number = RrType.A, patienceMs: number = 10_000): Message {
  const answer = client.ask(resolverAddress, queryFor(name, type), patienceMs);
  const decoded = answer ? decodeMessage(answer) : undefined;
  if (!decoded?.ok) throw new Error(`Cannot resolve "${name}": there was no answer`);
  return decoded.value;
}

/** A counter of all name servers together. */
function got(counter: string): number {
  return names.reduce((sum, own) => sum + (own.counters()[counter] ?? 0), 0);
}

/** Queries sent so far to root servers, TLD servers, and for priming; and what the servers say of it. */
function counts(): { root: number; tld: number; priming: number } {
  const sent = resolver.counters();
  const [root, tld, priming] = ["root", "tld", "priming"].map(
    (hop) => sent[`upstream-queries{hop=${hop}}`] ?? 0,
  );
  expect(got("queries{group=root}")).toBe((root ?? 0) + (priming ?? 0));
  expect(got("queries{group=tlds}")).toBe(tld);
  return { root: root ?? 0, tld: tld ?? 0, priming: priming ?? 0 };
}

describe("two days", () => {
  test("a first name asks root and TLD once; for 47 hours of queries nobody asks them again; then once each", () => {
    expect(ask("shop.test.").answer.length).toBe(1);
    expect(counts()).toEqual({ root: 1, tld: 1, priming: 1 });
    for (let elapsed = 0; elapsed < 47 * hour; elapsed += 10 * minute) {
      network.advance(10 * minute);
      expect(ask("shop.test.").answer.length).toBe(1);
      expect(ask(`n${elapsed}.shop.test.`).rcode).toBe(Rcode.NOERROR);
      expect(ask("www.shop.test.", RrType.NS).rcode).toBe(Rcode.NOERROR);
    }
    expect(counts()).toEqual({ root: 1, tld: 1, priming: 1 });
    network.advance(hour + minute);
    expect(ask("shop.test.").answer.length).toBe(1);
    expect(ask("www.shop.test.").answer.length).toBe(2);
    expect(counts()).toEqual({ root: 2, tld: 2, priming: 2 });
  });

  test("a second domain asks the TLD only", () => {
    ask("shop.test.");
    network.advance(hour);
    ask("other.test.");
    ask("nothing.test.");
    expect(counts()).toEqual({ root: 1, tld: 3, priming: 1 });
  });

  test("what the zone says about its own name servers does not prolong what the TLD said", () => {
    ask("shop.test.");
    network.advance(40 * hour);
    expect(ask("shop.test.", RrType.NS).answer.map(({ ttl }) => ttl)).toEqual([
      172_800, 172_800, 172_800, 172_800,
    ]);
    network.advance(8 * hour + minute);
    ask("www.shop.test.");
    expect(counts()).toEqual({ root: 2, tld: 2, priming: 2 });
  });

  test("a zone that the TLD took back is gone after two days, however often it is asked for", () => {
    ask("shop.test.");
    const delegation = tldZone.filter((object) => object.kind === "rrset" && object.owner === "shop.test.");
    expect(delegation.length).toBe(1);
    for (const own of names) own.apply({ put: [], removed: delegation, objects: new Map() });
    let servedFor = 0;
    while (servedFor < 60 && ask("shop.test.").rcode === Rcode.NOERROR) {
      ask("shop.test.", RrType.NS);
      network.advance(hour);
      servedFor++;
    }
    expect(servedFor).toBe(48);
    expect(ask("shop.test.").rcode).toBe(Rcode.NXDOMAIN);
  });

  test("wall clocks that jump change nothing", () => {
    ask("shop.test.");
    network.stepWall(365 * 24 * hour);
    network.advance(minute);
    network.stepWall(-2 * 365 * 24 * hour);
    ask("shop.test.");
    expect(counts()).toEqual({ root: 1, tld: 1, priming: 1 });
  });
});

describe("bad networks", () => {
  test("with three of four name servers dead names resolve, soon without waiting for the dead", () => {
    for (const i of [1, 2, 3]) servers.get(`ns${i}.s1.nic.test.`)?.crash();
    const took: number[] = [];
    for (let i = 0; i < 40; i++) {
      const before = network.time;
      expect(ask(`n${i}.shop.test.`).rcode).toBe(Rcode.NOERROR);
      took.push(network.time - before);
    }
    expect(Math.max(...took)).toBeLessThan(4_000);
    expect(took.slice(10).filter((ms) => ms > 50).length).toBeLessThanOrEqual(3);
  });

  test("every name resolves over paths that lose and duplicate a fifth of all packets", () => {
    for (const host of servers.values()) {
      network.setLink(resolverHost, host, { loss: 0.2, duplicate: 0.2, latencyMs: 20, jitterMs: 20 });
    }
    for (let i = 0; i < 100; i++) {
      expect(ask(`n${i}.${shops[i % 3] ?? ""}.test.`).rcode).toBe(Rcode.NOERROR);
      network.advance(1_000);
    }
  });

  test("cut off from all servers it answers SERVFAIL within its time, and resolves again when they are back", () => {
    const mend = network.partition([resolverHost], [...servers.values()]);
    const before = network.time;
    expect(ask("shop.test.").rcode).toBe(Rcode.SERVFAIL);
    expect(network.time - before).toBeLessThan(8_200);
    mend();
    network.advance(31_000);
    expect(ask("shop.test.").rcode).toBe(Rcode.NOERROR);
  });

  test("what does not fit into a datagram comes over TCP on both sides", () => {
    const short = ask("big.shop.test.", RrType.TXT);
    expect([short.flags.tc, short.answer.length]).toEqual([true, 0]);
    expect(resolver.counters()["upstream-tcp"]).toBe(1);
    const stream = client.open(resolverAddress);
    const query = queryFor("big.shop.test.", RrType.TXT);
    stream.write(Uint8Array.of(0, query.length, ...query));
    network.runUntil(() => stream.received.length > 2_800);
    const decoded = decodeMessage(stream.received.subarray(2));
    expect(decoded.ok && decoded.value.answer.length).toBe(1);
  });
});
