import { describe, expect, test } from "vitest";
import type { TraceStep } from "#contract";
import { makeRing, MessageRing, MessageSampler } from "#engine";
import { ExtendedError, Rcode, decodeMessage, formatRdata, frame, typeName, type Message } from "#wire";
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

/** A root, a TLD and a zone on four servers. */
const plain: Record<string, TestServer> = {
  "192.0.2.1": {
    ".": `${soa}
      . NS a.root.\na.root. A 192.0.2.1
      test. NS a.nic.test.\na.nic.test. A 192.0.2.2
      other. NS ns.shop.test.`,
  },
  "192.0.2.2": {
    "test.": `${soa}
      @ NS a.nic\na.nic A 192.0.2.2
      ${[1, 2, 3, 4].map((i) => `shop NS ns${i}.s1.nic\nns${i}.s1.nic A 198.51.100.${i}`).join("\n")}`,
  },
};
const shop = {
  "shop.test.": `${soa}
    ${[1, 2, 3, 4].map((i) => `@ NS ns${i}.s1.nic.test.`).join("\n")}
    @ 60 A 203.0.113.1\nwww 60 CNAME @\nalias 60 CNAME www\naway 60 CNAME host.other.
    txt 60 TXT "one"\nold 60 DNAME @\nns 300 A 198.51.100.1\na.b.c 60 A 203.0.113.2
    loop1 60 CNAME loop2\nloop2 60 CNAME loop1\nbig 60 TXT ${`"${"x".repeat(250)}" `.repeat(8)}`,
  "other.": `${soa}\n@ NS ns.shop.test.\nhost 60 A 203.0.113.9`,
};
for (const i of [1, 2, 3, 4]) plain[`198.51.100.${i}`] = shop;

function linesOf(message: Message): string[] {
  return message.answer.map(
    ({ name, ttl, type, rdata }) => `${name.toString()} ${ttl} ${typeName(type)} ${formatRdata(type, rdata)}`,
  );
}

function errorsOf(message: Message): string[] {
  return (message.edns?.options ?? []).map(
    ({ octets }) => `${octets[1]} ${new TextDecoder().decode(octets.subarray(2))}`,
  );
}

/** The four servers of shop.test as one function each. */
function withServers(...servers: TestServer[]): Record<string, TestServer> {
  return { ...plain, ...Object.fromEntries(servers.map((server, i) => [`198.51.100.${i + 1}`, server])) };
}

const silent: TestServer = () => undefined;

const refusing: TestServer = (query) => replyTo(query, { rcode: Rcode.REFUSED }, { aa: false });

const failing: TestServer = (query) => replyTo(query, { rcode: Rcode.SERVFAIL }, { aa: false });

const unreachable: TestServer = () => ({ failure: "refused" });

const lame: TestServer = (query) =>
  replyTo(query, { authority: replyTo(query).authority }, { aa: false, ra: true });
const broken: TestServer = (_query, { octets }) => {
  const answer = octets.slice(0, 14);
  answer[2] = 0x80;
  return answer;
};

/** Truncates over UDP, answers over TCP. */
const truncating: TestServer = (query, { transport }) =>
  transport === "udp"
    ? replyTo(query, {}, { tc: true })
    : replyTo(query, { answer: recordsOf("shop.test. 60 A 203.0.113.8") });
/** Truncates always. */
const stubborn: TestServer = (query) => replyTo(query, {}, { tc: true });

const old: TestServer = (query) => {
  if (query.edns) {
    const { edns: _edns, ...rest } = replyTo(query, { rcode: Rcode.FORMERR }, { aa: false });
    return rest;
  }
  return replyTo(query, {
    authority: [],
    answer: [
      { name: query.question[0]!.name, type: 1, class: 1, ttl: 5, rdata: Uint8Array.of(203, 0, 113, 7) },
    ],
  });
};

const header = (bytes: string): Uint8Array =>
  Uint8Array.from(bytes.split(" "), (text) => Number.parseInt(text, 16));

