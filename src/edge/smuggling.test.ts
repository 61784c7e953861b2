// What request smuggling, floods and cut-off input are made of, against the edge. None may reach a target as something else
// than what the edge read, and the octets that are relayed must not depend on how the input was cut.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { instanceResource } from "#contract";
import { EdgeEngine } from "./edge-engine.ts";
import { MemoryNetwork } from "./testing.ts";

const target = "127.53.9.1:8080";

function edge(): MemoryNetwork {
  const engine = new EdgeEngine();
  const network = new MemoryNetwork(engine);
  engine.setRoutes([
    instanceResource({
      id: "r1",
      name: "web",
      addresses: ["127.53.8.1"],
      listen: [{ address: "127.53.9.1", port: 8080 }],
    }),
  ]);
  return network;
}

const post = "POST / HTTP/1.1\r\nHost: a\r\n";
const chunked = `${post}Transfer-Encoding: chunked\r\n\r\n`;

test.each([
  [
    "RFC 9112 section 6.3",
    "Content-Length and Transfer-Encoding",
    `${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
  ],
  [
    "RFC 9112 section 6.3",
    "Transfer-Encoding and Content-Length",
    `${post}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`,
    400,
  ],
  [
    "RFC 9112 section 6.3",
    "differing lengths",
    `${post}Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef`,
    400,
  ],
  [
    "RFC 9112 section 6.3",
    "equal lengths twice",
    `${post}Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde`,
    400,
  ],
  ["RFC 9110 section 8.6", "a list of lengths", `${post}Content-Length: 5, 5\r\n\r\nabcde`, 400],
  ["RFC 9110 section 8.6", "a signed length", `${post}Content-Length: +2\r\n\r\nab`, 400],
  ["RFC 9110 section 8.6", "a negative length", `${post}Content-Length: -1\r\n\r\n`, 400],
  ["RFC 9110 section 8.6", "a hexadecimal length", `${post}Content-Length: 0x2\r\n\r\nab`, 400],
  ["RFC 9110 section 8.6", "a length past 2^53", `${post}Content-Length: 9007199254740993\r\n\r\n`, 400],
  ["RFC 9112 section 6.1", "xchunked", `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`, 400],
  [
    "RFC 9112 section 6.1",
    "chunked twice",
    `${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
  ],
  [
    "RFC 9112 section 6.1",
    "chunked, identity",
    `${post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
    400,
  ],
  ["RFC 9112 section 6.1", "identity", `${post}Transfer-Encoding: identity\r\n\r\n`, 400],
  ["RFC 9112 section 6.1", "quoted chunked", `${post}Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n`, 400],
  ["RFC 9112 section 6.1", "empty Transfer-Encoding", `${post}Transfer-Encoding:\r\n\r\n`, 400],
  [
    "RFC 9110 section 5.5",
    "vertical tab before chunked",
    `${post}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n`,
    400,
  ],
  [
    "RFC 9112 section 5.1",
    "space before the colon",
    `${post}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`,
    400,
  ],
  ["RFC 9112 section 5.1", "tab before the colon", `${post}Content-Length\t: 5\r\n\r\nabcde`, 400],
  ["RFC 9112 section 5.2", "a folded line", `${post}X: 1\r\n Transfer-Encoding: chunked\r\n\r\n`, 400],
  ["RFC 9112 section 5.2", "a folded first line", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400],
  ["RFC 9112 section 2.2", "bare CR in a value", `${post}X: 1\rTransfer-Encoding: chunked\r\n\r\n`, 400],
  ["RFC 9112 section 2.2", "bare LF at a line's end", `${post}X: 1\nContent-Length: 5\r\n\r\nabcde`, 400],
  ["RFC 9112 section 2.2", "bare LF after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400],
  ["RFC 9112 section 5.1", "bare LF at the head's end", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400],
  ["RFC 9110 section 5.5", "NUL in a value", `${post}X: a\0b\r\n\r\n`, 400],
  ["RFC 9112 section 5.1", "NUL in a name", `${post}X\0: a\r\n\r\n`, 400],
  ["RFC 9112 section 5.1", "a line without a colon", `${post}nonsense\r\n\r\n`, 400],
  ["RFC 9112 section 5.1", "an empty name", `${post}: a\r\n\r\n`, 400],
  ["RFC 9112 section 7.1", "0x chunk size", `${chunked}0x1\r\na\r\n0\r\n\r\n`, 400],
  ["RFC 9112 section 7.1", "signed chunk size", `${chunked}+1\r\na\r\n0\r\n\r\n`, 400],
  ["RFC 9112 section 7.1", "negative chunk size", `${chunked}-1\r\na\r\n0\r\n\r\n`, 400],
  ["RFC 9112 section 7.1", "empty chunk size", `${chunked}\r\na\r\n0\r\n\r\n`, 400],
  ["RFC 9112 section 7.1", "space after the chunk size", `${chunked}1 \r\na\r\n0\r\n\r\n`, 400],
  ["RFC 9112 section 7.1", "a chunk size past 2^53", `${chunked}fffffffffffffff1\r\n`, 400],
  ["RFC 9112 section 7.1", "a chunk size of 17 digits", `${chunked}00000000000000001\r\na\r\n`, 400],
  ["RFC 9112 section 7.1", "bare LF after the chunk size", `${chunked}1\na\r\n0\r\n\r\n`, 400],
  ["RFC 9112 section 7.1.1", "bare LF in a chunk extension", `${chunked}1;a\nb\r\na\r\n0\r\n\r\n`, 400],
  ["RFC 9112 section 7.1.1", "bare LF in a quoted extension", `${chunked}1;a="\n"\r\na\r\n0\r\n\r\n`, 400],
  ["RFC 9112 section 7.1", "a chunk that is longer than it says", `${chunked}1\r\nab\r\n0\r\n\r\n`, 400],
  ["RFC 9112 section 5.2", "a folded trailer", `${chunked}0\r\nA: b\r\n c\r\n\r\n`, 400],
  [
    "RFC 9112 section 6.1",
    "Transfer-Encoding in HTTP/1.0",
    "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    400,
  ],
  ["RFC 9112 section 3.2", "no Host", "GET / HTTP/1.1\r\n\r\n", 400],
  ["RFC 9112 section 3.2", "two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400],
  ["RFC 9112 section 3.2", "two Hosts in one", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400],
  ["RFC 9112 section 3.2", "a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400],
  ["RFC 9112 section 3.2", "a Host with user information", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400],
  ["RFC 9112 section 3.2", "a Host with a port that is none", "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n", 400],
  [
    "RFC 9112 section 3.2.2",
    "an absolute target of another host",
    "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n",
    400,
  ],
  [
    "RFC 9112 section 3.2.2",
    "an absolute target of another port",
    "GET http://a:81/ HTTP/1.1\r\nHost: a\r\n\r\n",
    400,
  ],
  [
    "RFC 9112 section 3.2",
    "an absolute target with user information",
    "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n",
    400,
  ],
  ["RFC 9112 section 3.2", "a target of another scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["RFC 9112 section 3.2", "a target without a slash", "GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["RFC 9112 section 3.2", "a target with a fragment", "GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["RFC 9112 section 3.2", "a target with a backslash", "GET /\\x HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["RFC 9112 section 2.3", "a target with a space", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["RFC 9112 section 3.2", "a target with an octet above 127", "GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["RFC 9112 section 3.2", "two spaces in the request line", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["RFC 9112 section 3.1", "a tab in the request line", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["RFC 9112 section 2.3", "no version", "GET /\r\n\r\n", 400],
  ["RFC 9112 section 2.3", "a version of lower case", "GET / http/1.1\r\nHost: a\r\n\r\n", 400],
  ["RFC 9110 section 2.5", "HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505],
  ["RFC 9110 section 2.5", "the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505],
  ["RFC 9112 section 3.1", "a TLS ClientHello", "\x16\x03\x01\x02\x00\x01\x00", 400],
  [
    "RFC 9110 section 7.6.1",
    "too many Connection options",
    `${post}Connection: ${"a,".repeat(40)}\r\n\r\n`,
    400,
  ],
  ["RFC 9110 section 7.6.1", "a quoted Connection option", `${post}Connection: "close"\r\n\r\n`, 400],
  ["RFC 9112 section 3", "a method that is too long", `${"M".repeat(40)} / HTTP/1.1\r\nHost: a\r\n\r\n`, 501],
  ["RFC 9112 section 3", "a target that is too long", `GET /${"a".repeat(9000)}`, 414],
  ["RFC 6585 section 5", "a header line that is too long", `${post}X: ${"a".repeat(17_000)}`, 431],
  ["RFC 6585 section 5", "a header name that is too long", `${post}${"a".repeat(17_000)}`, 431],
  [
    "RFC 6585 section 5",
    "heads that are too long",
    `${post}${`X: ${"a".repeat(16_000)}\r\n`.repeat(5)}`,
    431,
  ],
  ["RFC 6585 section 5", "too many fields", `${post}${"X: a\r\n".repeat(200)}`, 431],
  [
    "RFC 9112 section 7.1.1",
    "endless chunk extensions",
    `${chunked}${`1;${"a".repeat(1000)}\r\na\r\n`.repeat(20)}`,
    400,
  ],
  ["RFC 6585 section 5", "an endless trailer section", `${chunked}0\r\n${"A: b\r\n".repeat(4000)}`, 431],
  [
    "RFC 9112 section 6.1",
    "Transfer-Encoding in a proxied HTTP/1.0 request",
    "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n0\r\n\r\n",
    400,
  ],
  [
    "RFC 9112 section 6.3",
    "both lengths in HTTP/1.0",
    "POST / HTTP/1.0\r\nContent-Length: 5\r\nContent-Length: 0\r\n\r\nabcde",
    400,
  ],
  ["RFC 9110 section 8.6", "an empty length", `${post}Content-Length:\r\n\r\n`, 400],
  ["RFC 9110 section 8.6", "a length with a space in it", `${post}Content-Length: 1 0\r\n\r\n`, 400],
  [
    "RFC 9112 section 6.1",
    "chunked with a parameter",
    `${post}Transfer-Encoding: chunked;a=b\r\n\r\n0\r\n\r\n`,
    400,
  ],
  ["RFC 9112 section 3.2", "two Hosts where one is empty", "GET / HTTP/1.1\r\nHost:\r\nHost: a\r\n\r\n", 400],
  ["RFC 9112 section 3.2", "two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400],
  [
    "RFC 9112 section 3.2.2",
    "an absolute target whose Host is empty",
    "GET http://a/ HTTP/1.1\r\nHost:\r\n\r\n",
    400,
  ],
])("%s: refuses %s and ends the connection", (section, _, request, status) => {
  const network = edge();
  network.servers.set(target, {});
  const client = network.accept();
  client.send(`${request}GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n`);
  expect(client.text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(client.text).toContain("Connection: close\r\n");
  expect(client.text).toContain(`See ${section}.`);
  expect(client.hasEnd).toBe(true);
  for (const peer of network.outgoing)
    expect([peer.isGone, peer.text.includes("/smuggled")]).toEqual([true, false]);
});

test.each([
  [
    "RFC 9112 section 6.3",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  ],
  ["RFC 9112 section 6.3", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
  ["RFC 9112 section 2.2", "HTTP/1.1 200 OK\nContent-Length: 1\r\n\r\na"],
  ["RFC 9112 section 6.1", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
  ["RFC 9112 section 6.1", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc"],
  ["RFC 9112 section 4", "HTTP/1.1 99 Odd\r\n\r\n"],
  ["RFC 9110 section 2.5", "HTTP/2.0 200 OK\r\n\r\n"],
  ["RFC 9112 section 2.2", "\r\nHTTP/1.1 200 OK\r\n\r\n"],
  ["RFC 9110 section 7.8", "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"],
  ["RFC 9110 section 15.2", "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(40)],
  ["RFC 6585 section 5", `HTTP/1.1 200 OK\r\n${"X: a\r\n".repeat(200)}\r\n`],
  ["RFC 9112 section 2.3", "SSH-2.0-OpenSSH\r\n"],
  ["RFC 9112 section 5.2", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n"],
  ["RFC 9112 section 5.1", "HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\na"],
  ["RFC 9110 section 5.5", "HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n"],
  ["RFC 9110 section 8.6", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"],
])("%s: answers 502 for the response %j", (_, response) => {
  const network = edge();
  network.servers.set(target, {});
  const client = network.accept();
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  network.outgoing[0]?.send(response);
  expect(client.text.replace(/^(HTTP\/1.1 103 Early Hints\r\n\r\n)*/, "")).toMatch(
    /^HTTP\/1.1 502 Bad Gateway\r\n/,
  );
  expect(network.outgoing[0]?.wasDestroyed).toBe(true);
});

const requests = [
  "GET /a HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n",
  `${post}Content-Length: 11\r\n\r\nhello world`,
  `${chunked}5;x="y;z"\r\nhello\r\n6;a;b=c\r\n world\r\n00\r\n\r\n`,
  `${post}TE: trailers\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\nTE: x\r\n\r\n`,
  "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: x\r\nX: 1\r\n\r\n",
  "\r\nOPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
];

const responses = [
  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: x\r\n\r\nhello",
  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nDate: x\r\n\r\n",
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nDate: x\r\n\r\n3;q="\\""\r\nabc\r\n0\r\nT: u\r\n\r\n',
  "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nDate: x\r\n\r\n",
];

/** Sends all requests in pieces, answers each in pieces, and returns what went out on both sides. */
function relay(
  picked: number[],
  clientCuts: number[],
  targetCuts: number[],
): { toTarget: string; toClient: string } {
  const network = edge();
  let seen = "";
  let answered = 0;
  network.servers.set(target, {
    received(peer, octets) {
      seen += String.fromCharCode(...octets);
      // Each request is answered once its end is seen: the number of heads and ends tells.
      while (answered < countWhole(seen)) {
        const response = seen.split(/(?=(?:GET|POST|HEAD|OPTIONS) [/*])/)[answered]?.startsWith("HEAD")
          ? responses[3]
          : responses[answered % responses.length];
        answered++;
        for (const piece of cut(response ?? "", targetCuts)) peer.send(piece);
      }
    },
  });
  const client = network.accept();
  const input = picked.map((index) => requests[index]).join("");
  for (const piece of cut(input, clientCuts)) client.send(piece);
  return { toTarget: network.outgoing.map((peer) => peer.text).join(""), toClient: client.text };
}

function countWhole(text: string): number {
  return text.split(/(?=(?:GET|POST|HEAD|OPTIONS) [/*])/).filter((request) => {
    const end = request.indexOf("\r\n\r\n");
    if (end < 0) return false;
    const content = request.slice(end + 4);
    if (/^transfer-encoding:/im.test(request.slice(0, end)))
      return /(^|\r\n)0+\r\n([^\r]+\r\n)*\r\n$/.test(content);
    return content.length === Number(/^content-length: (\d+)/im.exec(request.slice(0, end))?.[1] ?? 0);
  }).length;
}

function cut(text: string, cuts: number[]): string[] {
  const pieces: string[] = [];
  let from = 0;
  for (const length of cuts) {
    pieces.push(text.slice(from, from + length));
    from += length;
  }
  pieces.push(text.slice(from));
  return pieces.filter((piece) => piece !== "");
}

test("RFC 9112 section 6: relays the same octets however both sides are cut", () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 30 });
  fc.assert(
    fc.property(
      fc.array(fc.nat(requests.length - 1), { minLength: 1, maxLength: 6 }),
      lengths,
      lengths,
      (picked, clientCuts, targetCuts) => {
        const whole = relay(picked, [], []);
        expect(whole.toClient.match(/HTTP\/1.1 (?!100)\d/g)).toHaveLength(picked.length);
        expect(relay(picked, clientCuts, targetCuts)).toEqual(whole);
      },
    ),
    { numRuns: 150 },
  );
});

test("RFC 9112 section 2.2: survives any octets from both sides", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary-ascii", maxLength: 60 }), { maxLength: 8 }), (pieces) => {
      const network = edge();
      network.servers.set(target, {});
      const client = network.accept();
      for (const piece of pieces) client.send(piece);
      const other = network.accept();
      other.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      for (const piece of pieces) network.outgoing.at(-1)?.send(piece);
      client.reset();
      other.reset();
      network.advance(10_000);
      expect(network.peers.size).toBe(0);
      expect(network.timers.size).toBe(0);
    }),
    { numRuns: 200 },
  );
});
