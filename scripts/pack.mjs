// `npm pack` and `npm publish` begin with this: the JavaScript of src, without tests, into dist. Under node_modules Node strips
// no types, so the package carries no TypeScript. `pack.mjs clean` ends them: a checkout runs from src, and keeps no dist beside it.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buildConsole } from "./console.mjs";
import { fail, root } from "./prepare.mjs";

rmSync(join(root, "dist"), { recursive: true, force: true });
if (process.argv[2] !== "clean") emit();

function emit() {
  buildConsole({ isQuiet: true });
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  if (!existsSync(compiler))
    fail("Cannot emit JavaScript: the packages are not installed. Run `npm ci --ignore-scripts` first.");
  // To standard error: what `npm pack` prints is the name of the tarball.
  const { status } = spawnSync(process.execPath, [compiler, "-p", "tsconfig.pack.json"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (status !== 0) fail("Cannot emit JavaScript: the compiler refused. Its reason stands above.");
  const missing = importTargets().filter((path) => !existsSync(join(root, path)));
  if (missing.length > 0)
    fail(`Cannot pack: "imports" of package.json names ${missing.join(", ")}, not emitted`);
}

/** What `#layer` stands for in an installed package; what tests alone import has no place there. */
function importTargets() {
  const { imports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return Object.values(imports).flatMap((target) => target.default ?? []);
}
