// Metrics through the API: what roles count becomes data points of their minutes, and is asked for by Lightsail's rules.

import { beforeEach, describe, expect, test } from "vitest";
import type { MetricData, MetricList } from "#contract";
import { FakeCounters } from "../metrics/testing.ts";
import { readExposition, type ReadFamily } from "../metrics/testing-exposition.ts";
import { settle, testConfig } from "../testing.ts";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json, refused, pass } = api;
const minute = 60_000;
let edge: FakeCounters;
let runtime: FakeCounters;
let front: string;
let site: string;
let begin: number;

beforeEach(async () => {
  await api.startWith({ ...testConfig, collectsMetrics: true });
  [edge, runtime] = [0, 1].map(() => new FakeCounters(() => api.time.now)) as [FakeCounters, FakeCounters];
  api.roles.edge.metrics = edge.answer;
  api.roles.runtime.metrics = runtime.answer;
  const run = { kind: "site", folder: "/srv" };
  await json("POST", "/v1/instances", { name: "site", run, limits: { cpus: 0.5, memoryOctets: 100 << 20 } });
  await json("POST", "/v1/load-balancers", { name: "front", instances: ["site"] });
  front = (await json<{ id: string }>("GET", "/v1/load-balancers/front")).id;
  site = (await json<{ id: string }>("GET", "/v1/instances/site")).id;
  edge.add("resource", front, {});
  // Over the first minute: from now on all is known of before.
  await pass(minute + 50);
  begin = Math.floor(api.time.now / minute) * minute;
});

/** Lets a whole minute pass, to shortly after its end. */
const passMinutes = (count: number = 1): Promise<void> => pass(count * minute);

/** Data points from the beginning of a test on: `MINUTE: sum/count min..max`. */
async function points(metric: string, resource: string = "front", query: string = ""): Promise<string[]> {
  const end = new Date(api.time.now + minute).toISOString();
  const start = new Date(begin).toISOString();
  const path = `/v1/metrics/${resource}/${metric}?period=60&start=${start}&end=${end}${query}`;
  const data = await json<MetricData>("GET", path);
  return data.points.map(
    ({ at, sum, sampleCount, minimum, maximum }) =>
      `${(Date.parse(at) - begin) / minute}: ${sum}/${sampleCount} ${minimum}..${maximum}`,
  );
}

