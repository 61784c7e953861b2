// Installs the packages that lie in a test's own package.json and lock, beside the project's and without their scripts: only who runs
// that test needs them. Files that are run side by side take turns.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** How long npm may take each time, in milliseconds: both tries are within what a test's hook has. */
const installLimitMs = 200_000;

/** Tries: a registry or a network is away for moments. */
const tries = 2;

/** Installs a folder's packages where the lock differs from what was installed last. Throws with npm's words where it cannot. */
export function installPackages(folder: string): void {
  const marker = join(folder, "node_modules", ".fairlead-lock");
  const lock = createHash("sha256")
    .update(readFileSync(join(folder, "package-lock.json")))
    .digest("hex");
  const isDone = (): boolean => existsSync(marker) && readFileSync(marker, "utf8") === lock;
  if (isDone()) return;
  const turn = join(folder, ".installing");
  takeTurn(turn);
  try {
    if (!isDone()) install(folder);
    writeFileSync(marker, lock);
  } finally {
    rmSync(turn, { recursive: true, force: true });
  }
}

function install(folder: string): void {
  for (let tried = 1; ; tried++) {
    const { status, stderr, error } = spawnSync("npm", ["ci", "--ignore-scripts", "--loglevel=error"], {
      cwd: folder,
      encoding: "utf8",
      timeout: installLimitMs,
    });
    if (status === 0) return;
    if (tried === tries)
      throw new Error(`Cannot install the packages of ${folder}: ${error?.message ?? stderr}`, {
        cause: error,
      });
  }
}

/** Waits until nobody else installs there. What is older than an installation may take was left by one that was ended. */
function takeTurn(turn: string): void {
  for (;;) {
    try {
      mkdirSync(turn);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const since = statSync(turn, { throwIfNoEntry: false })?.mtimeMs;
      if (since !== undefined && Date.now() - since > (tries + 1) * installLimitMs)
        rmSync(turn, { recursive: true, force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
  }
}
