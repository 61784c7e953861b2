// One role as the supervisor sees it: adopted where it lives already, else started with descriptors of its sockets,
// and started again, with the same ones, each time it ends. The first restart is at once, further ones are put off
// a little more each time. The supervisor keeps the sockets open, so what arrives meanwhile waits in the kernel.

import { spawn, type ChildProcess } from "node:child_process";
import { closeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import type { RoleName } from "#contract";
import { PlatformError } from "#contract/plain";
import {
  identifyProcess,
  isAlive,
  isProcessIdentity,
  openLog,
  ownProgram,
  readJsonFile,
  replaceFile,
  signalProcess,
  type ProcessIdentity,
} from "#runtime";
import { logFile, roleSocket, type Layout } from "./layout.ts";
import type { PlannedListener } from "./profile.ts";
import { clearFailure, readFailure } from "./role-failure.ts";
import {
  configurationDigest,
  firstDescriptor,
  roleVariable,
  type InheritedListener,
  type PlatformConfig,
  type RoleConfig,
} from "./role-config.ts";
import { askRole, connectRole, type RoleDescription, type RoleSocket } from "./role-socket.ts";

/** How often a role that starts is asked whether it is ready, in milliseconds. */
const readyCheckMs = 25;
/**
 * How long a role that starts and lives may take to be ready, in milliseconds; it is not ended afterwards. The first start compiles the program
 * in five processes and makes keys and signatures: seconds of a processor's time, and a small machine that is busy with other things gives a tenth of one.
 */
const readyLimitMs = 120_000;
/** How long a living role may take to say who it is before it counts as hung, in milliseconds. */
const describeLimitMs = 3000;
/** Waits before the first, second … restart in milliseconds; the last one is used from then on. */
const restartWaitsMs: readonly number[] = [0, 100, 250, 500, 1000, 2000, 4000];
/** A role that ended so many times in a row as it started is given up by who waits for it. */
const hopelessFailures = 4;
/** Having run for so long, a role that ends is restarted as if for the first time. */
const steadyMs = 10_000;
/** How long a role may take to stop before it is killed, in milliseconds; above its own limits (role-process.ts). */
const stopLimitMs = 35_000;

/**
 * Size in MiB of half a role's young generation. A role that serves packets keeps almost nothing that it makes, but V8 lets the
 * space for such objects grow to 16 MiB and more on load and never gives it back; with 2 a flood leaves the process as large as it was.
 */
const semiSpaceMib = 2;

/** Bounds the young generation of roles that serve packets; control works on large objects, and keeps V8's own size. */
function youngGeneration(role: RoleName): string[] {
  return role === "control" ? [] : [`--max-semi-space-size=${semiSpaceMib}`];
}

/** What happens to a role. */
export type RoleEvent = "adopted" | "started" | "ready" | "ended" | "restarting" | "stopped";

/** What one role is supervised with. */
export interface SupervisedRoleOptions {
  readonly role: RoleName;
  readonly platform: PlatformConfig;
  readonly layout: Layout;
  readonly log: Logger;
  /** Opens the role's sockets, all of them or none; those without a descriptor are the role's own to open. Throws `port-in-use`. */
  readonly openSockets: () => readonly (PlannedListener | InheritedListener)[];
  readonly onEvent: (role: RoleName, event: RoleEvent, detail: string | undefined) => void;
}

/** One role of a running platform. */
export class SupervisedRole {
  readonly role: RoleName;
  readonly #options: SupervisedRoleOptions;
  readonly #socketPath: string;
  readonly #configuration: string;
  #sockets: readonly (PlannedListener | InheritedListener)[] | undefined;
  #identity: ProcessIdentity | undefined;
  #link: RoleSocket | undefined;
  #failures = 0;
  #isStopping = false;
  #ended: Promise<void> = Promise.resolve();

  constructor(options: SupervisedRoleOptions) {
    this.role = options.role;
    this.#options = options;
    this.#socketPath = roleSocket(options.layout, options.role);
    this.#configuration = configurationDigest(options.platform);
  }

  /** The process that the role is now. */
  get identity(): ProcessIdentity | undefined {
    return this.#identity;
  }

  /**
   * Takes over the role where a process of it lives that was started with the same configuration. One with another
   * configuration, or that does not answer, is stopped.
   *
   * @returns true where it was taken over
   */
  async adopt(): Promise<boolean> {
    const link = await connectRole(this.#socketPath);
    const found = await link?.describe(describeLimitMs);
    if (link && found && found.configuration === this.#configuration) {
      this.#identity = { pid: found.pid, start: found.start };
      this.#link = link;
      this.#tell("adopted", `process ${found.pid}`);
      this.#follow(link.closed, this.#identity, performance.now() - steadyMs);
      return true;
    }
    link?.close();
    const earlier = this.#recorded();
    if (found) await this.#replace(found);
    else if (earlier && isAlive(earlier)) {
      this.#options.log.warn({ role: this.role, pid: earlier.pid }, "a role that does not answer is killed");
      await this.#gone(earlier, 0);
    }
    return false;
  }

  /**
   * Takes hold of the role's process, whatever it was started with, in order to stop it.
   *
   * @returns true where there is one
   */
  async claim(): Promise<boolean> {
    const link = await connectRole(this.#socketPath);
    const found = await link?.describe(describeLimitMs);
    const identity = found ? { pid: found.pid, start: found.start } : this.#recorded();
    if (found) this.#link = link;
    else link?.close();
    if (!identity || !isAlive(identity)) return false;
    this.#identity = identity;
    return true;
  }

  /** Opens the sockets of a role that was not taken over. Throws `port-in-use`, and then none is open. */
  open(): void {
    this.#sockets ??= this.#options.openSockets();
  }

  /** Closes the sockets in this process; the role's own stay open. */
  closeSockets(): void {
    for (const fd of this.#descriptors()) closeSync(fd);
    this.#sockets = undefined;
  }

  #descriptors(): number[] {
    return (this.#sockets ?? []).flatMap((socket) => ("fd" in socket ? [socket.fd] : []));
  }

  /** Starts the role. */
  start(): void {
    const { platform, layout } = this.#options;
    if (this.#failures === 0) clearFailure(layout, this.role);
    this.open();
    const sockets = this.#sockets ?? [];
    const config: RoleConfig = {
      role: this.role,
      platform,
      configuration: this.#configuration,
      listeners: inChild(sockets),
    };
    const errors = openLog(join(layout.log, `${this.role}.err`));
    const [file = "", ...parameters] = ownProgram("./role-main", import.meta.url);
    const child = spawn(file, [...youngGeneration(this.role), ...parameters, layout.cache], {
      cwd: layout.folder,
      env: { ...process.env, [roleVariable]: JSON.stringify(config) },
      // A session of its own: what the terminal sends to the supervisor's process group is not meant for it.
      detached: true,
      stdio: ["ignore", errors, errors, ...this.#descriptors()],
    });
    closeSync(errors);
    this.#identity = child.pid === undefined ? undefined : identifyProcess(child.pid);
    if (this.#identity) this.#record(this.#identity);
    this.#tell("started", `process ${child.pid}`);
    this.#follow(exitOf(child), this.#identity, performance.now());
  }

  /**
   * Waits until the role serves. Throws what the role says keeps it from that, and `role-unreachable` where it ends
   * again and again, does not serve within two minutes, or is stopped meanwhile.
   */
  async ready(signal?: AbortSignal): Promise<RoleDescription> {
    const deadline = performance.now() + readyLimitMs;
    while (performance.now() < deadline && this.#failures < hopelessFailures && !this.#isStopping) {
      signal?.throwIfAborted();
      const failure = this.#failures > 0 ? readFailure(this.#options.layout, this.role) : undefined;
      if (failure) throw failure;
      const description = await askRole(this.#socketPath, describeLimitMs);
      if (description?.isReady && description.pid === this.#identity?.pid) return description;
      await pause(readyCheckMs);
    }
    const where = logFile(this.#options.layout, this.role);
    throw new PlatformError(
      "role-unreachable",
      `Cannot start role "${this.role}": it is not ready, see ${where}`,
    );
  }

  /** Asks the role how it does. */
  describe(): Promise<RoleDescription | undefined> {
    return askRole(this.#socketPath, describeLimitMs);
  }

  /**
   * Stops the role where this object started it, and lets go of it where it was taken over.
   *
   * @param instances  what a runtime that was started does with the instances
   */
  async abandon(instances: "stop" | "leave"): Promise<void> {
    if (this.#sockets) {
      await this.stop(instances);
      return;
    }
    this.#isStopping = true;
    this.#link?.close();
    await this.#ended;
  }

  /** Stops the role for good, and waits until it is gone. */
  async stop(instances: "stop" | "leave"): Promise<void> {
    this.#isStopping = true;
    if (this.#identity && isAlive(this.#identity)) {
      const link = this.#link ?? (await connectRole(this.#socketPath));
      if (link) link.stop(instances);
      else signalProcess(this.#identity, "SIGTERM");
      await this.#gone(this.#identity);
      link?.close();
    }
    await this.#ended;
    this.closeSockets();
    this.#tell("stopped");
  }

  /** Watches over the process until it ends, and starts another one then. */
  #follow(gone: Promise<string | void>, identity: ProcessIdentity | undefined, since: number): void {
    this.#ended = gone.then(async (how) => {
      // The socket of an adopted role is closed a moment before the process is gone.
      if (identity && !this.#isStopping) await this.#gone(identity, describeLimitMs);
      this.#link = undefined;
      if (this.#isStopping) return;
      this.#tell("ended", how ?? undefined);
      void this.#restart(since);
    });
  }

  async #restart(since: number): Promise<void> {
    if (performance.now() - since >= steadyMs) this.#failures = 0;
    const wait = restartWaitsMs[Math.min(this.#failures, restartWaitsMs.length - 1)] ?? 0;
    this.#failures++;
    if (wait > 0) await pause(wait);
    if (this.#isStopping) return;
    this.#tell("restarting");
    try {
      this.start();
    } catch (error) {
      // The port of an adopted role may be taken by another program by now: said, and tried again.
      this.#options.log.error({ role: this.role, error }, "a role could not be started");
      void this.#restart(performance.now());
      return;
    }
    await this.ready().then(
      () => this.#tell("ready"),
      (error: unknown) => {
        if (!this.#isStopping)
          this.#options.log.error({ role: this.role, error }, "a restarted role is not ready");
      },
    );
  }

  /** Ends a role that cannot be adopted. Its instances run on, for the runtime that comes next. */
  async #replace(found: RoleDescription): Promise<void> {
    const identity = { pid: found.pid, start: found.start };
    this.#options.log.info(
      { role: this.role, pid: found.pid },
      "a role of another configuration is replaced",
    );
    const link = await connectRole(this.#socketPath);
    link?.stop("leave");
    await this.#gone(identity);
    link?.close();
  }

  /** The process that an earlier supervisor, or this one, started last. */
  #recorded(): ProcessIdentity | undefined {
    const value = readJsonFile(this.#recordPath);
    return isProcessIdentity(value) ? value : undefined;
  }

  /** The process runs by now, whether this can be written or not: a full disk must not keep it from being watched. */
  #record(identity: ProcessIdentity): void {
    try {
      replaceFile(this.#recordPath, JSON.stringify(identity));
    } catch (error) {
      this.#options.log.error({ role: this.role, error }, "a role's process could not be recorded");
    }
  }

  get #recordPath(): string {
    return join(this.#options.layout.run, `${this.role}.json`);
  }

  /** Waits until a process is gone, and kills it at the deadline. */
  async #gone(identity: ProcessIdentity, limitMs: number = stopLimitMs): Promise<void> {
    const deadline = performance.now() + limitMs;
    let wait = 5;
    while (isAlive(identity)) {
      if (performance.now() >= deadline) signalProcess(identity, "SIGKILL");
      await pause(wait);
      wait = Math.min(wait * 2, 100);
    }
  }

  #tell(event: RoleEvent, detail?: string): void {
    this.#options.log.info({ role: this.role, detail }, event);
    this.#options.onEvent(this.role, event, detail);
  }
}

/** The sockets with the numbers that their descriptors have in the child. */
function inChild(sockets: readonly (PlannedListener | InheritedListener)[]): RoleConfig["listeners"] {
  let fd = firstDescriptor;
  return sockets.map((socket) => ("fd" in socket ? { ...socket, fd: fd++ } : socket));
}

/** Settles when the child is gone, with how it ended in words. */
function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (status, signal) => resolve(signal === null ? `status ${status}` : signal));
  });
}
