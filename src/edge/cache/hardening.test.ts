// A cache under attack: what one visitor sends must not change what others are answered, and nothing makes it hold more than its bounds.

import { expect, test } from "vitest";
import { distribution, field, plain, response, transparent } from "../testing-distribution.ts";
import { KeyWriter } from "./key.ts";

const fresh = "Cache-Control: max-age=60\r\n";
const status = (text: string): string | undefined => field(text, "Cache-Status");
const isHit = (text: string): boolean => status(text)?.includes("; hit") === true;

/** An origin that answers with the request that it got: whatever reaches it unkeyed poisons the cache. */
const echo = (request: string): string => response(request, fresh);

test.each([
  "Accept-Language",
  "Cookie",
  "Authorization",
  "X-Any",
  "close, Accept-Language",
  "keep-alive,cookie",
  "Host",
])("what Connection: %s hides from the origin is not stored under a key that has it", (option) => {
  const { get, asked } = distribution(echo, {
    ...plain,
    forwardedHeaders: { option: "allow-list", names: ["Accept-Language"] },
    forwardedCookies: { option: "all", names: [] },
  });
  const lines = "Accept-Language: de\r\nCookie: a=b\r\n";
  expect(status(get("/a", `${lines}Connection: ${option}\r\n`))).toContain("fwd=bypass");
  const text = get("/a", lines);
  expect(isHit(text)).toBe(false);
  expect(text).toContain("Accept-Language: de\r\n");
  expect(asked.length).toBe(2);
  expect(status(get("/a", `${lines}Connection: ${option}\r\n`))).toContain("fwd=bypass");
});

test("the usual options of Connection do not keep anybody from the store", () => {
  const { get } = distribution(echo);
  get("/a", "Connection: close\r\n");
  for (const option of ["keep-alive", "close", "Keep-Alive, TE", "te", "", "Close"])
    expect(isHit(get("/a", `Connection: ${option}\r\n`)), option).toBe(true);
});

test.each([
  "X-Forwarded-Host: evil.test",
  "X-Forwarded-Proto: https",
  "X-Forwarded-Port: 6666",
  "X-Forwarded-For: 10.0.0.1",
  "Forwarded: host=evil.test",
  "X-Forwarded-Prefix: /evil",
  "X-Real-IP: 10.0.0.1",
  "X-Forwarded-Server: evil.test",
])("%s of a visitor is in no stored response, even where all headers are forwarded", (line) => {
  const { get } = distribution(echo);
  const text = get("/a", `${line}\r\n`);
  expect(text).not.toContain("evil");
  expect(get("/a")).not.toContain(line.split(": ")[1] ?? "-");
});

test.each([
  "X-Original-URL: /admin",
  "X-HTTP-Method-Override: PUT",
  "X-Anything: evil",
  "Accept: evil",
  "Origin: evil",
])("%s reaches no origin whose answer is stored, where headers are not forwarded", (line) => {
  const { get } = distribution(echo, plain);
  get("/a", `${line}\r\n`);
  expect(get("/a", "Accept-Encoding: identity\r\n")).not.toMatch(/evil|admin|Override/);
});

test("a Host that is not in the key reaches the origin in no way", () => {
  const { network, get } = distribution(echo, plain, { origin: { host: "web.internal" } });
  const attacker = network.accept("127.53.8.9:8080");
  attacker.send("GET /a HTTP/1.1\r\nHost: evil.test:66\r\n\r\n");
  expect(attacker.text).not.toContain("evil");
  expect(attacker.text).not.toContain("66");
  expect(get("/a")).toContain("Host: web.internal\r\n");
});

test("content of a GET neither fills nor empties the store", () => {
  const { get, open, asked } = distribution((request) => {
    // The content comes by itself.
    if (request === "evil") return undefined;
    return response(request.includes("Content-Length: 4") ? "poisoned" : "good", fresh);
  });
  const attack = (): string => {
    const visitor = open();
    visitor.send("GET /a HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 4\r\n\r\nevil");
    return visitor.text;
  };
  expect(status(attack())).toContain("fwd=bypass");
  expect(get("/a").endsWith("good")).toBe(true);
  expect(attack().endsWith("poisoned")).toBe(true);
  expect(isHit(get("/a"))).toBe(true);
  expect(asked.filter((request) => request.startsWith("GET")).length).toBe(3);
});

test("a request for a switch of protocols is never answered from the store, nor stored", () => {
  const { get, asked } = distribution(() => response("hi", fresh));
  get("/a");
  const text = get("/a", "Connection: upgrade\r\nUpgrade: websocket\r\n");
  expect(status(text)).toContain("fwd=bypass");
  expect(asked.length).toBe(2);
});

test("one target in two forms has one key, and what only looks alike has two", () => {
  const { get, open, asked } = distribution(() => response("hi", fresh));
  get("/a");
  const visitor = open();
  visitor.send("GET http://shop.test/a HTTP/1.1\r\nHost: shop.test\r\n\r\n");
  expect(isHit(visitor.text)).toBe(true);
  for (const path of ["/a/", "/%61", "/A", "//a", "/./a", "/a?", "/a;x", "/a%00"])
    expect(isHit(get(path)), path).toBe(false);
  expect(asked.length).toBe(9);
});

