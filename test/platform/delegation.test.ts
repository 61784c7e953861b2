// Delegations of a real platform: a domain handed to NSD after NSD was asked for the zone, and back; refused where NSD does not serve it; a
// zone whose domain is registered elsewhere, watched through a resolver of the operator's.

import { spawn, type ChildProcess } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Operation, WriteAnswer, Zone } from "#contract";
import { decodeMessage, encodeMessage, Name, parseRecordText, Rcode, RrType } from "#wire";
import { runAside, startPlatform, type Platform } from "./harness.ts";
import { writeNsdConfig } from "./nsd.ts";

let platform: Platform;
let nsd: ChildProcess | undefined;
let forwarder: Socket;
let folder = "";
/** Addresses of the platform's network that the platform does not use. */
let addresses: readonly [string, string] = ["", ""];
/** What the operator's resolver says of shop.example; NXDOMAIN where there is none. */
let delegatedTo: readonly string[] = [];

beforeAll(async () => {
  forwarder = createSocket("udp4", (octets, from) => {
    const answer = forward(octets);
    if (answer) forwarder.send(answer, from.port, from.address);
  });
  await new Promise<void>((resolve) => forwarder.bind(0, "127.0.0.1", resolve));
  platform = await startPlatform({ words: ["--outside", `forward=127.0.0.1:${forwarder.address().port}`] });
  addresses = [platform.address("127.53.77.1"), platform.address("127.53.77.2")];
  folder = mkdtempSync(join(tmpdir(), "fl-nsd-"));
  platform.json("register", "mine.test");
  platform.json("register", "other.test");
  nsd = await startNsd();
});

afterAll(async () => {
  if (nsd && nsd.exitCode === null) {
    const ended = new Promise((resolve) => nsd?.once("exit", resolve));
    nsd.kill("SIGTERM");
    await ended;
  }
  forwarder?.close();
  await platform?.remove();
  rmSync(folder, { recursive: true, force: true });
});

function forward(octets: Uint8Array): Uint8Array | undefined {
  const decoded = decodeMessage(octets);
  const question = decoded.ok ? decoded.value.question[0] : undefined;
  if (!decoded.ok || !question) return undefined;
  const isAsked = question.name.toString() === "shop.example." && question.type === RrType.NS;
  // RFC 2308 section 2: a negative answer carries the zone's SOA.
  const soa = parseRecordText(RrType.SOA, "a.nic.example. host.example. 1 3600 600 86400 60");
  const isThere = isAsked && delegatedTo.length > 0;
  const encoded = encodeMessage({
    ...decoded.value,
    flags: { ...decoded.value.flags, qr: true, ra: true },
    rcode: isThere ? Rcode.NOERROR : Rcode.NXDOMAIN,
    answer: (isAsked ? delegatedTo : []).map((server) => ({
      name: question.name,
      type: RrType.NS,
      class: 1,
      ttl: 86_400,
      rdata: nameOf(server).octets,
    })),
    authority:
      isThere || !soa.ok
        ? []
        : [{ name: nameOf("example."), type: RrType.SOA, class: 1, ttl: 60, rdata: soa.value }],
  });
  return encoded.ok ? encoded.value.octets : undefined;
}

function nameOf(text: string): Name {
  const name = Name.parse(text);
  if (!name.ok) throw new Error(`${text} is no name`);
  return name.value;
}

async function startNsd(): Promise<ChildProcess> {
  const [first, second] = addresses;
  writeFileSync(
    join(folder, "mine.zone"),
    [
      "$ORIGIN mine.test.",
      "@ 60 SOA ns1 host 42 3600 600 86400 60",
      "@ 60 NS ns1",
      "@ 60 NS ns2",
      `ns1 60 A ${first}`,
      `ns2 60 A ${second}`,
      "www 60 A 192.0.2.42",
      "",
    ].join("\n"),
  );
  const config = writeNsdConfig(folder, {
    addresses,
    port: platform.port(5301),
    zone: "mine.test",
    zoneFile: "mine.zone",
  });
  const child = spawn("nsd", ["-d", "-c", config], { stdio: ["ignore", "ignore", "pipe"] });
  let printed = "";
  child.stderr?.setEncoding("utf8").on("data", (piece: string) => (printed += piece));
  for (const deadline = performance.now() + 90_000; performance.now() < deadline; await sleep(50)) {
    if (child.exitCode !== null) throw new Error(`nsd ended with ${child.exitCode}:\n${printed}`);
    if ((await dig(second, 5301, "mine.test", "SOA")).includes(" 42 ")) return child;
  }
  throw new Error(`nsd does not answer:\n${printed}`);
}

