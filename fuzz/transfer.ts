// Fuzzes what a primary sends: a secondary on the virtual network follows a primary whose transfers are made from a zone with something of everything, changed by
// chance in records, in octets and in the order of messages. Whatever comes: nothing throws, what was served before is served until a whole newer version is
// there, the serial never goes back, questions about what was taken over are answered without a fault, and virtual time ends the transfer.
//
// Run: node --conditions=fairlead-source fuzz/transfer.ts [--seconds N] [--seed N]
// The seed is printed first; the same seed makes the same transfers. Where some break a rule, as few as do, the last of them is printed as hexadecimal and ends the run
// with exit code 1.

import type { Effects, Endpoint, Engine } from "#engine";
import { SimulatedNetwork } from "#reactor";
import { keyOf, messageOf, nameOf, peerOf, read, rrsetsOf, SimulatedServer } from "#server/testing";
import { compareSerials, toRecords } from "#zone";
import {
  decodeMessage,
  encodeRdata,
  frame,
  FrameReader,
  type Name,
  type ResourceRecord,
  RrType,
} from "#wire";
import { fuzz } from "./shared/fuzz.ts";
import { beginChance, chance, pick, random } from "./shared/run.ts";
import { anotherName, anotherRecord, encoded, mutated } from "./shared/messages.ts";

const apex = "example.org.";
const attackerAt = "192.0.2.66";
const secondaryAt = "192.0.2.2";
const clientAt = "192.0.2.9";

/** A zone with something of everything that an answer looks at. */
const base: readonly ResourceRecord[] = [
  ...toRecords(
    rrsetsOf(
      apex,
      `@ NS ns1
    ns1 A 192.0.2.1
    www A 192.0.2.80
    www HTTPS 1 . alpn=h2
    *.wild CNAME www
    alias CNAME alias2
    alias2 CNAME www
    loop CNAME loop
    old DNAME new
    @ MX 10 www
    cut NS ns.cut
    ns.cut A 192.0.2.53
    cut DS 1 13 2 ${"00".repeat(32)}
    @ DNSKEY 257 3 13 ${"AAAA".repeat(21)}
    @ NSEC www A NS SOA RRSIG NSEC
    www NSEC @ A RRSIG NSEC
    www RRSIG A 13 3 60 20300101000000 20200101000000 1 @ AAAA
    @ RRSIG NSEC 13 2 60 20300101000000 20200101000000 1 @ AAAA
    @ NSEC3PARAM 1 0 0 -
    0p9mhaveqvm6t7vbl5lop2u3t2rp3tom NSEC3 1 1 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr A RRSIG
    2t7b4g4vsa5smi47k61mv5bv1a22bojr NSEC3 1 1 0 - 0p9mhaveqvm6t7vbl5lop2u3t2rp3tom SOA
    0p9mhaveqvm6t7vbl5lop2u3t2rp3tom RRSIG NSEC3 13 3 60 20300101000000 20200101000000 1 @ AAAA
    big TXT "${"x".repeat(250)}" "${"y".repeat(250)}"
    unknown TYPE65280 \\# 3 010203`,
    ),
  ),
];

function soa(serial: number, owner: Name = nameOf(apex)): ResourceRecord {
  const rdata = encodeRdata(RrType.SOA, {
    mname: nameOf("ns1.example.org."),
    rname: nameOf("host.example.org."),
    serial,
    refresh: pick([0, 1, 3600, 2 ** 31]),
    retry: pick([0, 1, 600, 2 ** 32 - 1]),
    expire: pick([0, 1000, 86_400, 2 ** 32 - 1]),
    minimum: pick([0, 60, 2 ** 32 - 1]),
  });
  if (!rdata.ok) throw new Error(rdata.failure.code);
  return { name: owner, type: RrType.SOA, class: 1, ttl: 60, rdata: rdata.value };
}

