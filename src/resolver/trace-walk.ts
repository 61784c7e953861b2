// The resolver's part of a trace (src/contract/trace.ts): what came from its cache, which name servers it knew for
// the name, whom it asked and how long that took, and what it answered. Servers of this platform that it asked report the same
// question by themselves: inside private trees the query carries the option there.

import type { TraceHop, TraceOption, TraceStep } from "#contract";
import { decodeTraceOption, traceOptionCode } from "#contract/plain";
import { formatAddress, formatEndpoint, type Now, type Transport } from "#engine";
import {
  decodeMessage,
  describeMessage,
  formatDigCommand,
  Rcode,
  RrType,
  rcodeName,
  type EdnsOptionValue,
  type Name,
} from "#wire";
import type { CachedAnswer } from "./cache.ts";
import type { ResolverContext } from "./context.ts";
import type { Candidate } from "./cut-work.ts";
import type { Delegation } from "./delegations.ts";
import { describeQuestion, describeRrset } from "./describe.ts";
import type { ResolutionOutcome } from "./outcome.ts";
import type { ExchangeResult, ExchangeTrace } from "./upstream.ts";
import { ttlLeft, type CachedRrset } from "./rrset.ts";

/** Where steps go. */
export type TraceListener = (step: TraceStep) => void;

/** See the head of this file. */
export class TraceWalk {
  readonly id: string;
  readonly isFresh: boolean;
  /** The option to copy into queries upstream. */
  readonly option: EdnsOptionValue;
  readonly #listener: TraceListener;
  readonly #beganAt: number;

  private constructor(
    { id, isFresh }: TraceOption,
    option: EdnsOptionValue,
    listener: TraceListener,
    beganAt: number,
  ) {
    this.#beganAt = beganAt;
    this.id = id;
    this.isFresh = isFresh;
    this.option = { code: option.code, octets: option.octets.slice() };
    this.#listener = listener;
  }

  /** Reads the option from a query's options; undefined where there is none, or one without a whole id. */
  static from(options: readonly EdnsOptionValue[], listener: TraceListener, now: Now): TraceWalk | undefined {
    const option = options.find(({ code }) => code === traceOptionCode);
    const traced = option && decodeTraceOption(option.octets);
    return traced && new TraceWalk(traced, option, listener, now.monotonic);
  }

