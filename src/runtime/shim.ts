// The shim: a program of its own that starts one instance, watches it and writes down how it ended. It lives in a
// session of its own and needs nobody, so an instance goes on when the runtime, or the whole platform, is killed.
// SIGTERM to the shim stops the instance: SIGTERM to its process group, then SIGKILL after the grace period.

import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { basename } from "node:path";
import {
  findControlGroups,
  hasRunOutOfMemory,
  insideGroup,
  makeGroup,
  removeGroup,
} from "./control-groups.ts";
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

/** How often the size of the log is looked at, in milliseconds. */
const logCheckMs = 1000;
/** How many such looks in a row may find the instance's folder gone before the instance is stopped. */
const folderChecks = 2;
/** How often is looked whether the process group is empty, in milliseconds, while it is stopped. */
const groupCheckMs = 25;

/** When the grace period is over; set by the first request to end. */
let killAt: number | undefined;

const order = JSON.parse(process.argv[2] ?? "") as ShimOrder;

function main(): void {
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
    if (groupId !== 0) endGroup(groupId);
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
  const log = openLog(logPath(order.folder));
  const [file = "", ...parameters] = order.command;
  const start = (): ChildProcess =>
    spawn(file, parameters, {
      cwd: order.workingFolder,
      env: instanceEnvironment(),
      // A session and a process group of its own: signals to the group reach whatever it starts.
      detached: true,
      stdio: ["ignore", log, log],
    });
  const group = order.limits && makeGroup(findControlGroups(), basename(order.folder), order.limits);
  if (typeof group === "string") record = { ...record, unlimited: group };
  const program = typeof group === "object" ? insideGroup(group, start) : start();
  program.once("error", (error: NodeJS.ErrnoException) => {
    const known = error.code === "ENOENT" ? "there is no such command" : error.message;
    finish({ failure: `Cannot run "${file}": ${known}` });
  });
  program.once("exit", (status, signal) => {
    // What the program left behind in its group goes with it.
    endGroup(groupId, () => {
      const isOutOfMemory = typeof group === "object" && hasRunOutOfMemory(group);
      if (typeof group === "object") removeGroup(group);
      finish({
        ...(status === null ? {} : { status }),
        ...(signal === null ? {} : { signal }),
        ...(isOutOfMemory ? { isOutOfMemory } : {}),
      });
    });
  });
  if (program.pid === undefined) return; // "error" follows
  groupId = program.pid;
  const identity = identifyProcess(program.pid);
  if (identity) {
    record = { ...record, program: identity };
    writeRecord(order.folder, record);
  }
  if (stopping) endGroup(groupId);
  let missed = 0;
  setInterval(() => {
    rotateLog(logPath(order.folder), order.logOctets);
    // Without its folder nobody can find the instance, or stop it: it ends.
    missed = existsSync(order.folder) ? 0 : missed + 1;
    if (missed >= folderChecks) stop();
  }, logCheckMs);
}

/** Asks a process group to end, kills it after the grace period, and tells when nothing of it is left. */
function endGroup(groupId: number, onEmpty?: () => void): void {
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

/** The environment of this platform without what is its own business, the address to listen on, and whose it is. */
function instanceEnvironment(): NodeJS.ProcessEnv {
  // CREDENTIALS_DIRECTORY: systemd's way to the data key and other secrets of the platform's service.
  const own = Object.entries(process.env).filter(
    ([name]) => !name.startsWith("FAIRLEAD_") && name !== "CREDENTIALS_DIRECTORY",
  );
  return {
    ...Object.fromEntries(own),
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

main();
