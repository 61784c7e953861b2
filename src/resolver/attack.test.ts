// What attackers and broken servers do. Whatever it is: an answer comes in bounded time, after a bounded number of
// queries, nothing is left open, and nothing that a server may not speak about is believed.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { endpoint } from "#engine";
import { frame, Rcode, RrType, type Message, type ResourceRecord } from "#wire";
import {
  clientDeadlineMs,
  idleConnectionMs,
  maxConnectionsPerClient,
  maxQueriesPerClientQuery,
  maxWaitersPerResolution,
} from "./limits.ts";
import { ScriptedWorld, seededRandom } from "./testing.ts";
import { RecursiveResolver } from "./resolver.ts";
import {
  TestWorld,
  configurationFor,
  octetsOf,
  queryFor,
  recordsOf,
  replyTo,
  type TestServer,
} from "./testing-authority.ts";

const soa = "@ 60 SOA ns. host. 1 2 3 4 60";
const attacker = "198.51.100.66";
const victim = "198.51.100.1";

/** A root that delegates evil. to the attacker's server and victim. to an honest one. */
function withAttacker(server: TestServer): Record<string, TestServer> {
  return {
    "192.0.2.1": {
      ".": `${soa}\n. NS a.root.\na.root. A 192.0.2.1
        evil. NS ns.evil.\nns.evil. A ${attacker}
        victim. NS ns.victim.\nns.victim. A ${victim}`,
    },
    [attacker]: server,
    [victim]: { "victim.": `${soa}\n@ NS ns\nns A ${victim}\n@ 60 A 203.0.113.1\nwww 60 A 203.0.113.2` },
  };
}

function one(owner: string, line: string): ResourceRecord[] {
  return recordsOf(`${owner} 3600 ${line}`);
}

function addressesOf(message: Message): string[] {
  return message.answer.filter(({ type }) => type === RrType.A).map(({ rdata }) => rdata.join("."));
}

/** Asks one question and checks the bounds that hold for every question. */
function askBounded(world: TestWorld, name: string, type?: string): Message {
  const before = world.count();
  const startedAt = world.world.monotonic;
  const answer = world.ask(name, type);
  expect(world.world.monotonic - startedAt).toBeLessThanOrEqual(clientDeadlineMs + 100);
  // Priming has a budget of its own.
  expect(world.count() - before).toBeLessThanOrEqual(maxQueriesPerClientQuery + 4);
  expect(world.faults).toEqual([]);
  world.world.advance(2 * clientDeadlineMs);
  expect(world.world.openCount).toBe(0);
  expect(world.resolver.load().resolutions).toBe(0);
  return answer;
}

const name = (query: Message) => query.question[0]!.name;

const truth = "203.0.113.1";

const silent: TestServer = () => undefined;

const honest = (query: Message): Message => replyTo(query, { answer: one("victim.", `A ${truth}`) });

const lie = (query: Message, change: (octets: Uint8Array) => void): Uint8Array => {
  const octets = octetsOf(replyTo(query, { answer: one("victim.", "A 6.6.6.6") }));
  change(octets);
  return octets;
};

/** A world where the victim's server is overtaken by forgeries. */
function withForgeries(forge: (query: Message) => Uint8Array[]): TestWorld {
  return new TestWorld({
    ...withAttacker(() => undefined),
    [victim]: (query, { transport }) =>
      transport === "tcp" ? honest(query) : [...forge(query), honest(query)],
  });
}

