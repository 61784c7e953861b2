// CPU per query of the name servers beside NSD and Knot in the same run, in turns, so that whatever else the machine does falls on all of them: dnsperf
// asks as fast as it goes, at 20,000 queries a second, and at half of Knot's peak with each query's time. CPU is what /proc says of the process and its
// children, threads included.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { median, quantile, ratio, tell } from "./names-figures.ts";
import { address, type Cpu, cpuOf, type Server, startServer, stopServer } from "./names-servers.ts";
import {
  plainApex,
  type QuestionKind,
  signedApex,
  signZoneFile,
  writePlainZone,
  writeQuestions,
} from "./names-zones.ts";

/** Connections and queries under way, for all loads alike. */
const clients = ["-c", "8", "-q", "400"];

interface LoadCase {
  readonly kind: QuestionKind;
  readonly mode?: "tcp";
  /** EDNS with DO, of the signed zone. */
  readonly isSigned?: boolean;
  /** Queries a second, at most; "half": half of Knot's peak, each query timed. */
  readonly rate?: number | "half";
}

const atRates = (name: string, load: LoadCase): [string, LoadCase][] => [
  [`${name}-peak`, load],
  [`${name}-20000`, { ...load, rate: 20_000 }],
];

/** The loads by name. */
export const loadCases: ReadonlyMap<string, LoadCase> = new Map([
  ...atRates("udp", { kind: "address" }),
  ["udp-latency", { kind: "address", rate: "half" }],
  ...atRates("signed", { kind: "address", isSigned: true }),
  ...atRates("nxdomain", { kind: "missing" }),
  ...atRates("signed-nxdomain", { kind: "missing", isSigned: true }),
  ...atRates("referral", { kind: "delegated" }),
  ...atRates("tcp", { kind: "address", mode: "tcp" }),
] as [string, LoadCase][]);

/** Runs loads, so many rounds of so many seconds each. */
export async function measureLoads(
  folder: string,
  names: readonly string[],
  rounds: number,
  seconds: number,
): Promise<void> {
  const zones = [
    { apex: plainApex, path: writePlainZone(folder, plainApex) },
    { apex: signedApex, path: signZoneFile(folder, writePlainZone(folder, signedApex)) },
  ];
  const servers: Record<string, Server> = {};
  try {
    let port = 5391;
    for (const kind of ["linux", "node", "nsd", "knot"] as const)
      servers[kind] = await startServer(folder, { kind, port: port++, zones });
    const files = new Map<string, string>();
    for (const name of names) {
      const load = loadCases.get(name);
      if (!load) continue;
      const apex = load.isSigned ? signedApex : plainApex;
      const key = `${apex} ${load.kind}`;
      const file = files.get(key) ?? writeQuestions(folder, apex, load.kind);
      files.set(key, file);
      await measureLoad(name, load, servers, file, rounds, seconds);
    }
  } finally {
    for (const server of Object.values(servers)) await stopServer(server);
  }
}

async function measureLoad(
  name: string,
  load: LoadCase,
  servers: Readonly<Record<string, Server>>,
  file: string,
  rounds: number,
  seconds: number,
): Promise<void> {
  const options = await optionsOf(load, servers["knot"], file);
  const results: Record<string, LoadResult[]> = {};
  const rateAt = options.indexOf("-Q");
  const fast = rateAt < 0 ? options : options.slice(0, rateAt);
  for (const server of Object.values(servers)) await runLoad(server, file, fast, 1); // warms up
  for (let round = 0; round < rounds; round++)
    for (const [server, at] of Object.entries(servers))
      (results[server] ??= []).push(await runLoad(at, file, options, seconds));
  const micros = (server: string): number[] | undefined =>
    results[server]?.map(({ cpu, answered }) => ((cpu.user + cpu.kernel) / answered) * 1e6);
  tell(`${name} (dnsperf ${options.join(" ")})`);
  for (const [server, own] of Object.entries(results)) {
    const all = micros(server) ?? [];
    const kernel = own.map(({ cpu, answered }) => (cpu.kernel / answered) * 1e6);
    const times = own.flatMap(({ latency }) => latency ?? []);
    const told =
      times.length === 0
        ? ""
        : `, p50 ${median(times.map(({ p50 }) => p50)).toFixed(0)} µs, p99 ${median(times.map(({ p99 }) => p99)).toFixed(0)} µs`;
    tell(
      `  ${server.padEnd(6)} ${median(all).toFixed(2).padStart(6)} µs CPU a query (${Math.min(...all).toFixed(2)} to ${Math.max(...all).toFixed(2)}; ` +
        `${median(kernel).toFixed(2)} in the kernel), ${ratio(all, micros("nsd"))} of NSD's, ${ratio(all, micros("knot"))} of Knot's, ` +
        `${median(own.map(({ answered }) => answered / seconds)).toFixed(0)} queries/s${told}`,
    );
  }
}

