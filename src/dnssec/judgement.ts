// Judges what a server said of a name (RFC 4035 section 5): secure, insecure or bogus, by the trust in the zone that it must be of. A machine
// without a network, as the way down to that zone is (zone-trust.ts).

import { type Name, RrType } from "#wire";
import { unvalidated } from "./anchors.ts";
import { DenialProof } from "./denial-proof.ts";
import type { SignedRrset } from "./sign-zone.ts";
import {
  bogus,
  describe,
  type Judgement,
  text,
  tooManyRounds,
  type TrustContext,
  type TrustSteps,
  type ZoneTrust,
} from "./trust.ts";
import { isLink, signerOf, verify, verifyLinks } from "./trusted-rrsets.ts";
import { walkDown, zoneTrust } from "./zone-trust.ts";

/**
 * Validates an RRset of an answer.
 * @param proof  NSEC and NSEC3 RRsets that came along, for an RRset that a wildcard gave
 */
export function* judgeRrset(
  rrset: SignedRrset,
  proof: readonly SignedRrset[],
  context: TrustContext,
): TrustSteps<Judgement> {
  return yield* withFreshKeys(signerOf(rrset), context, () => judgeRrsetOnce(rrset, proof, context));
}

function* judgeRrsetOnce(
  rrset: SignedRrset,
  proof: readonly SignedRrset[],
  context: TrustContext,
): TrustSteps<Judgement> {
  const off = unvalidated(rrset.owner, context);
  if (off) return off;
  const signer = signerOf(rrset);
  const trust = yield* trustOf(rrset, signer, context);
  if (trust.kind !== "secure") return trust;
  const verdict = verify(rrset, trust, context);
  if (!verdict.isSecure) return bogus(verdict.reason, describe(rrset));
  if (!verdict.wildcard) return { kind: "secure", ttl: verdict.ttl };
  const encloser = verdict.wildcard.slice(1);
  const { links, ttl } = verifyLinks(proof, trust, context);
  const said = new DenialProof(trust.zone, links).wildcard(rrset.owner, encloser);
  return judge(said, Math.min(ttl, verdict.ttl), `no proof that the wildcard is for ${text(rrset.owner)}`);
}

/**
 * Validates a negative answer.
 * @param authority  its SOA, NSEC and NSEC3 RRsets
 */
export function* judgeNegative(
  name: Name,
  type: number,
  isNxdomain: boolean,
  authority: readonly SignedRrset[],
  context: TrustContext,
): TrustSteps<Judgement> {
  const soa = authority.find((rrset) => rrset.type === RrType.SOA);
  const lead = authority.find((rrset) => isLink(rrset) && signerOf(rrset)) ?? soa;
  const signer = lead && signerOf(lead);
  // A zone says nothing of the DS at its own apex: its parent does (RFC 6840 section 4.1).
  const isOwnDs = type === RrType.DS && !name.isRoot && signer?.equals(name) === true;
  return yield* withFreshKeys(signer, context, () =>
    judgeNegativeOnce({ name, type, isNxdomain, authority }, isOwnDs ? undefined : signer, context),
  );
}

interface Denied {
  readonly name: Name;
  readonly type: number;
  readonly isNxdomain: boolean;
  readonly authority: readonly SignedRrset[];
}

function* judgeNegativeOnce(
  { name, type, isNxdomain, authority }: Denied,
  signer: Name | undefined,
  context: TrustContext,
): TrustSteps<Judgement> {
  const off = unvalidated(name, context);
  if (off) return off;
  const trust = yield* trustOf({ owner: name, type }, signer, context);
  if (trust.kind !== "secure") return trust;
  if (!signer) return bogus("no-denial", `${text(name)} is denied without proof`);
  const soa = authority.find((rrset) => rrset.type === RrType.SOA);
  const soaVerdict = soa && verify(soa, trust, context);
  if (soaVerdict && !soaVerdict.isSecure) return bogus(soaVerdict.reason, describe(soa));
  const { links, ttl, problem } = verifyLinks(authority, trust, context);
  const proof = new DenialProof(trust.zone, links);
  const said = isNxdomain ? proof.nxdomain(name) : proof.nodata(name, type);
  if (said === "unproven" && problem) return problem;
  return judge(said, Math.min(ttl, soaVerdict?.ttl ?? ttl), `no proof that ${text(name)} is not there`);
}

/** What does not fit keys that were known may fit those that the zone has by now. */
function* withFreshKeys(
  signer: Name | undefined,
  context: TrustContext,
  once: () => TrustSteps<Judgement>,
): TrustSteps<Judgement> {
  const first = yield* once();
  return first.kind === "bogus" && signer && context.forget(signer) ? yield* once() : first;
}

/** The trust that an RRset is under: that of its signer, or where nobody signed it, of the zone that it must be in. */
function* trustOf(
  rrset: Pick<SignedRrset, "owner" | "type">,
  signer: Name | undefined,
  context: TrustContext,
): TrustSteps<ZoneTrust> {
  if (signer) {
    const trust = yield* zoneTrust(signer, context);
    if (trust.kind !== "secure" || trust.zone.equals(signer)) return trust;
    return bogus("no-dnskey", `${text(rrset.owner)} is signed by ${text(signer)}, which is no zone`);
  }
  const at = rrset.type === RrType.DS ? (rrset.owner.parent() ?? rrset.owner) : rrset.owner;
  const trust = yield* walkDown(at, context);
  return trust.kind === "secure" ? bogus("no-signature", describe(rrset)) : trust;
}

function judge(said: ReturnType<DenialProof["nodata"]>, ttl: number, unproven: string): Judgement {
  switch (said) {
    case "proven":
      return { kind: "secure", ttl };
    case "opt-out":
      return { kind: "insecure", reason: { code: "opt-out", text: "the proof leaves unsigned zones out" } };
    case "too-many-rounds":
      return { kind: "insecure", reason: tooManyRounds() };
    case "unproven":
      return bogus("no-denial", unproven);
  }
}