describe("servers that mean harm", () => {
  const random = seededRandom(99);
  const label = (): string => `x${random.integer(1_000_000)}`;

  const rows: [string, TestServer, rcode: number][] = [
    ["silence", silent, Rcode.SERVFAIL],
    ["truncation for ever", (query) => replyTo(query, {}, { tc: true }), Rcode.SERVFAIL],
    ["FORMERR with and without EDNS", (query) => replyTo(query, { rcode: Rcode.FORMERR }), Rcode.SERVFAIL],
    [
      "a referral to itself",
      (query) => replyTo(query, { authority: one("evil.", "NS ns.evil.") }, { aa: false }),
      Rcode.SERVFAIL,
    ],
    [
      "a referral upward",
      (query) => replyTo(query, { authority: one(".", "NS ns.evil.") }, { aa: false }),
      Rcode.SERVFAIL,
    ],
    [
      "a referral to a sibling",
      (query) => replyTo(query, { authority: one("victim.", "NS ns.evil.") }, { aa: false }),
      Rcode.SERVFAIL,
    ],
    [
      "a referral at each label, without end",
      (query) =>
        replyTo(
          query,
          {
            authority: [{ ...one("x.", "NS ns.evil.")[0]!, name: name(query) }],
            additional: one("ns.evil.", `A ${attacker}`),
          },
          { aa: false },
        ),
      Rcode.SERVFAIL,
    ],
    [
      "name servers that need each other (TsuNAME)",
      (query) => {
        const [here, there] = name(query).toString().includes("one.")
          ? ["one.evil.", "two.evil."]
          : ["two.evil.", "one.evil."];
        return replyTo(query, { authority: one(here, `NS ns.${there}`) }, { aa: false });
      },
      Rcode.SERVFAIL,
    ],
    [
      "fifty name servers without addresses (NXNSAttack)",
      (query) =>
        replyTo(
          query,
          { authority: Array.from({ length: 50 }, () => one("one.evil.", `NS ${label()}.victim.`)).flat() },
          { aa: false },
        ),
      Rcode.SERVFAIL,
    ],
    [
      "name servers whose zones have such name servers in turn",
      (query) =>
        replyTo(
          query,
          {
            authority: Array.from({ length: 12 }, () =>
              one(
                name(query)
                  .slice(name(query).labelCount - 2)
                  .toString(),
                `NS ns.${label()}.evil.`,
              ),
            ).flat(),
          },
          { aa: false },
        ),
      Rcode.SERVFAIL,
    ],
    [
      "an alias to itself",
      (query) => replyTo(query, { answer: one("www.one.evil.", "CNAME www.one.evil.") }),
      Rcode.SERVFAIL,
    ],
    [
      "aliases without end",
      (query) =>
        replyTo(query, { answer: [{ ...one("x.", `CNAME ${label()}.evil.`)[0]!, name: name(query) }] }),
      Rcode.SERVFAIL,
    ],
    [
      "a DNAME below itself",
      (query) =>
        replyTo(query, { answer: one("evil.", "DNAME a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.evil.") }),
      Rcode.YXDOMAIN,
    ],
    [
      "answers of 64 KiB",
      (query, { transport }) =>
        transport === "udp"
          ? replyTo(query, {}, { tc: true })
          : replyTo(query, {
              answer: Array.from({ length: 3500 }, (_, i) => ({
                name: name(query),
                type: 1,
                class: 1,
                ttl: 60,
                rdata: Uint8Array.of(10, 0, i >> 8, i & 255),
              })),
            }),
      Rcode.NOERROR,
    ],
    [
      "glue that points to the resolver's own machine",
      (query) =>
        replyTo(
          query,
          { authority: one("one.evil.", "NS ns.one.evil."), additional: one("ns.one.evil.", "A 127.0.0.1") },
          { aa: false },
        ),
      Rcode.SERVFAIL,
    ],
  ];
  test.each(rows)("%s", (_what, server, rcode) => {
    const world = new TestWorld(withAttacker(server));
    expect(askBounded(world, "www.one.evil.").rcode).toBe(rcode);
    expect(world.count("127.0.0.1")).toBe(0);
    // Others are served as ever, whatever was said about them.
    expect(addressesOf(askBounded(world, "victim."))).toEqual(["203.0.113.1"]);
  });

  test("the fan-out that reaches a victim is small", () => {
    const nxns = rows.find(([what]) => what.includes("NXNSAttack"));
    const world = new TestWorld(withAttacker(nxns?.[1] ?? silent));
    askBounded(world, "www.one.evil.");
    expect(world.count(victim)).toBeLessThanOrEqual(8);
  });
});

