// RRsets under keys that are trusted: which of them hold, and who signed them (RFC 4035 section 5.3).

import { decodeRdata, type Name, RrType } from "#wire";
import type { SignedRrset } from "./sign-zone.ts";
import { bogus, describe, type Judgement, type TrustContext, type ZoneTrust } from "./trust.ts";
import { type RrsetVerdict, verifyRrset } from "./verify.ts";

/** Verifies an RRset with the keys of a zone that is trusted. */
export function verify(
  rrset: SignedRrset,
  { zone, keys }: Extract<ZoneTrust, { kind: "secure" }>,
  { now, work }: TrustContext,
): RrsetVerdict {
  return verifyRrset(rrset, rrset.signatures, zone, keys, now, work);
}

/** The links of a chain among RRsets whose signatures hold. `problem` is why the first that does not hold is left out. */
export function verifyLinks(
  rrsets: readonly SignedRrset[],
  trust: Extract<ZoneTrust, { kind: "secure" }>,
  context: TrustContext,
): {
  readonly links: readonly SignedRrset[];
  readonly ttl: number;
  readonly problem?: Extract<Judgement, { kind: "bogus" }>;
} {
  const links: SignedRrset[] = [];
  let ttl = Number.POSITIVE_INFINITY;
  let problem: Extract<Judgement, { kind: "bogus" }> | undefined;
  for (const rrset of rrsets) {
    if (!isLink(rrset)) continue;
    const verdict = verify(rrset, trust, context);
    // A link that a wildcard gave says nothing of the names about it.
    if (!verdict.isSecure) problem ??= bogus(verdict.reason, describe(rrset));
    else if (!verdict.wildcard) {
      links.push(rrset);
      ttl = Math.min(ttl, verdict.ttl);
    }
  }
  return { links, ttl: Number.isFinite(ttl) ? ttl : 0, ...(problem ? { problem } : {}) };
}

/** Who signed an RRset: one that can have, at or above its owner, and for DS above. */
export function signerOf({ owner, type, signatures }: SignedRrset): Name | undefined {
  let best: Name | undefined;
  for (const rdata of signatures) {
    const decoded = decodeRdata(RrType.RRSIG, rdata);
    if (!decoded.ok) continue;
    const { signersName } = decoded.value;
    if (!owner.isSubdomainOf(signersName)) continue;
    if (type === RrType.DS && !owner.isRoot && signersName.equals(owner)) continue;
    // The lowest of them: where a cut has been put between, signatures of above are of before.
    if (!best || signersName.labelCount > best.labelCount) best = signersName;
  }
  return best;
}

/** Whether an RRset is a link of a chain of denial. */
export function isLink({ type }: SignedRrset): boolean {
  return type === RrType.NSEC || type === RrType.NSEC3;
}
