// Zones go over TLS (RFC 9103) to and from NSD and BIND, and between two of ours: whole and by differences, each side known by a name in its
// certificate, by its key, or, where that is wanted, the client by a certificate too. Knot 3.2 has no transfers over TLS: its first with them is 3.4.

import { createHash, createPublicKey } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { issueLeaf, makeIssuing, makePrivateKey, makeRoot } from "#certificate";
import { claimNetwork } from "#runtime/testing";
import { run } from "./harness.ts";
import {
  freePort,
  type PeerServer,
  type PeerSetup,
  type PeerTls,
  type Place,
  serialAt,
  startBind,
  startNsd,
  startOurs,
  until,
} from "./transfer-peers.ts";

const zone = "example.test";
const key = {
  name: "transfer",
  algorithm: "hmac-sha256",
  secret: "q0c3Fk5WyGyJYl3GmsAL8AE1P2OdRkMVEFQTVIGIcm0=",
};

function text(serial: number, more = ""): string {
  return `$TTL 300
@ SOA ns1 host ${serial} 3600 2 86400 60
@ NS ns1
ns1 A 192.0.2.1
${Array.from({ length: 3000 }, (_, i) => `host${i} A 192.0.2.${i % 250}`).join("\n")}
${more}
`;
}

const { network } = await claimNetwork();
let keys: string;
let folder: string;
let running: PeerServer[];
let ours: Place & { readonly tls: number };
let theirs: Place & { readonly tls: number };
/** SHA-256 of our key, base64. */
let pin: string;

beforeAll(() => {
  keys = mkdtempSync(join(tmpdir(), "fl-xot-keys-"));
  const now = Date.now();
  const root = makeRoot(["test"], now);
  const issuing = makeIssuing(root, ["test"], now);
  writeFileSync(join(keys, "root.pem"), root.certificate);
  writeFileSync(join(keys, "other-root.pem"), makeRoot(["test"], now).certificate);
  // A client's, which signs itself: those of servers are good for servers alone.
  const made = run("openssl", [
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-keyout",
    join(keys, "client.key"),
    "-out",
    join(keys, "client.pem"),
    "-days",
    "2",
    "-subj",
    "/CN=client",
    "-addext",
    "subjectAltName=DNS:client.test",
    "-addext",
    "basicConstraints=critical,CA:FALSE",
  ]);
  expect(made.status).toBe(0);
  for (const name of ["ours", "theirs"]) {
    const own = makePrivateKey();
    const publicKey = createPublicKey(own);
    const leaf = issueLeaf(issuing, { names: [`ns.${name}.test`], publicKey, now });
    writeFileSync(join(keys, `${name}.pem`), `${leaf}${issuing.certificate}`);
    writeFileSync(join(keys, `${name}.key`), own.export({ type: "pkcs8", format: "pem" }));
    if (name === "ours")
      pin = createHash("sha256")
        .update(publicKey.export({ type: "spki", format: "der" }))
        .digest("base64");
  }
});
afterAll(() => rmSync(keys, { recursive: true, force: true }));

async function place(address: string): Promise<Place & { readonly tls: number }> {
  return { address, port: await freePort(address), tls: await freePort(address) };
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "fl-xot-"));
  running = [];
  ours = await place(`127.${network}.0.1`);
  theirs = await place(`127.${network}.0.2`);
});
afterEach(async () => {
  await Promise.all(running.map((server) => server.stop()));
  rmSync(folder, { recursive: true, force: true });
});

function setup(name: "ours" | "theirs", zoneText?: string, more: Partial<PeerTls> = {}): PeerSetup {
  const [at, other] = name === "ours" ? [ours, theirs] : [theirs, ours];
  return {
    folder: join(folder, name),
    at,
    other,
    zones: [{ name: zone, ...(zoneText === undefined ? {} : { text: zoneText }) }],
    key,
    tls: {
      port: at.tls,
      certificate: join(keys, `${name}.pem`),
      key: join(keys, `${name}.key`),
      authorities: join(keys, "root.pem"),
      otherPort: other.tls,
      otherName: name === "ours" ? "ns.theirs.test" : "ns.ours.test",
      ...more,
    },
  };
}

async function serials(expected: number): Promise<void> {
  await until(
    async () => (await serialAt(ours, zone)) === expected && (await serialAt(theirs, zone)) === expected,
    `both have serial ${expected}`,
    running,
  );
}

