// Zones go to and come from NSD, Knot and BIND: whole and by differences, told of by NOTIFY, all of it signed.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { claimNetwork } from "#runtime/testing";
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
@ SOA ns1 host ${serial} 3600 2 86400 60
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

const { network } = await claimNetwork();
let folder: string;
let running: PeerServer[];
let ours: Place;
let theirs: Place;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "fl-xfr-"));
  running = [];
  // An address each: primaries and secondaries know each other by it.
  ours = { address: `127.${network}.0.1`, port: await freePort(`127.${network}.0.1`) };
  theirs = { address: `127.${network}.0.2`, port: await freePort(`127.${network}.0.2`) };
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
      "+time=30",
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

describe("catalog zones (RFC 9432)", () => {
  const catalog = "catalog.test";
  const members = ["one.test", "two.test"];
  const small = (serial: number): string =>
    `@ 60 SOA ns host ${serial} 3600 2 86400 60\n@ 60 NS ns\nns 60 A 192.0.2.1\n`;
  const zonesOf = (names: readonly string[], serial = 1): PeerSetup["zones"] =>
    names.map((name) => ({ name, text: small(serial) }));
  const all = async (at: Place, names: readonly string[]): Promise<boolean> =>
    (await Promise.all(names.map((name) => serialAt(at, name)))).every((serial) => serial === 1);

  test.each(["Knot", "BIND"] as const)("%s goes by ours: zones come, and go", async (peer) => {
    const algorithm = algorithms[peer];
    if (peer === "BIND") theirs = { address: "127.0.0.1", port: await freePort("127.0.0.1") };
    const given = setup("ours", ours, theirs, algorithm);
    running.push(startOurs({ ...given, zones: zonesOf(members), catalog: { name: catalog, role: "made" } }));
    await until(async () => (await serialAt(ours, "one.test")) === 1, "we answer", running);
    running.push(
      peers[peer]({
        ...setup("theirs", theirs, ours, algorithm),
        zones: [],
        catalog: { name: catalog, role: "followed" },
      }),
    );
    await until(() => all(theirs, members), "the peer has both zones", running);
    // Started again with one zone less and one more: the catalog that is made then is told of.
    await running.shift()?.stop();
    running.unshift(
      startOurs({
        ...given,
        zones: zonesOf(["two.test", "three.test"]),
        catalog: { name: catalog, role: "made" },
      }),
    );
    await until(() => all(theirs, ["two.test", "three.test"]), "the peer has the zone that is new", running);
    await until(
      async () => (await serialAt(theirs, "one.test")) === undefined,
      "the peer has let go of the other",
      running,
    );
  });

  test("we go by Knot's: zones come, and go, and are kept", async () => {
    const algorithm = algorithms.Knot;
    const given = setup("theirs", theirs, ours, algorithm);
    running.push(startKnot({ ...given, zones: zonesOf(members), catalog: { name: catalog, role: "made" } }));
    await until(async () => (await serialAt(theirs, "one.test")) === 1, "the peer answers", running);
    const words = ["--folder", join(folder, "kept")];
    const mine = {
      ...setup("ours", ours, theirs, algorithm),
      zones: [],
      catalog: { name: catalog, role: "followed" } as const,
    };
    running.push(startOurs(mine, words));
    await until(() => all(ours, members), "we have both zones", running);
    await running.shift()?.stop();
    await running.pop()?.stop();
    running.push(startOurs(mine, words));
    await until(() => all(ours, members), "we have what was kept, with the primary gone", running);
    running.push(
      startKnot({
        ...given,
        zones: zonesOf(["two.test", "three.test"]),
        catalog: { name: catalog, role: "made" },
      }),
    );
    await until(() => all(ours, ["two.test", "three.test"]), "we have the zone that is new", running);
    await until(
      async () => (await serialAt(ours, "one.test")) === undefined,
      "we have let go of the other",
      running,
    );
  });
});

test("nsupdate changes a zone of ours, signed, within what its key may; what it changed outlives us", async () => {
  const algorithm = "hmac-sha256";
  const given = setup("ours", ours, theirs, algorithm, text(1));
  const words = [
    "--allow-update",
    `${zone}=key:transfer;below=dyn.${zone};types=A,TXT`,
    "--folder",
    join(folder, "kept"),
  ];
  running.push(startOurs(given, words));
  await until(async () => (await serialAt(ours, zone)) === 1, "we answer", running);
  const update = (...lines: string[]): string => {
    const input = [`server ${ours.address} ${ours.port}`, `zone ${zone}`, ...lines, "send", ""].join("\n");
    const { stderr } = spawnSync("nsupdate", ["-y", `${algorithm}:transfer:${secret}`], {
      input,
      encoding: "utf8",
    });
    return stderr.trim();
  };
  expect(update(`update add host.dyn.${zone} 60 A 192.0.2.5`, `update add host.dyn.${zone} 60 TXT "x"`)).toBe(
    "",
  );
  expect(update(`update add host.${zone} 60 A 192.0.2.5`)).toContain("REFUSED");
  expect(update(`prereq nxdomain host.dyn.${zone}`, `update add other.dyn.${zone} 60 A 192.0.2.5`)).toContain(
    "YXDOMAIN",
  );
  expect(update(`prereq yxrrset host.dyn.${zone} A 192.0.2.5`, `update delete host.dyn.${zone} TXT`)).toBe(
    "",
  );
  expect((await ask(ours, `host.dyn.${zone}`, RrType.A))?.answer).toHaveLength(1);
  expect((await ask(ours, `host.dyn.${zone}`, RrType.TXT))?.answer).toHaveLength(0);
  const serial = await serialAt(ours, zone);
  expect(serial).toBeGreaterThan(1);
  // Killed, not asked to end: what nsupdate was told is on the disk.
  running[0]?.child.kill("SIGKILL");
  await running.pop()?.stop();
  running.push(startOurs(given, words));
  await until(
    async () => (await serialAt(ours, zone)) === serial,
    "what was changed is there again",
    running,
  );
  expect((await ask(ours, `host.dyn.${zone}`, RrType.A))?.answer).toHaveLength(1);
});
