// What is told of queries, read by programs that are not our own: dnstap by `fstrm_capture` and `dnstap-read`, counters by a strict reader of
// Prometheus' format; the query log is read as the lines of JSON that it is. A name server that stands alone, on both drivers and several workers,
// and a platform with its resolver.

import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { NameServerFigures, WatchedQuery, ZoneFigures, ZoneQueries } from "#contract";
import { readExposition } from "../../src/control/metrics/testing-exposition.ts";
import { temporaryFolder } from "#runtime/testing";
import { controlFrame, ControlFrame } from "#wire";
import { root, startPlatform, type Platform } from "./harness.ts";
import { freePort } from "./transfer-peers.ts";

const zoneText = `$TTL 60
@ SOA ns1 host 1 3600 600 86400 60
@ NS ns1
ns1 A 192.0.2.1
www A 192.0.2.2
big TXT ${Array.from({ length: 12 }, (_, i) => `"${String(i).repeat(200).slice(0, 200)}"`).join(" ")}
`;

let folder: string;
let children: ChildProcess[];

function makeFolder(): void {
  folder = temporaryFolder();
  children = [];
}

async function endAll(): Promise<void> {
  for (const child of children.reverse()) await end(child);
  rmSync(folder, { recursive: true, force: true });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await ended;
}

function start(program: string, words: readonly string[]): { child: ChildProcess; log: () => string } {
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"], cwd: folder });
  let printed = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (printed += text));
  children.push(child);
  return { child, log: () => printed };
}

/** Collects a socket's frames into a file until it is ended. */
async function collect(socket: string, file: string): Promise<ChildProcess> {
  const { child } = start("fstrm_capture", ["-t", "protobuf:dnstap.Dnstap", "-u", socket, "-w", file]);
  // A path comes a moment before somebody listens there: __SO_ACCEPTCON is set from then on.
  await until(() =>
    readFileSync("/proc/net/unix", "utf8")
      .split("\n")
      .some((line) => line.endsWith(` ${socket}`) && line.split(/\s+/)[3] === "00010000"),
  );
  return child;
}

/** Messages of a file, as dnstap-read has them, without times and ports. */
function readTap(file: string): string[] {
  const { stdout, status } = spawnSync("dnstap-read", [file], { encoding: "utf8" });
  expect(status).toBe(0);
  return stdout
    .trim()
    .split("\n")
    .map((line) => line.replace(/^\S+ \S+ /, "").replaceAll(/:\d+/g, ""));
}

/** Waits until something holds that nobody tells of. */
async function until(holds: () => boolean): Promise<void> {
  for (const deadline = performance.now() + 60_000; performance.now() < deadline; await wait(50))
    if (holds()) return;
  throw new Error(`In vain, waiting until ${holds.toString()}`);
}

function dig(port: number, ...words: string[]): string {
  const { stdout } = spawnSync("dig", ["@127.0.0.1", "-p", String(port), "+tries=1", "+time=60", ...words], {
    encoding: "utf8",
  });
  return stdout;
}

function readLog(path: string): WatchedQuery[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as WatchedQuery);
}

