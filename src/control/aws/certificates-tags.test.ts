// Certificates and tags through the endpoint.

import { beforeEach, describe, expect, test } from "vitest";
import { AwsTestApi } from "./testing.ts";

const aws = new AwsTestApi();
const { call, refused, refusals } = aws;

beforeEach(async () => {
  await aws.start();
  await aws.api.json("POST", "/v1/domains", { name: "shop.test" });
});

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

describe("certificates", () => {
  test("are created with their records, listed with and without details, tagged and deleted", async () => {
    const { certificate, operations } = await call("CreateCertificate", {
      certificateName: "cert",
      domainName: "shop.test",
      subjectAlternativeNames: ["www.shop.test", "shop.test"],
      tags: [{ key: "a", value: "b" }],
    });
    expect(operations).toMatchObject([
      { operationType: "CreateCertificate", resourceName: "cert", status: "Succeeded" },
    ]);
    expect(certificate).toMatchObject({
      certificateName: "cert",
      domainName: "shop.test",
      tags: [{ key: "a", value: "b" }],
      certificateDetail: {
        subjectAlternativeNames: ["shop.test", "www.shop.test"],
        domainValidationRecords: [{ resourceRecord: { type: "CNAME" } }, {}],
        inUseResourceCount: 0,
      },
    });
    await aws.api.pass(5000);
    const plain = await call("GetCertificates", {});
    expect(plain.certificates?.[0]).not.toHaveProperty("certificateDetail");
    for (const input of [{ certificateName: "cert" }, { includeCertificateDetails: true }])
      expect((await call("GetCertificates", input)).certificates?.[0]?.certificateDetail).toMatchObject({
        status: "ISSUED",
        tags: [{ key: "a", value: "b" }],
        notAfter: expect.any(Number),
      });
    expect(await call("GetCertificates", { certificateStatuses: ["EXPIRED"] })).toEqual({ certificates: [] });
    expect(await call("GetCertificates", { certificateName: "none" })).toEqual({ certificates: [] });
    const deleted = await call("DeleteCertificate", { certificateName: "cert" });
    expect(said(deleted.operations)).toEqual(["DeleteCertificate cert () Succeeded"]);
    expect(await call("GetCertificates", {})).toEqual({ certificates: [] });
  });

  test("what is refused, and as what", async () => {
    expect(
      await refusals([
        [
          "DeleteCertificate",
          { certificateName: "none" },
          "NotFoundException",
          /^The Certificate does not exist: none$/,
        ],
        [
          "CreateCertificate",
          { certificateName: "cert", domainName: "shop.example" },
          "InvalidInputException",
          /public name/,
        ],
        [
          "CreateCertificate",
          { certificateName: "cert", domainName: "other.test" },
          "NotFoundException",
          /not ours/,
        ],
        [
          "CreateCertificate",
          { certificateName: "c!", domainName: "shop.test" },
          "InvalidInputException",
          /name/,
        ],
        [
          "CreateCertificate",
          { certificateName: "cert", domainName: "shop.test", tags: [{ key: "aws:a" }] },
          "InvalidInputException",
          /AWS's own/,
        ],
        [
          "GetCertificates",
          { certificateStatuses: ["GOOD"] },
          "InvalidInputException",
          /certificateStatuses\[0\]/,
        ],
      ]),
    ).toEqual([]);
    expect(await aws.api.json("GET", "/v1/certificates")).toEqual({ certificates: [] });
  });
});

