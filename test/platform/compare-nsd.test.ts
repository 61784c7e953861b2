// Imported zones are answered as NSD answers them: rcode, AA, answer and authority, over UDP and TCP, for every name of the zone and the
// names around it, by many types. The apex SOA and NS are the platform's own and are left out. A difference planted in NSD's copy is found.

import { spawn, type ChildProcess } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  decodeMessage,
  encodeMessage,
  formatRdata,
  Name,
  parseZoneFile,
  RrClass,
  RrType,
  typeName,
  type Message,
  type ResourceRecord,
} from "#wire";
import { startPlatform, type Platform } from "./harness.ts";
import { writeNsdConfig } from "./nsd.ts";

const zoneText = readFileSync(join(import.meta.dirname, "zones", "corners.zone"), "utf8");
const apex = parseName("corners.test.");
const types = [
  "A",
  "AAAA",
  "MX",
  "TXT",
  "CNAME",
  "NS",
  "SRV",
  "DS",
  "DNAME",
  "CAA",
  "HTTPS",
  "TYPE65280",
  "LOC",
] as const;

let platform: Platform;
/** An address of the platform's network that the platform does not use; the port number is the same. */
let nsdAddress = "";
let folder = "";
let nsd: ChildProcess | undefined;

beforeAll(async () => {
  platform = await startPlatform();
  nsdAddress = platform.address("127.53.77.1");
  folder = mkdtempSync(join(tmpdir(), "fl-nsd-"));
  const file = join(folder, "corners.test.zone");
  writeFileSync(file, zoneText);
  platform.json("register", "corners.test");
  platform.json("import", file);
  nsd = await startNsd(zoneText);
});

afterAll(async () => {
  await stopNsd();
  await platform?.remove();
  rmSync(folder, { recursive: true, force: true });
});

function parseName(text: string): Name {
  const parsed = Name.parse(text, Name.root);
  if (!parsed.ok) throw new Error(`${text} is no name`);
  return parsed.value;
}

async function startNsd(text: string): Promise<ChildProcess> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "nsd.zone"), text);
  const config = writeNsdConfig(folder, {
    addresses: [nsdAddress],
    port: platform.port(5301),
    zone: "corners.test",
    zoneFile: "nsd.zone",
    server: ["minimal-responses: no", "rrl-ratelimit: 0"],
  });
  const child = spawn("nsd", ["-d", "-c", config], { stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (piece: string) => (printed += piece));
  for (const deadline = performance.now() + 10_000; performance.now() < deadline; await setImmediate()) {
    if (child.exitCode !== null) throw new Error(`nsd ended with ${child.exitCode}:\n${printed}`);
    const answer = await askUdp(nsdAddress, apex, RrType.SOA).catch(() => undefined);
    if (answer?.flags.aa) return child;
  }
  throw new Error(`nsd does not answer:\n${printed}`);
}

async function stopNsd(): Promise<void> {
  if (!nsd || nsd.exitCode !== null) return;
  const ended = new Promise((resolve) => nsd?.once("exit", resolve));
  nsd.kill("SIGTERM");
  await ended;
}

function query(name: Name, type: number): Uint8Array {
  const encoded = encodeMessage({
    id: 4711,
    flags: { qr: false, opcode: 0, aa: false, tc: false, rd: false, ra: false, ad: false, cd: false },
    rcode: 0,
    question: [{ name, type, class: RrClass.IN }],
    answer: [],
    authority: [],
    additional: [],
  });
  if (!encoded.ok) throw new Error(`Cannot encode a query for ${name.toString()}`);
  return encoded.value.octets;
}

function decoded(octets: Uint8Array): Message {
  const message = decodeMessage(octets);
  if (!message.ok) throw new Error(`Cannot decode the answer: ${JSON.stringify(message.failure)}`);
  return message.value;
}

/** Asks once over UDP; fails after two seconds. */
function askUdp(address: string, name: Name, type: number): Promise<Message> {
  return new Promise((resolve, reject) => {
    const socket = createSocket("udp4");
    const deadline = setTimeout(() => {
      socket.close();
      reject(new Error(`${address} does not answer ${name.toString()} ${typeName(type)}`));
    }, 2000);
    socket.on("error", (error) => {
      clearTimeout(deadline);
      socket.close();
      reject(error);
    });
    socket.on("message", (octets) => {
      clearTimeout(deadline);
      socket.close();
      resolve(decoded(octets));
    });
    socket.connect(platform.port(5301), address, () => socket.send(query(name, type)));
  });
}

