// Distributions through the API: what the edge is given, what is kept as it was set, purges that are done when the edge says so, and every
// way in which they are refused.

import type { Distribution, Plan, PurgeObject, WriteAnswer } from "#contract";
import { beforeEach, describe, expect, test } from "vitest";
import { testConfig } from "../testing.ts";
import { certificateApi } from "./testing-certificates.ts";
import { trafficApi } from "./testing-traffic.ts";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json, refused, pass } = api;
const { createInstances, operationOf, resource, undo } = trafficApi(api);
const path = "/v1/distributions";
const show = (name: string): Promise<Distribution> => json("GET", `${path}/${name}`);
const set = (name: string, settings: object): Promise<WriteAnswer> =>
  json("PUT", `${path}/${name}`, settings);
const texts = ({ plan }: { plan: Plan }): string[] => plan.changes.map(({ text }) => text);

const { profile } = testConfig;
const edge = { ...profile.edge, addresses: [1, 2, 3, 4, 5, 6].map((i) => `127.53.8.${i}`) };
/** As every test has it, with addresses for more resources. */
const config = { ...testConfig, profile: { ...profile, edge } };
const start = (): Promise<void> => api.startWith(config);

/** The purge orders that the edge holds for a distribution. */
const orders = (name: string): PurgeObject["orders"] | undefined =>
  (api.roles.edge.objects.get(`purge/${resource(name)?.id}`) as PurgeObject | undefined)?.orders;

/** Two servers behind a load balancer, with a distribution in front of it. */
async function createFront(): Promise<WriteAnswer> {
  await createInstances("web-1", "web-2");
  await json("POST", "/v1/load-balancers", { name: "front", instances: ["web-1", "web-2"] });
  return json("POST", path, { name: "shop", origin: "front" });
}