test("who is let in by Authorization shares nothing with who asks at the same time", () => {
  const world = distribution(() => undefined);
  const [one, two] = [world.open(), world.open()];
  one.send("GET /a HTTP/1.1\r\nHost: shop.test\r\nAuthorization: Basic one\r\n\r\n");
  two.send("GET /a HTTP/1.1\r\nHost: shop.test\r\nAuthorization: Basic two\r\n\r\n");
  const third = world.open();
  third.send("GET /a HTTP/1.1\r\nHost: shop.test\r\n\r\n");
  expect(world.asked.length).toBe(3);
  for (const [i, origin] of world.origins.entries()) origin.send(response(`own${i}`, fresh));
  expect([one, two, third].map(({ text }) => text.slice(-4))).toEqual(["own0", "own1", "own2"]);
  expect(world.get("/a").endsWith("own2")).toBe(true);
});

test("keys with one hash are two keys", () => {
  // With a key that is known, hashes of 32 bits meet after some tens of thousands: here those that do are looked for.
  const world = distribution((request) => response(request.split(" ")[1] ?? "", fresh));
  const writer = new KeyWriter([0, 0]);
  const seen = new Map<number, string>();
  const pairs: [string, string][] = [];
  for (let i = 0; pairs.length < 2 && i < 400_000; i++) {
    const path = `/${i.toString(36)}`;
    const octets = new TextEncoder().encode(`\u0001\0\0\0pshop.test\n${path}\n`);
    const hash = writer.hashOfPath(octets, 0, octets.length);
    const other = seen.get(hash);
    if (other !== undefined) pairs.push([other, path]);
    else seen.set(hash, path);
  }
  expect(pairs.length).toBe(2);
  for (const [a, b] of pairs) {
    for (const path of [a, b]) expect(isHit(world.get(path))).toBe(false);
    for (const path of [a, b, a]) {
      const text = world.get(path);
      expect(isHit(text)).toBe(true);
      expect(text.endsWith(`\r\n\r\n${path}`)).toBe(true);
    }
  }
});

test.each([
  ["a name too many", Array.from({ length: 17 }, (_, i) => `a${i}`).join(", ")],
  ["thousands of names", "a,".repeat(5000)],
  ["a star among others", "a, *"],
])("Vary with %s is as good as *", (_what, vary) => {
  const { get, asked } = distribution(() => response("hi", `${fresh}Vary: ${vary}\r\n`));
  expect(status(get("/a"))).toContain("detail=vary");
  get("/a");
  expect(asked.length).toBe(2);
});

test("thousands of variants of one URI take the room of a few, and look-ups stay short", () => {
  const { get, engine } = distribution(() => response("hi", `${fresh}Vary: A\r\n`));
  for (let i = 0; i < 500; i++) get("/a", `A: ${i}\r\n`);
  const { "cache-responses": responses, "cache-keys": keys } = engine.readCounters();
  expect(responses).toBe(32);
  expect(keys).toBe(1);
  expect(isHit(get("/a", "A: 499\r\n"))).toBe(true);
  expect(isHit(get("/a", "A: 0\r\n"))).toBe(false);
});

test.each([
  ["a thousand ranges", `bytes=${Array.from({ length: 1000 }, (_, i) => `${i}-${i}`).join(",")}`, 200],
  ["ranges that overlap", `bytes=${Array.from({ length: 16 }, () => "0-").join(",")}`, 206],
  ["the whole sixteen times", `bytes=${Array.from({ length: 16 }, (_, i) => `${i}-9999`).join(",")}`, 206],
  ["a number too large", "bytes=0-999999999999999999999", 200],
])("RFC 9110 section 17.15: %s cost no more than the whole", (_what, range, code) => {
  const { get } = distribution(() => response("x".repeat(10_000), fresh));
  get("/a");
  const text = get("/a", `Range: ${range}\r\n`);
  expect(text).toMatch(new RegExp(`^HTTP/1.1 ${code} `));
  expect(text.length).toBeLessThan(10_600);
});

test("what is stored stays within its bound, whatever is asked for, and what is used often stays", () => {
  const world = distribution(() => response("x".repeat(3000), fresh), transparent, {
    limits: { cacheOctets: 200_000, cachedResponseOctets: 50_000 },
  });
  for (let i = 0; i < 3; i++) world.get("/often");
  for (let i = 0; i < 1000; i++) {
    world.get(`/${i}`);
    if (i % 10 === 0) world.get("/often");
    if (i % 100 === 0) expect(world.engine.readCounters()["cache-octets"]).toBeLessThanOrEqual(200_000);
  }
  expect(isHit(world.get("/often"))).toBe(true);
  expect(world.engine.readCounters()["cache-evictions"]).toBeGreaterThan(900);
});

