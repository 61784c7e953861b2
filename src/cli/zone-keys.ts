// Keys of zones in a folder, in the form that BIND, ldns and Knot use, for commands that sign without a platform.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { PlatformError } from "#contract/plain";
import { parseKeyFiles, type SigningKey } from "#dnssec";
import type { Name } from "#wire";
import { readTextFile } from "./read-file.ts";

/** The keys of a zone in a folder, none where it has none. Throws `path-unusable`. */
export function readZoneKeys(folder: string, apex: Name, action: string): SigningKey[] {
  let files: string[];
  try {
    files = readdirSync(folder);
  } catch {
    return []; // no such folder: it is made with the key
  }
  const prefix = `K${apex.toLowerCase().toString()}+`;
  return files
    .filter((name) => name.startsWith(prefix) && name.endsWith(".private"))
    .sort()
    .map((name) => {
      const stem = join(folder, name.slice(0, -".private".length));
      const read = parseKeyFiles(
        readTextFile(`${stem}.key`, "key"),
        readTextFile(`${stem}.private`, "private key"),
      );
      if ("problem" in read)
        throw new PlatformError("path-unusable", `${action}: key ${stem} is unusable: ${read.problem}`);
      if (!read.owner.equals(apex))
        throw new PlatformError(
          "path-unusable",
          `${action}: key ${stem} is of zone ${read.owner.toString()}`,
        );
      return read.key;
    });
}