describe("data that is not the server's to give", () => {
  const rows: [string, TestServer][] = [
    [
      "in the answer section",
      (query) =>
        replyTo(query, {
          answer: [...one(name(query).toString(), "A 6.6.6.6"), ...one("www.victim.", "A 6.6.6.6")],
        }),
    ],
    [
      "at the end of an alias",
      (query) =>
        replyTo(query, {
          answer: [...one(name(query).toString(), "CNAME www.victim."), ...one("www.victim.", "A 6.6.6.6")],
        }),
    ],
    [
      "in the authority and additional sections",
      (query) =>
        replyTo(query, {
          answer: one(name(query).toString(), "A 6.6.6.6"),
          authority: one("victim.", "NS ns.evil."),
          additional: [...one("ns.victim.", `A ${attacker}`), ...one("www.victim.", "A 6.6.6.6")],
        }),
    ],
    [
      "as glue of a referral",
      (query) =>
        replyTo(
          query,
          {
            authority: one("a.evil.", "NS ns.victim."),
            additional: [...one("ns.victim.", `A ${attacker}`), ...one("www.victim.", "A 6.6.6.6")],
          },
          { aa: false },
        ),
    ],
    ["as DNAME of a zone above", (query) => replyTo(query, { answer: one(".", "DNAME evil.") })],
    [
      "as SOA of a zone above",
      (query) =>
        replyTo(query, { rcode: Rcode.NXDOMAIN, authority: one(".", "SOA ns. host. 1 2 3 4 60000") }),
    ],
  ];
  test.each(rows)("%s", (_what, server) => {
    const world = new TestWorld(withAttacker(server));
    askBounded(world, "www.a.evil.");
    expect(addressesOf(askBounded(world, "www.victim."))).toEqual(["203.0.113.2"]);
    expect(addressesOf(askBounded(world, "victim."))).toEqual(["203.0.113.1"]);
  });

  test("an alias into another zone gives that zone's data", () => {
    const world = new TestWorld(withAttacker(rows[1]![1]));
    expect(addressesOf(askBounded(world, "www.a.evil."))).toEqual(["203.0.113.2"]);
  });
});

describe("forged replies", () => {
  test.each([
    ["another id", (query: Message) => [lie(query, (octets) => (octets[1] = (octets[1] ?? 0) ^ 1))]],
    [
      "another question",
      (query: Message) => [octetsOf(replyTo({ ...query, question: queryFor("b.", "A").question }))],
    ],
    [
      "another type",
      (query: Message) => [octetsOf(replyTo({ ...query, question: queryFor("victim.", "MX").question }))],
    ],
    [
      "no question",
      (query: Message) => [
        octetsOf(replyTo({ ...query, question: [] }, { answer: one("victim.", "A 6.6.6.6") })),
      ],
    ],
    ["a query", (query: Message) => [octetsOf(query)]],
    ["another opcode", (query: Message) => [octetsOf(replyTo(query, {}, { opcode: 4 }))]],
    ["three octets", () => [Uint8Array.of(1, 2, 3)]],
    [
      "guesses of the id, which end in TCP",
      (query: Message) =>
        Array.from({ length: 20 }, (_, i) =>
          lie(query, (octets) => (octets[0] = (octets[0] ?? 0) ^ (i + 1))),
        ),
    ],
  ])("%s", (_what, forge) => {
    const world = withForgeries(forge);
    expect(addressesOf(askBounded(world, "victim."))).toEqual([truth]);
    expect(world.resolver.counters()["upstream-mismatches"]).toBeGreaterThan(0);
  });

  test("an answer from an address that was not asked does not arrive", () => {
    const resolver = new RecursiveResolver({
      random: seededRandom(1),
      configuration: configurationFor("192.0.2.1"),
    });
    const world = new ScriptedWorld(resolver, ({ octets }) => [
      {
        octets: Uint8Array.of(octets[0] ?? 0, octets[1] ?? 0, 0x84, 0, ...octets.slice(4)),
        from: endpoint(attacker, 53),
      },
    ]);
    const answer = world.ask(octetsOf(queryFor("victim.", "A")));
    expect((answer?.[3] ?? 0) & 0xf).toBe(Rcode.SERVFAIL);
  });
});

