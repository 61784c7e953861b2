// Load balancers at the edge, request by request: choice, stickiness, redirects, ejection, retries, draining, closed ports and reports.

import type { TargetsReport, TraceStep } from "#contract";
import { expect, test } from "vitest";
import { EdgeEngine } from "./edge-engine.ts";
import {
  bad,
  type BalancerGiven,
  edge,
  get,
  good,
  healthy,
  here,
  loadBalancer,
  placeOf,
  responseOf,
} from "./testing-balancing.ts";
import { MemoryNetwork, serverOf } from "./testing.ts";

test("healthy targets take turns, each request of a connection too", () => {
  const { network, ask } = healthy({ count: 3 });
  const client = network.accept(here);
  expect(Array.from({ length: 6 }, () => ask(get, client)).join("")).toBe("abcabc");
});

test("an unhealthy target is passed over, and the others share its requests evenly", () => {
  const { ask, probe } = healthy({ count: 3 });
  probe("b", bad, 2);
  expect(Array.from({ length: 6 }, () => ask()).join("")).toBe("acacac");
  probe("b", good, 5);
  expect(
    Array.from({ length: 3 }, () => ask())
      .sort()
      .join(""),
  ).toBe("abc");
});

test("before the first probe is over requests go to those not probed; with a healthy one only there", () => {
  const { ask, probe } = edge({ count: 3 });
  expect(ask()).toBe("a");
  probe("c", good);
  expect(Array.from({ length: 3 }, () => ask()).join("")).toBe("ccc");
});

test("fails open: where all are unhealthy, all get requests", () => {
  const { ask, probe } = healthy();
  probe("a", bad, 2);
  probe("b", bad, 2);
  expect(
    Array.from({ length: 4 }, () => ask())
      .sort()
      .join(""),
  ).toBe("aabb");
});

test("answers 503 with a sentence where there is no target, and where all are leaving", () => {
  const { ask, set } = edge({ count: 0 });
  expect(ask()).toBe(
    'Nothing serves resource "front" at the moment: no instance that runs is attached to it.\n',
  );
  set({ count: 1, drains: ["a"] });
  expect(ask()).toBe('Nothing serves resource "front" at the moment: all its instances are leaving it.\n');
});

test("a candidate is probed and told of, and given no request whatever comes; once it serves, what is known of it holds", () => {
  const { ask, probe, set, targetOf } = edge({ count: 2, candidates: ["b"] });
  probe("a", good);
  probe("b", good, 4);
  expect(targetOf("b").target.state()).toMatchObject({ id: "b", state: "initial" });
  probe("b", good);
  expect(targetOf("b").target.state()).toMatchObject({ id: "b", state: "healthy" });
  expect(Array.from({ length: 3 }, () => ask()).join("")).toBe("aaa");
  probe("a", bad, 2);
  expect(ask()).toBe("a");
  set({ count: 2, drains: ["a"] });
  expect(targetOf("b").target.state().state).toBe("healthy");
  expect(Array.from({ length: 3 }, () => ask()).join("")).toBe("bbb");
});

test("with candidates alone it answers 503", () => {
  const { ask, probe } = edge({ count: 1, candidates: ["a"] });
  probe("a", good);
  expect(ask()).toContain("Nothing serves");
});

test("fewest requests: those under way count, tunnels too, and counts fall again", () => {
  const { network, ask, targetOf } = healthy({ count: 3, balancing: { algorithm: "least-requests" } });
  network.servers.set(placeOf("a"), {});
  network.servers.set(
    placeOf("b"),
    serverOf((request) =>
      request.includes("Upgrade: x")
        ? "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"
        : responseOf("b"),
    ),
  );
  const waits = network.accept(here);
  waits.send(get); // stays under way at a
  const tunnel = network.accept(here);
  tunnel.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
  expect(tunnel.text).toMatch(/^HTTP\/1.1 101 /);
  expect(Array.from({ length: 4 }, () => ask()).join("")).toBe("cccc");
  expect(["a", "b", "c"].map((id) => targetOf(id).target.underWay)).toEqual([1, 1, 0]);
  tunnel.reset();
  waits.reset();
  expect(["a", "b", "c"].map((id) => targetOf(id).target.underWay)).toEqual([0, 0, 0]);
});

