// Hot path (bench/names.ts): one TLS connection of the linux driver whose handshake is done: plain octets in and out, the library reading and writing
// the socket by itself.

import { failureOf } from "./io-error.ts";
import { errnoName, type LinuxCalls } from "./linux-calls.ts";
import { Ssl, type OpenSsl } from "./openssl.ts";
import type { IoFailure } from "#engine";

/** What `read` and `write` give where no octets went. */
export const Secure: {
  /** Again when the socket is ready. */
  readonly AGAIN: -1;
  /** The connection broke: `failure` says how. */
  readonly FAILED: -2;
} = { AGAIN: -1, FAILED: -2 };

/** See the head of this file. */
export class LinuxSecure {
  /** Why it broke. */
  failure: IoFailure = "reset";
  /** What is read next has something to write first. */
  isReadBlocked = false;
  readonly #openSsl: OpenSsl;
  readonly #calls: LinuxCalls;
  #connection: number;

  constructor(openSsl: OpenSsl, calls: LinuxCalls, connection: number) {
    this.#openSsl = openSsl;
    this.#calls = calls;
    this.#connection = connection;
  }

  /** The library holds octets that the system tells nobody of any more. */
  get hasPending(): boolean {
    return this.#connection !== 0 && this.#openSsl.hasPending(this.#connection) === 1;
  }

  /** Reads up to so many octets. Returns how many, 0 at the peer's end, or one of {@link Secure}. */
  read(address: number, length: number): number {
    this.isReadBlocked = false;
    this.#openSsl.clearErrors();
    const count = this.#openSsl.read(this.#connection, address, length);
    if (count > 0) return count;
    const errno = this.#calls.errno();
    const error = this.#openSsl.error(this.#connection, count);
    if (error === Ssl.ERROR_WANT_READ) return Secure.AGAIN;
    if (error === Ssl.ERROR_ZERO_RETURN) return 0;
    if (error === Ssl.ERROR_WANT_WRITE) {
      this.isReadBlocked = true;
      return Secure.AGAIN;
    }
    return this.#fail(error, errno);
  }

  /** Writes octets. Returns how many were taken, which may be fewer, or one of {@link Secure}. */
  write(address: number, length: number): number {
    let written = 0;
    while (written < length) {
      this.#openSsl.clearErrors();
      const count = this.#openSsl.write(this.#connection, address + written, length - written);
      if (count > 0) {
        written += count;
        continue;
      }
      const errno = this.#calls.errno();
      const error = this.#openSsl.error(this.#connection, count);
      if (error === Ssl.ERROR_WANT_WRITE) return written > 0 ? written : Secure.AGAIN;
      return this.#fail(error, errno);
    }
    return written;
  }

  #fail(error: number, errno: number): number {
    // What the library says of TLS: an alert, or a record that is not the peer's.
    this.failure = error === Ssl.ERROR_SYSCALL && errno !== 0 ? brokenBy(errno) : "reset";
    return Secure.FAILED;
  }

  /** Says that nothing more is written (close_notify). Returns false where the socket has no room for it yet. */
  shutdown(): boolean {
    this.#openSsl.clearErrors();
    const result = this.#openSsl.shutdown(this.#connection);
    return result >= 0 || this.#openSsl.error(this.#connection, result) !== Ssl.ERROR_WANT_WRITE;
  }

  /** Gives the memory back; the socket stays open. */
  free(): void {
    if (this.#connection === 0) return;
    this.#openSsl.connectionFree(this.#connection);
    this.#connection = 0;
  }
}

/** What broke a connection that was there: a way that is not there any more is a reset too. */
export function brokenBy(errno: number): IoFailure {
  const failure = failureOf(errnoName(errno));
  return failure === "unreachable" ? "reset" : failure;
}
