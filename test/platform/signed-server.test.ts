// A stand-alone name server that signs its zones: a random series of updates by nsupdate, after which verifiers of others find the zone whole, and Knot, which
// took every version over by differences, has the same; a start that makes no signature; compact denial that delv believes. Seeds are printed:
// FAIRLEAD_SEED=N repeats a series, FAIRLEAD_ROUNDS=N runs as many.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { claimNetwork } from "#runtime/testing";
import { root, run } from "./harness.ts";
import {
  freePort,
  type PeerServer,
  type Place,
  serialAt,
  startKnot,
  startOurs,
  startProgram,
  until,
} from "./transfer-peers.ts";
import { judge } from "./zone-judges.ts";
import { seedsOfRounds } from "../seed.ts";

const zone = "example.test";
const secret = "q0c3Fk5WyGyJYl3GmsAL8AE1P2OdRkMVEFQTVIGIcm0=";
const signature = `hmac-sha256:transfer:${secret}`;
const head = `$TTL 300
@ SOA ns1 host 7 3600 2 86400 60
@ NS ns1
ns1 A 192.0.2.1
*.wild TXT "any"
a.b.c A 192.0.2.2
cut NS ns.cut
ns.cut A 192.0.2.53
lit NS ns1
lit DS 12345 13 2 00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF
`;

const { network } = await claimNetwork();
let folder: string;
let running: PeerServer[];
let ours: Place;
let theirs: Place;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "fl-signed-"));
  running = [];
  ours = { address: `127.${network}.0.1`, port: await freePort(`127.${network}.0.1`) };
  theirs = { address: `127.${network}.0.2`, port: await freePort(`127.${network}.0.2`) };
});
afterEach(async () => {
  await Promise.all(running.map((server) => server.stop()));
  rmSync(folder, { recursive: true, force: true });
});

const key = { name: "transfer", algorithm: "hmac-sha256", secret };

/** Starts ours with the zone signed. */
async function start(...words: string[]): Promise<PeerServer> {
  const keys = join(folder, "zone-keys");
  writeFileSync(join(folder, "made.zone"), `$ORIGIN ${zone}.\n${head}`);
  run(join(root, "bin", "fairlead"), [
    "zone",
    "sign",
    join(folder, "made.zone"),
    "--keys",
    keys,
    "--out",
    join(folder, "x"),
  ]);
  const setup = { folder, at: ours, other: theirs, zones: [{ name: zone, text: head }], key };
  const server = startOurs(setup, [
    "--sign",
    `${zone}=${keys}`,
    "--folder",
    join(folder, "kept"),
    "--allow-update",
    `${zone}=key:transfer`,
    ...words,
  ]);
  running.push(server);
  await until(async () => (await serialAt(ours, zone)) !== undefined, "ours answers", running);
  return server;
}

const dig = (at: Place, ...words: string[]): string[] =>
  spawnSync("dig", [`@${at.address}`, "-p", String(at.port), "+time=20", ...words], {
    encoding: "utf8",
    maxBuffer: 1 << 26,
  })
    .stdout.split("\n")
    .map((line) => line.replaceAll(/\s+/g, " ").trim())
    .filter((line) => line !== "");

/** All records of the zone, in a file for the verifiers. */
function transferred(at: Place): string {
  const lines = dig(at, "-y", signature, "+onesoa", "+noall", "+answer", zone, "AXFR");
  const file = join(folder, "transferred");
  writeFileSync(file, lines.filter((line) => !line.includes(" TSIG ")).join("\n"));
  return file;
}

function update(...lines: string[]): string {
  const input = [
    `server ${ours.address} ${ours.port}`,
    `zone ${zone}`,
    "check-names no",
    ...lines,
    "send",
    "",
  ].join("\n");
  return run("nsupdate", ["-y", signature], { input }).stderr.trim();
}

const labels = ["x", "y.x", "z.y.x", "wild", "*.wild", "a", "b.c", "*.x", "d\\.t", "cut", "q.cut", "dn"];
const data = [
  "A 192.0.2.9",
  "AAAA 2001:db8::9",
  'TXT "t"',
  "MX 5 ns1.example.test.",
  "NS ns1.example.test.",
  "DNAME other.test.",
];

/** Data of a name: DNAME at one alone, no zone cut there or at a wildcard, since verifiers mind what does not go together too. */
const dataOf = (label: string): readonly string[] =>
  data.filter((each) => {
    if (each.startsWith("DNAME")) return label === "dn";
    return !each.startsWith("NS") || (label !== "dn" && !label.startsWith("*"));
  });

/** Lines of a random update: records that come, and RRsets and names that go. */
function randomLines(random: () => number): string[] {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  return Array.from({ length: 1 + Math.floor(random() * 4) }, () => {
    const label = pick(labels);
    const owner = `${label}.${zone}.`;
    const kind = random();
    if (kind < 0.6) return `update add ${owner} 300 ${pick(dataOf(label))}`;
    if (kind < 0.8) return `update delete ${owner} ${pick(dataOf(label)).split(" ")[0] ?? ""}`;
    return `update delete ${owner}`;
  });
}

/** Whether both answer, with the same version. */
async function isFollowed(): Promise<boolean> {
  const [own, other] = [await serialAt(ours, zone), await serialAt(theirs, zone)];
  return own !== undefined && own === other;
}