describe("octets at random", () => {
  /** A reply full of things, with some of its octets changed. */
  const damage = fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 6 });

  test("whatever a server sends, there is an answer and nothing breaks", () => {
    const world = new TestWorld(withAttacker((query) => changed(query)));
    let changes: [number, number][] = [];
    let isAuthoritative = true;
    let count = 0;
    function changed(query: Message): Uint8Array {
      const owner = name(query).toString();
      const octets = octetsOf(
        replyTo(
          query,
          {
            answer: one(owner, "CNAME a.evil."),
            authority: [...one(owner, "NS b.evil."), ...one("evil.", "SOA a. b. 1 2 3 4 5")],
            additional: one("b.evil.", `A ${attacker}`),
          },
          { aa: isAuthoritative },
        ),
      );
      for (const [at, octet] of changes) octets[2 + (at % (octets.length - 2))] = octet;
      return octets;
    }
    fc.assert(
      fc.property(damage, fc.boolean(), (how, aa) => {
        changes = how;
        isAuthoritative = aa;
        const startedAt = world.world.monotonic;
        const answer = world.ask(`n${count++}.x.evil.`);
        expect([0, 2, 3, 6]).toContain(answer.rcode);
        expect(world.world.monotonic - startedAt).toBeLessThanOrEqual(clientDeadlineMs + 100);
        expect(world.faults).toEqual([]);
      }),
      { numRuns: 150 },
    );
    expect(addressesOf(world.ask("victim."))).toEqual(["203.0.113.1"]);
  });
});

describe("memory", () => {
  test("a flood of names stays within the cache's bounds, and what is in use stays", () => {
    const world = new TestWorld(
      withAttacker((query) => replyTo(query, { answer: one(name(query).toString(), "A 6.6.6.6") })),
      { settings: { cacheEntries: 50, cacheOctets: 40_000 } },
    );
    for (let i = 0; i < 300; i++) {
      world.ask(`n${i}.evil.`);
      if (i % 10 === 0) world.ask("victim.");
    }
    const load = world.resolver.load();
    expect(load.cacheEntries).toBeLessThanOrEqual(50);
    expect(load.cacheOctets).toBeLessThanOrEqual(40_000);
    expect(world.count(victim)).toBe(1);
  });

  test("too many questions at once are answered SERVFAIL, and the rest in time", () => {
    const world = new TestWorld(withAttacker(() => undefined));
    const answers = Array.from({ length: 1_500 }, (_, i) =>
      world.world.send(octetsOf(queryFor(`n${i}.evil.`, "A"))),
    );
    const refusedAtOnce = Number(world.resolver.counters()["overloads"]);
    expect(refusedAtOnce).toBeGreaterThan(0);
    world.world.runUntil(() => answers.every(({ length }) => length === 1), 2 * clientDeadlineMs);
    expect(answers.filter(({ length }) => length !== 1)).toEqual([]);
    expect(world.resolver.load().resolutions).toBe(0);
    expect(addressesOf(world.ask("victim."))).toEqual([`203.0.113.1`]);
  });
});

