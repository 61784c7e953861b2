// Signs one RRset: at once, or in two halves, where the octets are signed somewhere else in between.

import type { Name } from "#wire";
import type { Rrset } from "#zone";
import type { SigningKey } from "./key.ts";
import { countLabels, rrsigRdata, signedData } from "./signed-data.ts";

/** From when to when a signature holds: seconds since 1970. */
export interface Validity {
  readonly inception: number;
  readonly expiration: number;
}

/** A signature that is yet to be made. */
export interface UnmadeSignature {
  /** What is signed, and with what. */
  readonly octets: Uint8Array;
  readonly key: SigningKey;
  /** Takes the signature. */
  settle(signature: Uint8Array): void;
}

/** Work that stops where signatures are to be made, and goes on once all of them are settled. Where it gives none, others may have a turn. */
export type SigningWork<T> = Generator<readonly UnmadeSignature[], T, undefined>;

/** Does such work here and now. */
export function signAtOnce<T>(work: SigningWork<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    for (const unmade of step.value) makeSignature(unmade);
  }
}

/** Makes one signature, and settles it. */
export function makeSignature(unmade: UnmadeSignature): void {
  const { octets, key } = unmade;
  unmade.settle(key.algorithm.sign(octets, key.key));
}

/**
 * Signs an RRset.
 * @param apex  of the zone: the signer's name
 * @returns RDATA of the RRSIG
 * @see RFC 4034 section 3.1
 */
export function signRrset(apex: Name, rrset: Rrset, key: SigningKey, validity: Validity): Uint8Array {
  const octets = toSign(apex, rrset, key, validity);
  return rrsigRdata(octets, apex, key.algorithm.sign(octets, key.key));
}

/** The same in two halves. @param take  is given RDATA of the RRSIG */
export function unmadeSignature(
  apex: Name,
  rrset: Rrset,
  key: SigningKey,
  validity: Validity,
  take: (rdata: Uint8Array) => void,
): UnmadeSignature {
  const octets = toSign(apex, rrset, key, validity);
  return { octets, key, settle: (signature) => take(rrsigRdata(octets, apex, signature)) };
}

function toSign(
  apex: Name,
  rrset: Rrset,
  { algorithm, tag }: SigningKey,
  { inception, expiration }: Validity,
): Uint8Array {
  const fields = {
    typeCovered: rrset.type,
    algorithm: algorithm.number,
    labels: countLabels(rrset.owner),
    originalTtl: rrset.ttl,
    // Serial arithmetic (RFC 4034 section 3.1.5): what is over 32 bits wraps.
    signatureExpiration: expiration >>> 0,
    signatureInception: inception >>> 0,
    keyTag: tag,
    signersName: apex,
  };
  return signedData(fields, rrset.owner, rrset);
}
