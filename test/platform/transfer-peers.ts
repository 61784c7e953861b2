// Name servers of others that zones are transferred from and to: NSD, Knot and BIND, each with one configuration for both sides, on an address and a port
// of its own, with all that it keeps in one folder. And our own, standing alone. Each process is ended by its id.

import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { decodeRdata, Name, RrType, type Message } from "#wire";
import { root } from "./harness.ts";
import { askUdp, queryFor } from "./nsd.ts";

export { freePort } from "#runtime/testing";

/** A place to listen. */
export interface Place {
  readonly address: string;
  readonly port: number;
}

/** A zone of a server. */
export interface PeerZone {
  /** Without the final dot. */
  readonly name: string;
  /** Its text, for a primary; absent: it comes from the other server. */
  readonly text?: string;
}

/** What a server is to do. */
export interface PeerSetup {
  readonly folder: string;
  readonly at: Place;
  /** The one that zones come from and go to. */
  readonly other: Place;
  readonly zones: readonly PeerZone[];
  readonly key: { readonly name: string; readonly algorithm: string; readonly secret: string };
  /** Transfers go over TLS; NSD and BIND, and ours. */
  readonly tls?: PeerTls;
  /** A catalog zone of its own that it makes or goes by. */
  readonly catalog?: { readonly name: string; readonly role: "made" | "followed" };
}

/** How a server speaks TLS. Files are PEM. */
export interface PeerTls {
  readonly port: number;
  readonly certificate: string;
  readonly key: string;
  /** Who both trust. */
  readonly authorities: string;
  readonly otherPort: number;
  /** The name in the other's certificate. */
  readonly otherName: string;
}

/** A server that runs. */
export interface PeerServer {
  readonly child: ChildProcess;
  /** Puts another text in a primary's zone. */
  rewrite(zone: string, text: string): void;
  /** All that it printed. */
  log(): string;
  stop(): Promise<void>;
}

/** Starts a program that has its own files. */
export function startProgram(command: string, args: readonly string[]): PeerServer {
  return start(command, args, () => {});
}

function start(
  command: string,
  args: readonly string[],
  rewrite: PeerServer["rewrite"],
  hup = true,
): PeerServer {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (piece: string) => (printed += piece));
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    child,
    rewrite(zone, text) {
      rewrite(zone, text);
      if (hup) child.kill("SIGHUP");
    },
    log: () => printed,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      const deadline = setTimeout(() => child.kill("SIGKILL"), 60_000);
      await ended;
      clearTimeout(deadline);
    },
  };
}

function writeZones({ folder, zones }: PeerSetup): PeerServer["rewrite"] {
  mkdirSync(folder, { recursive: true });
  const write = (zone: string, text: string): void => writeFileSync(join(folder, `${zone}.zone`), text);
  for (const { name, text } of zones) if (text !== undefined) write(name, text);
  return write;
}

/** Starts NSD. */
export function startNsd(setup: PeerSetup): PeerServer {
  const { folder, at, other, zones, key, tls } = setup;
  const rewrite = writeZones(setup);
  const config = join(folder, "nsd.conf");
  const lines = [
    "server:",
    `  ip-address: ${at.address}@${at.port}`,
    '  username: ""',
    `  zonesdir: "${folder}"`,
    '  database: ""',
    `  pidfile: "${join(folder, "nsd.pid")}"`,
    `  xfrdfile: "${join(folder, "xfrd.state")}"`,
    `  zonelistfile: "${join(folder, "zone.list")}"`,
    `  xfrdir: "${folder}"`,
    "  server-count: 1",
    "  verbosity: 2",
    ...(tls
      ? [
          `  ip-address: ${at.address}@${tls.port}`,
          `  tls-port: ${tls.port}`,
          `  tls-service-key: "${tls.key}"`,
          `  tls-service-pem: "${tls.certificate}"`,
          `  tls-cert-bundle: "${tls.authorities}"`,
        ]
      : []),
    "remote-control:",
    "  control-enable: no",
    "key:",
    `  name: "${key.name}"`,
    `  algorithm: ${key.algorithm}`,
    `  secret: "${key.secret}"`,
    ...(tls ? ["tls-auth:", "  name: other", `  auth-domain-name: ${tls.otherName}`] : []),
    ...zones.flatMap(({ name, text }) => [
      "zone:",
      `  name: "${name}"`,
      `  zonefile: "${name}.zone"`,
      ...(text === undefined
        ? [
            tls
              ? `  request-xfr: ${other.address}@${tls.otherPort} ${key.name} other`
              : `  request-xfr: ${other.address}@${other.port} ${key.name}`,
            `  allow-notify: ${other.address} ${key.name}`,
          ]
        : [
            "  store-ixfr: yes",
            "  create-ixfr: yes",
            `  notify: ${other.address}@${other.port} ${key.name}`,
          ]),
      `  provide-xfr: 127.0.0.0/8 ${key.name}`,
      `  outgoing-interface: ${at.address}`,
    ]),
  ];
  writeFileSync(config, `${lines.join("\n")}\n`);
  return start("nsd", ["-d", "-c", config], rewrite);
}

