// What runs engines: the port's other side. A driver owns sockets, timers and the clock, and calls engines with events.
//
// Three drivers pass one contract suite (driver.contract.ts): `NodeDriver` on node:dgram and node:net, `LinuxDriver` on system calls, and the
// hosts of a `SimulatedNetwork`. What an engine may count on stands with the port (src/engine/port.ts); what the host of an engine
// may count on stands here, and in tls.ts for listeners behind TLS.

import type { DatagramEngine, Engine, Now, Transport } from "#engine";
import type { TlsServer } from "./tls.ts";

/** Asked of the kernel for each UDP listener; it grants what net.core.rmem_max allows. 4 MiB hold some 10,000 queries. */
export const receiveBufferOctets: number = 4 * 1024 * 1024;

/** Connections that may wait to be accepted; the kernel caps it at net.core.somaxconn. */
export const defaultBacklog = 4096;

/** The most octets of a datagram over IPv4: 65535 less the headers of IP and UDP. */
export const maxDatagramOctets = 65_507;

/** Where to listen. */
export interface Listener {
  readonly transport: Transport;
  /** An IPv4 or IPv6 address as text; 0.0.0.0 or :: for all addresses of that family. */
  readonly address: string;
  /** 0 to 65535; 0 for any free port. */
  readonly port: number;
  /**
   * An inherited descriptor that is bound (and for TCP listening) already. `address` and `port` then only say what it
   * is bound to. Absent: the driver binds. A simulated host has no descriptors and always binds.
   */
  readonly fd?: number;
  /**
   * TCP: connections are behind TLS, served with what this gives them. `accepted` comes once the handshake is finished; one that
   * fails or takes too long reaches no engine. Simulated hosts carry the octets in the clear and ask nothing.
   */
  readonly tls?: TlsServer;
  /** A name for the host of the engine, such as the listener group; the driver only keeps it. */
  readonly label?: string;
}

/** A listener in service. */
export interface BoundListener extends Listener {
  /** The id that engines see: the listener's place in the list it was attached with. */
  readonly id: number;
  /** The port in use, never 0. */
  readonly port: number;
}

/** One engine with its listeners, in service. */
export interface DriverAttachment {
  /** In the order given; `listeners[i].id === i`. */
  readonly listeners: readonly BoundListener[];
  /**
   * Takes the engine out of service. No connection is accepted from now on. Connections and outgoing datagram sockets
   * that are open may finish for `graceMs` milliseconds (0 where absent), while datagrams are still handed in; then
   * they are dropped (`closed` with `reset`), what it opens then is not (`connect` and `openDatagram` give -1), and nothing
   * more reaches the engine. What is queued in an inherited
   * descriptor stays there for the next process. Calling it again can only bring the end nearer.
   * @returns a promise of the end
   */
  close(graceMs?: number): Promise<void>;
}

/** Runs engines. */
export interface Driver {
  /**
   * Puts a datagram engine on one UDP listener.
   *
   * Throws a PlatformError `port-in-use`, `port-not-permitted`, `address-unavailable` or `address-malformed` where it
   * cannot be bound.
   * A listener of transport tcp is a RangeError.
   */
  attachDatagram(engine: DatagramEngine, listener: Listener): Promise<DriverAttachment>;

  /**
   * Puts an engine on its listeners (none for a client) and starts it.
   *
   * `start` is called once all listeners are bound, before any event. Where one cannot be bound, none is, the engine
   * is not started and the PlatformError is as for `attachDatagram`. What `start` throws is thrown here, and the engine
   * is not in service.
   */
  attach(engine: Engine, listeners: readonly Listener[]): Promise<DriverAttachment>;

  /** The time now, as engines see it. The object is the caller's. */
  now(): Now;

  /** Closes every attachment, each as its own `close`. */
  close(graceMs?: number): Promise<void>;

  /** How many times an engine threw. */
  readonly faultCount: number;
}

/** An engine threw. The event was dropped; where it belonged to a connection, the connection was dropped too. */
export interface EngineFault {
  /** The handler that threw. */
  readonly event: "handle" | Exclude<keyof Engine, "start">;
  readonly error: unknown;
  /** A copy of the octets that came with the event, where some did. */
  readonly octets?: Uint8Array;
}

/** Told of each fault. What it throws itself is dropped. */
export type FaultListener = (fault: EngineFault) => void;
