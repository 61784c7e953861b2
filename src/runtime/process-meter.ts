// What the processes of an instance use: processor time and memory, read from /proc over the process group of its program. Elsewhere
// than on Linux nothing is told.
//
// A process that ended leaves its time with the one that waited for it, so the sum over those that live holds all but what nobody
// waited for. Where the sum is less than before, nothing is taken back.

import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import type { MetricSample } from "#contract";
import type { ProcessIdentity } from "./process-identity.ts";

/** Clock ticks a second in /proc: USER_HZ, which is 100 on every architecture that Node runs on. */
const ticksPerSecond = 100;

/** A process as /proc/PID/stat tells it. */
export interface ProcessTicks {
  readonly pid: number;
  readonly group: number;
  /** Clock ticks that it used, and those that it waited for. */
  readonly ticks: number;
}

/** Reads /proc/PID/stat; undefined where it is none. */
export function parseProcessTicks(stat: string): ProcessTicks | undefined {
  // The command stands in parentheses and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const pid = Number.parseInt(stat, 10);
  const group = Number(fields[2]);
  const ticks = [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i]), 0);
  return Number.isFinite(pid + group + ticks) ? { pid, group, ticks } : undefined;
}

/** All processes of this machine that can be read, by group. */
export function readProcessUses(): Map<number, ProcessTicks[]> {
  const byGroup = new Map<number, ProcessTicks[]>();
  if (process.platform !== "linux") return byGroup;
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const use = parseProcessTicks(readText(`/proc/${name}/stat`));
    if (!use) continue;
    const group = byGroup.get(use.group);
    if (group) group.push(use);
    else byGroup.set(use.group, [use]);
  }
  return byGroup;
}

interface Metered {
  readonly start: string;
  readonly life: number;
  ticks: number;
  lastSum: number;
}

let lives = 0;

/** Keeps the sums of processes between two readings. */
export class ProcessMeter {
  readonly #metered = new Map<string, Metered>();
  #hasRead = false;

  /**
   * Reads what instances use now.
   * @param programs  the program of each that runs, by id; its pid is its process group's number
   */
  read(
    programs: ReadonlyMap<string, ProcessIdentity>,
    uses: ReadonlyMap<number, readonly ProcessTicks[]> = readProcessUses(),
  ): MetricSample[] {
    for (const [id, { start }] of this.#metered)
      if (programs.get(id)?.start !== start) this.#metered.delete(id);
    // What ran before anybody read began at no known time: its time until now is not told.
    const isFirst = !this.#hasRead;
    this.#hasRead = true;
    const samples: MetricSample[] = [];
    for (const [id, { pid, start }] of programs) {
      const group = uses.get(pid);
      if (!group) continue;
      const sum = group.reduce((ticks, use) => ticks + use.ticks, 0);
      let metered = this.#metered.get(id);
      if (!metered)
        this.#metered.set(id, (metered = { start, life: ++lives, ticks: 0, lastSum: isFirst ? sum : 0 }));
      metered.ticks += Math.max(0, sum - metered.lastSum);
      metered.lastSum = sum;
      samples.push({
        of: "instance",
        id,
        life: metered.life,
        counts: { "cpu-seconds": metered.ticks / ticksPerSecond },
        gauges: {
          "memory-octets": group.reduce((octets, use) => octets + residentOctets(use.pid), 0),
          processes: group.length,
          // What there is where nothing limits it.
          processors: availableParallelism(),
          "memory-available": totalmem(),
        },
      });
    }
    return samples;
  }
}

/** Memory of a process that lies in RAM. */
function residentOctets(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readText(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return ""; // it is gone, or not ours to read
  }
}
