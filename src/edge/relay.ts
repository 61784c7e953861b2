// The HTTP/1.1 relay (RFC 9110 section 7, RFC 9112): an engine that reads requests from clients, has a policy decide where
// they go, and passes content both ways as it comes. Hot path, guarded by bench/relay.ts. Content is never stored: what arrives is
// written on from the driver's buffer, and a side that cannot take more pauses the other. Requests on one connection are answered
// one after another, in order. Requests to distributions go through a
// cache (cache/edge-cache.ts); who chooses among targets is told of each (balancer.ts).
//
// Here the driver's events are sorted by connection, and connections that run out of time are ended; what requests and responses
// come to is in requests.ts and responses.ts. A request allocates its few texts (Via, Forwarded) and views of the driver's buffer.
//
// A message that is cut off is never passed on as whole: a client learns of it by the end of its connection.

import type { Counters } from "#contract";
import type { Effects, Endpoint, Engine, IoFailure, Now, Random } from "#engine";
import { Clients, isIdle, withTold } from "./admission.ts";
import { EdgeCache } from "./cache/edge-cache.ts";
import { ClientConnection, type ConnectionTable, type TargetConnection, TargetPool } from "./connections.ts";
import { RelayCounters } from "./counters.ts";
import { Deadlines } from "./deadlines.ts";
import { Drain } from "./drain.ts";
import { RelayFlow } from "./flow.ts";
import { heldBy } from "./held-octets.ts";
import type { CountedTarget, RelayPolicy } from "./policy.ts";
import { sentence } from "./refusals.ts";
import { Requests } from "./requests.ts";
import { Responses } from "./responses.ts";
import { defaultLimits, defaultTimeouts, type RelayLimits, type RelayTimeouts } from "./settings.ts";

/** What a relay can be given beside its policy. */
export interface RelayOptions {
  readonly timeouts?: Partial<RelayTimeouts>;
  readonly limits?: Partial<RelayLimits>;
  /** For the hashes of the cache's keys; absent: they can be foretold, which is for tests. */
  readonly random?: Random;
}

/** What a relay works with once it is started. */
interface Running {
  readonly effects: Effects;
  readonly deadlines: Deadlines<ClientConnection | TargetConnection>;
  readonly pool: TargetPool;
  readonly flow: RelayFlow;
  readonly requests: Requests;
  readonly responses: Responses;
  readonly cache: EdgeCache;
}

/** The relay, as an engine. */
export class Relay implements Engine {
  readonly #counters = new RelayCounters();
  readonly #policy: RelayPolicy;
  readonly #timeouts: RelayTimeouts;
  readonly #limits: RelayLimits;
  readonly #table: ConnectionTable = [];
  readonly #clients: Clients;
  readonly #drain = new Drain();
  readonly #random: Random | undefined;
  #running: Running | undefined;

  constructor(policy: RelayPolicy, options: RelayOptions = {}) {
    this.#policy = policy;
    this.#timeouts = { ...defaultTimeouts, ...options.timeouts };
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#random = options.random;
    this.#clients = new Clients(this.#limits, (peer) => policy.trustsPeer(peer));
  }

