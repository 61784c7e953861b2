// Clients over TCP (RFC 7766): many queries on one connection, answered as they are ready, in any order. Bounded in
// connections, queries under way and idle time.

import { copyEndpoint, type Effects, type Endpoint, type Now } from "#engine";
import { idleConnectionMs, maxClientConnections, maxQueriesPerConnection } from "./limits.ts";
import { frame, FrameReader } from "#wire";
import type { Timers } from "./timers.ts";

/** Takes an answer, or undefined for what gets none. To be called once, at once or later. */
export type ReplyTaker = (octets: Uint8Array | undefined, now: Now) => void;

/** Handles one query. */
export type QueryHandler = (octets: Uint8Array, from: Endpoint, reply: ReplyTaker, now: Now) => void;

interface Connection {
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
  idleTimer: number | undefined;
}

/** See the head of this file. */
export class ClientConnections {
  readonly #effects: Effects;
  readonly #timers: Timers;
  readonly #handle: QueryHandler;
  readonly #connections = new Map<number, Connection>();

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
  accepted(slot: number, from: Endpoint, now: Now): void {
    if (this.#connections.size >= maxClientConnections) {
      this.#effects.destroy(slot);
      return;
    }
    const connection: Connection = {
      from: copyEndpoint(from),
      frames: new FrameReader(),
      held: [],
      underWay: 0,
      isWorking: false,
      isPaused: false,
      hasEnded: false,
      isFull: false,
      idleTimer: undefined,
    };
    this.#connections.set(slot, connection);
    this.#rest(slot, connection, now);
  }

  /** Octets have arrived. */
  received(slot: number, input: Uint8Array, length: number, now: Now): void {
    const connection = this.#connections.get(slot);
    if (!connection) return;
    const messages = connection.frames.push(input, length);
    if (messages.length > 0) this.#rest(slot, connection, now);
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
  }

  #work(slot: number, connection: Connection, now: Now): void {
    if (connection.isWorking) return;
    connection.isWorking = true;
    while (connection.underWay < maxQueriesPerConnection && !connection.isFull) {
      const message = connection.held.shift();
      if (!message) break;
      connection.underWay++;
      this.#handle(message, connection.from, (octets, at) => this.#reply(slot, connection, octets, at), now);
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
    this.#rest(slot, connection, now);
    this.#work(slot, connection, now);
  }

  #endIfDone(slot: number, connection: Connection): void {
    if (!connection.hasEnded || connection.isWorking || connection.underWay > 0 || connection.held.length > 0)
      return;
    if (this.#connections.get(slot) === connection) this.#effects.end(slot);
  }

  /** Starts the idle time anew; while queries are under way it starts over at its end. */
  #rest(slot: number, connection: Connection, now: Now): void {
    this.#timers.clear(connection.idleTimer);
    connection.idleTimer = this.#timers.set(now.monotonic + idleConnectionMs, (at) => {
      if (connection.underWay > 0 && !connection.isFull) this.#rest(slot, connection, at);
      else this.#effects.destroy(slot);
    });
  }
}
