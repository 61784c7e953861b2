// Many visitors and one origin: who waits for whom, who is sent what while it arrives, and what happens when one of them goes away.

import { expect, test } from "vitest";
import { distribution, field, response, transparent } from "../testing-distribution.ts";

const fresh = "Cache-Control: max-age=60\r\n";
const ask = (path: string, lines = ""): string => `GET ${path} HTTP/1.1\r\nHost: shop.test\r\n${lines}\r\n`;
const status = (text: string): string | undefined => field(text, "Cache-Status");

test("a thousand visitors who ask for the same wait for one request to the origin", () => {
  const world = distribution(() => undefined);
  const visitors = Array.from({ length: 1000 }, () => world.open());
  for (const visitor of visitors) visitor.send(ask("/a"));
  expect(world.asked.length).toBe(1);
  world.origins[0]?.send(response("hi", fresh));
  for (const visitor of visitors) expect(visitor.text.endsWith("\r\n\r\nhi")).toBe(true);
  expect(status(visitors[0]?.text ?? "")).toBe("fairlead-edge; fwd=uri-miss; fwd-status=200; stored; ttl=60");
  expect(status(visitors[999]?.text ?? "")).toBe(
    "fairlead-edge; fwd=uri-miss; fwd-status=200; stored; collapsed; ttl=60",
  );
  expect(world.engine.readCounters()["cache-collapsed"]).toBe(999);
  expect(world.engine.readCounters()["cache-fetches-open"]).toBe(0);
});

test("who waited for what is not shared goes on alone, all at once; after that nobody waits", () => {
  const world = distribution(() => undefined);
  const visitors = Array.from({ length: 5 }, () => world.open());
  for (const visitor of visitors) visitor.send(ask("/a"));
  world.origins[0]?.send(response("one", "Cache-Control: private\r\n"));
  expect(visitors[0]?.text.endsWith("one")).toBe(true);
  expect(world.asked.length).toBe(5);
  const late = world.open();
  late.send(ask("/a"));
  expect(world.asked.length).toBe(6);
  for (const [i, origin] of world.origins.entries())
    origin.send(response(`own${i}`, "Cache-Control: private\r\n"));
  expect(new Set(visitors.map(({ text }) => text.slice(-4))).size).toBe(5);
  expect(status(late.text)).toBe("fairlead-edge; fwd=uri-miss; fwd-status=200; detail=private");
});

test("a URI whose responses were not kept is tried again after a while", () => {
  let isKept = false;
  const world = distribution(() => response("hi", isKept ? fresh : "Cache-Control: no-store\r\n"));
  world.get("/a");
  isKept = true;
  expect(status(world.get("/a"))).toContain("fwd=uri-miss");
  world.network.advance(10_001);
  expect(status(world.get("/a"))).toContain("stored");
  expect(status(world.get("/a"))).toContain("; hit");
});

test("who waits and has other headers than Vary lists is asked for anew", () => {
  const world = distribution((request) =>
    request.includes("A: 1") ? undefined : response("two", `${fresh}Vary: A\r\n`),
  );
  const [one, two, same] = [world.open(), world.open(), world.open()];
  one.send(ask("/a", "A: 1\r\n"));
  two.send(ask("/a", "A: 2\r\n"));
  same.send(ask("/a", "A: 1\r\n"));
  expect(world.asked.length).toBe(1);
  world.origins[0]?.send(response("one", `${fresh}Vary: A\r\n`));
  expect(one.text.endsWith("one")).toBe(true);
  expect(same.text.endsWith("one")).toBe(true);
  expect(two.text.endsWith("two")).toBe(true);
  expect(world.asked.length).toBe(2);
});