const sticky: BalancerGiven = { count: 3, balancing: { stickiness: { durationSeconds: 600 } } };

function cookieIn(text: string): string {
  return /Set-Cookie: (FAIRLEADLB=\w+)/.exec(text)?.[1] ?? "";
}

test("a visitor with the cookie comes back to the same target, and is given no other cookie", () => {
  const { network, ask } = healthy(sticky);
  const first = network.accept(here);
  first.send(get);
  expect(first.text).toMatch(
    /\r\nSet-Cookie: FAIRLEADLB=[0-9a-f]{16}; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax\r\n/,
  );
  expect(first.text).not.toContain("127.53");
  const cookie = cookieIn(first.text);
  for (let i = 0; i < 5; i++) {
    const client = network.accept(here);
    const request = `GET / HTTP/1.1\r\nHost: x\r\nCookie: a=b; ${cookie}; c=d\r\n\r\n`;
    expect(ask(request, client)).toBe("a");
    expect(client.text).not.toContain("Set-Cookie");
  }
  // Others still take turns.
  expect([ask(), ask(), ask()].join("")).toBe("bca");
});

test("the cookie is Secure over https", () => {
  const { network } = healthy(sticky, { scheme: () => "https" });
  const client = network.accept(here);
  client.send(get);
  expect(client.text).toContain("; SameSite=Lax; Secure\r\n");
});

test.each([
  ["forged", "FAIRLEADLB=0123456789abcdef"],
  ["empty", "FAIRLEADLB="],
  ["of another name", "XFAIRLEADLB=1; FAIRLEADLBX=2"],
  ["without end", `FAIRLEADLB=${"f".repeat(8000)}`],
  ["broken", "; ;; =; FAIRLEADLB; FAIRLEADLB"],
])("a cookie that is %s is no cookie", (_, cookie) => {
  const { network, ask } = healthy(sticky);
  const client = network.accept(here);
  expect(ask(`GET / HTTP/1.1\r\nHost: x\r\nCookie: ${cookie}\r\n\r\n`, client)).toBe("a");
  expect(cookieIn(client.text)).not.toBe("");
});

test.each(["unhealthy", "draining", "gone", "refusing"])(
  "a visitor whose target is %s is given another, with its cookie",
  (how) => {
    const { network, ask, set, probe } = healthy(sticky);
    const first = network.accept(here);
    first.send(get);
    const cookie = cookieIn(first.text);
    if (how === "unhealthy") probe("a", bad, 2);
    if (how === "draining") set({ ...sticky, drains: ["a"] });
    if (how === "gone") set({ ...sticky, without: ["a"] });
    if (how === "refusing") {
      network.servers.delete(placeOf("a"));
      network.advance(5000);
    }
    const second = network.accept(here);
    expect(ask(`GET / HTTP/1.1\r\nHost: x\r\nCookie: ${cookie}\r\n\r\n`, second)).toBe("b");
    expect(cookieIn(second.text)).not.toBe("");
    expect(cookieIn(second.text)).not.toBe(cookie);
  },
);

