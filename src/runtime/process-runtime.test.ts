import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { InstanceState } from "#contract";
import { identifyProcess, isAlive, signalProcess } from "./process-identity.ts";
import { ProcessRuntime } from "./process-runtime.ts";
import { runContract } from "./runtime.contract.ts";
import { readRecord } from "./shim-record.ts";
import { freePort, removeFolder, temporaryFolder, until } from "./testing.ts";

runContract((options) => new ProcessRuntime(options));

test("an instance whose shim was killed runs on, is adopted, and its log stays bounded after its restart", async () => {
  const folder = temporaryFolder();
  const seen: InstanceState[] = [];
  const onState = (state: InstanceState): void => void seen.push(state);
  const runtime = new ProcessRuntime({ folder, onState, graceMs: 500, backOffMs: 20, logOctets: 10_000 });
  const program = `require("http").createServer((q, s) => s.end("here")).listen(process.env.PORT, process.env.HOST);
    setInterval(() => console.log("x".repeat(999)), 2)`;
  const run = { kind: "command" as const, command: [process.execPath, "-e", program], folder };
  const listen = { address: "127.0.0.1", port: await freePort("127.0.0.1") };
  try {
    runtime.apply([{ kind: "instance", id: "i", name: "noisy", run, listen, desired: "running" }]);
    await until("running", () => seen.find(({ state }) => state === "running"));
    const record = readRecord(join(folder, "i"));
    await until("log moved aside", () => existsSync(join(folder, "i/log.1")));
    expect(statSync(join(folder, "i/record.json")).mode & 0o777).toBe(0o600);
    if (record) signalProcess(record.shim, "SIGKILL");
    expect(await (await fetch(`http://127.0.0.1:${listen.port}/`)).text()).toBe("here");
    expect(runtime.states()[0]?.state).toBe("running");
    if (record?.program) signalProcess(record.program, "SIGKILL");
    const failed = await until("failed", () => seen.find(({ state }) => state === "failed"));
    expect(failed.reason).toContain("not known");
    await until("running again", () => runtime.states()[0]?.state === "running");
  } finally {
    await runtime.close("stop");
    removeFolder(folder);
  }
});

test("an instance whose folder is removed under its feet does not run on for ever", async () => {
  const folder = temporaryFolder();
  const seen: InstanceState[] = [];
  const runtime = new ProcessRuntime({
    folder: join(folder, "state"),
    onState: (state) => void seen.push(state),
  });
  const listen = { address: "127.0.0.1", port: await freePort("127.0.0.1") };
  const run = { kind: "site" as const, folder };
  runtime.apply([{ kind: "instance", id: "i", name: "web", run, listen, desired: "running" }]);
  const { pid = 0 } = await until("running", () => seen.find(({ state }) => state === "running"));
  const program = identifyProcess(pid);
  await runtime.close("leave");
  removeFolder(join(folder, "state"));
  await until("the program is gone", () => program && !isAlive(program));
  removeFolder(folder);
});

test("ids that are no plain names are not used as folders", () => {
  const folder = temporaryFolder();
  const runtime = new ProcessRuntime({ folder, onState: () => {} });
  const run = { kind: "site" as const, folder };
  const listen = { address: "127.0.0.1", port: 1 };
  runtime.apply([{ kind: "instance", id: "../up", name: "x", run, listen, desired: "running" }]);
  expect(runtime.states()).toEqual([]);
  removeFolder(folder);
});
