// The shim: a program of its own that starts one instance, watches it and writes down how it ended. It lives in a
// session of its own and needs nobody, so an instance goes on when the runtime, or the whole platform, is killed.
// SIGTERM to the shim stops the instance: SIGTERM to its process group, then SIGKILL after the grace period.
// A container of a node is an instance to it, but that its log has the time of each line and its control group is its node's.

import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import {
  findControlGroups,
  groupOf,
  hasRunOutOfMemory,
  insideGroup,
  makeGroup,
  removeGroup,
} from "./control-groups.ts";
import { givenEnvironment } from "./given-environment.ts";
import { openLog, rotateLog } from "./log-file.ts";
import { identifyProcess, isAlive, signalPid } from "./process-identity.ts";
import {
  logPath,
  readRecord,
  writeRecord,
  type ShimExit,
  type ShimOrder,
  type ShimRecord,
} from "./shim-record.ts";
import { instanceVariable } from "./strays.ts";
import { formatLogTime, LineCutter, TimedLog } from "./timed-log.ts";

/** How often the size of the log is looked at, in milliseconds. */
const logCheckMs = 1000;
/** How many such looks in a row may find the instance's folder gone before the instance is stopped. */
const folderChecks = 2;
/** How often is looked whether the process group is empty, in milliseconds, while it is stopped. */
const groupCheckMs = 25;

/** How much of a container's output is taken in a tenth of a second, in octets: one that writes wildly waits, and its own limits hold. */
const maxLogOctetsPerWindow = 512 << 10;
const logWindowMs = 100;
/** How long is waited for the last of a container's output once it has ended, in milliseconds: what it left behind may hold the pipe. */
const lastOutputMs = 200;

/** What `unshare` says, with status 1, where its child was ended by SIGKILL: it cannot do the same to itself so. */
const killedNote = "unshare: sigprocmask unblock failed: Invalid argument";
/** The status with which a shell ends whose command was killed by SIGKILL. */
const killedStatus = 128 + 9;

/** When the grace period is over; set by the first request to end. */
let killAt: number | undefined;

const order = readOrder();

/** The order; undefined where its writer was killed in the midst of it. */
function readOrder(): ShimOrder | undefined {
  try {
    return JSON.parse(process.argv[2] ?? readFileSync(0, "utf8")) as ShimOrder;
  } catch {
    return undefined; // cut off: there is nothing to start
  }
}

function main(order: ShimOrder): void {
  const shim = identifyProcess(process.pid);
  const earlier = readRecord(order.folder);
  // A runtime that was killed right after it started a shim may have been followed by one that knew nothing of it.
  if (!shim || (earlier && !earlier.exit && isAlive(earlier.shim))) return;
  let record: ShimRecord = { digest: order.digest, shim };
  writeRecord(order.folder, record);

  let stopping = false;
  let groupId = 0;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    if (groupId !== 0) endGroup(order, groupId);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, stop);
  process.on("SIGHUP", () => {});

  const finish = (exit: ShimExit): void => {
    if (existsSync(order.folder)) writeRecord(order.folder, { ...record, exit });
    process.exit(0);
  };
  const failure = whyNot(order.workingFolder);
  if (failure !== undefined) {
    finish({ failure });
    return;
  }
  const { container } = order;
  const timed = container && new TimedLog(container.log, order.logOctets);
  const log = timed ? ("pipe" as const) : openLog(logPath(order.folder));
  const [file = "", ...parameters] = order.command;
  const start = (): ChildProcess =>
    spawn(file, parameters, {
      cwd: order.workingFolder,
      env: container?.environment ?? instanceEnvironment(order),
      // A session and a process group of its own: signals to the group reach whatever it starts.
      detached: true,
      stdio: ["ignore", log, log],
    });
  // A container's group is its node's, which the runtime makes and removes.
  const group = container
    ? groupOf(container.groupFolders)
    : order.limits && makeGroup(findControlGroups(), basename(order.folder), order.limits);
  if (typeof group === "string") record = { ...record, unlimited: group };
  const program =
    typeof group === "object" && container?.joinsByItself !== true ? insideGroup(group, start) : start();
  const output = timed && keepOutput([program.stdout, program.stderr], timed);
  program.once("error", (error: NodeJS.ErrnoException) => {
    const known = error.code === "ENOENT" ? "there is no such command" : error.message;
    finish({ failure: `Cannot run "${file}": ${known}` });
  });
  program.once("exit", (status, signal) => {
    // What the program left behind in its group goes with it.
    endGroup(order, groupId, () => {
      const exitOf = (isNoted: boolean): ShimExit => {
        const endedBy = isNoted ? "SIGKILL" : signal;
        // What ran out of memory in a node's group need not have been this container.
        const isKilled = !container || endedBy === "SIGKILL" || status === killedStatus;
        const isOutOfMemory = isKilled && typeof group === "object" && hasRunOutOfMemory(group);
        return {
          ...(status === null || isNoted ? {} : { status }),
          ...(endedBy === null ? {} : { signal: endedBy }),
          ...(isOutOfMemory ? { isOutOfMemory } : {}),
        };
      };
      const end = (): void => {
        const isNoted = container?.joinsByItself === true && status === 1 && output?.isKilledNoted === true;
        const exit = exitOf(isNoted);
        if (typeof group === "object" && !container) removeGroup(group);
        finish(exit);
      };
      if (output) void Promise.race([output.ended, pause(lastOutputMs)]).then(end);
      else end();
    });
  });
  if (program.pid === undefined) return; // "error" follows
  groupId = program.pid;
  const identity = identifyProcess(program.pid);
  if (identity) {
    record = { ...record, program: identity };
    writeRecord(order.folder, record);
  }
  if (stopping) endGroup(order, groupId);
  let missed = 0;
  setInterval(() => {
    rotateLog(logPath(order.folder), order.logOctets);
    // Without its folder nobody can find the instance, or stop it: it ends.
    missed = existsSync(order.folder) ? 0 : missed + 1;
    if (missed >= folderChecks) stop();
  }, logCheckMs);
}

