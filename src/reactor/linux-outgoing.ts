// An outgoing datagram socket of the linux driver, on a port of its own that the kernel chooses by chance (RFC 6056).

import { isIpv4, isSameEndpoint, type Endpoint, type IoFailure } from "#engine";
import { failureOf } from "./io-error.ts";
import { KernelEndpoint, socketAddressOctets, writeSocketAddress } from "./linux-address.ts";
import { errnoName } from "./linux-calls.ts";
import { Errno, Linux } from "./linux-constants.ts";
import { readOctets, type LinuxHost } from "./linux-host.ts";
import type { Ready } from "./linux-loop.ts";

/** What a socket tells its engine. Each call comes from the loop, never from within an effect. */
export interface LinuxOutgoingOwner {
  readonly host: LinuxHost;
  arrived(socket: number, input: Uint8Array, length: number, from: Endpoint): void;
  failed(outgoing: LinuxOutgoing, failure: IoFailure): void;
}

/** Datagrams taken in one turn. */
const readsPerTurn = 16;

/** A socket of `openDatagram`. */
export class LinuxOutgoing implements Ready {
  readonly id: number;
  readonly remote: Endpoint;
  readonly #owner: LinuxOutgoingOwner;
  readonly #from = new KernelEndpoint();
  /** -1 where none could be opened, or it is closed. */
  #fd: number;
  #handle = -1;

  constructor(id: number, remote: Endpoint, owner: LinuxOutgoingOwner, from?: Uint8Array) {
    this.id = id;
    this.remote = remote;
    this.#owner = owner;
    const { calls, small, loop } = owner.host;
    const family = isIpv4(remote.address) ? Linux.AF_INET : Linux.AF_INET6;
    const type = Linux.SOCK_DGRAM | Linux.SOCK_NONBLOCK | Linux.SOCK_CLOEXEC;
    this.#fd = calls.socket(family, type, 0);
    if (this.#fd < 0) {
      this.#failLater(calls.errno());
      return;
    }
    let errno = from ? owner.host.bindTo(this.#fd, from) : 0;
    if (errno === 0) {
      const length = writeSocketAddress(small.octets, 0, remote);
      errno = calls.connect(this.#fd, small.address, length) < 0 ? calls.errno() : 0;
    }
    if (errno !== 0) {
      this.close();
      this.#failLater(errno);
      return;
    }
    try {
      this.#handle = loop.add(this.#fd, Linux.EPOLLIN, this);
    } catch {
      // The kernel has no room for one more to watch: the engine hears of it as of any other failure.
      this.close();
      this.#failLater(Errno.ENOMEM);
    }
  }

  ready(): void {
    const { calls, small, input } = this.#owner.host;
    for (let i = 0; i < readsPerTurn && this.#fd >= 0; i++) {
      small.words[0] = socketAddressOctets;
      const length = calls.receiveFrom(
        this.#fd,
        input.address,
        readOctets,
        Linux.MSG_DONTWAIT,
        small.address + 8,
        small.address,
      );
      if (length < 0) {
        const errno = calls.errno();
        if (errno === Errno.EAGAIN) return;
        if (errno !== Errno.EINTR) this.#owner.failed(this, failureOf(errnoName(errno)));
        continue;
      }
      // What came between the choice of the port and the connecting may be anybody's.
      if (!isSameEndpoint(this.#from.read(small.octets, 8), this.remote)) continue;
      this.#owner.arrived(this.id, input.octets, length, this.remote);
    }
  }

  send(octets: Uint8Array): void {
    if (this.#fd < 0) return;
    const errno = this.#owner.host.sender.send(this.#fd, octets);
    if (errno !== 0 && errno !== Errno.EAGAIN) this.#failLater(errno);
  }

  #failLater(errno: number): void {
    const failure = failureOf(errnoName(errno));
    this.#owner.host.loop.later(() => this.#owner.failed(this, failure));
  }

  /** Closes it. */
  close(): void {
    if (this.#fd < 0) return;
    const { loop, calls } = this.#owner.host;
    if (this.#handle >= 0) loop.remove(this.#handle, this.#fd);
    calls.close(this.#fd);
    this.#fd = -1;
  }
}
