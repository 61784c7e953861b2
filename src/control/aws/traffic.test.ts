// Static IPs and load balancers through the endpoint.

import { beforeEach, describe, expect, test } from "vitest";
import { AwsTestApi } from "./testing.ts";

const aws = new AwsTestApi();
const { call, refused, refusals } = aws;

beforeEach(async () => {
  await aws.start();
  await aws.api.json("POST", "/v1/domains", { name: "shop.test" });
});

/** Creates instances that are servers elsewhere. */
async function createInstances(...names: string[]): Promise<void> {
  const run = { kind: "address", address: "192.0.2.1", port: 8080 };
  for (const name of names) await aws.api.json("POST", "/v1/instances", { name, run });
}

/** What operations say of themselves, a line each. */
function said(
  operations:
    | readonly {
        operationType?: string | undefined;
        resourceName?: string | undefined;
        operationDetails?: string | undefined;
        status?: string | undefined;
      }[]
    | undefined,
): string[] {
  return (operations ?? []).map(
    ({ operationType, resourceName, operationDetails, status }) =>
      `${operationType} ${resourceName} (${operationDetails}) ${status}`,
  );
}

describe("static IPs", () => {
  test("are allocated, attached, detached and released; each attachment has two operations", async () => {
    await createInstances("web");
    const allocated = await call("AllocateStaticIp", { staticIpName: "ip" });
    expect(said(allocated.operations)).toEqual(["AllocateStaticIp ip () Succeeded"]);
    expect(await call("GetStaticIp", { staticIpName: "ip" })).toEqual({
      staticIp: {
        name: "ip",
        arn: expect.stringContaining(":StaticIp/"),
        supportCode: expect.any(String),
        createdAt: expect.any(Number),
        location: { availabilityZone: "all", regionName: "us-east-1" },
        resourceType: "StaticIp",
        ipAddress: "127.53.8.2",
        isAttached: false,
      },
    });
    const attached = await call("AttachStaticIp", { staticIpName: "ip", instanceName: "web" });
    expect(said(attached.operations)).toEqual([
      "AttachStaticIp ip (web) Succeeded",
      "AttachStaticIp web (ip) Succeeded",
    ]);
    expect(attached.operations?.map(({ resourceType }) => resourceType)).toEqual(["StaticIp", "Instance"]);
    expect((await call("GetStaticIp", { staticIpName: "ip" })).staticIp).toMatchObject({
      isAttached: true,
      attachedTo: "web",
    });
    const again = await call("AttachStaticIp", { staticIpName: "ip", instanceName: "web" });
    expect(said(again.operations)).toEqual(said(attached.operations));
    // Both can be asked for, each by its own id, also when what they were of is gone.
    await call("DetachStaticIp", { staticIpName: "ip" });
    await call("ReleaseStaticIp", { staticIpName: "ip" });
    for (const operation of [...(attached.operations ?? []), ...(again.operations ?? [])])
      expect(await call("GetOperation", { operationId: operation.id ?? "" })).toEqual({ operation });
    expect(await call("GetStaticIps", {})).toEqual({ staticIps: [] });
    const ofWeb = await call("GetOperationsForResource", { resourceName: "web" });
    expect(said(ofWeb.operations)).toContain("DetachStaticIp web (ip) Succeeded");
  });

  test("what is refused, and as what", async () => {
    await call("AllocateStaticIp", { staticIpName: "ip" });
    expect(
      await refusals([
        ["GetStaticIp", { staticIpName: "none" }, "NotFoundException", /^The StaticIp does not exist: none$/],
        ["AttachStaticIp", { staticIpName: "none", instanceName: "web" }, "NotFoundException", /none/],
        ["AttachStaticIp", { staticIpName: "ip", instanceName: "none" }, "NotFoundException", /no instance/],
        ["DetachStaticIp", { staticIpName: "none" }, "NotFoundException", /no static IP/],
        ["DetachStaticIp", { staticIpName: "ip" }, "OperationFailureException", /attached to nothing/],
        ["ReleaseStaticIp", { staticIpName: "none" }, "NotFoundException", /no static IP/],
        [
          "AllocateStaticIp",
          { staticIpName: "ip" },
          "InvalidInputException",
          /^Some names are already in use: ip$/,
        ],
        [
          "AllocateStaticIp",
          { staticIpName: "shop.test" },
          "InvalidInputException",
          /^Some names are already in use: shop.test$/,
        ],
        ["AllocateStaticIp", { staticIpName: "-ab-" }, "InvalidInputException", /letter or digit/],
        ["AllocateStaticIp", { staticIpName: "a" }, "InvalidInputException", /staticIpName/],
      ]),
    ).toEqual([]);
  });

  test("their operations are found however long ago they were, after a restart too", async () => {
    await createInstances("web");
    await call("AllocateStaticIp", { staticIpName: "ip" });
    const { operations } = await call("AttachStaticIp", { staticIpName: "ip", instanceName: "web" });
    for (let i = 0; i < 60; i++) {
      aws.api.time.advance(2000);
      await aws.api.json("POST", "/v1/zones/shop.test/rrsets", {
        name: `n${i}`,
        type: "A",
        add: ["192.0.2.1"],
      });
    }
    await aws.api.restart();
    for (const role of Object.values(aws.api.roles)) role.connect(aws.api.control.hub);
    await aws.api.pass(5000);
    // Each is looked at anew, which takes the name servers a moment.
    for (const { id = "" } of operations ?? []) await call("GetOperation", { operationId: id });
    await aws.api.pass(1000);
    for (const operation of operations ?? [])
      expect(await call("GetOperation", { operationId: operation.id ?? "" })).toEqual({
        operation: { ...operation, statusChangedAt: expect.any(Number) },
      });
    const unknown = `${operations?.[0]?.id?.slice(0, -4)}0000`;
    expect((await refused("GetOperation", { operationId: unknown })).type).toBe("NotFoundException");
  });

  test("the profile's addresses come to an end in words", async () => {
    for (const staticIpName of ["ip-1", "ip-2", "ip-3"]) await call("AllocateStaticIp", { staticIpName });
    const refusal = await refused("AllocateStaticIp", { staticIpName: "ip-4" });
    expect(refusal).toMatchObject({ type: "OperationFailureException", code: "addresses-exhausted" });
  });
});