describe("collection", () => {
  test("what happens counts in its minute, with a sample for each event; nothing is told as nothing", async () => {
    edge.add("resource", front, {
      "target-responses-2xx": 5,
      "target-responses-5xx": 1,
      "own-answers-5xx": 2,
    });
    await passMinutes(2);
    edge.add("resource", front, { "target-responses-2xx": 3 });
    await passMinutes();
    expect(await points("RequestCount")).toEqual(["0: 6/6 1..1", "1: 0/1 0..0", "2: 3/3 1..1"]);
    expect(await points("HTTPCode_Instance_2XX_Count")).toEqual([
      "0: 5/5 1..1",
      "1: 0/1 0..0",
      "2: 3/3 1..1",
    ]);
    expect(await points("HTTPCode_Instance_5XX_Count")).toEqual([
      "0: 1/1 1..1",
      "1: 0/1 0..0",
      "2: 0/1 0..0",
    ]);
    expect(await points("HTTPCode_LB_5XX_Count")).toEqual(["0: 2/2 1..1", "1: 0/1 0..0", "2: 0/1 0..0"]);
  });

  test("asked for within a minute, what happened until then is there, and counts once", async () => {
    edge.add("resource", front, { "target-responses-2xx": 5 });
    await pass(10_000);
    expect(await points("RequestCount", "front", "&fresh=1")).toEqual(["0: 5/5 1..1"]);
    edge.add("resource", front, { "target-responses-2xx": 2 });
    await pass(10_000);
    expect(await points("RequestCount", "front", "&fresh=1")).toEqual(["0: 7/7 1..1"]);
    await passMinutes();
    expect(await points("RequestCount")).toEqual(["0: 7/7 1..1"]);
    await passMinutes();
    expect(await points("RequestCount")).toEqual(["0: 7/7 1..1", "1: 0/1 0..0"]);
  });

  test("a role that restarts begins to count from zero, and none of it is lost or counted twice", async () => {
    edge.add("resource", front, { "target-responses-2xx": 5 });
    await passMinutes();
    edge.restart();
    edge.add("resource", front, { "target-responses-2xx": 4 });
    await passMinutes();
    expect(await points("RequestCount")).toEqual(["0: 5/5 1..1", "1: 4/4 1..1"]);
  });

  test("a resource that is made anew under its id counts from zero, where no process restarts", async () => {
    edge.add("resource", front, { "target-responses-2xx": 5 });
    await passMinutes();
    edge.samples.clear();
    edge.add("resource", front, { "target-responses-2xx": 2 }, { life: 2 });
    await passMinutes();
    expect(await points("RequestCount")).toEqual(["0: 5/5 1..1", "1: 2/2 1..1"]);
  });

  test("minutes in which a role is away are a gap, and what it counted meanwhile is nobody's", async () => {
    edge.add("resource", front, { "target-responses-2xx": 5 });
    await passMinutes();
    api.roles.edge.disconnect();
    await passMinutes(5);
    edge.add("resource", front, { "target-responses-2xx": 100 });
    api.roles.edge.connect(api.control.hub);
    await passMinutes();
    edge.add("resource", front, { "target-responses-2xx": 7 });
    await passMinutes();
    expect(await points("RequestCount")).toEqual(["0: 5/5 1..1", "7: 7/7 1..1"]);
  });

  test("a role that is away for a moment loses nothing", async () => {
    edge.add("resource", front, { "target-responses-2xx": 5 });
    await pass(50_000);
    api.roles.edge.disconnect();
    await pass(20_000);
    api.roles.edge.connect(api.control.hub);
    edge.add("resource", front, { "target-responses-2xx": 1 });
    await passMinutes();
    const all = await points("RequestCount");
    expect(all.reduce((sum, text) => sum + Number(/: (\d+)/.exec(text)?.[1]), 0)).toBe(6);
  });

  test("after a restart of control nothing from before is counted again", async () => {
    edge.add("resource", front, { "target-responses-2xx": 5 });
    await passMinutes();
    await api.restart({ ...testConfig, collectsMetrics: true });
    for (const role of Object.values(api.roles)) role.connect(api.control.hub);
    await settle();
    edge.add("resource", front, { "target-responses-2xx": 2 });
    await passMinutes();
    expect(await points("RequestCount")).toEqual(["0: 5/5 1..1", "1: 2/2 1..1"]);
  });

  test("an answer that is none, and counters of what nobody knows, leave all else as it is", async () => {
    edge.add("resource", "no-such-resource", { "target-responses-2xx": 5 });
    edge.add("target", "no-such-target", { "octets-to-target": 5 });
    edge.add("resource", front, { "target-responses-2xx": 1, "no-such-counter": 9 });
    await passMinutes();
    const { metrics } = api.roles.edge;
    for (const answer of [
      null,
      7,
      {},
      { epoch: "", at: 0, samples: [{ of: "resource", id: front, life: 1, counts: { x: -1 } }] },
    ]) {
      api.roles.edge.metrics = () => answer;
      await passMinutes();
    }
    api.roles.edge.metrics = metrics;
    await passMinutes(2);
    expect(await points("RequestCount")).toEqual(["0: 1/1 1..1", "6: 0/1 0..0"]);
  });

  test("a clock that is put back, or ahead, makes points of the minutes that it shows", async () => {
    edge.add("resource", front, { "target-responses-2xx": 5 });
    await passMinutes();
    // The wall clock alone: timers go on.
    const { clock } = api.time;
    let jump = -10 * minute;
    clock.wall = () => api.time.now + jump;
    edge.add("resource", front, { "target-responses-2xx": 3 });
    await passMinutes();
    jump = 0;
    edge.add("resource", front, { "target-responses-2xx": 2 });
    await passMinutes();
    const path = `/v1/metrics/front/RequestCount?period=60&start=${new Date(begin - 20 * minute).toISOString()}`;
    const { points: all } = await json<MetricData>("GET", path);
    const sums = all
      .filter(({ sum = 0 }) => sum > 0)
      .map(({ at, sum }) => [(Date.parse(at) - begin) / minute, sum]);
    expect(sums).toEqual([
      [-9, 3],
      [0, 5],
      [2, 2],
    ]);
  });
});

