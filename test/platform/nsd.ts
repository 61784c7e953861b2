// NSD beside the platform: its configuration for one zone, with all that it keeps in one folder.

import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Writes NSD's configuration into a folder. @returns its path */
export function writeNsdConfig(
  folder: string,
  given: {
    readonly addresses: readonly string[];
    readonly port: number;
    /** The zone, without the final dot, and the name of its file in the folder. */
    readonly zone: string;
    readonly zoneFile: string;
    /** Further lines of the section `server`. */
    readonly server?: readonly string[];
  },
): string {
  const path = join(folder, "nsd.conf");
  const lines = [
    "server:",
    ...given.addresses.map((address) => `  ip-address: ${address}@${given.port}`),
    '  username: ""',
    `  zonesdir: "${folder}"`,
    '  database: ""',
    `  pidfile: "${join(folder, "nsd.pid")}"`,
    `  xfrdfile: "${join(folder, "xfrd.state")}"`,
    `  zonelistfile: "${join(folder, "zone.list")}"`,
    `  xfrdir: "${folder}"`,
    "  server-count: 1",
    ...(given.server ?? []).map((line) => `  ${line}`),
    "remote-control:",
    "  control-enable: no",
    "zone:",
    `  name: ${given.zone}`,
    `  zonefile: "${given.zoneFile}"`,
    "",
  ];
  writeFileSync(path, lines.join("\n"));
  return path;
}