test.each([
  ["a response", header("00 01 80 00 00 01 00 00 00 00 00 00"), undefined],
  ["five octets", header("00 01 00 00 00"), undefined],
  ["a header that promises a question", header("00 01 01 00 00 01 00 00 00 00 00 00"), Rcode.FORMERR],
  ["no question", header("00 01 01 00 00 00 00 00 00 00 00 00"), Rcode.FORMERR],
  ["NOTIFY", header("00 01 20 00 00 00 00 00 00 00 00 00"), Rcode.NOTIMP],
  ["UPDATE", header("00 01 28 00 00 00 00 00 00 00 00 00"), Rcode.NOTIMP],
  [
    "RD=0",
    octetsOf({ ...queryFor("shop.test.", "A"), flags: { ...queryFor(".", "A").flags, rd: false } }),
    Rcode.REFUSED,
  ],
  [
    "class CH",
    octetsOf(queryFor(".", "A", { question: [{ ...queryFor("a.", "A").question[0]!, class: 3 }] })),
    Rcode.REFUSED,
  ],
  ["AXFR", octetsOf(queryFor("shop.test.", "AXFR")), Rcode.REFUSED],
  ["type OPT", octetsOf(queryFor("shop.test.", "OPT")), Rcode.FORMERR],
])("%s", (_what, octets, rcode) => {
  const world = new TestWorld(plain);
  const answer = world.world.ask(octets, "127.0.0.1", 100);
  expect(answer === undefined ? undefined : (answer[3] ?? 0) & 0xf).toBe(rcode);
  if (answer) expect([answer[0], answer[1], (answer[2] ?? 0) & 0x80]).toEqual([octets[0], octets[1], 0x80]);
  expect(world.count()).toBe(0);
});

test.each([
  [0, Rcode.NOTIMP],
  [1, Rcode.BADVERS],
])(
  "RFC 6891 sections 6.1.1 and 6.1.3: UPDATE with OPT of version %i has one in its answer, with the opcode",
  (version, rcode) => {
    const world = new TestWorld(plain);
    const asked = queryFor("shop.test.", "SOA", {
      edns: { udpPayloadSize: 1232, version, isDnssecOk: false, options: [] },
    });
    const answer = world.world.ask(octetsOf({ ...asked, flags: { ...asked.flags, opcode: 5 } }));
    const decoded = decodeMessage(answer ?? new Uint8Array());
    expect(decoded.ok && [decoded.value.flags.opcode, decoded.value.rcode]).toEqual([5, rcode]);
    expect(decoded.ok && [decoded.value.edns?.version, decoded.value.question]).toEqual([0, []]);
    expect(world.count()).toBe(0);
  },
);

const option = (isFresh: boolean): { code: number; octets: Uint8Array } => ({
  code: 65_311,
  octets: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, isFresh ? 1 : 0),
});

/** Whether the queries that were sent last carry the option. */
function carried(world: TestWorld, from: number): boolean[] {
  return world.world.queries.slice(from).map(({ octets }) => {
    const decoded = decodeMessage(octets);
    return decoded.ok && decoded.value.edns?.options[0]?.code === 65_311;
  });
}

function trace(world: TestWorld, isFresh: boolean): Message {
  const edns = { udpPayloadSize: 1232, version: 0, isDnssecOk: false, options: [option(isFresh)] };
  return world.ask("shop.test.", "A", { edns });
}

