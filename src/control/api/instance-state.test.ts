// An instance as it stands: start, stop, reboot, limits, public ports; what runtime and edge get, and every way in which it is refused.

import type { Instance, Operation, PortObject, PortState, WriteAnswer } from "#contract";
import { beforeEach, expect, test } from "vitest";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json, refused } = api;
const site = { kind: "site", folder: "/srv/web" };
let id = "";

beforeEach(async () => {
  await api.start();
  await json("POST", "/v1/domains", { name: "shop.test" });
  await json("POST", "/v1/instances", { name: "web", run: site });
  ({ id } = await json<Instance>("GET", "/v1/instances/web"));
  tell("running");
});

function tell(state: "running" | "stopped" | "failed", generation?: number): void {
  const instance = { id, state, ...(generation === undefined ? {} : { generation }) };
  api.roles.runtime.send({ type: "report", report: { type: "instance", instance } });
}

/** Says how the raw ports are by what the edge holds. */
function tellPorts(...states: PortState[]): void {
  const { revision } = api.roles.edge;
  api.roles.edge.send({ type: "report", report: { type: "ports", ports: states, revision } });
}

const process = (): unknown => api.roles.runtime.objects.get(`instance/${id}`);
const ports = (): PortObject[] =>
  [...api.roles.edge.objects.values()].filter((object) => object.kind === "port");
const stepOf = async (answer: WriteAnswer): Promise<Operation> =>
  json<Operation>("GET", `/v1/operations/${answer.operation?.id}`);

test("stop and start bear on the process, and the operation waits for what the runtime says", async () => {
  await json("POST", "/v1/assignments", { name: "shop.test", resource: "web" });
  const stopped = await json<WriteAnswer>("POST", "/v1/instances/web/stop", { force: true });
  expect(stopped.plan.warnings).toContain("shop.test will answer 503 until web is started again");
  expect(process()).toMatchObject({ desired: "stopped" });
  expect(api.roles.edge.objects.get(`resource/${id}`)).toMatchObject({ targets: [] });
  expect(await stepOf(stopped)).toMatchObject({
    status: "Started",
    operationDetails: "The instance has stopped: waiting for the runtime to say that its process has ended",
  });
  tell("stopped");
  expect(await stepOf(stopped)).toMatchObject({ status: "Succeeded", operationType: "StopInstance" });
  expect(await json("GET", "/v1/instances/web")).toMatchObject({ state: "stopped", desired: "stopped" });
  const started = await json<WriteAnswer>("POST", "/v1/instances/web/start", {});
  expect(process()).toMatchObject({ desired: "running" });
  tell("running", 1);
  expect(await stepOf(started)).toMatchObject({ status: "Succeeded" });
});

test("what is told of the process before is not taken for the one that a reboot, start or stop waits for", async () => {
  tell("failed");
  const rebooted = await json<WriteAnswer>("POST", "/v1/instances/web/reboot", { force: true });
  expect(await stepOf(rebooted)).toMatchObject({ status: "Started" });
  tell("failed"); // on its way when the runtime had not heard of the reboot
  expect(await stepOf(rebooted)).toMatchObject({ status: "Started" });
  tell("running", 1);
  expect(await stepOf(rebooted)).toMatchObject({ status: "Succeeded" });
  await json("POST", "/v1/instances/web/stop", { force: true });
  tell("stopped", 1);
  const started = await json<WriteAnswer>("POST", "/v1/instances/web/start", {});
  const stopped = await json<WriteAnswer>("POST", "/v1/instances/web/stop", { force: true });
  expect(await stepOf(stopped)).toMatchObject({ status: "Started" });
  const again = await json<WriteAnswer>("POST", "/v1/instances/web/start", {});
  tell("running", 2);
  expect(await stepOf(again)).toMatchObject({ status: "Started" });
  tell("failed", 3);
  expect([await stepOf(again), await stepOf(started)]).toMatchObject([
    { status: "Failed" },
    { status: "Failed" },
  ]);
});

