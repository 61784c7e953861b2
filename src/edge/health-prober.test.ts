import type { TargetCheck, TargetState } from "#contract";
import type { IoFailure } from "#engine";
import { describe, expect, test } from "vitest";
import { HealthProber } from "./health-prober.ts";
import { RouteTable } from "./route-table.ts";
import { TargetBook } from "./target-book.ts";
import { type BalancerGiven, loadBalancer, placeOf, responseOf } from "./testing-balancing.ts";
import { MemoryNetwork, type MemoryServer, serverOf } from "./testing.ts";

/** Chance that always gives the same part of what it is asked for. */
const middle = { integer: (below: number): number => Math.floor(below / 2) };

/** A prober with one load balancer. */
function prober(given: BalancerGiven, servers: Record<string, MemoryServer | undefined> = {}) {
  const book = new TargetBook();
  const engine = new HealthProber(book, middle);
  const network = new MemoryNetwork(engine);
  for (const [id, server] of Object.entries(servers)) network.servers.set(placeOf(id), server);
  const set = (next: BalancerGiven): void => void new RouteTable([loadBalancer(next)], book);
  set(given);
  const state = (id: string): TargetState | undefined =>
    [...book.balancers()].flatMap((balancer) => balancer.states()).find((one) => one.id === id);
  return { network, book, engine, set, state };
}

const well = serverOf(() => responseOf("fine"));

test("is registered, then probed at once, and healthy with the first good probe", () => {
  const { network, state } = prober({ count: 1 }, { a: well });
  expect(state("a")).toEqual({
    id: "a",
    state: "initial",
    reason: "Lb.RegistrationInProgress",
    underWay: 0,
  });
  network.servers.set(placeOf("a"), undefined);
  network.advance(0);
  expect(state("a")).toMatchObject({ state: "initial", reason: "Lb.InitialHealthChecking" });
  network.advance(5000);
  network.servers.set(placeOf("a"), well);
  network.advance(1000);
  expect(state("a")).toEqual({ id: "a", state: "healthy", detail: "200 OK in 0 ms", underWay: 0 });
});

test("asks by the target's address, on a connection of its own", () => {
  const { network } = prober({ count: 1, check: { path: "/up?x=1" } }, { a: well });
  network.advance(0);
  expect(network.outgoing[0]?.text).toBe(
    "GET /up?x=1 HTTP/1.1\r\nHost: 127.53.9.1:8080\r\nUser-Agent: Fairlead-HealthChecker\r\nAccept: */*\r\nConnection: close\r\n\r\n",
  );
});

