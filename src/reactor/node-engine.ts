// Engines in service on node:dgram and node:net: their effects, and the events that reach them.

import type { Socket as DatagramSocket } from "node:dgram";
import type { Socket } from "node:net";
import {
  copyEndpoint,
  formatAddress,
  formatEndpoint,
  isSameEndpoint,
  type Effects,
  type Endpoint,
  type Engine,
  type IoFailure,
  type TlsClient,
} from "#engine";
import {
  maxDatagramOctets,
  type DriverAttachment,
  type BoundListener,
  type EngineFault,
  type Listener,
} from "./driver.ts";
import type { Faults } from "./fault.ts";
import { ioFailure } from "./io-error.ts";
import { plainOctets, ReusedEndpoint } from "./node-address.ts";
import type { NodeClock } from "./node-clock.ts";
import { bindDatagramListener, createDatagramSocket } from "./node-datagrams.ts";
import { bindStreamListener, type StreamListener } from "./node-listener.ts";
import type { NodeSocket, OpeningSocket } from "./node-socket.ts";
import { NodeStream, type NodeStreamOwner } from "./node-stream.ts";
import { NodeTimers } from "./node-timers.ts";
import { NodeTlsAcceptor } from "./node-tls.ts";
import { SlotTable } from "./slot-table.ts";
import type { TlsServer } from "./tls.ts";

/** A socket of `openDatagram`. */
interface OutgoingSocket {
  readonly id: number;
  readonly remote: Endpoint;
  /** Undefined where none could be opened: `datagramFailed` says so. */
  readonly socket: DatagramSocket | undefined;
}

/** What an engine's driver gives it. */
export interface NodeHost {
  readonly clock: NodeClock;
  readonly faults: Faults;
  /** Opens a connection. */
  readonly connect: (to: Endpoint, from?: Uint8Array, tls?: TlsClient) => OpeningSocket;
  /** Told when the engine is out of service. */
  readonly onClosed: (attachment: NodeEngine) => void;
}

/** An engine with its listeners. */
export class NodeEngine implements DriverAttachment, Effects, NodeStreamOwner {
  listeners: readonly BoundListener[] = [];
  readonly #engine: Engine;
  readonly #host: NodeHost;
  readonly #clock: NodeClock;
  readonly #faults: Faults;
  readonly #datagramListeners = new Map<number, DatagramSocket>();
  readonly #streamListeners: StreamListener[] = [];
  /** One for each TLS port: its limits are for all listeners that have it. */
  readonly #acceptors = new Map<TlsServer, NodeTlsAcceptor>();
  readonly #sockets: SlotTable<OutgoingSocket>;
  readonly #streams = new SlotTable<NodeStream>();
  readonly #timers: NodeTimers;
  readonly #from = new ReusedEndpoint();
  readonly #to = new ReusedEndpoint();
  /** Streams that gathered writes in this turn. */
  #gathering: NodeStream[] = [];
  #isClosing = false;
  /** The grace is over: what is open is dropped, and nothing is opened any more. */
  #isOver = false;
  #isDead = false;
  #deadline: NodeJS.Timeout | undefined;
  readonly #end = Promise.withResolvers<void>();

