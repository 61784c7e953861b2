// The data plane without control: with control and names killed, and control unable to start, names starts from its last good state on
// disk and serves. Once control can start again, changes reach the roles.

import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "#runtime/testing";
import { layoutOf, status } from "#server";
import { rolePid, run, startPlatform, type Platform } from "./harness.ts";

const backMs = 120_000;
const storeFiles = ["store.sqlite", "store.sqlite-wal", "store.sqlite-shm"];

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ example: true });
  platform.json("records", "set", "shop.test", "old", "A", "192.0.2.1");
  // A role writes its state a moment after it acknowledged it.
  const state = join(layoutOf(platform.data).state, "names");
  await until("the state is on disk", () => readFileSync(state, "utf8").includes("old.shop.test."));
});
afterAll(async () => {
  platform?.supervisor.kill("SIGCONT");
  await platform?.remove();
});

/** The process of a role that serves, with control ("ready") or waiting for it. */
async function pidOf(role: string): Promise<number | undefined> {
  const { roles } = await status(platform.data);
  const found = roles.find((one) => one.role === role);
  return found?.state === "ready" || found?.state === "waiting" ? found.pid : undefined;
}

/** One question to a name server itself: no cache is asked. */
function answer(name: string): string {
  const server = [`@${platform.address("127.53.2.3")}`, "-p", String(platform.port(5301))];
  return run("dig", [...server, "+short", name, "A"]).stdout;
}

/** Puts something else in the store's place, or the store back. */
function swapStore(isAway: boolean): void {
  const path = (file: string): string => join(platform.data, file);
  if (!isAway) rmSync(path("store.sqlite"));
  for (const file of storeFiles) {
    try {
      renameSync(path(isAway ? file : `${file}.kept`), path(isAway ? `${file}.kept` : file));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  if (isAway) writeFileSync(path("store.sqlite"), "this is no store\n".repeat(400));
}

test("names starts and serves from disk while control cannot start, and takes changes once it can", async () => {
  const names = await rolePid(platform.data, "names");
  const control = await rolePid(platform.data, "control");
  // Nothing is restarted before the store is out of the way.
  platform.supervisor.kill("SIGSTOP");
  process.kill(control, "SIGKILL");
  process.kill(names, "SIGKILL");
  swapStore(true);
  platform.supervisor.kill("SIGCONT");
  const now = await until(
    "names serves again",
    () => pidOf("names").then((pid) => pid !== names && pid),
    backMs,
  );
  expect(now).not.toBe(names);
  expect(answer("old.shop.test")).toBe("192.0.2.1\n");
  const page = run("curl", ["-sS", "-x", `http://127.0.0.1:${platform.port(7780)}`, "http://shop.test/"]);
  expect(page.stdout).toContain("<h1>shop.test</h1>");
  expect(await pidOf("control")).toBeUndefined();

  swapStore(false);
  await until("control is back", () => pidOf("control"), backMs);
  platform.json("records", "set", "shop.test", "new", "A", "192.0.2.2");
  expect(answer("new.shop.test")).toBe("192.0.2.2\n");
  expect(answer("old.shop.test")).toBe("192.0.2.1\n");
  // It was brought up to date, not started anew.
  expect(await rolePid(platform.data, "names")).toBe(now);
});