describe("load balancers", () => {
  const loadBalancerName = "front";
  beforeEach(async () => {
    await call("CreateLoadBalancer", { loadBalancerName, instancePort: 80 });
  });

  test("show everything that clients read without looking", async () => {
    const { loadBalancer } = await call("GetLoadBalancer", { loadBalancerName });
    expect(loadBalancer).toEqual({
      name: "front",
      arn: expect.stringContaining(":LoadBalancer/"),
      supportCode: expect.any(String),
      createdAt: expect.any(Number),
      location: { availabilityZone: "all", regionName: "us-east-1" },
      resourceType: "LoadBalancer",
      tags: [],
      dnsName: "front.load-balancers.fairlead.internal",
      state: "active",
      protocol: "HTTP",
      publicPorts: [80],
      healthCheckPath: "/",
      instancePort: 80,
      instanceHealthSummary: [],
      tlsCertificateSummaries: [],
      configurationOptions: {
        SessionStickinessEnabled: "false",
        SessionStickiness_LB_CookieDurationSeconds: "86400",
      },
      ipAddressType: "dualstack",
      httpsRedirectionEnabled: false,
      tlsPolicyName: "TLS-2016-08",
    });
    expect((await call("GetLoadBalancers", {})).loadBalancers).toEqual([loadBalancer]);
  });

  test("instances are attached at once, and leave when their requests are finished", async () => {
    await createInstances("web-1", "web-2");
    const attached = await call("AttachInstancesToLoadBalancer", {
      loadBalancerName,
      instanceNames: ["web-1", "web-2"],
    });
    expect(said(attached.operations)).toEqual([
      "AttachInstancesToLoadBalancer front (web-1,web-2) Succeeded",
      "AttachInstancesToLoadBalancer web-1 (front) Succeeded",
      "AttachInstancesToLoadBalancer web-2 (front) Succeeded",
    ]);
    const { loadBalancer } = await call("GetLoadBalancer", { loadBalancerName });
    expect(loadBalancer?.instanceHealthSummary).toEqual([
      { instanceName: "web-1", instanceHealth: "healthy" },
      { instanceName: "web-2", instanceHealth: "healthy" },
    ]);
    const again = { loadBalancerName, instanceNames: ["web-1"] };
    expect(said((await call("AttachInstancesToLoadBalancer", again)).operations)).toHaveLength(2);
    aws.api.roles.edge.underWay = new Map([["web-1", 1]]);
    const detached = await call("DetachInstancesFromLoadBalancer", again);
    expect(detached.operations?.[0]).toMatchObject({ status: "Started", isTerminal: false });
    aws.api.roles.edge.underWay = new Map();
    aws.api.roles.edge.tellTargets();
    await aws.api.pass(1000);
    const { operation } = await call("GetOperation", { operationId: detached.operations?.[0]?.id ?? "" });
    expect(operation).toMatchObject({ status: "Succeeded", isTerminal: true });
  });

  test.each<[string, string, Record<string, unknown>]>([
    ["HealthCheckPath", "/up", { healthCheckPath: "/up" }],
    ["TlsPolicyName", "TLS-FS-1-2-Res-2019-08", { tlsPolicyName: "TLS-FS-Res-1-2-2019-08" }],
    ["TlsPolicyName", "TLS-FS-Res-1-2-2019-08", { tlsPolicyName: "TLS-FS-Res-1-2-2019-08" }],
    [
      "SessionStickinessEnabled",
      "true",
      {
        configurationOptions: {
          SessionStickinessEnabled: "true",
          SessionStickiness_LB_CookieDurationSeconds: "86400",
        },
      },
    ],
    [
      "SessionStickiness_LB_CookieDurationSeconds",
      "900",
      {
        configurationOptions: {
          SessionStickinessEnabled: "false",
          SessionStickiness_LB_CookieDurationSeconds: "900",
        },
      },
    ],
    ["HttpsRedirectionEnabled", "false", { httpsRedirectionEnabled: false }],
  ])("attribute %s takes %s, once and again", async (attributeName, attributeValue, shown) => {
    const input = { loadBalancerName, attributeName: attributeName as "HealthCheckPath", attributeValue };
    for (let i = 0; i < 2; i++)
      expect(said((await call("UpdateLoadBalancerAttribute", input)).operations)).toEqual([
        `UpdateLoadBalancerAttribute front (${attributeName}) Succeeded`,
      ]);
    expect((await call("GetLoadBalancer", { loadBalancerName })).loadBalancer).toMatchObject(shown);
  });

  test("what is refused, and as what", async () => {
    expect(
      await refusals([
        [
          "CreateLoadBalancer",
          { loadBalancerName, instancePort: 80 },
          "InvalidInputException",
          /^Some names are already in use: front$/,
        ],
        [
          "CreateLoadBalancer",
          { loadBalancerName: "lb" },
          "InvalidInputException",
          /"instancePort", it is required/,
        ],
        [
          "CreateLoadBalancer",
          { loadBalancerName: "lb", instancePort: 0 },
          "InvalidInputException",
          /instancePort/,
        ],
        [
          "CreateLoadBalancer",
          { loadBalancerName: "lb", instancePort: 80, healthCheckPath: "up" },
          "InvalidInputException",
          /no path/,
        ],
        [
          "CreateLoadBalancer",
          { loadBalancerName: "lb", instancePort: 80, certificateName: "x1" },
          "InvalidInputException",
          /together/,
        ],
        [
          "CreateLoadBalancer",
          { loadBalancerName: "lb", instancePort: 80, tlsPolicyName: "SSLv3" },
          "InvalidInputException",
          /TLS policy/,
        ],
        [
          "CreateLoadBalancer",
          { loadBalancerName: "lb", instancePort: 80, ipAddressType: "ipv6" },
          "InvalidInputException",
          /IPv4 at least/,
        ],
        [
          "GetLoadBalancer",
          { loadBalancerName: "none" },
          "NotFoundException",
          /^The LoadBalancer does not exist: none$/,
        ],
        ["DeleteLoadBalancer", { loadBalancerName: "none" }, "NotFoundException", /does not exist/],
        [
          "AttachInstancesToLoadBalancer",
          { loadBalancerName, instanceNames: ["none"] },
          "NotFoundException",
          /no instance/,
        ],
        [
          "AttachInstancesToLoadBalancer",
          { loadBalancerName: "none", instanceNames: ["web"] },
          "NotFoundException",
          /does not exist/,
        ],
        [
          "DetachInstancesFromLoadBalancer",
          { loadBalancerName, instanceNames: ["web"] },
          "NotFoundException",
          /not attached/,
        ],
        [
          "UpdateLoadBalancerAttribute",
          { loadBalancerName, attributeName: "Colour", attributeValue: "x" },
          "InvalidInputException",
          /attributeName/,
        ],
        [
          "UpdateLoadBalancerAttribute",
          { loadBalancerName, attributeName: "HttpsRedirectionEnabled", attributeValue: "yes" },
          "InvalidInputException",
          /true or false/,
        ],
        [
          "UpdateLoadBalancerAttribute",
          { loadBalancerName, attributeName: "HttpsRedirectionEnabled", attributeValue: "true" },
          "OperationFailureException",
          /certificate/,
        ],
        [
          "UpdateLoadBalancerAttribute",
          {
            loadBalancerName,
            attributeName: "SessionStickiness_LB_CookieDurationSeconds",
            attributeValue: "0",
          },
          "InvalidInputException",
          /durationSeconds/,
        ],
        [
          "UpdateLoadBalancerAttribute",
          {
            loadBalancerName,
            attributeName: "SessionStickiness_LB_CookieDurationSeconds",
            attributeValue: "1d",
          },
          "InvalidInputException",
          /seconds/,
        ],
        [
          "GetLoadBalancerTlsCertificates",
          { loadBalancerName: "none" },
          "NotFoundException",
          /does not exist/,
        ],
        [
          "AttachLoadBalancerTlsCertificate",
          { loadBalancerName, certificateName: "none" },
          "NotFoundException",
          /does not exist/,
        ],
        [
          "DeleteLoadBalancerTlsCertificate",
          { loadBalancerName, certificateName: "none" },
          "NotFoundException",
          /does not exist/,
        ],
        [
          "CreateLoadBalancerTlsCertificate",
          { loadBalancerName, certificateName: "c1", certificateDomainName: "not ours.test" },
          "InvalidInputException",
          /Cannot use name/,
        ],
        [
          "TagResource",
          { resourceName: "none", tags: [{ key: "a" }] },
          "NotFoundException",
          /does not exist/,
        ],
      ]),
    ).toEqual([]);
  });

  test("one that is in use by a name stays", async () => {
    await aws.api.json("POST", "/v1/assignments", { name: "shop.test", resource: "front", https: false });
    expect(await refused("DeleteLoadBalancer", { loadBalancerName })).toMatchObject({
      type: "OperationFailureException",
      code: "resource-in-use",
    });
  });

  test("policies are listed", async () => {
    const { tlsPolicies } = await call("GetLoadBalancerTlsPolicies", {});
    expect(tlsPolicies?.map(({ name, isDefault }) => [name, isDefault])).toEqual([
      ["TLS-2016-08", true],
      ["TLS-FS-Res-1-2-2019-08", false],
    ]);
  });

  describe("with certificates", () => {
    const certificate = (certificateName: string, domain: string = "shop.test"): Promise<unknown> =>
      call("CreateLoadBalancerTlsCertificate", {
        loadBalancerName,
        certificateName,
        certificateDomainName: domain,
        certificateAlternativeNames: [`www.${domain}`],
      });

    test("come with the load balancer on wish: three operations, each of which can be asked for", async () => {
      const { operations } = await call("CreateLoadBalancer", {
        loadBalancerName: "lb",
        instancePort: 80,
        certificateName: "lb-cert",
        certificateDomainName: "shop.test",
        tags: [{ key: "stage", value: "test" }, { key: "bare" }],
      });
      expect(
        operations?.map(({ operationType, resourceName, resourceType }) => [
          operationType,
          resourceName,
          resourceType,
        ]),
      ).toEqual([
        ["CreateLoadBalancer", "lb", "LoadBalancer"],
        ["CreateLoadBalancerTlsCertificate", "lb-cert", "LoadBalancerTlsCertificate"],
        ["CreateLoadBalancerTlsCertificate", "lb", "LoadBalancer"],
      ]);
      for (const { id = "" } of operations ?? [])
        expect((await call("GetOperation", { operationId: id })).operation?.status).toBe("Succeeded");
      const { loadBalancer } = await call("GetLoadBalancer", { loadBalancerName: "lb" });
      expect(loadBalancer).toMatchObject({
        tags: [
          { key: "bare", value: "" },
          { key: "stage", value: "test" },
        ],
        tlsCertificateSummaries: [{ name: "lb-cert", isAttached: false }],
      });
    });

    test("show their validation at once, all names, and belong to their load balancer alone", async () => {
      await certificate("c1");
      const { tlsCertificates } = await call("GetLoadBalancerTlsCertificates", { loadBalancerName });
      expect(tlsCertificates).toMatchObject([
        {
          name: "c1",
          resourceType: "LoadBalancerTlsCertificate",
          loadBalancerName,
          isAttached: false,
          domainName: "shop.test",
          subjectAlternativeNames: ["shop.test", "www.shop.test"],
          domainValidationRecords: [
            {
              domainName: "shop.test",
              name: expect.stringMatching(/^_[0-9a-f]{32}\.shop\.test\.$/),
              type: "CNAME",
              value: expect.stringMatching(/^_[0-9a-f]{32}\.[a-z]{10}\.acm-validations\..*\.$/),
              dnsRecordCreationState: { code: "SUCCEEDED" },
            },
            { domainName: "www.shop.test" },
          ],
        },
      ]);
      expect(await call("GetCertificates", {})).toEqual({ certificates: [] });
      expect((await refused("TagResource", { resourceName: "c1", tags: [{ key: "a" }] })).message).toMatch(
        /not taggable/,
      );
      expect((await refused("DeleteCertificate", { certificateName: "c1" })).type).toBe("NotFoundException");
    });

    test("are attached once they are issued, one in use; redirection wants one; force deletes it", async () => {
      await certificate("c1");
      await aws.api.pass(5000);
      await certificate("c2");
      const attach = (certificateName: string): Promise<{ operations?: readonly object[] | undefined }> =>
        call("AttachLoadBalancerTlsCertificate", { loadBalancerName, certificateName });
      expect(said((await attach("c1")).operations)).toEqual([
        "AttachLoadBalancerTlsCertificate front (c1) Succeeded",
        "AttachLoadBalancerTlsCertificate c1 (front) Succeeded",
      ]);
      expect(said((await attach("c1")).operations)).toHaveLength(2);
      await call("UpdateLoadBalancerAttribute", {
        loadBalancerName,
        attributeName: "HttpsRedirectionEnabled",
        attributeValue: "true",
      });
      expect((await call("GetLoadBalancer", { loadBalancerName })).loadBalancer).toMatchObject({
        protocol: "HTTP_HTTPS",
        publicPorts: [80, 443],
        httpsRedirectionEnabled: true,
        tlsCertificateSummaries: [
          { name: "c1", isAttached: true },
          { name: "c2", isAttached: false },
        ],
      });
      await aws.api.pass(5000);
      await attach("c2");
      const { tlsCertificates } = await call("GetLoadBalancerTlsCertificates", { loadBalancerName });
      expect(tlsCertificates?.map(({ name, isAttached, status }) => [name, isAttached, status])).toEqual([
        ["c1", false, "ISSUED"],
        ["c2", true, "ISSUED"],
      ]);
      expect(
        await refused("DeleteLoadBalancerTlsCertificate", { loadBalancerName, certificateName: "c2" }),
      ).toMatchObject({ type: "OperationFailureException" });
      await call("DeleteLoadBalancerTlsCertificate", { loadBalancerName, certificateName: "c1" });
      await call("DeleteLoadBalancerTlsCertificate", {
        loadBalancerName,
        certificateName: "c2",
        force: true,
      });
      expect((await call("GetLoadBalancer", { loadBalancerName })).loadBalancer).toMatchObject({
        protocol: "HTTP",
        httpsRedirectionEnabled: false,
        tlsCertificateSummaries: [],
      });
    });

    test("go with their load balancer", async () => {
      await certificate("c1");
      await aws.api.pass(5000);
      await call("AttachLoadBalancerTlsCertificate", { loadBalancerName, certificateName: "c1" });
      const { operations } = await call("DeleteLoadBalancer", { loadBalancerName });
      expect(operations?.[0]).toMatchObject({ operationType: "DeleteLoadBalancer", resourceName: "front" });
      expect(await aws.api.json("GET", "/v1/certificates")).toEqual({ certificates: [] });
    });

    test("one that is not validated is refused in the words that Terraform's tests look for", async () => {
      await aws.api.json("POST", "/v1/zones", { name: "shop.example" });
      aws.api.roles.names.acknowledges = false;
      await certificate("c1");
      expect(
        await refused("AttachLoadBalancerTlsCertificate", { loadBalancerName, certificateName: "c1" }),
      ).toMatchObject({
        type: "InvalidInputException",
        message: "Sorry, you can only attach a validated certificate to a load balancer.",
      });
    });
  });
});
