// The name servers that are asked the same: NSD, Knot, BIND and PowerDNS of Debian, and ours on both drivers. Each serves the same zone files on a port of
// its own of 127.0.0.1, with all that it keeps in one folder; sizes of datagrams are the same for all, and whatever limits rates is off. Each is ended by its id.

import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { freePort } from "../platform/transfer-peers.ts";
import { root } from "../platform/harness.ts";

/** Where all of them listen. */
export const address = "127.0.0.1";

/** A zone to be served, from a file. */
export interface ServedFile {
  /** The apex in text, with the final dot; letters, digits, hyphens and dots only. */
  readonly apex: string;
  readonly file: string;
  /** How it is signed. */
  readonly denial: "none" | "nsec" | "nsec3";
  /** RDATA of its NSEC3PARAM as text. */
  readonly parameters?: string;
}

/** A server that was started. */
export interface RunningServer {
  readonly name: string;
  readonly port: number;
  readonly child: ChildProcess;
  /** Comes when the process has ended, by itself too. */
  readonly ended: Promise<void>;
  /** Whether it has ended. */
  hasEnded(): boolean;
  /** All that it printed. */
  log(): string;
  stop(): Promise<void>;
}

function start(name: string, port: number, command: string, args: readonly string[]): RunningServer {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  let hasEnded = false;
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (piece: string) => (printed += piece));
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      hasEnded = true;
      resolve();
    };
    child.once("exit", end);
    child.once("error", (error) => {
      printed += String(error);
      end();
    });
  });
  return {
    name,
    port,
    child,
    ended,
    hasEnded: () => hasEnded,
    log: () => printed,
    async stop() {
      if (!hasEnded) child.kill("SIGTERM");
      const deadline = setTimeout(() => child.kill("SIGKILL"), 60_000);
      await ended;
      clearTimeout(deadline);
    },
  };
}

function write(folder: string, file: string, lines: readonly string[]): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, file);
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}

const bare = (apex: string): string => (apex === "." ? "." : apex.replace(/\.$/, ""));

async function startNsd(folder: string, zones: readonly ServedFile[]): Promise<RunningServer> {
  const port = await freePort(address);
  const config = write(folder, "nsd.conf", [
    "server:",
    `  ip-address: ${address}@${port}`,
    '  username: ""',
    `  zonesdir: "${folder}"`,
    '  database: ""',
    `  pidfile: "${join(folder, "nsd.pid")}"`,
    `  xfrdfile: "${join(folder, "xfrd.state")}"`,
    `  zonelistfile: "${join(folder, "zone.list")}"`,
    `  xfrdir: "${folder}"`,
    "  server-count: 1",
    "  ipv4-edns-size: 1232",
    "  rrl-ratelimit: 0",
    "  minimal-responses: no",
    "remote-control:",
    "  control-enable: no",
    ...zones.flatMap(({ apex, file }) => ["zone:", `  name: "${bare(apex)}"`, `  zonefile: "${file}"`]),
  ]);
  return start("NSD", port, "nsd", ["-d", "-c", config]);
}

async function startKnot(folder: string, zones: readonly ServedFile[]): Promise<RunningServer> {
  const port = await freePort(address);
  const config = write(folder, "knot.conf", [
    "server:",
    `    listen: ${address}@${port}`,
    `    rundir: "${folder}"`,
    "    tcp-workers: 1",
    "    udp-workers: 1",
    "    background-workers: 1",
    "    udp-max-payload: 1232",
    "database:",
    `    storage: "${folder}"`,
    "log:",
    "  - target: stderr",
    "    any: warning",
    "template:",
    "  - id: default",
    `    storage: "${folder}"`,
    "    semantic-checks: off",
    "    zonefile-sync: -1",
    "    journal-content: none",
    "zone:",
    ...zones.flatMap(({ apex, file }) => [`  - domain: "${apex}"`, `    file: "${file}"`]),
  ]);
  return start("Knot", port, "knotd", ["-c", config]);
}

async function startBind(folder: string, zones: readonly ServedFile[]): Promise<RunningServer> {
  const port = await freePort(address);
  const config = write(folder, "named.conf", [
    "options {",
    `  directory "${folder}";`,
    `  listen-on port ${port} { ${address}; };`,
    "  listen-on-v6 { none; };",
    `  pid-file "${join(folder, "named.pid")}";`,
    `  session-keyfile "${join(folder, "session.key")}";`,
    "  recursion no; dnssec-validation no; empty-zones-enable no; notify no; masterfile-format text;",
    "  edns-udp-size 1232; max-udp-size 1232; minimal-responses no-auth; minimal-any no; answer-cookie no;",
    "  check-names primary ignore; check-integrity no; check-mx ignore; check-mx-cname ignore; check-srv-cname ignore;",
    "  check-sibling no; check-wildcard no; check-spf ignore; check-dup-records ignore; tcp-clients 1000;",
    "};",
    "controls { };",
    ...zones.map(({ apex, file }) => `zone "${apex}" { type primary; file "${file}"; };`),
  ]);
  return start("BIND", port, "named", ["-g", "-n", "1", "-c", config]);
}

