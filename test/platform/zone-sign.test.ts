// Zones that `fairlead zone sign` signs, judged by verifiers of others (zone-judges.ts). Zones are random but for the first: the seed is printed,
// FAIRLEAD_SEED=N repeats it, FAIRLEAD_ROUNDS=N signs as many. A fault that is planted is found by those that look at signatures.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { anyZoneText, head } from "#dnssec/testing";
import { run } from "./harness.ts";
import { judge } from "./zone-judges.ts";
import { runSeed } from "../seed.ts";

const folder = mkdtempSync(join(tmpdir(), "fl-sign-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const unsigned = join(folder, "shop.zone");
const signed = join(folder, "shop.zone.signed");

/** Signs a zone given as text. Returns what verifiers say of it, nothing where all is well. */
function complaints(text: string, keys: string, ...options: string[]): string[] {
  writeFileSync(unsigned, `$ORIGIN shop.test.\n$TTL 300\n${text}`);
  const words = ["zone", "sign", unsigned, "--keys", join(folder, keys), "--out", signed, ...options];
  const { status, stderr } = run(join(import.meta.dirname, "../../bin/fairlead"), words);
  const hasDigest = options.includes("--zonemd");
  const isWithoutLdns =
    options.includes("--opt-out") || (hasDigest && options.includes("nsec3") && hasNamesBelowCuts(text));
  return status === 0 ? judge("shop.test", signed, hasDigest, isWithoutLdns) : [stderr];
}

function hasNamesBelowCuts(text: string): boolean {
  const lines = text.toLowerCase().split("\n");
  const owners = lines.map((line) => line.split(" ")[0] ?? "");
  const cuts = owners.filter((owner, i) => owner !== "@" && lines[i]?.includes(" ns "));
  return owners.some((owner) => cuts.some((cut) => owner.endsWith(`.${cut}`)));
}

test("a zone that ldns-verify-zone comes to no end with: NSEC3, a digest, and a name below a zone cut", () => {
  const text = `${head}B NS ns.elsewhere.test.\na.B A 192.0.2.7\n`;
  const chain = ["--denial", "nsec3", "--salt", "00ff", "--iterations", "3"];
  expect(complaints(text, "endless", ...chain, "--zonemd")).toEqual([]);
});

test.each(["ECDSAP256SHA256", "ECDSAP384SHA384", "ED25519", "ED448", "RSASHA256"])(
  "%s, both denials",
  (algorithm) => {
    for (const denial of ["nsec", "nsec3"])
      expect(
        complaints(
          `${head}www A 192.0.2.2\n`,
          `made-${algorithm}`,
          "--algorithm",
          algorithm,
          "--denial",
          denial,
        ),
      ).toEqual([]);
  },
);

test("keys of dnssec-keygen sign: two algorithms, each with a key for keys and one for data", () => {
  const keys = join(folder, "bind");
  mkdirSync(keys);
  for (const options of [
    ["-a", "13"],
    ["-a", "13", "-f", "KSK"],
    ["-a", "15"],
    ["-a", "15", "-f", "KSK"],
  ])
    expect(run("dnssec-keygen", ["-K", keys, ...options, "shop.test"]).status).toBe(0);
  expect(complaints(`${head}www A 192.0.2.2\n`, "bind")).toEqual([]);
  expect(complaints(`${head}www A 192.0.2.2\n`, "bind", "--denial", "nsec3", "--opt-out")).toEqual([]);
});

/** Ways to sign. */
const anyOptions = fc
  .tuple(
    fc.constantFrom(
      [],
      ["--denial", "nsec3"],
      ["--denial", "nsec3", "--opt-out"],
      ["--denial", "nsec3", "--salt", "00ff", "--iterations", "3"],
    ),
    fc.constantFrom([], ["--zonemd"], ["--zonemd", "--cds"]),
    fc.constantFrom([], ["--algorithm", "15"]),
    fc.constantFrom([], ["--serial", "unixtime"]),
  )
  .map((parts) => parts.flat());

test("a digest of the zone, signed: ldns wants it, and it is that of what came out", () => {
  const text = `${head}www A 192.0.2.2\n@ ZONEMD 6 1 1 ${"00".repeat(48)}\n`;
  // One that was there is of before, and another one stands in its place.
  expect(complaints(text, "digest", "--algorithm", "RSASHA256", "--bits", "3072")).toEqual([]);
  expect(judge("shop.test", signed, true)).toEqual([]);
  expect(run(join(import.meta.dirname, "../../bin/fairlead"), ["zone", "check", signed]).status).toBe(0);
  writeFileSync(signed, readFileSync(signed, "utf8").replace("192.0.2.2", "192.0.2.3"));
  expect(judge("shop.test", signed, true).length).toBeGreaterThan(1);
  expect(run(join(import.meta.dirname, "../../bin/fairlead"), ["zone", "check", signed]).stderr).toContain(
    "it is not what its digest is of",
  );
});

test("times, serial and TTL of keys are what the options say", () => {
  const words = ["--inception", "20260101000000", "--expiration", "2000000000", "--serial", "increment"];
  expect(complaints(`${head}www A 192.0.2.2\n`, "times", ...words, "--dnskey-ttl", "1h")).toEqual([]);
  const text = readFileSync(signed, "utf8");
  expect(text).toMatch(/ 8 +; serial/);
  expect(text).toMatch(/RRSIG\s+A 13 3 300 20330518033320 20260101000000/);
  expect(text).toMatch(/3600\s+(IN\s+)?DNSKEY/);
});

test.each([
  [["--denial", "nsec4"], 'denial "nsec4" is not known'],
  [["--denial", "compact"], "compact denial is signed by the name server"],
  [["--salt", "00"], "want --denial nsec3"],
  [["--denial", "nsec3", "--salt", "0"], "is no pairs of hexadecimal digits"],
  [["--denial", "nsec3", "--iterations", "51"], "from 0 to 50"],
  [["--bits", "1024", "--algorithm", "RSASHA256"], "from 2048 to 4096"],
  [["--bits", "2048"], "wants --algorithm RSASHA256"],
  [["--days", "3", "--expiration", "2000000000"], "not both"],
  [["--inception", "20301332000000"], "is no time"],
  [["--expiration", "1"], "end before they begin"],
  [["--expiration", "9999999999"], "68 years later"],
  [["--serial", "date"], 'serial "date" is not known'],
])("what cannot be done is refused: %j", (options, words) => {
  writeFileSync(unsigned, `$ORIGIN shop.test.\n$TTL 300\n${head}`);
  const { status, stderr } = run(join(import.meta.dirname, "../../bin/fairlead"), [
    "zone",
    "sign",
    unsigned,
    "--keys",
    join(folder, "refused"),
    ...options,
  ]);
  expect([status, stderr]).toEqual([2, expect.stringContaining(words)]);
});

/** A zone without what a DNAME hides: it is not signed, and kzonecheck minds that it is there. */
function withoutHidden(text: string): string {
  const lines = text.split("\n");
  const hiding = lines.flatMap((line) =>
    line.includes(" DNAME ") ? [`.${line.split(" ")[0]}`.toLowerCase()] : [],
  );
  return lines
    .filter((line) => !hiding.some((owner) => (line.split(" ")[0] ?? "").toLowerCase().endsWith(owner)))
    .join("\n");
}

const rounds = Number(process.env["FAIRLEAD_ROUNDS"] ?? 12);

test("random zones", { timeout: 120_000 + rounds * 20_000 }, () => {
  process.stdout.write(`zones signed: FAIRLEAD_SEED=${runSeed}\n`);
  fc.assert(
    fc.property(anyZoneText, anyOptions, (text, options) => {
      expect(
        complaints(withoutHidden(text), `random-${options.includes("15") ? 15 : 13}`, ...options),
      ).toEqual([]);
    }),
    { seed: runSeed, numRuns: rounds, endOnFailure: true },
  );
});

test("both find a record that was changed after it was signed", () => {
  expect(complaints(`${head}www A 192.0.2.2\n`, "planted")).toEqual([]);
  writeFileSync(signed, readFileSync(signed, "utf8").replace("192.0.2.2", "192.0.2.3"));
  expect(judge("shop.test", signed)).toHaveLength(3); // named-checkzone looks at no signature
});
