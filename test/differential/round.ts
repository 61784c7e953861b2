// One round of the differential test: random zones, signed in different ways, given to all servers; random queries, asked of all of them; what differs. Everything
// follows from the round's seed, but for keys and so signatures.

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import {
  algorithmOf,
  dsOf,
  formatPrivateKey,
  flatten,
  generateKey,
  keyFileName,
  type SigningKey,
  signZone,
} from "#dnssec";
import type { Random } from "#engine";
import { SeededRandom } from "#reactor";
import { formatRdata, formatZoneFile, Name, parseZoneFile, RrType } from "#wire";
import { groupRecords, toRecords } from "#zone";
import { Asker } from "./asker.ts";
import { compare, majorityOn, type Parts, readResponse, type Response, type Verdict } from "./comparison.ts";
import { reasonOf } from "./reasons.ts";
import { encodeRandomQuery, formatRandomQuery, makeRandomQuery, type RandomQuery } from "./random-queries.ts";
import { happens, makeRandomZone, pick, type RandomZone } from "./random-zone.ts";
import { type RunningServer, type ServedFile, startServers } from "./servers.ts";

/** How a zone of a round is signed. */
type Signing =
  | { readonly denial: "none" }
  | { readonly denial: "nsec"; readonly signer: "ours" | "dnssec-signzone" }
  | {
      readonly denial: "nsec3";
      readonly signer: "ours" | "dnssec-signzone";
      readonly iterations: number;
      readonly salt: string;
      readonly hasOptOut: boolean;
    };

/** A zone of a round. */
export interface RoundZone extends RandomZone {
  readonly served: ServedFile;
  readonly signing: Signing;
}

/** A difference: the zone, the query, and each part that is not as most judges have it. */
export interface Difference {
  readonly zone: RoundZone;
  readonly query: RandomQuery;
  readonly server: string;
  readonly ours: Response | string;
  readonly judged: ReadonlyMap<string, Response>;
  readonly verdicts: readonly Verdict[];
}

/** What a round came to. */
export interface RoundResult {
  readonly queries: number;
  /** Queries on which all judges agreed in all parts. */
  readonly unanimous: number;
  readonly differences: readonly Difference[];
  /** How often there was a majority on a part, and how often there was none. */
  readonly decided: Readonly<Record<string, readonly [number, number]>>;
  /** Parts of differences that a recorded reason explains, by its name. */
  readonly explained: Readonly<Record<string, number>>;
  /** Zones that a judge did not take, with its name. */
  readonly refused: readonly string[];
  /** Queries that a judge did not answer, though it ran. */
  readonly unanswered: number;
  /** Judges that ended by themselves, with what they printed last. */
  readonly ended: readonly string[];
}

const base = mustName("test.");

function mustName(text: string): Name {
  const parsed = Name.parse(text);
  if (!parsed.ok) throw new Error(`Cannot read name "${text}"`);
  return parsed.value;
}

function anyApex(random: Random, index: number): Name {
  const own = base.prepend(Buffer.from(`${pick(random, ["r", "R", "zone-"])}${index}`)) ?? base;
  if (!happens(random, 15)) return own;
  // Long enough for names of 255 octets a label or two below it; a hashed name still fits.
  let long = own;
  for (let i = 0; i < 2; i++) long = long.prepend(new Uint8Array(63).fill(0x78 + i)) ?? long;
  return long;
}

function anySigning(random: Random, { nodes }: RandomZone): Signing {
  // With NSEC3 dnssec-signzone and NSD put an asterisk before each name, and end where that is too long.
  const isLong = [...nodes.values()].some(({ name }) => name.octets.length > 253);
  const signer = happens(random, 50) ? "ours" : "dnssec-signzone";
  switch (random.integer(isLong ? 2 : 4)) {
    case 0:
      return { denial: "none" };
    case 1:
      return { denial: "nsec", signer };
    default:
      return {
        denial: "nsec3",
        signer,
        iterations: pick(random, [0, 0, 1, 5]),
        salt: pick(random, ["", "", "abcd"]),
        hasOptOut: happens(random, 50),
      };
  }
}

const p256 = algorithmOf(13);

function newKey(): SigningKey {
  if (!p256) throw new Error("There is no algorithm 13");
  return generateKey(p256, true);
}

