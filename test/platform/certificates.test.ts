// Certificates of a whole platform: public ones by Pebble, strict and refusing nonces, whose DNS is the platform's resolver; control publishes
// the challenges by itself in its own zones and at its own edge. What was issued is served over TLS, and replaced without anybody's doing.

import { createPublicKey } from "node:crypto";
import type { Server } from "node:http";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { issueLeaf, makeIssuing, makePrivateKey, makeRoot } from "#certificate";
import type { Certificate, Rrset, WriteAnswer } from "#contract";
import { findSecrets } from "./find-secrets.ts";
import { servePage, startPlatform, type Platform } from "./harness.ts";
import { startPebble, type Pebble } from "./pebble.ts";

let platform: Platform;
let pebble: Pebble;
let server: Server;
let folder = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fl-files-"));
  platform = await startPlatform();
  const page = await servePage("<h1>here</h1>");
  ({ server } = page);
  platform.json("register", "mine.test");
  platform.json("instance", "create", "web", "--address", `127.0.0.1:${page.port}`);
  for (const name of ["mine.test", "www.mine.test", "shop.mine.test"]) platform.json("assign", name, "web");
  pebble = await startPebble({
    dnsServer: `127.0.0.1:${platform.port(5300)}`,
    httpPort: platform.port(8080),
    nonceReject: 40,
  });
  writeFileSync(join(folder, "authority.pem"), pebble.authority);
  platform.json(
    "issuer",
    "set",
    pebble.directoryUrl,
    "--email",
    "a@mine.test",
    "--agree",
    "--authorities",
    join(folder, "authority.pem"),
  );
});
afterAll(async () => {
  await pebble?.stop();
  server?.close();
  await platform?.remove();
  rmSync(folder, { recursive: true, force: true });
});

const show = (name: string): Certificate => platform.json<Certificate>("certificate", "show", name);

/** What the edge serves to a visitor of a name: issuer and serial number. */
function served(host: string): Promise<{ issuer: string; serial: string; isTrusted: boolean }> {
  const address =
    platform.json<{ publicAddresses: { address: string }[] }[]>("instance", "list")[0]?.publicAddresses[0]
      ?.address ?? "";
  return new Promise((resolve, reject) => {
    const socket = connect(
      { host: address, port: platform.port(8443), servername: host, rejectUnauthorized: false },
      () => {
        const { issuer, serialNumber } = socket.getPeerCertificate();
        resolve({
          issuer: String(issuer.CN),
          serial: serialNumber.toLowerCase(),
          isTrusted: socket.authorized,
        });
        socket.destroy();
      },
    );
    socket.once("error", reject);
  });
}

/** Waits until the edge serves a certificate with a serial number. */
async function awaitServed(host: string, serial: string | undefined): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const found = await served(host);
    if (found.serial.replace(/^0+/, "") === serial?.replace(/^0+/, "")) return found.issuer;
    if (attempt === 600) throw new Error(`${host} is served with ${found.serial} of ${found.issuer}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function leftovers(): string[] {
  return platform
    .json<Rrset[]>("records", "mine.test")
    .filter(({ name }) => name.includes("_acme-challenge"))
    .map(({ name }) => name);
}

test("a name that was assigned is served with a certificate of the built-in authority", async () => {
  const found = show("mine.test");
  expect(found).toMatchObject({ status: "ISSUED", issuer: "built-in", usedBy: ["mine.test"] });
  expect(await awaitServed("mine.test", found.serialNumber)).toMatch(/^Fairlead issuing/);
});

test("by DNS-01 with a wildcard: issued, served, and renewed", async () => {
  const answer = platform.json<WriteAnswer>(
    "certificate",
    "create",
    "public",
    "mine.test",
    "*.mine.test",
    "--issuer",
    "acme",
  );
  expect(answer.operation?.status).toBe("Succeeded");
  const first = show("public");
  expect(first).toMatchObject({ status: "ISSUED", issuer: "acme" });
  expect(await awaitServed("mine.test", first.serialNumber)).toMatch(/Pebble Intermediate/);
  // The texts of before have a TTL of one second.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(platform.json<WriteAnswer>("certificate", "renew", "public").operation?.status).toBe("Succeeded");
  const second = show("public");
  expect(second.serialNumber).not.toBe(first.serialNumber);
  expect(second.renewalSummary?.renewalStatus).toBe("Success");
  expect(await awaitServed("mine.test", second.serialNumber)).toMatch(/Pebble Intermediate/);
  expect(leftovers()).toEqual([]);
});

test("by HTTP-01 through the edge: issued, served, and renewed", async () => {
  const words = [
    "certificate",
    "create",
    "http",
    "www.mine.test",
    "shop.mine.test",
    "--issuer",
    "acme",
    "--challenge",
    "http-01",
  ];
  expect(platform.json<WriteAnswer>(...words).operation?.status).toBe("Succeeded");
  const first = show("http");
  expect(first.status).toBe("ISSUED");
  expect(await awaitServed("www.mine.test", first.serialNumber)).toMatch(/Pebble Intermediate/);
  expect(platform.json<WriteAnswer>("certificate", "renew", "http").operation?.status).toBe("Succeeded");
  expect(show("http").serialNumber).not.toBe(first.serialNumber);
  expect(await awaitServed("www.mine.test", show("http").serialNumber)).toMatch(/Pebble Intermediate/);
  // Names were proven so, and by no record.
  expect(pebble.log()).toMatch(/www\.mine\.test:\d+\/\.well-known\/acme-challenge\//);
});

test("it is all there after a restart, with a certificate that was brought; no private key lies in the data folder in clear", async () => {
  const root = makeRoot(["example.org"], Date.now());
  const issuing = makeIssuing(root, ["example.org"], Date.now());
  const key = makePrivateKey();
  const leaf = issueLeaf(issuing, {
    names: ["www.example.org"],
    publicKey: createPublicKey(key),
    now: Date.now(),
  });
  writeFileSync(join(folder, "chain.pem"), `${leaf}${issuing.certificate}`);
  writeFileSync(join(folder, "key.pem"), key.export({ type: "pkcs8", format: "pem" }));
  writeFileSync(join(folder, "hmac"), "dGhlLWhtYWMta2V5LW9mLXRoZS1hY2NvdW50");
  const files = ["--certificate", join(folder, "chain.pem"), "--private-key", join(folder, "key.pem")];
  platform.json("certificate", "import", "brought", ...files);
  const account = ["--email", "a@mine.test", "--agree", "--authorities", join(folder, "authority.pem")];
  const bound = ["--eab-key-id", "kid-1", "--eab-hmac-key", join(folder, "hmac")];
  platform.json("issuer", "set", pebble.directoryUrl, ...account, ...bound);
  const before = show("public").serialNumber;
  await platform.stop();
  await platform.start();
  expect(await awaitServed("mine.test", before)).toMatch(/Pebble Intermediate/);
  expect(show("public")).toMatchObject({ status: "ISSUED", serialNumber: before });
  expect(show("brought")).toMatchObject({ status: "ISSUED", issuer: "imported" });
  const scalar = Buffer.from(key.export({ format: "jwk" }).d ?? "", "base64url");
  const secrets = [
    { name: "private key", octets: new Uint8Array(scalar) },
    { name: "HMAC key", octets: "dGhlLWhtYWMta2V5LW9mLXRoZS1hY2NvdW50" },
  ];
  expect(findSecrets([folder], secrets).length).toBeGreaterThan(1);
  expect(findSecrets([platform.data], secrets)).toEqual([]);
});
