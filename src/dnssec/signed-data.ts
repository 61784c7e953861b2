// What a signature is over: the fixed part of the RRSIG, then the RRset in canonical form and order (RFC 4034 section 3.1.8.1).

import { type Name, RrClass, RrType, type RrsigRdata } from "#wire";
import { type Rrset, sortedCanonicalRdata } from "#zone";

/** Octets of an RRSIG's RDATA before the signer's name. */
const fixedOctets = 18;

/** How many labels an owner name counts in an RRSIG: neither the root's nor a first `*`. @see RFC 4034 section 3.1.3 */
export function countLabels(owner: Name): number {
  return owner.labelCount - (owner.isWildcard ? 1 : 0);
}

/**
 * The octets that are signed.
 * @param fields  of the RRSIG; its signature is not looked at
 * @param owner  as it is signed: for an RRset that came of a wildcard, the wildcard
 */
export function signedData(fields: Omit<RrsigRdata, "signature">, owner: Name, rrset: Rrset): Uint8Array {
  const signer = fields.signersName.toLowerCase().octets;
  const name = owner.toLowerCase().octets;
  const records = sortedCanonicalRdata(rrset);
  const perRecord = name.length + 10; // type, class, TTL, RDLENGTH
  const length = records.reduce((sum, rdata) => sum + perRecord + rdata.length, fixedOctets + signer.length);
  const octets = new Uint8Array(length);
  const view = new DataView(octets.buffer);
  view.setUint16(0, fields.typeCovered);
  octets[2] = fields.algorithm;
  octets[3] = fields.labels;
  view.setUint32(4, fields.originalTtl);
  view.setUint32(8, fields.signatureExpiration);
  view.setUint32(12, fields.signatureInception);
  view.setUint16(16, fields.keyTag);
  octets.set(signer, fixedOctets);
  let at = fixedOctets + signer.length;
  for (const rdata of records) {
    octets.set(name, at);
    at += name.length;
    view.setUint16(at, rrset.type);
    view.setUint16(at + 2, RrClass.IN);
    view.setUint32(at + 4, fields.originalTtl);
    view.setUint16(at + 8, rdata.length);
    octets.set(rdata, at + 10);
    at += 10 + rdata.length;
  }
  return octets;
}

/** Types that are never signed in their own right. @see RFC 4035 section 2.2 */
export const unsignedTypes: ReadonlySet<number> = new Set([RrType.RRSIG, RrType.SIG]);