/** Makes the zones of a round, with their files in a folder. Every third is delegated by the one after it, and served beside it. */
export function makeZones(random: Random, folder: string, count: number): RoundZone[] {
  mkdirSync(folder, { recursive: true });
  const zones: RoundZone[] = [];
  let child: { apex: Name; ds: string[] } | undefined;
  let parent: Name | undefined;
  for (let i = 0; i < count; i++) {
    const isChild = i % 3 === 0 && i + 1 < count;
    const apex: Name = parent ?? anyApex(random, i);
    const own: Name = isChild ? (apex.prepend(Buffer.from("kid")) ?? apex) : apex;
    const zone = makeRandomZone(random, own, isChild ? "child" : (child ?? "alone"));
    const signing = anySigning(random, zone);
    const key = newKey();
    const file = join(folder, `${i}.zone`);
    writeFileSync(file, `${zone.lines.join("\n")}\n`);
    sign(file, own, key, signing);
    const parameters =
      signing.denial === "nsec3"
        ? `1 0 ${signing.iterations} ${signing.salt === "" ? "-" : signing.salt}`
        : undefined;
    zones.push({
      ...zone,
      signing,
      served: { apex: own.toString(), file, denial: signing.denial, ...(parameters ? { parameters } : {}) },
    });
    const isVouchedFor = signing.denial !== "none" && happens(random, 70);
    child = isChild
      ? { apex: own, ds: isVouchedFor ? [formatRdata(RrType.DS, dsOf(own, key))] : [] }
      : undefined;
    parent = isChild ? apex : undefined;
  }
  return zones;
}

function sign(file: string, apex: Name, key: SigningKey, signing: Signing): void {
  if (signing.denial === "none") return;
  const now = Math.floor(Date.now() / 1000);
  if (signing.signer === "ours") {
    const { records, errors } = parseZoneFile(readFileSync(file, "latin1"), { origin: apex });
    if (errors[0]) throw new Error(errors[0].message);
    const signed = signZone(apex, groupRecords(records), {
      keys: [key],
      denial:
        signing.denial === "nsec"
          ? { kind: "nsec" }
          : {
              kind: "nsec3",
              iterations: signing.iterations,
              salt: Buffer.from(signing.salt, "hex"),
              hasOptOut: signing.hasOptOut,
            },
      dnskeyTtl: 3600,
      inception: now - 3600,
      expiration: now + 86_400,
    });
    writeFileSync(file, formatZoneFile(toRecords(flatten(signed))));
    return;
  }
  const keys = join(file, "..", "keys");
  mkdirSync(keys, { recursive: true });
  const name = keyFileName(apex, key);
  const texts = formatPrivateKey(apex, key, 3600);
  writeFileSync(join(keys, `${name}.key`), texts.key);
  writeFileSync(join(keys, `${name}.private`), texts.private);
  writeFileSync(file, `${readFileSync(file, "latin1")}${texts.key}`);
  const chain =
    signing.denial === "nsec"
      ? []
      : [
          "-3",
          signing.salt === "" ? "-" : signing.salt,
          "-H",
          String(signing.iterations),
          ...(signing.hasOptOut ? ["-A"] : []),
        ];
  const { status, stderr } = spawnSync(
    "dnssec-signzone",
    [
      "-P",
      "-z",
      "-e",
      "now+2147483647",
      ...chain,
      "-o",
      apex.toString(),
      "-f",
      `${file}.signed`,
      file,
      join(keys, name),
    ],
    { encoding: "utf8", cwd: keys },
  );
  if (status !== 0) throw new Error(`dnssec-signzone of ${file}: ${stderr}`);
  // Written again by us, names in full: the others do not read each other's odd names, and PowerDNS no relative ones in an RRSIG.
  const signed = parseZoneFile(readFileSync(`${file}.signed`, "latin1"), { origin: apex });
  if (signed.errors[0]) throw new Error(signed.errors[0].message);
  writeFileSync(file, formatZoneFile(signed.records));
}

/** What a round is. */
export interface RoundOptions {
  readonly seed: number;
  readonly folder: string;
  readonly zones: number;
  /** For each zone. */
  readonly queries: number;
  /** Changes the zones that ours is given, to see that a difference is found. */
  readonly spoil?: (text: string) => string;
}

