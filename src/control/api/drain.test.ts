// Instances that stop, reboot or go: requests under way are finished first, everywhere that they come from, and the process is left as it
// is until then.

import type { Change, Instance, Operation, Plan, ResourceObject, Status, WriteAnswer } from "#contract";
import { beforeEach, expect, test } from "vitest";
import { settle } from "../testing.ts";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json, refused } = api;
let id = "";
const underWay = (count: number): ReadonlyMap<string, number> => new Map([["web", count]]);

beforeEach(async () => {
  await api.start();
  await json("POST", "/v1/instances", { name: "web", run: { kind: "site", folder: "/srv" } });
  ({ id } = await json<Instance>("GET", "/v1/instances/web"));
  tell("running", 0);
  api.roles.edge.underWay = underWay(2);
});

function tell(state: string, generation: number): void {
  api.roles.runtime.send({
    type: "report",
    report: { type: "instance", instance: { id, state, generation } },
  });
}

/** What the runtime is given of the instance. */
function process(): unknown {
  return api.roles.runtime.objects.get(`instance/${id}`);
}

/** How each resource that has it as a target sees it. */
function targets(): string[] {
  return [...api.roles.edge.objects.values()]
    .filter((object): object is ResourceObject => object.kind === "resource")
    .flatMap(({ name, targets: list }) =>
      list.map((target) => `${name}: ${target.drains ? "drains" : "serves"}`),
    );
}

async function finish(): Promise<void> {
  api.roles.edge.underWay = new Map();
  api.roles.edge.tellTargets();
  await settle();
}

const statusOf = async (answer: WriteAnswer): Promise<string> => {
  const { status, operationDetails } = await json<Operation>("GET", `/v1/operations/${answer.operation?.id}`);
  return `${status}: ${operationDetails}`;
};

test("a stop waits for requests by its own address and by load balancers, and then the process ends", async () => {
  await json("POST", "/v1/load-balancers", { name: "front", instances: ["web"] });
  const stopped = await json<WriteAnswer>("POST", "/v1/instances/web/stop", {});
  expect(targets()).toEqual(["web: drains", "front: drains"]);
  expect(process()).toMatchObject({ desired: "running" });
  expect(await statusOf(stopped)).toMatch(/^Started: Requests under way at web are finished: 4 under way/);
  expect((await json<Instance>("GET", "/v1/instances/web")).state).toBe("stopping");
  await finish();
  expect(targets()).toEqual([]);
  expect(process()).toMatchObject({ desired: "stopped" });
  tell("stopped", 0);
  expect(await statusOf(stopped)).toMatch(/^Succeeded/);
});

test("a reboot gives the runtime its next generation when nothing is under way", async () => {
  const rebooted = await json<WriteAnswer>("POST", "/v1/instances/web/reboot", {});
  expect(targets()).toEqual(["web: drains"]);
  expect(process()).not.toHaveProperty("generation");
  await finish();
  expect(targets()).toEqual(["web: serves"]);
  expect(process()).toMatchObject({ desired: "running", generation: 1 });
  tell("running", 1);
  expect(await statusOf(rebooted)).toMatch(/^Succeeded/);
});

test("what comes while a reboot drains keeps the process as it is too: limits, a stop, a start, another reboot", async () => {
  await json("POST", "/v1/instances/web/reboot", {});
  await json("PUT", "/v1/instances/web/limits", { limits: { cpus: 1 } });
  await json("POST", "/v1/instances/web/stop", {});
  const before = process();
  expect(before).toMatchObject({ desired: "running" });
  expect(before).not.toHaveProperty("generation");
  expect(before).not.toHaveProperty("limits");
  await json("POST", "/v1/instances/web/start", {});
  await json("POST", "/v1/instances/web/reboot", {});
  expect(process()).toEqual(before);
  await finish();
  expect(process()).toMatchObject({ desired: "running", generation: 3, limits: { cpus: 1 } });
});