describe("what each metric is of", () => {
  test("response times have their sum, least and greatest; hosts are as they were at the collection", async () => {
    const responseTime = { count: 2, sum: 0.5, minimum: 0.1, maximum: 0.4 };
    edge.add("resource", front, {}, { responseTime, gauges: { "healthy-hosts": 2, "unhealthy-hosts": 1 } });
    await passMinutes();
    edge.add("resource", front, {}, { responseTime: { count: 3, sum: 0.75 } });
    await passMinutes();
    expect(await points("InstanceResponseTime")).toEqual(["0: 0.5/2 0.1..0.4", "1: 0.25/1 0.25..0.25"]);
    expect(await points("HealthyHostCount")).toEqual(["0: 2/1 2..2", "1: 2/1 2..2"]);
    expect(await points("UnhealthyHostCount")).toEqual(["0: 1/1 1..1", "1: 1/1 1..1"]);
  });

  test("an instance: octets through the edge, processor and memory of what it may use, checks", async () => {
    edge.add("target", site, { "octets-to-target": 0, "octets-from-target": 0 });
    runtime.add(
      "instance",
      site,
      { "cpu-seconds": 0 },
      { gauges: { "memory-octets": 25 << 20, processors: 8 } },
    );
    const state = { type: "report", report: { type: "instance", instance: { id: site, state: "running" } } };
    api.roles.runtime.send(state);
    await passMinutes();
    edge.add("target", site, { "octets-to-target": 100, "octets-from-target": 5000 });
    runtime.add("instance", site, { "cpu-seconds": 15 });
    await passMinutes();
    const failed = { ...state.report.instance, state: "failed", reason: "it ended" };
    api.roles.runtime.send({ type: "report", report: { type: "instance", instance: failed } });
    await passMinutes();
    api.roles.runtime.disconnect();
    await passMinutes();
    expect(await points("NetworkIn", "site")).toEqual([
      "0: 0/1 0..0",
      "1: 100/1 100..100",
      "2: 0/1 0..0",
      "3: 0/1 0..0",
    ]);
    expect((await points("NetworkOut", "site"))[1]).toBe("1: 5000/1 5000..5000");
    // 15 s of 60 s of half a processor.
    expect(await points("CPUUtilization", "site")).toEqual(["0: 0/1 0..0", "1: 50/1 50..50", "2: 0/1 0..0"]);
    expect((await points("MemoryUtilization", "site"))[0]).toBe("0: 25/1 25..25");
    expect(await points("StatusCheckFailed_Instance", "site")).toEqual([
      "0: 0/1 0..0",
      "1: 0/1 0..0",
      "2: 1/1 1..1",
    ]);
    expect(await points("StatusCheckFailed_System", "site")).toEqual([
      "0: 0/1 0..0",
      "1: 0/1 0..0",
      "2: 0/1 0..0",
      "3: 1/1 1..1",
    ]);
    expect(await points("StatusCheckFailed", "site")).toEqual([
      "0: 0/1 0..0",
      "1: 0/1 0..0",
      "2: 1/1 1..1",
      "3: 1/1 1..1",
    ]);
    expect(await points("BurstCapacityPercentage", "site")).toEqual([]);
  });
});

