// Signed zones are answered as NSD answers them, with DO and without: rcode, AA, answer and authority with every RRSIG, NSEC and NSEC3,
// for every name of a zone and the names around it. Zones are signed with NSEC, with NSEC3, and with NSEC3 and opt-out; the first by hand, the others random.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AnswerEngine } from "#answer";
import {
  algorithmOf,
  type Denial,
  DenialProof,
  flatten,
  generateKey,
  hashedLabel,
  signZone,
  tableRrsets,
} from "#dnssec";
import { anyZoneText, apex, head, rrsets } from "#dnssec/testing";
import { endpoint } from "#engine";
import { freePort } from "#runtime/testing";
import {
  decodeMessage,
  formatRdata,
  formatZoneFile,
  type Message,
  type Name,
  Name as Names,
  type ResourceRecord,
  RrType,
  typeName,
} from "#wire";
import { groupRecords, replaceZone, toRecords, ZoneImage } from "#zone";
import { askTcp, queryFor, startNsd, stopNsd, writeNsdConfig } from "./nsd.ts";
import { runSeed } from "../seed.ts";

const address = "127.0.0.1";
const types = [
  RrType.A,
  RrType.NS,
  RrType.DS,
  RrType.TXT,
  RrType.SOA,
  RrType.DNSKEY,
  RrType.NSEC,
  RrType.DNAME,
];
let folder = "";
/** NSD listens on one after the other: a process of the one before that is slow to end is not asked. */
let ports: number[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fl-signed-"));
  ports = [await freePort(address), await freePort(address)];
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const now = Math.floor(Date.now() / 1000);
const algorithm = algorithmOf(13);
if (!algorithm) throw new Error("no algorithm 13");
const key = generateKey(algorithm, true);

/** What differs between our answers for a signed zone and NSD's. @param spoil  what becomes of ours first */
async function differences(
  text: string,
  denial: Denial,
  spoil: (message: Message) => Message = (message) => message,
): Promise<string[]> {
  const zone = signZone(apex, rrsets(text), {
    keys: [key],
    denial,
    dnskeyTtl: 3600,
    inception: now - 3600,
    expiration: now + 86_400,
  });
  const image = new ZoneImage(2 ** 24);
  image.apply(replaceZone(apex, ["signed"], tableRrsets(zone)));
  const engine = new AnswerEngine({
    zones: image,
    group: "signed",
    hop: "name-servers",
    hashName: hashedLabel,
  });
  // What lies below a DNAME is not there (RFC 6672 section 2.4); NSD loads no zone that has something there.
  const dnames = rrsets(text).filter(({ type }) => type === RrType.DNAME);
  const records = toRecords(flatten(zone)).filter(({ name }) =>
    dnames.every(({ owner }) => owner.equals(name) || !name.isSubdomainOf(owner)),
  );
  const port = ports.reverse()[0] ?? 0;
  writeFileSync(join(folder, "signed.zone"), formatZoneFile(records, { origin: apex }));
  const config = writeNsdConfig(folder, {
    addresses: [address],
    port,
    zone: "shop.test",
    zoneFile: "signed.zone",
    server: ["minimal-responses: no", "rrl-ratelimit: 0"],
  });
  const nsd = await startNsd(config, { address, port, apex });
  try {
    const found: string[] = [];
    for (const name of questions(text)) {
      for (const type of types) {
        for (const isDnssecOk of [true, false]) {
          const query = queryFor(name, type, isDnssecOk);
          const theirs = await askTcp({ address, port }, query);
          const ours = spoil(answer(engine, query));
          const [mine, judged] = [comparable(ours), comparable(theirs)];
          if (mine.join("\n") !== judged.join("\n") && !isExplained(name, type, ours, theirs))
            found.push(
              `${name.toString()} ${typeName(type)} ${isDnssecOk ? "DO" : ""}\n  ours   ${mine.join("\n         ")}\n  theirs ${judged.join("\n         ")}`,
            );
        }
      }
    }
    return found;
  } finally {
    await stopNsd(nsd);
  }
}

function answer(engine: AnswerEngine, query: Uint8Array): Message {
  const output = new Uint8Array(65_535);
  const from = endpoint("192.0.2.1", 40_000);
  const to = endpoint("192.0.2.53", 53);
  const at = { monotonic: 0, wall: 0 };
  const length = engine.answer(query, 0, query.length, from, to, output, 0, at, "tcp");
  const message = decodeMessage(output, length);
  if (!message.ok) throw new Error(JSON.stringify(message.failure));
  return message.value;
}

/** Every owner of the zone, every name above one, and names beside and below each of them. */
function questions(text: string): Name[] {
  const names = new Map<string, Name>();
  for (const { owner } of rrsets(text)) {
    for (let each: Name | undefined = owner; each?.isSubdomainOf(apex); each = each.parent()) {
      names.set(each.key, each);
      for (const label of ["below", "*", "a.b.below"]) {
        const child = Names.parse(label, each);
        if (child.ok) names.set(child.value.key, child.value);
      }
    }
  }
  return [...names.values()];
}

/** Names without case, records in any order; the apex NS beside an answer are the server's choice. */
function comparable({ rcode, flags, answer: answers, authority }: Message): string[] {
  const isApexNs = ({ type, name, rdata }: ResourceRecord): boolean =>
    name.equals(apex) && (type === RrType.NS || (type === RrType.RRSIG && rdata[1] === RrType.NS));
  const lines = (records: readonly ResourceRecord[]): string[] =>
    records
      .map(({ name, type, ttl, rdata }) =>
        `${name.toString()} ${ttl} ${typeName(type)} ${formatRdata(type, rdata)}`.toLowerCase(),
      )
      .sort();
  return [
    `rcode ${rcode}${flags.aa ? " aa" : ""}`,
    ...lines(answers).map((line) => `answer ${line}`),
    ...lines(authority.filter((record) => !isApexNs(record))).map((line) => `authority ${line}`),
  ];
}

/** Whether a record is of a proof: NSEC, NSEC3, and what signs them. */
function isOfProof({ type, rdata }: ResourceRecord): boolean {
  const covered = type === RrType.RRSIG ? ((rdata[0] ?? 0) << 8) | (rdata[1] ?? 0) : type;
  return covered === RrType.NSEC || covered === RrType.NSEC3;
}

/**
 * Whether two answers differ in their proofs alone, and NSD's is the odd one: ours proves what is answered, and NSD has all of it and records
 * that nothing needs, or lacks one without which nothing is proven. NSD takes the record of a name that sorts before a wildcard for the one
 * that covers it (RFC 4035 section 3.1.3.2), proves the encloser of a wildcard that is asked for by its own name (RFC 5155 section 7.2.3 wants
 * the matching record alone), and leaves the closest encloser's record out where a wildcard has names below it (section 7.2.5).
 */
function isExplained(name: Name, type: number, ours: Message, theirs: Message): boolean {
  const rest = (message: Message): string =>
    comparable({ ...message, authority: message.authority.filter((record) => !isOfProof(record)) }).join(
      "\n",
    );
  const judged = new Set(comparable(theirs));
  return (
    rest(ours) === rest(theirs) &&
    isProven(name, type, ours) &&
    (comparable(ours).every((line) => judged.has(line)) || !isProven(name, type, theirs))
  );
}

/** Whether an answer proves what it denies: as a resolver reads it, for each wildcard that answers and for what is not there at its end. */
function isProven(asked: Name, type: number, { rcode, answer: answers, authority }: Message): boolean {
  const proof = new DenialProof(
    apex,
    groupRecords(authority.filter(({ type: one }) => one !== RrType.RRSIG)),
  );
  const holds = (said: string): boolean => said !== "unproven";
  for (const { name, type: one, rdata } of answers) {
    const labels = rdata[3] ?? 0;
    if (one !== RrType.RRSIG || name.isWildcard || labels >= name.labelCount) continue;
    let encloser = name;
    while (encloser.labelCount > labels) encloser = encloser.parent() ?? Names.root;
    if (!holds(proof.wildcard(name, encloser))) return false;
  }
  let last = asked;
  for (const { name, type: one, rdata } of answers)
    if (one === RrType.CNAME && name.equals(last)) last = Names.fromOctets(rdata) ?? last;
  if (rcode === 3) return holds(proof.nxdomain(last));
  if (authority.some(({ type: one }) => one === RrType.SOA)) return holds(proof.nodata(last, type));
  const cut = authority.find(({ name, type: one }) => one === RrType.NS && !name.equals(apex));
  const isSecure = authority.some(({ type: one }) => one === RrType.DS);
  return cut === undefined || isSecure || proof.cut(cut.name) === "insecure";
}

const denials: Readonly<Record<string, Denial>> = {
  NSEC: { kind: "nsec" },
  NSEC3: { kind: "nsec3", iterations: 0, salt: new Uint8Array(0), hasOptOut: false },
  "NSEC3 with opt-out": { kind: "nsec3", iterations: 0, salt: new Uint8Array(0), hasOptOut: true },
  "NSEC3 with salt and rounds": {
    kind: "nsec3",
    iterations: 5,
    salt: Uint8Array.of(0xab, 0xcd),
    hasOptOut: false,
  },
};

const corners = `${head}www A 192.0.2.3
a.b.c TXT "deep"
*.wild TXT "w"
x.wild A 192.0.2.8
sub NS ns.sub
ns.sub A 192.0.2.9
sec NS ns1
sec DS 12345 13 2 0123456789012345678901234567890123456789012345678901234567890123
deep.cut NS ns.elsewhere.test.
d DNAME other.test.
alias CNAME www
*.far CNAME x.y.wild
`;

test.each(Object.entries(denials))("%s: corners", async (_, denial) => {
  expect(await differences(corners, denial)).toEqual([]);
});

test.each(Object.entries(denials))("%s: a proof that is missing is found out", async (_, denial) => {
  const isProof = ({ type }: ResourceRecord): boolean => type === RrType.NSEC || type === RrType.NSEC3;
  const found = await differences(corners, denial, (message) => {
    const last = message.authority.findLast(isProof);
    return { ...message, authority: message.authority.filter((record) => record !== last) };
  });
  expect(found.length).toBeGreaterThan(100);
});

/** FAIRLEAD_ROUNDS=N compares as many random zones, FAIRLEAD_SEED=N repeats those of an earlier run. */
const rounds = Number(process.env["FAIRLEAD_ROUNDS"] ?? 6);

test(
  "random zones",
  async () => {
    process.stdout.write(`signed zones: FAIRLEAD_SEED=${runSeed}\n`);
    await fc.assert(
      fc.asyncProperty(anyZoneText, fc.constantFrom(...Object.values(denials)), async (text, denial) => {
        expect(await differences(text, denial)).toEqual([]);
      }),
      { seed: runSeed, numRuns: rounds, endOnFailure: true },
    );
  },
  240_000 + rounds * 15_000,
);
