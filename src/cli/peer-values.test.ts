import { expect, test } from "vitest";
import { formatEndpoint } from "#engine";
import { tsigAlgorithm, type TsigKey } from "#wire";
import { readAccess, readName, readPeers, readUpdateRule, readZonePart } from "./peer-values.ts";

const key: TsigKey = {
  name: readName("k"),
  algorithm: tsigAlgorithm("hmac-sha256")!,
  secret: new Uint8Array(8),
};
const findKey = (name: TsigKey["name"]): TsigKey | undefined => (name.equals(key.name) ? key : undefined);

test.each([
  ["any", undefined, undefined],
  ["192.0.2.1", 32, undefined],
  ["192.0.2.0/24", 24, undefined],
  ["2001:db8::/32", 32, undefined],
  ["::1", 128, undefined],
  ["key:k", undefined, "k."],
  ["192.0.2.0/24+key:k", 24, "k."],
  ["tls", undefined, undefined],
  ["tls+192.0.2.0/24+key:k", 24, "k."],
])("readAccess() of %s", (text, bits, name) => {
  const rule = readAccess("--allow-transfer", text, findKey);
  expect([rule.network?.bits, rule.key?.toString()]).toEqual([bits, name]);
  expect(rule.isPrivate).toBe(text.startsWith("tls") ? true : undefined);
});

const pin = `${"A".repeat(43)}=`;

test("readPeers() with TLS: a name or pins, port 853 where none is given", () => {
  const tls = { authorities: "PEM" };
  const peers = readPeers("--secondary", `192.0.2.1;tls=ns1.test.,192.0.2.2:8853#k;pin=${pin}`, findKey, tls);
  expect(peers.map(({ at }) => formatEndpoint(at))).toEqual(["192.0.2.1:853", "192.0.2.2:8853"]);
  expect(peers.map((peer) => peer.tls)).toEqual([
    { protocols: ["dot"], serverName: "ns1.test", authorities: "PEM" },
    { protocols: ["dot"], pins: [pin], authorities: "PEM" },
  ]);
  expect(peers[1]?.key).toBe(key);
  for (const text of ["192.0.2.1;tls=", "192.0.2.1;pin=short", "192.0.2.1;tls=a;tls=b", "192.0.2.1;x=y"])
    expect(() => readPeers("--secondary", text, findKey, tls)).toThrow(/expected tls=NAME/);
  expect(() => readPeers("--notify", "192.0.2.1;tls=a", findKey)).toThrow(/not said over TLS/);
});

test.each(["", "192.0.2.1/33", "192.0.2.1/x", "nobody", "key:other", "::/129", "any+any"])(
  "readAccess() refuses %j",
  (text) => {
    expect(() => readAccess("--allow-transfer", text, findKey)).toThrow(/Cannot read/);
  },
);

test.each([
  ["192.0.2.1", ["192.0.2.1:53"]],
  ["192.0.2.1:5353,[2001:db8::1]:54", ["192.0.2.1:5353", "[2001:db8::1]:54"]],
  ["[2001:db8::1]", ["[2001:db8::1]:53"]],
])("readPeers() of %s", (text, expected) => {
  expect(readPeers("--notify", text, findKey).map(({ at }) => formatEndpoint(at))).toEqual(expected);
});

test("readPeers() finds the key behind the hash", () => {
  expect(readPeers("--notify", "192.0.2.1#k", findKey)[0]?.key).toBe(key);
  expect(() => readPeers("--notify", "192.0.2.1#other", findKey)).toThrow(/no key "other"/);
});

test.each(["", "host:53", "192.0.2.1:0", "192.0.2.1:65536", "192.0.2.1:x"])(
  "readPeers() refuses %j",
  (text) => {
    expect(() => readPeers("--notify", text, findKey)).toThrow(/expected ADDR:PORT/);
  },
);

test("readUpdateRule() and readZonePart()", () => {
  const rule = readUpdateRule("--allow-update", "key:k;below=a.test,b.test;types=A,TYPE65280", findKey);
  expect(rule.below?.map(String)).toEqual(["a.test.", "b.test."]);
  expect(rule.types).toEqual([1, 65_280]);
  expect(() => readUpdateRule("--allow-update", "any;above=x", findKey)).toThrow(/below=NAME/);
  expect(() => readUpdateRule("--allow-update", "any;types=NOPE", findKey)).toThrow(/no RR type/);
  expect(readZonePart("a.test=rest=more").rest).toBe("rest=more");
  expect(readZonePart("any")).toEqual({ zone: undefined, rest: "any" });
});