describe.each([
  ["linux", ["--driver", "linux", "--workers", "2"]],
  ["node", ["--driver", "node"]],
] as const)("a name server that stands alone, on the %s driver", (_, driver) => {
  beforeEach(makeFolder);
  afterEach(endAll);

  async function serve(
    ...words: string[]
  ): Promise<{ port: number; child: ChildProcess; log: () => string }> {
    const port = await freePort("127.0.0.1");
    writeFileSync(join(folder, "zone"), zoneText);
    const { child, log } = start(join(root, "bin", "fairlead"), [
      "name-server",
      "--zone",
      "shop.test=zone",
      "--listen",
      `127.0.0.1:${port}`,
      ...driver,
      ...words,
    ]);
    await until(() => log().includes("Answers on"));
    return { port, child, log };
  }

  test("query log, dnstap and counters tell of the same queries", async () => {
    const capture = await collect(join(folder, "tap"), join(folder, "tap.out"));
    const scraped = await freePort("127.0.0.1");
    const { port, child } = await serve(
      "--query-log",
      "queries",
      "--dnstap",
      "unix:tap",
      "--dnstap-identity",
      "one",
      "--metrics",
      `127.0.0.1:${scraped}`,
      "--zone-counters",
      "10",
    );
    dig(port, "www.shop.test");
    dig(port, "nothing.shop.test", "AAAA", "+tcp");
    dig(port, "big.shop.test", "TXT", "+bufsize=512", "+ignore");
    dig(port, "shop.test", "AXFR");
    const path = join(folder, "queries");
    await until(() => existsSync(path) && readLog(path).length === 4);
    expect(
      readLog(path).map(({ name, type, rcode, transport, truncated }) => [
        name,
        type,
        rcode,
        transport,
        truncated,
      ]),
    ).toEqual([
      ["www.shop.test.", "A", "NOERROR", "udp", undefined],
      ["nothing.shop.test.", "AAAA", "NXDOMAIN", "tcp", undefined],
      ["big.shop.test.", "TXT", "NOERROR", "udp", true],
      ["shop.test.", "AXFR", undefined, "tcp", undefined],
    ]);
    for (const { client, server, tookMs, size, rcode } of readLog(path)) {
      expect([client, server]).toEqual(["127.0.0.1", "127.0.0.1"]);
      expect(tookMs).toBeGreaterThanOrEqual(0);
      expect(size > 0).toBe(rcode !== undefined);
    }
    const families = readExposition(await (await fetch(`http://127.0.0.1:${scraped}/metrics`)).text());
    const value = (family: string, labels: Record<string, string> = {}): number | undefined =>
      families
        .get(`fairlead_names_${family}`)
        ?.samples.find((sample) => Object.entries(labels).every(([name, of]) => sample.labels[name] === of))
        ?.value;
    expect(value("zone_queries_total", { zone: "shop.test." })).toBe(3);
    expect(value("zone_queries_by_type_total", { type: "TXT" })).toBe(1);
    expect(value("zone_nxdomain_total")).toBe(1);
    expect(value("queries_by_type_total", { type: "AAAA" })).toBe(1);
    expect(families.get("fairlead_names_query_seconds")?.type).toBe("histogram");
    const counts = families
      .get("fairlead_names_query_seconds")
      ?.samples.filter(({ name }) => name.endsWith("_count"))
      .map(({ labels, value: count }) => [labels["transport"] ?? "", count] as const);
    expect(Object.fromEntries(counts ?? [])).toEqual({ udp: 2, tcp: 1 });
    expect((await fetch(`http://127.0.0.1:${scraped}/`)).status).toBe(404);
    expect((await fetch(`http://127.0.0.1:${scraped}/metrics`, { method: "POST" })).status).toBe(405);
    await end(child);
    await end(capture);
    const told = readTap(join(folder, "tap.out"));
    expect(told.filter((line) => line.startsWith("AQ")).map((line) => line.replace(/ \d+b/, ""))).toEqual([
      "AQ 127.0.0.1 -> 127.0.0.1 UDP www.shop.test/IN/A",
      "AQ 127.0.0.1 -> 127.0.0.1 TCP nothing.shop.test/IN/AAAA",
      "AQ 127.0.0.1 -> 127.0.0.1 UDP big.shop.test/IN/TXT",
      "AQ 127.0.0.1 -> 127.0.0.1 TCP shop.test/IN/AXFR",
    ]);
    expect(told.filter((line) => line.startsWith("AR"))).toHaveLength(3);
    const { stdout } = spawnSync("dnstap-read", ["-y", join(folder, "tap.out")], { encoding: "utf8" });
    expect(stdout).toContain("identity: one");
    expect(stdout).toMatch(/status: NXDOMAIN/);
  });

  test("a collector that goes and comes again is found, one that does not read holds nobody up", async () => {
    const socket = join(folder, "tap");
    const { port, log } = await serve("--dnstap", "unix:tap", "--query-log", "queries");
    dig(port, "www.shop.test");
    // What is told of it comes to the writers a moment after the answer.
    await until(() => existsSync(join(folder, "queries")) && readLog(join(folder, "queries")).length === 1);
    await until(() => log().includes("nobody collects"));
    const first = await collect(socket, join(folder, "one.out"));
    await until(() => log().includes("collects again"));
    dig(port, "www.shop.test");
    // Both are put on their way together.
    await until(() => readLog(join(folder, "queries")).length === 2);
    await end(first);
    expect(readTap(join(folder, "one.out")).map((line) => line.slice(0, 2))).toEqual(["AQ", "AR"]);
    rmSync(socket, { force: true });
    // It accepts the stream, and then reads nothing.
    const held: Socket[] = [];
    const deaf = createServer((connection) => {
      held.push(connection);
      connection.once("data", () => {
        connection.pause();
        connection.write(controlFrame(ControlFrame.ACCEPT, "protobuf:dnstap.Dnstap"));
      });
    });
    await new Promise<void>((resolve) => deaf.listen(socket, resolve));
    try {
      await until(() => held.length > 0);
      for (let i = 0; i < 20; i++) expect(dig(port, "www.shop.test", "+short")).toBe("192.0.2.2\n");
    } finally {
      for (const connection of held) connection.destroy();
      await new Promise((resolve) => deaf.close(resolve));
    }
  });

  test("a file of dnstap, a sampled log of bounded size, and a log that cannot be written", async () => {
    const { port, child } = await serve(
      "--dnstap",
      "out.tap",
      "--query-log",
      "queries",
      "--query-sample",
      "5",
    );
    for (let i = 0; i < 2; i++) {
      const names = Array.from({ length: 10 }, (_, n) => [`name${i}-${n}.shop.test`, "A"]).flat();
      dig(port, "+norecurse", ...names);
    }
    await end(child);
    // Each thread takes one of five.
    const lines = readLog(join(folder, "queries"));
    expect(lines.length).toBeGreaterThanOrEqual(4);
    expect(lines.length).toBeLessThanOrEqual(6);
    expect(readTap(join(folder, "out.tap"))).toHaveLength(2 * lines.length);
    const other = await serve("--query-log", "no/such/folder/log");
    expect(dig(other.port, "www.shop.test", "+short")).toBe("192.0.2.2\n");
    await until(() => other.log().includes("cannot be written to: ENOENT"));
    expect(dig(other.port, "www.shop.test", "+short")).toBe("192.0.2.2\n");
  });
});

