// `fairlead trace` against a running platform: the steps of a visit as the serving processes reported them, what came from the
// cache, that a second trace asks neither root nor TLD, and that a hop that fails is named.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { trace, traceComparison, traceHop, type Plan, type Trace } from "#contract";
import { root, startPlatform, type Platform } from "./harness.ts";

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
  const counters = platform.counters("names");
  const of = (group: string): number => counters[`queries{group=${group}}`] ?? 0;
  return { root: of("root"), tlds: of("tlds"), servers: of("s1") };
}

const seen = ({ steps }: Trace): string[] =>
  steps.map(({ hop, reportedBy, cached }) => `${hop} by ${reportedBy}${cached ? " (cached)" : ""}`);

/** A visit without TLS has every hop but that; shop.test leads to a distribution. */
const plainHops = traceHop.options.filter((hop) => hop !== "tls");

test("a fresh trace shows every hop, each told by the process that served it", () => {
  const before = counts();
  const found = follow(url, "--fresh");
  expect(found.failure).toBeUndefined();
  expect(found.fresh).toBe(true);
  expect([...new Set(found.steps.map(({ hop }) => hop))]).toEqual(plainHops);
  expect(found.steps.filter(({ cached, isFailure }) => cached || isFailure)).toEqual([]);
  expect(found.problems).toEqual([]);
  expect(new Set(found.steps.map(({ traceId }) => traceId))).toEqual(new Set([found.id]));
  expect(seen(found)).toEqual(
    expect.arrayContaining([
      "browser by visitor",
      "resolver by resolver",
      "root by names",
      "tld by names",
      "name-servers by names",
      "record by names",
      "edge by edge",
      "cache by edge",
      "resource by edge",
      "page by visitor",
    ]),
  );
  // All four name servers say the same, from one version of the zone; the one that was asked and the three beside it.
  const servers = found.steps.filter(({ hop }) => hop === "name-servers");
  expect(servers.map(({ isAside }) => isAside ?? false)).toEqual([false, true, true, true]);
  expect(new Set(servers.map(({ server }) => server)).size).toBe(4);
  expect(new Set(servers.map(({ dns }) => dns?.serial)).size).toBe(1);
  expect(servers.every(({ dns }) => dns?.response?.flags.includes("aa"))).toBe(true);
  // Each step has its place in time, within the whole.
  for (const { hop, startMs } of found.steps) {
    expect([hop, startMs]).toEqual([hop, expect.any(Number)]);
    expect(startMs).toBeGreaterThanOrEqual(0);
    expect(startMs).toBeLessThanOrEqual(found.tookMs);
  }
  const after = counts();
  expect(after.root).toBeGreaterThan(before.root);
  expect(after.tlds).toBeGreaterThan(before.tlds);
  expect(after.servers).toBeGreaterThan(before.servers);
});

test("the dig command of each question gets the answer that the trace shows", () => {
  const found = follow(url, "--fresh");
  const asked = found.steps.filter(({ hop, dns }) => dns && hop !== "record");
  expect(asked.length).toBeGreaterThanOrEqual(7);
  for (const { dns } of asked) {
    const [program = "", ...words] = (dns?.dig ?? "").split(" ");
    const { stdout } = spawnSync(program, [...words, "+noall", "+answer", "+comments", "+nosplit"], {
      encoding: "utf8",
    });
    expect(stdout).toContain(`status: ${dns?.response?.rcode}`);
    // RRsets in their order, records of one in any.
    const dataOf = (line: string): string => line.split(/\s+/).slice(4).join(" ");
    const shown = stdout.split("\n").filter((line) => line !== "" && !line.startsWith(";"));
    expect(shown.map(dataOf).toSorted()).toEqual(dns?.response?.answer.map(dataOf).toSorted());
  }
});

test("an instance that is stopped is the headline, and the repair is a plan that mends it", async () => {
  platform.json("register", "one.test");
  platform.json("instance", "create", "one", "--site", join(root, "src"));
  platform.json("assign", "one.test", "one", "--no-https");
  platform.json("instance", "stop", "one");
  const ran = platform.fairlead("trace", "http://one.test/", "--json");
  const { failure } = trace.parse(JSON.parse(ran.stdout));
  expect(failure).toMatchObject({
    code: "visit-instance-stopped",
    what: "Instance one is stopped",
    hop: "resource",
  });
  const plan = await platform.call<Plan>("POST", "/v1/plans", { command: failure?.repair?.command });
  await platform.call("POST", `/v1/plans/${plan.id}/apply`, {});
  platform.json("instance", "reboot", "one");
  const after = trace.parse(JSON.parse(platform.fairlead("trace", "http://one.test/", "--json").stdout));
  // The folder has no front page: the way to it is whole again.
  expect(after.failure?.code).toBe("visit-page-missing");
});

test("a second trace takes its steps from the cache with the TTL left, and adds nothing to root's and TLD's counters", () => {
  follow(url);
  const before = counts();
  const found = follow(url);
  expect(found.failure).toBeUndefined();
  expect([...new Set(found.steps.map(({ hop }) => hop))]).toEqual(
    plainHops.filter((hop) => hop !== "resource" || found.steps.some((step) => step.hop === hop)),
  );
  const left = (hop: string): number[] =>
    found.steps
      .filter((step) => step.hop === hop && !step.isAside)
      .map(({ cached }) => cached?.ttlLeftSeconds ?? Number.NaN);
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
  expect(found.failure).toMatchObject({
    code: "visit-domain-unregistered",
    what: "nobody.test is not registered",
    hop: "tld",
    repair: { command: { action: "register", name: "nobody.test" } },
  });
  expect(platform.fairlead("explain", "visit-domain-unregistered").stdout).toContain(
    "fairlead register NAME",
  );
  expect(found.steps.filter(({ hop }) => hop === "page" || hop === "address")).toEqual([]);
});

test("a server that is not there fails at the resource, and the target is named", () => {
  platform.json("register", "gone.test");
  platform.json("instance", "create", "gone", "--address", "127.0.0.1:9");
  platform.json("assign", "gone.test", "gone");
  const ran = platform.fairlead("trace", "http://gone.test/", "--json");
  const found = trace.parse(JSON.parse(ran.stdout));
  expect(ran.status).not.toBe(0);
  expect(found.failure).toMatchObject({
    code: "visit-target-silent",
    hop: "resource",
    server: "127.0.0.1:9",
  });
  expect(JSON.stringify(found.steps.filter(({ isFailure }) => isFailure))).toContain("127.0.0.1:9");
});

test("over https the certificates are shown, and a trace that fails is held against the last good one", () => {
  const good = follow("https://shop.test/");
  const [leaf, issuing, root] = good.steps.find(({ hop }) => hop === "tls")?.tls?.chain ?? [];
  expect(leaf?.names).toContain("shop.test");
  expect(leaf?.issuer).toBe(issuing?.subject);
  expect(issuing?.issuer).toBe(root?.subject);
  for (const name of ["shop-1", "shop-2"]) platform.json("instance", "stop", name);
  platform.json("distribution", "reset", "shop-cache");
  const ran = platform.fairlead("trace", "https://shop.test/", "--compare", "--json");
  const compared = traceComparison.parse(JSON.parse(ran.stdout));
  expect(compared.trace.failure).toMatchObject({
    hop: "resource",
    code: "visit-no-target",
    repair: { command: { action: "start-instance" } },
  });
  expect(compared.good?.id).toBe(good.id);
  expect(compared.firstDifference).toBe("resource");
  for (const name of ["shop-1", "shop-2"]) platform.json("instance", "start", name);
});
