// Instances through the endpoint: launched ones with blueprint, bundle and script, their states, ports, and what clients read of them.

import { beforeEach, describe, expect, test } from "vitest";
import type { InstanceObject } from "#contract";
import { AwsTestApi } from "./testing.ts";

const aws = new AwsTestApi();
const { call, refused } = aws;
beforeEach(aws.start);

const wanted = { availabilityZone: "eu-west-1b", blueprintId: "ubuntu_24_04", bundleId: "nano_3_0" };

/** The instance's process, as the runtime is told. */
function processOf(name: string): InstanceObject | undefined {
  return [...aws.api.roles.runtime.objects.values()].find(
    (object): object is InstanceObject => object.kind === "instance" && object.name === name,
  );
}

function tell(name: string, state: "running" | "stopped" | "failed", more: object = {}): void {
  const instance = { id: processOf(name)?.id, state, ...more };
  aws.api.roles.runtime.send({ type: "report", report: { type: "instance", instance } });
}

async function stateOf(instanceName: string): Promise<string> {
  const { state } = await call("GetInstanceState", { instanceName });
  return `${state?.code} ${state?.name}`;
}

async function create(...instanceNames: string[]): Promise<string[]> {
  const { operations } = await call("CreateInstances", { instanceNames, ...wanted });
  return (operations ?? []).map(({ id = "" }) => id);
}

const statusOf = async (operationId: string): Promise<string | undefined> =>
  (await call("GetOperation", { operationId })).operation?.status;

describe("CreateInstances", () => {
  test("launches with the limits of the bundle and the script, and shows what clients read without looking", async () => {
    const { operations } = await call("CreateInstances", {
      instanceNames: ["web-1", "web-2"],
      ...wanted,
      userData: "echo hello > www/index.html",
      tags: [{ key: "stage" }],
    });
    expect(operations).toMatchObject([
      { operationType: "CreateInstance", resourceName: "web-1", status: "Started", isTerminal: false },
      { operationType: "CreateInstance", resourceName: "web-2", status: "Started" },
    ]);
    expect(processOf("web-1")).toMatchObject({
      run: { kind: "launch", blueprintId: "ubuntu_24_04", script: "echo hello > www/index.html" },
      limits: { cpus: 2, memoryOctets: 2 ** 29 },
    });
    expect(Object.keys(processOf("web-1")?.run ?? {}).sort()).toEqual(["blueprintId", "kind", "script"]);
    expect(await stateOf("web-1")).toBe("0 pending");
    tell("web-1", "running");
    expect(await statusOf(operations?.[0]?.id ?? "")).toBe("Succeeded");
    expect(await call("GetInstance", { instanceName: "web-1" })).toEqual({
      instance: {
        name: "web-1",
        arn: expect.stringContaining(":Instance/"),
        supportCode: expect.any(String),
        createdAt: expect.any(Number),
        location: { availabilityZone: "eu-west-1b", regionName: "eu-west-1" },
        resourceType: "Instance",
        tags: [{ key: "stage", value: "" }],
        blueprintId: "ubuntu_24_04",
        blueprintName: "Ubuntu",
        bundleId: "nano_3_0",
        addOns: [],
        isStaticIp: false,
        privateIpAddress: "127.53.9.1",
        publicIpAddress: "127.53.8.1",
        ipv6Addresses: ["::1"],
        ipAddressType: "dualstack",
        hardware: { cpuCount: 2, ramSizeInGb: 0.5, disks: [] },
        networking: {
          monthlyTransfer: { gbPerMonthAllocated: 1024 },
          ports: [
            expect.objectContaining({ fromPort: 80, toPort: 80, protocol: "tcp", commonName: "HTTP" }),
            expect.objectContaining({ fromPort: 443, cidrs: ["0.0.0.0/0"], ipv6Cidrs: ["::/0"] }),
          ],
        },
        state: { code: 16, name: "running" },
        username: "ubuntu",
        sshKeyName: "LightsailDefaultKeyPair",
        metadataOptions: expect.objectContaining({ httpEndpoint: "disabled" }),
      },
    });
    const { instances } = await call("GetInstances", {});
    expect(instances?.map(({ name }) => name)).toEqual(["web-1", "web-2"]);
  });

  test("is all or nothing", async () => {
    await create("web-2");
    const refusal = await refused("CreateInstances", { instanceNames: ["web-1", "web-2"], ...wanted });
    expect(refusal).toMatchObject({
      type: "InvalidInputException",
      message: "Some names are already in use: web-2",
    });
    await aws.api.pass(60_000);
    expect((await call("GetInstances", {})).instances?.map(({ name }) => name)).toEqual(["web-2"]);
  });

  test.each<[string, object, RegExp]>([
    ["no name", { instanceNames: [] }, /at least one/],
    ["the same name twice", { instanceNames: ["web", "web"] }, /already in use/],
    ["a name that is none", { instanceNames: ["we b"] }, /letters, digits/],
    ["an unknown blueprint", { blueprintId: "solaris_11" }, /no blueprint "solaris_11"/],
    ["Windows", { blueprintId: "windows_server_2022" }, /Windows/],
    ["an unknown bundle", { bundleId: "giant_9_0" }, /no bundle/],
    ["a bundle of Windows", { bundleId: "nano_win_3_0" }, /no bundle/],
    ["addresses of IPv6 alone", { ipAddressType: "ipv6" }, /IPv4 at least/],
    ["a zone that is missing", { availabilityZone: undefined }, /availabilityZone/],
    ["a script for cloud-init", { userData: "#cloud-config\npackages: [nginx]" }, /cloud-init/],
    ["a script that is too long", { userData: "x".repeat(16_385) }, /script/],
    ["a script of many octets", { userData: "\u{e9}".repeat(9000) }, /16384 octets/],
    ["a script with a zero octet", { userData: "a\0b" }, /zero octet/],
  ])("refuses %s", async (_, changes, message) => {
    const refusal = await refused("CreateInstances", { instanceNames: ["web"], ...wanted, ...changes });
    expect([refusal.type, message.test(refusal.message) || refusal.message]).toEqual([
      "InvalidInputException",
      true,
    ]);
    await aws.api.pass(60_000);
    expect(await call("GetInstances", {})).toEqual({ instances: [] });
  });

  test("add-ons are refused, since none would be there", async () => {
    const addOns = [{ addOnType: "AutoSnapshot" }];
    const refusal = await refused("CreateInstances", { instanceNames: ["web"], ...wanted, addOns });
    expect(refusal).toMatchObject({ type: "OperationFailureException", code: "UnsupportedOperation" });
  });

  test("a script that fails ends the operation with its reason", async () => {
    const [id = ""] = await create("web");
    tell("web", "failed", { reason: "It ended with status 3 after 0.1 s\nno such package" });
    expect((await call("GetOperation", { operationId: id })).operation).toMatchObject({
      status: "Failed",
      isTerminal: true,
      errorCode: "instance-failed",
      errorDetails: expect.stringContaining("no such package"),
    });
    expect(await stateOf("web")).toBe("80 stopped");
  });
});

