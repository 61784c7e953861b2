// Seals secrets: AES-256-GCM (NIST SP 800-38D) under a key of its own for each purpose (HKDF, RFC 5869) that follows from the data
// key. Purpose and id of a secret are sealed in as associated data, so that one sealed secret cannot be put in another's place. Where
// the data key comes from is not known here.

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { PlatformError } from "#contract";

/** Octets of a data key. */
export const dataKeyOctets = 32;

/** Version of the sealed form, and what it begins with: `1.`, then nonce, ciphertext and tag in base64url. */
const version = "1";
/** AES-GCM's own nonce length; chosen by chance, one key may seal 2^32 secrets (SP 800-38D section 8.3). */
const nonceOctets = 12;
const tagOctets = 16;
/** Longest sealed text that is looked at: a secret of 1 MiB. Keys have a few thousand octets. */
const maxSealedLength = 4 + Math.ceil(((1 << 20) + nonceOctets + tagOctets) / 3) * 4;

/** Seals and opens secrets with one data key. */
export interface Sealer {
  /**
   * Seals octets.
   * @param purpose  what sort of secret it is, such as `certificate-key`: each has a key of its own
   * @param id  the secret's id: it opens under this one only
   * @returns text without blanks that says its version
   */
  seal(purpose: string, id: string, octets: Uint8Array): string;
  /** Opens what `seal` gave. Throws `secret-unreadable` where it was changed, or sealed with another key, purpose or id. */
  open(purpose: string, id: string, sealed: string): Uint8Array;
  /** 32 octets that follow from the data key and the purpose, for what keeps secrets by itself. */
  derive(purpose: string): Uint8Array;
}

/** Makes a sealer. Throws a RangeError for a data key that has not 32 octets. */
export function createSealer(dataKey: Uint8Array): Sealer {
  if (dataKey.length !== dataKeyOctets) throw new RangeError("Cannot seal: the data key has not 32 octets");
  const derived = (info: string): Buffer =>
    Buffer.from(hkdfSync("sha256", dataKey, new Uint8Array(), info, dataKeyOctets));
  const keys = new Map<string, Buffer>();
  const keyOf = (purpose: string): Buffer => {
    const key = keys.get(purpose) ?? derived(`fairlead seal ${version} ${purpose}`);
    keys.set(purpose, key);
    return key;
  };
  return {
    seal(purpose, id, octets) {
      const nonce = randomBytes(nonceOctets);
      const cipher = createCipheriv("aes-256-gcm", keyOf(purpose), nonce, { authTagLength: tagOctets });
      cipher.setAAD(associatedData(purpose, id));
      const sealed = Buffer.concat([nonce, cipher.update(octets), cipher.final(), cipher.getAuthTag()]);
      return `${version}.${sealed.toString("base64url")}`;
    },
    open(purpose, id, sealed) {
      const text = new RegExp(`^${version}\\.([\\w-]+)$`).exec(sealed.slice(0, maxSealedLength + 1))?.[1];
      const octets = Buffer.from(text ?? "", "base64url");
      if (sealed.length > maxSealedLength || octets.length < nonceOctets + tagOctets)
        throw unreadable(purpose, id, "it is not in a form that this program knows");
      const nonce = octets.subarray(0, nonceOctets);
      const decipher = createDecipheriv("aes-256-gcm", keyOf(purpose), nonce, { authTagLength: tagOctets });
      decipher.setAAD(associatedData(purpose, id));
      decipher.setAuthTag(octets.subarray(-tagOctets));
      try {
        return new Uint8Array(
          Buffer.concat([decipher.update(octets.subarray(nonceOctets, -tagOctets)), decipher.final()]),
        );
      } catch (cause) {
        throw unreadable(purpose, id, "it was sealed with another data key, or changed", cause);
      }
    },
    derive: (purpose) => new Uint8Array(derived(`fairlead derive ${version} ${purpose}`)),
  };
}

/** Both parts with their lengths told apart by a NUL, which neither holds. */
function associatedData(purpose: string, id: string): Buffer {
  return Buffer.from(`${purpose}\0${id}`);
}

function unreadable(purpose: string, id: string, state: string, cause?: unknown): PlatformError {
  return new PlatformError("secret-unreadable", `Cannot open secret "${id}" (${purpose}): ${state}`, {
    cause,
  });
}