  private constructor(engine: Engine, listenerCount: number, host: NodeHost) {
    this.#engine = engine;
    this.#host = host;
    this.#clock = host.clock;
    this.#faults = host.faults;
    this.#sockets = new SlotTable(listenerCount);
    this.#timers = new NodeTimers(host.clock, (id) => {
      this.#call("timer", () => this.#engine.timer?.(id, this.#clock.refresh()));
    });
  }

  /** Binds all listeners, or none, and starts the engine. */
  static async open(engine: Engine, listeners: readonly Listener[], host: NodeHost): Promise<NodeEngine> {
    const attachment = new NodeEngine(engine, listeners.length, host);
    try {
      await attachment.#bind(listeners);
    } catch (error) {
      await attachment.close();
      throw error;
    }
    return attachment;
  }

  async #bind(listeners: readonly Listener[]): Promise<void> {
    const bound: BoundListener[] = [];
    // Binding a TCP listener takes turns of the event loop, a UDP listener reads at once: so UDP last, and what
    // connects before `start` waits.
    for (const [id, listener] of listeners.entries()) {
      if (listener.transport !== "tcp") continue;
      const tls = listener.tls && this.#acceptor(listener.tls);
      const opened = await bindStreamListener(listener, (socket) => this.#arrived(id, socket, tls));
      this.#streamListeners.push(opened);
      bound[id] = { ...listener, id, port: opened.port };
    }
    for (const [id, listener] of listeners.entries()) {
      if (listener.transport !== "udp") continue;
      const { socket, port } = bindDatagramListener(listener);
      this.#datagramListeners.set(id, socket);
      bound[id] = { ...listener, id, port };
      socket.on("message", (message, info) => {
        if (info.port !== 0) this.#arrive(id, message, this.#from.set(info.address, info.port)); // 0: forged
      });
    }
    this.listeners = bound;
    this.#engine.start(this, this.#clock.refresh()); // what it throws is its attacher's to see: it is not in service
    for (const opened of this.#streamListeners) opened.release();
  }

  send(socket: number, to: Endpoint, octets: Uint8Array): void {
    if (this.#isDead || octets.length > maxDatagramOctets) return;
    const listener = this.#datagramListeners.get(socket);
    if (listener) {
      if (to.port === 0) return;
      listener.send(Buffer.from(octets), to.port, formatAddress(to.address));
      return;
    }
    if (this.listeners[socket])
      throw new RangeError(`Cannot send a datagram on listener ${socket}: it is TCP`);
    const outgoing = this.#sockets.get(socket);
    if (!outgoing) return;
    if (!isSameEndpoint(to, outgoing.remote)) {
      throw new RangeError(
        `Cannot send to ${formatEndpoint(to)}: socket ${socket} was opened to another endpoint`,
      );
    }
    outgoing.socket?.send(Buffer.from(octets), (error) => {
      if (error) this.#fail(outgoing, ioFailure(error));
    });
  }

  openDatagram(to: Endpoint, from?: Uint8Array): number {
    if (this.#isOver || this.#isDead) return -1;
    const remote = copyEndpoint(to);
    return this.#sockets.add((id) => {
      const socket = createDatagramSocket(remote.address);
      try {
        // No port is asked for, so the kernel chooses a random one from its range (RFC 6056).
        if (from) socket.bindSync({ address: formatAddress(from), port: 0 });
        socket.connectSync(remote.port, formatAddress(remote.address));
      } catch (error) {
        socket.close();
        const failed: OutgoingSocket = { id, remote, socket: undefined };
        setImmediate(() => this.#fail(failed, ioFailure(error)));
        return failed;
      }
      const opened: OutgoingSocket = { id, remote, socket };
      socket.on("message", (message) => {
        // What arrived between the binding and the connecting may come from anybody (checked by the kernel after).
        if (this.#sockets.get(id) === opened) this.#arrive(id, message, remote);
      });
      socket.on("error", (error) => this.#fail(opened, ioFailure(error)));
      return opened;
    }).id;
  }

  closeDatagram(socket: number): void {
    const outgoing = this.#sockets.get(socket);
    if (!outgoing) return;
    outgoing.socket?.close();
    this.#sockets.delete(socket);
    if (this.#isClosing) setImmediate(() => this.#finishIfIdle());
  }

  #arrive(socket: number, message: Buffer, from: Endpoint): void {
    const input = plainOctets(message);
    this.#call(
      "datagram",
      () => this.#engine.datagram?.(socket, input, input.length, from, this.#clock.refresh()),
      input,
    );
  }

  #fail(outgoing: OutgoingSocket, failure: IoFailure): void {
    if (this.#sockets.get(outgoing.id) !== outgoing) return;
    this.#call("datagramFailed", () =>
      this.#engine.datagramFailed?.(outgoing.id, failure, this.#clock.refresh()),
    );
  }

  connect(to: Endpoint, from?: Uint8Array, tls?: TlsClient): number {
    if (this.#isOver || this.#isDead) return -1;
    const socket = this.#host.connect(to, from, tls);
    const stream = this.#streams.add((slot) => new NodeStream(slot, socket, this));
    stream.awaitConnect(socket.openEvent);
    stream.read();
    return stream.slot;
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

  #acceptor(tls: TlsServer): NodeTlsAcceptor {
    let acceptor = this.#acceptors.get(tls);
    if (!acceptor) {
      const onFault = (error: unknown): void => this.#faults.report("accepted", error);
      this.#acceptors.set(tls, (acceptor = new NodeTlsAcceptor(tls, this.#clock, onFault)));
    }
    return acceptor;
  }

  /** A TCP connection has come in; with TLS it counts once its handshake is finished. */
  #arrived(listener: number, raw: Socket, tls: NodeTlsAcceptor | undefined): void {
    if (tls && !this.#isClosing) tls.accept(raw, (socket) => this.#accept(listener, socket));
    else this.#accept(listener, { stream: raw });
  }

  #accept(listener: number, socket: NodeSocket): void {
    const raw = socket.raw ?? socket.stream;
    const { remoteAddress, remotePort, localAddress, localPort } = raw;
    if (
      remoteAddress === undefined ||
      localAddress === undefined ||
      this.#isClosing ||
      !this.#engine.accepted
    ) {
      raw.on("error", () => {}); // it may be gone already
      raw.resetAndDestroy();
      return;
    }
    const stream = this.#streams.add((slot) => new NodeStream(slot, socket, this));
    const from = this.#from.set(remoteAddress, remotePort ?? 0);
    const to = this.#to.set(localAddress, localPort ?? 0);
    this.#callFor(stream, "accepted", () =>
      this.#engine.accepted?.(stream.slot, listener, from, to, this.#clock.refresh()),
    );
    stream.read();
  }

  connected(stream: NodeStream): void {
    this.#callFor(stream, "connected", () => this.#engine.connected?.(stream.slot, this.#clock.refresh()));
  }

  received(stream: NodeStream, chunk: Uint8Array): void {
    const input = plainOctets(chunk);
    this.#callFor(
      stream,
      "received",
      () => this.#engine.received?.(stream.slot, input, input.length, this.#clock.refresh()),
      input,
    );
  }

  drained(stream: NodeStream): void {
    this.#callFor(stream, "drained", () => this.#engine.drained?.(stream.slot, this.#clock.refresh()));
  }

  ended(stream: NodeStream): void {
    this.#callFor(stream, "ended", () => this.#engine.ended?.(stream.slot, this.#clock.refresh()));
  }

  closed(stream: NodeStream, failure: IoFailure | undefined): void {
    this.#call("closed", () => this.#engine.closed?.(stream.slot, failure, this.#clock.refresh()));
    this.#streams.delete(stream.slot); // only now: what `closed` itself opens gets another slot
    this.#finishIfIdle();
  }

  flushLater(stream: NodeStream): void {
    if (this.#gathering.push(stream) === 1) process.nextTick(() => this.#flush());
  }

  #flush(): void {
    const gathered = this.#gathering;
    this.#gathering = [];
    for (const stream of gathered) stream.flush();
  }

  setTimer(at: number): number {
    return this.#isDead ? -1 : this.#timers.set(at);
  }

  clearTimer(id: number): void {
    this.#timers.clear(id);
  }

  close(graceMs = 0): Promise<void> {
    this.#isClosing = true;
    for (const listener of this.#streamListeners) listener.close();
    for (const acceptor of this.#acceptors.values()) acceptor.close();
    if (graceMs <= 0) this.#drop();
    else if (!this.#isDead) this.#setDeadline(graceMs);
    this.#finishIfIdle();
    return this.#end.promise;
  }

  #setDeadline(graceMs: number): void {
    const due = setTimeout(() => this.#drop(), graceMs);
    const earlier = this.#deadline;
    this.#deadline = due;
    // An earlier call's deadline stands too: whichever comes first ends it.
    if (earlier) void this.#end.promise.then(() => clearTimeout(earlier));
  }

  #drop(): void {
    this.#isOver = true;
    for (const socket of this.#sockets.values()) this.closeDatagram(socket.id);
    for (const stream of this.#streams.values()) stream.destroy("reset");
    this.#finishIfIdle();
  }

  #finishIfIdle(): void {
    if (!this.#isClosing || this.#isDead || this.#streams.size + this.#sockets.size > 0) return;
    this.#isDead = true;
    clearTimeout(this.#deadline);
    this.#timers.stop();
    this.#closeListeners();
    this.#host.onClosed(this);
    this.#end.resolve();
  }

  #closeListeners(): void {
    for (const listener of this.#streamListeners) listener.close();
    for (const socket of this.#datagramListeners.values()) socket.close();
    this.#datagramListeners.clear();
  }

  #call(event: EngineFault["event"], call: () => void, input?: Uint8Array): boolean {
    if (this.#isDead) return true;
    try {
      call();
      return true;
    } catch (error) {
      this.#faults.report(event, error, input, input?.length);
      return false;
    } finally {
      if (this.#gathering.length > 0) this.#flush();
    }
  }

  #callFor(stream: NodeStream, event: EngineFault["event"], call: () => void, input?: Uint8Array): void {
    if (!this.#call(event, call, input)) stream.destroy();
  }
}
