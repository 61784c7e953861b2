// Memory and start of the name servers beside NSD and Knot: what a zone of millions of records takes above the server without it, the most that was
// taken while it was loaded, and how long it took until it was answered from; the same for a hundred thousand zones.

import { rmSync } from "node:fs";
import { median, tell } from "./names-figures.ts";
import {
  memoryOf,
  peakMemoryOf,
  type ServedFile,
  type ServerKind,
  startServer,
  stopServer,
} from "./names-servers.ts";
import { largeName, plainApex, signZoneFile, writeLargeZone, writeManyZones } from "./names-zones.ts";

const kinds: readonly ServerKind[] = ["linux", "nsd", "knot"];
const port = 5391;
const emptyApex = "empty.test.";

interface Taken {
  readonly memory: number;
  readonly peak: number;
  readonly startedInMs: number;
}

/** A zone of so many A records, unsigned or signed with NSEC. */
export async function measureLargeZone(
  folder: string,
  records: number,
  isSigned: boolean,
  rounds: number,
): Promise<void> {
  const unsigned = writeLargeZone(folder, plainApex, records);
  const path = isSigned ? signZoneFile(folder, unsigned) : unsigned;
  const apex = plainApex;
  // Signed, each name has A and NSEC, and signatures over both; what signs an RRset counts with it.
  const parts = isSigned ? 2 * records : records;
  const what = isSigned ? "RRset, its signature with it" : "record";
  const ready = [`${largeName(records - 1)}.${apex}`, `${largeName(0)}.${apex}`];
  tell(
    `${isSigned ? "signed " : ""}zone of ${records} A records, octets a ${what} above the server without it`,
  );
  await measureZones(folder, [{ apex, path }], ready, parts, rounds);
  rmSync(path);
  if (isSigned) rmSync(unsigned);
}

/** So many zones of ten records each. */
export async function measureManyZones(folder: string, count: number, rounds: number): Promise<void> {
  const zones = writeManyZones(folder, count);
  // Knot answers from the first zones while it loads the others: some everywhere are asked for.
  const ready = Array.from(
    { length: 200 },
    (_, i) => `ns1.z${Math.floor(((i + 1) * count) / 200) - 1}.test.`,
  );
  tell(`${count} zones of ten records, octets a record above the server without them`);
  await measureZones(folder, zones, ready, 10 * count, rounds);
}

async function measureZones(
  folder: string,
  zones: readonly ServedFile[],
  ready: readonly string[],
  parts: number,
  rounds: number,
): Promise<void> {
  const empty = { apex: emptyApex, path: writeLargeZone(folder, emptyApex, 0) };
  const taken: Partial<Record<ServerKind, { full: Taken[]; empty: Taken[] }>> = {};
  for (let round = 0; round < rounds; round++)
    for (const kind of kinds) {
      const own = (taken[kind] ??= { full: [], empty: [] });
      own.empty.push(await take(folder, kind, [empty], [`ns1.${emptyApex}`]));
      own.full.push(await take(folder, kind, zones, ready));
    }
  for (const [kind, own] of Object.entries(taken)) {
    const of = (rows: readonly Taken[], field: keyof Taken): number => median(rows.map((row) => row[field]));
    const above = (field: keyof Taken): number => of(own.full, field) - of(own.empty, field);
    const perPart = (octets: number): string => (octets / parts).toFixed(0).padStart(4);
    tell(
      `  ${kind.padEnd(6)} ${perPart(above("memory"))}, at most ${perPart(above("peak"))} while loading; ` +
        `answered after ${(of(own.full, "startedInMs") / 1000).toFixed(2)} s (${(of(own.empty, "startedInMs") / 1000).toFixed(2)} s without)`,
    );
  }
}

async function take(
  folder: string,
  kind: ServerKind,
  zones: readonly ServedFile[],
  ready: readonly string[],
): Promise<Taken> {
  const server = await startServer(folder, { kind, port, zones, ready });
  try {
    const pid = server.child.pid ?? 0;
    return { memory: memoryOf(pid), peak: peakMemoryOf(pid), startedInMs: server.startedInMs };
  } finally {
    await stopServer(server);
  }
}
