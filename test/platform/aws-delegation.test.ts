// A registered domain is handed to NSD through Route 53 Domains, with glue and with a key that the top-level domain vouches for: what the API
// says is what the top-level domain's servers answer.

import { spawn, type ChildProcess } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { awsCli } from "../aws-clients/aws-cli.ts";
import { route53Domains, type SdkClient } from "../aws-clients/sdk.ts";
import { awsPlace, digAt, operationEnd } from "./aws-story.ts";
import { startPlatform, type Platform } from "./harness.ts";
import { writeNsdConfig } from "./nsd.ts";

const DomainName = "mine.test";
const folder = mkdtempSync(join(tmpdir(), "fl-nsd-"));
let platform: Platform;
let client: SdkClient;
let cli: ReturnType<typeof awsCli>;
let nsd: ChildProcess | undefined;
/** Addresses of the platform's network that the platform does not use. */
let addresses: readonly string[] = [];
let PublicKey = "";

beforeAll(async () => {
  platform = await startPlatform();
  const place = await awsPlace(platform);
  [client, cli] = [route53Domains("old", place), awsCli(place)];
  await platform.succeed("POST", "/v1/domains", { name: DomainName });
  addresses = ["127.53.77.1", "127.53.77.2"].map((address) => platform.address(address));
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  // Both coordinates: what a DNSKEY of algorithm 13 has (RFC 6605 section 4).
  const { x = "", y = "" } = publicKey.export({ format: "jwk" });
  PublicKey = Buffer.concat([x, y].map((part) => Buffer.from(part, "base64url"))).toString("base64");
  nsd = await startNsd();
});
afterAll(async () => {
  if (nsd && nsd.exitCode === null) {
    const ended = new Promise((resolve) => nsd?.once("exit", resolve));
    nsd.kill("SIGTERM");
    await ended;
  }
  await platform?.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function startNsd(): Promise<ChildProcess> {
  const lines = [
    `$ORIGIN ${DomainName}.`,
    "$TTL 60",
    "@ SOA ns1 host 42 7200 900 1209600 60",
    "@ NS ns1",
    "@ NS ns2",
    `@ DNSKEY 257 3 13 ${PublicKey}`,
    ...addresses.map((address, i) => `ns${i + 1} A ${address}`),
    "www A 192.0.2.1",
    "",
  ];
  writeFileSync(join(folder, "mine.zone"), lines.join("\n"));
  const port = platform.port(5301);
  const config = writeNsdConfig(folder, { addresses, port, zone: DomainName, zoneFile: "mine.zone" });
  const child = spawn("nsd", ["-d", "-c", config], { stdio: ["ignore", "ignore", "pipe"] });
  let printed = "";
  child.stderr.setEncoding("utf8").on("data", (piece: string) => (printed += piece));
  for (const until = performance.now() + 90_000; performance.now() < until; await wait(50)) {
    if (child.exitCode !== null) throw new Error(`nsd ended with ${child.exitCode}:\n${printed}`);
    if (digAt(platform, "127.53.77.2", 5301, DomainName, "SOA").records.some((line) => line.includes(" 42 ")))
      return child;
  }
  throw new Error(`nsd does not answer:\n${printed}`);
}

const submit = async (operation: string, input: object): Promise<Record<string, unknown>> => {
  const { OperationId } = await client.call<{ OperationId: string }>(operation, { DomainName, ...input });
  return operationEnd(client, OperationId);
};

test("name servers of the registrant's own are delegated to, with their glue", async () => {
  const Nameservers = ["ns1", "ns2"].map((name, i) => ({
    Name: `${name}.${DomainName}`,
    GlueIps: [addresses[i] ?? ""],
  }));
  const without = await client.fail("UpdateDomainNameservers", {
    DomainName,
    Nameservers: Nameservers.map(({ Name }) => ({ Name })),
  });
  expect([without.name, without.message]).toEqual([
    "TLDRulesViolation",
    expect.stringMatching(/give its address/),
  ]);
  expect(await submit("UpdateDomainNameservers", { Nameservers })).toMatchObject({
    Type: "UPDATE_NAMESERVER",
    Status: "SUCCESSFUL",
  });
  expect(await client.call("GetDomainDetail", { DomainName })).toMatchObject({ Nameservers });
  const { records } = digAt(platform, "127.53.1.1", 5301, DomainName, "NS");
  for (const { Name, GlueIps } of Nameservers) {
    expect(records).toContain(`${DomainName}. 172800 IN NS ${Name}.`);
    expect(records).toContain(`${Name}. 172800 IN A ${GlueIps[0]}`);
  }
});

test("a key that NSD gives is vouched for by the top-level domain, one that it does not give is refused", async () => {
  const other = Buffer.alloc(64, 7).toString("base64");
  const attributes = { Algorithm: 13, Flags: 257 };
  const refused = await cli.refused(
    "route53domains",
    "associate-delegation-signer-to-domain",
    "--domain-name",
    DomainName,
    "--signing-attributes",
    JSON.stringify({ ...attributes, PublicKey: other }),
  );
  expect(refused.type).toBe("TLDRulesViolation");
  const fresh = route53Domains("new", await awsPlace(platform, { name: "signer" }));
  const error = await fresh.fail("AssociateDelegationSignerToDomain", {
    DomainName,
    SigningAttributes: { ...attributes, PublicKey: other },
  });
  expect([error.name, error.message]).toEqual([
    "TLDRulesViolation",
    expect.stringMatching(/do not give that key/),
  ]);
  const { OperationId } = await fresh.call<{ OperationId: string }>("AssociateDelegationSignerToDomain", {
    DomainName,
    SigningAttributes: { ...attributes, PublicKey },
  });
  expect(await operationEnd(fresh, OperationId)).toMatchObject({ Type: "ADD_DNSSEC", Status: "SUCCESSFUL" });
  const { DnssecKeys: [key] = [] } = await fresh.call<{
    DnssecKeys?: { Id: string; KeyTag: number; Digest: string; PublicKey: string }[];
  }>("GetDomainDetail", { DomainName });
  expect(key).toMatchObject({ ...attributes, PublicKey, DigestType: 2 });
  const ds = digAt(platform, "127.53.1.1", 5301, DomainName, "DS").records.map((line) =>
    line.replaceAll(" ", ""),
  );
  expect(ds).toContain(`${DomainName}.172800INDS${key?.KeyTag}132${key?.Digest}`);
  const removed = await fresh.call<{ OperationId: string }>("DisassociateDelegationSignerFromDomain", {
    DomainName,
    Id: key?.Id,
  });
  expect(await operationEnd(fresh, removed.OperationId)).toMatchObject({ Status: "SUCCESSFUL" });
  expect(digAt(platform, "127.53.1.1", 5301, DomainName, "DS").records.join()).not.toMatch(/ DS /);
});
