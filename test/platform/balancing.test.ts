// A load balancer on real sockets and under constant load: the product's edge and prober, and Node's own web servers as its instances, which
// are killed, started again, taken out and put back meanwhile. No request may be lost, and a tunnel lives through all of it.

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ResourceObject, RoleObject, TargetsReport } from "#contract";
import { NodeDriver, systemRandom } from "#reactor";
import { freePort } from "#runtime/testing";
import { makeEdgeEngines, makeProfile, type EdgeEngines } from "#server";

/** A web server that answers with its name and echoes what comes through an upgrade; it says its port once it listens. */
const program = `
const server = require("node:http").createServer((request, response) => {
  if (request.url === "/slow") setTimeout(() => response.end(process.env.NAME), 300);
  else response.end(process.env.NAME);
});
server.keepAliveTimeout = 100;
server.on("upgrade", (request, socket) => {
  socket.write("HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: echo\\r\\nConnection: upgrade\\r\\n\\r\\n");
  socket.on("data", (octets) => socket.write(octets));
  socket.on("error", () => {});
});
server.listen(Number(process.env.PORT), "127.0.0.1", () => process.stdout.write(String(server.address().port) + "\\n"));
`;

interface Instance {
  readonly name: string;
  port: number;
  child: ChildProcess;
}

let driver: NodeDriver;
let engines: EdgeEngines;
let port: number;
let instances: Instance[];
let reports: TargetsReport[];
const children: ChildProcess[] = [];

