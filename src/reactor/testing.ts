// For the drivers' tests: an engine that records what reaches it, and what a contract test needs of a driver.
// Only tests import this file.

import type {
  Transport,
  DatagramEngine,
  Effects,
  Endpoint,
  Engine,
  IoFailure,
  Now,
  TlsClient,
} from "#engine";
import { copyEndpoint, endpoint } from "#engine";
import type { DriverAttachment, Driver, EngineFault, Listener } from "./driver.ts";
import { GatheredOctets } from "./gathered-octets.ts";
import type { TlsServer } from "./tls.ts";

/** What a contract test is given: two drivers that reach each other. */
export interface Harness {
  readonly server: Driver;
  readonly client: Driver;
  /** An address of the server's that the client reaches. */
  readonly address: string;
  /** What engines threw, on either side. */
  readonly faults: EngineFault[];
  /** Lets things happen until the condition holds, which probes' events may change. */
  readonly until: (condition: () => boolean) => Promise<void>;
  /** What the server's TCP listeners are behind; absent: nothing. Then the client's connections are the same. */
  readonly tls?: TlsServer;
  /** What engines of the client open connections with where they do not say; absent: as they are. */
  readonly clientTls?: TlsClient;
  /** Ends both drivers. */
  readonly close: () => Promise<void>;
}

/** Tells those who wait that a probe has seen an event. */
export class Happenings {
  #waiting = Promise.withResolvers<void>();

  notify(): void {
    this.#waiting.resolve();
    this.#waiting = Promise.withResolvers<void>();
  }

  next(): Promise<void> {
    return this.#waiting.promise;
  }
}

/** All probes notify here: tests of one file run one after the other. */
export const happenings: Happenings = new Happenings();

/** The handlers of an engine without `start`. */
export type Handlers = Omit<Engine, "start">;

/** An engine that writes down its events, holds them against the port's rules and passes them to handlers. */
export class Probe implements Engine {
  /** One line for each event, such as `accepted 0` or `received 0 5`. */
  readonly events: string[] = [];
  /** Breaches of the port's rules; must stay empty. */
  readonly breaches: string[] = [];
  /** The endpoints of the last connection or datagram. */
  from: Endpoint = endpoint("::", 0);
  to: Endpoint = endpoint("::", 0);
  now: Now = { monotonic: 0, wall: 0 };
  effects!: Effects;
  readonly #handlers: Handlers;
  readonly #tls: TlsClient | undefined;
  readonly #octets = new Map<number, GatheredOctets>();
  readonly #counts = new Map<string, number>();
  readonly #alive = new Set<number>();
  readonly #paused = new Set<number>();
  readonly #destroyed = new Set<number>();
  #depth = 0;

  /** @param tls  what connections are opened with where nothing is said */
  constructor(handlers: Handlers = {}, tls?: TlsClient) {
    this.#handlers = handlers;
    this.#tls = tls;
  }

  start(effects: Effects, now: Now): void {
    this.#enter("start", now);
    this.effects = this.#watch(effects);
    this.#depth--;
  }

