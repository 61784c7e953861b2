// The target's side of a relay: passes responses on to the clients that wait for them, keeps connections for the next request, and
// says what became of a target that broke off (RFC 9110 section 9.2.2, RFC 9112 section 9). Hot path, guarded by bench/relay.ts.
// A response that is cut off is never passed on as whole.

import type { IoFailure, Now } from "#engine";
import { BodyStatus, Framing, HeadStatus, isIdempotent, writeTrailers } from "#http";
import type { EdgeCache } from "./cache/edge-cache.ts";
import { Fetch } from "./cache/fetch.ts";
import type { ClientConnection, TargetConnection, TargetPool } from "./connections.ts";
import type { RelayFlow } from "./flow.ts";
import { targetAnswer } from "./refusals.ts";
import type { Requests } from "./requests.ts";
import { passResponseHead } from "./response-head.ts";
import { moveOn, tryNext } from "./tries.ts";

/** The responses of one relay. */
export class Responses {
  readonly #requests: Requests;
  readonly #flow: RelayFlow;
  readonly #pool: TargetPool;
  readonly #cache: EdgeCache;

  constructor(requests: Requests, flow: RelayFlow, pool: TargetPool, cache: EdgeCache) {
    this.#requests = requests;
    this.#flow = flow;
    this.#pool = pool;
    this.#cache = cache;
  }

  /** The connection to a target is open. */
  connected(target: TargetConnection, now: Now): void {
    target.isOpen = true;
    const conn = target.client;
    if (!conn) return;
    if (!conn.isTunnel) {
      this.#requests.sendRequest(conn, target, now);
      return;
    }
    this.#flow.scratch.clear();
    this.#flow.scratch.text("HTTP/1.1 200 Connection established\r\n\r\n");
    this.#flow.countResponse(conn, 200);
    this.#openTunnel(conn, target, 200, now);
    this.#requests.resume(conn, now);
  }

