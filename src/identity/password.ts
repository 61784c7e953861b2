// What a password must be: long enough that guessing is hopeless at the rate that is let, and not too plain. No rules about signs and
// digits: they make passwords worse (NIST SP 800-63B section 3.1.1).

import { PlatformError } from "#contract";

/** Characters of a password. */
export const minPasswordLength: number = 12;
/** Longer ones are not taken: what is hashed is bounded. */
export const maxPasswordLength: number = 256;
/** Different characters that a password has at least. */
const minDifferent = 5;

/** Throws `password-weak` with what is wanted. */
export function checkPassword(email: string, password: string): void {
  const weak = (why: string): PlatformError =>
    new PlatformError("password-weak", `Cannot use that password: ${why}`);
  const letters = Array.from(password.normalize("NFC"));
  if (letters.length < minPasswordLength) throw weak(`it has fewer than ${minPasswordLength} characters`);
  if (letters.length > maxPasswordLength) throw weak(`it has more than ${maxPasswordLength} characters`);
  if (new Set(letters).size < minDifferent) throw weak("it has too few different characters");
  if (password.toLowerCase().includes(email)) throw weak("it holds the e-mail address");
}