  datagram(socket: number, input: Uint8Array, length: number, from: Endpoint, now: Now): void {
    this.#checkInput(input, length);
    this.from = copyEndpoint(from);
    this.#event(`datagram ${socket} ${length}`, now, () =>
      this.#handlers.datagram?.(socket, input, length, from, now),
    );
  }

  datagramFailed(socket: number, failure: IoFailure, now: Now): void {
    this.#event(`datagramFailed ${socket} ${failure}`, now, () =>
      this.#handlers.datagramFailed?.(socket, failure, now),
    );
  }

  accepted(slot: number, listener: number, from: Endpoint, to: Endpoint, now: Now): void {
    if (this.#alive.has(slot)) this.breaches.push(`accepted on slot ${slot}, which is in use`);
    this.#open(slot);
    this.from = copyEndpoint(from);
    this.to = copyEndpoint(to);
    this.#event(`accepted ${slot} ${listener}`, now, () =>
      this.#handlers.accepted?.(slot, listener, from, to, now),
    );
  }

  connected(slot: number, now: Now): void {
    this.#expectOpen("connected", slot);
    this.#event(`connected ${slot}`, now, () => this.#handlers.connected?.(slot, now));
  }

  received(slot: number, input: Uint8Array, length: number, now: Now): void {
    this.#expectOpen("received", slot);
    if (this.#paused.has(slot)) this.breaches.push(`received on slot ${slot}, which is paused`);
    if (length === 0) this.breaches.push(`received nothing on slot ${slot}`);
    this.#checkInput(input, length);
    this.#octets.get(slot)?.add(input.subarray(0, length));
    this.#event(`received ${slot} ${length}`, now, () => this.#handlers.received?.(slot, input, length, now));
  }

  drained(slot: number, now: Now): void {
    this.#expectOpen("drained", slot);
    this.#event(`drained ${slot}`, now, () => this.#handlers.drained?.(slot, now));
  }

  ended(slot: number, now: Now): void {
    this.#expectOpen("ended", slot);
    if (this.#paused.has(slot)) this.breaches.push(`ended on slot ${slot}, which is paused`);
    this.#event(`ended ${slot}`, now, () => this.#handlers.ended?.(slot, now));
  }

  closed(slot: number, failure: IoFailure | undefined, now: Now): void {
    if (!this.#alive.delete(slot)) this.breaches.push(`closed on slot ${slot}, which is not in use`);
    this.#destroyed.delete(slot);
    this.#paused.delete(slot);
    this.#event(`closed ${slot} ${failure ?? "cleanly"}`, now, () =>
      this.#handlers.closed?.(slot, failure, now),
    );
  }

  timer(id: number, now: Now): void {
    this.#event(`timer ${id}`, now, () => this.#handlers.timer?.(id, now));
  }

  /** How many events there were of a kind, such as `closed`. */
  count(kind: string): number {
    return this.#counts.get(kind) ?? 0;
  }

  /** What arrived on a slot since it was opened. */
  octets(slot: number): Uint8Array {
    return this.#octets.get(slot)?.all ?? new Uint8Array(0);
  }

  /** Tells whether an event that begins so was seen. */
  saw(start: string): boolean {
    if (!start.includes(" ")) return this.count(start) > 0;
    return this.events.some((event) => event.startsWith(start));
  }

  #open(slot: number): void {
    this.#alive.add(slot);
    this.#octets.set(slot, new GatheredOctets());
  }

  #expectOpen(event: string, slot: number): void {
    if (!this.#alive.has(slot)) this.breaches.push(`${event} on slot ${slot}, which is not open`);
    if (this.#destroyed.has(slot)) this.breaches.push(`${event} on slot ${slot}, which was destroyed`);
  }

  #checkInput(input: Uint8Array, length: number): void {
    if (Object.getPrototypeOf(input) !== Uint8Array.prototype)
      this.breaches.push("input is no plain Uint8Array");
    if (length > input.length) this.breaches.push("input is shorter than its length");
  }

  #enter(event: string, now: Now): void {
    if (this.#depth > 0) this.breaches.push(`${event} within another call`);
    if (now.monotonic < this.now.monotonic) this.breaches.push("monotonic time went back");
    this.now = { ...now };
    this.#depth++;
  }

  #event(event: string, now: Now, handle: () => void): void {
    this.#enter(event, now);
    this.events.push(event);
    const kind = event.slice(0, event.indexOf(" "));
    this.#counts.set(kind, this.count(kind) + 1);
    try {
      handle();
    } finally {
      this.#depth--;
      happenings.notify();
    }
  }

  /** Lets effects through, so that events which come from within one are noticed. */
  #watch(effects: Effects): Effects {
    const inside = <T>(act: () => T): T => {
      this.#depth++;
      try {
        return act();
      } finally {
        this.#depth--;
      }
    };
    return {
      send: (socket, to, octets) => inside(() => effects.send(socket, to, octets)),
      openDatagram: (to, from) => inside(() => effects.openDatagram(to, from)),
      closeDatagram: (socket) => inside(() => effects.closeDatagram(socket)),
      connect: (to, from, tls = this.#tls) => {
        const slot = inside(() => effects.connect(to, from, tls));
        if (this.#alive.has(slot)) this.breaches.push(`connect gave slot ${slot}, which is in use`);
        this.#open(slot);
        return slot;
      },
      write: (slot, octets) => inside(() => effects.write(slot, octets)),
      end: (slot) => inside(() => effects.end(slot)),
      destroy: (slot) => {
        if (this.#alive.has(slot)) this.#destroyed.add(slot);
        inside(() => effects.destroy(slot));
      },
      pause: (slot) => {
        if (this.#alive.has(slot)) this.#paused.add(slot);
        inside(() => effects.pause(slot));
      },
      resume: (slot) => {
        this.#paused.delete(slot);
        inside(() => effects.resume(slot));
      },
      setTimer: (at) => inside(() => effects.setTimer(at)),
      clearTimer: (id) => inside(() => effects.clearTimer(id)),
    };
  }
}

/** Sends each datagram back; gives nothing to an empty one. */
export const datagramEcho: DatagramEngine = {
  handle(input, length, _from, _to, output, at) {
    output.set(input.subarray(0, length), at);
    return length;
  },
};

/** A probe in service. */
export interface Served {
  readonly probe: Probe;
  readonly attachment: DriverAttachment;
  /** Where listener `id` is. */
  at(id?: number): Endpoint;
}

/** Puts a probe on listeners of the server, any free ports. */
export async function serve(
  harness: Harness,
  transports: readonly Transport[],
  handlers?: Handlers,
): Promise<Served> {
  const probe = new Probe(handlers);
  const listeners = transports.map((transport): Listener => ({
    transport,
    address: harness.address,
    port: 0,
    ...(harness.tls && transport === "tcp" ? { tls: harness.tls } : {}),
  }));
  const attachment = await harness.server.attach(probe, listeners);
  const at = (id = 0): Endpoint => endpoint(harness.address, attachment.listeners[id]?.port ?? 0);
  return { probe, attachment, at };
}

/** Puts a probe without listeners on the client. */
export async function dial(harness: Harness, handlers?: Handlers): Promise<Probe> {
  const probe = new Probe(handlers, harness.clientTls);
  await harness.client.attach(probe, []);
  return probe;
}

/** What the parts of the contract work with. */
export interface Bench {
  /** This test's harness. */
  readonly harness: () => Harness;
  /** Puts a probe on the server; its breaches fail the test. */
  readonly serve: (transports: readonly Transport[], handlers?: Handlers) => Promise<Served>;
  /** Puts a probe on the client; its breaches fail the test. */
  readonly dial: (handlers?: Handlers) => Promise<Probe>;
}

/** The longest beginning of the pattern that was asked for. */
let pattern = new Uint8Array(0);

/** Octets that cannot be mistaken when some are lost, doubled or moved. */
export function patterned(length: number): Uint8Array {
  if (pattern.length < length) {
    pattern = new Uint8Array(length);
    let state = 1;
    for (let i = 0; i < length; i++) {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      pattern[i] = state >>> 24;
    }
  }
  return pattern.slice(0, length);
}
