// One instance: a loop that makes what runs be what is wanted, through a shim (shim.ts), and tells each state.
// The loop acts on one thing at a time and sleeps until something changed; it holds no more than the record on
// disk does, so a new runtime on the same folder goes on where an earlier one was killed.

import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, mkdirSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import type { InstanceObject, InstanceState } from "#contract";
import { canonicalJson } from "#contract";
import { prepareLaunch, removeLaunch, type LaunchOrder } from "./launch.ts";
import type { AddressHolder, HeldAddresses } from "./held-addresses.ts";
import { lastLines, openLog } from "./log-file.ts";
import { ownProgram } from "./own-program.ts";
import { isAlive, signalPid, signalProcess } from "./process-identity.ts";
import { acceptsConnections } from "./readiness.ts";
import {
  logPath,
  readRecord,
  removeInstanceFolder,
  type ShimExit,
  type ShimOrder,
  type ShimRecord,
} from "./shim-record.ts";
import { endStrays } from "./strays.ts";

/** How often a process that is not our child is looked at, in milliseconds; a child tells us by itself. */
const watchMs = 1000;
/** How often readiness is tried: first this, growing to the second, in milliseconds. */
const readyCheckMs = [20, 250] as const;
/** An instance that does not accept connections for so long is called failed; it is not ended. */
const readyLimitMs = 60_000;
/** The same for one whose launch script may still have things to do: it installs programs. */
const launchLimitMs = 900_000;
/** Having run for so long, an instance that ends is restarted as if for the first time. */
const steadyMs = 10_000;
/** How much of its log a failed instance shows. */
const reasonLines = 5;
const reasonLineOctets = 200;

/** Settings of the loop, all given. */
export interface InstanceOptions {
  readonly folder: string;
  /** Where it runs where it is a launched one. */
  readonly launchFolder: string;
  readonly graceMs: number;
  readonly backOffMs: number;
  readonly maxBackOffMs: number;
  readonly logOctets: number;
  readonly onState: (state: InstanceState) => void;
  readonly addresses: HeldAddresses;
}

/** One instance of the process runtime. */
export class RunningInstance implements AddressHolder {
  readonly #id: string;
  readonly #options: InstanceOptions;
  #wanted: InstanceObject | undefined;
  #state: InstanceState;
  #failures = 0;
  #isClosed = false;
  #isStopping = false;
  #told = "";
  /** What was wanted when it last ran, was stopped or failed. */
  #settledFor: InstanceObject | undefined;
  #wake: () => void = () => {};
  #hasNews = false;
  /** Settles when the loop has ended: after `leave`, or when an instance that is no more wanted is gone. */
  readonly ended: Promise<void>;

