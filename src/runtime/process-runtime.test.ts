import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { InstanceObject, InstanceState } from "#contract";
import { findControlGroups } from "./control-groups.ts";
import { ProcessRuntime } from "./process-runtime.ts";
import { runContract } from "./runtime.contract.ts";
import { freePort, removeFolder, temporaryFolder, until } from "./testing.ts";

runContract((options) => new ProcessRuntime(options));

test("ids that are no plain names are not used as folders", () => {
  const folder = temporaryFolder();
  const runtime = new ProcessRuntime({ folder, onState: () => {} });
  const run = { kind: "site" as const, folder };
  const listen = { address: "127.0.0.1", port: 1 };
  runtime.apply([{ kind: "instance", id: "../up", name: "x", run, listen, desired: "running" }]);
  expect(runtime.states()).toEqual([]);
  removeFolder(folder);
});

test("folders that are not a runtime's are left alone, whatever their names", async () => {
  const folder = temporaryFolder();
  const [state, foreign] = [join(folder, "state"), join(folder, "foreign")];
  for (const path of [join(state, "thesis"), join(state, "gone"), foreign])
    mkdirSync(path, { recursive: true });
  writeFileSync(join(state, "thesis/chapter"), "");
  writeFileSync(join(state, "gone/record.json"), "{}");
  writeFileSync(join(foreign, "log"), "");
  symlinkSync(foreign, join(state, "link"));
  const runtime = new ProcessRuntime({ folder: state, onState: () => {} });
  runtime.apply([]);
  await until("what an instance left is removed", () => !existsSync(join(state, "gone")));
  await until("nothing is under way", () => runtime.states().length === 0);
  expect([join(state, "thesis/chapter"), join(foreign, "log")].map((path) => existsSync(path))).toEqual([
    true,
    true,
  ]);
  removeFolder(folder);
});

test("an instance that the system refuses to start fails, and the others run", async () => {
  const folder = temporaryFolder();
  const seen: InstanceState[] = [];
  const runtime = new ProcessRuntime({ folder, onState: (state) => void seen.push(state), backOffMs: 20 });
  const listen = async (): Promise<InstanceObject["listen"]> => ({
    address: "127.0.0.1",
    port: await freePort("127.0.0.1"),
  });
  const tooLong = { kind: "command" as const, command: ["echo", "x".repeat(4 << 20)], folder };
  const instance = (
    id: string,
    run: InstanceObject["run"],
    at: InstanceObject["listen"],
  ): InstanceObject => ({
    kind: "instance",
    id,
    name: id,
    run,
    listen: at,
    desired: "running",
  });
  try {
    runtime.apply([
      instance("long", tooLong, await listen()),
      instance("web", { kind: "site", folder }, await listen()),
    ]);
    const failed = await until("failed", () => seen.find(({ state }) => state === "failed"));
    expect(failed).toMatchObject({ id: "long", reason: expect.stringContaining("E2BIG") as string });
    await until("the other runs", () => seen.find(({ id, state }) => id === "web" && state === "running"));
  } finally {
    await runtime.close("stop");
    removeFolder(folder);
  }
});

test("limits are in force where the system has control groups, and said to be missing where it has not", async () => {
  const folder = temporaryFolder();
  const seen: InstanceState[] = [];
  const id = `limited-${process.pid}`;
  const runtime = new ProcessRuntime({
    folder: join(folder, "state"),
    onState: (state) => void seen.push(state),
    graceMs: 500,
  });
  const program = `require("http").createServer((q, s) => s.end(require("fs").readFileSync("/proc/self/cgroup"))).listen(process.env.PORT, process.env.HOST);
    process.on("SIGUSR2", () => { globalThis.held = []; for (;;) held.push(Buffer.alloc(8 << 20, 1)); })`;
  const run = { kind: "command" as const, command: [process.execPath, "-e", program], folder };
  const listen = { address: "127.0.0.1", port: await freePort("127.0.0.1") };
  const limits = { cpus: 0.5, memoryOctets: 160 << 20 };
  const { cpu, memory } = findControlGroups();
  try {
    runtime.apply([{ kind: "instance", id, name: "web", run, listen, desired: "running", limits }]);
    const running = await until("running", () => seen.find(({ state }) => state === "running"));
    if (cpu === undefined || memory === undefined) {
      expect(running.unlimited).toMatch(/^this system lets the platform make no control group/);
      return;
    }
    expect(running.unlimited).toBeUndefined();
    expect(await (await fetch(`http://127.0.0.1:${listen.port}/`)).text()).toContain(`/fairlead-${id}`);
    process.kill(running.pid ?? 0, "SIGUSR2");
    const failed = await until("ended", () => seen.find(({ state }) => state === "failed"));
    expect(failed.reason).toContain("It used more memory than its limit");
  } finally {
    await runtime.close("stop");
    removeFolder(folder);
  }
  expect([cpu, memory].filter((parent) => existsSync(join(parent ?? "", `fairlead-${id}`)))).toEqual([]);
});
