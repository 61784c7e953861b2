// Container services through the API: what they are, how versions take each other's place, and what comes of those that fail.

import { beforeEach, describe, expect, test } from "vitest";
import type { WriteAnswer } from "#contract";
import { settle } from "../testing.ts";
import { TestApi } from "./testing.ts";
import { ContainerWorld, oneContainer } from "./testing-containers.ts";

const api = new TestApi();
const { json } = api;
let world: ContainerWorld;

beforeEach(async () => {
  await api.start();
  world = new ContainerWorld(api);
});

describe("a container service", () => {
  test("is ready once the edge serves its address, and answers with no such service", async () => {
    api.roles.edge.acknowledges = false;
    const created = await world.create();
    expect(await world.service()).toMatchObject({
      state: "PENDING",
      stateDetail: { code: "CREATING_SYSTEM_RESOURCES" },
      powerId: "nano-1",
      dnsName: "app.container-services.fairlead.internal",
      nodes: [],
    });
    expect(await world.operation(created)).toMatchObject({
      status: "Started",
      operationType: "CreateContainerService",
    });
    api.roles.edge.acknowledges = true;
    api.roles.edge.disconnect();
    api.roles.edge.connect(api.control.hub);
    await settle();
    expect(await world.service()).toMatchObject({ state: "READY" });
    expect(await world.operation(created)).toMatchObject({ status: "Succeeded" });
    expect(world.resource()).toMatchObject({
      type: "container-service",
      addresses: ["127.53.8.1"],
      targets: [],
    });
    expect(api.lines("fairlead.internal.", "app.container-services.fairlead.internal.")).toContain(
      "60 A 127.53.8.1",
    );
  });

  test("serves its first version once its nodes run and are healthy", async () => {
    await world.create({ scale: 2 });
    world.nodes.set("nginx:1.27", { state: "pending" });
    const deployed = await world.deploy();
    expect(await world.service()).toMatchObject({
      state: "DEPLOYING",
      stateDetail: { code: "CREATING_DEPLOYMENT" },
      nextDeployment: { version: 1, state: "ACTIVATING" },
    });
    expect(world.running()).toEqual(["v1 node 1", "v1 node 2"]);
    expect(world.targets()).toEqual([]);
    world.health.set(1, "initial");
    world.nodes.clear();
    await world.tellNodes();
    expect(world.targets()).toEqual(["v1 node 1 candidate", "v1 node 2 candidate"]);
    expect((await world.service()).stateDetail).toEqual({
      code: "EVALUATING_HEALTH_CHECK",
      message: "2 being probed of version 1; 2 of version 1 are to serve",
    });
    expect(await world.operation(deployed)).toMatchObject({
      status: "Started",
      operationDetails: "Version 1 of app serves: 2 being probed of version 1; 2 of version 1 are to serve",
    });
    world.health.clear();
    world.tellTargets();
    await settle();
    expect(world.targets()).toEqual(["v1 node 1", "v1 node 2"]);
    expect(await world.service()).toMatchObject({
      state: "RUNNING",
      currentDeployment: { version: 1, state: "ACTIVE" },
    });
    expect(await world.operation(deployed)).toMatchObject({ status: "Succeeded" });
  });

  test("hands over to the next version in one step, and stops the one before at zero requests under way", async () => {
    await world.create({ deployment: oneContainer() });
    world.underWay.set(1, 2);
    await world.deploy(oneContainer("nginx:1.28"));
    expect(world.targets()).toEqual(["v1 node 1 drains", "v2 node 1"]);
    expect(world.running()).toEqual(["v1 node 1", "v2 node 1"]);
    expect(await world.versions()).toEqual(["1 INACTIVE", "2 ACTIVE"]);
    world.underWay.clear();
    world.tellTargets();
    await settle();
    expect(world.targets()).toEqual(["v2 node 1"]);
    expect(world.running()).toEqual(["v2 node 1"]);
    expect((await world.service()).nodes).toHaveLength(1);
  });
});

test("requests that never end are given up after five minutes", async () => {
  await world.create({ deployment: oneContainer() });
  world.underWay.set(1, 1);
  await world.deploy(oneContainer("nginx:1.28"));
  await api.pass(299_000);
  expect(world.targets()).toEqual(["v1 node 1 drains", "v2 node 1"]);
  await api.pass(2000);
  expect(world.running()).toEqual(["v2 node 1"]);
});

describe("a version that fails", () => {
  const rows: [string, (w: ContainerWorld) => void, number, RegExp][] = [
    [
      "a command that exits at once",
      (w) =>
        w.nodes.set("bad", {
          state: "failed",
          reason: "container web ended with status 1\nsecret log line",
          restarts: 2,
        }),
      0,
      /^container web ended with status 1$/,
    ],
    [
      "an image that is missing",
      (w) => w.nodes.set("bad", { state: "failed", reason: "image bad is not there" }),
      20_000,
      /^image bad is not there$/,
    ],
    [
      "a health check that is never good",
      (w) => w.health.set(2, "unhealthy"),
      131_000,
      /^it does not answer its health check: GET \/: 503 Service Unavailable$/,
    ],
    [
      "nodes that never run",
      (w) => w.nodes.set("bad", { state: "pending" }),
      601_000,
      /do not run after 10 minutes$/,
    ],
  ];
  test.each(rows)(
    "%s: the one before serves on, and nothing is left of it",
    async (_, break_, afterMs, reason) => {
      await world.create({ deployment: oneContainer() });
      break_(world);
      const deployed = await world.deploy(oneContainer("bad"));
      await api.pass(afterMs);
      expect(await world.versions()).toEqual(["1 ACTIVE", "2 FAILED"]);
      expect(await world.operation(deployed)).toMatchObject({
        status: "Failed",
        errorCode: "deployment-failed",
        errorDetails: expect.stringMatching(reason),
      });
      expect(world.targets()).toEqual(["v1 node 1"]);
      expect(world.running()).toEqual(["v1 node 1"]);
      expect(await world.service()).toMatchObject({ state: "RUNNING", currentDeployment: { version: 1 } });
      expect(await world.service()).not.toHaveProperty("nextDeployment");
      expect(
        await json<WriteAnswer>("POST", "/v1/container-services/app/deployments/1/roll-back", {}),
      ).toMatchObject({
        change: { title: "Roll container service app back to version 1, as version 3" },
      });
    },
  );
});

test("the values that came with a command that is refused are not kept, and take no room from those of others", async () => {
  await world.create();
  const deployment = oneContainer("nginx", { TOKEN: "secret" });
  const again = { name: "app", power: "nano", scale: 1, deployment };
  expect(await api.refused("POST", "/v1/container-services", again)).toMatchObject({
    code: "resource-exists",
  });
  expect(await api.refused("POST", "/v1/container-services/none/deployments", deployment)).toMatchObject({
    code: "resource-not-found",
  });
  expect(await api.store.secrets.list("container-environment")).toHaveLength(2);
  await world.deploy(deployment);
  await json("DELETE", "/v1/container-services/app");
  await api.pass(11_000);
  expect(await api.store.secrets.list("container-environment")).toEqual([]);
});
