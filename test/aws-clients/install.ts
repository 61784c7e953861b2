// Installs the AWS SDKs that lie in this folder's own package.json and lock, beside the project's packages and without their scripts:
// only who runs the tests against them needs them. And keeps what this person has of AWS's settings out of all clients.

import { installPackages } from "../install-packages.ts";

/** Installs the packages. Throws with npm's words where it cannot. */
export function installSdks(): void {
  installPackages(import.meta.dirname);
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