/** Runs a round. */
export async function runRound({
  seed,
  folder,
  zones: count,
  queries,
  spoil,
}: RoundOptions): Promise<RoundResult> {
  const random = new SeededRandom(seed);
  const zones = makeZones(random, join(folder, "zones"), count);
  const files = zones.map(({ served }) => served);
  const { judges, ours } = await startServers(folder, files, spoil ? spoiled(files, spoil) : files);
  const askers = new Map<string, Asker>();
  try {
    for (const server of [...judges, ...ours]) askers.set(server.name, await Asker.open(server));
    const refused = await untilServed(zones, judges, ours, askers);
    return await askAll(random, zones, queries, judges, ours, askers, refused);
  } finally {
    for (const asker of askers.values()) asker.close();
    await Promise.all([...judges, ...ours].map((server) => server.stop()));
  }
}

function spoiled(files: readonly ServedFile[], spoil: (text: string) => string): ServedFile[] {
  return files.map((served) => {
    const file = `${served.file}.spoiled`;
    writeFileSync(file, spoil(readFileSync(served.file, "latin1")), "latin1");
    return { ...served, file };
  });
}

/** Milliseconds that a server may take to begin, on a busy machine; and to read a zone once it answers. */
const startMs = 90_000;
const readMs = 60_000;

/** Waits until every server answers for every zone with authority. A judge that does not take a zone is left out there. */
async function untilServed(
  zones: readonly RoundZone[],
  judges: readonly RunningServer[],
  ours: readonly RunningServer[],
  askers: ReadonlyMap<string, Asker>,
): Promise<Set<string>> {
  const refused = new Set<string>();
  for (const server of [...ours, ...judges]) {
    for (const zone of zones) {
      const query: RandomQuery = {
        name: zone.apex,
        type: RrType.SOA,
        transport: "udp",
        flags: { rd: false, ad: false, cd: false },
      };
      let isServed = false;
      let answeredAt: number | undefined;
      for (const deadline = performance.now() + startMs; performance.now() < deadline && !isServed;) {
        if (server.hasEnded()) throw new Error(`${server.name} has ended:\n${server.log()}`);
        const octets = await askers.get(server.name)?.ask(encodeRandomQuery(query, 1), "udp");
        const response = octets && readResponse(octets, []);
        if (typeof response === "object" && response.message.rcode === 0 && response.message.flags.aa)
          isServed = true;
        else {
          // It answers, and not for this zone: it may still be reading it, but not for ever.
          if (octets !== undefined) answeredAt ??= performance.now();
          if (answeredAt !== undefined && performance.now() - answeredAt > readMs) break;
          await wait(50);
        }
      }
      if (isServed) continue;
      if (ours.includes(server))
        throw new Error(`${server.name} does not serve ${zone.apex.toString()}:\n${server.log()}`);
      refused.add(`${server.name} ${zone.apex.key}`);
    }
  }
  return refused;
}

