// The process of a role: reads what the supervisor says, starts the role, serves the role's own socket, and stops on
// SIGTERM or when told to there. It does not end when the supervisor does.

import { existsSync } from "node:fs";
import { flushCompileCache } from "node:module";
import pino from "pino";
import { identifyProcess } from "#runtime";
import { layoutOf, logFile, roleSocket } from "./layout.ts";
import type { RoleName } from "#contract";
import { PlatformError } from "#contract/plain";
import { clearFailure, tellFailure } from "./role-failure.ts";
import { roleVariable, type RoleConfig } from "./role-config.ts";
import { roleSocketVersion, serveRoleSocket, type RoleDescription } from "./role-socket.ts";
import type { RunningRole, StartRole } from "./role.ts";

/** How long a role may take to stop, in milliseconds; what it has not finished then is dropped. */
const stopLimitMs: Readonly<Record<RoleName, number>> = {
  control: 8000,
  names: 3000,
  resolver: 3000,
  edge: 8000,
  runtime: 30_000,
};

/** How often a role looks whether its data folder is there, in milliseconds, and how often in a row it may be missed. */
const folderCheckMs = 2000;
const folderChecks = 3;

/** Runs the role that the environment names. */
export async function runRole(): Promise<void> {
  const config = JSON.parse(process.env[roleVariable] ?? "") as RoleConfig;
  delete process.env[roleVariable];
  const { role } = config;
  // What a role writes is its own; instances keep the umask that the platform was started with.
  if (role !== "runtime") process.umask(0o077);
  const layout = layoutOf(config.platform.folder);
  const destination = pino.destination({ dest: logFile(layout, role), sync: true, mode: 0o600 });
  destination.on("error", () => {}); // a full disk costs lines of the log, not the role
  const log = pino({ base: { role, pid: process.pid } }, destination);
  const self = identifyProcess(process.pid) ?? { pid: process.pid, start: "" };
  const current: { starting?: Promise<RunningRole>; running?: RunningRole } = {};

  const end = (code: number): void => {
    destination.flushSync();
    process.exit(code);
  };
  const fail = (error: unknown): void => {
    if (error instanceof PlatformError && !current.running) tellFailure(layout, role, error);
    log.fatal(
      { error: error instanceof Error ? { message: error.message, stack: error.stack } : error },
      "failed",
    );
    end(1);
  };
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);

  let isStopping = false;
  const stop = (instances: "stop" | "leave"): void => {
    if (isStopping) return;
    isStopping = true;
    log.info({ instances }, "stopping");
    const limit = setTimeout(() => end(0), stopLimitMs[role]);
    // Of a role that still starts nothing is left behind, but for what an earlier runtime runs: only one that has started can end it.
    const started = role === "runtime" ? current.starting : Promise.resolve(current.running);
    void Promise.resolve(started?.then((running) => running?.stop(instances))).then(() => {
      clearTimeout(limit);
      log.info("stopped");
      end(0);
    }, fail);
  };
  process.on("SIGTERM", () => stop("stop"));
  process.on("SIGINT", () => stop("stop"));
  process.on("SIGHUP", () => {}); // the terminal of the supervisor is no concern of a role

  const describe = (): RoleDescription => ({
    version: roleSocketVersion,
    role,
    ...self,
    configuration: config.configuration,
    isReady: current.running !== undefined && !isStopping,
    isSynced: current.running?.isSynced ?? false,
    revision: current.running?.revision ?? 0,
  });
  // Without its data folder a role cannot be found, taken over or stopped by anybody: it ends.
  let missed = 0;
  const watch = setInterval(() => {
    missed = existsSync(layout.version) ? 0 : missed + 1;
    if (missed >= folderChecks) stop("stop");
  }, folderCheckMs);
  watch.unref();
  // The socket comes first: from now on a supervisor finds this process, whatever it is doing.
  await serveRoleSocket(roleSocket(layout, role), describe, stop);
  current.starting = roleStart(role).then((start) => start({ config, layout, log }));
  current.running = await current.starting;
  clearFailure(layout, role);
  log.info({ listeners: config.listeners.length }, "ready");
  flushCompileCache(); // a role that is killed later does not write it
}

/** Each role loads its own code only. */
async function roleStart(role: RoleName): Promise<StartRole> {
  switch (role) {
    case "control":
      return (await import("./control-role.ts")).startControl;
    case "names":
      return (await import("./names-role.ts")).startNames;
    case "resolver":
      return (await import("./resolver-role.ts")).startResolver;
    case "edge":
      return (await import("./edge-role.ts")).startEdge;
    case "runtime":
      return (await import("./runtime-role.ts")).startRuntime;
  }
}