describe("what one is", () => {
  beforeEach(start);

  test("one is created with Lightsail's defaults, and its misses go to its origin", async () => {
    const created = await createFront();
    expect(texts(created)).toEqual(["Create distribution shop over front"]);
    expect(created.plan.warnings).toEqual([]);
    const operation = await operationOf(created);
    expect(operation).toMatchObject({
      operationType: "CreateDistribution",
      status: "Succeeded",
      resourceType: "Distribution",
    });
    expect(resource("shop")).toMatchObject({
      type: "distribution",
      addresses: ["127.53.8.4"],
      ports: { http: true, https: false },
      targets: [],
      redirectsToHttps: false,
      origin: { resourceId: resource("front")?.id, host: "front.load-balancers.fairlead.internal" },
      caching: {
        isEnabled: true,
        defaultBehavior: "cache",
        behaviors: [],
        ttl: { default: 86_400, minimum: 0, maximum: 31_536_000 },
        allowedMethods: ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"],
        cachedMethods: ["GET", "HEAD"],
        forwardedHeaders: { option: "none", names: [] },
        forwardedCookies: { option: "none", names: [] },
        forwardedQueryStrings: { option: "none", names: [] },
        errorPages: [],
      },
    });
    const shown = await show("shop");
    expect(shown).toMatchObject({
      status: "Deployed",
      isEnabled: true,
      dnsName: "shop.distributions.fairlead.internal",
      publicPorts: [80],
      origin: { name: "front", resourceType: "LoadBalancer" },
      bundleId: "small_1_0",
      ipAddressType: "dualstack",
    });
    expect(shown).not.toHaveProperty("cacheBehaviorSettings");
    expect(api.lines("fairlead.internal.", "shop.distributions.fairlead.internal.")).toEqual([
      "60 A 127.53.8.4",
      "60 AAAA ::1",
    ]);
    const { distributions } = await json<{ distributions: Distribution[] }>("GET", path);
    expect(distributions).toEqual([shown]);
    expect(await json("GET", "/v1/status")).toMatchObject({ counts: { distributions: 1 } });
  });

  test("it is in progress until the edge has taken it over", async () => {
    await createFront();
    api.roles.edge.acknowledges = false;
    const changed = await set("shop", { isEnabled: false });
    expect((await show("shop")).status).toBe("InProgress");
    expect(await operationOf(changed)).toMatchObject({ status: "Started" });
    api.roles.edge.acknowledges = true;
    await set("shop", { isEnabled: true });
    expect((await show("shop")).status).toBe("Deployed");
    expect(await operationOf(changed)).toMatchObject({ status: "Succeeded" });
  });

  test("settings are changed one by one, shown as they were set, and null brings the default back", async () => {
    await createFront();
    const cacheBehaviorSettings = {
      defaultTtl: 60,
      maximumTtl: 3600,
      cachedMethods: ["HEAD", "GET"],
      forwardedHeaders: { option: "default" },
      forwardedQueryStrings: { option: "all", names: ["page"] },
    };
    const changed = await set("shop", {
      defaultCacheBehavior: "dont-cache",
      cacheBehaviors: [
        { path: "img/*", behavior: "cache" },
        { path: "/img/private/*", behavior: "dont-cache" },
      ],
      cacheBehaviorSettings,
      defaultRootObject: "index.html",
      customErrorResponses: [
        { errorCode: 404, responseCode: 200, responsePagePath: "/404.html", errorCachingMinTtl: 5 },
      ],
      origin: { responseTimeout: 5 },
      viewerMinimumTlsProtocolVersion: "TLSv1.2_2021",
    });
    expect(texts(changed)).toEqual([
      "Update distribution shop: origin front (within 5 s) (was front); default behaviour dont-cache (was cache); behaviours img/* cache, /img/private/* dont-cache (was none); default TTL 60 s (was the default); maximum TTL 3600 s (was the default); cached methods HEAD,GET (was the default); forwarded headers default (was the default); forwarded query strings all (was the default); default root object index.html (was none); error pages 404 as /404.html with 200 kept for 5 s (was none); minimum TLS version TLSv1.2_2021 (was the default)",
    ]);
    expect(changed.plan.warnings).toEqual([
      "Nothing that shop stored is used any more: front is asked for all of it",
    ]);
    expect((await show("shop")).cacheBehaviorSettings).toEqual(cacheBehaviorSettings);
    expect(resource("shop")).toMatchObject({
      tlsPolicy: "TLS-FS-Res-1-2-2019-08",
      origin: { responseTimeoutMs: 5000 },
      caching: {
        defaultBehavior: "dont-cache",
        // The most specific one first, whatever the order they were set in.
        behaviors: [
          { path: "/img/private/*", behavior: "dont-cache" },
          { path: "/img/*", behavior: "cache" },
        ],
        ttl: { default: 60, minimum: 0, maximum: 3600 },
        cachedMethods: ["HEAD", "GET"],
        forwardedHeaders: { option: "none", names: [] },
        forwardedQueryStrings: { option: "all", names: [] },
        defaultRootObject: "index.html",
        errorPages: [{ errorCode: 404, responseCode: 200, pagePath: "/404.html", minTtl: 5 }],
      },
    });
    const shorter = await set("shop", { cacheBehaviorSettings: { defaultTtl: null, maximumTtl: 100 } });
    expect(shorter.plan.warnings).toEqual([
      "What is stored stays fresh for as long as it was stored for, unless the cache is reset; shorter lifetimes ask front more often",
    ]);
    expect(resource("shop")?.caching?.ttl).toEqual({ default: 100, minimum: 0, maximum: 100 });
    await set("shop", { cacheBehaviorSettings: null, defaultRootObject: null, customErrorResponses: [] });
    const bare = await show("shop");
    expect(bare).not.toHaveProperty("cacheBehaviorSettings");
    expect(bare).not.toHaveProperty("defaultRootObject");
    expect(await refused("PUT", `${path}/shop`, { defaultCacheBehavior: "dont-cache" })).toMatchObject({
      code: "input-malformed",
      message: 'Cannot update distribution "shop": nothing of it would be another than it is',
    });
  });

  test("every change of it is taken back, and a control that starts anew gives the edge the same", async () => {
    const created = await createFront();
    const changed = await set("shop", { cacheBehaviorSettings: { defaultTtl: 5 } });
    await json("POST", `${path}/shop/purge`, { paths: ["/a"] });
    await undo(changed);
    expect(resource("shop")?.caching?.ttl.default).toBe(86_400);
    await api.restart(config);
    api.roles.edge.connect(api.control.hub);
    await pass(10);
    expect(resource("shop")?.caching?.ttl.default).toBe(86_400);
    expect(orders("shop")).toEqual([{ number: 1, paths: ["/a"] }]);
    const deleted = await json<WriteAnswer>("DELETE", `${path}/shop`);
    expect([...api.roles.edge.objects.keys()].filter((key) => key.startsWith("purge/"))).toEqual([]);
    await undo(deleted);
    expect(resource("shop")?.addresses).toEqual(["127.53.8.4"]);
    expect(orders("shop")).toBeUndefined();
    // All that came after its creation was taken back.
    await undo(created);
    expect(resource("shop")).toBeUndefined();
    expect(await refused("GET", `${path}/shop`)).toMatchObject({ code: "resource-not-found" });
  });

  test("another origin is asked from the next miss on, and one that serves a distribution is not deleted", async () => {
    await createFront();
    await createInstances("other");
    const moved = await set("shop", { origin: { name: "other" } });
    expect(moved.plan.warnings).toEqual([
      "Nothing that shop stored is used any more: other is asked for all of it",
    ]);
    expect(resource("shop")?.origin).toEqual({
      resourceId: resource("other")?.id,
      host: "other.instances.fairlead.internal",
    });
    expect(await refused("DELETE", "/v1/instances/other")).toMatchObject({
      code: "resource-in-use",
      message: 'Cannot delete instance "other": it is the origin of distribution shop',
    });
    const deleted = await json<WriteAnswer>("DELETE", "/v1/load-balancers/front");
    // The way back leads to what is not there any more.
    const refusal = await refused("POST", `/v1/changes/${moved.change?.id}/undo`, {});
    expect(refusal).toMatchObject({
      code: "undo-refused",
      message: expect.stringMatching(
        /load balancer front, which distribution shop led to, was deleted by change \d+$/,
      ) as string,
    });
    await undo(deleted);
    await undo(moved);
    expect(resource("shop")?.origin?.resourceId).toBe(resource("front")?.id);
  });

  test("a container service can be its origin, over HTTPS too, and is not deleted under it", async () => {
    await json("POST", "/v1/container-services", { name: "app", power: "nano", scale: 1 });
    const settings = { origin: { protocolPolicy: "https-only" } };
    await json("POST", path, { name: "site", origin: "app", settings });
    expect(resource("site")?.origin).toEqual({
      resourceId: resource("app")?.id,
      host: "app.container-services.fairlead.internal",
    });
    expect((await show("site")).origin).toMatchObject({
      name: "app",
      resourceType: "ContainerService",
      protocolPolicy: "https-only",
    });
    expect(await refused("DELETE", "/v1/container-services/app")).toMatchObject({
      code: "resource-in-use",
      message: expect.stringContaining("it is the origin of distribution site") as string,
    });
  });

  test("a plan says that an origin cannot answer, and why", async () => {
    const warnings = async (origin: string): Promise<readonly string[]> =>
      (await json<WriteAnswer>("POST", `${path}?plan=1`, { name: "site", origin })).plan.warnings;
    await json("POST", "/v1/load-balancers", { name: "empty" });
    expect(await warnings("empty")).toEqual([
      "empty has no instance: visitors of site get 503 Service Unavailable",
    ]);
    await createInstances("closed");
    await json("PUT", "/v1/instances/closed/ports", {
      how: "close",
      ports: [{ protocol: "tcp", fromPort: 80, toPort: 80 }],
    });
    expect(await warnings("closed")).toEqual([]);
    await json("POST", "/v1/instances", { name: "own", run: { kind: "site", folder: "/srv" } });
    expect(await warnings("own")).toEqual(["own does not run yet: site has no page until it runs"]);
    await json("POST", "/v1/container-services", { name: "app", power: "nano", scale: 1 });
    expect(await warnings("app")).toEqual([
      "app has no version that serves yet: site has no page until one does",
    ]);
  });

  test("with IPv4 only, its names have no IPv6 address", async () => {
    await createFront();
    await set("shop", { ipAddressType: "ipv4" });
    expect(api.lines("fairlead.internal.", "shop.distributions.fairlead.internal.")).toEqual([
      "60 A 127.53.8.4",
    ]);
    expect(resource("shop")?.addresses).toEqual(["127.53.8.4"]);
  });
});

