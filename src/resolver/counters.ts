// What the resolver counts. Each number only grows; names are as in the `counters` answer of the stream.

import type { Counters } from "#contract";
import { Histogram } from "#engine";
import { rcodeName, RrType, typeName } from "#wire";

/** Types that have a name of their own: a client cannot make others up. */
const namedTypes: ReadonlySet<number> = new Set(Object.values(RrType));

/** Names of all counters, with what they count. */
export const counterNames = {
  "client-queries": "queries from clients that were well formed",
  "client-queries{transport=tcp}": "those of them that came over TCP",
  "client-queries{transport=tls}": "those of them that came over TLS",
  "client-queries{transport=https}": "those of them that came over HTTPS",
  "client-refused": "queries answered REFUSED",
  "client-malformed": "packets answered FORMERR or NOTIMP, or dropped",
  "client-servfail": "queries answered SERVFAIL",
  "cache-hits": "queries answered without asking anybody",
  "cache-misses": "queries that began or joined a resolution",
  coalesced: "queries that joined a resolution under way",
  "upstream-queries{hop=root}": "queries sent to root servers",
  "upstream-queries{hop=tld}": "queries sent to servers of zones the root delegates",
  "upstream-queries{hop=other}": "queries sent to servers of zones further down",
  "upstream-queries{hop=priming}": "queries to root servers for the root's own servers (RFC 9609)",
  "upstream-queries{hop=forward}": "queries sent to forwarders",
  "upstream-tcp": "those of all of them that went over TCP",
  "upstream-timeouts": "queries that got no answer in time",
  "upstream-failures": "queries that got an error from the network",
  "upstream-mismatches": "packets from a server asked that did not match the query",
  "upstream-lame": "replies of servers that do not serve the zone they were asked for",
  validated: "replies validated and found secure",
  bogus: "replies validated and found bogus",
  exhausted: "resolutions ended for want of budget or time",
  overloads: "queries answered SERVFAIL because too much was under way",
} as const;

/** One counter's name. */
export type CounterName = keyof typeof counterNames;

/** The counters of one resolver. */
export class ResolverCounters {
  readonly #values = new Map<CounterName, number>();
  readonly #types = new Map<number, number>();
  readonly #rcodes = new Map<number, number>();
  readonly #times = new Histogram();

  /** Counts one. */
  add(name: CounterName): void {
    this.#values.set(name, (this.#values.get(name) ?? 0) + 1);
  }

  /** Counts a question by its type; of all types that have no name one is kept. */
  addType(type: number): void {
    const counted = namedTypes.has(type) ? type : 0;
    this.#types.set(counted, (this.#types.get(counted) ?? 0) + 1);
  }

  /** Counts what a client was answered, and after how long. @param rcode  of the header */
  addAnswer(rcode: number, tookMs: number): void {
    this.#rcodes.set(rcode, (this.#rcodes.get(rcode) ?? 0) + 1);
    this.#times.add(tookMs);
  }

  /** All counters by name, those at zero included. */
  read(): Counters {
    const result: Counters = {};
    for (const name of Object.keys(counterNames) as CounterName[]) result[name] = this.#values.get(name) ?? 0;
    for (const [rcode, count] of this.#rcodes) result[`client-answers{rcode=${rcodeName(rcode)}}`] = count;
    let others = 0;
    for (const [type, count] of this.#types) {
      if (namedTypes.has(type)) result[`client-queries{type=${typeName(type)}}`] = count;
      else others += count;
    }
    if (others > 0) result["client-queries{type=other}"] = others;
    return { ...result, ...this.#times.read("query-seconds", "") };
  }
}
