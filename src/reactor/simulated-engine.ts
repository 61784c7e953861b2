// Engines in service on a simulated host: their effects, and the events that reach them.
// Buffers and endpoints handed to an engine are spoilt after each call, so that one that keeps them uncopied is found.

import {
  copyEndpoint,
  endpoint,
  formatEndpoint,
  isSameEndpoint,
  type DatagramEngine,
  type Effects,
  type Endpoint,
  type Engine,
  type IoFailure,
} from "#engine";
import { maxDatagramOctets, type DriverAttachment, type BoundListener, type EngineFault } from "./driver.ts";
import type { Packet } from "./simulated-core.ts";
import type { DatagramPort, SimulatedHost, StreamPort } from "./simulated-host.ts";
import { StreamEnd, type StreamOwner } from "./simulated-stream.ts";
import { SlotTable } from "./slot-table.ts";

/** What handed-out buffers hold after a call. */
const spoilt = 0xdb;

/** A datagram engine on its listener. */
export class SimulatedDatagramEngine implements DriverAttachment, DatagramPort {
  readonly listeners: readonly BoundListener[];
  readonly #host: SimulatedHost;
  readonly #engine: DatagramEngine;
  readonly #at: Endpoint;
  #isDead = false;

  constructor(host: SimulatedHost, engine: DatagramEngine, listener: BoundListener) {
    this.#host = host;
    this.#engine = engine;
    this.listeners = [listener];
    this.#at = endpoint(listener.address, listener.port);
    host.bindDatagram(this.#at, this);
    engine.attached?.(copyEndpoint(this.#at), (to, octets) => {
      if (this.#isDead || octets.length > maxDatagramOctets) return;
      const isWildcard = listener.address === "0.0.0.0" || listener.address === "::";
      const address = isWildcard ? host.sourceFor(to.address) : this.#at.address;
      if (address) host.sendDatagram({ address, port: this.#at.port }, copyEndpoint(to), octets);
    });
  }

  datagram(packet: Packet): void {
    if (this.#isDead) return;
    const { input, output, core } = this.#host;
    input.set(packet.octets);
    const from = copyEndpoint(packet.from);
    const to = copyEndpoint(packet.to);
    const at = core.random.integer(64);
    let length = 0;
    try {
      length = this.#engine.handle(input, packet.octets.length, from, to, output, at, this.#host.engineNow());
    } catch (error) {
      this.#host.faults.report("handle", error, packet.octets, packet.octets.length);
      return;
    } finally {
      input.fill(spoilt, 0, packet.octets.length);
      from.address.fill(spoilt);
      to.address.fill(spoilt);
    }
    if (length > 0 && length <= maxDatagramOctets) {
      this.#host.sendDatagram(packet.to, packet.from, output.subarray(at, at + length));
    }
  }

  unreachable(): void {}

  async close(): Promise<void> {
    this.die();
    this.#host.unbind(this.#at, this);
    this.#host.detach(this);
  }

  /** The process is gone. */
  die(): void {
    this.#isDead = true;
  }
}

/** A socket of `openDatagram`. */
interface OutgoingSocket extends DatagramPort {
  readonly id: number;
  readonly local: Endpoint | undefined;
  readonly remote: Endpoint;
}

/** An engine with its listeners. */
export class SimulatedEngine implements DriverAttachment, Effects, StreamOwner {
  readonly listeners: readonly BoundListener[];
  readonly #host: SimulatedHost;
  readonly #engine: Engine;
  readonly #ports: { at: Endpoint; port: DatagramPort | StreamPort; isStream: boolean }[] = [];
  readonly #sockets: SlotTable<OutgoingSocket>;
  readonly #streams = new SlotTable<StreamEnd>();
  /** Ends whose handshake is not through: they have no slot yet. */
  readonly #halfOpen = new Set<StreamEnd>();
  readonly #timers = new Set<number>();
  #isClosing = false;
  /** The grace is over: what is open is dropped, and nothing is opened any more. */
  #isOver = false;
  #isDead = false;
  readonly #end = Promise.withResolvers<void>();

  constructor(host: SimulatedHost, engine: Engine, listeners: readonly BoundListener[]) {
    this.#host = host;
    this.#engine = engine;
    this.listeners = listeners;
    this.#sockets = new SlotTable(listeners.length);
    for (const listener of listeners) this.#listen(listener);
  }

  /** Starts the engine. What it throws is its attacher's to see: it is not in service then. */
  start(): void {
    try {
      this.#engine.start(this, this.#host.engineNow());
    } catch (error) {
      void this.close();
      throw error;
    }
  }

  #listen(listener: BoundListener): void {
    const at = endpoint(listener.address, listener.port);
    if (listener.transport === "udp") {
      const port: DatagramPort = {
        datagram: (packet) => this.#arrive(listener.id, packet),
        unreachable: () => {},
      };
      this.#ports.push({ at, port, isStream: false });
      this.#host.bindDatagram(at, port);
      return;
    }
    const port: StreamPort = { accept: (local, remote) => this.#accept(listener.id, local, remote) };
    this.#ports.push({ at, port, isStream: true });
    this.#host.bindStream(at, port);
  }

  send(socket: number, to: Endpoint, octets: Uint8Array): void {
    if (this.#isDead) return;
    const listener = this.listeners[socket];
    if (listener) {
      if (listener.transport !== "udp")
        throw new RangeError(`Cannot send a datagram on listener ${socket}: it is TCP`);
      if (octets.length > maxDatagramOctets) return;
      const bound = endpoint(listener.address, listener.port);
      const isWildcard = listener.address === "0.0.0.0" || listener.address === "::";
      const address = isWildcard ? this.#host.sourceFor(to.address) : bound.address;
      if (address) this.#host.sendDatagram({ address, port: bound.port }, copyEndpoint(to), octets);
      return;
    }
    const outgoing = this.#sockets.get(socket);
    if (!outgoing) return;
    if (!isSameEndpoint(to, outgoing.remote)) {
      throw new RangeError(
        `Cannot send to ${formatEndpoint(to)}: socket ${socket} was opened to another endpoint`,
      );
    }
    if (outgoing.local && octets.length <= maxDatagramOctets) {
      this.#host.sendDatagram(outgoing.local, outgoing.remote, octets);
    }
  }

  openDatagram(to: Endpoint, from?: Uint8Array): number {
    if (this.#isOver || this.#isDead) return -1;
    const remote = copyEndpoint(to);
    return this.#sockets.add((id) => {
      const port = {
        remote,
        datagram: (packet: Packet) => this.#arrive(id, packet),
        unreachable: () => this.#fail(id, "refused"),
      };
      const local = this.#host.bindEphemeral(remote, () => port, from);
      const socket: OutgoingSocket = Object.assign(port, { id, local });
      if (!local) this.#later(() => this.#sockets.get(id) === socket && this.#fail(id, "unreachable"));
      return socket;
    }).id;
  }

  closeDatagram(socket: number): void {
    const outgoing = this.#sockets.get(socket);
    if (!outgoing) return;
    if (outgoing.local) this.#host.unbind(outgoing.local, outgoing);
    this.#sockets.delete(socket);
    this.#finishIfIdle();
  }

  #arrive(socket: number, packet: Packet): void {
    this.#call(
      "datagram",
      () => {
        const from = copyEndpoint(packet.from);
        this.#withInput(packet.octets, (input, length) =>
          this.#engine.datagram?.(socket, input, length, from, this.#host.engineNow()),
        );
        from.address.fill(spoilt);
      },
      packet.octets,
    );
  }

  #fail(socket: number, failure: IoFailure): void {
    this.#call("datagramFailed", () =>
      this.#engine.datagramFailed?.(socket, failure, this.#host.engineNow()),
    );
  }

