// A program of its own: becomes the command of an image, in a root of its own. Started by `unshare` in namespaces of its own (mounts, processes,
// names, and where it is not root, users); makes the image's folder the root, gives it /proc, /dev and a name, gives up what the command must not
// have, and is replaced by it. What it is told comes in its environment, the command's own variables behind a prefix, so that none of them means
// anything before then.
//
// This is no wall against an image that means harm: the machine's network and kernel are shared. A container engine is one.

import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { getSystemErrorName } from "node:util";
import { orderVariable, variablePrefix, type RootOrder } from "./image-root.ts";
import { findUser, type ImageUser } from "./image-user.ts";
import type koffi from "koffi";

type Koffi = typeof koffi;

// From the kernel's headers; the same on all architectures but for the one number.
const MS_RDONLY = 1;
const MS_NOSUID = 2;
const MS_NODEV = 4;
const MS_NOEXEC = 8;
const MS_REMOUNT = 32;
const MS_BIND = 4096;
const MS_REC = 16384;
const MS_PRIVATE = 1 << 18;
const MNT_DETACH = 2;
const PR_CAPBSET_DROP = 24;
const PR_SET_NO_NEW_PRIVS = 38;
const SIGPIPE = 13;
const F_SETFD = 2;
const pivotRootNumber: Readonly<Record<string, number>> = { x64: 155, arm64: 41, riscv64: 41 };

/** Capabilities that a command keeps where it is root: what a container engine gives, without making devices and raw packets. */
const keptCapabilities: ReadonlySet<number> = new Set([
  0, // CHOWN
  1, // DAC_OVERRIDE
  3, // FOWNER
  4, // FSETID
  5, // KILL
  6, // SETGID
  7, // SETUID
  8, // SETPCAP
  10, // NET_BIND_SERVICE
]);
/** More than any kernel has so far; the call for one that it has not fails, and does nothing. */
const lastCapability = 63;
/** Devices that programs take for granted. */
const devices = ["null", "zero", "full", "random", "urandom", "tty"] as const;
/** What shows the kernel's own settings: read only. */
const readOnlyPaths = ["/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs"] as const;
/** The statuses of a shell for what cannot be run, and what is not there. */
const [cannotRunStatus, noCommandStatus] = [126, 127];

/** A call of the system failed. */
class CallError extends Error {
  readonly code: string;

  constructor(call: string, errno: number) {
    const code = getSystemErrorName(-errno);
    super(`${call}: ${code}`);
    this.code = code;
  }
}

interface Calls {
  mount(from: string, to: string, type: string | null, flags: number, data?: string): void;
  unmount(path: string): void;
  pivotRoot(root: string, old: string): void;
  setHostName(name: string): void;
  become(user: ImageUser): void;
  giveUp(capability: number): void;
  forbidNewRights(): void;
  heedPipeSignal(): void;
  keepOpen(fd: number): void;
  execute(file: string, words: readonly string[], environment: readonly string[]): void;
}

function loadCalls(): Calls {
  const library = (createRequire(import.meta.url)("koffi") as Koffi).load(null);
  const { errno } = createRequire(import.meta.url)("koffi") as Koffi;
  const define = (declaration: string): ((...values: unknown[]) => number) => library.func(declaration);
  const mount = define(
    "int mount(const char *from, const char *to, const char *type, unsigned long flags, const char *data)",
  );
  const unmount = define("int umount2(const char *path, int flags)");
  const pivot = define("long syscall(long number, const char *root, const char *old)");
  const setHostName = define("int sethostname(const char *name, size_t length)");
  const setGroups = define("int setgroups(size_t count, const uint32_t *groups)");
  const setGroup = define("int setgid(uint32_t group)");
  const setUser = define("int setuid(uint32_t user)");
  const control = define(
    "int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)",
  );
  const signal = define("void *signal(int number, void *handler)");
  const setFlags = define("int fcntl(int fd, int command, int flags)");
  const execute = define("int execve(const char *file, const char **words, const char **environment)");
  const check = (call: string, result: number): void => {
    if (result < 0) throw new CallError(call, errno());
  };
  return {
    mount: (from, to, type, flags, data) => check(`mount ${to}`, mount(from, to, type, flags, data ?? null)),
    unmount: (path) => check(`umount ${path}`, unmount(path, MNT_DETACH)),
    pivotRoot: (root, old) => check("pivot_root", pivot(pivotRootNumber[process.arch] ?? -1, root, old)),
    setHostName: (name) => check("sethostname", setHostName(name, Buffer.byteLength(name))),
    become({ id, group, groups }) {
      check("setgroups", setGroups(groups.length, Uint32Array.from(groups)));
      check("setgid", setGroup(group));
      check("setuid", setUser(id));
    },
    giveUp: (capability) => void control(PR_CAPBSET_DROP, capability, 0, 0, 0),
    forbidNewRights: () => check("no_new_privs", control(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)),
    // Node ignores it, and what is ignored stays so.
    heedPipeSignal: () => void signal(SIGPIPE, null),
    // Node closes all it has, these too, where another program takes its place.
    keepOpen: (fd) => check("fcntl", setFlags(fd, F_SETFD, 0)),
    execute: (file, words, environment) =>
      check("execve", execute(file, [...words, null], [...environment, null])),
  };
}