test.each<[string, string, string, string]>([
  [
    "GET of the visitor's world",
    "GET /a?b HTTP/1.1\r\nHost: shop.test\r\n\r\n",
    "301",
    "https://shop.test/a?b",
  ],
  ["the standard port", "GET / HTTP/1.1\r\nHost: shop.test:80\r\n\r\n", "301", "https://shop.test/"],
  ["the edge's port", "HEAD / HTTP/1.1\r\nHost: shop.test:8080\r\n\r\n", "301", "https://shop.test:8443/"],
  [
    "POST keeps its method",
    "POST /form HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 0\r\n\r\n",
    "308",
    "https://shop.test/form",
  ],
  ["absolute form", "GET http://shop.test HTTP/1.1\r\nHost: shop.test\r\n\r\n", "301", "https://shop.test/"],
  [
    "absolute form with a query",
    "GET http://shop.test?x HTTP/1.1\r\nHost: shop.test\r\n\r\n",
    "301",
    "https://shop.test/?x",
  ],
  ["no host", "GET /x HTTP/1.0\r\n\r\n", "301", "https://127.53.8.9:8443/x"],
  ["an address", "GET / HTTP/1.1\r\nHost: 127.53.8.9:8080\r\n\r\n", "301", "https://127.53.8.9:8443/"],
  ["OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: shop.test\r\n\r\n", "308", "https://shop.test/"],
  [
    "two slashes",
    "GET //evil.test/x HTTP/1.1\r\nHost: shop.test\r\n\r\n",
    "301",
    "https://shop.test//evil.test/x",
  ],
])("redirects to https: %s", (_, request, status, location) => {
  const { network } = edge({ redirectsToHttps: true }, { ports: { http: 8080, https: 8443 } });
  const client = network.accept(here);
  client.send(request);
  expect(client.text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(/\r\nLocation: (.*)\r\n/.exec(client.text)?.[1]).toBe(location);
  expect(network.outgoing).toHaveLength(0);
});

test("redirects neither https, nor what ACME asks for", () => {
  const plain = edge({ redirectsToHttps: true });
  expect(plain.ask("GET /.well-known/acme-challenge/x HTTP/1.1\r\nHost: shop.test\r\n\r\n")).toBe("a");
  const tls = edge({ redirectsToHttps: true }, { scheme: () => "https" });
  expect(tls.ask()).toBe("a");
});

test("answers ACME's challenge by host and token, over http, at any address; other paths go on as usual", () => {
  const { engine, network, ask } = edge();
  const content = "token_1.thumbprint";
  engine.setRoutes([
    loadBalancer({ redirectsToHttps: true }),
    { kind: "challenge", host: "shop.test", token: "token_1", content },
  ]);
  const path = "/.well-known/acme-challenge/token_1";
  const shared = network.accept("[::1]:8080");
  shared.send(`GET ${path} HTTP/1.1\r\nHost: Shop.Test.:8080\r\n\r\n`);
  expect(shared.text).toMatch(/^HTTP\/1.1 200 OK\r\nContent-Type: text\/plain\r\nContent-Length: 18\r\n/);
  expect(shared.text.endsWith(`\r\n\r\n${content}`)).toBe(true);
  expect(ask(`GET ${path} HTTP/1.1\r\nHost: shop.test\r\n\r\n`)).toBe(content);
  expect(ask(`GET ${path} HTTP/1.1\r\nHost: other.test\r\n\r\n`)).toBe("a");
  expect(ask(`GET ${path}x HTTP/1.1\r\nHost: shop.test\r\n\r\n`)).toBe("b");
  expect(engine.readCounters()).toMatchObject({ "challenge-answers": 2 });
});

test("connections to a closed port of an address of its own are dropped; elsewhere the port is named", () => {
  const { network, ask, engine } = edge(
    { ports: { http: true, https: false } },
    { scheme: (listener) => (listener === 1 ? "https" : "http") },
  );
  expect(ask()).toBe("a");
  const dropped = network.accept("127.53.8.9:8443", "127.0.0.1:4000", 1);
  expect(dropped.wasDestroyed).toBe(true);
  const shared = network.accept("[::1]:8443", "127.0.0.1:4000", 1);
  shared.send(get);
  expect(shared.text).toMatch(/^HTTP\/1.1 421 Misdirected Request\r\n/);
  expect(shared.text).toContain('The resource "front" is not served over https: its port is closed.');
  expect(engine.readCounters()).toMatchObject({ connections: 2, "connections-refused": 1 });
});

test("a target that drains gets no request, finishes those under way, and its idle connections end at once", () => {
  const { network, ask, set, reports, targetOf } = healthy();
  network.servers.set(placeOf("a"), {});
  const waits = network.accept(here);
  waits.send(get);
  ask(); // leaves an idle connection to b
  set({ drains: ["b"] });
  expect(network.outgoing[1]?.wasDestroyed).toBe(true);
  set({ drains: ["a"] });
  network.advance(100);
  expect(reports.at(-1)?.targets[0]).toEqual({
    id: "a",
    state: "draining",
    reason: "Instance.DeregistrationInProgress",
    underWay: 1,
  });
  expect(Array.from({ length: 3 }, () => ask()).join("")).toBe("bbb");
  network.advance(5000);
  network.outgoing[0]?.send(responseOf("late"));
  expect(waits.text.endsWith("late")).toBe(true);
  expect(network.outgoing[0]?.wasDestroyed).toBe(true);
  network.advance(100);
  expect(reports.at(-1)?.targets[0]).toMatchObject({ state: "draining", underWay: 0 });
  set({ without: ["a"] });
  expect(() => targetOf("a")).toThrow("a");
});

test.each(["draining", "gone", "gone with its resource"])(
  "what is left at a target that is %s is ended after drainMs: waiting requests are answered, tunnels closed",
  (how) => {
    const { engine, network, set, reports } = healthy({ balancing: { drainMs: 10_000 } });
    network.servers.set(
      placeOf("a"),
      serverOf((request) =>
        request.includes("Upgrade: x")
          ? "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"
          : undefined,
      ),
    );
    const tunnel = network.accept(here);
    tunnel.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
    network.accept(here).send(get); // to b
    const waits = network.accept(here);
    waits.send(get);
    if (how === "draining") set({ drains: ["a"], balancing: { drainMs: 10_000 } });
    else if (how === "gone") set({ without: ["a"], balancing: { drainMs: 10_000 } });
    else engine.setRoutes([]);
    network.advance(9000);
    tunnel.send("ping");
    expect(network.outgoing[0]?.text.endsWith("ping")).toBe(true);
    network.advance(1001);
    expect(waits.text).toMatch(/^HTTP\/1.1 503 /);
    expect(waits.text).toContain('The server of resource "front" is being taken away.');
    expect(tunnel.hasEnd).toBe(true);
    network.advance(100);
    if (how === "draining") expect(reports.at(-1)?.targets[0]?.underWay).toBe(0);
    expect(engine.targets.leaving()).toHaveProperty("size", 0);
  },
);

test("a tunnel lives through changes of everything but its target", () => {
  const { network, set } = healthy();
  network.servers.set(
    placeOf("a"),
    serverOf((request) =>
      request.includes("Upgrade: x")
        ? "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"
        : request,
    ),
  );
  const tunnel = network.accept(here);
  tunnel.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
  for (let i = 0; i < 20; i++) {
    set({
      count: 2 + (i % 3),
      name: `front-${i}`,
      drains: i % 2 === 0 ? ["b"] : [],
      redirectsToHttps: i % 3 === 0,
    });
    tunnel.send(`ping ${i}`);
    expect(tunnel.text.endsWith(`ping ${i}`)).toBe(true);
    network.advance(60_000);
  }
});

test("an instance of its own drains too, and is reported only then", () => {
  const reports: TargetsReport[] = [];
  const engine = new EdgeEngine({ reportTargets: (report) => reports.push(report) });
  const network = new MemoryNetwork(engine);
  const { balancing: _, ...rest } = loadBalancer({ count: 1, id: "i1", type: "instance" });
  engine.setRoutes([rest]);
  network.servers.set(placeOf("a"), {});
  const client = network.accept(here);
  client.send(get);
  network.advance(1000);
  expect(reports).toEqual([]);
  expect(engine.targets.reportAll()).toEqual([]);
  engine.setRoutes([{ ...rest, targets: rest.targets.map((target) => ({ ...target, drains: true })) }]);
  network.advance(1);
  expect(reports).toMatchObject([
    { resourceId: "i1", targets: [{ id: "a", state: "draining", underWay: 1 }] },
  ]);
  network.outgoing[0]?.send(responseOf("done"));
  network.advance(100);
  expect(reports.at(-1)).toMatchObject({ targets: [{ state: "draining", underWay: 0 }] });
});

test("reports each change of state, rounds of them at most ten times a second, and all on demand", () => {
  const { network, reports, probe, engine } = edge({ count: 2 });
  network.advance(0);
  expect(reports).toHaveLength(1);
  for (let i = 0; i < 50; i++) {
    probe("a", i % 2 === 0 ? good : bad, 5);
  }
  network.advance(0);
  expect(reports).toHaveLength(2);
  expect(reports.at(-1)?.targets[0]).toMatchObject({
    state: "unhealthy",
    reason: "Instance.FailedHealthChecks",
  });
  engine.reportAllTargets();
  expect(reports).toHaveLength(3);
  expect(engine.readCounters()).toMatchObject({ "targets{state=unhealthy}": 1, "targets{state=initial}": 1 });
});

test("a probe that came out otherwise is reported too, one that only took longer is not", () => {
  const { network, reports, probe } = healthy({ count: 1 });
  network.advance(100);
  const before = reports.length;
  probe("a", { ...good, tookMs: 400 });
  network.advance(100);
  expect(reports).toHaveLength(before);
  probe("a", bad);
  network.advance(100);
  expect(reports.at(-1)?.targets).toMatchObject([{ state: "healthy", detail: "connection refused" }]);
  expect(reports).toHaveLength(before + 1);
});

test("a trace names the target and why, the state of the others, and what was tried", () => {
  const steps: TraceStep[] = [];
  const { network, probe } = healthy(sticky, { report: (step) => steps.push(step) });
  probe("c", bad, 2);
  network.servers.delete(placeOf("a"));
  const client = network.accept(here);
  const traced = (cookie: string): string =>
    `GET / HTTP/1.1\r\nHost: shop.test\r\nFairlead-Trace: 0123456789abcdef\r\n${cookie}\r\n`;
  client.send(traced(""));
  client.send(traced(`Cookie: ${cookieIn(client.text)}\r\n`));
  expect(steps.map(({ hop, answer, outcome }) => [hop, ...answer, outcome])).toEqual([
    ["edge", 'resource "front" by its own address 127.53.8.9', "routed"],
    [
      "resource",
      'resource "front": target "web-b" at 127.53.9.2:8080, healthy (200 OK in 1 ms): the next one: what was tried before did not answer',
      "tried 127.53.9.1:8080: refused",
      'not "web-a" at 127.53.9.1:8080, healthy (200 OK in 1 ms)',
      'not "web-c" at 127.53.9.3:8080, unhealthy (Instance.FailedHealthChecks, connection refused)',
      "1 octets of content",
      "200 OK",
    ],
    ["edge", 'resource "front" by its own address 127.53.8.9', "routed"],
    [
      "resource",
      'resource "front": target "web-b" at 127.53.9.2:8080, healthy (200 OK in 1 ms): the visitor\'s cookie names it',
      'not "web-a" at 127.53.9.1:8080, healthy (200 OK in 1 ms)',
      'not "web-c" at 127.53.9.3:8080, unhealthy (Instance.FailedHealthChecks, connection refused)',
      "1 octets of content",
      "200 OK",
    ],
  ]);
});

test("a trace has the first choice as a target of its own where it answers", () => {
  const steps: TraceStep[] = [];
  const { network } = healthy({ count: 2 }, { report: (step) => steps.push(step) });
  network.accept(here).send("GET / HTTP/1.1\r\nHost: shop.test\r\nFairlead-Trace: 0123456789abcdef\r\n\r\n");
  expect(steps[1]?.target).toEqual({
    resourceName: "front",
    name: "web-a",
    address: "127.53.9.1:8080",
    state: "healthy",
    detail: "200 OK in 1 ms",
    why: "its turn among 2 healthy ones",
    isSticky: false,
    tries: [],
    others: [{ name: "web-b", address: "127.53.9.2:8080", state: "healthy", detail: "200 OK in 1 ms" }],
  });
});

test("a table with a malformed address leaves everything as it was", () => {
  const { engine, ask } = healthy();
  const broken = loadBalancer({ count: 3 });
  expect(() =>
    engine.setRoutes([{ ...broken, addresses: ["nowhere"] }, loadBalancer({ id: "other" })]),
  ).toThrow("Cannot route to resource");
  expect([...engine.targets.balancers()].map(({ resourceId }) => resourceId)).toEqual(["lb"]);
  expect([ask(), ask(), ask()].join("")).toBe("aba");
});
