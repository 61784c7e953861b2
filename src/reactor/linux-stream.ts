// One TCP connection of the linux driver, or TLS above one, as the port tells it to an engine.
//
// What is written in one call of an engine is gathered and sent with one system call; what the kernel does not take waits here, and
// the engine is told to wait. An interest in readiness is changed only where it differs.

import type { IoFailure } from "#engine";
import { failureOf } from "./io-error.ts";
import { errnoName } from "./linux-calls.ts";
import { Errno, Linux } from "./linux-constants.ts";
import { gatherOctets, readOctets, type LinuxHost } from "./linux-host.ts";
import type { Ready } from "./linux-loop.ts";
import { Secure, type LinuxSecure } from "./linux-secure.ts";
import type { LinuxTlsOpening } from "./linux-tls-clients.ts";
import { Memory } from "./linux-memory.ts";

/** Octets that may wait at a connection before its engine is told to write no more. */
const highWaterOctets = 64 * 1024;

/** Records of TLS that are handed over in one turn; others come in between. */
const recordsPerTurn = 64;

/** What a stream tells its engine. Each call comes from the loop, never from within an effect. */
export interface LinuxStreamOwner {
  readonly host: LinuxHost;
  connected(stream: LinuxStream): void;
  received(stream: LinuxStream, length: number): void;
  drained(stream: LinuxStream): void;
  ended(stream: LinuxStream): void;
  closed(stream: LinuxStream, failure: IoFailure | undefined): void;
  /** The stream has gathered octets: `flush` is due at the end of this call. */
  gathering(stream: LinuxStream): void;
  /** What is gathered until `release` is sent together, though several events are told of. */
  hold(): void;
  release(): void;
}

/** One connection. */
export class LinuxStream implements Ready {
  readonly slot: number;
  readonly fd: number;
  readonly #owner: LinuxStreamOwner;
  readonly #host: LinuxHost;
  /** TLS, where it is not plain. */
  #secure: LinuxSecure | undefined;
  /** TLS of a connection that is on its way. */
  #opening: LinuxTlsOpening | undefined;
  /** The peer was told of the end of TLS; that of the connection follows. */
  #hasSaidEnd = false;
  /** The registration; -1 while there is none. */
  #handle = -1;
  #interest = 0;
  #isOpening: boolean;
  #isPaused = false;
  /** The engine writes no more. */
  #isEnding = false;
  /** The kernel was told so. */
  #hasShut = false;
  /** The peer sends no more, and the engine was told so. */
  #hasEnded = false;
  /** The engine dropped it, or it is over: only `closed` follows. */
  #isClosing = false;
  #isDrainDue = false;
  /** Octets gathered in the host's buffer, which are this stream's while it is the one that gathers. */
  #gathered = 0;
  /** Octets that the kernel did not take: from `#waitingAt` to `#waitingEnd`. */
  #waiting: Memory | undefined;
  #waitingAt = 0;
  #waitingEnd = 0;

