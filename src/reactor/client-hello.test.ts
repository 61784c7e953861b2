import { Duplex } from "node:stream";
import { connect } from "node:tls";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { HelloReader, maxHelloOctets, type HelloResult } from "./client-hello.ts";
import { TlsAlert } from "./tls.ts";

type Octets = readonly number[];

const vector = (lengthOctets: number, content: Octets): number[] => {
  const length: number[] = [];
  for (let i = lengthOctets - 1; i >= 0; i--) length.push((content.length >> (8 * i)) & 0xff);
  return [...length, ...content];
};
const text = (value: string): number[] => [...Buffer.from(value, "latin1")];
const extension = (type: number, content: Octets): number[] => [
  type >> 8,
  type & 0xff,
  ...vector(2, content),
];
const serverName = (name: string): number[] => extension(0, vector(2, [0, ...vector(2, text(name))]));
const alpn = (...names: string[]): number[] =>
  extension(
    16,
    vector(
      2,
      names.flatMap((name) => vector(1, text(name))),
    ),
  );

interface Parts {
  readonly version: Octets;
  readonly session: Octets;
  readonly suites: Octets;
  readonly compression: Octets;
  /** Undefined leaves the list out. */
  readonly extensions: Octets | undefined;
  readonly behind: Octets;
}

function body(parts: Partial<Parts> = {}): number[] {
  const { version = [3, 3], session = [], suites = [0x13, 0x01], compression = [0], extensions = [] } = parts;
  return [
    ...version,
    ...Array.from({ length: 32 }, (_, i) => i),
    ...vector(1, session),
    ...vector(2, suites),
    ...vector(1, compression),
    ...("extensions" in parts && parts.extensions === undefined ? [] : vector(2, extensions)),
    ...(parts.behind ?? []),
  ];
}
const message = (content: Octets, type = 1): number[] => [type, ...vector(3, content)];
const record = (content: Octets, type = 22, version: Octets = [3, 1]): number[] => [
  type,
  ...version,
  ...vector(2, content),
];
const hello = (parts: Partial<Parts> = {}): Uint8Array => Uint8Array.from(record(message(body(parts))));

function read(...pieces: Uint8Array[]): HelloResult {
  const reader = new HelloReader();
  let result: HelloResult = { kind: "more" };
  for (const piece of pieces) {
    result = reader.push(piece);
    if (result.kind !== "more") break;
  }
  return result;
}

const both = [...serverName("shop.test"), ...alpn("h2", "http/1.1")];

test.each<[string, Partial<Parts>, object]>([
  [
    "a name and protocols (RFC 6066 section 3, RFC 7301 section 3.1)",
    { extensions: both },
    { serverName: "shop.test", protocols: ["h2", "http/1.1"] },
  ],
  [
    "no extensions at all (RFC 5246 section 7.4.1.2)",
    { extensions: undefined },
    { serverName: undefined, protocols: undefined },
  ],
  ["an empty list of extensions", { extensions: [] }, { serverName: undefined, protocols: undefined }],
  [
    "extensions nobody knows, GREASE too (RFC 8701)",
    { extensions: [...extension(0x0a0a, [1, 2]), ...extension(0xfafa, []), ...serverName("a")] },
    { serverName: "a", protocols: undefined },
  ],
  [
    "a name as it was written",
    { extensions: serverName("ShOp.Test.") },
    { serverName: "ShOp.Test.", protocols: undefined },
  ],
  [
    "a session id of 32 octets",
    { session: Array.from({ length: 32 }, () => 1), extensions: serverName("a") },
    { serverName: "a", protocols: undefined },
  ],
  [
    "versions, which are not judged here",
    { version: [9, 9] },
    { serverName: undefined, protocols: undefined },
  ],
])("reads %s", (_name, parts, expected) => {
  expect(read(hello(parts))).toEqual({ kind: "read", hello: expected });
});

const { decodeError, illegalParameter, recordOverflow, unexpectedMessage } = TlsAlert;

