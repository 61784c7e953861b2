// Load balancers and static IPs of a real platform under constant load: what is stopped, rebooted, detached, moved or deleted meanwhile
// loses no request, what is under way is finished, and what does not answer its health check is told of.

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { Agent, get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { LoadBalancer, Operation, StaticIp, WriteAnswer } from "#contract";
import { startPlatform, type Platform } from "./harness.ts";

const folder = mkdtempSync(join(tmpdir(), "fl-traffic-"));

/** An instance that says who it is; /slow leaves a file when it is asked, and answers once that is taken away; /hang never answers. */
const program = `
  const { createServer } = require("node:http");
  const { existsSync, writeFileSync } = require("node:fs");
  const name = process.argv[1];
  createServer((request, response) => {
    if (request.url === "/hang") return;
    const file = ${JSON.stringify(`${folder}/`)} + name;
    if (request.url === "/slow") writeFileSync(file, "");
    const answer = () => (request.url === "/slow" && existsSync(file) ? setTimeout(answer, 10) : response.end(name));
    setTimeout(answer, 1);
  }).listen(process.env.PORT, process.env.HOST);
`;

/** Waits until instances have a slow request each. */
async function slowAt(...names: string[]): Promise<void> {
  await expect.poll(() => names.every((name) => existsSync(join(folder, name)))).toBe(true);
}

/** Has the instances answer their slow requests. */
function release(...names: string[]): void {
  for (const name of names) rmSync(join(folder, name));
}

let platform: Platform;
let load: Load | undefined;

beforeAll(async () => {
  platform = await startPlatform();
  for (const name of ["web-1", "web-2", "spare"]) createInstance(name);
  platform.json("load-balancer", "create", "front", "web-1", "web-2", "--interval", "2", "--timeout", "2");
});
afterEach(() => load?.stop());
afterAll(async () => {
  await platform?.remove();
  rmSync(folder, { recursive: true, force: true });
});

function createInstance(name: string, source: string = program): void {
  const command = ["--command", "--", process.execPath, "-e", source, name];
  expect(platform.fairlead("instance", "create", name, ...command)).toMatchObject({ status: 0, stderr: "" });
}

function addressOf(path: "load-balancer" | "static-ip", name: string): string {
  const list = platform.json<(LoadBalancer | StaticIp)[]>(path, "list");
  return list.find((one) => one.name === name)?.publicAddresses[0]?.address ?? "";
}

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
}

function request(address: string, path: string, agent: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get({ host: address, port: platform.port(8080), path, agent, timeout: 60_000 }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      response.on("end", () => resolve({ status: response.statusCode, body }));
      response.on("error", reject);
    }).on("error", reject);
  });
}

/** Clients that ask one after the other without a pause: half of them over one connection each, half over a new one each time. */
class Load {
  readonly failures: string[] = [];
  /** Who has answered since {@link forget}, and how often. */
  readonly answers: Map<string, number> = new Map();
  count = 0;
  #epoch = 0;
  #isOn = true;
  readonly #clients: Promise<void>[];

  constructor(address: string) {
    this.#clients = [true, true, false, false].map((keepAlive) => this.#run(address, keepAlive));
  }

  /** Forgets who has answered, and who answers what is under way. */
  forget(): void {
    this.#epoch++;
    this.answers.clear();
  }

  /** Waits until so many more visits have been answered: how long that takes is the machine's. */
  async more(visits: number): Promise<void> {
    for (const enough = this.count + visits; this.count < enough && this.failures.length === 0;)
      await wait(10);
  }

