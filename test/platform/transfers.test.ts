// Zones go to and come from NSD, Knot and BIND: whole and by differences, told of by NOTIFY, all of it signed.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RrType } from "#wire";
import {
  ask,
  freePort,
  type PeerServer,
  type PeerSetup,
  type Place,
  serialAt,
  startBind,
  startKnot,
  startNsd,
  startOurs,
  until,
} from "./transfer-peers.ts";

const peers = { NSD: startNsd, Knot: startKnot, BIND: startBind } as const;
const algorithms = { NSD: "hmac-sha256", Knot: "hmac-sha384", BIND: "hmac-sha512" } as const;
const names = Object.keys(peers) as (keyof typeof peers)[];

const zone = "example.test";
const secret = "q0c3Fk5WyGyJYl3GmsAL8AE1P2OdRkMVEFQTVIGIcm0=";

/** A zone with types of all kinds, odd names among them, and many records; `more` is what differs from version to version. */
function text(serial: number, more = ""): string {
  return `$TTL 300
@ SOA ns1 host ${serial} 3600 600 86400 60
@ NS ns1
@ MX 10 mail
@ CAA 0 issue "ca.example.net"
@ TXT "one" "two \\"quoted\\" \\000\\255"
ns1 A 192.0.2.1
ns1 AAAA 2001:db8::1
mail A 192.0.2.25
*.wild A 192.0.2.7
cut NS ns.cut
ns.cut A 192.0.2.53
_443._tcp SRV 0 0 443 www
www HTTPS 1 . alpn=h2,h3
old DNAME new
od\\.d\\032name TXT odd
unknown TYPE65280 \\# 3 010203
${Array.from({ length: 3000 }, (_, i) => `host${i} A 192.0.2.${i % 250}`).join("\n")}
${more}
`;
}

let folder: string;
let running: PeerServer[];
let ours: Place;
let theirs: Place;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "fl-xfr-"));
  running = [];
  // An address each: primaries and secondaries know each other by it.
  const network = 10 + Math.floor(Math.random() * 200);
  ours = { address: `127.87.${network}.1`, port: await freePort(`127.87.${network}.1`) };
  theirs = { address: `127.87.${network}.2`, port: await freePort(`127.87.${network}.2`) };
});

afterEach(async () => {
  await Promise.all(running.map((server) => server.stop()));
  rmSync(folder, { recursive: true, force: true });
});

function setup(name: string, at: Place, other: Place, algorithm: string, zoneText?: string): PeerSetup {
  return {
    folder: join(folder, name),
    at,
    other,
    zones: [{ name: zone, ...(zoneText === undefined ? {} : { text: zoneText }) }],
    key: { name: "transfer", algorithm, secret },
  };
}

/** All records of a zone, as dig has them, sorted; the SOA once. */
function transferred(at: Place, algorithm: string): string[] {
  const { stdout } = spawnSync(
    "dig",
    [
      `@${at.address}`,
      "-p",
      String(at.port),
      "-y",
      `${algorithm}:transfer:${secret}`,
      "+onesoa",
      "+nocomments",
      "+nostats",
      "+nocmd",
      zone,
      "AXFR",
    ],
    { encoding: "utf8", maxBuffer: 1 << 26 },
  );
  return stdout
    .split("\n")
    .map((line) => line.replaceAll(/\s+/g, " ").trim())
    .filter((line) => line !== "" && !line.includes(" TSIG "))
    .sort();
}

async function serials(expected: number, servers: readonly PeerServer[]): Promise<void> {
  await until(
    async () => (await serialAt(ours, zone)) === expected && (await serialAt(theirs, zone)) === expected,
    `both have serial ${expected}`,
    servers,
  );
}

describe.each(names)("%s", (peer) => {
  const algorithm = algorithms[peer];

  beforeEach(async () => {
    // BIND listens on nothing but what interfaces have.
    if (peer === "BIND") theirs = { address: "127.0.0.1", port: await freePort("127.0.0.1") };
  });

  test("takes a zone over from us, and its differences when we tell of them", async () => {
    const primary = startOurs(setup("ours", ours, theirs, algorithm, text(1)), ["--workers", "2"]);
    running.push(primary);
    await until(async () => (await serialAt(ours, zone)) === 1, "we answer", running);
    running.push(peers[peer](setup("theirs", theirs, ours, algorithm)));
    await serials(1, running);
    expect(transferred(theirs, algorithm)).toEqual(transferred(ours, algorithm));
    expect(transferred(ours, algorithm)).toHaveLength(3016);
    primary.rewrite(zone, text(2, "new A 192.0.2.99\ncut DS 1 13 2 " + "ab".repeat(32)));
    await serials(2, running);
    expect(transferred(theirs, algorithm)).toEqual(transferred(ours, algorithm));
    for (const how of ["axfr", "ixfr"])
      await until(
        async () => new RegExp(`${how} of example.test. from .* .transfer..: NOERROR`).test(primary.log()),
        `we say that there was ${how}`,
        running,
      );
    expect((await ask(theirs, `new.${zone}`, RrType.A))?.answer).toHaveLength(1);
  });

  test("gives us a zone, and its differences when it tells of them", async () => {
    const primary = peers[peer](setup("theirs", theirs, ours, algorithm, text(1)));
    running.push(primary);
    await until(async () => (await serialAt(theirs, zone)) === 1, "the peer answers", running);
    const secondary = startOurs(setup("ours", ours, theirs, algorithm), ["--folder", join(folder, "kept")]);
    running.push(secondary);
    await serials(1, running);
    expect(transferred(ours, algorithm)).toEqual(transferred(theirs, algorithm));
    primary.rewrite(zone, text(2, "new A 192.0.2.99"));
    await serials(2, running);
    expect(transferred(ours, algorithm)).toEqual(transferred(theirs, algorithm));
    const said = "transferred, differences (serial 2)";
    await until(async () => secondary.log().includes(said), `we say "${said}"`, running);
    // What was kept is served by who comes next, whether the primary is there or not.
    await primary.stop();
    await secondary.stop();
    const next = startOurs(setup("ours", ours, theirs, algorithm), ["--folder", join(folder, "kept")]);
    running = [next];
    await until(async () => (await serialAt(ours, zone)) === 2, "what was kept is served", running);
    expect(transferred(ours, algorithm)).toHaveLength(3017);
  });
});
