// How octets leave a relay, and how its connections end: writes with backpressure both ways, one buffer for heads and what
// fits behind them, deadlines, and what is told of a traced request. Hot path, guarded by bench/relay.ts. What to write is decided in
// requests.ts and responses.ts.

import type { Effects, Now } from "#engine";
import { HeadWriter, Method, reasonPhrase } from "#http";
import type { ClientConnection, TargetConnection } from "./connections.ts";
import type { RelayCounters } from "./counters.ts";
import type { Deadlines } from "./deadlines.ts";
import {
  DateClock,
  makeRequestContext,
  type RequestContext,
  type RequestRewrite,
  writeOwnAnswer,
  writeRequestHead,
} from "./heads.ts";
import type { Drain } from "./drain.ts";
import { HeldOctets } from "./held-octets.ts";
import { describePassed } from "./cache/cache-trace.ts";
import type { OwnAnswer, Passage, RelayPolicy } from "./policy.ts";
import type { RelayLimits, RelayTimeouts } from "./settings.ts";

/** Content up to this goes out with the head in one write: copying it costs less than a second call. */
const joinedOctets = 16_384;

/** What all parts of one relay share. */
export interface RelayParts {
  readonly policy: RelayPolicy;
  readonly counters: RelayCounters;
  readonly timeouts: RelayTimeouts;
  readonly limits: RelayLimits;
  readonly drain: Drain;
}

/** How a traced request ended; see {@link Passage}. */
export type PassageEnd = Pick<Passage, "status"> &
  Partial<Pick<Passage, "reason" | "server" | "contentOctets" | "failure">>;

/** The writing side of one relay. */
export class RelayFlow {
  /** Heads for clients are written here, and {@link flush}ed before the event ends. */
  readonly scratch: HeadWriter = new HeadWriter(32_768);
  readonly #effects: Effects;
  readonly #deadlines: Deadlines<ClientConnection | TargetConnection>;
  readonly policy: RelayPolicy;
  readonly counters: RelayCounters;
  readonly timeouts: RelayTimeouts;
  readonly limits: RelayLimits;
  readonly drain: Drain;
  readonly dateClock: DateClock = new DateClock();
  readonly held: HeldOctets = new HeldOctets();

  constructor(
    effects: Effects,
    deadlines: Deadlines<ClientConnection | TargetConnection>,
    { policy, counters, timeouts, limits, drain }: RelayParts,
  ) {
    this.#effects = effects;
    this.#deadlines = deadlines;
    this.policy = policy;
    this.counters = counters;
    this.timeouts = timeouts;
    this.limits = limits;
    this.drain = drain;
  }

  /** Ends the connection once all is written, and drops what the client still sends. @see RFC 9112 section 9.6 */
  linger(conn: ClientConnection, now: Now): void {
    conn.phase = "linger";
    conn.exchange?.release();
    this.#letGo(conn);
    this.endClient(conn);
    this.touch(conn, conn.isBlocked ? this.timeouts.stallMs : this.timeouts.lingerMs, now);
    this.flow(conn);
  }

  /** Drops the connection at once, so that the client sees that its answer is not whole. */
  abort(conn: ClientConnection): void {
    conn.phase = "linger";
    conn.exchange?.release();
    this.dropTarget(conn);
    this.#effects.destroy(conn.slot);
    conn.unsentOctets = 0;
    this.#letGo(conn);
  }

