// The engine's EDNS options as a peer sees them: cookies, name of the server, idle time, extended errors; and response rate limiting
// with the way around it that a cookie or TCP is.

import { endpoint, type Endpoint } from "#engine";
import { decodeMessage, EdnsOption, ExtendedError, Rcode } from "#wire";
import { expect, test } from "vitest";
import { AnswerStreamEngine } from "./answer-stream-engine.ts";
import { ResponseRates, usualResponseRates } from "./response-rates.ts";
import { engineOf, lines, query, send, stranger, zonesOf } from "./testing.ts";

const zones = zonesOf({
  "example.org. s1": `
@ SOA ns1 host 1 3600 600 86400 60
@ NS ns1
ns1 A 192.0.2.53
www A 192.0.2.1
*.wild A 192.0.2.2
child NS ns.child
ns.child A 192.0.2.3`,
});
const cookieSecret = Uint8Array.from({ length: 16 }, (_, i) => i);
const clientCookie = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

const engine = engineOf(zones, "s1", { cookieSecret, serverName: () => "ns1.example.net" });

const option = (code: number, octets: Uint8Array = new Uint8Array()) => ({ code, octets });

/** Options of a response by code, in hexadecimal. */
function optionsOf(response: Uint8Array): Record<number, string> {
  const decoded = decodeMessage(response);
  if (!decoded.ok) throw new Error(decoded.failure.code);
  return Object.fromEntries(
    (decoded.value.edns?.options ?? []).map(({ code, octets }) => [
      code,
      Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join(""),
    ]),
  );
}

const octetsOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (octet) => Number.parseInt(octet, 16));

const rcodeOf = (response: Uint8Array): string => lines(response)[0] ?? "";

