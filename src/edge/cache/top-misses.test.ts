// Which misses come most often: exact while there are few kinds, bounded and still right about the heavy ones when somebody asks for a
// million different paths.

import { expect, test } from "vitest";
import { maxMissPath, maxTopMisses } from "#contract";
import { octetsOf } from "#http";
import { distribution, response } from "../testing-distribution.ts";
import type { MissReason } from "./site.ts";
import { TopMisses } from "./top-misses.ts";

const minute = 60_000;

/** A book of misses with a clock of its own. */
function book() {
  const misses = new TopMisses();
  const now = { monotonic: 5, wall: 1_000_000 };
  const miss = (path: string, reason: MissReason = "uri-miss", detail?: string): void => {
    const octets = octetsOf(path);
    misses.count(octets, 0, octets.length, reason, detail, now);
  };
  const pass = (ms: number): void => {
    now.monotonic += ms;
    now.wall += ms;
  };
  return { misses, miss, pass, read: () => misses.read(now) };
}

test("few kinds are counted exactly, the most frequent first, one for each path, reason and detail", () => {
  const { miss, read } = book();
  expect(read()).toEqual({ since: undefined, misses: [] });
  for (let i = 0; i < 3; i++) miss("/a?x=1", "uri-miss", "no-store");
  miss("/a?x=1", "stale");
  for (let i = 0; i < 2; i++) miss("/b", "method");
  expect(read()).toEqual({
    since: 1_000_000,
    misses: [
      { path: "/a?x=1", isCut: false, reason: "uri-miss", detail: "no-store", count: 3, isExact: true },
      { path: "/b", isCut: false, reason: "method", count: 2, isExact: true },
      { path: "/a?x=1", isCut: false, reason: "stale", count: 1, isExact: true },
    ],
  });
});

test("a million different paths take bounded room, and what comes often among them is found", () => {
  const { misses, miss, read } = book();
  for (let i = 0; i < 1_000_000; i++) {
    miss(`/random/${i}`);
    if (i % 20 === 0) miss("/heavy", "uri-miss", "private");
  }
  expect(misses.size).toBe(128);
  const { misses: top } = read();
  expect(top.length).toBe(maxTopMisses);
  // Never more than came; of what is far more frequent than one in 128, all but a few.
  expect(top[0]).toMatchObject({ path: "/heavy", detail: "private" });
  expect(top[0]?.count).toBeLessThanOrEqual(50_000);
  expect(top[0]?.count).toBeGreaterThan(40_000);
  expect(top[1]?.count).toBe(1);
  expect(top[1]?.isExact).toBe(false);
});

test("a path is kept up to a length, whatever octets it has", () => {
  const { misses, miss, read } = book();
  miss(`/${"x".repeat(8000)}`);
  miss("/\u0000\u001b[31m\u00ff\r\n");
  const [first, second] = read().misses;
  expect(misses.size).toBe(2);
  expect(first?.path).toBe("/\u0000\u001b[31m\u00ff\r\n");
  expect(second).toMatchObject({ path: `/${"x".repeat(maxMissPath - 1)}`, isCut: true });
});

test("they are of the last hour and the one before", () => {
  const { miss, pass, read } = book();
  miss("/old");
  pass(61 * minute);
  miss("/new");
  expect(read().misses.map(({ path }) => path)).toEqual(["/new", "/old"]);
  expect(read().since).toBe(1_000_000);
  pass(61 * minute);
  expect(read().misses.map(({ path }) => path)).toEqual(["/new"]);
  pass(200 * minute);
  expect(read()).toEqual({ since: undefined, misses: [] });
});

test("an edge tells of each distribution why what was missed was missed, and what the origin was spared", () => {
  const { engine, get, network } = distribution((request) =>
    request.includes("/private") ? response("no", "Cache-Control: private\r\n") : response("hello", fresh),
  );
  const read = () => engine.readLive({ ask: "cache", resourceId: "d1" }, network.now);
  for (let i = 0; i < 3; i++) get("/a");
  get("/private");
  get("/private");
  get("/form", "Content-Length: 0\r\n", "POST");
  expect(read()).toMatchObject({
    totals: {
      requests: 6,
      hits: 2,
      misses: { "uri-miss": 3, method: 1 },
      savedOctets: 10,
      originErrors: 0,
    },
    misses: [
      { path: "/private", reason: "uri-miss", detail: "private", count: 2, isExact: true },
      { path: "/a", reason: "uri-miss", count: 1 },
      { path: "/form", reason: "method", count: 1 },
    ],
  });
  expect(engine.readLive({ ask: "cache", resourceId: "nobody" }, network.now)).toEqual({ misses: [] });
});

const fresh = "Cache-Control: max-age=60\r\n";
