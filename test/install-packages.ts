// Installs the packages that lie in a test's own package.json and lock, beside the project's and without their scripts: only who runs
// that test needs them.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Installs a folder's packages where the lock differs from what was installed last. Throws with npm's words where it cannot. */
export function installPackages(folder: string): void {
  const marker = join(folder, "node_modules", ".fairlead-lock");
  const lock = createHash("sha256")
    .update(readFileSync(join(folder, "package-lock.json")))
    .digest("hex");
  if (existsSync(marker) && readFileSync(marker, "utf8") === lock) return;
  const { status, stderr, error } = spawnSync("npm", ["ci", "--ignore-scripts", "--loglevel=error"], {
    cwd: folder,
    encoding: "utf8",
    timeout: 110_000,
  });
  if (status !== 0)
    throw new Error(`Cannot install the packages of ${folder}: ${error?.message ?? stderr}`, {
      cause: error,
    });
  writeFileSync(marker, lock);
}
