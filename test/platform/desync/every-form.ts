// Requests that are made by no chance: every method with every target and every host that the mutations know, every octet in every part of a
// head, and what a request may ask of its connection. What a peer has a taste of its own about is met here on every run, not
// once in a hundred thousand seeds.

import type { ReadRequest } from "./reasons-to-refuse.ts";
import { readAsEdge } from "./request-lane.ts";
import { hosts, methods, targets } from "./request-mutations.ts";

/** Requests on one connection: none of them waits for a new one. */
const requestsPerConnection = 24;

/** All of them that a peer may be sent: those that it has no reason to refuse many on a connection, the others each on its own. */
export function everyFormInTurn(reasonToRefuse: (request: ReadRequest) => string | undefined): string[] {
  const alone: string[] = [];
  const together: string[] = [];
  for (const text of new Set(everyForm())) {
    const { requests, begun } = readAsEdge(text);
    const [request] = requests;
    if (begun || (request && reasonToRefuse(request) !== undefined)) alone.push(text);
    else if (request && !/^Connection: close/m.test(text)) together.push(text);
  }
  const turns: string[] = [];
  while (together.length > 0) turns.push(together.splice(0, requestsPerConnection).join(""));
  return [...turns, ...alone];
}

/** All of them, one request each. */
function everyForm(): string[] {
  const texts: string[] = [];
  const make = (
    method: string,
    target: string,
    host: string,
    lines: string = "",
    rest: string = "",
  ): void => {
    texts.push(`${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n${lines}\r\n${rest}`);
  };
  for (const target of targets) {
    for (const method of [...methods, ...otherMethods]) make(method, target, "a.test");
    for (const method of ["GET", "OPTIONS"])
      for (const host of ["b.test", "a.test:80", "a.test:8080", "[::1]"]) make(method, target, host);
  }
  for (const host of [...hosts, ...otherHosts]) {
    for (const target of ["/", "*", ...["", "/", "?", "/x?y"].map((end) => `http://${host}${end}`)])
      for (const method of ["GET", "OPTIONS", "POST"]) make(method, target, host);
  }
  for (const path of otherPaths) make("GET", path, "a.test");
  for (let i = 0; i < 256; i++) {
    const octet = String.fromCharCode(i);
    const hex = i.toString(16).padStart(2, "0");
    for (const path of [`/a${octet}b`, `/a?${octet}b`, `/%${hex}`, `/.%${hex}`, `/a?%${hex}`])
      make("GET", path, "a.test");
    make("GET", "/", `a${octet}b`);
    make("GET", "/", octet);
    make(`G${octet}`, "/", "a.test");
    for (const line of [`X${octet}: y`, `${octet}: y`, `X: a${octet}b`, `X: ${octet}`])
      make("GET", "/", "a.test", `${line}\r\n`);
  }
  for (const [lines, rest] of asked) {
    for (const method of ["GET", "HEAD", "POST", "OPTIONS", "FOO"]) make(method, "/", "a.test", lines, rest);
    make("OPTIONS", "*", "a.test", lines, rest);
  }
  return texts;
}

const otherMethods = [
  "pri",
  "Pri",
  "pRI",
  "trace",
  "connect",
  "head",
  "options",
  "_",
  "-",
  "SOURCE",
  "QUERY",
  "0",
];
const otherHosts = [
  ".",
  "..",
  ".:80",
  "a.:80",
  "a:",
  ":",
  "[.]",
  "[..]",
  "[:]",
  "[::1]:",
  "[::1].",
  "%",
  "%zz",
  "%2e",
  "*",
  "-",
];

/** Dots, slashes and percent signs in all their combinations, as deep as a path leads out of the root and back. */
const otherPaths: readonly string[] = [1, 2, 3].flatMap((length) =>
  combine(["/", ".", "..", "%2e", "%2f", "a", "?", "%3f", "%25"], length).map((path) => `/${path}`),
);

function combine(pieces: readonly string[], length: number): string[] {
  if (length === 0) return [""];
  const shorter = combine(pieces, length - 1);
  return pieces.flatMap((piece) => shorter.map((rest) => piece + rest));
}

const chunked = "Transfer-Encoding: chunked\r\n";
const upgrade = "Connection: upgrade\r\n";

/** Lines, and what follows the head. */
const asked: readonly (readonly [lines: string, rest: string])[] = [
  ...["websocket", "WebSocket", "websocket,", ",websocket", "x, websocket", "websocket, x", "x", ""].flatMap(
    (protocol) =>
      [upgrade, `${upgrade}${upgrade}`, "Connection: close, upgrade\r\n", ""].map(
        (connection) => [`${connection}Upgrade: ${protocol}\r\n`, ""] as const,
      ),
  ),
  [`${upgrade}Upgrade: websocket\r\nUpgrade: x\r\n`, ""],
  [`${upgrade}Upgrade: x\r\nUpgrade: websocket\r\n`, ""],
  [`${upgrade}Upgrade: websocket\r\nContent-Length: 1\r\n`, "x"],
  [`${upgrade}Upgrade: websocket\r\n${chunked}`, "0\r\n\r\n"],
  ["Expect: 100-continue\r\n", ""],
  ["Expect: 100-continue\r\nContent-Length: 3\r\n", "abc"],
  [`Expect: 100-continue\r\n${chunked}`, "1\r\nx\r\n0\r\n\r\n"],
  [`${chunked}TE: trailers\r\n`, "1\r\nx\r\n0\r\nA: b\r\n\r\n"],
  [chunked, `1\r\nx\r\n0\r\n${"n".repeat(255)}: v\r\n\r\n`],
  [chunked, `1\r\nx\r\n0\r\n${"n".repeat(256)}: v\r\n\r\n`],
  ...["fffffffffffff", "10000000000000", "1fffffffffffff", "001fffffffffffff", "1fffffffffffff;a"].map(
    (size) => [chunked, `${size}\r\nx`] as const,
  ),
  [chunked, "1\r\nx\r\n0"],
  [chunked, "x"],
  ["Content-Length: 5\r\n", "abc"],
  [`${"n".repeat(255)}: v\r\n`, ""],
  [`${"n".repeat(256)}: v\r\n`, ""],
  ["Max-Forwards: 1\r\n", ""],
  ["Connection: host, content-length, te, x\r\nX: y\r\n", ""],
];
