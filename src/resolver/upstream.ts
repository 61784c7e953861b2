// Queries to other servers, one exchange each: over UDP on a socket of its own with an unpredictable port and id, or
// over TCP. A reply counts only with the right id and question from the address asked (RFC 5452 section 9.1); others
// are counted and, when they become many, the query is handed back to be asked over TCP.

import type { Effects, Endpoint, IoFailure, Now, Random, Timers, Transport } from "#engine";
import {
  decodeMessage,
  type EdnsOptionValue,
  encodeRequest,
  frame,
  FrameReader,
  headerOctets,
  type Message,
  type Name,
  Opcode,
  Rcode,
  RrClass,
  udpPayloadOctets,
} from "#wire";
import type { ResolverCounters } from "./counters.ts";
import { maxMismatches } from "./limits.ts";

/** A query to one server. */
export interface UpstreamQuery {
  readonly server: Endpoint;
  readonly name: Name;
  readonly type: number;
  /** RD: set for forwarders. */
  readonly isRecursive: boolean;
  readonly hasEdns: boolean;
  readonly options: readonly EdnsOptionValue[];
  readonly transport: Transport;
  readonly timeoutMs: number;
  /** Told of both messages once it is over, for a trace. The octets are valid during the call. */
  readonly trace?: ExchangeTrace;
}

/** Told how an exchange went. @param response  absent where nothing came that counts */
export type ExchangeTrace = (
  query: Uint8Array,
  response: Uint8Array | undefined,
  result: ExchangeResult,
  tookMs: number,
  now: Now,
) => void;

/** How an exchange ended. */
export type ExchangeResult =
  | { readonly kind: "reply"; readonly message: Message; readonly tookMs: number }
  | { readonly kind: "silent" }
  | { readonly kind: "failed"; readonly failure: IoFailure }
  /** The right id, but not a message. */
  | { readonly kind: "unreadable" }
  /** Too many packets that did not match: somebody may be guessing. */
  | { readonly kind: "mismatched" };

/** Called once for each exchange. */
export type ExchangeDone = (result: ExchangeResult, now: Now) => void;

interface Exchange {
  readonly query: UpstreamQuery;
  readonly id: number;
  readonly octets: Uint8Array;
  readonly startedAt: number;
  readonly done: ExchangeDone;
  timer: number | undefined;
  mismatches: number;
  readonly frames: FrameReader | undefined;
  isOver: boolean;
  /** Of a traced exchange. */
  response: Uint8Array | undefined;
}

/** See the head of this file. */
export class Upstream {
  readonly #effects: Effects;
  readonly #timers: Timers;
  readonly #random: Random;
  readonly #counters: ResolverCounters;
  readonly #bySocket = new Map<number, Exchange>();
  /** Ended exchanges stay until `closed`: only then may the slot be somebody else's. */
  readonly #bySlot = new Map<number, Exchange>();

  constructor(effects: Effects, timers: Timers, random: Random, counters: ResolverCounters) {
    this.#effects = effects;
    this.#timers = timers;
    this.#random = random;
    this.#counters = counters;
  }

  /** Exchanges under way. */
  get size(): number {
    return this.#bySocket.size + this.#bySlot.size;
  }

