// Imported zones are answered as NSD answers them: rcode, AA, answer and authority, over UDP and TCP, for every name of the zone and the
// names around it, by many types. The apex SOA and NS are the platform's own and are left out. A difference planted in NSD's copy is found.

import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { formatRdata, Name, parseZoneFile, RrType, typeName, type Message, type ResourceRecord } from "#wire";
import { startPlatform, type Platform } from "./harness.ts";
import { askTcp, askUdp, queryFor, startNsd, stopNsd, writeNsdConfig } from "./nsd.ts";

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
  nsd = await serveByNsd(zoneText);
});

afterAll(async () => {
  await stopNsd(nsd);
  await platform?.remove();
  rmSync(folder, { recursive: true, force: true });
});

function parseName(text: string): Name {
  const parsed = Name.parse(text, Name.root);
  if (!parsed.ok) throw new Error(`${text} is no name`);
  return parsed.value;
}

/** Starts NSD with the zone as given. */
async function serveByNsd(text: string): Promise<ChildProcess> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "nsd.zone"), text);
  const config = writeNsdConfig(folder, {
    addresses: [nsdAddress],
    port: platform.port(5301),
    zone: "corners.test",
    zoneFile: "nsd.zone",
    server: ["minimal-responses: no", "rrl-ratelimit: 0"],
  });
  return startNsd(config, { address: nsdAddress, port: platform.port(5301), apex });
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
  const port = platform.port(5301);
  for (const name of questions()) {
    for (const type of types) {
      const number = type.startsWith("TYPE") ? Number(type.slice(4)) : RrType[type as keyof typeof RrType];
      const [ours, theirs] = await Promise.all([
        ask({ address: platform.address("127.53.2.1"), port }, queryFor(name, number)),
        ask({ address: nsdAddress, port }, queryFor(name, number)),
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
  await stopNsd(nsd);
  // A process of the one before that is slow to end is not asked.
  nsdAddress = platform.address("127.53.77.2");
  nsd = await serveByNsd(zoneText.replace("192.0.2.5", "192.0.2.55"));
  const found = await differences(askUdp);
  expect(found.length).toBeGreaterThan(0);
  expect(found.every((line) => line.startsWith("deep.ent.wild.corners.test."))).toBe(true);
});
