// Authorization codes (RFC 9154): made when they are asked for, shown once, kept as a salted digest. Nothing in log, backup or memory
// gives a code back; the next one that is asked for ends the one before.

import { createHash, timingSafeEqual } from "node:crypto";
import type { Random } from "#engine";
import type { AuthInfo } from "#registry";

// RFC 9154 section 4.1: at least 128 bits of randomness. Characters that nobody mistakes for another; 24 of 56 are 139 bits.
const alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";
const codeCharacters = 24;
const saltDigits = 32;

/** Makes a code, and what the registry keeps of it. */
export function makeAuthCode(random: Random, now: number): { code: string; authInfo: AuthInfo } {
  const draw = (from: string, count: number): string =>
    Array.from({ length: count }, () => from[random.integer(from.length)]).join("");
  const code = draw(alphabet, codeCharacters);
  const salt = draw("0123456789abcdef", saltDigits);
  return { code, authInfo: { digest: digestOf(salt, code), salt, setAt: now } };
}

/** Tells whether a code is the one that was shown. */
export function isAuthCode({ digest, salt }: AuthInfo, code: string): boolean {
  return timingSafeEqual(Buffer.from(digest, "hex"), Buffer.from(digestOf(salt, code), "hex"));
}

function digestOf(salt: string, code: string): string {
  return createHash("sha256").update(`${salt} ${code}`).digest("hex");
}
