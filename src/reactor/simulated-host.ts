// A host of the simulated network: a driver, with addresses and ports of its own, that can crash and come back.
// Which packet belongs to which engine is decided here; what an engine asks for is done in simulated-engine.ts.

import {
  endpoint,
  formatAddress,
  formatEndpoint,
  isIpv4,
  isLoopback,
  parseAddress,
  type DatagramEngine,
  type Endpoint,
  type Engine,
  type Now,
  type Transport,
} from "#engine";
import { PlatformError } from "#contract/plain";
import type { DriverAttachment, BoundListener, Driver, FaultListener, Listener } from "./driver.ts";
import { Faults } from "./fault.ts";
import { listenerEndpoint } from "./io-error.ts";
import type { Fate, Packet, SimulatedCore } from "./simulated-core.ts";
import { SimulatedDatagramEngine, SimulatedEngine } from "./simulated-engine.ts";
import type { StreamEnd, StreamLimits, StreamStation } from "./simulated-stream.ts";

/** Settings of a host; each has the network's default. */
export interface HostOptions {
  readonly limits: StreamLimits;
  readonly onFault: FaultListener | undefined;
}

/** What takes the datagrams of a port. */
export interface DatagramPort {
  datagram(packet: Packet): void;
  unreachable(): void;
  /** Where set, only datagrams from there are taken. */
  readonly remote?: Endpoint;
}

/** What takes the connections of a port. */
export interface StreamPort {
  accept(local: Endpoint, remote: Endpoint): StreamEnd;
}

/** The lowest port that needs no privilege: ephemeral ports are chosen from here to 65535. */
const firstEphemeralPort = 1024;

/** A host. Made by `SimulatedNetwork.host`. */
export class SimulatedHost implements Driver, StreamStation {
  readonly name: string;
  readonly addresses: readonly Uint8Array[];
  readonly core: SimulatedCore<StreamStation>;
  readonly limits: StreamLimits;
  readonly faults: Faults;
  /** By how many milliseconds this host's wall clock differs from the network's. */
  wallErrorMs = 0;
  /** Buffers that engines are handed; their content is spoilt after each call, so that none keeps them uncopied. */
  readonly input: Uint8Array = new Uint8Array(65536);
  readonly output: Uint8Array = new Uint8Array(2 * 65536);
  isUp = true;
  /** The one object that engines see, changed between events. */
  readonly #now = { monotonic: 0, wall: 0 };
  readonly #udp = new Map<string, DatagramPort>();
  readonly #tcp = new Map<string, StreamPort>();
  readonly #attachments = new Set<SimulatedEngine | SimulatedDatagramEngine>();

  constructor(
    core: SimulatedCore<StreamStation>,
    name: string,
    addresses: readonly string[],
    options: HostOptions,
  ) {
    this.core = core;
    this.name = name;
    this.addresses = addresses.map((text) => endpoint(text, 0).address);
    this.limits = options.limits;
    this.faults = new Faults(options.onFault);
    for (const address of this.addresses) {
      if (!core.claim(address, this)) {
        throw new RangeError(
          `Cannot give host "${name}" address ${formatAddress(address)}: another host has it`,
        );
      }
    }
  }

  get faultCount(): number {
    return this.faults.count;
  }

  now(): Now {
    return { ...this.engineNow() };
  }

  /** The time as engines see it. */
  engineNow(): Now {
    this.#now.monotonic = this.core.time;
    this.#now.wall = this.core.wallStart + this.core.time + this.wallErrorMs;
    return this.#now;
  }

  async attachDatagram(engine: DatagramEngine, listener: Listener): Promise<DriverAttachment> {
    if (listener.transport !== "udp")
      throw new RangeError("Cannot attach a datagram engine: the listener is not UDP");
    this.#requireUp();
    const [bound] = this.#bindable([listener]);
    if (!bound) throw new RangeError("Cannot attach a datagram engine: there is no listener");
    const attachment = new SimulatedDatagramEngine(this, engine, bound);
    this.#attachments.add(attachment);
    return attachment;
  }

