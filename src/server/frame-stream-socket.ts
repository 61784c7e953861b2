// A stream of frames over a UNIX socket to somebody who collects them (`fstrm_capture`, `dnstap`, Vector ...). Nobody waits for the collector: while
// it is away or slow, frames are dropped and counted, and it is looked for again. One that is there from the start gets all: what comes before it has
// accepted for the first time is held for it. What it says is believed as far as the protocol goes, and no longer
// than a handshake may take.

import { createConnection, type Socket } from "node:net";
import { ControlFrame, controlFrame, ControlFrameReader } from "#wire";

/** Times and bounds. */
export interface FrameStreamLimits {
  /** Octets that wait in the socket, at most; a collector that is slower loses frames. */
  readonly waitingOctets: number;
  /** Milliseconds between two tries to connect, the first and the longest. */
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
  /** Milliseconds until the collector has to have accepted. */
  readonly handshakeMs: number;
  /** Milliseconds after which a stream counts as one that works: before that it is tried again as if it had never been. */
  readonly steadyMs: number;
  /** Milliseconds for the end in good order. */
  readonly finishMs: number;
}

const usualLimits: FrameStreamLimits = {
  waitingOctets: 4 * 2 ** 20,
  firstRetryMs: 100,
  longestRetryMs: 5000,
  handshakeMs: 5000,
  steadyMs: 10_000,
  finishMs: 500,
};

/** See the head of this file. */
export class FrameStreamSocket {
  /** Frames that the system has taken, and those that were dropped: what still waits is neither. */
  written = 0;
  dropped = 0;
  readonly #path: string;
  readonly #contentType: string;
  readonly #onProblem: (text: string) => void;
  readonly #limits: FrameStreamLimits;
  #socket: Socket | undefined;
  #isOpen = false;
  #isClosed = false;
  #hasProblem = false;
  #retryMs: number;
  #timer: NodeJS.Timeout | undefined;
  #finished: (() => void) | undefined;
  /** Frames of before the end of the first handshake; undefined from then on. */
  #held: Uint8Array[] | undefined = [];
  #heldOctets = 0;

  constructor(
    path: string,
    contentType: string,
    onProblem: (text: string) => void,
    limits: Partial<FrameStreamLimits> = {},
  ) {
    this.#path = path;
    this.#contentType = contentType;
    this.#onProblem = onProblem;
    this.#limits = { ...usualLimits, ...limits };
    this.#retryMs = this.#limits.firstRetryMs;
    this.#connect();
  }

  /** Milliseconds until it is looked for again, once it is gone. */
  get retryMs(): number {
    return this.#retryMs;
  }

  /** Sends a frame that is encoded already, or drops it. */
  write(frame: Uint8Array): void {
    const socket = this.#socket;
    if (this.#held && this.#heldOctets + frame.length <= this.#limits.waitingOctets) {
      this.#held.push(frame);
      this.#heldOctets += frame.length;
      return;
    }
    if (!socket || !this.#isOpen || socket.writableLength + frame.length > this.#limits.waitingOctets) {
      this.dropped++;
      return;
    }
    // What waits when the collector goes is lost with it.
    socket.write(frame, (error) => {
      if (error) this.dropped++;
      else this.written++;
    });
  }

  /** What was written is sent by itself. */
  flush(): void {}

  /** A collector that is another one is found by itself. */
  reopen(): void {}

  /** Ends the stream in good order, where the collector does its part in time. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const socket = this.#socket;
    if (!socket) return;
    if (this.#isOpen) {
      const finished = Promise.withResolvers<void>();
      this.#finished = finished.resolve;
      const timer = setTimeout(finished.resolve, this.#limits.finishMs);
      socket.write(controlFrame(ControlFrame.STOP));
      await finished.promise;
      clearTimeout(timer);
    }
    socket.destroy();
  }

  #connect(): void {
    const { handshakeMs, steadyMs, firstRetryMs, longestRetryMs } = this.#limits;
    const socket = createConnection(this.#path);
    const reader = new ControlFrameReader();
    this.#socket = socket;
    let reason = "it has ended the connection";
    const give = (why: string): void => {
      reason = why;
      socket.destroy();
    };
    // However it says what it says, one octet now and then too.
    const handshake = setTimeout(() => give("it has not accepted in time"), handshakeMs);
    handshake.unref();
    let steady: NodeJS.Timeout | undefined;
    socket.on("connect", () => socket.write(controlFrame(ControlFrame.READY, this.#contentType)));
    socket.on("data", (octets: Buffer) => {
      const types = reader.push(octets);
      if (types === undefined) give("what it says is no Frame Streams");
      for (const type of types ?? []) {
        if (socket.destroyed) return;
        if (type === ControlFrame.FINISH) this.#finish(socket);
        if (type !== ControlFrame.ACCEPT || this.#isOpen) continue;
        clearTimeout(handshake);
        this.#open(socket);
        steady = setTimeout(() => (this.#retryMs = firstRetryMs), steadyMs);
        steady.unref();
      }
    });
    socket.on("error", (error: NodeJS.ErrnoException) => (reason = error.code ?? error.message));
    socket.on("close", () => {
      clearTimeout(handshake);
      clearTimeout(steady);
      this.#isOpen = false;
      this.#socket = undefined;
      this.dropped += this.#held?.length ?? 0;
      this.#held = undefined;
      this.#finished?.();
      if (this.#isClosed) return;
      if (!this.#hasProblem) this.#onProblem(`nobody collects at "${this.#path}": ${reason}`);
      this.#hasProblem = true;
      this.#timer = setTimeout(() => this.#connect(), this.#retryMs);
      this.#timer.unref();
      this.#retryMs = Math.min(2 * this.#retryMs, longestRetryMs);
    });
    socket.unref();
  }

  #open(socket: Socket): void {
    socket.write(controlFrame(ControlFrame.START, this.#contentType));
    this.#isOpen = true;
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const frame of held) this.write(frame);
    if (this.#hasProblem) this.#onProblem(`"${this.#path}" collects again`);
    this.#hasProblem = false;
  }

  #finish(socket: Socket): void {
    this.#finished?.();
    socket.destroy();
  }
}
