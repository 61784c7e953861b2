// kill -9 of each role in turn, under load, and of everything at once: with the clients' default retries nothing fails, each role comes
// back, and domain, zone and site are there after a new start. How long each was away is printed: the issue has five seconds.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RoleName, Status } from "#contract";
import { hasLivingInstances } from "#runtime";
import { status } from "#server";
import { rolePid, rolePids, run, runAside, startPlatform, type Platform } from "./harness.ts";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ example: true });
});
afterAll(async () => platform?.remove());

interface Load {
  /** How many answers came. */
  done: number;
  failures: string[];
  stop(): Promise<void>;
}

/** Clients with their default retries, one after the other in three loops: dig (3 tries), kdig (2 retries), wget (20 tries). */
function startLoad(): Load {
  let isOver = false;
  const load: Load = {
    done: 0,
    failures: [],
    async stop() {
      isOver = true;
      await Promise.all(loops);
    },
  };
  const loop = async (
    program: string,
    words: (turn: number) => string[],
    isGood: (printed: string) => boolean,
  ): Promise<void> => {
    for (let turn = 0; !isOver; turn++) {
      const { status: code, stdout, stderr } = await runAside(program, words(turn));
      load.done++;
      if (code !== 0 || !isGood(stdout))
        load.failures.push(`${program} ${words(turn).join(" ")} ended with ${code}: ${stdout}${stderr}`);
    }
  };
  const hasAddress = (printed: string): boolean => printed.includes(platform.address("127.53.8."));
  const resolver = ["@127.0.0.1", "-p", String(platform.port(5300))];
  const loops = [
    loop("dig", () => [...resolver, "+short", "shop.test", "A"], hasAddress),
    loop(
      "kdig",
      (turn) => [
        `@${platform.address(`127.53.2.${(turn % 4) + 1}`)}`,
        "-p",
        String(platform.port(5301)),
        "+short",
        "shop.test",
        "A",
      ],
      hasAddress,
    ),
    loop(
      "wget",
      () => [
        "-q",
        "-O",
        "-",
        "-e",
        `http_proxy=http://127.0.0.1:${platform.port(7780)}`,
        "http://shop.test/",
      ],
      (printed) => printed.includes("<h1>shop.test</h1>"),
    ),
  ];
  return load;
}

/** Waits until the load has had so many more answers. */
async function more(load: Load, answers: number): Promise<void> {
  const enough = load.done + answers;
  while (load.done < enough) await runAside("true", []);
}

async function pids(): Promise<Map<RoleName, number>> {
  const found = await status(platform.data);
  return new Map(
    found.roles.flatMap(({ role, pid, state }) =>
      pid === undefined || state === "starting" ? [] : [[role, pid]],
    ),
  );
}

/** Waits until a role serves with another process than `old`; gives how long that took. */
async function untilBack(role: RoleName, old: number, from: number): Promise<number> {
  for (;;) {
    const now = (await pids()).get(role);
    if (now !== undefined && now !== old) return performance.now() - from;
    if (performance.now() - from > 120_000)
      throw new Error(`${role} is not back after two minutes:\n${platform.log()}`);
  }
}

test.each(["control", "names", "resolver", "edge", "runtime"] as const)(
  "kill -9 of %s under load: nothing fails, and it is back",
  async (role) => {
    const load = startLoad();
    await more(load, 6);
    const old = await rolePid(platform.data, role);
    const from = performance.now();
    process.kill(old, "SIGKILL");
    const took = await untilBack(role, old, from);
    await more(load, 6);
    await load.stop();
    expect(load.failures).toEqual([]);
    process.stdout.write(`${role} was back after ${(took / 1000).toFixed(1)} s\n`);
  },
);

test("kill -9 of everything, then a new start: domain, zone and site are there", async () => {
  platform.json("register", "kept.test");
  platform.json("records", "set", "kept.test", "www", "A", "192.0.2.7");
  const before = platform.json<Status>("status");
  const all = [platform.supervisor.pid, ...(await rolePids(platform.data)).values()];
  const ended = new Promise((resolve) => platform.supervisor.once("exit", resolve));
  for (const pid of all) if (pid !== undefined) process.kill(pid, "SIGKILL");
  await ended;
  await platform.start();
  const after = platform.json<Status>("status");
  expect(after.counts).toEqual(before.counts);
  const proxy = `http://127.0.0.1:${platform.port(7780)}`;
  expect(run("curl", ["-sS", "-x", proxy, "http://shop.test/"]).stdout).toContain("<h1>shop.test</h1>");
  expect(
    run("dig", ["@127.0.0.1", "-p", String(platform.port(5300)), "+short", "www.kept.test"]).stdout,
  ).toBe("192.0.2.7\n");
});

test("kill -9 of the supervisor alone: roles serve on, and the next start adopts them", async () => {
  const before = await rolePids(platform.data);
  const ended = new Promise((resolve) => platform.supervisor.once("exit", resolve));
  platform.supervisor.kill("SIGKILL");
  await ended;
  expect(
    run("dig", ["@127.0.0.1", "-p", String(platform.port(5300)), "+short", "www.kept.test"]).stdout,
  ).toBe("192.0.2.7\n");
  await platform.start();
  expect(await rolePids(platform.data)).toEqual(before);
  expect(readFileSync(`/proc/${before.get("names")}/stat`, "utf8")).toContain("node");
});

test("fairlead down stops what a supervisor that was killed left behind, roles and instances", async () => {
  const folder = platform.data;
  await rolePids(folder);
  const ended = new Promise((resolve) => platform.supervisor.once("exit", resolve));
  platform.supervisor.kill("SIGKILL");
  await ended;
  expect(platform.json("down")).toEqual({ stopped: true });
  expect((await status(folder)).roles.map(({ state }) => state)).toEqual(Array(5).fill("stopped"));
  expect(hasLivingInstances(join(folder, "instances"))).toBe(false);
  expect(platform.json("down")).toEqual({ stopped: false });
  await platform.start();
});

test("fairlead down stops instances whose runtime was killed with all the others", async () => {
  const pids = (await rolePids(platform.data)).values();
  const ended = new Promise((resolve) => platform.supervisor.once("exit", resolve));
  platform.supervisor.kill("SIGKILL");
  await ended;
  for (const pid of pids) process.kill(pid, "SIGKILL");
  expect(hasLivingInstances(join(platform.data, "instances"))).toBe(true);
  expect(platform.json("down")).toEqual({ stopped: true });
  expect(hasLivingInstances(join(platform.data, "instances"))).toBe(false);
  await platform.start();
});
