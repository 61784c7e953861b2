// Servers for health checks over HTTPS: good ones, ones whose certificates are not as they should be, and ones that do in a handshake or after it
// what they please. All within the test's own process, on ports that the system chooses.

import { createPrivateKey } from "node:crypto";
import { createServer as createHttpServer } from "node:http";
import { createServer, type ServerOptions } from "node:https";
import { createServer as createTcpServer, type AddressInfo, type Server } from "node:net";
import { Readable } from "node:stream";
import { createServer as createTlsServer } from "node:tls";
import { encodePrivateKey, makeIssuing, makeRoot } from "#certificate";
import { issueTestLeaf } from "#certificate/testing";

const day = 86_400_000;

/** The host that the good certificates are of. */
export const checkedHost = "www.shop.test";

/** What the servers have seen. */
export interface SeenByServers {
  /** Server names and hosts that the one with status 200 was asked for: `NAME HOST`. */
  readonly asked: Set<string>;
  /** Octets that each flood could send before its connection was closed. */
  readonly floods: number[];
}

/** The servers by what they are, each with its port. */
export interface TlsServers extends SeenByServers {
  /** PEM of the authority that has issued the certificates that are issued. */
  readonly root: string;
  readonly ports: Readonly<Record<ServerKind, number>>;
  close(): void;
}

/** What servers there are. */
export type ServerKind =
  | "good"
  | "self-signed"
  | "expired"
  | "misnamed"
  | "old"
  | "refusing"
  | "silent"
  | "closing"
  | "noise"
  | "endless head"
  | "endless content"
  | "plain";

type Pair = Pick<ServerOptions, "cert" | "key">;

/** Starts all of them. */
export async function startTlsServers(): Promise<TlsServers> {
  const now = Date.now();
  const permitted = ["test"];
  const root = makeRoot(permitted, now);
  const issuing = makeIssuing(root, permitted, now);
  const issue = (names: string[], addresses: string[] = [], at: number = now): Pair => {
    const { pem, key } = issueTestLeaf(issuing, names, at, addresses);
    return {
      cert: `${pem}${issuing.certificate}`,
      key: createPrivateKey({
        key: Buffer.from(encodePrivateKey(key)),
        format: "der",
        type: "pkcs8",
      }).export({ format: "pem", type: "pkcs8" }),
    };
  };
  const good = issue([checkedHost], ["127.0.0.1"]);
  const other = makeRoot(permitted, now);
  const selfSigned: Pair = {
    cert: other.certificate,
    key: other.key.export({ format: "pem", type: "pkcs8" }),
  };
  const asked = new Set<string>();
  const floods: number[] = [];
  const page = (options: ServerOptions, status: number = 200): Server =>
    createServer(options, (request, response) => {
      const { servername } = request.socket as { servername?: string | false };
      if (options.cert === good.cert && status === 200)
        asked.add(`${servername || "-"} ${(request.headers.host ?? "").replace(/:\d+$/, "")}`);
      response.writeHead(status).end("page");
    });
  const flood = (first: string, of: string): Server =>
    createTlsServer(good, (socket) => {
      socket.on("error", () => {});
      socket.on("close", () => floods.push(socket.bytesWritten));
      socket.once("data", () => {
        socket.write(first);
        endless(of).pipe(socket);
      });
    });
  const servers: Record<ServerKind, Server> = {
    good: page(good),
    "self-signed": page(selfSigned),
    expired: page(issue([checkedHost], [], now - 100 * day)),
    misnamed: page(issue(["other.test"])),
    old: page({ ...good, maxVersion: "TLSv1.2" }),
    refusing: page(good, 503),
    silent: createTcpServer((socket) => socket.on("error", () => {}).resume()),
    closing: createTcpServer((socket) => socket.on("error", () => {}).end()),
    noise: createTcpServer((socket) => {
      socket.on("error", () => {});
      socket.on("close", () => floods.push(socket.bytesWritten));
      socket.resume();
      endless("noise ".repeat(1000)).pipe(socket);
    }),
    "endless head": flood("HTTP/1.1 200 OK\r\n", `X-Fill: ${"x".repeat(4000)}\r\n`),
    "endless content": flood("HTTP/1.1 200 OK\r\n\r\n", "x".repeat(4000)),
    plain: createHttpServer((_request, response) => response.end("page")),
  };
  const ports = Object.fromEntries(
    await Promise.all(
      Object.entries(servers).map(async ([kind, server]) => {
        server.on("tlsClientError", () => {});
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        return [kind, (server.address() as AddressInfo).port] as const;
      }),
    ),
  ) as Record<ServerKind, number>;
  return {
    root: root.certificate,
    ports,
    asked,
    floods,
    close: () => {
      for (const server of Object.values(servers)) server.close();
    },
  };
}

/** The same octets again and again, as fast as they are taken. */
function endless(text: string): Readable {
  return new Readable({
    read() {
      this.push(text);
    },
  });
}
