// `fairlead trace` against a running platform: the eight steps of a visit as the serving processes reported them, what came from the
// cache, that a second trace asks neither root nor TLD, and that a hop that fails is named.

import { afterAll, beforeAll, expect, test } from "vitest";
import { trace, traceHop, type Status, type Trace } from "#contract";
import { startPlatform, type Platform } from "./harness.ts";

const url = "http://shop.test/";
let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ example: true });
});
afterAll(async () => platform?.remove());

/** What --json prints, held to the schema. */
function follow(...words: string[]): Trace {
  return trace.parse(platform.json("trace", ...words));
}

/** Queries that root and TLD servers have had, and requests that the edge has. */
function counts(): { root: number; tlds: number; servers: number } {
  const { roles } = platform.json<Status>("status");
  const counters = roles.find(({ role }) => role === "names")?.counters ?? {};
  const of = (group: string): number => counters[`queries{group=${group}}`] ?? 0;
  return { root: of("root"), tlds: of("tlds"), servers: of("s1") };
}

const seen = ({ steps }: Trace): string[] =>
  steps.map(({ hop, reportedBy, cached }) => `${hop} by ${reportedBy}${cached ? " (cached)" : ""}`);

/** A visit without TLS has every hop but that. */
const plainHops = traceHop.options.filter((hop) => hop !== "tls");

test("a fresh trace shows all eight hops, each told by the process that served it", () => {
  const before = counts();
  const found = follow(url, "--fresh");
  expect(found.failure).toBeUndefined();
  expect(found.fresh).toBe(true);
  expect([...new Set(found.steps.map(({ hop }) => hop))]).toEqual(plainHops);
  expect(found.steps.filter(({ cached, isFailure }) => cached || isFailure)).toEqual([]);
  expect(new Set(found.steps.map(({ traceId }) => traceId))).toEqual(new Set([found.id]));
  expect(seen(found)).toEqual(
    expect.arrayContaining([
      "browser by visitor",
      "resolver by resolver",
      "root by names",
      "tld by names",
      "name-servers by names",
      "record by names",
      "address by edge",
      "page by edge",
    ]),
  );
  const after = counts();
  expect(after.root).toBeGreaterThan(before.root);
  expect(after.tlds).toBeGreaterThan(before.tlds);
  expect(after.servers).toBeGreaterThan(before.servers);
});

test("a second trace takes its steps from the cache with the TTL left, and adds nothing to root's and TLD's counters", () => {
  follow(url);
  const before = counts();
  const found = follow(url);
  expect(found.failure).toBeUndefined();
  expect([...new Set(found.steps.map(({ hop }) => hop))]).toEqual(plainHops);
  const left = (hop: string): number[] =>
    found.steps.filter((step) => step.hop === hop).map(({ cached }) => cached?.ttlLeftSeconds ?? Number.NaN);
  for (const hop of ["root", "tld", "name-servers"]) {
    expect(left(hop)).not.toEqual([]);
    for (const seconds of left(hop)) {
      expect(seconds).toBeGreaterThan(172_800 - 600);
      expect(seconds).toBeLessThanOrEqual(172_800);
    }
  }
  expect(counts()).toMatchObject({ root: before.root, tlds: before.tlds });
  expect(platform.fairlead("trace", url).stdout).toMatch(/◦ Root .*cached, 1 d 23 h left/);
});

test("a name that is not registered fails at the TLD, which says so", () => {
  const ran = platform.fairlead("trace", "http://nobody.test/", "--json");
  const found = trace.parse(JSON.parse(ran.stdout));
  expect(ran.status).not.toBe(0);
  expect(found.failure?.what).toMatch(/^the top-level domain \(.*NXDOMAIN/);
  expect(found.steps.filter(({ hop }) => hop === "page" || hop === "address")).toEqual([]);
});

test("a server that is not there fails at the page, and the target is named", () => {
  platform.json("register", "gone.test");
  platform.json("instance", "create", "gone", "--address", "127.0.0.1:9");
  platform.json("assign", "gone.test", "gone");
  const ran = platform.fairlead("trace", "http://gone.test/", "--json");
  const found = trace.parse(JSON.parse(ran.stdout));
  expect(ran.status).not.toBe(0);
  expect(found.failure?.what).toMatch(/^the page \(.*502/);
  expect(JSON.stringify(found.steps.filter(({ isFailure }) => isFailure))).toContain("127.0.0.1:9");
});
