// The node driver: engines on node:dgram and node:net. The portable one, and the default.

import type { DatagramEngine, Engine, Now } from "#engine";
import type { DriverAttachment, Driver, FaultListener, Listener } from "./driver.ts";
import { Faults } from "./fault.ts";
import { NodeClock } from "./node-clock.ts";
import { NodeDatagramEngine } from "./node-datagrams.ts";
import { NodeEngine, type NodeHost } from "./node-engine.ts";
import { connectSocket } from "./node-socket.ts";

/** Runs engines on the machine's own network and clocks. */
export class NodeDriver implements Driver {
  readonly #clock = new NodeClock();
  readonly #faults: Faults;
  readonly #attachments = new Set<DriverAttachment>();
  readonly #connect: NodeHost["connect"];

  /**
   * @param onFault  told of each exception in an engine; absent: they are only counted
   * @param connect  opens the connections that engines ask for; absent: TCP, with TLS where they ask for it
   */
  constructor(onFault?: FaultListener, connect: NodeHost["connect"] = connectSocket) {
    this.#faults = new Faults(onFault);
    this.#connect = connect;
  }

  get faultCount(): number {
    return this.#faults.count;
  }

  now(): Now {
    return { ...this.#clock.refresh() };
  }

  async attachDatagram(engine: DatagramEngine, listener: Listener): Promise<DriverAttachment> {
    if (listener.transport !== "udp")
      throw new RangeError("Cannot attach a datagram engine: the listener is not UDP");
    const attachment = new NodeDatagramEngine(engine, listener, this.#clock, this.#faults, this.#forget);
    this.#attachments.add(attachment);
    return attachment;
  }

  async attach(engine: Engine, listeners: readonly Listener[]): Promise<DriverAttachment> {
    const attachment = await NodeEngine.open(engine, listeners, {
      clock: this.#clock,
      faults: this.#faults,
      connect: this.#connect,
      onClosed: this.#forget,
    });
    this.#attachments.add(attachment);
    return attachment;
  }

  async close(graceMs = 0): Promise<void> {
    await Promise.all([...this.#attachments].map((attachment) => attachment.close(graceMs)));
  }

  readonly #forget = (attachment: DriverAttachment): void => {
    this.#attachments.delete(attachment);
  };
}
