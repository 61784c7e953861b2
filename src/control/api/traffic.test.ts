// Load balancers through the API: what the edge and the zones are given, draining, health, and every way in which they are refused.

import type { LoadBalancer, Plan, WriteAnswer } from "#contract";
import { beforeEach, describe, expect, test } from "vitest";
import { settle } from "../testing.ts";
import { trafficApi } from "./testing-traffic.ts";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json, refused } = api;
const { createInstances, operationOf, resource, targets, undo } = trafficApi(api);
beforeEach(api.start);

describe("load balancers", () => {
  test("one is created with Lightsail's defaults, and the edge shares requests out among its instances", async () => {
    await createInstances("web-1", "web-2");
    const created = await json<WriteAnswer>("POST", "/v1/load-balancers", {
      name: "front",
      instances: ["web-1", "web-2"],
    });
    expect(created.plan.changes.map(({ text }) => text)).toEqual([
      "Create load balancer front over web-1, web-2",
    ]);
    const operation = await operationOf(created);
    expect(operation).toMatchObject({ status: "Succeeded", location: { regionName: "local" } });
    expect(operation.steps.map(({ title }) => title)).toEqual([
      expect.stringMatching(/^Recorded/),
      expect.stringMatching(/^Zone fairlead\.internal answers/),
      "The edge routes by the change",
      "web-1 answers its health check",
      "web-2 answers its health check",
    ]);
    expect(resource("front")).toMatchObject({
      type: "load-balancer",
      addresses: ["127.53.8.3"],
      ports: { http: true, https: false },
      targets: [
        { name: "web-1", address: "192.0.2.1", port: 8080, drains: false },
        { name: "web-2", address: "192.0.2.1", port: 8080, drains: false },
      ],
      balancing: {
        algorithm: "round-robin",
        healthCheck: {
          path: "/",
          intervalMs: 30_000,
          timeoutMs: 5000,
          healthyThreshold: 5,
          unhealthyThreshold: 2,
          successCodes: "200",
        },
      },
    });
    expect(resource("front")?.balancing?.stickiness).toBeUndefined();
    expect(await json<LoadBalancer>("GET", "/v1/load-balancers/front")).toMatchObject({
      state: "active",
      dnsName: "front.load-balancers.fairlead.internal",
      protocol: "HTTP",
      publicPorts: [80],
      instancePort: 80,
      stickiness: { isEnabled: false, durationSeconds: 86_400 },
      tlsPolicyName: "TLS-2016-08",
      instanceHealthSummary: [
        { instanceName: "web-1", instanceHealth: "healthy", requestsUnderWay: 0 },
        { instanceName: "web-2", instanceHealth: "healthy", requestsUnderWay: 0 },
      ],
    });
    const list = await json<{ loadBalancers: LoadBalancer[] }>("GET", "/v1/load-balancers");
    expect(list.loadBalancers.map(({ name }) => name)).toEqual(["front"]);
  });

  test("settings are changed one by one, and the plan names what differs", async () => {
    await json("POST", "/v1/load-balancers", { name: "front" });
    const path = "/v1/load-balancers/front";
    const changed = await json<WriteAnswer>("PUT", path, {
      healthCheck: { path: "/health?deep=1", successCodes: "200-299,301" },
      stickiness: { isEnabled: true },
      tlsPolicyName: "TLS-FS-1-2-Res-2019-08",
      instancePort: 9000,
    });
    expect(changed.plan.changes.map(({ text }) => text)).toEqual([
      "Update load balancer front: instance port 9000 (was 80); health check path /health?deep=1 (was /); healthy codes 200-299,301 (was 200); stickiness on (was off); TLS policy TLS-FS-Res-1-2-2019-08 (was TLS-2016-08)",
    ]);
    expect(resource("front")).toMatchObject({
      balancing: {
        healthCheck: { path: "/health?deep=1", intervalMs: 30_000 },
        stickiness: { durationSeconds: 86_400 },
      },
      tlsPolicy: "TLS-FS-Res-1-2-2019-08",
    });
    await undo(changed);
    expect(resource("front")).toMatchObject({
      balancing: { healthCheck: { path: "/" } },
      tlsPolicy: "TLS-2016-08",
    });
  });

  test("another health check warns of what comes of instances that do not answer it", async () => {
    await createInstances("web");
    await json("POST", "/v1/load-balancers", { name: "front", instances: ["web"] });
    const warnings = async (settings: object): Promise<readonly string[]> =>
      (await json<WriteAnswer>("PUT", "/v1/load-balancers/front?plan=1", settings)).plan.warnings;
    expect(await warnings({ healthCheck: { path: "/never" } })).toEqual([
      "Instances that do not answer GET /never with 200 get no requests after 2 probes, 60 s, while another is healthy",
    ]);
    expect(await warnings({ healthCheck: { intervalMs: 10_000 } })).toEqual([]);
  });

  test("names that lead to one are answered with its address, and it is not deleted while they do", async () => {
    await createInstances("web-1");
    await json("POST", "/v1/domains", { name: "shop.test" });
    await json("POST", "/v1/load-balancers", { name: "front", instances: ["web-1"] });
    const assigned = await json<WriteAnswer>("POST", "/v1/assignments", {
      name: "shop.test",
      resource: "front",
      https: false,
    });
    expect(assigned.plan.records).toMatchObject([
      { zone: "shop.test", added: ["shop.test. 60 IN A 127.53.8.2", "shop.test. 60 IN AAAA ::1"] },
    ]);
    expect(api.roles.edge.objects.get("host/shop.test")).toMatchObject({ resourceId: resource("front")?.id });
    expect(await refused("DELETE", "/v1/load-balancers/front")).toMatchObject({
      code: "resource-in-use",
      message: 'Cannot delete load balancer "front": shop.test leads to it',
    });
    expect(await refused("DELETE", "/v1/instances/web-1")).toMatchObject({
      code: "resource-in-use",
      message: 'Cannot delete instance "web-1": it is attached to load balancer front',
    });
    await json("DELETE", "/v1/assignments/shop.test");
    const deleted = await json<WriteAnswer>("DELETE", "/v1/load-balancers/front");
    expect(resource("front")).toBeUndefined();
    await undo(deleted);
    expect(targets("front")).toEqual(["web-1"]);
  });

  test("an instance that leaves drains until the edge says that nothing is under way", async () => {
    await createInstances("web-1", "web-2");
    await json("POST", "/v1/load-balancers", { name: "front", instances: ["web-1", "web-2"] });
    api.roles.edge.underWay = new Map([["web-1", 3]]);
    const detached = await json<WriteAnswer>("POST", "/v1/load-balancers/front/detach", {
      instances: ["web-1"],
    });
    expect(targets("front")).toEqual(["web-2", "web-1 drains"]);
    expect(await operationOf(detached)).toMatchObject({
      status: "Started",
      operationDetails: expect.stringMatching(
        /^Requests under way at web-1 are finished: 3 under way; what is left ends at /,
      ),
    });
    const shown = await json<LoadBalancer>("GET", "/v1/load-balancers/front");
    expect(shown.instanceHealthSummary).toContainEqual({
      instanceName: "web-1",
      instanceHealth: "draining",
      instanceHealthReason: "Instance.DeregistrationInProgress",
      requestsUnderWay: 3,
    });
    api.roles.edge.underWay = new Map([["web-1", 1]]);
    api.roles.edge.tellTargets();
    expect((await operationOf(detached)).operationDetails).toContain("1 under way");
    api.roles.edge.underWay = new Map();
    api.roles.edge.tellTargets();
    await settle();
    expect(await operationOf(detached)).toMatchObject({ status: "Succeeded" });
    expect(targets("front")).toEqual(["web-2"]);
  });

  test("a drain ends when its time is up, across a restart of control too, whatever the edge says", async () => {
    await createInstances("web-1");
    await json("POST", "/v1/load-balancers", {
      name: "front",
      instances: ["web-1"],
      settings: { drainMs: 60_000 },
    });
    api.roles.edge.underWay = null;
    const { plan } = await json<WriteAnswer>("POST", "/v1/load-balancers/front/detach", {
      instances: ["web-1"],
    });
    expect(plan.warnings).toEqual(["front has no instance left: its visitors get 503 Service Unavailable"]);
    api.time.advance(40_000);
    await settle();
    expect(targets("front")).toEqual(["web-1 drains"]);
    api.roles.edge.disconnect();
    api.control.hub.close();
    api.time.forget();
    await api.restart();
    api.roles.edge.connect(api.control.hub);
    await settle();
    expect(targets("front")).toEqual(["web-1 drains"]);
    api.time.advance(20_000);
    await settle();
    expect(targets("front")).toEqual([]);
  });

  test("a plan that is carried out later drains from then on", async () => {
    await createInstances("web-1");
    await json("POST", "/v1/load-balancers", {
      name: "front",
      instances: ["web-1"],
      settings: { drainMs: 60_000 },
    });
    api.roles.edge.underWay = new Map([["web-1", 1]]);
    const plan = await json<Plan>("POST", "/v1/plans", {
      command: { action: "detach-instances", loadBalancer: "front", instances: ["web-1"] },
    });
    api.time.advance(50_000);
    await json("POST", `/v1/plans/${plan.id}/apply`, {});
    api.time.advance(50_000);
    await settle();
    expect(targets("front")).toEqual(["web-1 drains"]);
    api.time.advance(10_000);
    await settle();
    expect(targets("front")).toEqual([]);
  });

  test("who comes back while it drains stays, by a new attachment or an undo", async () => {
    await createInstances("web-1");
    await json("POST", "/v1/load-balancers", { name: "front", instances: ["web-1"] });
    api.roles.edge.underWay = new Map([["web-1", 1]]);
    const first = await json<WriteAnswer>("POST", "/v1/load-balancers/front/detach", {
      instances: ["web-1"],
    });
    await json("POST", "/v1/load-balancers/front/attach", { instances: ["web-1"] });
    expect(targets("front")).toEqual(["web-1"]);
    expect(await operationOf(first)).toMatchObject({ status: "Succeeded" });
    const second = await json<WriteAnswer>("POST", "/v1/load-balancers/front/detach", {
      instances: ["web-1"],
    });
    expect(targets("front")).toEqual(["web-1 drains"]);
    await undo(second);
    expect(targets("front")).toEqual(["web-1"]);
    api.time.advance(600_000);
    await settle();
    expect(targets("front")).toEqual(["web-1"]);
  });

  test("the undo of an attachment drains as a detachment does", async () => {
    await createInstances("web-1");
    await json("POST", "/v1/load-balancers", { name: "front" });
    const attached = await json<WriteAnswer>("POST", "/v1/load-balancers/front/attach", {
      instances: ["web-1"],
    });
    api.roles.edge.underWay = new Map([["web-1", 1]]);
    await undo(attached);
    expect(targets("front")).toEqual(["web-1 drains"]);
    api.roles.edge.underWay = new Map();
    api.roles.edge.tellTargets();
    await settle();
    expect(targets("front")).toEqual([]);
  });

  test("who leaves one load balancer goes on at another", async () => {
    await createInstances("web-1");
    await json("POST", "/v1/load-balancers", { name: "one", instances: ["web-1"] });
    await json("POST", "/v1/load-balancers", { name: "two", instances: ["web-1"] });
    api.roles.edge.underWay = new Map([["web-1", 1]]);
    await json("POST", "/v1/load-balancers/one/detach", { instances: ["web-1"] });
    expect([...targets("one"), ...targets("two"), ...targets("web-1")]).toEqual([
      "web-1 drains",
      "web-1",
      "web-1",
    ]);
  });

  test("what is known of an instance at one load balancer stays when it comes to another, or leaves that", async () => {
    await createInstances("web-1");
    await json("POST", "/v1/load-balancers", { name: "one", instances: ["web-1"] });
    api.roles.edge.underWay = null;
    const health = async (name: string): Promise<unknown> =>
      (await json<LoadBalancer>("GET", `/v1/load-balancers/${name}`)).instanceHealthSummary[0]
        ?.instanceHealth;
    await json("POST", "/v1/load-balancers", { name: "two", instances: ["web-1"] });
    expect([await health("one"), await health("two")]).toEqual(["healthy", "initial"]);
    await json("POST", "/v1/load-balancers/two/detach", { instances: ["web-1"] });
    expect([await health("one"), await health("two")]).toEqual(["healthy", "draining"]);
  });

  test("a health path that never answers is told by operation and summary, and what serves serves on", async () => {
    await createInstances("web-1", "web-2");
    await json("POST", "/v1/load-balancers", { name: "front", instances: ["web-1"] });
    api.roles.edge.underWay = null;
    const attached = await json<WriteAnswer>("POST", "/v1/load-balancers/front/attach", {
      instances: ["web-2"],
    });
    expect(await operationOf(attached)).toMatchObject({ status: "Started" });
    const { id = "", targets: given = [] } = resource("front") ?? {};
    const detail = "no answer within 5 s";
    api.roles.edge.send({
      type: "report",
      report: {
        type: "targets",
        resourceId: id,
        targets: given.map((target) =>
          target.name === "web-2"
            ? { id: target.id, state: "unhealthy", reason: "Instance.Timeout", detail, underWay: 0 }
            : { id: target.id, state: "healthy", underWay: 2 },
        ),
      },
    });
    expect(await operationOf(attached)).toMatchObject({
      status: "Failed",
      errorCode: "health-check-failed",
      errorDetails: `web-2 gets no requests while another instance is healthy: GET /: ${detail}`,
    });
    expect(await json<LoadBalancer>("GET", "/v1/load-balancers/front")).toMatchObject({
      state: "active",
      instanceHealthSummary: [
        { instanceName: "web-1", instanceHealth: "healthy", requestsUnderWay: 2 },
        {
          instanceName: "web-2",
          instanceHealth: "unhealthy",
          instanceHealthReason: "Instance.Timeout",
          detail,
        },
      ],
    });
    expect(targets("front")).toEqual(["web-1", "web-2"]);
  });

  test("an operation that a restart makes anew does not judge an attachment of long ago by today's health", async () => {
    await createInstances("web-1");
    const attached = await json<WriteAnswer>("POST", "/v1/load-balancers", {
      name: "front",
      instances: ["web-1"],
    });
    expect(await json("GET", "/v1/instances/web-1")).toMatchObject({ loadBalancers: ["front"] });
    const restart = async (): Promise<string> => {
      for (const role of Object.values(api.roles)) role.disconnect();
      api.control.hub.close();
      api.time.forget();
      await api.restart();
      for (const role of Object.values(api.roles)) role.connect(api.control.hub);
      const target = { id: resource("front")?.targets[0]?.id, state: "unhealthy", underWay: 0 };
      const report = { type: "targets", resourceId: resource("front")?.id, targets: [target] };
      api.roles.edge.send({ type: "report", report });
      await settle();
      return (await operationOf(attached)).status;
    };
    api.roles.edge.underWay = null;
    expect(await restart()).toBe("Failed");
    api.time.advance(600_001);
    expect(await restart()).toBe("Succeeded");
  });

  test("nothing is known while the edge is away", async () => {
    await createInstances("web-1");
    await json("POST", "/v1/load-balancers", { name: "front", instances: ["web-1"] });
    api.roles.edge.disconnect();
    expect(await json<LoadBalancer>("GET", "/v1/load-balancers/front")).toMatchObject({
      state: "unknown",
      instanceHealthSummary: [{ instanceName: "web-1", instanceHealth: "unavailable" }],
    });
  });

  test("instances of ours must run to be attached", async () => {
    await json("POST", "/v1/instances", { name: "site", run: { kind: "site", folder: "/srv" } });
    await json("POST", "/v1/load-balancers", { name: "front" });
    const { id } = await json<{ id: string }>("GET", "/v1/instances/site");
    const path = "/v1/load-balancers/front/attach";
    const planned = await json<WriteAnswer>("POST", `${path}?plan=1`, { instances: ["site"] });
    expect(planned.plan.warnings).toEqual([
      "site does not run yet: it gets requests once its health check succeeds",
    ]);
    const state = "failed";
    api.roles.runtime.send({ type: "report", report: { type: "instance", instance: { id, state } } });
    expect(await refused("POST", path, { instances: ["site"] })).toMatchObject({
      code: "state-wrong",
      message:
        'Cannot attach site to load balancer "front": "site" is failed, and only running instances can be attached',
    });
  });

  test.each<[string, string, string, unknown, string, RegExp]>([
    [
      "a name that is taken",
      "POST",
      "",
      { name: "web-1" },
      "resource-exists",
      /there is an instance of that name already$/,
    ],
    ["a name of slashes", "POST", "", { name: "../front" }, "input-malformed", /expected letters/],
    ["a zone's name", "POST", "", { name: "shop.test" }, "resource-exists", /a zone has that name$/],
    [
      "an instance that is none",
      "POST",
      "",
      { name: "lb", instances: ["x"] },
      "resource-not-found",
      /there is no instance "[^"]+"$/,
    ],
    [
      "an instance twice",
      "POST",
      "",
      { name: "lb", instances: ["web-1", "web-1"] },
      "input-malformed",
      /named twice$/,
    ],
    [
      "a load balancer behind one",
      "POST",
      "/front/attach",
      { instances: ["front"] },
      "resource-not-found",
      /"front" is a load balancer, and no instance$/,
    ],
    [
      "what is attached already",
      "POST",
      "/front/attach",
      { instances: ["web-1"] },
      "state-wrong",
      /attached already$/,
    ],
    [
      "to detach what is not attached",
      "POST",
      "/front/detach",
      { instances: ["x"] },
      "resource-not-found",
      /"x" is not attached to it$/,
    ],
    [
      "a load balancer that is none",
      "POST",
      "/back/attach",
      { instances: ["web-1"] },
      "resource-not-found",
      /no load balancer/,
    ],
    [
      "a path without its slash",
      "PUT",
      "/front",
      { healthCheck: { path: "health" } },
      "input-malformed",
      /is no path/,
    ],
    [
      "a path with line ends",
      "PUT",
      "/front",
      { healthCheck: { path: "/a\r\nHost: b" } },
      "input-malformed",
      /is no path/,
    ],
    [
      "codes that are none",
      "PUT",
      "/front",
      { healthCheck: { successCodes: "200-100" } },
      "input-malformed",
      /no status codes/,
    ],
    [
      "a timeout beyond the interval",
      "PUT",
      "/front",
      { healthCheck: { intervalMs: 1000 } },
      "input-malformed",
      /may take 5 s/,
    ],
    ["an interval of nothing", "PUT", "/front", { healthCheck: { intervalMs: 0 } }, "input-malformed", /./],
    [
      "a TLS policy of its own",
      "PUT",
      "/front",
      { tlsPolicyName: "best" },
      "input-malformed",
      /TLS-2016-08 and TLS-FS-Res-1-2-2019-08$/,
    ],
    [
      "a redirect without certificate",
      "PUT",
      "/front",
      { redirectsToHttps: true },
      "state-wrong",
      /no certificate/,
    ],
    [
      "a change of nothing",
      "PUT",
      "/front",
      { algorithm: "round-robin" },
      "input-malformed",
      /nothing of it/,
    ],
    [
      "a certificate that is none",
      "POST",
      "/front/certificates",
      { certificate: "x" },
      "resource-not-found",
      /no certificate of that name$/,
    ],
    [
      "to detach a certificate",
      "DELETE",
      "/front/certificates/x",
      undefined,
      "resource-not-found",
      /not attached to it$/,
    ],
  ])("refuse %s, and nothing changes", async (_, method, path, body, code, message) => {
    await createInstances("web-1");
    await json("POST", "/v1/domains", { name: "shop.test" });
    await json("POST", "/v1/load-balancers", { name: "front", instances: ["web-1"] });
    const head = await api.store.head();
    const answer = await refused(method, `/v1/load-balancers${path}`, body);
    expect(answer).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(await api.store.head()).toBe(head);
  });
});