  start(effects: Effects): void {
    const deadlines = new Deadlines<ClientConnection | TargetConnection>(effects, (item, now) =>
      this.#expire(item, now),
    );
    const pool = new TargetPool(effects, deadlines);
    const flow = new RelayFlow(effects, deadlines, {
      policy: this.#policy,
      counters: this.#counters,
      timeouts: this.#timeouts,
      limits: this.#limits,
      drain: this.#drain,
    });
    const requests = new Requests(flow, pool, this.#table);
    const cache = new EdgeCache(flow, requests, this.#random);
    requests.cache = cache;
    const responses = new Responses(requests, flow, pool, cache);
    this.#running = { effects, deadlines, pool, flow, requests, responses, cache };
  }

  /** The cache of distributions; before the start there is none. */
  protected get cache(): EdgeCache | undefined {
    return this.#running?.cache;
  }

  /** The counters by name; all but the one of open connections only grow. */
  readCounters(): Counters {
    return { ...this.#counters.read(), "octets-held": this.#running?.flow.held.total ?? 0 };
  }

  /** Drops a connection that is not to be served at all. */
  protected refuse(slot: number): void {
    this.#counters.connectionsRefused++;
    this.#run().effects.destroy(slot);
  }

  /** Ends what is under way at a target: tunnels close, and who waits for an answer is told. */
  protected endAt(counted: CountedTarget, now: Now): void {
    const { flow, requests, cache } = this.#run();
    const leaving = [...this.#clients.all, ...cache.fetches].filter((conn) => conn.counted === counted);
    for (const conn of leaving) {
      if (conn.phase === "tunnel") {
        flow.dropTarget(conn);
        flow.linger(conn, now);
      } else requests.fail(conn, sentence(503, `The server of ${conn.label} is being taken away.`), now);
    }
  }

  /** Ends the idle connections to destinations that are no longer wanted. Before the start there are none. */
  retainDestinations(isWanted: (key: string) => boolean): void {
    this.#running?.pool.retain(isWanted);
  }

  /**
   * Stops gracefully: idle connections end, requests under way are finished, new ones are told 503.
   * @param graceMs  after which what is left (such as tunnels) is dropped
   * @param done  called once no client is left
   */
  drain(graceMs: number, now: Now, done: () => void): void {
    const { effects, pool, flow } = this.#run();
    pool.retain(() => false);
    this.#drain.begin(effects, graceMs, now, done);
    for (const conn of this.#clients.all) {
      if (isIdle(conn)) flow.linger(conn, now);
    }
    this.#drain.check(this.#clients.all.size);
  }

  accepted(slot: number, listener: number, from: Endpoint, to: Endpoint, now: Now): void {
    const { flow, requests } = this.#run();
    const conn = new ClientConnection(slot, listener, from, to);
    conn.counters = conn.addressCounters = this.#policy.countersAt?.(conn.localKey);
    this.#table[slot] = conn;
    const { verdict, isUntold } = this.#clients.enter(conn);
    this.#counters.connections++;
    this.#counters.openConnections++;
    if (!this.#drain.isOn && (verdict === "welcome" || (verdict === "full" && this.#makeRoom(conn, now)))) {
      flow.touch(conn, this.#timeouts.idleMs, now);
      return;
    }
    this.#counters.connectionsRefused++;
    if (conn.counters) conn.counters.rejectedConnections++;
    conn.closes = true;
    if (isUntold) flow.abort(conn);
    else {
      const whose = verdict === "full-for-client" ? " from one address" : "";
      requests.answer(conn, sentence(503, `This server takes no more connections${whose} for now.`), now);
    }
  }

  /** Ends a connection that can be spared for another. Returns whether there was one. */
  #makeRoom(conn: ClientConnection, now: Now): boolean {
    const { flow } = this.#run();
    const spare = this.#clients.spare(conn, this.#timeouts.lingerMs, now.monotonic);
    if (!spare) return false;
    this.#counters.connectionsSpared++;
    // An idle connection is ended in good order, unless there are so many that even that is too much.
    if (spare.phase === "linger" || this.#clients.all.size > withTold(this.#limits.clientConnections))
      flow.abort(spare);
    else flow.linger(spare, now);
    return true;
  }

  /** Ends the connections that hold the most until an eighth of the bound is free: where it is reached again and again, that is not for each read. */
  #shed(now: Now): void {
    const { flow, requests } = this.#run();
    const enough = (this.#limits.heldOctets * 7) / 8;
    const clients = [...this.#clients.all].filter((conn) => heldBy(conn) > 0);
    clients.sort((a, b) => heldBy(b) - heldBy(a));
    for (const conn of clients) {
      if (flow.held.total <= enough) return;
      this.#counters.connectionsShed++;
      if (conn.isBlocked || conn.hasResponse || conn.phase === "tunnel" || conn.phase === "linger")
        flow.abort(conn);
      else {
        conn.closes = true;
        requests.fail(conn, sentence(503, "This server holds too much that is not finished."), now);
      }
    }
  }

  connected(slot: number, now: Now): void {
    const target = this.#table[slot];
    if (target?.kind === "target") this.#run().responses.connected(target, now);
  }

  received(slot: number, input: Uint8Array, length: number, now: Now): void {
    const { flow, requests, responses } = this.#run();
    const connection = this.#table[slot];
    if (connection?.kind === "target") responses.received(connection, input, length, now);
    else if (connection) requests.received(connection, input, length, now);
    if (flow.held.total > this.#limits.heldOctets) this.#shed(now);
  }

  drained(slot: number, now: Now): void {
    const { flow, requests, cache } = this.#run();
    const connection = this.#table[slot];
    if (!connection) return;
    connection.isBlocked = false;
    connection.unsentOctets = 0;
    flow.held.count(connection);
    const client = connection.kind === "target" ? connection.client : connection;
    // The time in which nothing more was read was not the other side's.
    if (client?.target?.isOpen && client.phase !== "linger") flow.touch(client, this.#paceMs(client), now);
    if (connection.kind === "target") {
      if (connection.client) flow.flow(connection.client);
      return;
    }
    if (connection.target) flow.setTargetPaused(connection.target, false);
    if (connection.phase === "linger") flow.touch(connection, this.#timeouts.lingerMs, now);
    else if (connection.reader) cache.drained(connection.reader, now);
    else requests.resume(connection, now);
  }

  ended(slot: number, now: Now): void {
    const { flow, requests, responses } = this.#run();
    const connection = this.#table[slot];
    if (connection?.kind === "target") responses.ended(connection, now);
    else if (connection) {
      connection.hasEnded = true;
      if (connection.phase === "tunnel" && connection.target) flow.endTarget(connection.target);
      else requests.resume(connection, now);
    }
  }

  closed(slot: number, failure: IoFailure | undefined, now: Now): void {
    const { deadlines, flow, responses, cache } = this.#run();
    const connection = this.#table[slot];
    if (!connection) return;
    this.#table[slot] = undefined;
    flow.held.forget(connection);
    if (connection.kind === "target") {
      responses.closed(connection, failure, now);
      return;
    }
    connection.phase = "linger";
    deadlines.remove(connection);
    connection.exchange?.release();
    cache.gone(connection);
    flow.dropTarget(connection);
    flow.passed(connection, { status: 0, failure: "the visitor went away before the answer was whole" }, now);
    if (this.#clients.leave(connection)) this.#counters.openConnections--;
    flow.held.forget(connection);
    this.#drain.check(this.#clients.all.size);
  }

  timer(id: number, now: Now): void {
    const { deadlines, flow } = this.#run();
    if (deadlines.fired(id, now) || !this.#drain.isOver(id)) return;
    for (const conn of this.#clients.all) flow.abort(conn);
  }

  /** Milliseconds between two pieces of what a client sends or is sent. */
  #paceMs({ phase, hasResponse }: ClientConnection): number {
    if (phase === "tunnel") return this.#timeouts.tunnelMs;
    return phase === "body" && !hasResponse ? this.#timeouts.bodyMs : this.#timeouts.responseMs;
  }

  #run(): Running {
    if (!this.#running) throw new RangeError("Cannot handle an event: the relay was not started");
    return this.#running;
  }

  /** A connection has run out of time. */
  #expire(item: ClientConnection | TargetConnection, now: Now): void {
    const { pool, flow, requests, responses } = this.#run();
    if (item.kind === "target") {
      pool.remove(item);
      flow.destroyTarget(item);
      return;
    }
    this.#counters.timeouts++;
    if (item.isBlocked || item.phase === "tunnel" || item.phase === "linger") {
      flow.abort(item);
      return;
    }
    if (item.phase === "head" && !item.hasBegunHead) {
      flow.linger(item, now);
    } else if (item.phase === "head") {
      item.closes = true;
      requests.answer(item, sentence(408, "The request's head did not arrive in time."), now);
    } else if (item.phase === "held" && item.target) {
      flow.detachTarget(item);
      responses.unreached(item, "timeout", now);
    } else if (item.phase === "held") {
      requests.fail(item, sentence(504, "It could not be found out in time where this request goes."), now);
    } else if (item.phase === "body" && !item.target?.isBlocked) {
      requests.fail(item, sentence(408, "The request's content did not arrive in time."), now);
    } else responses.fault(item, "timeout", now);
  }
}
