// The resolver's part of a trace (src/contract/trace.ts): what came from its cache, which name servers it knew for
// the name, and what it answered. Hops that a query went out to are reported by the process that served them: the
// query carries the option there.

import {
  decodeTraceOption,
  traceOptionCode,
  type TraceHop,
  type TraceOption,
  type TraceStep,
} from "#contract";
import { formatAddress, type Now } from "#engine";
import { Rcode, RrType, rcodeName, type EdnsOptionValue, type Name } from "#wire";
import type { CacheEntry } from "./cache.ts";
import type { ResolverContext } from "./context.ts";
import type { Candidate } from "./cut-work.ts";
import type { Delegation } from "./delegations.ts";
import { describeQuestion, describeRrset, describeServer } from "./describe.ts";
import type { Outcome } from "./outcome.ts";
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

  private constructor({ id, isFresh }: TraceOption, option: EdnsOptionValue, listener: TraceListener) {
    this.id = id;
    this.isFresh = isFresh;
    this.option = { code: option.code, octets: option.octets.slice() };
    this.#listener = listener;
  }

  /** Reads the option from a query's options; undefined where there is none, or one without a whole id. */
  static from(options: readonly EdnsOptionValue[], listener: TraceListener): TraceWalk | undefined {
    const option = options.find(({ code }) => code === traceOptionCode);
    const traced = option && decodeTraceOption(option.octets);
    return traced && new TraceWalk(traced, option, listener);
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
    entry: CacheEntry,
    now: Now,
  ): void {
    this.#cachedWay(context, partition, name, type, now);
    const ttl = Math.max(0, Math.floor((entry.expiresAt - now.monotonic) / 1000));
    const outcome = rcodeName(entry.kind === "nxdomain" ? Rcode.NXDOMAIN : Rcode.NOERROR);
    this.#report("record", describeQuestion(name, type), [], outcome, now, ttl);
  }

  /** What the client was answered. */
  answered(name: Name, type: number, outcome: Outcome, tookMs: number, now: Now): void {
    const answer = outcome.answer.flatMap((rrset) => describeRrset(rrset, ttlLeft(rrset, now.monotonic)));
    this.#listener({
      traceId: this.id,
      hop: "resolver",
      reportedBy: "resolver",
      at: now.wall,
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
      ...(asked ? { server: describeServer(asked) } : {}),
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
      question,
      answer,
      outcome,
      cached: { ttlLeftSeconds },
      isFailure: outcome !== "NOERROR",
    });
  }
}
