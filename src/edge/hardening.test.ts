// Clients that take and do not give: connections without number, heads and content that drip, readers that do not read, floods of fields, lines,
// chunks and interim responses. What the relay holds stays within its bounds, others are served meanwhile, and nothing is left afterwards.

import { expect, test } from "vitest";
import { instanceResource } from "#contract";
import { EdgeEngine, type EdgeOptions } from "./edge-engine.ts";
import { MemoryNetwork, type MemoryServer, type FarEnd } from "./testing.ts";

const target = "127.53.9.1:8080";
const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const post = "POST / HTTP/1.1\r\nHost: a\r\n";
const silent: MemoryServer = {};
const obliging: MemoryServer = { received: (peer) => peer.send(ok) };

function edge(
  server: MemoryServer | undefined,
  options: EdgeOptions = {},
): MemoryNetwork & { edge: EdgeEngine; count(name: string): number; visit(from?: string): FarEnd } {
  const engine = new EdgeEngine(options);
  const network = new MemoryNetwork(engine);
  engine.setRoutes([
    instanceResource({
      id: "r1",
      name: "web",
      addresses: ["127.53.8.1"],
      listen: [{ address: "127.53.9.1", port: 8080 }],
    }),
  ]);
  network.servers.set(target, server);
  return Object.assign(network, {
    edge: engine,
    count: (name: string) => engine.readCounters()[name] ?? 0,
    visit: (from = "192.0.2.1:5000") => network.accept("127.53.8.1:8080", from),
  });
}

test("RFC 9112 section 9.4: one connection more ends the oldest idle one, and is told 503 where none is", () => {
  const network = edge(silent, { limits: { clientConnections: 2 } });
  const first = network.visit();
  const second = network.visit("192.0.2.2:1");
  const third = network.visit("192.0.2.3:1");
  expect([first.hasEnd, second.hasEnd, third.hasEnd]).toEqual([true, false, false]);
  first.end();
  second.send(get);
  third.send(get);
  const fourth = network.visit("192.0.2.4:1");
  expect(fourth.text).toMatch(/^HTTP\/1.1 503 /);
  expect([second.hasEnd, third.hasEnd, fourth.hasEnd]).toEqual([false, false, true]);
  // Past an eighth more, nobody is told; and who was told makes room once there was time to read it.
  const fifth = network.visit("192.0.2.5:1");
  expect([fifth.text, fifth.isGone]).toEqual(["", true]);
  network.advance(2000);
  const sixth = network.visit("192.0.2.6:1");
  expect([fourth.isGone, sixth.text, sixth.hasEnd]).toEqual([true, "", false]);
  expect(network.count("connections-spared")).toBe(2);
  expect(network.count("connections-refused")).toBe(2);
});

test("ten thousand connections that never say anything leave the door open", () => {
  const network = edge(obliging, { limits: { clientConnections: 500 } });
  for (let i = 0; i < 10_000; i++) network.visit(`192.0.2.${i % 250}:${1000 + i}`);
  expect(network.count("connections-open")).toBeLessThanOrEqual(500 * 1.125 + 1);
  const visitor = network.visit("198.51.100.1:1");
  visitor.send(get);
  expect(visitor.text).toContain("hi");
});

test.each([
  ["an IPv4 address have a bound of their own", (i: number) => `192.0.2.1:${1000 + i}`, "192.0.2.2:1", true],
  [
    "an IPv6 /64 have a bound of their own",
    (i: number) => `[2001:db8::${i + 1}]:1000`,
    "[2001:db8:0:1::1]:1",
    true,
  ],
  ["loopback have none but the one of all", (i: number) => `127.0.0.1:${1000 + i}`, "192.0.2.1:1", false],
  [
    "a trusted peer have none but the one of all",
    (i: number) => `203.0.113.1:${1000 + i}`,
    "192.0.2.1:1",
    false,
  ],
])("RFC 9112 section 9.4: connections of %s", (_, from, other, isBound) => {
  const network = edge(silent, {
    limits: { connectionsPerClient: 8 },
    trustsPeer: ({ address }) => address[12] === 203,
  });
  const peers = Array.from({ length: 12 }, (_, i) => network.visit(from(i)));
  const told = peers.map((peer) =>
    peer.text === "" ? (peer.isGone ? "dropped" : "in") : peer.text.slice(9, 12),
  );
  const refused = ["503", "dropped", "dropped", "dropped"];
  expect(told).toEqual([
    ...Array<string>(8).fill("in"),
    ...(isBound ? refused : Array<string>(4).fill("in")),
  ]);
  expect(network.visit(other).text).toBe("");
  for (const peer of peers) peer.reset();
  expect(network.visit(from(1)).text).toBe("");
});

