// How much is written down of what anybody can provoke with a packet: so many refusals in a second, since they must not fill a disk. What is left out
// is counted, and told with the next one.

import { Rcode } from "#wire";

/** Refusals that are written down in a second, at most. */
const usualPerSecond = 20;

/** See the head of this file. */
export class RefusalRate {
  readonly #now: () => number;
  readonly #perSecond: number;
  #endsAt = -Infinity;
  #left = 0;
  #leftOut = 0;

  /** @param now  monotonic, in milliseconds */
  constructor(now: () => number, perSecond: number = usualPerSecond) {
    this.#now = now;
    this.#perSecond = perSecond;
  }

  /**
   * Counts what was answered; what was not refused is always written down.
   * @returns how many refusals were left out before it; undefined where it is left out too
   */
  count(rcode: number): number | undefined {
    if (rcode === Rcode.NOERROR) return 0;
    const now = this.#now();
    if (now >= this.#endsAt) {
      this.#endsAt = now + 1000;
      this.#left = this.#perSecond;
    }
    if (this.#left === 0) {
      this.#leftOut++;
      return undefined;
    }
    this.#left--;
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    return leftOut;
  }
}
