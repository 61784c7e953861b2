// Launched instances, with real processes: what becomes of their script, and what they serve.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { InstanceObject, InstanceState } from "#contract";
import { ProcessRuntime } from "./process-runtime.ts";
import { freePort, removeFolder, temporaryFolder, until } from "./testing.ts";

const address = "127.0.0.1";
const server = `exec "${process.execPath}" -e 'require("http").createServer((q, s) => s.end("own")).listen(process.env.PORT, process.env.HOST)'`;

/** A runtime of a test's own: all of them run at the same time. */
class Launched {
  readonly folder: string = temporaryFolder();
  readonly seen: InstanceState[] = [];
  readonly runtime: ProcessRuntime = new ProcessRuntime({
    folder: join(this.folder, "instances"),
    onState: (state) => void this.seen.push(state),
    graceMs: 2000,
    backOffMs: 20,
  });

  async launch(script?: string): Promise<InstanceObject> {
    const listen = { address, port: await freePort(address) };
    const run = {
      kind: "launch" as const,
      blueprintId: "ubuntu_24_04",
      ...(script === undefined ? {} : { script }),
    };
    return { kind: "instance", id: "i", name: "web<1>", run, listen, desired: "running" };
  }

  reaches(state: InstanceState["state"], generation?: number): Promise<InstanceState> {
    return until(`state ${state}, now ${JSON.stringify(this.runtime.states())}`, () =>
      this.seen.find((one) => one.state === state && one.generation === generation),
    );
  }

  async end(): Promise<void> {
    this.runtime.apply([]);
    await until("all instances gone", () => this.runtime.states().length === 0);
    await this.runtime.close("leave");
    removeFolder(this.folder);
  }

  inside(name: string): string {
    return join(this.folder, "launched", "i", name);
  }
}

async function page({ listen }: InstanceObject): Promise<string> {
  return (await fetch(`http://${address}:${listen.port}/`)).text();
}

/** A test with a runtime of its own. */
function launched(name: string, run: (own: Launched) => Promise<void>): void {
  test.concurrent(name, async () => {
    const own = new Launched();
    try {
      await run(own);
    } finally {
      await own.end();
    }
  });
}

launched(
  "without a script there is a page that names instance and blueprint; the folder goes with the instance",
  async (own) => {
    const { runtime, folder } = own;
    const web = await own.launch();
    runtime.apply([web]);
    await own.reaches("running");
    const text = await page(web);
    expect(text).toContain("<h1>web&#60;1&#62;</h1>");
    expect(text).toContain("ubuntu_24_04");
    runtime.apply([]);
    await until("the instance gone", () => runtime.states().length === 0);
    expect(existsSync(join(folder, "launched", "i"))).toBe(false);
  },
);

launched(
  "a script runs once, in a folder of its own with HOST and PORT, and what it puts into www is served",
  async (own) => {
    const { runtime } = own;
    const web = await own.launch(`#!/bin/sh
echo "run for $HOST:$PORT" >> runs
echo "<p>made by the script" > www/index.html
[ "$HOME" = "$PWD" ] && echo at home`);
    runtime.apply([web]);
    await own.reaches("running");
    expect(await page(web)).toBe("<p>made by the script\n");
    expect(await runtime.logs("i", 10)).toEqual(["at home"]);
    runtime.apply([{ ...web, generation: 1 }]);
    await own.reaches("running", 1);
    expect(readFileSync(own.inside("runs"), "utf8")).toBe(`run for ${address}:${web.listen.port}\n`);
  },
);

launched("a script that goes on and listens is the server, and runs with each start", async (own) => {
  const { runtime, seen } = own;
  const web = await own.launch(`echo run >> runs\n${server}`);
  runtime.apply([web]);
  await own.reaches("running");
  expect(await page(web)).toBe("own");
  await until("that it listens was seen", () => seen.some(({ state }) => state === "running"));
  runtime.apply([{ ...web, generation: 1 }]);
  await own.reaches("running", 1);
  expect(await page(web)).toBe("own");
  expect(readFileSync(own.inside("runs"), "utf8")).toBe("run\nrun\n");
});

launched("a server that the script leaves behind is let serve", async (own) => {
  const { runtime } = own;
  const web = await own.launch(`${server.replace("exec ", "")} &\nsleep 1`);
  runtime.apply([web]);
  await until("the instance runs and serves", async () => {
    const isRunning = runtime.states().some(({ state }) => state === "running");
    return isRunning && existsSync(own.inside("launched.json")) && (await page(web)) === "own";
  });
  expect(await page(web)).toBe("own");
});

launched(
  "a script that fails ends the instance with the reason, is not run again by itself, and is by a reboot",
  async (own) => {
    const { runtime, seen } = own;
    const web = await own.launch(
      'echo run >> runs\n[ -e mended ] || { touch mended; echo "no such package" >&2; exit 3; }',
    );
    runtime.apply([web]);
    const failed = await own.reaches("failed");
    expect(failed.reason).toContain("It ended with status 3");
    expect(failed.reason).toContain("no such package");
    await until("it was started again", () => seen.filter(({ state }) => state === "failed").length > 2);
    expect(readFileSync(own.inside("runs"), "utf8")).toBe("run\n");
    runtime.apply([{ ...web, generation: 1 }]);
    await own.reaches("running", 1);
    expect(readFileSync(own.inside("runs"), "utf8")).toBe("run\nrun\n");
  },
);

launched("an interpreter that is not there fails as such", async (own) => {
  const { runtime } = own;
  runtime.apply([await own.launch("#!/no/such/interpreter\n")]);
  const { reason } = await own.reaches("failed");
  expect(reason).toContain("Cannot run the launch script");
});