/** The records of a transfer: whole or as differences, mostly right, mostly changed somewhere. */
function transferRecords(type: number, have: number, serial: number): ResourceRecord[] {
  const own = base.map((record) => (chance(12) === 0 ? anotherRecord(record, base) : record));
  const kept = own.filter(() => chance(20) > 0);
  const list =
    type === RrType.IXFR && chance(3) > 0
      ? [
          soa(serial),
          soa(have),
          ...kept.slice(0, chance(5)),
          soa(serial),
          ...kept.slice(5, 5 + chance(9)),
          soa(serial),
        ]
      : [soa(serial), ...kept, soa(serial)];
  if (chance(6) === 0)
    list.splice(chance(list.length), 0, soa(pick([have, serial, serial + 1, chance(2 ** 32)])));
  if (chance(8) === 0) list.splice(chance(list.length), 1 + chance(3));
  if (chance(8) === 0)
    list.splice(chance(list.length), 0, { ...pick(base), name: anotherName(nameOf(apex)) });
  return list;
}

/** The transfer that was sent last, to be printed when it breaks a rule. */
let sent: readonly Uint8Array[] = [];

/** A primary that says of its SOA what it likes and sends what chance has made. */
class Primary implements Engine {
  serial = 1;
  /** Sends transfers as they should be. */
  isHonest = true;
  #effects!: Effects;
  readonly #frames = new Map<number, FrameReader>();

  start(effects: Effects): void {
    this.#effects = effects;
  }

  datagram(socket: number, input: Uint8Array, length: number, from: Endpoint): void {
    const asked = decodeMessage(input.slice(0, length));
    if (!asked.ok) return;
    const question = { name: apex, type: RrType.SOA };
    const answer = messageOf({
      id: asked.value.id,
      question,
      isResponse: true,
      aa: true,
      answer: [soa(this.serial)],
    });
    this.#effects.send(socket, from, this.isHonest || chance(4) > 0 ? answer : mutated(answer, [answer]));
  }

  accepted(slot: number): void {
    this.#frames.set(slot, new FrameReader());
  }

  received(slot: number, input: Uint8Array, length: number): void {
    for (const octets of this.#frames.get(slot)?.push(input, length) ?? []) this.#answer(slot, octets);
  }

  #answer(slot: number, octets: Uint8Array): void {
    const request = decodeMessage(octets);
    if (!request.ok) return;
    const { id, question, authority } = request.value;
    const type = question[0]?.type ?? 0;
    const rdata = authority[0]?.rdata;
    const have = rdata ? new DataView(rdata.buffer, rdata.byteOffset).getUint32(rdata.length - 20) : 0;
    const records = this.isHonest
      ? [soa(this.serial), ...base, soa(this.serial)]
      : transferRecords(type, have, this.serial);
    const messages: Uint8Array[] = [];
    for (let at = 0; at < records.length;) {
      const count = this.isHonest ? records.length : 1 + chance(30);
      const message = encoded({
        ...read(messageOf({ id, question: { name: apex, type }, isResponse: true, aa: true })),
        answer: records.slice(at, at + count),
      });
      at += count;
      if (message) messages.push(message);
    }
    if (!this.isHonest) {
      const [first] = messages;
      if (first && chance(3) === 0) {
        const place = chance(messages.length);
        messages[place] = mutated(messages[place] ?? first, messages);
      }
      if (first && chance(10) === 0) messages.splice(chance(messages.length), 0, first);
      if (chance(20) === 0) messages.reverse();
    }
    sent = messages;
    for (const message of messages) this.#effects.write(slot, frame(message));
    if (chance(3) === 0) this.#effects.end(slot);
  }

  closed(slot: number): void {
    this.#frames.delete(slot);
  }
}

const types = [
  RrType.A,
  RrType.DS,
  RrType.NS,
  RrType.ANY,
  RrType.TXT,
  RrType.NSEC,
  RrType.RRSIG,
  RrType.CNAME,
  RrType.SOA,
];