async function askAll(
  random: Random,
  zones: readonly RoundZone[],
  count: number,
  judges: readonly RunningServer[],
  ours: readonly RunningServer[],
  askers: ReadonlyMap<string, Asker>,
  refused: ReadonlySet<string>,
): Promise<RoundResult> {
  const apexes = zones.map(({ apex }) => apex);
  const differences: Difference[] = [];
  const under: Promise<void>[] = [];
  let unanswered = 0;
  let unanimous = 0;
  const decided: Record<string, [number, number]> = {};
  const askOne = async (
    server: RunningServer,
    query: RandomQuery,
    transport = query.transport,
  ): Promise<Response | string> => {
    const octets = await askers.get(server.name)?.ask(encodeRandomQuery(query, 1), transport);
    return octets === undefined ? "no answer" : readResponse(octets, apexes);
  };
  const judge = async (zone: RoundZone, query: RandomQuery): Promise<void> => {
    const asked = judges.filter(({ name }) => !refused.has(`${name} ${zone.apex.key}`));
    const ask = async (transport: "udp" | "tcp"): Promise<[Map<string, Response>, (Response | string)[]]> => {
      const [theirs, mine] = await Promise.all([
        Promise.all(asked.map((server) => askOne(server, query, transport))),
        Promise.all(ours.map((server) => askOne(server, query, transport))),
      ]);
      const judged = new Map<string, Response>();
      for (const [i, response] of theirs.entries()) {
        if (typeof response === "string") unanswered += asked[i]?.hasEnded() ? 0 : 1;
        else judged.set(asked[i]?.name ?? "", response);
      }
      return [judged, mine];
    };
    let [judged, mine] = await ask(query.transport);
    let parts: readonly (keyof Parts)[] = partsToCompare(query);
    if (
      query.transport === "udp" &&
      [...judged.values(), ...mine].some((r) => typeof r === "object" && r.message.flags.tc)
    ) {
      // What does not fit is seen over TCP; when ours says that it does not, it must be so.
      const limit = Math.min(1232, Math.max(512, query.edns?.size ?? 512));
      const [whole, mineWhole] = await ask("tcp");
      for (const [i, server] of ours.entries()) {
        const response = mine[i];
        const full = mineWhole[i];
        if (typeof response !== "object" || typeof full !== "object") continue;
        if (response.octets > limit || (response.message.flags.tc && full.octets <= limit))
          differences.push({
            zone,
            query,
            server: server.name,
            ours: response,
            judged,
            verdicts: [
              {
                part: "flags",
                ours: `TC ${response.message.flags.tc}, ${response.octets} octets, ${full.octets} over TCP`,
                majority: `at most ${limit} octets, TC where it does not fit`,
                dissenters: [],
              },
            ],
          });
      }
      [judged, mine] = [whole, mineWhole];
      parts = parts.filter((part) => part !== "question");
    }
    if (judged.size < 3) return;
    for (const part of parts) {
      const counts = (decided[part] ??= [0, 0]);
      counts[majorityOn(part, judged).isClear ? 0 : 1]++;
    }
    for (const [i, server] of ours.entries()) {
      const response = mine[i] ?? "no answer";
      if (typeof response === "string") {
        differences.push({ zone, query, server: server.name, ours: response, judged, verdicts: [] });
        continue;
      }
      const verdicts = compare(response, judged, parts);
      if (verdicts.length > 0)
        differences.push({ zone, query, server: server.name, ours: response, judged, verdicts });
    }
    const texts = new Set(
      [...judged.values()].map((response) => parts.map((part) => response.parts[part]).join("\n\n")),
    );
    if (texts.size === 1) unanimous++;
  };
  for (let i = 0; i < count; i++)
    for (const zone of zones) under.push(judge(zone, makeRandomQuery(random, zone)));
  await Promise.all(under);
  const explained: Record<string, number> = {};
  const unexplained = differences.flatMap((difference) => {
    const verdicts = difference.verdicts.filter((verdict) => {
      const reason = reasonOf(difference, verdict, apexes);
      if (reason) explained[reason.name] = (explained[reason.name] ?? 0) + 1;
      return !reason;
    });
    return verdicts.length > 0 || typeof difference.ours === "string" ? [{ ...difference, verdicts }] : [];
  });
  return {
    queries: under.length,
    unanimous,
    differences: unexplained,
    decided,
    explained,
    refused: [...refused],
    unanswered,
    ended: judges
      .filter((server) => server.hasEnded())
      .map((server) => `${server.name}: ${server.log().slice(-2000)}`),
  };
}

/** ANY is answered by everybody in a way of their own (RFC 8482). What is left out of the additional section for want of room depends on compression. */
function partsToCompare({ type, transport }: RandomQuery): readonly (keyof Parts)[] {
  if (type === RrType.ANY || type === RrType.RRSIG) return ["rcode", "flags", "question", "edns"];
  const additional: (keyof Parts)[] = transport === "tcp" ? ["additional"] : [];
  return ["rcode", "flags", "question", "answer", "authority", "edns", ...additional];
}

/** A difference, for people. */
export function formatDifference({ zone, query, server, ours, judged, verdicts }: Difference): string {
  const { signing } = zone;
  const lines = [
    `${formatRandomQuery(query)}   # ${zone.apex.toString()}, ${JSON.stringify(signing)}, ${server}`,
  ];
  if (typeof ours === "string") lines.push(`  ours: ${ours}`);
  for (const { part, ours: mine, majority, dissenters } of verdicts)
    lines.push(
      `  ${part}${dissenters.length > 0 ? ` (not ${dissenters.join()})` : ""}`,
      indent("ours", mine),
      indent("most", majority),
    );
  if (verdicts.length > 0 && verdicts.every(({ part }) => part !== "answer")) {
    const [first] = judged.values();
    if (first) lines.push(indent("answer of the first", first.parts.answer));
  }
  return lines.join("\n");
}

function indent(title: string, text: string): string {
  return text
    .split("\n")
    .map((line, i) => `    ${i === 0 ? title.padEnd(5) : "     "} ${line}`)
    .join("\n");
}