test("a reboot is another generation, and the one before is not taken for it", async () => {
  const rebooted = await json<WriteAnswer>("POST", "/v1/instances/web/reboot", { force: true });
  expect(process()).toMatchObject({ desired: "running", generation: 1 });
  expect(await stepOf(rebooted)).toMatchObject({ status: "Started" });
  tell("running", 1);
  expect(await stepOf(rebooted)).toMatchObject({ status: "Succeeded" });
  expect(await refused("POST", `/v1/changes/${rebooted.change?.id}/undo`, {})).toMatchObject({
    code: "undo-refused",
  });
});

test("the undo of a stop waits for the process that starts, not for what was told of the one that ends", async () => {
  const stopped = await json<WriteAnswer>("POST", "/v1/instances/web/stop", { force: true });
  const undone = await json<WriteAnswer>("POST", `/v1/changes/${stopped.change?.id}/undo`, {});
  expect(process()).toMatchObject({ desired: "running", generation: 1 });
  expect(await stepOf(undone)).toMatchObject({ status: "Started" });
  tell("running", 1);
  expect(await stepOf(undone)).toMatchObject({ status: "Succeeded" });
});

test("limits reach the runtime as another process, and go again", async () => {
  const limits = { cpus: 0.5, memoryOctets: 256 << 20 };
  const answer = await json<WriteAnswer>("PUT", "/v1/instances/web/limits", { limits });
  expect(answer.plan.changes[0]?.text).toBe(
    "Update instance web: its process is started anew, at most 0.5 cores, at most 256 MiB",
  );
  expect(process()).toMatchObject({ limits, generation: 1 });
  expect(await refused("PUT", "/v1/instances/web/limits", { limits })).toMatchObject({
    message: 'Cannot limit instance "web": its limits are these already',
  });
  await json("PUT", "/v1/instances/web/limits", { limits: {} });
  expect(process()).not.toHaveProperty("limits");
  expect(await refused("PUT", "/v1/instances/web/limits", { limits: { cpus: 0 } })).toMatchObject({
    status: 400,
  });
});

test("a port that is closed and opened again is judged by what is said of it afterwards", async () => {
  const change = (how: string): Promise<WriteAnswer> =>
    json("PUT", "/v1/instances/web/ports", {
      how,
      ports: [{ protocol: "tcp", fromPort: 5432, toPort: 5432 }],
    });
  const first = await change("open");
  const [port] = ports().map((object) => object.id);
  const states: PortState[] = [
    { id: port ?? "", isOpen: false, reason: "another program does" },
    { id: port ?? "", isOpen: true },
  ];
  for (const state of states) {
    tellPorts(state);
    await change("close");
    const again = await change("open");
    expect(await stepOf(again)).toMatchObject({ status: "Started" });
    tellPorts({ id: port ?? "", isOpen: true });
    expect(await stepOf(again)).toMatchObject({ status: "Succeeded" });
  }
  expect(await stepOf(first)).toMatchObject({ status: "Failed" });
  await change("close");
  const opened = await change("open");
  tellPorts({ id: port ?? "", isOpen: true });
  const closed = await change("close");
  expect(await stepOf(closed)).toMatchObject({
    status: "Started",
    operationDetails: "Port 5432 is closed at 127.53.8.1: waiting for the edge to close it",
  });
  tellPorts({ id: port ?? "", isOpen: true });
  expect(await stepOf(closed)).toMatchObject({ status: "Started" });
  tellPorts();
  expect([await stepOf(closed), await stepOf(opened)]).toMatchObject([
    { status: "Succeeded" },
    { status: "Succeeded" },
  ]);
  const never = await change("open");
  await change("close");
  tellPorts();
  expect((await stepOf(never)).steps.at(-1)).toMatchObject({
    title: "Port 5432 is closed at 127.53.8.1",
    status: "Succeeded",
  });
});

