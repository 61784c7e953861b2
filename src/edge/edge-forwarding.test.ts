// What the edge does to the heads of requests on their way, and which requests it answers itself (RFC 9110 section 7, RFC 9112 section 3.2,
// RFC 7239).

import { expect, test } from "vitest";
import { edge, target } from "./testing-edge.ts";

test.each([
  ["Connection names fields", "Connection: close, X-A\r\nX-A: 1\r\nX-B: 2", "\r\nX-B: 2\r\n", "X-A"],
  [
    "Connection names Host and Content-Length",
    "Connection: Host, Content-Length",
    "Host: shop.test\r\n",
    "Connection",
  ],
  [
    "hop-by-hop fields",
    "Keep-Alive: 5\r\nProxy-Connection: x\r\nTE: gzip\r\nX-B: 2",
    "X-B: 2",
    "Keep-Alive|Proxy-Connection|TE:",
  ],
  [
    "fields a stranger forges",
    "X-Forwarded-For: 1.2.3.4\r\nForwarded: for=x\r\nX-Forwarded-Proto: https",
    "X-Forwarded-Proto: http\r\n",
    "1\\.2\\.3|for=x",
  ],
])("relays a request whose %s", (_, lines, expected, absent) => {
  const network = edge();
  network.servers.set(target, {});
  network.accept().send(`GET / HTTP/1.1\r\nHost: shop.test\r\n${lines}\r\n\r\n`);
  expect(network.outgoing[0]?.text).toContain(expected);
  expect(network.outgoing[0]?.text).not.toMatch(new RegExp(absent));
});

test("RFC 7239 section 4: adds to what a trusted peer forwarded", () => {
  const network = edge(undefined, { trustsPeer: () => true });
  network.servers.set(target, {});
  const client = network.accept("127.53.8.1:8080", "[2001:db8::7]:5000");
  client.send(
    "GET / HTTP/1.1\r\nHost: shop.test\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\nForwarded: for=192.0.2.1\r\n\r\n",
  );
  const text = network.outgoing[0]?.text ?? "";
  expect(text).toContain("X-Forwarded-For: 192.0.2.1, 2001:db8::7\r\n");
  expect(text).toContain("Forwarded: for=192.0.2.1\r\nX-Forwarded-Proto: https\r\n".split("\r\n")[0] ?? "");
  expect(text).toContain('Forwarded: for="[2001:db8::7]";host="shop.test";proto=http\r\n');
  expect(text.match(/X-Forwarded-Proto/g)).toHaveLength(1);
});

test.each([
  [
    "absolute-form",
    "GET http://shop.test/x?y HTTP/1.1\r\nHost: shop.test:80\r\n\r\n",
    "GET /x?y HTTP/1.1\r\n",
  ],
  [
    "absolute-form without a path",
    "GET http://shop.test?y HTTP/1.1\r\nHost: shop.test\r\n\r\n",
    "GET /?y HTTP/1.1\r\n",
  ],
  [
    "absolute-form for OPTIONS",
    "OPTIONS http://shop.test HTTP/1.1\r\nHost: shop.test\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\n",
  ],
  [
    "asterisk-form",
    "OPTIONS * HTTP/1.1\r\nHost: shop.test\r\nMax-Forwards: 3\r\n\r\n",
    "Max-Forwards: 2\r\n",
  ],
  [
    "one expectation where there are several",
    "GET / HTTP/1.1\r\nHost: shop.test\r\nExpect: 100-continue\r\nExpect: 100-Continue\r\n\r\n",
    "Host: shop.test\r\nExpect: 100-continue\r\nX-Forwarded-For",
  ],
  [
    "values with one space before them and none after (RFC 9112 section 5.1)",
    "GET / HTTP/1.1\r\nHost:\tshop.test \t\r\nA:b\r\nC: \t d\t\r\nE: \r\n\r\n",
    "Host: shop.test\r\nA:b\r\nC: d\r\nE: \r\n",
  ],
  [
    "a length without zeros in front (RFC 9110 section 8.6)",
    "POST / HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 007\r\n\r\n",
    "POST / HTTP/1.1\r\nContent-Length: 7\r\nHost: shop.test\r\n",
  ],
  ["an unknown method", "MKCOL /x HTTP/1.1\r\nHost: shop.test\r\n\r\n", "MKCOL /x HTTP/1.1\r\n"],
  ["empty lines before it", "\r\n\r\nGET / HTTP/1.1\r\nHost: shop.test\r\n\r\n", "GET / HTTP/1.1\r\nHost"],
])("RFC 9112 section 3.2: passes on %s", (_, request, expected) => {
  const network = edge();
  network.servers.set(target, {});
  network.accept().send(request);
  expect(network.outgoing[0]?.text).toContain(expected);
});

test.each([
  ["CONNECT shop.test:80 HTTP/1.1\r\nHost: shop.test:80\r\n\r\n", 405],
  ["TRACE / HTTP/1.1\r\nHost: shop.test\r\n\r\n", 405],
  ["GET / HTTP/1.1\r\nHost: shop.test\r\nExpect: a-miracle\r\n\r\n", 417],
  [
    "GET / HTTP/1.1\r\nHost: shop.test\r\nExpect: 100-continue\r\nExpect: 100-continue, a-miracle\r\n\r\n",
    417,
  ],
  ["GET https://shop.test/ HTTP/1.1\r\nHost: shop.test\r\n\r\n", 421],
  ["PRI / HTTP/1.1\r\nHost: shop.test\r\n\r\n", 501],
  ["OPTIONS * HTTP/1.1\r\nHost: shop.test\r\nMax-Forwards: 0\r\n\r\n", 204],
  ["POST / HTTP/1.1\r\nHost: shop.test\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501],
  [`GET / HTTP/1.1\r\nHost: shop.test\r\nVia: ${"1.1 fairlead-edge, ".repeat(4)}\r\n\r\n`, 508],
])("RFC 9110 sections 7.4, 7.6, 9.3 and 10.1: answers itself: %j", (request, status) => {
  const network = edge();
  const client = network.accept();
  client.send(request);
  expect(client.text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(network.outgoing).toHaveLength(0);
});
