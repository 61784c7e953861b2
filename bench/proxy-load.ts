// What the benchmarks of the edge beside other proxies share: the edge as a process of its own, load by wrk, and CPU as /proc tells it.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import type { Proxy } from "../test/platform/desync/proxies.ts";

const connections = 16;
/** Clock ticks a second in /proc/PID/stat: fixed for programs on Linux (USER_HZ). */
const ticksPerSecond = 100;

/** Starts a benchmark's own file with the words `edge PORT`, as which it prints the port that it serves. */
export async function startEdge(file: string, targetPort: number): Promise<Proxy> {
  const child = spawn(process.execPath, [...process.execArgv, file, "edge", `${targetPort}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [printed] = (await once(child.stdout, "data")) as [Buffer];
  return {
    port: Number(printed.toString()),
    pid: child.pid ?? -1,
    async stop() {
      child.kill();
      await once(child, "exit");
    },
  };
}

/** Asks a proxy for its page as often as it can, for so many seconds. Throws where an answer is no page. */
async function load(proxy: Proxy, seconds: number): Promise<{ requests: number; cpuSeconds: number }> {
  const before = cpuSeconds(proxy.pid);
  const { stdout } = await promisify(execFile)("wrk", [
    "-t1",
    `-c${connections}`,
    `-d${seconds}s`,
    `http://127.0.0.1:${proxy.port}/`,
  ]);
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1]);
  if (!(requests > 0) || /Non-2xx|Socket errors/.test(stdout)) throw new Error(stdout);
  return { requests, cpuSeconds: cpuSeconds(proxy.pid) - before };
}

/** What one proxy took in each round: microseconds of CPU a request, and requests a second. */
export interface LoadFigures {
  readonly micros: readonly number[];
  readonly rates: readonly number[];
}

/** Loads proxies one after the other, round by round, so that what the machine does beside bears on all of them alike. */
export async function loadInTurn(
  proxies: Readonly<Record<string, Proxy>>,
  rounds: number,
  seconds: number,
): Promise<Map<string, LoadFigures>> {
  const figures = new Map(
    Object.keys(proxies).map((name) => [name, { micros: [] as number[], rates: [] as number[] }]),
  );
  for (const proxy of Object.values(proxies)) await load(proxy, 1); // warms up
  for (let round = 0; round < rounds; round++) {
    for (const [name, proxy] of Object.entries(proxies)) {
      const { requests, cpuSeconds } = await load(proxy, seconds);
      figures.get(name)?.micros.push((cpuSeconds / requests) * 1e6);
      figures.get(name)?.rates.push(requests / seconds);
    }
  }
  return figures;
}

/** The median, over the rounds, of what one proxy took for each that another one did. */
export function ratio(own: LoadFigures, other: LoadFigures | undefined): number {
  return median(own.micros.map((value, round) => value / (other?.micros[round] ?? Number.NaN)));
}

/** CPU and rate of one proxy in words. @param what  what is counted, such as `request` */
export function figuresText({ micros }: LoadFigures, what: string): string {
  return `${median(micros).toFixed(1).padStart(6)} µs CPU a ${what} (${Math.min(...micros).toFixed(1)} to ${Math.max(...micros).toFixed(1)})`;
}

/** User and system time of a process with all its threads. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** The middle one of some values. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
