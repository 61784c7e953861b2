// Distributions through the endpoint: settings round trip as they were sent, resets, certificates, and what is refused.

import { beforeEach, describe, expect, test } from "vitest";
import type { LightsailShapes } from "#contract";
import { testConfig } from "../testing.ts";
import { AwsTestApi } from "./testing.ts";

const aws = new AwsTestApi();
const { call, refused, refusals } = aws;
const { profile } = testConfig;
const edge = { ...profile.edge, addresses: [1, 2, 3, 4, 5, 6].map((i) => `127.53.8.${i}`) };

beforeEach(async () => {
  await aws.startWith({ ...testConfig, profile: { ...profile, edge } });
  await aws.api.json("POST", "/v1/domains", { name: "shop.test" });
  await call("CreateLoadBalancer", { loadBalancerName: "front", instancePort: 80 });
});

const distributionName = "shop";
const least = {
  distributionName,
  bundleId: "small_1_0",
  origin: { name: "front", regionName: "us-east-1" },
  defaultCacheBehavior: { behavior: "cache" },
} as const;

const show = async (): Promise<LightsailShapes["LightsailDistribution"]> =>
  (await call("GetDistributions", { distributionName })).distributions?.[0] ?? {};

test("one is created with the least, and nothing is answered that nobody set", async () => {
  const { distribution, operation } = await call("CreateDistribution", {
    ...least,
    tags: [{ key: "a", value: "b" }],
  });
  expect(operation).toMatchObject({
    operationType: "CreateDistribution",
    resourceName: "shop",
    status: "Succeeded",
    location: { regionName: "global" },
  });
  expect(distribution).toEqual({
    name: "shop",
    arn: expect.stringContaining(":Distribution/"),
    supportCode: expect.any(String),
    createdAt: expect.any(Number),
    location: { availabilityZone: "all", regionName: "global" },
    resourceType: "Distribution",
    alternativeDomainNames: [],
    status: "Deployed",
    isEnabled: true,
    domainName: "shop.distributions.fairlead.internal",
    bundleId: "small_1_0",
    origin: {
      name: "front",
      resourceType: "LoadBalancer",
      regionName: "us-east-1",
      responseTimeout: 30,
    },
    originPublicDNS: "front.load-balancers.fairlead.internal",
    defaultCacheBehavior: { behavior: "cache" },
    cacheBehaviors: [],
    ableToUpdateBundle: true,
    ipAddressType: "dualstack",
    tags: [{ key: "a", value: "b" }],
  });
  expect(await show()).toEqual(distribution);
});

const full: NonNullable<LightsailShapes["CreateDistributionRequest"]["cacheBehaviorSettings"]> = {
  allowedHTTPMethods: "GET,HEAD,OPTIONS,PUT,PATCH,POST,DELETE",
  cachedHTTPMethods: "GET,HEAD",
  defaultTTL: 86_400,
  minimumTTL: 0,
  maximumTTL: 31_536_000,
  forwardedCookies: { option: "allow-list", cookiesAllowList: ["session*"] },
  forwardedHeaders: { option: "default", headersAllowList: [] },
  forwardedQueryStrings: { option: false, queryStringsAllowList: ["v"] },
};

