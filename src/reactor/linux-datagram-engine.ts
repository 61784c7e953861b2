// Hot path (bench/names.ts): a datagram engine on its listener. A batch in, the engine's answers out; nothing is made per datagram.

import { copyEndpoint, type DatagramEngine } from "#engine";
import { maxDatagramOctets, type DriverAttachment, type BoundListener, type Listener } from "./driver.ts";
import { batchesPerTurn, batchSize, type DatagramSocket } from "./linux-datagrams.ts";
import type { LinuxHost } from "./linux-host.ts";
import { openListener } from "./linux-listener.ts";
import { Linux } from "./linux-constants.ts";
import type { Ready } from "./linux-loop.ts";

/** A datagram engine in service. */
export class LinuxDatagramEngine implements DriverAttachment, DatagramSocket, Ready {
  readonly listeners: readonly BoundListener[];
  readonly fd: number;
  readonly hasPacketInfo: boolean;
  readonly #engine: DatagramEngine;
  readonly #host: LinuxHost;
  readonly #handle: number;
  readonly #onClosed: (attachment: LinuxDatagramEngine) => void;
  readonly #at: Parameters<DatagramEngine["handle"]>[3];
  #isClosed = false;

  constructor(
    engine: DatagramEngine,
    listener: Listener,
    host: LinuxHost,
    onClosed: (attachment: LinuxDatagramEngine) => void,
  ) {
    this.#engine = engine;
    this.#host = host;
    this.#onClosed = onClosed;
    const { fd, at, hasPacketInfo } = openListener(host, listener);
    this.fd = fd;
    this.hasPacketInfo = hasPacketInfo;
    this.#at = at;
    this.listeners = [{ ...listener, id: 0, port: at.port }];
    engine.attached?.(copyEndpoint(at), (to, octets) => {
      if (!this.#isClosed && to.port !== 0 && octets.length <= maxDatagramOctets)
        host.sender.send(fd, octets, to);
    });
    this.#handle = host.loop.add(fd, Linux.EPOLLIN, this);
  }

  ready(): void {
    const { batch } = this.#host;
    for (let round = 0; round < batchesPerTurn && !this.#isClosed; round++) {
      const count = batch.receive(this);
      // Nothing there, or what the network says of answers sent before, which the call has taken: nobody waits for it.
      if (count <= 0) return;
      this.#answer(count);
      if (count < batchSize) return;
    }
  }

  #answer(count: number): void {
    const { batch, loop, faults } = this.#host;
    const { inputs, output, from } = batch;
    const now = loop.clock.refresh();
    const began = now.monotonic;
    const to = batch.to.set(this.#at);
    for (let i = 0; i < count; i++) {
      batch.readFrom(i);
      // No answer can be sent to port 0; such a packet is forged.
      if (from.port === 0) continue;
      if (this.hasPacketInfo) batch.readTo(i);
      if (batch.isFull) batch.send(this.fd);
      const input = inputs[i]!;
      const length = batch.length(i);
      try {
        const octets = this.#engine.handle(input, length, from, to, output, batch.at, now);
        if (octets > 0) batch.answer(i, octets);
      } catch (error) {
        faults.report("handle", error, input, length);
      }
    }
    batch.send(this.fd);
    if (this.#engine.isTimed === true) this.#engine.served?.(count, loop.clock.refresh().monotonic - began);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#host.loop.remove(this.#handle, this.fd);
    this.#host.calls.close(this.fd);
    this.#onClosed(this);
  }
}
