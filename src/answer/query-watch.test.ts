// What is counted and told of queries beside their answers: by zone and type, within a bound; messages whole or by their header; nothing while
// nobody wants it.

import { expect, test } from "vitest";
import { Rcode, RrType } from "#wire";
import { makeRing, MessageRing, MessageSampler, type WatchedMessage } from "#engine";
import type { AnswerEngine } from "./answer-engine.ts";
import { QueryWatch } from "./query-watch.ts";
import { engineOf, query, server, stranger, zonesOf } from "./testing.ts";

const zones = zonesOf({
  "one.test. s1": "@ SOA ns host 1 2 3 4 5\n@ NS ns.one.test.\nwww A 192.0.2.1\nout CNAME www.two.test.",
  "two.test. s1": "@ SOA ns host 1 2 3 4 5\n@ NS ns.one.test.\nwww A 192.0.2.2",
  "three.test. s1": "@ SOA ns host 1 2 3 4 5\n@ NS ns.one.test.",
  "a\\044b\\123\\061.test. s1": "@ SOA ns host 1 2 3 4 5\n@ NS ns.one.test.",
});
const output = new Uint8Array(4096);
const now = { monotonic: 5000, wall: 1_000_000 };

function ask(engine: AnswerEngine, octets: Uint8Array): number {
  return engine.handle(octets, octets.length, stranger, server, output, 0, now);
}

function watched(most: number, messages?: MessageSampler): AnswerEngine {
  const engine = engineOf(zones, "s1");
  engine.watch = new QueryWatch({ zones: most, isTimed: false, monotonic: () => 5000.25 });
  engine.watch.messages = messages;
  return engine;
}

function zoneCounters(engine: AnswerEngine): Record<string, number> {
  return Object.fromEntries(Object.entries(engine.counters()).filter(([name]) => name.startsWith("zone-")));
}

test("queries are counted by the zone of the name that was asked for, in any case, and by type", () => {
  const engine = watched(10);
  for (const [name, type] of [
    ["www.one.test.", "A"],
    ["WWW.ONE.TEST.", "AAAA"],
    ["nothing.one.test.", "A"],
    ["out.one.test.", "A"], // its chain goes on in two.test.
    ["two.test.", "TYPE65000"],
    ["elsewhere.test.", "A"], // in none
  ] as const)
    ask(engine, query(`${name} ${type}`));
  expect(zoneCounters(engine)).toEqual({
    "zone-queries{zone=one.test.}": 4,
    "zone-queries{zone=one.test.,type=A}": 3,
    "zone-queries{zone=one.test.,type=AAAA}": 1,
    "zone-nxdomain{zone=one.test.}": 1,
    "zone-queries{zone=two.test.}": 1,
    "zone-queries{zone=two.test.,type=other}": 1,
  });
});

test("errors of a zone are counted by their response codes", () => {
  const watch = new QueryWatch({ zones: 1, isTimed: false, monotonic: () => 0 });
  const apex = Uint8Array.of(3, 111, 110, 101, 4, 116, 101, 115, 116, 0);
  const { NOERROR, NXDOMAIN, SERVFAIL, YXDOMAIN, REFUSED } = Rcode;
  for (const rcode of [NOERROR, NXDOMAIN, SERVFAIL, SERVFAIL, YXDOMAIN, REFUSED])
    watch.countZone(apex, 0, apex.length, RrType.A, rcode);
  expect(watch.read("s1")).toEqual({
    "zone-queries{zone=one.test.}": 6,
    "zone-queries{zone=one.test.,type=A}": 6,
    "zone-nxdomain{zone=one.test.}": 1,
    "zone-servfail{zone=one.test.}": 2,
    "zone-other-errors{zone=one.test.}": 2,
  });
});

test("zones beyond the bound count together", () => {
  const engine = watched(2);
  for (let i = 0; i < 3; i++)
    for (const zone of ["one.test.", "two.test.", "three.test."]) ask(engine, query(`${zone} SOA`));
  expect(zoneCounters(engine)).toEqual({
    "zone-queries{zone=other}": 3,
    "zone-queries{zone=other,type=SOA}": 3,
    "zone-queries{zone=one.test.}": 3,
    "zone-queries{zone=one.test.,type=SOA}": 3,
    "zone-queries{zone=two.test.}": 3,
    "zone-queries{zone=two.test.,type=SOA}": 3,
  });
});

test("a zone's name does not end its label", () => {
  const engine = watched(2);
  ask(engine, query("a\\044b\\123\\061.test. NS"));
  expect(zoneCounters(engine)).toEqual({
    "zone-queries{zone=a\\044b\\123\\061.test.}": 1,
    "zone-queries{zone=a\\044b\\123\\061.test.,type=NS}": 1,
  });
});

test("types without a name count together: a client makes up no counters", () => {
  const engine = engineOf(zones, "s1");
  for (let type = 100; type < 300; type++) ask(engine, query(`one.test. TYPE${type}`));
  const types = Object.keys(engine.counters()).filter((name) => name.includes("type="));
  expect(types.length).toBeLessThan(40);
  expect(engine.counters()).toHaveProperty("queries{group=s1,type=other}");
});

test.each([
  ["whole", true],
  ["by its header", false],
])("a message is told of with its answer %s", (_, isWhole) => {
  const ring = new MessageRing(makeRing(2 ** 14));
  const monotonic = (): number => now.monotonic + 0.25;
  const engine = watched(
    0,
    new MessageSampler({ ring, source: 3, every: 2, maxPerSecond: 10, isWhole, monotonic }),
  );
  const octets = query("nothing.one.test. A");
  const length = ask(engine, octets);
  const answer = output.slice(0, length);
  ask(engine, query("www.one.test. A")); // the second of two
  const response = octets.slice();
  response[2] = 0x80;
  ask(engine, response); // gets no answer
  const told: WatchedMessage[] = [];
  ring.read((message) => told.push(message), 10);
  expect(told).toEqual([
    {
      source: 3,
      transport: "udp",
      from: stranger,
      to: server,
      askedAt: now.wall,
      answeredAt: now.wall + 0.25,
      query: octets,
      response: isWhole ? answer : answer.slice(0, 12),
      queryOctets: octets.length,
      responseOctets: length,
      rcode: 3,
    },
    expect.objectContaining({ query: response, rcode: -1, responseOctets: 0 }),
  ]);
});

test("while nobody watches nothing of it is counted, and drivers do not measure", () => {
  const engine = engineOf(zones, "s1");
  ask(engine, query("www.one.test. A"));
  engine.served(1, 5);
  expect(engine.isTimed).toBe(false);
  expect(zoneCounters(engine)).toEqual({});
  expect(Object.keys(engine.counters()).filter((name) => name.startsWith("query-seconds"))).toEqual([]);
  engine.watch = new QueryWatch({ zones: 0, isTimed: true, monotonic: () => 0 });
  expect(engine.isTimed).toBe(true);
  engine.served(3, 0.1);
  expect(engine.counters()["query-seconds-count{group=s1,transport=udp}"]).toBe(3);
});
