// The simulated driver: whole internets in one process, on a virtual clock, from one seed.
//
// Hosts are drivers: product code attaches its engines to them as to the real one. Nothing happens until the network
// is run (`advance`, `runUntil`, `runUntilIdle`), and then as fast as the engines compute.

import { formatEndpoint, type Random } from "#engine";
import type { FaultListener } from "./driver.ts";
import { SimulatedClient } from "./simulated-client.ts";
import { SimulatedCore, type SimulatedLink, type Packet } from "./simulated-core.ts";
import { SimulatedHost } from "./simulated-host.ts";
import type { StreamLimits, StreamStation } from "./simulated-stream.ts";

/** Settings of a network. */
export interface NetworkOptions {
  /** What all chance follows from; 1 where absent. */
  readonly seed?: number;
  /** The wall clocks' start in milliseconds since 1970; 2026-01-01T00:00:00Z where absent. */
  readonly wall?: number;
  /** What paths do where `setLink` says nothing else; 1 ms and no faults where absent. */
  readonly link?: Partial<SimulatedLink>;
  /** Stream buffers; 65536 octets each where absent. */
  readonly limits?: Partial<StreamLimits>;
  /** Told when an engine throws. Absent: the run that it happens in throws the engine's error. */
  readonly onFault?: FaultListener;
}

/** Names of hosts, or hosts. */
type HostList = readonly (SimulatedHost | string)[];

/** A network of simulated hosts. */
export class SimulatedNetwork {
  readonly #core: SimulatedCore<StreamStation>;
  readonly #hosts = new Map<string, SimulatedHost>();
  readonly #limits: StreamLimits;
  readonly #onFault: FaultListener;
  #fault: { error: unknown } | undefined;
  #isRunning = false;

  constructor(options: NetworkOptions = {}) {
    const wall = options.wall ?? Date.UTC(2026, 0, 1);
    this.#core = new SimulatedCore<StreamStation>(options.seed ?? 1, wall, options.link ?? {});
    this.#limits = { window: 65536, highWater: 65536, ...options.limits };
    this.#onFault = options.onFault ?? ((fault) => void (this.#fault ??= { error: fault.error }));
  }

  /** Adds a host with its addresses. A name or address in use is a RangeError. */
  host(name: string, addresses: readonly string[], options: { onFault?: FaultListener } = {}): SimulatedHost {
    if (this.#hosts.has(name)) throw new RangeError(`Cannot add host "${name}": there is one of that name`);
    const onFault = options.onFault ?? this.#onFault;
    const host = new SimulatedHost(this.#core, name, addresses, { limits: this.#limits, onFault });
    this.#hosts.set(name, host);
    return host;
  }

  /** Adds a host with a client on it. */
  async client(name: string, addresses: readonly string[]): Promise<SimulatedClient> {
    const client = new SimulatedClient((predicate, limitMs) => this.runUntil(predicate, limitMs));
    await this.host(name, addresses).attach(client, []);
    return client;
  }

  /** Monotonic milliseconds since the start. */
  get time(): number {
    return this.#core.time;
  }

  /** Lets `ms` milliseconds pass, with all that happens in them. */
  advance(ms: number): void {
    this.#run(() => false, this.#core.time + ms);
  }

  /**
   * Runs until something holds, asked before the start and after each event.
   * @returns false where `limitMs` passed without it
   */
  runUntil(predicate: () => boolean, limitMs = 60_000): boolean {
    return this.#run(predicate, this.#core.time + limitMs);
  }

  /**
   * Runs until nothing is left to happen: no packet, no timer.
   * @returns false where that was not so within `limitMs`
   */
  runUntilIdle(limitMs = 3_600_000): boolean {
    const end = this.#core.time + limitMs;
    return this.#run(() => this.#core.nextEventAt() === undefined, end);
  }

  /** Steps all wall clocks. Monotonic time is not touched. */
  stepWall(ms: number): void {
    this.#core.wallStart += ms;
  }

  /** Sets all wall clocks to a time in milliseconds since 1970; each host's own error is added to it. */
  setWall(ms: number): void {
    this.#core.wallStart = ms - this.#core.time;
  }

  /** Chance for engines: a sequence of its own that follows from the network's seed. */
  random(): Random {
    return this.#core.random.fork();
  }

  #run(predicate: () => boolean, end: number): boolean {
    if (this.#isRunning) throw new RangeError("Cannot run the network: it is running already");
    this.#isRunning = true;
    try {
      for (;;) {
        if (this.#fault) {
          const { error } = this.#fault;
          this.#fault = undefined;
          throw error;
        }
        if (predicate()) return true;
        const next = this.#core.nextEventAt();
        if (next === undefined || next > end) break;
        this.#core.step();
      }
      if (Number.isFinite(end) && end > this.#core.time) this.#core.time = end;
      return false;
    } finally {
      this.#isRunning = false;
    }
  }

  /** Sets what the path between two hosts does, both ways. What is not named stays. */
  setLink(a: SimulatedHost | string, b: SimulatedHost | string, link: Partial<SimulatedLink>): void {
    this.#core.setLink(this.#find(a), this.#find(b), link);
  }

  /**
   * Cuts all paths between two groups of hosts; without a second group, between the first and everybody else.
   * @returns a function that mends them
   */
  partition(group: HostList, others?: HostList): () => void {
    const inside = new Set<StreamStation>(group.map((host) => this.#find(host)));
    const outside = others && new Set<StreamStation>(others.map((host) => this.#find(host)));
    return this.#core.cut((a, b) => inside.has(a) && (outside ? outside.has(b) : !inside.has(b)));
  }

  #find(host: SimulatedHost | string): SimulatedHost {
    if (typeof host !== "string") return host;
    const found = this.#hosts.get(host);
    if (!found) throw new RangeError(`Cannot find host "${host}": there is none of that name`);
    return found;
  }

  /** Every packet sent so far, in order. */
  get packets(): readonly Packet[] {
    return this.#core.packets;
  }

  /** How many packets satisfy a condition. */
  count(predicate: (packet: Packet) => boolean): number {
    let count = 0;
    for (const packet of this.#core.packets) if (predicate(packet)) count++;
    return count;
  }

  /** How many datagrams were sent to `address`, or to one port of it where given as `address:port`. */
  countDatagramsTo(where: string): number {
    return this.count((packet) => {
      if (packet.transport !== "udp") return false;
      const text = formatEndpoint(packet.to);
      return text === where || text.slice(0, text.lastIndexOf(":")).replace(/[[\]]/g, "") === where;
    });
  }

  /** Empties the log. */
  clearPackets(): void {
    this.#core.packets.length = 0;
  }
}
