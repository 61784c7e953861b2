// The HTTP/1.1 relay (RFC 9110 section 7, RFC 9112): an engine that reads requests from clients, has a policy decide where
// they go, and passes content both ways as it comes. Hot path. Content is never stored: what arrives is written on from the
// driver's buffer, and a side that cannot take more pauses the other. Requests on one connection are answered one after
// another, in order. It does not cache, balance by load or probe health.
//
// A message that is cut off is never passed on as whole: a client learns of it by the end of its connection.

import type { Counters } from "#contract";
import { type Effects, type Endpoint, type Engine, type IoFailure, type Now } from "#engine";
import { BodyStatus, Framing, HeadStatus, type HttpFailureCode, isIdempotent, writeTrailers } from "#http";
import { ClientConnection, type TargetConnection, TargetPool } from "./connections.ts";
import { RelayCounters } from "./counters.ts";
import { Deadlines } from "./deadlines.ts";
import { Drain } from "./drain.ts";
import { RelayFlow } from "./flow.ts";
import { passesUpgrade, questionOf } from "./heads.ts";
import type { Decision, OwnAnswer, RelayPolicy } from "./policy.ts";
import { malformedAnswer, refusalOf, sentence, targetAnswer } from "./refusals.ts";
import { CurrentRequest } from "./request-view.ts";
import { passResponseHead } from "./responses.ts";
import { defaultLimits, defaultTimeouts, type RelayLimits, type RelayTimeouts } from "./settings.ts";

/** What a relay can be given beside its policy. */
export interface RelayOptions {
  readonly timeouts?: Partial<RelayTimeouts>;
  readonly limits?: Partial<RelayLimits>;
}

/** The relay, as an engine. */
export class Relay implements Engine {
  readonly #counters = new RelayCounters();
  readonly #policy: RelayPolicy;
  readonly #timeouts: RelayTimeouts;
  readonly #limits: RelayLimits;
  readonly #view: CurrentRequest;
  readonly #bySlot: (ClientConnection | TargetConnection | undefined)[] = [];
  readonly #clients = new Set<ClientConnection>();
  #effects!: Effects;
  #deadlines!: Deadlines<ClientConnection | TargetConnection>;
  #pool!: TargetPool;
  #flow!: RelayFlow;
  readonly #drain = new Drain();

  constructor(policy: RelayPolicy, options: RelayOptions = {}) {
    this.#policy = policy;
    this.#timeouts = { ...defaultTimeouts, ...options.timeouts };
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#view = new CurrentRequest((conn, serial, decision, now) => this.#late(conn, serial, decision, now));
  }

