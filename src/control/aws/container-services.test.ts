// Container services through the endpoint, as clients that poll follow them: services, versions, logs, images, and what is refused.

import { beforeEach, describe, expect, test } from "vitest";
import type { LightsailShapes } from "#contract";
import { ContainerWorld } from "../api/testing-containers.ts";
import { keyHeaders } from "../api/testing.ts";
import { settle } from "../testing.ts";
import { AwsTestApi } from "./testing.ts";

const aws = new AwsTestApi();
const { call, refused, refusals } = aws;
let world: ContainerWorld;

beforeEach(async () => {
  await aws.start();
  world = new ContainerWorld(aws.api);
});

const serviceName = "app";
const containers = {
  web: {
    image: "nginx:1.27",
    command: ["serve"],
    environment: { COLOUR: "blue", TOKEN: "secret" },
    ports: { "80": "HTTP" as const },
  },
};
const publicEndpoint = {
  containerName: "web",
  containerPort: 80,
  healthCheck: {
    healthyThreshold: 2,
    unhealthyThreshold: 3,
    timeoutSeconds: 2,
    intervalSeconds: 5,
    path: "/up",
    successCodes: "200-299",
  },
};

async function show(): Promise<LightsailShapes["ContainerService"]> {
  return (await call("GetContainerServices", { serviceName })).containerServices?.[0] ?? {};
}

async function create(): Promise<LightsailShapes["ContainerService"]> {
  const { containerService } = await call("CreateContainerService", { serviceName, power: "nano", scale: 1 });
  await settle();
  return containerService ?? {};
}

async function versions(): Promise<string[]> {
  const { deployments } = await call("GetContainerServiceDeployments", { serviceName });
  return (deployments ?? []).map(({ version, state }) => `${version} ${state}`);
}

describe("a service", () => {
  test("is PENDING until it is READY, and shows what clients read without looking", async () => {
    aws.api.roles.edge.acknowledges = false;
    const { containerService } = await call("CreateContainerService", {
      serviceName,
      power: "micro",
      scale: 2,
      tags: [{ key: "a" }],
    });
    expect(containerService).toEqual({
      containerServiceName: "app",
      arn: expect.stringContaining(":ContainerService/"),
      createdAt: expect.any(Number),
      location: { availabilityZone: "all", regionName: "us-east-1" },
      resourceType: "ContainerService",
      tags: [{ key: "a", value: "" }],
      power: "micro",
      powerId: "micro-1",
      state: "PENDING",
      stateDetail: { code: "CREATING_SYSTEM_RESOURCES" },
      scale: 2,
      isDisabled: false,
      principalArn: expect.stringMatching(/^arn:aws:iam::/),
      privateDomainName: expect.any(String),
      publicDomainNames: {},
      url: expect.stringMatching(/^https?:\/\/app\..*\/$/),
      privateRegistryAccess: { ecrImagePullerRole: { isActive: false, principalArn: "" } },
    });
    aws.api.roles.edge.acknowledges = true;
    aws.api.roles.edge.disconnect();
    aws.api.roles.edge.connect(aws.api.control.hub);
    await settle();
    expect((await show()).state).toBe("READY");
  });

  test("changes power and scale, is disabled and enabled; what it is already, it stays", async () => {
    await create();
    for (let i = 0; i < 2; i++)
      expect(
        (await call("UpdateContainerService", { serviceName, power: "small", scale: 3 })).containerService,
      ).toMatchObject({ power: "small", scale: 3 });
    await call("UpdateContainerService", { serviceName, isDisabled: true });
    await settle();
    expect(await show()).toMatchObject({ state: "DISABLED", isDisabled: true });
    await call("UpdateContainerService", { serviceName, isDisabled: false });
    await settle();
    expect((await show()).state).toBe("READY");
  });

  test("is deleted with an empty answer, and then is none", async () => {
    await create();
    expect(await call("DeleteContainerService", { serviceName })).toEqual({});
    await aws.api.pass(60_000);
    expect((await refused("GetContainerServices", { serviceName })).type).toBe("NotFoundException");
    expect(await call("GetContainerServices", {})).toEqual({ containerServices: [] });
  });

  test("has names of its own by certificates, and an empty list takes them away", async () => {
    await aws.api.json("POST", "/v1/domains", { name: "shop.test" });
    await call("CreateCertificate", { certificateName: "cert", domainName: "shop.test" });
    await aws.api.pass(5000);
    await create();
    const publicDomainNames = { cert: ["shop.test"] };
    for (let i = 0; i < 2; i++) await call("UpdateContainerService", { serviceName, publicDomainNames });
    await settle();
    expect(await show()).toMatchObject({ publicDomainNames });
    await call("UpdateContainerService", { serviceName, publicDomainNames: { cert: [] } });
    await settle();
    expect((await show()).publicDomainNames).toEqual({});
  });
});

