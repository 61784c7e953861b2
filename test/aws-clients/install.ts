// Installs the AWS SDKs that lie in this folder's own package.json and lock, beside the project's packages and without their scripts:
// only who runs the tests against them needs them. And keeps what this person has of AWS's settings out of all clients.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = import.meta.dirname;
const marker = join(folder, "node_modules", ".fairlead-lock");

/** Installs the packages where the lock differs from what was installed last. Throws with npm's words where it cannot. */
export function installSdks(): void {
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
    throw new Error(`Cannot install the AWS SDKs: ${error?.message ?? stderr}`, { cause: error });
  writeFileSync(marker, lock);
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
