// Metrics and alarms as AWS's own clients ask for them: the command line of Debian, an old SDK and the newest one, before a platform
// that runs, with real requests through its load balancer.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LoadBalancer, MetricData, WriteAnswer } from "#contract";
import { awsCli, type AwsCli } from "../aws-clients/aws-cli.ts";
import { lightsail, type AwsPlace, type SdkClient } from "../aws-clients/sdk.ts";
import { startPlatform, type Platform } from "./harness.ts";

let platform: Platform;
let folder: string;
let place: AwsPlace;
let aws: AwsCli;
let begin: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fl-aws-metrics-"));
  writeFileSync(join(folder, "index.html"), "hello");
  platform = await startPlatform();
  await platform.succeed("POST", "/v1/instances", { name: "web", run: { kind: "site", folder } });
  await platform.succeed("POST", "/v1/load-balancers", { name: "front", instances: ["web"] });
  const { accessKey } = await platform.call<WriteAnswer>("POST", "/v1/keys", { name: "aws", type: "aws" });
  const { places } = await platform.call<{ places: { title: string; at: string }[] }>("GET", "/v1/status");
  place = {
    endpoint: places.find(({ title }) => title === "control API")?.at ?? "",
    accessKeyId: accessKey?.id ?? "",
    secretAccessKey: accessKey?.secret ?? "",
  };
  aws = awsCli(place);
  begin = Math.floor(Date.now() / 60_000) * 60;
  const { publicAddresses } = await platform.call<LoadBalancer>("GET", "/v1/load-balancers/front");
  const at = `http://${publicAddresses[0]?.address}:${platform.port(8080)}`;
  await collect();
  await new Promise((resolve) => setTimeout(resolve, 600));
  spawnSync("curl", ["-s", "-o", "/dev/null", `${at}/?[1-30]`]);
  spawnSync("curl", ["-s", "-o", "/dev/null", `${at}/none?[1-4]`]);
  await new Promise((resolve) => setTimeout(resolve, 600));
  await collect();
});

afterAll(async () => {
  await platform?.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** Has control ask the roles now, in place of at the end of the minute. */
async function collect(): Promise<void> {
  await platform.call<MetricData>("GET", "/v1/metrics/front/RequestCount?fresh=1");
}

interface Answer {
  readonly metricName: string;
  readonly metricData: readonly {
    readonly sum: number;
    readonly timestamp: unknown;
    readonly unit: string;
  }[];
}

const sumOf = ({ metricData }: Answer): number => metricData.reduce((total, { sum }) => total + sum, 0);

test("the command line reads what real requests came to, and is refused what breaks a rule", async () => {
  const ask = (...words: string[]): string[] => [
    "lightsail",
    "get-load-balancer-metric-data",
    "--load-balancer-name",
    "front",
    "--start-time",
    String(begin),
    "--end-time",
    String(begin + 600),
    "--statistics",
    "Sum",
    ...words,
  ];
  const count = async (metric: string): Promise<number> =>
    sumOf(await aws.json<Answer>(...ask("--metric-name", metric, "--period", "60", "--unit", "Count")));
  expect(await count("RequestCount")).toBe(34);
  expect(await count("HTTPCode_Instance_4XX_Count")).toBe(4);
  const other = ask("--metric-name", "RequestCount", "--period", "60", "--unit", "Percent");
  expect((await aws.json<Answer>(...other)).metricData).toEqual([]);
  const odd = ask("--metric-name", "RequestCount", "--period", "90", "--unit", "Count");
  expect((await aws.refused(...odd)).type).toBe("InvalidInputException");
});

test("the command line puts, reads, tests and deletes an alarm, and is told that there are no contact methods", async () => {
  const put = ["--alarm-name", "busy", "--metric-name", "RequestCount", "--monitored-resource-name", "front"];
  const rule = [
    "--comparison-operator",
    "GreaterThanThreshold",
    "--threshold",
    "20",
    "--evaluation-periods",
    "1",
  ];
  const { operations } = await aws.json<{ operations: { operationType: string; status: string }[] }>(
    "lightsail",
    "put-alarm",
    ...put,
    ...rule,
    "--notification-triggers",
    "ALARM",
  );
  expect(operations[0]).toMatchObject({ operationType: "PutAlarm", status: "Succeeded" });
  const { alarms } = await aws.json<{ alarms: unknown[] }>("lightsail", "get-alarms", "--alarm-name", "busy");
  expect(alarms).toMatchObject([
    {
      name: "busy",
      threshold: 20,
      statistic: "Sum",
      monitoredResourceInfo: { name: "front" },
      notificationTriggers: ["ALARM"],
    },
  ]);
  await aws.json("lightsail", "test-alarm", "--alarm-name", "busy", "--state", "ALARM");
  await aws.json("lightsail", "delete-alarm", "--alarm-name", "busy");
  expect((await aws.refused("lightsail", "get-alarms", "--alarm-name", "busy")).type).toBe(
    "NotFoundException",
  );
  expect(await aws.json("lightsail", "get-contact-methods")).toEqual({ contactMethods: [] });
  const contact = ["--protocol", "Email", "--contact-endpoint", "ada@example.org"];
  expect((await aws.refused("lightsail", "create-contact-method", ...contact)).type).toBe(
    "OperationFailureException",
  );
});

test.each(["old", "new"] as const)(
  "the %s SDK reads metrics of instances and load balancers, and an alarm",
  async (release) => {
    const client: SdkClient = lightsail(release, place);
    const times = { startTime: new Date(begin * 1000), endTime: new Date(begin * 1000 + 600_000) };
    const question = { ...times, period: 60, statistics: ["Sum"] };
    const requests = await client.call<Answer>("GetLoadBalancerMetricData", {
      ...question,
      loadBalancerName: "front",
      metricName: "RequestCount",
      unit: "Count",
    });
    expect(sumOf(requests)).toBe(34);
    expect(requests.metricData[0]?.timestamp).toBeInstanceOf(Date);
    const octets = await client.call<Answer>("GetInstanceMetricData", {
      ...question,
      instanceName: "web",
      metricName: "NetworkOut",
      unit: "Bytes",
    });
    expect(sumOf(octets)).toBeGreaterThan(30 * 5);
    const alarmName = `slow-${release}`;
    await client.call("PutAlarm", {
      alarmName,
      metricName: "InstanceResponseTime",
      monitoredResourceName: "front",
      comparisonOperator: "GreaterThanThreshold",
      threshold: 5,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      treatMissingData: "notBreaching",
    });
    const { alarms } = await client.call<{ alarms: unknown[] }>("GetAlarms", { alarmName });
    expect(alarms).toMatchObject([
      { state: "OK", statistic: "Average", unit: "Seconds", datapointsToAlarm: 2 },
    ]);
    const wrong = await client.fail("PutAlarm", {
      alarmName,
      metricName: "CPUUtilization",
      monitoredResourceName: "front",
      comparisonOperator: "GreaterThanThreshold",
      threshold: 5,
      evaluationPeriods: 3,
    });
    expect(client.isA(wrong, "InvalidInputException")).toBe(true);
  },
);