describe("what it forgets", () => {
  beforeEach(async () => {
    await start();
    await createFront();
  });

  test("a purge is done when the edge has taken it over, and stands in the history", async () => {
    api.roles.edge.acknowledges = false;
    const purged = await json<WriteAnswer>("POST", `${path}/shop/purge`, {
      paths: ["/a.css", "/img/*", "/a.css"],
    });
    expect(purged.plan.title).toBe("Purge /a.css, /img/* from distribution shop");
    expect(texts(purged)).toEqual([
      "Distribution shop forgets what it stored under /a.css, /img/*, and asks its origin again",
    ]);
    expect(await operationOf(purged)).toMatchObject({
      operationType: "PurgeDistribution",
      status: "Started",
    });
    api.roles.edge.acknowledges = true;
    await set("shop", { isEnabled: false });
    expect(await operationOf(purged)).toMatchObject({ status: "Succeeded" });
    expect(orders("shop")).toEqual([{ number: 1, paths: ["/a.css", "/img/*"] }]);
    expect(await refused("POST", `/v1/changes/${purged.change?.id}/undo`, {})).toMatchObject({
      code: "undo-refused",
      message: expect.stringContaining("what a cache forgot is fetched anew") as string,
    });
  });

  test("a visitor's path is purged as it is stored: the root object, and of the query what the origin is shown", async () => {
    const ordered = async (...paths: string[]): Promise<readonly string[] | undefined> => {
      await json("POST", `${path}/shop/purge`, { paths });
      return orders("shop")?.at(-1)?.paths;
    };
    expect(await ordered("/", "/a?x=1", "/a?y=2", "/b*")).toEqual(["/", "/a", "/b*"]);
    await set("shop", { defaultRootObject: "index.html" });
    expect(await ordered("/", "/?x=1", "/a")).toEqual(["/index.html", "/a"]);
    const names = ["q", "page"];
    await set("shop", {
      cacheBehaviorSettings: { forwardedQueryStrings: { option: "allow-list", names } },
    });
    expect(await ordered("/a?x=1&q=2&page", "/a?x=1", "/?q=")).toEqual([
      "/a?q=2&page",
      "/a",
      "/index.html?q=",
    ]);
    await set("shop", { cacheBehaviorSettings: { forwardedQueryStrings: { option: "all" } } });
    expect(await ordered("/a?x=1&q=2", "/?")).toEqual(["/a?x=1&q=2", "/index.html?"]);
  });

  test("a reset takes the place of all before it, and the latest one is shown", async () => {
    await json("POST", `${path}/shop/purge`, { paths: ["/a"] });
    expect((await show("shop")).latestCacheReset).toBeUndefined();
    api.roles.edge.acknowledges = false;
    const reset = await json<WriteAnswer>("POST", `${path}/shop/reset`, {});
    expect((await show("shop")).latestCacheReset).toEqual({
      status: "InProgress",
      createdAt: reset.operation?.createdAt,
    });
    api.roles.edge.acknowledges = true;
    await json("POST", `${path}/shop/purge`, { paths: ["/b"] });
    expect((await show("shop")).latestCacheReset?.status).toBe("Done");
    expect(orders("shop")).toEqual([
      { number: 2, paths: ["/*"] },
      { number: 3, paths: ["/b"] },
    ]);
  });

  test("orders of long ago are left out: an edge that missed them empties the cache", async () => {
    for (let i = 1; i <= 30; i++) await json("POST", `${path}/shop/purge`, { paths: [`/${i}`] });
    expect(orders("shop")?.map(({ number }) => number)).toEqual(Array.from({ length: 25 }, (_, i) => i + 6));
    const many = (prefix: string): string[] => Array.from({ length: 600 }, (_, i) => `/${prefix}/${i}`);
    await json("POST", `${path}/shop/purge`, { paths: many("a") });
    await json("POST", `${path}/shop/purge`, { paths: many("b") });
    expect(orders("shop")?.map(({ number }) => number)).toEqual([32]);
  });

  test.each([
    ["a.css", "it does not begin with a slash"],
    ["/img/*/x", "* stands at its end only"],
    ["/a b", "it holds what no request line has"],
    ["/a#b", "it holds what no request line has"],
    ["/ä", "it holds what no request line has"],
  ])("%s is no path to purge", async (one, reason) => {
    expect(await refused("POST", `${path}/shop/purge`, { paths: ["/fine", one] })).toMatchObject({
      code: "input-malformed",
      message: `Cannot purge distribution "shop": "${one}" is no path to purge: ${reason}; expected one such as /style.css, or /img/* for all below it`,
    });
    expect(orders("shop")).toBeUndefined();
  });
});

