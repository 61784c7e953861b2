// The methods that framing and retries have a rule for (RFC 9110 section 9). Any other token is a method too, and is relayed.

import { octetsOf } from "./octets.ts";

/** Numbers of the known methods; 0 is any other. */
export const Method = {
  other: 0,
  GET: 1,
  HEAD: 2,
  POST: 3,
  PUT: 4,
  DELETE: 5,
  CONNECT: 6,
  OPTIONS: 7,
  TRACE: 8,
  PATCH: 9,
  PRI: 10,
} as const;

const rows = Object.entries(Method)
  .filter(([name]) => name !== "other")
  .map(([name, method]) => ({ name: octetsOf(name), method }));

/** Finds the number of a method. Methods are case-sensitive (RFC 9110 section 9.1). */
export function methodOf(octets: Uint8Array, from: number, to: number): number {
  for (const { name, method } of rows) {
    if (name.length !== to - from) continue;
    let i = 0;
    while (i < name.length && octets[from + i] === name[i]) i++;
    if (i === name.length) return method;
  }
  return Method.other;
}

/** Tells whether doing a request twice is as good as once. Unknown methods are taken not to be. @see RFC 9110 section 9.2.2 */
export function isIdempotent(method: number): boolean {
  switch (method) {
    case Method.GET:
    case Method.HEAD:
    case Method.PUT:
    case Method.DELETE:
    case Method.OPTIONS:
    case Method.TRACE:
      return true;
    default:
      return false;
  }
}
