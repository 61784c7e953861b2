// What verifiers of others say of a signed zone in a file: BIND's dnssec-verify and named-checkzone, ldns-verify-zone and Knot's kzonecheck.

import { run } from "./harness.ts";

/**
 * Complaints about a signed zone, none where all is well.
 * @param hasDigest  whether a ZONEMD must be there, and be right
 * @param hasOptOut  whether delegations are left out of its chain: ldns-verify-zone, whose manual says that it minds them, comes to no end there
 */
export function judge(
  zone: string,
  file: string,
  hasDigest: boolean = false,
  hasOptOut: boolean = false,
): string[] {
  const origin = zone === "." ? "." : zone.replace(/\.$/, "");
  const verdicts: [string, string[]][] = [
    // -z: a key with the SEP bit may sign all (a combined signing key).
    ["dnssec-verify", ["-z", "-o", origin, file]],
    ["ldns-verify-zone", [...(hasDigest ? ["-ZZ"] : []), file]],
    ["kzonecheck", ["-d", "on", "-o", origin, file]],
    // Where names of the zone lead, and what hosts may be called, is none of the signer's.
    ["named-checkzone", ["-i", "none", "-k", "ignore", "-n", "ignore", "-r", "ignore", origin, file]],
  ];
  return verdicts.flatMap(([program, words]) => {
    if (hasOptOut && program === "ldns-verify-zone") return [];
    const { status, stdout, stderr } = run(program, words);
    return status === 0 ? [] : [`${program}: ${stderr}${stdout}`];
  });
}
