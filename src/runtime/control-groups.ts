// Limits of what an instance may use, through Linux control groups of either version, where this process may make some. The shim joins
// the group, starts the program in it and leaves again: whatever the program starts is in the group from its first instruction on.

import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { InstanceLimits } from "#contract";

/** Where control groups of this process are, by controller. */
export interface ControlGroups {
  /** Folder that groups of ours are made in; absent where this process may make none. */
  readonly cpu?: string;
  readonly memory?: string;
  /** Counts processes. */
  readonly pids?: string;
  /** Counts processor time, where that is a controller of its own: version 1. */
  readonly cpuacct?: string;
  /** True for version 2, where one folder is for both. */
  readonly isUnified: boolean;
}

/** The period over which processor time is counted, in microseconds: the kernel's default. */
const periodUs = 100_000;

/** Finds where this process may make control groups. */
export function findControlGroups(
  mounts: string = readText("/proc/self/mountinfo"),
  membership: string = readText("/proc/self/cgroup"),
): ControlGroups {
  const at = (controller: string): string | undefined => {
    const mount = mountOf(mounts, controller);
    const line = membership.split("\n").find((text) => text.split(":")[1]?.split(",").includes(controller));
    return mount && line ? usable([join(mount, line.split(":")[2] ?? "/"), mount]) : undefined;
  };
  const first = Object.fromEntries(
    ["cpu", "memory", "pids", "cpuacct"].flatMap((controller) => {
      const folder = at(controller);
      return folder === undefined ? [] : [[controller, folder]];
    }),
  );
  if (first["cpu"] !== undefined || first["memory"] !== undefined) return { ...first, isUnified: false };
  const mount = / (\S+) [^-]* - cgroup2 /.exec(mounts)?.[1];
  const own = /^0::(\S+)$/m.exec(membership)?.[1];
  if (mount === undefined || own === undefined) return { isUnified: true };
  // Processes and controllers do not go together in one group (the rule against inner processes): ours go beside this one.
  for (const folder of [dirname(join(mount, own)), mount]) {
    if (!folder.startsWith(mount)) continue;
    const given = readText(join(folder, "cgroup.subtree_control")).split(/\s+/);
    const parent = usable([folder]);
    if (parent === undefined) continue;
    return {
      ...(given.includes("cpu") ? { cpu: parent } : {}),
      ...(given.includes("memory") ? { memory: parent } : {}),
      ...(given.includes("pids") ? { pids: parent } : {}),
      isUnified: true,
    };
  }
  return { isUnified: true };
}

function mountOf(mounts: string, controller: string): string | undefined {
  for (const line of mounts.split("\n")) {
    const [before = "", after = ""] = line.split(" - ");
    const [type, , options = ""] = after.split(" ");
    if (type === "cgroup" && options.split(",").includes(controller)) return before.split(" ")[4];
  }
  return undefined;
}

/** The first folder in which a group can be made. */
function usable(folders: readonly string[]): string | undefined {
  return folders.find((folder) => {
    const trial = join(folder, `fairlead-trial-${process.pid}`);
    try {
      mkdirSync(trial);
      rmdirSync(trial);
      return true;
    } catch {
      return false; // not there, or not ours to write in
    }
  });
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // another system, or not ours to read
  }
}

/** The group of one instance. */
export interface InstanceGroup {
  /** Its folders. */
  readonly folders: readonly string[];
  /** Where the process that started the group is put back to, in the order of the folders. */
  readonly home: readonly string[];
}

/** What a group is limited to. */
export interface GroupLimits extends InstanceLimits {
  /** Processes and threads. */
  readonly processes?: number;
}

/**
 * Makes an instance's group with its limits.
 * @returns the group, or in words why the limits cannot be in force
 */
export function makeGroup(
  groups: ControlGroups,
  id: string,
  { cpus, memoryOctets, processes }: GroupLimits,
): InstanceGroup | string {
  const name = `fairlead-${id}`;
  if (cpus !== undefined && groups.cpu === undefined)
    return "this system lets the platform make no control group for processor time";
  if (memoryOctets !== undefined && groups.memory === undefined)
    return "this system lets the platform make no control group for memory";
  if (processes !== undefined && groups.pids === undefined)
    return "this system lets the platform make no control group for processes";
  const parents = [
    ...new Set([
      ...(cpus === undefined ? [] : [groups.cpu ?? ""]),
      ...(memoryOctets === undefined ? [] : [groups.memory ?? ""]),
      ...(processes === undefined ? [] : [groups.pids ?? ""]),
      ...(cpus === undefined || groups.cpuacct === undefined ? [] : [groups.cpuacct]),
    ]),
  ];
  const folders = parents.map((parent) => join(parent, name));
  const quota = cpus === undefined ? undefined : Math.max(1000, Math.round(cpus * periodUs));
  try {
    // Anew where one is left over and empty: its counts are of what ended before.
    for (const folder of folders) {
      removeFolder(folder);
      mkdirSync(folder, { recursive: true });
    }
    const put = (parent: string | undefined, file: string, value: string): void =>
      writeFileSync(join(parent ?? "", name, file), value);
    if (quota !== undefined && groups.isUnified) put(groups.cpu, "cpu.max", `${quota} ${periodUs}`);
    else if (quota !== undefined) {
      put(groups.cpu, "cpu.cfs_period_us", String(periodUs));
      put(groups.cpu, "cpu.cfs_quota_us", String(quota));
    }
    if (memoryOctets !== undefined)
      put(groups.memory, groups.isUnified ? "memory.max" : "memory.limit_in_bytes", String(memoryOctets));
    if (processes !== undefined) put(groups.pids, "pids.max", String(processes));
    return { folders, home: parents.map((parent) => homeOf(parent, groups.isUnified)) };
  } catch (error) {
    for (const folder of folders) removeFolder(folder);
    return `this system refused the control group (${(error as Error).message})`;
  }
}

