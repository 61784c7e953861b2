// Engines in service on the linux driver: their effects, and the events that reach them.

import {
  copyEndpoint,
  formatEndpoint,
  isIpv4,
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
import { failureOf } from "./io-error.ts";
import { LinuxAcceptor } from "./linux-acceptor.ts";
import { writeSocketAddress } from "./linux-address.ts";
import { errnoName } from "./linux-calls.ts";
import { Errno, Linux } from "./linux-constants.ts";
import type { LinuxHost } from "./linux-host.ts";
import { isOnAll, openListener } from "./linux-listener.ts";
import { LinuxOutgoing, type LinuxOutgoingOwner } from "./linux-outgoing.ts";
import type { LinuxSecure } from "./linux-secure.ts";
import { LinuxStream, type LinuxStreamOwner } from "./linux-stream.ts";
import { LinuxTlsAcceptor } from "./linux-tls.ts";
import { LinuxTlsClients } from "./linux-tls-clients.ts";
import { LinuxUdpListener, type LinuxUdpListenerOwner } from "./linux-udp-listener.ts";
import { loadOpenSsl } from "./openssl.ts";
import { SlotTable } from "./slot-table.ts";
import type { TlsServer } from "./tls.ts";

/** An engine with its listeners. */
export class LinuxEngine
  implements DriverAttachment, Effects, LinuxStreamOwner, LinuxOutgoingOwner, LinuxUdpListenerOwner
{
  listeners: readonly BoundListener[] = [];
  readonly host: LinuxHost;
  readonly #engine: Engine;
  readonly #onClosed: (attachment: LinuxEngine) => void;
  readonly #udpListeners = new Map<number, LinuxUdpListener>();
  readonly #acceptors: LinuxAcceptor[] = [];
  /** One for each TLS port: its limits are for all listeners that have it. */
  readonly #tlsAcceptors = new Map<TlsServer, LinuxTlsAcceptor>();
  /** Made with the first connection that wants TLS. */
  #tlsClients: LinuxTlsClients | undefined;
  readonly #sockets: SlotTable<LinuxOutgoing>;
  readonly #streams = new SlotTable<LinuxStream>();
  readonly #timers = new Set<number>();
  /** Whose octets the host's buffer holds. */
  #gatherer: LinuxStream | undefined;
  /** An event is being handled: what it gathers is sent at its end. */
  #depth = 0;
  #isClosing = false;
  /** The grace is over: what is open is dropped, and nothing is opened any more. */
  #isOver = false;
  #isDead = false;
  readonly #end = Promise.withResolvers<void>();

  /** Binds all listeners, or none, and starts the engine. */
  constructor(
    engine: Engine,
    listeners: readonly Listener[],
    host: LinuxHost,
    onClosed: (attachment: LinuxEngine) => void,
  ) {
    this.host = host;
    this.#engine = engine;
    this.#onClosed = onClosed;
    this.#sockets = new SlotTable(listeners.length);
    try {
      this.#bind(listeners);
    } catch (error) {
      void this.close();
      throw error;
    }
  }

  #bind(listeners: readonly Listener[]): void {
    const { host } = this;
    this.listeners = listeners.map((listener, id): BoundListener => {
      const opened = openListener(host, listener);
      if (listener.transport === "udp") {
        this.#udpListeners.set(id, new LinuxUdpListener(id, opened, this));
      } else {
        const tls = listener.tls && this.#tlsAcceptor(listener.tls);
        const accept = (fd: number, from: Endpoint, to: Endpoint): void => {
          if (!tls || this.#isClosing) this.#accept(id, fd, from, to);
          else tls.accept(fd, from, to, (...parts) => this.#accept(id, ...parts));
        };
        this.#acceptors.push(new LinuxAcceptor(host, opened, isOnAll(listener), accept));
      }
      return { ...listener, id, port: opened.at.port };
    });
    this.#depth++;
    try {
      this.#engine.start(this, this.#now()); // what it throws is its attacher's to see: it is not in service
    } finally {
      this.#depth--;
    }
    this.#flush();
    for (const listener of this.#udpListeners.values()) listener.watch();
    for (const acceptor of this.#acceptors) acceptor.watch();
  }

  #now(): ReturnType<LinuxHost["loop"]["clock"]["refresh"]> {
    return this.host.loop.clock.refresh();
  }

  send(socket: number, to: Endpoint, octets: Uint8Array): void {
    if (this.#isDead || octets.length > maxDatagramOctets) return;
    const listener = this.#udpListeners.get(socket);
    if (listener) {
      listener.send(to, octets);
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
    outgoing.send(octets);
  }

  openDatagram(to: Endpoint, from?: Uint8Array): number {
    if (this.#isOver || this.#isDead) return -1;
    return this.#sockets.add((id) => new LinuxOutgoing(id, copyEndpoint(to), this, from)).id;
  }

  closeDatagram(socket: number): void {
    const outgoing = this.#sockets.get(socket);
    if (!outgoing) return;
    outgoing.close();
    this.#sockets.delete(socket);
    if (this.#isClosing) this.host.loop.later(() => this.#finishIfIdle());
  }

  arrived(socket: number, input: Uint8Array, length: number, from: Endpoint): void {
    if (this.#isDead) return;
    this.#depth++;
    try {
      this.#engine.datagram?.(socket, input, length, from, this.#now());
    } catch (error) {
      this.host.faults.report("datagram", error, input, length);
    }
    this.#depth--;
    if (this.#gatherer) this.#flush();
  }

  failed(outgoing: LinuxOutgoing, failure: IoFailure): void {
    if (this.#sockets.get(outgoing.id) !== outgoing) return;
    this.#call("datagramFailed", () => this.#engine.datagramFailed?.(outgoing.id, failure, this.#now()));
  }

  connect(to: Endpoint, from?: Uint8Array, tls?: TlsClient): number {
    if (this.#isOver || this.#isDead) return -1;
    const opening = tls && this.#clients().begin(to, tls);
    const { calls, small } = this.host;
    const family = isIpv4(to.address) ? Linux.AF_INET : Linux.AF_INET6;
    const type = Linux.SOCK_STREAM | Linux.SOCK_NONBLOCK | Linux.SOCK_CLOEXEC;
    const fd = calls.socket(family, type, 0);
    const noSocket = fd < 0 ? calls.errno() : 0;
    const stream = this.#streams.add((slot) => new LinuxStream(slot, fd, this, true, opening));
    if (noSocket !== 0) {
      stream.fail(failureOf(errnoName(noSocket)));
      return stream.slot;
    }
    this.host.requestNoDelay(fd);
    let errno = from ? this.host.bindTo(fd, from) : 0;
    if (errno === 0) {
      const length = writeSocketAddress(small.octets, 0, to);
      errno = calls.connect(fd, small.address, length) < 0 ? calls.errno() : 0;
    }
    if (errno !== 0 && errno !== Errno.EINPROGRESS) stream.fail(failureOf(errnoName(errno)));
    else stream.watch();
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

  #tlsAcceptor(server: TlsServer): LinuxTlsAcceptor {
    let acceptor = this.#tlsAcceptors.get(server);
    if (!acceptor) {
      const openSsl = loadOpenSsl();
      if (typeof openSsl === "string") throw new RangeError(`Cannot listen with TLS: ${openSsl}`);
      this.#tlsAcceptors.set(server, (acceptor = new LinuxTlsAcceptor(this.host, openSsl, server)));
    }
    return acceptor;
  }

  #clients(): LinuxTlsClients {
    if (!this.#tlsClients) {
      const openSsl = loadOpenSsl();
      if (typeof openSsl === "string") throw new RangeError(`Cannot connect with TLS: ${openSsl}`);
      this.#tlsClients = new LinuxTlsClients(openSsl, this.host.calls);
    }
    return this.#tlsClients;
  }

  #accept(listener: number, fd: number, from: Endpoint, to: Endpoint, secure?: LinuxSecure): void {
    if (this.#isClosing || !this.#engine.accepted) {
      secure?.free();
      this.host.reset(fd);
      return;
    }
    const stream = this.#streams.add((slot) => new LinuxStream(slot, fd, this, false, secure));
    this.#callFor(stream, "accepted", () =>
      this.#engine.accepted?.(stream.slot, listener, from, to, this.#now()),
    );
    stream.watch();
  }

  connected(stream: LinuxStream): void {
    this.#callFor(stream, "connected", () => this.#engine.connected?.(stream.slot, this.#now()));
  }

  /** Hot path: nothing is made for it. */
  received(stream: LinuxStream, length: number): void {
    const input = this.host.input.octets;
    this.#depth++;
    try {
      this.#engine.received?.(stream.slot, input, length, this.#now());
    } catch (error) {
      this.host.faults.report("received", error, input, length);
      stream.destroy();
    }
    this.#depth--;
    if (this.#gatherer && this.#depth === 0) this.#flush();
  }

  hold(): void {
    this.#depth++;
  }

  release(): void {
    this.#depth--;
    if (this.#gatherer && this.#depth === 0) this.#flush();
  }

  drained(stream: LinuxStream): void {
    this.#callFor(stream, "drained", () => this.#engine.drained?.(stream.slot, this.#now()));
  }

  ended(stream: LinuxStream): void {
    this.#callFor(stream, "ended", () => this.#engine.ended?.(stream.slot, this.#now()));
  }

  closed(stream: LinuxStream, failure: IoFailure | undefined): void {
    this.#call("closed", () => this.#engine.closed?.(stream.slot, failure, this.#now()));
    this.#streams.delete(stream.slot); // only now: what `closed` itself opens gets another slot
    this.#finishIfIdle();
  }

  gathering(stream: LinuxStream): void {
    if (this.#gatherer === stream) return;
    if (this.#gatherer) this.#flush();
    this.#gatherer = stream;
    // What is written outside of any event is sent in the next turn, or when another stream's octets need the room.
    if (this.#depth === 0) this.host.loop.later(() => this.#flush());
  }

  #flush(): void {
    const gatherer = this.#gatherer;
    this.#gatherer = undefined;
    gatherer?.flush();
  }

  setTimer(at: number): number {
    if (this.#isDead) return -1;
    const id = this.host.loop.setTimer(at, this.#fire);
    this.#timers.add(id);
    return id;
  }

  clearTimer(id: number): void {
    if (this.#timers.delete(id)) this.host.loop.clearTimer(id);
  }

  readonly #fire = (id: number): void => {
    this.#timers.delete(id);
    this.#call("timer", () => this.#engine.timer?.(id, this.#now()));
  };

  close(graceMs = 0): Promise<void> {
    this.#isClosing = true;
    for (const acceptor of this.#acceptors) acceptor.close();
    for (const acceptor of this.#tlsAcceptors.values()) acceptor.close();
    if (graceMs <= 0) this.#drop();
    else if (!this.#isDead) this.#setDeadline(graceMs);
    this.#finishIfIdle();
    return this.#end.promise;
  }

  #setDeadline(graceMs: number): void {
    const { loop } = this.host;
    // An earlier call's deadline stands too: whichever comes first ends it.
    loop.setTimer(this.#now().monotonic + graceMs, () => this.#drop());
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
    for (const id of this.#timers) this.host.loop.clearTimer(id);
    this.#timers.clear();
    for (const listener of this.#udpListeners.values()) listener.close();
    this.#udpListeners.clear();
    this.#tlsClients?.free();
    this.#onClosed(this);
    this.#end.resolve();
  }

  #call(event: EngineFault["event"], call: () => void): boolean {
    if (this.#isDead) return true;
    this.#depth++;
    try {
      call();
      return true;
    } catch (error) {
      this.host.faults.report(event, error);
      return false;
    } finally {
      this.#depth--;
      if (this.#gatherer) this.#flush();
    }
  }

  #callFor(stream: LinuxStream, event: EngineFault["event"], call: () => void): void {
    if (!this.#call(event, call)) stream.destroy();
  }
}