test("the undo of limits and of a start drains as well", async () => {
  await json("PUT", "/v1/instances/web/limits", { limits: { cpus: 1 } });
  await finish();
  expect(process()).toMatchObject({ generation: 1, limits: { cpus: 1 } });
  api.roles.edge.underWay = underWay(1);
  const undo = async (): Promise<void> => {
    const [latest] = (await json<{ changes: Change[] }>("GET", "/v1/changes?limit=1")).changes;
    await json("POST", `/v1/changes/${latest?.id}/undo`, {});
  };
  await undo();
  expect([targets(), process()]).toMatchObject([["web: drains"], { generation: 1, limits: { cpus: 1 } }]);
  await finish();
  expect(process()).not.toHaveProperty("limits");
  await json("POST", "/v1/instances/web/stop", {});
  await finish();
  await json("POST", "/v1/instances/web/start", {});
  api.roles.edge.underWay = underWay(1);
  await undo();
  expect([targets(), process()]).toMatchObject([["web: drains"], { desired: "running" }]);
  await finish();
  expect([targets(), process()]).toMatchObject([[], { desired: "stopped" }]);
});

test("a deletion while a reboot drains never starts the process anew", async () => {
  await json("POST", "/v1/instances/web/reboot", {});
  const before = process();
  await json("DELETE", "/v1/instances/web");
  expect(process()).toEqual(before);
  await finish();
  expect(process()).toBeUndefined();
});

test("the process of an instance that is gone ends without being told of as one there is", async () => {
  await json("DELETE", "/v1/instances/web");
  await finish();
  tell("stopping", 0);
  expect((await json<Status>("GET", "/v1/status")).instances).toEqual([]);
});

test("force does not wait, and a start or an undo while it drains leaves the process as it is", async () => {
  await json("POST", "/v1/instances/web/stop", {});
  await json("POST", "/v1/instances/web/start", {});
  expect(targets()).toEqual(["web: serves"]);
  const stopped = await json<WriteAnswer>("POST", "/v1/instances/web/stop", {});
  await json("POST", `/v1/changes/${stopped.change?.id}/undo`, {});
  expect([targets(), process()]).toMatchObject([["web: serves"], { desired: "running" }]);
  await json("POST", "/v1/instances/web/stop", { force: true });
  expect([targets(), process()]).toMatchObject([[], { desired: "stopped" }]);
});

test("a deletion drains, keeps the addresses until then, and refuses all that would refer to it", async () => {
  await json("POST", "/v1/domains", { name: "shop.test" });
  const deleted = await json<WriteAnswer>("DELETE", "/v1/instances/web");
  expect(deleted.plan.changes.map(({ text }) => text)).toEqual(["Delete instance web"]);
  expect([targets(), process()]).toMatchObject([["web: drains"], { desired: "running" }]);
  const run = { kind: "address", address: "::1", port: 9 };
  await json("POST", "/v1/instances", { name: "next", run });
  expect((await json<Instance>("GET", "/v1/instances/next")).publicAddresses[0]?.address).toBe("127.53.8.2");
  expect(await refused("POST", "/v1/instances", { name: "web", run })).toMatchObject({
    code: "resource-exists",
    message: 'Cannot create instance "web": the instance of that name is still being deleted',
  });
  for (const [method, path, body] of [
    ["POST", "/v1/assignments", { name: "shop.test", resource: "web" }],
    ["POST", "/v1/load-balancers", { name: "front", instances: ["web"] }],
    ["POST", "/v1/static-ips", { name: "ip", instance: "web" }],
    ["POST", "/v1/instances/web/start", {}],
    ["DELETE", "/v1/instances/web", undefined],
  ] as const) {
    expect(await refused(method, path, body), path).toMatchObject({ code: "resource-not-found" });
  }
  await finish();
  expect(process()).toBeUndefined();
  expect((await refused("GET", "/v1/instances/web")).code).toBe("resource-not-found");
  expect(await statusOf(deleted)).toMatch(/^Succeeded/);
  const { plan } = await json<WriteAnswer>("POST", `/v1/changes/${deleted.change?.id}/undo`, {});
  expect(plan.warnings).toEqual([]);
  expect((await json<Instance>("GET", "/v1/instances/web")).publicAddresses[0]?.address).toBe("127.53.8.1");
});

