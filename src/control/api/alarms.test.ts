// Alarms through the API: put, judged on the minute, tested, deleted with what they are of.

import { beforeEach, expect, test } from "vitest";
import type { Alarm, Plan, Status, WriteAnswer } from "#contract";
import { FakeCounters } from "../metrics/testing.ts";
import { readExposition } from "../metrics/testing-exposition.ts";
import { settle, testConfig } from "../testing.ts";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json, refused, pass, call } = api;
const minute = 60_000;
const config = { ...testConfig, collectsMetrics: true };
let edge: FakeCounters;
let front: string;

const body = {
  resource: "front",
  metric: "HTTPCode_LB_5XX_Count",
  comparisonOperator: "GreaterThanOrEqualToThreshold",
  threshold: 3,
  evaluationPeriods: 1,
};

beforeEach(async () => {
  await api.startWith(config);
  edge = new FakeCounters(() => api.time.now);
  api.roles.edge.metrics = edge.answer;
  await json("POST", "/v1/instances", { name: "web", run: { kind: "site", folder: "/srv" } });
  await json("POST", "/v1/load-balancers", { name: "front" });
  front = (await json<{ id: string }>("GET", "/v1/load-balancers/front")).id;
  edge.add("resource", front, {});
  await pass(minute + 50);
});

const put = (name: string, more: object = {}): Promise<WriteAnswer> =>
  json<WriteAnswer>("PUT", `/v1/alarms/${name}`, { ...body, ...more });
const look = (name: string): Promise<Alarm> => json<Alarm>("GET", `/v1/alarms/${name}`);

/** Errors in one minute, and that minute. */
async function fail(count: number): Promise<void> {
  edge.add("resource", front, { "own-answers-5xx": count });
  await pass(minute);
}

test("an alarm goes off when its metric breaches the threshold, and back when it does not any more", async () => {
  const answer = await put("errors");
  expect(answer.plan.changes[0]?.text).toBe("Create alarm errors: HTTPCode_LB_5XX_Count of front at least 3");
  expect(answer.operation).toMatchObject({
    operationType: "PutAlarm",
    resourceType: "Alarm",
    status: "Succeeded",
  });
  // What was measured before it was put counts too.
  expect(await look("errors")).toMatchObject({
    state: "OK",
    stateReason: "0 of 1 value is at least 3 (0)",
    period: 300,
    statistic: "Sum",
    unit: "Count",
  });
  await fail(2);
  expect((await look("errors")).state).toBe("OK");
  const since = new Date(api.time.now - (api.time.now % minute) + minute).toISOString();
  await fail(1);
  // Two and one within one span of five minutes.
  expect(await look("errors")).toMatchObject({
    state: "ALARM",
    stateReason: "1 of 1 value is at least 3 (3)",
    stateSince: since,
  });
  await pass(3 * minute);
  expect(await look("errors")).toMatchObject({ state: "ALARM", stateSince: since });
  await pass(3 * minute);
  expect((await look("errors")).state).toBe("OK");
});

test("after a restart an alarm stands as it did, and since when is found from what was measured", async () => {
  await put("errors");
  await pass(5 * minute);
  await fail(5);
  const before = await look("errors");
  expect(before.state).toBe("ALARM");
  await pass(2 * minute);
  await api.restart(config);
  for (const role of Object.values(api.roles)) role.connect(api.control.hub);
  await settle();
  expect(await look("errors")).toMatchObject({ state: "ALARM", stateSince: before.stateSince });
});

test("where nothing is measured any more an alarm says so; one that ignores that stays", async () => {
  await put("missing");
  await put("ignoring", {
    metric: "RequestCount",
    treatMissingData: "ignore",
    comparisonOperator: "LessThanThreshold",
    threshold: 1,
  });
  await pass(5 * minute);
  expect((await look("ignoring")).state).toBe("ALARM");
  api.roles.edge.disconnect();
  await pass(30 * minute);
  expect(await look("missing")).toMatchObject({
    state: "INSUFFICIENT_DATA",
    stateReason: "nothing was measured in that time",
  });
  expect((await look("ignoring")).state).toBe("ALARM");
});

test("a test puts an alarm into a state until it is judged next", async () => {
  await put("errors");
  await pass(minute);
  const tested = await json<Alarm>("POST", "/v1/alarms/errors/test", { state: "ALARM" });
  expect(tested).toMatchObject({ state: "ALARM", stateReason: expect.stringMatching(/test/) as string });
  expect((await look("errors")).state).toBe("ALARM");
  const scraped = readExposition(await (await call("GET", "/metrics")).text()).get("fairlead_alarm_state");
  expect(scraped?.samples.map(({ labels, value }) => [labels["state"], value])).toEqual([
    ["OK", 0],
    ["ALARM", 1],
    ["INSUFFICIENT_DATA", 0],
  ]);
  await pass(minute);
  expect((await look("errors")).state).toBe("OK");
  expect((await refused("POST", "/v1/alarms/errors/test", { state: "RED" })).code).toBe("input-malformed");
  expect((await refused("POST", "/v1/alarms/none/test", { state: "OK" })).code).toBe("resource-not-found");
});