  /** Begins an exchange. `done` is called later, never during this call. */
  ask(query: UpstreamQuery, now: Now, done: ExchangeDone): void {
    const id = this.#random.integer(65_536);
    const isTcp = query.transport === "tcp";
    const exchange: Exchange = {
      query,
      id,
      octets: encodeQuery(query, id),
      startedAt: now.monotonic,
      done,
      timer: undefined,
      mismatches: 0,
      frames: isTcp ? new FrameReader() : undefined,
      isOver: false,
      response: undefined,
    };
    const endsAt = now.monotonic + query.timeoutMs;
    if (isTcp) {
      this.#counters.add("upstream-tcp");
      const slot = this.#effects.connect(query.server);
      this.#bySlot.set(slot, exchange);
      exchange.timer = this.#timers.set(endsAt, (at) =>
        this.#endStream(slot, exchange, { kind: "silent" }, at),
      );
    } else {
      const socket = this.#effects.openDatagram(query.server);
      this.#bySocket.set(socket, exchange);
      this.#effects.send(socket, query.server, exchange.octets);
      exchange.timer = this.#timers.set(endsAt, (at) =>
        this.#endDatagram(socket, exchange, { kind: "silent" }, at),
      );
    }
  }

  /** A datagram. @returns false where it belongs to no exchange */
  datagram(socket: number, input: Uint8Array, length: number, now: Now): boolean {
    const exchange = this.#bySocket.get(socket);
    if (!exchange) return false;
    const result = readReply(exchange, input, length, now);
    if (result) this.#endDatagram(socket, exchange, result, now);
    else this.#mismatch(exchange, () => this.#endDatagram(socket, exchange, { kind: "mismatched" }, now));
    return true;
  }

  /** An error from the network on a datagram socket. */
  datagramFailed(socket: number, failure: IoFailure, now: Now): void {
    const exchange = this.#bySocket.get(socket);
    if (exchange) this.#endDatagram(socket, exchange, { kind: "failed", failure }, now);
  }

  /** A connection is open. @returns false where it is not one of these */
  connected(slot: number): boolean {
    const exchange = this.#bySlot.get(slot);
    if (!exchange) return false;
    if (!exchange.isOver) this.#effects.write(slot, frame(exchange.octets));
    return true;
  }

  /** Octets on a connection. @returns false where it is not one of these */
  received(slot: number, input: Uint8Array, length: number, now: Now): boolean {
    const exchange = this.#bySlot.get(slot);
    if (!exchange) return false;
    if (exchange.isOver || !exchange.frames) return true;
    for (const message of exchange.frames.push(input, length)) {
      const result = readReply(exchange, message, message.length, now);
      if (result) {
        this.#endStream(slot, exchange, result, now);
        break;
      }
      this.#mismatch(exchange, () => this.#endStream(slot, exchange, { kind: "unreadable" }, now));
      if (exchange.isOver) break;
    }
    return true;
  }

  /** The peer writes no more. @returns false where the connection is not one of these */
  ended(slot: number, now: Now): boolean {
    const exchange = this.#bySlot.get(slot);
    if (!exchange) return false;
    this.#endStream(slot, exchange, { kind: "failed", failure: "reset" }, now);
    return true;
  }

  /** A connection is gone. @returns false where it was not one of these */
  closed(slot: number, failure: IoFailure | undefined, now: Now): boolean {
    const exchange = this.#bySlot.get(slot);
    if (!exchange) return false;
    this.#bySlot.delete(slot);
    this.#finish(exchange, { kind: "failed", failure: failure ?? "reset" }, now);
    return true;
  }

  #mismatch(exchange: Exchange, onTooMany: () => void): void {
    this.#counters.add("upstream-mismatches");
    if (++exchange.mismatches >= maxMismatches) onTooMany();
  }

  #endDatagram(socket: number, exchange: Exchange, result: ExchangeResult, now: Now): void {
    this.#bySocket.delete(socket);
    this.#effects.closeDatagram(socket);
    this.#finish(exchange, result, now);
  }

  #endStream(slot: number, exchange: Exchange, result: ExchangeResult, now: Now): void {
    if (exchange.isOver) return;
    this.#effects.destroy(slot);
    this.#finish(exchange, result, now);
  }

  #finish(exchange: Exchange, result: ExchangeResult, now: Now): void {
    if (exchange.isOver) return;
    exchange.isOver = true;
    this.#timers.clear(exchange.timer);
    if (result.kind === "silent") this.#counters.add("upstream-timeouts");
    if (result.kind === "failed") this.#counters.add("upstream-failures");
    const { query, octets, response, startedAt } = exchange;
    query.trace?.(octets, response, result, now.monotonic - startedAt, now);
    exchange.done(result, now);
  }
}

/** Reads a packet as the reply to a query; undefined where it is not that. */
function readReply(
  exchange: Exchange,
  input: Uint8Array,
  length: number,
  now: Now,
): ExchangeResult | undefined {
  if (length < headerOctets) return undefined;
  const id = ((input[0] ?? 0) << 8) | (input[1] ?? 0);
  if (id !== exchange.id || ((input[2] ?? 0) & 0x80) === 0) return undefined;
  const decoded = decodeMessage(input, length);
  if (!decoded.ok) return { kind: "unreadable" };
  const message = decoded.value;
  if (message.flags.opcode !== Opcode.QUERY) return undefined;
  const question = message.question[0];
  const { query } = exchange;
  // Some servers leave the question out when they refuse; any other reply must repeat it (RFC 5452 section 9.1).
  const mayLackQuestion =
    message.rcode !== Rcode.NOERROR && message.rcode !== Rcode.NXDOMAIN && message.question.length === 0;
  const isSame =
    message.question.length === 1 &&
    question !== undefined &&
    question.type === query.type &&
    question.class === RrClass.IN &&
    question.name.equals(query.name);
  if (!isSame && !mayLackQuestion) return undefined;
  if (query.trace) exchange.response = input.slice(0, length);
  return { kind: "reply", message, tookMs: now.monotonic - exchange.startedAt };
}

/** Puts a query into octets. DO is set, so that what is cached can serve clients that validate. */
function encodeQuery(query: UpstreamQuery, id: number): Uint8Array {
  return encodeRequest(query.name, query.type, {
    id,
    flags: { rd: query.isRecursive },
    ...(query.hasEdns
      ? { edns: { version: 0, udpPayloadSize: udpPayloadOctets, isDnssecOk: true, options: query.options } }
      : {}),
  });
}
