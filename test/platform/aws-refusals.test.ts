// What Lightsail's clients are refused with: the exception's exact class in an old and the newest SDK, and its name on the command line, one row
// a case, over a running platform.

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { callers, type Caller } from "../aws-clients/caller.ts";
import { awsCli } from "../aws-clients/aws-cli.ts";
import { lightsail, type AwsPlace } from "../aws-clients/sdk.ts";
import { awsPlace } from "./aws-story.ts";
import { startPlatform, type Platform } from "./harness.ts";

vi.setConfig({ testTimeout: 300_000 });

let platform: Platform;
let place: AwsPlace;
let clients: readonly Caller[];

const zone = "err.test";
const entry = (domainEntry: object): object => ({ domainName: zone, domainEntry });

beforeAll(async () => {
  platform = await startPlatform();
  place = await awsPlace(platform);
  clients = callers(place);
  await platform.succeed("POST", "/v1/domains", { name: zone });
  const { call } = lightsail("new", place);
  await call("CreateInstances", {
    instanceNames: ["err-web"],
    availabilityZone: "us-east-1a",
    blueprintId: "amazon_linux_2",
    bundleId: "nano_2_0",
  });
  await call("AllocateStaticIp", { staticIpName: "err-ip" });
  await call("AllocateStaticIp", { staticIpName: "free-ip" });
  await call("AttachStaticIp", { staticIpName: "err-ip", instanceName: "err-web" });
  await call("CreateLoadBalancer", { loadBalancerName: "err-lb", instancePort: 80 });
  await call("CreateDomainEntry", entry({ name: `www.${zone}`, type: "A", target: "192.0.2.1" }));
  await call("CreateDistribution", {
    distributionName: "err-cdn",
    origin: { name: "err-web", regionName: "us-east-1" },
    defaultCacheBehavior: { behavior: "cache" },
    bundleId: "small_1_0",
  });
  await call("CreateContainerService", { serviceName: "err-svc", power: "nano", scale: 1 });
});
afterAll(async () => platform?.remove());

const [invalid, missing, failure] = [
  "InvalidInputException",
  "NotFoundException",
  "OperationFailureException",
] as const;
const instance = {
  instanceNames: ["new-web"],
  availabilityZone: "us-east-1a",
  blueprintId: "amazon_linux_2",
  bundleId: "nano_2_0",
};
const distribution = {
  distributionName: "new-cdn",
  origin: { name: "err-web", regionName: "us-east-1" },
  defaultCacheBehavior: { behavior: "cache" },
  bundleId: "small_1_0",
};
const metric = {
  metricName: "CPUUtilization",
  period: 300,
  startTime: new Date(1_800_000_000_000),
  endTime: new Date(1_800_003_600_000),
  unit: "Percent",
  statistics: ["Average"],
};

