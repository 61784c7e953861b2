// The supervisor behind `fairlead up`: locks the data folder, opens every listening socket, starts the roles with
// them, and keeps each role running. It holds no other logic. Where it is killed, the roles serve on; the next one
// takes them over.

import { existsSync, realpathSync } from "node:fs";
import { networkInterfaces } from "node:os";
import pino, { type Logger } from "pino";
import type { RoleName, ZoneSigning } from "#contract";
import { canOpenListeners, openListeners } from "#reactor";
import { hasLivingInstances, hasLivingNodes, readJsonFile, replaceFile, rotateLog } from "#runtime";
import { prepareKeys } from "./data-key.ts";
import type { DriverName } from "./driver-choice.ts";
import type { PlatformTransfers } from "./names-transfers.ts";
import type { WatchPlan } from "./watch-plan.ts";
import { inDataFolder, layoutOf, logFile, prepareDataFolder, roleSocket, type Layout } from "./layout.ts";
import { lockHolder, takeLock } from "./lock.ts";
import {
  makeProfile,
  plannedListeners,
  withoutIpv6,
  type PlannedListener,
  type Profile,
  type ProfileOptions,
} from "./profile.ts";
import { roles, type InheritedListener, type OutsidePolicy, type PlatformConfig } from "./role-config.ts";
import { askRole } from "./role-socket.ts";
import { SupervisedRole, type RoleEvent } from "./supervised-role.ts";

/** Size in octets that a log may reach before it is moved aside. */
const maxLogOctets = 16 << 20;
/** How often the logs are looked at, in milliseconds. */
const logCheckMs = 5000;
/** How long roles may take to hold what control has for them before `up` says it is done anyway, in milliseconds. */
const syncLimitMs = 15_000;
/** How often they are asked, in milliseconds. */
const syncCheckMs = 25;
/** How long a role is waited for by `status`, in milliseconds. */
const statusLimitMs = 1000;

/** The order in which roles stop: first what visitors come in by, last what the others report to. */
const stopOrder: readonly RoleName[] = ["edge", "resolver", "names", "runtime", "control"];

/** What a platform is started with. */
export interface UpOptions extends ProfileOptions {
  /** The data folder; made where absent. */
  readonly data: string;
  /** What is done with names outside the private tree. Default: refuse. */
  readonly outside?: OutsidePolicy;
  /** How zones are signed for which nobody has said it; `off`: root and top-level domains are not either. Default: nsec. */
  readonly signing?: ZoneSigning;
  /** What roles that can run on several drivers run on. Default: linux where it works. */
  readonly driver?: DriverName;
  /** Threads that answer for name servers, on the linux driver. Default 1. */
  readonly workers?: number;
  /** How long the endpoint of a container may take to accept connections, in milliseconds. Default: a minute. */
  readonly containerReadyMs?: number;
  /** Secondaries of the platform's zones that are not its own. */
  readonly transfers?: PlatformTransfers;
  /** What is watched of queries; absent: what is usual. */
  readonly watch?: WatchPlan;
  /** Told what happens, while it starts and afterwards. */
  readonly onProgress?: (progress: Progress) => void;
  /** Gives the start up when aborted: all roles are stopped, and the reason is thrown. Of no effect afterwards. */
  readonly signal?: AbortSignal;
}

/** Something that happened to a platform. */
export interface Progress {
  /** In words, without a final period. */
  readonly text: string;
  readonly role?: RoleName;
  readonly event?: RoleEvent;
}

/** A platform that runs. */
export interface Platform {
  readonly layout: Layout;
  readonly profile: Profile;
  /** Where its API is, such as http://127.0.0.1:7700. */
  readonly api: string;
  /** The file that holds the first API key. */
  readonly keyFile: string;
  /** The process that each role is now. */
  pids(): Partial<Record<RoleName, number>>;
  /**
   * Stops all roles in order and gives the data folder back. A second call waits for the first.
   *
   * @param instances  "stop" where absent; "leave" lets them run for the next start
   */
  stop(instances?: "stop" | "leave"): Promise<void>;
}

/**
 * Starts a platform, or takes over what of it runs.
 *
 * Returns once every role serves. Throws `already-running`, `port-in-use`, `data-newer`, `data-damaged`,
 * `profile-unsupported`, `usage`, `disk-full`, `path-unusable` or `role-unreachable`; nothing that it started runs then.
 */