test("an alarm of a name that is there is replaced whole, and an undo brings the former back", async () => {
  await put("errors", { treatMissingData: "breaching", notificationTriggers: ["ALARM"] });
  const before = await look("errors");
  const second = await put("errors", { threshold: 9, evaluationPeriods: 4, datapointsToAlarm: 2 });
  const after = await look("errors");
  expect(after).toMatchObject({
    id: before.id,
    createdAt: before.createdAt,
    threshold: 9,
    datapointsToAlarm: 2,
    treatMissingData: "missing",
    notificationEnabled: true,
    notificationTriggers: [],
  });
  await json("POST", `/v1/changes/${second.change?.id}/undo`, {});
  expect(await look("errors")).toEqual(before);
});

test("one metric of one resource has two alarms at most", async () => {
  await put("one");
  await put("two");
  expect(await refused("PUT", "/v1/alarms/three", body)).toMatchObject({ code: "state-wrong" });
  await put("two", { threshold: 7 });
  await put("three", { metric: "HTTPCode_LB_4XX_Count" });
  expect(
    (await json<{ alarms: Alarm[] }>("GET", "/v1/alarms?resource=front")).alarms.map(({ name }) => name),
  ).toEqual(["one", "three", "two"]);
  expect((await json<{ alarms: Alarm[] }>("GET", "/v1/alarms?resource=web")).alarms).toEqual([]);
});

test("alarms go with their resource, and come back with it", async () => {
  await put("errors");
  const plan = await json<{ plan: Plan }>("DELETE", "/v1/load-balancers/front?plan=1");
  expect(plan.plan.changes.map(({ text }) => text)).toEqual([
    "Delete load balancer front",
    "Delete alarm errors: HTTPCode_LB_5XX_Count of front at least 3",
  ]);
  const gone = await json<WriteAnswer>("DELETE", "/v1/load-balancers/front");
  expect((await refused("GET", "/v1/alarms/errors")).code).toBe("resource-not-found");
  await json("POST", `/v1/changes/${gone.change?.id}/undo`, {});
  expect((await look("errors")).resourceName).toBe("front");
  await put("cpu", { resource: "web", metric: "CPUUtilization" });
  await json("DELETE", "/v1/instances/web");
  expect((await refused("GET", "/v1/alarms/cpu")).code).toBe("resource-not-found");
});

test("alarms go where the creation of their resource is taken back", async () => {
  const back = ({ change }: WriteAnswer): Promise<unknown> =>
    json("POST", `/v1/changes/${change?.id}/undo`, {});
  const balancer = await json<WriteAnswer>("POST", "/v1/load-balancers", { name: "side" });
  await put("side-errors", { resource: "side" });
  await back(balancer);
  const run = { kind: "site", folder: "/srv" };
  const machine = await json<WriteAnswer>("POST", "/v1/instances", { name: "worker", run });
  await put("worker-load", { resource: "worker", metric: "CPUUtilization" });
  await back(machine);
  expect((await json<{ alarms: Alarm[] }>("GET", "/v1/alarms")).alarms).toEqual([]);
});

test("an alarm that was deleted is not brought back over a resource that is gone", async () => {
  await put("errors");
  const deleted = await json<WriteAnswer>("DELETE", "/v1/alarms/errors");
  await json("DELETE", "/v1/load-balancers/front");
  expect((await refused("POST", `/v1/changes/${deleted.change?.id}/undo`, {})).code).toBe("undo-refused");
});

test.each([
  ["errors", { resource: "none" }, "resource-not-found"],
  ["errors", { metric: "NoSuch" }, "input-malformed"],
  ["errors", { metric: "CPUUtilization" }, "input-malformed"],
  ["errors", { evaluationPeriods: 0 }, "input-malformed"],
  ["errors", { evaluationPeriods: 289 }, "input-malformed"],
  ["errors", { evaluationPeriods: 2, datapointsToAlarm: 3 }, "input-malformed"],
  ["errors", { threshold: "3" }, "input-malformed"],
  ["errors", { threshold: Number.MAX_VALUE * 2 }, "input-malformed"],
  ["errors", { comparisonOperator: "NotEqual" }, "input-malformed"],
  ["errors", { contactProtocols: ["Email"] }, "input-malformed"],
  ["a%20b", {}, "input-malformed"],
  ["-", {}, "input-malformed"],
  ["%3Cscript%3E", {}, "input-malformed"],
])("PUT /v1/alarms/%s with %j is refused with %s", async (name, more, code) => {
  expect((await refused("PUT", `/v1/alarms/${name}`, { ...body, ...more })).code).toBe(code);
});

test("only instances and load balancers have alarms", async () => {
  await json("POST", "/v1/static-ips", { name: "address" });
  const answer = await refused("PUT", "/v1/alarms/errors", { ...body, resource: "address" });
  expect(answer.code).toBe("input-malformed");
});

test("an alarm that gets the name of one that went off is not told of as gone off", async () => {
  const problems = async (): Promise<string[]> =>
    (await json<Status>("GET", "/v1/status")).alarmProblems.map(({ name }) => name);
  await put("errors");
  await fail(3);
  expect(await problems()).toEqual(["errors"]);
  await json("DELETE", "/v1/alarms/errors");
  await put("errors", { threshold: 1000 });
  expect(await problems()).toEqual([]);
});
