// What every runtime does, with real processes: run by the tests of each implementation of the port.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { InstanceObject, InstanceState } from "#contract";
import { identifyProcess, isAlive } from "./process-identity.ts";
import { acceptsConnections } from "./readiness.ts";
import type { Runtime, RuntimeOptions } from "./runtime.ts";
import { freePort, removeFolder, temporaryFolder, until } from "./testing.ts";

const address = "127.0.0.1";
/** A program that serves on HOST and PORT, says which process it is, and ends on SIGTERM as node does. */
const server = `require("http").createServer((q, s) => s.end(process.pid + " " + process.cwd()))
  .listen(process.env.PORT, process.env.HOST); console.log("hello")`;

async function page(instance: InstanceObject): Promise<string> {
  return (await fetch(`http://${address}:${instance.listen.port}/`)).text();
}

/** Runs the suite on runtimes that `make` makes. */
export function runContract(make: (options: RuntimeOptions) => Runtime): void {
  let folder: string;
  let runtime: Runtime;
  let seen: InstanceState[];
  const started: Runtime[] = [];

  function open(options: Partial<RuntimeOptions> = {}): Runtime {
    seen = [];
    const onState = (state: InstanceState): void => void seen.push(state);
    const made = make({ folder: join(folder, "state"), onState, graceMs: 2000, backOffMs: 20, ...options });
    started.push(made);
    return made;
  }

  const stateOf = (id: string): InstanceState | undefined =>
    runtime.states().find((state) => state.id === id);
  const reaches = (state: InstanceState["state"]): Promise<InstanceState> =>
    until(`state ${state}, now ${JSON.stringify(stateOf("i"))}`, () =>
      seen.find((one) => one.id === "i" && one.state === state),
    );

  async function command(...words: string[]): Promise<InstanceObject> {
    const listen = { address, port: await freePort(address) };
    const run = { kind: "command" as const, command: words, folder };
    return { kind: "instance", id: "i", name: "web", run, listen, desired: "running" };
  }

  beforeEach(() => {
    folder = temporaryFolder();
    runtime = open();
  });

  afterEach(async () => {
    runtime.apply([]);
    await until("all instances gone", () => runtime.states().length === 0);
    for (const one of started.splice(0)) await one.close("leave");
    removeFolder(folder);
  });

  describe("Runtime", () => {
    test("runs a command with HOST, PORT and its folder, and says running once it accepts connections", async () => {
      const web = await command(process.execPath, "-e", server);
      runtime.apply([web]);
      const running = await reaches("running");
      expect(seen.map(({ state }) => state)).toEqual(["pending", "running"]);
      expect(await page(web)).toBe(`${running.pid} ${folder}`);
      expect(await runtime.logs("i", 10)).toEqual(["hello"]);
    });

    test("keeps what is the platform's own out of a command's environment", async () => {
      process.env["FAIRLEAD_KEY"] = "secret";
      process.env["CREDENTIALS_DIRECTORY"] = "/run/credentials/fairlead.service";
      runtime.apply([await command("env")]);
      await reaches("failed");
      delete process.env["FAIRLEAD_KEY"];
      delete process.env["CREDENTIALS_DIRECTORY"];
      const lines = await runtime.logs("i", 1000);
      expect(lines.some((line) => line.startsWith("PORT="))).toBe(true);
      expect(lines.filter((line) => /FAIRLEAD|CREDENTIALS/.test(line))).toEqual([]);
    });

    test("serves a folder of files", async () => {
      writeFileSync(join(folder, "index.html"), "<h1>Shop</h1>");
      const web: InstanceObject = { ...(await command("x")), run: { kind: "site", folder } };
      runtime.apply([web]);
      await reaches("running");
      expect(await page(web)).toBe("<h1>Shop</h1>");
    });

    test.each([
      [
        "ends at once",
        ["sh", "-c", "echo out of cheese; exit 3"],
        /ended with status 3 after .* s\nout of cheese$/,
      ],
      ["is ended by a signal", ["sh", "-c", "kill -9 $$"], /was ended by SIGKILL/],
      ["does not exist", ["./no-such-command"], /Cannot run ".\/no-such-command": there is no such command/],
    ])("tells why a command failed that %s, and tries again", async (_, words, reason) => {
      runtime.apply([await command(...words)]);
      const failed = await reaches("failed");
      expect(failed.reason).toMatch(reason);
      await until("a second try", () => seen.filter(({ state }) => state === "pending").length > 1);
    });

    test("tells of which generation it is that failed or is stopped", async () => {
      const web = { ...(await command("false")), generation: 2 };
      runtime.apply([web]);
      expect((await reaches("failed")).generation).toBe(2);
      runtime.apply([{ ...web, desired: "stopped", generation: 3 }]);
      expect((await reaches("stopped")).generation).toBe(3);
      runtime.apply([{ ...web, desired: "stopped", generation: 4 }]);
      await until("the next one is stopped too", () => seen.at(-1)?.generation === 4);
    });

    test("tells that a folder is missing", async () => {
      const web = await command("env");
      const gone = join(folder, "gone");
      runtime.apply([{ ...web, run: { kind: "command", command: ["env"], folder: gone } }]);
      expect((await reaches("failed")).reason).toBe(`Cannot use "${gone}": there is no such folder`);
    });

    test("does not take another program on the address for the instance", async () => {
      const first = await command(process.execPath, "-e", server);
      runtime.apply([first]);
      await reaches("running");
      runtime.apply([first, { ...first, id: "j" }]);
      const failed = await until("j fails", () =>
        seen.find(({ id, state }) => id === "j" && state === "failed"),
      );
      expect(failed.reason).toContain("another program does");
    });

    test.each(["the same runtime", "the next runtime"])(
      "%s starts what gets the address of an instance that is still ending once that is gone",
      async (which) => {
        // It goes on serving after SIGTERM, until it is told to end.
        const slow = `process.on("SIGTERM", () => setInterval(() => require("fs").existsSync("go") && process.exit(), 5));`;
        const first = await command(process.execPath, "-e", slow + server);
        const next = {
          ...first,
          id: "next",
          run: { ...first.run, command: [process.execPath, "-e", server] },
        };
        runtime.apply([first]);
        await reaches("running");
        if (which === "the next runtime") {
          await runtime.close("leave");
          runtime = open({ graceMs: 60_000 });
        }
        runtime.apply([next]);
        await reaches("stopping");
        await until("the next is to start", () => seen.some(({ id }) => id === "next"));
        expect(await acceptsConnections(address, first.listen.port, 60_000)).toBe(true);
        writeFileSync(join(folder, "go"), "");
        const running = await until("it runs", () => stateOf("next")?.state === "running" && stateOf("next"));
        expect(seen.filter(({ id }) => id === "next").map(({ state }) => state)).toEqual([
          "pending",
          "running",
        ]);
        expect(await page(next)).toBe(`${running.pid} ${folder}`);
      },
    );

    test("restarts an instance that was killed", async () => {
      runtime.apply([await command(process.execPath, "-e", server)]);
      const { pid = 0 } = await reaches("running");
      process.kill(pid, "SIGKILL");
      await until("running again", () => stateOf("i")?.state === "running" && stateOf("i")?.pid !== pid);
      expect(seen.map(({ state }) => state)).toEqual(["pending", "running", "failed", "pending", "running"]);
    });

    test("stops the whole process group, also what ignores SIGTERM, and keeps the log", async () => {
      await runtime.close("leave");
      runtime = open({ graceMs: 100 });
      const stubborn = `process.on("SIGTERM", () => {}); setInterval(() => {}, 1000);
        require("fs").writeFileSync("child", String(process.pid))`;
      writeFileSync(join(folder, "stubborn.js"), stubborn);
      const web = await command(
        "sh",
        "-c",
        `"${process.execPath}" stubborn.js & exec "${process.execPath}" -e '${server}'`,
      );
      runtime.apply([web]);
      await reaches("running");
      const childFile = join(folder, "child");
      const pid = Number(
        await until("child started", () => existsSync(childFile) && readFileSync(childFile, "utf8")),
      );
      const child = identifyProcess(pid) ?? { pid, start: "" };
      expect(isAlive(child)).toBe(true);
      runtime.apply([{ ...web, desired: "stopped" }]);
      await reaches("stopped");
      expect(seen.map(({ state }) => state)).toEqual(["pending", "running", "stopping", "stopped"]);
      expect([isAlive(child), await acceptsConnections(address, web.listen.port, 60_000)]).toEqual([
        false,
        false,
      ]);
      expect(await runtime.logs("i", 1)).toEqual(["hello"]);
    });

    test("starts anew what changed and leaves alone what did not", async () => {
      const web = await command(process.execPath, "-e", server);
      runtime.apply([web]);
      const { pid } = await reaches("running");
      runtime.apply([{ ...web, name: "renamed" }]);
      expect(await page(web)).toContain(String(pid));
      expect(runtime.isSettled).toBe(true);
      const moved = { ...web, listen: { address, port: await freePort(address) } };
      runtime.apply([moved]);
      expect(runtime.isSettled).toBe(false);
      const next = await until(
        "another process",
        () => stateOf("i")?.state === "running" && stateOf("i")?.pid !== pid,
      );
      expect(next).toBe(true);
      expect(runtime.isSettled).toBe(true);
      expect(await page(moved)).toContain(String(stateOf("i")?.pid));
    });

    test("adopts what an earlier runtime left, without a restart, and stops what is no more wanted", async () => {
      const web = await command(process.execPath, "-e", server);
      const other = { ...(await command(process.execPath, "-e", server)), id: "other" };
      runtime.apply([web, other]);
      const { pid } = await reaches("running");
      await until("both run", () => runtime.states().every(({ state }) => state === "running"));
      await runtime.close("leave");
      runtime = open();
      runtime.apply([web]);
      expect((await reaches("running")).pid).toBe(pid);
      await until(
        "the other is gone",
        async () => !(await acceptsConnections(address, other.listen.port, 60_000)),
      );
    });

    test("close() stops all instances when asked to, and they start again later", async () => {
      const web = await command(process.execPath, "-e", server);
      runtime.apply([web]);
      await reaches("running");
      await runtime.close("stop");
      expect(await acceptsConnections(address, web.listen.port, 60_000)).toBe(false);
      runtime = open();
      runtime.apply([web]);
      await reaches("running");
    });
  });
}