/** Asks a process group to end, kills it after the grace period, and tells when nothing of it is left. */
function endGroup(order: ShimOrder, groupId: number, onEmpty?: () => void): void {
  const isThere = signalPid(-groupId, "SIGTERM");
  if (!isThere) {
    onEmpty?.();
    return;
  }
  killAt ??= performance.now() + order.graceMs;
  const deadline = killAt;
  const check = setInterval(() => {
    const isLate = performance.now() >= deadline;
    if (signalPid(-groupId, isLate ? "SIGKILL" : 0) && !isLate) return;
    clearInterval(check);
    onEmpty?.();
  }, groupCheckMs);
}

/** What is known of a container's output. */
interface Output {
  /** Settles when both outputs have ended. */
  readonly ended: Promise<unknown>;
  /** True once the starter of an image has said that its command was killed. */
  isKilledNoted: boolean;
}

/** Writes what a container writes to its log. */
function keepOutput(outputs: readonly (Readable | null)[], log: TimedLog): Output {
  let taken = 0;
  const write = (lines: readonly string[]): void => {
    if (lines.includes(killedNote)) output.isKilledNoted = true;
    log.write(
      formatLogTime(Date.now()),
      lines.filter((line) => line !== killedNote),
    );
  };
  setInterval(() => {
    if (taken > maxLogOctetsPerWindow) for (const each of outputs) each?.resume();
    taken = 0;
  }, logWindowMs);
  const ended = outputs.map(
    (each) =>
      new Promise<void>((resolve) => {
        const lines = new LineCutter();
        each?.on("data", (octets: Uint8Array) => {
          taken += octets.length;
          if (taken > maxLogOctetsPerWindow) for (const one of outputs) one?.pause();
          write(lines.push(octets));
        });
        each?.once("close", () => {
          write(lines.end());
          resolve();
        });
      }),
  );
  const output: Output = { ended: Promise.all(ended), isKilledNoted: false };
  return output;
}

/** The environment of this platform without what is its own business, the address to listen on, and whose it is. */
function instanceEnvironment(order: ShimOrder): NodeJS.ProcessEnv {
  return {
    ...givenEnvironment(process.env),
    HOST: order.host,
    PORT: String(order.port),
    [instanceVariable]: order.folder,
  };
}

function whyNot(workingFolder: string): string | undefined {
  try {
    return statSync(workingFolder).isDirectory()
      ? undefined
      : `Cannot use "${workingFolder}": it is not a folder`;
  } catch {
    // Absent, or in a folder that we may not look into.
    return `Cannot use "${workingFolder}": there is no such folder`;
  }
}

if (order) main(order);