async function optionsOf(load: LoadCase, knot: Server | undefined, file: string): Promise<string[]> {
  const options = ["-m", load.mode ?? "udp", ...clients, ...(load.isSigned ? ["-D"] : [])];
  if (load.rate !== "half") return load.rate === undefined ? options : [...options, "-Q", `${load.rate}`];
  const peaks: number[] = [];
  for (let i = 0; knot && i < 3; i++) peaks.push((await runLoad(knot, file, options, 2)).answered / 2);
  return [...options, "-Q", `${Math.round(median(peaks) / 2)}`, "-v"];
}

interface LoadResult {
  readonly answered: number;
  readonly cpu: Cpu;
  /** In microseconds, where each query is timed. */
  readonly latency: { readonly p50: number; readonly p99: number } | undefined;
}

/** Lets dnsperf ask a server. Throws where it was not answered as it should be. */
export async function runLoad(
  { port, child }: Server,
  file: string,
  options: readonly string[],
  seconds: number,
): Promise<LoadResult> {
  const before = cpuOf(child.pid ?? 0);
  const { stdout } = await promisify(execFile)(
    "dnsperf",
    ["-s", address, "-p", `${port}`, "-d", file, "-l", `${seconds}`, ...options],
    { maxBuffer: 1 << 30 },
  );
  const after = cpuOf(child.pid ?? 0);
  const answered = Number(/Queries completed:\s+(\d+)/.exec(stdout)?.[1]);
  if (!answered || !/: +(NOERROR|NXDOMAIN) \d+ \(100\.00%\)/.test(stdout))
    throw new Error(`no answers: ${stdout.slice(-2000)}`);
  const micros = [...stdout.matchAll(/^> N\S+ \S+ A ([\d.]+)$/gm)].map(([, time]) => Number(time) * 1e6);
  const latency = options.includes("-v")
    ? { p50: quantile(micros, 0.5), p99: quantile(micros, 0.99) }
    : undefined;
  return {
    answered,
    latency,
    cpu: { user: after.user - before.user, kernel: after.kernel - before.kernel },
  };
}

/** CPU per query of two workers beside one. */
export async function measureWorkers(folder: string, rounds: number, seconds: number): Promise<void> {
  const zones = [{ apex: plainApex, path: writePlainZone(folder, plainApex) }];
  const file = writeQuestions(folder, plainApex, "address");
  const options = ["-m", "udp", "-c", "32", "-q", "400"];
  const servers = [
    await startServer(folder, { kind: "linux", port: 5391, zones }),
    await startServer(folder, { kind: "linux", port: 5392, zones, workers: 2 }),
  ] as const;
  try {
    const micros: [number[], number[]] = [[], []];
    for (const server of servers) await runLoad(server, file, options, 1);
    for (let round = 0; round < rounds; round++)
      for (const [i, server] of servers.entries()) {
        const { answered, cpu } = await runLoad(server, file, options, seconds);
        micros[i as 0 | 1].push(((cpu.user + cpu.kernel) / answered) * 1e6);
      }
    const [one, two] = micros;
    tell(
      `workers: one ${median(one).toFixed(2)} µs CPU a query, two ${median(two).toFixed(2)}: ${ratio(two, one)} of one's`,
    );
  } finally {
    for (const server of servers) await stopServer(server);
  }
}
