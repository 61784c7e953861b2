// Foreign validators over the private root: Unbound as a full resolver that begins at our root servers, and delv and drill, which follow a chain of trust
// by themselves. Each is given the root's key, and nothing else that would spare it a referral.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Status, ZoneSigningStatus } from "#contract";
import { claimNetwork } from "#runtime/testing";
import type { Platform } from "./harness.ts";

/** Where full resolvers ask name servers: what makes them begin at our root. */
export const dnsPort = 53;

/** Why name servers cannot listen on port 53 here; undefined where they can. */
export async function whyNoDnsPort(): Promise<string | undefined> {
  const { network, release } = await claimNetwork();
  const address = `127.${network}.53.1`;
  const why = await whyNotBound(address);
  release();
  return why;
}

function whyNotBound(address: string): Promise<string | undefined> {
  const socket = createSocket("udp4");
  return new Promise((resolve) => {
    socket.once("error", (error) =>
      resolve(`port ${dnsPort} of ${address} cannot be bound (${error.message})`),
    );
    socket.bind(dnsPort, address, () => socket.close(() => resolve(undefined)));
  });
}

/** An Unbound that runs. */
export interface Unbound {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * What makes Unbound wait for a server that stands still for seconds on a busy machine: it would take one that is slow for one without EDNS, and so without
 * signatures, or for one that is away.
 */
export const patience: readonly string[] = [
  "  unknown-server-time-limit: 3000",
  "  infra-keep-probing: yes",
  "  infra-cache-max-rtt: 10000",
  "  outbound-msg-retry: 20",
  "  val-bogus-ttl: 1",
];

/** Starts Unbound with the platform's root servers as its hints and the root's DS as its anchor. @param port  on 127.0.0.1 */
export async function startUnbound(platform: Platform, folder: string, port: number): Promise<Unbound> {
  const { nameServers, topLevelDomains } = platform.json<Status>("status");
  const hints = nameServers
    .filter(({ group }) => group === "root")
    .flatMap(({ name, addresses }) => [
      `. 3600 IN NS ${name}.`,
      ...addresses.map(({ address }) => `${name}. 3600 IN A ${address}`),
    ]);
  writeFileSync(join(folder, "root.hints"), `${hints.join("\n")}\n`);
  const { ds } = platform.json<ZoneSigningStatus>("dnssec", "status", ".");
  const config = [
    "server:",
    "  interface: 127.0.0.1",
    `  port: ${port}`,
    `  directory: "${folder}"`,
    '  chroot: ""',
    '  username: ""',
    '  pidfile: ""',
    "  use-syslog: no",
    '  logfile: ""',
    "  do-daemonize: no",
    "  do-ip6: no",
    "  num-threads: 1",
    // Left alone it asks from any port above 1024, those of other tests among them.
    '  outgoing-port-avoid: "0-32767"',
    '  outgoing-port-permit: "32768-60999"',
    "  ede: yes",
    "  aggressive-nsec: yes",
    ...patience,
    // Our servers are on this machine, and our names among those that are kept from the public root.
    "  do-not-query-localhost: no",
    ...[...topLevelDomains, "127.in-addr.arpa"].map((name) => `  local-zone: "${name}." nodefault`),
    '  root-hints: "root.hints"',
    ...ds.map((line) => `  trust-anchor: "${line}"`),
    "remote-control:",
    "  control-enable: no",
  ];
  const path = join(folder, "unbound.conf");
  writeFileSync(path, `${config.join("\n")}\n`);
  const child = spawn("unbound", ["-d", "-c", path], { stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (printed += text));
  await untilStarted(child, () => printed);
  return {
    port,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function untilStarted(child: ChildProcess, printed: () => string): Promise<void> {
  for (const until = performance.now() + 90_000; performance.now() < until; await wait(50)) {
    if (printed().includes("start of service")) return;
    if (child.exitCode !== null || child.signalCode !== null) break;
  }
  throw new Error(`unbound does not start:\n${printed()}`);
}

/** What a resolver says of a question that is asked with DO. */
export interface Verdict {
  readonly rcode: string;
  /** Whether it has validated what it says. */
  readonly isSecure: boolean;
  /** Records of the answer, without signatures. */
  readonly answer: readonly string[];
  /** Codes of the extended errors (RFC 8914): there may be others beside what was looked for, such as of a datagram that was lost. */
  readonly extendedErrors: readonly number[];
}

/** Asks a resolver on 127.0.0.1. */
export function judge(port: number, name: string, type: string, ...words: string[]): Verdict {
  const { stdout } = spawnSync(
    "dig",
    ["@127.0.0.1", "-p", String(port), "+dnssec", "+tries=3", "+time=20", name, type, ...words],
    { encoding: "utf8" },
  );
  const lines = stdout.split("\n");
  const at = lines.indexOf(";; ANSWER SECTION:");
  const answer = at < 0 ? [] : lines.slice(at + 1, lines.indexOf("", at));
  return {
    rcode: /status: (\w+)/.exec(stdout)?.[1] ?? stdout,
    isSecure: /^;; flags:[^;]* ad[ ;]/m.test(stdout),
    answer: answer.filter((line) => !/\sRRSIG\s/.test(line)).map((line) => line.replaceAll(/\s+/g, " ")),
    extendedErrors: [...stdout.matchAll(/EDE: (\d+)/g)].map(([, code]) => Number(code)),
  };
}

/** Writes the root's keys for delv and for drill, as the platform's resolver gives them. */
export function writeRootKeys(platform: Platform, folder: string): { delv: string; drill: string } {
  const { stdout } = spawnSync(
    "dig",
    ["@127.0.0.1", "-p", String(platform.port(5300)), ".", "DNSKEY", "+short", "+nosplit"],
    { encoding: "utf8" },
  );
  const keys = stdout.split("\n").filter((line) => line.startsWith("257 "));
  const files = { delv: join(folder, "delv.anchors"), drill: join(folder, "drill.anchors") };
  const anchors = keys.map((line) => {
    const [flags, protocol, algorithm, key] = line.split(" ");
    return `trust-anchors { "." static-key ${flags} ${protocol} ${algorithm} "${key}"; };\n`;
  });
  writeFileSync(files.delv, anchors.join(""));
  writeFileSync(files.drill, keys.map((line) => `. IN DNSKEY ${line}\n`).join(""));
  return files;
}

/** All that delv says of a question, following the chain from the root through a resolver on 127.0.0.1. */
export function delv(port: number, anchors: string, name: string, type: string): string {
  const { stdout, stderr } = spawnSync(
    "delv",
    ["@127.0.0.1", "-p", String(port), "-a", anchors, "+root=.", name, type],
    { encoding: "utf8" },
  );
  return `${stdout}\n${stderr}`;
}