/** Questions about what is there now, and names near it. */
function* questions(server: SimulatedServer): Generator<Uint8Array> {
  const names = server.lines(apex).map((line) => line.split(" ")[0] ?? apex);
  for (let i = 0; i < 12; i++) {
    const name =
      chance(3) === 0
        ? anotherName(nameOf(pick(names.length > 0 ? names : [apex]))).toString()
        : pick([...names, apex]);
    yield messageOf({
      question: { name, type: pick(types) },
      edns: { udpPayloadSize: pick([512, 1232, 4096]), version: 0, isDnssecOk: chance(4) > 0, options: [] },
    });
  }
}

/** One secondary, and some versions that it is given, each told by the seed that it is made by. @returns the rule that was broken */
async function round(versions: readonly number[]): Promise<string | undefined> {
  sent = [];
  const network = new SimulatedNetwork({ seed: random.integer(2 ** 31) });
  const primary = new Primary();
  await network.host("primary", [attackerAt]).attach(primary, [
    { transport: "udp", address: attackerAt, port: 53 },
    { transport: "tcp", address: attackerAt, port: 53 },
  ]);
  const secondary = await new SimulatedServer(network, secondaryAt).start();
  const client = await network.client("client", [clientAt]);
  const key = chance(6) === 0 ? keyOf("k.") : undefined;
  secondary.follow(apex, [peerOf(attackerAt, key)], {}, chance(8) === 0 ? 500 : undefined);
  network.advance(2000);
  if (!key && secondary.serial(apex) !== 1 && !secondary.events.some(({ what }) => what === "failed"))
    return `the honest version did not arrive: ${JSON.stringify(secondary.events.map(({ what, detail }) => [what, detail]))} ${secondary.lines(apex).join("; ")}`;
  primary.isHonest = false;
  // What the last look has found: the questions after it take virtual time too, in which a zone may be transferred or expire.
  let before = secondary.serial(apex);
  let lines = secondary.lines(apex);
  let seen = secondary.events.length;
  for (const seed of versions) {
    beginChance(seed);
    primary.serial = pick([primary.serial + 1, primary.serial + 1, primary.serial, chance(2 ** 32)]) >>> 0;
    network.advance(pick([1000, 700_000, 3_700_000]));
    const after = secondary.serial(apex);
    const news = secondary.events.slice(seen);
    const hasExpired = news.some(({ what }) => what === "expired");
    const isNew = news.some(({ what }) => what === "transferred");
    if (!isNew && !hasExpired && JSON.stringify(lines) !== JSON.stringify(secondary.lines(apex)))
      return "what was served has changed without a transfer";
    if (!hasExpired && before !== undefined && after === undefined) return "what was served is gone";
    // Several versions may have come one after the other.
    let last = before;
    for (const { what, serial } of news) {
      if (what === "expired") last = undefined;
      if (what !== "transferred" || serial === undefined) continue;
      if (last !== undefined && serial !== last && (compareSerials(serial, last) ?? 1) <= 0)
        return `the serial went from ${last} to ${serial}`;
      last = serial;
    }
    if (last !== after) return `the serial is ${after}, and ${last} came last`;
    before = after;
    lines = secondary.lines(apex);
    seen = secondary.events.length;
    for (const octets of questions(secondary)) {
      const answer = client.ask(`${secondaryAt}:53`, octets, 1000);
      const decoded = answer && decodeMessage(answer);
      if (!decoded?.ok) return `no answer to ${Buffer.from(octets).toString("hex")}`;
    }
    const failures = secondary.failures();
    if (failures > 0) return `${failures} faults while answering`;
  }
  return undefined;
}

await fuzz<readonly number[]>({
  inputs: "rounds",
  make: () => Array.from({ length: 8 }, () => chance(2 ** 32)),
  broken: round,
  print: () => sent.map((octets) => Buffer.from(octets).toString("hex")).join("\n"),
});