function main(): void {
  const order = JSON.parse(process.env[orderVariable] ?? "") as RootOrder;
  const environment = Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      name.startsWith(variablePrefix) ? [[name.slice(variablePrefix.length), value ?? ""]] : [],
    ),
  );
  const calls = loadCalls();
  for (const folder of order.groupFolders) appendFileSync(join(folder, "cgroup.procs"), "0");
  enter(calls, order);
  const user = order.isRoot ? findUser(order.user) : undefined;
  if (typeof user === "string") end(user, cannotRunStatus);
  try {
    calls.setHostName(order.hostName);
  } catch {
    // The machine's own name stays: nothing depends on it.
  }
  mkdirSync(order.workingFolder, { recursive: true });
  process.chdir(order.workingFolder);
  for (let capability = 0; capability <= lastCapability; capability++)
    if (!keptCapabilities.has(capability)) calls.giveUp(capability);
  calls.forbidNewRights();
  if (user) calls.become(user);
  calls.heedPipeSignal();
  for (const fd of [0, 1, 2]) calls.keepOpen(fd);
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  run(calls, order.command, variables, environment["PATH"] ?? "");
}

/** Makes the image's folder the root. What is mounted is seen in here only. */
function enter(calls: Calls, { root }: RootOrder): void {
  const old = ".old-root";
  calls.mount("none", "/", null, MS_REC | MS_PRIVATE);
  calls.mount(root, root, null, MS_BIND | MS_REC);
  process.chdir(root);
  mkdirSync(old, { mode: 0o700 }); // anew: no link that the image left there
  calls.pivotRoot(".", old);
  process.chdir("/");
  // From here on every path, and every link of the image, means something inside of it.
  mountPoint("/proc");
  calls.mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC);
  mountPoint("/dev");
  calls.mount("tmpfs", "/dev", "tmpfs", MS_NOSUID, "mode=755,size=64k");
  for (const device of devices) {
    if (!existsSync(`/${old}/dev/${device}`)) continue;
    writeFileSync(`/dev/${device}`, "");
    calls.mount(`/${old}/dev/${device}`, `/dev/${device}`, null, MS_BIND);
  }
  symlinkSync("/proc/self/fd", "/dev/fd");
  for (const [i, name] of ["stdin", "stdout", "stderr"].entries())
    symlinkSync(`/proc/self/fd/${i}`, `/dev/${name}`);
  mkdirSync("/dev/shm", { mode: 0o1777 });
  calls.mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777,size=64m");
  for (const path of readOnlyPaths) {
    if (!existsSync(path)) continue;
    calls.mount(path, path, null, MS_BIND | MS_REC);
    calls.mount(path, path, null, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);
  }
  giveFile("/etc/resolv.conf", () => readFileSync(`/${old}/etc/resolv.conf`, "utf8"));
  giveFile("/etc/hosts", () => "127.0.0.1 localhost\n::1 localhost\n");
  const passing = lstatSync("/tmp", { throwIfNoEntry: false });
  if (!passing) mkdirSync("/tmp");
  if (!passing || passing.isDirectory()) chmodSync("/tmp", 0o1777);
  calls.unmount(`/${old}`);
  rmdirSync(`/${old}`);
}

function mountPoint(path: string): void {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) mkdirSync(path, { recursive: true });
}

/** Writes a small file of the machine's where the image has none. */
function giveFile(path: string, content: () => string): void {
  try {
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0) return;
    mkdirSync("/etc", { recursive: true });
    writeFileSync(path, content());
  } catch {
    // An image whose /etc is no folder does without.
  }
}

/** Becomes the command: as it is where it has a slash, else from the first folder of the path that has it. */
function run(calls: Calls, command: readonly string[], environment: readonly string[], path: string): never {
  const [name = ""] = command;
  const candidates = name.includes("/") ? [name] : path.split(":").map((folder) => join(folder || ".", name));
  let failure = new CallError("execve", 2);
  for (const candidate of candidates) {
    try {
      calls.execute(candidate, command, environment);
    } catch (error) {
      if ((error as CallError).code !== "ENOENT") failure = error as CallError;
    }
  }
  return failure.code === "ENOENT"
    ? end(
        `Cannot run "${name}": there is no such command in the image, or what it is written for is not`,
        noCommandStatus,
      )
    : end(`Cannot run "${name}": ${failure.code}`, cannotRunStatus);
}

function end(message: string, status: number): never {
  writeSync(2, `${message}\n`);
  process.exit(status);
}

try {
  main();
} catch (error) {
  end(`Cannot make a root of the image: ${(error as Error).message}`, cannotRunStatus);
}
