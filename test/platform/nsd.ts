// NSD beside the platform: its configuration for one zone, with all that it keeps in one folder, its process, and what is asked of it.

import { spawn, type ChildProcess } from "node:child_process";
import { createSocket } from "node:dgram";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { decodeMessage, encodeRequest, RrType, type Message, type Name } from "#wire";

/** Writes NSD's configuration into a folder. @returns its path */
export function writeNsdConfig(
  folder: string,
  given: {
    readonly addresses: readonly string[];
    readonly port: number;
    /** The zone, without the final dot, and the name of its file in the folder. */
    readonly zone: string;
    readonly zoneFile: string;
    /** Further lines of the section `server`. */
    readonly server?: readonly string[];
  },
): string {
  const path = join(folder, "nsd.conf");
  const lines = [
    "server:",
    ...given.addresses.map((address) => `  ip-address: ${address}@${given.port}`),
    '  username: ""',
    `  zonesdir: "${folder}"`,
    '  database: ""',
    `  pidfile: "${join(folder, "nsd.pid")}"`,
    `  xfrdfile: "${join(folder, "xfrd.state")}"`,
    `  zonelistfile: "${join(folder, "zone.list")}"`,
    `  xfrdir: "${folder}"`,
    "  server-count: 1",
    ...(given.server ?? []).map((line) => `  ${line}`),
    "remote-control:",
    "  control-enable: no",
    "zone:",
    `  name: ${given.zone}`,
    `  zonefile: "${given.zoneFile}"`,
    "",
  ];
  writeFileSync(path, lines.join("\n"));
  return path;
}

/** Starts NSD on a configuration, and waits until it answers for the zone at one of its addresses. */
export async function startNsd(
  config: string,
  at: { readonly address: string; readonly port: number; readonly apex: Name },
): Promise<ChildProcess> {
  const child = spawn("nsd", ["-d", "-c", config], { stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (piece: string) => (printed += piece));
  for (const deadline = performance.now() + 90_000; performance.now() < deadline; await setImmediate()) {
    if (child.exitCode !== null) throw new Error(`nsd ended with ${child.exitCode}:\n${printed}`);
    const answer = await askUdp(at, queryFor(at.apex, RrType.SOA)).catch(() => undefined);
    if (answer?.flags.aa) return child;
  }
  throw new Error(`nsd does not answer:\n${printed}`);
}

/** Ends NSD, where it still runs. */
export async function stopNsd(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await ended;
}

/** A query. @param isDnssecOk  the DO bit; absent: no EDNS at all */
export function queryFor(name: Name, type: number, isDnssecOk?: boolean): Uint8Array {
  return encodeRequest(name, type, {
    id: 4711,
    ...(isDnssecOk === undefined
      ? {}
      : { edns: { udpPayloadSize: 1232, version: 0, isDnssecOk, options: [] } }),
  });
}

async function decoded(octets: Uint8Array): Promise<Message> {
  const message = decodeMessage(octets);
  if (!message.ok) throw new Error(`Cannot decode the answer: ${JSON.stringify(message.failure)}`);
  return message.value;
}

/** Where a server is asked. */
interface Place {
  readonly address: string;
  readonly port: number;
}

/** How long an answer may take in milliseconds, against hanging only, and after how many a datagram is sent again: one may be lost where a machine is busy. */
const answerMs = 30_000;
const againMs = 2000;

/** Asks over UDP, again where nothing comes. */
export function askUdp({ address, port }: Place, query: Uint8Array): Promise<Message> {
  return new Promise((resolve, reject) => {
    const socket = createSocket("udp4");
    let again: NodeJS.Timeout | undefined;
    const deadline = setTimeout(() => end(() => reject(silent)), answerMs);
    const silent = new Error(`${address} does not answer over UDP`);
    const end = (settle: () => void): void => {
      clearTimeout(deadline);
      clearInterval(again);
      socket.close();
      settle();
    };
    socket.once("error", (error) => end(() => reject(error)));
    socket.once("message", (octets) => end(() => resolve(decoded(octets))));
    socket.connect(port, address, () => {
      socket.send(query);
      again = setInterval(() => socket.send(query), againMs);
    });
  });
}

/** Asks once over TCP. */
export function askTcp({ address, port }: Place, query: Uint8Array): Promise<Message> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, address);
    const pieces: Buffer[] = [];
    socket.setTimeout(answerMs, () => socket.destroy(new Error(`${address} does not answer over TCP`)));
    socket.on("error", reject);
    socket.on("data", (piece: Buffer) => {
      pieces.push(piece);
      const all = Buffer.concat(pieces);
      if (all.length < 2 || all.length < 2 + all.readUInt16BE(0)) return;
      socket.destroy();
      resolve(decoded(all.subarray(2)));
    });
    socket.write(Buffer.concat([Buffer.from([query.length >> 8, query.length & 0xff]), query]));
  });
}
