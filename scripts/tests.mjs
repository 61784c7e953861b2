// Runs Vitest with the parameters given. In CI, files with failures are run a second time, whole and with the same seed: what a busy machine did to
// them is told as unsteady, what we did to them fails again. A test alone could not have a second try: it would find what the first one left.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keepFailure, readFailures, variable } from "./failures.mjs";
import { root } from "./prepare.mjs";

/** So many files may be tried again: where more fail, it is not chance. */
const mostFiles = 4;

const kept = mkdtempSync(join(tmpdir(), "fairlead-tests-"));
const parameters = process.argv.slice(2);
const first = run("first", []);
const files = [...new Set(first.failures.map(({ file }) => file))];
const isAgain = process.env.CI && files.length > 0 && files.length <= mostFiles && files.every(Boolean);
const last = isAgain ? run("second", files) : first;
if (last.status === 0)
  for (const { name, said } of last === first ? [] : first.failures)
    process.stdout.write(`\nUnsteady, passed in the second try: ${name}\n${said}\n`);
else for (const { name, said } of last.failures) keepFailure(name, said);
rmSync(kept, { recursive: true, force: true });
process.exitCode = last.status;

/** @returns the exit status, and what failed in which file */
function run(which, names) {
  const path = join(kept, which);
  const result = spawnSync(
    process.execPath,
    [
      join(root, "node_modules", "vitest", "vitest.mjs"),
      "run",
      ...parameters,
      ...names,
      "--reporter=default",
      `--reporter=${join(root, "scripts", "failures.mjs")}`,
    ],
    { cwd: root, env: { ...process.env, [variable]: path }, stdio: ["ignore", "inherit", "inherit"] },
  );
  return { status: result.status ?? 1, failures: readFailures(path) };
}
