// How long the signing of a large zone takes on one core: `fairlead zone sign`, reading and writing included.

import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { tell } from "./names-figures.ts";
import { fairlead } from "./names-servers.ts";
import { plainApex, writeLargeZone } from "./names-zones.ts";

/** See the head of this file. */
export function measureSigning(folder: string, records: number): void {
  const path = writeLargeZone(folder, plainApex, records);
  const keys = join(folder, "signing-keys");
  mkdirSync(keys, { recursive: true });
  const startedAt = performance.now();
  const given = ["zone", "sign", path, "--keys", keys, "--out", `${path}.signed`];
  const { status, stderr } = spawnSync("taskset", ["-c", "0", fairlead, ...given], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  const seconds = (performance.now() - startedAt) / 1000;
  tell(`signing ${records} names with NSEC on one core: ${seconds.toFixed(1)} s`);
}
