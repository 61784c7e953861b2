// Signing of requests to an ACME server: flattened JWS (RFC 7515) with the account's key, ES256 or EdDSA, and the external account
// binding with HS256 (RFC 8555 sections 6.2 and 7.3.4).

import { createHash, createHmac, createPublicKey, sign, type KeyObject } from "node:crypto";
import { PlatformError } from "#contract/plain";

/** A public key as JSON. Its members are in the order that the thumbprint wants. @see RFC 7638 section 3.2 */
export type JsonWebKey = Readonly<Record<string, string>>;

/** Header fields of a request: which account or key, which nonce, which URL. */
export interface JwsHeader {
  readonly nonce?: string;
  readonly url: string;
  /** The account's URL; without it the key itself goes along. */
  readonly kid?: string;
}

/** The algorithm that a key signs with. Throws `input-malformed` for keys of other kinds. */
function algorithmOf(key: KeyObject): "ES256" | "EdDSA" {
  if (key.asymmetricKeyType === "ed25519") return "EdDSA";
  if (key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1") return "ES256";
  throw new PlatformError(
    "input-malformed",
    `Cannot sign with an account key of the kind "${key.asymmetricKeyType}": it must be ECDSA P-256 or Ed25519`,
  );
}

/** The public half of an account's key. */
export function jsonWebKey(key: KeyObject): JsonWebKey {
  const { crv = "", kty = "", x = "", y } = createPublicKey(key).export({ format: "jwk" });
  return y === undefined ? { crv, kty, x } : { crv, kty, x, y };
}

/** A key's thumbprint, in base64url. @see RFC 7638 */
export function thumbprintOf(key: KeyObject): string {
  return createHash("sha256")
    .update(JSON.stringify(jsonWebKey(key)))
    .digest("base64url");
}

/** Signs a request. @param payload  undefined for POST-as-GET (RFC 8555 section 6.3) */
export function signRequest(key: KeyObject, header: JwsHeader, payload: unknown): string {
  const { kid, nonce, url } = header;
  const alg = algorithmOf(key);
  const who = kid === undefined ? { jwk: jsonWebKey(key) } : { kid };
  const text = parts({ alg, ...who, ...(nonce === undefined ? {} : { nonce }), url }, payload);
  const octets = Buffer.from(`${text.protected}.${text.payload}`);
  const signature =
    alg === "EdDSA" ? sign(null, octets, key) : sign("sha256", octets, { key, dsaEncoding: "ieee-p1363" });
  return JSON.stringify({ ...text, signature: signature.toString("base64url") });
}

/** An account at the certificate authority that an ACME account is bound to. */
export interface ExternalAccount {
  readonly keyId: string;
  /** The key that the authority gave, in base64url. */
  readonly hmacKey: string;
}

/** The binding of a new account's key. @see RFC 8555 section 7.3.4 */
export function bindAccount(key: KeyObject, { keyId, hmacKey }: ExternalAccount, url: string): unknown {
  const text = parts({ alg: "HS256", kid: keyId, url }, jsonWebKey(key));
  const signature = createHmac("sha256", Buffer.from(hmacKey, "base64url"))
    .update(`${text.protected}.${text.payload}`)
    .digest("base64url");
  return { ...text, signature };
}

function parts(header: unknown, payload: unknown): { protected: string; payload: string } {
  const text = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return { protected: text(header), payload: payload === undefined ? "" : text(payload) };
}
