// Fuzzes the answer engine: queries with EDNS options of any number, length and content, changed in octets, put to two engines for the same zone, one on the zone image
// and one on plain zones. Both answer the same octets; what is a query gets one response with its ID, no longer than it may be; there is no fault; and an OPT
// record stands in a response if one stood in the query.
//
// Run: node --conditions=fairlead-source fuzz/query.ts [--seconds N] [--seed N]
// The seed is printed first; the same seed makes the same queries. One that breaks a rule is printed as hexadecimal, as small as it can be made, and ends the
// run with exit code 1.

import { AnswerEngine } from "#answer";
import type { PoliciesObject, PolicyKind } from "#contract";
import { algorithmOf, generateKey, hashedLabel, OnlineSigner } from "#dnssec";
import { endpoint } from "#engine";
import { SeededRandom } from "#reactor";
import { messageOf, nameOf, rrsetsOf } from "#server/testing";
import { areSameOctets, decodeMessage, RrType, typeNumber, udpPayloadOctets } from "#wire";
import { applyObjects, PlainZones, PolicyBoardWriter, replaceZone, ZoneImage, type ZoneReader } from "#zone";
import { anotherName, encoded, mutated } from "./shared/messages.ts";
import { fuzz } from "./shared/fuzz.ts";
import { chance, pick } from "./shared/run.ts";

const apex = "example.org.";
const rrsets = rrsetsOf(
  apex,
  `@ SOA ns1 host 1 1 1 1 60
  @ NS ns1
  ns1 A 192.0.2.1
  www A 192.0.2.80
  www HTTPS 1 . alpn=h2
  @ MX 10 www
  *.wild CNAME www
  a.b.c.ent TXT "deep"
  loop CNAME loop2
  loop2 CNAME loop
  old DNAME new
  spin DNAME x.spin
  cut NS ns.cut
  ns.cut A 192.0.2.53
  cut DS 1 13 2 ${"00".repeat(32)}
  cut RRSIG DS 13 3 60 20300101000000 20200101000000 1 @ AAAA
  @ NSEC3PARAM 1 0 0 -
  0p9mhaveqvm6t7vbl5lop2u3t2rp3tom NSEC3 1 1 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr A RRSIG
  2t7b4g4vsa5smi47k61mv5bv1a22bojr NSEC3 1 1 0 - 0p9mhaveqvm6t7vbl5lop2u3t2rp3tom SOA
  ${Array.from({ length: 40 }, (_, i) => `big TXT "${i}${"x".repeat(100)}"`).join("\n")}`,
);

/** A zone whose denials are made and signed while answering (RFC 9824), by a key whose signatures are always the same. */
const compactApex = "compact.test.";
const compactRrsets = rrsetsOf(
  compactApex,
  `@ SOA ns1 host 1 1 1 1 60
  @ NS ns1
  ns1 A 192.0.2.1
  *.wild TXT "${"w".repeat(200)}"
  a.b.ent A 192.0.2.2
  alias CNAME gone
  cut NS ns.cut
  ns.cut A 192.0.2.53
  old DNAME wild`,
);
const ed25519 = algorithmOf(15);
const signing = new OnlineSigner({ signaturesPerSecond: 1e9, keptSignatures: 1000 });
if (ed25519) signing.put(nameOf(compactApex), [generateKey(ed25519, true)]);

/** Of the form that a signature has. */
function signature(type: number): string {
  const [rrset] = rrsetsOf(apex, `@ RRSIG TYPE${type} 13 3 60 20300101000000 20200101000000 1 @ AAAA`);
  return Buffer.from(rrset?.rdata[0] ?? []).toString("base64");
}

/** Sets that are chosen from, at names that have others beside them. */
function policies(owner: string, policy: PolicyKind, type: number, rdata: readonly string[]): PoliciesObject {
  const choices = rdata.map((text, i) => ({
    id: `set ${i}`,
    ttl: 60,
    rdata: [text],
    signatures: i % 2 === 0 ? [] : [signature(type)],
    weight: i,
    ...(policy === "nearest" && i > 0 ? { place: i === 1 ? "elsewhere" : "52.5 13.4" } : {}),
  }));
  return { kind: "policies", apex, owner, types: [{ type, policy, choices, together: [] }] };
}
const addresses = ["wAACAQ==", "wAACAg==", "wAACAw=="]; // 192.0.2.1 and on
const chosen = [
  policies("www.example.org.", "weighted", RrType.A, addresses),
  policies("ns1.example.org.", "multivalue", RrType.A, addresses),
  policies("near.example.org.", "nearest", RrType.A, addresses),
  policies("fail.example.org.", "failover", RrType.A, addresses.slice(1)),
  policies("turn.example.org.", "weighted", RrType.CNAME, ["A3d3dwdleGFtcGxlA29yZwA="]), // www.example.org.
];
const board = new PolicyBoardWriter();

/** What engines choose by, from its beginning for each query: the same numbers for both. */
let choices: [SeededRandom, SeededRandom] = [new SeededRandom(0), new SeededRandom(0)];

