// A client for tests on the simulated network: send a datagram and get the answer, open a stream and look at it.
// It is an ordinary engine on a host of its own.

import { copyEndpoint, endpoint, type Effects, type Endpoint, type Engine, type IoFailure } from "#engine";
import { GatheredOctets } from "./gathered-octets.ts";

/** What came of one datagram that was sent. */
export class SimulatedExchange {
  /** Datagrams that came back, in order. */
  readonly replies: Uint8Array[] = [];
  /** The last error from the network. */
  failure: IoFailure | undefined;
}

/** A stream as a test sees it. */
export class ClientStream {
  state: "connecting" | "open" | "closed" = "connecting";
  /** All that has arrived. */
  get received(): Uint8Array {
    return this.#octets.all;
  }
  readonly #octets = new GatheredOctets();
  /** The peer has ended its sending direction. */
  isEnded = false;
  /** Why it closed; undefined while open and after a clean end. */
  failure: IoFailure | undefined;
  readonly #effects: Effects;
  readonly #slot: number;

  constructor(effects: Effects, slot: number) {
    this.#effects = effects;
    this.#slot = slot;
  }

  /** Takes note of what has arrived. */
  add(octets: Uint8Array): void {
    this.#octets.add(octets);
  }

  write(octets: Uint8Array): boolean {
    return this.state !== "closed" && this.#effects.write(this.#slot, octets);
  }

  /** Ends the sending direction. */
  end(): void {
    if (this.state !== "closed") this.#effects.end(this.#slot);
  }

  /** Drops the connection. */
  destroy(): void {
    if (this.state !== "closed") this.#effects.destroy(this.#slot);
  }

  pause(): void {
    if (this.state !== "closed") this.#effects.pause(this.#slot);
  }

  resume(): void {
    if (this.state !== "closed") this.#effects.resume(this.#slot);
  }
}

/** Where to send: an endpoint, or its text such as `192.0.2.1:53` or `[2001:db8::1]:53`. */
export type SimulatedTarget = Endpoint | string;

/** A client. Made by `SimulatedNetwork.client`. */
export class SimulatedClient implements Engine {
  #effects: Effects | undefined;
  readonly #exchanges = new Map<number, SimulatedExchange>();
  readonly #streams = new Map<number, ClientStream>();
  readonly #runUntil: (predicate: () => boolean, limitMs: number) => boolean;

  constructor(runUntil: (predicate: () => boolean, limitMs: number) => boolean) {
    this.#runUntil = runUntil;
  }

  /**
   * Sends a datagram and lets the network run until an answer is there, an error came back or time is up.
   * @returns the first answer, or undefined
   */
  ask(to: SimulatedTarget, octets: Uint8Array, timeoutMs = 5000): Uint8Array | undefined {
    const exchange = new SimulatedExchange();
    const socket = this.#open(to, octets, exchange);
    this.#runUntil(() => exchange.replies.length > 0 || exchange.failure !== undefined, timeoutMs);
    this.#exchanges.delete(socket);
    this.#effects?.closeDatagram(socket);
    return exchange.replies[0];
  }

  /** Sends a datagram and keeps its socket open; what comes of it shows while the network runs. */
  send(to: SimulatedTarget, octets: Uint8Array): SimulatedExchange {
    const exchange = new SimulatedExchange();
    this.#open(to, octets, exchange);
    return exchange;
  }

  /** Opens a stream. It opens while the network runs; what is written before waits. */
  open(to: SimulatedTarget): ClientStream {
    const effects = this.#started();
    const slot = effects.connect(target(to));
    const stream = new ClientStream(effects, slot);
    this.#streams.set(slot, stream);
    return stream;
  }

  #open(to: SimulatedTarget, octets: Uint8Array, exchange: SimulatedExchange): number {
    const effects = this.#started();
    const where = target(to);
    const socket = effects.openDatagram(where);
    this.#exchanges.set(socket, exchange);
    effects.send(socket, where, octets);
    return socket;
  }

  #started(): Effects {
    if (!this.#effects) throw new RangeError("Cannot use the client: it is not attached");
    return this.#effects;
  }

  start(effects: Effects): void {
    this.#effects = effects;
  }

  datagram(socket: number, input: Uint8Array, length: number): void {
    this.#exchanges.get(socket)?.replies.push(input.slice(0, length));
  }

  datagramFailed(socket: number, failure: IoFailure): void {
    const exchange = this.#exchanges.get(socket);
    if (exchange) exchange.failure = failure;
  }

  connected(slot: number): void {
    const stream = this.#streams.get(slot);
    if (stream) stream.state = "open";
  }

  received(slot: number, input: Uint8Array, length: number): void {
    this.#streams.get(slot)?.add(input.subarray(0, length));
  }

  ended(slot: number): void {
    const stream = this.#streams.get(slot);
    if (stream) stream.isEnded = true;
  }

  closed(slot: number, failure: IoFailure | undefined): void {
    const stream = this.#streams.get(slot);
    if (!stream) return;
    stream.state = "closed";
    stream.failure = failure;
    this.#streams.delete(slot);
  }
}

function target(to: SimulatedTarget): Endpoint {
  if (typeof to !== "string") return copyEndpoint(to);
  const colon = to.lastIndexOf(":");
  return endpoint(to.slice(0, colon).replace(/^\[(.*)\]$/, "$1"), Number(to.slice(colon + 1)));
}