async function dig(server: string, port: number, name: string, type: string): Promise<string> {
  const words = [
    `@${server}`,
    "-p",
    String(platform.port(port)),
    "+time=5",
    "+tries=5",
    "+noall",
    "+answer",
    "+authority",
  ];
  return (await runAside("dig", [...words, name, type])).stdout;
}

const servers = (domain: string): string[] => [
  "domain",
  "name-servers",
  domain,
  `ns1.mine.test=${addresses[0]}`,
  `ns2.mine.test=${addresses[1]}`,
];

test("a domain is handed to NSD, which was asked first, and visitors are led there; then back", async () => {
  const { plan, operation } = platform.json<WriteAnswer>(...servers("mine.test"));
  expect(plan.evidence).toEqual(
    [1, 2].map(
      (i) =>
        `ns${i}.mine.test (${addresses[i - 1]}): answers with authority, serial 42, name servers ns1.mine.test, ns2.mine.test`,
    ),
  );
  expect(operation?.status).toBe("Succeeded");
  const tld = platform.address("127.53.1.1");
  expect(await dig(tld, 5301, "mine.test", "NS")).toMatch(
    /mine\.test\.\s+172800\s+IN\s+NS\s+ns1\.mine\.test\./,
  );
  expect(await dig("127.0.0.1", 5300, "www.mine.test", "A")).toContain("192.0.2.42");
  platform.json("domain", "name-servers", "mine.test", "--default");
  expect(await dig(tld, 5301, "mine.test", "NS")).toContain("ns4.s1.nic.test.");
});

test("a domain that NSD does not serve stays where it is; forced, it goes, and the history says so", async () => {
  const refused = platform.fairlead(
    "domain",
    "name-servers",
    "other.test",
    "ns1.other.test=" + addresses[0],
    "ns2.other.test=" + addresses[1],
  );
  expect(refused.status).toBe(6);
  expect(refused.stderr).toMatch(/ns1\.other\.test \(.*\): REFUSED: it does not serve the zone/);
  expect(refused.stderr).toContain("(delegation-unsafe)");
  const silent = platform.address("127.53.77.9");
  const words = ["domain", "name-servers", "other.test", `ns1.other.test=${silent}`];
  expect(platform.fairlead(...words).stderr).toMatch(/connection refused|no answer/);
  const { change } = platform.json<WriteAnswer>(...words, "--force");
  expect(JSON.stringify(platform.json("history", change?.id ?? ""))).toContain("Forced, though");
  platform.json("undo");
  expect(await dig(platform.address("127.53.1.1"), 5301, "other.test", "NS")).toContain("ns1.s1.nic.test.");
});

test("a zone of a domain registered elsewhere waits for its delegation, and ends by itself when it is seen", async () => {
  const { operation, plan } = platform.json<WriteAnswer>("zone", "create", "shop.example");
  expect(plan.evidence?.[0]).toContain(`ns1.s1.nic.test, address ${platform.address("127.53.2.1")}`);
  const read = async <T>(path: string): Promise<T> => {
    const headers = { authorization: `Bearer ${platform.key()}` };
    return (await (await fetch(`http://127.0.0.1:${platform.port(7700)}${path}`, { headers })).json()) as T;
  };
  const zone = (): Promise<Zone> => read("/v1/zones/shop.example");
  await until(async () => (await zone()).delegation.text.startsWith("NXDOMAIN"));
  expect((await zone()).delegation.state).toBe("PENDING");
  delegatedTo = [1, 2, 3, 4].map((i) => `ns${i}.s1.nic.test.`);
  await until(async () => (await zone()).delegation.state === "DELEGATED");
  await until(async () => (await read<Operation>(`/v1/operations/${operation?.id}`)).status === "Succeeded");
  expect(platform.fairlead("zones").stdout).toMatch(/shop\.example.*DELEGATED/);
  platform.json("zone", "delete", "shop.example");
  expect(platform.fairlead("domain", "show", "shop.example").status).toBe(3);
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + 100_000; performance.now() < deadline; await sleep(250))
    if (await isSo()) return;
  throw new Error("It did not come about within 100 s");
}
