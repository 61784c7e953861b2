// One TCP connection on node:net, as the port tells it to an engine.
//
// What node:net does differently is set right here: an end that arrives while reading is stopped waits for `resume`,
// a connection that the engine drops is reset (so that the peer cannot take half a message for a whole one), writes of
// one turn leave together, and octets are plain Uint8Arrays.

import type { Socket } from "node:net";
import type { IoFailure } from "#engine";
import { errorCode, ioFailure } from "./io-error.ts";

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

  constructor(slot: number, socket: Socket, owner: NodeStreamOwner) {
    this.slot = slot;
    this.#socket = socket;
    this.#owner = owner;
    socket.on("error", (error) => {
      this.#failure ??= this.#isClosing ? undefined : ioFailure(error);
      // Where the system refuses to reset, Node reports that and never says that the socket is closed.
      if (this.#isClosing && errorCode(error) !== "" && socket.destroyed)
        queueMicrotask(() => this.#closed());
    });
    socket.on("close", () => this.#closed());
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
      if (this.#isPaused) this.#isEndHeld = true;
      else if (!this.#isClosing) this.#owner.ended(this);
    });
    this.#socket.on("drain", () => {
      if (!this.#isClosing && !this.#isEnding) this.#owner.drained(this);
    });
  }

  /** Waits for an outgoing connection to open. */
  awaitConnect(): void {
    this.#socket.on("connect", () => {
      if (!this.#isClosing) this.#owner.connected(this);
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
      !this.#isClosing &&
      this.#socket.writableLength === 0 &&
      !this.#socket.writableEnded
    )
      this.#socket.end();
  };

  end(): void {
    if (this.#isClosing || this.#isEnding) return;
    this.#isEnding = true;
    if (this.#socket.writableLength === 0 && !this.#socket.connecting) this.#socket.end();
    else if (this.#socket.writableLength === 0) this.#socket.once("connect", () => this.#onWritten());
  }

  /** Drops the connection. `failure` is what the engine is told. */
  destroy(failure?: IoFailure): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#failure = failure;
    if (this.#isCloseHeld) {
      setImmediate(() => this.#closed());
    } else if (this.#socket.connecting || (this.#socket.writableEnded && !this.#socket.writableFinished)) {
      this.#socket.destroy();
    } else {
      this.#socket.resetAndDestroy();
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
