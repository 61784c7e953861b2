// UDP on node:dgram: listeners bound or inherited, and datagram engines on them.
//
// Limits of node:dgram: a listener on all addresses reports that address as the receiver's, because the packet's own
// is not told; and the kernel's errors about datagrams sent from a listener are not reported to anybody.

import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIP } from "node:net";
import { copyEndpoint, formatAddress, type DatagramEngine } from "#engine";
import {
  maxDatagramOctets,
  receiveBufferOctets,
  type DriverAttachment,
  type BoundListener,
  type Listener,
} from "./driver.ts";
import type { Faults } from "./fault.ts";
import { listenError, listenerEndpoint } from "./io-error.ts";
import { datagramType, plainOctets, ReusedEndpoint } from "./node-address.ts";
import type { NodeClock } from "./node-clock.ts";

/** Answers are written one after the other into blocks of this size, so that none is touched before it is sent. */
const blockOctets = 1024 * 1024;
/** A block is left when an answer of the largest size that an engine may write might not fit any more. */
const maxAnswerOctets = 65_535;

/** `dgram` looks every receiver up; ours are addresses already. */
function lookup(
  address: string,
  _options: unknown,
  done: (error: null, address: string, family: number) => void,
): void {
  done(null, address, isIP(address));
}

/** Makes a socket for an address's family. Errors that nobody waits for are dropped: a datagram may be lost. */
export function createDatagramSocket(address: Uint8Array): Socket {
  const type = datagramType(address);
  const socket = createSocket({ type, ipv6Only: type === "udp6", lookup });
  socket.on("error", () => {});
  return socket;
}

/**
 * Binds a UDP listener or takes it over from its descriptor.
 *
 * Throws a PlatformError where it cannot. Datagrams are read from then on: attach to "message" in the same turn.
 */
export function bindDatagramListener(listener: Listener): { socket: Socket; port: number } {
  const { address } = listenerEndpoint(listener);
  const socket = createDatagramSocket(address);
  try {
    if (listener.fd === undefined) socket.bindSync({ address: listener.address, port: listener.port });
    else socket.bind({ fd: listener.fd, exclusive: true });
  } catch (error) {
    socket.close();
    throw listenError(listener, error);
  }
  try {
    socket.setRecvBufferSize(receiveBufferOctets);
  } catch {
    // The kernel's own size serves too.
  }
  return { socket, port: socket.address().port };
}

/**
 * A datagram engine on its listener: one view and no closure per datagram beside what node:dgram makes, whose own cost is many
 * times that.
 */
export class NodeDatagramEngine implements DriverAttachment {
  readonly listeners: readonly BoundListener[];
  readonly #socket: Socket;
  readonly #engine: DatagramEngine;
  readonly #clock: NodeClock;
  readonly #faults: Faults;
  readonly #from = new ReusedEndpoint();
  readonly #to = new ReusedEndpoint();
  readonly #onClosed: (attachment: NodeDatagramEngine) => void;
  #block: Uint8Array = new Uint8Array(blockOctets);
  #at = 0;
  #isClosed = false;

  constructor(
    engine: DatagramEngine,
    listener: Listener,
    clock: NodeClock,
    faults: Faults,
    onClosed: (attachment: NodeDatagramEngine) => void,
  ) {
    this.#engine = engine;
    this.#clock = clock;
    this.#faults = faults;
    this.#onClosed = onClosed;
    const { socket, port } = bindDatagramListener(listener);
    this.#socket = socket;
    this.listeners = [{ ...listener, id: 0, port }];
    this.#to.set(listener.address, port);
    engine.attached?.(copyEndpoint(this.#to), (to, octets) => {
      if (this.#isClosed || to.port === 0 || octets.length > maxDatagramOctets) return;
      socket.send(octets, to.port, formatAddress(to.address));
    });
    socket.on("message", (message, info) => this.#answer(message, info));
  }

  #answer(message: Buffer, info: RemoteInfo): void {
    // No answer can be sent to port 0, and Node would throw; such a packet is forged.
    if (this.#isClosed || info.port === 0) return;
    const input = plainOctets(message);
    const from = this.#from.set(info.address, info.port);
    if (this.#at + maxAnswerOctets > blockOctets) {
      this.#block = new Uint8Array(blockOctets);
      this.#at = 0;
    }
    const at = this.#at;
    let length = 0;
    const now = this.#clock.refresh();
    const began = now.monotonic;
    try {
      length = this.#engine.handle(input, input.length, from, this.#to, this.#block, at, now);
      if (length <= 0) return;
      // Node may send only later, when the kernel's buffer was full: this part of the block is not written to again.
      this.#at = (at + length + 7) & ~7;
      this.#socket.send(this.#block, at, length, info.port, info.address);
      if (this.#engine.isTimed === true) this.#engine.served?.(1, this.#clock.refresh().monotonic - began);
    } catch (error) {
      this.#faults.report("handle", error, input, input.length);
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.close();
    this.#onClosed(this);
  }
}