describe("names that lead to one", () => {
  const { start: startDomain, create } = certificateApi(api);

  beforeEach(async () => {
    await startDomain();
    await json("POST", path, { name: "site", origin: "web" });
  });

  test("an assigned name has its address, its route, and a certificate that opens HTTPS and sends HTTP there", async () => {
    const assigned = await json<WriteAnswer>("POST", "/v1/assignments", {
      name: "www.shop.test",
      resource: "site",
    });
    await pass(2000);
    expect(assigned.plan.records).toMatchObject([
      { zone: "shop.test", added: expect.arrayContaining(["www.shop.test. 60 IN A 127.53.8.2"]) as string[] },
    ]);
    expect(api.roles.edge.objects.get("host/www.shop.test")).toMatchObject({
      resourceId: resource("site")?.id,
    });
    expect(resource("site")).toMatchObject({ ports: { https: true }, redirectsToHttps: true });
    expect(resource("site")?.certificates).toHaveLength(1);
    expect(await show("site")).toMatchObject({
      names: ["www.shop.test"],
      publicPorts: [80, 443],
      alternativeDomainNames: [],
    });
    await set("site", { redirectsToHttps: false });
    expect(resource("site")).toMatchObject({ redirectsToHttps: false });
    expect(await refused("DELETE", `${path}/site`)).toMatchObject({
      code: "resource-in-use",
      message: 'Cannot delete distribution "site": www.shop.test leads to it',
    });
    const disabled = await set("site", { isEnabled: false });
    expect(disabled.plan.warnings).toEqual([
      "site, www.shop.test will answer 503 Service Unavailable until it is enabled",
    ]);
    const again = await json<WriteAnswer>("POST", "/v1/assignments?plan=1", {
      name: "b.shop.test",
      resource: "site",
      https: false,
    });
    expect(again.plan.warnings).toEqual([
      "site is disabled: b.shop.test answers 503 Service Unavailable until it is enabled",
    ]);
  });

  test("a key that is limited to a zone leads its names to one, and changes and purges none", async () => {
    const { accessKey } = await json<WriteAnswer>("POST", "/v1/keys", { name: "zone", zones: ["shop.test"] });
    const status = async (method: string, where: string, body?: object): Promise<number> =>
      (await api.callAs(`Bearer ${accessKey?.secret}`, method, where, body)).status;
    const wanted = { name: "site.shop.test", resource: "site", https: false };
    expect(await status("POST", "/v1/assignments", wanted)).toBe(200);
    expect(await status("GET", path)).toBe(403);
    expect(await status("PUT", `${path}/site`, { isEnabled: false })).toBe(403);
    expect(await status("POST", `${path}/site/purge`, { paths: ["/a"] })).toBe(403);
    expect(await status("POST", `${path}/site/reset`, {})).toBe(403);
    expect(orders("site")).toBeUndefined();
  });

  test("an alias of one has its addresses, and its route where addresses are shared", async () => {
    await json("PUT", "/v1/zones/shop.test/aliases", { name: "site", target: "site" });
    expect(api.lines("shop.test.", "site.shop.test.")).toEqual(["60 A 127.53.8.2", "60 AAAA ::1"]);
    expect(api.roles.edge.objects.get("host/site.shop.test")).toMatchObject({
      resourceId: resource("site")?.id,
    });
    await json("DELETE", "/v1/zones/shop.test/aliases/site");
    expect(api.roles.edge.objects.has("host/site.shop.test")).toBe(false);
  });

  test("a certificate that is issued gives it names; another distribution does not get them too", async () => {
    api.authority.silent.add("127.53.2.3");
    await create("main", "shop.test", { subjectAlternativeNames: ["www.shop.test"] });
    const attach = { certificate: "main" };
    expect(await refused("POST", `${path}/site/certificate`, attach)).toMatchObject({
      code: "state-wrong",
      message:
        'Cannot attach certificate "main" to distribution "site": it is PENDING_VALIDATION, and only one that is issued can be attached',
    });
    api.authority.silent.clear();
    await pass(600_000);
    const attached = await json<WriteAnswer>("POST", `${path}/site/certificate`, attach);
    expect(texts(attached)).toEqual(["Update distribution site: certificate main (was none)"]);
    expect(await show("site")).toMatchObject({
      certificateName: "main",
      alternativeDomainNames: ["shop.test", "www.shop.test"],
      servedCertificates: ["main"],
      publicPorts: [80, 443],
    });
    expect(resource("site")).toMatchObject({ ports: { https: true }, redirectsToHttps: true });
    expect(await json("GET", "/v1/certificates/main")).toMatchObject({ usedBy: ["site"] });
    expect(await refused("POST", `${path}/site/certificate`, attach)).toMatchObject({ code: "state-wrong" });
    await json("POST", path, { name: "second", origin: "web" });
    await create("other", "www.shop.test");
    await pass(2000);
    expect(await refused("PUT", `${path}/second`, { certificateName: "other" })).toMatchObject({
      code: "resource-in-use",
      message:
        'Cannot update distribution "second": www.shop.test is a name of distribution site by certificate main',
    });
    expect(await refused("DELETE", "/v1/certificates/main")).toMatchObject({
      code: "resource-in-use",
      message: 'Cannot delete certificate "main": it is attached to site',
    });
    const replaced = await set("site", { certificateName: "other" });
    expect(replaced.plan.warnings).toEqual(["shop.test is a name of site no more"]);
    await undo(replaced);
    // What another one has by now does not come back.
    const given = await json<WriteAnswer>("DELETE", `${path}/site/certificate`);
    const taken = await set("second", { certificateName: "other" });
    expect(await refused("POST", `/v1/changes/${given.change?.id}/undo`, {})).toMatchObject({
      code: "undo-refused",
      message: expect.stringMatching(
        /www\.shop\.test is a name of distribution second by certificate other since change \d+$/,
      ) as string,
    });
    await undo(taken);
    await undo(given);
    const detached = await json<WriteAnswer>("DELETE", `${path}/site/certificate`);
    expect(resource("site")).toMatchObject({
      ports: { https: false },
      redirectsToHttps: false,
      certificates: [],
    });
    await json("DELETE", "/v1/certificates/main");
    expect(await refused("POST", `/v1/changes/${detached.change?.id}/undo`, {})).toMatchObject({
      code: "undo-refused",
      message: expect.stringMatching(
        /certificate main of distribution site was deleted by change \d+/,
      ) as string,
    });
  });
});
