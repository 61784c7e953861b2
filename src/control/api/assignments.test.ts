// Assignments: what of a plan is told before it is carried out, to each type of resource, and what later changes are refused for them.

import type {
  Assignment,
  Command,
  Instance,
  LoadBalancer,
  Operation,
  Plan,
  ResourceObject,
  RoleObject,
  WriteAnswer,
} from "#contract";
import { beforeEach, describe, expect, test } from "vitest";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json, lines, refused } = api;
const external = { kind: "address", address: "192.0.2.1", port: 8080 };

beforeEach(async () => {
  await api.start();
  await json("POST", "/v1/domains", { name: "shop.test" });
});

const plan = (command: Command): Promise<Plan> => json("POST", "/v1/plans", { command });
/** What the edge holds of a kind. */
function ofKind<K extends RoleObject["kind"]>(kind: K): Extract<RoleObject, { kind: K }>[] {
  return [...api.roles.edge.objects.values()].filter(
    (object): object is Extract<RoleObject, { kind: K }> => object.kind === kind,
  );
}

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

test("an alias in the way is named", async () => {
  await json("POST", "/v1/instances", { name: "web", run: external });
  await json("PUT", "/v1/zones/shop.test/aliases", { name: "@", target: "web" });
  expect(await refused("POST", "/v1/assignments", { name: "shop.test", resource: "web" })).toMatchObject({
    code: "record-conflict",
    message: 'Cannot assign "shop.test": it is an alias of "web"; delete the alias first',
  });
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

describe("HTTPS", () => {
  const certificates = async (): Promise<readonly string[]> =>
    (await json<{ certificates: { name: string }[] }>("GET", "/v1/certificates")).certificates.map(
      ({ name }) => name,
    );
  const validations = (): string[] =>
    [...api.roles.names.objects.values()].flatMap((object) =>
      object.kind === "rrset" && object.owner.startsWith("_")
        ? [object.owner.replace(/^_[0-9a-f]+\./, "")]
        : [],
    );
  beforeEach(async () => {
    await json("POST", "/v1/instances", { name: "web", run: external });
  });

  test("records, certificate and route are one change, and its operation ends when the certificate is issued", async () => {
    const answer = await json<WriteAnswer>("POST", "/v1/assignments", { name: "shop.test", resource: "web" });
    expect(answer.plan.warnings).toEqual([]);
    expect(
      answer.plan.changes.map(
        ({ effect, resourceType, resourceName }) => `${effect} ${resourceType} ${resourceName}`,
      ),
    ).toEqual(["create Assignment shop.test", "create Certificate shop.test"]);
    const operation = await json<Operation>("GET", `/v1/operations/${answer.operation?.id}`);
    expect(operation).toMatchObject({ status: "Succeeded" });
    expect(operation.steps.map(({ title }) => title)).toContain("Certificate shop.test is issued");
    expect((await json<{ assignments: Assignment[] }>("GET", "/v1/assignments")).assignments).toMatchObject([
      { name: "shop.test", certificate: "shop.test" },
    ]);
    const [certificate] = ofKind("certificate");
    expect(certificate).toMatchObject({ name: "shop.test", names: ["shop.test"] });
    expect(ofKind("resource")[0]?.certificates).toEqual([certificate?.id]);
    await json("POST", `/v1/changes/${answer.change?.id}/undo`, {});
    expect([await certificates(), validations(), ofKind("certificate"), ofKind("host")]).toEqual([
      [],
      [],
      [],
      [],
    ]);
  });

  test("the first certified name opens HTTPS at a load balancer, which can redirect to it then", async () => {
    await json("POST", "/v1/load-balancers", { name: "front", instances: ["web"] });
    expect(await refused("PUT", "/v1/load-balancers/front", { redirectsToHttps: true })).toMatchObject({
      code: "state-wrong",
    });
    const body = { name: "shop.test", resource: "front", withWww: true };
    await json("POST", "/v1/assignments", body);
    expect(await json<LoadBalancer>("GET", "/v1/load-balancers/front")).toMatchObject({
      protocol: "HTTP_HTTPS",
      publicPorts: [80, 443],
      certificates: [],
      servedCertificates: ["shop.test", "www.shop.test"],
    });
    await json("PUT", "/v1/load-balancers/front", { redirectsToHttps: true });
    const front = (): ResourceObject | undefined => ofKind("resource").find(({ name }) => name === "front");
    expect(front()).toMatchObject({ redirectsToHttps: true, ports: { http: true, https: true } });
    await json("POST", "/v1/load-balancers/front/certificates", { certificate: "www.shop.test" });
    expect(
      front()?.certificates.map((id) => ofKind("certificate").find((one) => one.id === id)?.name),
    ).toEqual(["www.shop.test", "shop.test"]);
    expect(
      await refused("POST", "/v1/load-balancers/front/certificates", { certificate: "www.shop.test" }),
    ).toMatchObject({
      code: "state-wrong",
      message: 'Cannot attach certificate "www.shop.test" to load balancer "front": it is attached already',
    });
    for (const name of ["shop.test", "www.shop.test"]) await json("DELETE", `/v1/assignments/${name}`);
    // The one that was attached by hand stays, the other served nothing any more.
    expect(await certificates()).toEqual(["www.shop.test"]);
    const { plan: last } = await json<WriteAnswer>(
      "DELETE",
      "/v1/load-balancers/front/certificates/www.shop.test",
    );
    expect(last.warnings).toEqual(["front answers by HTTP only: it has no certificate left"]);
    expect(front()).toMatchObject({ redirectsToHttps: false, ports: { http: true, https: false } });
  });

  test("an undo names the load balancer or the certificate that came or went since", async () => {
    await json("POST", "/v1/load-balancers", { name: "front", instances: ["web"] });
    const assigned = await json<WriteAnswer>("POST", "/v1/assignments", {
      name: "shop.test",
      resource: "front",
    });
    const attached = await json<WriteAnswer>("POST", "/v1/load-balancers/front/certificates", {
      certificate: "shop.test",
    });
    expect(await refused("POST", `/v1/changes/${assigned.change?.id}/undo`, {})).toMatchObject({
      code: "undo-refused",
      message: expect.stringContaining(
        `load balancer front has certificate shop.test since change ${attached.change?.revision}`,
      ),
    });
    const detached = await json<WriteAnswer>("DELETE", "/v1/load-balancers/front/certificates/shop.test");
    const unassigned = await json<WriteAnswer>("DELETE", "/v1/assignments/shop.test");
    expect(await refused("POST", `/v1/changes/${detached.change?.id}/undo`, {})).toMatchObject({
      code: "undo-refused",
      message: expect.stringContaining(
        `certificate shop.test of load balancer front was deleted by change ${unassigned.change?.revision}`,
      ),
    });
    await json("POST", `/v1/changes/${unassigned.change?.id}/undo`, {});
    expect(await certificates()).toEqual(["shop.test"]);
    expect(ofKind("certificate")).toHaveLength(1);
  });

  test("a certificate that is there serves and stays; none is asked for where nobody wants one", async () => {
    await json("POST", "/v1/certificates", { name: "mine", domainName: "shop.test" });
    await json("POST", "/v1/assignments", { name: "shop.test", resource: "web" });
    expect(await certificates()).toEqual(["mine"]);
    await json("DELETE", "/v1/assignments/shop.test");
    expect(await certificates()).toEqual(["mine"]);
    await json("POST", "/v1/assignments", { name: "www.shop.test", resource: "web", https: false });
    expect(await certificates()).toEqual(["mine"]);
  });

  test("a domain that goes takes the certificates of its assignments along, and an undo brings them back", async () => {
    await json("POST", "/v1/assignments", { name: "shop.test", resource: "web", withWww: true });
    const deleted = await json<WriteAnswer>("DELETE", "/v1/domains/shop.test");
    expect(await certificates()).toEqual([]);
    await json("POST", `/v1/changes/${deleted.change?.id}/undo`, {});
    expect(await certificates()).toEqual(["shop.test", "www.shop.test"]);
  });

  test("a name that moves keeps its certificate", async () => {
    await json("POST", "/v1/instances", { name: "next", run: external });
    await json("POST", "/v1/assignments", { name: "shop.test", resource: "web" });
    const [before] = ofKind("certificate");
    const moved = await json<WriteAnswer>("POST", "/v1/assignments", { name: "shop.test", resource: "next" });
    expect(moved.plan.changes).toHaveLength(1);
    expect(ofKind("certificate")).toEqual([before]);
    expect(ofKind("resource").find(({ name }) => name === "next")?.certificates).toEqual([before?.id]);
    expect(ofKind("resource").find(({ name }) => name === "web")?.certificates).toEqual([]);
  });
});

test("what stands in the way of an assignment is told with the command that takes it away, and that is a plan", async () => {
  await json("POST", "/v1/instances", { name: "web", run: external });
  const repairOf = async (name: string): Promise<Command | undefined> =>
    (await refused("POST", "/v1/assignments", { name, resource: "web" })).report?.repair?.command;
  expect(await repairOf("www.other.test")).toEqual({ action: "register", name: "other.test" });
  expect(await repairOf("www.example.org")).toBeUndefined();
  await json("PUT", "/v1/zones/shop.test/rrsets", { name: "@", type: "A", records: ["192.0.2.1"] });
  const remove = await repairOf("shop.test");
  expect(remove).toEqual({ action: "delete-rrset", zone: "shop.test", name: "shop.test.", type: "A" });
  await json("POST", `/v1/plans/${(await plan(remove as Command)).id}/apply`, {});
  await json("PUT", "/v1/zones/shop.test/aliases", { name: "@", target: "web" });
  const unalias = await repairOf("shop.test");
  await json("POST", `/v1/plans/${(await plan(unalias as Command)).id}/apply`, {});
  await json("POST", "/v1/assignments", { name: "shop.test", resource: "web" });
});
