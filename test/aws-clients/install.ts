// Installs the AWS SDKs that lie in this folder's own package.json and lock, beside the project's packages and without their scripts:
// only who runs the tests against them needs them. And keeps what this person has of AWS's settings out of all clients.

import { spawnSync } from "node:child_process";
import { join } from "node:path";

const folder = import.meta.dirname;

/**
 * Installs the packages where the lock differs from what was installed last; of several test files that begin at once on a new machine one
 * does, and the others wait for it. Throws with npm's words where it cannot.
 */
export function installSdks(): void {
  const script =
    'cmp -s package-lock.json "$installed" || { npm ci --ignore-scripts --loglevel=error && cp package-lock.json "$installed"; }';
  const { status, stderr, error } = spawnSync("flock", ["package.json", "sh", "-c", script], {
    cwd: folder,
    env: { ...process.env, installed: join("node_modules", ".fairlead-lock") },
    encoding: "utf8",
    timeout: 230_000,
  });
  if (status !== 0)
    throw new Error(`Cannot install the AWS SDKs: ${error?.message ?? stderr}`, { cause: error });
}

/** An environment with none of AWS's variables, in which no file of this person's is read. */
export function cleanEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !/^(AWS_|BOTO_|HOME$|PYTHON)/.test(name));
  return {
    ...(Object.fromEntries(kept) as Record<string, string>),
    HOME: "/nonexistent",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_PAGER: "",
    LC_ALL: "C.UTF-8",
  };
}
