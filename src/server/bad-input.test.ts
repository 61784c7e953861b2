// What attackers send to a name server, kind by kind: each has its response code, a bound on what is held for it, and a bound in virtual time; and the zone that
// was served is served on. What primaries send is in transfer-attack.test.ts, what single messages are made of in src/answer and src/transfer.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type SimulatedClient, SimulatedNetwork } from "#reactor";
import { type ResourceRecord, frame, Opcode, Rcode, RrClass, RrType, TsigSession } from "#wire";
import { RrsetList } from "#zone";
import { CatalogKeeper } from "#transfer";
import {
  askStream,
  keyOf,
  messageOf,
  nameOf,
  peerOf,
  read,
  recordOf,
  rrsetsOf,
  SimulatedServer,
} from "./testing-transfers.ts";
import { systemHmac } from "./zone-transfers.ts";

const apex = "example.org.";
const serverAt = "192.0.2.1";
const server53 = `${serverAt}:53`;
const zone = `@ SOA ns1 host 5 3600 600 86400 60
  @ NS ns1
  ns1 A 192.0.2.1
  www A 192.0.2.80`;

let network: SimulatedNetwork;
let server: SimulatedServer;
let client: SimulatedClient;

beforeEach(async () => {
  network = new SimulatedNetwork({ seed: 5 });
  server = await new SimulatedServer(network, serverAt).start();
  client = await network.client("client", ["192.0.2.9"]);
  server.put(apex, zone, { transfer: [{}], notify: [], update: [{ who: {} }] });
});

/** The zone is served on, over UDP, as it was or as it is now. */
function served(serial = 5): void {
  const answer = read(client.ask(server53, messageOf({ question: { name: `www.${apex}`, type: RrType.A } })));
  expect([answer.rcode, answer.answer.length]).toEqual([Rcode.NOERROR, 1]);
  expect(server.serial(apex)).toBe(serial);
}

afterEach(() => expect(server.failures()).toBe(0));

describe("UPDATE", () => {
  const update = (answer: readonly ResourceRecord[], authority: readonly ResourceRecord[]): Uint8Array =>
    messageOf({ opcode: Opcode.UPDATE, question: { name: apex, type: RrType.SOA }, answer, authority });
  const none = new Uint8Array();
  const www = recordOf(`www.${apex} 0 A 192.0.2.80`);
  const fresh = recordOf(`new.${apex} 60 A 192.0.2.9`);

  test.each<[string, readonly ResourceRecord[], number]>([
    [
      "names that are to be there and are not",
      [{ ...www, name: nameOf(`x.${apex}`), class: RrClass.ANY, type: RrType.ANY, rdata: none }],
      Rcode.NXDOMAIN,
    ],
    [
      "names that are to be free and are not",
      [{ ...www, class: RrClass.NONE, type: RrType.ANY, rdata: none }],
      Rcode.YXDOMAIN,
    ],
    ["an RRset with other data", [{ ...www, rdata: Uint8Array.of(1, 2, 3, 4) }], Rcode.NXRRSET],
    ["an RRset that is not to be there", [{ ...www, class: RrClass.NONE, rdata: none }], Rcode.YXRRSET],
    ["a TTL", [{ ...www, ttl: 7 }], Rcode.FORMERR],
    ["another zone", [{ ...www, name: nameOf("example.com.") }], Rcode.NOTZONE],
    ["a class of nobody", [{ ...www, class: 77 }], Rcode.FORMERR],
    ["data where none may be", [{ ...www, class: RrClass.NONE }], Rcode.FORMERR],
    ["one that holds and one that does not", [www, { ...www, name: nameOf(`x.${apex}`) }], Rcode.NXRRSET],
  ])("prerequisites with %s change nothing (RFC 2136 section 3.2)", (_, prerequisites, rcode) => {
    const octets = update(prerequisites, [fresh]);
    expect(read(client.ask(server53, octets)).rcode).toBe(rcode);
    expect(read(askStream(network, client, server53, octets)[0]).rcode).toBe(rcode);
    served();
  });

  test("65,535 octets of records: taken whole or refused whole, in one step", () => {
    const name = nameOf(`many.${apex}`);
    const records = (count: number, ttl: number, rrClass: number): ResourceRecord[] =>
      Array.from({ length: count }, (_, i) => ({
        name,
        type: RrType.A,
        class: rrClass,
        ttl,
        rdata: Uint8Array.of(10, 0, i >> 8, i),
      }));
    const before = network.host("clock", ["192.0.2.200"]).now().monotonic;
    const ask = (octets: Uint8Array): number => read(askStream(network, client, server53, octets)[0]).rcode;
    // More than a message can hold of one RRset.
    expect(ask(update([], records(4090, 60, RrClass.IN)))).toBe(Rcode.REFUSED);
    served();
    expect(ask(update([], records(2000, 60, RrClass.IN)))).toBe(Rcode.NOERROR);
    expect(server.lines(apex)).toHaveLength(4 + 2000);
    expect(ask(update(records(2000, 0, RrClass.IN), records(2000, 0, RrClass.NONE)))).toBe(Rcode.NOERROR);
    expect(server.lines(apex)).toHaveLength(4);
    expect(network.host("clock2", ["192.0.2.201"]).now().monotonic - before).toBeLessThan(5000);
    served(server.serial(apex));
  });
});

