// Orders to use stored responses no more: one path, a prefix, all; what was missed, and what is still arriving.

import { expect, test } from "vitest";
import { distribution, field, plain, response, transparent } from "../testing-distribution.ts";
import { maxPrefixes } from "./site.ts";

const fresh = "Cache-Control: max-age=60\r\n";
const isHit = (text: string): boolean => field(text, "Cache-Status")?.includes("; hit") === true;

test("orders are carried out once, in any number, and only those that are new", () => {
  const { get, set } = distribution(() => response("hi", fresh));
  const paths = ["/a", "/a?x", "/b/c", "/b/d", "/e"];
  set(transparent, []);
  for (const path of paths) get(path);
  const hits = (): string[] => paths.filter((path) => isHit(get(path)));
  expect(hits()).toEqual(paths);
  const first = { number: 1, paths: ["/a"] };
  set(transparent, [first]);
  expect(hits()).toEqual(["/a?x", "/b/c", "/b/d", "/e"]);
  set(transparent, [first]);
  expect(hits()).toEqual(paths);
  const second = { number: 2, paths: ["/b/*", "e"] };
  const third = { number: 3, paths: ["/a?*"] };
  set(transparent, [first, second, third]);
  expect(hits()).toEqual(["/a"]);
  set(transparent, [third, { number: 4, paths: ["/*"] }]);
  expect(hits()).toEqual([]);
});

test("where orders were missed, the cache is emptied; what is told first is of an empty cache", () => {
  const { get, set } = distribution(() => response("hi", fresh));
  set(transparent, [{ number: 7, paths: ["/other"] }]);
  get("/a");
  set(transparent, [{ number: 7, paths: ["/other"] }]);
  expect(isHit(get("/a"))).toBe(true);
  set(transparent, [{ number: 9, paths: ["/other"] }]);
  expect(isHit(get("/a"))).toBe(false);
});

test("all that is stored of a path goes, whatever else is in the key", () => {
  const { get, set, network } = distribution(() => response("hi", fresh), {
    ...plain,
    forwardedHeaders: { option: "allow-list", names: ["Host", "Accept-Language"] },
  });
  const caching = {
    ...plain,
    forwardedHeaders: { option: "allow-list" as const, names: ["Host", "Accept-Language"] },
  };
  set(caching, []);
  const ask = (host: string, language: string): string => {
    const visitor = network.accept("127.53.8.9:8080");
    visitor.send(`GET /a HTTP/1.1\r\nHost: ${host}\r\nAccept-Language: ${language}\r\n\r\n`);
    return visitor.text;
  };
  const all = (): boolean[] =>
    ["a.test", "b.test"].flatMap((host) => ["de", "en"].map((language) => isHit(ask(host, language))));
  expect(all()).toEqual([false, false, false, false]);
  expect(all()).toEqual([true, true, true, true]);
  get("/b");
  set(caching, [{ number: 1, paths: ["/a"] }]);
  expect(isHit(get("/b"))).toBe(true);
  expect(all()).toEqual([false, false, false, false]);
});

test.each(["/a", "/*", "/a*", "*"])(
  "what was asked for before the purge of %s is not stored after it",
  (path) => {
    const world = distribution(() => undefined);
    world.set(transparent, []);
    const visitors = [world.open(), world.open()];
    visitors[0]?.send("GET /a HTTP/1.1\r\nHost: shop.test\r\n\r\n");
    world.set(transparent, [{ number: 1, paths: [path] }]);
    visitors[1]?.send("GET /a HTTP/1.1\r\nHost: shop.test\r\n\r\n");
    expect(world.asked.length).toBe(2);
    world.origins[0]?.send(response("old", fresh));
    expect(visitors[0]?.text.endsWith("old")).toBe(true);
    world.origins[1]?.send(response("new", fresh));
    expect(visitors[1]?.text.endsWith("new")).toBe(true);
    expect(isHit(world.get("/a"))).toBe(true);
    expect(world.get("/a").endsWith("new")).toBe(true);
  },
);

test("what is arriving while it is purged goes to those who wait, and to nobody after", () => {
  const world = distribution(() => undefined);
  world.set(transparent, []);
  const visitor = world.open();
  visitor.send("GET /a HTTP/1.1\r\nHost: shop.test\r\n\r\n");
  world.origins[0]?.send(`HTTP/1.1 200 OK\r\n${fresh}Content-Length: 6\r\n\r\nabc`);
  world.set(transparent, [{ number: 1, paths: ["/a*"] }]);
  const late = world.open();
  late.send("GET /a HTTP/1.1\r\nHost: shop.test\r\n\r\n");
  expect(world.asked.length).toBe(2);
  world.origins[0]?.send("def");
  expect(visitor.text.endsWith("abcdef")).toBe(true);
  world.origins[1]?.send(response("new", fresh));
  expect(late.text.endsWith("new")).toBe(true);
  expect(world.get("/a").endsWith("new")).toBe(true);
  expect(world.engine.readCounters()["cache-responses"]).toBe(1);
});

test("any number of prefixes is held, and each entry is held against each once", () => {
  const { get, set } = distribution(() => response("hi", fresh));
  set(transparent, []);
  get("/keep");
  get("/0/x");
  for (let number = 1; number <= maxPrefixes + 10; number++) {
    get(`/${number}/x`);
    set(transparent, [{ number, paths: [`/${number}/*`] }]);
    if (number % 20 === 0) expect(isHit(get("/keep"))).toBe(true);
  }
  for (let number = 1; number <= maxPrefixes + 10; number++) expect(isHit(get(`/${number}/x`))).toBe(false);
  expect(isHit(get("/0/x"))).toBe(true);
});

test("the cache of a distribution that is no more is nobody's", () => {
  const { get, set, engine } = distribution(() => response("hi", fresh));
  get("/a");
  engine.setRoutes([]);
  set(transparent);
  expect(isHit(get("/a"))).toBe(false);
});

test("where the origin is another one, nothing that is stored is used", () => {
  const { get, set } = distribution(() => response("hi", fresh));
  get("/a");
  set({ ...transparent, ttl: { default: 5, minimum: 0, maximum: 100 } });
  expect(isHit(get("/a"))).toBe(true);
  set({ ...transparent, forwardedCookies: { option: "none", names: [] } });
  expect(isHit(get("/a"))).toBe(false);
});