  connect(to: Endpoint, from?: Uint8Array): number {
    if (this.#isOver || this.#isDead) return -1;
    const remote = copyEndpoint(to);
    const local = this.#host.ephemeral(remote, "tcp", from);
    const end = this.#streams.add((slot) => {
      const made = new StreamEnd(
        this.#host.core,
        this.#host,
        this,
        local ?? remote,
        remote,
        this.#host.limits,
      );
      made.slot = slot;
      return made;
    });
    if (local) end.connect();
    else end.destroy("unreachable");
    return end.slot;
  }

  write(slot: number, octets: Uint8Array): boolean {
    return this.#streams.get(slot)?.write(octets) ?? false;
  }

  end(slot: number): void {
    this.#streams.get(slot)?.end();
  }

  destroy(slot: number): void {
    this.#streams.get(slot)?.destroy();
  }

  pause(slot: number): void {
    this.#streams.get(slot)?.pause();
  }

  resume(slot: number): void {
    this.#streams.get(slot)?.resume();
  }

  #accept(listener: number, local: Endpoint, remote: Endpoint): StreamEnd {
    const end = new StreamEnd(this.#host.core, this.#host, this, local, remote, this.#host.limits);
    this.#halfOpen.add(end);
    this.#listenerOf.set(end, listener);
    return end;
  }

  readonly #listenerOf = new WeakMap<StreamEnd, number>();

  accepted(end: StreamEnd): boolean {
    this.#halfOpen.delete(end);
    if (this.#isClosing || this.#isDead || !this.#engine.accepted) return false;
    this.#streams.add((slot) => {
      end.slot = slot;
      return end;
    });
    const listener = this.#listenerOf.get(end) ?? 0;
    const from = copyEndpoint(end.remote);
    const to = copyEndpoint(end.local);
    this.#callFor(end, "accepted", () =>
      this.#engine.accepted?.(end.slot, listener, from, to, this.#host.engineNow()),
    );
    from.address.fill(spoilt);
    to.address.fill(spoilt);
    return true;
  }

  connected(end: StreamEnd): void {
    this.#callFor(end, "connected", () => this.#engine.connected?.(end.slot, this.#host.engineNow()));
  }

  received(end: StreamEnd, octets: Uint8Array): void {
    this.#callFor(
      end,
      "received",
      () =>
        this.#withInput(octets, (input, length) =>
          this.#engine.received?.(end.slot, input, length, this.#host.engineNow()),
        ),
      octets,
    );
  }

  drained(end: StreamEnd): void {
    this.#callFor(end, "drained", () => this.#engine.drained?.(end.slot, this.#host.engineNow()));
  }

  ended(end: StreamEnd): void {
    this.#callFor(end, "ended", () => this.#engine.ended?.(end.slot, this.#host.engineNow()));
  }

  closed(end: StreamEnd, failure: IoFailure | undefined): void {
    // An end whose handshake never came through has no slot, and the engine has not heard of it.
    if (this.#isDead || this.#halfOpen.delete(end)) return;
    this.#call("closed", () => this.#engine.closed?.(end.slot, failure, this.#host.engineNow()));
    this.#streams.delete(end.slot); // only now: what `closed` itself opens gets another slot
    this.#finishIfIdle();
  }

  setTimer(at: number): number {
    if (this.#isDead) return -1;
    const id = this.#host.core.schedule(at, () => {
      this.#timers.delete(id);
      this.#call("timer", () => this.#engine.timer?.(id, this.#host.engineNow()));
    });
    this.#timers.add(id);
    return id;
  }

  clearTimer(id: number): void {
    if (this.#timers.delete(id)) this.#host.core.cancel(id);
  }

  close(graceMs = 0): Promise<void> {
    this.#isClosing = true;
    for (const { at, port, isStream } of this.#ports) if (isStream) this.#host.unbind(at, port);
    for (const end of this.#halfOpen) end.abandon();
    this.#halfOpen.clear();
    const { core } = this.#host;
    if (graceMs <= 0) this.#drop();
    else core.schedule(core.time + graceMs, () => this.#drop());
    this.#finishIfIdle();
    return this.#end.promise;
  }

  #drop(): void {
    this.#isOver = true;
    for (const socket of this.#sockets.values()) this.closeDatagram(socket.id);
    for (const end of this.#streams.values()) end.destroy("reset");
    this.#finishIfIdle();
  }

  #finishIfIdle(): void {
    if (!this.#isClosing || this.#isDead || this.#streams.size + this.#sockets.size > 0) return;
    for (const { at, port } of this.#ports) this.#host.unbind(at, port);
    this.#host.detach(this);
    this.die("abandon");
  }

  /** The process is gone. */
  die(how: "vanish" | "abandon"): void {
    this.#isDead = true;
    for (const end of [...this.#streams.values(), ...this.#halfOpen]) end[how]();
    for (const socket of this.#sockets.values()) if (socket.local) this.#host.unbind(socket.local, socket);
    for (const id of this.#timers) this.#host.core.cancel(id);
    this.#timers.clear();
    this.#end.resolve();
  }

  #later(call: () => void): void {
    this.#host.core.schedule(this.#host.core.time, call);
  }

  #withInput(octets: Uint8Array, call: (input: Uint8Array, length: number) => void): void {
    const { input } = this.#host;
    input.set(octets);
    try {
      call(input, octets.length);
    } finally {
      input.fill(spoilt, 0, octets.length);
    }
  }

  #call(event: EngineFault["event"], call: () => void, octets?: Uint8Array): boolean {
    if (this.#isDead) return true;
    try {
      call();
      return true;
    } catch (error) {
      this.#host.faults.report(event, error, octets, octets?.length);
      return false;
    }
  }

  #callFor(end: StreamEnd, event: EngineFault["event"], call: () => void, octets?: Uint8Array): void {
    if (!this.#call(event, call, octets)) end.destroy();
  }
}
