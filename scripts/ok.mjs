// `npm run ok`: all static checks and the unit tests, on the pinned Node. All of them run; the first failure is not the last.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { prepare, root } from "./prepare.mjs";

prepare();
const bin = (name) => join(root, "node_modules", ".bin", name);
/** @type {[string, string, string[]][]} */
const checks = [
  ["format", bin("oxfmt"), ["--check"]],
  ["types and layers", bin("tsc"), ["-b"]],
  ["lint", bin("oxlint"), ["--type-aware", "--deny-warnings"]],
  ["dead code", bin("knip"), ["--treat-config-hints-as-errors"]],
  ["unit tests", bin("vitest"), ["run", "--project", "unit"]],
];
const env = { ...process.env, PATH: `${join(root, "node_modules", ".bin")}:${String(process.env["PATH"])}` };
const started = Date.now();
const failed = [];
for (const [name, command, args] of checks) {
  const from = Date.now();
  const result = spawnSync(command, args, { cwd: root, env, encoding: "utf8", maxBuffer: 1 << 28 });
  const isGood = result.status === 0;
  process.stdout.write(
    `${isGood ? "ok    " : "FAILED"} ${name} (${((Date.now() - from) / 1000).toFixed(1)} s)\n`,
  );
  if (!isGood) {
    failed.push(name);
    process.stdout.write(`${result.stdout}${result.stderr}${result.error?.message ?? ""}\n`);
  } else if (name === "unit tests") {
    process.stdout.write(
      result.stdout
        .split("\n")
        .filter((line) => /Tests|Test Files/.test(line))
        .join("\n") + "\n",
    );
  }
}
process.stdout.write(
  `${failed.length === 0 ? "all good" : `failed: ${failed.join(", ")}`} in ${((Date.now() - started) / 1000).toFixed(0)} s\n`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
