// A Docker-compatible API for tests, on a UNIX socket: containers that are nothing but records, so that an engine's answers can be as hostile as a
// test wants them. What it does by itself it does as Docker does; a test takes over single requests.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** One container of the fake. */
export interface FakeContainer {
  readonly id: string;
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly order: Record<string, unknown>;
  state: "created" | "running" | "exited";
  exitCode: number;
}

/** Takes a request over, or gives it back by returning false. */
export type TakeOver = (request: IncomingMessage, response: ServerResponse, path: string) => boolean;

/** An API on a socket. */
export class FakeDocker {
  readonly socket: string;
  readonly containers: Map<string, FakeContainer> = new Map();
  readonly images: Set<string> = new Set(["shop:1"]);
  /** Paths that were asked for, without their version and query. */
  readonly asked: string[] = [];
  takeOver: TakeOver = () => false;
  #server: Server | undefined;
  readonly #sockets = new Set<Socket>();
  #next = 1;

  constructor(socket: string) {
    this.socket = socket;
  }

  async listen(): Promise<void> {
    const server = createServer((request, response) => this.#handle(request, response));
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {}); // tests break connections off
    });
    await new Promise<void>((resolve) => server.listen(this.socket, resolve));
    this.#server = server;
  }

  /** Goes away as a killed engine does: its containers are still there when it is back. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  add(labels: Record<string, string>, order: Record<string, unknown> = {}): FakeContainer {
    const id = (this.#next++).toString(16).padStart(64, "0");
    const one: FakeContainer = { id, name: id, labels, order, state: "running", exitCode: 0 };
    this.containers.set(id, one);
    return one;
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? "/", "http://engine");
    const path = url.pathname.replace(/^\/v\d+\.\d+/, "");
    this.asked.push(`${request.method} ${path}`);
    response.on("error", () => {}); // the client went away
    if (this.takeOver(request, response, path)) return;
    const json = (value: unknown, status: number = 200): void =>
      void response.writeHead(status).end(JSON.stringify(value));
    const missing = (): void => json({ message: "No such thing" }, 404);
    const [, kind, id = "", what] = path.split("/");
    if (path === "/_ping") {
      response.writeHead(200, { "Api-Version": "1.43" }).end("OK");
    } else if (path === "/version") json({ Version: "9.9", Components: [{ Name: "Fake" }] });
    else if (path === "/info") json({ InitBinary: "docker-init" });
    else if (path === "/events") response.writeHead(200).flushHeaders();
    else if (path === "/images/json")
      json([...this.images].map((name) => ({ Id: name, RepoTags: [name], Created: 1, Size: 2 })));
    else if (kind === "images") {
      const name = decodeURIComponent(path.slice("/images/".length).replace(/\/json$/, ""));
      if (request.method === "DELETE") this.images.delete(name);
      if (this.images.has(name)) json({ Id: name, Created: "2026-01-01T00:00:00Z", Size: 2 });
      else missing();
    } else if (path === "/containers/json") {
      const { label = [] } = JSON.parse(url.searchParams.get("filters") ?? "{}") as { label?: string[] };
      const found = [...this.containers.values()].filter(({ labels }) =>
        label.every((text) => labels[text.slice(0, text.indexOf("="))] === text.slice(text.indexOf("=") + 1)),
      );
      json(found.map((one) => ({ Id: one.id, Labels: one.labels, State: one.state })));
    } else if (path === "/containers/create") void this.#create(request, json);
    else {
      const one = this.containers.get(id);
      if (!one) missing();
      else this.#onOne(request, one, what, response, json);
    }
  }

  async #create(request: IncomingMessage, json: (value: unknown, status?: number) => void): Promise<void> {
    let text = "";
    for await (const part of request) text += String(part);
    const order = JSON.parse(text) as Record<string, unknown>;
    const one = this.add(order["Labels"] as Record<string, string>, order);
    one.state = "created";
    json({ Id: one.id }, 201);
  }

  #onOne(
    { method }: IncomingMessage,
    one: FakeContainer,
    what: string | undefined,
    response: ServerResponse,
    json: (value: unknown, status?: number) => void,
  ): void {
    const done = (): void => void response.writeHead(204).end();
    if (method === "DELETE") {
      this.containers.delete(one.id);
      done();
    } else if (what === "start") {
      one.state = "running";
      done();
    } else if (what === "stop" || what === "kill") {
      one.state = "exited";
      done();
    } else if (what === "json") {
      const isRunning = one.state === "running";
      json({ State: { Running: isRunning, Pid: 0, ExitCode: one.exitCode, OOMKilled: false, Error: "" } });
    } else if (what === "stats") {
      json({
        cpu_stats: { cpu_usage: { total_usage: 2e9 } },
        memory_stats: { usage: 100, stats: { inactive_file: 40 } },
      });
    } else response.writeHead(200).end();
  }
}

/** A frame of a container's output. */
export function frameOf(stream: number, text: string): Buffer {
  const octets = Buffer.from(text);
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(octets.length, 4);
  return Buffer.concat([header, octets]);
}
