// Private keys: making them, reading those of users, and what of them is taken. What a key is sealed with is not known here.

import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { readPem } from "./pem.ts";
import { bad, good, type Read } from "./read.ts";

/** Bits of RSA keys: fewer are refused by every browser, more cost every handshake seconds. */
const minRsaBits = 2048;
const maxRsaBits = 8192;

const curves: readonly string[] = ["prime256v1", "secp384r1", "secp521r1"];

/** Makes a private key: ECDSA P-256, which every client of today takes. */
export function makePrivateKey(): KeyObject {
  return generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;
}

/** Writes a private key as PKCS #8 in DER: the octets that are sealed. */
export function encodePrivateKey(key: KeyObject): Uint8Array {
  return new Uint8Array(key.export({ type: "pkcs8", format: "der" }));
}

/** Reads what {@link encodePrivateKey} wrote. Throws where it is none. */
export function decodePrivateKey(octets: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.from(octets), type: "pkcs8", format: "der" });
}

/** Reads the one private key of a PEM text: PKCS #8, PKCS #1 or SEC 1, not encrypted; RSA or ECDSA. */
export function readPrivateKey(text: string): Read<KeyObject> {
  const blocks = readPem(text);
  if (!blocks.ok) return blocks;
  const keys = blocks.value.filter(({ label }) => label.endsWith("PRIVATE KEY"));
  const [block] = keys;
  if (!block) return bad("there is no private key in it");
  if (keys.length > 1) return bad("there is more than one private key in it");
  if (block.label.startsWith("ENCRYPTED")) return bad("it is encrypted; give it without a passphrase");
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: block.text, format: "pem" });
  } catch {
    return bad("it cannot be read"); // what OpenSSL says of it helps nobody
  }
  const reason = refuseKey(key);
  return reason === undefined ? good(key) : bad(reason);
}

/** Why a key is not taken for a certificate of a web server; undefined where it is. */
export function refuseKey(key: KeyObject): string | undefined {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case "rsa":
      if (modulusLength === undefined || modulusLength < minRsaBits || modulusLength > maxRsaBits)
        return `it is an RSA key of ${modulusLength} bits, and taken are ${minRsaBits} to ${maxRsaBits}`;
      return undefined;
    case "ec":
      if (namedCurve === undefined || !curves.includes(namedCurve))
        return `it is of the curve ${namedCurve}, and browsers take P-256, P-384 and P-521`;
      return undefined;
    default:
      return `it is a key of the kind ${key.asymmetricKeyType}, and browsers take RSA and ECDSA`;
  }
}