/** A query with a cookie, and the one that the answer gives for it. */
function cookieFor(from: Endpoint = stranger): Uint8Array {
  const asked = query("www.example.org. A", { edns: { options: [option(EdnsOption.COOKIE, clientCookie)] } });
  const hex = optionsOf(send(engine, asked, { from }))[EdnsOption.COOKIE] ?? "";
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

test("RFC 7873 section 5.2.3: who sends a client cookie gets it back with ours, and the answer", () => {
  const cookie = cookieFor();
  expect(cookie.length).toBe(24);
  expect(cookie.subarray(0, 8)).toEqual(clientCookie);
});

test.each([0, 7, 9, 15, 41])("RFC 7873 section 5.2.2: a cookie of %i octets is FORMERR", (length) => {
  const octets = new Uint8Array(length);
  const response = send(
    engine,
    query("www.example.org. A", { edns: { options: [option(EdnsOption.COOKIE, octets)] } }),
  );
  expect(rcodeOf(response)).toBe("FORMERR");
});

test("RFC 7873 section 5.2.4: an old or foreign server cookie is answered with a new one", () => {
  const foreign = new Uint8Array(24).fill(9);
  const response = send(
    engine,
    query("www.example.org. A", { edns: { options: [option(EdnsOption.COOKIE, foreign)] } }),
  );
  expect(rcodeOf(response)).toBe("NOERROR aa");
  expect(optionsOf(response)[EdnsOption.COOKIE]).toMatch(/^0909090909090909(?!0909)/);
});

test("RFC 7873 section 5.4: a query of no question asks for a cookie alone", () => {
  const asked = query("www.example.org. A", { edns: { options: [option(EdnsOption.COOKIE, clientCookie)] } });
  const empty = new Uint8Array([...asked.subarray(0, 12), ...asked.subarray(12 + 17 + 4)]);
  empty[5] = 0;
  const response = send(engine, empty);
  expect(rcodeOf(response)).toBe("NOERROR");
  expect(optionsOf(response)[EdnsOption.COOKIE]).toHaveLength(48);
  const without = query("www.example.org. A", { edns: {} });
  const neither = new Uint8Array([...without.subarray(0, 12), ...without.subarray(12 + 17 + 4)]);
  neither[5] = 0;
  expect(rcodeOf(send(engine, neither))).toBe("FORMERR");
});

test("RFC 7873 section 5.4: without a question a server cookie that is not ours is BADCOOKIE, and one of ours is confirmed", () => {
  const withoutQuestion = (cookie: Uint8Array): Uint8Array => {
    const asked = query("www.example.org. A", { edns: { options: [option(EdnsOption.COOKIE, cookie)] } });
    const empty = new Uint8Array([...asked.subarray(0, 12), ...asked.subarray(12 + 17 + 4)]);
    empty[5] = 0;
    return empty;
  };
  const refused = send(engine, withoutQuestion(new Uint8Array(24).fill(9)));
  expect(rcodeOf(refused)).toBe("BADCOOKIE");
  const given = optionsOf(refused)[EdnsOption.COOKIE] ?? "";
  expect(rcodeOf(send(engine, withoutQuestion(octetsOf(given))))).toBe("NOERROR");
  // RFC 9619 section 4: who knows no cookies knows no query without a question.
  expect(rcodeOf(send(engineOf(zones, "s1"), withoutQuestion(clientCookie)))).toBe("FORMERR");
});

test("RFC 6891 section 7: what is wrong with OPT is told in a response that has one", () => {
  const asked = query("www.example.org. A", { edns: {} });
  // The owner is not the root but the question's name.
  const owned = new Uint8Array([...asked.subarray(0, 33), 0xc0, 0x0c, ...asked.subarray(34)]);
  const response = send(engine, owned);
  expect(rcodeOf(response)).toBe("FORMERR");
  expect(decodeMessage(response)).toMatchObject({ ok: true, value: { edns: { version: 0 } } });
});

test("a server without a secret does not know cookies", () => {
  const asked = query("www.example.org. A", { edns: { options: [option(EdnsOption.COOKIE, clientCookie)] } });
  expect(optionsOf(send(engineOf(zones, "s1"), asked))).toEqual({});
});

test("RFC 5001: who asks for the server's name gets it, and nobody else", () => {
  const asked = query("www.example.org. A", { edns: { options: [option(EdnsOption.NSID)] } });
  expect(optionsOf(send(engine, asked))[EdnsOption.NSID]).toBe("6e73312e6578616d706c652e6e6574");
  expect(optionsOf(send(engine, query("www.example.org. A", { edns: {} })))).toEqual({});
});

test("RFC 7828 section 3.3.2: over a connection the idle time is told in tenths of a second; over UDP never", () => {
  const own = engineOf(zones, "s1");
  expect(new AnswerStreamEngine({ engine: own, idleTimeoutMs: 12_300 }).counters()).toBeDefined();
  const asked = query("www.example.org. A", { edns: { options: [option(EdnsOption.TCP_KEEPALIVE)] } });
  expect(optionsOf(send(own, asked, { transport: "tcp" }))[EdnsOption.TCP_KEEPALIVE]).toBe("007b");
  expect(optionsOf(send(own, asked))).toEqual({});
});

test.each(["tls", "https"] as const)(
  "RFC 7830, RFC 8467 section 4.1: who pads over %s is padded",
  (transport) => {
    const padding = option(EdnsOption.PADDING, new Uint8Array(20));
    for (const question of ["www.example.org. A", "nothing.example.org. A", "elsewhere.test. A"]) {
      const asked = query(question, { edns: { options: [option(EdnsOption.NSID), padding] } });
      const response = send(engine, asked, { transport });
      expect(response.length % 468).toBe(0);
      expect(Object.keys(optionsOf(response)).at(-1)).toBeDefined();
      expect(optionsOf(response)[EdnsOption.PADDING]).toMatch(/^(00)+$/);
      expect(optionsOf(send(engine, query(question, { edns: {} }), { transport }))[EdnsOption.PADDING]).toBe(
        undefined,
      );
    }
  },
);

test("RFC 7830 section 6: nothing is padded that others can read; where there is no room, as much as there is", () => {
  const asked = query("www.example.org. A", { edns: { options: [option(EdnsOption.PADDING)] } });
  for (const transport of ["udp", "tcp"] as const)
    expect(optionsOf(send(engine, asked, { transport }))).toEqual({});
  const response = send(engine, asked, { transport: "tls", room: 512 });
  expect(response.length).toBe(468);
  expect(optionsOf(send(engine, query("www.example.org. A"), { transport: "tls" }))).toEqual({});
});

test.each([
  ["elsewhere.test. A", "REFUSED", ExtendedError.NOT_AUTHORITATIVE],
  ["example.org. AXFR", "REFUSED", ExtendedError.PROHIBITED],
])("RFC 8914: %s is %s, and why stands with it", (question, rcode, code) => {
  const response = send(engine, query(question, { edns: {} }));
  expect(rcodeOf(response)).toBe(rcode);
  expect(optionsOf(response)).toEqual({ [EdnsOption.EXTENDED_ERROR]: code.toString(16).padStart(4, "0") });
  expect(optionsOf(send(engine, query(question)))).toEqual({});
});

test("an answer that leaves no room for options is truncated sooner, and the options are there", () => {
  const wide = zonesOf({
    "example.org. s1": `
@ SOA ns1 host 1 3600 600 86400 60
@ NS ns1
www TXT ${Array.from({ length: 2 }, () => "a".repeat(200)).join(" ")}`,
  });
  const own = engineOf(wide, "s1", { cookieSecret, serverName: () => "n".repeat(300) });
  const asked = (options: ReturnType<typeof option>[]) =>
    query("www.example.org. TXT", { edns: { udpPayloadSize: 512, options } });
  expect(rcodeOf(send(own, asked([])))).toBe("NOERROR aa");
  const response = send(own, asked([option(EdnsOption.COOKIE, clientCookie), option(EdnsOption.NSID)]));
  expect(rcodeOf(response)).toBe("NOERROR aa tc");
  expect(response.length).toBeLessThanOrEqual(512);
  expect(optionsOf(response)[EdnsOption.NSID]).toHaveLength(2 * 128);
});

/** Asks so often in one moment, and counts what comes back by its first line; `nothing` for what does not. */
function flood(
  own: ReturnType<typeof engineOf>,
  times: number,
  make: (i: number) => Uint8Array,
  from: Endpoint = stranger,
  transport: "udp" | "tcp" = "udp",
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let i = 0; i < times; i++) {
    const response = send(own, make(i), { from, transport });
    const key = response.length === 0 ? "nothing" : rcodeOf(response);
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

const limited = () => engineOf(zones, "s1", { cookieSecret, rates: new ResponseRates(usualResponseRates) });

test.each<[string, (i: number) => string]>([
  ["one name", () => "www.example.org. A"],
  ["names of a wildcard", (i) => `n${i}.wild.example.org. A`],
  ["names that do not exist", (i) => `n${i}.example.org. A`],
  ["names of a delegation", (i) => `n${i}.child.example.org. A`],
  ["names of others", (i) => `n${i}.example.com. A`],
])("a flood for %s is cut down; what is let through beside is truncated and empty", (_, name) => {
  const counts = flood(limited(), 2000, (i) => query(name(i)));
  expect(counts["nothing"]).toBe(800);
  expect(counts["NOERROR tc"]).toBe(800);
});

test("different names of a zone are different answers", () => {
  const counts = flood(limited(), 600, (i) =>
    query(i % 2 === 0 ? "www.example.org. A" : "ns1.example.org. A"),
  );
  expect(counts).toEqual({ "NOERROR aa": 600 });
});

test("who has shown our cookie is not limited; who has one at all is told to come back with ours", () => {
  const cookie = cookieFor();
  const withCookie = (octets: Uint8Array) => () =>
    query("www.example.org. A", { edns: { options: [option(EdnsOption.COOKIE, octets)] } });
  expect(flood(limited(), 2000, withCookie(cookie))).toEqual({ "NOERROR aa": 2000 });
  const counts = flood(limited(), 2000, withCookie(clientCookie));
  expect(counts).toEqual({ "NOERROR aa": 400, nothing: 800, "BADCOOKIE tc": 800 });
  // A cookie that somebody else was given is of no use.
  const others = flood(limited(), 2000, withCookie(cookie), endpoint("192.0.2.201", 40_000));
  expect(others["nothing"]).toBe(800);
  expect(Rcode.BADCOOKIE).toBe(23);
});

test("connections and neighbours are not limited", () => {
  const asked = () => query("www.example.org. A");
  expect(flood(limited(), 2000, asked, stranger, "tcp")).toEqual({ "NOERROR aa": 2000 });
  expect(flood(limited(), 2000, asked, endpoint("127.0.0.1", 4000))).toEqual({ "NOERROR aa": 2000 });
});
