// CPU per query of the authoritative servers on real sockets, beside NSD and Knot in the same run: A records of a zone of 10,000 names asked for
// at random by dnsperf, over UDP and TCP, as fast as it goes and at a fixed rate, in turns, so that whatever else the machine does falls on all
// of them. One worker each. CPU is what /proc says of the process and its children, threads included.
// Run: npm run bench:names -- [ROUNDS [SECONDS [CASE …]]], which is bench/names.ts (needs nsd, knotd and dnsperf)

import { execFile, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import pino from "pino";
import { StateDigest, type RoleObject } from "#contract";
import { Name, parseZoneFile, RrType } from "#wire";
import { askServer, layoutOf, makeProfile } from "#server";
import { encodeRrset, groupRecords } from "#zone";
import { prepareDataFolder } from "../src/server/layout.ts";
import { startNames } from "../src/server/names-role.ts";
import { saveState } from "../src/server/state-file.ts";

const apex = "example.test.";
const hosts = 10_000;
const address = "127.0.0.1";
/** Clock ticks a second in /proc/PID/stat: fixed for programs on Linux (USER_HZ). */
const ticksPerSecond = 100;

/** What dnsperf is started with for each kind of load. */
const cases: Readonly<Record<string, readonly string[]>> = {
  "udp-peak": ["-m", "udp", "-c", "8", "-q", "400"],
  "udp-20000": ["-m", "udp", "-c", "8", "-q", "400", "-Q", "20000"],
  // Told of each query: its own work slows the generator down, so that the rate is half of what a server does at its peak.
  "udp-latency": ["-m", "udp", "-c", "8", "-q", "400", "-Q", "20000", "-v"],
  "tcp-peak": ["-m", "tcp", "-c", "8", "-q", "400"],
};

interface Server {
  readonly port: number;
  readonly child: ChildProcess;
}

if (process.argv[2] === "serve")
  await serve(process.argv[3] === "linux" ? "linux" : "node", Number(process.argv[4]));
else await measure(Number(process.argv[2] ?? 5), Number(process.argv[3] ?? 4), process.argv.slice(4));

/** The names role alone in this process, until it is ended. */
async function serve(driver: "linux" | "node", port: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-bench-"));
  prepareDataFolder(join(folder, "data"));
  const layout = layoutOf(join(folder, "data"));
  const parsed = Name.parse(apex);
  if (!parsed.ok) throw new Error(apex);
  const origin = parsed.value;
  const { records } = parseZoneFile(zoneText(), { origin });
  const objects: RoleObject[] = [
    { kind: "zone", apex, groups: ["s1"] },
    ...groupRecords(records).map((rrset) => encodeRrset(origin, rrset)),
  ];
  const digest = new StateDigest();
  for (const object of objects) digest.toggle(object);
  saveState(join(layout.state, "names"), { revision: 1, digest: digest.toString(), objects });
  const listeners = (["udp", "tcp"] as const).map((transport) => ({ transport, address, port, label: "s1" }));
  await startNames({
    layout,
    log: pino({ level: "error" }, pino.destination(2)),
    config: {
      role: "names",
      configuration: "",
      listeners,
      platform: {
        folder: layout.folder,
        profile: makeProfile(),
        outside: { policy: "refuse", forwarders: [] },
        driver,
      },
    },
  });
  process.once("SIGTERM", () => {
    rmSync(folder, { recursive: true, force: true });
    process.exit(0); // profiles are written at an end in good order only
  });
}

async function measure(rounds: number, seconds: number, wanted: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-bench-"));
  writeFileSync(join(folder, "zone"), zoneText());
  const queries = join(folder, "queries");
  writeFileSync(queries, queryText());
  const servers: Record<string, Server> = {
    linux: await startOurs("linux", 5391),
    node: await startOurs("node", 5392),
    nsd: await startNsd(folder, 5393),
    knot: await startKnot(folder, 5394),
  };
  try {
    for (const server of Object.values(servers)) await load(server, queries, cases["udp-peak"] ?? [], 1); // warms up
    for (const [name, options] of Object.entries(cases)) {
      if (wanted.length > 0 && !wanted.includes(name)) continue;
      await measureCase(name, options, servers, queries, rounds, seconds);
    }
  } finally {
    for (const { child } of Object.values(servers)) {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureCase(
  name: string,
  options: readonly string[],
  servers: Readonly<Record<string, Server>>,
  queries: string,
  rounds: number,
  seconds: number,
): Promise<void> {
  const micros: Record<string, number[]> = {};
  const kernel: Record<string, number[]> = {};
  const rates: Record<string, number[]> = {};
  const times: Record<string, { p50: number; p99: number }[]> = {};
  for (let round = 0; round < rounds; round++) {
    for (const [server, at] of Object.entries(servers)) {
      const { answered, cpu, latency } = await load(at, queries, options, seconds);
      if (latency) (times[server] ??= []).push(latency);
      (micros[server] ??= []).push(((cpu.user + cpu.kernel) / answered) * 1e6);
      (kernel[server] ??= []).push((cpu.kernel / answered) * 1e6);
      (rates[server] ??= []).push(answered / seconds);
    }
  }
  process.stdout.write(`${name}\n`);
  for (const server of Object.keys(servers)) {
    const own = micros[server] ?? [];
    const ofEach = times[server] ?? [];
    const told =
      ofEach.length === 0
        ? ""
        : `, p50 ${median(ofEach.map(({ p50 }) => p50)).toFixed(0)} µs, p99 ${median(ofEach.map(({ p99 }) => p99)).toFixed(0)} µs`;
    const ratio = (other: string): string =>
      median(own.map((value, round) => value / (micros[other]?.[round] ?? Number.NaN))).toFixed(2);
    process.stdout.write(
      `  ${server.padEnd(6)} ${median(own).toFixed(2).padStart(6)} µs CPU a query (${Math.min(...own).toFixed(2)} to ${Math.max(...own).toFixed(2)}; ` +
        `${median(kernel[server] ?? []).toFixed(2)} in the kernel), ` +
        `${ratio("nsd")} of NSD's, ${ratio("knot")} of Knot's, ${median(rates[server] ?? []).toFixed(0)} queries/s${told}\n`,
    );
  }
}

async function load(
  { port, child }: Server,
  queries: string,
  options: readonly string[],
  seconds: number,
): Promise<{ answered: number; cpu: Cpu; latency: { p50: number; p99: number } | undefined }> {
  const before = cpuOf(child.pid ?? 0);
  const { stdout } = await promisify(execFile)(
    "dnsperf",
    ["-s", address, "-p", `${port}`, "-d", queries, "-l", `${seconds}`, ...options],
    { maxBuffer: 1 << 28 },
  );
  const after = cpuOf(child.pid ?? 0);
  const answered = Number(/Queries completed:\s+(\d+)/.exec(stdout)?.[1]);
  if (!answered || !/NOERROR \d+ \(100\.00%\)/.test(stdout)) throw new Error(`no answers: ${stdout}`);
  const micros = [...stdout.matchAll(/^> NOERROR \S+ A ([\d.]+)$/gm)]
    .map(([, seconds]) => Number(seconds) * 1e6)
    .sort((one, other) => one - other);
  const at = (share: number): number => micros[Math.floor(micros.length * share)] ?? Number.NaN;
  const latency = options.includes("-v") ? { p50: at(0.5), p99: at(0.99) } : undefined;
  return { answered, latency, cpu: { user: after.user - before.user, kernel: after.kernel - before.kernel } };
}

/** Seconds of CPU. */
interface Cpu {
  user: number;
  kernel: number;
}

/** What a process and its children have used, their threads included. */
function cpuOf(pid: number, sum: Cpu = { user: 0, kernel: 0 }): Cpu {
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.split(" ") ?? [];
  sum.user += Number(fields[11]) / ticksPerSecond;
  sum.kernel += Number(fields[12]) / ticksPerSecond;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const children = readFileSync(`/proc/${pid}/task/${task}/children`, "latin1").split(" ").filter(Boolean);
    for (const child of children) cpuOf(Number(child), sum);
  }
  return sum;
}

async function startOurs(driver: string, port: number): Promise<Server> {
  return started(port, process.execPath, [
    ...process.execArgv,
    "--max-semi-space-size=2",
    import.meta.filename,
    "serve",
    driver,
    `${port}`,
  ]);
}

async function startNsd(folder: string, port: number): Promise<Server> {
  const own = join(folder, "nsd");
  mkdirSync(own);
  const file = join(own, "nsd.conf");
  writeFileSync(
    file,
    `server:
  ip-address: ${address}@${port}
  server-count: 1
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
zone:
  name: ${apex}
  zonefile: "${folder}/zone"
`,
  );
  return started(port, "nsd", ["-d", "-c", file]);
}

async function startKnot(folder: string, port: number): Promise<Server> {
  const own = join(folder, "knot");
  mkdirSync(own);
  const file = join(own, "knot.conf");
  writeFileSync(
    file,
    `server:
  listen: ${address}@${port}
  rundir: "${own}"
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
database:
  storage: "${own}"
template:
  - id: default
    storage: "${folder}"
    journal-content: none
    zonefile-sync: -1
zone:
  - domain: ${apex}
    file: "${folder}/zone"
`,
  );
  return started(port, "knotd", ["-c", file]);
}

/** Starts a server and waits until it answers. */
async function started(port: number, file: string, parameters: readonly string[]): Promise<Server> {
  if (spawnSync("sh", ["-c", `command -v "${file}"`]).status !== 0)
    throw new Error(`${file} is not installed`);
  const child = spawn(file, parameters, { stdio: ["ignore", "ignore", "inherit"] });
  const parsed = Name.parse(`h0.${apex}`);
  if (!parsed.ok) throw new Error(apex);
  for (let tries = 0; tries < 200; tries++) {
    const answer = await askServer({ server: { address, port }, name: parsed.value, type: RrType.A });
    if (answer.ok && answer.message.answer.length > 0) return { port, child };
    await pause(50);
  }
  throw new Error(`${file} does not answer`);
}

function zoneText(): string {
  const lines = [
    `$ORIGIN ${apex}`,
    "@ 300 IN SOA ns1 hostmaster 1 3600 600 86400 60",
    "@ 300 IN NS ns1",
    "ns1 300 IN A 192.0.2.1",
  ];
  for (let i = 0; i < hosts; i++) lines.push(`h${i} 300 IN A 10.0.${i >> 8}.${i & 255}`);
  return `${lines.join("\n")}\n`;
}

/** Each name ten times, in an order that follows from a seed. */
function queryText(): string {
  const lines: string[] = [];
  let state = 1;
  for (let i = 0; i < 10 * hosts; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    lines.push(`h${(state >>> 8) % hosts}.${apex} A`);
  }
  return `${lines.join("\n")}\n`;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