  async stop(): Promise<void> {
    this.#isOn = false;
    await Promise.all(this.#clients);
  }

  async #run(address: string, keepAlive: boolean): Promise<void> {
    const agent = new Agent({ keepAlive, maxSockets: 1 });
    while (this.#isOn) {
      const epoch = this.#epoch;
      try {
        const { status, body } = await request(address, "/", agent);
        this.count++;
        if (status === 200 && epoch === this.#epoch)
          this.answers.set(body, (this.answers.get(body) ?? 0) + 1);
        else if (status !== 200) this.failures.push(`${status} ${body}`);
      } catch (error) {
        this.failures.push(String(error));
      }
      await wait(5);
    }
    agent.destroy();
  }
}

test("stop, start, reboot, detach, attach and undo behind a load balancer lose no request", async () => {
  load = new Load(addressOf("load-balancer", "front"));
  await load.more(20);
  await platform.succeed("POST", "/v1/instances/web-1/stop", {});
  load.forget();
  await load.more(20);
  expect([...load.answers.keys()]).toEqual(["web-2"]);
  await platform.succeed("POST", "/v1/instances/web-1/start", {});
  await expect.poll(() => [...(load?.answers.keys() ?? [])].sort()).toEqual(["web-1", "web-2"]);
  await platform.succeed("POST", "/v1/instances/web-2/reboot", {});
  await wait(1200);
  await platform.succeed("POST", "/v1/load-balancers/front/detach", { instances: ["web-1"] });
  await platform.succeed("POST", "/v1/load-balancers/front/attach", { instances: ["web-1", "spare"] });
  const [latest] = (await platform.call<{ changes: { id: string }[] }>("GET", "/v1/changes?limit=1")).changes;
  await platform.succeed("POST", `/v1/changes/${latest?.id}/undo`, {});
  await platform.succeed("POST", "/v1/load-balancers/front/attach", { instances: ["web-1"] });
  await platform.succeed("PUT", "/v1/load-balancers/front", {
    algorithm: "least-requests",
    stickiness: { isEnabled: true },
  });
  await load.more(40);
  await load.stop();
  expect(load.failures).toEqual([]);
});

async function bothHealthy(): Promise<void> {
  const look = async (): Promise<unknown> =>
    (await platform.call<LoadBalancer>("GET", "/v1/load-balancers/front")).instanceHealthSummary.map(
      ({ instanceName, instanceHealth }) => `${instanceName} ${instanceHealth}`,
    );
  await expect
    .poll(look, { timeout: 60_000 })
    .toEqual(expect.arrayContaining(["web-1 healthy", "web-2 healthy"]));
}

test("an instance that leaves finishes what is under way, and the operation says how much that is", async () => {
  const address = addressOf("load-balancer", "front");
  const agent = new Agent();
  // Both instances have one.
  await bothHealthy();
  const slow = [request(address, "/slow", agent), request(address, "/slow", agent)];
  await slowAt("web-1", "web-2");
  const { operation } = await platform.call<WriteAnswer>("POST", "/v1/load-balancers/front/detach", {
    instances: ["web-1"],
  });
  await expect
    .poll(() => platform.call<Operation>("GET", `/v1/operations/${operation?.id}`))
    .toMatchObject({
      status: "Started",
      operationDetails: expect.stringMatching(/^Requests under way at web-1 are finished: 1 under way/),
    });
  const { instanceHealthSummary } = await platform.call<LoadBalancer>("GET", "/v1/load-balancers/front");
  expect(instanceHealthSummary).toContainEqual(
    expect.objectContaining({ instanceName: "web-1", instanceHealth: "draining", requestsUnderWay: 1 }),
  );
  release("web-1", "web-2");
  expect((await Promise.all(slow)).map(({ status, body }) => `${status} ${body}`).sort()).toEqual([
    "200 web-1",
    "200 web-2",
  ]);
  await expect
    .poll(() => platform.call<Operation>("GET", `/v1/operations/${operation?.id}`))
    .toMatchObject({ status: "Succeeded" });
  await platform.succeed("POST", "/v1/load-balancers/front/attach", { instances: ["web-1"] });
});

test("a static IP moves under load, while what it leaves goes on, and comes back by undo", async () => {
  platform.json("static-ip", "allocate", "front-ip", "web-1");
  load = new Load(addressOf("static-ip", "front-ip"));
  await load.more(20);
  expect([...load.answers.keys()]).toEqual(["web-1"]);
  const slow = request(addressOf("static-ip", "front-ip"), "/slow", new Agent());
  await slowAt("web-1");
  await platform.succeed("POST", "/v1/static-ips/front-ip/attach", { instance: "web-2" });
  load.forget();
  await load.more(20);
  expect([...load.answers.keys()]).toEqual(["web-2"]);
  const [latest] = (await platform.call<{ changes: { id: string }[] }>("GET", "/v1/changes?limit=1")).changes;
  await platform.succeed("POST", `/v1/changes/${latest?.id}/undo`, {});
  await load.more(20);
  release("web-1");
  expect(await slow).toEqual({ status: 200, body: "web-1" });
  await load.stop();
  expect(load.failures).toEqual([]);
});

test("a load balancer that is deleted finishes what is under way", async () => {
  platform.json("load-balancer", "create", "brief", "web-1");
  const slow = request(addressOf("load-balancer", "brief"), "/slow", new Agent());
  await slowAt("web-1");
  const { operation } = await platform.call<WriteAnswer>("DELETE", "/v1/load-balancers/brief");
  // Long enough that it would be over, were the request not waited for.
  await wait(500);
  release("web-1");
  await expect
    .poll(() => platform.call<Operation>("GET", `/v1/operations/${operation?.id}`))
    .toMatchObject({ status: "Succeeded" });
  expect(await slow).toEqual({ status: 200, body: "web-1" });
});

test("a deleted instance finishes what is under way, and its address is given to the next one only then", async () => {
  createInstance("short");
  const [short] = (
    await platform.call<{ instances: { name: string; publicAddresses: { address: string }[] }[] }>(
      "GET",
      "/v1/instances",
    )
  ).instances.filter(({ name }) => name === "short");
  const address = short?.publicAddresses[0]?.address ?? "";
  const slow = request(address, "/slow", new Agent());
  await slowAt("short");
  const deleted = platform.change("DELETE", "/v1/instances/short");
  await expect
    .poll(
      async () =>
        (await platform.call<{ instances: { name: string; state: string }[] }>("GET", "/v1/instances"))
          .instances,
    )
    .toContainEqual(expect.objectContaining({ name: "short", state: "stopping" }));
  release("short");
  expect(await slow).toEqual({ status: 200, body: "short" });
  expect(await deleted).toMatchObject({ status: "Succeeded" });
  createInstance("short");
  expect(await request(address, "/", new Agent())).toEqual({ status: 200, body: "short" });
});

test("a health path that never answers is reported, and who is healthy serves on", async () => {
  await platform.succeed("PUT", "/v1/load-balancers/front", { healthCheck: { unhealthyThreshold: 1 } });
  createInstance("silent", program.replace('"/hang"', '"/"'));
  load = new Load(addressOf("load-balancer", "front"));
  const { status, errorCode, errorDetails } = await platform.change(
    "POST",
    "/v1/load-balancers/front/attach",
    {
      instances: ["silent"],
    },
  );
  expect({ status, errorCode }).toEqual({ status: "Failed", errorCode: "health-check-failed" });
  expect(errorDetails).toMatch(/^silent gets no requests while another instance is healthy: GET \/: /);
  const shown = await platform.call<LoadBalancer>("GET", "/v1/load-balancers/front");
  expect(shown.state).toBe("active");
  expect(shown.instanceHealthSummary).toContainEqual(
    expect.objectContaining({
      instanceName: "silent",
      instanceHealth: "unhealthy",
      instanceHealthReason: "Instance.Timeout",
    }),
  );
  await load.more(20);
  await load.stop();
  expect(load.failures).toEqual([]);
  const said = platform.fairlead("lb", "show", "front").stdout;
  expect(said).toMatch(/^silent +unhealthy +Instance\.Timeout/m);
});
