// What container services refuse and why, what of their environments is told to whom, their images, logs, domain names and undo.

import { beforeEach, describe, expect, test } from "vitest";
import type { ContainerImage, Deployment, WriteAnswer } from "#contract";
import { settle } from "../testing.ts";
import { keyHeaders, TestApi } from "./testing.ts";
import { ContainerWorld, oneContainer } from "./testing-containers.ts";

const api = new TestApi();
const { json, refused } = api;
let world: ContainerWorld;
const root = "/v1/container-services";

beforeEach(async () => {
  await api.start();
  world = new ContainerWorld(api);
});

const web = { image: "nginx:1.27", ports: { "80": "HTTP" } };
const endpoint = { containerName: "web", containerPort: 80 };

describe("is refused with the reason and an example", () => {
  test.each<[string, object, RegExp]>([
    [
      "a name in capitals",
      { name: "App" },
      /"App" is no name for it; expected at most 63 lower-case letters.*such as app-1$/,
    ],
    ["a name that is too long", { name: "a".repeat(64) }, /expected at most 63/],
    ["a name that ends with a hyphen", { name: "app-" }, /is no name for it/],
    [
      "a power that is none",
      { power: "huge" },
      /"huge" is no power; there are nano, micro, small, medium, large, xlarge, such as nano/,
    ],
    ["no nodes", { scale: 0 }, /cannot have 0 nodes; expected a scale from 1 to 20, such as 2$/],
    ["too many nodes", { scale: 21 }, /expected a scale from 1 to 20/],
    [
      "a certificate that is none",
      { publicDomainNames: { x: ["app.shop.test"] } },
      /there is no certificate of that name$/,
    ],
  ])("a service with %s", async (_, given, message) => {
    const body = { name: "app", power: "nano", scale: 1, ...given };
    expect(await refused("POST", root, body)).toMatchObject({ message: expect.stringMatching(message) });
    expect((await json<{ containerServices: unknown[] }>("GET", root)).containerServices).toEqual([]);
  });

  test.each<[string, object, string, RegExp]>([
    ["no container", { containers: {} }, "input-malformed", /it has 0 containers; expected 1 to 10$/],
    [
      "eleven containers",
      { containers: Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`c${i}`, { image: "a" }])) },
      "input-malformed",
      /it has 11 containers/,
    ],
    ["a container called Web", { containers: { Web: web } }, "input-malformed", /such as web$/],
    [
      "no image",
      { containers: { web: { image: " " } } },
      "input-malformed",
      /is no image; expected a reference such as nginx:1.27/,
    ],
    [
      "a folder that is relative",
      { containers: { web: { image: "folder:app" } } },
      "input-malformed",
      /expected an absolute path, such as folder:\/srv\/app/,
    ],
    [
      "an image that was never pushed",
      { containers: { web: { image: ":app.web.1" } } },
      "input-malformed",
      /no image ":app.web.1" was pushed for app; push one with fairlead push-image$/,
    ],
    [
      "another service's image",
      { containers: { web: { image: ":other.web.1" } } },
      "input-malformed",
      /was pushed for app/,
    ],
    [
      "folders beside images",
      { containers: { web, app: { image: "folder:/srv" } } },
      "input-malformed",
      /a folder and image "nginx:1.27" do not run on one node/,
    ],
    [
      "a port that is none",
      { containers: { web: { image: "a", ports: { "70000": "TCP" } } } },
      "input-malformed",
      /"70000" is no port; expected 1 to 65535/,
    ],
    [
      "a protocol that is none",
      { containers: { web: { image: "a", ports: { "80": "GOPHER" } } } },
      "input-malformed",
      /./,
    ],
    [
      "one port twice",
      { containers: { web, other: web } },
      "input-malformed",
      /port 80 is container "web"'s already$/,
    ],
    [
      "an endpoint of nobody's",
      { containers: { web }, publicEndpoint: { containerName: "x", containerPort: 80 } },
      "input-malformed",
      /there is no container "x"; there are web$/,
    ],
    [
      "an endpoint called __proto__",
      { containers: { web }, publicEndpoint: { containerName: "__proto__", containerPort: 80 } },
      "input-malformed",
      /there is no container/,
    ],
    [
      "an endpoint's port that is none",
      { containers: { web }, publicEndpoint: { containerName: "web", containerPort: 81 } },
      "input-malformed",
      /has no port 81; expected one of its own, such as/,
    ],
    [
      "an endpoint that speaks TCP",
      { containers: { web: { image: "a", ports: { "80": "TCP" } } }, publicEndpoint: endpoint },
      "input-malformed",
      /speaks TCP; visitors' requests come by HTTP$/,
    ],
    [
      "a health path without slash",
      { containers: { web }, publicEndpoint: { ...endpoint, healthCheck: { path: "up" } } },
      "input-malformed",
      /is no path for its health check/,
    ],
    [
      "codes that are none",
      { containers: { web }, publicEndpoint: { ...endpoint, healthCheck: { successCodes: "fine" } } },
      "input-malformed",
      /no status codes/,
    ],
    [
      "a timeout beyond the interval",
      { containers: { web }, publicEndpoint: { ...endpoint, healthCheck: { timeoutMs: 9000 } } },
      "input-malformed",
      /is not over when the next one begins/,
    ],
    [
      "a variable without a name",
      { containers: { web: { ...web, environment: { "": "x" } } } },
      "input-malformed",
      /is no variable; expected a name such as LOG_LEVEL$/,
    ],
    [
      "a variable with =",
      { containers: { web: { ...web, environment: { "A=B": "x" } } } },
      "input-malformed",
      /is no variable/,
    ],
    [
      "an environment of a megabyte",
      {
        containers: {
          web: {
            ...web,
            environment: Object.fromEntries(
              Array.from({ length: 20 }, (_, i) => [`V${i}`, "x".repeat(10_000)]),
            ),
          },
        },
      },
      "input-too-large",
      /131072 are the most$/,
    ],
    [
      "a command of a megabyte",
      { containers: { web: { ...web, command: Array<string>(100).fill("x".repeat(1000)) } } },
      "input-too-large",
      /65536 are the most$/,
    ],
    [
      "a command with a zero octet",
      { containers: { web: { ...web, command: ["a\0b"] } } },
      "input-malformed",
      /zero octet$/,
    ],
  ])("a deployment with %s", async (_, body, code, message) => {
    await world.create();
    const head = await api.store.head();
    expect(await refused("POST", `${root}/app/deployments`, body)).toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
    expect(await api.store.head()).toBe(head);
  });

  test("what is not there, or asks for nothing", async () => {
    await world.create();
    expect((await refused("POST", `${root}/none/deployments`, oneContainer())).code).toBe(
      "resource-not-found",
    );
    expect((await refused("PUT", `${root}/app`, { scale: 1 })).message).toMatch(
      /nothing of it would be another/,
    );
    expect((await refused("POST", `${root}/app/deployments/7/roll-back`, {})).message).toBe(
      'Cannot roll container service "app" back to version 7: there is no such version; nothing was deployed yet',
    );
    expect((await refused("GET", `${root}/app/containers/web/logs`)).message).toMatch(
      /has no such container; it has none yet$/,
    );
    await json("POST", "/v1/instances", { name: "web", run: { kind: "site", folder: "/srv" } });
    expect((await refused("POST", root, { name: "web", power: "nano", scale: 1 })).message).toMatch(
      /there is an instance of that name already$/,
    );
  });
});

