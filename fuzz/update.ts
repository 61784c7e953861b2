// Fuzzes what a name server is sent that is no question: UPDATE, NOTIFY, transfers and signed messages, made of records changed by chance, signed before or after
// octets of them are changed, over UDP and TCP. Whatever comes: nothing throws, what has a header gets one answer with its ID, the zone keeps its SOA and an NS, its
// serial goes up exactly when something has changed, and who has not shown the secret changes nothing.
//
// Run: node --conditions=fairlead-source fuzz/update.ts [--seconds N] [--seed N]
// The seed is printed first; the same seed makes the same messages. Those that break a rule, as few as do, are printed as hexadecimal and end the run with exit code 1.

import { SimulatedNetwork } from "#reactor";
import { askStream, keyOf, messageOf, nameOf, read, recordOf, SimulatedServer } from "#server/testing";
import { compareSerials } from "#zone";
import {
  decodeMessage,
  type Hmac,
  Opcode,
  type ResourceRecord,
  RrClass,
  RrType,
  tsigAlgorithms,
  type TsigKey,
  TsigSession,
} from "#wire";
import { createHmac } from "node:crypto";
import { fuzz, tooSlow } from "./shared/fuzz.ts";
import { beginChance, chance, pick, random, usedMs } from "./shared/run.ts";
import { anotherName, anotherRecord, encoded, mutated } from "./shared/messages.ts";

const apex = "example.org.";
const serverAt = "192.0.2.1";
/** Milliseconds of processor time that one message may take, garbage collection included. */
const slowMs = 2000;

const hmac: Hmac = (hash, secret, data) => new Uint8Array(createHmac(hash, secret).update(data).digest());

const zone = `@ SOA ns1 host 1 3600 600 86400 60
  @ NS ns1
  ns1 A 192.0.2.1
  www A 192.0.2.80
  www A 192.0.2.81
  www TXT "x"
  alias CNAME www
  *.wild MX 10 www
  cut NS ns.cut
  ns.cut A 192.0.2.53
  old DNAME new`;

const records: readonly ResourceRecord[] = `www.example.org. 0 IN A 192.0.2.80
new.example.org. 60 IN A 192.0.2.9
example.org. 60 IN NS ns2.example.org.
example.org. 0 IN NS ns1.example.org.
alias.example.org. 60 IN CNAME ns1.example.org.
www.example.org. 60 IN TXT "y"
old.example.org. 60 IN DNAME b.
example.org. 60 IN SOA ns1 host 7 1 1 1 1
x.wild.example.org. 60 IN AAAA ::1
example.org. 0 IN MX 1 .`
  .split("\n")
  .map((line) => recordOf(line));

const classes = [RrClass.IN, RrClass.IN, RrClass.NONE, RrClass.ANY, 3];

/** Records of a section of an UPDATE: mostly as the RFC wants them. */
function section(most: number): ResourceRecord[] {
  return Array.from({ length: chance(most) }, () => {
    const rrClass = pick(classes);
    const record = chance(3) === 0 ? anotherRecord(pick(records), records) : pick(records);
    if (chance(8) === 0) return { ...record, class: rrClass };
    if (rrClass === RrClass.ANY)
      return {
        ...record,
        class: rrClass,
        ttl: 0,
        type: chance(3) === 0 ? RrType.ANY : record.type,
        rdata: new Uint8Array(),
      };
    return { ...record, class: rrClass, ...(rrClass === RrClass.NONE ? { ttl: 0 } : {}) };
  });
}

function request(id: number): Uint8Array | undefined {
  const opcode = pick([Opcode.UPDATE, Opcode.UPDATE, Opcode.UPDATE, Opcode.NOTIFY, Opcode.QUERY]);
  const isQuery = opcode === Opcode.QUERY;
  const name = chance(10) === 0 ? anotherName(nameOf(apex)).toString() : apex;
  const type = isQuery
    ? pick([RrType.AXFR, RrType.IXFR, RrType.SOA, RrType.A])
    : chance(12) === 0
      ? pick([RrType.A, RrType.ANY, RrType.AXFR])
      : RrType.SOA;
  const head = read(messageOf({ id, opcode, question: { name, type } }));
  return encoded({
    ...head,
    answer: section(4),
    authority: isQuery ? [recordOf(`${apex} SOA a. b. ${chance(5)} 1 1 1 1`)] : section(8),
    additional: chance(5) === 0 ? section(3) : [],
    ...(chance(3) === 0
      ? {
          edns: {
            udpPayloadSize: pick([0, 512, 1232, 65_535]),
            version: chance(10) === 0 ? 1 : 0,
            isDnssecOk: chance(2) === 0,
            options: Array.from({ length: chance(4) }, () => ({
              code: pick([3, 5, 8, 9, 10, 11, 12, 15, 65_001]),
              octets: Uint8Array.from({ length: chance(45) }, () => chance(256)),
            })),
          },
        }
      : {}),
  });
}