  async attach(engine: Engine, listeners: readonly Listener[]): Promise<DriverAttachment> {
    this.#requireUp();
    const attachment = new SimulatedEngine(this, engine, this.#bindable(listeners));
    this.#attachments.add(attachment);
    attachment.start();
    return attachment;
  }

  async close(graceMs = 0): Promise<void> {
    await Promise.all([...this.#attachments].map((attachment) => attachment.close(graceMs)));
  }

  /** Forgets an attachment that is out of service. */
  detach(attachment: SimulatedEngine | SimulatedDatagramEngine): void {
    this.#attachments.delete(attachment);
  }

  /** Cuts the power: engines, connections, ports and timers are gone, and nobody is told. */
  crash(): void {
    this.isUp = false;
    for (const attachment of this.#attachments) attachment.die("vanish");
    this.#forgetAll();
  }

  /** Kills the processes (`kill -9`): the system resets their connections; the host stays up. */
  kill(): void {
    for (const attachment of this.#attachments) attachment.die("abandon");
    this.#forgetAll();
  }

  /** Brings a crashed host back, without engines: attach them anew. */
  restart(): void {
    this.isUp = true;
  }

  /** Steps this host's wall clock, as an operator or NTP would. Monotonic time goes on undisturbed. */
  stepWall(ms: number): void {
    this.wallErrorMs += ms;
  }

  #forgetAll(): void {
    this.#attachments.clear();
    this.#udp.clear();
    this.#tcp.clear();
  }

  #requireUp(): void {
    if (!this.isUp) throw new RangeError(`Cannot attach to host "${this.name}": it is down`);
  }

  /** Settles the ports of listeners, all or none. They are not bound yet. */
  #bindable(listeners: readonly Listener[]): BoundListener[] {
    const taken = new Set<string>();
    return listeners.map((listener, id) => {
      const { address } = listenerEndpoint(listener);
      const what = `${listener.transport} ${formatEndpoint({ address, port: listener.port })}`;
      if (!this.#isWildcard(address) && this.core.route(this, address) !== this) {
        throw new PlatformError(
          "address-unavailable",
          `Cannot listen on ${what}: host "${this.name}" has no such address`,
        );
      }
      const isFree = (port: number): boolean =>
        !this.#table(listener.transport).has(formatEndpoint({ address, port })) &&
        !taken.has(`${listener.transport} ${formatEndpoint({ address, port })}`);
      const port = listener.port === 0 ? this.#choosePort(isFree) : listener.port;
      if (port === undefined || !isFree(port)) {
        throw new PlatformError("port-in-use", `Cannot listen on ${what}: the port is in use`);
      }
      taken.add(`${listener.transport} ${formatEndpoint({ address, port })}`);
      return { ...listener, id, port };
    });
  }

  /** Starts taking datagrams. */
  bindDatagram(at: Endpoint, port: DatagramPort): void {
    this.#udp.set(formatEndpoint(at), port);
  }

  /** Starts taking connections. */
  bindStream(at: Endpoint, port: StreamPort): void {
    this.#tcp.set(formatEndpoint(at), port);
  }

  /** Stops taking what comes for a port, where it still is `port`'s. */
  unbind(at: Endpoint, port: DatagramPort | StreamPort): void {
    const key = formatEndpoint(at);
    if (this.#udp.get(key) === port) this.#udp.delete(key);
    if (this.#tcp.get(key) === port) this.#tcp.delete(key);
  }

  /**
   * Binds a fresh unpredictable UDP port for traffic with `remote`.
   * @returns the local endpoint, or undefined where no address or port is left
   */
  bindEphemeral(
    remote: Endpoint,
    make: (local: Endpoint) => DatagramPort,
    from?: Uint8Array,
  ): Endpoint | undefined {
    const local = this.ephemeral(remote, "udp", from);
    if (local) this.bindDatagram(local, make(local));
    return local;
  }

  /** A local endpoint for outgoing traffic to `remote`, or undefined where no address or port is left. */
  ephemeral(remote: Endpoint, transport: Transport, from?: Uint8Array): Endpoint | undefined {
    const address = from ? from.slice() : this.sourceFor(remote.address);
    if (!address || (from && this.core.route(this, address) !== this)) return undefined;
    const table = this.#table(transport);
    const port = this.#choosePort((candidate) => !table.has(formatEndpoint({ address, port: candidate })));
    return port === undefined ? undefined : { address, port };
  }

  /** The address that packets to `remote` leave from: of the same family, loopback where they stay on the host. */
  sourceFor(remote: Uint8Array): Uint8Array | undefined {
    const own = this.addresses.filter((address) => isIpv4(address) === isIpv4(remote));
    if (this.core.route(this, remote) !== this) return own[0];
    if (own.some((address) => formatAddress(address) === formatAddress(remote))) return remote;
    return isLoopback(remote) ? parseAddress(isIpv4(remote) ? "127.0.0.1" : "::1") : own[0];
  }

  #choosePort(isFree: (port: number) => boolean): number | undefined {
    const count = 65536 - firstEphemeralPort;
    const start = this.core.random.integer(count);
    for (let i = 0; i < count; i++) {
      const port = firstEphemeralPort + ((start + i) % count);
      if (isFree(port)) return port;
    }
    return undefined;
  }

  #table(transport: Transport): Map<string, DatagramPort | StreamPort> {
    return transport === "udp" ? this.#udp : this.#tcp;
  }

  #isWildcard(address: Uint8Array): boolean {
    const text = formatAddress(address);
    return text === "0.0.0.0" || text === "::";
  }

  /** What is bound where a packet goes: at the address itself, else at all addresses of its family. */
  #find<T>(table: Map<string, T>, to: Endpoint): T | undefined {
    return (
      table.get(formatEndpoint(to)) ??
      table.get(isIpv4(to.address) ? `0.0.0.0:${to.port}` : `[::]:${to.port}`)
    );
  }

  /** Sends a datagram. */
  sendDatagram(from: Endpoint, to: Endpoint, octets: Uint8Array): void {
    const packet = { transport: "udp", kind: "datagram", from, to, octets: octets.slice() } as const;
    // Stations are hosts: the network makes no others.
    this.core.send(this, packet, (station, sent) => (station as SimulatedHost).#arriveDatagram(sent, this));
  }

  #arriveDatagram(packet: Packet, sender: SimulatedHost): Fate {
    const port = this.#find(this.#udp, packet.to);
    if (port && (!port.remote || formatEndpoint(port.remote) === formatEndpoint(packet.from))) {
      port.datagram(packet);
      return "delivered";
    }
    // ICMP port unreachable (RFC 1122 section 4.1.3.1) quotes the datagram; only a connected socket hears of it.
    const icmp = {
      transport: "icmp",
      kind: "unreachable",
      from: packet.to,
      to: packet.from,
      octets: packet.octets,
    } as const;
    this.core.send(this, icmp, () => {
      const origin = sender.#udp.get(formatEndpoint(packet.from));
      if (!origin?.remote || formatEndpoint(origin.remote) !== formatEndpoint(packet.to)) return "no-port";
      origin.unreachable();
      return "delivered";
    });
    return "no-port";
  }

  acceptStream(to: Endpoint, from: Endpoint): StreamEnd | undefined {
    return this.#find(this.#tcp, to)?.accept(to, from);
  }
}