/** Where PowerDNS has its module for zone files: on the system, or unpacked. */
function moduleFolder(): string {
  for (const base of ["/usr/lib", join(root, ".peers", "root", "usr", "lib")]) {
    if (!existsSync(base)) continue;
    for (const machine of readdirSync(base)) {
      const folder = join(base, machine, "pdns");
      if (existsSync(join(folder, "libbindbackend.so"))) return folder;
    }
  }
  throw new Error("PowerDNS has no libbindbackend.so: install pdns-backend-bind");
}

async function startPowerDns(folder: string, zones: readonly ServedFile[]): Promise<RunningServer> {
  const port = await freePort(address);
  const bindConfig = write(folder, "zones.conf", [
    `options { directory "${folder}"; };`,
    ...zones.map(({ apex, file }) => `zone "${bare(apex)}" { type native; file "${file}"; };`),
  ]);
  const database = join(folder, "dnssec.db");
  // The tables that `pdnsutil create-bind-db` makes; a signed zone is said to be signed already.
  const sqlite = new DatabaseSync(database);
  sqlite.exec(`
    CREATE TABLE domainmetadata (id INTEGER PRIMARY KEY, domain VARCHAR(255) COLLATE NOCASE, kind VARCHAR(32) COLLATE NOCASE, content TEXT);
    CREATE TABLE cryptokeys (id INTEGER PRIMARY KEY, domain VARCHAR(255) COLLATE NOCASE, flags INT NOT NULL, active BOOL, published BOOL DEFAULT 1, content TEXT);
    CREATE TABLE tsigkeys (id INTEGER PRIMARY KEY, name VARCHAR(255) COLLATE NOCASE, algorithm VARCHAR(50) COLLATE NOCASE, secret VARCHAR(255));
  `);
  const insert = sqlite.prepare("INSERT INTO domainmetadata (domain, kind, content) VALUES (?, ?, ?)");
  for (const { apex, denial, parameters } of zones) {
    if (denial === "none") continue;
    insert.run(bare(apex).toLowerCase(), "PRESIGNED", "1");
    if (denial === "nsec3") insert.run(bare(apex).toLowerCase(), "NSEC3PARAM", parameters ?? "1 0 0 -");
  }
  sqlite.close();
  write(folder, "pdns.conf", [
    "launch=bind",
    `module-dir=${moduleFolder()}`,
    `bind-config=${bindConfig}`,
    `bind-dnssec-db=${database}`,
    "bind-check-interval=0",
    `socket-dir=${folder}`,
    `local-address=${address}`,
    `local-port=${port}`,
    "daemon=no",
    "guardian=no",
    "8bit-dns=yes",
    "dname-processing=yes",
    "any-to-tcp=no",
    "cache-ttl=0",
    "query-cache-ttl=0",
    "negquery-cache-ttl=0",
    "security-poll-suffix=",
    "udp-truncation-threshold=1232",
    "max-tcp-connections=1000",
    "max-tcp-transactions-per-conn=0",
    "receiver-threads=1",
    "distributor-threads=1",
    "loglevel=3",
  ]);
  return start("PowerDNS", port, "pdns_server", [`--config-dir=${folder}`]);
}

async function startOurs(driver: "linux" | "node", zones: readonly ServedFile[]): Promise<RunningServer> {
  const port = await freePort(address);
  return start(`ours on ${driver}`, port, join(root, "bin", "fairlead"), [
    "name-server",
    "--listen",
    `${address}:${port}`,
    "--driver",
    driver,
    ...zones.flatMap(({ apex, file }) => ["--zone", `${apex}=${file}`]),
  ]);
}

/** The servers that judge. */
const judges: Readonly<
  Record<string, (folder: string, zones: readonly ServedFile[]) => Promise<RunningServer>>
> = { NSD: startNsd, Knot: startKnot, BIND: startBind, PowerDNS: startPowerDns };

/** Starts all of them. @param folder  that each has a folder of its own in */
export async function startServers(
  folder: string,
  zones: readonly ServedFile[],
  ourZones: readonly ServedFile[],
): Promise<{ readonly judges: readonly RunningServer[]; readonly ours: readonly RunningServer[] }> {
  const started: RunningServer[] = [];
  for (const [name, begin] of Object.entries(judges)) started.push(await begin(join(folder, name), zones));
  const ours = [await startOurs("linux", ourZones), await startOurs("node", ourZones)];
  return { judges: started, ours };
}

/** The release of each judge, as it says itself. */
export function versionsOfJudges(): Record<string, string> {
  const say = (command: string, option: string): string => {
    const { stdout, stderr } = spawnSync(command, [option], { encoding: "utf8" });
    return `${stdout}${stderr}`;
  };
  return {
    NSD: /version (\S+)/i.exec(say("nsd", "-v"))?.[1] ?? "?",
    Knot: /version (\S+)/i.exec(say("knotd", "--version"))?.[1] ?? "?",
    BIND: /BIND (\S+)/.exec(say("named", "-v"))?.[1] ?? "?",
    PowerDNS: /(\d+\.\d+\.\d+)/.exec(say("pdns_server", "--version"))?.[1] ?? "?",
  };
}