/** More than a clock may be ahead (RFC 8945 section 5.2.3), and a second that ends while the message is under way. */
const aheadSeconds = 302;

/** Signs a message as it has to be, or as it must not be. @returns whether it is as it has to be */
function signed(
  octets: Uint8Array,
  key: TsigKey,
  now: number,
): { readonly octets: Uint8Array; readonly isGood: boolean } {
  switch (chance(8)) {
    case 0:
      return { octets, isGood: false };
    case 1: {
      const good = new TsigSession(key, hmac).sign(octets, now);
      const bad = mutated(good, [good, octets]);
      // What is changed in letters of names alone is still what was signed.
      return { octets: bad, isGood: true };
    }
    case 2:
      return {
        octets: new TsigSession(key, hmac).sign(
          octets,
          now + pick([-301, aheadSeconds, -1_000_000, 2 ** 31]),
        ),
        isGood: false,
      };
    case 3: {
      const macOctets = pick([0, 9, 10, 15, 33]);
      const isWhole = macOctets >= key.algorithm.macOctets;
      return { octets: new TsigSession(key, hmac, undefined, macOctets).sign(octets, now), isGood: isWhole };
    }
    case 4:
      return {
        octets: new TsigSession({ ...key, secret: Uint8Array.of(1) }, hmac).sign(octets, now),
        isGood: false,
      };
    default:
      return { octets: new TsigSession(key, hmac).sign(octets, now), isGood: true };
  }
}

/** The messages that were sent last. */
let sent: Uint8Array[] = [];

/** One server and some hundred messages, each told by the seed that it is made by. @returns the rule that the last one broke */
async function round(messages: readonly number[]): Promise<string | undefined> {
  sent = [];
  const network = new SimulatedNetwork({ seed: random.integer(2 ** 31) });
  const server = await new SimulatedServer(network, serverAt).start();
  const client = await network.client("client", ["192.0.2.9"]);
  const key = keyOf("k.", pick(tsigAlgorithms).mnemonic);
  server.transfers.keys.replace([key]);
  server.put(apex, zone, {
    transfer: [{}],
    notify: [],
    update: [
      { who: { key: key.name } },
      { who: { key: key.name }, types: [RrType.SOA, RrType.NS, RrType.A] },
      { who: { key: key.name }, below: [nameOf("dyn.example.org.")] },
    ],
  });
  for (const seed of messages) {
    beginChance(seed);
    const id = chance(65_536);
    const plain = request(id);
    if (!plain) continue;
    const changed = chance(4) === 0 ? mutated(plain, [plain]) : plain;
    const now = Math.floor(server.host.now().wall / 1000);
    const { octets, isGood } =
      changed.length < 12 ? { octets: changed, isGood: false } : signed(changed, key, now);
    sent.push(octets);
    const before = server.lines(apex);
    const serial = server.serial(apex);
    const from = usedMs();
    const answer =
      chance(2) === 0
        ? client.ask(`${serverAt}:53`, octets, 1000)
        : askStream(network, client, `${serverAt}:53`, octets, 1)[0];
    if (usedMs() - from > slowMs) return tooSlow;
    const fault = check(octets, answer);
    if (fault !== undefined) return fault;
    const after = server.lines(apex);
    const isSame = JSON.stringify(before) === JSON.stringify(after);
    if (!isSame && !isGood) return "changed by who has not shown the secret";
    const young = server.serial(apex);
    if (serial === undefined || young === undefined) return "the zone has no SOA";
    if (!after.some((line) => /^example\.org\. \d+ NS /i.test(line))) return "the zone has no NS";
    if (!isSame && (compareSerials(young, serial) ?? 1) <= 0)
      return "changed, and the serial has not gone up";
    if (server.failures() > 0) return "a fault while answering";
  }
  return undefined;
}

function check(octets: Uint8Array, answer: Uint8Array | undefined): string | undefined {
  const isAnswered = octets.length >= 12 && (octets[2]! & 0x80) === 0;
  if (!isAnswered) return answer === undefined ? undefined : "answered what is no request";
  if (answer === undefined) return "no answer";
  const decoded = decodeMessage(answer);
  if (!decoded.ok) return `the answer is none: ${decoded.failure.code}`;
  if (decoded.value.id !== ((octets[0]! << 8) | octets[1]!)) return "another ID";
  return decoded.value.flags.qr ? undefined : "the answer is a request";
}

await fuzz<readonly number[]>({
  inputs: "rounds of 200 messages",
  make: () => Array.from({ length: 200 }, () => chance(2 ** 32)),
  broken: round,
  print: () => sent.map((octets) => Buffer.from(octets).toString("hex")).join("\n"),
});