describe("signatures (RFC 8945 section 5.2)", () => {
  const key = keyOf("k.");
  const seconds = (): number => Math.floor(server.host.now().wall / 1000);
  const question = { name: apex, type: RrType.SOA };
  beforeEach(() => {
    server.transfers.keys.replace([key]);
    server.put(apex, zone, {
      transfer: [{ key: key.name }],
      notify: [],
      update: [{ who: { key: key.name } }],
    });
  });

  const messages: readonly (readonly [string, () => Uint8Array])[] = [
    ["a question", () => messageOf({ question })],
    ["AXFR", () => messageOf({ question: { name: apex, type: RrType.AXFR } })],
    [
      "UPDATE",
      () =>
        messageOf({ opcode: Opcode.UPDATE, question, authority: [recordOf(`new.${apex} 60 A 192.0.2.9`)] }),
    ],
    ["NOTIFY", () => messageOf({ opcode: Opcode.NOTIFY, question })],
  ];
  const signatures: readonly (readonly [string, (octets: Uint8Array) => Uint8Array, number, number])[] = [
    [
      "five minutes and a second ago",
      (octets) => new TsigSession(key, systemHmac).sign(octets, seconds() - 301),
      Rcode.NOTAUTH,
      Rcode.BADTIME,
    ],
    [
      "in an hour",
      (octets) => new TsigSession(key, systemHmac).sign(octets, seconds() + 3600),
      Rcode.NOTAUTH,
      Rcode.BADTIME,
    ],
    ["in 1970", (octets) => new TsigSession(key, systemHmac).sign(octets, 0), Rcode.NOTAUTH, Rcode.BADTIME],
    [
      "with half of the MAC",
      (octets) => new TsigSession(key, systemHmac, undefined, 16).sign(octets, seconds()),
      Rcode.NOTAUTH,
      Rcode.BADTRUNC,
    ],
    [
      "with less than half of the MAC",
      (octets) => new TsigSession(key, systemHmac, undefined, 15).sign(octets, seconds()),
      Rcode.FORMERR,
      0,
    ],
    [
      "without a MAC",
      (octets) => new TsigSession(key, systemHmac, undefined, 0).sign(octets, seconds()),
      Rcode.FORMERR,
      0,
    ],
    [
      "with another secret",
      (octets) => new TsigSession(keyOf("k.", "hmac-sha256", 9), systemHmac).sign(octets, seconds()),
      Rcode.NOTAUTH,
      16,
    ],
  ];
  for (const [what, make] of messages) {
    test.each(signatures)(`${what} signed %s does nothing`, (_, sign, rcode, error) => {
      const answer = read(askStream(network, client, server53, sign(make()))[0]);
      const tsig = answer.additional.at(-1)?.rdata;
      const told = tsig ? (tsig.at(-4)! << 8) | tsig.at(-3)! : 0;
      const other = tsig ? (tsig.at(-2)! << 8) | tsig.at(-1)! : 0;
      expect([answer.rcode, answer.answer.length]).toEqual([rcode, 0]);
      // BADTIME ends in six octets of the server's time.
      if (error === Rcode.BADTIME) expect((tsig!.at(-10)! << 8) | tsig!.at(-9)!).toBe(error);
      else expect([told, other]).toEqual([error, 0]);
      served();
    });
  }
});

