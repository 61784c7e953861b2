// Checks of targets and figures of caches through the API: what the edge remembers is asked for when somebody wants to see it.

import type { CacheFigures, CheckHistory, LiveQuestion } from "#contract";
import { beforeEach, expect, test } from "vitest";
import { trafficApi } from "./testing-traffic.ts";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json, refused } = api;
const { createInstances, resource } = trafficApi(api);

beforeEach(api.start);

const misses = {
  "uri-miss": 2,
  "vary-miss": 0,
  stale: 0,
  request: 0,
  method: 1,
  bypass: 0,
  partial: 0,
  miss: 0,
};

test("checks are given by the names of instances, those that were never checked and those that leave among them", async () => {
  await createInstances("web-1", "web-2");
  await json("POST", "/v1/load-balancers", { name: "front", instances: ["web-1", "web-2"] });
  const [first] = resource("front")?.targets ?? [];
  const asked: LiveQuestion[] = [];
  api.roles.edge.live = (question) => {
    asked.push(question);
    const checks = [{ at: 0, isOk: false, tookMs: 12.5, said: "503 Service Unavailable" }];
    return {
      targets: [
        { id: first?.id, checks },
        { id: "gone", checks },
      ],
    };
  };
  const found = await json<CheckHistory>("GET", "/v1/load-balancers/front/checks");
  expect(asked).toEqual([{ ask: "checks", resourceId: resource("front")?.id }]);
  expect(found).toEqual({
    resourceName: "front",
    resourceType: "LoadBalancer",
    intervalMs: 30_000,
    targets: [
      {
        id: first?.id,
        name: "web-1",
        health: "healthy",
        checks: [
          { at: "1970-01-01T00:00:00.000Z", isOk: false, tookMs: 12.5, said: "503 Service Unavailable" },
        ],
      },
      { id: resource("front")?.targets[1]?.id, name: "web-2", health: "healthy", checks: [] },
    ],
  });
});

test("what cannot have checks or figures is refused, and so is all of it while the edge is away", async () => {
  await createInstances("web-1");
  const codeOf = async (path: string): Promise<string> => (await refused("GET", path)).code;
  expect(await codeOf("/v1/load-balancers/nobody/checks")).toBe("resource-not-found");
  expect(await codeOf("/v1/load-balancers/web-1/checks")).toBe("input-malformed");
  expect(await codeOf("/v1/distributions/nobody/cache")).toBe("resource-not-found");
  await json("POST", "/v1/load-balancers", { name: "front", instances: ["web-1"] });
  await json("POST", "/v1/distributions", { name: "site", origin: "front" });
  api.roles.edge.disconnect();
  expect(await codeOf("/v1/load-balancers/front/checks")).toBe("role-unreachable");
  expect(await codeOf("/v1/distributions/site/cache")).toBe("role-unreachable");
});

test("a cache's figures are of the last minutes and of all its time, with the misses that come most often", async () => {
  await createInstances("web-1");
  await json("POST", "/v1/distributions", { name: "site", origin: "web-1" });
  const id = resource("site")?.id;
  expect(await json("GET", "/v1/distributions/site/cache")).toEqual({
    resourceName: "site",
    recent: { seconds: expect.any(Number) as number, hits: 0, misses: 0, savedOctets: 0, originOctets: 0 },
    topMisses: [],
  });
  api.time.advance(10_000);
  api.roles.edge.metrics = () => ({
    epoch: "",
    at: 10_000,
    samples: [
      {
        of: "resource",
        id,
        life: 1,
        counts: { "cache-hits": 6, "cache-misses": 2, "cache-hit-octets": 600, "cache-miss-octets": 50 },
      },
    ],
  });
  const top = {
    path: "/\u001b[31m<script>",
    isCut: false,
    reason: "uri-miss",
    detail: "private",
    count: 2,
    isExact: true,
  } as const;
  api.roles.edge.live = () => ({
    totals: {
      requests: 12,
      hits: 9,
      staleHits: 1,
      validated: 0,
      collapsed: 0,
      misses,
      savedOctets: 900,
      originOctets: 300,
      originErrors: 1,
    },
    since: 5,
    misses: [top],
  });
  expect(await json<CacheFigures>("GET", "/v1/distributions/site/cache")).toMatchObject({
    recent: { hits: 6, misses: 2, hitRatio: 0.75, savedOctets: 600, originOctets: 50 },
    totals: { requests: 12, hitRatio: 0.75, savedOctets: 900 },
    topMisses: [top],
    missesSince: "1970-01-01T00:00:00.005Z",
  });
});

test("what a purge would forget is asked of the edge under the paths that it stores", async () => {
  await createInstances("web-1");
  const settings = {
    defaultRootObject: "index.html",
    cacheBehaviorSettings: { forwardedQueryStrings: { option: "allow-list", names: ["page"] } },
  };
  await json("POST", "/v1/distributions", { name: "site", origin: "web-1", settings });
  const asked: LiveQuestion[] = [];
  api.roles.edge.live = (question) => {
    asked.push(question);
    const [path = ""] = question.ask === "stored" ? question.paths : [];
    return {
      paths: [{ path, responses: 2, octets: 300, examples: ["/index.html"], more: false, isCut: false }],
    };
  };
  const nothing = { responses: 0, octets: 0, examples: [], more: false, isCut: false };
  const paths = ["/", "/list?x=1&page=2", "/img/*"];
  expect(await json("POST", "/v1/distributions/site/stored", { paths })).toEqual({
    paths: [
      { path: "/", responses: 2, octets: 300, examples: ["/index.html"], more: false, isCut: false },
      { ...nothing, path: "/list?x=1&page=2" },
      { ...nothing, path: "/img/*" },
    ],
  });
  expect(asked).toEqual([
    { ask: "stored", resourceId: resource("site")?.id, paths: ["/index.html", "/list?page=2", "/img/*"] },
  ]);
  const codeOf = async (name: string, body: object): Promise<string> =>
    (await refused("POST", `/v1/distributions/${name}/stored`, body)).code;
  expect(await codeOf("nobody", { paths })).toBe("resource-not-found");
  for (const bad of ["/a*b", "no-slash", "/ü", "/a b", "/#x", ""])
    expect(await codeOf("site", { paths: [bad] })).toBe("input-malformed");
  expect(await codeOf("site", { paths: [] })).toBe("input-malformed");
  expect(await codeOf("site", { paths: Array.from({ length: 51 }, (_, i) => `/${i}`) })).toBe(
    "input-malformed",
  );
  api.roles.edge.disconnect();
  expect(await codeOf("site", { paths })).toBe("role-unreachable");
});
