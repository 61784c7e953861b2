// Compact denial of existence (RFC 9824) on a running platform: the key goes to the name servers, delv believes what the resolver gives on, and Unbound what the
// servers themselves say. A zone goes over to it and back with nothing bogus in between, outlives a restart, and is not to be had beside foreign secondaries.

import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ZoneSigningStatus } from "#contract";
import { startPlatform, type Platform } from "./harness.ts";
import { patience } from "./validators.ts";
import { judge } from "./zone-judges.ts";

let platform: Platform;
let folder: string;
let unbound: ChildProcess | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fl-compact-"));
  platform = await startPlatform({
    example: true,
    words: [
      "--signing",
      "nsec",
      "--allow-transfer",
      "given.test=127.0.0.0/8",
      "--allow-transfer",
      "test=127.0.0.0/8",
      "--allow-transfer",
      ".=127.0.0.0/8",
    ],
  });
  for (const [name = "", type = "", value = ""] of [
    ["*.any", "TXT", '"any"'],
    ["deep.below.empty.shop.test", "TXT", '"deep"'],
    ["to", "CNAME", "gone.shop.test."],
    ["dark", "NS", "ns1.s1.nic.test."],
  ])
    platform.json("records", "set", "shop.test", name, type, value);
});
afterAll(async () => {
  unbound?.kill();
  await platform?.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** Waits until what a name server says is made in that way, and by a key that the zone has. */
async function chainIs(denial: "compact" | "nsec"): Promise<void> {
  await expect
    .poll(() => authoritative("nothing.shop.test", "A", "+dnssec").join("\n"), { timeout: 90_000 })
    .toMatch(
      denial === "compact"
        ? /NSEC\s+\\000\.nothing\.shop\.test\. RRSIG NSEC TYPE128|NXNAME/
        : /status: NXDOMAIN/,
    );
}

function dig(address: string, port: number, ...words: string[]): string[] {
  const { stdout } = spawnSync("dig", [`@${address}`, "-p", String(platform.port(port)), ...words], {
    encoding: "utf8",
  });
  return stdout.split("\n");
}

const authoritative = (...words: string[]): string[] =>
  dig(platform.address("127.53.2.1"), 5301, "+norecurse", ...words);

/** What delv says of what the resolver gives, from the key of the top-level domain. */
function delv(name: string, type: string): string {
  const anchors = join(folder, "anchors");
  const [key] = dig(platform.address("127.53.1.1"), 5301, "test", "DNSKEY", "+short", "+nosplit").filter(
    (line) => line.startsWith("257 "),
  );
  const [flags, protocol, algorithm, publicKey] = key?.split(" ") ?? [];
  writeFileSync(
    anchors,
    `trust-anchors { "test." static-key ${flags} ${protocol} ${algorithm} "${publicKey}"; };\n`,
  );
  const { stdout, stderr } = spawnSync(
    "delv",
    ["@127.0.0.1", "-p", String(platform.port(5300)), "-a", anchors, "+root=test.", name, type],
    { encoding: "utf8" },
  );
  return `${stdout}\n${stderr}`;
}

const denied = "; negative response, fully validated";
const given = "; fully validated";
const cases: [name: string, type: string, words: string, rcode: string][] = [
  ["shop.test", "A", given, "NOERROR"],
  ["nothing.shop.test", "A", denied, "NXDOMAIN"],
  ["far.off.nothing.shop.test", "TXT", denied, "NXDOMAIN"],
  ["shop.test", "MX", denied, "NOERROR"],
  ["empty.shop.test", "A", denied, "NOERROR"],
  ["at.any.shop.test", "TXT", given, "NOERROR"],
  ["at.any.shop.test", "A", denied, "NOERROR"],
  ["dark.shop.test", "DS", denied, "NOERROR"],
];

test("a zone goes over to compact denial", async () => {
  platform.json("dnssec", "enable", "shop.test", "--denial", "compact");
  await chainIs("compact");
});

test.each(cases)("delv and the resolver find %s %s secure", (name, type, words, rcode) => {
  expect(delv(name, type)).toContain(words);
  const flags = dig("127.0.0.1", 5300, name, type, "+adflag");
  expect(flags.find((line) => line.startsWith(";; flags"))).toMatch(/ ad[ ;]/);
  expect(flags.find((line) => line.includes("status:"))).toContain(`status: ${rcode}`);
});

test("Unbound finds what the name servers say secure, by the zone's own key", async () => {
  const { ds } = platform.json<ZoneSigningStatus>("dnssec", "status", "shop.test");
  const port = platform.port(5398);
  const config = join(folder, "unbound.conf");
  writeFileSync(
    config,
    `server:
  directory: "${folder}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  do-daemonize: no
  num-threads: 1
  interface: 127.0.0.1@${port}
  do-not-query-localhost: no
  outgoing-port-avoid: "0-32767"
  outgoing-port-permit: "32768-60999"
  module-config: "validator iterator"
  val-log-level: 2
${patience.join("\n")}
  trust-anchor: "${ds[0]}"
  local-zone: "test." nodefault
stub-zone:
  name: "shop.test."
  stub-addr: ${platform.address("127.53.2.1")}@${platform.port(5301)}
`,
  );
  unbound = spawn("unbound", ["-d", "-c", config], { stdio: "ignore" });
  const ask = (name: string, type: string): string[] =>
    spawnSync("dig", ["@127.0.0.1", "-p", String(port), name, type, "+adflag", "+time=20", "+tries=3"], {
      encoding: "utf8",
    }).stdout.split("\n");
  await expect
    .poll(() => ask("shop.test", "SOA").join("\n"), { timeout: 90_000 })
    .toContain("status: NOERROR");
  for (const [name, type] of cases) {
    if (type === "DS") continue; // a zone's parent is asked for that, which this one does not know
    const lines = ask(name, type);
    expect([name, type, lines.find((line) => line.startsWith(";; flags"))]).toEqual([
      name,
      type,
      expect.stringMatching(/ ad[ ;]/),
    ]);
  }
  // An alias to what is not there, and ANY.
  expect(ask("to.shop.test", "A").join("\n")).toMatch(/flags:[^;]* ad/);
  unbound.kill();
});

test("the platform's servers make the answer alike, and with CO they say NXDOMAIN", () => {
  const [first, second] = ["127.53.2.1", "127.53.2.3"].map((address) =>
    dig(
      platform.address(address),
      5301,
      "+norecurse",
      "+dnssec",
      "+noall",
      "+authority",
      "nope.shop.test",
      "A",
    )
      .filter((line) => / NSEC\s/.test(line))
      .join("\n"),
  );
  expect(first).toBe(second);
  expect(first).toMatch(/\\000\.nope\.shop\.test\. RRSIG NSEC (NXNAME|TYPE128)/);
  const flagged = authoritative("nope.shop.test", "A", "+dnssec", "+coflag").join("\n");
  expect(flagged).toContain("status: NXDOMAIN");
  expect(authoritative("shop.test", "TYPE128").join("\n")).toMatch(/status: FORMERR[^]*EDE: 30/);
});

test("a roll of the key that signs, a restart, and the way back: at no time is anything bogus", async () => {
  platform.json("dnssec", "roll", "shop.test");
  await platform.stop();
  await platform.start();
  expect(delv("nothing2.shop.test", "A")).toContain(denied);
  expect(platform.json<ZoneSigningStatus>("dnssec", "status", "shop.test").signing).toBe("compact");
  platform.json("dnssec", "enable", "shop.test", "--denial", "nsec");
  await chainIs("nsec");
  expect(delv("nothing3.shop.test", "A")).toContain(denied);
  platform.json("dnssec", "enable", "shop.test", "--denial", "compact");
  await chainIs("compact");
  expect(delv("nothing4.shop.test", "A")).toContain(denied);
});

test("beside name servers of others it is refused, and so is a start with both", () => {
  platform.json("register", "given.test");
  const refused = platform.fairlead("dnssec", "enable", "given.test", "--denial", "compact");
  expect(refused.status).not.toBe(0);
  expect(refused.stderr).toContain("which cannot sign what they are asked");
  const started = platform.fairlead("up", "--signing", "compact", "--allow-transfer", "any");
  expect([started.status, started.stderr]).toEqual([
    2,
    expect.stringContaining("Cannot start with --signing compact"),
  ]);
});

test("verifiers of others find what is transferred from the platform well signed: a zone with either chain, its TLD, and the root", async () => {
  for (const [name = "", type = "", value = ""] of [
    ["*.any", "TXT", '"any"'],
    ["a.b.c.given.test", "AAAA", "2001:db8::1"],
    ["moved", "DNAME", "other.test."],
    ["dark", "NS", "ns1.s1.nic.test."],
    ["\\000\\255x", "TXT", '"odd"'],
  ])
    platform.json("records", "set", "given.test", name, type, value);
  const transferred = (zone: string, address: string): string => {
    const file = join(folder, "transferred");
    const lines = dig(platform.address(address), 5301, zone, "AXFR", "+noall", "+answer", "+onesoa");
    writeFileSync(file, lines.join("\n"));
    return file;
  };
  expect(judge("given.test", transferred("given.test", "127.53.2.1"))).toEqual([]);
  platform.json("dnssec", "enable", "given.test", "--denial", "nsec3");
  await expect
    .poll(() => dig(platform.address("127.53.2.1"), 5301, "given.test", "NSEC3PARAM", "+short").join(""), {
      timeout: 90_000,
    })
    .toBe("1 0 0 -");
  expect(judge("given.test", transferred("given.test", "127.53.2.1"))).toEqual([]);
  expect(judge("test", transferred("test", "127.53.1.1"))).toEqual([]);
  expect(judge(".", transferred(".", "127.53.0.1"))).toEqual([]);
  // A zone that only its own servers can answer for is given to nobody.
  expect(dig(platform.address("127.53.2.1"), 5301, "shop.test", "AXFR").join("\n")).toContain(
    "Transfer failed",
  );
});

test("no key lies with the name servers but sealed, and of no other zone", () => {
  const state = readFileSync(join(platform.data, "state", "names"), "latin1");
  expect(state.match(/"zone-keys"/g)?.length).toBe(1);
  expect(state).not.toMatch(/PRIVATE KEY|PrivateKey/);
});