test("values of environments are in no plan, change, fact or object; who may deploy is shown them on demand", async () => {
  const secret = "correct-horse-battery-staple";
  await world.create();
  const planned = await json(
    "POST",
    `${root}/app/deployments?plan=1`,
    oneContainer("nginx:1.27", { PASSWORD: secret }),
  );
  const deployed = await world.deploy(oneContainer("nginx:1.27", { PASSWORD: secret }));
  const shown = await json<{ deployments: Deployment[] }>("GET", `${root}/app/deployments`);
  const kept = [
    planned,
    deployed,
    shown,
    await json("GET", "/v1/changes"),
    await world.service(),
    await api.store.list("deployment", { limit: 10 }),
    await api.store.list("change", { limit: 10 }),
    [...api.roles.runtime.objects.values()],
  ];
  expect(JSON.stringify(kept)).not.toContain(secret);
  expect(deployed.plan.changes[0]?.text).toContain("with PASSWORD");
  expect(shown.deployments[0]?.containers["web"]?.environmentNames).toEqual(["PASSWORD"]);
  const open = await json<Deployment>("GET", `${root}/app/deployments/1?values=1`);
  expect(open.containers["web"]?.environment).toEqual({ PASSWORD: secret });
  const { accessKey } = await json<WriteAnswer>("POST", "/v1/keys", {
    name: "viewer",
    role: "viewer",
  });
  const asViewer = await api.callAs(
    `Bearer ${accessKey?.secret}`,
    "GET",
    `${root}/app/deployments/1?values=1`,
  );
  expect(asViewer.status).toBe(403);
  // What was planned and never carried out is forgotten after an hour, with the next that goes.
  expect(await api.store.secrets.list("container-environment")).toHaveLength(2);
});