describe("answers", () => {
  const rows: { name: string; type?: string; rcode: number; answer: string[]; hasSoa?: boolean }[] = [
    { name: "shop.test.", rcode: 0, answer: ["shop.test. 60 A 203.0.113.1"] },
    {
      name: "WWW.Shop.test.",
      rcode: 0,
      answer: ["www.shop.test. 60 CNAME shop.test.", "shop.test. 60 A 203.0.113.1"],
    },
    { name: "txt.shop.test.", type: "TXT", rcode: 0, answer: ['txt.shop.test. 60 TXT "one"'] },
    { name: "txt.shop.test.", type: "A", rcode: 0, answer: [], hasSoa: true },
    { name: "none.shop.test.", rcode: 3, answer: [], hasSoa: true },
    { name: "b.c.shop.test.", rcode: 0, answer: [], hasSoa: true },
    { name: "a.b.c.shop.test.", rcode: 0, answer: ["a.b.c.shop.test. 60 A 203.0.113.2"] },
    { name: "none.", rcode: 3, answer: [], hasSoa: true },
    { name: "shop.test.", type: "DS", rcode: 0, answer: [], hasSoa: true },
    {
      name: "txt.old.shop.test.",
      type: "TXT",
      rcode: 0,
      answer: [
        "old.shop.test. 60 DNAME shop.test.",
        "txt.old.shop.test. 60 CNAME txt.shop.test.",
        'txt.shop.test. 60 TXT "one"',
      ],
    },
    {
      name: "away.shop.test.",
      rcode: 0,
      answer: ["away.shop.test. 60 CNAME host.other.", "host.other. 60 A 203.0.113.9"],
    },
    { name: "localhost.", rcode: 0, answer: ["localhost. 3600 A 127.0.0.1"] },
    { name: "a.invalid.", rcode: 3, answer: [] },
    { name: "shop.test.", type: "ANY", rcode: 0, answer: ['shop.test. 3600 HINFO "RFC8482" ""'] },
  ];
  test.each(rows)("$name $type", ({ name, type = "A", rcode, answer, hasSoa }) => {
    const world = new TestWorld(plain);
    const got = world.ask(name, type);
    expect(got.rcode).toBe(rcode);
    // The TTL of an alias that was learnt a step earlier has gone down meanwhile.
    expect(linesOf(got).map((line) => line.replace(" 59 ", " 60 "))).toEqual(answer);
    expect(got.authority.length > 0).toBe(hasSoa === true);
    expect(got.flags).toMatchObject({ qr: true, ra: true, rd: true, aa: false, ad: false });
    expect(world.faults).toEqual([]);
    // All again from the cache: nobody is asked.
    const before = world.count();
    expect(world.ask(name, type).rcode).toBe(rcode);
    expect(world.count()).toBe(before);
    expect(world.world.openCount).toBe(0);
  });

  test("a name below one that does not exist is known not to exist (RFC 8020)", () => {
    const world = new TestWorld(plain);
    world.ask("none.shop.test.");
    const before = world.count();
    expect(world.ask("a.none.shop.test.").rcode).toBe(Rcode.NXDOMAIN);
    expect(world.count()).toBe(before);
  });

  test("TTLs count down, and a record is asked for again after its TTL", () => {
    const world = new TestWorld(plain);
    world.ask("shop.test.");
    world.world.advance(20_500);
    expect(linesOf(world.ask("shop.test."))).toEqual(["shop.test. 39 A 203.0.113.1"]);
    const [root, tld] = [world.count("192.0.2.1"), world.count("192.0.2.2")];
    world.world.advance(40_000);
    expect(linesOf(world.ask("shop.test."))).toEqual(["shop.test. 60 A 203.0.113.1"]);
    expect([world.count("192.0.2.1"), world.count("192.0.2.2")]).toEqual([root, tld]);
  });

  test("a negative answer is kept for the SOA's MINIMUM and shown with what is left of it", () => {
    const world = new TestWorld(plain);
    world.ask("none.shop.test.");
    world.world.advance(30_000);
    expect(world.ask("none.shop.test.").authority.find(({ type }) => type === 6)?.ttl).toBe(29);
    world.world.advance(31_000);
    const before = world.count();
    world.ask("none.shop.test.");
    expect(world.count()).toBe(before + 1);
  });

  test("servers see one label more than they need (RFC 9156)", () => {
    const world = new TestWorld(plain);
    world.ask("a.b.c.shop.test.");
    const questions = world.world.queries.map(({ octets }) => {
      const decoded = decodeMessage(octets);
      const [question] = decoded.ok ? decoded.value.question : [];
      return question ? `${question.name.toString()} ${typeName(question.type)}` : "";
    });
    expect(questions).toEqual([
      ". NS",
      "test. NS",
      "shop.test. NS",
      "c.shop.test. NS",
      "b.c.shop.test. NS",
      "a.b.c.shop.test. A",
    ]);
  });

  test("equal questions under way are one", () => {
    const world = new TestWorld(plain);
    const answers = [1, 2, 3].map(() => world.world.send(octetsOf(queryFor("shop.test.", "A"))));
    world.world.runUntil(() => answers.every(({ length }) => length === 1), 5_000);
    expect(world.count()).toBe(4);
    expect(world.resolver.counters()["coalesced"]).toBe(2);
  });

  test("an answer that does not fit is truncated over UDP and whole over TCP", () => {
    const world = new TestWorld(plain);
    const small = world.ask("big.shop.test.", "TXT");
    expect(small.flags.tc).toBe(true);
    expect(small.answer).toEqual([]);
    const connection = world.world.connect();
    connection.write(frame(octetsOf(queryFor("big.shop.test.", "TXT"))));
    const decoded = decodeMessage(connection.answers[0] ?? new Uint8Array());
    expect(decoded.ok && decoded.value.answer.length).toBe(1);
  });
});

