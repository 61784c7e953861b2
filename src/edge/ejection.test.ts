// Load balancers at the edge: targets that fail are put aside, and requests are sent again where that is safe.

import { expect, test } from "vitest";
import {
  bad,
  type BalancerGiven,
  get,
  good,
  healthy,
  here,
  placeOf,
  responseOf,
} from "./testing-balancing.ts";
import { type MemoryServer, type FarEnd, serverOf } from "./testing.ts";

const ejecting: BalancerGiven = { count: 2, balancing: { ejectAfterFailures: 3, ejectMs: 1000 } };

test("a target that answers 502, 503 or 504 in a row is put aside, tried with one request, and aside for twice as long", () => {
  const { network, ask, targetOf, engine } = healthy(ejecting);
  let status = "503 Service Unavailable";
  network.servers.set(
    placeOf("a"),
    serverOf(() => responseOf("a", status)),
  );
  expect(Array.from({ length: 6 }, () => ask()).join("")).toBe("ababab");
  expect(targetOf("a").target.state()).toEqual({
    id: "a",
    state: "unhealthy",
    reason: "Instance.FailedHealthChecks",
    detail: "put aside for 1 s: requests failed in a row",
    underWay: 0,
  });
  expect(Array.from({ length: 4 }, () => ask()).join("")).toBe("bbbb");
  const waits = [1000];
  for (let i = 0; i < 6; i++) {
    network.advance((waits.at(-1) ?? 0) - 1);
    expect(ask()).toBe("b");
    network.advance(1);
    expect(Array.from({ length: 3 }, () => ask()).join("")).toBe("abb");
    waits.push(targetOf("a").target.ejection.lastMs);
  }
  expect(waits).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000, 10_000]);
  status = "200 OK";
  network.advance(10_000);
  expect(
    Array.from({ length: 5 }, () => ask())
      .sort()
      .join(""),
  ).toBe("aaabb");
  expect(engine.readCounters()).toMatchObject({ "target-ejections": 7 });
});

test("a target whose time aside is over is told of as its probes find it, though nobody came to try it", () => {
  const { network, ask, targetOf } = healthy(ejecting);
  network.servers.set(
    placeOf("a"),
    serverOf(() => responseOf("a", "503 Service Unavailable")),
  );
  for (let i = 0; i < 6; i++) ask();
  const { balancer, target } = targetOf("a");
  const probeNow = (): void => balancer.probed(target, good, network.now.monotonic);
  network.advance(999);
  probeNow();
  expect(target.state().state).toBe("unhealthy");
  network.advance(1);
  probeNow();
  expect(target.state()).toMatchObject({ id: "a", state: "healthy" });
  // It still has one request only, until that one is answered well.
  expect(Array.from({ length: 3 }, () => ask()).join("")).toBe("abb");
  expect(target.state()).toMatchObject({
    state: "unhealthy",
    detail: "put aside for 2 s: requests failed in a row",
  });
});

test("never the last healthy one", () => {
  const { network, ask, probe, targetOf } = healthy(ejecting);
  network.servers.set(
    placeOf("a"),
    serverOf(() => responseOf("a", "503 Service Unavailable")),
  );
  probe("b", bad, 2);
  expect(Array.from({ length: 9 }, () => ask()).join("")).toBe("aaaaaaaaa");
  expect(targetOf("a").target.state().state).toBe("healthy");
});

test("a success in between begins the count anew, and 500 is no failure", () => {
  const { network, ask, targetOf } = healthy(ejecting);
  let n = 0;
  network.servers.set(
    placeOf("a"),
    serverOf(() => responseOf("a", ++n % 3 === 0 ? "500 Internal Server Error" : "502 Bad Gateway")),
  );
  for (let i = 0; i < 20; i++) ask();
  expect(targetOf("a").target.state().state).toBe("healthy");
});

test("a trial whose visitor goes away is made again", () => {
  const { network, ask, targetOf } = healthy(ejecting);
  network.servers.set(
    placeOf("a"),
    serverOf(() => responseOf("a", "503 Service Unavailable")),
  );
  for (let i = 0; i < 6; i++) ask();
  network.servers.set(placeOf("a"), {});
  network.advance(5000);
  const gone = network.accept(here);
  gone.send(get);
  expect(targetOf("a").target.ejection.state).toBe("tried");
  gone.reset();
  expect(targetOf("a").target.ejection.state).toBe("trial");
});

