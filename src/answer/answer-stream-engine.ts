// DNS over TCP for an authoritative server (RFC 7766): length-prefixed messages, any number on a connection and in a
// read, each answered at once and in one write, by the same engine that answers over UDP.
//
// Bounds: connections in all and of one address, octets held for connections that are not read from, and the time
// without a whole message. A peer that does not read its answers is not read from (backpressure), and its connection
// ends when the time is out. What the engine hands on (transactions.ts) is answered by somebody else, in any number of messages, each
// taken when the one before is on its way. TLS is the driver's affair.

import type { Counters } from "#contract";
import {
  copyEndpoint,
  type Effects,
  type Endpoint,
  type Engine,
  ConnectionShares,
  type IoFailure,
  type Now,
} from "#engine";
import { frame, headerOctets, maxMessageOctets, Rcode } from "#wire";
import type { AnswerEngine } from "./answer-engine.ts";
import type { ResponseSink, Transaction } from "./transactions.ts";

/** Octets of the length that stands before each message (RFC 7766 section 8). */
const lengthOctets = 2;

/** What an engine for streams is made of. Absent limits have the default named. */
export interface AnswerStreamEngineOptions {
  readonly engine: AnswerEngine;
  /** What the connections are: `tcp` where absent. */
  readonly transport?: "tcp" | "tls";
  /** Milliseconds without a whole message after which a connection is closed; 10,000. @see RFC 7766 section 6.2.3 */
  readonly idleTimeoutMs?: number;
  /** Connections open at a time; 1,000. For one more the oldest of whoever has most is closed, else that one. @see RFC 7766 section 6.2.2 */
  readonly maxConnections?: number;
  /** Connections open at a time from one address, of IPv6 from one /64; 100. */
  readonly maxConnectionsPerAddress?: number;
  /**
   * Octets held in all for parts of messages and for messages behind unread answers; 16 MiB. A connection that
   * would exceed it is closed.
   */
  readonly maxHeldOctets?: number;
  /** Responses of somebody else's that are under way on all connections; 100. More are answered SERVFAIL. */
  readonly maxTransactions?: number;
}

/** Responses of somebody else's under way on one connection; more are answered SERVFAIL. */
const maxTransactionsPerConnection = 4;

interface Connection {
  readonly slot: number;
  readonly from: Endpoint;
  readonly to: Endpoint;
  /** Octets received and not answered yet: a part of a message, or what waits for `drained`. */
  held: Uint8Array;
  heldLength: number;
  isWaitingForDrain: boolean;
  /** Responses of somebody else's that are under way. */
  readonly transactions: Set<Relayed>;
  /** The peer sends no more: once all is answered, we do not either. */
  hasEnded: boolean;
  /** Monotonic time of the last whole message, or of the beginning. */
  lastMessageAt: number;
  timer: number;
}

/** A response of somebody else's on a connection. */
interface Relayed {
  transaction: Transaction | undefined;
}

const nothing = new Uint8Array();

/** Answers queries over connections. */
export class AnswerStreamEngine implements Engine {
  readonly #engine: AnswerEngine;
  readonly #transport: "tcp" | "tls";
  readonly #idleTimeoutMs: number;
  readonly #maxHeldOctets: number;
  readonly #maxTransactions: number;
  #transactions = 0;
  readonly #connections = new Map<number, Connection>();
  readonly #slotsByTimer = new Map<number, number>();
  readonly #shares: ConnectionShares<number>;
  readonly #output = new Uint8Array(lengthOctets + maxMessageOctets);
  #effects: Effects | undefined;
  #heldOctets = 0;
  #accepted = 0;
  #refused = 0;
  #timedOut = 0;
  #evicted = 0;