const series = seedsOfRounds(Number(process.env["FAIRLEAD_ROUNDS"] ?? 1)).flatMap((seed) =>
  ["nsec", "nsec3"].map((denial) => ({ denial, seed })),
);

test.each(series)(
  "$denial, seed $seed: after random updates the zone is whole, and so is Knot's copy",
  async ({ denial, seed }) => {
    process.stdout.write(`updates of a zone with ${denial}: FAIRLEAD_SEED=${seed}\n`);
    await start("--denial", denial);
    running.push(
      startKnot({ folder: join(folder, "knot"), at: theirs, other: ours, zones: [{ name: zone }], key }),
    );
    await until(isFollowed, "Knot has it", running);
    let state = seed;
    const random = (): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
      return state / 2 ** 31;
    };
    const sent: string[][] = [];
    for (let i = 0; i < 24; i++) {
      const lines = randomLines(random);
      sent.push(lines);
      expect([seed, lines, update(...lines)]).toEqual([seed, lines, ""]);
    }
    expect([seed, sent, judge(zone, transferred(ours))]).toEqual([seed, sent, []]);
    await until(isFollowed, "Knot follows", running);
    const own = readFileSync(transferred(ours), "utf8").split("\n").sort();
    expect(readFileSync(transferred(theirs), "utf8").split("\n").sort()).toEqual(own);
    // By differences, of which each has its signatures.
    expect(running[1]?.log()).toMatch(/IXFR, incoming/);
    const refused = update(`update add ${zone}. 300 DNSKEY 256 3 13 AAAA`);
    expect(refused).toContain("REFUSED");
    expect(update(`update delete ${zone}.`)).toBe("");
    expect(judge(zone, transferred(ours))).toEqual([]);
    // Stopped and started: every signature that was there is there.
    const before = readFileSync(transferred(ours), "utf8").split("\n").sort();
    await running[0]?.stop();
    running.shift();
    await start("--denial", denial);
    expect(readFileSync(transferred(ours), "utf8").split("\n").sort()).toEqual(before);
  },
);

test("a zone's file that is changed is signed as far as it differs, with a serial that has gone up", async () => {
  const server = await start();
  const soa = (): string | undefined => dig(ours, "+short", zone, "SOA")[0]?.split(" ")[2];
  const signatures = (name: string): string[] => dig(ours, "+short", "+dnssec", name, "A");
  const before = signatures(`a.b.c.${zone}`);
  expect(soa()).toBe("7");
  server.rewrite(zone, `${head.replace(" 7 3600", " 8 3600")}more A 192.0.2.77\n`);
  await until(async () => (await serialAt(ours, zone)) === 8, "the file was read", running);
  expect(signatures(`more.${zone}`)).toHaveLength(2);
  expect(signatures(`a.b.c.${zone}`)).toEqual(before);
  expect(judge(zone, transferred(ours))).toEqual([]);
});

test("compact denial: delv believes what is not there, and the zone is given to nobody", async () => {
  const keys = join(folder, "zone-keys");
  writeFileSync(join(folder, "alone.zone"), `$ORIGIN ${zone}.\n${head}`);
  run(join(root, "bin", "fairlead"), [
    "zone",
    "sign",
    join(folder, "alone.zone"),
    "--keys",
    keys,
    "--out",
    join(folder, "x"),
  ]);
  const words = [
    "name-server",
    "--zone",
    `${zone}=${join(folder, "alone.zone")}`,
    "--sign",
    `${zone}=${keys}`,
  ];
  const options = ["--denial", "compact", "--listen", `${ours.address}:${ours.port}`];
  const both = run(join(root, "bin", "fairlead"), [...words, ...options, "--allow-transfer", "any"]);
  expect([both.status, both.stderr]).toEqual([2, expect.stringContaining("cannot sign what they are asked")]);
  for (const driver of ["linux", "node"]) {
    const server = startProgram(join(root, "bin", "fairlead"), [...words, ...options, "--driver", driver]);
    running.push(server);
    await until(async () => (await serialAt(ours, zone)) !== undefined, "it answers", running);
    const [dnskey] = dig(ours, "+short", zone, "DNSKEY");
    const [flags, protocol, algorithm, ...publicKey] = dnskey?.split(" ") ?? [];
    const anchors = join(folder, "anchors");
    writeFileSync(
      anchors,
      `trust-anchors { "${zone}." static-key ${flags} ${protocol} ${algorithm} "${publicKey.join("")}"; };\n`,
    );
    for (const [name, type, said] of [
      ["nothing", "A", "; negative response, fully validated"],
      ["a.b.c", "MX", "; negative response, fully validated"],
      ["b.c", "A", "; negative response, fully validated"],
      ["at.wild", "TXT", "; fully validated"],
      ["a.b.c", "A", "; fully validated"],
    ]) {
      const { stdout, stderr } = run("delv", [
        `@${ours.address}`,
        "-p",
        String(ours.port),
        "-a",
        anchors,
        `+root=${zone}`,
        `${name}.${zone}`,
        type ?? "A",
      ]);
      expect([driver, name, `${stdout}\n${stderr}`]).toEqual([
        driver,
        name,
        expect.stringContaining(said ?? ""),
      ]);
    }
    await server.stop();
    running.pop();
  }
});