describe("an instance", () => {
  beforeEach(async () => {
    await create("web");
    tell("web", "running");
  });
  const instanceName = "web";

  test("stops, starts and reboots; what it is already, it stays", async () => {
    const stopped = await call("StopInstance", { instanceName, force: true });
    expect(stopped.operations).toMatchObject([{ operationType: "StopInstance", status: "Started" }]);
    tell("web", "stopped");
    expect(await stateOf("web")).toBe("80 stopped");
    expect((await call("StopInstance", { instanceName })).operations?.[0]?.status).toBe("Succeeded");
    await call("StartInstance", { instanceName });
    tell("web", "running");
    expect(await stateOf("web")).toBe("16 running");
    expect((await call("StartInstance", { instanceName })).operations?.[0]?.status).toBe("Succeeded");
    const { operations } = await call("RebootInstance", { instanceName });
    expect(operations).toMatchObject([{ operationType: "RebootInstance", status: "Started" }]);
  });

  test("leaves its load balancer and static IP when it is deleted, and its operation outlives it", async () => {
    await call("CreateLoadBalancer", { loadBalancerName: "front", instancePort: 80 });
    await call("AttachInstancesToLoadBalancer", { loadBalancerName: "front", instanceNames: ["web"] });
    await call("AllocateStaticIp", { staticIpName: "ip" });
    await call("AttachStaticIp", { staticIpName: "ip", instanceName });
    expect((await call("GetInstance", { instanceName })).instance).toMatchObject({
      isStaticIp: true,
      publicIpAddress: "127.53.8.3",
    });
    aws.api.roles.edge.underWay = new Map([["web", 1]]);
    const { operations } = await call("DeleteInstance", { instanceName, forceDeleteAddOns: true });
    expect(operations).toMatchObject([{ operationType: "DeleteInstance", resourceName: "web" }]);
    expect(await stateOf("web")).toBe("32 shutting-down");
    await aws.api.pass(60_000);
    expect((await refused("GetInstance", { instanceName })).type).toBe("NotFoundException");
    expect(await statusOf(operations?.[0]?.id ?? "")).toBe("Succeeded");
    expect((await call("GetStaticIp", { staticIpName: "ip" })).staticIp?.isAttached).toBe(false);
  });

  test("one that a name leads to stays", async () => {
    await aws.api.json("POST", "/v1/domains", { name: "shop.test" });
    await aws.api.json("POST", "/v1/assignments", { name: "shop.test", resource: "web", https: false });
    expect(await refused("DeleteInstance", { instanceName })).toMatchObject({
      type: "OperationFailureException",
      code: "resource-in-use",
    });
  });

  test("opens, puts and closes ports, once and again", async () => {
    const port = { fromPort: 5432, toPort: 5432, protocol: "tcp" as const };
    // As AWS's guides write it.
    const shouted = { ...port, protocol: "TCP" as "tcp" };
    for (let i = 0; i < 2; i++) {
      const { operation } = await call("OpenInstancePublicPorts", { instanceName, portInfo: shouted });
      expect(operation).toMatchObject({
        operationType: "OpenInstancePublicPorts",
        operationDetails: "5432/tcp",
      });
    }
    const open = async (): Promise<(number | undefined)[]> =>
      ((await call("GetInstancePortStates", { instanceName })).portStates ?? []).map(
        ({ fromPort }) => fromPort,
      );
    expect(await open()).toEqual([80, 443, 5432]);
    for (let i = 0; i < 2; i++) await call("CloseInstancePublicPorts", { instanceName, portInfo: port });
    expect(await open()).toEqual([80, 443]);
    const portInfos = [{ ...port, cidrs: ["0.0.0.0/0"], ipv6Cidrs: ["::/0"] }];
    for (let i = 0; i < 2; i++) await call("PutInstancePublicPorts", { instanceName, portInfos });
    expect((await call("GetInstancePortStates", { instanceName })).portStates).toEqual([
      { ...port, state: "open", cidrs: ["0.0.0.0/0"], ipv6Cidrs: ["::/0"], cidrListAliases: [] },
    ]);
  });

  test.each<[string, object, RegExp]>([
    ["a rule of UDP", { fromPort: 53, toPort: 53, protocol: "udp" }, /of udp/],
    [
      "a rule for some",
      { fromPort: 22, toPort: 22, protocol: "tcp", cidrs: ["192.0.2.0/24"] },
      /to everybody/,
    ],
    [
      "an alias of addresses",
      { fromPort: 22, toPort: 22, protocol: "tcp", cidrListAliases: ["lightsail-connect"] },
      /to everybody/,
    ],
    ["ports that are none", { fromPort: 9, toPort: 8, protocol: "tcp" }, /9 to 8/],
    ["a port below all", { fromPort: -1, toPort: -1, protocol: "tcp" }, /are none/],
    ["a port beyond all", { fromPort: 1, toPort: 65_536, protocol: "tcp" }, /toPort/],
    ["too many", { fromPort: 1, toPort: 65_535, protocol: "tcp" }, /at most 64/],
    ["none", { protocol: "tcp" }, /fromPort/],
  ])("refuses %s", async (_, portInfo, message) => {
    const refusal = await refused("OpenInstancePublicPorts", { instanceName, portInfo });
    expect([refusal.type, message.test(refusal.message) || refusal.message]).toEqual([
      "InvalidInputException",
      true,
    ]);
  });

  test.each<[string, unknown, string]>([
    ["GetInstanceAccessDetails", { instanceName }, "OperationFailureException"],
    [
      "EnableAddOn",
      { resourceName: "web", addOnRequest: { addOnType: "AutoSnapshot" } },
      "OperationFailureException",
    ],
    ["DisableAddOn", { resourceName: "web", addOnType: "AutoSnapshot" }, "OperationFailureException"],
    ["UpdateInstanceMetadataOptions", { instanceName, httpEndpoint: "enabled" }, "OperationFailureException"],
    [
      "SetIpAddressType",
      { resourceType: "Instance", resourceName: "web", ipAddressType: "ipv6" },
      "InvalidInputException",
    ],
    [
      "SetIpAddressType",
      { resourceType: "Domain", resourceName: "web", ipAddressType: "dualstack" },
      "InvalidInputException",
    ],
    [
      "SetIpAddressType",
      { resourceType: "LoadBalancer", resourceName: "none", ipAddressType: "dualstack" },
      "NotFoundException",
    ],
    [
      "SetupInstanceHttps",
      {
        instanceName,
        emailAddress: "ada@example.org",
        domainNames: ["shop.test"],
        certificateProvider: "LetsEncrypt",
      },
      "InvalidInputException",
    ],
    ["GetInstance", { instanceName: "none" }, "NotFoundException"],
    ["GetInstanceState", { instanceName: "none" }, "NotFoundException"],
    ["DeleteInstance", { instanceName: "none" }, "NotFoundException"],
    ["StartInstance", { instanceName: "none" }, "NotFoundException"],
    ["RebootInstance", { instanceName: "none" }, "NotFoundException"],
    ["GetInstancePortStates", { instanceName: "none" }, "NotFoundException"],
    ["GetInstancePortStates", {}, "InvalidInputException"],
  ])("%s %j is refused as %s", async (name, input, type) => {
    expect((await refused(name, input)).type).toBe(type);
  });

  test("has addresses of IPv4 alone where that is asked for, and its names too", async () => {
    const dnsName = "web.instances.fairlead.internal.";
    expect(aws.api.lines("fairlead.internal.", dnsName)).toHaveLength(2);
    const set = (ipAddressType: "ipv4" | "dualstack"): Promise<unknown> =>
      call("SetIpAddressType", { resourceType: "Instance", resourceName: "web", ipAddressType });
    await set("ipv4");
    expect((await call("GetInstance", { instanceName })).instance).toMatchObject({
      ipAddressType: "ipv4",
      ipv6Addresses: [],
    });
    expect(aws.api.lines("fairlead.internal.", dnsName)).toEqual(["60 A 127.53.8.1"]);
    await set("dualstack");
    expect(aws.api.lines("fairlead.internal.", dnsName)).toHaveLength(2);
    await call("CreateLoadBalancer", { loadBalancerName: "lb", instancePort: 80, ipAddressType: "ipv4" });
    const show = async (): Promise<unknown> =>
      (await call("GetLoadBalancer", { loadBalancerName: "lb" })).loadBalancer?.ipAddressType;
    expect(await show()).toBe("ipv4");
    await call("SetIpAddressType", {
      resourceType: "LoadBalancer",
      resourceName: "lb",
      ipAddressType: "dualstack",
    });
    expect(await show()).toBe("dualstack");
  });

  test("shows its launch script to nobody", async () => {
    await call("CreateInstances", { instanceNames: ["db"], ...wanted, userData: "PASSWORD=secret-word" });
    expect(JSON.stringify(await aws.api.json("GET", "/v1/instances"))).not.toContain("secret-word");
    expect(JSON.stringify(await aws.api.json("GET", "/v1/changes"))).not.toContain("secret-word");
  });

  test("what is as it is asked to be is so without a change", async () => {
    const { operations } = await call("SetIpAddressType", {
      resourceType: "Instance",
      resourceName: "web",
      ipAddressType: "dualstack",
    });
    expect(operations).toMatchObject([{ operationType: "SetIpAddressType", status: "Succeeded" }]);
    const { operation } = await call("UpdateInstanceMetadataOptions", {
      instanceName,
      httpEndpoint: "disabled",
    });
    expect(operation).toMatchObject({ status: "Succeeded" });
    expect(await call("GetSetupHistory", { resourceName: "web" })).toEqual({ setupHistory: [] });
  });

  test("one that was made here in another way is shown too", async () => {
    const run = { kind: "address", address: "192.0.2.1", port: 8080 };
    await aws.api.json("POST", "/v1/instances", { name: "nas", run });
    expect((await call("GetInstance", { instanceName: "nas" })).instance).toMatchObject({
      blueprintId: "fairlead_address",
      bundleId: "fairlead_unlimited",
      hardware: { disks: [] },
      privateIpAddress: "192.0.2.1",
      state: { code: 16 },
      location: { availabilityZone: "us-east-1a", regionName: "us-east-1" },
    });
    expect((await refused("StopInstance", { instanceName: "nas" })).type).toBe("OperationFailureException");
  });
});