test("heads that are not finished have a bound together: the largest are ended, and others are served", () => {
  const heldOctets = 4 * 1024 * 1024;
  const network = edge(obliging, { limits: { heldOctets } });
  const started = `${post}${`X: ${"a".repeat(15_000)}\r\n`.repeat(4)}`;
  let most = 0;
  const slow: FarEnd[] = [];
  for (let i = 0; i < 400; i++) {
    const peer = network.visit(`192.0.2.${i % 250}:${1000 + i}`);
    slow.push(peer);
    for (let at = 0; at < started.length; at += 20_000) peer.send(started.slice(at, at + 20_000));
    most = Math.max(most, network.count("octets-held"));
  }
  expect(most).toBeLessThanOrEqual(heldOctets);
  expect(network.count("connections-shed")).toBeGreaterThan(300);
  expect(slow.filter((peer) => peer.text.startsWith("HTTP/1.1 503 "))).toHaveLength(
    network.count("connections-shed"),
  );
  const visitor = network.visit("198.51.100.1:1");
  visitor.send(get);
  expect(visitor.text).toContain("hi");
  for (const peer of slow) peer.reset();
  expect(network.count("octets-held")).toBeLessThan(4096);
});

test("readers that do not read have a bound together, and what is dropped is never half an answer", () => {
  const heldOctets = 2 * 1024 * 1024;
  const piece = "x".repeat(60_000);
  const network = edge(
    { received: (peer) => peer.send(`HTTP/1.1 200 OK\r\nContent-Length: 600000\r\n\r\n${piece}`) },
    { limits: { heldOctets } },
  );
  const peers = Array.from({ length: 200 }, (_, i) => {
    const peer = network.visit(`192.0.2.${i}:1`);
    peer.capacity = 1000;
    peer.send(get);
    return peer;
  });
  expect(network.count("octets-held")).toBeLessThanOrEqual(heldOctets);
  expect(peers.filter((peer) => peer.wasDestroyed).length).toBe(network.count("connections-shed"));
  expect(peers.filter((peer) => peer.hasEnd)).toHaveLength(0);
});

test("RFC 9110 section 15.5.9: a reader that stalls is dropped, one that reads on in time is not", () => {
  const network = edge({ received: (peer) => peer.send(`HTTP/1.1 200 OK\r\n\r\n${"x".repeat(50_000)}`) });
  const stalled = network.visit();
  const slow = network.visit();
  for (const peer of [stalled, slow]) {
    peer.capacity = 1000;
    peer.send(get);
  }
  for (let i = 0; i < 5; i++) {
    network.advance(59_000);
    slow.read();
    network.outgoing[1]?.send("y".repeat(50_000));
  }
  expect([stalled.wasDestroyed, slow.isGone]).toEqual([true, false]);
});

test("RFC 9110 section 15.5.9: content that drips ends with 408, content at a steady pace does not", () => {
  const network = edge(silent);
  const drip = network.visit();
  const steady = network.visit();
  for (const peer of [drip, steady]) peer.send(`${post}Content-Length: 1000000\r\n\r\n`);
  for (let second = 0; second < 300; second++) {
    network.advance(1000);
    if (!drip.hasEnd) drip.send("a");
    steady.send("a".repeat(600));
    if (second === 28) expect(drip.text).toBe("");
  }
  expect(drip.text).toMatch(/^HTTP\/1.1 408 /);
  expect([steady.text, steady.isGone]).toEqual(["", false]);
});

test("RFC 9112 section 7.1: chunks of one octet that drip end with 408", () => {
  const network = edge(silent);
  const drip = network.visit();
  drip.send(`${post}Transfer-Encoding: chunked\r\n\r\n`);
  for (let second = 0; second < 40 && !drip.hasEnd; second++) {
    network.advance(1000);
    drip.send("1\r\na\r\n");
  }
  expect(drip.text).toMatch(/^HTTP\/1.1 408 /);
});

test("a client is not told that it is slow where the target takes nothing", () => {
  const network = edge(silent);
  const client = network.visit();
  client.send(`${post}Content-Length: 1000000\r\n\r\n`);
  const [peer] = network.outgoing;
  if (!peer) throw new Error("no target");
  peer.capacity = 1000;
  client.send("a".repeat(50_000));
  network.advance(29_000);
  peer.read();
  network.advance(29_000);
  client.send("a".repeat(10));
  expect([client.text, client.isGone]).toEqual(["", false]);
});

