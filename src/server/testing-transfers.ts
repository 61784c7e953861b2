// What the tests of transfers share: name servers on a simulated network, with zones from text, that speak with each other.

import { AnswerEngine, AnswerStreamEngine } from "#answer";
import { hashedLabel } from "#dnssec";
import { type Endpoint, endpoint } from "#engine";
import type { SimulatedClient, SimulatedHost, SimulatedNetwork } from "#reactor";
import {
  type Peer,
  type SecondaryEvent,
  type TransactionEvent,
  type TransferLimits,
  type ZonePolicy,
} from "#transfer";
import {
  decodeMessage,
  type Edns,
  encodeRequest,
  formatRdata,
  frame,
  FrameReader,
  type Message,
  Name,
  Opcode,
  parseZoneFile,
  type ResourceRecord,
  tsigAlgorithm,
  type TsigKey,
  typeName,
} from "#wire";
import { groupRecords, type Rrset, withSnapshot, ZoneImage } from "#zone";
import { ZoneTransfers, type ZoneTransfersOptions } from "./zone-transfers.ts";

/** Reads a name. Throws where it is none. */
export function nameOf(text: string): Name {
  const parsed = Name.parse(text);
  if (!parsed.ok) throw new Error(`Cannot read name "${text}"`);
  return parsed.value;
}

/** Reads RRsets of zone-file text, TTL 60 by default. */
export function rrsetsOf(apex: string, text: string): Rrset[] {
  const { records, errors } = parseZoneFile(text.replaceAll(/^ +/gm, ""), { origin: nameOf(apex), ttl: 60 });
  if (errors[0]) throw new Error(errors[0].message);
  return groupRecords(records);
}

/** A key by its name; the secret follows from a seed. */
export function keyOf(name: string, algorithm = "hmac-sha256", seed = 1, macOctets?: number): TsigKey {
  const found = tsigAlgorithm(algorithm);
  if (!found) throw new Error(algorithm);
  const secret = Uint8Array.from({ length: 32 }, (_, i) => (i * 7 + seed) & 0xff);
  return { name: nameOf(name), algorithm: found, secret, ...(macOctets ? { macOctets } : {}) };
}

/** Everybody may have the zone. */
export const openPolicy: ZonePolicy = { transfer: [{}], notify: [], update: [] };

/** A peer at an address of the simulated network, port 53. */
export function peerOf(address: string, key?: TsigKey): Peer {
  return { at: endpoint(address, 53), ...(key ? { key } : {}) };
}

/** A name server on a host of its own. */
export class SimulatedServer {
  readonly image: ZoneImage = new ZoneImage();
  readonly transfers: ZoneTransfers;
  readonly events: SecondaryEvent[] = [];
  readonly requests: TransactionEvent[] = [];
  readonly host: SimulatedHost;
  readonly address: string;
  readonly stream: AnswerStreamEngine;
  readonly #engine: AnswerEngine;
  readonly #plain: AnswerEngine;

