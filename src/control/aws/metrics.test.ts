// Metrics and alarms as Lightsail's clients ask for them.

import { beforeEach, describe, expect, test } from "vitest";
import { FakeCounters } from "../metrics/testing.ts";
import { AwsTestApi } from "./testing.ts";

const aws = new AwsTestApi();
const { call, refused } = aws;
const minute = 60_000;
let edge: FakeCounters;
let begin: number;

beforeEach(async () => {
  await aws.start();
  edge = new FakeCounters(() => aws.api.time.now);
  aws.api.roles.edge.metrics = edge.answer;
  const run = { kind: "site", folder: "/srv" };
  await aws.api.json("POST", "/v1/instances", { name: "web", run });
  await call("CreateLoadBalancer", { loadBalancerName: "front", instancePort: 80 });
  const { id } = await aws.api.json<{ id: string }>("GET", "/v1/load-balancers/front");
  edge.add("resource", id, {});
  aws.api.time.now = Math.ceil(aws.api.time.now / minute) * minute;
  const collect = (): Promise<unknown> => aws.api.json("GET", "/v1/metrics/front/RequestCount?fresh=1");
  await collect();
  begin = aws.api.time.now;
  for (const [requests, errors] of [
    [4, 0],
    [0, 0],
    [6, 3],
  ] as const) {
    edge.add("resource", id, { "target-responses-2xx": requests, "own-answers-5xx": errors });
    aws.api.time.now += minute;
    await collect();
  }
});

const question = (more: object = {}) => ({
  loadBalancerName: "front",
  metricName: "RequestCount" as const,
  period: 60,
  startTime: begin / 1000,
  endTime: begin / 1000 + 600,
  unit: "Count" as const,
  statistics: ["Sum" as const, "SampleCount" as const],
  ...more,
});

describe("GetLoadBalancerMetricData", () => {
  test("gives data points in the order of time with the statistics that were asked for", async () => {
    const at = begin / 1000;
    expect(await call("GetLoadBalancerMetricData", question())).toEqual({
      metricName: "RequestCount",
      metricData: [
        { sum: 4, sampleCount: 4, timestamp: at, unit: "Count" },
        { sum: 0, sampleCount: 1, timestamp: at + 60, unit: "Count" },
        { sum: 6, sampleCount: 6, timestamp: at + 120, unit: "Count" },
      ],
    });
    const all = await call(
      "GetLoadBalancerMetricData",
      question({ period: 300, statistics: ["Minimum", "Maximum", "Average"] }),
    );
    // The start is a whole minute, and no more: spans are counted from there.
    expect(all.metricData).toEqual([
      { minimum: 0, maximum: 1, average: 10 / 11, timestamp: at, unit: "Count" },
    ]);
  });

  test("another unit than the metric's gives an empty list", async () => {
    for (const unit of ["Percent", "Seconds", "Bytes/Second", "None"])
      expect(await call("GetLoadBalancerMetricData", question({ unit }))).toEqual({
        metricName: "RequestCount",
        metricData: [],
      });
  });

  test.each([
    [{ loadBalancerName: "web" }, "NotFoundException"],
    [{ loadBalancerName: "none" }, "NotFoundException"],
    [{ metricName: "CPUUtilization" }, "InvalidInputException"],
    [{ period: 59 }, "InvalidInputException"],
    [{ period: 90 }, "InvalidInputException"],
    [{ period: 86_401 }, "InvalidInputException"],
    [{ unit: "Furlongs" }, "InvalidInputException"],
    [{ statistics: ["Median"] }, "InvalidInputException"],
    [{ statistics: [] }, "InvalidInputException"],
    [{ startTime: 2_000_000_000, endTime: 1_900_000_000 }, "InvalidInputException"],
    [{ startTime: 0 }, "InvalidInputException"],
    [{ startTime: 1e300, endTime: 2e300 }, "InvalidInputException"],
    [{ endTime: undefined }, "InvalidInputException"],
  ])("%j is refused with %s", async (more, type) => {
    expect((await refused("GetLoadBalancerMetricData", question(more))).type).toBe(type);
  });
});

test("distributions and container services have metrics of their own", async () => {
  const { loadBalancerName: _, unit: __, ...rest } = question({});
  await call("CreateDistribution", {
    distributionName: "shop",
    bundleId: "small_1_0",
    origin: { name: "front" },
    defaultCacheBehavior: { behavior: "cache" },
  });
  const requests = { ...rest, distributionName: "shop", metricName: "Requests", unit: "None" } as const;
  expect(await call("GetDistributionMetricData", requests as never)).toMatchObject({
    metricName: "Requests",
  });
  await call("DeleteDistribution", { distributionName: "shop" });
  await call("CreateContainerService", { serviceName: "app", power: "nano", scale: 1 });
  const cpu = { ...rest, serviceName: "app", metricName: "CPUUtilization" };
  expect(await call("GetContainerServiceMetricData", cpu as never)).toEqual({
    metricName: "CPUUtilization",
    metricData: [],
  });
});

