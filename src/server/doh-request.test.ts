// RFC 8484 in the small: what a head asks, and how long an answer may be kept.

import { expect, test } from "vitest";
import {
  emptyMessage,
  encodeMessage,
  Name,
  noFlags,
  type Message,
  type ResourceRecord,
  RrType,
  encodeRdata,
} from "#wire";
import { freshnessOf, readDohHead, messageOf } from "./doh-request.ts";

const query = new Uint8Array(12);
const asked = Buffer.from(query).toString("base64url");
const type = { "content-type": "application/dns-message" };

test.each([
  ["GET", `/dns-query?dns=${asked}`, {}, "message"],
  ["HEAD", `/dns-query?x=1&dns=${asked}`, {}, "message"],
  ["POST", "/dns-query", type, "content"],
  ["POST", "/dns-query", { "content-type": "Application/DNS-Message; charset=x" }, "content"],
  ["GET", `/dns?dns=${asked}`, {}, 404],
  ["GET", `/dns-query/?dns=${asked}`, {}, 404],
  ["GET", "/dns-query", {}, 400],
  ["GET", `/dns-query?dns=${asked}&dns=${asked}`, {}, 400],
  ["GET", `/dns-query?dns=${asked}==`, {}, 400],
  ["GET", "/dns-query?dns=A+B/", {}, 400],
  ["GET", "/dns-query?dns=AAAAA", {}, 400],
  ["GET", "/dns-query?dns=AAAA", {}, 400],
  ["GET", "/dns-query?dns=", {}, 400],
  ["GET", `/dns-query?dns=${Buffer.alloc(65_536).toString("base64url")}`, {}, 413],
  ["POST", "/dns-query", {}, 415],
  ["POST", "/dns-query", { "content-type": "application/dns-json" }, 415],
  ["POST", "/dns-query", { ...type, "content-encoding": "gzip" }, 415],
  ["POST", "/dns-query", { ...type, "content-length": "65536" }, 413],
  ["PUT", "/dns-query", type, 405],
  ["DELETE", "/dns-query", {}, 405],
])("%s %s %j is %s", (method, target, fields, wanted) => {
  const head = readDohHead(method, target, fields);
  expect(head.kind === "refused" ? head.refusal.httpStatus : head.kind).toBe(wanted);
});

test("a response is no question, and neither is half a header", () => {
  const response = new Uint8Array(12);
  response[2] = 0x80;
  expect(messageOf(response)).toMatchObject({ refusal: { httpStatus: 400 } });
  expect(messageOf(new Uint8Array(11))).toMatchObject({ refusal: { httpStatus: 400 } });
  expect(messageOf(new Uint8Array(65_536))).toMatchObject({ refusal: { httpStatus: 413 } });
});

function record(rrType: number, ttl: number, rdata: Uint8Array): ResourceRecord {
  return { name: Name.root, type: rrType, class: 1, ttl, rdata };
}

function soa(ttl: number, minimum: number): ResourceRecord {
  const fields = { mname: Name.root, rname: Name.root, serial: 1, refresh: 1, retry: 1, expire: 1, minimum };
  const rdata = encodeRdata(RrType.SOA, fields);
  if (!rdata.ok) throw new Error(rdata.failure.code);
  return record(RrType.SOA, ttl, rdata.value);
}

const alias = (ttl: number): ResourceRecord => record(RrType.CNAME, ttl, Uint8Array.of(1, 0x78, 0));
const aaaa = { name: Name.root, type: RrType.AAAA, class: 1 };
const a = (ttl: number): ResourceRecord => record(RrType.A, ttl, Uint8Array.of(192, 0, 2, 1));

test.each<[string, Partial<Message>, number]>([
  ["the least TTL of the answer", { answer: [a(300), a(60)] }, 60],
  ["not the authority's, where there is an answer", { answer: [a(300)], authority: [soa(5, 5)] }, 300],
  ["the SOA's of a negative answer", { rcode: 3, authority: [soa(300, 900)] }, 300],
  ["its minimum where that is less", { authority: [soa(300, 30)] }, 30],
  ["both where an alias leads nowhere", { rcode: 3, answer: [a(20)], authority: [soa(300, 30)] }, 20],
  [
    "both where an alias leads to a name without such data",
    { question: [aaaa], answer: [alias(86_400)], authority: [soa(300, 30)] },
    30,
  ],
  ["the alias's where what it leads to is not said", { question: [aaaa], answer: [alias(20)] }, 20],
  ["nothing without an SOA", {}, 0],
  ["nothing of a failure", { rcode: 2, answer: [a(60)] }, 0],
])("RFC 8484 section 5.1: a response is fresh for %s", (_, parts, seconds) => {
  const message = { ...emptyMessage, flags: { ...noFlags, qr: true, aa: true }, ...parts };
  const encoded = encodeMessage(message, 65_535);
  if (!encoded.ok) throw new Error(encoded.failure.code);
  expect(freshnessOf(encoded.value.octets)).toBe(seconds);
});

test("what is no message may not be kept", () => {
  expect(freshnessOf(new Uint8Array(3))).toBe(0);
});
