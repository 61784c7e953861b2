// Differences of zones outlive a name server that is killed: a secondary that was there before gets an IXFR after the restart, and not the whole zone. Our own
// server and NSD's as the secondary, zones that UPDATE changes and zones that come from a primary; and a journal that was torn.

import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { claimNetwork } from "#runtime/testing";
import { root } from "./harness.ts";
import { freePort, type PeerServer, type Place, serialAt, startNsd } from "./transfer-peers.ts";

const secret = "q0c3Fk5WyGyJYl3GmsAL8AE1P2OdRkMVEFQTVIGIcm0=";
const zone = "example.test";

const { network } = await claimNetwork();
let folder: string;
let children: ChildProcess[];
let peers: PeerServer[];
let ours: Place;
let theirs: Place;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "fl-journal-"));
  children = [];
  peers = [];
  ours = { address: `127.${network}.0.1`, port: await freePort(`127.${network}.0.1`) };
  theirs = { address: `127.${network}.0.2`, port: await freePort(`127.${network}.0.2`) };
  writeFileSync(join(folder, "keys"), `hmac-sha256:transfer:${secret}\n`);
  const hosts = Array.from({ length: 500 }, (_, i) => `host${i} A 192.0.2.${i % 250}`).join("\n");
  writeFileSync(
    join(folder, "zone"),
    `$TTL 60\n@ SOA ns host 100 3600 600 86400 60\n@ NS ns\nns A 192.0.2.1\n${hosts}\n`,
  );
});

afterEach(async () => {
  await Promise.all(peers.map((peer) => peer.stop()));
  for (const child of children) await end(child, "SIGTERM");
  rmSync(folder, { recursive: true, force: true });
});

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await ended;
}

async function until(holds: () => boolean | Promise<boolean>, limitMs: number = 120_000): Promise<void> {
  for (const deadline = performance.now() + limitMs; performance.now() < deadline; await wait(50))
    if (await holds()) return;
  throw new Error(`In vain, waiting until ${holds.toString()}`);
}

/** Our name server; a second start goes on with what the first has kept. */
async function serve(
  at: Place,
  kept: string,
  ...words: string[]
): Promise<{ child: ChildProcess; log: () => string }> {
  const child = spawn(
    join(root, "node_modules", ".bin", "node"),
    [
      "--conditions=fairlead-source",
      "--disable-warning=ExperimentalWarning",
      join(root, "src", "cli", "main.ts"),
      "name-server",
      "--listen",
      `${at.address}:${at.port}`,
      "--tsig",
      "keys",
      "--folder",
      kept,
      "--allow-transfer",
      "any",
      ...words,
    ],
    { cwd: folder, stdio: ["ignore", "pipe", "pipe"] },
  );
  children.push(child);
  let printed = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (printed += text));
  await until(() => printed.includes("Answers on"));
  return { child, log: () => printed };
}

const primary = (...words: string[]): ReturnType<typeof serve> =>
  serve(ours, "kept", "--zone", `${zone}=zone`, "--allow-update", `${zone}=key:transfer`, ...words);

