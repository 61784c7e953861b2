// The servers of the name servers' benchmark: ours as it is installed, NSD and Knot, each with one worker unless said otherwise; how they are started
// and ended, and what /proc says of them.

import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { encodeRequest, Name, RrType } from "#wire";

/** Our command line. */
export const fairlead: string = fileURLToPath(new URL("../bin/fairlead", import.meta.url));
export const address = "127.0.0.1";

/** Clock ticks a second in /proc/PID/stat: fixed for programs on Linux (USER_HZ). */
const ticksPerSecond = 100;

/** A zone and its file. */
export interface ServedFile {
  readonly apex: string;
  readonly path: string;
}

/** A server that runs. */
export interface Server {
  readonly port: number;
  readonly child: ChildProcess;
  /** Milliseconds from its start until it answered. */
  readonly startedInMs: number;
}

/** A kind of server that can be started. */
export type ServerKind = "linux" | "node" | "nsd" | "knot";

/** How a server is started. */
export interface StartOptions {
  readonly kind: ServerKind;
  readonly port: number;
  readonly zones: readonly ServedFile[];
  readonly workers?: number;
  /** More options of ours. */
  readonly more?: readonly string[];
  /** Names that must be answered with an address before it counts as started; absent: `ns1` of the last zone. */
  readonly ready?: readonly string[];
}

/** Starts a server, and waits until it answers. Its files go to a new folder in `folder`. */
export async function startServer(folder: string, options: StartOptions): Promise<Server> {
  const own = mkdtempSync(join(folder, `${options.kind}-`));
  const [file, parameters] = commandOf(own, options);
  if (spawnSync("sh", ["-c", `command -v "${file}"`]).status !== 0)
    throw new Error(`${file} is not installed`);
  const log = openSync(join(own, "log"), "w");
  const startedAt = performance.now();
  const child = spawn(file, parameters, { stdio: ["ignore", log, log] });
  closeSync(log);
  let hasEnded = false;
  child.once("exit", () => (hasEnded = true));
  for (const name of options.ready ?? [`ns1.${options.zones.at(-1)?.apex ?? "."}`])
    while (!(await hasAddress(options.port, name))) {
      if (hasEnded)
        throw new Error(`${file} has ended: ${readFileSync(join(own, "log"), "utf8").slice(-2000)}`);
      await pause(2);
    }
  return { port: options.port, child, startedInMs: performance.now() - startedAt };
}

/** Ends a server. */
export async function stopServer({ child }: Server): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

function commandOf(own: string, options: StartOptions): [file: string, parameters: string[]] {
  if (options.kind === "nsd") return ["nsd", ["-d", "-c", writeNsd(own, options)]];
  if (options.kind === "knot") return ["knotd", ["-c", writeKnot(own, options)]];
  const { kind, port, zones, workers = 1, more = [] } = options;
  const list = join(own, "zones");
  writeFileSync(list, zones.map(({ apex, path }) => `${apex}=${path}\n`).join(""));
  const given = [
    "--zones",
    list,
    "--listen",
    `${address}:${port}`,
    "--driver",
    kind,
    "--workers",
    `${workers}`,
  ];
  return [fairlead, ["name-server", ...given, ...more]];
}

function writeNsd(own: string, { port, zones, workers = 1 }: StartOptions): string {
  const file = join(own, "nsd.conf");
  const rows = zones.map(({ apex, path }) => `zone:\n  name: ${apex}\n  zonefile: "${path}"\n`);
  writeFileSync(
    file,
    `server:
  ip-address: ${address}@${port}
  server-count: ${workers}
  ${workers > 1 ? "reuseport: yes" : ""}
  username: ""
  chroot: ""
  zonesdir: ""
  database: ""
  pidfile: "${own}/pid"
  xfrdfile: "${own}/xfrd"
  zonelistfile: "${own}/zones"
  rrl-ratelimit: 0
  tcp-count: 100
remote-control:
  control-enable: no
${rows.join("")}`,
  );
  return file;
}

function writeKnot(own: string, { port, zones, workers = 1 }: StartOptions): string {
  const file = join(own, "knot.conf");
  const rows = zones.map(({ apex, path }) => `  - domain: ${apex}\n    file: "${path}"\n`);
  writeFileSync(
    file,
    `server:
  listen: ${address}@${port}
  rundir: "${own}"
  udp-workers: ${workers}
  tcp-workers: ${workers}
  background-workers: 1
database:
  storage: "${own}"
template:
  - id: default
    storage: "${own}"
    journal-content: none
    zonefile-sync: -1
zone:
${rows.join("")}`,
  );
  return file;
}

/** Whether a server answers with an address, within a tenth of a second. */
async function hasAddress(port: number, name: string): Promise<boolean> {
  const socket = createSocket("udp4");
  try {
    const answered = Promise.withResolvers<boolean>();
    socket.on("error", () => answered.resolve(false));
    socket.on("message", (octets) => answered.resolve(octets[7] !== 0));
    socket.connect(port, address, () => socket.send(questionFor(name)));
    const timer = setTimeout(() => answered.resolve(false), 100);
    const isAnswered = await answered.promise;
    clearTimeout(timer);
    return isAnswered;
  } finally {
    socket.close();
  }
}

/** A query for the A records of a name. */
export function questionFor(name: string, id = 1): Uint8Array {
  const parsed = Name.parse(name);
  if (!parsed.ok) throw new Error(name);
  return encodeRequest(parsed.value, RrType.A, { id });
}

/** Seconds of CPU. */
export interface Cpu {
  user: number;
  kernel: number;
}

/** What a process and those that it has started have used, their threads included. */
export function cpuOf(pid: number): Cpu {
  const sum: Cpu = { user: 0, kernel: 0 };
  for (const each of treeOf(pid)) {
    const fields = readFileSync(`/proc/${each}/stat`, "latin1").split(") ")[1]?.split(" ") ?? [];
    sum.user += Number(fields[11]) / ticksPerSecond;
    sum.kernel += Number(fields[12]) / ticksPerSecond;
  }
  return sum;
}

/** Octets of memory that a process and those that it has started have; what they share counts once. */
export function memoryOf(pid: number): number {
  return treeOf(pid).reduce((sum, each) => sum + octetsIn(`/proc/${each}/smaps_rollup`, "Pss"), 0);
}

/** The most octets that one process of a tree has had, that is the one which has loaded the zones. */
export function peakMemoryOf(pid: number): number {
  return Math.max(...treeOf(pid).map((each) => octetsIn(`/proc/${each}/status`, "VmHWM")));
}

function octetsIn(path: string, field: string): number {
  const found = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(readFileSync(path, "latin1"));
  return Number(found?.[1] ?? 0) * 1024;
}

function treeOf(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, "latin1").split(" ").filter(Boolean),
  );
  return [pid, ...children.flatMap((child) => treeOf(Number(child)))];
}

/** What the servers say that they are. */
export function versions(): string {
  const of = (file: string, option: string, pattern: RegExp): string => {
    const { stdout, stderr } = spawnSync(file, [option], { encoding: "utf8" });
    return pattern.exec(`${stdout}${stderr}`)?.[1] ?? "?";
  };
  const kernel = execFileSync("uname", ["-r"], { encoding: "utf8" }).trim();
  return (
    `Fairlead ${of(fairlead, "--version", /([\d.]+)/)}, Node ${process.versions.node}, NSD ${of("nsd", "-v", /version ([\d.]+)/)}, ` +
    `Knot ${of("knotd", "-V", /version ([\d.]+)/)}, dnsperf ${of("dnsperf", "-h", /Version ([\d.]+)/)}, Linux ${kernel}`
  );
}
