// What tests of accounts are made with: an authenticator by the letter of RFC 6238, and a browser's jar of cookies.

import { createHmac } from "node:crypto";
import type { PasswordHashing } from "./library.ts";

/** Hashes at once: for tests of what comes before and after. */
export const quickHashing: PasswordHashing = {
  hash: (password) => Promise.resolve(createHmac("sha256", "test").update(password).digest("hex")),
  verify: async ({ hash, password }) => hash === (await quickHashing.hash(password)),
};

const base32Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The octets of a text in base32 without padding (RFC 4648 section 6). */
export function decodeBase32(text: string): Uint8Array {
  let bits = 0n;
  for (const letter of text) bits = (bits << 5n) | BigInt(base32Letters.indexOf(letter));
  const octets = Math.floor((text.length * 5) / 8);
  bits >>= BigInt(text.length * 5 - octets * 8);
  return Uint8Array.from({ length: octets }, (_, i) =>
    Number((bits >> BigInt(8 * (octets - 1 - i))) & 0xffn),
  );
}

/**
 * The code of an authenticator: six digits, HMAC-SHA-1, periods of 30 s.
 * @param at  milliseconds since 1970
 * @see RFC 6238 section 4; RFC 4226 section 5.3
 */
export function totpCode(secret: Uint8Array, at: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const digest = createHmac("sha1", secret).update(counter).digest();
  const offset = (digest.at(-1) ?? 0) & 0xf;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** What an authenticator shows now: good for this period of 30 s and the next, so that a period may end before it is sent. */
export function codeOf(secret: Uint8Array): string {
  return totpCode(secret, Date.now());
}

/** What it shows next: good already, and another one than {@link codeOf} gave, whatever period has begun meanwhile. */
export function nextCodeOf(secret: Uint8Array): string {
  return totpCode(secret, Date.now() + 30_000);
}

/** Keeps cookies as a browser does. */
export class CookieJar {
  readonly #cookies: Map<string, string> = new Map();

  /** Takes over Set-Cookie fields. */
  take(setCookies: readonly string[]): void {
    for (const field of setCookies) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(field) ?? [];
      if (/;\s*max-age=0/i.test(field)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
  }

  /** The Cookie field. */
  toString(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }
}
