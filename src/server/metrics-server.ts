// A scrape of Prometheus for a name server that stands alone: one path, answered over HTTP to whoever can reach the address. It tells
// names of zones, so the address is one that only who may know them reaches.

import { createServer, type Server } from "node:http";
import type { Counters } from "#contract";
import { PlatformError } from "#contract/plain";
import { expositionType, formatCounters } from "#control";

/** Scrapers at a time. */
const maxConnections = 32;
/** Milliseconds for a request to come, and for an answer to be taken. */
const requestMs = 5000;

/** Milliseconds between two looks at requests that take too long. */
const checkMs = 1000;

/** A scrape that is served. */
export interface MetricsServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves scrapes. Throws `port-in-use`, and `address-unavailable` where the address cannot be listened on. */
export async function serveMetrics(
  at: { readonly address: string; readonly port: number },
  count: () => Promise<Counters>,
): Promise<MetricsServer> {
  const server = createServer(
    { requestTimeout: requestMs, headersTimeout: requestMs, connectionsCheckingInterval: checkMs },
    (request, response) => {
      const [path] = (request.url ?? "").split("?");
      if (path !== "/metrics") {
        response.writeHead(404, { "content-type": "text/plain" }).end("There is /metrics only.\n");
        return;
      }
      if (request.method !== "GET" && request.method !== "HEAD") {
        response.writeHead(405, { allow: "GET, HEAD" }).end();
        return;
      }
      count().then(
        (counters) => {
          const text = formatCounters("names", counters);
          response.writeHead(200, { "content-type": expositionType });
          response.end(request.method === "HEAD" ? undefined : text);
        },
        () => response.writeHead(503).end(),
      );
    },
  );
  server.maxConnections = maxConnections;
  server.timeout = requestMs;
  await listen(server, at);
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : at.port,
    close: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function listen(server: Server, { address, port }: { address: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const code = error.code === "EADDRINUSE" ? "port-in-use" : "address-unavailable";
      reject(
        new PlatformError(code, `Cannot serve metrics on ${address} port ${port}: ${error.code}`, {
          cause: error,
        }),
      );
    });
    server.listen({ host: address, port }, resolve);
  });
}
