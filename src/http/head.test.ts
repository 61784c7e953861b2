import { expect, test } from "vitest";
import { HeadStatus, MessageHead, type HeadKind } from "./head.ts";
import { Framing, framingOfResponse, removeConnectionFields } from "./framing.ts";
import { Field } from "./field.ts";
import {
  maxFieldLineOctets,
  maxFields,
  maxHeadOctets,
  maxMethodOctets,
  maxStartLineOctets,
} from "./limits.ts";
import { isIdempotent, Method } from "./method.ts";
import { octetsOf, textOf } from "./octets.ts";
import { TargetForm } from "./target.ts";

/** Parses a head that does not begin at the buffer's start, and again octet by octet: both must agree. */
function parse(kind: HeadKind, text: string): { head: MessageHead; octets: Uint8Array; status: number } {
  const start = 7;
  const octets = octetsOf("x".repeat(start) + text);
  const head = new MessageHead(kind);
  const status = head.parse(octets, start, octets.length);
  const slow = new MessageHead(kind);
  let end = start;
  while (end < octets.length && slow.parse(octets, start, end + 1) === HeadStatus.More) end++;
  expect([slow.failure, slow.length, slow.fieldCount]).toEqual([head.failure, head.length, head.fieldCount]);
  return { head, octets: octets.subarray(start), status };
}

function request(lines: string): { head: MessageHead; octets: Uint8Array; status: number } {
  return parse("request", `${lines}\r\n\r\n`);
}

test("RFC 9112 section 3: reads a request into offsets, and strings when asked", () => {
  const { head, octets, status } = request(
    "GET /a?b HTTP/1.1\r\nHost: Shop.Test:81\r\nX-Thing: \t two words \t\r\nEmpty:",
  );
  expect(status).toBe(HeadStatus.Complete);
  expect(head.length).toBe(octets.length);
  expect([head.method, textOf(octets, head.targetStart, head.targetEnd)]).toEqual([Method.GET, "/a?b"]);
  expect([textOf(octets, head.hostStart, head.hostEnd), head.port]).toEqual(["Shop.Test", 81]);
  expect(head.fieldCount).toBe(3);
  expect([head.field(0), head.field(1)]).toEqual([Field.host, Field.other]);
  expect([head.nameText(octets, 0, 1), head.valueText(octets, 0, 1)]).toEqual(["X-Thing", "two words"]);
  expect(head.valueText(octets, 0, 2)).toBe("");
  expect(head.findName(octets, 0, octetsOf("x-thing"))).toBe(1);
  expect(head.findName(octets, 0, octetsOf("x-thin"))).toBe(-1);
  expect(textOf(octets, head.lineStart(1), head.lineEnd(1))).toBe("X-Thing: \t two words \t\r\n");
});

test.each([
  ["GET / HTTP/1.1\r\nHost: a", Framing.None, true],
  ["GET / HTTP/1.1\r\nHost: a\r\nConnection: CLOSE", Framing.None, false],
  ["GET / HTTP/1.1\r\nHost: a\r\nConnection: , x ,\tclose\t,", Framing.None, false],
  ["GET / HTTP/1.0", Framing.None, false],
  ["GET / HTTP/1.0\r\nConnection: keep-alive", Framing.None, true],
  ["PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0", Framing.None, true],
  ["PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 007", Framing.Length, true],
  ["PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked", Framing.Chunked, true],
  ["PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked", Framing.Chunked, true],
])("RFC 9112 sections 6.3 and 9.3: frames the request %j", (lines, framing, keepsAlive) => {
  const { head, status } = request(lines);
  expect([status, head.framing, head.keepsAlive]).toEqual([HeadStatus.Complete, framing, keepsAlive]);
});