describe("servers that fail", () => {
  test.each([
    ["three are silent", silent],
    ["three refuse", refusing],
    ["three answer SERVFAIL", failing],
    ["three cannot be reached", unreachable],
    ["three are lame", lame],
    ["three answer what is no message", broken],
  ])("%s: the fourth answers", (_what, server) => {
    const world = new TestWorld(withServers(server, server, server));
    expect(world.ask("shop.test.").rcode).toBe(Rcode.NOERROR);
    expect(world.faults).toEqual([]);
  });

  test.each([
    ["all are silent", silent, "did not answer", 16],
    ["all refuse", refusing, "answered REFUSED", 12],
    ["all cannot be reached", unreachable, "cannot be reached", 8],
    ["all are lame", lame, "is a resolver without an answer", 12],
    ["all answer what is no message", broken, "answered octets that are no message", 8],
  ])("%s: SERVFAIL that says so, in time and with few queries", (_what, server, words, atMost) => {
    const world = new TestWorld(withServers(server, server, server, server));
    const startedAt = world.world.monotonic;
    const answer = world.ask("shop.test.");
    expect(answer.rcode).toBe(Rcode.SERVFAIL);
    expect(errorsOf(answer).join("\n")).toContain(words);
    expect(world.world.monotonic - startedAt).toBeLessThanOrEqual(8_100);
    expect(world.count()).toBeLessThanOrEqual(atMost);
    // RFC 9520: not tried again at once, then it is.
    const before = world.count();
    const again = world.ask("shop.test.");
    expect(again.rcode).toBe(Rcode.SERVFAIL);
    expect(errorsOf(again).join("\n")).toContain(`${ExtendedError.CACHED_ERROR} `);
    expect(world.count()).toBe(before);
    world.world.advance(1_100);
    world.ask("shop.test.");
    expect(world.count()).toBeGreaterThan(before);
    world.world.advance(60_000);
    expect(world.world.openCount).toBe(0);
    expect(world.resolver.load().resolutions).toBe(0);
  });

  test("a truncated answer is asked for over TCP", () => {
    const world = new TestWorld(withServers(truncating, truncating, truncating, truncating));
    expect(linesOf(world.ask("shop.test."))).toEqual(["shop.test. 60 A 203.0.113.8"]);
    expect(world.resolver.counters()["upstream-tcp"]).toBe(1);
  });

  test("a server that truncates over TCP too is left for another", () => {
    const world = new TestWorld(withServers(stubborn, stubborn, stubborn));
    expect(world.ask("shop.test.").rcode).toBe(Rcode.NOERROR);
  });

  test("a server that does not know EDNS is asked without it, and only once with it", () => {
    const world = new TestWorld(withServers(old, old, old, old));
    expect(linesOf(world.ask("shop.test."))).toEqual(["shop.test. 5 A 203.0.113.7"]);
    expect(world.count()).toBe(5);
  });
});

