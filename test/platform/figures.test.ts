// What is told of this moment on a real platform, with real clients: the picture of routes, live figures over their stream, the last checks of
// targets, and what a cache misses, asked for by curl and shown by the command line. With a role killed it goes on.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type {
  CacheFigures,
  CheckHistory,
  Distribution,
  Instance,
  LiveFigures,
  RoutePicture,
  Status,
} from "#contract";
import { firstKeyOf, rolePid, runAside, startPlatform, type Platform } from "./harness.ts";

let platform: Platform;
let folder: string;

/** A server whose answer to health checks is whatever `/answer/500` had it be last. A process of its own: this one waits for others. */
const program = `
let health = 200;
require("node:http").createServer(({ url }, response) => {
  const wanted = /^\\/answer\\/(\\d+)$/.exec(url);
  if (wanted) health = Number(wanted[1]);
  const status = url === "/health" ? health : 200;
  response.writeHead(status, { "cache-control": url.startsWith("/private") ? "private" : wanted ? "no-store" : "max-age=60" });
  response.end("hello");
}).listen(process.env.PORT, process.env.HOST);
`;

beforeAll(async () => {
  platform = await startPlatform();
  folder = mkdtempSync(join(tmpdir(), "fl-figures-"));
  writeFileSync(join(folder, "server.cjs"), program);
  const run = { kind: "command", command: [process.execPath, "server.cjs"], folder };
  await platform.succeed("POST", "/v1/instances", { name: "web", run });
  const healthCheck = {
    path: "/health",
    intervalMs: 500,
    timeoutMs: 500,
    healthyThreshold: 1,
    unhealthyThreshold: 5,
  };
  await platform.succeed("POST", "/v1/load-balancers", {
    name: "front",
    instances: ["web"],
    settings: { healthCheck },
  });
  await platform.succeed("POST", "/v1/domains", { name: "shop.test" });
  await platform.succeed("POST", "/v1/distributions", { name: "site", origin: "front" });
  await platform.succeed("POST", "/v1/assignments", { name: "shop.test", resource: "site", https: false });
});
afterAll(async () => {
  await platform?.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** Has the server answer health checks otherwise from now on. */
async function answer(status: number): Promise<void> {
  const [address = ""] = platform
    .json<Instance>("instance", "show", "web")
    .publicAddresses.map((one) => one.address);
  await runAside("curl", ["-sS", `http://${address}:${platform.port(8080)}/answer/${status}`]);
}

/** How long something may take that follows by itself. */
const soon = { timeout: 60_000, interval: 200 };

const addressOf = (): string =>
  platform.json<Distribution>("distribution", "show", "site").publicAddresses[0]?.address ?? "";

/** Asks the distribution for paths, one after the other. */
async function visit(...paths: string[]): Promise<void> {
  const urls = paths.map((path) => `http://${addressOf()}:${platform.port(8080)}${path}`);
  const ran = await runAside("curl", ["-sS", "--max-time", "60", "-H", "Host: shop.test", ...urls]);
  expect(ran).toMatchObject({ status: 0, stdout: "hello".repeat(paths.length) });
}

/** Listens to live figures until one of them is as wanted. */
async function listenFor(isWanted: (figures: LiveFigures) => boolean): Promise<LiveFigures> {
  const response = await fetch(`http://127.0.0.1:${platform.port(7700)}/v1/live`, {
    headers: { authorization: `Bearer ${firstKeyOf(platform.data)}` },
    signal: AbortSignal.timeout(120_000),
  });
  let text = "";
  for await (const octets of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += new TextDecoder().decode(octets);
    const events = text.split("\n\n");
    text = events.pop() ?? "";
    for (const event of events) {
      const [, data] = /^event: live\ndata: (.*)$/.exec(event) ?? [];
      if (data === undefined) continue;
      const figures = JSON.parse(data) as LiveFigures;
      if (!isWanted(figures)) continue;
      return figures;
    }
  }
  throw new Error("the stream ended");
}

test("the picture of routes follows a name to the page, and says what is wrong while the page is not there", async () => {
  const picture = (): RoutePicture => platform.json("routes");
  await expect
    .poll(() => picture().nodes.map(({ title, reach }) => `${title} ${reach}`), soon)
    .toEqual(["shop.test ok", "assigned ok", "site ok", "front ok", "web ok"]);
  expect(platform.fairlead("routes").stdout).toContain("assigned → site → front → web");
  await answer(503);
  await expect
    .poll(() => picture().problems.map(({ name, text }) => `${name}: ${text}`), soon)
    .toEqual([expect.stringMatching(/^shop\.test: front: web is unhealthy: 503 Service Unavailable/)]);
  await answer(200);
  await expect.poll(() => picture().problems, soon).toEqual([]);
});

test("the last checks of a target are those that it answered, good and bad", async () => {
  const checks = (): CheckHistory["targets"][number]["checks"] =>
    platform.json<CheckHistory>("load-balancer", "checks", "front").targets[0]?.checks ?? [];
  await expect.poll(() => checks().length, soon).toBe(60);
  await answer(500);
  const lastThree = (): boolean[] =>
    checks()
      .slice(-3)
      .map(({ isOk }) => isOk);
  await expect.poll(lastThree, soon).toEqual([false, false, false]);
  await answer(200);
  await expect.poll(() => checks().at(-1)?.isOk, soon).toBe(true);
  const all = checks();
  expect(all.filter(({ isOk }) => !isOk).map(({ said }) => said)).toContain("500 Internal Server Error");
  expect(all.filter(({ isOk }) => isOk).every(({ said }) => said === "200 OK")).toBe(true);
  // One good check does not make it healthy yet.
  await expect
    .poll(() => platform.fairlead("load-balancer", "checks", "front").stdout, soon)
    .toMatch(/web +healthy +[|x]*x{3,}[|x]*\| /);
});

test("live figures are of what visitors and resolvers do in that second, also with a role killed", async () => {
  const asked = listenFor(
    ({ edge, queries, resolver, resources }) =>
      (edge?.requests.perSecond ?? 0) > 0 &&
      (resolver?.queries.perSecond ?? 0) > 0 &&
      (queries ?? []).some(({ group, queries: rate }) => group === "s1" && rate.total > 0) &&
      (resources ?? []).some(({ name, cacheHits }) => name === "site" && cacheHits.perSecond > 0),
  );
  let isDone = false;
  void asked.finally(() => (isDone = true)).catch(() => {});
  const dig = ["@127.0.0.1", "-p", String(platform.port(5300)), "+short", "shop.test", "A"];
  while (!isDone) {
    await visit("/a", "/a", "/a");
    await runAside("dig", dig);
  }
  expect((await asked).away).toEqual([]);
  const pidOf = (): number | undefined =>
    platform.json<Status>("status").roles.find(({ role }) => role === "resolver")?.pid;
  const pid = await rolePid(platform.data, "resolver");
  process.kill(pid, "SIGKILL");
  const after = await listenFor(({ away, resolver }) => away.length === 0 && resolver !== undefined);
  expect(after.edge).toBeDefined();
  expect(pidOf()).not.toBe(pid);
});

test("a cache tells how much it answered, what it saved, and which paths it had to ask for and why", async () => {
  await visit("/b", "/b", "/b", "/private?x=1", "/private?x=1", "/%00%1b%5B31m?%3Cscript%3E");
  const figures = platform.json<CacheFigures>("distribution", "cache", "site");
  expect(figures.recent.hits).toBeGreaterThanOrEqual(2);
  expect(figures.recent.hitRatio).toBeGreaterThan(0);
  expect(figures.totals?.savedOctets).toBe((figures.totals?.hits ?? 0) * 5);
  expect(figures.topMisses[0]).toEqual({
    path: "/private?x=1",
    isCut: false,
    reason: "uri-miss",
    detail: "private",
    count: 2,
    isExact: true,
  });
  expect(figures.topMisses.map(({ path }) => path)).toContain("/%00%1b%5B31m?%3Cscript%3E");
  const { stdout } = platform.fairlead("distribution", "cache", "site");
  expect(stdout).toMatch(/^2 +uri-miss +private +\/private\?x=1$/m);
});
