// What tests of signing share: names, zones as text, keys, and a random zone.

import * as fc from "fast-check";
import { Name, parseZoneFile, RrType } from "#wire";
import { groupRecords, type Rrset, rrsetKey } from "#zone";
import { algorithmOf } from "./algorithms.ts";
import type { Denial } from "./denial.ts";
import { generateKey, type SigningKey } from "./key.ts";
import type { LiveSigning } from "./live-signatures.ts";

/** The zone of the tests. */
export const apex: Name = name("shop.test.");

/** Times of the tests: seconds since 1970. */
export const inception = 1_700_000_000;
export const expiration: number = inception + 14 * 86_400;

/** A name. Throws where it is none. */
export function name(text: string): Name {
  const parsed = Name.parse(text);
  if (!parsed.ok) throw new Error(`"${text}" is no name`);
  return parsed.value;
}

/** The RRsets of a zone given as text, TTL 300. */
export function rrsets(text: string): Rrset[] {
  const { records, errors } = parseZoneFile(text, { origin: apex, ttl: 300 });
  if (errors[0]) throw new Error(errors[0].message);
  return groupRecords(records);
}

/** A new key of ECDSA P-256. */
export function p256(isEntryPoint: boolean = true): SigningKey {
  const algorithm = algorithmOf(13);
  if (!algorithm) throw new Error("no algorithm 13");
  return generateKey(algorithm, isEntryPoint);
}

/** The keys of the tests' zone: one that signs keys, one that signs data. */
export const ksk: SigningKey = p256(true);
export const zsk: SigningKey = p256(false);

/** How a zone of the tests is kept signed. */
export function signing(denial: Denial, more: Partial<LiveSigning> = {}): LiveSigning {
  return {
    forKeys: [ksk],
    forData: [zsk],
    denial,
    negativeTtl: 120,
    validity: () => ({ inception, expiration }),
    renewBefore: inception,
    ...more,
  };
}

/** SOA and NS of the tests' zone. */
export const head = "@ SOA ns1 hostmaster 7 7200 900 1209600 120\n@ NS ns1\nns1 A 192.0.2.1\n";

const labels = fc.constantFrom("a", "B", "c", "*", "sub", "sec", "_x", "\\001", "a\\.b", "\\000\\255", "zz");

/** Lines of a random zone: names of up to four labels, delegations with and without DS and glue, DNAME, wildcards. */
export const anyZoneText: fc.Arbitrary<string> = fc
  .uniqueArray(
    fc.record({
      owner: fc.array(labels, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(".")),
      data: fc.constantFrom(
        "A 192.0.2.7",
        "AAAA 2001:db8::7",
        'TXT "x" "y"',
        "MX 10 Mail.shop.test.",
        "NS ns.elsewhere.test.",
        "DS 12345 13 2 00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF",
        "DNAME other.test.",
        "SRV 1 2 3 Target.b",
        "TYPE65280 \\# 3 010203",
      ),
    }),
    { selector: ({ owner, data }) => `${owner} ${data}`.toLowerCase(), maxLength: 24 },
  )
  .map((entries) => {
    // A DS belongs beside a delegation, and one name has one DNAME and no delegation with it.
    const has = (owner: string, type: string): boolean =>
      entries.some(
        (entry) => entry.owner.toLowerCase() === owner.toLowerCase() && entry.data.startsWith(type),
      );
    const kept = entries.filter(
      ({ owner, data }) =>
        !(data.startsWith("DS") && !has(owner, "NS")) &&
        !(data.startsWith("DNAME") && has(owner, "NS")) &&
        !(data.startsWith("NS") && owner.startsWith("*")),
    );
    return head + kept.map(({ owner, data }) => `${owner} ${data}\n`).join("");
  });

/** RRsets by key and whether they are of the hashes, without the octets of signatures, which differ each time: what they cover stands for them. */
export function summary(all: Iterable<Rrset>): Map<string, string> {
  const result = new Map<string, string>();
  for (const rrset of all) {
    const rdata = rrset.rdata.map((octets) =>
      octets.subarray(0, rrset.type === RrType.RRSIG ? 18 : 65535).join(),
    );
    const row = rrset.type === RrType.NSEC3 || rrset.rdata.some((octets) => isOverHashed(rrset, octets));
    result.set(`${row} ${rrsetKey(rrset.owner, rrset.type)}`, `${rrset.ttl} ${rdata.sort().join(" ")}`);
  }
  return result;
}

function isOverHashed({ type }: Rrset, rdata: Uint8Array): boolean {
  return type === RrType.RRSIG && ((rdata[0]! << 8) | rdata[1]!) === RrType.NSEC3;
}
