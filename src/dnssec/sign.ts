// Signs one RRset.

import { encodeRdata, type Name, RrType } from "#wire";
import type { Rrset } from "#zone";
import type { SigningKey } from "./key.ts";
import { countLabels, signedData } from "./signed-data.ts";

/** From when to when a signature holds: seconds since 1970. */
export interface Validity {
  readonly inception: number;
  readonly expiration: number;
}

/**
 * Signs an RRset.
 * @param apex  of the zone: the signer's name
 * @returns RDATA of the RRSIG
 * @see RFC 4034 section 3.1
 */
export function signRrset(
  apex: Name,
  rrset: Rrset,
  { key, algorithm, tag }: SigningKey,
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
  const signature = algorithm.sign(signedData(fields, rrset.owner, rrset), key);
  const encoded = encodeRdata(RrType.RRSIG, { ...fields, signature: new Uint8Array(signature) });
  if (!encoded.ok) throw new TypeError(`Cannot encode an RRSIG: ${encoded.failure.code}`);
  return encoded.value;
}
