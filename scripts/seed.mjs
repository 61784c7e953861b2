// The seed of everything that a run of the tests generates. Each commit has one of its own: it brings cases that nobody has run before, and
// whoever runs its tests again, here or in CI, runs the same ones.

import { spawnSync } from "node:child_process";
import { root } from "./prepare.mjs";

/** A whole number from 0 up to 2^28: FAIRLEAD_SEED, or the commit's; 1 where there is no commit to ask. */
export function seedOfRun() {
  const given = process.env.FAIRLEAD_SEED;
  if (given) return Number(given);
  const { status, stdout } = spawnSync("git", ["rev-parse", "HEAD"], { cwd: root, encoding: "utf8" });
  return status === 0 ? Number.parseInt(stdout.slice(0, 7), 16) : 1;
}