export async function up(options: UpOptions): Promise<Platform> {
  const wanted = makeProfile(options);
  const profile = hasIpv6() ? wanted : withoutIpv6(wanted);
  const layout = prepareDataFolder(options.data);
  const lock = inDataFolder(layout.folder, () => takeLock(layout.lock));
  const earlier = hasLiving(layout) ? "leave" : "stop";
  const destination = pino.destination({ dest: logFile(layout, "supervisor"), sync: true, mode: 0o600 });
  destination.on("error", () => {}); // a full disk costs lines of the log, not the platform
  const log = pino({ base: { role: "supervisor", pid: process.pid } }, destination);
  const platform: PlatformConfig = {
    folder: layout.folder,
    profile,
    outside: options.outside ?? { policy: "refuse", forwarders: [] },
    ...(options.signing === undefined ? {} : { signing: options.signing }),
    ...(options.driver === undefined ? {} : { driver: options.driver }),
    ...(options.workers === undefined ? {} : { workers: options.workers }),
    ...(options.containerReadyMs === undefined ? {} : { containerReadyMs: options.containerReadyMs }),
    ...(options.transfers === undefined ? {} : { transfers: options.transfers }),
    ...(options.watch === undefined ? {} : { watch: options.watch }),
  };
  const tell = (progress: Progress): void => options.onProgress?.(progress);
  const supervised = roles.map((role) => supervise(role, platform, layout, log, tell));
  const api = `http://${profile.control.address}:${profile.control.port}`;
  let keyFile: string;
  try {
    tell({ text: `Data folder ${layout.folder}` });
    keyFile = inDataFolder(layout.folder, () => prepareKeys(layout)).firstKey;
    const fresh: SupervisedRole[] = [];
    for (const role of supervised) if (!(await role.adopt())) fresh.push(role);
    try {
      for (const role of fresh) role.open();
    } catch (error) {
      for (const role of fresh) role.closeSockets();
      throw error;
    }
    const described = JSON.stringify({ api, key: keyFile, pid: process.pid, ...describeProfile(profile) });
    inDataFolder(layout.folder, () => replaceFile(layout.platform, `${described}\n`));
    for (const role of fresh) role.start();
    await Promise.all(
      supervised.map(async (role) => {
        await role.ready(options.signal);
        tell({ text: `${role.role} is ready`, role: role.role, event: "ready" });
      }),
    );
    await synced(supervised, log, options.signal);
  } catch (error) {
    log.error({ error: (error as Error).message }, "the platform could not be started");
    // What was taken over was there before, and stays; who gives the start up means all of it.
    const isGivenUp = options.signal?.aborted === true;
    await Promise.all(supervised.map((role) => (isGivenUp ? role.stop("stop") : role.abandon(earlier))));
    lock.release();
    throw error;
  }
  const rotation = setInterval(() => rotateLogs(layout), logCheckMs);
  let stopped: Promise<void> | undefined;
  const stop = async (instances: "stop" | "leave"): Promise<void> => {
    for (const name of stopOrder) {
      await supervised.find(({ role }) => role === name)?.stop(instances);
      if (name === "runtime" && instances === "stop" && hasLiving(layout))
        await (await runtimeFor(platform, layout, log, tell)).stop("stop");
    }
    clearInterval(rotation);
    lock.release();
    log.info("stopped");
    destination.end();
  };
  return {
    layout,
    profile,
    api,
    keyFile,
    pids: () => Object.fromEntries(supervised.map(({ role, identity }) => [role, identity?.pid])),
    stop: (instances = "stop") => (stopped ??= stop(instances)),
  };
}

/**
 * Stops what runs of a platform whose supervisor is gone: its roles, whatever network and ports they were started
 * with, and its instances.
 *
 * @returns true where something ran. Throws `already-running` where a supervisor lives: it is the one to ask.
 */
export async function down(options: Pick<UpOptions, "data" | "onProgress">): Promise<boolean> {
  if (!existsSync(options.data)) return false;
  const layout = layoutOf(realpathSync(options.data));
  if (!existsSync(layout.run)) return false;
  const lock = takeLock(layout.lock);
  const log = pino({ level: "silent" });
  const platform: PlatformConfig = {
    folder: layout.folder,
    profile: makeProfile(profileOf(layout)),
    outside: { policy: "refuse", forwarders: [] },
  };
  try {
    const found: SupervisedRole[] = [];
    for (const name of stopOrder) {
      const role = supervise(name, platform, layout, log, options.onProgress ?? (() => {}));
      if (await role.claim()) found.push(role);
      else if (name === "runtime" && hasLiving(layout))
        found.push(await runtimeFor(platform, layout, log, options.onProgress ?? (() => {})));
    }
    for (const role of found) await role.stop("stop");
    return found.length > 0;
  } finally {
    lock.release();
  }
}

