// Static IPs through the API: what the edge and the zones are given as they move, and every way in which they are refused.

import type { StaticIp, WriteAnswer } from "#contract";
import { beforeEach, describe, expect, test } from "vitest";
import { trafficApi } from "./testing-traffic.ts";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json, lines, refused } = api;
const { createInstances, resource, undo } = trafficApi(api);
beforeEach(api.start);

describe("static IPs", () => {
  test("one leads to its instance, moves while it serves, and comes back by an undo", async () => {
    await createInstances("web-1");
    await json("POST", "/v1/domains", { name: "shop.test" });
    await json("POST", "/v1/assignments", { name: "shop.test", resource: "web-1" });
    await json("POST", "/v1/static-ips", { name: "front" });
    const attached = await json<WriteAnswer>("POST", "/v1/static-ips/front/attach", { instance: "web-1" });
    expect(attached.plan.changes.map(({ text }) => text)).toEqual([
      "Attach static IP front (127.53.8.2, ::1) to web-1",
    ]);
    // The name leads to the instance, whose address is another one now; the old one still works.
    expect(attached.plan.records).toMatchObject([
      { zone: "fairlead.internal" },
      { removed: ["shop.test. 60 IN A 127.53.8.1"], added: ["shop.test. 60 IN A 127.53.8.2"] },
    ]);
    expect(attached.plan.oldAnswersUntil).toBeDefined();
    expect(resource("web-1")?.addresses).toEqual(["127.53.8.2", "127.53.8.1"]);
    expect(await json<StaticIp>("GET", "/v1/static-ips/front")).toMatchObject({
      isAttached: true,
      attachedTo: "web-1",
      dnsName: "front.static-ips.fairlead.internal",
      publicAddresses: [{ address: "127.53.8.2" }, { address: "::1" }],
    });
    await createInstances("web-2");
    const moved = await json<WriteAnswer>("POST", "/v1/static-ips/front/attach", { instance: "web-2" });
    expect(moved.plan.warnings).toEqual([
      "front leaves web-1: who comes to its address is led to web-2, and web-1 keeps its own address",
    ]);
    expect(resource("web-1")?.addresses).toEqual(["127.53.8.1"]);
    expect(resource("web-2")?.addresses).toEqual(["127.53.8.2", "127.53.8.3"]);
    await undo(moved);
    expect(resource("web-1")?.addresses).toEqual(["127.53.8.2", "127.53.8.1"]);
    expect(await json("GET", "/v1/instances/web-1")).toMatchObject({ staticIp: "front", loadBalancers: [] });
    expect(await refused("DELETE", "/v1/instances/web-1")).toMatchObject({
      code: "resource-in-use",
      message: expect.stringContaining("static IP front is attached to it"),
    });
  });

  test("a name that leads to one follows where it is attached", async () => {
    await createInstances("web-1", "web-2");
    await json("POST", "/v1/domains", { name: "shop.test" });
    await json("POST", "/v1/static-ips", { name: "front", instance: "web-1" });
    await json("POST", "/v1/assignments", { name: "shop.test", resource: "front" });
    const routed = (): unknown => api.roles.edge.objects.get("host/shop.test");
    expect(routed()).toMatchObject({ resourceId: resource("web-1")?.id });
    await json("POST", "/v1/static-ips/front/attach", { instance: "web-2" });
    expect(routed()).toMatchObject({ resourceId: resource("web-2")?.id });
    const { plan } = await json<WriteAnswer>("POST", "/v1/static-ips/front/detach", {});
    expect(plan.warnings).toEqual([
      "Nothing answers any more at the names that lead to front until it is attached again",
    ]);
    expect(routed()).toBeUndefined();
    expect(lines("shop.test.", "shop.test.")).toContain("60 A 127.53.8.3");
    expect(await refused("DELETE", "/v1/static-ips/front")).toMatchObject({
      code: "resource-in-use",
      message: 'Cannot release static IP "front": shop.test leads to it',
    });
  });

  test("a release detaches, gives the address back, and can be undone while the instance is there", async () => {
    await createInstances("web-1");
    await json("POST", "/v1/static-ips", { name: "front", instance: "web-1" });
    const released = await json<WriteAnswer>("DELETE", "/v1/static-ips/front");
    expect(released.plan.warnings).toEqual([
      "web-1 loses front: it is found at its own address alone from now on",
    ]);
    expect(resource("web-1")?.addresses).toEqual(["127.53.8.1"]);
    const removed = await json<WriteAnswer>("DELETE", "/v1/instances/web-1");
    expect(await refused("POST", `/v1/changes/${released.change?.id}/undo`, {})).toMatchObject({
      code: "undo-refused",
      message: expect.stringContaining(
        `instance web-1, which static IP front had, was deleted by change ${removed.change?.revision}`,
      ),
    });
    await undo(removed);
    await undo(released);
    expect(resource("web-1")?.addresses).toEqual(["127.53.8.2", "127.53.8.1"]);
  });

  test("an undo that would give an instance a second one, or a name to two resources, is refused", async () => {
    await createInstances("web-1");
    await json("POST", "/v1/static-ips", { name: "one", instance: "web-1" });
    const detached = await json<WriteAnswer>("POST", "/v1/static-ips/one/detach", {});
    const second = await json<WriteAnswer>("POST", "/v1/static-ips", { name: "two", instance: "web-1" });
    expect(await refused("POST", `/v1/changes/${detached.change?.id}/undo`, {})).toMatchObject({
      code: "undo-refused",
      message: expect.stringContaining(`web-1 has static IP two since change ${second.change?.revision}`),
    });
    const released = await json<WriteAnswer>("DELETE", "/v1/static-ips/two");
    await json("DELETE", "/v1/static-ips/one");
    const other = await json<WriteAnswer>("POST", "/v1/load-balancers", { name: "two" });
    expect(await refused("POST", `/v1/changes/${released.change?.id}/undo`, {})).toMatchObject({
      code: "undo-refused",
      message: expect.stringContaining(
        `a load balancer has the name of static IP two since change ${other.change?.revision}`,
      ),
    });
  });

  test.each<[string, string, string, unknown, string, RegExp]>([
    ["a name that is taken", "POST", "", { name: "web-1" }, "resource-exists", /an instance of that name/],
    [
      "an instance that is none",
      "POST",
      "",
      { name: "ip", instance: "x" },
      "resource-not-found",
      /there is no instance "[^"]+"$/,
    ],
    [
      "a static IP as instance",
      "POST",
      "",
      { name: "ip", instance: "front" },
      "resource-not-found",
      /is a static IP, and no instance$/,
    ],
    [
      "a second one",
      "POST",
      "/spare/attach",
      { instance: "web-1" },
      "state-wrong",
      /has static IP "front" already/,
    ],
    [
      "where it is attached",
      "POST",
      "/front/attach",
      { instance: "web-1" },
      "state-wrong",
      /attached there already$/,
    ],
    ["to detach what is free", "POST", "/spare/detach", {}, "state-wrong", /attached to nothing$/],
    [
      "to release what is none",
      "DELETE",
      "/x",
      undefined,
      "resource-not-found",
      /no static IP of that name$/,
    ],
    [
      "one more than there are addresses",
      "POST",
      "",
      { name: "ip" },
      "addresses-exhausted",
      /all 3 are in use/,
    ],
  ])("refuse %s, and nothing changes", async (_, method, path, body, code, message) => {
    await createInstances("web-1");
    await json("POST", "/v1/static-ips", { name: "front", instance: "web-1" });
    await json("POST", "/v1/static-ips", { name: "spare" });
    if (code === "resource-not-found") await json("DELETE", "/v1/static-ips/spare");
    const head = await api.store.head();
    const answer = await refused(method, `/v1/static-ips${path}`, body);
    expect(answer).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(await api.store.head()).toBe(head);
  });
});
