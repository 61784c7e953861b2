// Nanoseconds that the wire layer takes for a message, in process, one thread. Guards the decoder, the encoder and the
// hot path of src/wire/question.ts. Run: node --conditions=fairlead-source bench/wire.ts [ROUNDS]

import {
  decodeMessage,
  encodeMessage,
  makeRequest,
  type Message,
  Name,
  questionView,
  readQuestion,
  type ResourceRecord,
  RrType,
} from "#wire";

const rounds = Number(process.argv[2] ?? 7);
const perRound = 50_000;

function name(text: string): Name {
  const parsed = Name.parse(text);
  if (!parsed.ok) throw new Error(`Cannot parse "${text}": ${parsed.failure.code}`);
  return parsed.value;
}

function record(owner: string, type: number, rdata: Uint8Array): ResourceRecord {
  return { name: name(owner), type, class: 1, ttl: 172_800, rdata };
}

const edns = { udpPayloadSize: 1232, version: 0, isDnssecOk: true, options: [] };
const query = makeRequest(name("www.example.test"), RrType.A, { id: 1, flags: { rd: true }, edns });
const servers = [1, 2, 3, 4];
const referral: Message = {
  ...query,
  flags: { ...query.flags, qr: true },
  authority: servers.map((i) => record("example.test", RrType.NS, name(`ns${i}.s1.nic.test`).octets)),
  additional: servers.map((i) => record(`ns${i}.s1.nic.test`, RrType.A, Uint8Array.of(127, 53, 2, i))),
};

function octetsOf(message: Message): Uint8Array {
  const encoded = encodeMessage(message);
  if (!encoded.ok) throw new Error(encoded.failure.code);
  return encoded.value.octets;
}

const queryOctets = octetsOf(query);
const referralOctets = octetsOf(referral);
const view = questionView();

const cases: Record<string, () => unknown> = {
  "read the question in place": () => readQuestion(queryOctets, queryOctets.length, view),
  "decode a query": () => decodeMessage(queryOctets),
  "encode a query": () => encodeMessage(query),
  "decode a referral of 8 records": () => decodeMessage(referralOctets),
  "encode a referral of 8 records": () => encodeMessage(referral),
  "parse a name": () => Name.parse("www.example.test."),
};

const best: Record<string, number> = {};
// Rounds are interleaved, so that a slow moment of the machine does not hit one case alone.
for (let round = 0; round < rounds; round++) {
  for (const [label, work] of Object.entries(cases)) {
    const from = performance.now();
    for (let i = 0; i < perRound; i++) work();
    const nanoseconds = ((performance.now() - from) * 1e6) / perRound;
    best[label] = Math.min(best[label] ?? Infinity, nanoseconds);
  }
}
for (const [label, nanoseconds] of Object.entries(best)) {
  process.stdout.write(`${label.padEnd(34)} ${nanoseconds.toFixed(0).padStart(6)} ns\n`);
}
