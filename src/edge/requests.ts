// The client's side of a relay: reads requests one after the other, has the policy decide, passes each on to the first target that
// can be reached, and answers in a target's place where there is none (RFC 9110 section 7, RFC 9112). Hot path, guarded by
// bench/relay.ts. What targets send back is in responses.ts.

import { BodyStatus, Framing, HeadStatus, type HttpFailureCode, writeTrailers } from "#http";
import type { Now } from "#engine";
import type { EdgeCache } from "./cache/edge-cache.ts";
import { Fetch } from "./cache/fetch.ts";
import type { ClientConnection, ConnectionTable, TargetConnection, TargetPool } from "./connections.ts";
import type { RelayFlow } from "./flow.ts";
import { passesUpgrade, questionOf, upgradesOf } from "./heads.ts";
import type { CacheDecision, Decision, OwnAnswer } from "./policy.ts";
import { malformedAnswer, refusalOf, sentence, targetAnswer } from "./refusals.ts";
import { CurrentRequest } from "./request-view.ts";
import { countAt, destinationOf, lastTried } from "./tries.ts";

/** @see RFC 9110 section 15.5.14 */
const tooMuchContent = sentence(413, "The request has more content than is taken here.");

/** The requests of one relay. */
export class Requests {
  readonly #flow: RelayFlow;
  readonly #pool: TargetPool;
  readonly #table: ConnectionTable;
  readonly #view: CurrentRequest;
  #cache: EdgeCache | undefined = undefined;

  /** @param table  where connections to targets are entered as they are opened */
  constructor(flow: RelayFlow, pool: TargetPool, table: ConnectionTable) {
    this.#flow = flow;
    this.#pool = pool;
    this.#table = table;
    this.#view = new CurrentRequest((conn, serial, decision, now) => this.#late(conn, serial, decision, now));
  }

  /** Takes the cache that requests to distributions go to. */
  set cache(cache: EdgeCache) {
    this.#cache = cache;
  }

  /** Octets of a client have arrived. */
  received(conn: ClientConnection, input: Uint8Array, length: number, now: Now): void {
    this.#flow.counters.octetsFromClients += length;
    if (conn.phase === "linger") return;
    if (conn.pending.length > 0) {
      conn.pending.append(input, 0, length);
      this.resume(conn, now);
      return;
    }
    const used = this.#consume(conn, input, 0, length, now);
    conn.pending.append(input, used, length);
    this.#flow.flow(conn);
  }

  /** Goes on with what a client has sent, as far as that has a place to go by now. */
  resume(conn: ClientConnection, now: Now): void {
    if (conn.isConsuming) return;
    const { pending } = conn;
    if (pending.length > 0)
      pending.take(this.#consume(conn, pending.octets, pending.start, pending.end, now));
    if (conn.hasEnded) this.#consumeEnd(conn, now);
    this.#flow.flow(conn);
  }

  /** Uses what a client sent as far as its phase allows. Returns the offset of what is left. */
  #consume(conn: ClientConnection, octets: Uint8Array, from: number, end: number, now: Now): number {
    conn.isConsuming = true;
    let at = from;
    while (at < end && !(conn.phase === "head" && conn.isBlocked)) {
      if (conn.phase === "head") {
        const status = conn.head.parse(octets, at, end);
        if (status === HeadStatus.More) {
          if (!conn.hasBegunHead && conn.head.hasBegun) {
            conn.hasBegunHead = true;
            this.#flow.touch(conn, this.#flow.timeouts.headMs, now);
          }
          break;
        }
        if (status === HeadStatus.Failed) {
          this.#refuse(conn, conn.head.failure?.code, now);
          break;
        }
        const start = at;
        at += conn.head.length;
        this.#request(conn, octets, start, now);
      } else if (conn.phase === "body") {
        const from = at;
        const status = conn.body.read(octets, at, end);
        at = conn.body.at;
        this.#countContent(conn, at - from);
        if (status === BodyStatus.Failed) {
          this.#refuse(conn, conn.body.failure?.code, now);
          break;
        }
        if (conn.body.contentOctets > this.#flow.limits.contentOctets) {
          conn.closes = true;
          this.fail(conn, tooMuchContent, now);
          break;
        }
        if (conn.body.to > conn.body.from)
          this.#flow.toTarget(conn, octets.subarray(conn.body.from, conn.body.to));
        if (status === BodyStatus.Done) this.#endRequest(conn, now);
        else this.#flow.credit(conn, at - from, now);
      } else if (conn.phase === "tunnel") {
        this.#flow.touch(conn, this.#flow.timeouts.tunnelMs, now);
        this.#countContent(conn, end - at);
        this.#flow.toTarget(conn, octets.subarray(at, end));
        at = end;
      } else break;
    }
    conn.isConsuming = false;
    return conn.phase === "linger" ? end : at;
  }

