// What is counted for resources and targets while requests go through the edge.

import { expect, test } from "vitest";
import { instanceResource, type MetricSample } from "#contract";
import { EdgeEngine } from "./edge-engine.ts";
import { ResourceCounters } from "./resource-counters.ts";
import { MemoryNetwork, type MemoryServer } from "./testing.ts";
import {
  distribution,
  distributionOf,
  originAt,
  originResource,
  response,
  transparent,
} from "./testing-distribution.ts";

const web = instanceResource({
  id: "web-id",
  name: "web",
  addresses: ["127.53.8.1"],
  listen: [{ address: "127.53.9.1", port: 8080 }],
});

/** An edge with one resource, whose target answers each request with a status of its path. */
function start(): {
  edge: EdgeEngine;
  network: MemoryNetwork;
  read: (id?: string) => Record<string, number>;
} {
  const edge = new EdgeEngine();
  const network = new MemoryNetwork(edge);
  edge.setRoutes([web]);
  const server: MemoryServer = {
    received: (peer, octets) => {
      const status = /\/(\d{3})/.exec(new TextDecoder().decode(octets))?.[1] ?? "200";
      peer.send(`HTTP/1.1 ${status} As asked\r\nContent-Length: 5\r\n\r\nhello`);
    },
  };
  network.servers.set("127.53.9.1:8080", server);
  const read = (id: string = "web-id"): Record<string, number> =>
    Object.assign(
      {},
      ...edge
        .readMetrics()
        .filter((one) => one.id === id)
        .map(({ counts }) => counts),
    ) as Record<string, number>;
  return { edge, network, read };
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: shop.test\r\n\r\n`;

test("responses count by class, at the resource and of its target, and octets both ways", () => {
  const { network, read } = start();
  const client = network.accept();
  for (const path of ["/200", "/204", "/301", "/404", "/500"]) client.send(get(path));
  const counts = read();
  for (const kind of ["responses", "target-responses"]) {
    expect([1, 2, 3, 4, 5].map((digit) => counts[`${kind}-${digit}xx`])).toEqual([0, 2, 1, 1, 1]);
  }
  expect(counts["own-answers-5xx"]).toBe(0);
  expect(counts["octets-from-clients"]).toBe(5 * get("/200").length);
  expect(counts["octets-to-clients"]).toBe(client.text.length);
  const [sent, back] = [counts["octets-to-target"] ?? 0, counts["octets-from-target"] ?? 0];
  expect(sent).toBeGreaterThan(5 * get("/200").length); // Via and Forwarded are added
  expect(back).toBe(5 * "HTTP/1.1 200 As asked\r\nContent-Length: 5\r\n\r\nhello".length);
});

test("an answer of the edge's own is none of a target's", () => {
  const { edge, network, read } = start();
  network.servers.delete("127.53.9.1:8080");
  const client = network.accept();
  client.send(get("/"));
  client.send("GET / HTTP/1.1\r\n\r\n"); // no Host: malformed
  expect(read()).toMatchObject({ "own-answers-5xx": 1, "own-answers-4xx": 1, "target-responses-5xx": 0 });
  edge.setRoutes([{ ...web, targets: [] }]);
  network.accept().send(get("/"));
  expect(read()).toMatchObject({ "own-answers-5xx": 2, "responses-5xx": 2, "responses-4xx": 1 });
});

test("content of requests counts with and without heads", () => {
  const { network, read } = start();
  const head = "POST /200 HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 10\r\n\r\n";
  network.accept().send(`${head}0123456789`);
  expect(read()).toMatchObject({
    "octets-from-clients": head.length + 10,
    "content-octets-from-clients": 10,
  });
});

test("a host name on a shared address counts at its resource, and what is for none counts nowhere", () => {
  const { edge, network, read } = start();
  edge.setRoutes([web, { kind: "host", host: "shop.test", resourceId: "web-id" }]);
  const client = network.accept("127.0.0.1:8080");
  client.send(get("/200"));
  client.send("GET / HTTP/1.1\r\nHost: other.test\r\n\r\n");
  client.send(get("/404"));
  expect(read()).toMatchObject({ "responses-2xx": 1, "responses-4xx": 1, "own-answers-4xx": 0 });
});

test("response times: sums grow, the least and greatest begin anew with each reading", () => {
  const edge = new EdgeEngine();
  const network = new MemoryNetwork(edge);
  edge.setRoutes([web]);
  network.servers.set("127.53.9.1:8080", {});
  const client = network.accept();
  const ask = (ms: number): void => {
    client.send(get("/"));
    network.advance(ms);
    network.outgoing[0]?.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  };
  for (const ms of [30, 10, 20]) ask(ms);
  const times = (): MetricSample["responseTime"] =>
    edge.readMetrics().find(({ of }) => of === "resource")?.responseTime;
  const first = times();
  expect(first).toMatchObject({ count: 3, minimum: 0.01, maximum: 0.03 });
  expect(first?.sum).toBeCloseTo(0.06);
  expect(times()).toEqual({ count: 3, sum: first?.sum });
  ask(50);
  expect(times()).toMatchObject({ count: 4, minimum: 0.05, maximum: 0.05 });
});

test("a connection over the bound counts as rejected", () => {
  const edge = new EdgeEngine({ limits: { clientConnections: 1 } });
  const network = new MemoryNetwork(edge);
  edge.setRoutes([web]);
  const first = network.accept();
  first.send("GET / HT"); // not idle: it is not ended for another
  network.accept("127.53.8.1:8080", "127.0.0.2:40001");
  const [sample] = edge.readMetrics();
  expect(sample?.counts["rejected-connections"]).toBe(1);
});

test("what was counted of a resource that goes is told once more, and the next of its id is another life", () => {
  const { edge, network, read } = start();
  network.accept().send(get("/200"));
  const before = edge.readMetrics().find(({ of }) => of === "resource")?.life;
  network.accept().send(get("/200"));
  edge.setRoutes([]);
  expect(read()).toMatchObject({ "responses-2xx": 2 });
  expect(edge.readMetrics()).toEqual([]);
  edge.setRoutes([web]);
  const after = edge.readMetrics().find(({ of }) => of === "resource");
  expect(after?.life).not.toBe(before);
  expect(after?.counts["responses-2xx"]).toBe(0);
});

test("hosts count by their health where the resource is a load balancer", () => {
  const edge = new EdgeEngine();
  const network = new MemoryNetwork(edge);
  const healthCheck = {
    path: "/",
    intervalMs: 5000,
    timeoutMs: 1000,
    healthyThreshold: 1,
    unhealthyThreshold: 1,
    successCodes: "200",
  };
  const balancing = {
    algorithm: "round-robin",
    healthCheck,
    ejectAfterFailures: 0,
    ejectMs: 1000,
    drainMs: 1000,
  } as const;
  const target = { id: "a", name: "a", address: "127.53.9.1", port: 8080, drains: false };
  const targets = [target, { ...target, id: "b" }, { ...target, id: "c", drains: true }];
  edge.setRoutes([{ ...web, type: "load-balancer", balancing, targets }]);
  const [balancer] = edge.targets.balancers();
  const [a, b] = balancer?.targets ?? [];
  const gauges = (): unknown => edge.readMetrics().find(({ of }) => of === "resource")?.gauges;
  expect(gauges()).toEqual({ "healthy-hosts": 0, "unhealthy-hosts": 0 });
  if (!balancer || !a || !b) throw new Error("there are no targets");
  balancer.probed(a, { kind: "answered", status: 200, phrase: "OK", tookMs: 1 }, network.now.monotonic);
  balancer.probed(b, { kind: "answered", status: 500, phrase: "No", tookMs: 1 }, network.now.monotonic);
  expect(gauges()).toEqual({ "healthy-hosts": 1, "unhealthy-hosts": 1 });
});

test("behind a distribution its origin counts what it answered and what was answered in its place; visitors count in front", () => {
  const world = distribution(
    (request) => response("hello", request.includes("/kept") ? "Cache-Control: max-age=60\r\n" : ""),
    transparent,
  );
  const read = (id: string): Record<string, number> =>
    world.engine.readMetrics().find((one) => one.of === "resource" && one.id === id)?.counts ?? {};
  for (const path of ["/kept", "/kept", "/kept", "/other"]) world.get(path);
  expect(read("d1")).toMatchObject({
    "responses-2xx": 4,
    "cache-hits": 2,
    "cache-hit-octets": 10,
    "target-responses-2xx": 0,
  });
  expect(read("r1")).toMatchObject({ "target-responses-2xx": 2, "responses-2xx": 0, "octets-to-clients": 0 });
  world.network.servers.delete(originAt);
  for (const peer of world.origins) if (!peer.isGone) peer.reset();
  world.get("/gone");
  world.get("/gone", "", "POST");
  world.engine.setRoutes([{ ...originResource, targets: [] }, distributionOf(transparent)]);
  world.get("/nobody");
  expect(read("d1")).toMatchObject({ "responses-5xx": 3, "own-answers-5xx": 3 });
  expect(read("r1")).toMatchObject({ "own-answers-5xx": 3, "responses-5xx": 0, "target-responses-5xx": 0 });
});

test("a status that HTTP has none of is counted as a fault", () => {
  const counters = new ResourceCounters();
  counters.countResponse(999);
  expect(counters.read("x").counts["responses-5xx"]).toBe(1);
});