const rows: readonly [operation: string, input: object, type: string, text: RegExp][] = [
  ["GetDomain", { domainName: "nothing.test" }, missing, /does not exist/],
  ["DeleteDomain", { domainName: "nothing.test" }, missing, /nothing\.test/],
  ["CreateDomain", { domainName: "*.wild.test" }, invalid, /wildcard/],
  ["CreateDomain", { domainName: zone }, invalid, /^Some names are already in use: err\.test$/],
  [
    "CreateDomainEntry",
    entry({ name: "www.other.test", type: "A", target: "192.0.2.1" }),
    invalid,
    /err\.test/,
  ],
  ["CreateDomainEntry", entry({ name: zone, type: "CNAME", target: "a.test" }), invalid, /CNAME/],
  ["CreateDomainEntry", entry({ name: `www.${zone}`, type: "CNAME", target: "a.test" }), invalid, /CNAME/],
  [
    "CreateDomainEntry",
    entry({ name: `t.${zone}`, type: "TXT", target: "text" }),
    invalid,
    /enclosed in quotation marks/,
  ],
  [
    "CreateDomainEntry",
    entry({ name: `a.${zone}`, type: "A", target: "192.0.2.256" }),
    invalid,
    /192\.0\.2\.256/,
  ],
  ["CreateDomainEntry", entry({ name: `a.${zone}`, type: "NOTYPE", target: "x" }), invalid, /NOTYPE/],
  [
    "CreateDomainEntry",
    entry({ name: `a.${zone}`, type: "A", target: "no-such-lb", isAlias: true }),
    missing,
    /no-such-lb/,
  ],
  [
    "CreateDomainEntry",
    { domainName: "nothing.test", domainEntry: { name: "a.nothing.test", type: "A", target: "192.0.2.1" } },
    missing,
    /nothing\.test/,
  ],
  [
    "UpdateDomainEntry",
    entry({ id: "1", name: `www.${zone}`, type: "A", target: "192.0.2.2" }),
    missing,
    /does not exist/,
  ],
  [
    "DeleteDomainEntry",
    entry({ name: `none.${zone}`, type: "A", target: "192.0.2.1" }),
    missing,
    /does not exist/,
  ],
  [
    "DeleteDomainEntry",
    entry({ name: zone, type: "NS", target: "ns1.s1.nic.test" }),
    invalid,
    /belong to the zone/,
  ],
  ["GetStaticIp", { staticIpName: "none" }, missing, /none/],
  ["AllocateStaticIp", { staticIpName: "err-web" }, invalid, /^Some names are already in use: err-web$/],
  ["AttachStaticIp", { staticIpName: "free-ip", instanceName: "none" }, missing, /none/],
  ["AttachStaticIp", { staticIpName: "none", instanceName: "err-web" }, missing, /none/],
  ["ReleaseStaticIp", { staticIpName: "none" }, missing, /none/],
  ["CreateInstances", { ...instance, blueprintId: "nothing" }, invalid, /blueprint/],
  ["CreateInstances", { ...instance, blueprintId: "windows_server_2022" }, invalid, /Windows/],
  ["CreateInstances", { ...instance, bundleId: "nothing" }, invalid, /bundle/],
  [
    "CreateInstances",
    { ...instance, instanceNames: ["err-lb"] },
    invalid,
    /^Some names are already in use: err-lb$/,
  ],
  ["CreateInstances", { ...instance, instanceNames: ["-bad-"] }, invalid, /./],
  ["GetInstance", { instanceName: "none" }, missing, /none/],
  ["GetInstanceState", { instanceName: "none" }, missing, /none/],
  ["DeleteInstance", { instanceName: "none" }, missing, /none/],
  ["StartInstance", { instanceName: "none" }, missing, /none/],
  [
    "PutInstancePublicPorts",
    { instanceName: "err-web", portInfos: [{ fromPort: 90, toPort: 80, protocol: "tcp" }] },
    invalid,
    /./,
  ],
  ["GetLoadBalancer", { loadBalancerName: "none" }, missing, /none/],
  ["DeleteLoadBalancer", { loadBalancerName: "none" }, missing, /none/],
  ["AttachInstancesToLoadBalancer", { loadBalancerName: "err-lb", instanceNames: ["none"] }, missing, /none/],
  [
    "UpdateLoadBalancerAttribute",
    { loadBalancerName: "err-lb", attributeName: "SessionStickinessEnabled", attributeValue: "maybe" },
    invalid,
    /./,
  ],
  [
    "UpdateLoadBalancerAttribute",
    { loadBalancerName: "err-lb", attributeName: "Colour", attributeValue: "blue" },
    invalid,
    /HealthCheckPath/,
  ],
  [
    "AttachLoadBalancerTlsCertificate",
    { loadBalancerName: "err-lb", certificateName: "none" },
    missing,
    /none/,
  ],
  ["GetLoadBalancerTlsCertificates", { loadBalancerName: "none" }, missing, /none/],
  ["CreateCertificate", { certificateName: "c", domainName: "public.example" }, invalid, /ACME/],
  ["DeleteCertificate", { certificateName: "none" }, missing, /none/],
  ["GetDistributions", { distributionName: "none" }, invalid, /Requested resource not found/],
  [
    "CreateDistribution",
    { ...distribution, origin: { name: "none", regionName: "us-east-1" } },
    missing,
    /none/,
  ],
  ["CreateDistribution", { ...distribution, bundleId: "huge" }, invalid, /huge/],
  ["CreateDistribution", { ...distribution, distributionName: "err-web" }, invalid, /already in use/],
  ["UpdateDistribution", { distributionName: "none", isEnabled: false }, missing, /none/],
  ["DeleteDistribution", { distributionName: "none" }, missing, /none/],
  [
    "AttachCertificateToDistribution",
    { distributionName: "err-cdn", certificateName: "none" },
    missing,
    /none/,
  ],
  ["CreateContainerService", { serviceName: "new-svc", power: "nano", scale: 21 }, invalid, /scale/],
  ["CreateContainerService", { serviceName: "new-svc", power: "giant", scale: 1 }, invalid, /power/],
  ["CreateContainerService", { serviceName: "err-svc", power: "nano", scale: 1 }, invalid, /already in use/],
  ["GetContainerServices", { serviceName: "none" }, missing, /none/],
  ["DeleteContainerService", { serviceName: "none" }, missing, /none/],
  ["CreateContainerServiceDeployment", { serviceName: "none", containers: {} }, missing, /none/],
  [
    "CreateContainerServiceDeployment",
    { serviceName: "err-svc", containers: { web: { image: ":err-svc.none.9", ports: { "80": "HTTP" } } } },
    invalid,
    /err-svc\.none\.9/,
  ],
  ["GetOperation", { operationId: "01a21300-0000-7000-8000-000000000000" }, missing, /./],
  ["TagResource", { resourceName: "none", tags: [{ key: "a", value: "b" }] }, missing, /none/],
  ["TagResource", { resourceName: "free-ip", tags: [{ key: "a", value: "b" }] }, invalid, /taggable/],
  ["GetInstanceMetricData", { instanceName: "none", ...metric }, missing, /none/],
  [
    "CreateDisk",
    { diskName: "d", availabilityZone: "us-east-1a", sizeInGb: 8 },
    failure,
    /nothing that it stands for/,
  ],
  ["CreateKeyPair", { keyPairName: "k" }, failure, /nothing that it stands for/],
];

