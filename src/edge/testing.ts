// A small network in memory for tests of this folder: it drives one engine and plays its clients and targets. Octets are
// copied, events come in order from `run`, a paused connection is not delivered to, and time only moves when told.

import {
  type Effects,
  endpoint,
  type Endpoint,
  type Engine,
  formatEndpoint,
  type IoFailure,
  type Now,
  type TlsClient,
} from "#engine";
import { octetsOf, textOf } from "#http";

/** The far end of one of the engine's connections. */
export class FarEnd {
  readonly slot: number;
  /** All that the engine wrote, in the order it wrote it. */
  readonly received: Uint8Array[] = [];
  /** How many octets the engine may write before it is told to wait; they count down as the test reads them with `read`. */
  capacity: number = Number.POSITIVE_INFINITY;
  unread = 0;
  isConnected: boolean;
  /** The engine ended its sending direction. */
  hasEnd = false;
  /** The connection is gone. */
  isGone = false;
  /** The engine dropped it. */
  wasDestroyed = false;
  isPaused = false;
  isBlocked = false;
  hasSentEnd = false;
  /** The engine was told of the end. */
  isEndSeen = false;
  /** What TLS it was opened with; octets are in the clear all the same. */
  tls: TlsClient | undefined = undefined;
  readonly queue: Uint8Array[] = [];
  readonly #network: MemoryNetwork;

  constructor(network: MemoryNetwork, slot: number, isConnected: boolean) {
    this.#network = network;
    this.slot = slot;
    this.isConnected = isConnected;
  }

  /** All that the engine wrote, as text, a character an octet. */
  get text(): string {
    return this.received.map((octets) => textOf(octets)).join("");
  }

  /** Sends octets to the engine and lets everything happen that follows. */
  send(content: string | Uint8Array): void {
    this.queue.push(typeof content === "string" ? octetsOf(content) : content.slice());
    this.#network.run();
  }

  /** Ends this side's sending direction. */
  end(): void {
    this.hasSentEnd = true;
    this.#network.run();
  }

  /** Breaks the connection off. */
  reset(failure: IoFailure | undefined = "reset"): void {
    this.#network.close(this, failure);
    this.#network.run();
  }

  /** Reads what the engine wrote so far, so that it may write again. */
  read(): void {
    this.unread = 0;
    if (this.isBlocked) {
      this.isBlocked = false;
      this.#network.push(() => {
        if (!this.isGone) this.#network.engine.drained?.(this.slot, this.#network.now);
      });
    }
    this.#network.run();
  }
}

/** What a target does with a connection to it: gets the peer when it opens and each time octets arrive. */
export interface MemoryServer {
  opened?(peer: FarEnd): void;
  received?(peer: FarEnd, octets: Uint8Array): void;
}

/** The network and the clock. */
export class MemoryNetwork implements Effects {
  readonly engine: Engine;
  readonly now: { monotonic: number; wall: number } & Now = { monotonic: 1000, wall: 784_111_777_000 };
  /** Where something listens: by address and port. A server of `undefined` never answers a connection. */
  readonly servers: Map<string, MemoryServer | undefined> = new Map<string, MemoryServer | undefined>();
  /** Outgoing connections in the order they were asked for. */
  readonly outgoing: FarEnd[] = [];
  readonly peers: Map<number, FarEnd> = new Map<number, FarEnd>();
  readonly timers: Map<number, number> = new Map<number, number>();
  #events: (() => void)[] = [];
  #nextSlot = 0;
  #nextTimer = 1;
  #isRunning = false;

  constructor(engine: Engine) {
    this.engine = engine;
    engine.start(this, this.now);
  }