let faults: unknown[] = [];
function engineOf(zones: ZoneReader, place: 0 | 1): AnswerEngine {
  return new AnswerEngine({
    zones,
    signing,
    policies: { board, random: { integer: (below) => choices[place].integer(below) } },
    group: "all",
    hop: "name-servers",
    hashName: hashedLabel,
    cookieSecret: new Uint8Array(16).fill(7),
    serverName: () => "ns1.example.org",
    onFailure: ({ error }) => faults.push(error),
  });
}

const image = new ZoneImage(2 ** 24);
const plain = new PlainZones();
for (const zones of [image, plain]) {
  zones.apply(replaceZone(nameOf(apex), ["all"], rrsets));
  zones.apply(replaceZone(nameOf(compactApex), ["all"], compactRrsets));
  applyObjects({ put: chosen, removed: [], objects: new Map() }, zones, board);
}
const engines = [engineOf(image, 0), engineOf(plain, 1)] as const;
const outputs = [new Uint8Array(65_535), new Uint8Array(65_535)] as const;

const names = [
  ...new Set([...rrsets, ...compactRrsets].map(({ owner }) => owner)),
  ...chosen.flatMap(({ owner }) => [nameOf(owner), nameOf(owner)]),
];
const types =
  "A AAAA NS DS CNAME DNAME MX TXT HTTPS SOA ANY RRSIG NSEC NSEC3 OPT TSIG AXFR TYPE0 TYPE65280 TYPE65535 NXNAME"
    .split(" ")
    .map((name) => typeNumber(name) ?? 0);
const from = endpoint("192.0.2.9", 40_000);
const to = endpoint("192.0.2.1", 53);
const now = { monotonic: 5000, wall: 1_767_225_600_000 };

function anyQuery(): Uint8Array | undefined {
  const name = (chance(3) === 0 ? anotherName(pick(names)) : pick(names)).toString();
  const decoded = decodeMessage(
    messageOf({
      id: chance(65_536),
      question: { name, type: pick(types), class: pick([1, 1, 1, 1, 3, 255]) },
    }),
  );
  if (!decoded.ok) return undefined;
  const message = decoded.value;
  if (chance(5) === 0) return encoded(message);
  const options = Array.from({ length: chance(6) }, () => {
    const code = pick([3, 5, 8, 9, 10, 10, 10, 11, 12, 15, 20, 65_001, 65_535]);
    return {
      code,
      octets: Uint8Array.from({ length: pick([0, 1, 2, 8, 16, 24, 40, chance(300)]) }, () => chance(256)),
    };
  });
  const edns = {
    udpPayloadSize: pick([0, 511, 512, 1232, 4096, 65_535]),
    version: chance(12) === 0 ? pick([1, 255]) : 0,
    isDnssecOk: chance(2) === 0,
    options,
  };
  return encoded({ ...message, flags: { ...message.flags, rd: chance(2) === 0, cd: chance(2) === 0 }, edns });
}

/** The rule that a query breaks; undefined where it breaks none. */
function broken(query: Uint8Array): string | undefined {
  const transport = pick(["udp", "tcp"] as const);
  const seed = chance(2 ** 32);
  choices = [new SeededRandom(seed), new SeededRandom(seed)];
  faults = [];
  const [first, second] = engines.map((engine, i) => {
    const output = outputs[i]!;
    const length = engine.answer(query, 0, query.length, from, to, output, 0, now, transport);
    return output.subarray(0, length);
  });
  if (faults.length > 0) return String((faults[0] as Error).stack ?? faults[0]);
  if (!first || !second || !areSameOctets(first, second))
    return "the image answers otherwise than plain zones";
  const isQuery = query.length >= 12 && (query[2]! & 0x80) === 0;
  if (!isQuery) return first.length === 0 ? undefined : "answered what is no query";
  if (transport === "udp" && first.length > udpPayloadOctets) return `${first.length} octets over UDP`;
  const response = decodeMessage(first);
  if (!response.ok) return `the response is none: ${response.failure.code}`;
  const { id, flags, edns, rcode } = response.value;
  if (id !== ((query[0]! << 8) | query[1]!) || !flags.qr || flags.cd || flags.ad || flags.ra)
    return "its header is wrong";
  const asked = decodeMessage(query);
  if (!asked.ok || rcode === 1 || asked.value.flags.opcode !== 0) return undefined;
  const most =
    transport === "tcp"
      ? 65_535
      : Math.max(512, Math.min(asked.value.edns?.udpPayloadSize ?? 512, udpPayloadOctets));
  if (first.length > most) return `${first.length} octets, and ${most} are the most`;
  if ((edns === undefined) !== (asked.value.edns === undefined))
    return "an OPT record where there was none, or none where there was one";
  return edns && edns.isDnssecOk !== asked.value.edns?.isDnssecOk ? "DO is not as it was asked" : undefined;
}

await fuzz<Uint8Array>({
  inputs: "queries",
  make: () => {
    const made = anyQuery();
    return made && chance(3) === 0 ? mutated(made, [made]) : made;
  },
  broken,
  print: (query) => Buffer.from(query).toString("hex"),
});
