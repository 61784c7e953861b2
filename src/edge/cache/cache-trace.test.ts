// What a trace tells of a visit to a distribution: what its cache did, and where at the origin it went for the rest.

import type { TraceStep } from "#contract";
import { expect, test } from "vitest";
import { distribution, response, transparent } from "../testing-distribution.ts";

const traced = "Fairlead-Trace: 00112233445566ff\r\n";

/** A distribution, and the steps that were reported since they were last taken. */
function world(lines: string, caching: typeof transparent = transparent) {
  const steps: TraceStep[] = [];
  const made = distribution(() => response("hi", lines), caching, { report: (step) => steps.push(step) });
  return { ...made, take: (): TraceStep[] => steps.splice(0) };
}

const asked = ['resource "web": target "web" at 127.53.9.1:8080: the only one', "2 octets of content"];

test("a miss names the origin's target, a hit its age and the life that is left, and nobody is asked", () => {
  const { get, take, network } = world("Cache-Control: max-age=60\r\n");
  get("/a", traced);
  const [route, miss, origin] = take();
  expect(route).toMatchObject({
    hop: "edge",
    outcome: "routed",
    answer: expect.arrayContaining(['resource "front" by its own address 127.53.8.9']) as string[],
  });
  expect(miss).toMatchObject({
    hop: "cache",
    outcome: "miss",
    cache: {
      result: "miss",
      reason: "nothing is stored under this key",
      key: "http://shop.test/a",
      isStored: true,
      status: "fairlead-edge; fwd=uri-miss; fwd-status=200; stored; ttl=60",
    },
  });
  expect(origin).toMatchObject({
    hop: "resource",
    outcome: "200 OK",
    answer: asked,
    target: { resourceName: "web" },
    http: { response: expect.arrayContaining(["Cache-Control: max-age=60"]) as string[] },
  });
  expect(miss?.cached).toBeUndefined();
  network.advance(10_000);
  get("/a", traced);
  const [, hit, ...more] = take();
  expect(hit).toMatchObject({
    hop: "cache",
    outcome: "hit",
    cached: { ttlLeftSeconds: 50 },
    cache: { result: "hit", ageSeconds: 10, ttlLeftSeconds: 50, reason: "it is stored and fresh" },
  });
  expect(more).toEqual([]);
});

test("what is passed on by itself says why, and names its target too", () => {
  const { get, take } = world("", { ...transparent, defaultBehavior: "dont-cache" });
  get("/a", traced);
  const [, cache, origin] = take();
  expect(cache).toMatchObject({
    outcome: "pass",
    cache: { result: "pass", reason: "the distribution does not cache this path", isStored: false },
  });
  expect(origin?.answer).toEqual(asked);
});

test("an origin that does not answer fails at the resource, and the cache says what it lacked", () => {
  const { get, take, network } = world("");
  network.servers.clear();
  get("/a", traced);
  const [, cache, origin] = take();
  expect(cache).toMatchObject({ hop: "cache", outcome: "miss", isFailure: false });
  expect(origin).toMatchObject({ hop: "resource", outcome: "502 Bad Gateway", isFailure: true });
});
