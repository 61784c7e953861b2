import type { TraceStep } from "#contract";
import { expect, test } from "vitest";
import { date, edge, get, host, ok, okRelayed, target, web } from "./testing-edge.ts";
import { serverOf } from "./testing.ts";

test("relays a request and its response with the fields of RFC 9110 section 7.6 and RFC 7239", () => {
  const network = edge(() => ok);
  const client = network.accept();
  client.send(get);
  expect(network.outgoing[0]?.text).toBe(
    "GET /a?b=c HTTP/1.1\r\nHost: shop.test\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Port: 80\r\n" +
      'X-Forwarded-Host: shop.test\r\nForwarded: for=127.0.0.1;host="shop.test";proto=http\r\nVia: 1.1 fairlead-edge\r\n\r\n',
  );
  expect(client.text).toBe(okRelayed);
});

test("X-Forwarded-Port is the port that the visitor named, the scheme's own where none is", () => {
  const network = edge(() => ok);
  const client = network.accept();
  client.send("GET / HTTP/1.1\r\nHost: shop.test:8080\r\n\r\nGET / HTTP/1.1\r\nHost: shop.test\r\n\r\n");
  const ports = [...(network.outgoing[0]?.text ?? "").matchAll(/X-Forwarded-Port: (\d+)/g)];
  expect(ports.map(([, port]) => port)).toEqual(["8080", "80"]);
});