test("blueprints and bundles are listed, the old ones on wish", async () => {
  const active = await call("GetBlueprints", {});
  expect(active.blueprints?.every(({ isActive }) => isActive)).toBe(true);
  const all = await call("GetBlueprints", { includeInactive: true });
  expect(all.blueprints?.length).toBeGreaterThan(active.blueprints?.length ?? 0);
  for (const { blueprintId = "" } of all.blueprints ?? []) expect(blueprintId).toMatch(/^[a-z0-9_]+$/);
  const bundles = await call("GetBundles", {});
  expect(bundles.bundles?.map(({ bundleId }) => bundleId)).toContain("small_3_0");
  const old = await call("GetBundles", { includeInactive: true });
  expect(old.bundles?.find(({ bundleId }) => bundleId === "nano_2_0")).toMatchObject({
    cpuCount: 1,
    ramSizeInGb: 0.5,
    isActive: false,
    price: 0,
  });
});

test("a platform without an edge or runtime answers, and its operations go on when they are back", async () => {
  aws.api.roles.runtime.disconnect();
  const [id = ""] = await create("web");
  expect(await statusOf(id)).toBe("Started");
  aws.api.roles.runtime.connect(aws.api.control.hub);
  tell("web", "running");
  expect(await statusOf(id)).toBe("Succeeded");
});
