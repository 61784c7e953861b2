// Nanoseconds that the answer engine takes for a query, in process: no sockets, one thread. Guards the hot path of
// src/answer and src/zone. Run: node --conditions=fairlead-source bench/answer.ts [ROUNDS] [image|plain]

import { AnswerEngine } from "#answer";
import { endpoint } from "#engine";
import { encodeRdata, encodeRequest, Name, RrType } from "#wire";
import { PlainZones, type RrsetPut, ZoneImage } from "#zone";

const hosts = 10_000;
const apex = parse("example.org.");
const zones = process.argv[3] === "plain" ? new PlainZones() : new ZoneImage(2 ** 30);
zones.apply({ put: [{ kind: "zone", apex, groups: ["bench"] }, ...zone()], remove: [] });
const engine = new AnswerEngine({ zones, group: "bench", hop: "name-servers" });

const rounds = Number(process.argv[2] ?? 7);
const from = endpoint("192.0.2.1", 40_000);
const to = endpoint("192.0.2.53", 53);
const now = { monotonic: 0, wall: 0 };
const output = new Uint8Array(4096);

const cases: Record<string, Uint8Array[]> = {
  A: range((i) => query(`h${i}.example.org.`, RrType.A)),
  "A with EDNS": range((i) => query(`h${i}.example.org.`, RrType.A, true)),
  "A, mixed case": range((i) => query(`H${i}.ExAmPlE.oRg.`, RrType.A)),
  NODATA: range((i) => query(`h${i}.example.org.`, RrType.TXT)),
  NXDOMAIN: range((i) => query(`x${i}.example.org.`, RrType.A)),
  "wildcard A": range((i) => query(`x${i}.wild.example.org.`, RrType.A)),
  "CNAME to A": range((i) => query(`c${i}.example.org.`, RrType.A)),
  "MX with addresses": range(() => query("example.org.", RrType.MX)),
  "referral with glue": range((i) => query(`x${i}.sub.example.org.`, RrType.A)),
  REFUSED: range((i) => query(`x${i}.example.net.`, RrType.A)),
};

const best = new Map<string, number>();
for (let round = 0; round < rounds; round++) {
  for (const [name, queries] of Object.entries(cases)) {
    const started = process.hrtime.bigint();
    for (let repeat = 0; repeat < 10; repeat++) run(queries);
    const ns = Number(process.hrtime.bigint() - started) / (10 * queries.length);
    best.set(name, Math.min(best.get(name) ?? Infinity, ns));
  }
}
process.stdout.write(`best of ${rounds} rounds, ns per query, ${hosts} hosts\n`);
for (const [name, ns] of best) process.stdout.write(`${name.padEnd(20)} ${ns.toFixed(0).padStart(6)}\n`);

function run(queries: Uint8Array[]): void {
  for (const octets of queries) {
    if (engine.handle(octets, octets.length, from, to, output, 0, now) === 0) throw new Error("no answer");
  }
}

function range<T>(make: (i: number) => T): T[] {
  return Array.from({ length: hosts }, (_, i) => make(i));
}

function parse(text: string): Name {
  const parsed = Name.parse(text);
  if (!parsed.ok) throw new Error(`Cannot read "${text}"`);
  return parsed.value;
}

function query(name: string, type: number, hasEdns = false): Uint8Array {
  return encodeRequest(parse(name), type, {
    id: 1,
    flags: { rd: true },
    ...(hasEdns ? { edns: { udpPayloadSize: 1232, version: 0, isDnssecOk: false, options: [] } } : {}),
  });
}

function zone(): RrsetPut[] {
  const put = (owner: string, type: number, ...rdata: Uint8Array[]): RrsetPut => ({
    kind: "rrset",
    apex,
    owner: parse(owner),
    type,
    ttl: 300,
    rdata,
  });
  const [mname, rname] = [parse("ns1.example.org."), parse("h.example.org.")];
  const times = { serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 60 };
  const soa = encodeRdata(RrType.SOA, { mname, rname, ...times });
  if (!soa.ok) throw new Error(soa.failure.code);
  const servers = [1, 2, 3, 4];
  return [
    put("example.org.", RrType.SOA, soa.value),
    put("example.org.", RrType.NS, ...servers.map((i) => parse(`ns${i}.example.org.`).octets)),
    put("example.org.", RrType.MX, Uint8Array.from([0, 10, ...parse("ns1.example.org.").octets])),
    put("sub.example.org.", RrType.NS, ...servers.map((i) => parse(`ns${i}.sub.example.org.`).octets)),
    put("*.wild.example.org.", RrType.A, Uint8Array.of(192, 0, 2, 1)),
    ...servers.flatMap((i) => [
      put(`ns${i}.example.org.`, RrType.A, Uint8Array.of(192, 0, 2, i)),
      put(`ns${i}.sub.example.org.`, RrType.A, Uint8Array.of(192, 0, 2, 10 + i)),
    ]),
    ...range((i) => put(`h${i}.example.org.`, RrType.A, Uint8Array.of(10, 0, i >> 8, i & 255))),
    ...range((i) => put(`c${i}.example.org.`, RrType.CNAME, parse(`h${i}.example.org.`).octets)),
  ];
}
