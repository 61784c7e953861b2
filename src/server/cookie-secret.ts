// The secret that DNS cookies come of (RFC 9018): made anew when a names process starts. Who has a cookie of the process before is given a
// new one with the next answer.

import { randomBytes } from "node:crypto";

/** 16 octets that nobody else knows. */
export function newCookieSecret(): Uint8Array {
  return new Uint8Array(randomBytes(16));
}
