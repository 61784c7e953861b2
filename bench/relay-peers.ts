// CPU per request of the edge as a reverse proxy on real sockets, beside nginx and HAProxy in the same run: a page of 1 KiB over connections that
// stay, by wrk, in turns, so that whatever else the machine does falls on all of them. One process each; CPU is what /proc says of the
// process and its threads. Run: node --conditions=fairlead-source bench/relay-peers.ts [ROUNDS [SECONDS]] (needs nginx, haproxy and wrk)

import { instanceResource } from "#contract";
import { EdgeEngine } from "#edge";
import { NodeDriver } from "#reactor";
import { startHaproxy, startNginx, startPage, type Proxy } from "../test/platform/desync/proxies.ts";
import { figuresText, loadInTurn, median, ratio, startEdge } from "./proxy-load.ts";

const pageOctets = 1024;

if (process.argv[2] === "edge") await serve(Number(process.argv[3]));
else await measure(Number(process.argv[2] ?? 7), Number(process.argv[3] ?? 2));

/** The edge alone in this process, until it is ended. */
async function serve(targetPort: number): Promise<void> {
  const engine = new EdgeEngine();
  const driver = new NodeDriver((fault) => process.stderr.write(`${String(fault.error)}\n`));
  const attachment = await driver.attach(engine, [{ transport: "tcp", address: "127.0.0.1", port: 0 }]);
  engine.setRoutes([
    instanceResource({
      id: "1",
      name: "page",
      addresses: ["127.0.0.1"],
      listen: [{ address: "127.0.0.1", port: targetPort }],
    }),
  ]);
  process.stdout.write(`${attachment.listeners[0]?.port}\n`);
  // Profiles are written at an end in good order only.
  process.once("SIGTERM", () => process.exit(0));
}

async function measure(rounds: number, seconds: number): Promise<void> {
  const page = await startPage(pageOctets);
  const proxies: Record<string, Proxy> = {
    edge: await startEdge(import.meta.filename, page.port),
    nginx: await startNginx(page.port, false),
    haproxy: await startHaproxy(page.port, false),
  };
  try {
    const figures = await loadInTurn(proxies, rounds, seconds);
    for (const [name, own] of figures) {
      const ratios = (other: string): string => ratio(own, figures.get(other)).toFixed(2);
      process.stdout.write(
        `${name.padEnd(8)} ${figuresText(own, "request")}, ` +
          `${ratios("nginx")} of nginx's, ${ratios("haproxy")} of HAProxy's, ${median(own.rates).toFixed(0)} requests/s\n`,
      );
    }
  } finally {
    for (const proxy of [...Object.values(proxies), page]) await proxy.stop();
  }
}