  /**
   * A question to a server.
   * @param depth  of the cut that it is asked about, -1 for a forwarder
   * @returns is told how it went
   */
  asked(depth: number, candidate: Candidate, name: Name, type: number, transport: Transport): ExchangeTrace {
    return (query, response, result, tookMs, now) => {
      const { outcome, isFailure } = describeResult(result);
      const { endpoint } = candidate;
      const server = { address: formatAddress(endpoint.address), port: endpoint.port };
      const asked = describeMessage(query);
      const answered = response && describeMessage(response);
      const decoded = decodeMessage(query);
      this.#listener({
        traceId: this.id,
        hop: depth < 0 ? "resolver" : depth === 0 ? "root" : depth === 1 ? "tld" : "name-servers",
        reportedBy: "resolver",
        at: now.wall - Math.round(tookMs),
        afterMs: now.monotonic - tookMs - this.#beganAt,
        tookMs,
        server: placeOf(candidate),
        question: describeQuestion(name, type),
        answer: answered ? [...answered.answer, ...answered.authority, ...answered.additional] : [],
        outcome,
        ...(answered ? { flags: answered.flags.filter((flag) => flag !== "qr") } : {}),
        isFailure,
        dns: {
          transport,
          ...server,
          ...(asked ? { query: asked } : {}),
          ...(answered ? { response: answered } : {}),
          dig: decoded.ok ? formatDigCommand(decoded.value, { ...server, isTcp: transport === "tcp" }) : "",
          askedMs: tookMs,
        },
      });
    };
  }

  /** The cuts above and at a delegation that the walk could start from without asking: root and TLDs. */
  cachedPath(context: ResolverContext, partition: string, delegation: Delegation, now: Now): void {
    const { zone } = delegation;
    for (let labels = 1; labels <= zone.labelCount; labels++) {
      const cut = context.delegations.get(partition, zone.slice(zone.labelCount - labels), now.monotonic, 0);
      if (!cut || cut.depth === 0) continue;
      this.#reportDelegation(cut.depth === 1 ? "root" : "tld", cut, now);
    }
  }

  /** The servers that were known for the name already, and the one of them that was asked. */
  knownServers(delegation: Delegation, candidate: Candidate, now: Now): void {
    if (delegation.depth > 0) this.#reportDelegation("name-servers", delegation, now, candidate);
  }

  /** A record from the cache, and with it the way there, as far as it is still known. */
  cachedRecord(
    context: ResolverContext,
    partition: string,
    name: Name,
    type: number,
    rrset: CachedRrset,
    now: Now,
  ): void {
    this.#cachedWay(context, partition, name, type, now);
    const ttl = ttlLeft(rrset, now.monotonic);
    this.#report("record", describeQuestion(name, type), describeRrset(rrset, ttl), "NOERROR", now, ttl);
  }

  /** A negative answer from the cache. */
  cachedNegative(
    context: ResolverContext,
    partition: string,
    name: Name,
    type: number,
    entry: CachedAnswer,
    now: Now,
  ): void {
    this.#cachedWay(context, partition, name, type, now);
    const ttl = Math.max(0, Math.floor((entry.expiresAt - now.monotonic) / 1000));
    const outcome = rcodeName(entry.kind === "nxdomain" ? Rcode.NXDOMAIN : Rcode.NOERROR);
    this.#report("record", describeQuestion(name, type), [], outcome, now, ttl);
  }

  /** What the client was answered. */
  answered(name: Name, type: number, outcome: ResolutionOutcome, tookMs: number, now: Now): void {
    const answer = outcome.answer.flatMap((rrset) => describeRrset(rrset, ttlLeft(rrset, now.monotonic)));
    this.#listener({
      traceId: this.id,
      hop: "resolver",
      reportedBy: "resolver",
      at: now.wall - Math.round(tookMs),
      afterMs: 0,
      tookMs,
      question: describeQuestion(name, type),
      answer: [...answer, ...outcome.errors.map(({ text }) => text)],
      outcome: rcodeName(outcome.rcode),
      flags: ["rd", "ra"],
      isFailure: outcome.rcode !== Rcode.NOERROR,
    });
  }

  #cachedWay(context: ResolverContext, partition: string, name: Name, type: number, now: Now): void {
    const nearest = context.delegations.closest(partition, name, type, now.monotonic, 0);
    if (!nearest || nearest.depth === 0) return;
    this.cachedPath(context, partition, nearest, now);
    this.#reportDelegation("name-servers", nearest, now);
  }

  #reportDelegation(hop: TraceHop, cut: Delegation, now: Now, asked?: Candidate): void {
    const ttl = Math.max(0, Math.floor((cut.expiresAt - now.monotonic) / 1000));
    const answer = cut.servers.flatMap((server) => [
      `${cut.zone.toString()} ${ttl} IN NS ${server.name.toString()}`,
      ...server.addresses.map((address) => {
        const text = formatAddress(address);
        return `${server.name.toString()} ${ttl} IN ${text.includes(":") ? "AAAA" : "A"} ${text}`;
      }),
    ]);
    this.#listener({
      traceId: this.id,
      hop,
      reportedBy: "resolver",
      at: now.wall,
      afterMs: now.monotonic - this.#beganAt,
      ...(asked ? { server: placeOf(asked) } : {}),
      question: describeQuestion(cut.zone, RrType.NS),
      answer,
      outcome: "NOERROR",
      cached: { ttlLeftSeconds: ttl },
      isFailure: false,
    });
  }

  #report(
    hop: TraceHop,
    question: string,
    answer: string[],
    outcome: string,
    now: Now,
    ttlLeftSeconds: number,
  ): void {
    this.#listener({
      traceId: this.id,
      hop,
      reportedBy: "resolver",
      at: now.wall,
      afterMs: now.monotonic - this.#beganAt,
      question,
      answer,
      outcome,
      cached: { ttlLeftSeconds },
      isFailure: outcome !== "NOERROR",
    });
  }
}

/** A server as name servers name themselves: `ns1.s1.nic.test. 127.53.2.1:5301`. */
function placeOf({ name, endpoint }: Candidate): string {
  const address = formatEndpoint(endpoint);
  return name.isRoot ? address : `${name.toString()} ${address}`;
}

/** How an exchange ended, in words. */
function describeResult(result: ExchangeResult): { outcome: string; isFailure: boolean } {
  switch (result.kind) {
    case "reply": {
      const { rcode } = result.message;
      return { outcome: rcodeName(rcode), isFailure: rcode !== Rcode.NOERROR };
    }
    case "silent":
      return { outcome: "no answer", isFailure: true };
    case "failed":
      return {
        outcome: result.failure === "refused" ? "connection refused" : `no answer: ${result.failure}`,
        isFailure: true,
      };
    case "unreadable":
      return { outcome: "answered octets that are no message", isFailure: true };
    case "mismatched":
      return { outcome: "answered something else than was asked", isFailure: true };
  }
}