describe("trees", () => {
  const configuration = {
    trees: [
      { ...configurationFor("127.0.0.1").trees[0]!, id: "private", suffixes: ["test."], isPrivate: true },
      { ...configurationFor("192.0.2.77").trees[0]!, id: "lab", suffixes: ["lab.test."], isPrivate: true },
    ],
    outside: { kind: "outside" as const, policy: "refuse" as const, forwarders: [] },
  };
  const servers: Record<string, TestServer> = {
    "127.0.0.1": {
      ".": `${soa}\n. NS a.root.\na.root. A 127.0.0.1\ntest. NS ns.test.\nns.test. A 127.0.0.2`,
    },
    "127.0.0.2": {
      "test.": `${soa}\n@ NS ns\nns A 127.0.0.2\nx.lab 60 A 203.0.113.66\nhost 60 A 203.0.113.1
        out 60 CNAME www.example.\nin 60 CNAME x.lab`,
    },
    "192.0.2.77": { ".": `${soa}\n. NS a.root.\na.root. A 192.0.2.77\nx.lab.test. 60 A 203.0.113.77` },
  };

  test("the most specific suffix chooses, at each alias anew; outside is refused", () => {
    const world = new TestWorld(servers, { configuration });
    expect(linesOf(world.ask("host.test."))).toEqual(["host.test. 60 A 203.0.113.1"]);
    expect(linesOf(world.ask("x.lab.test."))).toEqual(["x.lab.test. 60 A 203.0.113.77"]);
    expect(linesOf(world.ask("in.test.")).at(-1)).toBe("x.lab.test. 59 A 203.0.113.77");
    expect(world.ask("www.example.").rcode).toBe(Rcode.REFUSED);
    expect(world.ask("out.test.").rcode).toBe(Rcode.SERVFAIL);
  });

  test("the root itself is answered for where there is no other, and no name below it", () => {
    const world = new TestWorld(servers, { configuration });
    expect(linesOf(world.ask(".", "NS"))).toEqual([". 172800 NS a.root."]);
    expect(world.ask(".", "DS")).toMatchObject({ rcode: Rcode.NOERROR, answer: [] });
    expect(world.ask("other.").rcode).toBe(Rcode.REFUSED);
    const forward = { kind: "outside" as const, policy: "forward" as const, forwarders: [] };
    world.resolver.configure({ ...configuration, outside: forward });
    expect(world.ask(".", "SOA").rcode).toBe(Rcode.SERVFAIL);
  });

  test("a new configuration keeps the cache of the trees that stay", () => {
    const world = new TestWorld(servers, { configuration });
    world.ask("host.test.");
    const before = world.count();
    world.resolver.configure({ ...configuration, trees: configuration.trees.slice(0, 1) });
    expect(linesOf(world.ask("host.test."))).toEqual(["host.test. 59 A 203.0.113.1"]);
    expect(world.count()).toBe(before);
    // x.lab.test. now belongs to the other tree, with a cache of its own.
    expect(linesOf(world.ask("x.lab.test."))).toEqual(["x.lab.test. 60 A 203.0.113.66"]);
    world.resolver.configure({ trees: [], outside: configuration.outside });
    expect(world.ask("host.test.").rcode).toBe(Rcode.REFUSED);
  });

  test("servers of the public tree are not asked on loopback and private addresses", () => {
    const world = new TestWorld(
      {
        ...servers,
        "192.0.2.1": {
          ".": `${soa}\n. NS a.root.\na.root. A 192.0.2.1\ntest. NS ns.test.\nns.test. A 127.0.0.2`,
        },
      },
      {},
    );
    expect(world.ask("host.test.").rcode).toBe(Rcode.SERVFAIL);
    expect(world.count("127.0.0.2")).toBe(0);
  });

  test("names outside are forwarded where so configured, and aliases back in are followed inside", () => {
    const world = new TestWorld(
      {
        ...servers,
        "192.0.2.200": (query) =>
          replyTo(
            query,
            {
              answer: [
                {
                  name: query.question[0]!.name,
                  type: 5,
                  class: 1,
                  ttl: 60,
                  rdata: Uint8Array.of(4, 104, 111, 115, 116, 4, 116, 101, 115, 116, 0),
                },
                // Not for a forwarder to say.
                {
                  name: query.question[0]!.name,
                  type: 1,
                  class: 1,
                  ttl: 60,
                  rdata: Uint8Array.of(6, 6, 6, 6),
                },
              ].slice(0, 1),
            },
            { aa: false, ra: true },
          ),
      },
      {
        configuration: {
          trees: configuration.trees,
          outside: { kind: "outside", policy: "forward", forwarders: [{ address: "192.0.2.200", port: 53 }] },
        },
      },
    );
    expect(linesOf(world.ask("www.example.")).at(-1)).toBe("host.test. 60 A 203.0.113.1");
    expect(world.resolver.counters()["upstream-queries{hop=forward}"]).toBe(1);
  });
});

