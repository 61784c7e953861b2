// How a transaction is responded to: with an OPT record where the request had one (RFC 6891 section 6.1.1), signed where it was signed, counted, and
// told of.

import type { ResponseSink, TransactionRequest } from "#answer";
import type { Now } from "#engine";
import {
  type Edns,
  EdnsOption,
  headerOctets,
  maxMessageOctets,
  type Message,
  minUdpOctets,
  type Name,
  Rcode,
  type TsigSession,
  udpPayloadOctets,
} from "#wire";
import type { Rrset } from "#zone";
import { singleMessage } from "./outgoing-transfer.ts";
import { type ReadRequest, responseTo } from "./signed-request.ts";
import type { TransferCounters } from "./transfer-counters.ts";

/** One thing that a server of transactions did or refused. */
export interface TransactionEvent {
  readonly what: "axfr" | "ixfr" | "notify" | "update" | "signature";
  readonly zone: string;
  readonly from: Uint8Array;
  readonly key: string | undefined;
  readonly rcode: number;
}

/** Why something was refused, for who reads it (RFC 8914). */
export interface ResponseNote {
  readonly code: number;
  readonly text: string;
}

/** A request while it is answered. */
export interface OpenRequest {
  readonly request: TransactionRequest;
  readonly octets: Uint8Array;
  readonly message: Message;
  readonly session: TsigSession | undefined;
  readonly signature: Extract<ReadRequest, { kind: "request" }>["signature"];
  readonly sink: ResponseSink;
  readonly now: Now;
  readonly seconds: number;
}

/** What responses are made with. */
export interface TransactionResponsesOptions {
  /** Seconds until a secondary's zone expires; absent where it is not a secondary's (RFC 7314). */
  readonly expiryOf?: (apex: Name, now: Now) => number | undefined;
  /** Told of what was done and refused. */
  readonly onEvent?: (event: TransactionEvent) => void;
}

/** See the head of this file. */
export class TransactionResponses {
  readonly #options: TransactionResponsesOptions;
  readonly #counters: TransferCounters;

  constructor(options: TransactionResponsesOptions, counters: TransferCounters) {
    this.#options = options;
    this.#counters = counters;
  }

  /** Responds without records, and ends the transaction. @param what  counted and told of; absent: it is no transaction */
  reply(
    asked: Pick<OpenRequest, "octets" | "session" | "sink" | "seconds"> & Partial<OpenRequest>,
    rcode: number,
    what?: TransactionEvent["what"],
    flags = 0,
    note?: ResponseNote,
  ): undefined {
    const { octets, sink, request, message, session } = asked;
    if (what && rcode !== Rcode.NOERROR) this.#counters.add(`${what}-refused`);
    if (what && request) this.tell(what, message?.question[0]?.name, request, session, rcode);
    if (octets.length >= headerOctets) {
      const head = responseTo(octets, rcode, flags);
      // RFC 6891 section 6.1.1: a request with OPT gets a response with it.
      const edns = message?.edns && {
        ...emptyEdns,
        isDnssecOk: message.edns.isDnssecOk,
        options: note ? [extendedError(note)] : [],
      };
      const response = edns ? (singleHead(head, edns) ?? head) : head;
      sink.send(this.sign(asked, response));
    }
    sink.end();
    return undefined;
  }

  /** Signs a response where its request was. */
  sign({ session, seconds }: Pick<OpenRequest, "session" | "seconds">, octets: Uint8Array): Uint8Array {
    return session ? session.sign(octets, seconds) : octets;
  }

  /** Tells of what was done or refused. */
  tell(
    what: TransactionEvent["what"],
    zone: Name | undefined,
    request: TransactionRequest,
    session: TsigSession | undefined,
    rcode: number,
  ): void {
    this.#options.onEvent?.({
      what,
      zone: zone?.toString() ?? "",
      from: request.from.address,
      key: session?.key.name.toString(),
      rcode,
    });
  }

  /** The OPT record of a response, where the request has one. */
  ednsFor(asked: OpenRequest, soa?: Rrset): Edns | undefined {
    const { message, now } = asked;
    if (!message.edns) return undefined;
    const { isDnssecOk } = message.edns;
    const edns: Edns = { udpPayloadSize: udpPayloadOctets, version: 0, isDnssecOk, options: [] };
    if (!soa || !asksExpiry(asked)) return edns;
    return { ...edns, options: [expireOption(this.secondsLeft(soa, now))] };
  }

  /** Seconds until a zone expires here. RFC 7314 section 3.2: a primary gives the SOA's own. */
  secondsLeft(soa: Rrset, now: Now): number {
    return this.#options.expiryOf?.(soa.owner, now) ?? expireOf(soa);
  }
}

const emptyEdns: Edns = { udpPayloadSize: udpPayloadOctets, version: 0, isDnssecOk: false, options: [] };

/** Whether a request wants to know how long the zone is good for (RFC 7314 section 3). */
export function asksExpiry({ message }: OpenRequest): boolean {
  return message.edns?.options.some(({ code }) => code === EdnsOption.EXPIRE) ?? false;
}

/** Octets of an EXPIRE option with its head. */
export const expireOptionOctets = 8;

/** The option that says for how many seconds a zone is good. @see RFC 7314 section 2 */
export function expireOption(seconds: number): Edns["options"][number] {
  const octets = Uint8Array.of(seconds >>> 24, seconds >>> 16, seconds >>> 8, seconds);
  return { code: EdnsOption.EXPIRE, octets };
}

/** RFC 8914 section 2. */
function extendedError({ code, text }: ResponseNote): Edns["options"][number] {
  const words = new TextEncoder().encode(text);
  const octets = new Uint8Array(2 + words.length);
  octets[0] = code >> 8;
  octets[1] = code & 0xff;
  octets.set(words, 2);
  return { code: EdnsOption.EXTENDED_ERROR, octets };
}

/** A head with an OPT record, its flags as they are. */
function singleHead(head: Uint8Array, edns: Edns): Uint8Array | undefined {
  const [, , high = 0, low = 0] = head;
  const message = singleMessage(head, [], edns, maxMessageOctets);
  if (message) {
    message[2] = high;
    message[3] = low;
  }
  return message;
}

/** Octets that the response to a request over UDP may have. */
export function udpRoom({ edns }: Message): number {
  return Math.min(udpPayloadOctets, Math.max(minUdpOctets, edns?.udpPayloadSize ?? minUdpOctets));
}

/** EXPIRE of an SOA RRset. */
function expireOf({ rdata }: Rrset): number {
  const [octets] = rdata;
  if (!octets) return 0;
  const at = octets.length - 8;
  return ((octets[at]! << 24) | (octets[at + 1]! << 16) | (octets[at + 2]! << 8) | octets[at + 3]!) >>> 0;
}
