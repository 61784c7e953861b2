// A world for tests of the resolver: it runs the engine on a virtual clock and answers for all servers of the network
// by one script. Events happen in the order of their time; nothing runs by itself, and no time passes but by asking
// or `advance`. Not for loads and packet loss: the simulated driver (src/reactor) has those.

import { frame, FrameReader } from "#wire";
import {
  endpoint,
  isSameEndpoint,
  type Effects,
  type Endpoint,
  type Engine,
  type IoFailure,
  type Now,
  type Random,
} from "#engine";

/** A query that has reached a server. */
export interface ServerQuery {
  readonly octets: Uint8Array;
  readonly server: Endpoint;
  readonly transport: "udp" | "tcp";
}

/**
 * Plays all servers: the datagrams (or messages on the connection) that come back, none for silence. `from` is for
 * answers from elsewhere, which a connected socket never sees. A failure is what the network says instead.
 */
export type ServerScript = (
  query: ServerQuery,
) => readonly (
  | Uint8Array
  | { readonly failure: IoFailure }
  | { readonly octets: Uint8Array; readonly from: Endpoint }
)[];

/** Numbers from a seed, for tests that must come out the same each time. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0 || 1;
  return {
    integer(below: number): number {
      // xorshift32 (Marsaglia 2003).
      state ^= state << 13;
      state >>>= 0;
      state ^= state >>> 17;
      state ^= state << 5;
      state >>>= 0;
      return Math.floor((state / 0x1_0000_0000) * below);
    },
  };
}

interface Event {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

interface Stream {
  readonly to: Endpoint;
  readonly frames: FrameReader;
  /** Set for a client's connection: gets what the engine writes. */
  readonly onFrame?: (message: Uint8Array) => void;
  isOpen: boolean;
}

/** Milliseconds from the engine to a server or client, one way. */
const delayMs = 5;

/** The listener's id of the UDP listener; connections of clients come in on the next. */
const udpListener = 0;

/** See the head of this file. */
export class ScriptedWorld {
  /** Queries that reached servers, in order. */
  readonly queries: ServerQuery[] = [];
  readonly #engine: Engine;
  readonly #script: ServerScript;
  readonly #now = { monotonic: 1_000, wall: 1_700_000_000_000 };
  #events: Event[] = [];
  #order = 0;
  #nextId = 10;
  readonly #sockets = new Map<number, Endpoint>();
  readonly #streams = new Map<number, Stream>();
  readonly #timers = new Set<number>();
  readonly #clients = new Map<number, (octets: Uint8Array) => void>();
  #nextClientPort = 20_000;

