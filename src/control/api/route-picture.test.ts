// The picture of routes through the API: every way from a name to a page, with how each step does and the first thing that is wrong.

import type { RouteNode, RoutePicture } from "#contract";
import { beforeEach, expect, test } from "vitest";
import { testConfig } from "../testing.ts";
import { trafficApi } from "./testing-traffic.ts";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json, refused, pass } = api;
const { createInstances, resource } = trafficApi(api);

const { profile } = testConfig;
const edge = { ...profile.edge, addresses: [1, 2, 3, 4, 5, 6].map((i) => `127.53.8.${i}`) };
const config = { ...testConfig, profile: { ...profile, edge } };

beforeEach(async () => {
  await api.startWith(config);
  await json("POST", "/v1/domains", { name: "shop.test" });
  await pass(100);
});

const draw = (query = ""): Promise<RoutePicture> => json("GET", `/v1/routes${query}`);

/** The ways of a picture in words, from the left. */
function waysOf({ nodes, edges }: RoutePicture): string[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const follow = (node: RouteNode, way: string): string[] => {
    const next = edges.filter(({ from }) => from === node.id).flatMap(({ to }) => byId.get(to) ?? []);
    const here = `${way}${way === "" ? "" : " > "}${node.title} (${node.word})`;
    return next.length === 0 ? [here] : next.flatMap((one) => follow(one, here));
  };
  return nodes.filter(({ column }) => column === "name").flatMap((node) => follow(node, ""));
}

const reachOf = ({ nodes }: RoutePicture, title: string): string | undefined =>
  nodes.find((node) => node.title === title)?.reach;

/** The runtime reports how an instance's process does. */
async function report(name: string, state: "running" | "failed", reason?: string): Promise<void> {
  const id = resource(name)?.id;
  api.roles.runtime.send({
    type: "report",
    report: { type: "instance", instance: { id, state, ...(reason === undefined ? {} : { reason }) } },
  });
  await pass(10);
}

async function createSite(name: string): Promise<void> {
  await json("POST", "/v1/instances", { name, run: { kind: "site", folder: "/srv/site" } });
  await report(name, "running");
}

test("an assigned name leads over its record to an instance and where it listens", async () => {
  await createSite("web");
  await json("POST", "/v1/assignments", { name: "shop.test", resource: "web" });
  await pass(1000);
  const picture = await draw();
  expect(waysOf(picture)).toEqual([
    "shop.test (found) > assigned (published) > web (running) > 127.53.9.1:8080 (running)",
  ]);
  expect(picture.nodes.map(({ reach }) => reach)).toEqual(["ok", "ok", "ok", "ok"]);
  expect(picture).toMatchObject({ problems: [], nameCount: 1, isCut: false });
  await report("web", "failed", "exit status 1");
  const broken = await draw();
  expect(broken.picture).not.toBe(picture.picture);
  expect(reachOf(broken, "shop.test")).toBe("down");
  expect(broken.problems).toEqual([
    { name: "shop.test", nodeId: "resource/web", text: "web: exit status 1" },
  ]);
});

test("a load balancer is impaired while one of its instances fails, and a distribution in front of it is as it", async () => {
  await createInstances("web-1", "web-2");
  await json("POST", "/v1/load-balancers", { name: "front", instances: ["web-1", "web-2"] });
  await json("POST", "/v1/distributions", { name: "site", origin: "front" });
  await json("PUT", "/v1/zones/shop.test/aliases", { name: "www", target: "site" });
  await pass(1000);
  expect(waysOf(await draw())).toEqual([
    "www.shop.test (found) > alias (published) > site (deployed) > front (2 of 2 healthy) > web-1 (healthy)",
    "www.shop.test (found) > alias (published) > site (deployed) > front (2 of 2 healthy) > web-2 (healthy)",
  ]);
  const targets = resource("front")?.targets ?? [];
  const tell = (state: string): void =>
    api.roles.edge.send({
      type: "report",
      report: {
        type: "targets",
        resourceId: resource("front")?.id,
        targets: targets.map(({ id, name }) => ({
          id,
          state: name === "web-1" ? state : "unhealthy",
          detail: "503 Service Unavailable in 2 ms",
          underWay: 0,
        })),
      },
    });
  tell("healthy");
  const impaired = await draw();
  expect(reachOf(impaired, "www.shop.test")).toBe("impaired");
  expect(impaired.problems).toMatchObject([
    { nodeId: "resource/front", text: expect.stringContaining("web-2") as string },
  ]);
  tell("unhealthy");
  const down = await draw();
  expect(reachOf(down, "www.shop.test")).toBe("down");
  expect(reachOf(down, "site")).toBe("down");
  api.roles.edge.disconnect();
  const away = await draw();
  expect(reachOf(away, "www.shop.test")).toBe("unknown");
});