describe("a platform", () => {
  let platform: Platform;
  let capture: ChildProcess;

  beforeAll(async () => {
    makeFolder();
    capture = await collect(join(folder, "tap"), join(folder, "tap.out"));
    platform = await startPlatform({
      example: true,
      words: ["--dnstap", `unix:${join(folder, "tap")}`, "--query-log", join(folder, "log.json")],
    });
  });
  afterAll(async () => {
    await platform?.remove();
    await endAll();
  });

  const resolve = (...words: string[]): void => {
    const [, address = "", port = ""] = /dig @(\S+) -p (\d+)/.exec(platform.log()) ?? [];
    spawnSync("dig", [`@${address}`, "-p", port, ...words]);
  };

  test("name servers and the resolver tell of their queries, and of how often each zone is asked for", async () => {
    const watching = platform.fairlead("queries", "--seconds", "1", "--name", "shop.test");
    expect(watching.status).toBe(0);
    const follower = start(join(root, "bin", "fairlead"), [
      "queries",
      "--seconds",
      "60",
      "--name",
      "shop.test",
      "--data",
      platform.data,
    ]);
    const looking = start(join(root, "bin", "fairlead"), [
      "queries",
      "--resolver",
      "--seconds",
      "60",
      "--rcode",
      "NXDOMAIN",
      "--data",
      platform.data,
    ]);
    let count = 0; // what is known not to be there is not asked for again
    await until(() => {
      resolve(`seen${count++}.shop.test`, "A");
      return follower.log().includes("seen") && looking.log().includes("seen");
    });
    expect(follower.log()).toMatch(/s1\s+127\.\S+\s+udp\s+A\s+NXDOMAIN.* seen\d+\.shop\.test\./);
    expect(looking.log()).toMatch(/resolver\s+127\.0\.0\.1\s+udp\s+A\s+NXDOMAIN/);
    const { queries, nxdomain, types } = await platform.call<ZoneQueries>(
      "GET",
      "/v1/zones/shop.test/queries",
    );
    expect(queries).toBeGreaterThan(0);
    expect(nxdomain).toBeGreaterThan(0);
    expect(types.reduce((sum, { queries: own }) => sum + own, 0)).toBe(queries);
    expect(platform.fairlead("zone", "queries", "shop.test").stdout).toMatch(/^shop\.test\.: \d+ quer/);
    await expect(platform.call("GET", "/v1/zones/nowhere.test/queries")).rejects.toThrow("zone-not-found");
    const hour = await platform.call<ZoneFigures>("GET", "/v1/zones/shop.test/queries/figures");
    expect(hour).toMatchObject({ counting: "own", maxZones: 1000 });
    expect(hour.answers["NXDOMAIN"]).toBeGreaterThan(0);
    const all = await platform.call<NameServerFigures>("GET", "/v1/queries/figures");
    expect(all.queries).toBeGreaterThanOrEqual(hour.queries);
    expect(all.p99Ms).toBeGreaterThan(0);
    expect(all.groups.find(({ group }) => group === "s1")?.answers["NXDOMAIN"]).toBeGreaterThan(0);
    expect(platform.fairlead("zone", "figures", "shop.test").stdout).toMatch(
      /^shop\.test\.: \d+ quer.* in the last .*\n.*\n.*\d+ NXDOMAIN[^]*TYPE +QUERIES +SHARE\n[^]*\bA +\d+/,
    );
    expect(platform.fairlead("queries", "figures").stdout).toMatch(/one of a hundred longer than [\d.]+ ms/);
  });

  test("its log has those of the name servers, beside it are the resolver's, and the stream has both kinds", async () => {
    resolve("logged.shop.test", "A", "+tcp");
    const isThere = (file: string, group: string): boolean =>
      existsSync(join(folder, file)) &&
      readLog(join(folder, file)).some((line) => line.name === "logged.shop.test." && line.group === group);
    await until(() => isThere("log.json", "s1") && isThere("log-resolver.json", "resolver"));
    await platform.stop();
    await end(capture);
    const told = readTap(join(folder, "tap.out")).filter((line) => line.includes("logged.shop.test"));
    expect(new Set(told.map((line) => line.slice(0, 2)))).toEqual(new Set(["CQ", "CR", "AQ", "AR"]));
  });
});