describe("a deployment", () => {
  test("is answered with its version at once, and echoes all that was sent", async () => {
    await create();
    const { containerService } = await call("CreateContainerServiceDeployment", {
      serviceName,
      containers,
      publicEndpoint,
    });
    expect(containerService?.nextDeployment).toMatchObject({ version: 1, containers, publicEndpoint });
    await settle();
    expect(await versions()).toEqual(["1 ACTIVE"]);
    expect(await show()).toMatchObject({
      state: "RUNNING",
      currentDeployment: { version: 1, state: "ACTIVE", containers, publicEndpoint },
    });
    world.nodes.set("nginx:2", { state: "pending" });
    const next = { ...containers.web, image: "nginx:2" };
    await call("CreateContainerServiceDeployment", {
      serviceName,
      containers: { web: next },
      publicEndpoint,
    });
    expect(await show()).toMatchObject({ state: "DEPLOYING", nextDeployment: { version: 2 } });
    expect(await versions()).toEqual(["2 ACTIVATING", "1 ACTIVE"]);
  });

  test("comes with the service on wish", async () => {
    await call("CreateContainerService", {
      serviceName,
      power: "nano",
      scale: 1,
      deployment: { containers, publicEndpoint },
    });
    await settle();
    expect(await show()).toMatchObject({ state: "RUNNING", currentDeployment: { version: 1 } });
  });

  test("a viewer sees no values of environments", async () => {
    await create();
    await call("CreateContainerServiceDeployment", { serviceName, containers, publicEndpoint });
    const viewer = await aws.createKey({ role: "viewer" });
    const { deployments } = await call("GetContainerServiceDeployments", { serviceName }, viewer);
    expect(deployments?.[0]?.containers?.["web"]).toEqual({ ...containers.web, environment: {} });
  });

  test("logs are read with their times, and only of containers that are there", async () => {
    await create();
    await call("CreateContainerServiceDeployment", { serviceName, containers, publicEndpoint });
    expect((await refused("GetContainerLog", { serviceName, containerName: "none" })).type).toBe(
      "NotFoundException",
    );
    const { runtime } = aws.api.roles;
    runtime.containerLogs = {
      events: [{ at: 1_800_000_000_500, nodeId: "n", message: "started" }],
      nextPageToken: "more",
    };
    expect(
      await call("GetContainerLog", {
        serviceName,
        containerName: "web",
        filterPattern: "start",
        startTime: 1,
      }),
    ).toEqual({
      logEvents: [{ createdAt: 1_800_000_000.5, message: "started" }],
      nextPageToken: "more",
    });
    runtime.containerLogs = { events: [], isTokenUnknown: true };
    const unknown = { serviceName, containerName: "web", pageToken: "x" };
    expect((await refused("GetContainerLog", unknown)).type).toBe("InvalidInputException");
  });
});

