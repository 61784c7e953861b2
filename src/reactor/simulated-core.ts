// The simulator's middle: virtual time, the event queue, the links between hosts and the log of packets.
// Everything that happens is an entry of one queue, ordered by time and then by age, and all chance comes from one
// seed: the same program with the same seed replays to the octet. What hosts do with a packet is theirs.

import { formatAddress, isLoopback, type Endpoint } from "#engine";
import { SeededRandom } from "./random.ts";
import { TimerQueue } from "./timer-queue.ts";

/** What a path between two hosts does to packets. Probabilities are 0 to 1. */
export interface SimulatedLink {
  /** One-way delay in milliseconds. */
  readonly latencyMs: number;
  /** Added at random to each packet's delay: 0 up to this. */
  readonly jitterMs: number;
  /** How likely a packet is lost. Lost stream segments are sent again. */
  readonly loss: number;
  /** How likely a datagram arrives twice. */
  readonly duplicate: number;
  /** How likely a packet is held back by up to `reorderMs`, so that later ones overtake it. */
  readonly reorder: number;
  readonly reorderMs: number;
}

/** What became of a packet. */
export type Fate =
  | "in-flight"
  | "delivered"
  /** By the link's `loss`. */
  | "lost"
  /** By a partition. */
  | "cut"
  /** Nobody has the address, or its host is down. */
  | "no-host"
  /** The host is up and nothing listens there. */
  | "no-port";

/** One packet of the log. */
export interface Packet {
  /** Monotonic milliseconds at which it was sent. */
  readonly at: number;
  readonly transport: "udp" | "tcp" | "icmp";
  readonly kind: "datagram" | "unreachable" | "syn" | "syn-ack" | "ack" | "data" | "fin" | "rst" | "probe";
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly octets: Uint8Array;
  fate: Fate;
}

/** What the middle must know of a host. */
export interface Station {
  readonly name: string;
  readonly isUp: boolean;
}

const defaultLink: SimulatedLink = {
  latencyMs: 1,
  jitterMs: 0,
  loss: 0,
  duplicate: 0,
  reorder: 0,
  reorderMs: 50,
};

/** A host reaches itself at once and without loss. */
const loopbackLink: SimulatedLink = { ...defaultLink, latencyMs: 0 };

/** Virtual time, links and the packet log. `S` is the kind of host. */
export class SimulatedCore<S extends Station> {
  /** Monotonic milliseconds since the simulation's start. */
  time = 0;
  /** What the wall clocks show at time 0, before a host's own error. */
  wallStart: number;
  readonly random: SeededRandom;
  readonly packets: Packet[] = [];
  readonly #events = new TimerQueue<() => void>();
  readonly #stations = new Map<string, S>();
  readonly #links = new Map<string, SimulatedLink>();
  readonly #cuts = new Set<(a: S, b: S) => boolean>();
  readonly #default: SimulatedLink;

  constructor(seed: number, wall: number, link: Partial<SimulatedLink>) {
    this.random = new SeededRandom(seed);
    this.wallStart = wall;
    this.#default = { ...defaultLink, ...link };
  }

  /** Runs something at a time, or as soon as events of now are through where that is past. Gives an id to cancel with. */
  schedule(at: number, event: () => void): number {
    return this.#events.add(at, event);
  }

  /** Takes an event back. */
  cancel(id: number): void {
    this.#events.remove(id);
  }

  /** The time of the next event, or undefined where nothing is left to happen. */
  nextEventAt(): number | undefined {
    return this.#events.peek();
  }

  /** Lets the next event happen, moving the clock to it. False where there is none. */
  step(): boolean {
    const next = this.#events.take();
    if (!next) return false;
    if (next.at > this.time) this.time = next.at;
    next.value();
    return true;
  }

  /** Gives a station an address. False where another has it. */
  claim(address: Uint8Array, station: S): boolean {
    const key = formatAddress(address);
    if (this.#stations.has(key)) return false;
    this.#stations.set(key, station);
    return true;
  }

  /** The station that an address leads to, as seen from `from`. Loopback addresses that nobody has lead back. */
  route(from: S, address: Uint8Array): S | undefined {
    return this.#stations.get(formatAddress(address)) ?? (isLoopback(address) ? from : undefined);
  }

  /** Sets what the path between two stations does, both ways; what is not named keeps its value. */
  setLink(a: S, b: S, link: Partial<SimulatedLink>): void {
    const merged = { ...this.linkBetween(a, b), ...link };
    this.#links.set(linkKey(a, b), merged);
    this.#links.set(linkKey(b, a), merged);
  }

  linkBetween(a: S, b: S): SimulatedLink {
    return this.#links.get(linkKey(a, b)) ?? (a === b ? loopbackLink : this.#default);
  }

  /** Cuts all paths for which `isCut` holds (asked both ways). @returns what mends them */
  cut(isCut: (a: S, b: S) => boolean): () => void {
    this.#cuts.add(isCut);
    return () => this.#cuts.delete(isCut);
  }

  /** Tells whether packets can pass between two stations now. */
  isReachable(a: S, b: S): boolean {
    if (!a.isUp || !b.isUp) return false;
    for (const isCut of this.#cuts) if (isCut(a, b) || isCut(b, a)) return false;
    return true;
  }

  /** One packet's delay over a path, in milliseconds. */
  delay(link: SimulatedLink): number {
    let delay = link.latencyMs;
    if (link.jitterMs > 0) delay += this.random.fraction() * link.jitterMs;
    if (link.reorder > 0 && this.random.fraction() < link.reorder)
      delay += this.random.fraction() * link.reorderMs;
    return delay;
  }

  /**
   * Sends a packet.
   * @param arrive  called when it reaches a host that is up; tells what became of it there
   * @param lost  called as soon as it is certain that it does not, with the time at which it was sent
   */
  send(
    from: S,
    packet: Omit<Packet, "at" | "fate">,
    arrive: (to: S, packet: Packet) => Fate,
    lost?: (sentAt: number) => void,
  ): void {
    const sent: Packet = { ...packet, at: this.time, fate: "in-flight" };
    this.packets.push(sent);
    const to = this.route(from, packet.to.address);
    if (!to) return this.#lose(sent, "no-host", lost);
    const link = this.linkBetween(from, to);
    if (to.isUp && !this.isReachable(from, to)) return this.#lose(sent, "cut", lost);
    if (link.loss > 0 && this.random.fraction() < link.loss) return this.#lose(sent, "lost", lost);
    const copies =
      packet.transport === "udp" && link.duplicate > 0 && this.random.fraction() < link.duplicate ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      this.schedule(this.time + this.delay(link), () => {
        if (to.isUp) sent.fate = arrive(to, sent);
        else this.#lose(sent, "no-host", lost);
      });
    }
  }

  #lose(packet: Packet, fate: Fate, lost: ((sentAt: number) => void) | undefined): void {
    packet.fate = fate;
    lost?.(packet.at);
  }
}

function linkKey(a: Station, b: Station): string {
  return `${a.name}\n${b.name}`;
}