describe("each refusal has its class in both SDKs", () => {
  test.each(rows)("%s %j: %s", async (operation, input, type, text) => {
    for (const client of clients.filter(({ name }) => name !== "aws-cli")) {
      const refused = await client.refused(operation, input);
      expect([client.name, refused.type]).toEqual([client.name, type]);
      expect(refused.message).toMatch(text);
    }
  });
});

test("and its name on the command line, one case of each operation", async () => {
  const cli = clients.find(({ name }) => name === "aws-cli");
  const seen = new Set<string>();
  for (const [operation, input, type, text] of rows) {
    if (seen.has(operation)) continue;
    seen.add(operation);
    const refused = await cli?.refused(operation, input);
    expect([operation, refused?.type]).toEqual([operation, type]);
    expect(refused?.message).toMatch(text);
  }
});

test("who may not do something, or is not known, hears that in each client", async () => {
  const viewer = await awsPlace(platform, { name: "viewer", role: "viewer" });
  const limited = await awsPlace(platform, { name: "limited", role: "operator", zones: [zone] });
  const wrong = { ...place, secretAccessKey: "x".repeat(40) };
  for (const [at, type] of [
    [viewer, "AccessDeniedException"],
    [limited, "AccessDeniedException"],
    [wrong, "InvalidSignatureException"],
    [{ ...place, accessKeyId: "AKIAAAAAAAAAAAAAAAAA" }, "UnrecognizedClientException"],
  ] as const) {
    for (const release of ["old", "new"] as const) {
      const error = await lightsail(release, at).fail("DeleteDomain", { domainName: zone });
      expect([release, error.name]).toEqual([release, type]);
    }
    expect((await awsCli(at).refused("lightsail", "delete-domain", "--domain-name", zone)).type).toBe(type);
  }
});