test("content goes out to all readers as it arrives, whoever joins in between", () => {
  const world = distribution(() => undefined);
  const [first, second] = [world.open(), world.open()];
  first.send(ask("/a"));
  world.origins[0]?.send(`HTTP/1.1 200 OK\r\n${fresh}Content-Length: 9\r\n\r\nabc`);
  expect(first.text.endsWith("\r\n\r\nabc")).toBe(true);
  second.send(ask("/a"));
  expect(second.text.endsWith("\r\n\r\nabc")).toBe(true);
  world.origins[0]?.send("def");
  expect(second.text.endsWith("abcdef")).toBe(true);
  world.origins[0]?.send("ghi");
  for (const { text } of [first, second]) expect(text.endsWith("\r\n\r\nabcdefghi")).toBe(true);
  expect(world.asked.length).toBe(1);
  expect(status(world.get("/a"))).toBe("fairlead-edge; hit; ttl=60");
});

test("content of unknown length comes in chunks while it arrives, and with its length from the store", () => {
  const world = distribution(() => undefined);
  const visitor = world.open();
  visitor.send(ask("/a"));
  const old = world.open();
  old.send("GET /a HTTP/1.0\r\nHost: shop.test\r\n\r\n");
  world.origins[0]?.send(`HTTP/1.1 200 OK\r\n${fresh}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`);
  world.origins[0]?.send("2;x=y\r\nde\r\n0\r\nTrailer: x\r\n\r\n");
  expect(field(visitor.text, "Transfer-Encoding")).toBe("chunked");
  expect(visitor.text.split("\r\n\r\n").slice(1).join("\r\n\r\n")).toBe("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  expect(old.text.endsWith("\r\n\r\nabcde")).toBe(true);
  expect(old.hasEnd).toBe(true);
  const stored = world.get("/a");
  expect(field(stored, "Content-Length")).toBe("5");
  expect(stored.endsWith("\r\n\r\nabcde")).toBe(true);
});

test("a response that breaks off is whole for nobody and is not stored", () => {
  for (const cut of ["Content-Length: 9\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"]) {
    const world = distribution(() => undefined);
    const visitor = world.open();
    visitor.send(ask("/a"));
    world.origins[0]?.send(`HTTP/1.1 200 OK\r\n${fresh}${cut}`);
    expect(visitor.text).toContain("abc");
    world.origins[0]?.end();
    expect(visitor.wasDestroyed).toBe(true);
    expect(visitor.text.endsWith("0\r\n\r\n")).toBe(false);
    world.open().send(ask("/a"));
    expect(world.asked.length).toBe(2);
    expect(world.engine.readCounters()["cache-responses"]).toBe(0);
  }
});

test("a response that only the end of its connection delimits is passed on and not stored", () => {
  const world = distribution(() => undefined);
  const visitor = world.open();
  visitor.send(ask("/a"));
  world.origins[0]?.send(`HTTP/1.0 200 OK\r\n${fresh}\r\nabc`);
  world.origins[0]?.end();
  expect(visitor.text).toContain("detail=unframed");
  expect(visitor.text.endsWith("3\r\nabc\r\n0\r\n\r\n")).toBe(true);
  expect(world.engine.readCounters()["cache-responses"]).toBe(0);
});

test("who goes away takes nothing from the others, whoever asked first", () => {
  const world = distribution(() => undefined);
  const [first, second] = [world.open(), world.open()];
  first.send(ask("/a"));
  second.send(ask("/a"));
  first.reset();
  world.origins[0]?.send(`HTTP/1.1 200 OK\r\n${fresh}Content-Length: 6\r\n\r\nabc`);
  world.origins[0]?.send("def");
  expect(second.text.endsWith("abcdef")).toBe(true);
});

test("where all have gone, the request to the origin is ended, unless it is as good as done", () => {
  const world = distribution(() => undefined);
  const visitor = world.open();
  visitor.send(ask("/a"));
  visitor.reset();
  expect(world.origins[0]?.wasDestroyed).toBe(true);
  expect(world.engine.readCounters()["cache-fetches-open"]).toBe(0);
  expect(world.engine.readCounters()["cache-keys"]).toBe(0);
  const other = world.open();
  other.send(ask("/b"));
  world.origins[1]?.send(`HTTP/1.1 200 OK\r\n${fresh}Content-Length: 6\r\n\r\nabc`);
  other.reset();
  expect(world.origins[1]?.wasDestroyed).toBe(false);
  world.origins[1]?.send("def");
  expect(status(world.get("/b"))).toBe("fairlead-edge; hit; ttl=60");
});

test("who reads slowly holds nobody up, and gets all of it in the end", () => {
  const world = distribution(() => undefined, transparent, {
    limits: { cachedResponseOctets: 4 * 1024 * 1024 },
  });
  const [slow, quick] = [world.open(), world.open()];
  slow.capacity = 1000;
  slow.send(ask("/a"));
  quick.send(ask("/a"));
  const piece = "x".repeat(20_000);
  world.origins[0]?.send(`HTTP/1.1 200 OK\r\n${fresh}Content-Length: 400000\r\n\r\n`);
  for (let i = 0; i < 20; i++) world.origins[0]?.send(piece);
  expect(quick.text.length).toBeGreaterThan(400_000);
  expect(slow.text.length).toBeLessThan(200_000);
  expect(world.origins[0]?.isPaused).toBe(false);
  for (let i = 0; i < 100; i++) slow.read();
  expect(slow.text.slice(slow.text.indexOf("\r\n\r\n") + 4).length).toBe(400_000);
});

test("what is not stored waits at the origin for a slow reader", () => {
  const world = distribution(() => undefined);
  const slow = world.open();
  slow.capacity = 1000;
  slow.send(ask("/a"));
  world.origins[0]?.send("HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nContent-Length: 400000\r\n\r\n");
  const [origin] = world.origins;
  for (let i = 0; i < 20; i++) origin?.send("x".repeat(20_000));
  expect(origin?.isPaused).toBe(true);
  expect(world.engine.readCounters()["octets-held"]).toBeLessThan(300_000);
  for (let i = 0; i < 100; i++) slow.read();
  expect(slow.text.slice(slow.text.indexOf("\r\n\r\n") + 4).length).toBe(400_000);
  expect(origin?.isPaused).toBe(false);
});

test("content of unknown length that grows too large goes on to its readers, and is dropped behind them", () => {
  const world = distribution(() => undefined, transparent, {
    limits: { cacheOctets: 1_000_000, cachedResponseOctets: 200_000 },
  });
  const visitor = world.open();
  visitor.send(ask("/a"));
  world.origins[0]?.send(`HTTP/1.1 200 OK\r\n${fresh}Transfer-Encoding: chunked\r\n\r\n`);
  for (let i = 0; i < 10; i++) world.origins[0]?.send(`10000\r\n${"x".repeat(65_536)}\r\n`);
  world.origins[0]?.send("0\r\n\r\n");
  expect(visitor.text.slice(visitor.text.indexOf("\r\n\r\n")).match(/x/g)?.length).toBe(10 * 65_536);
  expect(visitor.text.endsWith("0\r\n\r\n")).toBe(true);
  expect(world.engine.readCounters()).toMatchObject({ "cache-responses": 0, "cache-fetches-open": 0 });
  expect(world.engine.readCounters()["cache-octets"]).toBeLessThan(10_000);
});

test("what is known to be too large is not begun", () => {
  const world = distribution(() => undefined, transparent, { limits: { cachedResponseOctets: 1000 } });
  const visitor = world.open();
  visitor.send(ask("/a"));
  world.origins[0]?.send(`HTTP/1.1 200 OK\r\n${fresh}Content-Length: 2000\r\n\r\n${"x".repeat(2000)}`);
  expect(status(visitor.text)).toContain("detail=too-large");
  expect(visitor.text.endsWith("x".repeat(2000))).toBe(true);
});

test("a failure is told to all who wait, and the next one tries anew", () => {
  const world = distribution(() => undefined);
  const visitors = [world.open(), world.open()];
  for (const visitor of visitors) visitor.send(ask("/a"));
  world.origins[0]?.send("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n");
  for (const { text } of visitors) {
    expect(text).toMatch(/^HTTP\/1.1 502 /);
    expect(status(text)).toContain("detail=origin-error");
  }
  world.open().send(ask("/a"));
  expect(world.asked.length).toBe(2);
});

test("RFC 9110 section 9.2.2: an idle connection that was closing is no failure to who waits", () => {
  const world = distribution((request) => (request.includes("/first") ? response("hi", fresh) : undefined));
  world.get("/first");
  const visitor = world.open();
  visitor.send(ask("/a"));
  world.origins[0]?.end();
  world.origins[1]?.send(response("hi", fresh));
  expect(visitor.text.endsWith("hi")).toBe(true);
});

test("a part that has not arrived yet is asked for by itself", () => {
  const world = distribution((request) =>
    request.includes("Range:")
      ? response("9", `${fresh}Content-Range: bytes 9-9/10\r\n`, "206 Partial Content")
      : undefined,
  );
  const visitor = world.open();
  visitor.send(ask("/a"));
  world.origins[0]?.send(`HTTP/1.1 200 OK\r\n${fresh}Content-Length: 10\r\n\r\n01234`);
  const late = world.get("/a", "Range: bytes=9-9\r\n");
  expect(status(late)).toBe("fairlead-edge; fwd=partial; fwd-status=206; detail=arriving");
  expect(late.endsWith("\r\n\r\n9")).toBe(true);
  expect(world.get("/a", "Range: bytes=0-1\r\n").endsWith("\r\n\r\n01")).toBe(true);
});

test("a request that is pipelined behind one that waits is answered after it", () => {
  const world = distribution((request) => (request.includes("/slow") ? undefined : response("quick", fresh)));
  world.get("/quick");
  const visitor = world.open();
  visitor.send(ask("/slow") + ask("/quick"));
  expect(visitor.text).toBe("");
  world.origins.at(-1)?.send(response("slow", fresh));
  expect(visitor.text.match(/\r\n\r\n(slow|quick)/g)).toEqual(["\r\n\r\nslow", "\r\n\r\nquick"]);
});

test("HEAD and conditions wait like others and get their own answers", () => {
  const world = distribution(() => undefined);
  const [first, second, third] = [world.open(), world.open(), world.open()];
  first.send(ask("/a"));
  second.send(ask("/a", 'If-None-Match: "1"\r\n'));
  third.send(ask("/a", "Range: bytes=0-0\r\n"));
  world.origins[0]?.send(response("hi", `${fresh}ETag: "1"\r\n`));
  expect(first.text).toMatch(/^HTTP\/1.1 200/);
  expect(second.text).toMatch(/^HTTP\/1.1 304/);
  // Nothing of it is stored when the range is asked for: it is asked for by itself.
  expect(world.asked.length).toBe(2);
});

test("what drains at the edge ends in good order: those who wait are answered", () => {
  const world = distribution(() => undefined);
  const visitor = world.open();
  visitor.send(ask("/a"));
  let isDone = false;
  world.engine.drain(1000, world.network.now, () => (isDone = true));
  world.origins[0]?.send(response("hi", fresh));
  expect(visitor.text.endsWith("hi")).toBe(true);
  visitor.end();
  expect(isDone).toBe(true);
});

test("an origin that is taken away ends the cache's own requests there too", () => {
  const world = distribution(() => undefined);
  const visitor = world.open();
  visitor.send(ask("/a"));
  world.engine.setRoutes([]);
  world.network.advance(31_000);
  expect(visitor.text).toMatch(/^HTTP\/1.1 50\d /);
  expect(world.engine.readCounters()["cache-fetches-open"]).toBe(0);
});