describe("clients", () => {
  test("an EDNS version that is not there is BADVERS (RFC 6891 section 6.1.3)", () => {
    const edns = { udpPayloadSize: 1232, version: 1, isDnssecOk: false, options: [] };
    const world = new TestWorld(plain);
    const ring = new MessageRing(makeRing(2 ** 16));
    const sampling = { ring, source: 0, every: 1, maxPerSecond: 10, isWhole: false, monotonic: () => 0 };
    world.resolver.messages = new MessageSampler(sampling);
    expect(world.ask("shop.test.", "A", { edns }).rcode).toBe(Rcode.BADVERS);
    // It is counted and told of as that: the header alone has four of its bits.
    expect(world.resolver.counters()["client-answers{rcode=BADVERS}"]).toBe(1);
    const told: number[] = [];
    ring.read(({ rcode }) => told.push(rcode), 10);
    expect(told).toEqual([Rcode.BADVERS]);
  });

  test.each([
    ["10.1.2.3", Rcode.NOERROR],
    ["192.168.1.1", Rcode.NOERROR],
    ["fd00::1", Rcode.NOERROR],
    ["203.0.113.5", Rcode.REFUSED],
    ["2001:db8::1", Rcode.REFUSED],
  ])("a client at %s", (from, rcode) => {
    expect(new TestWorld(plain).ask("shop.test.", "A", {}, from).rcode).toBe(rcode);
  });

  test("without EDNS in the query there is none in the answer", () => {
    const { edns: _edns, ...query } = queryFor("shop.test.", "A");
    const answer = decodeMessage(new TestWorld(plain).world.ask(octetsOf(query)) ?? new Uint8Array());
    expect(answer.ok && answer.value.edns).toBeUndefined();
  });

  test("a connection takes many queries, answers each as it is ready, and ends when the client has", () => {
    const world = new TestWorld(plain);
    world.ask("shop.test.");
    const connection = world.world.connect();
    const queries = ["none.shop.test.", "shop.test."].map((name, i) =>
      frame(octetsOf(queryFor(name, "A", { id: i }))),
    );
    const octets = Uint8Array.from(queries.flatMap((query) => [...query]));
    // In pieces, as a network may bring them.
    for (let at = 0; at < octets.length; at += 7) connection.write(octets.slice(at, at + 7));
    connection.end();
    // The second was in the cache: it is answered first (RFC 7766 section 7).
    expect(connection.answers.map((answer) => answer[1])).toEqual([1]);
    world.world.runUntil(() => connection.answers.length === 2, 1_000);
    expect(connection.answers.map((answer) => answer[1])).toEqual([1, 0]);
    expect(connection.isOpen()).toBe(false);
  });

  test("an idle connection is dropped, a slow one too", () => {
    const world = new TestWorld(plain);
    const idle = world.world.connect();
    const slow = world.world.connect();
    for (let i = 0; i < 30; i++) {
      slow.write(Uint8Array.of(0));
      world.world.advance(500);
      if (i === 1) slow.write(Uint8Array.of(200));
    }
    expect([idle.isOpen(), slow.isOpen()]).toEqual([false, false]);
  });
});

