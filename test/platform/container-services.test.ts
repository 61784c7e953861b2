// Container services on a whole platform under constant load: ten deployments, more nodes and fewer, versions that fail, and `kill -9` of
// control, runtime and edge in the middle of a deployment. No visitor is to notice.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ContainerService, Deployment, Operation, RoleName } from "#contract";
import { rolePid, startPlatform, type Platform } from "./harness.ts";

/** Answers with its name; `/slow` after a while. It ends its connections as a server should when it is told to stop. */
const program = `
const server = require("node:http").createServer((request, response) => {
  const answer = () => response.end(process.env.NAME);
  if (request.url === "/slow") setTimeout(answer, 200);
  else answer();
});
server.listen(Number(process.env.PORT), process.env.HOST, () => console.log("serving " + process.env.NAME));
process.on("SIGTERM", () => { if (process.env.STUBBORN === undefined) process.exit(0); });
`;

/** How long an endpoint may take to listen on this platform: less than the minute that is the default, which a test would wait for. */
const readySeconds = 15;

const folder = mkdtempSync(join(tmpdir(), "fl-containers-"));
let platform: Platform;
/** The number that the next deployment has in its answers. */
let next = 1;

beforeAll(async () => {
  writeFileSync(join(folder, "server.js"), program);
  platform = await startPlatform({ words: ["--container-ready", String(readySeconds)] });
});
afterAll(async () => {
  await platform?.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** What is deployed: a server that answers with `vN`. */
function deployment(
  given: { command?: string[]; environment?: Record<string, string>; port?: string } = {},
): object {
  const { command = [process.execPath, "server.js"], environment = {}, port = "80" } = given;
  return {
    containers: {
      web: {
        image: `folder:${folder}`,
        command,
        environment: { NAME: `v${next++}`, ...environment },
        ports: { [port]: "HTTP" },
      },
    },
    publicEndpoint: {
      containerName: "web",
      containerPort: Number(port),
      healthCheck: { successCodes: "200", intervalMs: 1000, timeoutMs: 900, unhealthyThreshold: 10 },
    },
  };
}

const path = "/v1/container-services/app";
const service = (): Promise<ContainerService> => platform.call("GET", path);

interface Load {
  readonly counts: Map<string, number>;
  /** Waits until so many more requests were answered. */
  more(count: number): Promise<void>;
  stop(): Promise<void>;
}

/** Visitors who ask one request after the other; with `retries` once again where a connection breaks, as browsers do. */
function startLoad({ retries = false }: { retries?: boolean } = {}): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: 12 });
  const counts = new Map<string, number>();
  let total = 0;
  let isOver = false;
  const ask = (turn: number): Promise<string> =>
    new Promise((resolve) => {
      const asked = request(
        {
          agent,
          host: platform.address("127.53.8.1"),
          port: platform.port(8080),
          path: turn % 50 === 0 ? "/slow" : "/",
        },
        (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (part: string) => (text += part));
          response.on("end", () => resolve(`${response.statusCode} ${text}`));
          response.on("error", (error) => resolve(`broken: ${error.message}`));
        },
      );
      asked.on("error", (error) => resolve(`broken: ${error.message}`)).end();
    });
  const visit = async (): Promise<void> => {
    for (let turn = 1; !isOver; turn++) {
      let outcome = await ask(turn);
      for (let again = 0; retries && outcome.startsWith("broken") && again < 20; again++) {
        await wait(100);
        outcome = await ask(turn);
      }
      total++;
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      // Two processors carry platform, containers and visitors.
      await wait(2);
    }
  };
  const all = Promise.all(Array.from({ length: 12 }, visit));
  return {
    counts,
    more: async (count) => {
      for (const enough = total + count; total < enough;) await wait(10);
    },
    stop: async () => {
      isOver = true;
      await all;
      agent.destroy();
    },
  };
}

/** What came that was no page of a version. */
function failures({ counts }: Load): [string, number][] {
  return [...counts].filter(([outcome]) => !/^200 v\d+$/.test(outcome));
}

/** Processes of containers, by what they were started with. */
function containerProcesses(): number[] {
  return readdirSync("/proc").flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      const variables = readFileSync(`/proc/${entry}/environ`, "latin1");
      const command = readFileSync(`/proc/${entry}/cmdline`, "latin1");
      return variables.includes(`HOST=127.${platform.network}.9.`) && command.includes("server.js")
        ? [Number(entry)]
        : [];
    } catch {
      return [];
    }
  });
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 120_000; !(await holds());) {
    if (performance.now() > end) throw new Error(`It did not come to it that ${what}\n${platform.log()}`);
    await wait(50);
  }
}

const untilIdle = (nodes: number): Promise<void> =>
  until(`${nodes} nodes are left`, async () => {
    const { nodes: left, state } = await service();
    return state === "RUNNING" && left.length === nodes && left.every(({ stage }) => stage === "serving");
  });

test("ten deployments one after the other under load: every visitor gets a page, each version serves, and nothing is left behind", async () => {
  await platform.succeed("POST", "/v1/container-services", {
    name: "app",
    power: "medium",
    scale: 2,
    deployment: deployment(),
  });
  const load = startLoad();
  await load.more(50);
  for (let i = 0; i < 10; i++) {
    await platform.succeed("POST", `${path}/deployments`, deployment());
    await load.more(50);
  }
  await load.stop();
  expect(failures(load)).toEqual([]);
  expect([...load.counts.keys()].sort()).toEqual(
    Array.from({ length: 11 }, (_, i) => `200 v${i + 1}`).sort(),
  );
  await untilIdle(2);
  await until("two processes are left", () => containerProcesses().length === 2);
  const { deployments } = await platform.call<{ deployments: Deployment[] }>("GET", `${path}/deployments`);
  expect(deployments.map(({ state }) => state)).toEqual(["ACTIVE", ...Array<string>(10).fill("INACTIVE")]);
});

