// A stream of frames over a UNIX socket to somebody who collects them (`fstrm_capture`, `dnstap`, Vector ...). Nobody waits for the collector: while
// it is away or slow, frames are dropped and counted, and it is looked for again.

import { createConnection, type Socket } from "node:net";
import { ControlFrame, controlFrame, ControlFrameReader } from "#wire";

/** Octets that wait in the socket, at most; a collector that is slower loses frames. */
const maxWaitingOctets = 4 * 2 ** 20;
/** Milliseconds between two tries to connect, the first and the longest. */
const firstRetryMs = 100;
const longestRetryMs = 5000;
/** Milliseconds that the collector may take to say what it says. */
const handshakeMs = 5000;

/** See the head of this file. */
export class FrameStreamSocket {
  /** Frames that were handed to the system, and that were dropped. */
  written = 0;
  dropped = 0;
  readonly #path: string;
  readonly #contentType: string;
  readonly #onProblem: (text: string) => void;
  #socket: Socket | undefined;
  #isOpen = false;
  #isClosed = false;
  #hasProblem = false;
  #retryMs = firstRetryMs;
  #timer: NodeJS.Timeout | undefined;
  #finished: (() => void) | undefined;

  constructor(path: string, contentType: string, onProblem: (text: string) => void) {
    this.#path = path;
    this.#contentType = contentType;
    this.#onProblem = onProblem;
    this.#connect();
  }

  /** Sends a frame that is encoded already, or drops it. */
  write(frame: Uint8Array): void {
    const socket = this.#socket;
    if (!socket || !this.#isOpen || socket.writableLength + frame.length > maxWaitingOctets) {
      this.dropped++;
      return;
    }
    socket.write(frame);
    this.written++;
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
      const timer = setTimeout(finished.resolve, 500);
      socket.write(controlFrame(ControlFrame.STOP));
      await finished.promise;
      clearTimeout(timer);
    }
    socket.destroy();
  }

  #connect(): void {
    const socket = createConnection(this.#path);
    const reader = new ControlFrameReader();
    this.#socket = socket;
    socket.setTimeout(handshakeMs, () => socket.destroy());
    socket.on("connect", () => socket.write(controlFrame(ControlFrame.READY, this.#contentType)));
    socket.on("data", (octets: Buffer) => {
      const types = reader.push(octets);
      if (types === undefined) socket.destroy();
      for (const type of types ?? []) this.#take(socket, type);
    });
    let reason = "it has ended the connection";
    socket.on("error", (error: NodeJS.ErrnoException) => (reason = error.code ?? error.message));
    socket.on("close", () => {
      this.#isOpen = false;
      this.#socket = undefined;
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

  #take(socket: Socket, type: number): void {
    if (type === ControlFrame.ACCEPT && !this.#isOpen) {
      socket.setTimeout(0);
      socket.write(controlFrame(ControlFrame.START, this.#contentType));
      this.#isOpen = true;
      this.#retryMs = firstRetryMs;
      if (this.#hasProblem) this.#onProblem(`"${this.#path}" collects again`);
      this.#hasProblem = false;
    } else if (type === ControlFrame.FINISH) {
      this.#finished?.();
      socket.destroy();
    }
  }
}