  constructor(engine: Engine, script: ServerScript) {
    this.#engine = engine;
    this.#script = script;
    engine.start(this.#effects(), this.#now);
  }

  /** Both virtual clocks. */
  get now(): Now {
    return { ...this.#now };
  }

  /** Milliseconds of the virtual clock. */
  get monotonic(): number {
    return this.#now.monotonic;
  }

  /** Outgoing sockets and connections open. */
  get openCount(): number {
    return this.#sockets.size + [...this.#streams.values()].filter(({ isOpen }) => isOpen).length;
  }

  /** Sends a client's packet over UDP and @returns the first answer, or undefined where none came in `maxMs`. */
  ask(octets: Uint8Array, fromAddress: string = "127.0.0.1", maxMs: number = 30_000): Uint8Array | undefined {
    const answers = this.send(octets, fromAddress);
    this.runUntil(() => answers.length > 0, maxMs);
    return answers[0];
  }

  /** Sends a client's packet over UDP. @returns the answers, which arrive as time passes */
  send(octets: Uint8Array, fromAddress: string = "127.0.0.1"): Uint8Array[] {
    const answers: Uint8Array[] = [];
    const from = endpoint(fromAddress, this.#nextClientPort++);
    this.#clients.set(from.port, (answer) => answers.push(answer));
    this.#engine.datagram?.(udpListener, octets, octets.length, from, this.#now);
    return answers;
  }

  /** Opens a client's connection. @returns its slot, the answers so far and whether the engine has closed it */
  connect(fromAddress: string = "127.0.0.1"): {
    readonly answers: Uint8Array[];
    readonly isOpen: () => boolean;
    readonly write: (octets: Uint8Array) => void;
    readonly end: () => void;
  } {
    const slot = this.#nextId++;
    const answers: Uint8Array[] = [];
    const from = endpoint(fromAddress, this.#nextClientPort++);
    const stream: Stream = {
      to: from,
      frames: new FrameReader(),
      onFrame: (m) => answers.push(m),
      isOpen: true,
    };
    this.#streams.set(slot, stream);
    this.#engine.accepted?.(slot, 1, from, endpoint("127.0.0.1", 53), this.#now);
    return {
      answers,
      isOpen: () => stream.isOpen,
      write: (octets) => this.#engine.received?.(slot, octets, octets.length, this.#now),
      end: () => this.#engine.ended?.(slot, this.#now),
    };
  }

  /** Lets time pass, and happen what falls into it. */
  advance(ms: number): void {
    const until = this.#now.monotonic + ms;
    this.runUntil(() => false, ms);
    this.#moveTo(until);
  }

  /** Lets time pass until something is so. @returns whether it came to be within `maxMs` */
  runUntil(isSo: () => boolean, maxMs: number): boolean {
    const until = this.#now.monotonic + maxMs;
    while (!isSo()) {
      const next = this.#takeNext(until);
      if (!next) return false;
      this.#moveTo(next.at);
      next.run();
    }
    return true;
  }

  #takeNext(until: number): Event | undefined {
    let best: Event | undefined;
    for (const event of this.#events) {
      if (!best || event.at < best.at || (event.at === best.at && event.order < best.order)) best = event;
    }
    if (!best || best.at > until) return undefined;
    const taken = best;
    this.#events = this.#events.filter((event) => event !== taken);
    return taken;
  }

  #moveTo(monotonic: number): void {
    const ms = Math.max(0, monotonic - this.#now.monotonic);
    this.#now.monotonic += ms;
    this.#now.wall += ms;
  }

  #after(ms: number, run: () => void): void {
    this.#events.push({ at: this.#now.monotonic + ms, order: this.#order++, run });
  }

  #effects(): Effects {
    const engine = this.#engine;
    const now = this.#now;
    return {
      send: (socket, to, octets) => {
        const copy = octets.slice();
        if (socket === udpListener) {
          this.#after(delayMs, () => this.#clients.get(to.port)?.(copy));
        } else {
          this.#after(delayMs, () => this.#deliver(socket, to, copy));
        }
      },
      openDatagram: (to) => {
        const socket = this.#nextId++;
        this.#sockets.set(socket, to);
        return socket;
      },
      closeDatagram: (socket) => {
        this.#sockets.delete(socket);
      },
      connect: (to) => {
        const slot = this.#nextId++;
        const stream: Stream = { to, frames: new FrameReader(), isOpen: true };
        this.#streams.set(slot, stream);
        this.#after(2 * delayMs, () => {
          if (stream.isOpen) engine.connected?.(slot, now);
        });
        return slot;
      },
      write: (slot, octets) => {
        const stream = this.#streams.get(slot);
        if (!stream?.isOpen) return true;
        const messages = stream.frames.push(octets, octets.length);
        for (const message of messages) {
          if (stream.onFrame) stream.onFrame(message);
          else this.#after(delayMs, () => this.#deliverStream(slot, stream, message));
        }
        return true;
      },
      end: (slot) => this.#close(slot),
      destroy: (slot) => this.#close(slot),
      pause: () => {},
      resume: () => {},
      setTimer: (at) => {
        const id = this.#nextId++;
        this.#timers.add(id);
        this.#after(Math.max(0, at - now.monotonic), () => {
          if (this.#timers.delete(id)) engine.timer?.(id, now);
        });
        return id;
      },
      clearTimer: (id) => {
        this.#timers.delete(id);
      },
    };
  }

  #deliver(socket: number, server: Endpoint, octets: Uint8Array): void {
    const query: ServerQuery = { octets, server, transport: "udp" };
    this.queries.push(query);
    for (const answer of this.#script(query)) {
      this.#after(delayMs, () => {
        if (!this.#sockets.has(socket)) return;
        if ("failure" in answer) {
          this.#engine.datagramFailed?.(socket, answer.failure, this.#now);
          return;
        }
        const from = "from" in answer ? answer.from : server;
        // As the port promises: a socket hears only from where it was opened to.
        if (!isSameEndpoint(from, server)) return;
        const content = "from" in answer ? answer.octets : answer;
        this.#engine.datagram?.(socket, content, content.length, from, this.#now);
      });
    }
  }

  #deliverStream(slot: number, stream: Stream, octets: Uint8Array): void {
    const query: ServerQuery = { octets, server: stream.to, transport: "tcp" };
    this.queries.push(query);
    for (const answer of this.#script(query)) {
      this.#after(delayMs, () => {
        if (!stream.isOpen) return;
        if ("failure" in answer) {
          stream.isOpen = false;
          this.#engine.closed?.(slot, answer.failure, this.#now);
          return;
        }
        const framed = frame("from" in answer ? answer.octets : answer);
        this.#engine.received?.(slot, framed, framed.length, this.#now);
      });
    }
  }

  #close(slot: number): void {
    const stream = this.#streams.get(slot);
    if (!stream?.isOpen) return;
    stream.isOpen = false;
    this.#after(0, () => {
      this.#streams.delete(slot);
      this.#engine.closed?.(slot, undefined, this.#now);
    });
  }
}
