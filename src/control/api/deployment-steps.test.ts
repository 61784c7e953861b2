// The steps of container services: whatever comes between two of them - a crash of control, another deployment, another size, the end of the
// service, any of these at random - what serves goes on, and in the end there is what was asked for and nothing else.

import {
  array,
  assert as assertProperty,
  asyncProperty,
  constant,
  constantFrom,
  integer,
  oneof,
  record,
  type Arbitrary,
} from "fast-check";
import { beforeEach, expect, test } from "vitest";
import type { ContainerService, WriteAnswer } from "#contract";
import type { Store } from "#store";
import { settle, testConfig } from "../testing.ts";
import { TestApi } from "./testing.ts";
import { ContainerWorld, oneContainer } from "./testing-containers.ts";

const api = new TestApi();
const { json, refused } = api;
let world: ContainerWorld;

beforeEach(async () => {
  await api.start();
  world = new ContainerWorld(api);
});

/** A store that takes so many commits and then none: what follows never reaches the disk. */
function ending(store: Store, commits: number): Store {
  let left = commits;
  return new Proxy(store, {
    get: (target, name) => {
      if (name === "commit" && left-- <= 0) return () => Promise.reject(new Error("the process is gone"));
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

/** Targets that take requests. */
const taking = (): string[] => world.targets().filter((target) => !/drains|candidate/.test(target));

test("control can end after every commit of a deployment: the next one goes on, and visitors are served all the time", async () => {
  for (let commits = 0; ; commits++) {
    await api.start();
    world = new ContainerWorld(api);
    await world.create({ scale: 2, deployment: oneContainer("old") });
    expect(await world.versions()).toEqual(["1 ACTIVE"]);
    const whole = api.store;
    await world.restart(ending(whole, commits));
    const answer = await api.call("POST", "/v1/container-services/app/deployments", oneContainer("new"));
    await settle();
    expect(taking().length).toBeGreaterThanOrEqual(2);
    await world.restart(whole);
    await api.pass(5000);
    expect(taking()).toHaveLength(2);
    // What was not committed was refused, and never was.
    const version = answer.ok ? 2 : 1;
    expect(taking()).toEqual([`v${version} node 1`, `v${version} node 2`]);
    expect(world.running()).toEqual([`v${version} node 1`, `v${version} node 2`]);
    expect(api.store).toBe(whole);
    if (answer.ok && commits > 8) break;
  }
});

test("of two deployments in a row the newer one serves, and the other one has given way", async () => {
  await world.create({ deployment: oneContainer("old") });
  world.nodes.set("first", { state: "pending" });
  const first = await world.deploy(oneContainer("first"));
  expect(world.running()).toEqual(["v1 node 1", "v2 node 1"]);
  const second = await world.deploy(oneContainer("second"));
  expect(second.plan.warnings).toEqual(["Version 2 is not active yet and gives way to this one"]);
  expect(await world.versions()).toEqual(["1 INACTIVE", "2 FAILED", "3 ACTIVE"]);
  expect(world.running()).toEqual(["v3 node 1"]);
  expect(await world.operation(first)).toMatchObject({
    status: "Failed",
    errorDetails: "version 3 was deployed before it was active",
  });
  expect(await world.operation(second)).toMatchObject({ status: "Succeeded" });
});

test("a scale that is changed while a version is activated is that version's", async () => {
  await world.create({ deployment: oneContainer("old") });
  world.health.set(2, "initial");
  await world.deploy(oneContainer("new"));
  const scaled = await json<WriteAnswer>("PUT", "/v1/container-services/app", { scale: 3 });
  expect(world.targets()).toEqual([
    "v1 node 1",
    "v2 node 1 candidate",
    "v2 node 2 candidate",
    "v2 node 3 candidate",
  ]);
  expect(await world.operation(scaled)).toMatchObject({ status: "Started" });
  world.health.clear();
  world.tellTargets();
  await settle();
  expect(taking()).toEqual(["v2 node 1", "v2 node 2", "v2 node 3"]);
  expect(await world.operation(scaled)).toMatchObject({ status: "Succeeded" });
});

test("scale up adds nodes as candidates first, scale down drains the last ones", async () => {
  await world.create({ deployment: oneContainer() });
  world.health.set(1, "initial");
  await json("PUT", "/v1/container-services/app", { scale: 3 });
  expect(world.targets()).toEqual(["v1 node 1", "v1 node 2 candidate", "v1 node 3 candidate"]);
  expect(await world.service()).toMatchObject({ state: "UPDATING" });
  world.health.clear();
  world.tellTargets();
  await settle();
  expect(taking()).toHaveLength(3);
  expect(await world.service()).toMatchObject({ state: "RUNNING" });
  world.underWay.set(1, 4);
  await json("PUT", "/v1/container-services/app", { scale: 1 });
  expect(world.targets()).toEqual(["v1 node 1", "v1 node 2 drains", "v1 node 3 drains"]);
  world.underWay.clear();
  world.tellTargets();
  await settle();
  expect(world.running()).toEqual(["v1 node 1"]);
});

test("another power comes with new nodes in place of the old ones; where they fail, the old ones serve on and say why", async () => {
  await world.create({ deployment: oneContainer(), scale: 2 });
  const [before] = world.resource()?.targets ?? [];
  const done = await json<WriteAnswer>("PUT", "/v1/container-services/app", { power: "micro" });
  expect(taking()).toEqual(["v1 node 1", "v1 node 2"]);
  expect(world.resource()?.targets.map(({ id }) => id)).not.toContain(before?.id);
  expect(await world.operation(done)).toMatchObject({ status: "Succeeded" });
  world.nodes.set("nginx:1.27", { state: "failed", reason: "no room", restarts: 2 });
  const failed = await json<WriteAnswer>("PUT", "/v1/container-services/app", { power: "xlarge" });
  await settle();
  expect(taking()).toHaveLength(2);
  expect(await world.service()).toMatchObject({
    state: "RUNNING",
    problem: expect.stringContaining("no room"),
  });
  expect((await world.service()).nodes.map(({ power }) => power)).toEqual(["micro", "micro"]);
  expect(await world.operation(failed)).toMatchObject({ status: "Failed", errorCode: "deployment-failed" });
  world.nodes.clear();
  await json("PUT", "/v1/container-services/app", { power: "small" });
  expect((await world.service()).nodes.map(({ power }) => power)).toEqual(["small", "small"]);
  expect(await world.service()).not.toHaveProperty("problem");
});

test("more nodes than there are addresses: those that there are serve, and the reason is told", async () => {
  // The configuration of tests has four private addresses.
  await world.create({ deployment: oneContainer(), scale: 2 });
  const scaled = await json<WriteAnswer>("PUT", "/v1/container-services/app", { scale: 9 });
  await api.pass(1000);
  expect(taking()).toHaveLength(testConfig.profile.instances.addresses.length);
  expect(await world.operation(scaled)).toMatchObject({ status: "Failed" });
  expect(await world.service()).toMatchObject({ problem: expect.stringContaining("are in use") });
  const deployed = await world.deploy(oneContainer("other"));
  await api.pass(1000);
  expect(await world.operation(deployed)).toMatchObject({ status: "Failed" });
  expect(await world.versions()).toEqual(["1 ACTIVE", "2 FAILED"]);
  expect(taking()).toHaveLength(4);
  await json("PUT", "/v1/container-services/app", { scale: 1 });
  await world.deploy(oneContainer("other"));
  expect(await world.versions()).toEqual(["1 INACTIVE", "2 FAILED", "3 ACTIVE"]);
});

test("disabled, its nodes stop and come back with the version that served; nothing is deployed meanwhile", async () => {
  await world.create({ deployment: oneContainer() });
  await json("PUT", "/v1/container-services/app", { isDisabled: true });
  expect([world.targets(), world.running()]).toEqual([[], []]);
  expect(await world.service()).toMatchObject({ state: "DISABLED", currentDeployment: { version: 1 } });
  expect(await refused("POST", "/v1/container-services/app/deployments", oneContainer())).toMatchObject({
    code: "state-wrong",
    message: 'Cannot deploy to container service "app": it is disabled; enable it first',
  });
  await json("PUT", "/v1/container-services/app", { isDisabled: false });
  expect(taking()).toEqual(["v1 node 1"]);
  expect(await world.service()).toMatchObject({ state: "RUNNING" });
});

test("a version that is being activated when the service is disabled has failed", async () => {
  await world.create({ deployment: oneContainer() });
  world.nodes.set("slow", { state: "pending" });
  await world.deploy(oneContainer("slow"));
  await json("PUT", "/v1/container-services/app", { isDisabled: true });
  expect(await world.versions()).toEqual(["1 ACTIVE", "2 FAILED"]);
  expect(world.running()).toEqual([]);
});

test("deleted while a version is activated: it drains, stops and is gone with addresses, versions and secrets", async () => {
  await world.create({ deployment: oneContainer("old", { TOKEN: "s3cret" }) });
  world.nodes.set("new", { state: "pending" });
  await world.deploy(oneContainer("new"));
  world.underWay.set(1, 1);
  const deleted = await json<WriteAnswer>("DELETE", "/v1/container-services/app");
  expect(await world.service()).toMatchObject({ state: "DELETING" });
  expect(world.targets()).toEqual(["v1 node 1 drains"]);
  expect(
    await refused("POST", "/v1/container-services", { name: "app", power: "nano", scale: 1 }),
  ).toMatchObject({
    code: "resource-exists",
    message: expect.stringContaining("still being deleted"),
  });
  await world.restart();
  world.underWay.clear();
  world.tellTargets();
  await settle();
  expect(await world.operation(deleted)).toMatchObject({ status: "Succeeded" });
  expect((await refused("GET", "/v1/container-services/app")).code).toBe("resource-not-found");
  expect([world.running(), world.resource()]).toEqual([[], undefined]);
  expect((await api.store.list("address", { limit: 10 })).map(({ value }) => value)).toEqual([]);
  expect(await api.store.secrets.list("container-environment")).toHaveLength(1);
  await api.pass(11_000);
  expect(await api.store.secrets.list("container-environment")).toEqual([]);
  expect(await refused("POST", `/v1/changes/${deleted.change?.id}/undo`, {})).toMatchObject({
    code: "undo-refused",
    message: expect.stringContaining("the values of the environment of version 1 of app are gone"),
  });
});

test("fifty versions are kept, and the one that serves among them", async () => {
  await world.create({ deployment: oneContainer() });
  world.nodes.set("bad", { state: "failed", reason: "it ended", restarts: 2 });
  for (let i = 0; i < 55; i++) await world.deploy(oneContainer("bad"));
  const versions = await world.versions();
  expect(versions).toHaveLength(51);
  expect(versions[0]).toBe("1 ACTIVE");
  expect(versions[1]).toBe("7 FAILED");
});

type Act =
  | { readonly act: "deploy"; readonly image: "good" | "bad" | "slow" }
  | { readonly act: "scale"; readonly scale: number }
  | { readonly act: "power"; readonly power: string }
  | { readonly act: "disable" | "enable" | "undo" | "restart" | "wait" | "roll-back" };

const acts = array(
  oneof<Arbitrary<Act>[]>(
    record({ act: constant("deploy" as const), image: constantFrom("good", "bad", "slow") }),
    record({ act: constant("scale" as const), scale: integer({ min: 1, max: 3 }) }),
    record({ act: constant("power" as const), power: constantFrom("nano", "micro") }),
    record({ act: constantFrom("disable", "enable", "undo", "restart", "wait", "roll-back") }),
  ),
  { minLength: 1, maxLength: 14 },
);

/** Enough private addresses for two whole sets of nodes and those that leave. */
const roomy = {
  ...testConfig,
  profile: {
    ...testConfig.profile,
    instances: { addresses: Array.from({ length: 60 }, (_, i) => `127.53.9.${i + 1}`), port: 8080 },
  },
};

test("random changes: once a version serves there is always a node that takes requests, and in the end exactly what is wanted", async () => {
  await assertProperty(
    asyncProperty(acts, async (list) => {
      await api.startWith(roomy);
      world = new ContainerWorld(api);
      world.nodes.set("bad", { state: "failed", reason: "it ended", restarts: 2 });
      world.nodes.set("slow", { state: "pending" });
      await world.create({ deployment: oneContainer("good") });
      let isDisabled = false;
      for (const one of list) {
        const hadChanges = await json<{ changes: { id: string; action: string; undoneBy?: string }[] }>(
          "GET",
          "/v1/changes",
        );
        switch (one.act) {
          case "deploy":
            await api.call("POST", "/v1/container-services/app/deployments", oneContainer(one.image));
            break;
          case "roll-back":
            await api.call("POST", "/v1/container-services/app/deployments/1/roll-back", {});
            break;
          case "scale":
            await api.call("PUT", "/v1/container-services/app", { scale: one.scale });
            break;
          case "power":
            await api.call("PUT", "/v1/container-services/app", { power: one.power });
            break;
          case "disable":
          case "enable":
            await api.call("PUT", "/v1/container-services/app", { isDisabled: one.act === "disable" });
            break;
          case "undo": {
            // Not what created the service: then there is none.
            const [last] = hadChanges.changes.filter(
              ({ action }) => action !== "create-container-service" && action !== "platform",
            );
            if (last) await api.call("POST", `/v1/changes/${last.id}/undo`, {});
            break;
          }
          case "restart":
            await restartRoomy();
            break;
          case "wait":
            await api.pass(1000);
        }
        await settle();
        isDisabled = (await world.service()).isDisabled;
        if (!isDisabled) expect(taking().length, JSON.stringify(list)).toBeGreaterThan(0);
        const { deployments } = await json<{ deployments: { state: string }[] }>(
          "GET",
          "/v1/container-services/app/deployments",
        );
        expect(deployments.filter(({ state }) => state === "ACTIVE").length).toBeLessThanOrEqual(1);
      }
      // What is slow comes to its end at last.
      await api.pass(700_000);
      const service: ContainerService = await world.service();
      expect(service.state).toBe(service.isDisabled ? "DISABLED" : "RUNNING");
      const version = service.currentDeployment?.version;
      const wanted = service.isDisabled
        ? []
        : Array.from({ length: service.scale }, (_, i) => `v${version} node ${i + 1}`);
      expect(world.targets()).toEqual(wanted);
      expect(world.running()).toEqual(wanted);
      const addresses = await api.store.list("address", { limit: 100 });
      expect(addresses.filter(({ value }) => (value as { view: string }).view === "private")).toHaveLength(
        wanted.length,
      );
      if (!service.isDisabled) expect(service.nodes.every(({ power }) => power === service.power)).toBe(true);
    }),
    { numRuns: 12 },
  );

  async function restartRoomy(): Promise<void> {
    for (const role of Object.values(api.roles)) role.disconnect();
    api.control.hub.close();
    api.time.forget();
    await api.restart(roomy);
    for (const role of Object.values(api.roles)) role.connect(api.control.hub);
    await world.tellNodes();
    world.tellTargets();
    await settle();
  }
});
