// Which version of Fairlead this is.

import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";

/** The version of this program, as in its package.json. */
export function programVersion(): string {
  const path = findPackageJSON(import.meta.url);
  const { version } = JSON.parse(path === undefined ? "{}" : readFileSync(path, "utf8")) as {
    version?: string;
  };
  return version ?? "0";
}
