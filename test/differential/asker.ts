// Asks one server many questions, some at a time: over UDP on one socket and over TCP on one connection, both matched by the message's ID. What is not answered is
// asked again; what is never answered, or was asked of a server that has ended, is undefined.

import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { connect, type Socket } from "node:net";
import { frame, FrameReader } from "#wire";
import { address, type RunningServer } from "./servers.ts";

/** Queries under way at a time, over each transport. */
const atATime = 24;
/** Milliseconds until a query is sent again, and how often it is sent: on a busy machine a server may stand still for seconds. */
const patienceMs = 1500;
const tries = 40;

interface Waiting {
  readonly octets: Uint8Array;
  readonly answer: (octets: Uint8Array | undefined) => void;
  sent: number;
  timer: NodeJS.Timeout | undefined;
}

/** Speaks with one server. */
export class Asker {
  readonly #port: number;
  readonly #socket: UdpSocket;
  readonly #waiting = { udp: new Map<number, Waiting>(), tcp: new Map<number, Waiting>() };
  readonly #queue: Record<"udp" | "tcp", Waiting[]> = { udp: [], tcp: [] };
  #nextId = 0;
  #stream: Socket | undefined;
  #isClosed = false;

  private constructor(server: RunningServer, socket: UdpSocket) {
    this.#port = server.port;
    this.#socket = socket;
    void server.ended.then(() => this.close());
    socket.on("message", (octets) => this.#take("udp", octets));
    socket.on("error", () => {}); // refused: asked again
  }

  /** Begins to speak with a server. */
  static open(server: RunningServer): Promise<Asker> {
    return new Promise((resolve) => {
      const socket = createSocket({ type: "udp4" });
      socket.connect(server.port, address, () => resolve(new Asker(server, socket)));
    });
  }

  /** Asks; the ID in the octets is replaced, and put back in what is answered. */
  ask(octets: Uint8Array, transport: "udp" | "tcp"): Promise<Uint8Array | undefined> {
    if (this.#isClosed) return Promise.resolve(undefined);
    return new Promise((answer) => {
      this.#queue[transport].push({ octets, answer, sent: 0, timer: undefined });
      this.#pump(transport);
    });
  }

  /** Ends all: what waits is not answered. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.close();
    this.#stream?.destroy();
    for (const transport of ["udp", "tcp"] as const) {
      for (const query of [...this.#waiting[transport].values(), ...this.#queue[transport].splice(0)]) {
        clearTimeout(query.timer);
        query.answer(undefined);
      }
      this.#waiting[transport].clear();
    }
  }

  #pump(transport: "udp" | "tcp"): void {
    const waiting = this.#waiting[transport];
    while (waiting.size < atATime) {
      const next = this.#queue[transport].shift();
      if (!next) return;
      while (waiting.has(this.#nextId)) this.#nextId = (this.#nextId + 1) & 0xffff;
      const id = this.#nextId;
      this.#nextId = (this.#nextId + 1) & 0xffff;
      waiting.set(id, next);
      this.#send(transport, id, next);
    }
  }

  #send(transport: "udp" | "tcp", id: number, query: Waiting): void {
    if (this.#isClosed) return;
    if (query.sent++ >= tries) {
      this.#waiting[transport].delete(id);
      query.answer(undefined);
      this.#pump(transport);
      return;
    }
    const octets = Uint8Array.of(id >> 8, id & 0xff, ...query.octets.subarray(2));
    query.timer = setTimeout(() => this.#send(transport, id, query), patienceMs);
    if (transport === "udp") this.#socket.send(octets);
    else this.#tcp().write(frame(octets));
  }

  #take(transport: "udp" | "tcp", octets: Uint8Array): void {
    const id = ((octets[0] ?? 0) << 8) | (octets[1] ?? 0);
    const query = this.#waiting[transport].get(id);
    if (!query) return;
    this.#waiting[transport].delete(id);
    clearTimeout(query.timer);
    query.answer(Uint8Array.of(...query.octets.subarray(0, 2), ...octets.subarray(2)));
    this.#pump(transport);
  }

  #tcp(): Socket {
    if (this.#stream && !this.#stream.destroyed) return this.#stream;
    const stream = connect(this.#port, address);
    const frames = new FrameReader();
    stream.setNoDelay(true);
    stream.on("data", (piece: Buffer) => {
      for (const octets of frames.push(piece, piece.length)) this.#take("tcp", octets);
    });
    stream.on("error", () => {});
    stream.on("close", () => {
      if (this.#stream === stream) this.#stream = undefined;
      if (this.#isClosed) return;
      // Everything that it has not answered is asked on another one, a moment later: who listens no more, or not yet, refuses each at once.
      setTimeout(() => {
        for (const [id, query] of this.#waiting.tcp) {
          clearTimeout(query.timer);
          this.#send("tcp", id, query);
        }
      }, 50);
    });
    this.#stream = stream;
    return stream;
  }
}