test.each<[string, string, unknown]>([
  ["a load balancer attaches it", "/v1/load-balancers/front/attach", { instances: ["web"] }],
  ["a static IP is attached to it", "/v1/static-ips/fixed/attach", { instance: "web" }],
  ["a name is assigned to it", "/v1/assignments", { name: "www.shop.test", resource: "web", https: false }],
])("a plan in which %s is not applied once its deletion drains, nor afterwards", async (_, path, body) => {
  await json("POST", "/v1/domains", { name: "shop.test" });
  await json("POST", "/v1/load-balancers", { name: "front" });
  await json("POST", "/v1/static-ips", { name: "fixed" });
  const plans = [
    await json<{ plan: Plan }>("POST", `${path}?plan=1`, body),
    await json<{ plan: Plan }>("POST", `${path}?plan=1`, body),
  ];
  await json("DELETE", "/v1/instances/web");
  const apply = (index: number): ReturnType<typeof refused> =>
    refused("POST", `/v1/plans/${plans[index]?.plan.id}/apply`, {});
  expect(await apply(0)).toMatchObject({
    code: "change-conflict",
    message: expect.stringMatching(/: (?:instance|resource) web was deleted since the plan was made$/),
  });
  await finish();
  expect((await apply(1)).code).toBe("change-conflict");
  expect(targets()).toEqual([]);
});

test("the plan of an undo that attaches an instance again is not applied once the instance is gone", async () => {
  await json("POST", "/v1/load-balancers", { name: "front", instances: ["web"] });
  api.roles.edge.underWay = new Map();
  const detached = await json<WriteAnswer>("POST", "/v1/load-balancers/front/detach", { instances: ["web"] });
  await finish();
  const { plan } = await json<{ plan: Plan }>("POST", `/v1/changes/${detached.change?.id}/undo?plan=1`, {});
  await json("DELETE", "/v1/instances/web");
  await finish();
  expect((await refused("POST", `/v1/plans/${plan.id}/apply`, {})).code).toBe("change-conflict");
  expect(targets()).toEqual([]);
});

test("a deletion that is undone while it drains leaves everything as it is", async () => {
  const deleted = await json<WriteAnswer>("DELETE", "/v1/instances/web");
  await json("POST", `/v1/changes/${deleted.change?.id}/undo`, {});
  await finish();
  api.time.advance(60_000);
  await settle();
  expect([targets(), process()]).toMatchObject([["web: serves"], { id, desired: "running" }]);
});

test("the undo of a creation drains as a deletion does, and can be taken back too", async () => {
  const [created] = (await json<{ changes: Change[] }>("GET", "/v1/changes?limit=1")).changes;
  const undone = await json<WriteAnswer>("POST", `/v1/changes/${created?.id}/undo`, {});
  expect(undone.plan.changes.map(({ text }) => text)).toEqual(["Delete instance web"]);
  expect([targets(), process()]).toMatchObject([["web: drains"], { desired: "running" }]);
  expect(await refused("POST", `/v1/changes/${created?.id}/undo`, {})).toMatchObject({
    code: "undo-refused",
    message: expect.stringContaining(`instance web is being deleted by change ${undone.change?.revision}`),
  });
  await finish();
  expect(process()).toBeUndefined();
  await json("POST", `/v1/changes/${undone.change?.id}/undo`, {});
  expect((await json<Instance>("GET", "/v1/instances/web")).publicAddresses[0]?.address).toBe("127.53.8.1");
});

test("requests that never end are left behind after half a minute, over a restart of control", async () => {
  await json("DELETE", "/v1/instances/web");
  api.roles.edge.disconnect();
  api.roles.runtime.disconnect();
  api.control.hub.close();
  api.time.forget();
  await api.restart();
  api.roles.edge.connect(api.control.hub);
  api.roles.runtime.connect(api.control.hub);
  await settle();
  expect(targets()).toEqual(["web: drains"]);
  api.time.advance(30_000);
  await settle();
  expect([targets(), process()]).toEqual([[], undefined]);
});