  /** Drops what a connection holds for requests: none will follow. */
  #letGo(conn: ClientConnection): void {
    conn.pending.clear();
    conn.out.release(0);
    conn.body.release();
    this.held.count(conn);
  }

  /** Drops the connection to the target, where there is one: the request is over there. */
  dropTarget(conn: ClientConnection): void {
    this.leave(conn);
    this.detachTarget(conn);
  }

  /** Drops the connection to the target, where there is one; the request may go on over another. */
  detachTarget(conn: ClientConnection): void {
    const { target } = conn;
    if (!target) return;
    conn.target = undefined;
    target.client = undefined;
    this.destroyTarget(target);
  }

  /** Says that nothing of the request is under way at its target any more. */
  leave(conn: ClientConnection): void {
    const { counted } = conn;
    if (!counted) return;
    conn.counted = undefined;
    counted.leave();
  }

  /** Drops a connection to a target at once. */
  destroyTarget(target: TargetConnection): void {
    this.#effects.destroy(target.slot);
    target.pending.clear();
    target.body.release();
    target.unsentOctets = 0;
    this.held.count(target);
  }

  /** Forgets a client that has no connection: nothing of it is waited for or held any more. */
  forget(conn: ClientConnection): void {
    this.#deadlines.remove(conn);
    conn.unsentOctets = 0;
    this.held.forget(conn);
  }

  /** Writes a request's head for its target into `conn.out`. @param rewrite  what of it is another's */
  writeRequest(conn: ClientConnection, octets: Uint8Array, start: number, rewrite?: RequestRewrite): void {
    writeRequestHead(conn.out, conn.head, octets, start, this.contextOf(conn), rewrite);
  }

  /** What the heads of a connection's requests are written with. */
  contextOf(conn: ClientConnection): RequestContext {
    conn.context ??= makeRequestContext(conn.peer, conn.local, conn.localText, {
      pseudonym: this.policy.pseudonym,
      writesForwarded: this.policy.writesForwarded,
      trustsPeer: this.policy.trustsPeer(conn.peer),
      scheme: this.policy.scheme(conn.listener),
    });
    return conn.context;
  }

  /** Writes an answer of the relay's own, whole. */
  writeAnswer(conn: ClientConnection, answer: OwnAnswer, now: Now): void {
    this.scratch.clear();
    writeOwnAnswer(this.scratch, answer, {
      isHead: conn.head.method === Method.HEAD,
      closes: conn.closes,
      clientMinorVersion: conn.head.minorVersion,
      date: this.dateClock.text(now.wall),
    });
    this.counters.ownAnswers++;
    conn.counters?.countOwnAnswer(answer.status);
    this.countResponse(conn, answer.status);
    if (conn.traced) {
      const { status, content } = answer;
      const reason = reasonPhrase(status);
      const failure = status >= 400 ? content.trim() : undefined;
      this.passed(conn, { status, reason, contentOctets: content.length, failure }, now);
    }
    this.flush(conn);
  }

  /** Counts a final response to a client, for the relay and for the resource that was asked for. */
  countResponse({ counters }: ClientConnection, status: number): void {
    this.counters.countResponse(status);
    counters?.countResponse(status);
  }

  /** Writes to the target. Where it cannot take more, the client is no longer read from. */
  toTarget(conn: ClientConnection, octets: Uint8Array): void {
    const { target } = conn;
    if (!target) return;
    if (conn.counted) conn.counted.traffic.octetsToTarget += octets.length;
    if (this.#effects.write(target.slot, octets)) return;
    target.isBlocked = true;
    target.unsentOctets += octets.length;
    this.held.count(target);
    this.flow(conn);
  }

  /** Writes to the client. Where it cannot take more, the target is no longer read from. */
  toClient(conn: ClientConnection, octets: Uint8Array): void {
    this.counters.octetsToClients += octets.length;
    if (conn.counters) conn.counters.octetsToClients += octets.length;
    if (this.#effects.write(conn.slot, octets)) return;
    conn.isBlocked = true;
    conn.unsentOctets += octets.length;
    this.held.count(conn);
    if (conn.target) this.setTargetPaused(conn.target, true);
  }

  /** Writes a run of content, after the head where that is still to be written. */
  emit(conn: ClientConnection, octets: Uint8Array, from: number, to: number): void {
    if (this.scratch.length > 0 && to - from <= joinedOctets) {
      this.scratch.copy(octets, from, to);
      this.flush(conn);
      return;
    }
    this.flush(conn);
    this.toClient(conn, octets.subarray(from, to));
  }

  /** Writes the head that waits in the scratch buffer. */
  flush(conn: ClientConnection): void {
    if (this.scratch.length === 0) return;
    this.toClient(conn, this.scratch.view());
    this.scratch.clear();
  }

  /** Stops reading from a target, or goes on. */
  setTargetPaused(target: TargetConnection, isPaused: boolean): void {
    if (target.isPaused === isPaused) return;
    target.isPaused = isPaused;
    if (isPaused) this.#effects.pause(target.slot);
    else this.#effects.resume(target.slot);
  }

  /** Reads from a client, or stops, by whether what it sends has a place to go. */
  flow(conn: ClientConnection): void {
    this.held.count(conn);
    let isPaused = false;
    if (conn.phase === "body" || conn.phase === "tunnel") isPaused = conn.target?.isBlocked === true;
    else if (conn.phase === "held" || conn.phase === "sent" || conn.isBlocked) {
      isPaused = conn.phase !== "linger" && conn.pending.length >= this.limits.pendingOctets;
    }
    if (conn.isPaused === isPaused) return;
    conn.isPaused = isPaused;
    if (isPaused) this.#effects.pause(conn.slot);
    else this.#effects.resume(conn.slot);
  }

  /** Gives a connection time from now on. */
  touch(conn: ClientConnection, forMs: number, now: Now): void {
    this.#deadlines.set(conn, now.monotonic + forMs);
  }

  /**
   * Gives a connection time for content that has arrived: as long as it may take at the least rate, and no more than between two
   * pieces. So content that drips runs out of time, and a pause is forgiven to what has kept up.
   */
  credit(conn: ClientConnection, octets: number, now: Now): void {
    const earned = conn.deadline + (octets * 1000) / this.limits.contentOctetsPerSecond;
    this.#deadlines.set(conn, Math.min(earned, now.monotonic + this.timeouts.bodyMs));
  }

  /** Tells how a traced request went, once. */
  passed(conn: ClientConnection, end: PassageEnd, now: Now): void {
    const { traced } = conn;
    if (!traced) return;
    conn.traced = undefined;
    const { status, reason = "", server, contentOctets = 0, failure } = end;
    const { id: traceId, question, beganAt, tries, target, responseLines = [], firstByteAt } = traced;
    const { exchange } = conn;
    this.policy.passed?.(
      {
        traceId,
        question,
        server,
        status,
        reason,
        contentOctets,
        tries,
        target,
        refusal: traced.refusal,
        responseLines,
        firstByteMs: firstByteAt === undefined ? undefined : firstByteAt - beganAt,
        tookMs: now.monotonic - beganAt,
        failure,
        cache: traced.cache ?? (exchange ? describePassed(exchange, undefined) : undefined),
      },
      now,
    );
  }

  /** Ends the sending direction to the client, once. */
  endClient(conn: ClientConnection): void {
    if (conn.isWriteEnded) return;
    conn.isWriteEnded = true;
    this.#effects.end(conn.slot);
  }

  /** Ends the sending direction to a target, once. */
  endTarget(target: TargetConnection): void {
    if (target.isWriteEnded) return;
    target.isWriteEnded = true;
    this.#effects.end(target.slot);
  }
}
