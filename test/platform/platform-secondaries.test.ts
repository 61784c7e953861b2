// A platform's zones on name servers that are not its own: NSD takes one over from the platform's name servers, is told of each change, and has
// what they have; who has no key gets nothing.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Authority } from "#contract";
import { claimNetwork } from "#runtime/testing";
import { RrType } from "#wire";
import { startPlatform, type Platform } from "./harness.ts";
import { ask, freePort, type PeerServer, type Place, serialAt, startNsd, until } from "./transfer-peers.ts";

const secret = "q0c3Fk5WyGyJYl3GmsAL8AE1P2OdRkMVEFQTVIGIcm0=";
const key = { name: "backup", algorithm: "hmac-sha256", secret };
const zone = "shop.test";

const { network } = await claimNetwork();
let folder: string;
let platform: Platform;
let secondary: PeerServer | undefined;
let theirs: Place;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fl-second-"));
  theirs = { address: `127.${network}.1.2`, port: await freePort(`127.${network}.1.2`) };
  const keys = join(folder, "keys");
  writeFileSync(keys, `${key.algorithm}:${key.name}:${secret}\n`);
  const notify = `${zone}=${theirs.address}:${theirs.port}#${key.name}`;
  const words = ["--tsig", keys, "--allow-transfer", `key:${key.name}`, "--notify", notify];
  platform = await startPlatform({ example: true, words });
});

afterAll(async () => {
  await secondary?.stop();
  await platform.remove();
  rmSync(folder, { recursive: true, force: true });
});

test("NSD has the zone as the platform's own name servers have it, from the first version to the next", async () => {
  const ours: Place = { address: platform.address("127.53.2.1"), port: platform.port(5301) };
  secondary = startNsd({
    folder: join(folder, "nsd"),
    at: theirs,
    other: ours,
    zones: [{ name: zone }],
    key,
  });
  const servers = [secondary];
  const isSame = async (): Promise<boolean> => {
    const [own, other] = [await serialAt(ours, zone), await serialAt(theirs, zone)];
    return own !== undefined && own === other;
  };
  await until(isSame, "NSD has the zone", servers);
  const { status, stderr } = platform.fairlead("records", "set", zone, "extra", "A", "192.0.2.77");
  expect([status, stderr]).toEqual([0, ""]);
  await until(
    async () => (await ask(theirs, `extra.${zone}`, RrType.A))?.answer.length === 1,
    "NSD has the record",
    servers,
  );
  await until(isSame, "NSD has the version", servers);
  expect(records(ours)).toEqual(records(theirs));
  expect(records(ours).length).toBeGreaterThan(5);
  // The root and the top-level domains are served by other groups, and each gives what is its own alone.
  expect(transfer(ours, "test", true)).toContain("Transfer failed");
  expect(transfer({ ...ours, address: platform.address("127.53.1.1") }, "test", true)).toContain("SOA");
  expect(transfer(ours, zone, false)).toContain("Transfer failed");
});

test("NSD takes the zone over TLS from the platform's name servers, which it trusts by the platform's authority", async () => {
  const root = join(folder, "root.pem");
  writeFileSync(root, (await platform.call<Authority>("GET", "/v1/authority")).root);
  const own = { certificate: join(folder, "own.pem"), key: join(folder, "own.key") };
  const made = spawnSync("openssl", [
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-keyout",
    own.key,
    "-out",
    own.certificate,
    "-subj",
    "/CN=secondary.test",
  ]);
  expect(made.status).toBe(0);
  const ours: Place = { address: platform.address("127.53.2.1"), port: platform.port(5301) };
  const at = { address: `127.${network}.1.3`, port: await freePort(`127.${network}.1.3`) };
  const tls = {
    ...own,
    port: await freePort(at.address),
    authorities: root,
    otherPort: platform.port(8853),
  };
  const zones = [{ name: zone }];
  const setup = { folder: join(folder, "nsd-tls"), at, other: ours, zones, key };
  const distrusting = startNsd({ ...setup, tls: { ...tls, otherName: "ns1.elsewhere.test" } });
  await until(() => Promise.resolve(/TLS|tls/.test(distrusting.log())), "NSD has looked at the certificate", [
    distrusting,
  ]);
  expect(await serialAt(at, zone)).toBe(undefined);
  await distrusting.stop();
  // In a folder of its own: NSD remembers that the one before had failed, and tries again later and later.
  const trusting = startNsd({
    ...setup,
    folder: join(folder, "nsd-tls-trusting"),
    tls: { ...tls, otherName: "ns1.s1.nic.test" },
  });
  try {
    await until(
      async () => {
        const [here, there] = [await serialAt(ours, zone), await serialAt(at, zone)];
        return here !== undefined && here === there;
      },
      "NSD has the zone",
      [trusting],
    );
    expect(records(at)).toEqual(records(ours));
  } finally {
    await trusting.stop();
  }
});

function transfer({ address, port }: Place, name: string, isSigned: boolean): string {
  const signed = isSigned ? ["-y", `${key.algorithm}:${key.name}:${secret}`] : [];
  return spawnSync("dig", [`@${address}`, "-p", String(port), "+time=30", ...signed, name, "AXFR"], {
    encoding: "utf8",
  }).stdout;
}

function records(at: Place): string[] {
  return transfer(at, zone, true)
    .split("\n")
    .map((line) => line.replaceAll(/\s+/g, " ").trim())
    .filter((line) => line !== "" && !line.startsWith(";") && !line.includes(" TSIG "))
    .sort();
}
