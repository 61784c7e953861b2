// RDATA as facts and objects hold it.

import { parseBase64 } from "#wire";

/** RDATA out of base64. It was written by this program: a RangeError where it is none. */
export function octetsOf(base64: string): Uint8Array {
  const octets = parseBase64(base64);
  if (!octets) throw new RangeError(`Cannot read RDATA "${base64}": it is not base64`);
  return octets;
}
