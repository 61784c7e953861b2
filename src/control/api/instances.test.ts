// Instances and assignments: what edge, runtime and zones get, and every way in which they are refused.

import { instanceResource, type Instance, type Operation, type WriteAnswer } from "#contract";
import { beforeEach, describe, expect, test } from "vitest";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json, lines, refused } = api;
beforeEach(api.start);

describe("instances", () => {
  const site = { kind: "site", folder: "/srv/web" };
  beforeEach(() => json("POST", "/v1/domains", { name: "shop.test" }));

  test("create, assign, unassign and delete bear on edge, runtime and records", async () => {
    const created = await json<WriteAnswer>("POST", "/v1/instances", { name: "web", run: site });
    expect(created.operation).toMatchObject({ status: "Started", isTerminal: false });
    const instance = await json<Instance>("GET", "/v1/instances/web");
    expect(instance).toMatchObject({
      state: "pending",
      publicAddresses: [
        { family: "ipv4", address: "127.53.8.1" },
        { family: "ipv6", address: "::1" },
      ],
      privateAddress: "127.53.9.1",
      region: "local",
    });
    const { id } = instance;
    api.roles.runtime.send({
      type: "report",
      report: { type: "instance", instance: { id, state: "running", pid: 5 } },
    });
    const operation = await json<Operation>("GET", `/v1/operations/${created.operation?.id}`);
    expect(operation).toMatchObject({ status: "Succeeded", isTerminal: true });
    expect(operation.steps.map(({ title }) => title)).toEqual([
      expect.stringMatching(/^Recorded as revision \d+$/),
      expect.stringMatching(/^Zone fairlead\.internal answers with serial \d+ on all 4 name servers$/),
      "The edge routes by the change",
      "The runtime has taken the change over",
      "The instance runs",
    ]);
    await json("POST", "/v1/assignments", { name: "shop.test", resource: "web", https: false });
    expect(lines("shop.test.", "shop.test.")).toEqual(
      expect.arrayContaining(["60 A 127.53.8.1", "60 AAAA ::1"]),
    );
    expect([...api.roles.edge.objects.values()]).toEqual([
      instanceResource({
        id: id,
        name: "web",
        addresses: ["127.53.8.1"],
        listen: [{ address: "127.53.9.1", port: 8080 }],
      }),
      { kind: "host", host: "shop.test", resourceId: id },
    ]);
    expect(api.roles.runtime.objects.get(`instance/${id}`)).toMatchObject({
      name: "web",
      run: site,
      desired: "running",
    });
    expect(await refused("DELETE", "/v1/instances/web")).toMatchObject({
      code: "resource-in-use",
      message: 'Cannot delete instance "web": shop.test leads to it',
    });
    expect(
      await refused("PUT", "/v1/zones/shop.test/rrsets", { name: "@", type: "A", records: ["192.0.2.1"] }),
    ).toMatchObject({
      code: "record-conflict",
      message: 'Cannot change A records at "shop.test": the name is assigned to "web"',
    });
    await json("DELETE", "/v1/assignments/shop.test");
    await json("DELETE", "/v1/instances/web");
    expect(api.roles.edge.objects.size + api.roles.runtime.objects.size).toBe(0);
    expect(lines("shop.test.", "shop.test.").some((line) => line.includes(" A "))).toBe(false);
  });

  test("assign explains records that stand in the way", async () => {
    await json("POST", "/v1/instances", { name: "old", run: { kind: "address", address: "::1", port: 9 } });
    await json("PUT", "/v1/zones/shop.test/rrsets", { name: "www", type: "CNAME", records: ["x"] });
    expect(
      await refused("POST", "/v1/assignments", { name: "www.shop.test", resource: "old" }),
    ).toMatchObject({
      code: "record-conflict",
      message: 'Cannot assign "www.shop.test": it has CNAME records already; delete them first',
    });
  });

  test("addresses run out with one clear sentence, and come back", async () => {
    const run = { kind: "address", address: "192.0.2.1", port: 80 };
    for (const name of ["a1", "a2", "a3"]) await json("POST", "/v1/instances", { name, run });
    expect(await refused("POST", "/v1/instances", { name: "a4", run })).toMatchObject({
      code: "addresses-exhausted",
    });
    await json("DELETE", "/v1/instances/a2");
    await json("POST", "/v1/instances", { name: "a4", run });
    expect((await json<Instance>("GET", "/v1/instances/a4")).publicAddresses[0]?.address).toBe("127.53.8.2");
  });

  test.each([
    ["a relative folder", { name: "web", run: { kind: "site", folder: "web" } }, "input-malformed"],
    ["a name of slashes", { name: "../web", run: site }, "input-malformed"],
    ["a zone's name", { name: "shop.test", run: site }, "resource-exists"],
    [
      "a malformed address",
      { name: "web", run: { kind: "address", address: "here", port: 80 } },
      "address-malformed",
    ],
    ["port 0", { name: "web", run: { kind: "address", address: "::1", port: 0 } }, "input-malformed"],
    [
      "an empty command",
      { name: "web", run: { kind: "command", command: [], folder: "/" } },
      "input-malformed",
    ],
    [
      "a command that no process can be started with",
      { name: "web", run: { kind: "command", command: ["echo", '"'.repeat(17_000)], folder: "/" } },
      "input-too-large",
    ],
  ])("create refuses %s", async (_, body, code) => {
    const head = await api.store.head();
    expect(await refused("POST", "/v1/instances", body)).toMatchObject({ code });
    expect(await api.store.head()).toBe(head);
  });

  test("an instance that fails makes its operation fail with the reason", async () => {
    const { operation } = await json<WriteAnswer>("POST", "/v1/instances", { name: "web", run: site });
    const { id } = await json<Instance>("GET", "/v1/instances/web");
    api.roles.runtime.send({
      type: "report",
      report: { type: "instance", instance: { id, state: "failed", reason: "exit 1" } },
    });
    expect(await json("GET", `/v1/operations/${operation?.id}`)).toMatchObject({
      status: "Failed",
      errorCode: "instance-failed",
      errorDetails: "exit 1",
    });
    expect(await json("GET", "/v1/instances/web/logs?lines=5")).toEqual({ lines: ["line"] });
  });
});
