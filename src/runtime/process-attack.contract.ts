// What becomes of instances whose shims, folders and processes are attacked: seconds long, so among the tests of the platform.

import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { InstanceState } from "#contract";
import { identifyProcess, isAlive, signalProcess } from "./process-identity.ts";
import { ProcessRuntime } from "./process-runtime.ts";
import { readRecord } from "./shim-record.ts";
import { freePort, removeFolder, temporaryFolder, until } from "./testing.ts";

/** Runs the suite. */
export function runProcessAttackContract(): void {
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
      // It may answer before its shim has written down which process it is.
      const record = await until("its record", () => {
        const { shim, program: recorded } = readRecord(join(folder, "i")) ?? {};
        return shim && recorded && { shim, program: recorded };
      });
      await until("log moved aside", () => existsSync(join(folder, "i/log.1")));
      expect(statSync(join(folder, "i/record.json")).mode & 0o777).toBe(0o600);
      expect(signalProcess(record.shim, "SIGKILL")).toBe(true);
      expect(await (await fetch(`http://127.0.0.1:${listen.port}/`)).text()).toBe("here");
      expect(runtime.states()[0]?.state).toBe("running");
      expect(signalProcess(record.program, "SIGKILL")).toBe(true);
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

  test.runIf(process.platform === "linux")(
    "what left its instance's process group ends with the instance, also where its shim and program were killed",
    async () => {
      const folder = temporaryFolder();
      const [state, pids] = [join(folder, "state"), join(folder, "pids")];
      const seen: InstanceState[] = [];
      const runtime = new ProcessRuntime({
        folder: state,
        onState: (one) => void seen.push(one),
        graceMs: 500,
        backOffMs: 20,
      });
      const stray = `process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)`;
      const program = `const daemon = require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(stray)}],
          { detached: true, stdio: "ignore" });
        require("fs").appendFileSync(${JSON.stringify(pids)}, daemon.pid + "\\n");
        require("http").createServer((q, s) => s.end()).listen(process.env.PORT, process.env.HOST)`;
      const run = { kind: "command" as const, command: [process.execPath, "-e", program], folder };
      const listen = { address: "127.0.0.1", port: await freePort("127.0.0.1") };
      const strays = (): number[] =>
        existsSync(pids) ? readFileSync(pids, "utf8").trim().split("\n").map(Number) : [];
      try {
        runtime.apply([{ kind: "instance", id: "i", name: "daemon", run, listen, desired: "running" }]);
        await until("running", () => seen.find((one) => one.state === "running"));
        const record = readRecord(join(state, "i"));
        for (const killed of [record?.shim, record?.program]) if (killed) signalProcess(killed, "SIGKILL");
        await until("a second stray", () => strays().length === 2);
        expect(strays().map((pid) => identifyProcess(pid) !== undefined)).toEqual([false, true]);
      } finally {
        await runtime.close("stop");
      }
      expect(strays().map((pid) => identifyProcess(pid))).toEqual([undefined, undefined]);
      removeFolder(folder);
    },
  );
}