/** What the platform of a data folder was started with last. */
function profileOf(layout: Layout): ProfileOptions {
  const { profile, network, portOffset } = (readJsonFile(layout.platform) ?? {}) as ProfileOptions;
  return {
    ...(profile === undefined ? {} : { profile }),
    ...(network === undefined ? {} : { network }),
    ...(portOffset === undefined ? {} : { portOffset }),
  };
}

/** How the platform on a data folder does. */
export interface PlatformStatus {
  /** The supervisor's pid; absent where none runs. */
  readonly supervisor?: number;
  /** Where the API is; absent where no platform was ever started on the folder. */
  readonly api?: string;
  readonly roles: readonly RoleProcessStatus[];
}

/** How one role does. */
export interface RoleProcessStatus {
  readonly role: RoleName;
  /** `starting` where it does not serve yet, `waiting` where it serves what it last knew and control is away. */
  readonly state: "stopped" | "starting" | "waiting" | "ready";
  readonly pid?: number;
  /** The revision it holds. */
  readonly revision?: number;
}

/** Asks every role of the platform on a data folder how it does. Needs no supervisor, no API and no key. */
export async function status(data: string): Promise<PlatformStatus> {
  const layout = layoutOf(existsSync(data) ? realpathSync(data) : data);
  const holder = lockHolder(layout.lock);
  const { api } = (readJsonFile(layout.platform) ?? {}) as { api?: string };
  const found = await Promise.all(
    roles.map(async (role): Promise<RoleProcessStatus> => {
      const description = await askRole(roleSocket(layout, role), statusLimitMs);
      if (!description) return { role, state: "stopped" };
      const { pid, revision, isReady, isSynced } = description;
      const state = !isReady ? "starting" : isSynced ? "ready" : "waiting";
      return { role, state, pid, revision };
    }),
  );
  return {
    ...(holder ? { supervisor: holder.pid } : {}),
    ...(api === undefined ? {} : { api }),
    roles: found,
  };
}

function supervise(
  role: RoleName,
  platform: PlatformConfig,
  layout: Layout,
  log: Logger,
  tell: (progress: Progress) => void,
): SupervisedRole {
  const onEvent = (name: RoleName, event: RoleEvent, detail: string | undefined): void =>
    tell({ text: `${name} ${event}${detail === undefined ? "" : ` (${detail})`}`, role: name, event });
  const planned = role === "runtime" ? [] : plannedListeners(platform.profile)[role];
  const sockets = role === "names" ? (platform.workers ?? 1) : 1;
  const openSockets = (): readonly (PlannedListener | InheritedListener)[] =>
    canOpenListeners() ? openListeners(planned.map((plan) => ({ ...plan, sockets }))) : planned;
  return new SupervisedRole({ role, platform, layout, log, openSockets, onEvent });
}

/** Starts a runtime for what outlived one that was killed: only a runtime can stop that. */
async function runtimeFor(
  platform: PlatformConfig,
  layout: Layout,
  log: Logger,
  tell: (progress: Progress) => void,
): Promise<SupervisedRole> {
  const role = supervise("runtime", platform, layout, log, tell);
  role.start();
  await role.ready();
  return role;
}

/** Waits until all roles hold what control has for them; not for ever, because they serve without it too. */
async function synced(
  supervised: readonly SupervisedRole[],
  log: Logger,
  signal: AbortSignal | undefined,
): Promise<void> {
  const deadline = performance.now() + syncLimitMs;
  for (const role of supervised) {
    while (!(await role.describe())?.isSynced) {
      signal?.throwIfAborted();
      if (performance.now() >= deadline) {
        log.warn({ role: role.role }, "a role does not hold what control has for it");
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, syncCheckMs));
    }
  }
}

function rotateLogs(layout: Layout): void {
  for (const name of [...roles, "supervisor"]) {
    rotateLog(logFile(layout, name), maxLogOctets);
    rotateLog(logFile(layout, name).replace(/log$/, "err"), maxLogOctets);
  }
}

function describeProfile({ name, network, portOffset }: Profile): object {
  return { profile: name, network, portOffset };
}

function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === "::1"));
}

/** Whether anything of instances or container nodes runs. */
function hasLiving(layout: Layout): boolean {
  return hasLivingInstances(layout.instances) || hasLivingNodes(layout.nodes);
}
