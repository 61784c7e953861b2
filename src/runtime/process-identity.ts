// Which process is meant: a pid together with the time it started, because the system uses pids again.
// Linux tells the start time in /proc; elsewhere `ps` does.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** One process of this machine, also after its pid went to another. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in a form that only equality is asked of; it differs across restarts of the machine. */
  readonly start: string;
}

/** Tells whether a value that was read from a file names a process. */
export function isProcessIdentity(value: unknown): value is ProcessIdentity {
  return (
    typeof value === "object" &&
    value !== null &&
    "pid" in value &&
    typeof value.pid === "number" &&
    "start" in value &&
    typeof value.start === "string"
  );
}

let bootId: string | undefined;

/**
 * Identifies a process that runs now.
 *
 * @returns undefined where no process has the pid, or only its exit status is left of it (a zombie)
 */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const start = process.platform === "linux" ? linuxStart(pid) : psStart(pid);
  return start === undefined ? undefined : { pid, start };
}

/** Tells whether exactly this process runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identifyProcess(identity.pid)?.start === identity.start;
}

/**
 * Sends a signal to exactly this process.
 *
 * @returns false where it is gone
 */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  return signalPid(identity.pid, signal);
}

/**
 * Sends a signal to a pid, or to a process group by its negative number; 0 only asks whether it is there.
 *
 * @returns false where nothing has it, or it is not ours
 */
export function signalPid(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false; // ESRCH or EPERM: nothing of ours is there
  }
}

function linuxStart(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return undefined; // no process has the pid
  }
  // The second field is the command in parentheses and may hold anything; the third is the state, the 22nd the
  // start time in clock ticks since the machine started.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields[0] === "Z" || fields[0] === "X") return undefined;
  bootId ??= readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
  return `${bootId}/${fields[19]}`;
}

function psStart(pid: number): string | undefined {
  try {
    const text = execFileSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], {
      encoding: "latin1",
    }).trim();
    const [state, ...start] = text.split(/\s+/);
    return state === undefined || state === "" || state.startsWith("Z") ? undefined : start.join(" ");
  } catch {
    return undefined; // ps ends with status 1 where there is no such process
  }
}