function update(at: Place, ...lines: string[]): void {
  const input = [
    `server ${at.address} ${at.port}`,
    `zone ${zone}`,
    `key hmac-sha256:transfer ${secret}`,
    ...lines,
    "send",
    "",
  ];
  const { status, stderr } = spawnSync("nsupdate", [], { input: input.join("\n"), encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
}

/** What a request for differences since a serial is answered with, record by record; an SOA stands as its serial. */
function differences(at: Place, serial: number): string[] {
  const words = [
    `@${at.address}`,
    "-p",
    String(at.port),
    "+noall",
    "+answer",
    "+tcp",
    zone,
    `IXFR=${serial}`,
  ];
  const { stdout } = spawnSync("dig", words, { encoding: "utf8" });
  return stdout
    .trim()
    .split("\n")
    .map((line) => line.split(/\s+/))
    .map(([name = "", , , type = "", ...data]) =>
      type === "SOA" ? `SOA ${data[2]}` : `${name} ${type} ${data.join(" ")}`,
    );
}

async function serialOf(at: Place): Promise<number> {
  return (await serialAt(at, zone)) ?? 0;
}

test("a zone that UPDATE changes: differences of before the kill are given after it, to dig and to NSD", async () => {
  const first = await primary();
  update(ours, "update add one.example.test 60 A 192.0.2.9");
  const middle = await serialOf(ours);
  const setup = {
    folder: join(folder, "nsd"),
    at: theirs,
    other: ours,
    zones: [{ name: zone }],
    key: { name: "transfer", algorithm: "hmac-sha256", secret },
  };
  peers.push(startNsd(setup));
  await until(async () => (await serialOf(theirs)) === middle);
  // Of what comes now NSD is not told before the server is another one.
  update(ours, "update add two.example.test 60 A 192.0.2.9", "update delete host7.example.test");
  const last = await serialOf(ours);
  await end(first.child, "SIGKILL");
  const second = await primary("--notify", `${theirs.address}:${theirs.port}#transfer`);
  expect(await serialOf(ours)).toBe(last);
  expect(differences(ours, middle)).toEqual([
    `SOA ${last}`,
    `SOA ${middle}`,
    "host7.example.test. A 192.0.2.7",
    `SOA ${last}`,
    "two.example.test. A 192.0.2.9",
    `SOA ${last}`,
  ]);
  expect(differences(ours, 100).length).toBeLessThan(10);
  await until(async () => (await serialOf(theirs)) === last);
  expect(second.log()).toMatch(/ixfr of example\.test\. from 127\.\d+\.0\.2 \(transfer\.\): NOERROR/);
  expect(second.log()).not.toMatch(/axfr of example\.test\./);
});

test("a file that is written anew and read on SIGHUP", async () => {
  const plain = (): ReturnType<typeof serve> => serve(ours, "kept", "--zone", `${zone}=zone`);
  const first = await plain();
  const path = join(folder, "zone");
  const text = readFileSync(path, "utf8");
  for (const serial of [101, 102]) {
    writeFileSync(path, `${text.replace("host 100", `host ${serial}`)}new${serial} A 192.0.2.1\n`);
    first.child.kill("SIGHUP");
    await until(async () => (await serialOf(ours)) === serial);
  }
  const before = differences(ours, 100);
  expect(before).toHaveLength(5);
  await end(first.child, "SIGKILL");
  const second = await plain();
  expect(differences(ours, 100)).toEqual(before);
  await end(second.child, "SIGKILL");
  // Written while nobody looked: what was between is not known, and the zone is given whole.
  writeFileSync(path, text.replace("host 100", "host 200"));
  await plain();
  expect(differences(ours, 100).length).toBeGreaterThan(500);
});

test("a zone that comes from a primary, and a journal that is torn", async () => {
  const first = await primary("--notify", `${theirs.address}:${theirs.port}`);
  const follow = (): ReturnType<typeof serve> =>
    serve(theirs, "followed", "--secondary", `${zone}=${ours.address}:${ours.port}`);
  const secondary = await follow();
  await until(async () => (await serialOf(theirs)) === 100);
  update(ours, "update add one.example.test 60 A 192.0.2.9");
  const last = await serialOf(ours);
  await until(async () => (await serialOf(theirs)) === last);
  await end(secondary.child, "SIGKILL");
  const again = await follow();
  await until(async () => (await serialOf(theirs)) === last);
  expect(differences(theirs, 100)).toHaveLength(5);
  await end(again.child, "SIGKILL");
  // Somebody pulled the plug while it wrote: the last octets are not there, or others.
  const journal = join(folder, "followed", "%differences");
  expect(existsSync(journal)).toBe(true);
  appendFileSync(journal, readFileSync(journal).subarray(16, 40));
  const torn = await follow();
  expect(torn.log()).toContain("torn");
  expect(differences(theirs, 100)).toHaveLength(5);
  await end(torn.child, "SIGKILL");
  truncateSync(journal, statSync(journal).size - 3);
  const cut = await follow();
  await until(async () => (await serialOf(theirs)) === last);
  const whole = differences(theirs, 100);
  // What the zone's own journal of changes still has comes again; else the zone is given whole, and never half of a difference.
  expect([5, 506]).toContain(whole.length === 5 ? 5 : whole.length);
  await end(cut.child, "SIGTERM");
  await end(first.child, "SIGTERM");
});