test("records of one's own lead to resources by address, over a CNAME, or away from here", async () => {
  await createSite("web");
  await json("POST", "/v1/static-ips", { name: "anchor" });
  await json("POST", "/v1/static-ips/anchor/attach", { instance: "web" });
  const addressOf = async (name: string): Promise<string> =>
    (await json<{ publicAddresses: { address: string }[] }>("GET", `/v1/static-ips/${name}`))
      .publicAddresses[0]?.address ?? "";
  const put = (name: string, type: string, ...records: string[]): Promise<unknown> =>
    json("PUT", "/v1/zones/shop.test/rrsets", { name, type, records });
  await put("a", "A", await addressOf("anchor"));
  await put("c", "CNAME", "a.shop.test.");
  await put("out", "A", "192.0.2.7");
  await put("away", "CNAME", "www.example.org.");
  await put("shared", "AAAA", "::1");
  await put("lost", "CNAME", "nobody.shop.test.");
  await pass(1000);
  const picture = await draw();
  const behind = "anchor (attached) > web (running) > 127.53.9.1:8080 (running)";
  expect(waysOf(picture)).toEqual([
    `a.shop.test (found) > A, AAAA (published) > ${behind}`,
    "away.shop.test (found) > CNAME (published) > www.example.org (served elsewhere)",
    `c.shop.test (found) > CNAME (published) > ${behind}`,
    "lost.shop.test (found) > CNAME (leads to nothing)",
    "out.shop.test (found) > A, AAAA (published) > 192.0.2.7 (another address)",
    "shared.shop.test (found) > A, AAAA (leads to nothing)",
  ]);
  expect(picture.problems.map(({ name }) => name)).toEqual(["lost.shop.test", "shared.shop.test"]);
  expect(picture.problems[0]?.text).toBe("nobody.shop.test does not exist");
  expect(waysOf(await draw("?name=OUT"))).toHaveLength(1);
  expect((await draw("?resource=web")).nodes.map(({ id }) => id).sort()).toEqual([
    "name/shop.test/a.shop.test",
    "name/shop.test/c.shop.test",
    "record/shop.test/a.shop.test",
    "record/shop.test/c.shop.test",
    "resource/anchor",
    "resource/web",
    "target/web",
  ]);
  await json("POST", "/v1/static-ips/anchor/detach", {});
  expect((await draw("?name=a.shop")).problems[0]?.text).toBe("anchor: it is attached to no instance");
});

test("a name of a zone that nobody is led to is not found, whatever stands behind it", async () => {
  await createSite("web");
  await json("POST", "/v1/zones", { name: "elsewhere.test" });
  await json("PUT", "/v1/zones/elsewhere.test/rrsets", { name: "@", type: "A", records: ["127.53.8.1"] });
  const picture = await draw("?name=elsewhere");
  expect(picture.nodes[0]).toMatchObject({ title: "elsewhere.test", state: "waiting", reach: "waiting" });
  expect(picture.problems).toMatchObject([
    { name: "elsewhere.test", nodeId: "name/elsewhere.test/elsewhere.test" },
  ]);
});

test("where there are more names than a picture has room for, the worst off are in it", async () => {
  await createSite("web");
  const records = Array.from({ length: 3000 }, (_, i) => ({
    name: `n${i}`,
    type: "A",
    records: ["192.0.2.1"],
  }));
  await json("POST", "/v1/zones/shop.test/import", {
    records: records.map(({ name, type, records: [data = ""] }) => ({ name, type, ttl: 60, data })),
  });
  await json("PUT", "/v1/zones/shop.test/rrsets", {
    name: "zz",
    type: "CNAME",
    records: ["gone.shop.test."],
  });
  const picture = await draw("?maxNames=3");
  expect(picture).toMatchObject({ nameCount: 3001, isCut: true });
  const names = picture.nodes.filter(({ column }) => column === "name").map(({ title }) => title);
  expect(names).toEqual(["n0.shop.test", "n1.shop.test", "zz.shop.test"]);
});

test("what is asked for wrongly is refused, and an empty platform has an empty picture", async () => {
  expect(await draw()).toMatchObject({ nodes: [], edges: [], problems: [], nameCount: 0, isCut: false });
  expect((await refused("GET", "/v1/routes?resource=nobody")).code).toBe("resource-not-found");
  expect((await refused("GET", "/v1/routes?maxNames=1000000")).code).toBe("input-malformed");
  expect((await refused("GET", "/v1/routes?other=1")).code).toBe("input-malformed");
});