test.each([
  ["HTTP/1.1 200 OK", Method.GET, Framing.UntilClose],
  ["HTTP/1.1 200", Method.GET, Framing.UntilClose],
  ["HTTP/1.1 200 OK\r\nContent-Length: 5", Method.GET, Framing.Length],
  ["HTTP/1.1 200 OK\r\nContent-Length: 5", Method.HEAD, Framing.None],
  ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", Method.CONNECT, Framing.None],
  ["HTTP/1.1 407 No\r\nContent-Length: 5", Method.CONNECT, Framing.Length],
  ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", Method.GET, Framing.Chunked],
  ["HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip", Method.GET, Framing.UntilClose],
  ["HTTP/1.1 204 No Content\r\nContent-Length: 5", Method.GET, Framing.None],
  ["HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked", Method.GET, Framing.None],
  ["HTTP/1.1 103 Early Hints", Method.GET, Framing.None],
])("RFC 9112 section 6.3: frames the response %j to method %d", (lines, method, framing) => {
  const { head, status } = parse("response", `${lines}\r\n\r\n`);
  expect([status, framingOfResponse(head, method)]).toEqual([HeadStatus.Complete, framing]);
});

test.each([
  ["GET /a HTTP/1.1\r\nHost: a", TargetForm.origin, "/a", "a", -1],
  ["GET http://A:80/b?c HTTP/1.1\r\nHost: a", TargetForm.absolute, "/b?c", "A", 80],
  ["GET HTTPS://a HTTP/1.1\r\nHost: a:443", TargetForm.absolute, "", "a", -1],
  ["GET http://[::1]:8080/ HTTP/1.1\r\nHost: [::1]:8080", TargetForm.absolute, "/", "[::1]", 8080],
  ["CONNECT a:443 HTTP/1.1\r\nHost: a:443", TargetForm.authority, "", "a", 443],
  ["CONNECT a:443 HTTP/1.1\r\nHost: a", TargetForm.authority, "", "a", 443],
  ["OPTIONS * HTTP/1.1\r\nHost: a:", TargetForm.asterisk, "*", "a", -1],
  ["GET / HTTP/1.1\r\nHost:", TargetForm.origin, "/", "", -1],
  ["GET /?a\\b^`{|} HTTP/1.1\r\nHost: a_b", TargetForm.origin, "/?a\\b^`{|}", "a_b", -1],
  ["GET / HTTP/1.0", TargetForm.origin, "/", "", -1],
])("RFC 9112 section 3.2: reads the target and host of %j", (lines, form, path, host, port) => {
  const { head, octets, status } = request(lines);
  expect(status).toBe(HeadStatus.Complete);
  expect([head.targetForm, textOf(octets, head.pathStart, head.pathEnd)]).toEqual([form, path]);
  expect([textOf(octets, head.hostStart, head.hostEnd), head.port]).toEqual([host, port]);
});

const longField = `X: ${"a".repeat(maxFieldLineOctets - 5)}\r\n`;

test.each([
  ["GET / HTTP/1.1", "host-absent"],
  ["GET / HTTP/1.1\r\nHost: a\r\nhost: a", "host-repeated"],
  ["GET / HTTP/1.1\r\nHost: a b", "host-malformed"],
  ["GET / HTTP/1.1\r\nHost: [::1", "host-malformed"],
  ["GET / HTTP/1.1\r\nHost: []", "host-malformed"],
  ["GET / HTTP/1.1\r\nHost: a:b", "host-malformed"],
  ["GET http://b/ HTTP/1.1\r\nHost: a", "host-disagrees"],
  ["CONNECT a:443 HTTP/1.1\r\nHost: a:80", "host-disagrees"],
  ["CONNECT a HTTP/1.1\r\nHost: a", "target-malformed"],
  ["CONNECT /a HTTP/1.1\r\nHost: a", "target-malformed"],
  ["GET * HTTP/1.1\r\nHost: a", "target-malformed"],
  ["GET a:80 HTTP/1.1\r\nHost: a", "target-malformed"],
  ["GET http:// HTTP/1.1\r\nHost: a", "target-malformed"],
  ["GET http://:80/ HTTP/1.1\r\nHost: :80", "target-malformed"],
  ["GET / HTTP/1.2\r\nHost: a", "version-unsupported"],
  ["GET / HTTP/3.0\r\nHost: a", "version-unsupported"],
  ["GET / HTTP/1.10\r\nHost: a", "version-malformed"],
  [`${"M".repeat(maxMethodOctets + 1)} / HTTP/1.1\r\nHost: a`, "method-too-long"],
  ["G@T / HTTP/1.1\r\nHost: a", "method-malformed"],
  [" GET / HTTP/1.1\r\nHost: a", "method-malformed"],
  [`GET /${"a".repeat(maxStartLineOctets)} HTTP/1.1\r\nHost: a`, "target-too-long"],
  [`GET / HTTP/1.1\r\nHost: a\r\nX: ${"a".repeat(maxFieldLineOctets)}`, "fields-too-large"],
  [
    `GET / HTTP/1.1\r\nHost: a\r\n${longField.repeat(Math.ceil(maxHeadOctets / longField.length))}`,
    "fields-too-large",
  ],
  [`GET / HTTP/1.1\r\n${"X: a\r\n".repeat(maxFields)}Host: a`, "fields-too-many"],
  ["GET / HTTP/1.1\r\nHost: a\r\nX: a\x7fb", "field-value-malformed"],
  ["GET / HTTP/1.1\r\nHost: a\r\nX\xe9: a", "field-name-malformed"],
])("RFC 9112 sections 2.2 to 5: refuses %j with %s", (lines, code) => {
  const { head, status } = request(lines);
  expect([status, head.failure?.code]).toEqual([HeadStatus.Failed, code]);
});