test("ports open beside the web's, at every address, and close again", async () => {
  const open = { how: "open", ports: [{ protocol: "tcp", fromPort: 5432, toPort: 5433 }] };
  const answer = await json<WriteAnswer>("PUT", "/v1/instances/web/ports", open);
  expect(ports()).toEqual(
    [5432, 5433].map((port) => ({
      kind: "port",
      id: `${id}/127.53.8.1/${port}`,
      resourceId: id,
      name: "web",
      publicPort: port,
      listen: { address: "127.53.8.1", port },
      target: { address: "127.53.9.1", port },
    })),
  );
  expect((await stepOf(answer)).operationDetails).toBe(
    "Port 5432 is open at 127.53.8.1: waiting for the edge to open it",
  );
  const reason = "Cannot listen on 127.53.8.1:5433: another program does";
  const [first, second] = ports().map((port) => port.id);
  tellPorts({ id: first ?? "", isOpen: true }, { id: second ?? "", isOpen: false, reason });
  expect(await stepOf(answer)).toMatchObject({
    status: "Failed",
    errorCode: "port-in-use",
    errorDetails: reason,
  });
  expect(await json("GET", "/v1/instances/web")).toMatchObject({
    ports: [
      { fromPort: 80, toPort: 80 },
      { fromPort: 443, toPort: 443 },
      { fromPort: 5432, toPort: 5433 },
    ],
    closedPorts: [{ port: 5433, address: "127.53.8.1", reason }],
  });
  expect(answer.plan.changes[0]?.text).toBe(
    "Update instance web: open are 80, 443, 5432-5433 in place of 80, 443",
  );
  const close = { how: "close", ports: [{ protocol: "tcp", fromPort: 80, toPort: 5432 }] };
  await json("PUT", "/v1/instances/web/ports", close);
  expect(await refused("PUT", "/v1/instances/web/ports", close)).toMatchObject({
    message: 'Cannot change ports of instance "web": these ports are closed already',
  });
  expect(ports().map(({ publicPort }) => publicPort)).toEqual([5433]);
  expect(api.roles.edge.objects.get(`resource/${id}`)).toMatchObject({
    ports: { http: false, https: false },
  });
  await json("PUT", "/v1/instances/web/ports", { how: "put", ports: [] });
  expect(ports()).toEqual([]);
});

test("ports below 1024 move as 80 does, and are closed while the instance is stopped", async () => {
  const ports22 = { how: "open", ports: [{ protocol: "tcp", fromPort: 22, toPort: 22 }] };
  await json("PUT", "/v1/instances/web/ports", ports22);
  expect(ports()[0]?.listen).toEqual({ address: "127.53.8.1", port: 8022 });
  await json("POST", "/v1/instances/web/stop", { force: true });
  expect(ports()).toEqual([]);
});

test.each([
  [{ fromPort: 10, toPort: 5 }, "ports 10 to 5 are none"],
  [{ fromPort: 8080, toPort: 8080 }, "of port 8080, port 80 is served there"],
  [{ fromPort: 8440, toPort: 8450 }, "of port 8443, port 443 is served there"],
  [{ fromPort: 1, toPort: 65_535 }, "at most 64 ports can be open"],
])("refuses ports %j", async (rule, reason) => {
  const body = { how: "open", ports: [{ protocol: "tcp", ...rule }] };
  expect(await refused("PUT", "/v1/instances/web/ports", body)).toMatchObject({
    code: "port-unusable",
    message: `Cannot change ports of instance "web": ${reason}`,
  });
});

test.each([
  ["POST", "web/start", {}, "state-wrong", 'Cannot start instance "web": it is to run already'],
  ["POST", "none/stop", {}, "resource-not-found", 'Cannot stop instance "none": there is no instance "none"'],
  ["PUT", "none/ports", { how: "put", ports: [] }, "resource-not-found", 'there is no instance "none"'],
  ["POST", "nas/reboot", {}, "state-wrong", "its process is not ours"],
] as const)("refuses %s %s", async (method, path, body, code, message) => {
  await json("POST", "/v1/instances", {
    name: "nas",
    run: { kind: "address", address: "192.0.2.7", port: 80 },
  });
  const refusal = await refused(method, `/v1/instances/${path}`, body);
  expect(refusal.code).toBe(code);
  expect(refusal.message).toContain(message);
});

test("stopping twice is refused, and so is a reboot of what is stopped; undo starts it again", async () => {
  const { change } = await json<WriteAnswer>("POST", "/v1/instances/web/stop", { force: true });
  expect((await refused("POST", "/v1/instances/web/stop", {})).code).toBe("state-wrong");
  expect((await refused("POST", "/v1/instances/web/reboot", {})).code).toBe("state-wrong");
  await json("POST", `/v1/changes/${change?.id}/undo`, {});
  expect(process()).toMatchObject({ desired: "running" });
});
