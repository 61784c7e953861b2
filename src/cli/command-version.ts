// The command that says which Fairlead this is.

import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import type { Command } from "./command.ts";

export const version: Command = {
  description: "Print the version of this program",
  args: {},
  needs: "nothing",
  examples: ["fairlead version"],
  run(_values, { output }) {
    const manifest = JSON.parse(readFileSync(findPackageJSON(import.meta.url) ?? "", "utf8")) as {
      version: string;
    };
    output.data({ version: manifest.version, node: process.versions.node });
    output.line(`fairlead ${manifest.version} on Node.js ${process.versions.node}`);
    return Promise.resolve();
  },
};
