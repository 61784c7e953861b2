// What the parts of a linux driver share: the loop, the calls, and memory that all its engines use in turn.

import { SystemCallError } from "./libc.ts";
import type { Faults } from "./fault.ts";
import { writeSocketAddress } from "./linux-address.ts";
import type { LinuxCalls } from "./linux-calls.ts";
import { Linux } from "./linux-constants.ts";
import { DatagramBatch, DatagramSender } from "./linux-datagrams.ts";
import type { LinuxLoop } from "./linux-loop.ts";
import { Memory } from "./linux-memory.ts";

/** Octets that one read of a connection takes at most. */
export const readOctets: number = 64 * 1024;
/** Octets that the writes of one call are gathered in. */
export const gatherOctets: number = 128 * 1024;

/** The parts of one driver; nothing of it is used by two calls at a time. */
export class LinuxHost {
  readonly calls: LinuxCalls;
  readonly loop: LinuxLoop;
  readonly faults: Faults;
  readonly batch: DatagramBatch;
  readonly sender: DatagramSender;
  /** What was read from a connection. */
  readonly input: Memory;
  /** What is gathered for a connection. */
  readonly output: Memory;
  readonly #small: Memory;

  constructor(loop: LinuxLoop, faults: Faults) {
    this.calls = loop.calls;
    this.loop = loop;
    this.faults = faults;
    this.batch = new DatagramBatch(this.calls);
    this.sender = new DatagramSender(this.calls);
    this.input = new Memory(this.calls, readOctets);
    this.output = new Memory(this.calls, gatherOctets);
    this.#small = new Memory(this.calls, 128);
  }

  /** A few words for arguments of calls: 128 octets, of no meaning after the call. */
  get small(): Memory {
    return this.#small;
  }

  /** Binds an outgoing socket to a local address, on any port. Returns errno, 0 where it is bound. */
  bindTo(fd: number, address: Uint8Array): number {
    const { octets, address: at } = this.#small;
    const length = writeSocketAddress(octets, 0, { address, port: 0 });
    return this.calls.bind(fd, at, length) < 0 ? this.calls.errno() : 0;
  }

  /** The error that waits at a socket: errno, 0 where there is none. It is taken from there. */
  takeError(fd: number): number {
    const { words, address } = this.#small;
    words[0] = 0;
    words[1] = 4;
    const result = this.calls.getOption(fd, Linux.SOL_SOCKET, Linux.SO_ERROR, address, address + 4);
    return result < 0 ? this.calls.errno() : words[0];
  }

  /**
   * Makes a descriptor that was handed to this process as the driver needs it.
   *
   * @param type  SOCK_STREAM, listening, or SOCK_DGRAM: what it has to be
   * Throws an Error where it is no such socket: the loop would be told of it for ever, and find nothing.
   */
  adopt(fd: number, type: number): void {
    const isStream = type === Linux.SOCK_STREAM;
    if (this.#option(fd, Linux.SO_TYPE) !== type) throw new Error("the descriptor is another kind of socket");
    if (isStream && this.#option(fd, Linux.SO_ACCEPTCONN) === 0)
      throw new Error("the descriptor is a socket that does not listen");
    const flags = this.calls.control(fd, Linux.F_GETFL, 0);
    if (flags < 0) throw new SystemCallError("fcntl", this.calls.errno());
    this.calls.control(fd, Linux.F_SETFL, flags | Linux.O_NONBLOCK);
    this.calls.control(fd, Linux.F_SETFD, Linux.FD_CLOEXEC);
  }

  #option(fd: number, name: number): number {
    const { words, address } = this.#small;
    words[0] = 0;
    words[1] = 4;
    const result = this.calls.getOption(fd, Linux.SOL_SOCKET, name, address, address + 4);
    if (result < 0) throw new SystemCallError("getsockopt", this.calls.errno());
    return words[0];
  }

  /** Closes a connection so that the peer sees a reset. */
  reset(fd: number): void {
    const { words, address } = this.#small;
    words[0] = 1; // on
    words[1] = 0; // seconds
    this.calls.setOption(fd, Linux.SOL_SOCKET, Linux.SO_LINGER, address, 8);
    this.calls.close(fd);
  }

  /** Lets small writes go at once; connections that a listener accepts have it from there. */
  requestNoDelay(fd: number): void {
    const { words, address } = this.#small;
    words[0] = 1;
    this.calls.setOption(fd, Linux.IPPROTO_TCP, Linux.TCP_NODELAY, address, 4);
  }

  /** Gives the memory back. */
  free(): void {
    this.batch.free();
    this.sender.free();
    this.input.free();
    this.output.free();
    this.#small.free();
  }
}