test("URIs whose responses are not stored take no more room than the bound either", () => {
  const world = distribution(() => response("x", "Cache-Control: private\r\n"), transparent, {
    limits: { cacheOctets: 100_000, cachedResponseOctets: 50_000 },
  });
  for (let i = 0; i < 1000; i++) world.get(`/${i}`);
  expect(world.engine.readCounters()["cache-octets"]).toBeLessThanOrEqual(100_000);
  expect(world.engine.readCounters()["cache-keys"]).toBeLessThan(200);
});

test("slow readers of what is gone keep the store from taking more, and then let it", () => {
  const world = distribution(() => response("x".repeat(100_000), fresh), transparent, {
    limits: { cacheOctets: 500_000, cachedResponseOctets: 120_000 },
  });
  const slow = Array.from({ length: 10 }, (_, i) => {
    const visitor = world.open();
    visitor.capacity = 10;
    visitor.send(`GET /${i} HTTP/1.1\r\nHost: shop.test\r\n\r\n`);
    return visitor;
  });
  expect(world.engine.readCounters()["cache-octets"]).toBeLessThanOrEqual(500_000);
  for (const visitor of slow) for (let i = 0; i < 10; i++) visitor.read();
  for (const { text } of slow) expect(text.length).toBeGreaterThan(100_000);
  for (const visitor of slow) visitor.reset();
  expect(world.engine.readCounters()["cache-octets"]).toBeLessThanOrEqual(500_000);
  expect(isHit(world.get("/new")) || isHit(world.get("/new"))).toBe(true);
});

test("a reader that takes nothing is ended in time, and nothing of it stays", () => {
  const world = distribution(() => response("x".repeat(100_000), fresh));
  const visitor = world.open();
  visitor.capacity = 10;
  visitor.send("GET /a HTTP/1.1\r\nHost: shop.test\r\n\r\n");
  world.network.advance(61_000);
  expect(visitor.wasDestroyed).toBe(true);
  expect(world.engine.readCounters()).toMatchObject({ "cache-responses": 1, "cache-fetches-open": 0 });
});

test("a wall clock that goes back or ahead makes nothing older or younger", () => {
  const { get, network } = distribution(() => response("hi", fresh));
  get("/a");
  network.now.wall -= 86_400_000;
  network.advance(5000);
  expect(field(get("/a"), "Age")).toBe("5");
  network.now.wall += 2 * 86_400_000;
  network.advance(5000);
  expect(field(get("/a"), "Age")).toBe("10");
  network.advance(50_000);
  expect(isHit(get("/a"))).toBe(false);
});

test.each([
  ["Age: 99999999999999999999", undefined],
  ["Age: 2147483648", undefined],
  ["Age: -5", 60],
  ["Age: 1e3", 60],
  ["Age: 10, 50", 50],
  ["Age: ", 60],
  ["Date: Sun, 06 Nov 1994 08:49:07 GMT", 30],
  ["Date: Mon, 07 Nov 2094 08:49:07 GMT", 60],
  ["Date: yesterday", 60],
  ["Date: Sun, 06 Nov 1994 08:49:07 GMT\r\nDate: x", 30],
  ["Expires: Thu, 01 Jan 1970 00:00:00 GMT", 60],
])("RFC 9111 section 4.2.3: with %j a minute's life has %s s left", (lines, ttl) => {
  const { get } = distribution(() => response("hi", `${fresh}${lines}\r\n`));
  get("/a");
  expect(status(get("/a"))).toBe(
    ttl === undefined
      ? "fairlead-edge; fwd=uri-miss; fwd-status=200; detail=expired"
      : `fairlead-edge; hit; ttl=${ttl}`,
  );
});

test.each(["0", "-1", "now", "Thu, 99 Foo 2099 00:00:00 GMT", "x".repeat(5000), "Expires: x", ""])(
  "RFC 9111 section 5.3: Expires: %j is in the past",
  (value) => {
    const { get, asked } = distribution(() => response("hi", `Expires: ${value}\r\n`));
    get("/a");
    get("/a");
    expect(asked.length).toBe(2);
  },
);

test("a 304 to a request without conditions is no answer, and interim responses have an end", () => {
  expect(distribution(() => "HTTP/1.1 304 Not Modified\r\n\r\n").get("/a")).toMatch(/^HTTP\/1.1 502 /);
  expect(distribution(() => "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(40)).get("/a")).toContain(
    "HTTP/1.1 502 ",
  );
  expect(distribution(() => "HTTP/1.1 101 Switching Protocols\r\n\r\n").get("/a")).toMatch(/^HTTP\/1.1 502 /);
});

test("octets after a response are no part of it, and not of the next one", () => {
  const { get, asked } = distribution(
    (request) => response(request.includes("/a") ? "good" : "other", fresh) + response("evil", fresh),
  );
  expect(get("/a").endsWith("good")).toBe(true);
  expect(get("/b").endsWith("other")).toBe(true);
  expect(get("/a").endsWith("good")).toBe(true);
  expect(asked.length).toBe(2);
});

test("a distribution whose origin is itself, another one or nothing answers so", () => {
  for (const resourceId of ["d1", "gone"]) {
    const text = distribution(() => response("hi"), transparent, { origin: { resourceId } }).get("/a");
    expect(text).toMatch(/^HTTP\/1.1 503 /);
    expect(text).toContain("is not there");
  }
});
