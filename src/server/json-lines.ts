// Messages on the platform's own UNIX sockets: one JSON document a line, UTF-8, each line within a limit.

import type { Socket } from "node:net";

/** The most that a role takes from control in one message, in octets: a part (some 4 MiB, see src/control/role-hub.ts), and room. */
export const maxToRoleOctets: number = 16 << 20;
/** The most that control takes from a role in one message, in octets: 10,000 lines of a log. */
export const maxToControlOctets: number = 16 << 20;

const newLine = 0x0a;

/**
 * Cuts a stream of octets into lines.
 *
 * What is not yet a line is held in the parts it came in, so a long line costs no more than its length.
 */
export class LineReader {
  readonly #maximum: number;
  #parts: Uint8Array[] = [];
  #length = 0;

  /** @param maximum  octets in the longest line, without its end */
  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  /**
   * Takes the next octets.
   *
   * @returns the lines that are complete now, without their ends; undefined where one is longer than the limit: the
   *   stream is of no use any more
   */
  push(octets: Uint8Array): string[] | undefined {
    const lines: string[] = [];
    let from = 0;
    for (;;) {
      const end = octets.indexOf(newLine, from);
      const part = octets.subarray(from, end < 0 ? octets.length : end);
      this.#length += part.length;
      if (this.#length > this.#maximum) return undefined;
      this.#parts.push(part);
      if (end < 0) return lines;
      lines.push(Buffer.concat(this.#parts).toString("utf8"));
      this.#parts = [];
      this.#length = 0;
      from = end + 1;
    }
  }
}

/** What is told of a connection of messages. */
export interface MessageHandler {
  /** One document. What it throws ends the connection with the error as reason. */
  message(value: unknown): void;
  /** The connection is gone. Told once. `reason` is absent where the other side ended it. */
  closed(reason: string | undefined): void;
}

/** One side of a connection of messages. */
export interface MessageConnection {
  /** Sends a document. Dropped where the connection is gone. */
  send(value: unknown): void;
  /** Octets that are waiting to be taken by the system. */
  readonly waiting: number;
  /** Ends the connection once all was sent. */
  end(): void;
  /** Drops the connection. `closed` follows. */
  destroy(reason?: string): void;
}

/** Reads and writes documents on a socket. A line that is no JSON, or too long, ends the connection. */
export function messagesOn(socket: Socket, maximum: number, handler: MessageHandler): MessageConnection {
  const reader = new LineReader(maximum);
  let reason: string | undefined;
  const destroy = (why?: string): void => {
    reason ??= why;
    socket.destroy();
  };
  socket.on("data", (octets: Buffer) => {
    const lines = reader.push(octets);
    if (!lines) {
      destroy(`a message was longer than ${maximum} octets`);
      return;
    }
    for (const line of lines) {
      if (socket.destroyed) return;
      try {
        handler.message(JSON.parse(line));
      } catch (error) {
        destroy(`a message was refused: ${(error as Error).message}`);
      }
    }
  });
  socket.on("error", (error) => (reason ??= error.message));
  socket.once("close", () => handler.closed(reason));
  return {
    send: (value) => {
      if (!socket.destroyed && socket.writable) socket.write(`${JSON.stringify(value)}\n`);
    },
    get waiting() {
      return socket.writableLength;
    },
    end: () => void socket.end(),
    destroy,
  };
}