/** A group that exists, to be joined by {@link insideGroup}; undefined for no folders. */
export function groupOf(folders: readonly string[]): InstanceGroup | undefined {
  if (folders.length === 0) return undefined;
  const isUnified = folders.some((folder) => existsSync(join(folder, "cgroup.controllers")));
  return { folders, home: folders.map((folder) => homeOf(dirname(folder), isUnified)) };
}

/** The folders that a group of an id has, or had. */
export function foldersOf({ cpu, memory, pids, cpuacct }: ControlGroups, id: string): string[] {
  const parents = [cpu, memory, pids, cpuacct].filter((parent) => parent !== undefined);
  return [...new Set(parents)]
    .map((parent) => join(parent, `fairlead-${id}`))
    .filter((folder) => existsSync(folder));
}

/** The processes of a group. */
export function processesOf(folders: readonly string[]): number[] {
  const pids = folders.flatMap((folder) => readText(join(folder, "cgroup.procs")).split("\n"));
  return [...new Set(pids)].filter((pid) => pid !== "").map(Number);
}

/** Keeps a group from starting further processes: before all of it is ended. */
export function forbidProcesses(folders: readonly string[]): void {
  for (const folder of folders) {
    try {
      writeFileSync(join(folder, "pids.max"), "0", { flag: "r+" });
    } catch {
      // Another controller's folder, or gone.
    }
  }
}

/** Processor seconds that a group has used, and octets of memory that it uses without what is merely cached; undefined where not counted. */
export function usageOf(
  folders: readonly string[],
): { cpuSeconds: number; memoryOctets: number } | undefined {
  const read = (file: string): string => folders.map((folder) => readText(join(folder, file))).join("");
  const microseconds = /^usage_usec (\d+)$/m.exec(read("cpu.stat"))?.[1];
  const nanoseconds = /^(\d+)$/m.exec(read("cpuacct.usage"))?.[1];
  const memory = /^(\d+)$/m.exec(read("memory.current") || read("memory.usage_in_bytes"))?.[1];
  // Version 1 counts what lies below the group under a name of its own.
  const stat = read("memory.stat");
  const cached = (/^total_inactive_file (\d+)$/m.exec(stat) ?? /^inactive_file (\d+)$/m.exec(stat))?.[1];
  const cpuSeconds =
    microseconds !== undefined
      ? Number(microseconds) / 1e6
      : nanoseconds !== undefined && Number(nanoseconds) / 1e9;
  if (cpuSeconds === false || memory === undefined) return undefined;
  return { cpuSeconds, memoryOctets: Math.max(0, Number(memory) - Number(cached ?? 0)) };
}

/** The group that this process is in now. */
function homeOf(parent: string, isUnified: boolean): string {
  const lines = readText("/proc/self/cgroup").split("\n");
  const mounts = readText("/proc/self/mountinfo");
  if (isUnified) {
    const mount = / (\S+) [^-]* - cgroup2 /.exec(mounts)?.[1] ?? parent;
    return join(mount, /^0::(\S+)$/m.exec(lines.join("\n"))?.[1] ?? "/");
  }
  for (const line of lines) {
    const [, controllers = "", path = "/"] = line.split(":");
    const mount = mountOf(mounts, controllers.split(",")[0] ?? "");
    if (mount !== undefined && (parent === mount || parent.startsWith(`${mount}/`))) return join(mount, path);
  }
  return parent;
}

/**
 * Runs something inside a group: what it starts stays there, this process does not.
 * Throws what the system says where the group cannot be joined.
 */
export function insideGroup<T>({ folders, home }: InstanceGroup, run: () => T): T {
  for (const folder of folders) enter(folder);
  try {
    return run();
  } finally {
    for (const folder of home) enter(folder);
  }
}

function enter(folder: string): void {
  const file = openSync(join(folder, "cgroup.procs"), "w");
  try {
    writeSync(file, "0"); // 0 stands for the process that writes
  } finally {
    closeSync(file);
  }
}

/** Tells whether the kernel ended something of a group because its memory was used up. */
export function hasRunOutOfMemory({ folders }: InstanceGroup): boolean {
  return folders.some((folder) =>
    /^oom_kill [1-9]/m.test(
      readText(join(folder, "memory.events")) + readText(join(folder, "memory.oom_control")),
    ),
  );
}

/** Removes the group of an instance that has ended. */
export function removeGroup({ folders }: InstanceGroup): void {
  for (const folder of folders) removeFolder(folder);
}

function removeFolder(folder: string): void {
  try {
    if (existsSync(folder)) rmdirSync(folder);
  } catch {
    // Something of it is still ending: the next start of the instance uses the group again.
  }
}