  /** Octets of a target have arrived. */
  received(target: TargetConnection, input: Uint8Array, length: number, now: Now): void {
    const conn = target.client;
    if (!conn) {
      // Nothing was asked: whatever this is, it must not be taken for the next answer.
      this.#pool.remove(target);
      this.#flow.destroyTarget(target);
      return;
    }
    if (conn.counted) conn.counted.traffic.octetsFromTarget += length;
    if (conn.phase === "tunnel") {
      this.#flow.touch(conn, this.#flow.timeouts.tunnelMs, now);
      this.#flow.toClient(conn, input.subarray(0, length));
      return;
    }
    target.hasAnswered = true;
    this.#flow.touch(conn, conn.responseMs || this.#flow.timeouts.responseMs, now);
    this.#flow.scratch.clear();
    const { pending } = target;
    if (pending.length === 0) {
      pending.append(input, this.#respond(conn, target, input, 0, length, now), length);
    } else {
      pending.append(input, 0, length);
      pending.take(this.#respond(conn, target, pending.octets, pending.start, pending.end, now));
    }
    this.#flow.held.count(target);
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
          this.fault(conn, `its response is malformed (${target.head.failure?.code})`, now);
          return end;
        }
        if (status === HeadStatus.More) break;
        const start = at;
        at += target.head.length;
        if (conn instanceof Fetch) {
          const outcome = this.#cache.responses.head(conn, target, octets, start, now);
          if (outcome === "goes-on") continue;
          if (outcome !== "over") this.fault(conn, outcome.fault, now);
          return end;
        }
        let lines = "";
        if (conn.exchange && target.head.status >= 200) {
          const outcome = this.#cache.passed.head(conn, target.head, octets, start, now);
          if (outcome === "taken") return end;
          ({ lines } = outcome);
        }
        const fault = passResponseHead(this.#flow, conn, target, octets, start, lines, now);
        if (fault !== undefined) {
          this.fault(conn, fault, now);
          return end;
        }
        if (conn.isTunnel) {
          this.#flow.countResponse(conn, 101);
          this.#openTunnel(conn, target, 101, now);
          if (at < end) this.#flow.toClient(conn, octets.subarray(at, end));
          this.#requests.resume(conn, now);
          return end;
        }
        continue;
      }
      const { body } = target;
      const status = body.read(octets, at, end);
      at = body.at;
      if (status === BodyStatus.Failed) {
        this.fault(conn, `its response is malformed (${body.failure?.code})`, now);
        return end;
      }
      if (body.to > body.from) {
        if (conn instanceof Fetch)
          this.#cache.responses.content(conn, target, octets, body.from, body.to, now);
        else this.#flow.emit(conn, octets, body.from, body.to);
        // Whoever was sent it may have gone, and taken the rest with it.
        if (target.client !== conn) return end;
      }
      if (status === BodyStatus.Again) continue;
      if (status === BodyStatus.More) break;
      if (!(conn instanceof Fetch)) {
        if (body.trailers && conn.head.minorVersion === 1) writeTrailers(this.#flow.scratch, body);
        this.#flow.flush(conn);
      }
      this.#endResponse(conn, target, at === end, now);
      return end;
    }
    if (!(conn instanceof Fetch)) this.#flow.flush(conn);
    return at;
  }

  #endResponse(conn: ClientConnection, target: TargetConnection, isClean: boolean, now: Now): void {
    const { status, keepsAlive } = target.head;
    if (conn.traced && !(conn instanceof Fetch)) {
      const { reason = "" } = conn.traced;
      const server = target.destination.key;
      this.#flow.passed(conn, { status, reason, server, contentOctets: target.body.contentOctets }, now);
    }
    const isKept =
      keepsAlive &&
      isClean &&
      // Whoever was asked to switch and did not may still read what follows in another way than before.
      !conn.upgrades &&
      conn.counted?.isLeaving !== true &&
      target.framing !== Framing.UntilClose &&
      conn.isRequestDone &&
      !target.isBlocked &&
      !this.#flow.drain.isOn;
    if (conn.exchange) conn.exchange.site.resource.cacheMissOctets += target.body.contentOctets;
    this.#flow.leave(conn);
    conn.target = undefined;
    target.client = undefined;
    target.pending.take(target.pending.end);
    target.body.release();
    if (isKept) {
      this.#flow.setTargetPaused(target, false);
      this.#pool.put(
        target,
        now.monotonic + this.#flow.timeouts.upstreamIdleMs,
        this.#flow.limits.idlePerTarget,
      );
    } else this.#flow.destroyTarget(target);
    if (conn instanceof Fetch) this.#cache.responses.whole(conn, now);
    else this.#requests.next(conn, now);
  }

  /** Passes octets both ways from now on. The head that says so waits in the flow's buffer. */
  #openTunnel(conn: ClientConnection, target: TargetConnection, status: number, now: Now): void {
    this.#flow.counters.tunnels++;
    this.#flow.flush(conn);
    this.#flow.passed(conn, { status, server: target.destination.key }, now);
    conn.phase = "tunnel";
    this.#flow.touch(conn, this.#flow.timeouts.tunnelMs, now);
  }

  /** A target sends no more. */
  ended(target: TargetConnection, now: Now): void {
    const conn = target.client;
    if (conn?.phase === "tunnel") {
      this.#flow.endClient(conn);
      return;
    }
    this.#pool.remove(target);
    if (conn) this.#lost(conn, target, undefined, now);
    this.#flow.destroyTarget(target);
  }

  /** The connection to a target is gone. */
  closed(target: TargetConnection, failure: IoFailure | undefined, now: Now): void {
    this.#pool.remove(target);
    const conn = target.client;
    if (!conn) return;
    if (!target.isOpen) {
      this.unreached(conn, failure ?? "reset", now);
    } else if (conn.phase === "tunnel") {
      this.#flow.leave(conn);
      conn.target = undefined;
      if (failure) this.#flow.abort(conn);
      else this.#flow.linger(conn, now);
    } else this.#lost(conn, target, failure, now);
  }

  /** A destination could not be connected to: nothing was sent, so any request may go to the next one. */
  unreached(conn: ClientConnection, failure: IoFailure, now: Now): void {
    conn.target = undefined;
    conn.lastFailure = failure;
    conn.tried++;
    tryNext(this.#flow, conn, failure, now);
    this.#requests.dispatch(conn, now);
    this.#requests.resume(conn, now);
  }

  /** A target's connection came to its end with a request on it. */
  #lost(conn: ClientConnection, target: TargetConnection, failure: IoFailure | undefined, now: Now): void {
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
      this.#flow.counters.retries++;
      this.#requests.dispatch(conn, now);
      return;
    }
    const what = failure ?? "it closed the connection before its response was whole";
    if (!target.hasAnswered && moveOn(this.#flow, conn, what, now)) {
      conn.phase = "held";
      this.#flow.counters.retries++;
      this.#requests.dispatch(conn, now);
      return;
    }
    this.fault(conn, what, now, target.destination.key);
  }

  /** A target did not answer as it should: 502, or the end of the connection where the answer is under way. */
  fault(
    conn: ClientConnection,
    what: string,
    now: Now,
    key: string | undefined = conn.target?.destination.key,
  ): void {
    this.#flow.counters.targetFailures++;
    conn.counted?.failed(now);
    this.#flow.scratch.clear();
    this.#requests.fail(conn, targetAnswer(conn.label, key, what, conn.peer), now);
  }
}
