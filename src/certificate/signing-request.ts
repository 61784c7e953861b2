// Certificate signing requests (RFC 2986) with the names in the extension request (RFC 2985 section 5.4.2), as ACME wants them.

import { createPublicKey, sign, type KeyObject } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import {
  Extensions,
  GeneralName,
  id_ce_subjectAltName,
  Name,
  SubjectAlternativeName,
} from "@peculiar/asn1-x509";
import { extension } from "./authority.ts";

/** ecdsa-with-SHA256 as an AlgorithmIdentifier. @see RFC 5758 section 3.2 */
const ecdsaWithSha256: readonly number[] = [0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
/** The object identifier pkcs-9-at-extensionRequest. @see RFC 2985 section 5.4.2 */
const extensionRequest: readonly number[] = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 14];

const sequence = 0x30;
const set = 0x31;
const attributes = 0xa0; // [0] IMPLICIT
const bitString = 0x03;

/**
 * Makes a request for some names, signed by the private key that the certificate will be of.
 * @param key  ECDSA P-256
 * @returns DER
 */
export function makeSigningRequest(names: readonly string[], key: KeyObject): Uint8Array {
  const alternatives = new SubjectAlternativeName(names.map((name) => new GeneralName({ dNSName: name })));
  const extensions = new Extensions([extension(id_ce_subjectAltName, false, alternatives)]);
  // The subject is empty: authorities take the names from the extension. @see RFC 8555 section 7.4
  const info = element(sequence, [
    Uint8Array.of(2, 1, 0), // version 0
    octetsOf(new Name()),
    new Uint8Array(createPublicKey(key).export({ type: "spki", format: "der" })),
    element(attributes, [
      element(sequence, [Uint8Array.from(extensionRequest), element(set, [octetsOf(extensions)])]),
    ]),
  ]);
  const signature = sign("sha256", info, key);
  return element(sequence, [
    info,
    Uint8Array.from(ecdsaWithSha256),
    element(bitString, [Uint8Array.of(0), signature]),
  ]);
}

function octetsOf(value: unknown): Uint8Array {
  return new Uint8Array(AsnConvert.serialize(value));
}

/** One DER element. @see ITU-T X.690 section 8.1.3 */
function element(tag: number, parts: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(parts);
  const size: number[] = [];
  for (let rest = body.length; rest > 0; rest = Math.floor(rest / 256)) size.unshift(rest % 256);
  const length = body.length < 128 ? [body.length] : [0x80 | size.length, ...size];
  return new Uint8Array(Buffer.concat([Uint8Array.of(tag, ...length), body]));
}
