// A TCP listener of the linux driver: takes connections as they come. Where the process has no descriptor left it rests for a
// moment instead of being told of the same connection again and again; who waits is served once others have gone.

import type { Endpoint } from "#engine";
import { KernelEndpoint, socketAddressOctets } from "./linux-address.ts";
import { Errno, Linux } from "./linux-constants.ts";
import type { LinuxHost } from "./linux-host.ts";
import type { OpenedListener } from "./linux-listener.ts";
import type { Ready } from "./linux-loop.ts";

/** Connections taken in one turn; others, and what is open, come in between. */
const acceptsPerTurn = 64;
/** Milliseconds of rest where there is no descriptor left, or no memory for a connection. */
const restMs = 100;

/** Accepts connections. */
export class LinuxAcceptor implements Ready {
  readonly #host: LinuxHost;
  readonly #fd: number;
  readonly #at: Endpoint;
  readonly #isOnAll: boolean;
  readonly #accept: (fd: number, from: Endpoint, to: Endpoint) => void;
  readonly #from = new KernelEndpoint();
  readonly #to = new KernelEndpoint();
  #handle = -1;
  #rest = 0;
  #isClosed = false;

  /** @param accept  takes a connection: its descriptor is the callee's */
  constructor(
    host: LinuxHost,
    { fd, at }: OpenedListener,
    isOnAll: boolean,
    accept: (fd: number, from: Endpoint, to: Endpoint) => void,
  ) {
    this.#host = host;
    this.#fd = fd;
    this.#at = at;
    this.#isOnAll = isOnAll;
    this.#accept = accept;
  }

  /** Starts to accept. */
  watch(): void {
    this.#handle = this.#host.loop.add(this.#fd, Linux.EPOLLIN, this);
  }

  ready(): void {
    const { calls, small } = this.#host;
    for (let i = 0; i < acceptsPerTurn && this.#handle >= 0; i++) {
      small.words[0] = socketAddressOctets;
      const fd = calls.accept(
        this.#fd,
        small.address + 8,
        small.address,
        Linux.SOCK_NONBLOCK | Linux.SOCK_CLOEXEC,
      );
      if (fd < 0) {
        const errno = calls.errno();
        if (errno === Errno.EAGAIN) return;
        if (isShortage(errno)) {
          this.#takeRest();
          return;
        }
        continue; // of one connection, which is gone already (accept(2))
      }
      this.#from.read(small.octets, 8);
      this.#accept(fd, this.#from, this.#localOf(fd));
    }
  }

  #localOf(fd: number): Endpoint {
    if (!this.#isOnAll) return this.#at;
    const { calls, small } = this.#host;
    small.words[0] = socketAddressOctets;
    const result = calls.localAddress(fd, small.address + 8, small.address);
    return result < 0 ? this.#at : this.#to.read(small.octets, 8);
  }

  #takeRest(): void {
    const { loop } = this.#host;
    loop.change(this.#handle, this.#fd, 0);
    this.#rest = loop.setTimer(loop.clock.refresh().monotonic + restMs, () => {
      this.#rest = 0;
      if (this.#handle >= 0) loop.change(this.#handle, this.#fd, Linux.EPOLLIN);
    });
  }

  /** Stops accepting. What is queued in an inherited descriptor stays there. Calling it again does nothing. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { loop, calls } = this.#host;
    if (this.#rest !== 0) loop.clearTimer(this.#rest);
    if (this.#handle >= 0) loop.remove(this.#handle, this.#fd);
    this.#handle = -1;
    calls.close(this.#fd);
  }
}

function isShortage(errno: number): boolean {
  return (
    errno === Errno.EMFILE || errno === Errno.ENFILE || errno === Errno.ENOBUFS || errno === Errno.ENOMEM
  );
}
