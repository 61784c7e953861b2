// An origin on a real socket that takes any method, records each whole request it was sent, and answers with what it understood in a
// field `X-Seen`. It reads with the plain reader of this folder, so it is not led astray where a library would be.

import { createHash } from "node:crypto";
import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { readPlainMessage, valuesOf } from "./plain-messages.ts";

/** A request as one of the parties understood it. */
export interface SeenRequest {
  readonly method: string;
  readonly target: string;
  readonly host: string;
  readonly octets: number;
  /** A digest of the content. */
  readonly digest: string;
}

/** An origin in service. */
export interface RecordingOrigin {
  readonly port: number;
  /** Takes what was recorded since the last call. */
  take(): SeenRequest[];
  /** Malformed messages that peers wrote to it. */
  readonly faults: string[];
  close(): Promise<void>;
}

/** Makes a record of a request's parts. */
export function seenRequest(method: string, target: string, host: string, body: string): SeenRequest {
  const digest = createHash("sha256").update(body, "latin1").digest("hex").slice(0, 16);
  return { method, target, host, octets: body.length, digest };
}

/** The field that carries what was understood. */
export function formatSeen(seen: SeenRequest): string {
  return Buffer.from(JSON.stringify(seen), "latin1").toString("base64");
}

/** Reads what {@link formatSeen} wrote. */
export function parseSeen(text: string): SeenRequest {
  return JSON.parse(Buffer.from(text, "base64").toString("latin1")) as SeenRequest;
}

/** Starts an origin that reads with the plain reader: what stands behind a proxy. */
export async function startRawOrigin(): Promise<RecordingOrigin> {
  const records: SeenRequest[] = [];
  const faults: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket.setEncoding("latin1").on("error", () => {}));
    socket.on("close", () => sockets.delete(socket));
    let text = "";
    let hasContinued = false;
    socket.on("data", (data) => {
      text += String(data);
      for (;;) {
        const reading = readPlainMessage(text, "request");
        if (reading.kind === "partial") {
          if (!hasContinued && /\r\nexpect: *100-continue\r\n/i.test(text) && text.includes("\r\n\r\n")) {
            hasContinued = true;
            socket.write("HTTP/1.1 100 Continue\r\n\r\n");
          }
          return;
        }
        if (reading.kind === "malformed") {
          faults.push(`${reading.why} in ${JSON.stringify(text.slice(0, 300))}`);
          socket.destroy();
          return;
        }
        const { message } = reading;
        text = text.slice(message.length);
        hasContinued = false;
        const [method = "", target = ""] = message.startLine.split(" ");
        const seen = seenRequest(method, target, valuesOf(message.fields, "host").join("|"), message.body);
        records.push(seen);
        const closes = valuesOf(message.fields, "connection").includes("close");
        socket.write(
          `HTTP/1.1 200 OK\r\nX-Seen: ${formatSeen(seen)}\r\nContent-Length: 2\r\n${closes ? "Connection: close\r\n" : ""}\r\n${method === "HEAD" ? "" : "ok"}`,
        );
        if (closes) socket.end();
      }
    });
  });
  const port = await listen(server);
  return {
    port,
    faults,
    take: () => records.splice(0),
    close: () => closeServer(server, () => sockets.forEach((socket) => socket.destroy())),
  };
}

/** Starts an origin on Node's own HTTP server. */
export async function startNodeOrigin(): Promise<RecordingOrigin> {
  const records: SeenRequest[] = [];
  const server = createHttpServer(
    { maxHeaderSize: 262_144, keepAliveTimeout: 60_000, requireHostHeader: true },
    (request, response) => {
      request.setEncoding("latin1").on("error", () => {});
      let body = "";
      request.on("data", (data: string) => (body += data));
      request.on("end", () => {
        const seen = seenRequest(request.method ?? "", request.url ?? "", request.headers.host ?? "", body);
        records.push(seen);
        response.writeHead(200, { "X-Seen": formatSeen(seen), "Content-Length": "2" });
        response.end("ok");
      });
    },
  );
  // The fields of a head with none left out: 128 of the client's and a few of ours.
  server.maxHeadersCount = 0;
  const port = await listen(server);
  return {
    port,
    faults: [],
    take: () => records.splice(0),
    close: () => closeServer(server, () => server.closeAllConnections()),
  };
}

/** Listens on a free port of 127.0.0.1. */
export async function listen(server: Server | HttpServer): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** Closes a server with its connections. */
export async function closeServer(server: Server | HttpServer, drop: () => void): Promise<void> {
  const isClosed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  drop();
  await isClosed;
}
