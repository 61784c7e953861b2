// CPU per cache hit of the edge as a distribution on real sockets, beside nginx's proxy_cache in the same run: a page of 1 KiB over connections
// that stay, by wrk, in turns, so that whatever else the machine does falls on all of them. One process each; CPU is what /proc says of the process and
// its threads. Also what the engine alone takes of it. Run:
// node --conditions=fairlead-source bench/hits.ts [ROUNDS [SECONDS]] (needs nginx and wrk)

import { type Caching, instanceResource } from "#contract";
import { EdgeEngine } from "#edge";
import { endpoint, type Effects } from "#engine";
import { NodeDriver } from "#reactor";
import { startNginxCache, startPage, type Proxy } from "../test/platform/desync/proxies.ts";
import { figuresText, loadInTurn, median, ratio, startEdge } from "./proxy-load.ts";

const pageOctets = 1024;

const caching: Caching = {
  isEnabled: true,
  defaultBehavior: "cache",
  behaviors: [],
  ttl: { default: 86_400, minimum: 0, maximum: 31_536_000 },
  allowedMethods: ["GET", "HEAD"],
  cachedMethods: ["GET", "HEAD"],
  forwardedHeaders: { option: "all", names: [] },
  forwardedCookies: { option: "all", names: [] },
  forwardedQueryStrings: { option: "all", names: [] },
  errorPages: [],
};

if (process.argv[2] === "edge") await serve(Number(process.argv[3]));
else {
  measureEngine();
  await measure(Number(process.argv[2] ?? 7), Number(process.argv[3] ?? 2));
}

function route(engine: EdgeEngine, targetPort: number): void {
  engine.setRoutes([
    instanceResource({
      id: "1",
      name: "page",
      addresses: [],
      listen: [{ address: "127.0.0.1", port: targetPort }],
    }),
    {
      ...instanceResource({ id: "2", name: "front", addresses: ["127.0.0.1"], listen: [] }),
      type: "distribution",
      origin: { resourceId: "1" },
      caching,
    },
  ]);
}

/** The edge alone in this process, until it is ended. */
async function serve(targetPort: number): Promise<void> {
  const engine = new EdgeEngine();
  const driver = new NodeDriver((fault) => process.stderr.write(`${String(fault.error)}\n`));
  const attachment = await driver.attach(engine, [{ transport: "tcp", address: "127.0.0.1", port: 0 }]);
  route(engine, targetPort);
  process.stdout.write(`${attachment.listeners[0]?.port}\n`);
  // Profiles are written at an end in good order only.
  process.once("SIGTERM", () => process.exit(0));
}

/** What a hit takes in the engine, without sockets. */
function measureEngine(): void {
  const engine = new EdgeEngine();
  let written = 0;
  const target = 100;
  const effects: Effects = {
    send() {},
    openDatagram: () => 0,
    closeDatagram() {},
    connect: () => target,
    write: (_slot, octets) => {
      written += octets.length;
      return true;
    },
    end() {},
    destroy() {},
    pause() {},
    resume() {},
    setTimer: () => 1,
    clearTimer() {},
  };
  const now = { monotonic: 1000, wall: 1_767_225_600_000 };
  engine.start(effects);
  route(engine, 8080);
  engine.accepted(1, 0, endpoint("127.0.0.1", 40_000), endpoint("127.0.0.1", 8080), now);
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  const browser =
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36\r\n" +
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n" +
    "Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-GB,en;q=0.9\r\n";
  const cases: Record<string, Uint8Array> = {
    "hit, 1 KiB": text("GET /page.html HTTP/1.1\r\nHost: shop.test\r\n\r\n"),
    "hit of a browser, 1 KiB": text(`GET /page.html HTTP/1.1\r\nHost: shop.test\r\n${browser}\r\n`),
    "304 of a browser": text(
      `GET /page.html HTTP/1.1\r\nHost: shop.test\r\n${browser}If-None-Match: "abc"\r\n\r\n`,
    ),
  };
  const [first] = Object.values(cases);
  if (!first) throw new Error("no case");
  engine.received(1, first, first.length, now);
  engine.connected(target, now);
  const page = text(
    `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nETag: "abc"\r\nCache-Control: max-age=3600\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Length: ${pageOctets}\r\n\r\n${"x".repeat(pageOctets)}`,
  );
  engine.received(target, page, page.length, now);
  for (const [name, request] of Object.entries(cases)) {
    let best = Infinity;
    for (let round = 0; round < 20; round++) {
      const started = process.cpuUsage();
      for (let i = 0; i < 20_000; i++) engine.received(1, request, request.length, now);
      const { user, system } = process.cpuUsage(started);
      best = Math.min(best, ((user + system) * 1000) / 20_000);
    }
    process.stdout.write(`${name.padEnd(26)} ${best.toFixed(0).padStart(7)} ns in the engine\n`);
  }
  const { "cache-hits": hits } = engine.readCounters();
  if (hits !== 60 * 20_000) throw new Error(`${hits} hits were counted, ${written} octets were written`);
}

async function measure(rounds: number, seconds: number): Promise<void> {
  const page = await startPage(pageOctets);
  const proxies: Record<string, Proxy> = {
    edge: await startEdge(import.meta.filename, page.port),
    nginx: await startNginxCache(page.port),
  };
  try {
    const figures = await loadInTurn(proxies, rounds, seconds);
    for (const [name, own] of figures)
      process.stdout.write(
        `${name.padEnd(8)} ${figuresText(own, "hit")}, ` +
          `${ratio(own, figures.get("nginx")).toFixed(2)} of nginx's, ${median(own.rates).toFixed(0)} hits/s\n`,
      );
  } finally {
    for (const proxy of [...Object.values(proxies), page]) await proxy.stop();
  }
}
