// Counts of what an answer engine did. Numbers are added up in place; their names are made when they are read.

import type { Counters, PolicyKind } from "#contract";
import { rcodeName, RrType, typeName } from "#wire";

/** Response codes that are counted each for itself; the engine gives none above BADCOOKIE (23). */
const rcodeCount = 24;

/** Types that are counted each for itself have numbers below this: all that there are records of but for a few (RFC 6895 section 3.1). */
const typeCount = 264;
/** Types that have a name of their own: a client cannot make others up. */
const namedTypes: ReadonlySet<number> = new Set(Object.values(RrType));

/** The counters of one engine. Each only grows. */
export class AnswerCounters {
  /** Messages received over UDP, and over TCP. */
  udpQueries = 0;
  tcpQueries = 0;
  /** Answers with TC set. */
  truncated = 0;
  /** Messages that got no reply: responses, and less than a header. */
  dropped = 0;
  /** Answers that were not sent, or sent truncated, because the same network has had too many. */
  limited = 0;
  slipped = 0;
  /** Faults of ours while answering, each answered SERVFAIL. */
  failures = 0;
  readonly #rcodes = new Float64Array(rcodeCount);
  readonly #types = new Float64Array(typeCount + 1);
  readonly #choices: Record<PolicyKind, number> = { weighted: 0, failover: 0, multivalue: 0, nearest: 0 };
  /** Choices among sets of which none was healthy. */
  #openChoices = 0;

  /** Counts an answer. */
  countRcode(rcode: number): void {
    this.#rcodes[rcode]! += 1;
  }

  /** Counts a question by its type. */
  countType(type: number): void {
    this.#types[type < typeCount ? type : typeCount]! += 1;
  }

  /** Counts a choice among sets. @param isOpen  none of them was healthy */
  countChoice(policy: PolicyKind, isOpen: boolean): void {
    this.#choices[policy]++;
    if (isOpen) this.#openChoices++;
  }

  /**
   * The counters by name, such as `queries{group=root}`. `answers` has one entry for each response code so far.
   * @param group  the id of the listener group
   */
  read(group: string): Counters {
    const counters: Counters = {
      [`queries{group=${group}}`]: this.udpQueries + this.tcpQueries,
      [`queries{group=${group},transport=udp}`]: this.udpQueries,
      [`queries{group=${group},transport=tcp}`]: this.tcpQueries,
      [`truncated{group=${group}}`]: this.truncated,
      [`dropped{group=${group}}`]: this.dropped,
      [`limited{group=${group}}`]: this.limited,
      [`slipped{group=${group}}`]: this.slipped,
      [`failures{group=${group}}`]: this.failures,
    };
    for (const [policy, count] of Object.entries(this.#choices)) {
      if (count > 0) counters[`choices{group=${group},policy=${policy}}`] = count;
    }
    if (this.#openChoices > 0) counters[`choices-unhealthy{group=${group}}`] = this.#openChoices;
    for (const [rcode, count] of this.#rcodes.entries()) {
      if (count > 0) counters[`answers{group=${group},rcode=${rcodeName(rcode)}}`] = count;
    }
    let others = 0;
    for (const [type, count] of this.#types.entries()) {
      if (count === 0) continue;
      if (type < typeCount && namedTypes.has(type))
        counters[`queries{group=${group},type=${typeName(type)}}`] = count;
      else others += count;
    }
    if (others > 0) counters[`queries{group=${group},type=other}`] = others;
    return counters;
  }
}
