// A public TCP port that is passed on to an instance as it is: octets both ways with backpressure, half-closed connections stay so, a
// connection that breaks off breaks off on the other side too. The target can be swapped at any time; connections live on.

import type { Effects, Endpoint, Engine, IoFailure, Now } from "#engine";
import { Deadlines, type Timed } from "./deadlines.ts";
import { TargetTraffic } from "./resource-counters.ts";

/** Milliseconds that a connection through a port may take. */
export interface PortTimeouts {
  /** To open the connection to the target. */
  readonly connectMs: number;
  /** Without any octet in either direction. */
  readonly idleMs: number;
}

/** What holds where nothing is given: a target on the same network answers at once; an hour of silence is what tunnels may have. */
const defaultTimeouts: PortTimeouts = { connectMs: 5000, idleMs: 3_600_000 };

/** Connections through one port at once; one more is reset. */
const maxConnections = 10_000;

/** Where nobody counts. */
const nobodys = new TargetTraffic();

/** Two connections that belong together. */
interface Pair extends Timed {
  readonly client: number;
  readonly target: number;
  isOpen: boolean;
}

/** One public port, as an engine with one listener. */
export class PortEngine implements Engine {
  #target: Endpoint;
  readonly #timeouts: PortTimeouts;
  readonly #trafficOf: () => TargetTraffic;
  readonly #pairs = new Map<number, Pair>();
  #count = 0;
  #running: { effects: Effects; deadlines: Deadlines<Pair> } | undefined;

  /** @param traffic  where octets count; asked anew now and then, since who counts may forget what is not used */
  constructor(
    target: Endpoint,
    timeouts: Partial<PortTimeouts> = {},
    traffic: () => TargetTraffic = (): TargetTraffic => nobodys,
  ) {
    this.#target = target;
    this.#trafficOf = traffic;
    this.#timeouts = { ...defaultTimeouts, ...timeouts };
  }

  /** Leads connections that come from now on elsewhere. */
  setTarget(target: Endpoint): void {
    this.#target = target;
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#count;
  }

  start(effects: Effects): void {
    const deadlines = new Deadlines<Pair>(effects, (pair) => this.#drop(pair));
    this.#running = { effects, deadlines };
  }

  accepted(slot: number, _listener: number, _from: Endpoint, _to: Endpoint, now: Now): void {
    const { effects, deadlines } = this.#run();
    if (this.#count >= maxConnections) {
      effects.destroy(slot);
      return;
    }
    this.#count++;
    // What the client sends waits in the system until the target is there, its end too.
    effects.pause(slot);
    const pair: Pair = {
      client: slot,
      target: effects.connect(this.#target),
      isOpen: false,
      deadline: Number.POSITIVE_INFINITY,
    };
    this.#pairs.set(slot, pair);
    this.#pairs.set(pair.target, pair);
    deadlines.set(pair, now.monotonic + this.#timeouts.connectMs);
  }

  connected(slot: number, now: Now): void {
    const pair = this.#pairs.get(slot);
    if (!pair) return;
    pair.isOpen = true;
    this.#touch(pair, now);
    this.#run().effects.resume(pair.client);
  }

  received(slot: number, input: Uint8Array, length: number, now: Now): void {
    const pair = this.#pairs.get(slot);
    if (!pair) return;
    this.#touch(pair, now);
    const { effects } = this.#run();
    const traffic = this.#trafficOf();
    if (slot === pair.client) traffic.octetsToTarget += length;
    else traffic.octetsFromTarget += length;
    if (!effects.write(otherOf(pair, slot), input.subarray(0, length))) effects.pause(slot);
  }

  drained(slot: number): void {
    const pair = this.#pairs.get(slot);
    if (pair?.isOpen) this.#run().effects.resume(otherOf(pair, slot));
  }

  ended(slot: number, now: Now): void {
    const pair = this.#pairs.get(slot);
    if (!pair) return;
    this.#touch(pair, now);
    this.#run().effects.end(otherOf(pair, slot));
  }

  closed(slot: number, failure: IoFailure | undefined): void {
    const pair = this.#pairs.get(slot);
    if (!pair) return;
    this.#pairs.delete(slot);
    const other = otherOf(pair, slot);
    const { effects, deadlines } = this.#run();
    if (slot === pair.client) this.#count--;
    // One that ended well ended on both sides; then the other side is on its way to the same.
    if (failure !== undefined || !pair.isOpen) effects.destroy(other);
    if (!this.#pairs.has(other)) deadlines.remove(pair);
  }

  timer(id: number, now: Now): void {
    this.#run().deadlines.fired(id, now);
  }

  #touch(pair: Pair, now: Now): void {
    if (pair.isOpen) this.#run().deadlines.set(pair, now.monotonic + this.#timeouts.idleMs);
  }

  #drop({ client, target }: Pair): void {
    const { effects } = this.#run();
    effects.destroy(client);
    effects.destroy(target);
  }

  #run(): { effects: Effects; deadlines: Deadlines<Pair> } {
    if (!this.#running) throw new RangeError("Cannot handle an event: the port was not started");
    return this.#running;
  }
}

function otherOf({ client, target }: Pair, slot: number): number {
  return slot === client ? target : client;
}
