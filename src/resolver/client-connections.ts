// Clients over TCP (RFC 7766) and TLS (RFC 7858): many queries on one connection, answered as they are ready, in any order. Bounded in
// connections, in all and of one address, queries under way and idle time.

import {
  ConnectionShares,
  copyEndpoint,
  type Effects,
  type Endpoint,
  type MessageTransport,
  type Now,
  type Timers,
} from "#engine";
import {
  idleConnectionMs,
  maxClientConnections,
  maxConnectionsPerClient,
  maxQueriesPerConnection,
} from "./limits.ts";
import { frame, FrameReader, headerOctets } from "#wire";

/** Takes an answer, or undefined for what gets none. To be called once, at once or later. */
export type ReplyTaker = (octets: Uint8Array | undefined, now: Now) => void;

/** Handles one query. */
export type QueryHandler = (
  octets: Uint8Array,
  from: Endpoint,
  transport: MessageTransport,
  reply: ReplyTaker,
  now: Now,
) => void;

interface Connection {
  readonly transport: "tcp" | "tls";
  readonly from: Endpoint;
  readonly frames: FrameReader;
  /** Queries that arrived while too many were under way. */
  readonly held: Uint8Array[];
  underWay: number;
  /** Whether the queries held are being handled: answers that come at once must not begin that again. */
  isWorking: boolean;
  isPaused: boolean;
  /** Whether the client writes no more: the connection ends with the last answer. */
  hasEnded: boolean;
  /** Whether the driver asked to wait with writing. */
  isFull: boolean;
  /** Until when it may rest: moved by each query and answer, and looked at when the timer fires. */
  restsUntil: number;
  idleTimer: number | undefined;
}

/** See the head of this file. */
export class ClientConnections {
  readonly #effects: Effects;
  readonly #timers: Timers;
  readonly #handle: QueryHandler;
  readonly #connections = new Map<number, Connection>();
  readonly #shares = new ConnectionShares<number>(maxClientConnections, maxConnectionsPerClient);

  constructor(effects: Effects, timers: Timers, handle: QueryHandler) {
    this.#effects = effects;
    this.#timers = timers;
    this.#handle = handle;
  }

  /** Connections open. */
  get size(): number {
    return this.#connections.size;
  }

  /** A client has connected. */
  accepted(slot: number, from: Endpoint, now: Now, transport: "tcp" | "tls" = "tcp"): void {
    const admission = this.#shares.admit(slot, from.address);
    if (!admission.isAdmitted) {
      this.#effects.destroy(slot);
      return;
    }
    if (admission.instead !== undefined) {
      this.closed(admission.instead);
      this.#effects.destroy(admission.instead);
    }
    const connection: Connection = {
      transport,
      from: copyEndpoint(from),
      frames: new FrameReader(),
      held: [],
      underWay: 0,
      isWorking: false,
      isPaused: false,
      hasEnded: false,
      isFull: false,
      restsUntil: now.monotonic + idleConnectionMs,
      idleTimer: undefined,
    };
    this.#connections.set(slot, connection);
    this.#watch(slot, connection);
  }

  /** Octets have arrived. */
  received(slot: number, input: Uint8Array, length: number, now: Now): void {
    const connection = this.#connections.get(slot);
    if (!connection) return;
    // What is too short for a header gets no answer and keeps no connection open.
    const messages = connection.frames.push(input, length).filter((octets) => octets.length >= headerOctets);
    if (messages.length > 0) connection.restsUntil = now.monotonic + idleConnectionMs;
    connection.held.push(...messages);
    this.#work(slot, connection, now);
  }

  /** All that was written is on its way. */
  drained(slot: number, now: Now): void {
    const connection = this.#connections.get(slot);
    if (!connection) return;
    connection.isFull = false;
    this.#work(slot, connection, now);
  }

  /** The client writes no more; what it asked is still answered. */
  ended(slot: number): void {
    const connection = this.#connections.get(slot);
    if (!connection) return;
    connection.hasEnded = true;
    this.#endIfDone(slot, connection);
  }

  /** The connection is gone. */
  closed(slot: number): void {
    const connection = this.#connections.get(slot);
    if (!connection) return;
    this.#connections.delete(slot);
    this.#timers.clear(connection.idleTimer);
    this.#shares.release(slot);
  }

  #work(slot: number, connection: Connection, now: Now): void {
    if (connection.isWorking) return;
    connection.isWorking = true;
    while (connection.underWay < maxQueriesPerConnection && !connection.isFull) {
      const message = connection.held.shift();
      if (!message) break;
      connection.underWay++;
      const { from, transport } = connection;
      this.#handle(message, from, transport, (octets, at) => this.#reply(slot, connection, octets, at), now);
    }
    connection.isWorking = false;
    // Backpressure: a client that does not read, or asks faster than answers come, is not read from.
    const isTooMuch = connection.held.length > 0;
    if (isTooMuch !== connection.isPaused) {
      connection.isPaused = isTooMuch;
      if (isTooMuch) this.#effects.pause(slot);
      else this.#effects.resume(slot);
    }
    this.#endIfDone(slot, connection);
  }

  #reply(slot: number, connection: Connection, octets: Uint8Array | undefined, now: Now): void {
    connection.underWay--;
    // The connection may be gone, and its slot somebody else's.
    if (this.#connections.get(slot) !== connection) return;
    if (octets && !this.#effects.write(slot, frame(octets))) connection.isFull = true;
    connection.restsUntil = now.monotonic + idleConnectionMs;
    this.#work(slot, connection, now);
  }

  #endIfDone(slot: number, connection: Connection): void {
    if (!connection.hasEnded || connection.isWorking || connection.underWay > 0 || connection.held.length > 0)
      return;
    if (this.#connections.get(slot) === connection) this.#effects.end(slot);
  }

  /** Ends the connection when its rest is over; while queries are under way it starts anew. */
  #watch(slot: number, connection: Connection): void {
    connection.idleTimer = this.#timers.set(connection.restsUntil, ({ monotonic }) => {
      if (connection.underWay > 0 && !connection.isFull) connection.restsUntil = monotonic + idleConnectionMs;
      if (connection.restsUntil > monotonic) this.#watch(slot, connection);
      else this.#effects.destroy(slot);
    });
  }
}