  constructor(network: SimulatedNetwork, address: string, options: Partial<ZoneTransfersOptions> = {}) {
    this.address = address;
    this.host = network.host(address, [address]);
    const plain = new AnswerEngine({
      zones: this.image,
      group: "all",
      hop: "name-servers",
      hashName: hashedLabel,
    });
    this.#plain = plain;
    this.transfers = new ZoneTransfers({
      zones: this.image,
      random: network.random(),
      now: () => this.host.now(),
      engineOf: () => plain,
      onSecondary: (event) => this.events.push(event),
      onTransaction: (event) => this.requests.push(event),
      ...options,
    });
    this.#engine = new AnswerEngine({
      zones: this.image,
      group: "all",
      hop: "name-servers",
      hashName: hashedLabel,
      transactions: this.transfers.transactions,
    });
    this.stream = new AnswerStreamEngine({ engine: this.#engine });
  }

  /** Faults of its own while it answered. */
  failures(): number {
    return Object.entries({ ...this.#engine.counters(), ...this.#plain.counters() })
      .filter(([name]) => name.startsWith("failures"))
      .reduce((sum, [, count]) => sum + count, 0);
  }

  /** Puts everything in service. */
  async start(): Promise<this> {
    const { host, address } = this;
    await host.attachDatagram(this.#engine, { transport: "udp", address, port: 53 });
    await host.attach(this.stream, [{ transport: "tcp", address, port: 53 }]);
    await host.attach(this.transfers.notifier, []);
    await host.attach(this.transfers.secondary, []);
    return this;
  }

  /** Puts a zone in force. */
  put(apex: string, text: string, policy: ZonePolicy = openPolicy): void {
    this.transfers.serve({ apex: nameOf(apex), groups: ["all"], policy });
    this.transfers.replace(nameOf(apex), ["all"], rrsetsOf(apex, text));
  }

  /** Is a secondary of a zone. */
  follow(
    apex: string,
    primaries: readonly Peer[],
    more: Partial<ZonePolicy> = {},
    limits?: number | TransferLimits,
  ): void {
    this.transfers.serve({
      apex: nameOf(apex),
      groups: ["all"],
      policy: { ...openPolicy, primaries, ...more },
      ...(limits === undefined ? {} : { limits: limitsOf(limits) }),
    });
  }

  /** The records of a zone as lines in canonical order. */
  lines(apex: string): string[] {
    return withSnapshot(this.image, (snapshot) => linesOf(snapshot.rrsets(nameOf(apex)) ?? []));
  }

  /** The serial of a zone. */
  serial(apex: string): number | undefined {
    const soa = this.lines(apex).find((line) => /^\S+ \d+ SOA /.test(line));
    return soa === undefined ? undefined : Number(soa.split(" ")[5]);
  }
}

function limitsOf(limits: number | TransferLimits): TransferLimits {
  return typeof limits === "number"
    ? { maxOctets: limits, maxRecords: limits, maxDifferences: limits }
    : limits;
}

/** RRsets as sorted lines. */
export function linesOf(rrsets: Iterable<Rrset>): string[] {
  return [...rrsets]
    .flatMap(({ owner, type, ttl, rdata }) =>
      rdata.map((octets) => `${owner.toString()} ${ttl} ${typeName(type)} ${formatRdata(type, octets)}`),
    )
    .sort();
}

/** One record of zone-file text. */
export function recordOf(line: string, rrClass = 1): ResourceRecord {
  const [record] = parseZoneFile(line, { origin: Name.root, ttl: 0 }).records;
  if (!record) throw new Error(line);
  return { ...record, class: rrClass };
}

/** What a message is made of; the rest is as in a query. */
export interface MessageParts {
  readonly id?: number;
  readonly opcode?: (typeof Opcode)[keyof typeof Opcode];
  readonly question: { readonly name: string; readonly type: number; readonly class?: number };
  readonly answer?: readonly ResourceRecord[];
  readonly authority?: readonly ResourceRecord[];
  readonly additional?: readonly ResourceRecord[];
  readonly isResponse?: boolean;
  readonly aa?: boolean;
  readonly rcode?: number;
  readonly edns?: Edns;
}

/** Encodes a message. */
export function messageOf(parts: MessageParts): Uint8Array {
  const { question, opcode = Opcode.QUERY, isResponse = false, aa = false, id = 0x1234, ...rest } = parts;
  const { name, type, class: rrClass = 1 } = question;
  return encodeRequest(nameOf(name), type, {
    ...rest,
    id,
    class: rrClass,
    flags: { qr: isResponse, opcode, aa },
  });
}

/** Decodes a message. Throws where it is none. */
export function read(octets: Uint8Array | undefined): Message {
  if (!octets) throw new Error("There is no answer");
  const decoded = decodeMessage(octets);
  if (!decoded.ok) throw new Error(decoded.failure.code);
  return decoded.value;
}

/** Asks over TCP until a number of messages is there, or nothing more comes. */
export function askStream(
  network: SimulatedNetwork,
  client: SimulatedClient,
  to: Endpoint | string,
  octets: Uint8Array,
  count = 1,
): Uint8Array[] {
  const stream = client.open(to);
  stream.write(frame(octets));
  const messages: Uint8Array[] = [];
  const frames = new FrameReader();
  let seen = 0;
  network.runUntil(() => {
    const part = stream.received.subarray(seen);
    seen += part.length;
    if (part.length > 0) messages.push(...frames.push(part, part.length));
    return messages.length >= count || stream.state === "closed";
  }, 5000);
  stream.destroy();
  return messages;
}