  constructor(wanted: InstanceObject | undefined, id: string, options: InstanceOptions) {
    this.#wanted = wanted;
    this.#id = id;
    this.#options = options;
    this.#state = { id, state: "pending" };
    options.addresses.hold(this, addressOf(this.#livingRecord()));
    this.ended = this.#run();
  }

  get state(): InstanceState {
    return this.#state;
  }

  /** True once it runs, is stopped or has failed as it is wanted now. */
  get isSettled(): boolean {
    return this.#settledFor === this.#wanted;
  }

  /** Says what is wanted from now on; undefined: that the instance is gone, its log too. */
  want(wanted: InstanceObject | undefined): void {
    if (wanted && this.#wanted && canonicalJson(wanted) === canonicalJson(this.#wanted)) return;
    this.#wanted = wanted;
    this.#failures = 0;
    this.#notify();
  }

  /** Ends the loop and lets the process run. */
  leave(): void {
    this.#isClosed = true;
    this.#notify();
  }

  /** Stops the process and then ends the loop; what is wanted, and the log, stay. */
  stop(): void {
    this.#isStopping = true;
    this.#notify();
  }

  get wantedAddress(): string | undefined {
    return this.wanted?.desired === "running" ? this.wanted.listen.address : undefined;
  }

  /** What was wanted last; undefined where the loop was told to leave or stop, or the instance is to be gone. */
  get wanted(): InstanceObject | undefined {
    return this.#isClosed || this.#isStopping ? undefined : this.#wanted;
  }

  /** What the system refuses, such as a full disk, fails this instance for a while and nothing else. */
  async #run(): Promise<void> {
    while (!this.#isClosed) {
      this.#hasNews = false;
      try {
        mkdirSync(this.#options.folder, { recursive: true, mode: 0o700 });
        if (await this.#step()) return;
      } catch (error) {
        await this.#fail(`Cannot go on: ${(error as Error).message}`);
        if (this.#isStopping && !this.#livingRecord()) return;
        await pause(watchMs);
      }
    }
  }

  /** Does the next thing that brings what runs nearer to what is wanted. Returns true where the loop is over. */
  async #step(): Promise<boolean> {
    const wanted = this.#wanted;
    const record = this.#livingRecord();
    const isWanted = wanted?.desired === "running" && !this.#isStopping;
    if (!record) {
      await endStrays(this.#options.folder, this.#options.graceMs);
      this.#options.addresses.hold(this, undefined);
    }
    if (record && !(isWanted && record.digest === digestOf(wanted))) {
      await this.#stop(record);
    } else if (!wanted) {
      if (!this.#isStopping) {
        removeLaunch(this.#options.launchFolder);
        removeInstanceFolder(this.#options.folder);
      }
      return true;
    } else if (!isWanted) {
      this.#tell({ state: "stopped", ...generationOf(wanted) });
      if (this.#isStopping) return true;
      await this.#sleep();
    } else if (record) {
      await this.#follow(wanted, record);
    } else {
      await this.#start(wanted);
    }
    return false;
  }

  /** The record of a process that runs; one whose shim was killed counts while its program lives. */
  #livingRecord(): ShimRecord | undefined {
    const record = readRecord(this.#options.folder);
    if (!record || record.exit) return undefined;
    return isAlive(record.shim) || (record.program && isAlive(record.program)) ? record : undefined;
  }

  async #start(wanted: InstanceObject): Promise<void> {
    this.#tell({ state: "pending" });
    const { address, port } = wanted.listen;
    const { folder, graceMs, logOctets, addresses } = this.#options;
    const isTaken =
      !addresses.isBeingLeft(address, this) && (await acceptsConnections(address, port, watchMs));
    if (addresses.isBeingLeft(address, this)) {
      await this.#sleep(readyCheckMs[0]);
      return;
    }
    if (isTaken) {
      await this.#fail(`Cannot listen on ${address}:${port}: another program does`, wanted);
      return;
    }
    addresses.hold(this, address);
    const order: ShimOrder = {
      folder,
      digest: digestOf(wanted),
      command: commandOf(wanted),
      workingFolder: this.#workingFolder(wanted),
      host: address,
      port,
      graceMs,
      logOctets,
      ...(wanted.limits ? { limits: wanted.limits } : {}),
    };
    const [file = "", ...parameters] = ownProgram("./shim", import.meta.url);
    const log = openLog(logPath(folder));
    let shim: ChildProcess;
    try {
      shim = spawn(file, [...parameters, JSON.stringify(order)], {
        cwd: folder,
        detached: true,
        stdio: ["ignore", log, log],
      });
    } finally {
      closeSync(log);
    }
    // The shim writes its record and goes on by itself; "exit" only wakes the loop early.
    const isGone = new Promise<void>((resolve) => {
      shim.once("error", () => resolve());
      shim.once("exit", () => resolve());
    });
    void isGone.then(() => this.#notify());
    shim.unref();
    const started = performance.now();
    let isOver = false;
    void isGone.then(() => (isOver = true));
    while (!this.#isClosed) {
      const record = readRecord(folder);
      const isOurs = record?.shim.pid === shim.pid;
      if (record && isOurs && !record.exit) return; // the loop follows it
      if (isOver) {
        await this.#fail(reasonOf(record && isOurs ? record.exit : undefined, started), wanted);
        return;
      }
      await this.#sleep(readyCheckMs[0]);
    }
  }

  /** The folder that it runs in, made ready where it is its own. */
  #workingFolder({ run }: InstanceObject): string {
    if (run.kind !== "launch") return run.folder;
    const { launchFolder } = this.#options;
    prepareLaunch(launchFolder, run.script);
    return launchFolder;
  }

  /** Watches a process that runs what is wanted until it ends or something else is wanted. */
  async #follow(wanted: InstanceObject, record: ShimRecord): Promise<void> {
    const started = performance.now();
    const { address, port } = wanted.listen;
    const limitMs = wanted.run.kind === "launch" ? launchLimitMs : readyLimitMs;
    let isReady = this.#state.state === "running";
    if (isReady) this.#settledFor = wanted;
    let wait: number = readyCheckMs[0];
    while (this.wanted === wanted) {
      const current = this.#livingRecord();
      if (!current) {
        if (performance.now() - started >= steadyMs) this.#failures = 0;
        await this.#fail(reasonOf(readRecord(this.#options.folder)?.exit, started), wanted);
        return;
      }
      const pid = current.program?.pid ?? record.program?.pid;
      if (!isReady) {
        isReady = await acceptsConnections(address, port, watchMs);
        // It may have ended while the address was tried, and then the answer was not its own.
        if (isReady && this.#livingRecord())
          this.#tell({
            state: "running",
            ...(pid === undefined ? {} : { pid }),
            ...generationOf(wanted),
            ...(current.unlimited === undefined ? {} : { unlimited: current.unlimited }),
          });
        else if (performance.now() - started >= limitMs) {
          const reason = `Nothing accepts connections on ${address}:${port}`;
          this.#tell({ state: "failed", reason, ...generationOf(wanted) });
        }
      }
      await this.#sleep(isReady ? watchMs : wait);
      wait = Math.min(wait * 2, readyCheckMs[1]);
    }
  }

  async #stop(record: ShimRecord): Promise<void> {
    this.#tell({ state: "stopping" });
    const { graceMs } = this.#options;
    if (!signalProcess(record.shim, "SIGTERM") && record.program) signalPid(-record.program.pid, "SIGTERM");
    // The shim keeps the grace period; twice of it and a second later it is given up, and both are killed.
    const deadline = performance.now() + 2 * graceMs + watchMs;
    let wait: number = readyCheckMs[0];
    for (;;) {
      const current = this.#livingRecord();
      if (!current) return;
      if (performance.now() >= deadline) {
        if (current.program) signalPid(-current.program.pid, "SIGKILL");
        signalProcess(current.shim, "SIGKILL");
      } else if (!isAlive(current.shim) && current.program && performance.now() >= deadline - graceMs) {
        signalPid(-current.program.pid, "SIGKILL");
      }
      await pause(wait);
      wait = Math.min(wait * 2, readyCheckMs[1]);
    }
  }

  /**
   * Tells a failure and waits before the loop tries again: longer each time, or until something else is wanted.
   * @param failed  what was wanted when it failed: something else may be by now
   */
  async #fail(reason: string, failed: InstanceObject | undefined = this.#wanted): Promise<void> {
    const { folder, backOffMs, maxBackOffMs } = this.#options;
    const lines = lastLines(logPath(folder), reasonLines).map((line) => line.slice(0, reasonLineOctets));
    const wait = Math.min(backOffMs * 2 ** this.#failures, maxBackOffMs);
    this.#tell({
      state: "failed",
      reason: [reason, ...lines].join("\n"),
      restartsAt: Date.now() + wait,
      ...generationOf(failed),
    });
    this.#failures++;
    const wanted = this.wanted;
    if (!wanted) return;
    const until = performance.now() + wait;
    while (this.wanted === wanted && performance.now() < until) {
      await this.#sleep(Math.max(1, until - performance.now()));
    }
  }

  #tell(state: Omit<InstanceState, "id">): void {
    const next: InstanceState = { id: this.#id, ...state };
    if (state.state !== "pending" && state.state !== "stopping") this.#settledFor = this.#wanted;
    const text = canonicalJson(next);
    if (text === this.#told) return;
    this.#told = text;
    this.#state = next;
    this.#options.onState(next);
  }

  #notify(): void {
    this.#hasNews = true;
    this.#wake();
  }

  /** Waits for news, at most so many milliseconds; for ever where none are given. */
  #sleep(maximumMs?: number): Promise<void> {
    if (this.#hasNews) {
      this.#hasNews = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const timer = maximumMs === undefined ? undefined : setTimeout(done, maximumMs);
      this.#wake = done;
      function done(): void {
        clearTimeout(timer);
        resolve();
      }
    });
  }
}