/** Starts Knot. */
export function startKnot(setup: PeerSetup): PeerServer {
  const { folder, at, other, zones, key, catalog } = setup;
  const rewrite = writeZones(setup);
  const config = join(folder, "knot.conf");
  const isMade = catalog?.role === "made";
  const lines = [
    "server:",
    `    listen: ${at.address}@${at.port}`,
    `    rundir: "${folder}"`,
    "    tcp-workers: 1",
    "    udp-workers: 1",
    "    background-workers: 1",
    "database:",
    `    storage: "${folder}"`,
    "log:",
    "  - target: stderr",
    "    any: info",
    "key:",
    `  - id: ${key.name}`,
    `    algorithm: ${key.algorithm}`,
    `    secret: ${key.secret}`,
    "remote:",
    "  - id: other",
    `    address: ${other.address}@${other.port}`,
    `    via: ${at.address}`,
    `    key: ${key.name}`,
    "acl:",
    "  - id: other",
    "    address: 127.0.0.0/8",
    `    key: ${key.name}`,
    "    action: [transfer, notify]",
    "template:",
    "  - id: default",
    `    storage: "${folder}"`,
    '    file: "%s.zone"',
    "    acl: other",
    "    journal-content: changes",
    "  - id: member",
    `    storage: "${folder}"`,
    '    file: "%s.zone"',
    "    acl: other",
    ...(catalog?.role === "followed" ? ["    master: other"] : []),
    "    journal-content: changes",
    "zone:",
    ...(catalog
      ? [
          `  - domain: ${catalog.name}`,
          ...(isMade
            ? ["    catalog-role: generate", "    notify: other"]
            : ["    catalog-role: interpret", "    catalog-template: member", "    master: other"]),
        ]
      : []),
    ...zones.flatMap(({ name, text }) => [
      `  - domain: ${name}`,
      ...(text === undefined
        ? ["    master: other"]
        : ["    zonefile-load: difference", "    notify: other"]),
      ...(text !== undefined && isMade
        ? ["    catalog-role: member", `    catalog-zone: ${catalog.name}`]
        : []),
    ]),
  ];
  writeFileSync(config, `${lines.join("\n")}\n`);
  return start("knotd", ["-c", config], rewrite);
}

/** Starts BIND. */
export function startBind(setup: PeerSetup): PeerServer {
  const { folder, at, other, zones, key, catalog, tls } = setup;
  const rewrite = writeZones(setup);
  const config = join(folder, "named.conf");
  const from = tls ? `port ${tls.otherPort} key ${key.name} tls other` : `port ${other.port} key ${key.name}`;
  const primaries = `primaries { ${other.address} ${from}; };`;
  const lines = [
    `key "${key.name}" { algorithm ${key.algorithm}; secret "${key.secret}"; };`,
    `server ${other.address} { keys ${key.name}; transfer-source ${at.address}; notify-source ${at.address}; };`,
    ...(tls
      ? [
          `tls other { ca-file "${tls.authorities}"; remote-hostname "${tls.otherName}"; cert-file "${tls.certificate}"; key-file "${tls.key}"; };`,
          `tls own { cert-file "${tls.certificate}"; key-file "${tls.key}"; protocols { TLSv1.3; }; };`,
        ]
      : []),
    "options {",
    ...(tls ? [`  listen-on port ${tls.port} tls own { ${at.address}; };`] : []),
    `  directory "${folder}";`,
    `  listen-on port ${at.port} { ${at.address}; };`,
    "  listen-on-v6 { none; };",
    `  pid-file "${join(folder, "named.pid")}";`,
    `  session-keyfile "${join(folder, "session.key")}";`,
    "  recursion no; dnssec-validation no; empty-zones-enable no; allow-new-zones yes;",
    `  notify explicit; transfer-source ${at.address}; query-source address ${at.address}; notify-source ${at.address};`,
    `  allow-transfer { key ${key.name}; }; allow-notify { key ${key.name}; };`,
    "  ixfr-from-differences yes; masterfile-format text; min-refresh-time 1; min-retry-time 1;",
    ...(catalog?.role === "followed"
      ? [
          `  catalog-zones { zone "${catalog.name}" default-primaries { ${other.address} port ${other.port} key ${key.name}; } in-memory no zone-directory "${folder}" min-update-interval 1; };`,
        ]
      : []),
    "};",
    "controls { };",
    ...zones.map(({ name, text }) =>
      text === undefined
        ? `zone "${name}" { type secondary; file "${name}.copy"; ${primaries} };`
        : `zone "${name}" { type primary; file "${name}.zone"; also-notify { ${other.address} port ${other.port} key ${key.name}; }; };`,
    ),
    ...(catalog?.role === "followed"
      ? [`zone "${catalog.name}" { type secondary; file "catalog.copy"; ${primaries} };`]
      : []),
  ];
  writeFileSync(config, `${lines.join("\n")}\n`);
  return start("named", ["-g", "-n", "1", "-c", config], rewrite);
}