  /** Opens a connection from a client. */
  accept(to: string = "127.53.8.1:8080", from: string = "127.0.0.1:40000", listener: number = 0): FarEnd {
    const peer = new FarEnd(this, this.#nextSlot++, true);
    this.peers.set(peer.slot, peer);
    this.engine.accepted?.(peer.slot, listener, readEndpoint(from), readEndpoint(to), this.now);
    this.run();
    return peer;
  }

  /** Lets time pass, with the timers that fall into it. */
  advance(ms: number): void {
    const end = this.now.monotonic + ms;
    for (;;) {
      let next = -1;
      let at = end;
      for (const [id, due] of this.timers) if (due <= at) [next, at] = [id, due];
      if (next < 0) break;
      this.timers.delete(next);
      this.#setTime(Math.max(at, this.now.monotonic));
      this.engine.timer?.(next, this.now);
      this.run();
    }
    this.#setTime(end);
  }

  /** Lets happen what is due, until nothing is. */
  run(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    for (;;) {
      const event = this.#events.shift();
      if (event) event();
      else if (!this.#deliver()) break;
    }
    this.#isRunning = false;
  }

  /** Lets something happen at the next turn. */
  push(event: () => void): void {
    this.#events.push(event);
  }

  /** Closes a connection, and tells the engine at the next turn. */
  close(peer: FarEnd, failure: IoFailure | undefined): void {
    if (peer.isGone) return;
    peer.isGone = true;
    this.push(() => {
      this.peers.delete(peer.slot);
      this.engine.closed?.(peer.slot, failure, this.now);
    });
  }

  /** Closes a connection whose two directions are ended. */
  closeIfBothEnded(peer: FarEnd): void {
    if (peer.hasEnd && peer.isEndSeen) this.close(peer, undefined);
  }

  // Effects.

  send(): void {
    throw new RangeError("Cannot send a datagram: the relay has none");
  }

  openDatagram(): number {
    throw new RangeError("Cannot open a datagram socket: the relay has none");
  }

  closeDatagram(): void {}

  connect(to: Endpoint, _from?: Uint8Array, tls?: TlsClient): number {
    const peer = new FarEnd(this, this.#nextSlot++, false);
    peer.tls = tls;
    this.peers.set(peer.slot, peer);
    this.outgoing.push(peer);
    const key = formatEndpoint(to);
    this.push(() => {
      if (peer.isGone) return;
      const server = this.servers.get(key);
      if (!this.servers.has(key)) this.close(peer, "refused");
      else if (server) {
        peer.isConnected = true;
        this.engine.connected?.(peer.slot, this.now);
        server.opened?.(peer);
        if (server.received) this.#served.set(peer, server);
        for (const octets of peer.received.slice()) server.received?.(peer, octets);
      }
    });
    return peer.slot;
  }

  readonly #served = new Map<FarEnd, MemoryServer>();

  write(slot: number, octets: Uint8Array): boolean {
    const peer = this.#open(slot);
    if (!peer || peer.hasEnd) return true;
    const copy = octets.slice();
    peer.received.push(copy);
    const server = this.#served.get(peer);
    if (server) this.push(() => server.received?.(peer, copy));
    peer.unread += copy.length;
    peer.isBlocked = peer.unread > peer.capacity;
    return !peer.isBlocked;
  }

  end(slot: number): void {
    const peer = this.#open(slot);
    if (!peer || peer.hasEnd) return;
    peer.hasEnd = true;
    this.closeIfBothEnded(peer);
  }

  destroy(slot: number): void {
    const peer = this.#open(slot);
    if (!peer) return;
    peer.wasDestroyed = true;
    this.close(peer, undefined);
  }

  pause(slot: number): void {
    const peer = this.#open(slot);
    if (peer) peer.isPaused = true;
  }

  resume(slot: number): void {
    const peer = this.#open(slot);
    if (peer) peer.isPaused = false;
  }

  setTimer(at: number): number {
    const id = this.#nextTimer++;
    this.timers.set(id, at);
    return id;
  }

  clearTimer(id: number): void {
    this.timers.delete(id);
  }

  #open(slot: number): FarEnd | undefined {
    const peer = this.peers.get(slot);
    return peer?.isGone ? undefined : peer;
  }

  #deliver(): boolean {
    for (const peer of this.peers.values()) {
      if (peer.isGone || peer.isPaused || !peer.isConnected) continue;
      const octets = peer.queue.shift();
      if (!octets) {
        if (!peer.hasSentEnd || peer.isEndSeen) continue;
        peer.isEndSeen = true;
        this.engine.ended?.(peer.slot, this.now);
        this.closeIfBothEnded(peer);
        return true;
      }
      // Behind what is valid, the buffer holds what the engine must not read.
      const buffer = new Uint8Array(octets.length + 8).fill(0x58);
      buffer.set(octets);
      this.engine.received?.(peer.slot, buffer, octets.length, this.now);
      buffer.fill(0x59); // and after the call it is used for something else
      return true;
    }
    return false;
  }

  #setTime(monotonic: number): void {
    this.now.wall += monotonic - this.now.monotonic;
    this.now.monotonic = monotonic;
  }
}

function readEndpoint(text: string): Endpoint {
  const at = text.lastIndexOf(":");
  return endpoint(text.slice(0, at).replace(/^\[|\]$/g, ""), Number(text.slice(at + 1)));
}

/** A server that answers each request with what a function says; undefined: not at all. */
export function serverOf(answer: (request: string) => string | undefined): MemoryServer {
  return {
    received(peer, octets) {
      const reply = answer(String.fromCharCode(...octets));
      if (reply !== undefined) peer.send(reply);
    },
  };
}
