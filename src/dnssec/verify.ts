// Verifies the signatures over one RRset with keys that are trusted already. How trust came to the keys, and what a negative answer
// proves, is not looked at here.

import { areSameOctets, decodeRdata, type Name, RrType, type RrsigRdata } from "#wire";
import type { Rrset } from "#zone";
import { algorithmOf } from "./algorithms.ts";
import { digestHashOf, dsOf, type PublicKey, readPublicKey } from "./key.ts";
import { countLabels, signedData } from "./signed-data.ts";

/**
 * Most signature checks for one RRset. Keys can share a tag, and an attacker gives many of either: what is not verified by then is not
 * verified at all (CVE-2023-50387).
 */
export const maxChecks = 16;

/** The signature checks that are left for all that one query needs: how an attacker's many RRsets, each within its bound, are bounded. */
export interface VerifyWork {
  checksLeft: number;
  /** Whether SHA-1 is believed; absent: it is not (RFC 9905). */
  readonly believesSha1?: boolean;
}

/** Most keys of one zone, and DS of one delegation, that are looked at (CVE-2023-50387): a roll of two algorithms has six keys. */
const maxKeys = 32;
const maxDs = 16;

/** What came of verifying an RRset (RFC 4035 section 5.3). */
export type RrsetVerdict =
  | {
      readonly isSecure: true;
      /** The RRset's TTL, capped by the signature's own and by how long it still holds. @see RFC 4035 section 5.3.3 */
      readonly ttl: number;
      /** The wildcard that the RRset came of; absent where its owner was signed itself. */
      readonly wildcard?: Name;
    }
  | {
      readonly isSecure: false;
      /** Why the last signature that might have fitted did not. */
      readonly reason: "no-signature" | "no-key" | "not-yet-valid" | "expired" | "wrong" | "too-many";
    };

/**
 * Verifies an RRset.
 *
 * @param signatures  RDATA of the RRSIGs at its owner, of any type covered
 * @param zone  the apex that the keys are of
 * @param keys  as {@link readPublicKey} gave them
 * @param now  seconds since 1970
 * @param work  what is left of it; absent: {@link maxChecks} is the only bound
 * @see RFC 4035 section 5.3
 */
export function verifyRrset(
  rrset: Rrset,
  signatures: Iterable<Uint8Array>,
  zone: Name,
  keys: readonly PublicKey[],
  now: number,
  work?: VerifyWork,
): RrsetVerdict {
  let reason: Extract<RrsetVerdict, { isSecure: false }>["reason"] = "no-signature";
  let checks = 0;
  for (const rdata of signatures) {
    const decoded = decodeRdata(RrType.RRSIG, rdata);
    if (!decoded.ok || decoded.value.typeCovered !== rrset.type) continue;
    const fields = decoded.value;
    if (!fields.signersName.equals(zone) || !rrset.owner.isSubdomainOf(zone)) continue;
    if (fields.labels > countLabels(rrset.owner)) continue;
    const wrongTime = isOutOfTime(fields, now);
    if (wrongTime) {
      reason = wrongTime;
      continue;
    }
    if (reason === "no-signature") reason = "no-key";
    const signedOwner = ownerAsSigned(rrset.owner, fields.labels);
    if (!signedOwner) continue;
    let octets: Uint8Array | undefined;
    for (const key of keys) {
      if (key.tag !== fields.keyTag || key.algorithm.number !== fields.algorithm) continue;
      if (++checks > maxChecks || (work && work.checksLeft-- <= 0))
        return { isSecure: false, reason: "too-many" };
      octets ??= signedData(fields, signedOwner, rrset);
      if (!key.algorithm.verify(octets, key.key, fields.signature)) {
        reason = "wrong";
        continue;
      }
      // The difference in serial arithmetic: less than 2^31, as the check of the time has shown.
      const left = (fields.signatureExpiration - now) | 0;
      return {
        isSecure: true,
        ttl: Math.min(rrset.ttl, fields.originalTtl, Math.max(left, 0)),
        ...(signedOwner === rrset.owner ? {} : { wildcard: signedOwner }),
      };
    }
  }
  return { isSecure: false, reason };
}

/** Times are compared in serial arithmetic (RFC 4034 section 3.1.5). */
function isOutOfTime(
  { signatureInception, signatureExpiration }: RrsigRdata,
  now: number,
): "expired" | "not-yet-valid" | undefined {
  if (((now - signatureInception) | 0) < 0) return "not-yet-valid";
  return ((signatureExpiration - now) | 0) < 0 ? "expired" : undefined;
}

/** The owner that was signed: the wildcard, where the signature says fewer labels than the owner has. */
function ownerAsSigned(owner: Name, labels: number): Name | undefined {
  if (labels === countLabels(owner)) return owner;
  return owner.slice(owner.labelCount - labels).prepend(Uint8Array.of(0x2a));
}

/**
 * The keys of a zone that its parent's DS RRset vouches for.
 * @param ds  RDATA of each DS; those of a digest or algorithm that is not believed are passed over
 * @param dnskeys  RDATA of each DNSKEY of the zone
 * @param believesSha1  whether keys and digests of SHA-1 count (RFC 9905)
 * @returns the keys; `hasUnknownOnly` where no DS could be looked at at all, so that the zone is insecure and not bogus
 * @see RFC 4035 section 5.2
 */
export function keysByDs(
  zone: Name,
  ds: Iterable<Uint8Array>,
  dnskeys: readonly Uint8Array[],
  believesSha1: boolean = false,
): { readonly keys: PublicKey[]; readonly hasUnknownOnly: boolean } {
  const keys = readKeys(dnskeys, believesSha1);
  const found = new Set<PublicKey>();
  let hasUnknownOnly = true;
  for (const rdata of [...ds].slice(0, maxDs)) {
    const decoded = decodeRdata(RrType.DS, rdata);
    if (!decoded.ok || digestHashOf(decoded.value.digestType, believesSha1) === undefined) continue;
    const { keyTag, algorithm, digestType } = decoded.value;
    if (!algorithmOf(algorithm, believesSha1)) continue;
    hasUnknownOnly = false;
    for (const key of keys) {
      if (key.tag !== keyTag || key.algorithm.number !== algorithm) continue;
      if (areSameOctets(dsOf(zone, key, digestType, believesSha1), rdata)) found.add(key);
    }
  }
  return { keys: [...found], hasUnknownOnly };
}

/** The keys of a zone's DNSKEY RRset that can be verified with. */
export function readKeys(dnskeys: readonly Uint8Array[], believesSha1: boolean = false): PublicKey[] {
  return dnskeys.slice(0, maxKeys).flatMap((rdata) => readPublicKey(rdata, believesSha1) ?? []);
}
