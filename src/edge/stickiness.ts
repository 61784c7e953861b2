// The cookie by which a visitor comes back to the same target (RFC 6265). Its value is a hash of the resource's and the target's id: it says
// nothing of addresses, is the same after a restart and on every edge, and who guesses one can choose a target and nothing else.
// It is set when a target is chosen, not renewed by later requests, and lives as long as the load balancer says.

import { Field, type MessageHead, octetsOf, textOf } from "#http";

/** The cookie's name. */
export const stickyCookie: Uint8Array = octetsOf("FAIRLEADLB");

/** A target's value of the cookie: 16 hexadecimal digits. */
export function stickyValue(resourceId: string, targetId: string): string {
  const text = `${resourceId}\n${targetId}`;
  let high = 0x5bd1e995;
  let low = 0x1b873593;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    high = Math.imul(high ^ unit, 2654435761);
    low = Math.imul(low ^ unit, 1597334677);
    high ^= low >>> 15;
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return (high >>> 0).toString(16).padStart(8, "0") + (low >>> 0).toString(16).padStart(8, "0");
}

/** The header lines that set the cookie, by the scheme that the visitor came with. */
export function stickyLines(value: string, durationSeconds: number): { http: string; https: string } {
  const line = `Set-Cookie: FAIRLEADLB=${value}; Path=/; Max-Age=${durationSeconds}; HttpOnly; SameSite=Lax`;
  return { http: `${line}\r\n`, https: `${line}; Secure\r\n` };
}

const SP = 32;
const SEMICOLON = 59;
const EQUALS = 61;

/**
 * Finds a cookie in the value of a Cookie field.
 * @returns where its value stands, or undefined; of several the first
 */
function findCookie(
  octets: Uint8Array,
  from: number,
  to: number,
  name: Uint8Array,
): { from: number; to: number } | undefined {
  let at = from;
  while (at < to) {
    while (at < to && (octets[at] === SP || octets[at] === SEMICOLON)) at++;
    let end = at;
    while (end < to && octets[end] !== SEMICOLON) end++;
    let i = 0;
    while (i < name.length && octets[at + i] === name[i]) i++;
    if (i === name.length && octets[at + i] === EQUALS && at + i < end) {
      let last = end;
      while (last > at + i + 1 && octets[last - 1] === SP) last--;
      return { from: at + i + 1, to: last };
    }
    at = end;
  }
  return undefined;
}

/** The value of a cookie of a request, undefined where none of the name came. */
export function cookieOf(
  head: MessageHead,
  octets: Uint8Array,
  start: number,
  name: Uint8Array,
): string | undefined {
  for (let i = head.find(Field.cookie); i >= 0; i = head.find(Field.cookie, i + 1)) {
    const found = findCookie(octets, start + head.valueStart(i), start + head.valueEnd(i), name);
    if (found) return textOf(octets, found.from, found.to);
  }
  return undefined;
}