/** Asks once over TCP. */
function askTcp(address: string, name: Name, type: number): Promise<Message> {
  return new Promise((resolve, reject) => {
    const socket = connect(platform.port(5301), address);
    const octets = query(name, type);
    const pieces: Buffer[] = [];
    socket.setTimeout(5000, () => socket.destroy(new Error(`${address} does not answer over TCP`)));
    socket.on("error", reject);
    socket.on("data", (piece: Buffer) => {
      pieces.push(piece);
      const all = Buffer.concat(pieces);
      if (all.length < 2 || all.length < 2 + all.readUInt16BE(0)) return;
      socket.destroy();
      resolve(decoded(all.subarray(2)));
    });
    socket.write(Buffer.concat([Buffer.from([octets.length >> 8, octets.length & 0xff]), octets]));
  });
}

/** What is compared: names without case, TTLs included; the apex SOA reduced to its being there, the apex NS left out of authority. */
function comparable(message: Message): {
  rcode: number;
  aa: boolean;
  tc: boolean;
  answer: string[];
  authority: string[];
} {
  const isApex = (record: ResourceRecord, type: number): boolean =>
    record.type === type && record.name.equals(apex);
  const lines = (records: readonly ResourceRecord[]): string[] =>
    records
      .map((record) => {
        const isOurs = isApex(record, RrType.SOA) || isApex(record, RrType.NS);
        const data = isOurs
          ? "(the server's own)"
          : `${record.ttl} ${formatRdata(record.type, record.rdata)}`;
        return `${record.name.toString()} ${typeName(record.type)} ${data}`.toLowerCase();
      })
      .sort();
  return {
    rcode: message.rcode,
    aa: message.flags.aa,
    tc: message.flags.tc,
    answer: lines(message.answer),
    // Whether the zone's own NS accompany an answer is the server's choice.
    authority: lines(message.authority.filter((record) => !isApex(record, RrType.NS))),
  };
}

/** Every owner of the zone, every name above one, and names beside and below each of them. */
function questions(): Name[] {
  const { records, errors } = parseZoneFile(zoneText, { origin: apex });
  if (errors.length > 0) throw new Error(errors[0]?.message);
  const names = new Map<string, Name>();
  for (const { name } of records) {
    for (let each: Name | undefined = name; each?.isSubdomainOf(apex); each = each.parent()) {
      names.set(each.key, each);
      for (const label of ["below", "*", "a.b.below"]) {
        const child = Name.parse(label, each);
        if (child.ok) names.set(child.value.key, child.value);
      }
    }
  }
  return [...names.values()];
}

async function differences(ask: typeof askUdp): Promise<string[]> {
  const found: string[] = [];
  for (const name of questions()) {
    for (const type of types) {
      const number = type.startsWith("TYPE") ? Number(type.slice(4)) : RrType[type as keyof typeof RrType];
      const [ours, theirs] = await Promise.all([
        ask(platform.address("127.53.2.1"), name, number),
        ask(nsdAddress, name, number),
      ]);
      const [a, b] = [comparable(ours), comparable(theirs)];
      // Where a referral or an answer does not fit, how much of it is left is the server's choice.
      if (a.tc && b.tc) continue;
      if (JSON.stringify(a) !== JSON.stringify(b))
        found.push(
          `${name.toString()} ${type}:\n  ours   ${JSON.stringify(a)}\n  theirs ${JSON.stringify(b)}`,
        );
    }
  }
  return found;
}

test("answers over UDP equal NSD's", async () => {
  expect(await differences(askUdp)).toEqual([]);
});

test("answers over TCP equal NSD's", async () => {
  expect(await differences(askTcp)).toEqual([]);
});

test("a planted difference is found", async () => {
  await stopNsd();
  nsd = await startNsd(zoneText.replace("192.0.2.5", "192.0.2.55"));
  const found = await differences(askUdp);
  expect(found.length).toBeGreaterThan(0);
  expect(found.every((line) => line.startsWith("deep.ent.wild.corners.test."))).toBe(true);
});