  /**
   * @param isOpening  it is on its way: `connected` follows
   * @param tls  of a connection that is on its way: its handshake is the stream's to take; else it is done. The stream's from then on
   */
  constructor(
    slot: number,
    fd: number,
    owner: LinuxStreamOwner,
    isOpening: boolean,
    tls?: LinuxSecure | LinuxTlsOpening,
  ) {
    if (tls && "step" in tls) this.#opening = tls;
    else this.#secure = tls;
    this.slot = slot;
    this.fd = fd;
    this.#owner = owner;
    this.#host = owner.host;
    this.#isOpening = isOpening;
  }

  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** Starts to watch the connection. */
  watch(): void {
    if (this.#isClosing) return;
    this.#update();
    this.#lookForPending();
  }

  /** What the library has taken from the socket already: the system tells nobody of it. */
  #lookForPending(): void {
    if (this.#secure?.hasPending) this.#host.loop.later(() => this.ready(Linux.EPOLLIN));
  }

  ready(events: number): void {
    if (this.#isClosing) return;
    if (this.#isOpening) {
      this.#open();
      return;
    }
    const canRead = events & (Linux.EPOLLIN | Linux.EPOLLERR | Linux.EPOLLHUP);
    const isUnblocked = this.#secure?.isReadBlocked === true && events & Linux.EPOLLOUT;
    if (this.#isReading && (canRead || isUnblocked)) {
      if (this.#secure) this.#readRecords(this.#secure);
      else this.#read();
    } else if (events & (Linux.EPOLLERR | Linux.EPOLLHUP)) this.#hangUp(events);
    if (!this.#isClosing && events & Linux.EPOLLOUT) {
      if (this.#waitingEnd > 0) this.#sendWaiting();
      else if (!this.#isEndBlocked) return;
      this.#settle();
      this.#update();
    }
  }

  #open(): void {
    const errno = this.#host.takeError(this.fd);
    if (errno !== 0) {
      this.fail(failureOf(errnoName(errno)));
      return;
    }
    if (this.#opening && !this.#shakeHands(this.#opening)) return;
    this.#isOpening = false;
    this.#owner.connected(this);
    if (this.#isClosing) return;
    if (this.#waitingEnd > 0) this.#sendWaiting();
    this.#settle();
    this.#update();
    this.#lookForPending();
  }

  /** Returns whether the handshake is done. */
  #shakeHands(opening: LinuxTlsOpening): boolean {
    const result = opening.step(this.fd);
    if (result === "waiting") this.#update();
    else if (result === "failed") this.fail(opening.failure);
    else {
      this.#opening = undefined;
      this.#secure = result;
      return true;
    }
    return false;
  }

  get #isReading(): boolean {
    return !this.#isPaused && !this.#hasEnded && !this.#isOpening;
  }

  /** Answers to questions that come in records of their own leave in one: it is sent with one call, and sealed with one. */
  #readRecords(secure: LinuxSecure): void {
    this.#owner.hold();
    this.#handRecords(secure);
    this.#owner.release();
  }

  #handRecords(secure: LinuxSecure): void {
    for (let i = 0; i < recordsPerTurn; i++) {
      const length = secure.read(this.#host.input.address, readOctets);
      if (length === 0) {
        this.#peerEnded();
        return;
      }
      if (length === Secure.FAILED) {
        // As where an engine drops it: what was still to be written would not be understood.
        this.destroy(secure.failure);
        return;
      }
      if (length === Secure.AGAIN) break;
      this.#owner.received(this, length);
      if (this.#isClosing) return;
      if (!this.#isReading || !secure.hasPending) break;
      if (i === recordsPerTurn - 1) this.#host.loop.later(() => this.ready(Linux.EPOLLIN));
    }
    this.#update();
  }

  #read(): void {
    const { calls, input } = this.#host;
    const length = calls.receive(this.fd, input.address, readOctets, Linux.MSG_DONTWAIT);
    if (length > 0) {
      this.#owner.received(this, length);
      return;
    }
    if (length === 0) {
      this.#peerEnded();
      return;
    }
    const errno = calls.errno();
    if (errno !== Errno.EAGAIN && errno !== Errno.EINTR) this.fail(failureOf(errnoName(errno)));
  }

  #peerEnded(): void {
    this.#hasEnded = true;
    this.#owner.ended(this);
    this.#settle();
    this.#update();
  }

  /** The connection broke or is over while nothing is read from it. */
  #hangUp(events: number): void {
    const errno = events & Linux.EPOLLERR ? this.#host.takeError(this.fd) : 0;
    if (errno !== 0 || this.#hasEnded) {
      this.fail(errno === 0 ? "reset" : failureOf(errnoName(errno)));
      return;
    }
    // Paused, and both sides have ended: the system would tell of it again and again. `resume` looks what is there to read.
    if (!(events & Linux.EPOLLOUT && this.#waitingEnd > 0)) this.#unwatch();
  }

  /** Takes octets to send. Returns whether more are wanted. */
  write(octets: Uint8Array): boolean {
    if (this.#isClosing || this.#isEnding) return false;
    if (octets.length > 0) this.#take(octets);
    const isEnough = this.#gathered + this.#waitingEnd - this.#waitingAt >= highWaterOctets;
    if (isEnough) this.#isDrainDue = true;
    return !isEnough;
  }

  #take(octets: Uint8Array): void {
    if (this.#isOpening || this.#waitingEnd > 0) {
      this.#wait(octets, 0, octets.length);
      return;
    }
    this.#owner.gathering(this);
    if (this.#gathered + octets.length <= gatherOctets) {
      this.#host.output.octets.set(octets, this.#gathered);
      this.#gathered += octets.length;
      return;
    }
    const gathered = this.#gathered;
    this.#gathered = 0;
    this.#wait(this.#host.output.octets, 0, gathered);
    this.#wait(octets, 0, octets.length);
    this.#sendWaiting();
  }

  /** Sends what was gathered. */
  flush(): void {
    const length = this.#gathered;
    this.#gathered = 0;
    if (this.#isClosing) return;
    if (length > 0) {
      const { octets, address } = this.#host.output;
      const sent = this.#send(address, length);
      if (this.#isClosing) return;
      if (sent < length) this.#wait(octets, sent, length);
    }
    this.#settle();
    this.#update();
  }

  #send(address: number, length: number): number {
    if (this.#secure) return this.#sendRecords(this.#secure, address, length);
    const { calls } = this.#host;
    const sent = calls.send(this.fd, address, length, Linux.MSG_DONTWAIT | Linux.MSG_NOSIGNAL);
    if (sent >= 0) return sent;
    const errno = calls.errno();
    if (errno !== Errno.EAGAIN && errno !== Errno.EINTR) this.fail(failureOf(errnoName(errno)));
    return 0;
  }

  #sendRecords(secure: LinuxSecure, address: number, length: number): number {
    const sent = secure.write(address, length);
    if (sent === Secure.FAILED) this.destroy(secure.failure);
    return Math.max(sent, 0);
  }

  #wait(octets: Uint8Array, from: number, to: number): void {
    const length = to - from;
    if (length === 0) return;
    let memory = this.#waiting;
    if (!memory || this.#waitingEnd + length > memory.octets.length) {
      const kept = this.#waitingEnd - this.#waitingAt;
      const needed = kept + length;
      if (!memory || needed > memory.octets.length) {
        const size = Math.max(4096, (memory?.octets.length ?? 0) * 2, (needed + 3) & ~3);
        const larger = new Memory(this.#host.calls, size);
        if (memory) larger.octets.set(memory.octets.subarray(this.#waitingAt, this.#waitingEnd));
        memory?.free();
        this.#waiting = memory = larger;
      } else {
        memory.octets.copyWithin(0, this.#waitingAt, this.#waitingEnd);
      }
      this.#waitingAt = 0;
      this.#waitingEnd = kept;
    }
    memory.octets.set(
      from === 0 && to === octets.length ? octets : octets.subarray(from, to),
      this.#waitingEnd,
    );
    this.#waitingEnd += length;
  }

  #sendWaiting(): void {
    const memory = this.#waiting;
    if (!memory) return;
    this.#waitingAt += this.#send(memory.address + this.#waitingAt, this.#waitingEnd - this.#waitingAt);
    if (this.#waitingAt < this.#waitingEnd) return;
    this.#dropWaiting();
    this.#update();
  }

  #dropWaiting(): void {
    this.#waitingAt = this.#waitingEnd = 0;
    this.#waiting?.free();
    this.#waiting = undefined;
  }

  /** Does what was waiting for all octets to be gone: `drained`, the end, and the close once both sides have ended. */
  #settle(): void {
    if (this.#isClosing || this.#isOpening || this.#waitingEnd > 0 || this.#gathered > 0) return;
    if (this.#isDrainDue) {
      this.#isDrainDue = false;
      if (!this.#isEnding) this.#host.loop.later(() => this.#tellDrained());
    }
    if (this.#isEnding && !this.#hasShut) {
      if (this.#isEndBlocked) this.#hasSaidEnd = this.#secure?.shutdown() ?? true;
      if (this.#isEndBlocked) {
        this.#update(); // told of again when there is room
        return;
      }
      this.#hasShut = true;
      this.#host.calls.shutdown(this.fd, Linux.SHUT_WR); // where it fails, the connection is broken, and epoll says so
    }
    if (this.#hasShut && this.#hasEnded) this.#finish(undefined, false);
  }

  /** The end is due, and TLS has not said it yet. */
  get #isEndBlocked(): boolean {
    return this.#secure !== undefined && this.#isEnding && !this.#hasSaidEnd;
  }

  #tellDrained(): void {
    if (!this.#isClosing && !this.#isEnding) this.#owner.drained(this);
  }

  end(): void {
    if (this.#isClosing || this.#isEnding) return;
    this.#isEnding = true;
    if (this.#gathered === 0) this.#settle();
  }

  /** Drops the connection. `failure` is what the engine is told. */
  destroy(failure?: IoFailure): void {
    if (!this.#isClosing) this.#finish(failure, !this.#isOpening);
  }

  /** The connection broke. */
  fail(failure: IoFailure): void {
    if (!this.#isClosing) this.#finish(failure, false);
  }

  #finish(failure: IoFailure | undefined, mustReset: boolean): void {
    this.#isClosing = true;
    this.#gathered = 0;
    this.#dropWaiting();
    this.#unwatch();
    this.#secure?.free();
    this.#opening?.free();
    if (mustReset) this.#host.reset(this.fd);
    else this.#host.calls.close(this.fd);
    this.#host.loop.later(() => this.#owner.closed(this, failure));
  }

  pause(): void {
    if (this.#isClosing) return;
    this.#isPaused = true;
    this.#update();
  }

  resume(): void {
    if (this.#isClosing || !this.#isPaused) return;
    this.#isPaused = false;
    this.#update();
    this.#lookForPending();
  }

  #unwatch(): void {
    if (this.#handle < 0) return;
    this.#host.loop.remove(this.#handle, this.fd);
    this.#handle = -1;
  }

  /** Watches for what is of interest now. */
  #update(): void {
    if (this.#isClosing) return;
    const isWriting =
      this.#isOpening ||
      this.#waitingEnd > 0 ||
      (this.#secure !== undefined &&
        (this.#secure.isReadBlocked || (this.#isEndBlocked && this.#gathered === 0)));
    const interest =
      this.#opening?.interest ?? (this.#isReading ? Linux.EPOLLIN : 0) | (isWriting ? Linux.EPOLLOUT : 0);
    if (this.#handle < 0) {
      try {
        this.#handle = this.#host.loop.add(this.fd, interest, this);
        this.#interest = interest;
      } catch {
        this.fail("no-resources"); // the kernel has no room for one more to watch
      }
    } else if (interest !== this.#interest) {
      this.#interest = interest;
      this.#host.loop.change(this.#handle, this.fd, interest);
    }
  }
}
