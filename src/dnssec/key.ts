// Keys: a DNSKEY that verifies, and one with its private half that signs. Key tags and DS records follow from the DNSKEY's RDATA.

import { createHash, type KeyObject } from "node:crypto";
import { decodeRdata, encodeRdata, type Name, RrType, type DnskeyRdata } from "#wire";
import { type Algorithm, algorithmOf } from "./algorithms.ts";

/** Bits of a DNSKEY's flags. @see RFC 4034 section 2.1.1; RFC 5011 section 2.1 */
export const KeyFlag = { zone: 0x0100, revoked: 0x0080, secureEntryPoint: 0x0001 } as const;

/** The one value of a DNSKEY's protocol field (RFC 4034 section 2.1.2). */
const dnssecProtocol = 3;

/** A public key as a zone has it. */
export interface PublicKey {
  /** RDATA of its DNSKEY. */
  readonly rdata: Uint8Array;
  readonly flags: number;
  readonly algorithm: Algorithm;
  /** The key tag (RFC 4034 appendix B). Different keys can have the same one. */
  readonly tag: number;
  readonly key: KeyObject;
}

/** A key that signs. */
export interface SigningKey extends PublicKey {
  /** The private key. */
  readonly key: KeyObject;
  /** True for one that signs the DNSKEY RRset and that the parent's DS is of. */
  readonly isEntryPoint: boolean;
}

/** The key tag of a DNSKEY's RDATA. @see RFC 4034 appendix B */
export function keyTagOf(rdata: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < rdata.length; i++) sum += (i & 1) === 0 ? (rdata[i] ?? 0) << 8 : (rdata[i] ?? 0);
  return (sum + ((sum >>> 16) & 0xffff)) & 0xffff;
}

/**
 * Reads a DNSKEY for verifying.
 * @param believesSha1  whether keys of SHA-1 are read (RFC 9905)
 * @returns undefined where it is malformed, no zone key, revoked, or of an algorithm that is not believed
 */
export function readPublicKey(rdata: Uint8Array, believesSha1: boolean = false): PublicKey | undefined {
  const decoded = decodeRdata(RrType.DNSKEY, rdata);
  if (!decoded.ok) return undefined;
  const { flags, protocol, algorithm: number, publicKey } = decoded.value;
  const algorithm = algorithmOf(number, believesSha1);
  if (!algorithm || protocol !== dnssecProtocol) return undefined;
  if ((flags & KeyFlag.zone) === 0 || (flags & KeyFlag.revoked) !== 0) return undefined;
  const key = algorithm.decodePublicKey(publicKey);
  return key && { rdata, flags, algorithm, tag: keyTagOf(rdata), key };
}

/** Makes a signing key of a private key. @param isEntryPoint  whether it has the SEP bit */
export function signingKey(algorithm: Algorithm, key: KeyObject, isEntryPoint: boolean): SigningKey {
  const flags = KeyFlag.zone | (isEntryPoint ? KeyFlag.secureEntryPoint : 0);
  const value: DnskeyRdata = {
    flags,
    protocol: dnssecProtocol,
    algorithm: algorithm.number,
    publicKey: algorithm.encodePublicKey(key),
  };
  const rdata = encodeRdata(RrType.DNSKEY, value);
  if (!rdata.ok) throw new TypeError(`Cannot encode a DNSKEY: ${rdata.failure.code}`);
  return { rdata: rdata.value, flags, algorithm, tag: keyTagOf(rdata.value), key, isEntryPoint };
}

/** Makes a new key. One with the SEP bit that stands alone signs everything (a combined signing key). */
export function generateKey(algorithm: Algorithm, isEntryPoint: boolean, rsaBits?: number): SigningKey {
  return signingKey(algorithm, algorithm.generate(rsaBits), isEntryPoint);
}

/** Digest types of DS. @see RFC 8624 section 3.3: SHA-1 is not made */
const digestTypes: Readonly<Record<number, string>> = { 2: "sha256", 4: "sha384" };
const sha1DigestType = 1;

/** The hash of a digest type; undefined where it is not believed. */
export function digestHashOf(digestType: number, believesSha1: boolean): string | undefined {
  return digestType === sha1DigestType && believesSha1 ? "sha1" : digestTypes[digestType];
}

/**
 * RDATA of the DS of a key: what the parent publishes.
 * @param believesSha1  whether digest type 1 is made too, for comparing
 * @param digestType  2 for SHA-256 (default), 4 for SHA-384. Throws a RangeError for another one.
 * @see RFC 4034 section 5.1.4; RFC 4509
 */
export function dsOf(
  owner: Name,
  { rdata, algorithm, tag }: PublicKey,
  digestType: number = 2,
  believesSha1: boolean = false,
): Uint8Array {
  const hash = digestHashOf(digestType, believesSha1);
  if (hash === undefined) throw new RangeError(`Cannot make a DS: digest type ${digestType} is not made`);
  const digest = createHash(hash).update(owner.toLowerCase().octets).update(rdata).digest();
  const value = { keyTag: tag, algorithm: algorithm.number, digestType, digest: new Uint8Array(digest) };
  const encoded = encodeRdata(RrType.DS, value);
  if (!encoded.ok) throw new TypeError(`Cannot encode a DS: ${encoded.failure.code}`);
  return encoded.value;
}
