// The chain of trust from our own root down, as foreign validators see it: Unbound resolves by itself from our root servers on port 53, delv and drill follow the
// chain through it and through our resolver. Every way that a zone is signed in is asked for all kinds of answers; then what is not signed, and what is forged.

import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ZoneSigningStatus } from "#contract";
import { root as checkout, startPlatform, type Platform } from "./harness.ts";
import {
  delv,
  dnsPort,
  judge,
  startUnbound,
  type Unbound,
  whyNoDnsPort,
  writeRootKeys,
} from "./validators.ts";

/** Zones by how they are signed. Each is asked for the same. */
const zones: readonly { readonly zone: string; readonly denial: string }[] = [
  { zone: "listed.test", denial: "nsec" },
  { zone: "hashed.test", denial: "nsec3" },
  { zone: "compact.test", denial: "compact" },
];

const missing = await whyNoDnsPort();
if (missing !== undefined) console.warn(`Not tried: ${missing}; it needs root or CAP_NET_BIND_SERVICE`);

describe.skipIf(missing !== undefined)("from the private root down", () => {
  let platform: Platform;
  let folder: string;
  let unbound: Unbound;
  let keys: { delv: string; drill: string };
  let forger: ChildProcess | undefined;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "fl-root-"));
    platform = await startPlatform({ words: ["--authority-port", String(dnsPort)] });
    for (const { zone, denial } of zones) {
      await platform.succeed("POST", "/v1/domains", { name: zone });
      if (denial !== "nsec") platform.json("dnssec", "enable", zone, "--denial", denial);
      const set = async (name: string, type: string, record: string): Promise<void> =>
        platform.succeed("PUT", `/v1/zones/${zone}/rrsets`, { name, type, records: [record] });
      await set("www", "A", "192.0.2.1");
      await set("*.any", "TXT", '"any"');
      await set("chain", "CNAME", `www.${zone}.`);
      await set("away", "CNAME", "www.listed.test.");
      await set(`deep.empty.${zone}`, "A", "192.0.2.2");
      await platform.succeed("PUT", `/v1/zones/${zone}/aliases`, { name: "alias", target: `www.${zone}` });
      // A zone below with a DS of its own, and one that is not signed.
      for (const name of ["below", "plain"]) {
        await platform.succeed("POST", "/v1/zones", { name: `${name}.${zone}` });
        await platform.succeed("PUT", `/v1/zones/${name}.${zone}/rrsets`, {
          name: "www",
          type: "A",
          records: ["192.0.2.3"],
        });
      }
      platform.json("dnssec", "disable", `plain.${zone}`);
    }
    await startForger();
    for (const { zone } of zones) await untilSecure(zone);
    unbound = await startUnbound(platform, folder, platform.port(5399));
    keys = writeRootKeys(platform, folder);
  });

  afterAll(async () => {
    await unbound?.stop();
    const server = forger;
    if (server && server.exitCode === null) {
      const ended = new Promise((resolve) => server.once("exit", resolve));
      server.kill("SIGTERM");
      await ended;
    }
    await platform?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A signed zone on a name server of its own, `forged.listed.test`, one of whose signatures is not what the key has made. */
  async function startForger(): Promise<void> {
    const at = platform.address("127.53.200.1");
    const zone = "forged.listed.test";
    const file = join(folder, "forged.zone");
    mkdirSync(join(folder, "keys"));
    writeFileSync(
      file,
      `@ 300 SOA ns hostmaster 1 7200 900 1209600 60\n@ NS ns\nns A ${at}\ngood A 192.0.2.4\nbad A 192.0.2.5\n`,
    );
    const signed = platform.json<{ ds: string[] }>(
      "zone",
      "sign",
      file,
      "--zone",
      zone,
      "--keys",
      join(folder, "keys"),
      "--out",
      join(folder, "signed.zone"),
    );
    const text = readFileSync(join(folder, "signed.zone"), "utf8");
    writeFileSync(join(folder, "forged.signed"), forge(text));
    const rows: [string, string, string][] = [
      [zone, "NS", `ns.${zone}.`],
      [`ns.${zone}`, "A", at],
      [zone, "DS", signed.ds[0]?.split(/\sDS\s/)[1] ?? ""],
    ];
    for (const [name, type, record] of rows)
      await platform.succeed("PUT", "/v1/zones/listed.test/rrsets", { name, type, records: [record] });
    // It is ended whatever comes of it.
    const child = (forger = spawn(
      join(checkout, "bin", "fairlead"),
      ["name-server", "--zone", `${zone}=${join(folder, "forged.signed")}`, "--listen", `${at}:${dnsPort}`],
      { env: platform.environment, stdio: ["ignore", "pipe", "pipe"] },
    ));
    child.stdout.resume();
    child.stderr.resume();
    await until(() => ask(at, `good.${zone}`).includes("192.0.2.4"), `${zone} is not answered for`);
  }

  /** Puts another signature in the place of the one over `bad`'s address. */
  function forge(text: string): string {
    const lines = text.split("\n");
    // Records of one name follow one another, and its signature the records that it is over.
    const at = lines.findIndex((line) => /^bad\s.*\sA\s/.test(line)) + 1;
    const line = lines[at] ?? "";
    if (!/\sRRSIG\s+A\s/.test(line)) throw new Error(`There is no signature over bad's address:\n${text}`);
    const signature = line.trimEnd().split(" ").at(-1) ?? "";
    lines[at] = line.replace(signature, `${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`);
    return lines.join("\n");
  }

  function ask(address: string, name: string): string {
    return spawnSync("dig", [`@${address}`, name, "A", "+short", "+tries=1", "+time=1"], { encoding: "utf8" })
      .stdout;
  }

  async function untilSecure(zone: string): Promise<void> {
    const isSecure = (): boolean =>
      platform.json<ZoneSigningStatus>("dnssec", "status", zone).state === "secure";
    await until(isSecure, `${zone} does not get its DS`);
  }

  async function until(isSo: () => boolean, problem: string): Promise<void> {
    for (const end = performance.now() + 90_000; !isSo(); await wait(100))
      if (performance.now() > end) throw new Error(problem);
  }

  /** The platform's resolver, and Unbound. */
  const judges = (): [string, number][] => [
    ["unbound", unbound.port],
    ["our resolver", platform.port(5300)],
  ];

  test("Unbound is the one that the tests speak of, and has asked our root", () => {
    expect(judge(unbound.port, ".", "NS")).toMatchObject({ rcode: "NOERROR", isSecure: true });
    expect(judge(unbound.port, ".", "NS").answer.join("\n")).toContain("a.root.internal.");
  });

  describe.each(zones)("$zone, signed with $denial", ({ zone }) => {
    test.each([
      ["www", "A", "NOERROR", 1],
      ["", "DNSKEY", "NOERROR", 2],
      ["", "DS", "NOERROR", 1],
      ["at.any", "TXT", "NOERROR", 1],
      ["at.deeper.any", "TXT", "NOERROR", 1],
      ["chain", "A", "NOERROR", 2],
      ["away", "A", "NOERROR", 2],
      ["alias", "A", "NOERROR", 1],
      ["below", "DS", "NOERROR", 1],
      ["www.below", "A", "NOERROR", 1],
      ["www", "MX", "NOERROR", 0],
      ["at.any", "MX", "NOERROR", 0],
      ["alias", "AAAA", "NOERROR", 0],
      ["empty", "A", "NOERROR", 0],
      ["plain", "DS", "NOERROR", 0],
      ["nothing", "A", "NXDOMAIN", 0],
      ["nothing.below", "A", "NXDOMAIN", 0],
      ["deep.nothing.www", "A", "NXDOMAIN", 0],
    ])("%s %s is %s and secure", (label, type, rcode, count) => {
      const name = label === "" ? zone : `${label}.${zone}`;
      for (const [who, port] of judges()) {
        const verdict = judge(port, name, type);
        // RFC 9824 section 3: to who asks with DO, and says nothing of CO, such a name is one without records.
        const isCompact = zone === "compact.test" && !name.endsWith(`below.${zone}`);
        expect({ who, ...verdict, answer: verdict.answer.length }).toMatchObject({
          who,
          rcode: isCompact ? "NOERROR" : rcode,
          isSecure: true,
          answer: count,
        });
        const words = delv(port, keys.delv, name, type);
        expect(words, who).toContain(
          count > 0 ? "; fully validated" : "; negative response, fully validated",
        );
      }
    });

    test("a zone that is not signed is insecure, and answered", () => {
      for (const [who, port] of judges()) {
        expect(judge(port, `www.plain.${zone}`, "A"), who).toMatchObject({
          rcode: "NOERROR",
          isSecure: false,
        });
        expect(judge(port, `no.plain.${zone}`, "A"), who).toMatchObject({
          rcode: "NXDOMAIN",
          isSecure: false,
        });
        expect(delv(port, keys.delv, `www.plain.${zone}`, "A"), who).toContain("; unsigned answer");
      }
    });

    test("drill follows the chain to the root's key", () => {
      const { stdout } = spawnSync(
        "drill",
        ["-S", "-k", keys.drill, "-p", String(unbound.port), "@127.0.0.1", `www.below.${zone}`, "A"],
        { encoding: "utf8" },
      );
      expect(stdout).toContain(";; Chase successful");
      expect(stdout).toMatch(/---\. \(DNSKEY keytag: \d+ alg: 13 flags: 257\)/);
    });
  });

  test("a name of a TLD that is not there is secure too", () => {
    for (const [who, port] of judges()) {
      expect(judge(port, "nobody.test", "A"), who).toMatchObject({ rcode: "NXDOMAIN", isSecure: true });
      expect(judge(port, "test", "DS"), who).toMatchObject({ rcode: "NOERROR", isSecure: true });
    }
    expect(judge(unbound.port, "nothing", "A")).toMatchObject({ rcode: "NXDOMAIN", isSecure: true });
  });

  test("a broken signature is bogus, and nothing beside it", () => {
    for (const [who, port] of judges()) {
      expect(judge(port, "good.forged.listed.test", "A"), who).toMatchObject({
        rcode: "NOERROR",
        isSecure: true,
      });
      // RFC 8914 section 4.7: DNSSEC Bogus.
      expect(judge(port, "bad.forged.listed.test", "A"), who).toMatchObject({
        rcode: "SERVFAIL",
        extendedErrors: expect.arrayContaining([6]),
        answer: [],
      });
      expect(judge(port, "bad.forged.listed.test", "A", "+cdflag"), who).toMatchObject({
        rcode: "NOERROR",
        isSecure: false,
        answer: [expect.stringContaining("192.0.2.5")],
      });
      expect(delv(port, keys.delv, "bad.forged.listed.test", "A"), who).toContain("resolution failed");
    }
  });
});