test("images that were pushed are listed, given names and deleted", async () => {
  await create();
  await aws.api.control.app.request("http://127.0.0.1:7700/v1/container-services/app/images/push?label=web", {
    method: "POST",
    headers: { ...keyHeaders, "content-type": "application/x-tar" },
    body: "an archive",
  });
  await settle();
  const { containerImages } = await call("GetContainerImages", { serviceName });
  const [{ digest = "" } = {}] = containerImages ?? [];
  expect(containerImages).toEqual([{ image: ":app.web.1", digest, createdAt: expect.any(Number) }]);
  const { containerImage } = await call("RegisterContainerImage", { serviceName, label: "www", digest });
  expect(containerImage).toEqual({ image: ":app.www.1", digest, createdAt: expect.any(Number) });
  for (const image of [":app.www.1", ":app.web.1"])
    expect(await call("DeleteContainerImage", { serviceName, image })).toEqual({});
  expect(await call("GetContainerImages", { serviceName })).toEqual({ containerImages: [] });
});

test("powers and metadata are listed", async () => {
  const { powers } = await call("GetContainerServicePowers", {});
  expect(powers?.map(({ powerId }) => powerId)).toEqual([
    "nano-1",
    "micro-1",
    "small-1",
    "medium-1",
    "large-1",
    "xlarge-1",
  ]);
  expect(await call("GetContainerAPIMetadata", {})).toEqual({ metadata: [] });
});

test("what is refused, and as what", async () => {
  await create();
  expect(
    await refusals([
      [
        "CreateContainerService",
        { serviceName, power: "nano", scale: 1 },
        "InvalidInputException",
        /^Some names are already in use: app$/,
      ],
      [
        "CreateContainerService",
        { serviceName: "App", power: "nano", scale: 1 },
        "InvalidInputException",
        /serviceName/,
      ],
      [
        "CreateContainerService",
        { serviceName: "b", power: "mega", scale: 1 },
        "InvalidInputException",
        /power/,
      ],
      [
        "CreateContainerService",
        { serviceName: "b", power: "nano", scale: 21 },
        "InvalidInputException",
        /scale/,
      ],
      [
        "CreateContainerService",
        {
          serviceName: "b",
          power: "nano",
          scale: 1,
          privateRegistryAccess: { ecrImagePullerRole: { isActive: true } },
        },
        "InvalidInputException",
        /private registries/,
      ],
      ["UpdateContainerService", { serviceName: "none" }, "NotFoundException", /does not exist/],
      [
        "UpdateContainerService",
        { serviceName, publicDomainNames: { none: ["a.test"] } },
        "NotFoundException",
        /certificate/,
      ],
      ["DeleteContainerService", { serviceName: "none" }, "NotFoundException", /does not exist/],
      [
        "CreateContainerServiceDeployment",
        { serviceName: "none", containers },
        "NotFoundException",
        /does not exist/,
      ],
      ["CreateContainerServiceDeployment", { serviceName }, "InvalidInputException", /containers/],
      [
        "CreateContainerServiceDeployment",
        { serviceName, containers: {} },
        "InvalidInputException",
        /container/,
      ],
      [
        "CreateContainerServiceDeployment",
        { serviceName, containers: { web: {} } },
        "InvalidInputException",
        /image/,
      ],
      [
        "CreateContainerServiceDeployment",
        { serviceName, containers: { Web: containers.web } },
        "InvalidInputException",
        /containers\["Web"\]/,
      ],
      [
        "CreateContainerServiceDeployment",
        { serviceName, containers, publicEndpoint: { containerName: "db", containerPort: 80 } },
        "InvalidInputException",
        /db/,
      ],
      [
        "CreateContainerServiceDeployment",
        { serviceName, containers, publicEndpoint: { containerName: "web", containerPort: 81 } },
        "InvalidInputException",
        /81/,
      ],
      ["GetContainerServiceDeployments", { serviceName: "none" }, "NotFoundException", /does not exist/],
      ["GetContainerImages", { serviceName: "none" }, "NotFoundException", /does not exist/],
      ["DeleteContainerImage", { serviceName, image: ":app.www.1" }, "NotFoundException", /./],
      [
        "RegisterContainerImage",
        { serviceName, label: "www", digest: "sha256:none" },
        "NotFoundException",
        /./,
      ],
      ["CreateContainerServiceRegistryLogin", {}, "InvalidInputException", /push-image/],
    ]),
  ).toEqual([]);
});