test("scale 1, 5, 2 and another power under load", async () => {
  const load = startLoad();
  await load.more(50);
  for (const change of [{ scale: 1 }, { scale: 5 }, { scale: 2 }, { power: "large" }]) {
    await platform.succeed("PUT", path, change);
    await load.more(100);
    const { nodes } = await service();
    const serving = nodes.filter(({ stage }) => stage === "serving");
    if ("scale" in change) expect(serving).toHaveLength(change.scale ?? 0);
    else expect(serving.map(({ power }) => power)).toEqual(["large", "large"]);
  }
  await load.stop();
  expect(failures(load)).toEqual([]);
  await untilIdle(2);
});

test("versions that fail under load: the one before serves on, and the reason is told", async () => {
  const load = startLoad();
  await load.more(20);
  const before = (await service()).currentDeployment?.version;
  const rows: [object, RegExp][] = [
    [deployment({ command: ["false"] }), /ended with status 1/],
    [deployment({ command: ["/nonexistent/program"] }), /./],
    [
      {
        ...deployment(),
        containers: { web: { image: "folder:/nonexistent", command: ["true"], ports: { "80": "HTTP" } } },
      },
      /./,
    ],
  ];
  for (const [body, reason] of rows) {
    const operation = await platform.change("POST", `${path}/deployments`, body);
    expect(operation).toMatchObject({
      status: "Failed",
      errorCode: "deployment-failed",
      errorDetails: expect.stringMatching(reason),
    });
  }
  await load.more(50);
  await load.stop();
  expect(failures(load)).toEqual([]);
  expect((await service()).currentDeployment?.version).toBe(before);
  await untilIdle(2);
  await until("two processes are left", () => containerProcesses().length === 2);
});

test("deployments that are asked for all at once: the last one serves, the others have given way, and nothing of them is left", async () => {
  const load = startLoad();
  await load.more(20);
  const sent = [deployment(), deployment(), deployment(), deployment()].map((body) =>
    platform.call<{ plan: { title: string } }>("POST", `${path}/deployments`, body),
  );
  const titles = (await Promise.all(sent)).map(({ plan }) => plan.title);
  await untilIdle(2);
  const { currentDeployment } = await service();
  expect(titles.sort().at(-1)).toBe(`Deploy version ${currentDeployment?.version} of container service app`);
  await until("two processes are left", () => containerProcesses().length === 2);
  await load.stop();
  expect(failures(load)).toEqual([]);
});

test("a version that minds no SIGTERM is ended all the same once another serves, and nobody notices", async () => {
  const load = startLoad();
  await platform.succeed("POST", `${path}/deployments`, deployment({ environment: { STUBBORN: "1" } }));
  await platform.succeed("POST", `${path}/deployments`, deployment());
  await untilIdle(2);
  await until("two processes are left", () => containerProcesses().length === 2);
  await load.stop();
  expect(failures(load)).toEqual([]);
});

test("a program that listens at no port of the endpoint's fails with the reason, and what serves goes on", async () => {
  // It runs and says nothing: that is known for certain only when the time is up.
  const command = [process.execPath, "-e", "setInterval(() => {}, 1000)"];
  const { operation } = await platform.call<{ operation: { id: string } }>(
    "POST",
    `${path}/deployments`,
    deployment({ command }),
  );
  const asked = performance.now();
  const end = performance.now() + 200_000;
  const found = (): Promise<Operation> => platform.call("GET", `/v1/operations/${operation.id}`);
  while (!(await found()).isTerminal && performance.now() < end) await wait(200);
  expect(await found()).toMatchObject({
    status: "Failed",
    errorCode: "deployment-failed",
    errorDetails: expect.stringMatching(/port/i),
  });
  expect(performance.now() - asked).toBeGreaterThan(readySeconds * 1000);
  await untilIdle(2);
});

test.each<[RoleName, boolean]>([
  ["control", false],
  ["runtime", false],
  ["edge", true],
])("kill -9 of %s in the middle of a deployment under load", async (role, retries) => {
  const load = startLoad({ retries });
  await load.more(50);
  const { operation } = await platform.call<{ operation: { id: string } }>(
    "POST",
    `${path}/deployments`,
    deployment(),
  );
  expect(operation.id).not.toBe("");
  process.kill(await rolePid(platform.data, role), "SIGKILL");
  const version = `200 v${next - 1}`;
  await until("the new version serves", () => (load.counts.get(version) ?? 0) > 20);
  await load.stop();
  expect(failures(load)).toEqual([]);
  await until("control answers", () =>
    service().then(
      () => true,
      () => false,
    ),
  );
  await untilIdle(2);
  await until("two processes are left", () => containerProcesses().length === 2);
});

test("logs are found by what is in them, over versions", async () => {
  // Of the version before the one that serves: its nodes are gone.
  const earlier = `v${next - 2}`;
  const { logEvents } = await platform.call<{ logEvents: { message: string }[] }>(
    "GET",
    `${path}/containers/web/logs?filterPattern=${earlier}&lines=1000`,
  );
  expect(logEvents.map(({ message }) => message)).toContain(`serving ${earlier}`);
  expect(logEvents.every(({ message }) => message.includes(earlier))).toBe(true);
});

test("a service that is deleted is gone with its processes and addresses", async () => {
  await platform.succeed("DELETE", path);
  expect(containerProcesses()).toEqual([]);
  await platform.succeed("POST", "/v1/container-services", { name: "other", power: "nano", scale: 1 });
  const other = await platform.call<ContainerService>("GET", "/v1/container-services/other");
  expect(other.publicAddresses[0]?.address).toBe(platform.address("127.53.8.1"));
});
