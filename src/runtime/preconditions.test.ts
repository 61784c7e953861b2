import { expect, test } from "vitest";
import { select } from "./preconditions.ts";

const then = "Sun, 06 Nov 1994 08:49:37 GMT";
const before = "Sun, 06 Nov 1994 08:49:36 GMT";
const validators = { etag: '"a"', lastModified: Date.parse(then) / 1000 };

test.each([
  ["no condition", {}, 200],
  ["If-None-Match of the tag", { "if-none-match": '"b", W/"a"' }, 304],
  ["If-None-Match *", { "if-none-match": "*" }, 304],
  ["If-None-Match of another tag beats the date", { "if-none-match": '"b"', "if-modified-since": then }, 200],
  ["If-Modified-Since the same second", { "if-modified-since": then }, 304],
  ["If-Modified-Since earlier", { "if-modified-since": before }, 200],
  ["If-Modified-Since that is no date", { "if-modified-since": "5" }, 200],
  ["If-Match of the tag", { "if-match": '"a"' }, 200],
  ["If-Match of the weak tag", { "if-match": 'W/"a"' }, 412],
  ["If-Unmodified-Since earlier", { "if-unmodified-since": before }, 412],
  ["If-Unmodified-Since the same second", { "if-unmodified-since": then }, 200],
  ["If-Match beats the date", { "if-match": '"a"', "if-unmodified-since": before }, 200],
])("select() with %s (RFC 9110 section 13.2.2)", (_, headers, status) => {
  expect(select(headers, validators, 10).status).toBe(status);
});

test.each([
  ["bytes=0-3", { status: 206, first: 0, last: 3 }],
  ["bytes=4-", { status: 206, first: 4, last: 9 }],
  ["bytes=-3", { status: 206, first: 7, last: 9 }],
  ["bytes=-30", { status: 206, first: 0, last: 9 }],
  ["bytes=8-30", { status: 206, first: 8, last: 9 }],
  ["bytes=10-", { status: 416 }],
  ["bytes=-0", { status: 416 }],
  ["bytes=5-4", { status: 200 }],
  ["bytes=0-1,3-4", { status: 200 }],
  ["bytes=-", { status: 200 }],
  ["lines=0-1", { status: 200 }],
])("select() with Range: %s (RFC 9110 section 14.1.2)", (range, expected) => {
  expect(select({ range }, validators, 10)).toEqual(expected);
});

test.each([
  ['"a"', 206],
  ['"b"', 200],
  ['W/"a"', 200],
  [then, 206],
  [before, 200],
])("select() with If-Range: %s (RFC 9110 section 13.1.5)", (ifRange, status) => {
  expect(select({ range: "bytes=0-3", "if-range": ifRange }, validators, 10).status).toBe(status);
});
