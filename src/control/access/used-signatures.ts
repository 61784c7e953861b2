// Signatures of writes that were served: whoever has recorded one cannot have it served again. Reads change nothing and are taken as often as
// they come, as AWS takes all: its clients sign the same question the same way within one second.

import { maxClockSkewMs } from "./sigv4.ts";

/** For how long after its first time a signature is taken again, in milliseconds: a client that repeats itself at once has signed the same. */
const graceMs = 2000;
/** For how long a signature can be good: its date may be off either way. */
const goodMs = 2 * maxClockSkewMs;
/** Most that are remembered: what is beyond forgets the oldest, which only who has a key can bring about. */
const maxSignatures = 100_000;

/** The signatures of writes of the last minutes. */
export class UsedSignatures {
  /** When each was first seen, the oldest first. */
  readonly #firstSeen = new Map<string, number>();

  /**
   * Takes a signature that was found good.
   * @param now  wall time in milliseconds
   * @returns false where it was used before, and not just now
   */
  take(signature: string, now: number): boolean {
    const seen = this.#firstSeen.get(signature);
    if (seen !== undefined) return Math.abs(now - seen) <= graceMs;
    for (const [old, at] of this.#firstSeen) {
      if (Math.abs(now - at) <= goodMs && this.#firstSeen.size < maxSignatures) break;
      this.#firstSeen.delete(old);
    }
    this.#firstSeen.set(signature, now);
    return true;
  }
}
