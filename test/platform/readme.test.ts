// README is executed: every line of its `sh` blocks, in order, against a platform started as its first line says, moved to ports and
// addresses of the test's own.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root, startPlatform, type Platform } from "./harness.ts";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ example: true });
});
afterAll(async () => platform?.remove());

const lines = [...readFileSync(join(root, "README.md"), "utf8").matchAll(/^```sh\n([^]*?)^```/gm)].flatMap(
  (block) => (block[1] ?? "").split("\n").filter((line) => line !== ""),
);

test("README has lines to run", () => expect(lines.length).toBeGreaterThan(15));

test.each(lines)("README: %s", (line) => {
  const moved = line
    .replaceAll("127.53.", `127.${platform.network}.`)
    .replaceAll(/127\.0\.0\.1:(\d+)/g, (_, port: string) => `127.0.0.1:${platform.port(Number(port))}`)
    .replaceAll(/-p (\d+)/g, (_, port: string) => `-p ${platform.port(Number(port))}`)
    .replace(/^npx fairlead/, "./bin/fairlead");
  const { status, stdout, stderr } = spawnSync("sh", ["-c", moved], {
    cwd: root,
    env: platform.environment,
    encoding: "utf8",
    timeout: 180_000,
  });
  // curl tells its progress there where the output is no terminal
  expect([status, line.startsWith("curl") ? "" : stderr]).toEqual([0, ""]);
  if (line.startsWith("curl")) expect(stdout).toContain("<h1>shop.test</h1>");
  if (line.startsWith("dig")) expect(stdout).toContain("status: NOERROR");
  if (line.includes("trace")) expect(stdout).toMatch(/└─ .*● Page/);
});
