// `npm test`: `npm run ok`, then everything else: suites, live peers, the platform itself, fuzzing. Says first what it will fetch.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { buildConsole } from "./console.mjs";
import { describePeers, preparePeers } from "./peers.mjs";
import { pinnedNode, prepare, root } from "./prepare.mjs";

process.stdout.write(`${describePeers()}\n`);
prepare();
buildConsole();
const node = pinnedNode() ?? process.execPath;
const env = { ...process.env };
const started = Date.now();
const failed = [];

step("npm run ok", [join(root, "scripts", "ok.mjs")]);
env.PATH = `${preparePeers()}:${join(root, "node_modules", ".bin")}:${env.PATH}`;
step("suites, peers and platform", [
  join(root, "node_modules", "vitest", "vitest.mjs"),
  "run",
  "--project",
  "platform",
]);
step("the story of a new user", [join(root, "scripts", "story.mjs")]);
for (const file of existsSync(join(root, "fuzz")) ? readdirSync(join(root, "fuzz")).sort() : []) {
  if (file.endsWith(".ts"))
    step(`fuzz/${file}`, [
      "--conditions=fairlead-source",
      join(root, "fuzz", file),
      "--seconds",
      process.env.CI ? "8" : "5",
    ]);
}
process.stdout.write(
  `${failed.length === 0 ? "All passed" : `Failed: ${failed.join(", ")}`} in ${((Date.now() - started) / 1000).toFixed(0)} s\n`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

function step(name, args) {
  process.stdout.write(`\n== ${name}\n`);
  const result = spawnSync(node, args, { cwd: root, env, stdio: ["ignore", "inherit", "inherit"] });
  if (result.status !== 0) failed.push(name);
}
