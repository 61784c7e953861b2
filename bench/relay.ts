// Nanoseconds of CPU that the relay takes for a request and its response, in process: no sockets, one thread, one connection on either
// side. Guards the hot path of src/edge and src/http. Run: node --conditions=fairlead-source bench/relay.ts [ROUNDS]

import { instanceResource } from "#contract";
import { EdgeEngine } from "#edge";
import { endpoint, type Effects } from "#engine";

const from = endpoint("127.0.0.1", 40_000);
const to = endpoint("127.53.8.1", 8080);
const toBalancer = endpoint("127.53.8.2", 8080);
const now = { monotonic: 0, wall: Date.UTC(2026, 0, 1) };
const rounds = Number(process.argv[2] ?? 7);
const requestsPerRound = 20_000;

const client = 0;
const target = 1;
const balancedClient = 2;
const balancedTarget = 3;
let toTarget = 0;
let toClient = 0;
const effects: Effects = {
  send: () => {},
  openDatagram: () => -1,
  closeDatagram: () => {},
  connect: ({ port }) => (port === 8080 ? target : balancedTarget),
  write(slot, octets) {
    if (slot === target || slot === balancedTarget) toTarget += octets.length;
    else toClient += octets.length;
    return true;
  },
  end: () => {},
  destroy: (slot) => {
    throw new Error(`the relay dropped connection ${slot}`);
  },
  pause: () => {},
  resume: () => {},
  setTimer: () => 1,
  clearTimer: () => {},
};

const engine = new EdgeEngine();
engine.setRoutes([
  instanceResource({
    id: "1",
    name: "web",
    addresses: ["127.53.8.1"],
    listen: [{ address: "127.53.9.1", port: 8080 }],
  }),
  {
    ...instanceResource({
      id: "2",
      name: "front",
      addresses: ["127.53.8.2"],
      listen: [{ address: "127.53.9.1", port: 8081 }],
    }),
    balancing: {
      algorithm: "round-robin",
      healthCheck: {
        path: "/",
        intervalMs: 30_000,
        timeoutMs: 5000,
        healthyThreshold: 5,
        unhealthyThreshold: 2,
        successCodes: "200",
      },
      stickiness: { durationSeconds: 86_400 },
      ejectAfterFailures: 5,
      ejectMs: 30_000,
      drainMs: 30_000,
    },
  },
]);
engine.start(effects);
engine.accepted(client, 0, from, to, now);
engine.accepted(balancedClient, 0, from, toBalancer, now);

const browserFields = [
  "Host: shop.test",
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
  "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
  "Accept-Encoding: gzip, deflate, br, zstd",
  "Accept-Language: en-GB,en;q=0.9",
  "Cookie: basket=01890a5dac96774bbcceb302099a8057",
];
const cases: Record<string, { request: Uint8Array; response: Uint8Array; isBalanced?: boolean }> = {
  "GET, 1 KiB": { request: octets("GET / HTTP/1.1", ["Host: shop.test"]), response: answer(1024) },
  "GET of a browser, 1 KiB": { request: octets("GET / HTTP/1.1", browserFields), response: answer(1024) },
  "GET, 64 KiB": { request: octets("GET / HTTP/1.1", ["Host: shop.test"]), response: answer(65_536) },
  "GET, 1 KiB in chunks": {
    request: octets("GET / HTTP/1.1", ["Host: shop.test"]),
    response: octets(
      "HTTP/1.1 200 OK",
      ["Transfer-Encoding: chunked"],
      `200\r\n${"x".repeat(512)}\r\n200\r\n${"x".repeat(512)}\r\n0\r\n\r\n`,
    ),
  },
  "POST, 1 KiB": {
    request: octets("POST / HTTP/1.1", ["Host: shop.test", "Content-Length: 1024"], "x".repeat(1024)),
    response: answer(0),
  },
  "GET of a browser, balanced": {
    request: octets("GET / HTTP/1.1", browserFields),
    response: answer(1024),
    isBalanced: true,
  },
};

// The first request opens the connection to the target; all others find it idle.
const first = octets("GET / HTTP/1.1", ["Host: shop.test"]);
for (const [visitor, server] of [
  [client, target],
  [balancedClient, balancedTarget],
] as const) {
  engine.received(visitor, first, first.length, now);
  engine.connected(server, now);
  engine.received(server, answer(0), answer(0).length, now);
}

const best = new Map<string, number>();
for (let round = 0; round < rounds; round++) {
  for (const [name, { request, response, isBalanced }] of Object.entries(cases)) {
    const [visitor, server] = isBalanced ? [balancedClient, balancedTarget] : [client, target];
    const started = process.cpuUsage();
    for (let i = 0; i < requestsPerRound; i++) {
      engine.received(visitor, request, request.length, now);
      engine.received(server, response, response.length, now);
    }
    const { user, system } = process.cpuUsage(started);
    const ns = ((user + system) * 1000) / requestsPerRound;
    best.set(name, Math.min(best.get(name) ?? Infinity, ns));
  }
}
const { requests } = engine.readCounters();
if (requests !== 2 + rounds * requestsPerRound * best.size)
  throw new Error(`${requests} requests were counted`);
for (const [name, ns] of best) process.stdout.write(`${name.padEnd(26)} ${ns.toFixed(0).padStart(7)} ns\n`);
process.stdout.write(`${toTarget} octets to the target, ${toClient} to the client\n`);

function octets(startLine: string, fields: readonly string[], content: string = ""): Uint8Array {
  return new TextEncoder().encode([startLine, ...fields, "", content].join("\r\n"));
}

function answer(length: number): Uint8Array {
  return octets(
    "HTTP/1.1 200 OK",
    ["Content-Type: text/html", "Date: Thu, 01 Jan 2026 00:00:00 GMT", `Content-Length: ${length}`],
    "x".repeat(length),
  );
}