test.each<[string, Uint8Array, number]>([
  ["HTTP in the clear", Uint8Array.from(text("GET / HTTP/1.1\r\n")), unexpectedMessage],
  ["a hello of SSL 2", Uint8Array.from([0x80, 0x2e, 1, 0, 2]), unexpectedMessage],
  ["another version of records", Uint8Array.from([22, 2, 0]), decodeError],
  ["an alert first", Uint8Array.from(record([2, 40], 21)), unexpectedMessage],
  ["application data first", Uint8Array.from(record([1, 2, 3], 23)), unexpectedMessage],
  ["an empty fragment (RFC 8446 section 5.1)", Uint8Array.from(record([])), unexpectedMessage],
  ["a record above 2^14 octets (RFC 8446 section 5.1)", Uint8Array.from([22, 3, 1, 0x40, 1]), recordOverflow],
  ["a message that is no ClientHello", Uint8Array.from(record(message(body(), 2))), unexpectedMessage],
  ["a hello of 16 MB", Uint8Array.from(record([1, 0xff, 0xff, 0xff])), recordOverflow],
  [
    "octets behind the hello in its record (RFC 8446 section 5.1)",
    Uint8Array.from(record([...message(body()), 1])),
    unexpectedMessage,
  ],
  [
    "another record type within the hello",
    Uint8Array.from([...record(message(body()).slice(0, 9)), ...record([1], 23)]),
    unexpectedMessage,
  ],
  ["a hello of two octets", Uint8Array.from(record(message([3, 3]))), decodeError],
  ["a session id of 33 octets", hello({ session: Array.from({ length: 33 }, () => 1) }), decodeError],
  ["no cipher suite", hello({ suites: [] }), decodeError],
  ["half a cipher suite", hello({ suites: [0x13, 1, 0x13] }), decodeError],
  ["no compression method", hello({ compression: [] }), decodeError],
  ["octets behind the extensions", hello({ behind: [0] }), decodeError],
  ["an extension that is longer than the list", hello({ extensions: [0, 5, 0, 9, 1] }), decodeError],
  ["a list that ends within a type", hello({ extensions: [0] }), decodeError],
  [
    "an extension twice (RFC 8446 section 4.2)",
    hello({ extensions: [...serverName("a"), ...serverName("b")] }),
    illegalParameter,
  ],
  [
    "an unknown extension twice",
    hello({ extensions: [...extension(99, []), ...extension(99, [])] }),
    illegalParameter,
  ],
  [
    "two names (RFC 6066 section 3)",
    hello({ extensions: extension(0, vector(2, [0, ...vector(2, text("a")), 0, ...vector(2, text("b"))])) }),
    decodeError,
  ],
  [
    "a name of another type",
    hello({ extensions: extension(0, vector(2, [1, ...vector(2, text("a"))])) }),
    decodeError,
  ],
  ["an empty name", hello({ extensions: serverName("") }), decodeError],
  ["an empty list of names", hello({ extensions: extension(0, [0, 0]) }), decodeError],
  ["an empty server_name, as servers send it", hello({ extensions: extension(0, []) }), decodeError],
  ["a name of 256 octets", hello({ extensions: serverName("a".repeat(256)) }), decodeError],
  ["a NUL in the name", hello({ extensions: serverName("shop.test\0.other.test") }), illegalParameter],
  ["a blank in the name", hello({ extensions: serverName("shop test") }), illegalParameter],
  ["a name beyond ASCII", hello({ extensions: serverName("caf\u00e9.test") }), illegalParameter],
  ["an empty list of protocols", hello({ extensions: extension(16, [0, 0]) }), decodeError],
  ["an empty protocol", hello({ extensions: alpn("h2", "") }), decodeError],
  ["a protocol that is cut off", hello({ extensions: extension(16, [0, 2, 5, 1]) }), decodeError],
])("refuses %s", (_name, octets, alert) => {
  expect(read(octets)).toEqual({ kind: "failed", alert });
});

const whole = hello({ extensions: both });

test("a hello is the same in two pieces split at every offset, and octet by octet", () => {
  const expected = read(whole);
  for (let at = 1; at < whole.length; at++) {
    expect(read(whole.subarray(0, at))).toEqual({ kind: "more" });
    expect(read(whole.subarray(0, at), whole.subarray(at))).toEqual(expected);
  }
  expect(read(...[...whole].map((octet) => Uint8Array.of(octet)))).toEqual(expected);
});

test("a hello is the same in two records split at every offset, and in records of one octet", () => {
  const content = message(body({ extensions: both }));
  const expected = read(whole);
  for (let at = 1; at < content.length; at++) {
    expect(read(Uint8Array.from([...record(content.slice(0, at)), ...record(content.slice(at))]))).toEqual(
      expected,
    );
  }
  expect(read(Uint8Array.from(content.flatMap((octet) => record([octet]))))).toEqual(expected);
});

test("all octets are kept for the library, those behind the hello too", () => {
  const reader = new HelloReader();
  const early = record([1, 2, 3], 23);
  reader.push(whole.subarray(0, 20));
  expect(reader.push(Uint8Array.from([...whole.subarray(20), ...early])).kind).toBe("read");
  expect([...reader.wire.all]).toEqual([...whole, ...early]);
});

test("a hello that never ends is refused at the bound, in whatever records it comes", () => {
  for (const size of [1, 7, 1000, 16_000]) {
    const reader = new HelloReader();
    let result: HelloResult = reader.push(Uint8Array.from(record([1, 0, 0x3f, 0xff])));
    let sent = 9;
    while (result.kind === "more") {
      const next = Uint8Array.from(record(Array.from({ length: size }, () => 0)));
      sent += next.length;
      result = reader.push(next);
    }
    expect(result).toEqual({ kind: "failed", alert: recordOverflow });
    expect(sent).toBeLessThan(maxHelloOctets + size + 10);
  }
});

test("hellos of a real library are read, with and without keys against quantum computers", async () => {
  for (const ecdhCurve of ["X25519MLKEM768", "X25519"]) {
    const octets = await new Promise<Buffer>((resolve) => {
      const socket = new Duplex({ read() {}, write: (chunk: Buffer) => resolve(chunk) });
      const secure = connect({
        socket,
        servername: "shop.test",
        ALPNProtocols: ["h2", "http/1.1"],
        ecdhCurve,
      });
      secure.on("error", () => {});
    });
    expect(read(octets)).toEqual({
      kind: "read",
      hello: { serverName: "shop.test", protocols: ["h2", "http/1.1"] },
    });
  }
});

test("any octets, and any change to a hello, give a value; what is read is within the bounds", () => {
  const changed = fc
    .array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 })
    .map((changes) => {
      const octets = whole.slice();
      for (const [at, value] of changes) octets[at] = value;
      return octets;
    });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), changed), fc.nat(300), (octets, split) => {
      const result = read(octets);
      if (result.kind === "read") expect(result.hello.serverName ?? "a").toMatch(/^[\x21-\x7e]{1,255}$/);
      // In pieces it comes to the same.
      const at = Math.min(split, octets.length);
      expect(read(octets.subarray(0, at), octets.subarray(at))).toEqual(result);
    }),
    { numRuns: 3000 },
  );
});