test("probes every 30 s for hours, each target at a time of its own, and needs two bad probes to lose it and five good to have it back", () => {
  let isDown = false;
  const at: number[] = [];
  const { network, state } = prober(
    { count: 1 },
    {
      a: {
        received(peer) {
          at.push(network.now.monotonic);
          peer.send(isDown ? responseOf("", "503 Service Unavailable") : responseOf(""));
          peer.end();
        },
      },
    },
  );
  network.advance(7_200_000);
  expect(at.length).toBeGreaterThanOrEqual(239);
  expect(at.length).toBeLessThanOrEqual(242);
  const gaps = at.slice(2).map((time, i) => time - (at[i + 1] ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(28_500);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(31_500);
  isDown = true;
  network.advance(30_000);
  expect(state("a")?.state).toBe("healthy");
  network.advance(30_000);
  expect(state("a")).toEqual({
    id: "a",
    state: "unhealthy",
    reason: "Instance.ResponseCodeMismatch",
    detail: "503 Service Unavailable in 0 ms",
    underWay: 0,
  });
  isDown = false;
  network.advance(4 * 30_000);
  expect(state("a")?.state).toBe("unhealthy");
  network.advance(30_000);
  expect(state("a")?.state).toBe("healthy");
  expect(network.peers.size).toBe(0);
});

test("probes one that is not up yet often, and calls it unhealthy no sooner than plain probes would", () => {
  const { network, state } = prober({ count: 1, check: { unhealthyThreshold: 2 } });
  network.advance(29_000);
  expect(state("a")).toMatchObject({ state: "initial", detail: "connection refused" });
  expect(network.outgoing.length).toBeGreaterThan(4);
  expect(network.outgoing.length).toBeLessThan(10);
  network.advance(32_000);
  expect(state("a")).toMatchObject({ state: "unhealthy", reason: "Instance.FailedHealthChecks" });
});

test("of what is to listen only a connection is asked for, which is ended and not broken off", () => {
  const silent: MemoryServer = {};
  const check = { protocol: "tcp", intervalMs: 1000, timeoutMs: 1000, healthyThreshold: 2 } as const;
  const { network, state } = prober({ count: 1, check }, { a: silent });
  network.advance(0);
  expect(state("a")).toMatchObject({ state: "healthy", detail: "connected in 0 ms" });
  expect(network.outgoing[0]?.text).toBe("");
  network.servers.delete(placeOf("a"));
  network.advance(3000);
  expect(state("a")).toMatchObject({ state: "unhealthy", detail: "connection refused" });
  network.servers.set(placeOf("a"), silent);
  network.advance(3000);
  expect(state("a")?.state).toBe("healthy");
  // One that does not end its side is let go with the next look.
  expect(network.peers.size).toBeLessThanOrEqual(1);
});

describe("over TLS", () => {
  const https = { protocol: "https", unhealthyThreshold: 1 } as const;
  const ask = (more: Partial<TargetCheck> = {}): ReturnType<typeof prober> => {
    const made = prober({ count: 1, check: { ...https, ...more } }, { a: well });
    made.network.advance(0);
    return made;
  };

  test("whoever answers is spoken to, by TLS 1.2 too, and no name is asked for where there is none", () => {
    const { network, state } = ask();
    expect(network.outgoing[0]?.tls).toEqual({
      oldest: "TLSv1.2",
      protocols: ["http/1.1"],
      canBeAnyone: true,
    });
    expect(network.outgoing[0]?.text).toContain("\r\nHost: 127.53.9.1:8080\r\n");
    expect(state("a")).toMatchObject({ state: "healthy", detail: "200 OK in 0 ms" });
  });

  test("a host is asked for with the port, which is not said where it is the usual one", () => {
    expect(ask({ host: "www.shop.test", serverName: "shop.test" }).network.outgoing[0]).toMatchObject({
      tls: { serverName: "shop.test", canBeAnyone: true },
      text: expect.stringContaining("\r\nHost: www.shop.test:8080\r\n"),
    });
    const book = new TargetBook();
    const network = new MemoryNetwork(new HealthProber(book, middle));
    const check = { ...https, host: "www.shop.test" };
    const object = loadBalancer({ count: 2, check });
    const targets = object.targets.map((target, i) => ({ ...target, port: i === 0 ? 443 : 80 }));
    for (const { address, port } of targets) network.servers.set(`${address}:${port}`, well);
    void new RouteTable([{ ...object, targets }], book);
    network.advance(0);
    expect(network.outgoing.map(({ text }) => /Host: (.*)\r/.exec(text)?.[1])).toEqual([
      "www.shop.test",
      "www.shop.test:80",
    ]);
  });

  test("a certificate that has to be trusted is that of the usual authorities and the platform's", () => {
    expect(ask({ serverName: "shop.test", trusted: "PEM" }).network.outgoing[0]?.tls).toEqual({
      oldest: "TLSv1.2",
      protocols: ["http/1.1"],
      serverName: "shop.test",
      hasUsualAuthorities: true,
      authorities: "PEM",
    });
    expect(ask({ trusted: "" }).network.outgoing[0]?.tls).toEqual({
      oldest: "TLSv1.2",
      protocols: ["http/1.1"],
      hasUsualAuthorities: true,
    });
  });

  test.each<[IoFailure, string]>([
    ["untrusted", "certificate not trusted"],
    ["expired", "certificate out of its time"],
    ["misnamed", "certificate of other names"],
    ["no-tls", "no TLS to be had"],
    ["reset", "connection broken off"],
  ])("a handshake that ends with %s is a bad probe", (failure, detail) => {
    const { network, state, engine } = prober({ count: 1, check: https }, { a: undefined });
    network.advance(0);
    network.outgoing[0]?.reset(failure);
    expect(network.outgoing[0]?.text).toBe("");
    expect(engine.readCounters()).toMatchObject({
      "probes-failed{protocol=https}": 1,
      "probes-without-tls{cause=untrusted}": failure === "untrusted" ? 1 : 0,
      "probes-without-tls{cause=expired}": failure === "expired" ? 1 : 0,
      "probes-without-tls{cause=misnamed}": failure === "misnamed" ? 1 : 0,
      "probes-without-tls{cause=no-tls}": failure === "no-tls" ? 1 : 0,
    });
    network.advance(500);
    expect(state("a")).toMatchObject({ reason: "Instance.FailedHealthChecks", detail });
  });

  test("probes are counted by what they are made over, also where the check has changed since", () => {
    const { network, engine, set } = prober({ count: 1, check: https }, { a: well });
    network.advance(0);
    expect(engine.readCounters()).toEqual({
      probes: 1,
      "probes{protocol=http}": 0,
      "probes{protocol=https}": 1,
      "probes{protocol=tcp}": 0,
      "probes-failed": 0,
      "probes-failed{protocol=http}": 0,
      "probes-failed{protocol=https}": 0,
      "probes-failed{protocol=tcp}": 0,
      "probes-without-tls{cause=untrusted}": 0,
      "probes-without-tls{cause=expired}": 0,
      "probes-without-tls{cause=misnamed}": 0,
      "probes-without-tls{cause=no-tls}": 0,
    });
    network.servers.delete(placeOf("a"));
    set({ count: 1, check: { protocol: "tcp" } });
    network.advance(0);
    set({ count: 1 });
    network.advance(0);
    const counted = engine.readCounters();
    expect(counted).toMatchObject({
      probes: 3,
      "probes{protocol=https}": 1,
      "probes{protocol=tcp}": 1,
      "probes{protocol=http}": 1,
      "probes-failed": 2,
      "probes-failed{protocol=https}": 0,
      "probes-failed{protocol=tcp}": 1,
      "probes-failed{protocol=http}": 1,
    });
  });

  test("a handshake without an end is dropped when the time is up", () => {
    const { network, state } = prober({ count: 1, check: https }, { a: undefined });
    network.advance(4999);
    expect(network.outgoing[0]?.isGone).toBe(false);
    network.advance(1);
    expect(network.outgoing[0]?.wasDestroyed).toBe(true);
    expect(state("a")?.detail).toBe("no TLS connection within 5000 ms");
  });
});

const drip: MemoryServer = {
  opened(peer) {
    peer.send("HTTP/1.1 200 O");
  },
};
const interims = serverOf(() => "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(100));
const largeHead = serverOf(() => `HTTP/1.1 200 OK\r\n${`X-Fill: ${"x".repeat(8000)}\r\n`.repeat(20)}\r\n`);
const half: MemoryServer = {
  received(peer) {
    peer.send("HTTP/1.1 200 OK\r\nContent-Le");
    peer.end();
  },
};

test.each<[string, MemoryServer | undefined, string, string]>([
  ["never takes the connection", undefined, "Instance.Timeout", "no connection within 5000 ms"],
  ["never answers", {}, "Instance.Timeout", "no response within 5000 ms"],
  ["sends half a head and stays", drip, "Instance.Timeout", "no response within 5000 ms"],
  [
    "closes after half a head",
    half,
    "Instance.FailedHealthChecks",
    "it closed the connection without a whole response",
  ],
  [
    "sends interim responses for ever",
    interims,
    "Instance.FailedHealthChecks",
    "it sent too many interim responses",
  ],
  [
    "sends a head without end",
    largeHead,
    "Instance.FailedHealthChecks",
    "its response is malformed (fields-too-large)",
  ],
  [
    "speaks no HTTP",
    serverOf(() => "220 mail ESMTP\r\n"),
    "Instance.FailedHealthChecks",
    "its response is malformed (version-malformed)",
  ],
  [
    "switches protocols",
    serverOf(() => "HTTP/1.1 101 Go\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
    "Instance.FailedHealthChecks",
    "it switched protocols unasked",
  ],
  [
    "redirects",
    serverOf(() => responseOf("", "302 Found")),
    "Instance.ResponseCodeMismatch",
    "302 Found in 0 ms",
  ],
  [
    "answers with control characters",
    serverOf(() => responseOf("", `500 ${"\u00e9".repeat(200)}`)),
    "Instance.ResponseCodeMismatch",
    `500 ${"?".repeat(60)} in 0 ms`,
  ],
])("a target that %s", (_, server, reason, detail) => {
  const { network, state } = prober({ count: 1, check: { unhealthyThreshold: 1 } }, { a: server });
  network.advance(5000);
  expect(state("a")).toEqual({ id: "a", state: "unhealthy", reason, detail, underWay: 0 });
  network.advance(40_000);
  // No probe is left over: at most the one that is under way.
  expect(network.peers.size).toBeLessThanOrEqual(1);
});

test("takes a good head for an answer, and drops content without end after its bound", () => {
  const { network, state } = prober(
    { count: 1 },
    { a: serverOf(() => `HTTP/1.1 200 OK\r\n\r\n${"x".repeat(70_000)}`) },
  );
  network.advance(0);
  expect(state("a")?.state).toBe("healthy");
  expect(network.outgoing[0]?.wasDestroyed).toBe(true);
});

test("drops a target that answers and does not end, once the time is up, and counts the answer", () => {
  const { network, state } = prober(
    { count: 1 },
    { a: serverOf(() => "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx") },
  );
  network.advance(4999);
  expect(network.outgoing[0]?.isGone).toBe(false);
  network.advance(1);
  expect(network.outgoing[0]?.wasDestroyed).toBe(true);
  expect(state("a")?.state).toBe("healthy");
});

test("a probe that this side has no connection for says nothing of the target, and is made again", () => {
  const { network, state } = prober({ count: 1, check: { unhealthyThreshold: 1 } }, { a: undefined });
  network.advance(0);
  network.outgoing[0]?.reset("no-resources");
  expect(state("a")).toMatchObject({ state: "initial", reason: "Lb.InitialHealthChecking" });
  network.servers.set(placeOf("a"), well);
  network.advance(500);
  expect(state("a")?.state).toBe("healthy");
});

test("success codes are codes and ranges", () => {
  const { network, state } = prober(
    { count: 3, check: { successCodes: "200-299,404", unhealthyThreshold: 1 } },
    {
      a: serverOf(() => responseOf("", "204 No Content")),
      b: serverOf(() => responseOf("", "404 Not Found")),
      c: serverOf(() => responseOf("", "300 Multiple Choices")),
    },
  );
  network.advance(0);
  expect(["a", "b", "c"].map((id) => state(id)?.state)).toEqual(["healthy", "healthy", "unhealthy"]);
});

test("what is known of a target outlives other tables; another check, another place, and coming back after draining begin anew", () => {
  const { network, state, set } = prober({ count: 2 }, { a: well, b: well });
  network.advance(1000);
  expect(network.outgoing).toHaveLength(2);
  set({ count: 3 });
  network.advance(0);
  expect(network.outgoing).toHaveLength(3);
  expect(state("a")?.state).toBe("healthy");
  // Another path: asked at once, and healthy until it fails.
  set({ count: 2, check: { path: "/other" } });
  network.advance(0);
  expect(network.outgoing).toHaveLength(5);
  expect(state("a")?.state).toBe("healthy");
  set({ count: 2, check: { path: "/other" }, drains: ["a"] });
  expect(state("a")).toEqual({
    id: "a",
    state: "draining",
    reason: "Instance.DeregistrationInProgress",
    underWay: 0,
  });
  network.advance(3_600_000);
  expect(network.outgoing.slice(5).every((peer) => !peer.text.includes("127.53.9.1:"))).toBe(true);
  set({ count: 2, check: { path: "/other" } });
  expect(state("a")?.reason).toBe("Lb.RegistrationInProgress");
  network.advance(0);
  expect(state("a")?.state).toBe("healthy");
});

test("of 1,000 targets at most 256 are probed at once, all in time, and a stopped prober leaves nothing", () => {
  const { network, engine, set } = prober({ count: 0 });
  const object = loadBalancer({ count: 0 });
  const targets = Array.from({ length: 1000 }, (_, i) => ({
    id: `t${i}`,
    name: `t${i}`,
    address: `127.54.${i >> 8}.${i & 255}`,
    port: 8080,
    drains: false,
  }));
  for (const { address } of targets) network.servers.set(`${address}:8080`, undefined);
  const book = new TargetBook();
  const many = new HealthProber(book, middle);
  const crowd = new MemoryNetwork(many);
  for (const [key, server] of network.servers) crowd.servers.set(key, server);
  void new RouteTable([{ ...object, targets }], book);
  crowd.advance(0);
  expect(crowd.peers.size).toBe(256);
  crowd.advance(20_000);
  expect(new Set(crowd.outgoing.map(({ slot }) => slot)).size).toBeGreaterThanOrEqual(1000);
  many.stop();
  crowd.run();
  expect(crowd.peers.size).toBe(0);
  expect(crowd.timers.size).toBe(0);
  engine.stop();
  set({ count: 2 });
  network.advance(1000);
  expect(network.outgoing).toHaveLength(0);
});

test("the last sixty checks of each target are remembered, with what was answered, over another place and a drain", () => {
  let isDown = false;
  const server = serverOf(() => (isDown ? responseOf("", "503 g\u00f8ne") : responseOf("fine")));
  const { network, book, set } = prober({ count: 2 }, { a: server });
  const checks = (id: string) => book.readChecks("lb").targets.find((one) => one.id === id)?.checks ?? [];
  network.advance(0);
  expect(checks("a")).toEqual([{ at: network.now.wall, isOk: true, tookMs: 0, said: "200 OK" }]);
  expect(checks("b")).toMatchObject([{ isOk: false, said: "connection refused" }]);
  isDown = true;
  network.advance(3_600_000);
  expect(checks("a").length).toBe(60);
  expect(checks("a").every(({ isOk, said }) => !isOk && said === "503 g?ne")).toBe(true);
  const times = checks("a").map(({ at }) => at);
  expect(times).toEqual([...times].sort((one, other) => one - other));
  set({ count: 2, drains: ["a"] });
  expect(checks("a").length).toBe(60);
  set({ count: 2, without: ["a"] });
  expect(checks("a")).toEqual([]);
  expect(book.readChecks("nobody")).toEqual({ targets: [] });
});
