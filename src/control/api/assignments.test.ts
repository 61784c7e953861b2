// Assignments: what of a plan is told before it is carried out, to each type of resource, and what later changes are refused for them.

import type { Assignment, Command, Instance, Plan, ResourceObject, WriteAnswer } from "#contract";
import { beforeEach, expect, test } from "vitest";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json, lines, refused } = api;
const external = { kind: "address", address: "192.0.2.1", port: 8080 };

beforeEach(async () => {
  await api.start();
  await json("POST", "/v1/domains", { name: "shop.test" });
});

const plan = (command: Command): Promise<Plan> => json("POST", "/v1/plans", { command });
const planned = async (resource: string, name: string = "shop.test"): Promise<readonly string[]> =>
  (await plan({ action: "assign", name, resource })).warnings;

test("a plan tells records, words and until when old answers live, and changes nothing", async () => {
  await json("POST", "/v1/load-balancers", { name: "front" });
  await json("POST", "/v1/instances", { name: "web", run: external });
  await json("POST", "/v1/assignments", { name: "shop.test", resource: "web" });
  const head = await api.store.head();
  const found = await plan({ action: "assign", name: "shop.test", resource: "front" });
  expect(found).toMatchObject({
    title: "Assign shop.test to front",
    changes: [{ effect: "update", resourceType: "Assignment", resourceName: "shop.test" }],
    records: [
      {
        zone: "shop.test",
        removed: ["shop.test. 60 IN A 127.53.8.2"],
        added: ["shop.test. 60 IN A 127.53.8.1"],
      },
    ],
    warnings: [
      "shop.test leads to web today",
      "front has no instance: visitors of shop.test get 503 Service Unavailable",
    ],
    oldAnswersUntil: new Date(api.time.now + 60_000).toISOString(),
  });
  expect(await api.store.head()).toBe(head);
});

test("what will not serve is told: an instance that does not run or whose port is closed, a static IP of nothing", async () => {
  await json("POST", "/v1/instances", { name: "site", run: { kind: "site", folder: "/srv" } });
  await json("POST", "/v1/static-ips", { name: "ip" });
  expect(await planned("site")).toEqual(["site does not run yet: shop.test has no page until it runs"]);
  const { id } = await json<Instance>("GET", "/v1/instances/site");
  const tell = (state: string): void =>
    api.roles.runtime.send({ type: "report", report: { type: "instance", instance: { id, state } } });
  tell("failed");
  expect(await planned("site")).toEqual(["site has failed: shop.test has no page until it runs"]);
  tell("running");
  expect(await planned("site")).toEqual([]);
  expect(await planned("ip")).toEqual(["ip is attached to nothing: shop.test does not answer until it is"]);
  await json("POST", "/v1/static-ips/ip/attach", { instance: "site" });
  await json("PUT", "/v1/instances/site/ports", {
    how: "close",
    ports: [{ protocol: "tcp", fromPort: 80, toPort: 80 }],
  });
  expect(await planned("ip")).toEqual(["Port 80 of site is closed: shop.test does not answer by HTTP"]);
  await json("POST", "/v1/instances/site/stop", {});
  expect(await planned("site")).toContain("site is stopped: shop.test has no page until it is started");
});

test("a load balancer none of whose instances is healthy is told", async () => {
  await json("POST", "/v1/instances", { name: "web", run: external });
  await json("POST", "/v1/load-balancers", { name: "front", instances: ["web"] });
  expect(await planned("front")).toEqual([]);
  const front = [...api.roles.edge.objects.values()].find(
    (object): object is ResourceObject => object.kind === "resource" && object.name === "front",
  );
  const targets = (front?.targets ?? []).map(({ id }) => ({ id, state: "unhealthy", underWay: 0 }));
  api.roles.edge.send({ type: "report", report: { type: "targets", resourceId: front?.id, targets } });
  expect(await planned("front")).toEqual([
    "No instance of front is healthy: all of them are asked, and may not answer visitors of shop.test",
  ]);
});

