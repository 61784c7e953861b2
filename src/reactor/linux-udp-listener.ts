// A UDP listener of an engine with connections and timers: datagrams come in batches, answers go whenever the engine has them.
//
// On a listener on all addresses, an answer that is sent while its question is handled leaves from the address that was asked; one that is
// sent later leaves from where the routes say, because the port does not say which question it answers.

import { isSameEndpoint, type Endpoint } from "#engine";
import { batchesPerTurn, batchSize, type DatagramSocket } from "./linux-datagrams.ts";
import type { LinuxHost } from "./linux-host.ts";
import type { OpenedListener } from "./linux-listener.ts";
import { Linux } from "./linux-constants.ts";
import type { Ready } from "./linux-loop.ts";

/** What a listener tells its engine. */
export interface LinuxUdpListenerOwner {
  readonly host: LinuxHost;
  arrived(socket: number, input: Uint8Array, length: number, from: Endpoint): void;
}

/** A UDP listener. */
export class LinuxUdpListener implements DatagramSocket, Ready {
  readonly fd: number;
  readonly hasPacketInfo: boolean;
  readonly #id: number;
  readonly #owner: LinuxUdpListenerOwner;
  #handle = -1;
  /** The datagram that is being handled; -1 while none is. */
  #current = -1;
  #isClosed = false;

  constructor(id: number, { fd, hasPacketInfo }: OpenedListener, owner: LinuxUdpListenerOwner) {
    this.fd = fd;
    this.hasPacketInfo = hasPacketInfo;
    this.#id = id;
    this.#owner = owner;
  }

  /** Starts to take datagrams. */
  watch(): void {
    this.#handle = this.#owner.host.loop.add(this.fd, Linux.EPOLLIN, this);
  }

  ready(): void {
    const { batch } = this.#owner.host;
    for (let round = 0; round < batchesPerTurn && !this.#isClosed; round++) {
      const count = batch.receive(this);
      if (count <= 0) return;
      for (let i = 0; i < count && !this.#isClosed; i++) {
        batch.readFrom(i);
        if (batch.from.port === 0) continue; // forged
        if (this.hasPacketInfo) batch.readTo(i);
        this.#current = i;
        this.#owner.arrived(this.#id, batch.inputs[i]!, batch.length(i), batch.from);
      }
      this.#current = -1;
      // Closed by its own engine meanwhile: the descriptor may be another's by now.
      if (this.#isClosed) batch.discard();
      else batch.send(this.fd);
      if (count < batchSize) return;
    }
  }

  /** Sends a datagram. What the system does not take is lost. */
  send(to: Endpoint, octets: Uint8Array): void {
    if (to.port === 0 || this.#isClosed) return;
    const { batch, sender } = this.#owner.host;
    if (this.#current < 0 || !isSameEndpoint(to, batch.from)) {
      sender.send(this.fd, octets, to);
      return;
    }
    if (batch.isFull) batch.send(this.fd);
    batch.output.set(octets, batch.at);
    batch.answer(this.#current, octets.length);
  }

  /** Stops. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { loop, calls } = this.#owner.host;
    if (this.#handle >= 0) loop.remove(this.#handle, this.fd);
    calls.close(this.fd);
  }
}