test("a connection that cannot be opened leads to the next target, whatever the request, and counts as a failure", () => {
  const { network, ask, targetOf } = healthy({ count: 3, balancing: { ejectAfterFailures: 2 } });
  network.servers.delete(placeOf("a"));
  const post = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi";
  expect(Array.from({ length: 6 }, () => ask(post)).join("")).toBe("bcbcbc");
  expect(targetOf("a").target.state().state).toBe("unhealthy");
});

test("where no target can be reached, one answer says so after each was tried once", () => {
  const { network, ask } = healthy({ count: 3 });
  network.servers.clear();
  expect(ask()).toBe(
    'No answer from resource "front" at 127.53.9.3:8080: it refuses connections, so nothing may be running there.\n',
  );
  expect(network.outgoing).toHaveLength(3);
});

/** A target that closes each connection when a request arrives. */
const breaking = { received: (peer: FarEnd): void => peer.reset() };

test.each([
  ["GET", get, "b"],
  ["PUT without content", "PUT / HTTP/1.1\r\nHost: x\r\n\r\n", "b"],
  [
    "POST",
    "POST / HTTP/1.1\r\nHost: x\r\n\r\n",
    'No answer from resource "front" at 127.53.9.1:8080: it broke the connection off.\n',
  ],
  [
    "PUT with content",
    "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx",
    'No answer from resource "front" at 127.53.9.1:8080: it broke the connection off.\n',
  ],
])("%s that was sent and got no octet of an answer", (_, request, expected) => {
  const { network, ask } = healthy();
  network.servers.set(placeOf("a"), breaking);
  expect(ask(request)).toBe(expected);
});

test("a request is sent to one other target and to no third", () => {
  const { network, ask } = healthy({ count: 3 });
  for (const id of "abc") network.servers.set(placeOf(id), breaking);
  expect(ask()).toContain('No answer from resource "front" at 127.53.9.2:8080');
  expect(network.outgoing).toHaveLength(2);
});

const everlasting = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(100);
const large = `HTTP/1.1 200 OK\r\n${`X-Fill: ${"x".repeat(8000)}\r\n`.repeat(20)}\r\n`;

test.each<[string, MemoryServer | undefined, number]>([
  ["never takes the connection", undefined, 200],
  ["never answers", {}, 504],
  ["sends half a head and stays", serverOf(() => "HTTP/1.1 200 O"), 504],
  ["closes after half", { received: (peer) => (peer.send("HTTP/1.1 2"), peer.end()) }, 502],
  ["sends interim responses for ever", serverOf(() => everlasting), 502],
  ["sends a head without end", serverOf(() => large), 502],
  ["speaks no HTTP", serverOf(() => "220 mail ESMTP\r\n"), 502],
  ["answers 504", serverOf(() => responseOf("", "504 Gateway Timeout")), 504],
])(
  "a target that %s is answered for in bounded time, and put aside after three of these",
  (_, server, status) => {
    const { network, ask, targetOf } = healthy({ balancing: { ejectAfterFailures: 3, ejectMs: 600_000 } });
    network.servers.set(placeOf("a"), server);
    for (let i = 0; i < 3; i++) {
      const client = network.accept(here);
      client.send(get);
      network.advance(60_100);
      const final = client.text.replaceAll(/HTTP\/1.1 103 Early Hints\r\n\r\n/g, "");
      expect(final).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      if (i < 2) ask();
    }
    expect(targetOf("a").target.ejection.state).toBe("aside");
    expect(targetOf("a").target.underWay).toBe(0);
    expect(ask()).toBe("b");
  },
);

test("nothing is sent again once an octet of a response is there", () => {
  const { network, ask } = healthy();
  network.servers.set(placeOf("a"), {
    received(peer) {
      peer.send("HTTP/1.1 1");
      peer.end();
    },
  });
  expect(ask()).toContain("it closed the connection before its response was whole");
  const { network: cut } = healthy();
  cut.servers.set(placeOf("a"), {
    received(peer) {
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
      peer.end();
    },
  });
  const client = cut.accept(here);
  client.send(get);
  expect(client.text.endsWith("half")).toBe(true);
  expect(client.wasDestroyed).toBe(true);
  expect(cut.outgoing).toHaveLength(1);
});

test("retries do not multiply an outage: no more than one a request, and a fifth of all in the long run", () => {
  const { network, ask, engine } = healthy({ count: 3 });
  for (const id of "abc") network.servers.set(placeOf(id), breaking);
  for (let i = 0; i < 1000; i++) ask();
  expect(network.outgoing.length).toBeLessThanOrEqual(1000 + 200 + 50);
  expect(network.outgoing.length).toBeGreaterThan(1200);
  expect(engine.readCounters()["retries-refused"]).toBeGreaterThan(700);
});