test("a plan with an environment can be carried out within the hour", async () => {
  await world.create({ deployment: oneContainer("first", { A: "1" }) });
  const plan = async (): Promise<string> => {
    const { plan: made } = await json<WriteAnswer>(
      "POST",
      `${root}/app/deployments?plan=1`,
      oneContainer("nginx:1.27", { PASSWORD: "x" }),
    );
    return made.id;
  };
  await json("POST", `/v1/plans/${await plan()}/apply`, {});
  await settle();
  expect(await world.versions()).toEqual(["1 INACTIVE", "2 ACTIVE"]);
  const late = await plan();
  await api.pass(3_700_000);
  // What is no longer wanted is looked for when something goes.
  await json("POST", root, { name: "other", power: "nano", scale: 1, deployment: oneContainer() });
  await json("DELETE", `${root}/other`);
  await api.pass(11_000);
  expect(await refused("POST", `/v1/plans/${late}/apply`, {})).toMatchObject({
    code: "change-conflict",
    message: expect.stringMatching(/kept for an hour only$/),
  });
});

test("an environment of another service is nobody's to name", async () => {
  await world.create({ deployment: oneContainer("nginx:1.27", { PASSWORD: "x" }) });
  const [held] = await api.store.list("deployment", { limit: 1 });
  const environmentId = (held?.value as { environmentId: string } | undefined)?.environmentId;
  await json("POST", root, { name: "other", power: "nano", scale: 1 });
  const command = {
    action: "create-deployment",
    service: "other",
    containers: { web: { image: "printenv", environmentNames: ["PASSWORD"] } },
    environmentId,
  };
  expect(await refused("POST", "/v1/plans", { command })).toMatchObject({
    code: "input-malformed",
    message: expect.stringContaining("were not handed in with it"),
  });
});

describe("images", () => {
  const push = (path: string, body: string, type = "application/x-tar"): Promise<Response> =>
    Promise.resolve(
      api.control.app.request(`http://127.0.0.1:7700${path}`, {
        method: "POST",
        headers: { ...keyHeaders, "content-type": type },
        ...(body === "" ? {} : { body }),
      }),
    );

  test("are pushed, named by label and number, deployed, and deleted once nothing runs them", async () => {
    await world.create();
    expect(
      ((await (await push(`${root}/app/images/push?label=web`, "one")).json()) as WriteAnswer).change?.title,
    ).toBe("Register image :app.web.1");
    await push(`${root}/app/images/push?label=web`, "two");
    await settle();
    const deployed = await world.deploy(oneContainer(":app.web.latest"));
    expect(deployed.plan.changes[0]?.text).toContain("web from :app.web.2");
    const { containerImages } = await json<{ containerImages: ContainerImage[] }>(
      "GET",
      `${root}/app/images`,
    );
    expect(containerImages.map(({ image, usedBy }) => [image, usedBy])).toEqual([
      [":app.web.2", [1]],
      [":app.web.1", []],
    ]);
    const [node] = [...api.roles.runtime.objects.values()];
    expect(node).toMatchObject({
      containers: [{ image: ":app.web.2", storedImage: containerImages[0]?.digest }],
    });
    expect(await refused("DELETE", `${root}/app/images/:app.web.2`)).toMatchObject({
      code: "resource-in-use",
      message: expect.stringMatching(/version 1 runs it$/),
    });
    await json("DELETE", `${root}/app/images/:app.web.1`);
    await world.deploy(oneContainer("nginx:1.27"));
    await json("DELETE", `${root}/app/images/:app.web.2`);
    expect((await refused("POST", `${root}/app/deployments/1/roll-back`, {})).message).toMatch(
      /its image :app.web.2 was deleted$/,
    );
  });

  test.each<[string, string, string, string | undefined, number]>([
    ["a service that is none", `${root}/none/images/push?label=web`, "x", undefined, 404],
    ["a label that is none", `${root}/app/images/push?label=Web`, "x", undefined, 400],
    ["no label", `${root}/app/images/push`, "x", undefined, 400],
    ["nothing", `${root}/app/images/push?label=web`, "", undefined, 400],
    ["a type that a form can send", `${root}/app/images/push?label=web`, "x", "text/plain", 400],
    ["JSON", `${root}/app/images/push?label=web`, "{}", "application/json", 400],
  ])("%s is refused", async (_, path, body, type, status) => {
    await world.create();
    const answer = await push(path, body, type);
    expect(answer.status).toBe(status);
    expect((await json<{ containerImages: unknown[] }>("GET", `${root}/app/images`)).containerImages).toEqual(
      [],
    );
  });

  test("one that was never pushed has no name", async () => {
    await world.create();
    const digest = `sha256:${"0".repeat(64)}`;
    expect(await refused("POST", `${root}/app/images`, { label: "web", digest })).toMatchObject({
      code: "resource-not-found",
    });
  });
});