  start(effects: Effects): void {
    this.#effects = effects;
    this.#deadlines = new Deadlines(effects, (item, now) => this.#expire(item, now));
    this.#pool = new TargetPool(effects, this.#deadlines);
    this.#flow = new RelayFlow(
      effects,
      this.#deadlines,
      this.#policy,
      this.#counters,
      this.#timeouts,
      this.#limits,
    );
  }

  /** The counters by name; all but `openConnections` only grow. */
  readCounters(): Counters {
    return this.#counters.toRecord();
  }

  /** Ends the idle connections to destinations that are no longer wanted. */
  retainDestinations(isWanted: (key: string) => boolean): void {
    // Routes may be set before the start; then there is no connection yet.
    (this.#pool as TargetPool | undefined)?.retain(isWanted);
  }

  /**
   * Stops gracefully: idle connections end, requests under way are finished, new ones are told 503.
   * @param graceMs  after which what is left (such as tunnels) is dropped
   * @param done  called once no client is left
   */
  drain(graceMs: number, now: Now, done: () => void): void {
    this.#pool.retain(() => false);
    this.#drain.begin(this.#effects, graceMs, now, done);
    for (const conn of this.#clients) {
      if (conn.phase === "head" && !conn.hasBegunHead && conn.pending.length === 0)
        this.#flow.linger(conn, now);
    }
    this.#drain.check(this.#clients.size);
  }

  // Events of clients.

  accepted(slot: number, listener: number, from: Endpoint, to: Endpoint, now: Now): void {
    const conn = new ClientConnection(slot, listener, from, to);
    this.#bySlot[slot] = conn;
    this.#clients.add(conn);
    this.#counters.connections++;
    this.#counters.openConnections++;
    if (this.#drain.isOn || this.#clients.size > this.#limits.clientConnections) {
      this.#counters.connectionsRefused++;
      conn.closes = true;
      this.#answer(conn, sentence(503, "This server takes no more connections for now."), now);
      return;
    }
    this.#flow.touch(conn, this.#timeouts.idleMs, now);
  }

  connected(slot: number, now: Now): void {
    const target = this.#bySlot[slot];
    if (target?.kind !== "target") return;
    target.isOpen = true;
    const conn = target.client;
    if (!conn) return;
    if (!conn.isTunnel) {
      this.#sendRequest(conn, target, now);
      return;
    }
    this.#flow.scratch.clear();
    this.#flow.scratch.text("HTTP/1.1 200 Connection established\r\n\r\n");
    this.#counters.countResponse(200);
    this.#openTunnel(conn, target, 200, now);
    this.#consumePending(conn, now);
  }

  received(slot: number, input: Uint8Array, length: number, now: Now): void {
    const connection = this.#bySlot[slot];
    if (connection?.kind === "target") this.#targetOctets(connection, input, length, now);
    else if (connection) this.#clientOctets(connection, input, length, now);
  }

  drained(slot: number, now: Now): void {
    const connection = this.#bySlot[slot];
    if (!connection) return;
    connection.isBlocked = false;
    if (connection.kind === "target") {
      if (connection.client) this.#flow.flow(connection.client);
      return;
    }
    if (connection.target) this.#flow.setTargetPaused(connection.target, false);
    if (connection.phase === "linger") this.#flow.touch(connection, this.#timeouts.lingerMs, now);
    else this.#consumePending(connection, now);
  }

  ended(slot: number, now: Now): void {
    const connection = this.#bySlot[slot];
    if (connection?.kind === "target") this.#targetEnded(connection, now);
    else if (connection) {
      connection.hasEnded = true;
      if (connection.phase === "tunnel" && connection.target) this.#flow.endTarget(connection.target);
      else this.#consumePending(connection, now);
    }
  }

  closed(slot: number, failure: IoFailure | undefined, now: Now): void {
    const connection = this.#bySlot[slot];
    if (!connection) return;
    this.#bySlot[slot] = undefined;
    if (connection.kind === "target") {
      this.#targetClosed(connection, failure, now);
      return;
    }
    connection.phase = "linger";
    this.#deadlines.remove(connection);
    this.#flow.dropTarget(connection);
    this.#flow.passed(
      connection,
      0,
      "",
      undefined,
      0,
      "the visitor went away before the answer was whole",
      now,
    );
    if (this.#clients.delete(connection)) this.#counters.openConnections--;
    this.#drain.check(this.#clients.size);
  }

  timer(id: number, now: Now): void {
    if (this.#deadlines.fired(id, now) || !this.#drain.isOver(id)) return;
    for (const conn of this.#clients) this.#flow.abort(conn);
  }

  // Requests.

  #clientOctets(conn: ClientConnection, input: Uint8Array, length: number, now: Now): void {
    this.#counters.octetsFromClients += length;
    if (conn.phase === "linger") return;
    if (conn.pending.length > 0) {
      conn.pending.append(input, 0, length);
      this.#consumePending(conn, now);
      return;
    }
    const used = this.#consume(conn, input, 0, length, now);
    conn.pending.append(input, used, length);
    this.#flow.flow(conn);
  }

  #consumePending(conn: ClientConnection, now: Now): void {
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
            this.#flow.touch(conn, this.#timeouts.headMs, now);
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
        const status = conn.body.read(octets, at, end);
        at = conn.body.at;
        if (status === BodyStatus.Failed) {
          this.#refuse(conn, conn.body.failure?.code, now);
          break;
        }
        if (conn.body.to > conn.body.from)
          this.#flow.toTarget(conn, octets.subarray(conn.body.from, conn.body.to));
        if (status === BodyStatus.Done) this.#endRequest(conn, now);
        else if (status === BodyStatus.More) this.#flow.touch(conn, this.#timeouts.bodyMs, now);
      } else if (conn.phase === "tunnel") {
        this.#flow.touch(conn, this.#timeouts.tunnelMs, now);
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
      this.#fail(conn, sentence(400, "The request ended before its content was whole."), now);
    else if (conn.phase === "tunnel" && conn.target) this.#flow.endTarget(conn.target);
  }

  #request(conn: ClientConnection, octets: Uint8Array, start: number, now: Now): void {
    const { head } = conn;
    this.#counters.requests++;
    conn.serial++;
    conn.phase = "held";
    conn.body.begin(head.framing, head.contentLength, true);
    conn.closes = !head.keepsAlive || this.#drain.isOn;
    conn.isRequestDone = head.framing === Framing.None;
    conn.upgrades = passesUpgrade(head, octets, start);
    const refusal = refusalOf(head, octets, start, this.#policy, this.#limits.passages);
    if (refusal) {
      this.#answer(conn, refusal, now);
      return;
    }
    this.#view.show(conn, octets, start);
    const traceId = this.#policy.passed && this.#view.traceId;
    if (traceId !== undefined) {
      const scheme = this.#policy.scheme(conn.listener);
      conn.traced = { id: traceId, question: questionOf(scheme, this.#view), beganAt: now.monotonic };
    }
    conn.isDeciding = true;
    const decision = this.#policy.decide(this.#view, now) ?? conn.decided;
    conn.isDeciding = false;
    if (decision?.kind !== "answer") this.#flow.writeRequest(conn, octets, start);
    if (decision) this.#act(conn, decision, now);
    else this.#flow.touch(conn, this.#timeouts.decideMs, now);
  }

  /** Takes a decision that came after `decide` returned undefined, if it is still waited for. */
  #late(conn: ClientConnection, serial: number, decision: Decision, now: Now): void {
    if (conn.serial !== serial || conn.phase !== "held" || conn.decided) return;
    conn.decided = decision;
    if (conn.isDeciding) return;
    this.#act(conn, decision, now);
    this.#consumePending(conn, now);
  }

  #act(conn: ClientConnection, decision: Decision, now: Now): void {
    if (decision.kind === "answer") {
      this.#answer(conn, decision, now);
      return;
    }
    conn.decided = decision;
    conn.isTunnel = decision.kind === "tunnel";
    conn.destinations = decision.destinations;
    conn.first = decision.kind === "forward" ? decision.first : 0;
    conn.label = decision.label;
    this.#dispatch(conn, now);
  }

  /** Sends the request to the next destination: over an idle connection, or a new one. */
  #dispatch(conn: ClientConnection, now: Now): void {
    const count = conn.destinations.length;
    const destination = conn.destinations[(conn.first + Math.min(conn.tried, count - 1)) % count];
    if (!destination || conn.tried >= count) {
      this.#counters.targetFailures++;
      const where = destination?.key;
      this.#fail(conn, targetAnswer(conn.label, where, conn.lastFailure ?? "unreachable", conn.peer), now);
      return;
    }
    const needsFresh = conn.isTunnel || conn.upgrades || conn.hasRetried;
    const idle = needsFresh ? undefined : this.#pool.take(destination.key);
    const target = idle ?? this.#pool.connect(destination);
    target.client = conn;
    conn.target = target;
    if (idle) {
      this.#counters.targetConnectionsReused++;
      this.#sendRequest(conn, target, now);
    } else {
      this.#counters.targetConnections++;
      this.#bySlot[target.slot] = target;
      this.#flow.touch(conn, this.#timeouts.connectMs, now);
    }
  }

  #sendRequest(conn: ClientConnection, target: TargetConnection, now: Now): void {
    target.hasAnswered = target.isInBody = false;
    target.head.reset();
    conn.phase = conn.isRequestDone ? "sent" : "body";
    this.#flow.touch(conn, conn.isRequestDone ? this.#timeouts.responseMs : this.#timeouts.bodyMs, now);
    this.#flow.toTarget(conn, conn.out.view());
    this.#consumePending(conn, now);
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
    this.#flow.touch(conn, this.#timeouts.responseMs, now);
  }

  // Responses.

  #targetOctets(target: TargetConnection, input: Uint8Array, length: number, now: Now): void {
    const conn = target.client;
    if (!conn) {
      // Nothing was asked: whatever this is, it must not be taken for the next answer.
      this.#pool.remove(target);
      this.#effects.destroy(target.slot);
      return;
    }
    if (conn.phase === "tunnel") {
      this.#flow.touch(conn, this.#timeouts.tunnelMs, now);
      this.#flow.toClient(conn, input.subarray(0, length));
      return;
    }
    target.hasAnswered = true;
    this.#flow.touch(conn, this.#timeouts.responseMs, now);
    this.#flow.scratch.clear();
    const { pending } = target;
    if (pending.length === 0) {
      pending.append(input, this.#respond(conn, target, input, 0, length, now), length);
    } else {
      pending.append(input, 0, length);
      pending.take(this.#respond(conn, target, pending.octets, pending.start, pending.end, now));
    }
  }

  /** Passes a response on. Returns the offset of what is left: a part of a head. */
  #respond(
    conn: ClientConnection,
    target: TargetConnection,
    octets: Uint8Array,
    from: number,
    end: number,
    now: Now,
  ): number {
    let at = from;
    for (;;) {
      if (!target.isInBody) {
        const status = target.head.parse(octets, at, end);
        if (status === HeadStatus.Failed) {
          this.#targetFault(conn, `its response is malformed (${target.head.failure?.code})`, now);
          return end;
        }
        if (status === HeadStatus.More) break;
        const start = at;
        at += target.head.length;
        const fault = passResponseHead(this.#flow, conn, target, octets, start, this.#drain.isOn, now);
        if (fault !== undefined) {
          this.#targetFault(conn, fault, now);
          return end;
        }
        if (conn.isTunnel) {
          this.#counters.countResponse(101);
          this.#openTunnel(conn, target, 101, now);
          if (at < end) this.#flow.toClient(conn, octets.subarray(at, end));
          this.#consumePending(conn, now);
          return end;
        }
        continue;
      }
      const { body } = target;
      const status = body.read(octets, at, end);
      at = body.at;
      if (status === BodyStatus.Failed) {
        this.#targetFault(conn, `its response is malformed (${body.failure?.code})`, now);
        return end;
      }
      if (body.to > body.from) this.#flow.emit(conn, octets, body.from, body.to);
      if (status === BodyStatus.Again) continue;
      if (status === BodyStatus.More) break;
      if (body.trailers && conn.head.minorVersion === 1) writeTrailers(this.#flow.scratch, body);
      this.#flow.flush(conn);
      this.#endResponse(conn, target, at === end, now);
      return end;
    }
    this.#flow.flush(conn);
    return at;
  }

  #endResponse(conn: ClientConnection, target: TargetConnection, isClean: boolean, now: Now): void {
    const { status, keepsAlive } = target.head;
    this.#flow.passed(
      conn,
      status,
      conn.traced?.reason ?? "",
      target.destination.key,
      target.body.contentOctets,
      undefined,
      now,
    );
    const isKept =
      keepsAlive &&
      isClean &&
      target.framing !== Framing.UntilClose &&
      conn.isRequestDone &&
      !target.isBlocked &&
      !this.#drain.isOn;
    conn.target = undefined;
    target.client = undefined;
    target.pending.take(target.pending.end);
    if (isKept) {
      this.#flow.setTargetPaused(target, false);
      this.#pool.put(target, now.monotonic + this.#timeouts.upstreamIdleMs, this.#limits.idlePerTarget);
    } else this.#effects.destroy(target.slot);
    this.#next(conn, now);
  }

  /** Goes on to the next request, or ends the connection. */
  #next(conn: ClientConnection, now: Now): void {
    if (conn.closes) {
      this.#flow.linger(conn, now);
      return;
    }
    conn.reset();
    this.#flow.touch(conn, this.#timeouts.idleMs, now);
    this.#consumePending(conn, now);
  }

  #openTunnel(conn: ClientConnection, target: TargetConnection, status: number, now: Now): void {
    this.#counters.tunnels++;
    this.#flow.flush(conn);
    this.#flow.passed(conn, status, "", target.destination.key, 0, undefined, now);
    conn.phase = "tunnel";
    this.#flow.touch(conn, this.#timeouts.tunnelMs, now);
  }

  // Ends and failures of targets.

  #targetEnded(target: TargetConnection, now: Now): void {
    const conn = target.client;
    if (conn?.phase === "tunnel") {
      this.#flow.endClient(conn);
      return;
    }
    this.#pool.remove(target);
    if (conn) this.#targetLost(conn, target, undefined, now);
    this.#effects.destroy(target.slot);
  }

  #targetClosed(target: TargetConnection, failure: IoFailure | undefined, now: Now): void {
    this.#pool.remove(target);
    const conn = target.client;
    if (!conn) return;
    if (!target.isOpen) {
      this.#unreached(conn, failure ?? "reset", now);
    } else if (conn.phase === "tunnel") {
      conn.target = undefined;
      if (failure) this.#flow.abort(conn);
      else this.#flow.linger(conn, now);
    } else this.#targetLost(conn, target, failure, now);
  }

  /** A destination could not be connected to: nothing was sent, so any request may go to the next one. */
  #unreached(conn: ClientConnection, failure: IoFailure, now: Now): void {
    conn.target = undefined;
    conn.lastFailure = failure;
    conn.tried++;
    this.#dispatch(conn, now);
    this.#consumePending(conn, now);
  }

  /** A target's connection came to its end with a request on it. */
  #targetLost(
    conn: ClientConnection,
    target: TargetConnection,
    failure: IoFailure | undefined,
    now: Now,
  ): void {
    if (target.isInBody && failure === undefined && target.body.end()) {
      this.#endResponse(conn, target, false, now);
      return;
    }
    target.client = undefined;
    conn.target = undefined;
    // RFC 9110 section 9.2.2: a connection that was idle may have been closing while the request was on its way.
    const mayRetry =
      target.isReused &&
      !target.hasAnswered &&
      !conn.hasRetried &&
      conn.head.framing === Framing.None &&
      isIdempotent(conn.head.method);
    if (mayRetry) {
      conn.hasRetried = true;
      conn.phase = "held";
      this.#counters.retries++;
      this.#dispatch(conn, now);
      return;
    }
    this.#targetFault(
      conn,
      failure ?? "it closed the connection before its response was whole",
      now,
      target.destination.key,
    );
  }

  /** A target did not answer as it should: 502, or the end of the connection where the answer is under way. */
  #targetFault(
    conn: ClientConnection,
    what: string,
    now: Now,
    key: string | undefined = conn.target?.destination.key,
  ): void {
    this.#counters.targetFailures++;
    this.#flow.scratch.clear();
    this.#fail(conn, targetAnswer(conn.label, key, what, conn.peer), now);
  }

  // Answers of the relay's own, and ends.

  #refuse(conn: ClientConnection, code: HttpFailureCode | undefined, now: Now): void {
    this.#counters.malformed++;
    conn.closes = true;
    this.#fail(conn, malformedAnswer(code ?? "field-value-malformed"), now);
  }

  /** Answers in place of the target, or drops the connection where the target's answer is under way. */
  #fail(conn: ClientConnection, answer: OwnAnswer, now: Now): void {
    this.#flow.dropTarget(conn);
    if (!conn.hasResponse) {
      this.#answer(conn, answer, now);
      return;
    }
    this.#flow.passed(conn, 0, "", undefined, 0, answer.content.trim(), now);
    this.#flow.abort(conn);
  }

  #answer(conn: ClientConnection, answer: OwnAnswer, now: Now): void {
    // What is left of the request's content would be read as the next request.
    conn.closes ||= !conn.body.isDone;
    this.#flow.writeAnswer(conn, answer, now);
    this.#next(conn, now);
  }

  #expire(item: ClientConnection | TargetConnection, now: Now): void {
    if (item.kind === "target") {
      this.#pool.remove(item);
      this.#effects.destroy(item.slot);
      return;
    }
    this.#counters.timeouts++;
    if (item.isBlocked || item.phase === "tunnel" || item.phase === "linger") {
      this.#flow.abort(item);
      return;
    }
    if (item.phase === "head" && !item.hasBegunHead) {
      this.#flow.linger(item, now);
    } else if (item.phase === "head") {
      item.closes = true;
      this.#answer(item, sentence(408, "The request's head did not arrive in time."), now);
    } else if (item.phase === "held" && item.target) {
      this.#flow.dropTarget(item);
      this.#unreached(item, "timeout", now);
    } else if (item.phase === "held") {
      this.#fail(item, sentence(504, "It could not be found out in time where this request goes."), now);
    } else if (item.phase === "body" && !item.target?.isBlocked) {
      this.#fail(item, sentence(408, "The request's content did not arrive in time."), now);
    } else this.#targetFault(item, "timeout", now);
  }
}