test.each([
  [`${"M".repeat(maxMethodOctets)} / HTTP/1.1\r\nHost: a`],
  [`GET /${"a".repeat(maxStartLineOctets - 16)} HTTP/1.1\r\nHost: a`],
  [`GET / HTTP/1.1\r\nHost: a\r\n${longField}Y: b`],
  [`GET / HTTP/1.1\r\n${"X: a\r\n".repeat(maxFields - 1)}Host: a`],
  ["GET / HTTP/1.1\r\nHost: a\r\nX: \xe4\xff\t~"],
])("RFC 9112 section 3: takes what is just within a limit: %#", (lines) => {
  expect(request(lines).status).toBe(HeadStatus.Complete);
});

test("says where a fault is, and stays refused", () => {
  const { head, octets } = request("GET / HTTP/1.1\r\nHost : a");
  expect(head.failure).toEqual({ code: "field-name-malformed", offset: 20 });
  expect(head.parse(octets, 0, octets.length)).toBe(HeadStatus.Failed);
});

test("reads the next head after a reset, at another place", () => {
  const octets = octetsOf("HTTP/1.1 404 Not Found\r\nA: b\r\n\r\nHTTP/1.0 200 \r\n\r\n");
  const head = new MessageHead("response");
  expect(head.parse(octets, 0, octets.length)).toBe(HeadStatus.Complete);
  const next = head.length;
  head.reset();
  expect(head.parse(octets, next, octets.length)).toBe(HeadStatus.Complete);
  expect([head.status, head.fieldCount, head.minorVersion, next + head.length]).toEqual([
    200,
    0,
    0,
    octets.length,
  ]);
});

test("RFC 9112 section 2.2: counts empty lines before a request, which do not begin it", () => {
  const octets = octetsOf("\r\n\r\nG");
  const head = new MessageHead("request");
  head.parse(octets, 0, 4);
  expect(head.hasBegun).toBe(false);
  head.parse(octets, 0, 5);
  expect([head.hasBegun, head.methodStart]).toEqual([true, 4]);
});

test("RFC 9110 section 7.6.1: marks what Connection lists, but not Host and Content-Length", () => {
  const { head, octets } = request(
    "PUT / HTTP/1.1\r\nHost: a\r\nConnection: close, X-One, host\r\nx-one: 1\r\nX-Two: 2\r\nContent-Length: 1\r\nconnection: content-length",
  );
  removeConnectionFields(head, octets, 0);
  const removed = Array.from({ length: head.fieldCount }, (_, i) => head.isRemoved(i));
  expect(removed).toEqual([false, false, true, false, false, false]);
});

test("RFC 9110 section 9.2.2: knows which methods may be repeated", () => {
  expect(
    [Method.GET, Method.PUT, Method.DELETE, Method.POST, Method.PATCH, Method.other].map(isIdempotent),
  ).toEqual([true, true, true, false, false, false]);
});