describe("undo", () => {
  test("of a deployment deploys what served before, as the next version", async () => {
    await world.create({ deployment: oneContainer("old", { A: "1" }) });
    const deployed = await world.deploy(oneContainer("new"));
    const undone = await json<WriteAnswer>("POST", `/v1/changes/${deployed.change?.id}/undo`, {});
    await settle();
    expect(undone.plan.changes[0]?.text).toBe(
      "Deploy version 3 of app as version 1 was: web from old with A; visitors reach port 80 of web",
    );
    expect(await world.versions()).toEqual(["1 INACTIVE", "2 INACTIVE", "3 ACTIVE"]);
    expect(await refused("POST", `/v1/changes/${deployed.change?.id}/undo`, {})).toMatchObject({
      code: "undo-refused",
    });
  });

  test("of the first deployment, or of one that came to nothing, is refused with the reason", async () => {
    await world.create();
    const first = await world.deploy();
    expect((await refused("POST", `/v1/changes/${first.change?.id}/undo`, {})).message).toMatch(
      /before version 1 of app none had served; disable it instead$/,
    );
    world.nodes.set("bad", { state: "failed", reason: "it ended", restarts: 2 });
    const bad = await world.deploy(oneContainer("bad"));
    expect((await refused("POST", `/v1/changes/${bad.change?.id}/undo`, {})).message).toMatch(
      /version 2 of app came to nothing, and what served before serves on$/,
    );
  });

  test("of a creation takes the service away, of an update takes the size back, of a deletion keeps it while it is there", async () => {
    await world.create({ deployment: oneContainer() });
    const scaled = await json<WriteAnswer>("PUT", `${root}/app`, { scale: 2 });
    await json("POST", `/v1/changes/${scaled.change?.id}/undo`, {});
    expect(world.targets()).toEqual(["v1 node 1"]);
    world.underWay.set(1, 1);
    const deleted = await json<WriteAnswer>("DELETE", `${root}/app`);
    expect(world.targets()).toEqual(["v1 node 1 drains"]);
    await json("POST", `/v1/changes/${deleted.change?.id}/undo`, {});
    expect(await world.service()).toMatchObject({ state: "RUNNING", currentDeployment: { version: 1 } });
    expect(world.targets()).toEqual(["v1 node 1 drains", "v1 node 1"].sort());
    world.underWay.clear();
    world.tellTargets();
    await settle();
    expect(world.targets()).toEqual(["v1 node 1"]);
    const gone = await json<WriteAnswer>("DELETE", `${root}/app`);
    await settle();
    expect(world.resource()).toBeUndefined();
    await json("POST", `/v1/changes/${gone.change?.id}/undo`, {});
    await settle();
    expect(world.targets()).toEqual(["v1 node 1"]);
    expect(await world.versions()).toEqual(["1 ACTIVE"]);
  });

  test("a creation with its first deployment is taken back whole", async () => {
    const created = await world.create({ deployment: oneContainer() });
    await json("POST", `/v1/changes/${created.change?.id}/undo`, {});
    await settle();
    expect([world.resource(), world.running()]).toEqual([undefined, []]);
    expect(await api.store.list("deployment", { limit: 10 })).toEqual([]);
  });
});