test("the name with www goes along in one change, and is taken back with it", async () => {
  await json("POST", "/v1/instances", { name: "web", run: external });
  const body = { name: "shop.test", resource: "web", withWww: true };
  const { change } = await json<WriteAnswer>("POST", "/v1/assignments", body);
  expect(change?.title).toBe("Assign shop.test and www.shop.test to web");
  expect(lines("shop.test.", "www.shop.test.")).toEqual(["60 A 127.53.8.1", "60 AAAA ::1"]);
  expect(await refused("POST", "/v1/assignments", body)).toMatchObject({
    code: "assigned-already",
    message: 'Cannot assign "shop.test" and "www.shop.test": it leads to "web" already',
  });
  await json("DELETE", "/v1/assignments/shop.test");
  expect(await refused("POST", `/v1/changes/${change?.id}/undo`, {})).toMatchObject({ code: "undo-refused" });
  const again = await json<WriteAnswer>("POST", "/v1/assignments", body);
  expect(again.change?.title).toBe("Assign shop.test to web");
  await json("POST", `/v1/changes/${again.change?.id}/undo`, {});
  expect((await json<{ assignments: Assignment[] }>("GET", "/v1/assignments")).assignments).toMatchObject([
    { name: "www.shop.test", resourceName: "web", resourceType: "Instance" },
  ]);
});

test("a CNAME in the way is named, and nothing of the change is done", async () => {
  await json("POST", "/v1/instances", { name: "web", run: external });
  await json("PUT", "/v1/zones/shop.test/rrsets", { name: "www", type: "CNAME", records: ["shop.test."] });
  const head = await api.store.head();
  const body = { name: "shop.test", resource: "web", withWww: true };
  expect(await refused("POST", "/v1/assignments", body)).toMatchObject({
    code: "record-conflict",
    message: 'Cannot assign "www.shop.test": it has CNAME records already; delete them first',
  });
  expect(await api.store.head()).toBe(head);
});

test.each([
  ["load-balancers", "load balancer", {}, "delete"],
  ["static-ips", "static IP", {}, "release"],
  ["instances", "instance", { run: external }, "delete"],
])(
  "of the %s, one that a name led to comes back by undo before the name does",
  async (path, word, body, verb) => {
    await json("POST", `/v1/${path}`, { name: "it", ...body });
    await json("POST", "/v1/assignments", { name: "shop.test", resource: "it" });
    expect(await refused("DELETE", `/v1/${path}/it`)).toMatchObject({
      code: "resource-in-use",
      message: `Cannot ${verb} ${word} "it": shop.test leads to it`,
    });
    const unassigned = await json<WriteAnswer>("DELETE", "/v1/assignments/shop.test");
    const deleted = await json<WriteAnswer>("DELETE", `/v1/${path}/it`);
    expect(await refused("POST", `/v1/changes/${unassigned.change?.id}/undo`, {})).toMatchObject({
      code: "undo-refused",
      message: expect.stringContaining(
        `${word} it, which shop.test led to, was deleted by change ${deleted.change?.revision}`,
      ),
    });
    await json("POST", `/v1/changes/${deleted.change?.id}/undo`, {});
    await json("POST", `/v1/changes/${unassigned.change?.id}/undo`, {});
    expect(lines("shop.test.", "shop.test.")).toContain("60 A 127.53.8.1");
  },
);

test("the undo of a creation is refused while something refers to it, each with its change", async () => {
  const created = await json<WriteAnswer>("POST", "/v1/instances", { name: "web", run: external });
  const balanced = await json<WriteAnswer>("POST", "/v1/load-balancers", {
    name: "front",
    instances: ["web"],
  });
  const attached = await json<WriteAnswer>("POST", "/v1/static-ips", { name: "ip", instance: "web" });
  expect(await refused("POST", `/v1/changes/${created.change?.id}/undo`, {})).toMatchObject({
    code: "undo-refused",
    message: expect.stringMatching(
      new RegExp(
        `: web is attached to load balancer front since change ${balanced.change?.revision}; static IP ip is attached to web since change ${attached.change?.revision}$`,
      ),
    ),
  });
});
