// What a signature is over: the fixed part of the RRSIG, then the RRset in canonical form and order (RFC 4034 section 3.1.8.1).

import { canonicalRdata, lowerCase, type Name, RrClass, RrType, type RrsigRdata } from "#wire";
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
  const signer = fields.signersName.octets;
  const records = rrset.rdata.length === 1 ? onlyRecord(rrset) : sortedCanonicalRdata(rrset);
  const name = owner.octets;
  let length = fixedOctets + signer.length;
  for (const rdata of records) length += name.length + 10 + rdata.length; // type, class, TTL, RDLENGTH
  const octets = new Uint8Array(length);
  put16(octets, 0, fields.typeCovered);
  octets[2] = fields.algorithm;
  octets[3] = fields.labels;
  put32(octets, 4, fields.originalTtl);
  put32(octets, 8, fields.signatureExpiration);
  put32(octets, 12, fields.signatureInception);
  put16(octets, 16, fields.keyTag);
  let at = putLowered(octets, fixedOctets, signer);
  for (const rdata of records) {
    at = putLowered(octets, at, name);
    put16(octets, at, rrset.type);
    put16(octets, at + 2, RrClass.IN);
    put32(octets, at + 4, fields.originalTtl);
    put16(octets, at + 8, rdata.length);
    octets.set(rdata, at + 10);
    at += 10 + rdata.length;
  }
  return octets;
}

/**
 * RDATA of an RRSIG.
 * @param octets  what was signed, which begins with its fields (RFC 4034 section 3.1.8.1)
 */
export function rrsigRdata(octets: Uint8Array, signersName: Name, signature: Uint8Array): Uint8Array {
  const head = fixedOctets + signersName.octets.length;
  const rdata = new Uint8Array(head + signature.length);
  for (let i = 0; i < fixedOctets; i++) rdata[i] = octets[i]!;
  rdata.set(signersName.octets, fixedOctets);
  rdata.set(signature, head);
  return rdata;
}

function onlyRecord({ type, rdata }: Rrset): Uint8Array[] {
  return [canonicalRdata(type, rdata[0]!)];
}

function put16(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value >>> 8;
  octets[at + 1] = value;
}

function put32(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value >>> 24;
  octets[at + 1] = value >>> 16;
  octets[at + 2] = value >>> 8;
  octets[at + 3] = value;
}

/** Puts a name in lower case, and gives where it ends. */
function putLowered(octets: Uint8Array, at: number, name: Uint8Array): number {
  for (let i = 0; i < name.length; i++) octets[at + i] = lowerCase[name[i]!]!;
  return at + name.length;
}

/** Types that are never signed in their own right. @see RFC 4035 section 2.2 */
export const unsignedTypes: ReadonlySet<number> = new Set([RrType.RRSIG, RrType.SIG]);
