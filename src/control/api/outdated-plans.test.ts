// Plans that are made side by side and applied one after the other: what each was allowed when it was made, both together are not.

import type { Command, Instance, Plan, StaticIp } from "#contract";
import { beforeEach, expect, test } from "vitest";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { call, json, refused } = api;
const run = { kind: "address", address: "192.0.2.1", port: 8080 } as const;
const site = { kind: "site", folder: "/srv" } as const;

beforeEach(async () => {
  await api.start();
  await json("POST", "/v1/domains", { name: "shop.test" });
  await json("POST", "/v1/instances", { name: "web", run: site });
});

async function plan(command: Command): Promise<string> {
  return (await json<Plan>("POST", "/v1/plans", { command })).id;
}

const put = (name: string, type: string, record: string): Command => ({
  action: "put-rrset",
  zone: "shop.test",
  name,
  type,
  records: [record],
});

test.each<[string, Command, Command, string]>([
  [
    "one name for resources of two kinds",
    { action: "create-instance", name: "front", run },
    { action: "allocate-static-ip", name: "front" },
    'Cannot apply "Allocate static IP front": something else was changed since the plan was made, and now there is an instance of that name already',
  ],
  [
    "the name of an instance and of a domain",
    { action: "register", name: "front.test" },
    { action: "create-instance", name: "front.test", run },
    'Cannot apply "Create instance front.test": something else was changed since the plan was made, and now a zone has that name',
  ],
  [
    "a load balancer over what is deleted",
    { action: "create-load-balancer", name: "front", instances: ["web"] },
    { action: "delete-instance", name: "web" },
    'Cannot apply "Delete instance web": something else was changed since the plan was made, and now it is attached to load balancer front',
  ],
  [
    "a CNAME beside other records",
    put("www", "CNAME", "elsewhere.test."),
    put("www", "A", "192.0.2.1"),
    'Cannot apply "Put A records at www.shop.test": something else was changed since the plan was made, and now a CNAME record stands alone, and there is also A',
  ],
  [
    "records of an assigned name",
    { action: "assign", name: "www.shop.test", resource: "web", https: false },
    put("www", "A", "192.0.2.1"),
    'Cannot apply "Put A records at www.shop.test": something else was changed since the plan was made, and now the name is assigned to "web"',
  ],
])("%s: the plan that is applied second is refused", async (_, first, second, message) => {
  const [one, two] = [await plan(first), await plan(second)];
  expect((await call("POST", `/v1/plans/${one}/apply`, {})).status).toBe(200);
  expect(await refused("POST", `/v1/plans/${two}/apply`, {})).toMatchObject({
    status: 409,
    code: "change-conflict",
    message,
  });
});

test("two instances do not get one address, and an instance does not get two static IPs", async () => {
  const plans = [
    await plan({ action: "create-instance", name: "one", run: site }),
    await plan({ action: "allocate-static-ip", name: "two" }),
  ];
  await json("POST", `/v1/plans/${plans[0]}/apply`, {});
  expect(await refused("POST", `/v1/plans/${plans[1]}/apply`, {})).toMatchObject({
    code: "change-conflict",
    message:
      'Cannot apply "Allocate static IP two": something else was changed since the plan was made, and now an address that it gives is in use',
  });
  await json("POST", "/v1/static-ips", { name: "two" });
  const addresses = [
    (await json<Instance>("GET", "/v1/instances/one")).publicAddresses[0]?.address,
    (await json<StaticIp>("GET", "/v1/static-ips/two")).publicAddresses[0]?.address,
  ];
  expect(addresses).toEqual(["127.53.8.2", "127.53.8.3"]);
  await json("DELETE", "/v1/instances/one");
  api.roles.edge.tellTargets();
  await api.pass(31_000);
  await json("POST", "/v1/static-ips", { name: "three" });
  const attach = (name: string): Promise<string> =>
    plan({ action: "attach-static-ip", name, instance: "web" });
  const both = [await attach("two"), await attach("three")];
  await json("POST", `/v1/plans/${both[0]}/apply`, {});
  expect(await refused("POST", `/v1/plans/${both[1]}/apply`, {})).toMatchObject({ code: "change-conflict" });
});

test("what bears on nothing of each other is applied in any order", async () => {
  const plans = [
    await plan(put("a", "A", "192.0.2.1")),
    await plan(put("b", "A", "192.0.2.2")),
    await plan({ action: "stop-instance", name: "web" }),
    await plan({ action: "assign", name: "www.shop.test", resource: "web", https: false }),
  ];
  for (const id of plans.reverse())
    expect((await call("POST", `/v1/plans/${id}/apply`, {})).status).toBe(200);
});