test("a plan that leads a name to a service says what its visitors will find", async () => {
  await json("POST", "/v1/domains", { name: "shop.test" });
  await world.create();
  const warnings = async (): Promise<string[]> =>
    (await json<WriteAnswer>("POST", "/v1/assignments?plan=1", { name: "shop.test", resource: "app" })).plan
      .warnings;
  expect(await warnings()).toEqual([expect.stringMatching(/^app has no version that serves yet/)]);
  await world.deploy({ containers: { web: { image: "nginx:1.27" } } });
  expect(await warnings()).toEqual([expect.stringMatching(/^app has no public endpoint/)]);
  expect(world.targets()).toEqual([]);
  await world.deploy();
  expect(await warnings()).toEqual([]);
  await json("PUT", `${root}/app`, { isDisabled: true });
  expect(await warnings()).toEqual([expect.stringMatching(/^app is disabled/)]);
});

test("names: assigned ones lead to it, its own are routed where nothing else has them, and what refers to it keeps it", async () => {
  await world.create({ deployment: oneContainer() });
  await json("POST", "/v1/domains", { name: "shop.test" });
  await api.pass(5000);
  await json("POST", "/v1/certificates", {
    name: "shop",
    domainName: "app.shop.test",
    subjectAlternativeNames: ["api.shop.test"],
  });
  await api.pass(5000);
  expect(await json("GET", "/v1/certificates/shop")).toMatchObject({ status: "ISSUED" });
  const names = { publicDomainNames: { shop: ["app.shop.test", "API.shop.test"] } };
  expect(
    (await refused("PUT", `${root}/app`, { publicDomainNames: { shop: ["www.shop.test"] } })).message,
  ).toBe(
    'Cannot update container service "app": certificate "shop" is not for www.shop.test; it is for app.shop.test, api.shop.test',
  );
  await json("PUT", `${root}/app`, names);
  expect(world.resource()).toMatchObject({ ports: { https: true }, redirectsToHttps: true });
  expect((await world.service()).url).toBe("https://app.shop.test:8443/");
  expect(api.roles.edge.objects.get("host/api.shop.test")).toMatchObject({
    resourceId: world.resource()?.id,
  });
  expect(await world.service()).toMatchObject({
    state: "RUNNING",
    servedCertificates: ["shop"],
    publicDomainNames: { shop: ["app.shop.test", "api.shop.test"] },
  });
  expect((await refused("DELETE", "/v1/certificates/shop")).message).toMatch(/it is attached to app$/);
  const detached = await json<WriteAnswer>("PUT", `${root}/app`, { publicDomainNames: { shop: [] } });
  await json("DELETE", "/v1/certificates/shop");
  expect((await refused("POST", `/v1/changes/${detached.change?.id}/undo`, {})).message).toMatch(
    /certificate shop of container service app was deleted by change \d+$/,
  );
  await json("POST", "/v1/certificates", {
    name: "shop",
    domainName: "app.shop.test",
    subjectAlternativeNames: ["api.shop.test"],
  });
  await api.pass(5000);
  await json("PUT", `${root}/app`, names);
  await json("POST", root, { name: "other", power: "nano", scale: 1 });
  expect(
    (await refused("PUT", `${root}/other`, { publicDomainNames: { shop: ["app.shop.test"] } })).code,
  ).toBe("resource-in-use");
  // A name that is assigned elsewhere leads there.
  await json("POST", "/v1/assignments", { name: "app.shop.test", resource: "other" });
  expect(api.roles.edge.objects.get("host/app.shop.test")).not.toMatchObject({
    resourceId: world.resource()?.id,
  });
  await json("DELETE", "/v1/assignments/app.shop.test");
  expect(api.roles.edge.objects.get("host/app.shop.test")).toMatchObject({
    resourceId: world.resource()?.id,
  });
  await json("PUT", `${root}/app`, { publicDomainNames: { shop: [] } });
  expect(api.roles.edge.objects.get("host/app.shop.test")).toBeUndefined();
  expect(world.resource()).toMatchObject({ ports: { https: false }, redirectsToHttps: false });
  await json("POST", "/v1/assignments", { name: "www.shop.test", resource: "app" });
  expect((await refused("DELETE", `${root}/app`)).message).toBe(
    'Cannot delete container service "app": www.shop.test leads to it',
  );
  expect(api.lines("shop.test.", "www.shop.test.")).toContain("60 A 127.53.8.1");
});