test.each([
  ["by its length", `${post}Content-Length: 1001\r\n\r\n`],
  ["in chunks", `${post}Transfer-Encoding: chunked\r\n\r\n${`1F4\r\n${"a".repeat(500)}\r\n`.repeat(3)}`],
])("RFC 9110 section 15.5.14: refuses too much content, %s", (_, request) => {
  const network = edge(silent, { limits: { contentOctets: 1000 } });
  const client = network.visit();
  client.send(request);
  expect(client.text).toMatch(/^HTTP\/1.1 413 Content Too Large\r\n/);
  expect(client.text).toContain("Connection: close\r\n");
  expect(network.outgoing.every((peer) => peer.isGone)).toBe(true);
});

test.each([
  ["empty lines before a request", "\r\n".repeat(100_000), 414],
  ["chunk extensions", `${post}Transfer-Encoding: chunked\r\n\r\n1;${"a".repeat(100_000)}`, 400],
  ["a trailer section", `${post}Transfer-Encoding: chunked\r\n\r\n0\r\n${"A: b\r\n".repeat(20_000)}`, 431],
  ["fields", `${post}${"A: b\r\n".repeat(20_000)}`, 431],
  ["a field name", `${post}${"A".repeat(100_000)}`, 431],
  [
    "options of Connection",
    `${get.slice(0, -2)}${`Connection: ${"a,".repeat(1000)}\r\n`.repeat(50)}\r\n`,
    431,
  ],
])("RFC 9112 section 2.2: %s without end are refused after little of them", (_, flood, status) => {
  const network = edge(silent);
  const client = network.visit();
  for (let at = 0; at < flood.length && !client.hasEnd; at += 1000) client.send(flood.slice(at, at + 1000));
  expect(client.text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(network.count("octets-from-clients")).toBeLessThan(70_000);
  client.end();
  expect(network.count("octets-held")).toBe(0);
});

test.each([
  ["interim responses", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(5000)],
  ["fields", `HTTP/1.1 200 OK\r\n${"A: b\r\n".repeat(20_000)}`],
  ["a reason phrase", `HTTP/1.1 200 ${"a".repeat(100_000)}`],
])("RFC 9110 section 15.6.3: %s without end of a target are a 502", (_, flood) => {
  const network = edge(silent);
  const client = network.visit();
  client.send(get);
  const [peer] = network.outgoing;
  for (let at = 0; at < flood.length && !peer?.isGone; at += 1000) peer?.send(flood.slice(at, at + 1000));
  expect(client.text.replace(/^(HTTP\/1.1 103 [^]*?\r\n\r\n)*/, "")).toMatch(/^HTTP\/1.1 502 /);
  expect(peer?.wasDestroyed).toBe(true);
  client.reset();
  expect(network.count("octets-held")).toBe(0);
});

test.each([
  ["chunk extensions", `1;${"a".repeat(100_000)}`],
  ["a trailer section", `0\r\n${"A: b\r\n".repeat(20_000)}`],
])("RFC 9112 section 7.1: %s without end of a target break the response off", (_, flood) => {
  const network = edge(silent);
  const client = network.visit();
  client.send(get);
  const [peer] = network.outgoing;
  peer?.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (let at = 0; at < flood.length && !peer?.isGone; at += 1000) peer?.send(flood.slice(at, at + 1000));
  expect([peer?.wasDestroyed, client.wasDestroyed, client.hasEnd]).toEqual([true, true, false]);
});

test("RFC 9112 section 9.3.2: a flood of pipelined requests is read no faster than it is answered", () => {
  const network = edge(silent);
  const client = network.visit();
  for (let i = 0; i < 500; i++) client.send(get.repeat(50));
  expect(network.outgoing).toHaveLength(1);
  expect(client.isPaused).toBe(true);
  expect(network.count("octets-held")).toBeLessThan(400_000);
});

test("what a large head and a trailer section took is given back with the next request", () => {
  const network = edge(obliging);
  const client = network.visit();
  client.send(`${get.slice(0, -2)}${`X: ${"a".repeat(15_000)}\r\n`.repeat(4)}\r\n`);
  client.send(`${post}Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\n`);
  expect(client.text.match(/ 200 OK/g)).toHaveLength(2);
  expect(network.count("octets-held")).toBeLessThan(4096);
});
