// A container service at the edge: what visitors find while nothing of it is public, and how candidates of another version are probed by a
// check of their own beside what serves.

import { expect, test } from "vitest";
import { EdgeEngine } from "./edge-engine.ts";
import { HealthProber } from "./health-prober.ts";
import { RouteTable } from "./route-table.ts";
import { TargetBook } from "./target-book.ts";
import { edge, get, good, here, loadBalancer, placeOf, responseOf } from "./testing-balancing.ts";
import { MemoryNetwork, type MemoryServer, serverOf } from "./testing.ts";

test("without a version that serves there is no such service; while the last one leaves, nothing serves", () => {
  const engine = new EdgeEngine({});
  const network = new MemoryNetwork(engine);
  const ask = (): string => {
    const client = network.accept(here);
    client.send(get);
    return client.text;
  };
  const set = (given: Parameters<typeof loadBalancer>[0]): void =>
    engine.setRoutes([loadBalancer({ ...given, type: "container-service", name: "app" })]);
  set({ count: 0 });
  expect(ask()).toMatch(
    /^HTTP\/1\.1 404 .*No Such Service: no deployment of resource "app" is public and active\./s,
  );
  set({ count: 1, candidates: ["a"] });
  expect(ask()).toMatch(/^HTTP\/1\.1 404 /);
  set({ count: 1, drains: ["a"] });
  expect(ask()).toMatch(/^HTTP\/1\.1 503 /);
});

test("a switch takes one table: the candidate serves from then on, and what it leaves to others is finished there", () => {
  const { ask, probe, set } = edge({ count: 2, candidates: ["b"], type: "container-service" });
  probe("a", good);
  probe("b", good);
  expect(ask()).toBe("a");
  set({ count: 2, drains: ["a"], type: "container-service" });
  expect([ask(), ask()]).toEqual(["b", "b"]);
});

test("a candidate proves itself with as many good probes in a row as its check says, half a second apart", () => {
  const book = new TargetBook();
  const engine = new HealthProber(book, { integer: (below) => Math.floor(below / 2) });
  const network = new MemoryNetwork(engine);
  let isDown = false;
  const server: MemoryServer = {
    received(peer) {
      peer.send(responseOf("x", isDown ? "503 Service Unavailable" : "200 OK"));
      peer.end();
    },
  };
  network.servers.set(placeOf("a"), server);
  const object = loadBalancer({
    count: 1,
    candidates: ["a"],
    check: { healthyThreshold: 2, intervalMs: 5000 },
  });
  void new RouteTable([object], book);
  const stateNow = (): string | undefined => [...book.balancers()].flatMap((one) => one.states())[0]?.state;
  network.advance(0);
  expect(stateNow()).toBe("initial");
  isDown = true;
  network.advance(600);
  isDown = false;
  network.advance(600);
  expect([network.outgoing.length, stateNow()]).toEqual([3, "initial"]);
  network.advance(600);
  expect([network.outgoing.length, stateNow()]).toEqual([4, "healthy"]);
});

test("a target with a check of its own is probed by that, and judged by its codes", () => {
  const book = new TargetBook();
  const engine = new HealthProber(book, { integer: (below) => Math.floor(below / 2) });
  const network = new MemoryNetwork(engine);
  const answer = serverOf(() => responseOf("missing", "404 Not Found"));
  for (const id of "ab") network.servers.set(placeOf(id), answer);
  const object = loadBalancer({
    count: 2,
    candidates: ["b"],
    check: { path: "/old", successCodes: "200-499" },
  });
  const own = {
    ...object.balancing!.healthCheck,
    path: "/new",
    successCodes: "200",
    intervalMs: 5000,
    unhealthyThreshold: 2,
  };
  const set = (healthCheck: typeof own): void =>
    void new RouteTable(
      [{ ...object, targets: object.targets.map((one) => (one.id === "b" ? { ...one, healthCheck } : one)) }],
      book,
    );
  const stateOf = (id: string): string | undefined =>
    [...book.balancers()].flatMap((balancer) => balancer.states()).find((one) => one.id === id)?.state;
  set(own);
  network.advance(20_000);
  expect(network.outgoing.map(({ text }) => text.split(" ")[1])).toEqual(
    expect.arrayContaining(["/old", "/new"]),
  );
  expect([stateOf("a"), stateOf("b")]).toEqual(["healthy", "unhealthy"]);
  set({ ...own, successCodes: "404", healthyThreshold: 1 });
  network.advance(20_000);
  expect(stateOf("b")).toBe("healthy");
});
