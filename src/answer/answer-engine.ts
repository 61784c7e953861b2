// Hot path (bench/answer.ts): the authoritative answer engine. One datagram or one message of a stream in, one answer
// out; each listener group of a names process has its own. Around the algorithm (lookup.ts) it decides whether
// there is an answer at all, writes header and EDNS (RFC 6891), keeps to the size the requestor takes, counts, and
// turns faults of our own into SERVFAIL.
//
// It gives signatures and proofs that zones have (RFC 4035 section 3.1) and has some made for zones with compact denial (RFC 9824). Transfers, NOTIFY, UPDATE and signed messages are handed
// on (transactions.ts); where there is nobody to take them, transfers are REFUSED and the others NOTIMP.

import type { Counters, TraceStep } from "#contract";
import { traceOptionCode } from "#contract/plain";
import type { DatagramEngine, Endpoint, MessageTransport, Now, Random } from "#engine";
import {
  ExtendedError,
  headerOctets,
  maxMessageOctets,
  Rcode,
  RrClass,
  RrType,
  udpPayloadOctets,
} from "#wire";
import type { PolicyBoard, ZoneReader } from "#zone";
import { AnswerCounters } from "./answer-counters.ts";
import { Choice } from "./choice.ts";
import { CookieState, ServerCookies } from "./cookies.ts";
import type { HashName } from "./denial-writer.ts";
import { EdnsReply, nsidOf } from "./edns-reply.ts";
import type { OnlineSigning } from "./online-signing.ts";
import { Query, QueryKind } from "./query.ts";
import type { QueryWatch } from "./query-watch.ts";
import { Lookup } from "./lookup.ts";
import { type ResponseRates, RateVerdict } from "./response-rates.ts";
import { optOctets, ResponseWriter } from "./response-writer.ts";
import type { Transactions } from "./transactions.ts";
import {
  describeChoice,
  findTracedZone,
  isTraceable,
  makeTraceSteps,
  type TraceContext,
} from "./trace-report.ts";
import { type AnswerFailure, AnswerFaults } from "./answer-faults.ts";
import { HandedOnDatagrams } from "./handed-on.ts";

/** The least room a caller of `handle` and `answer` gives: a header, the longest question and an OPT record fit. */
export const minOutputOctets = 512;

/** What an answer engine is made of. */
export interface AnswerEngineOptions {
  readonly zones: ZoneReader;
  /** Id of the listener group: the engine answers for the zones of this group only. */
  readonly group: string;
  /** Hashes names for NSEC3; absent: zones that have it are answered without their proofs. */
  readonly hashName?: HashName;
  /** Signs for zones with compact denial of existence (RFC 9824); absent: there are none. */
  readonly signing?: OnlineSigning;
  /** Which hop of a visit the group is. */
  readonly hop: "root" | "tld" | "name-servers";
  /** The name of the server at a local endpoint, for traces. */
  readonly serverName?: (to: Endpoint) => string | undefined;
  /** Receives the steps of queries that carry a trace; absent: traces are not looked at. */
  readonly report?: (step: TraceStep) => void;
  /** Receives faults of ours, at most one each second. */
  readonly onFailure?: (failure: AnswerFailure) => void;
  /** 16 octets that all servers of a name share and nobody else knows: DNS cookies come of them. Absent: there are none. */
  readonly cookieSecret?: Uint8Array;
  /** Counts answers over UDP; engines of one thread share it. Absent: nothing is limited. */
  readonly rates?: ResponseRates;
  /** What is chosen by where names have several sets; absent: the default of each is given. */
  readonly policies?: { readonly board: PolicyBoard; readonly random: Random };
  /** Takes what is no query of names; absent: there is nobody. */
  readonly transactions?: Transactions;
}

/** Answers queries for the zones of one listener group. */
export class AnswerEngine implements DatagramEngine {
  /** Id of the listener group it answers for. */
  readonly group: string;
  /** The last message was handed on, or is to be: nothing is answered by this engine. */
  isHandedOn = false;
  /** Who takes what is handed on. */
  readonly transactions: Transactions | undefined;
  /** Counts and tells more of each query; absent: nothing does. It can be put there and taken away at any time. */
  watch: QueryWatch | undefined;
  /** How long connections may be idle, which is told to who asks (RFC 7828); set by the engine that has them. */
  idleTimeoutMs = 0;
  readonly #reply: EdnsReply;
  readonly #rates: ResponseRates | undefined;
  readonly #zones: ZoneReader;
  readonly #handedOn = new HandedOnDatagrams();
  readonly #trace: TraceContext | undefined;
  readonly #faults: AnswerFaults;
  readonly #query: Query;
  readonly #writer = new ResponseWriter();
  readonly #lookup: Lookup;
  readonly #choice: Choice | undefined;
  readonly #counters = new AnswerCounters();
  /** Response code of the last answer, extended. */
  #rcode = 0;

