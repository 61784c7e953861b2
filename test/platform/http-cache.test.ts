// The public tests of HTTP caches through a distribution of a platform that runs, made as users make one, in front of an instance. What fails is
// listed with its reason in test/suites/scores/http-cache.json, as for the edge alone (test/suites/http-cache.test.ts).

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { installSuite, runSuite, startOrigin } from "../http-cache-tests/run.ts";
import { root, runAside, startPlatform, type Platform } from "./harness.ts";

const { misses, missesOfDistributions } = JSON.parse(
  readFileSync(join(root, "test", "suites", "scores", "http-cache.json"), "utf8"),
) as { misses: Record<string, string>; missesOfDistributions: Record<string, string> };

let platform: Platform;
let outcome: Awaited<ReturnType<typeof runSuite>>;
let stopOrigin: (() => Promise<void>) | undefined;

beforeAll(async () => {
  installSuite();
  vi.spyOn(console, "log").mockImplementation(() => {});
  const origin = await startOrigin();
  stopOrigin = origin.stop;
  platform = await startPlatform();
  platform.json("instance", "create", "origin", "--address", `127.0.0.1:${origin.port}`);
  await platform.succeed("POST", "/v1/distributions", { name: "cached", origin: "origin" });
  await platform.succeed("PUT", "/v1/distributions/cached", {
    cacheBehaviorSettings: {
      defaultTtl: 0,
      forwardedHeaders: { option: "all" },
      forwardedCookies: { option: "all" },
      forwardedQueryStrings: { option: "all" },
    },
  });
  const host = "cached.distributions.fairlead.internal";
  const resolver = ["@127.0.0.1", "-p", String(platform.port(5300)), "+short"];
  const found = await runAside("dig", [...resolver, host, "A"]);
  outcome = await runSuite(`http://${found.stdout.trim()}:${platform.port(8080)}`);
});

afterAll(async () => {
  vi.restoreAllMocks();
  await platform?.remove();
  await stopOrigin?.();
});

function passed(kind: string): number {
  return outcome.tests.filter((one) => one.kind === kind && outcome.results[one.id] === true).length;
}

test("a distribution passes at least 125 of what is required and 60 of what is optimal", () => {
  expect(passed("required")).toBeGreaterThanOrEqual(125);
  expect(passed("optimal")).toBeGreaterThanOrEqual(60);
});

test("fails what is listed with a reason, and nothing else", () => {
  const failed = outcome.tests
    .filter(({ id, kind }) => kind !== "check" && outcome.results[id] !== true)
    .map(({ id }) => id);
  expect(failed.sort()).toEqual(Object.keys({ ...misses, ...missesOfDistributions }).sort());
});
