// The benchmark of the name servers, beside NSD and Knot in the same run. One command runs all of it or the cases that are named; each stands in a file of
// its own: loads (names-load.ts), memory and start (names-memory.ts), changes (names-changes.ts), signing (names-signing.ts).
// Run: npm run bench:names -- [ROUNDS [SECONDS [CASE …]]], which is bench/names.ts (needs nsd, knotd, dnsperf and taskset)

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measureChanges, measureSignedChanges } from "./names-changes.ts";
import { tell } from "./names-figures.ts";
import { loadCases, measureLoads, measureWorkers } from "./names-load.ts";
import { measureLargeZone, measureManyZones } from "./names-memory.ts";
import { versions } from "./names-servers.ts";
import { measureTls } from "./names-tls.ts";
import { measureSigning } from "./names-signing.ts";

const million = 1_000_000;

const rounds = Number(process.argv[2] ?? 5);
const seconds = Number(process.argv[3] ?? 4);
const wanted = process.argv.slice(4);

/** What is no load of dnsperf beside the peers, by name. */
const others: readonly (readonly [name: string, run: (folder: string) => Promise<void> | void])[] = [
  ["workers", (folder) => measureWorkers(folder, rounds, seconds)],
  ["tls", (folder) => measureTls(folder, rounds, seconds)],
  ["zone-million", (folder) => measureLargeZone(folder, million, false, rounds)],
  ["zone-ten-million", (folder) => measureLargeZone(folder, 10 * million, false, 1)],
  ["zone-signed", (folder) => measureLargeZone(folder, million, true, 1)],
  ["zones-many", (folder) => measureManyZones(folder, 100_000, rounds)],
  ["changes", (folder) => measureChanges(folder, million, 10, "zone of a million")],
  ["changes-signed", (folder) => measureSignedChanges(folder, million, 10, "nsec")],
  ["changes-nsec3", (folder) => measureSignedChanges(folder, million, 10, "nsec3")],
  ["signing", (folder) => measureSigning(folder, million)],
];

const known = [...loadCases.keys(), ...others.map(([name]) => name)];
const unknown = wanted.find((name) => !known.includes(name));
if (unknown !== undefined) throw new Error(`There is no case "${unknown}": ${known.join(", ")}`);
const isWanted = (name: string): boolean => wanted.length === 0 || wanted.includes(name);

const folder = mkdtempSync(join(tmpdir(), "fairlead-bench-"));
try {
  tell(versions());
  const loads = [...loadCases.keys()].filter(isWanted);
  if (loads.length > 0) await measureLoads(folder, loads, rounds, seconds);
  for (const [name, run] of others) if (isWanted(name)) await run(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