  constructor(options: AnswerEngineOptions) {
    this.#zones = options.zones;
    this.transactions = options.transactions;
    this.#query = new Query(traceOptionCode, options.transactions !== undefined);
    this.group = options.group;
    const { policies } = options;
    this.#choice = policies && new Choice(options.zones, policies.board, policies.random);
    this.#lookup = new Lookup(
      options.zones,
      options.zones.group(options.group),
      this.#writer,
      options.hashName,
      options.signing,
      this.#choice,
    );
    this.#rates = options.rates;
    this.#reply = new EdnsReply({
      ...(options.cookieSecret ? { cookies: ServerCookies.of(options.cookieSecret) } : {}),
      ...(options.serverName ? { nsid: nsidOf(options.serverName) } : {}),
    });
    this.#faults = new AnswerFaults(options.onFailure);
    this.#trace =
      options.report === undefined
        ? undefined
        : { hop: options.hop, report: options.report, serverName: options.serverName };
  }

  /** Answers a datagram. `output` has at least 512 octets of room from `at` on and does not overlap the query. */
  handle(
    input: Uint8Array,
    length: number,
    from: Endpoint,
    to: Endpoint,
    output: Uint8Array,
    at: number,
    now: Now,
  ): number {
    const octets = this.answer(input, 0, length, from, to, output, at, now, "udp");
    if (this.isHandedOn) this.#handOn(input, length, from, to, now);
    return octets;
  }

  attached(at: Endpoint, send: (to: Endpoint, octets: Uint8Array) => void): void {
    this.#handedOn.attached(at, send);
  }

  /** Not a hot path. */
  #handOn(input: Uint8Array, length: number, from: Endpoint, to: Endpoint, now: Now): void {
    const { transactions } = this;
    if (transactions === undefined) return;
    if (!this.#handedOn.take(input.slice(0, length), from, to, this.group, transactions, now))
      this.#counters.dropped++;
  }

  /**
   * Answers a message that stands anywhere in a buffer.
   *
   * @param start  where the message begins
   * @param transport  decides how long the answer may be
   * @returns octets of the answer, 0 where there is none
   */
  answer(
    input: Uint8Array,
    start: number,
    length: number,
    from: Endpoint,
    to: Endpoint,
    output: Uint8Array,
    at: number,
    now: Now,
    transport: MessageTransport,
  ): number {
    const isUdp = transport === "udp";
    this.isHandedOn = false;
    if (isUdp) this.#counters.udpQueries++;
    else this.#counters.tcpQueries++;
    let octets: number;
    try {
      octets = this.#answerQuery(input, start, length, from, to, output, at, now, transport);
    } catch (error) {
      // The query must not take the loop down: it is answered, and told about.
      octets = this.#answerFailure(input, start, length, output, at, now, error);
    }
    if (this.watch !== undefined)
      this.#watched(this.watch, input, start, length, from, to, output, at, octets, now, transport);
    if (this.#query.traceAt !== 0 && this.#trace !== undefined && octets !== 0 && isTraceable(from)) {
      this.#reportTrace(this.#trace, input, start, length, to, output, at, octets, now, transport);
    }
    return octets;
  }

  #watched(
    watch: QueryWatch,
    input: Uint8Array,
    start: number,
    length: number,
    from: Endpoint,
    to: Endpoint,
    output: Uint8Array,
    at: number,
    octets: number,
    now: Now,
    transport: MessageTransport,
  ): void {
    const query = this.#query;
    const { apexAt } = this.#lookup;
    // The name ends before type and class.
    if (apexAt >= 0 && octets > 0)
      watch.countZone(input, apexAt, query.questionEnd - 4, query.type, this.#rcode);
    const { messages } = watch;
    if (messages === undefined || !messages.isDue(now)) return;
    const { wall, monotonic } = now;
    messages.tell(
      transport,
      from,
      to,
      wall,
      monotonic,
      input,
      start,
      length,
      output,
      at,
      octets,
      this.#rcode,
    );
  }

  /** Whether drivers are to measure how long datagrams take. */
  get isTimed(): boolean {
    return this.watch !== undefined && this.watch.isTimed;
  }

  served(datagrams: number, tookMs: number): void {
    this.watch?.servedDatagrams(datagrams, tookMs);
  }

  /** What this engine has done so far, by name. */
  counters(): Counters {
    return { ...this.#counters.read(this.group), ...this.watch?.read(this.group) };
  }

  #answerQuery(
    input: Uint8Array,
    start: number,
    length: number,
    from: Endpoint,
    to: Endpoint,
    output: Uint8Array,
    at: number,
    now: Now,
    transport: MessageTransport,
  ): number {
    const isUdp = transport === "udp";
    const query = this.#query;
    this.#lookup.clear();
    const kind = query.read(input, start, length);
    if (kind === QueryKind.DROP) {
      this.#counters.dropped++;
      return 0;
    }
    if (kind === QueryKind.HAND_ON) {
      this.isHandedOn = true;
      return 0;
    }
    const isPrivate = transport === "tls" || transport === "https";
    const idleMs = isUdp || transport === "https" ? 0 : this.idleTimeoutMs;
    const options = this.#reply.begin(query, input, from, to, now, idleMs, isPrivate);
    if (output.length - at < query.questionEnd - start + optOctets + options) {
      this.#counters.dropped++; // the caller gave less room than it has to
      return 0;
    }
    const writer = this.#writer;
    const room = Math.min(
      output.length - at,
      isUdp ? Math.min(query.udpOctets, udpPayloadOctets) : maxMessageOctets,
    );
    writer.begin(input, start, query.nameAt, query.questionEnd, output, at, room);
    let rcode = query.rcode;
    let flags = responseFlags(input, start);
    if (this.#reply.cookieState === CookieState.MALFORMED || this.#reply.isSubnetMalformed)
      rcode = Rcode.FORMERR;
    else if (kind === QueryKind.REFUSE && query.nameAt === 0 && rcode === Rcode.NOERROR)
      rcode = this.#reply.rcodeWithoutQuestion(query);
    else if (kind === QueryKind.ASK) {
      if (query.hasEdns) writer.reserve(optOctets + options);
      this.#counters.countType(query.type);
      const isProven = !isUdp || (query.cookieAt !== 0 && this.#reply.cookieState === CookieState.PROVEN);
      this.#lookup.compact.begin(now, isProven ? from.address : undefined);
      rcode = this.#resolve(query, input, from);
      if (query.hasEdns) writer.release(optOctets + options);
      if (this.#lookup.compact.isUnsigned && isProven) {
        // What cannot be signed is not answered; who may be somebody else is told to come back over TCP first (TC is set).
        rcode = Rcode.SERVFAIL;
        this.#lookup.clear();
        writer.begin(input, start, query.nameAt, query.questionEnd, output, at, room);
      }
      if (this.#lookup.isAuthoritative) flags |= flagAa;
      if (this.#lookup.isTruncated) {
        flags |= flagTc;
        this.#counters.truncated++;
      }
    }
    if (isUdp && this.#rates !== undefined) {
      const verdict = this.#rate(this.#rates, query, input, from, now, rcode);
      if (verdict === RateVerdict.DROP) {
        this.#counters.limited++;
        return 0;
      }
      if (verdict === RateVerdict.SLIP) {
        this.#counters.slipped++;
        writer.begin(input, start, query.nameAt, query.questionEnd, output, at, room);
        flags = responseFlags(input, start) | flagTc;
        // Who has a cookie is told to come back with ours, by datagram (RFC 7873 section 5.2.3).
        rcode = query.cookieAt === 0 ? Rcode.NOERROR : Rcode.BADCOOKIE;
      }
    }
    if (query.hasEdns) this.#putOpt(query, input, from, now, output, at, at + room, rcode);
    writer.putFlags(flags >> 8, (flags & 0xff) | (rcode & 0xf));
    this.#counters.countRcode(rcode);
    this.#rcode = rcode;
    return writer.at - at;
  }

  #putOpt(
    query: Query,
    input: Uint8Array,
    from: Endpoint,
    now: Now,
    output: Uint8Array,
    at: number,
    limit: number,
    rcode: number,
  ): void {
    const writer = this.#writer;
    writer.putOpt(udpPayloadOctets, rcode, query.isDnssecOk, query.isCompactOk && this.#lookup.isCompact);
    const reason = rcode === Rcode.NOERROR ? -1 : reasonOf(query, rcode);
    if (!query.hasOptions && reason < 0) return;
    writer.addOptions(
      this.#reply.write(
        query,
        input,
        from,
        now,
        output,
        at,
        writer.at,
        limit,
        this.#lookup.decidingBits,
        reason,
      ),
    );
  }

  /** Whether an answer over UDP is to be sent. Who has shown a cookie of ours is who it says. */
  #rate(
    rates: ResponseRates,
    query: Query,
    input: Uint8Array,
    from: Endpoint,
    now: Now,
    rcode: number,
  ): number {
    if (!rates.counts(from.address)) return RateVerdict.SEND;
    if (query.cookieAt !== 0 && this.#reply.cookieState === CookieState.PROVEN) return RateVerdict.SEND;
    const { hasAnswer, isExpanded } = this.#lookup;
    // Answers that there can be any number of, because the name does not matter, count together.
    const nameAt = hasAnswer && !isExpanded ? query.nameAt : 0;
    return rates.count(from.address, (rcode << 1) | Number(hasAnswer), input, nameAt, now.monotonic);
  }

  /** Writes the records of the answer and returns its response code. */
  #resolve(query: Query, input: Uint8Array, from: Endpoint): number {
    const lookup = this.#lookup;
    if (query.class !== RrClass.IN || query.type === RrType.AXFR || query.type === RrType.IXFR) {
      return Rcode.REFUSED;
    }
    if (query.type === RrType.NXNAME) return Rcode.FORMERR; // RFC 9824 section 3.5
    lookup.revision = this.#zones.open();
    const { hasSubnet, subnet } = this.#reply;
    lookup.client = hasSubnet && subnet.bits > 0 ? subnet.address : from.address;
    lookup.run(query, input);
    if (lookup.chosen > 0 && this.#choice !== undefined)
      this.#counters.countChoice(this.#choice.kind, this.#choice.reason === "open");
    return lookup.rcode;
  }

  #answerFailure(
    input: Uint8Array,
    start: number,
    length: number,
    output: Uint8Array,
    at: number,
    now: Now,
    error: unknown,
  ): number {
    this.#counters.failures++;
    this.#faults.tell(error, input, start, length, now.monotonic);
    if (length < headerOctets) return 0;
    const writer = this.#writer;
    const { nameAt, questionEnd } = this.#query;
    writer.begin(input, start, nameAt, questionEnd, output, at, minOutputOctets);
    const flags = responseFlags(input, start);
    writer.putFlags(flags >> 8, (flags & 0xff) | Rcode.SERVFAIL);
    if (this.#query.hasEdns) writer.putOpt(udpPayloadOctets, Rcode.SERVFAIL, this.#query.isDnssecOk);
    this.#counters.countRcode(Rcode.SERVFAIL);
    this.#rcode = Rcode.SERVFAIL;
    return writer.at - at;
  }

  /** Not a hot path: only queries of traces come here. */
  #reportTrace(
    trace: TraceContext,
    input: Uint8Array,
    start: number,
    length: number,
    to: Endpoint,
    output: Uint8Array,
    at: number,
    octets: number,
    now: Now,
    transport: MessageTransport,
  ): void {
    const { traceAt, traceLength, nameAt } = this.#query;
    const zones = this.#zones;
    try {
      const answered = {
        query: input.subarray(start, start + length),
        response: output.subarray(at, at + octets),
        option: input.subarray(traceAt, traceAt + traceLength),
        to,
        transport: transport === "udp" ? ("udp" as const) : ("tcp" as const),
        hasAnswer: this.#lookup.hasAnswer,
        zone: findTracedZone(zones, zones.group(this.group), input, nameAt),
        choice: this.#lookup.chosen > 0 ? this.#choice && describeChoice(this.#choice) : undefined,
      };
      const steps = makeTraceSteps(trace, answered, now);
      for (const step of steps) trace.report(step);
    } catch (error) {
      // A trace that cannot be told is no reason to withhold the answer.
      this.#counters.failures++;
      this.#faults.tell(error, input, start, length, now.monotonic);
    }
  }
}

/** Why there is no answer, for who reads it (RFC 8914 section 4); -1 where the response code says it all. */
function reasonOf(query: Query, rcode: number): number {
  if (rcode === Rcode.NOTIMP) return ExtendedError.NOT_SUPPORTED;
  if (rcode === Rcode.SERVFAIL) return ExtendedError.NOT_READY; // a zone without SOA
  if (rcode === Rcode.FORMERR && query.type === RrType.NXNAME) return ExtendedError.INVALID_QUERY_TYPE;
  if (rcode !== Rcode.REFUSED) return -1;
  const isTransfer = query.type === RrType.AXFR || query.type === RrType.IXFR;
  return isTransfer ? ExtendedError.PROHIBITED : ExtendedError.NOT_AUTHORITATIVE;
}

const flagAa = 0x0400;
const flagTc = 0x0200;

/** QR, and what a response repeats of its query: OPCODE and RD (RFC 1035 section 4.1.1). AD and CD are clear (RFC 4035 section 3.1.6). */
function responseFlags(query: Uint8Array, start: number): number {
  return 0x8000 | ((query[start + 2]! & 0x79) << 8);
}