describe("tags", () => {
  test("are put on and taken from zones, load balancers and certificates by their names", async () => {
    await call("CreateLoadBalancer", { loadBalancerName: "front", instancePort: 80 });
    for (const resourceName of ["front", "shop.test"]) {
      const { operations } = await call("TagResource", {
        resourceName,
        tags: [{ key: "a", value: "1" }, { key: "b" }],
      });
      expect(said(operations)).toEqual([`TagResource ${resourceName} () Succeeded`]);
      await call("TagResource", { resourceName, tags: [{ key: "b", value: "" }] });
      await call("UntagResource", { resourceName, tagKeys: ["a", "none"] });
      await call("UntagResource", { resourceName, tagKeys: ["none"] });
    }
    expect((await call("GetLoadBalancer", { loadBalancerName: "front" })).loadBalancer?.tags).toEqual([
      { key: "b", value: "" },
    ]);
    expect((await call("GetDomain", { domainName: "shop.test" })).domain?.tags).toEqual([
      { key: "b", value: "" },
    ]);
    expect(await aws.api.json("GET", "/v1/tags")).toEqual({
      resources: [
        { resourceType: "LoadBalancer", resourceName: "front", tags: [{ key: "b", value: "" }] },
        { resourceType: "Domain", resourceName: "shop.test", tags: [{ key: "b", value: "" }] },
      ],
    });
  });

  test("are put by the platform's own API too, on the first thing of the name", async () => {
    const { json } = aws.api;
    await json("POST", "/v1/tags", { resourceName: "shop.test", tags: [{ key: "a", value: "b" }] });
    expect((await call("GetDomain", { domainName: "shop.test" })).domain?.tags).toEqual([
      { key: "a", value: "b" },
    ]);
    const registered = { resourceType: "RegisteredDomain", resourceName: "shop.test" };
    await json("POST", "/v1/tags", { ...registered, tags: [{ key: "c", value: "" }] });
    expect((await call("GetDomain", { domainName: "shop.test" })).domain?.tags).toHaveLength(1);
    await json("POST", "/v1/tags/remove", { resourceName: "shop.test", tagKeys: ["a"] });
    expect(await json("GET", "/v1/tags")).toEqual({
      resources: [{ ...registered, tags: [{ key: "c", value: "" }] }],
    });
    for (const [path, body, code] of [
      ["/v1/tags", { resourceName: "none", tags: [{ key: "a", value: "" }] }, "resource-not-found"],
      ["/v1/tags/remove", { resourceName: "shop.test", tagKeys: ["a"] }, "state-wrong"],
      ["/v1/tags", { resourceName: "fairlead.internal", tags: [{ key: "a", value: "" }] }, "platform-owned"],
    ] as const)
      expect((await aws.api.refused("POST", path, body)).code).toBe(code);
  });

  test("go with what they are on, and come back with it", async () => {
    await call("CreateLoadBalancer", { loadBalancerName: "front", instancePort: 80, tags: [{ key: "a" }] });
    const { change } = await aws.api.json<{ change: { id: string } }>("DELETE", "/v1/load-balancers/front");
    expect(await aws.api.json("GET", "/v1/tags")).toEqual({ resources: [] });
    await aws.api.json("POST", `/v1/changes/${change.id}/undo`, {});
    expect(await aws.api.json("GET", "/v1/tags")).toMatchObject({ resources: [{ tags: [{ key: "a" }] }] });
  });

  test("that cannot be stand in the way of what they were to be on", async () => {
    const tags = Array.from({ length: 51 }, (_, i) => ({ key: `k${i}` }));
    const input = { loadBalancerName: "front", instancePort: 80 };
    expect((await refused("CreateLoadBalancer", { ...input, tags })).type).toBe("InvalidInputException");
    expect((await refused("CreateLoadBalancer", { ...input, tags: [{ value: "x" }] })).type).toBe(
      "InvalidInputException",
    );
    expect((await refused("GetLoadBalancer", { loadBalancerName: "front" })).type).toBe("NotFoundException");
  });

  test("are on alarms too", async () => {
    await call("CreateLoadBalancer", { loadBalancerName: "front", instancePort: 80 });
    await call("PutAlarm", {
      alarmName: "errors",
      monitoredResourceName: "front",
      metricName: "HTTPCode_LB_5XX_Count",
      comparisonOperator: "GreaterThanThreshold",
      threshold: 1,
      evaluationPeriods: 1,
      tags: [{ key: "a" }],
    });
    await call("TagResource", { resourceName: "errors", tags: [{ key: "b", value: "c" }] });
    expect((await call("GetAlarms", { alarmName: "errors" })).alarms?.[0]?.tags).toEqual([
      { key: "a", value: "" },
      { key: "b", value: "c" },
    ]);
    await call("DeleteLoadBalancer", { loadBalancerName: "front" });
    expect(await aws.api.json("GET", "/v1/tags")).toEqual({ resources: [] });
  });

  test("are found by ARN where several have a name, and static IPs have none", async () => {
    await call("AllocateStaticIp", { staticIpName: "ip" });
    expect((await refused("TagResource", { resourceName: "ip", tags: [{ key: "a" }] })).message).toMatch(
      /not taggable/,
    );
    const resourceArn = "arn:aws:lightsail:us-east-1:000000000000:Domain/0";
    expect(
      (await refused("TagResource", { resourceName: "shop.test", resourceArn, tags: [{ key: "a" }] })).type,
    ).toBe("NotFoundException");
  });
});
