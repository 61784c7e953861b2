// The public tests of HTTP caches (package `http-cache-tests`) through a distribution of the edge, all of whose headers, cookies and query
// strings are forwarded. What fails is listed by its id with the reason (scores/http-cache.json): one that is not listed fails this test,
// and so does one that is listed and passes. The suite is installed when this is first run.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { instanceResource } from "#contract";
import { EdgeEngine } from "#edge";
import { NodeDriver } from "#reactor";
import { installSuite, runSuite, startOrigin } from "../http-cache-tests/run.ts";

const { misses } = JSON.parse(
  readFileSync(join(import.meta.dirname, "scores", "http-cache.json"), "utf8"),
) as { misses: Record<string, string> };

/** What this project sets out to reach. */
const leastRequired = 125;
const leastOptimal = 60;

let outcome: Awaited<ReturnType<typeof runSuite>>;
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  installSuite();
  // Its origin tells of each request that it did not expect.
  vi.spyOn(console, "log").mockImplementation(() => {});
  const origin = await startOrigin();
  const engine = new EdgeEngine();
  const driver = new NodeDriver((fault) => {
    throw fault.error;
  });
  const attachment = await driver.attach(engine, [{ transport: "tcp", address: "127.0.0.1", port: 0 }]);
  stops.push(() => attachment.close(), origin.stop);
  const listen = [{ address: "127.0.0.1", port: origin.port }];
  engine.setRoutes([
    instanceResource({ id: "origin", name: "origin", addresses: [], listen }),
    {
      ...instanceResource({ id: "cached", name: "cached", addresses: ["127.0.0.1"], listen: [] }),
      type: "distribution",
      origin: { resourceId: "origin" },
      caching: {
        isEnabled: true,
        defaultBehavior: "cache",
        behaviors: [],
        ttl: { default: 0, minimum: 0, maximum: 31_536_000 },
        allowedMethods: ["*"],
        cachedMethods: ["GET", "HEAD"],
        forwardedHeaders: { option: "all", names: [] },
        forwardedCookies: { option: "all", names: [] },
        forwardedQueryStrings: { option: "all", names: [] },
        errorPages: [],
      },
    },
  ]);
  outcome = await runSuite(`http://127.0.0.1:${attachment.listeners[0]?.port}`);
});

afterAll(async () => {
  for (const stop of stops) await stop();
  vi.restoreAllMocks();
});

function passed(kind: string): number {
  return outcome.tests.filter((one) => one.kind === kind && outcome.results[one.id] === true).length;
}

test("passes what it is meant to pass", () => {
  expect(passed("required")).toBeGreaterThanOrEqual(leastRequired);
  expect(passed("optimal")).toBeGreaterThanOrEqual(leastOptimal);
});

test("fails what is listed with a reason, and nothing else", () => {
  const failed = outcome.tests
    .filter(({ id, kind }) => kind !== "check" && outcome.results[id] !== true)
    .map(({ id }) => id);
  expect(failed.sort()).toEqual(Object.keys(misses).sort());
  for (const reason of Object.values(misses)) expect(reason.length).toBeGreaterThan(10);
});
