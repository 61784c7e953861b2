// The linux driver: engines on system calls, without Node's sockets. Its loop runs in the thread that made it: a worker thread gives itself
// to it (linux-worker.ts), elsewhere it is a guest of Node's event loop (linux-hosted.ts).
//
// TLS at listeners is made of the OpenSSL that Node carries; where its functions cannot be had, a listener with `tls` is refused.

import { PlatformError } from "#contract/plain";
import type { DatagramEngine, Engine, Now } from "#engine";
import type { DriverAttachment, Driver, FaultListener, Listener } from "./driver.ts";
import { Faults } from "./fault.ts";
import { LinuxDatagramEngine } from "./linux-datagram-engine.ts";
import { LinuxEngine } from "./linux-engine.ts";
import { LinuxHost } from "./linux-host.ts";
import type { LinuxLoop } from "./linux-loop.ts";
import { loadOpenSsl } from "./openssl.ts";

/** Runs engines on one thread's loop. */
export class LinuxDriver implements Driver {
  readonly loop: LinuxLoop;
  readonly #host: LinuxHost;
  readonly #faults: Faults;
  readonly #attachments = new Set<DriverAttachment>();

  /** @param onFault  told of each exception in an engine; absent: they are only counted */
  constructor(loop: LinuxLoop, onFault?: FaultListener) {
    this.loop = loop;
    this.#faults = new Faults(onFault);
    this.#host = new LinuxHost(loop, this.#faults);
  }

  get faultCount(): number {
    return this.#faults.count;
  }

  /** Answers that the system did not take. */
  get droppedCount(): number {
    return this.#host.batch.dropped;
  }

  now(): Now {
    return { ...this.loop.clock.refresh() };
  }

  async attachDatagram(engine: DatagramEngine, listener: Listener): Promise<DriverAttachment> {
    if (listener.transport !== "udp")
      throw new RangeError("Cannot attach a datagram engine: the listener is not UDP");
    return this.#keep(new LinuxDatagramEngine(engine, listener, this.#host, this.#forget));
  }

  async attach(engine: Engine, listeners: readonly Listener[]): Promise<DriverAttachment> {
    const openSsl = listeners.some(({ tls }) => tls) ? loadOpenSsl() : undefined;
    if (typeof openSsl === "string")
      throw new PlatformError("internal", `Cannot listen with TLS: ${openSsl}`);
    return this.#keep(new LinuxEngine(engine, listeners, this.#host, this.#forget));
  }

  #keep(attachment: DriverAttachment): DriverAttachment {
    this.#attachments.add(attachment);
    this.loop.onWork();
    return attachment;
  }

  async close(graceMs = 0): Promise<void> {
    await Promise.all([...this.#attachments].map((attachment) => attachment.close(graceMs)));
  }

  /** Gives all memory back, once everything is closed. */
  free(): void {
    this.#host.free();
  }

  readonly #forget = (attachment: DriverAttachment): void => {
    this.#attachments.delete(attachment);
  };
}
