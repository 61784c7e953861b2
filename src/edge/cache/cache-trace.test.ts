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

test("a miss names the origin's target, a hit the life that is left, and nobody is asked", () => {
  const { get, take, network } = world("Cache-Control: max-age=60\r\n");
  get("/a", traced);
  const [address, page] = take();
  expect(address).toMatchObject({
    hop: "address",
    outcome: "routed",
    answer: expect.arrayContaining(['resource "front" by its own address 127.53.8.9']) as string[],
  });
  expect(page).toMatchObject({
    hop: "page",
    outcome: "200 OK",
    answer: [
      "cache: fwd=uri-miss; fwd-status=200; stored; ttl=60",
      'asked resource "web"',
      "target 127.53.9.1:8080",
      "2 octets of content",
    ],
  });
  expect(page?.cached).toBeUndefined();
  network.advance(10_000);
  get("/a", traced);
  expect(take()[1]).toMatchObject({
    answer: ["cache: hit", "2 octets of content"],
    cached: { ttlLeftSeconds: 50 },
  });
});

test("what is passed on by itself names its target too", () => {
  const { get, take } = world("", { ...transparent, defaultBehavior: "dont-cache" });
  get("/a", traced);
  expect(take()[1]?.answer).toEqual([
    expect.stringMatching(/^cache: fwd=bypass/),
    'asked resource "web"',
    "target 127.53.9.1:8080",
    "2 octets of content",
  ]);
});
