// The two sources of chance that engines are given: the operating system's and a seeded one for the simulator.
// Neither holds secrets of the platform: keys are made by the crypto library.

import { randomFillSync } from "node:crypto";
import type { Random } from "#engine";

const limit = 2 ** 32;

/** Values below `unbiased(below)` spread evenly over 0 to `below` - 1 by their remainder. */
function unbiased(below: number): number {
  if (!Number.isInteger(below) || below < 1 || below > limit) {
    throw new RangeError(`Cannot choose a number below ${below}: expected a whole number from 1 to 2^32`);
  }
  return limit - (limit % below);
}

class SystemRandom implements Random {
  // Drawn in blocks: one call of the generator for 256 numbers instead of one each.
  readonly #block = new Uint32Array(256);
  #used = 256;

  integer(below: number): number {
    const end = unbiased(below);
    for (;;) {
      if (this.#used === this.#block.length) {
        randomFillSync(this.#block);
        this.#used = 0;
      }
      const value = this.#block[this.#used] ?? 0;
      this.#block[this.#used++] = 0; // a number is handed out once and not kept
      if (value < end) return value % below;
    }
  }
}

/** The operating system's cryptographic randomness. Query ids and ports of the product come from here. */
export const systemRandom: Random = new SystemRandom();

/**
 * Numbers that follow from a seed: the same seed gives the same sequence on every machine.
 *
 * A 32-bit counter-based mixer of four words (the "sfc32" construction). Predictable: never for the product.
 */
export class SeededRandom implements Random {
  #a: number;
  #b = 0x9e3779b9;
  #c = 0x243f6a88;
  #counter = 1;

  /** @param seed  any whole number; its lowest 32 bits count */
  constructor(seed: number) {
    this.#a = seed >>> 0;
    for (let i = 0; i < 12; i++) this.#next(); // lets close seeds drift apart
  }

  integer(below: number): number {
    const end = unbiased(below);
    for (;;) {
      const value = this.#next();
      if (value < end) return value % below;
    }
  }

  /** A number from 0 to 1, 1 excluded. */
  fraction(): number {
    return this.#next() / limit;
  }

  /** Another sequence that follows from this one and does not disturb it further. */
  fork(): SeededRandom {
    return new SeededRandom(this.#next());
  }

  #next(): number {
    const sum = (this.#a + this.#b + this.#counter++) >>> 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) >>> 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) >>> 0;
    return sum;
  }
}
