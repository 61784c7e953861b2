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
export async function load(proxy: Proxy, seconds: number): Promise<{ requests: number; cpuSeconds: number }> {
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
