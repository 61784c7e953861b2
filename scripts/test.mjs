// `npm test`: `npm run ok`, then everything else: suites, live peers, the platform itself, fuzzing. Says first what it will fetch.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { buildConsole } from "./console.mjs";
import { keepFailure, tellFailures } from "./failures.mjs";
import { describePeers, preparePeers } from "./peers.mjs";
import { pinnedNode, prepare, root } from "./prepare.mjs";
import { seedOfRun } from "./seed.mjs";

process.stdout.write(`${describePeers()}\n`);
prepare();
buildConsole();
const node = pinnedNode() ?? process.execPath;
const kept = mkdtempSync(join(tmpdir(), "fairlead-failures-"));
process.env.FAIRLEAD_FAILURES = join(kept, "lines");
const env = { ...process.env };
const started = Date.now();
const failed = [];

step("npm run ok", [join(root, "scripts", "ok.mjs")]);
env.PATH = `${preparePeers()}:${join(root, "node_modules", ".bin")}:${env.PATH}`;
step("suites, peers and platform", [join(root, "scripts", "tests.mjs"), "--project", "platform*"]);
step("the story of a new user", [join(root, "scripts", "story.mjs")]);
await fuzz();
process.stdout.write(tellFailures());
rmSync(kept, { recursive: true, force: true });
process.stdout.write(
  `${failed.length === 0 ? "All passed" : `Failed: ${failed.join(", ")}`} in ${((Date.now() - started) / 1000).toFixed(0)} s\n`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

function step(name, args) {
  process.stdout.write(`\n== ${name}\n`);
  const before = tellFailures();
  const result = spawnSync(node, args, { cwd: root, env, stdio: ["ignore", "inherit", "inherit"] });
  if (result.status === 0) return;
  failed.push(name);
  if (tellFailures() === before)
    keepFailure(name, `It ended with ${result.status ?? result.signal} and named no failure`);
}

/** Runs all fuzzers, as many side by side as there are processors. */
async function fuzz() {
  const folder = join(root, "fuzz");
  const left = existsSync(folder)
    ? readdirSync(folder)
        .filter((file) => file.endsWith(".ts"))
        .sort()
    : [];
  const next = async () => {
    for (let file = left.shift(); file !== undefined; file = left.shift()) {
      const words = [
        "--conditions=fairlead-source",
        join(folder, file),
        "--seconds",
        process.env.CI ? "8" : "5",
        "--seed",
        `${seedOfRun()}`,
      ];
      const { status, printed } = await runQuietly(words);
      process.stdout.write(`\n== fuzz/${file}\n${printed}`);
      if (status === 0) continue;
      failed.push(`fuzz/${file}`);
      keepFailure(`fuzz/${file}`, printed);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, next));
}

/** Runs a program of Node's to its end and gives what it printed. */
function runQuietly(args) {
  return new Promise((resolve) => {
    const child = spawn(node, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    let printed = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => (printed += text));
    child.on("error", (error) => resolve({ status: null, printed: error.message }));
    child.on("close", (status) => resolve({ status, printed }));
  });
}
