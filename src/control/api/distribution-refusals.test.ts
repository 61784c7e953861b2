// Every way in which distributions are refused.

import type { WriteAnswer } from "#contract";
import { beforeEach, describe, expect, test } from "vitest";
import { testConfig } from "../testing.ts";
import { trafficApi } from "./testing-traffic.ts";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json, refused } = api;
const { createInstances, resource } = trafficApi(api);
const path = "/v1/distributions";

const { profile } = testConfig;
const edge = { ...profile.edge, addresses: [1, 2, 3, 4, 5, 6].map((i) => `127.53.8.${i}`) };
/** As every test has it, with addresses for more resources. */
const config = { ...testConfig, profile: { ...profile, edge } };
const start = (): Promise<void> => api.startWith(config);

/** Two servers behind a load balancer, with a distribution in front of it. */
async function createFront(): Promise<WriteAnswer> {
  await createInstances("web-1", "web-2");
  await json("POST", "/v1/load-balancers", { name: "front", instances: ["web-1", "web-2"] });
  return json("POST", path, { name: "shop", origin: "front" });
}

describe("what it cannot be", () => {
  beforeEach(async () => {
    await start();
    await createFront();
  });

  test.each<[what: string, settings: object, code: string, message: string]>([
    [
      "a minimum TTL with all headers",
      { cacheBehaviorSettings: { minimumTtl: 60, forwardedHeaders: { option: "all" } } },
      "input-malformed",
      "the minimum TTL is 60 s, and must be 0 where all headers are forwarded",
    ],
    [
      "TTLs out of order",
      { cacheBehaviorSettings: { minimumTtl: 60, maximumTtl: 10 } },
      "input-malformed",
      "the minimum TTL of 60 s is above the maximum of 10 s",
    ],
    [
      "a default TTL out of bounds",
      { cacheBehaviorSettings: { defaultTtl: 5, minimumTtl: 60 } },
      "input-malformed",
      "the default TTL of 5 s is not between the minimum of 60 s and the maximum of 31536000 s",
    ],
    [
      "an unknown header",
      { cacheBehaviorSettings: { forwardedHeaders: { option: "allow-list", names: ["X-Mine"] } } },
      "input-malformed",
      'header "X-Mine" cannot be forwarded; expected one of Accept, Accept-Charset, Accept-Datetime, Accept-Encoding, Accept-Language, Authorization, CloudFront-Forwarded-Proto, CloudFront-Is-Desktop-Viewer, CloudFront-Is-Mobile-Viewer, CloudFront-Is-SmartTV-Viewer, CloudFront-Is-Tablet-Viewer, CloudFront-Viewer-Country, Host, Origin, Referer, or the option all',
    ],
    [
      "an empty list of cookies",
      { cacheBehaviorSettings: { forwardedCookies: { option: "allow-list" } } },
      "input-malformed",
      "no cookies are named to forward; name one, or choose none",
    ],
    [
      "a cookie's name with a blank",
      { cacheBehaviorSettings: { forwardedCookies: { option: "allow-list", names: ["a b"] } } },
      "input-malformed",
      '"a b" is no name of cookies; expected at most 128 visible characters',
    ],
    [
      "other methods",
      { cacheBehaviorSettings: { allowedMethods: ["GET", "POST"] } },
      "input-malformed",
      "GET,POST are no methods to allow; expected GET,HEAD or GET,HEAD,OPTIONS or GET,HEAD,OPTIONS,PUT,PATCH,POST,DELETE",
    ],
    [
      "cached methods that are not allowed",
      {
        cacheBehaviorSettings: { allowedMethods: ["GET", "HEAD"], cachedMethods: ["GET", "HEAD", "OPTIONS"] },
      },
      "input-malformed",
      "OPTIONS is to be cached and is not allowed; allow it too",
    ],
    [
      "26 paths",
      { cacheBehaviors: Array.from({ length: 26 }, (_, i) => ({ path: `/${i}`, behavior: "cache" })) },
      "input-too-large",
      "26 paths have a behaviour of their own, and 25 are the most",
    ],
    [
      "a path twice",
      {
        cacheBehaviors: [
          { path: "a/*", behavior: "cache" },
          { path: "/a/*", behavior: "dont-cache" },
        ],
      },
      "input-malformed",
      'path "/a/*" has a behaviour twice',
    ],
    [
      "a path for all",
      { cacheBehaviors: [{ path: "*", behavior: "cache" }] },
      "input-malformed",
      '"*" stands for every path; set the default behaviour instead',
    ],
    [
      "a path with a blank",
      { cacheBehaviors: [{ path: "/a b", behavior: "cache" }] },
      "input-malformed",
      '"/a b" is no path of a behaviour; expected one such as /api/*, without blanks and query',
    ],
    [
      "a root object with a slash",
      { defaultRootObject: "/index.html" },
      "input-malformed",
      '"/index.html" is no default root object; expected a file such as index.html, without a slash before it',
    ],
    [
      "a page for no error",
      { customErrorResponses: [{ errorCode: 418 }] },
      "input-malformed",
      "418 is no error that can have a page; expected one of 400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504",
    ],
    [
      "a status without page",
      { customErrorResponses: [{ errorCode: 404, responseCode: 200 }] },
      "input-malformed",
      "error 404 is to be answered with 200 and has no page; expected a page such as /404.html",
    ],
    [
      "a relative page",
      { customErrorResponses: [{ errorCode: 404, responsePagePath: "404.html" }] },
      "input-malformed",
      '"404.html" is no page for error 404; expected a path such as /404.html',
    ],
    [
      "HTTPS to an instance",
      { origin: { name: "web-1", protocolPolicy: "https-only" } },
      "input-malformed",
      'instances are asked by HTTP, and "web-1" is one; expected the protocol http-only, or a load balancer in front of it',
    ],
    [
      "itself as origin",
      { origin: { name: "shop" } },
      "input-malformed",
      '"shop" is a distribution, and no origin; expected an instance, a load balancer or a container service',
    ],
    [
      "nothing as origin",
      { origin: { name: "nobody" } },
      "resource-not-found",
      'there is no resource "nobody"; expected an instance, a load balancer or a container service',
    ],
    [
      "no such certificate",
      { certificateName: "none" },
      "resource-not-found",
      "there is no certificate of that name",
    ],
  ])("%s is refused with the reason, and nothing differs", async (_, settings, code, message) => {
    const before = resource("shop");
    expect(await refused("PUT", `${path}/shop`, settings)).toMatchObject({
      code,
      message: `Cannot update distribution "shop": ${message}`,
    });
    expect(resource("shop")).toEqual(before);
  });

  test("a static IP is no origin, and what it leads to is named", async () => {
    await json("POST", "/v1/static-ips", { name: "fixed", instance: "web-1" });
    expect(await refused("POST", path, { name: "site", origin: "fixed" })).toMatchObject({
      code: "input-malformed",
      message:
        'Cannot create distribution "site": "fixed" is a static IP, and no origin; expected an instance, a load balancer or a container service, such as web-1, which it leads to',
    });
  });

  test("an origin whose way comes back is refused, with the way", async () => {
    const address = resource("shop")?.addresses[0];
    await json("POST", "/v1/instances", { name: "loop", run: { kind: "address", address, port: 80 } });
    await json("POST", "/v1/load-balancers/front/attach", { instances: ["loop"] });
    expect(await refused("PUT", `${path}/shop`, { origin: { name: "loop" } })).toMatchObject({
      code: "origin-loop",
      message: 'Cannot update distribution "shop": its origin leads back to it: shop -> loop -> shop',
    });
    expect(await refused("PUT", `${path}/shop`, { isEnabled: false })).toMatchObject({
      code: "origin-loop",
      message:
        'Cannot update distribution "shop": its origin leads back to it: shop -> front -> loop -> shop',
    });
  });

  test.each([
    ["POST", path, { name: "front", origin: "front" }, "resource-exists"],
    ["POST", path, { name: "-", origin: "front" }, "input-malformed"],
    [
      "POST",
      path,
      { name: "site", origin: "front", settings: { origin: { name: "web-1" } } },
      "input-malformed",
    ],
    ["POST", path, { name: "site" }, "input-malformed"],
    ["PUT", `${path}/site`, { isEnabled: false }, "resource-not-found"],
    ["PUT", `${path}/shop`, {}, "input-malformed"],
    ["PUT", `${path}/shop`, { bundleId: "huge_1_0" }, "input-malformed"],
    ["PUT", `${path}/shop`, { origin: { responseTimeout: 61 } }, "input-malformed"],
    ["PUT", `${path}/shop`, { cacheBehaviorSettings: { defaultTtl: -1 } }, "input-malformed"],
    ["DELETE", `${path}/site`, undefined, "resource-not-found"],
    ["POST", `${path}/site/reset`, {}, "resource-not-found"],
    ["POST", `${path}/site/purge`, { paths: ["/"] }, "resource-not-found"],
    ["POST", `${path}/shop/purge`, { paths: [] }, "input-malformed"],
    ["DELETE", `${path}/shop/certificate`, undefined, "state-wrong"],
    ["POST", "/v1/instances", { name: "shop", run: { kind: "site", folder: "/srv" } }, "resource-exists"],
  ])("%s %s %j is refused: %s", async (method, where, body, code) => {
    expect(await refused(method, where, body)).toMatchObject({ code });
  });

  test("a plan that waits does not bring an origin back that is gone", async () => {
    await createInstances("other");
    const { plan } = await json<WriteAnswer>("POST", `${path}?plan=1`, { name: "site", origin: "other" });
    await json("DELETE", "/v1/instances/other");
    expect(await refused("POST", `/v1/plans/${plan.id}/apply`, {})).toMatchObject({
      code: "change-conflict",
    });
  });
});
