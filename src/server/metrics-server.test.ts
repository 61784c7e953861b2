// The scrape of a name server that stands alone meets what is no scrape.

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type MetricsServer, serveMetrics } from "./metrics-server.ts";

const address = "127.0.0.1";
let server: MetricsServer;

beforeAll(async () => {
  server = await serveMetrics({ address, port: 0 }, async () => ({ queries: 3 }));
});
afterAll(() => server.close());

async function open(): Promise<Socket> {
  const socket = connect(server.port, address);
  socket.on("error", () => {}); // a connection that is refused ends so: what is looked at is its end
  await once(socket, "connect");
  return socket;
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

async function statusOf(path: string, init?: RequestInit): Promise<number> {
  const response = await fetch(`http://${address}:${server.port}${path}`, init);
  await response.arrayBuffer();
  return response.status;
}

test.each([
  ["what is no HTTP", "\0\x01\x02 garbage\r\n\r\n", /^HTTP\/1\.1 400 /],
  // What it had not read yet makes the system end the connection hard, and the response may be lost with it.
  ["a head without end", `GET /metrics HTTP/1.1\r\n${"a: b\r\n".repeat(20_000)}`, /^(HTTP\/1\.1 431 |$)/],
])("%s is refused, and its connection ended", async (_, octets, refusal) => {
  const socket = await open();
  let said = "";
  socket.on("data", (part: Buffer) => (said += part.toString("latin1")));
  socket.write(octets);
  await closed(socket);
  expect(said).toMatch(refusal);
  expect(await statusOf("/metrics")).toBe(200);
});

test("other paths and methods are refused", async () => {
  expect(await statusOf("/")).toBe(404);
  expect(await statusOf("/metrics/../metrics2")).toBe(404);
  expect(await statusOf("/metrics", { method: "POST", body: "x".repeat(100_000) })).toBe(405);
});

test("who opens connections and says nothing takes a bounded number of them", async () => {
  const silent = await Promise.all(Array.from({ length: 40 }, open));
  const ended = silent.map(closed);
  await Promise.race(ended);
  for (const socket of silent) socket.destroy();
  await Promise.all(ended);
  await expect.poll(() => statusOf("/metrics").catch(() => 0)).toBe(200);
});