describe("floods of clients", () => {
  /** Asks without waiting, each from an address of its own. */
  const send = (world: TestWorld, asked: string, type: string, client: number) =>
    world.world.send(octetsOf(queryFor(asked, type)), `10.1.${client >> 8}.${client & 255}`);
  /** How many had each response code; -1: no answer. */
  const rcodes = (answers: readonly (readonly Uint8Array[])[]): Record<number, number> => {
    const counts: Record<number, number> = {};
    for (const [octets] of answers) {
      const rcode = octets ? (octets[3] ?? 0) & 15 : -1;
      counts[rcode] = (counts[rcode] ?? 0) + 1;
    }
    return counts;
  };

  test("RFC 9462: whatever is asked at and below resolver.arpa costs no query, and nothing is held for it", () => {
    const world = new TestWorld(withAttacker(silent));
    const names = ["_dns.resolver.arpa.", "resolver.arpa.", "x.resolver.arpa.", "_443._dns.resolver.arpa."];
    const answers = Array.from({ length: 1000 }, (_, i) => {
      const below = i % 2 === 0 ? "" : `n${i}.`;
      return send(world, `${below}${names[i % names.length]}`, ["SVCB", "A", "DS", "ANY"][(i >> 2) % 4]!, i);
    });
    world.world.advance(100);
    expect(rcodes(answers)).toEqual({ [Rcode.NOERROR]: 1000 });
    const { cacheEntries, resolutions } = world.resolver.load();
    expect([world.count(), cacheEntries, resolutions, world.faults]).toEqual([0, 0, 0, []]);
  });

  test.each([
    ["a name of silence", silent],
    [
      "fifty name servers without addresses",
      (query: Message) =>
        replyTo(
          query,
          {
            authority: Array.from({ length: 50 }, (_, i) => one("one.evil.", `NS n${i}.victim.`)).flat(),
          },
          { aa: false },
        ),
    ],
    [
      "a DNAME that makes the name longer each time",
      (query: Message) => replyTo(query, { answer: one("evil.", "DNAME a.b.c.evil.") }),
    ],
  ])("%s that 1,200 clients ask for at once is worked on as for one of them", (_what, server) => {
    const alone = new TestWorld(withAttacker(server));
    const { rcode } = alone.ask("www.one.evil.");
    alone.world.advance(2 * clientDeadlineMs);
    const world = new TestWorld(withAttacker(server));
    const answers = Array.from({ length: 1200 }, (_, i) => send(world, "www.one.evil.", "A", i));
    world.world.runUntil(() => answers.every(({ length }) => length === 1), 2 * clientDeadlineMs);
    // As many as may wait get what one alone does; the others are told at once to come again.
    const { [rcode]: same = 0, [Rcode.SERVFAIL]: failed = 0 } = rcodes(answers);
    expect(same).toBeGreaterThan(maxWaitersPerResolution);
    expect(rcode === Rcode.SERVFAIL ? same : same + failed).toBe(1200);
    world.world.advance(2 * clientDeadlineMs);
    expect(world.count()).toBeLessThanOrEqual(alone.count());
    expect([world.world.openCount, world.resolver.load().resolutions, world.faults]).toEqual([0, 0, []]);
    expect(addressesOf(askBounded(world, "victim."))).toEqual([truth]);
  });
});

describe("clients over TCP", () => {
  const query = (): Uint8Array => frame(octetsOf(queryFor("victim.", "A")));

  test("frames of nothing keep no connection open, and cost no work", () => {
    const world = new TestWorld(withAttacker(() => undefined));
    const { isOpen, write, answers } = world.world.connect();
    for (let i = 0; i < 6; i++) {
      world.world.advance(idleConnectionMs / 5);
      write(new Uint8Array(2000)); // a thousand frames of length 0
      write(Uint8Array.of(0, 11, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0)); // one that is short of a header by one
    }
    expect([isOpen(), answers.length]).toEqual([false, 0]);
    expect(world.resolver.counters()["client-queries"] ?? 0).toBe(0);
    expect(world.resolver.counters()["client-malformed"] ?? 0).toBe(0);
  });

  test("a query begins the idle time anew", () => {
    const world = new TestWorld(withAttacker(() => undefined));
    const { isOpen, write, answers } = world.world.connect();
    for (let i = 0; i < 4; i++) {
      world.world.advance(idleConnectionMs * 0.8);
      write(query());
    }
    world.world.advance(1000);
    expect([isOpen(), answers.length]).toEqual([true, 4]);
    world.world.advance(idleConnectionMs);
    expect(isOpen()).toBe(false);
  });

  test("one client's connections leave places for others, and are given back", () => {
    const world = new TestWorld(withAttacker(() => undefined));
    const greedy = Array.from({ length: maxConnectionsPerClient + 1 }, () => world.world.connect("10.0.0.1"));
    world.world.advance(1);
    expect(greedy.map(({ isOpen }) => isOpen()).lastIndexOf(true)).toBe(maxConnectionsPerClient - 1);
    const other = world.world.connect("10.0.0.2");
    other.write(query());
    world.world.advance(1000);
    expect(other.answers).toHaveLength(1);
    world.world.advance(idleConnectionMs);
    const again = world.world.connect("10.0.0.1");
    world.world.advance(1);
    expect(again.isOpen()).toBe(true);
  });
});
