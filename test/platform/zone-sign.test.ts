// Zones that `fairlead zone sign` signs, judged by verifiers of others: ldns-verify-zone and BIND's dnssec-verify. Zones are random but for the first;
// the seed is printed where one fails. A fault that is planted is found by both.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { anyZoneText, head } from "#dnssec/testing";
import { run } from "./harness.ts";

const folder = mkdtempSync(join(tmpdir(), "fl-sign-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const unsigned = join(folder, "shop.zone");
const signed = join(folder, "shop.zone.signed");

/** Signs a zone given as text. Returns what the two verifiers say of it, none where all is well. */
function complaints(text: string, keys: string, ...options: string[]): string[] {
  writeFileSync(unsigned, `$ORIGIN shop.test.\n$TTL 300\n${text}`);
  const words = ["zone", "sign", unsigned, "--keys", join(folder, keys), "--out", signed, ...options];
  const { status, stderr } = run(join(import.meta.dirname, "../../bin/fairlead"), words);
  return status === 0 ? judged() : [stderr];
}

function judged(): string[] {
  // -z: a key with the SEP bit may sign all (a combined signing key).
  const bind = run("dnssec-verify", ["-z", "-o", "shop.test", signed]);
  const ldns = run("ldns-verify-zone", [signed]);
  return [
    ...(bind.status === 0 ? [] : [`dnssec-verify: ${bind.stderr}`]),
    ...(ldns.status === 0 ? [] : [`ldns-verify-zone: ${ldns.stderr}${ldns.stdout}`]),
  ];
}

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

test("random zones", () => {
  fc.assert(
    fc.property(anyZoneText, fc.constantFrom("nsec", "nsec3"), (text, denial) => {
      expect(complaints(text, "random", "--denial", denial)).toEqual([]);
    }),
    { numRuns: 12 },
  );
}, 60_000);

test("both find a record that was changed after it was signed", () => {
  expect(complaints(`${head}www A 192.0.2.2\n`, "planted")).toEqual([]);
  writeFileSync(signed, readFileSync(signed, "utf8").replace("192.0.2.2", "192.0.2.3"));
  expect(judged()).toHaveLength(2);
});
