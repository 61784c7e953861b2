// Small authoritative servers for tests of the resolver: zones as zone-file text, referrals with glue, CNAME, DNAME,
// NODATA and NXDOMAIN with SOA. And a whole world of them around one resolver.

import { formatAddress, type IoFailure } from "#engine";
import {
  Name,
  noFlags,
  Rcode,
  RrType,
  decodeMessage,
  encodeMessage,
  makeRequest,
  parseZoneFile,
  typeNumber,
  type Message,
  type MessageFlags,
  type ResourceRecord,
} from "#wire";
import { RecursiveResolver, type ResolverOptions } from "./resolver.ts";
import { ScriptedWorld, seededRandom, type ServerQuery } from "./testing.ts";

/** What a server does with a query: a message, octets as they are, the network's word, or nothing. */
export type ServerAnswer = Message | Uint8Array | { readonly failure: IoFailure } | undefined;

/** A server: zones by apex, or a function of one's own. */
export type TestServer =
  | Readonly<Record<string, string>>
  | ((query: Message, raw: ServerQuery) => ServerAnswer | ServerAnswer[]);

/** A name from text. Throws where it is none. */
export function nameOf(text: string): Name {
  const parsed = Name.parse(text, Name.root);
  if (!parsed.ok) throw new RangeError(`Cannot read name "${text}": ${parsed.failure.code}`);
  return parsed.value;
}

/** Records from zone-file lines, with a TTL of two days where they state none. Throws where one cannot be read. */
export function recordsOf(text: string, origin: string = "."): ResourceRecord[] {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .join("\n");
  const { records, errors } = parseZoneFile(`$TTL 172800\n${lines}\n`, { origin: nameOf(origin) });
  if (errors[0]) throw new RangeError(`Cannot read "${text}": ${JSON.stringify(errors[0])}`);
  return records;
}

/** A query as clients send it. */
export function queryFor(name: string, type: string, more: Partial<Message> = {}): Message {
  return makeRequest(nameOf(name), typeNumber(type) ?? 0, {
    id: 4711,
    flags: { rd: true },
    edns: { udpPayloadSize: 1232, version: 0, isDnssecOk: false, options: [] },
    ...more,
  });
}

/** A response to a query, empty but for what is given. */
export function replyTo(
  query: Message,
  more: Partial<Message> = {},
  set: Partial<MessageFlags> = {},
): Message {
  return {
    ...query,
    flags: { ...noFlags, qr: true, aa: true, ...set },
    answer: [],
    authority: [],
    additional: [],
    ...(query.edns ? { edns: { ...query.edns, options: [] } } : {}),
    ...more,
  };
}

/** Octets of a message. */
export function octetsOf(message: Message): Uint8Array {
  const encoded = encodeMessage(message);
  if (!encoded.ok) throw new RangeError(`Cannot encode a message: ${encoded.failure.code}`);
  return encoded.value.octets;
}

/** Answers as a server of one zone does (RFC 1034 section 4.3.2). */
export function answerFrom(apex: string, zone: readonly ResourceRecord[], query: Message): Message {
  const origin = nameOf(apex);
  const [question] = query.question;
  if (!question) return replyTo(query, { rcode: Rcode.FORMERR });
  if (!question.name.isSubdomainOf(origin)) return replyTo(query, { rcode: Rcode.REFUSED }, { aa: false });
  const at = (name: Name, type: number): ResourceRecord[] =>
    zone.filter((record) => record.type === type && record.name.equals(name));
  for (let drop = question.name.labelCount - origin.labelCount - 1; drop >= 0; drop--) {
    const cut = question.name.slice(drop);
    const ns = at(cut, RrType.NS);
    if (ns.length > 0 && !(question.type === RrType.DS && drop === 0)) {
      const hosts = ns.map(({ rdata }) => Name.fromOctets(rdata) ?? Name.root);
      const glue = hosts.flatMap((host) => [...at(host, RrType.A), ...at(host, RrType.AAAA)]);
      return replyTo(query, { authority: ns, additional: glue }, { aa: false });
    }
    const dname = drop > 0 ? at(cut, RrType.DNAME) : [];
    if (dname.length > 0) return replyTo(query, { answer: dname });
  }
  const answer = at(question.name, question.type);
  if (answer.length > 0) {
    const hosts =
      question.type === RrType.NS ? answer.map(({ rdata }) => Name.fromOctets(rdata) ?? Name.root) : [];
    return replyTo(query, { answer, additional: hosts.flatMap((host) => at(host, RrType.A)) });
  }
  const cname = at(question.name, RrType.CNAME);
  if (cname.length > 0) return replyTo(query, { answer: cname });
  const exists = zone.some(({ name }) => name.isSubdomainOf(question.name));
  const soa = at(origin, RrType.SOA);
  return replyTo(query, { authority: soa, rcode: exists ? Rcode.NOERROR : Rcode.NXDOMAIN });
}