describe("questions", () => {
  test("spans begin at the start, in whole minutes; ends are left out; statistics are those that were asked for", async () => {
    for (let i = 1; i <= 6; i++) {
      edge.add("resource", front, { "target-responses-2xx": i });
      await passMinutes();
    }
    const at = (ms: number): string => new Date(begin + ms).toISOString();
    const query = `period=120&start=${at(minute + 30_000)}&end=${at(5 * minute)}&statistics=Sum,SampleCount`;
    const data = await json<MetricData>("GET", `/v1/metrics/front/RequestCount?${query}`);
    expect(data).toMatchObject({ unit: "Count", period: 120, start: at(minute), end: at(5 * minute) });
    expect(data.points).toEqual([
      { at: at(minute), sum: 5, sampleCount: 5 },
      { at: at(3 * minute), sum: 9, sampleCount: 9 },
    ]);
  });

  test("a unit that the metric has not gives no points", async () => {
    edge.add("resource", front, { "target-responses-2xx": 1 });
    await passMinutes();
    expect(await points("RequestCount", "front", "&unit=Count")).toHaveLength(1);
    for (const unit of ["Percent", "None", "Furlongs"])
      expect(await points("RequestCount", "front", `&unit=${unit}`)).toEqual([]);
  });

  test("what lies longer ago is there in coarser spans only", async () => {
    edge.add("resource", front, { "target-responses-2xx": 9 });
    await passMinutes();
    const day = 86_400_000;
    const ask = async (period: number, ageDays: number): Promise<unknown[]> => {
      api.time.now = begin + ageDays * day; // nothing is swept away meanwhile
      const start = new Date(begin - 7_200_000).toISOString();
      const end = new Date(begin + 7_200_000).toISOString();
      const path = `/v1/metrics/front/RequestCount?period=${period}&start=${start}&end=${end}&statistics=Sum`;
      return (await json<MetricData>("GET", path)).points.filter(({ sum = 0 }) => sum > 0);
    };
    expect(await ask(60, 1)).toMatchObject([{ at: new Date(begin).toISOString(), sum: 9 }]);
    expect(await ask(300, 20)).toMatchObject([{ sum: 9 }]);
    expect(await ask(3600, 100)).toMatchObject([{ sum: 9 }]);
  });

  test("a resource tells which metrics it has", async () => {
    const list = await json<MetricList>("GET", "/v1/metrics/front");
    expect(list.resourceType).toBe("LoadBalancer");
    expect(
      list.metrics
        .filter(({ isLightsail }) => isLightsail)
        .map(({ name }) => name)
        .sort(),
    ).toEqual([
      "ClientTLSNegotiationErrorCount",
      "HTTPCode_Instance_2XX_Count",
      "HTTPCode_Instance_3XX_Count",
      "HTTPCode_Instance_4XX_Count",
      "HTTPCode_Instance_5XX_Count",
      "HTTPCode_LB_4XX_Count",
      "HTTPCode_LB_5XX_Count",
      "HealthyHostCount",
      "InstanceResponseTime",
      "RejectedConnectionCount",
      "RequestCount",
      "UnhealthyHostCount",
    ]);
  });

  const start = "2027-01-15T00:00:00Z";
  test.each([
    ["nothing/RequestCount", "resource-not-found"],
    ["front/NoSuchMetric", "input-malformed", /a load balancer has RequestCount/],
    ["front/toString", "input-malformed"],
    ["front/RequestCount?period=59", "input-malformed", /multiple of 60/],
    ["front/RequestCount?period=90", "input-malformed", /multiple of 60/],
    ["front/RequestCount?period=0", "input-malformed"],
    ["front/RequestCount?period=86460", "input-malformed"],
    ["front/RequestCount?period=1e3", "input-malformed"],
    [`front/RequestCount?start=${start}&end=${start}`, "input-malformed", /before the end/],
    ["front/RequestCount?start=yesterday", "input-malformed", /expected a time/],
    ["front/RequestCount?start=1", "input-malformed"],
    ["front/RequestCount?end=%00", "input-malformed"],
    ["front/RequestCount?period=60&start=2020-01-01", "input-malformed", /more than 1440/],
    ["front/RequestCount?statistics=Median", "input-malformed", /SampleCount/],
    ["front/RequestCount?statistics=", "input-malformed"],
    ["front/RequestCount?stat=Sum", "input-malformed"],
  ])("%s is refused with %s", async (path, code, message = /./) => {
    const answer = await refused("GET", `/v1/metrics/${path}`);
    expect(answer.code).toBe(code);
    expect(answer.message).toMatch(message);
  });

  test("a static IP has none, and says where they are", async () => {
    await json("POST", "/v1/static-ips", { name: "address" });
    expect((await refused("GET", "/v1/metrics/address")).message).toMatch(/static IP/);
  });
});