  /** What follows once a client sends no more, and all that it sent was used as far as it can be now. */
  #consumeEnd(conn: ClientConnection, now: Now): void {
    if (conn.phase === "head" && !conn.isBlocked) this.#flow.linger(conn, now);
    // RFC 9112 section 8: an incomplete request is not served.
    else if (conn.phase === "body")
      this.fail(conn, sentence(400, "The request ended before its content was whole."), now);
    else if (conn.phase === "tunnel" && conn.target) this.#flow.endTarget(conn.target);
  }

  #request(conn: ClientConnection, octets: Uint8Array, start: number, now: Now): void {
    const { head } = conn;
    this.#flow.counters.requests++;
    conn.serial++;
    conn.phase = "held";
    conn.body.begin(head.framing, head.contentLength, true);
    conn.closes = !head.keepsAlive || this.#flow.drain.isOn;
    conn.isRequestDone = head.framing === Framing.None;
    conn.upgrades = passesUpgrade(head, octets, start);
    if (conn.upgrades) conn.offered = upgradesOf(head, octets, start);
    const { policy, limits } = this.#flow;
    const refusal =
      head.contentLength > limits.contentOctets
        ? tooMuchContent
        : refusalOf(head, octets, start, policy, policy.scheme(conn.listener), limits.passages);
    if (refusal) {
      if (conn.counters) conn.counters.octetsFromClients += head.length;
      this.answer(conn, refusal, now);
      return;
    }
    this.#view.show(conn, octets, start);
    const traceId = this.#flow.policy.passed && this.#view.traceId;
    if (traceId !== undefined) {
      const scheme = this.#flow.policy.scheme(conn.listener);
      conn.traced = {
        id: traceId,
        question: questionOf(scheme, this.#view),
        beganAt: now.monotonic,
        tries: [],
      };
    }
    conn.isDeciding = true;
    const decision = this.#flow.policy.decide(this.#view, now) ?? conn.decided;
    conn.isDeciding = false;
    if (decision?.kind === "cache") {
      conn.counters = decision.site.resource;
      conn.counters.octetsFromClients += head.length;
      this.#cache?.request(conn, octets, start, decision.site, now);
      return;
    }
    if (decision?.kind !== "answer") this.#flow.writeRequest(conn, octets, start);
    if (decision) this.act(conn, decision, now);
    else this.#flow.touch(conn, this.#flow.timeouts.decideMs, now);
  }

  /** Takes a decision that came after `decide` returned undefined, if it is still waited for. */
  #late(conn: ClientConnection, serial: number, decision: Decision, now: Now): void {
    if (conn.serial !== serial || conn.phase !== "held" || conn.decided) return;
    conn.decided = decision;
    if (conn.isDeciding || decision.kind === "cache") return;
    this.act(conn, decision, now);
    this.resume(conn, now);
  }

  #countContent({ counters }: ClientConnection, octets: number): void {
    if (!counters) return;
    counters.octetsFromClients += octets;
    counters.contentOctetsFromClients += octets;
  }

  /** Does with a request what was decided. Its head for the target lies in `conn.out`. */
  act(conn: ClientConnection, decision: Exclude<Decision, CacheDecision>, now: Now): void {
    if (decision.kind !== "tunnel" && decision.counters) conn.counters = decision.counters;
    // Of a request to a distribution that is counted already.
    if (conn.counters && !conn.exchange) conn.counters.octetsFromClients += conn.head.length;
    if (decision.kind === "answer") {
      this.answer(conn, decision, now);
      return;
    }
    conn.decided = decision;
    conn.isTunnel = decision.kind === "tunnel";
    conn.destinations = decision.destinations;
    conn.first = decision.kind === "forward" ? decision.first : 0;
    conn.label = decision.label;
    if (decision.kind === "forward" && decision.target) {
      countAt(conn, decision.target);
      conn.setsCookie = decision.setsCookie === true;
    }
    this.dispatch(conn, now);
  }

  /** Sends the request to the next destination: over an idle connection, or a new one. */
  dispatch(conn: ClientConnection, now: Now): void {
    const destination = destinationOf(conn);
    if (!destination) {
      this.#flow.counters.targetFailures++;
      const where = lastTried(conn)?.key;
      this.fail(conn, targetAnswer(conn.label, where, conn.lastFailure ?? "unreachable", conn.peer), now);
      return;
    }
    const needsFresh = conn.isTunnel || conn.upgrades || conn.hasRetried || conn.hasMoved;
    const idle = needsFresh ? undefined : this.#pool.take(destination.key);
    const target = idle ?? this.#pool.connect(destination);
    target.client = conn;
    conn.target = target;
    if (idle) {
      this.#flow.counters.targetConnectionsReused++;
      this.sendRequest(conn, target, now);
    } else {
      this.#flow.counters.targetConnections++;
      this.#table[target.slot] = target;
      this.#flow.touch(conn, this.#flow.timeouts.connectMs, now);
    }
  }

  /** Writes the request to its target, which is open. */
  sendRequest(conn: ClientConnection, target: TargetConnection, now: Now): void {
    target.hasAnswered = target.isInBody = false;
    target.head.reset();
    conn.phase = conn.isRequestDone ? "sent" : "body";
    conn.sentAt = now.monotonic;
    this.#flow.touch(
      conn,
      conn.isRequestDone ? conn.responseMs || this.#flow.timeouts.responseMs : this.#flow.timeouts.bodyMs,
      now,
    );
    this.#flow.toTarget(conn, conn.out.view());
    this.resume(conn, now);
  }

  #endRequest(conn: ClientConnection, now: Now): void {
    if (conn.body.trailers) {
      this.#flow.scratch.clear();
      writeTrailers(this.#flow.scratch, conn.body);
      this.#flow.toTarget(conn, this.#flow.scratch.view());
      this.#flow.scratch.clear();
    }
    conn.isRequestDone = true;
    conn.phase = "sent";
    conn.sentAt = now.monotonic;
    this.#flow.touch(conn, conn.responseMs || this.#flow.timeouts.responseMs, now);
  }

  #refuse(conn: ClientConnection, code: HttpFailureCode | undefined, now: Now): void {
    this.#flow.counters.malformed++;
    conn.closes = true;
    this.fail(conn, malformedAnswer(code ?? "field-value-malformed"), now);
  }

  /** Answers in place of the target, or drops the connection where the target's answer is under way. */
  fail(conn: ClientConnection, answer: OwnAnswer, now: Now): void {
    this.#flow.dropTarget(conn);
    if (!conn.hasResponse || conn instanceof Fetch) {
      this.answer(conn, answer, now);
      return;
    }
    this.#flow.passed(conn, { status: 0, failure: answer.content.trim() }, now);
    this.#flow.abort(conn);
  }

  /** Answers a request in the relay's own words. */
  answer(conn: ClientConnection, answer: OwnAnswer, now: Now): void {
    this.#flow.leave(conn);
    // What answers in a target's place is its resource, whoever the visitor asked.
    if (conn.originCounters !== conn.counters) conn.originCounters?.countOwnAnswer(answer.status);
    if (conn instanceof Fetch) {
      this.#cache?.responses.failed(conn, answer, now);
      return;
    }
    conn.exchange?.release();
    // What is left of the request's content would be read as the next request.
    conn.closes ||= !conn.body.isDone;
    this.#flow.writeAnswer(conn, answer, now);
    this.next(conn, now);
  }

  /** Goes on to the next request, or ends the connection. */
  next(conn: ClientConnection, now: Now): void {
    if (conn.closes) {
      this.#flow.linger(conn, now);
      return;
    }
    conn.reset();
    this.#flow.touch(conn, this.#flow.timeouts.idleMs, now);
    this.resume(conn, now);
  }
}
