// `npm run ok`: all static checks and the unit tests, on the pinned Node. All of them run; the first failure is not the last.
// The unit tests, which wait for processes much of their time, run beside the static checks.

import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { keepFailure } from "./failures.mjs";
import { pinnedNode, prepare, root } from "./prepare.mjs";

prepare();
const bin = (name) => join(root, "node_modules", ".bin", name);
/** @type {[string, string, string[]][]} */
const checks = [
  ["format", bin("oxfmt"), ["--check"]],
  // Projects are compiled side by side; several checkers of one would each find out the same once more.
  ["types and layers", bin("tsc"), ["-b", "--checkers", "1"]],
  ["lint", bin("oxlint"), ["--type-aware", "--deny-warnings"]],
  ["dead code", bin("knip"), ["--treat-config-hints-as-errors"]],
  [
    "unit tests",
    pinnedNode() ?? process.execPath,
    [join(root, "scripts", "tests.mjs"), "--project", "unit", `--maxWorkers=${availableParallelism()}`],
  ],
];
const env = {
  ...process.env,
  PATH: `${join(root, "node_modules", ".bin")}:${String(process.env["PATH"])}`,
  // The compiler and the linter are programs of Go's, and collect garbage for a third of their time: half as often is enough.
  GOGC: "200",
};
const started = Date.now();
const failed = [];
const beside = checks.filter(([name]) => name === "unit tests");
const others = checks.filter((check) => !beside.includes(check));
await Promise.all([oneAfterTheOther(beside), oneAfterTheOther(others)]);
process.stdout.write(
  `${failed.length === 0 ? "all good" : `failed: ${failed.join(", ")}`} in ${((Date.now() - started) / 1000).toFixed(0)} s\n`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

/** @param {[string, string, string[]][]} list */
async function oneAfterTheOther(list) {
  for (const [name, command, args] of list) await check(name, command, args);
}

/** Runs one check and says how it went; all that it printed where it failed. */
function check(name, command, args) {
  const from = Date.now();
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    let printed = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => (printed += text));
    child.on("error", (error) => {
      printed += error.message;
      end(false);
    });
    child.on("close", (code) => end(code === 0));
    let isOver = false;
    const end = (isGood) => {
      if (isOver) return;
      isOver = true;
      const took = ((Date.now() - from) / 1000).toFixed(1);
      process.stdout.write(`${isGood ? "ok    " : "FAILED"} ${name} (${took} s)\n`);
      if (!isGood) {
        failed.push(name);
        // Tests that fail are kept one by one.
        if (name !== "unit tests") keepFailure(name, printed);
        process.stdout.write(`${printed}\n`);
      } else if (name === "unit tests") {
        const summary = printed.split("\n").filter((line) => /Tests|Test Files|^Unsteady/.test(line));
        process.stdout.write(`${summary.join("\n")}\n`);
      }
      resolve();
    };
  });
}