/** Starts ours. @param words  further words of `fairlead name-server` */
export function startOurs(setup: PeerSetup, words: readonly string[] = []): PeerServer {
  const { folder, at, other, zones, key, catalog, tls } = setup;
  const rewrite = writeZones(setup);
  const keys = join(folder, "keys");
  writeFileSync(keys, `key "${key.name}" {\n\talgorithm ${key.algorithm};\n\tsecret "${key.secret}";\n};\n`);
  const peer = `${other.address}:${other.port}#${key.name}`;
  const primary = tls ? `${other.address}:${tls.otherPort}#${key.name};tls=${tls.otherName}` : peer;
  const args = [
    "name-server",
    "--listen",
    `${at.address}:${at.port}`,
    "--tsig",
    keys,
    "--allow-transfer",
    `${tls ? "tls+" : ""}key:${key.name}`,
    ...(tls ? ["--listen-tls", `${at.address}:${tls.port}`, "--tls", `${tls.certificate}:${tls.key}`] : []),
    ...(tls ? ["--tls-ca", tls.authorities] : []),
    "--notify",
    peer,
    ...zones.flatMap(({ name, text }) =>
      text === undefined
        ? ["--secondary", `${name}=${primary}`]
        : ["--zone", `${name}=${join(folder, `${name}.zone`)}`],
    ),
    ...(catalog
      ? [
          catalog.role === "made" ? "--catalog" : "--follow-catalog",
          catalog.role === "made" ? catalog.name : `${catalog.name}=${peer}`,
        ]
      : []),
    ...words,
  ];
  return start(join(root, "bin", "fairlead"), args, rewrite);
}

/** Asks a server about a name. */
export function ask(at: Place, name: string, type: number): Promise<Message | undefined> {
  const parsed = Name.parse(name);
  if (!parsed.ok) throw new Error(name);
  return askUdp(at, queryFor(parsed.value, type)).catch(() => undefined);
}

/** The serial that a server has of a zone. */
export async function serialAt(at: Place, zone: string): Promise<number | undefined> {
  const message = await ask(at, zone, RrType.SOA);
  const soa = message?.answer.find(({ type }) => type === RrType.SOA);
  const fields = soa && decodeRdata(RrType.SOA, soa.rdata);
  return fields?.ok ? fields.value.serial : undefined;
}

/** Waits until something holds. @param what  for the failure, with what servers printed */
export async function until(
  holds: () => Promise<boolean>,
  what: string,
  servers: readonly PeerServer[],
  limitMs = 120_000,
): Promise<void> {
  for (const deadline = performance.now() + limitMs; performance.now() < deadline; await wait(50)) {
    if (await holds()) return;
    const dead = servers.find(({ child }) => child.exitCode !== null || child.signalCode !== null);
    if (dead) throw new Error(`A server has ended, waiting until ${what}:\n${dead.log()}`);
  }
  throw new Error(
    `In vain, waiting until ${what}:\n${servers.map((server) => server.log()).join("\n---\n")}`,
  );
}