/** How many records a server gives of the zone, by kdig. */
function transferred(at: Place & { readonly tls: number }, isPrivate: boolean, ...words: string[]): number {
  const { stdout } = run("kdig", [
    `@${at.address}`,
    "-p",
    String(isPrivate ? at.tls : at.port),
    ...(isPrivate ? ["+tls"] : []),
    "-y",
    `${key.algorithm}:${key.name}:${key.secret}`,
    "+timeout=30",
    ...words,
    zone,
    "AXFR",
  ]);
  return stdout.split("\n").filter((line) => /\sA\s192\.0\.2\./.test(line)).length;
}

describe.each([
  ["NSD", startNsd],
  ["BIND", startBind],
] as const)("%s", (name, start) => {
  beforeEach(async () => {
    // BIND listens on nothing but what interfaces have.
    if (name === "BIND") theirs = await place("127.0.0.1");
  });

  test("takes a zone over from us over TLS alone, and its differences", async () => {
    const primary = startOurs(setup("ours", text(1)), ["--workers", "2"]);
    running.push(primary);
    await until(async () => (await serialAt(ours, zone)) === 1, "we answer", running);
    running.push(start(setup("theirs")));
    await serials(1);
    primary.rewrite(zone, text(2, "new A 192.0.2.99"));
    await serials(2);
    expect(primary.log()).toContain("ixfr of example.test.");
    expect(transferred(ours, true)).toBe(3002);
    // Who has the key and asks in the clear is refused.
    expect(transferred(ours, false)).toBe(0);
  });

  test("gives us a zone over TLS, and its differences", async () => {
    const primary = start(setup("theirs", text(1)));
    running.push(primary);
    await until(async () => (await serialAt(theirs, zone)) === 1, "it answers", running);
    const secondary = startOurs(setup("ours"));
    running.push(secondary);
    await serials(1);
    primary.rewrite(zone, text(2, "new A 192.0.2.99"));
    await serials(2);
    expect(secondary.log()).toMatch(/transferred, whole \(serial 1\)/);
    expect(transferred(ours, true)).toBe(3002);
  });
});

test("a primary whose certificate has another name, or is of others, gives us nothing", async () => {
  running.push(startOurs(setup("theirs", text(1))));
  await until(async () => (await serialAt(theirs, zone)) === 1, "it answers", running);
  for (const [more, why] of [
    [{ otherName: "ns.elsewhere.test" }, "(misnamed)"],
    [{ authorities: join(keys, "other-root.pem") }, "(untrusted)"],
  ] as const) {
    const secondary = startOurs(setup("ours", undefined, more));
    running.push(secondary);
    await until(() => Promise.resolve(secondary.log().includes(why)), "we do not trust it", running);
    expect(await serialAt(ours, zone)).toBe(undefined);
    await secondary.stop();
    running.pop();
  }
});

test("a key that is known vouches for its server, whoever signed it; another one does not", async () => {
  const primary = setup("ours", text(1));
  running.push(startOurs(primary));
  await until(async () => (await serialAt(ours, zone)) === 1, "it answers", running);
  const start = (digest: string): PeerServer => {
    const { tls: _tls, ...plain } = setup("theirs");
    const from = `${zone}=${ours.address}:${ours.tls}#${key.name};pin=${digest}`;
    return startOurs({ ...plain, zones: [] }, ["--secondary", from]);
  };
  const wrong = start(createHash("sha256").update("another").digest("base64"));
  running.push(wrong);
  await until(() => Promise.resolve(wrong.log().includes("(untrusted)")), "we do not trust it", running);
  await wrong.stop();
  running.pop();
  running.push(start(pin));
  await serials(1);
});

test("where clients have to show a certificate, who shows none is refused, on both drivers", async () => {
  for (const driver of ["linux", "node"]) {
    const primary = startOurs(setup("ours", text(1)), [
      "--driver",
      driver,
      "--tls-client-ca",
      join(keys, "client.pem"),
    ]);
    running.push(primary);
    await until(async () => (await serialAt(ours, zone)) === 1, "it answers", running);
    expect(transferred(ours, true)).toBe(0);
    const shown = (name: string): string[] => [
      `+tls-certfile=${join(keys, `${name}.pem`)}`,
      `+tls-keyfile=${join(keys, `${name}.key`)}`,
    ];
    expect(transferred(ours, true, ...shown("theirs"))).toBe(0);
    expect(transferred(ours, true, ...shown("client"))).toBe(3001);
    const secondary = startOurs(setup("theirs"), [
      "--tls-client",
      `${join(keys, "client.pem")}:${join(keys, "client.key")}`,
    ]);
    running.push(secondary);
    await serials(1);
    await Promise.all(running.splice(0).map((server) => server.stop()));
  }
});