/** Where what a record is of was told to listen. Undefined where it was not written by a runtime. */
function addressOf(record: ShimRecord | undefined): string | undefined {
  if (!record) return undefined;
  try {
    return (JSON.parse(record.digest) as Pick<InstanceObject, "listen">).listen.address;
  } catch {
    return undefined; // somebody else's: nothing is known of where it listens
  }
}

function commandOf(wanted: InstanceObject): readonly string[] {
  const { name, run, generation = 0 } = wanted;
  switch (run.kind) {
    case "command":
      return run.command;
    case "site":
      return [...ownProgram("./site-server", import.meta.url), run.folder];
    case "launch": {
      const order: LaunchOrder = { name, blueprintId: run.blueprintId, generation };
      return [...ownProgram("./launch-program", import.meta.url), JSON.stringify(order)];
    }
  }
}

/** Of which process it is told that it runs, has failed or is stopped. */
function generationOf(wanted: InstanceObject | undefined): Pick<InstanceState, "generation"> {
  return wanted?.generation === undefined ? {} : { generation: wanted.generation };
}

/** What a restart depends on; a changed name or wish does not make an instance another one. */
function digestOf(wanted: InstanceObject): string {
  return canonicalJson({
    run: wanted.run,
    listen: wanted.listen,
    generation: wanted.generation,
    limits: wanted.limits,
  });
}

function reasonOf(exit: ShimExit | undefined, started: number): string {
  if (!exit) return "It was killed together with its shim, and how it ended is not known";
  if (exit.failure !== undefined) return exit.failure;
  if (exit.isOutOfMemory) return "It used more memory than its limit, and the system ended it";
  const how = exit.signal === undefined ? `ended with status ${exit.status}` : `was ended by ${exit.signal}`;
  const seconds = Math.max(0, (performance.now() - started) / 1000).toFixed(1);
  return `It ${how} after ${seconds} s`;
}