describe("settings", () => {
  test("come back as they were sent, in the edge too", async () => {
    await call("CreateDistribution", {
      ...least,
      origin: { ...least.origin, protocolPolicy: "http-only", responseTimeout: 20 },
      cacheBehaviors: [{ path: "/api/*", behavior: "dont-cache" }],
      cacheBehaviorSettings: full,
      viewerMinimumTlsProtocolVersion: "TLSv1.2_2021",
      defaultRootObject: "index.html",
      customErrorResponses: [
        { errorCode: 404, responseCode: "200", responsePagePath: "/404.html", errorCachingMinTTL: 5 },
      ],
    });
    expect(await show()).toMatchObject({
      cacheBehaviorSettings: full,
      cacheBehaviors: [{ path: "/api/*", behavior: "dont-cache" }],
      origin: { responseTimeout: 20 },
      viewerMinimumTlsProtocolVersion: "TLSv1.2_2021",
      defaultRootObject: "index.html",
      customErrorResponses: [
        { errorCode: 404, responseCode: "200", responsePagePath: "/404.html", errorCachingMinTTL: 5 },
      ],
    });
    const edgeObject = [...aws.api.roles.edge.objects.values()].find(
      (object) => object.kind === "resource" && object.name === "shop",
    );
    expect(edgeObject).toMatchObject({
      caching: {
        defaultRootObject: "index.html",
        forwardedCookies: { option: "allow-list", names: ["session*"] },
        forwardedQueryStrings: { option: "allow-list", names: ["v"] },
      },
    });
  });

  test.each<[string, LightsailShapes["QueryStringObject"]]>([
    ["all", { option: true, queryStringsAllowList: [] }],
    ["none", { option: false, queryStringsAllowList: [] }],
    ["some", { option: false, queryStringsAllowList: ["a", "b"] }],
  ])("%s of the query strings", async (_, forwardedQueryStrings) => {
    await call("CreateDistribution", { ...least, cacheBehaviorSettings: { forwardedQueryStrings } });
    expect((await show()).cacheBehaviorSettings).toEqual({ forwardedQueryStrings });
  });

  test("an update changes what it names; the cache's are replaced as a whole", async () => {
    await call("CreateDistribution", { ...least, cacheBehaviorSettings: full });
    await call("UpdateDistribution", { distributionName, cacheBehaviorSettings: { defaultTTL: 60 } });
    expect((await show()).cacheBehaviorSettings).toEqual({ defaultTTL: 60 });
    const { operation } = await call("UpdateDistribution", { distributionName, isEnabled: false });
    expect(operation).toMatchObject({ operationType: "UpdateDistribution", status: "Succeeded" });
    expect(await show()).toMatchObject({ isEnabled: false, cacheBehaviorSettings: { defaultTTL: 60 } });
    for (let i = 0; i < 2; i++) {
      await call("UpdateDistribution", { distributionName, isEnabled: true });
      await call("UpdateDistributionBundle", { distributionName, bundleId: "large_1_0" });
      await call("SetIpAddressType", {
        resourceType: "Distribution",
        resourceName: distributionName,
        ipAddressType: "ipv4",
      });
    }
    expect(await show()).toMatchObject({ isEnabled: true, bundleId: "large_1_0", ipAddressType: "ipv4" });
  });
});

test("the cache is reset, and the last time is told", async () => {
  await call("CreateDistribution", least);
  expect(await call("GetDistributionLatestCacheReset", { distributionName })).toEqual({});
  const { status, createTime, operation } = await call("ResetDistributionCache", { distributionName });
  expect([status, operation?.operationType, operation?.status]).toEqual([
    "Done",
    "ResetDistributionCache",
    "Succeeded",
  ]);
  expect(await call("GetDistributionLatestCacheReset", { distributionName })).toEqual({ status, createTime });
});

test("a certificate gives it names; it is used as soon as it is named, and detached by the default one", async () => {
  await call("CreateDistribution", least);
  await call("CreateCertificate", { certificateName: "cert", domainName: "shop.test" });
  await aws.api.pass(5000);
  const input = { distributionName, certificateName: "cert" };
  for (let i = 0; i < 2; i++)
    expect((await call("AttachCertificateToDistribution", input)).operation?.operationType).toBe(
      "AttachCertificateToDistribution",
    );
  expect(await show()).toMatchObject({ certificateName: "cert", alternativeDomainNames: ["shop.test"] });
  expect((await refused("DeleteCertificate", { certificateName: "cert" })).type).toBe(
    "InvalidInputException",
  );
  await call("DetachCertificateFromDistribution", { distributionName });
  expect((await show()).alternativeDomainNames).toEqual([]);
  await call("UpdateDistribution", { distributionName, certificateName: "cert" });
  expect((await show()).certificateName).toBe("cert");
  await call("UpdateDistribution", { distributionName, useDefaultCertificate: true });
  expect(await show()).not.toHaveProperty("certificateName");
});

