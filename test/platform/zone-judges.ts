// What verifiers of others say of a signed zone in a file: BIND's dnssec-verify and named-checkzone, ldns-verify-zone and Knot's kzonecheck.

import { run } from "./harness.ts";

/**
 * Complaints about a signed zone, none where all is well.
 * @param hasDigest  whether a ZONEMD must be there, and be right
 * @param isWithoutLdns  whether ldns-verify-zone is not asked: it comes to no end where delegations are left out of the chain, which its manual says that it
 *   minds, nor, in some orders of the hashes, where a zone with NSEC3 and a digest has names below zone cuts
 */
export function judge(
  zone: string,
  file: string,
  hasDigest: boolean = false,
  isWithoutLdns: boolean = false,
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
    if (isWithoutLdns && program === "ldns-verify-zone") return [];
    const { status, stdout, stderr } = run(program, words);
    return status === 0 ? [] : [`${program}: ${stderr}${stdout}`];
  });
}
