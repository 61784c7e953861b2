// Metrics of a platform that runs: what real clients send through a load balancer is what is counted, by class and by who answered; a
// control that restarts goes on counting; the command line shows it.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Instance, LoadBalancer, MetricData } from "#contract";
import { startPlatform, type Platform } from "./harness.ts";

let platform: Platform;
let folder: string;
let front: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fl-metrics-"));
  for (const name of ["one", "two"]) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "index.html"), "x".repeat(1000));
  }
  platform = await startPlatform();
  for (const name of ["one", "two"]) {
    const run = { kind: "site", folder: join(folder, name) };
    await platform.succeed("POST", "/v1/instances", { name, run });
  }
  const settings = {
    healthCheck: { intervalMs: 500, timeoutMs: 500, healthyThreshold: 2, unhealthyThreshold: 10 },
  };
  await platform.succeed("POST", "/v1/load-balancers", {
    name: "front",
    instances: ["one", "two"],
    settings,
  });
  const { publicAddresses } = await platform.call<LoadBalancer>("GET", "/v1/load-balancers/front");
  front = `${publicAddresses[0]?.address}:${platform.port(8080)}`;
});

afterAll(async () => {
  await platform?.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** Sends so many requests, by curl, and gives the statuses that came. */
function curl(path: string, count: number, ...options: string[]): string[] {
  const url = `http://${front}${path}?[1-${count}]`;
  const { stdout } = spawnSync("curl", ["-s", "-o", "/dev/null", "-w", "%{http_code}\n", ...options, url], {
    encoding: "utf8",
  });
  return stdout.trim().split("\n");
}

/** A statistic over all time until now, asked for at once. */
async function total(
  metric: string,
  resource: string = "front",
  statistic: keyof MetricData["points"][number] = "sum",
): Promise<number> {
  const start = new Date(Date.now() - 3_600_000).toISOString();
  const end = new Date(Date.now() + 60_000).toISOString();
  const path = `/v1/metrics/${resource}/${metric}?period=60&start=${start}&end=${end}&fresh=1`;
  const { points } = await platform.call<MetricData>("GET", path);
  return points.reduce((sum, point) => sum + Number(point[statistic] ?? 0), 0);
}

/** The change of some sums while something happens. */
async function during(metrics: readonly string[], run: () => unknown): Promise<number[]> {
  const before: number[] = [];
  for (const metric of metrics) before.push(await total(metric));
  await run();
  // Less time than this, and what was asked for last is given again.
  await new Promise((resolve) => setTimeout(resolve, 600));
  const after: number[] = [];
  for (const metric of metrics) after.push(await total(metric));
  return after.map((value, i) => value - (before[i] ?? 0));
}

const classes = [
  "RequestCount",
  "HTTPCode_Instance_2XX_Count",
  "HTTPCode_Instance_4XX_Count",
  "HTTPCode_LB_4XX_Count",
  "HTTPCode_LB_5XX_Count",
];

test("what curl sends is what is counted, by the class of the answer and by who gave it", async () => {
  const counted = await during(classes, async () => {
    expect(new Set(curl("/", 40))).toEqual(new Set(["200"]));
    expect(new Set(curl("/none", 7))).toEqual(new Set(["404"]));
    // Malformed: no instance ever sees it.
    for (let i = 0; i < 3; i++) {
      const [host = "", port] = front.split(":");
      const socket = connect(Number(port), host);
      socket.end("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
      socket.resume();
      await once(socket, "close");
    }
  });
  expect(counted).toEqual([47, 40, 7, 3, 0]);
  expect(await total("InstanceResponseTime", "front", "sampleCount")).toBe(47);
  expect(await total("HealthyHostCount", "front", "maximum")).toBeGreaterThanOrEqual(2);
});

test("octets through the edge count at the instances, and processor and memory of each", async () => {
  const before = (await total("NetworkOut", "one")) + (await total("NetworkOut", "two"));
  curl("/", 100);
  await new Promise((resolve) => setTimeout(resolve, 1200));
  const after = (await total("NetworkOut", "one")) + (await total("NetworkOut", "two"));
  expect(after - before).toBeGreaterThan(100_000);
  expect(after - before).toBeLessThan(200_000);
  expect(await total("MemoryUtilization", "one", "sampleCount")).toBeGreaterThan(0);
  expect(await total("CPUUtilization", "one", "sampleCount")).toBeGreaterThan(0);
});

test("under load all is counted, and what was counted is there after a restart of all, which counts on", async () => {
  const wrk = (): number => {
    const { stdout } = spawnSync("wrk", ["-t1", "-c8", "-d1s", `http://${front}/`], { encoding: "utf8" });
    return Number(/(\d+) requests in/.exec(stdout)?.[1]);
  };
  let sent = 0;
  const [requests = 0, fine = 0] = await during(classes, () => (sent = wrk()));
  expect(sent).toBeGreaterThan(0);
  // What was under way at the end wrk counts no more.
  expect(requests).toBeGreaterThanOrEqual(sent);
  expect(requests).toBeLessThanOrEqual(sent + 8);
  expect(fine).toBe(requests);
  const kept = await total("RequestCount");
  await platform.stop();
  await platform.start();
  expect(await total("RequestCount")).toBe(kept);
  expect(await during(["RequestCount"], () => curl("/", 11))).toEqual([11]);
});

test("where no instance is left the load balancer answers, and it is told of it", async () => {
  const counted = await during(classes, async () => {
    for (const name of ["one", "two"])
      await platform.succeed("POST", `/v1/instances/${name}/stop`, { force: true });
    expect(new Set(curl("/", 5))).toEqual(new Set(["503"]));
  });
  expect(counted).toEqual([0, 0, 0, 0, 5]);
  for (const name of ["one", "two"]) await platform.succeed("POST", `/v1/instances/${name}/start`, {});
});

test("a TLS handshake that comes to nothing counts at the load balancer that it was for", async () => {
  const [host = ""] = front.split(":");
  const counted = await during(["ClientTLSNegotiationErrorCount"], async () => {
    // It has no certificate; and what is no TLS at all is no handshake either.
    const secure = connectTls({
      host,
      port: platform.port(8443),
      servername: "front.test",
      rejectUnauthorized: false,
    });
    await new Promise((resolve) => secure.once("error", resolve));
    const plain = connect(platform.port(8443), host);
    plain
      .end("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      .on("error", () => {})
      .resume();
    await once(plain, "close");
  });
  expect(counted).toEqual([2]);
});

test("a container service: requests, and what its nodes use of their limits", async () => {
  const program = `require("node:http").createServer(({ url }, response) => {
    response.writeHead(url.startsWith("/none") ? 404 : 200, { "cache-control": "max-age=60" });
    response.end("x".repeat(1000));
  }).listen(Number(process.env.PORT), process.env.HOST);`;
  writeFileSync(join(folder, "one", "server.cjs"), program);
  const deployment = {
    containers: {
      web: {
        image: `folder:${join(folder, "one")}`,
        command: [process.execPath, "server.cjs"],
        ports: { "80": "HTTP" },
      },
    },
    publicEndpoint: {
      containerName: "web",
      containerPort: 80,
      healthCheck: {
        path: "/",
        successCodes: "200",
        intervalMs: 1000,
        timeoutMs: 900,
        unhealthyThreshold: 10,
      },
    },
  };
  const service = { name: "app", power: "nano", scale: 2, deployment };
  await platform.succeed("POST", "/v1/container-services", service);
  const { publicAddresses } = await platform.call<LoadBalancer>("GET", "/v1/container-services/app");
  const url = `http://${publicAddresses[0]?.address}:${platform.port(8080)}/?[1-20]`;
  const { stdout } = spawnSync("curl", ["-s", "-o", "/dev/null", "-w", "%{http_code} ", "-L", "-k", url], {
    encoding: "utf8",
  });
  expect(new Set(stdout.trim().split(" "))).toEqual(new Set(["200"]));
  await new Promise((resolve) => setTimeout(resolve, 1200));
  expect(await total("RequestCount", "app")).toBeGreaterThanOrEqual(20);
  const used = await total("MemoryUtilization", "app", "maximum");
  expect(used).toBeGreaterThan(1); // some MiB of 512
  expect(used).toBeLessThan(100);
  expect(await total("CPUUtilization", "app", "sampleCount")).toBeGreaterThanOrEqual(2);
});

test("a distribution counts all requests, and the service behind it those that the cache could not answer", async () => {
  await platform.succeed("POST", "/v1/distributions", { name: "shop", origin: "app" });
  const { publicAddresses } = await platform.call<LoadBalancer>("GET", "/v1/distributions/shop");
  const at = `http://${publicAddresses[0]?.address}:${platform.port(8080)}`;
  const ask = (path: string): string[] => {
    const words = ["-s", "-o", "/dev/null", "-w", "%{http_code} ", `${at}${path}`];
    return spawnSync("curl", words, { encoding: "utf8" }).stdout.trim().split(" ");
  };
  ask("/"); // the first one fills the cache
  await new Promise((resolve) => setTimeout(resolve, 600));
  const behind = await total("RequestCount", "app");
  const names = ["Requests", "BytesDownloaded", "BytesFromCache"] as const;
  const before: number[] = [];
  for (const name of names) before.push(await total(name, "shop"));
  expect(new Set(ask("/?[1-20]"))).toEqual(new Set(["200"]));
  expect(new Set(ask("/none?[1-5]"))).toEqual(new Set(["404"]));
  await new Promise((resolve) => setTimeout(resolve, 600));
  const after: number[] = [];
  for (const name of names) after.push(await total(name, "shop"));
  const [requests, sent = 0, cached = 0] = after.map((sum, i) => sum - (before[i] ?? 0));
  expect(requests).toBe(25);
  expect(sent).toBeGreaterThan(20_000);
  // All but the first that was not there.
  expect(cached).toBe(24_000);
  expect((await total("RequestCount", "app")) - behind).toBe(1);
  expect(await total("Http4xxErrorRate", "shop", "maximum")).toBeGreaterThanOrEqual(100);
  expect(await total("CacheHitRate", "shop", "sampleCount")).toBeGreaterThanOrEqual(25);
});

test("Prometheus scrapes what roles count and what each resource was asked for", async () => {
  const api = JSON.parse(readFileSync(join(platform.data, "run", "platform.json"), "utf8")) as {
    api: string;
  };
  const scrape = (key: string): Promise<Response> =>
    fetch(new URL("/metrics", api.api), { headers: { authorization: `Bearer ${key}` } });
  const read = async (): Promise<Map<string, number>> => {
    const response = await scrape(platform.key());
    expect(response.status).toBe(200);
    const text = await response.text();
    // Each has a help of its own (src/control/metrics/counter-help.ts).
    expect(text.match(/^# HELP .* Role .*$/gm)).toBeNull();
    const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    return new Map(
      lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]),
    );
  };
  const series =
    'fairlead_resource_target_responses_total{resource="front",type="load-balancer",class="2xx"}';
  await new Promise((resolve) => setTimeout(resolve, 600));
  const before = await read();
  curl("/", 9);
  await new Promise((resolve) => setTimeout(resolve, 600));
  const after = await read();
  expect((after.get(series) ?? 0) - (before.get(series) ?? 0)).toBe(9);
  for (const role of ["names", "resolver", "edge", "runtime"])
    expect(after.get(`fairlead_role_up{role="${role}"}`)).toBe(1);
  expect(after.get('fairlead_instance_processes{instance="one"}')).toBeGreaterThan(0);
  expect((await scrape("fl_wrong")).status).toBe(401);
});

test("the command line shows metrics as bars, as a table and as JSON", async () => {
  curl("/", 3);
  const { stdout, status } = platform.fairlead("metrics", "front", "RequestCount", "--period", "1m");
  expect(status).toBe(0);
  expect(stdout).toMatch(/^RequestCount of front, Sum\n {2}\s*[▁▂▃▄▅▆▇█]+\n/);
  expect(stdout).toMatch(/FROM \(UTC\) +SUM +AVERAGE/);
  expect(platform.json<MetricData>("metrics", "front", "RequestCount").points.length).toBeGreaterThan(0);
  expect(platform.fairlead("metrics", "front").stdout).toMatch(/HTTPCode_LB_5XX_Count +Count +Sum/);
  const refused = platform.fairlead("metrics", "front", "NoSuch");
  expect(refused.status).not.toBe(0);
  expect(refused.stderr).toMatch(/a load balancer has RequestCount/);
  expect(platform.fairlead("metrics", "front", "RequestCount", "--period", "0").stderr).toMatch(
    /multiple of 60/,
  );
  const { privateAddress } = await platform.call<Instance>("GET", "/v1/instances/one");
  expect(privateAddress).not.toBe("");
});