/** A resolver in a world of servers by address. */
export class TestWorld {
  readonly world: ScriptedWorld;
  readonly resolver: RecursiveResolver;
  /** Faults that the resolver reported: a test expects none. */
  readonly faults: unknown[] = [];

  constructor(servers: Readonly<Record<string, TestServer>>, options: Partial<ResolverOptions> = {}) {
    const zones = new Map(
      Object.entries(servers).map(([address, server]) => [
        address,
        typeof server === "function"
          ? server
          : Object.entries(server).map(([apex, text]) => ({ apex, zone: recordsOf(text, apex) })),
      ]),
    );
    this.resolver = new RecursiveResolver({
      random: seededRandom(7),
      configuration: configurationFor("192.0.2.1"),
      onFault: (error) => this.faults.push(error),
      ...options,
    });
    this.world = new ScriptedWorld(this.resolver, (raw) => {
      const decoded = decodeMessage(raw.octets);
      const server = zones.get(formatAddress(raw.server.address));
      if (!decoded.ok || !server) return [];
      const query = decoded.value;
      if (typeof server === "function") {
        const answers = server(query, raw);
        return (Array.isArray(answers) ? answers : [answers]).flatMap(toPacket);
      }
      const [question] = query.question;
      const best = server
        .filter(({ apex }) => question?.name.isSubdomainOf(nameOf(apex)) === true)
        .sort((a, b) => nameOf(b.apex).labelCount - nameOf(a.apex).labelCount)[0];
      return [
        octetsOf(best ? answerFrom(best.apex, best.zone, query) : replyTo(query, { rcode: Rcode.REFUSED })),
      ];
    });
  }

  /** Asks as a client on this machine. Throws where no answer comes. */
  ask(name: string, type: string = "A", more: Partial<Message> = {}, from?: string): Message {
    const answer = this.world.ask(octetsOf(queryFor(name, type, more)), from);
    const decoded = answer ? decodeMessage(answer) : undefined;
    if (decoded?.ok !== true) throw new RangeError(`Cannot resolve "${name}": there was no answer`);
    return decoded.value;
  }

  /** Queries that reached a server so far, or all. */
  count(address?: string): number {
    return this.world.queries.filter(
      ({ server }) => address === undefined || formatAddress(server.address) === address,
    ).length;
  }
}

/** One tree for all names, with one root server. */
export function configurationFor(rootAddress: string): ResolverOptions["configuration"] {
  return {
    trees: [
      {
        kind: "tree",
        id: "test",
        suffixes: ["."],
        rootHints: [{ name: "a.root.", addresses: [rootAddress] }],
        authorityPort: 53,
        isPrivate: false,
      },
    ],
    outside: { kind: "outside", policy: "refuse", forwarders: [] },
  };
}

function toPacket(answer: ServerAnswer): (Uint8Array | { readonly failure: IoFailure })[] {
  if (answer === undefined) return [];
  if (answer instanceof Uint8Array || "failure" in answer) return [answer];
  return [octetsOf(answer)];
}
