// One connection on node:net, or on node:tls above it, as the port tells it to an engine.
//
// What node:net does differently is set right here: an end that arrives while reading is stopped waits for `resume`,
// a connection that the engine drops is reset (so that the peer cannot take half a message for a whole one), writes of
// one turn leave together, and octets are plain Uint8Arrays.

import type { Socket } from "node:net";
import type { IoFailure } from "#engine";
import { errorCode, ioFailure, tlsFailure } from "./io-error.ts";
import type { NodeSocket, OpeningSocket } from "./node-socket.ts";

/** What a stream tells its engine. Each call comes from an event of its own, never from within an effect. */
export interface NodeStreamOwner {
  connected(stream: NodeStream): void;
  received(stream: NodeStream, chunk: Uint8Array): void;
  drained(stream: NodeStream): void;
  ended(stream: NodeStream): void;
  closed(stream: NodeStream, failure: IoFailure | undefined): void;
  /** The stream holds octets back until `flush`, which is due at the end of this turn. */
  flushLater(stream: NodeStream): void;
}

/** One connection. */
export class NodeStream {
  readonly slot: number;
  readonly #socket: Socket;
  /** The TCP socket: the same, but under TLS. */
  readonly #raw: Socket;
  readonly #owner: NodeStreamOwner;
  #failure: IoFailure | undefined;
  /** The engine dropped it, or it has failed: only `closed` follows. */
  #isClosing = false;
  #isClosed = false;
  #isPaused = false;
  #isEnding = false;
  #isCorked = false;
  /** The peer's end has come while paused. */
  #isEndHeld = false;
  /** Both directions have ended, and the engine has not been told of the peer's end yet. */
  #isCloseHeld = false;
  /** An outgoing connection is not open yet. */
  #isOpening = false;

  constructor(slot: number, { stream, raw }: NodeSocket, owner: NodeStreamOwner) {
    this.slot = slot;
    this.#socket = stream;
    this.#raw = raw ?? stream;
    this.#owner = owner;
    const failed = (error: Error): void => {
      this.#failure ??= this.#isClosing ? undefined : ioFailure(error);
      // Where the system refuses to reset, Node reports that and never says that the socket is closed.
      if (this.#isClosing && errorCode(error) !== "" && this.#raw.destroyed)
        queueMicrotask(() => this.#closed());
    };
    stream.on("error", failed);
    raw?.on("error", failed);
    // What the library says of TLS: an alert, or a record that is not the peer's. Node does not close the socket for it.
    if (raw) stream.on("_tlsError", (error: unknown) => this.destroy(tlsFailure(error, this.#isOpening)));
    stream.on("close", () => this.#closed());
  }

  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** Starts to hand over what the peer sends. */
  read(): void {
    if (this.#isClosing) return;
    this.#socket.on("data", (chunk: Buffer) => {
      if (!this.#isClosing) this.#owner.received(this, chunk);
    });
    this.#socket.on("end", () => {
      if (this.#isLostReset()) this.destroy("reset");
      else if (this.#isPaused) this.#isEndHeld = true;
      else if (!this.#isClosing) this.#owner.ended(this);
    });
    this.#socket.on("drain", () => {
      if (!this.#isClosing && !this.#isEnding) this.#owner.drained(this);
    });
  }

  /**
   * Where a reset meets octets that the TLS library writes by itself (session tickets), Node forgets the error, and what is left looks
   * like an end. But a socket that was reset has no peer any more, as one has that did not end itself; nothing has asked
   * this one for its peer before, so that the system answers.
   */
  #isLostReset(): boolean {
    const isTls = this.#raw !== this.#socket;
    return isTls && !this.#socket.writableEnded && this.#socket.remoteAddress === undefined;
  }

  /** Waits for an outgoing connection to open. */
  awaitConnect(event: OpeningSocket["openEvent"]): void {
    this.#isOpening = true;
    this.#socket.on(event, () => {
      this.#isOpening = false;
      if (this.#isClosing) return;
      this.#owner.connected(this);
      this.#onWritten();
    });
  }

  write(octets: Uint8Array): boolean {
    if (this.#isClosing || this.#isEnding || !this.#socket.writable) return false;
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#socket.cork();
      this.#owner.flushLater(this);
    }
    return this.#socket.write(Buffer.from(octets), this.#onWritten);
  }

  /** Lets go of what the writes of a turn have gathered. */
  flush(): void {
    if (!this.#isCorked) return;
    this.#isCorked = false;
    this.#socket.uncork();
  }

  // While a shutdown waits for octets, the system refuses to reset: the end is asked for when all octets are gone.
  readonly #onWritten = (): void => {
    if (
      this.#isEnding &&
      !this.#isOpening &&
      !this.#isClosing &&
      this.#socket.writableLength === 0 &&
      !this.#socket.writableEnded
    )
      this.#socket.end();
  };

  end(): void {
    if (this.#isClosing || this.#isEnding) return;
    this.#isEnding = true;
    this.#onWritten();
  }

  /** Drops the connection. `failure` is what the engine is told. */
  destroy(failure?: IoFailure): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#failure = failure;
    if (this.#isCloseHeld) {
      setImmediate(() => this.#closed());
    } else if (this.#raw.connecting || (this.#socket.writableEnded && !this.#socket.writableFinished)) {
      this.#socket.destroy();
    } else {
      // Under TLS its socket follows when this one is closed: destroyed in the same turn, Node would free what it reads with.
      this.#raw.resetAndDestroy();
    }
  }

  pause(): void {
    if (this.#isClosing) return;
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (this.#isClosing || !this.#isPaused) return;
    this.#isPaused = false;
    if (this.#isEndHeld) setImmediate(() => this.#releaseEnd());
    else this.#socket.resume();
  }

  #releaseEnd(): void {
    if (!this.#isEndHeld || this.#isPaused || this.#isClosing) return;
    this.#isEndHeld = false;
    this.#owner.ended(this);
    if (this.#isCloseHeld) this.#closed();
  }

  #closed(): void {
    if (this.#isClosed) return;
    if (this.#isEndHeld && !this.#isClosing && this.#failure === undefined) {
      this.#isCloseHeld = true;
      return;
    }
    this.#isClosed = true;
    this.#isClosing = true;
    this.#owner.closed(this, this.#failure);
  }
}