describe("Prometheus", () => {
  const scrape = async (): Promise<Map<string, ReadFamily>> => {
    const response = await api.call("GET", "/metrics");
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    return readExposition(await response.text());
  };
  const value = (
    families: Map<string, ReadFamily>,
    name: string,
    labels: Record<string, string> = {},
  ): number | undefined =>
    families
      .get(`fairlead_${name}`)
      ?.samples.find((sample) => Object.entries(labels).every(([key, text]) => sample.labels[key] === text))
      ?.value;

  test("a scrape tells of roles, of what they count, and of each resource as it is in that moment", async () => {
    edge.add(
      "resource",
      front,
      { "responses-2xx": 5, "target-responses-2xx": 5, "octets-to-clients": 900 },
      {
        gauges: { "healthy-hosts": 1, "unhealthy-hosts": 0 },
        responseTime: { count: 5, sum: 0.5, minimum: 0.1, maximum: 0.1 },
      },
    );
    edge.add("target", site, { "octets-to-target": 1, "octets-from-target": 2 });
    runtime.add("instance", site, { "cpu-seconds": 1.5 }, { gauges: { "memory-octets": 7, processes: 2 } });
    await pass(1000);
    const families = await scrape();
    expect(value(families, "role_up", { role: "edge" })).toBe(1);
    expect(value(families, "edge_queries_total")).toBe(7);
    const labels = { resource: "front", type: "load-balancer" };
    expect(value(families, "resource_responses_total", { ...labels, class: "2xx" })).toBe(5);
    expect(value(families, "resource_responses_total", { ...labels, class: "5xx" })).toBeUndefined();
    expect(value(families, "resource_bytes_to_clients_total", labels)).toBe(900);
    expect(value(families, "resource_hosts", { ...labels, health: "healthy" })).toBe(1);
    const times = families.get("fairlead_resource_response_seconds");
    expect(times?.samples.map(({ name, value: number }) => [name, number])).toEqual([
      ["fairlead_resource_response_seconds_sum", 0.5],
      ["fairlead_resource_response_seconds_count", 5],
    ]);
    expect(value(families, "instance_bytes_in_total", { instance: "site" })).toBe(1);
    expect(value(families, "instance_cpu_seconds_total", { instance: "site" })).toBe(1.5);
    // What was scraped is in no minute twice.
    await passMinutes();
    expect((await points("HTTPCode_Instance_2XX_Count"))[0]).toBe("0: 5/5 1..1");
  });

  test("counters with further labels are families of their own", async () => {
    api.roles.names.counters = () => ({
      "queries{group=root}": 3,
      "queries{group=root,transport=udp}": 2,
      "queries{group=root,transport=tcp}": 1,
      "connections-open": 4,
      "odd name{}": 1,
      "{": 1,
    });
    const families = await scrape();
    expect(value(families, "names_queries_total", { group: "root" })).toBe(3);
    expect(families.get("fairlead_names_queries_total")?.samples).toHaveLength(1);
    expect(value(families, "names_queries_by_transport_total", { transport: "udp" })).toBe(2);
    expect(families.get("fairlead_names_connections_open")?.type).toBe("gauge");
  });

  test("a role that is away is told of as away, and its resources are not", async () => {
    edge.add("resource", front, { "responses-2xx": 5 });
    await passMinutes();
    api.roles.edge.disconnect();
    const families = await scrape();
    expect(value(families, "role_up", { role: "edge" })).toBe(0);
    expect(families.has("fairlead_resource_responses_total")).toBe(false);
  });

  test("who may not read may not scrape", async () => {
    const response = await api.callAs("Bearer fl_wrong", "GET", "/metrics");
    expect(response.status).toBe(401);
    const { accessKey } = await json<{ accessKey: { secret: string } }>("POST", "/v1/keys", {
      name: "writer",
      role: "operator",
      verbs: ["apply"],
    });
    const unread = await api.callAs(`Bearer ${accessKey.secret}`, "GET", "/metrics");
    expect(unread.status).toBe(403);
  });
});