test.each([
  ["another host on an address of the resource's own", "127.53.8.1:8080", "other.example.org", 200],
  ["an assigned host on a shared address", "[::1]:8080", "Shop.Test.:8080", 200],
  ["an unknown host on a shared address", "[::1]:8080", "other.test", 404],
])("routes %s", (_, to, name, status) => {
  const network = edge(() => ok);
  const client = network.accept(to);
  client.send(`GET / HTTP/1.1\r\nHost: ${name}\r\n\r\n`);
  expect(client.text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
});

test("says what is served how where no resource is found, and names to loopback visitors only", () => {
  const network = edge();
  const near = network.accept("[::1]:8080", "[::1]:5000");
  near.send("GET / HTTP/1.1\r\nHost: other.test\r\n\r\n");
  expect(near.text).toContain('No resource is served for "other.test" at ::1.');
  expect(near.text).toContain("Assigned names: shop.test.");
  const far = network.accept("[::1]:8080", "203.0.113.9:5000");
  far.send("GET / HTTP/1.1\r\nHost: other.test\r\n\r\n");
  expect(far.text).not.toContain("shop.test");
});

test.each([
  ["refused", 502, "it refuses connections, so nothing may be running there"],
  ["silent", 504, "it did not answer in time"],
])("answers for a target that is %s", (how, status, sentence) => {
  const network = edge();
  if (how === "silent") network.servers.set(target, undefined);
  const client = network.accept();
  client.send(get);
  network.advance(5100);
  expect(client.text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(client.text).toContain(`No answer from resource "web" at 127.53.9.1:8080: ${sentence}.`);
  expect(network.outgoing[0]?.isGone).toBe(true);
});

test("answers 503 while a resource has no target", () => {
  const network = edge();
  network.edge.setRoutes([{ ...web, targets: [] }, host]);
  const client = network.accept();
  client.send(get);
  expect(client.text).toMatch(/^HTTP\/1.1 503 Service Unavailable\r\n/);
  expect(client.text).toContain('Nothing serves resource "web" at the moment');
});

test("goes on to the next target where one refuses, and takes turns", () => {
  const network = edge();
  const second = { id: "r2", name: "web-2", address: "127.53.9.2", port: 8080, drains: false };
  network.edge.setRoutes([{ ...web, targets: [...web.targets, second] }, host]);
  network.servers.set(
    "127.53.9.2:8080",
    serverOf(() => ok),
  );
  const client = network.accept();
  client.send(get + get);
  expect(client.text).toBe(okRelayed + okRelayed);
});

test("RFC 9112 section 9.3: keeps connections on both sides, and drops an idle one that its target ended or spoke on", () => {
  const network = edge(() => ok);
  const client = network.accept();
  client.send(get);
  client.send(get);
  expect(client.text).toBe(okRelayed + okRelayed);
  expect(network.outgoing).toHaveLength(1);
  network.outgoing[0]?.end();
  client.send(get);
  expect(network.outgoing).toHaveLength(2);
  network.outgoing[1]?.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
  client.send(get);
  expect(network.outgoing).toHaveLength(3);
  expect(client.text).toBe(okRelayed.repeat(4));
  expect(network.edge.readCounters()).toMatchObject({
    requests: 4,
    "target-connections": 3,
    "target-connections-reused": 1,
  });
});

test("RFC 9112 section 9.5: gives up an idle connection to a target after its time, and needs no timer when all is quiet", () => {
  const network = edge(() => ok);
  const client = network.accept();
  client.send(get);
  network.advance(4100);
  expect(network.outgoing[0]?.wasDestroyed).toBe(true);
  client.end();
  expect(client.isGone).toBe(true);
  expect(network.timers.size).toBe(0);
});

test("RFC 9112 section 9.3.2: answers 1,000 pipelined requests in order", () => {
  const network = edge((request) => {
    const path = /^GET (\S+)/.exec(request)?.[1] ?? "";
    return `HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\nDate: x\r\n\r\n${path}`;
  });
  const client = network.accept();
  const paths = Array.from({ length: 1000 }, (_, i) => `/${i}`);
  client.send(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: shop.test\r\n\r\n`).join(""));
  expect(client.text).toBe(
    paths
      .map((path) => `HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\nDate: x\r\n\r\n${path}`)
      .join(""),
  );
  expect(network.outgoing).toHaveLength(1);
});

test("RFC 9112 section 9.6: answers pipelined requests of a client that has ended its side", () => {
  const network = edge(() => ok);
  const client = network.accept("[::1]:8080");
  client.queue.push(new TextEncoder().encode(`GET / HTTP/1.1\r\nHost: no.test\r\n\r\n${get}${get}`));
  client.end();
  expect(client.text).toMatch(/^HTTP\/1.1 404 /);
  expect(client.text.endsWith(okRelayed + okRelayed)).toBe(true);
  expect(client.isGone).toBe(true);
});

test("RFC 9110 section 9.2.2: retries an idempotent request once where a reused connection dies before any octet of the response", () => {
  let served = 0;
  const network = edge();
  network.servers.set(target, {
    received(peer) {
      if (++served === 2) peer.reset();
      else peer.send(ok);
    },
  });
  const client = network.accept();
  client.send(get);
  client.send(get);
  expect(client.text).toBe(okRelayed + okRelayed);
  expect(network.edge.readCounters()["retries"]).toBe(1);
});

test.each([
  ["POST", "HTTP/1.1\r\nHost: shop.test\r\n\r\n"],
  ["PUT", "HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 1\r\n\r\nx"],
])("does not retry %s", (method, rest) => {
  let served = 0;
  const network = edge();
  network.servers.set(target, {
    received(peer) {
      if (++served === 2) peer.reset();
      else if (served === 1) peer.send(ok);
    },
  });
  const client = network.accept();
  client.send(get);
  client.send(`${method} / ${rest}`);
  expect(client.text.slice(okRelayed.length)).toMatch(/^HTTP\/1.1 502 /);
});

test("RFC 9110 section 9.2.2: does not retry once an octet of the response was there", () => {
  let served = 0;
  const network = edge(() => (++served === 1 ? ok : "HTTP/1.1 2"));
  const client = network.accept();
  client.send(get + get);
  network.outgoing[0]?.reset();
  expect(client.text.slice(okRelayed.length)).toMatch(/^HTTP\/1.1 502 /);
  expect(served).toBe(2);
});

test("RFC 9112 section 9.2: takes nothing that follows a whole response for the answer to the next request", () => {
  let served = 0;
  const network = edge(() => (++served === 1 ? `${ok}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil` : ok));
  const client = network.accept();
  client.send(get + get);
  expect(client.text).toBe(okRelayed + okRelayed);
  expect(network.outgoing[0]?.wasDestroyed).toBe(true);
});

test("RFC 9112 sections 7.1 and 7.1.2: passes content of both sides on as it comes, with trailers, and drops chunk extensions", () => {
  const network = edge();
  network.servers.set(target, {});
  const client = network.accept();
  client.send(
    "POST / HTTP/1.1\r\nHost: shop.test\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0;x\r\n",
  );
  const upstream = network.outgoing[0];
  expect(upstream?.text).toContain("Transfer-Encoding: chunked\r\nConnection: te\r\nTE: trailers\r\n");
  expect(upstream?.text.endsWith("\r\n\r\n3\r\nabc\r\n0\r\n")).toBe(true);
  client.send("Checksum: 1\r\nContent-Length: 5\r\n\r\n");
  expect(upstream?.text.endsWith("0\r\nChecksum: 1\r\n\r\n")).toBe(true);
  upstream?.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;q="a\\""\r\nhel');
  upstream?.send("lo\r\n0\r\nA: b\r\nHost: evil\r\n\r\n");
  expect(client.text).toBe(
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n${date}\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n`,
  );
});

test("RFC 9110 section 15.2: relays interim responses, and none to HTTP/1.0", () => {
  const interim =
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nConnection: x\r\n\r\n";
  const network = edge(() => interim + ok);
  const client = network.accept();
  client.send(get);
  expect(client.text).toBe(
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n${okRelayed}`,
  );
  const old = network.accept();
  old.send("GET / HTTP/1.0\r\nHost: shop.test\r\nExpect: 100-continue\r\n\r\n");
  expect(old.text).toBe(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n${date}\r\nhi`);
  expect(network.outgoing.at(-1)?.text).not.toContain("Expect");
});

test("RFC 9110 section 10.1.1: waits with the content as the client does for 100 Continue", () => {
  const network = edge((request) =>
    request.includes("Expect: 100-continue")
      ? "HTTP/1.1 100 Continue\r\n\r\n"
      : request === "hello"
        ? ok
        : undefined,
  );
  const client = network.accept();
  client.send("POST / HTTP/1.1\r\nHost: shop.test\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  expect(client.text).toBe("HTTP/1.1 100 Continue\r\n\r\n");
  client.send("hello");
  expect(client.text).toBe(`HTTP/1.1 100 Continue\r\n\r\n${okRelayed}`);
});

test.each([
  ["HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"],
  [
    "HEAD",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n",
  ],
  ["HEAD", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\n"],
  ["GET", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 204 No Content\r\n"],
  [
    "GET",
    "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
    "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n",
  ],
])("keeps the connection after %s with %j", (method, response, relayed) => {
  const network = edge(() => response);
  const client = network.accept();
  client.send(`${method} / HTTP/1.1\r\nHost: shop.test\r\n\r\n`.repeat(2));
  expect(client.text).toBe(`${relayed}${date}\r\n`.repeat(2));
  expect(network.outgoing).toHaveLength(1);
});

test("RFC 9112 section 6.3: ends the client's connection with a response that has no length, and drops it where the target broke off", () => {
  const network = edge();
  network.servers.set(target, {});
  const client = network.accept();
  client.send(get);
  network.outgoing[0]?.send("HTTP/1.0 200 OK\r\n\r\nsome");
  network.outgoing[0]?.send("thing");
  network.outgoing[0]?.end();
  expect(client.text).toBe(`HTTP/1.1 200 OK\r\nConnection: close\r\n${date}\r\nsomething`);
  expect([client.hasEnd, client.wasDestroyed]).toEqual([true, false]);
  const other = network.accept();
  other.send(get);
  network.outgoing[1]?.send("HTTP/1.1 200 OK\r\n\r\nsome");
  network.outgoing[1]?.reset();
  expect(other.wasDestroyed).toBe(true);
});

test.each([
  ["Content-Length: 9\r\n\r\nabc", "end"],
  ["Content-Length: 9\r\n\r\nabc", "reset"],
  ["Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "end"],
  ["Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n", ""],
])("drops the client where a response breaks off: %j %s", (rest, how) => {
  const network = edge();
  network.servers.set(target, {});
  const client = network.accept();
  client.send(get);
  network.outgoing[0]?.send(`HTTP/1.1 200 OK\r\n${rest}`);
  if (how === "end") network.outgoing[0]?.end();
  if (how === "reset") network.outgoing[0]?.reset();
  expect([client.wasDestroyed, client.hasEnd]).toEqual([true, false]);
  expect(network.edge.readCounters()["target-failures"]).toBe(1);
});

test("RFC 9112 section 7: unwraps chunks for HTTP/1.0 and says that the connection ends", () => {
  const network = edge(
    () => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: 1\r\n\r\n",
  );
  const client = network.accept();
  client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  expect(network.outgoing[0]?.text).toContain("Host: 127.53.8.1:8080\r\n");
  expect(client.text).toBe(`HTTP/1.1 200 OK\r\nConnection: close\r\n${date}\r\nabcde`);
  expect(client.hasEnd).toBe(true);
});

test("RFC 9112 section 9.3: keeps an HTTP/1.0 connection that asks for it", () => {
  const network = edge(() => ok);
  const client = network.accept();
  client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n".repeat(2));
  expect(client.text).toBe(
    `HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n${date}\r\nhi`.repeat(2),
  );
});

test("RFC 9112 section 9.6: passes an early response on while the request's content flows, then ends the connection without a reset", () => {
  const network = edge();
  network.servers.set(target, {});
  const client = network.accept();
  client.send("POST / HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 1000\r\n\r\nabc");
  network.outgoing[0]?.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nn");
  client.send("def");
  expect(network.outgoing[0]?.text.endsWith("abcdef")).toBe(true);
  network.outgoing[0]?.send("o");
  expect(client.text).toBe(
    `HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\nConnection: close\r\n${date}\r\nno`,
  );
  expect(network.outgoing[0]?.wasDestroyed).toBe(true);
  client.send("x".repeat(100));
  expect([client.hasEnd, client.wasDestroyed]).toEqual([true, false]);
  network.advance(30_100);
  expect(client.wasDestroyed).toBe(true);
});

test("RFC 9112 section 8: lets go of the target where the client vanishes midway", () => {
  const network = edge();
  network.servers.set(target, {});
  const client = network.accept();
  client.send("POST / HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 10\r\n\r\nabc");
  client.reset();
  expect(network.outgoing[0]?.wasDestroyed).toBe(true);
  const other = network.accept();
  other.send("POST / HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 10\r\n\r\nabc");
  other.end();
  expect(network.outgoing[1]?.wasDestroyed).toBe(true);
  expect(other.text).toMatch(/^HTTP\/1.1 400 /);
  expect(network.edge.readCounters()["connections-open"]).toBe(0);
});

test("RFC 9110 section 7.8: tunnels after 101, with what the client sent ahead, half-closed ends and no h2c", () => {
  const network = edge();
  network.servers.set(target, {});
  const client = network.accept();
  client.send(
    "GET /ws HTTP/1.1\r\nHost: shop.test\r\nConnection: Upgrade, x-hop\r\nUpgrade: websocket\r\nX-Hop: 1\r\n\r\nahead",
  );
  const upstream = network.outgoing[0];
  expect(upstream?.text).toContain("\r\nConnection: upgrade\r\nUpgrade: websocket\r\n");
  expect(upstream?.text).not.toMatch(/x-hop|ahead/i);
  upstream?.send(
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nfirst",
  );
  expect(client.text).toBe(
    "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nfirst",
  );
  expect(upstream?.text.endsWith("\r\n\r\nahead")).toBe(true);
  client.send("more");
  upstream?.send("second");
  expect([client.text.endsWith("firstsecond"), upstream?.text.endsWith("aheadmore")]).toEqual([true, true]);
  network.edge.setRoutes([]); // the table changes, the tunnel lives
  client.end();
  expect(upstream?.hasEnd).toBe(true);
  upstream?.send("last");
  upstream?.end();
  expect(client.text.endsWith("secondlast")).toBe(true);
  expect([client.isGone, upstream?.isGone]).toEqual([true, true]);

  network.edge.setRoutes([web]);
  const other = network.accept();
  other.send(
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n",
  );
  expect(network.outgoing[1]?.text).not.toMatch(/h2c|upgrade|settings/i);
  network.outgoing[1]?.send(
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
  );
  expect(other.text).toMatch(/^HTTP\/1.1 502 /);
});

test("RFC 9110 section 7.8: goes on with the next request where a target does not switch protocols", () => {
  const network = edge(() => ok);
  const client = network.accept();
  client.send(
    `GET /ws HTTP/1.1\r\nHost: shop.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n${get}`,
  );
  expect(client.text).toBe(okRelayed + okRelayed);
});

test("RFC 9112 section 7: backpressure: stops reading from a side while the other takes no more", () => {
  const network = edge();
  network.servers.set(target, {});
  const client = network.accept();
  client.send("POST / HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 300000\r\n\r\n");
  const upstream = network.outgoing[0];
  if (!upstream) throw new Error("no connection was opened");
  upstream.read();
  upstream.capacity = 1000;
  for (let i = 0; i < 10; i++) client.send("x".repeat(30_000));
  expect([client.isPaused, upstream.unread]).toEqual([true, 30_000]);
  for (let i = 0; i < 10; i++) upstream.read();
  expect([client.isPaused, upstream.text.length > 300_000]).toEqual([false, true]);
  client.capacity = 1000;
  upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n");
  for (let i = 0; i < 10; i++) upstream.send("y".repeat(30_000));
  expect([upstream.isPaused, client.unread < 70_000]).toEqual([true, true]);
  for (let i = 0; i < 12; i++) client.read();
  expect(client.text.endsWith("y".repeat(300_000))).toBe(true);
  expect(upstream.isPaused).toBe(false);
});

test("RFC 9112 section 9.3.2: takes no more pipelined requests than fit while their client does not read", () => {
  const network = edge();
  const client = network.accept("[::1]:8080");
  client.capacity = 1000;
  for (let i = 0; i < 100; i++) client.send("GET / HTTP/1.1\r\nHost: no.test\r\n\r\n".repeat(100));
  expect(client.isPaused).toBe(true);
  expect(client.unread).toBeLessThan(2000);
  for (let i = 0; i < 10_000 && client.isBlocked; i++) client.read();
  expect(client.text.match(/^HTTP\/1.1 404/gm)).toHaveLength(10_000);
});

test.each([
  [
    "a head that drips",
    "GET / HTTP/1.1\r\nHost: sho",
    20_100,
    408,
    "The request's head did not arrive in time.",
  ],
  [
    "content that stops",
    "POST / HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 5\r\n\r\nab",
    30_100,
    408,
    "The request's content did not arrive in time.",
  ],
  ["a target that is silent", get, 60_100, 504, "it did not answer in time"],
])("RFC 9110 section 15.5.9 and 15.6.5: ends %s", (_, request, ms, status, sentence) => {
  const network = edge();
  network.servers.set(target, {});
  const client = network.accept();
  client.send(request);
  network.advance(ms - 1000);
  if (!request.includes("\r\n\r\n")) client.send("p"); // a drop does not prolong it
  expect(client.text).toBe("");
  network.advance(1000);
  expect(client.text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(client.text).toContain(sentence);
  if (status === 408) expect(client.hasEnd).toBe(true);
});

test("RFC 9112 section 9.5: ends an idle connection without an answer", () => {
  const network = edge();
  const client = network.accept();
  network.advance(75_100);
  expect([client.text, client.hasEnd]).toEqual(["", true]);
});

test("swaps its table while a request is under way", () => {
  const network = edge();
  network.servers.set(target, {});
  const client = network.accept();
  client.send(get);
  network.edge.setRoutes([]);
  network.outgoing[0]?.send(ok);
  expect(client.text).toBe(okRelayed);
  client.send(get);
  expect(client.text.slice(okRelayed.length)).toMatch(/^HTTP\/1.1 404 /);
  expect(() => network.edge.setRoutes([{ ...web, addresses: ["127.0.0"] }])).toThrow(
    '"127.0.0" is no IPv4 or IPv6 address',
  );
});

test("drains: idle connections end, what is under way is finished, tunnels are dropped at the end", () => {
  const network = edge();
  network.servers.set(target, {});
  const idle = network.accept();
  const busy = network.accept();
  busy.send(get);
  const tunnel = network.accept();
  tunnel.send("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
  network.outgoing[1]?.send(
    "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
  );
  let isDone = false;
  network.edge.drain(2000, network.now, () => (isDone = true));
  network.run();
  expect([idle.hasEnd, busy.hasEnd]).toEqual([true, false]);
  idle.end();
  network.outgoing[0]?.send(ok);
  expect(busy.text).toContain("Connection: close\r\n");
  busy.end();
  expect(network.accept().text).toMatch(/^HTTP\/1.1 503 /);
  expect(isDone).toBe(false);
  network.advance(2000);
  expect([isDone, tunnel.wasDestroyed]).toEqual([true, true]);
});

test("reports a traced request of a near peer at its route and its resource, and passes the id on", () => {
  const steps: TraceStep[] = [];
  const network = edge(() => ok, { report: (step) => steps.push(step) });
  const traced = "GET /x HTTP/1.1\r\nHost: shop.test\r\nFairlead-Trace: 0123456789ABCDEF\r\n\r\n";
  network.accept().send(traced);
  network.accept("127.53.8.1:8080", "203.0.113.5:9000").send(traced);
  expect(network.outgoing[0]?.text).toContain("Fairlead-Trace: 0123456789ABCDEF\r\n");
  expect(steps).toEqual([
    {
      traceId: "0123456789abcdef",
      hop: "edge",
      reportedBy: "edge",
      at: 784_111_777_000,
      afterMs: 0,
      server: "127.53.8.1:8080",
      question: "GET http://shop.test/x",
      answer: ['resource "web" by its own address 127.53.8.1'],
      outcome: "routed",
      isFailure: false,
      route: { resourceName: "web", resourceType: "instance", by: "address", value: "127.53.8.1" },
    },
    {
      traceId: "0123456789abcdef",
      hop: "resource",
      reportedBy: "edge",
      at: 784_111_777_000,
      afterMs: 0,
      tookMs: 0,
      server: "127.53.9.1:8080",
      question: "GET http://shop.test/x",
      answer: ['resource "web": target "web" at 127.53.9.1:8080: the only one', "2 octets of content"],
      outcome: "200 OK",
      isFailure: false,
      http: {
        request: [],
        response: ["HTTP/1.1 200 OK", "Content-Length: 2"],
        contentOctets: 2,
        firstByteMs: 0,
      },
      target: {
        resourceName: "web",
        name: "web",
        address: "127.53.9.1:8080",
        state: "not checked",
        why: "the only one",
        isSticky: false,
        tries: [],
        others: [],
      },
    },
  ]);
});

test("reports a traced request that fails", () => {
  const steps: TraceStep[] = [];
  const network = edge(undefined, { report: (step) => steps.push(step) });
  network.accept().send("GET / HTTP/1.1\r\nHost: a.test\r\nFairlead-Trace: 0123456789abcdef\r\n\r\n");
  expect(steps.map(({ hop, outcome, isFailure }) => [hop, outcome, isFailure])).toEqual([
    ["edge", "routed", false],
    ["resource", "502 Bad Gateway", true],
  ]);
});