test("one is deleted, and then is none", async () => {
  await call("CreateDistribution", least);
  const { operation } = await call("DeleteDistribution", { distributionName });
  expect(operation).toMatchObject({ operationType: "DeleteDistribution", status: "Succeeded" });
  expect(await refused("GetDistributions", { distributionName })).toMatchObject({
    type: "InvalidInputException",
    message: "Requested resource not found",
  });
  expect(await call("GetDistributions", {})).toEqual({ distributions: [] });
});

test("bundles are listed", async () => {
  const { bundles } = await call("GetDistributionBundles", {});
  expect(bundles?.map(({ bundleId }) => bundleId)).toEqual(["small_1_0", "medium_1_0", "large_1_0"]);
});

test("what is refused, and as what", async () => {
  expect(
    await refusals([
      [
        "CreateDistribution",
        { ...least, distributionName: "front" },
        "InvalidInputException",
        /^Some names are already in use: front$/,
      ],
      [
        "CreateDistribution",
        { ...least, origin: { name: "none" } },
        "NotFoundException",
        /no resource "none"/,
      ],
      ["CreateDistribution", { ...least, origin: {} }, "InvalidInputException", /origin.name/],
      ["CreateDistribution", { ...least, bundleId: "huge_1_0" }, "InvalidInputException", /no bundle/],
      [
        "CreateDistribution",
        { ...least, defaultCacheBehavior: { behavior: "always" } },
        "InvalidInputException",
        /behavior/,
      ],
      [
        "CreateDistribution",
        { ...least, cacheBehaviorSettings: { allowedHTTPMethods: "TRACE" } },
        "InvalidInputException",
        /methods/,
      ],
      [
        "CreateDistribution",
        { ...least, cacheBehaviorSettings: { minimumTTL: 5, maximumTTL: 1 } },
        "InvalidInputException",
        /minimum TTL/,
      ],
      [
        "CreateDistribution",
        { ...least, cacheBehaviorSettings: { defaultTTL: -1 } },
        "InvalidInputException",
        /defaultTtl/,
      ],
      [
        "CreateDistribution",
        { ...least, cacheBehaviors: [{ path: "/a" }] },
        "InvalidInputException",
        /behavior/,
      ],
      ["CreateDistribution", { ...least, enableWaf: true }, "InvalidInputException", /firewall/],
      ["CreateDistribution", { ...least, subdomainName: "a" }, "InvalidInputException", /subdomains/],
      [
        "CreateDistribution",
        { ...least, customErrorResponses: [{ errorCode: 200 }] },
        "InvalidInputException",
        /errorCode|error/,
      ],
      ["CreateDistribution", { ...least, certificateName: "none" }, "NotFoundException", /no certificate/],
      ["UpdateDistribution", { distributionName: "none" }, "NotFoundException", /does not exist/],
      ["DeleteDistribution", { distributionName: "none" }, "NotFoundException", /does not exist/],
      ["DeleteDistribution", {}, "InvalidInputException", /distributionName/],
      ["ResetDistributionCache", { distributionName: "none" }, "NotFoundException", /does not exist/],
      [
        "GetDistributionLatestCacheReset",
        { distributionName: "none" },
        "NotFoundException",
        /does not exist/,
      ],
      [
        "AttachCertificateToDistribution",
        { distributionName: "none", certificateName: "c1" },
        "NotFoundException",
        /does not exist/,
      ],
      [
        "DetachCertificateFromDistribution",
        { distributionName: "none" },
        "NotFoundException",
        /does not exist/,
      ],
      [
        "UpdateDistributionBundle",
        { distributionName: "none", bundleId: "small_1_0" },
        "NotFoundException",
        /does not exist/,
      ],
    ]),
  ).toEqual([]);
});
