import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findControlGroups, hasRunOutOfMemory, makeGroup, removeGroup } from "./control-groups.ts";
import { removeFolder, temporaryFolder } from "./testing.ts";

/** Folders as a system with control groups shows them, below a temporary one; limits are plain files there. */
function system(version: 1 | 2): { root: string; mounts: string; membership: string } {
  const root = temporaryFolder();
  if (version === 1) {
    mkdirSync(join(root, "cpu,cpuacct", "own"), { recursive: true });
    mkdirSync(join(root, "memory", "own"), { recursive: true });
    const mounts = [
      `30 25 0:26 / ${root}/cpu,cpuacct rw,nosuid shared:11 - cgroup cgroup rw,cpu,cpuacct`,
      `31 25 0:27 / ${root}/memory rw,nosuid shared:12 - cgroup cgroup rw,memory`,
    ].join("\n");
    return { root, mounts, membership: "5:memory:/own\n4:cpu,cpuacct:/own\n" };
  }
  mkdirSync(join(root, "user.slice", "own"), { recursive: true });
  return {
    root,
    mounts: `30 25 0:26 / ${root} rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate`,
    membership: "0::/user.slice/own\n",
  };
}

test("version 1: a group below the own one of each controller, with quota and octets", () => {
  const { root, mounts, membership } = system(1);
  const groups = findControlGroups(mounts, membership);
  expect(groups).toEqual({
    cpu: join(root, "cpu,cpuacct/own"),
    memory: join(root, "memory/own"),
    cpuacct: join(root, "cpu,cpuacct/own"),
    isUnified: false,
  });
  const group = makeGroup(groups, "i", { cpus: 0.5, memoryOctets: 64 << 20 });
  if (typeof group === "string") throw new Error(group);
  expect(group.folders).toEqual([
    join(root, "cpu,cpuacct/own/fairlead-i"),
    join(root, "memory/own/fairlead-i"),
  ]);
  const read = (at: number, file: string): string =>
    readFileSync(join(group.folders[at] ?? "", file), "utf8");
  expect([read(0, "cpu.cfs_period_us"), read(0, "cpu.cfs_quota_us")]).toEqual(["100000", "50000"]);
  expect(read(1, "memory.limit_in_bytes")).toBe(String(64 << 20));
  expect(hasRunOutOfMemory(group)).toBe(false);
  removeFolder(root);
});

test("version 2: a group beside the own one, where its parent hands the controllers on", () => {
  const { root, mounts, membership } = system(2);
  expect(findControlGroups(mounts, membership)).toEqual({ isUnified: true });
  expect(makeGroup({ isUnified: true }, "i", { cpus: 1 })).toBe(
    "this system lets the platform make no control group for processor time",
  );
  const cpu = join(root, "user.slice");
  const group = makeGroup({ cpu, memory: cpu, isUnified: true }, "i", { cpus: 2, memoryOctets: 1 << 28 });
  if (typeof group === "string") throw new Error(group);
  expect(group.folders).toEqual([join(cpu, "fairlead-i")]);
  expect(readFileSync(join(cpu, "fairlead-i/cpu.max"), "utf8")).toBe("200000 100000");
  expect(readFileSync(join(cpu, "fairlead-i/memory.max"), "utf8")).toBe(String(1 << 28));
  removeFolder(root);
});

test("nowhere: another system has none, and says so", () => {
  const groups = findControlGroups("", "");
  expect(groups).toEqual({ isUnified: true });
  expect(makeGroup(groups, "i", { memoryOctets: 1 << 28 })).toBe(
    "this system lets the platform make no control group for memory",
  );
});

test("a group that the system refuses leaves nothing behind", () => {
  const root = temporaryFolder();
  const group = makeGroup({ cpu: join(root, "none\0"), isUnified: true }, "i", { cpus: 1 });
  expect(group).toMatch(/^this system refused the control group/);
  removeGroup({ folders: [join(root, "gone")], home: [] });
  expect(existsSync(join(root, "gone"))).toBe(false);
  removeFolder(root);
});