  constructor(options: AnswerStreamEngineOptions) {
    this.#engine = options.engine;
    this.#transport = options.transport ?? "tcp";
    this.#idleTimeoutMs = options.idleTimeoutMs ?? 10_000;
    this.#engine.idleTimeoutMs = this.#idleTimeoutMs;
    this.#shares = new ConnectionShares(
      options.maxConnections ?? 1000,
      options.maxConnectionsPerAddress ?? 100,
    );
    this.#maxHeldOctets = options.maxHeldOctets ?? 16 * 2 ** 20;
    this.#maxTransactions = options.maxTransactions ?? 100;
  }

  start(effects: Effects): void {
    this.#effects = effects;
  }

  accepted(slot: number, _listener: number, from: Endpoint, to: Endpoint, now: Now): void {
    const effects = this.#effects;
    if (effects === undefined) return;
    const admission = this.#shares.admit(slot, from.address);
    if (!admission.isAdmitted) {
      this.#refused++;
      effects.destroy(slot);
      return;
    }
    const instead = admission.instead === undefined ? undefined : this.#connections.get(admission.instead);
    if (instead) {
      this.#evicted++;
      this.#forget(instead);
      effects.destroy(instead.slot);
    }
    this.#accepted++;
    const timer = effects.setTimer(now.monotonic + this.#idleTimeoutMs);
    this.#slotsByTimer.set(timer, slot);
    this.#connections.set(slot, {
      slot,
      from: copyEndpoint(from),
      to: copyEndpoint(to),
      held: nothing,
      heldLength: 0,
      isWaitingForDrain: false,
      transactions: new Set(),
      hasEnded: false,
      lastMessageAt: now.monotonic,
      timer,
    });
  }

  received(slot: number, input: Uint8Array, length: number, now: Now): void {
    const connection = this.#connections.get(slot);
    if (connection === undefined) return;
    if (connection.heldLength === 0 && !connection.isWaitingForDrain) {
      const used = this.#answerMessages(connection, input, length, now);
      this.#hold(connection, input, used, length);
      return;
    }
    this.#hold(connection, input, 0, length);
    this.#answerHeld(connection, now);
  }

  drained(slot: number, now: Now): void {
    const connection = this.#connections.get(slot);
    if (connection === undefined || !connection.isWaitingForDrain) return;
    connection.isWaitingForDrain = false;
    // What is read is progress as much as what is asked.
    if (connection.transactions.size > 0) connection.lastMessageAt = now.monotonic;
    for (const relayed of connection.transactions) {
      if (connection.isWaitingForDrain) return;
      relayed.transaction?.more(now);
    }
    this.#answerHeld(connection, now);
    if (!connection.isWaitingForDrain) this.#effects?.resume(slot);
    this.#endIfDone(connection);
  }

  ended(slot: number): void {
    const connection = this.#connections.get(slot);
    if (connection === undefined) return;
    connection.hasEnded = true;
    this.#endIfDone(connection);
  }

  closed(slot: number, _failure: IoFailure | undefined): void {
    const connection = this.#connections.get(slot);
    if (connection !== undefined) this.#forget(connection);
  }

  timer(id: number, now: Now): void {
    const slot = this.#slotsByTimer.get(id);
    this.#slotsByTimer.delete(id);
    const connection = slot === undefined ? undefined : this.#connections.get(slot);
    if (connection === undefined) return;
    const closeAt = connection.lastMessageAt + this.#idleTimeoutMs;
    if (now.monotonic >= closeAt) {
      this.#timedOut++;
      this.#close(connection);
      return;
    }
    connection.timer = this.#effects?.setTimer(closeAt) ?? connection.timer;
    this.#slotsByTimer.set(connection.timer, connection.slot);
  }

  /** Octets held at the moment: parts of messages, and messages behind answers that are not read. */
  get heldOctets(): number {
    return this.#heldOctets;
  }

  /** Counts of connections by name. Queries over them are among the answer engine's. */
  counters(): Counters {
    const { group } = this.#engine;
    const name = this.#transport === "tls" ? "tls-connections" : "connections";
    return {
      [`${name}{group=${group},event=accepted}`]: this.#accepted,
      [`${name}{group=${group},event=refused}`]: this.#refused,
      [`${name}{group=${group},event=timed-out}`]: this.#timedOut,
      [`${name}{group=${group},event=evicted}`]: this.#evicted,
    };
  }

  #answerHeld(connection: Connection, now: Now): void {
    if (connection.isWaitingForDrain) return;
    const { held, heldLength } = connection;
    const used = this.#answerMessages(connection, held, heldLength, now);
    if (used === 0) return; // a long message that comes in small parts is not moved about for each
    held.copyWithin(0, used, heldLength);
    this.#setHeldLength(connection, heldLength - used);
  }

  /** Answers the whole messages at the start of `input`, until the driver wants no more. Returns the octets used. */
  #answerMessages(connection: Connection, input: Uint8Array, length: number, now: Now): number {
    let at = 0;
    while (at + lengthOctets <= length && !connection.isWaitingForDrain) {
      const messageLength = ((input[at] ?? 0) << 8) | (input[at + 1] ?? 0);
      const end = at + lengthOctets + messageLength;
      if (end > length) break;
      this.#answerMessage(connection, input, at + lengthOctets, messageLength, now);
      at = end;
    }
    return at;
  }

  /** What cannot be a message, such as one of no octets, gets no answer and keeps no connection open. */
  #answerMessage(connection: Connection, input: Uint8Array, at: number, length: number, now: Now): void {
    const output = this.#output;
    const { from, to } = connection;
    const beganAt = now.monotonic;
    if (length >= headerOctets) connection.lastMessageAt = beganAt;
    const octets = this.#engine.answer(
      input,
      at,
      length,
      from,
      to,
      output,
      lengthOctets,
      now,
      this.#transport,
    );
    if (octets === 0) {
      if (this.#engine.isHandedOn) this.#handOn(connection, input.slice(at, at + length), now);
      return;
    }
    output[0] = octets >> 8;
    output[1] = octets & 0xff;
    // RFC 7766 section 8: length and message in one write.
    this.#write(connection, output.subarray(0, lengthOctets + octets));
    this.#engine.watch?.servedMessage(this.#transport, beganAt);
  }

  #write(connection: Connection, octets: Uint8Array): void {
    const wantsMore = this.#effects?.write(connection.slot, octets) ?? true;
    if (wantsMore) return;
    connection.isWaitingForDrain = true;
    this.#effects?.pause(connection.slot);
  }

  /** Not a hot path. */
  #handOn(connection: Connection, octets: Uint8Array, now: Now): void {
    const { transactions, group } = this.#engine;
    const isTooMany =
      this.#transactions >= this.#maxTransactions ||
      connection.transactions.size >= maxTransactionsPerConnection;
    if (transactions === undefined || isTooMany) {
      this.#write(connection, frame(failureOf(octets)));
      return;
    }
    const relayed: Relayed = { transaction: undefined };
    connection.transactions.add(relayed);
    this.#transactions++;
    const isOpen = (): boolean => connection.transactions.has(relayed);
    const sink: ResponseSink = {
      send: (message) => {
        if (!isOpen()) return false;
        this.#write(connection, frame(message));
        return !connection.isWaitingForDrain;
      },
      end: () => {
        if (!this.#drop(connection, relayed)) return;
        this.#endIfDone(connection);
      },
      abort: () => {
        if (isOpen()) this.#close(connection);
      },
    };
    const { from, to } = connection;
    relayed.transaction = transactions.begin(
      { octets, from, to, transport: this.#transport, group },
      sink,
      now,
    );
  }

  #drop(connection: Connection, relayed: Relayed): boolean {
    if (!connection.transactions.delete(relayed)) return false;
    this.#transactions--;
    return true;
  }

  /** Keeps the octets from `used` on, behind those kept already. */
  #hold(connection: Connection, input: Uint8Array, used: number, length: number): void {
    const added = length - used;
    if (added === 0) return;
    if (this.#heldOctets + added > this.#maxHeldOctets) {
      this.#close(connection);
      return;
    }
    const needed = connection.heldLength + added;
    if (needed > connection.held.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * connection.held.length));
      larger.set(connection.held.subarray(0, connection.heldLength));
      connection.held = larger;
    }
    connection.held.set(input.subarray(used, length), connection.heldLength);
    this.#setHeldLength(connection, needed);
  }

  #setHeldLength(connection: Connection, length: number): void {
    this.#heldOctets += length - connection.heldLength;
    connection.heldLength = length;
    if (length === 0) connection.held = nothing;
  }

  #endIfDone(connection: Connection): void {
    if (!connection.hasEnded || connection.isWaitingForDrain || connection.transactions.size > 0) return;
    this.#effects?.end(connection.slot);
  }

  #close(connection: Connection): void {
    this.#forget(connection);
    this.#effects?.destroy(connection.slot);
  }

  #forget(connection: Connection): void {
    for (const relayed of connection.transactions) {
      this.#drop(connection, relayed);
      relayed.transaction?.cancel();
    }
    this.#setHeldLength(connection, 0);
    this.#effects?.clearTimer(connection.timer);
    this.#slotsByTimer.delete(connection.timer);
    this.#connections.delete(connection.slot);
    this.#shares.release(connection.slot);
  }
}

/** SERVFAIL to a message, without its question: its sender tries again. */
function failureOf(message: Uint8Array): Uint8Array {
  const response = new Uint8Array(headerOctets);
  response.set(message.subarray(0, 3));
  response[2] = 0x80 | ((message[2] ?? 0) & 0x79);
  response[3] = Rcode.SERVFAIL;
  return response;
}