describe("messages", () => {
  const opcodes = [Opcode.QUERY, Opcode.NOTIFY, Opcode.UPDATE] as const;

  test.each(opcodes)(
    "65,535 octets of opcode %i are answered FORMERR, and no more is held for them than they are",
    (opcode) => {
      const octets = new Uint8Array(65_535);
      octets.set([1, 2, opcode << 3, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
      expect(read(askStream(network, client, server53, octets)[0]).rcode).toBe(Rcode.FORMERR);
      expect(server.stream.heldOctets).toBe(0);
      served();
    },
  );

  test.each([
    ["to itself", [0xc0, 12]],
    ["to what follows", [0xc0, 14]],
    ["in a ring", [1, 0x61, 0xc0, 12]],
    ["to the end of the message", [0xff, 0xff]],
  ])("a name with a pointer %s is FORMERR in every section", (_, name) => {
    for (const opcode of opcodes) {
      const inQuestion = Uint8Array.of(1, 2, opcode << 3, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...name, 0, 6, 0, 1);
      expect(read(client.ask(server53, inQuestion)).rcode).toBe(Rcode.FORMERR);
      for (const section of [7, 9, 11]) {
        if (opcode === Opcode.QUERY) continue; // owners in a question's other sections are passed over, not read
        const head = Uint8Array.of(1, 2, opcode << 3, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0, 1);
        const octets = Uint8Array.of(...head.with(section, 1), 0xc0, 17, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0);
        expect(read(client.ask(server53, octets)).rcode).toBe(Rcode.FORMERR);
      }
    }
    served();
  });
});

describe("connections", () => {
  test("a thousand that say nothing, or half of a message: what is held is bounded, others are served, and all are gone in time", async () => {
    const half = frame(new Uint8Array(60_000)).slice(0, 30_000);
    const streams = [];
    for (let i = 0; i < 10; i++) {
      const attacker = await network.client(`attacker${i}`, [`192.0.2.${100 + i}`]);
      for (let k = 0; k < 100; k++) {
        const stream = attacker.open(server53);
        if (k % 2 === 0) stream.write(half);
        streams.push(stream);
      }
    }
    network.advance(2000);
    expect(streams.filter(({ state }) => state === "open").length).toBeGreaterThan(500);
    expect(server.stream.heldOctets).toBeLessThanOrEqual(16 * 2 ** 20);
    served();
    network.advance(10_000);
    expect(streams.filter(({ state }) => state !== "closed")).toEqual([]);
    expect(server.stream.heldOctets).toBe(0);
    expect(
      read(askStream(network, client, server53, messageOf({ question: { name: apex, type: RrType.SOA } }))[0])
        .answer,
    ).toHaveLength(1);
  });

  test("one octet a second: a message that is not there in ten seconds is not waited for", () => {
    const octets = frame(messageOf({ question: { name: apex, type: RrType.SOA } }));
    const stream = client.open(server53);
    for (let i = 0; i < octets.length && stream.state !== "closed"; i++) {
      stream.write(octets.subarray(i, i + 1));
      network.advance(1000);
    }
    network.advance(1000);
    expect([stream.state, stream.received.length]).toEqual(["closed", 0]);
    served();
  });

  test("who asks and does not read: what is written for it is bounded, and it is gone when its time is out", () => {
    const rows = Array.from({ length: 200 }, (_, i) => `big TXT "${String(i).padEnd(250, "x")}"`).join("\n");
    server.put(apex, `${zone}\n${rows}`, { transfer: [], notify: [], update: [] });
    const stream = client.open(server53);
    stream.pause();
    const ask = frame(messageOf({ question: { name: `big.${apex}`, type: RrType.TXT } }));
    for (let i = 0; i < 500; i++) stream.write(ask);
    network.advance(5000);
    // 500 answers of 50,000 octets are 25 MB: what is written for it is a few of them, and its questions wait.
    expect(stream.received.length).toBe(0);
    expect(server.stream.heldOctets).toBeLessThanOrEqual(500 * ask.length);
    served();
    network.advance(11_000);
    expect(server.stream.heldOctets).toBe(0);
    served();
  });
});

describe("zones that primaries and catalogs bring", () => {
  /** A secondary's copy of a zone that comes from a server which serves anything. */
  async function transferred(text: string): Promise<SimulatedServer> {
    server.put(apex, `${zone}\n${text}`);
    const secondary = await new SimulatedServer(network, "192.0.2.2").start();
    secondary.follow(apex, [peerOf(serverAt)]);
    network.advance(2000);
    expect(secondary.serial(apex)).toBe(5);
    return secondary;
  }

  const hash = "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom";
  test.each([
    [
      "owners of NSEC3 that are no hashes",
      `@ NSEC3PARAM 1 0 0 -\nshort NSEC3 1 0 0 - ${hash} A\n${"z".repeat(63)} NSEC3 1 0 0 - ${hash} A`,
    ],
    [
      "NSEC3 far below the apex, and at it",
      `@ NSEC3PARAM 1 0 0 -\na.b.${hash} NSEC3 1 0 0 - ${hash} A\n@ NSEC3 1 0 0 - ${hash} A`,
    ],
    ["a chain of one hash that leads nowhere", `@ NSEC3PARAM 1 0 0 -\n${hash} NSEC3 1 0 0 - ${hash} A RRSIG`],
    [
      "an unknown hash and 65,535 rounds",
      `@ NSEC3PARAM 255 0 65535 ${"ff".repeat(255)}\n${hash} NSEC3 255 0 65535 ${"ff".repeat(255)} ${hash} A`,
    ],
    ["NSEC that leads out of the zone, and to itself", "@ NSEC example.com. A\nwww NSEC www A"],
    [
      "signatures over nothing, and none over the rest",
      "@ RRSIG MX 13 2 60 20300101000000 20200101000000 1 @ AAAA\n@ NSEC www A",
    ],
    [
      "a chain of thirty CNAME, a ring of them, and a wildcard that leads to itself",
      `${Array.from({ length: 30 }, (_, i) => `c${i} CNAME c${i + 1}`).join("\n")}\nc30 CNAME c0\n*.w CNAME x.w`,
    ],
    [
      "DNAME that grows names, and one above others",
      "d DNAME a.b.c.d.e.d\ne DNAME d\nf DNAME f\nx.f A 192.0.2.1",
    ],
    [
      "an RRset larger than a message",
      Array.from({ length: 300 }, (_, i) => `big TXT "${String(i).padEnd(250, "y")}"`).join("\n"),
    ],
  ])("%s: questions of all kinds are answered, each within its bounds", async (_, text) => {
    const secondary = await transferred(text);
    const names = [
      "",
      "www.",
      "x.",
      "short.",
      `${hash}.`,
      "c0.",
      "y.w.",
      "d.",
      "a.d.",
      "z.f.",
      "x.f.",
      "big.",
      "*.",
      "a.b.c.",
    ];
    for (const name of names) {
      for (const type of [RrType.A, RrType.TXT, RrType.DS, RrType.ANY, RrType.NSEC, RrType.RRSIG]) {
        const octets = messageOf({
          question: { name: `${name}${apex}`, type },
          edns: { udpPayloadSize: 1232, version: 0, isDnssecOk: true, options: [] },
        });
        for (const answer of [
          client.ask("192.0.2.2:53", octets, 500),
          askStream(network, client, "192.0.2.2:53", octets)[0],
        ]) {
          const { rcode, answer: records } = read(answer);
          expect([Rcode.NOERROR, Rcode.NXDOMAIN, Rcode.YXDOMAIN]).toContain(rcode);
          expect(records.length).toBeLessThan(300);
        }
      }
    }
    expect(secondary.failures()).toBe(0);
    // And it goes on as it came.
    const third = await new SimulatedServer(network, "192.0.2.3").start();
    third.follow(apex, [peerOf("192.0.2.2")]);
    network.advance(2000);
    expect(third.lines(apex)).toEqual(secondary.lines(apex));
  });

  const long = `${"x".repeat(63)}.${"y".repeat(63)}.${"z".repeat(63)}.${"w".repeat(61)}.`;
  test.each([
    ["a member of 255 octets", `a.zones PTR ${long}\nb.zones PTR good.test.`, ["+good.test.", `+${long}`]],
    ["a label of 63 octets", `${"u".repeat(63)}.zones PTR good.test.`, ["+good.test."]],
    ["a member that is the root", "a.zones PTR .", ["+."]],
    [
      "a member that is the catalog",
      "a.zones PTR catalog.test.\nb.zones PTR good.test.",
      ["+good.test.", "zone catalog.test. of catalog catalog.test. is served already"],
    ],
    [
      "members without a PTR, with two, and deep ones",
      "a.zones TXT x\nx.y.z.zones PTR deep.test.\nb.zones PTR good.test.",
      ["+good.test."],
    ],
    [
      "a member of two zones",
      "a.zones PTR one.test.\na.zones PTR two.test.",
      ['catalog catalog.test. is broken: "a.zones.catalog.test." does not stand for one zone'],
    ],
    [
      "properties that are no text",
      'a.zones PTR good.test.\ngroup.a.zones TXT "x" "y"\ncoo.a.zones TXT "c"',
      ["+good.test."],
    ],
    [
      "a member that changes to two catalogs",
      "a.zones PTR good.test.\ncoo.a.zones PTR a.\ncoo.a.zones PTR b.",
      ['catalog catalog.test. is broken: "coo.a.zones.catalog.test." does not name one catalog'],
    ],
  ])("a catalog with %s (RFC 9432 sections 4 and 5.1)", (_, text, expected) => {
    const keeper = new CatalogKeeper();
    const catalog = nameOf("catalog.test.");
    const rrsets = rrsetsOf("catalog.test.", `@ SOA . . 1 1 1 1 1\n@ NS invalid.\nversion TXT "2"\n${text}`);
    const { add, remove, problems } = keeper.update(catalog, new RrsetList(rrsets).rrsets(), (name) =>
      name.equals(catalog),
    );
    expect(remove).toEqual([]);
    expect([...add.map((member) => `+${member.zone.toString()}`).sort(), ...problems]).toEqual(expected);
  });
});
