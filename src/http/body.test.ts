import * as fc from "fast-check";
import { expect, test } from "vitest";
import { BodyReader, BodyStatus } from "./body.ts";
import { formatHttpDate } from "./date.ts";
import { Framing } from "./framing.ts";
import { httpFailures } from "./failure.ts";
import { maxChunkExtensionOctets } from "./limits.ts";
import { octetsOf, textOf } from "./octets.ts";
import { reasonPhrase } from "./status.ts";
import { HeadWriter, writeTrailers } from "./writer.ts";

interface Read {
  passed: string;
  rest: string;
  status: number;
  code: string | undefined;
  trailers: string;
}

/** Reads content in pieces, each in a buffer of its own. */
function read(
  text: string,
  framing: Framing,
  length: number,
  isFramed: boolean,
  cuts: readonly number[] = [],
): Read {
  const body = new BodyReader();
  body.begin(framing, length, isFramed);
  let passed = "";
  let at = 0;
  let status: number = BodyStatus.More;
  for (const end of [...cuts, text.length]) {
    const octets = octetsOf(text.slice(at, end));
    let used = 0;
    do {
      status = body.read(octets, used, octets.length);
      passed += textOf(octets, body.from, body.to);
      used = body.at;
    } while (status === BodyStatus.Again);
    at += used;
    if (status !== BodyStatus.More) break;
  }
  const writer = new HeadWriter(8);
  if (body.trailers) writeTrailers(writer, body);
  return { passed, rest: text.slice(at), status, code: body.failure?.code, trailers: textOf(writer.view()) };
}

test.each([
  ["5\r\nhello\r\n0\r\n\r\nnext", "5\r\nhello\r\n0\r\n\r\n", "hello", "", "next"],
  ['0005;a\r\nhello\r\n00;b="\\""\r\n\r\n', "0005\r\nhello\r\n00\r\n\r\n", "hello", "", ""],
  [
    "1\r\na\r\nA;x=1;y\r\n0123456789\r\n0\r\n\r\n",
    "1\r\na\r\nA\r\n0123456789\r\n0\r\n\r\n",
    "a0123456789",
    "",
    "",
  ],
  ["0\r\nA: b\r\nTransfer-Encoding: x\r\nC: d\r\n\r\nnext", "0\r\n", "", "A: b\r\nC: d\r\n\r\n", "next"],
  ['2;q="a;b"\r\n\r\n\r\n0\r\nHost: a\r\n\r\n', "2\r\n\r\n\r\n0\r\n", "\r\n", "\r\n", ""],
])(
  "RFC 9112 section 7.1: chunked %j: framing, data, trailers and what follows, at every cut",
  (text, framed, data, trailers, rest) => {
    for (let cut = 0; cut <= text.length; cut++) {
      expect(read(text, Framing.Chunked, 0, true, [cut])).toMatchObject({
        passed: framed,
        trailers,
        rest,
        status: BodyStatus.Done,
      });
      expect(read(text, Framing.Chunked, 0, false, [cut])).toMatchObject({ passed: data, trailers, rest });
    }
  },
);

test("RFC 9112 section 6.3: content of a length ends after it, and content without one with the connection", () => {
  expect(read("hello world", Framing.Length, 5, true, [2])).toMatchObject({
    passed: "hello",
    rest: " world",
    status: BodyStatus.Done,
  });
  expect(read("hello", Framing.UntilClose, 0, true, [2])).toMatchObject({
    passed: "hello",
    status: BodyStatus.More,
  });
  expect(read("hello", Framing.None, 0, true)).toMatchObject({
    passed: "",
    rest: "hello",
    status: BodyStatus.Done,
  });
  const body = new BodyReader();
  body.begin(Framing.UntilClose, 0, true);
  expect([body.isDone, body.end(), body.isDone]).toEqual([false, true, true]);
  body.begin(Framing.Length, 3, true);
  expect(body.end()).toBe(false);
});

test.each([
  ["g\r\n", "chunk-size-malformed"],
  ["\r\n", "chunk-size-malformed"],
  ["1 \r\n", "chunk-size-malformed"],
  ["20000000000000\r\n", "chunk-size-malformed"],
  ["00000000000000001\r\n", "chunk-size-malformed"],
  ["1\n", "chunk-size-malformed"],
  ["1\rx", "line-end-malformed"],
  ["1;\r\n", "chunk-extension-malformed"],
  ["1;a=\r\n", "chunk-extension-malformed"],
  ['1;a="b\r\n', "chunk-extension-malformed"],
  ['1;a="b"c\r\n', "chunk-extension-malformed"],
  ['1;a="\\\n"\r\n', "chunk-extension-malformed"],
  ["1; a\r\n", "chunk-extension-malformed"],
  [`1;${"a".repeat(maxChunkExtensionOctets)}`, "chunk-extensions-too-large"],
  ["1\r\nab\r\n", "chunk-end-malformed"],
  ["1\r\na\rx", "chunk-end-malformed"],
  ["0\r\n\rx", "line-end-malformed"],
  ["0\r\n A: b\r\n\r\n", "field-folded"],
  ["0\r\nA b\r\n\r\n", "field-name-malformed"],
  [`0\r\nA: ${"b".repeat(17_000)}`, "fields-too-large"],
])("RFC 9112 section 7.1: refuses chunked %j with %s", (text, code) => {
  expect(read(text, Framing.Chunked, 0, true)).toMatchObject({ status: BodyStatus.Failed, code });
  const all = Array.from({ length: text.length }, (_, i) => i);
  expect(read(text, Framing.Chunked, 0, false, all)).toMatchObject({ status: BodyStatus.Failed, code });
});

test("RFC 9112 section 7.1: chunked content comes out as it went in, however it is chunked and cut", () => {
  const chunk = fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 20 });
  const cuts = fc.array(fc.nat(200), { maxLength: 20 });
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 6 }), cuts, (chunks, at) => {
      const framed = `${chunks.map((data) => `${data.length.toString(16)}\r\n${data}\r\n`).join("")}0\r\n\r\n`;
      const sorted = at.filter((cut) => cut < framed.length).sort((a, b) => a - b);
      expect(read(framed, Framing.Chunked, 0, false, sorted).passed).toBe(chunks.join(""));
      expect(read(framed, Framing.Chunked, 0, true, sorted).passed).toBe(framed);
    }),
  );
});

test.each([
  [0, "Thu, 01 Jan 1970 00:00:00 GMT"],
  [784_111_777_999, "Sun, 06 Nov 1994 08:49:37 GMT"],
  [951_782_400_000, "Tue, 29 Feb 2000 00:00:00 GMT"],
  [4_107_542_400_000, "Mon, 01 Mar 2100 00:00:00 GMT"],
  [253_402_300_799_000, "Fri, 31 Dec 9999 23:59:59 GMT"],
])("formatHttpDate(%d)", (wall, text) => {
  expect(formatHttpDate(wall)).toBe(text);
});

test("formatHttpDate() agrees with the host's calendar", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 253_402_300_799 }), (second) => {
      expect(formatHttpDate(second * 1000)).toBe(new Date(second * 1000).toUTCString());
    }),
  );
});

test("every failure has a status with a phrase, a section and a sentence", () => {
  for (const { status, section, sentence } of Object.values(httpFailures)) {
    expect(reasonPhrase(status)).not.toBe("");
    expect(section).toMatch(/^RFC \d+ section [\d.]+$/);
    expect(sentence).toMatch(/^[A-Z].*\.$/);
  }
});