test("an instance's metrics, and those that are Lightsail's alone", async () => {
  const { loadBalancerName: _, ...rest } = question({ unit: "Percent" });
  const ask = (metricName: string): Promise<unknown> =>
    call("GetInstanceMetricData", { ...rest, instanceName: "web", metricName } as never);
  expect(await ask("BurstCapacityPercentage")).toEqual({
    metricName: "BurstCapacityPercentage",
    metricData: [],
  });
  expect(await ask("CPUUtilization")).toEqual({ metricName: "CPUUtilization", metricData: [] });
  const own = { ...rest, instanceName: "web", metricName: "MemoryUtilization" };
  expect((await refused("GetInstanceMetricData", own)).type).toBe("InvalidInputException");
  const other = { ...rest, instanceName: "front", metricName: "CPUUtilization" };
  expect((await refused("GetInstanceMetricData", other)).type).toBe("NotFoundException");
});

describe("alarms", () => {
  const alarm = {
    alarmName: "errors",
    metricName: "HTTPCode_LB_5XX_Count",
    monitoredResourceName: "front",
    comparisonOperator: "GreaterThanOrEqualToThreshold",
    threshold: 3,
    evaluationPeriods: 1,
  } as const;

  test("are put, read, replaced, tested and deleted", async () => {
    const put = await call("PutAlarm", { ...alarm, notificationTriggers: ["ALARM"] });
    expect(put.operations).toMatchObject([
      {
        operationType: "PutAlarm",
        resourceName: "errors",
        resourceType: "Alarm",
        status: "Succeeded",
        isTerminal: true,
      },
    ]);
    const read = await call("GetAlarms", { alarmName: "errors" });
    expect(read.alarms).toMatchObject([
      {
        name: "errors",
        resourceType: "Alarm",
        monitoredResourceInfo: { name: "front", resourceType: "LoadBalancer" },
        metricName: "HTTPCode_LB_5XX_Count",
        comparisonOperator: "GreaterThanOrEqualToThreshold",
        threshold: 3,
        evaluationPeriods: 1,
        datapointsToAlarm: 1,
        treatMissingData: "missing",
        period: 300,
        statistic: "Sum",
        unit: "Count",
        state: "ALARM",
        notificationEnabled: true,
        notificationTriggers: ["ALARM"],
        contactProtocols: [],
      },
    ]);
    await call("PutAlarm", { ...alarm, threshold: 4, notificationEnabled: false });
    const { alarms = [] } = await call("GetAlarms", { monitoredResourceName: "front" });
    expect(alarms).toMatchObject([
      { threshold: 4, state: "OK", notificationEnabled: false, notificationTriggers: [] },
    ]);
    const tested = await call("TestAlarm", { alarmName: "errors", state: "ALARM" });
    expect(tested.operations).toMatchObject([
      { operationType: "TestAlarm", resourceName: "errors", status: "Succeeded" },
    ]);
    expect((await call("GetAlarms", {})).alarms).toMatchObject([{ state: "ALARM" }]);
    const deleted = await call("DeleteAlarm", { alarmName: "errors" });
    expect(deleted.operations).toMatchObject([{ operationType: "DeleteAlarm", status: "Succeeded" }]);
    expect((await call("GetAlarms", {})).alarms).toEqual([]);
    expect((await call("GetOperationsForResource", { resourceName: "errors" })).operations).toHaveLength(4);
  });

  test.each([
    ["PutAlarm", { ...alarm, monitoredResourceName: "none" }, "NotFoundException"],
    ["PutAlarm", { ...alarm, metricName: "CPUUtilization" }, "InvalidInputException"],
    ["PutAlarm", { ...alarm, metricName: "DiskQueueDepth" }, "InvalidInputException"],
    ["PutAlarm", { ...alarm, metricName: "NoSuch" }, "InvalidInputException"],
    ["PutAlarm", { ...alarm, evaluationPeriods: 0 }, "InvalidInputException"],
    ["PutAlarm", { ...alarm, datapointsToAlarm: 2 }, "InvalidInputException"],
    ["PutAlarm", { ...alarm, contactProtocols: ["Email"] }, "NotFoundException"],
    ["PutAlarm", { ...alarm, tags: [{ key: "aws:a" }] }, "InvalidInputException"],
    ["GetAlarms", { alarmName: "none" }, "NotFoundException"],
    ["GetAlarms", { pageToken: "none" }, "InvalidInputException"],
    ["DeleteAlarm", { alarmName: "none" }, "NotFoundException"],
    ["TestAlarm", { alarmName: "none", state: "OK" }, "NotFoundException"],
    ["TestAlarm", { alarmName: "none", state: "RED" }, "InvalidInputException"],
    [
      "CreateContactMethod",
      { protocol: "Email", contactEndpoint: "a@example.org" },
      "OperationFailureException",
    ],
    ["SendContactMethodVerification", { protocol: "Email" }, "OperationFailureException"],
    ["DeleteContactMethod", { protocol: "SMS" }, "NotFoundException"],
  ])("%s %j is refused with %s", async (operation, input, type) => {
    expect((await refused(operation, input)).type).toBe(type);
  });

  test("there are no contact methods", async () => {
    expect(await call("GetContactMethods", {})).toEqual({ contactMethods: [] });
  });

  test("who only reads neither puts nor tests them", async () => {
    await call("PutAlarm", alarm);
    const reader = await aws.createKey({ role: "viewer" });
    for (const [operation, input] of [
      ["PutAlarm", alarm],
      ["TestAlarm", { alarmName: "errors", state: "OK" }],
    ] as const)
      expect((await refused(operation, input, reader)).type).toBe("AccessDeniedException");
    expect((await call("GetAlarms", {}, reader)).alarms).toHaveLength(1);
  });
});