describe("traces", () => {
  const configuration = {
    ...configurationFor("192.0.2.1"),
    trees: configurationFor("192.0.2.1").trees.map((tree) => ({ ...tree, isPrivate: true })),
  };

  test("what is asked anew carries the option; what was cached is reported with the TTL left", () => {
    const steps: TraceStep[] = [];
    const world = new TestWorld(plain, { configuration, onTraceStep: (step) => steps.push(step) });
    trace(world, false);
    // Priming is nobody's visit.
    expect(carried(world, 0)).toEqual([false, true, true, true]);
    expect(steps.map(({ hop, server, dns }) => [hop, server, dns?.response?.answer])).toEqual([
      ["root", "a.root. 192.0.2.1:53", []],
      ["tld", "a.nic.test. 192.0.2.2:53", []],
      ["name-servers", expect.stringMatching(/^ns\d/), ["shop.test. 60 IN A 203.0.113.1"]],
      ["resolver", undefined, undefined],
    ]);
    for (const { afterMs } of steps) expect(afterMs).toBeGreaterThanOrEqual(0);
    steps.length = 0;
    world.world.advance(10_000);
    const before = world.count();
    trace(world, false);
    expect(world.count()).toBe(before);
    expect(steps.map(({ hop, cached }) => [hop, cached?.ttlLeftSeconds])).toEqual([
      ["root", 172_789],
      ["tld", 172_789],
      ["name-servers", 172_789],
      ["record", 49],
      ["resolver", undefined],
    ]);
    expect(steps[3]).toMatchObject({
      traceId: "0102030405060708",
      answer: ["shop.test. 49 IN A 203.0.113.1"],
    });
    steps.length = 0;
    world.world.advance(60_000);
    trace(world, false);
    expect(steps.map(({ hop, cached }) => [hop, cached !== undefined])).toEqual([
      ["root", true],
      ["tld", true],
      ["name-servers", false],
      ["name-servers", true],
      ["resolver", false],
    ]);
    expect(carried(world, before)).toEqual([true]);
  });

  test("a fresh trace asks everybody from the root on, and what it learns is kept", () => {
    const steps: TraceStep[] = [];
    const world = new TestWorld(plain, { configuration, onTraceStep: (step) => steps.push(step) });
    world.ask("shop.test.");
    world.world.advance(1_000);
    steps.length = 0;
    const before = world.count();
    trace(world, true);
    expect(carried(world, before)).toEqual([true, true, true]);
    expect(steps.map(({ hop }) => hop)).toEqual(["root", "tld", "name-servers", "resolver"]);
    expect(linesOf(world.ask("shop.test."))).toEqual(["shop.test. 59 A 203.0.113.1"]);
  });

  test("only loopback is traced, and the option stays inside private trees", () => {
    const steps: TraceStep[] = [];
    const edns = { udpPayloadSize: 1232, version: 0, isDnssecOk: false, options: [option(false)] };
    const world = new TestWorld(plain, { onTraceStep: (step) => steps.push(step) });
    world.ask("shop.test.", "A", { edns }, "10.0.0.1");
    expect(steps).toEqual([]);
    world.ask("www.shop.test.", "A", { edns });
    expect(steps.length).toBeGreaterThan(0);
    expect(carried(world, 0)).not.toContain(true);
  });
});
