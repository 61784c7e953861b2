// What an update is known again by: as much of its signature as nobody can change.

import { formatBase64, type TsigKey, type TsigRecord } from "#wire";
import type { UpdateMark } from "#zone";

/** The mark of an update by its key and signature: as much of the MAC as has to be there, since who repeats it may cut off the rest. */
export function updateMarkOf(
  { macOctets, algorithm }: TsigKey,
  { mac, timeSigned, fudge }: Pick<TsigRecord, "mac" | "timeSigned" | "fudge">,
): UpdateMark {
  const id = formatBase64(mac.subarray(0, macOctets ?? algorithm.macOctets));
  return { id, signedAt: timeSigned, until: timeSigned + fudge };
}