/** @param at  its port, kept for it while it is down */
async function start(name: string, at: number): Promise<Instance> {
  const child = spawn(process.execPath, ["-e", program], {
    env: { ...process.env, NAME: name, PORT: String(at) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { name, port: Number(line.toString()), child };
}

async function kill(instance: Instance): Promise<void> {
  const ended = once(instance.child, "exit");
  instance.child.kill("SIGKILL");
  await ended;
}

function balancer(
  given: { drains?: readonly string[]; without?: readonly string[] } & Partial<ResourceObject> = {},
): ResourceObject {
  const { drains = [], without = [], ...rest } = given;
  return {
    kind: "resource",
    id: "lb",
    name: "front",
    type: "load-balancer",
    addresses: ["127.0.0.1"],
    ports: { http: true, https: true },
    redirectsToHttps: false,
    tlsPolicy: "TLS-2016-08",
    certificates: [],
    targets: instances
      .filter(({ name }) => !without.includes(name))
      .map(({ name, port: at }) => ({
        id: name,
        name,
        address: "127.0.0.1",
        port: at,
        drains: drains.includes(name),
      })),
    balancing: {
      algorithm: "round-robin",
      healthCheck: {
        path: "/",
        intervalMs: 100,
        timeoutMs: 5000,
        healthyThreshold: 2,
        unhealthyThreshold: 2,
        successCodes: "200",
      },
      stickiness: { durationSeconds: 60 },
      ejectAfterFailures: 5,
      ejectMs: 200,
      drainMs: 5000,
    },
    ...rest,
  };
}

function tell(...objects: RoleObject[]): void {
  engines.apply({
    put: objects,
    removed: [],
    objects: new Map(objects.map((object, i) => [`${i}`, object])),
  });
}

beforeEach(async () => {
  reports = [];
  instances = await Promise.all(
    ["a", "b", "c"].map(async (name) => start(name, await freePort("127.0.0.1"))),
  );
  engines = makeEdgeEngines(makeProfile(), {
    report: () => {},
    tell: (report) => {
      if (report.type === "targets") reports.push(report);
    },
    names: { lookup: () => {} },
    random: systemRandom,
  });
  driver = new NodeDriver();
  const { listeners } = await driver.attach(engines.edge, [
    { transport: "tcp", address: "127.0.0.1", port: 0 },
  ]);
  port = listeners[0]?.port ?? 0;
  await driver.attach(engines.prober, []);
  tell(balancer());
});
afterEach(async () => {
  engines.prober.stop();
  await driver.close();
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** Visitors who ask one request after another until told to stop; what came of each, counted. */
function load(visitors: number): { stop: () => Promise<Map<string, number>>; count: () => number } {
  const agent = new Agent({ keepAlive: true, maxSockets: visitors });
  const counts = new Map<string, number>();
  let total = 0;
  let isOver = false;
  const visit = async (): Promise<void> => {
    while (!isOver) {
      const outcome = await new Promise<string>((resolve) => {
        const asked = request({ agent, host: "127.0.0.1", port, path: "/" }, (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (part: string) => (text += part));
          response.on("end", () => resolve(`${response.statusCode} ${text}`));
          response.on("error", (error) => resolve(error.message));
        });
        asked.on("error", (error) => resolve(error.message)).end();
      });
      total++;
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    }
  };
  const all = Promise.all(Array.from({ length: visitors }, visit));
  return {
    count: () => total,
    stop: async () => {
      isOver = true;
      await all;
      agent.destroy();
      return counts;
    },
  };
}

/** Waits until something holds; what it was waiting for is in the error. */
async function until(what: string, holds: () => boolean): Promise<void> {
  for (const end = performance.now() + 60_000; !holds();) {
    if (performance.now() > end) throw new Error(`It did not come to it that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const stateOf = (name: string): string | undefined =>
  reports.at(-1)?.targets.find(({ id }) => id === name)?.state;

async function allHealthy(): Promise<void> {
  await until("all are healthy", () => instances.every(({ name }) => stateOf(name) === "healthy"));
}

test("instances are killed and started again under load, and every visitor is served", async () => {
  await allHealthy();
  const visitors = load(16);
  for (const instance of instances) {
    const from = visitors.count();
    await until("requests go on", () => visitors.count() > from + 200);
    await kill(instance);
    await until("it is seen to be down", () => stateOf(instance.name) === "unhealthy");
    const { child } = await start(instance.name, instance.port);
    instance.child = child;
    await until("it is healthy again", () => stateOf(instance.name) === "healthy");
  }
  const counts = await visitors.stop();
  expect([...counts.keys()].sort()).toEqual(["200 a", "200 b", "200 c"]);
});

test("instances leave and come back under load while a tunnel stays, and no request is lost", async () => {
  await allHealthy();
  const tunnel = connect(port, "127.0.0.1");
  let echoed = "";
  tunnel.setEncoding("latin1").on("data", (text: string) => (echoed += text));
  tunnel.write("GET / HTTP/1.1\r\nHost: shop.test\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n");
  await until("the tunnel is open", () => echoed.includes("101 Switching Protocols"));
  const held = reports.length;
  expect(held).toBeGreaterThan(0);
  const underTunnel = [...engines.edge.targets.balancers()]
    .flatMap(({ targets }) => targets)
    .find(({ underWay }) => underWay === 1)?.id;
  const visitors = load(16);
  for (const { name } of instances.filter((one) => one.name !== underTunnel)) {
    tell(balancer({ drains: [name] }));
    await until("nothing is under way where it drains", () =>
      Boolean(
        reports
          .at(-1)
          ?.targets.some(({ id, state, underWay }) => id === name && state === "draining" && underWay === 0),
      ),
    );
    tell(balancer({ without: [name], name: `front without ${name}` }));
    const from = visitors.count();
    await until("requests go on", () => visitors.count() > from + 200);
    tunnel.write(`without ${name}`);
    await until("the tunnel answers", () => echoed.endsWith(`without ${name}`));
    tell(balancer());
    await until("it is healthy again", () => stateOf(name) === "healthy");
  }
  const counts = await visitors.stop();
  expect([...counts.keys()].sort()).toEqual(["200 a", "200 b", "200 c"]);
  // What holds the tunnel drains: it is ended with the time for that.
  const base = balancer();
  const drained = {
    ...base,
    targets: base.targets.map((one) => ({ ...one, drains: one.id === underTunnel })),
  };
  const ended = once(tunnel, "end");
  tell({
    ...drained,
    balancing: { ...(base.balancing as NonNullable<typeof base.balancing>), drainMs: 100 },
  });
  await ended;
  tunnel.destroy();
});

test("a cookie leads back to its target", async () => {
  await allHealthy();
  const head = await answerOf(port);
  const cookie = /FAIRLEADLB=[0-9a-f]{16}/.exec(head)?.[0] ?? "";
  const name = head.split("\r\n\r\n")[1] ?? "";
  expect(cookie).not.toBe("");
  for (let i = 0; i < 4; i++)
    expect((await answerOf(port, `Cookie: ${cookie}\r\n`)).endsWith(name)).toBe(true);
});

/** What a request on a connection of its own is answered with, as text. */
async function answerOf(at: number, fields = ""): Promise<string> {
  const socket = connect(at, "127.0.0.1");
  let text = "";
  socket.setEncoding("latin1").on("data", (part: string) => (text += part));
  socket.write(`GET / HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n${fields}\r\n`);
  await once(socket, "end");
  socket.destroy();
  return text;
}
