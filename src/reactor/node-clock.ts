// The two clocks of a running process.

import { performance } from "node:perf_hooks";
import type { Now } from "#engine";

/** One `Now` object that engines are shown, brought up to date before each event. */
export class NodeClock {
  readonly #now = { monotonic: 0, wall: 0 };

  /** Brings the object up to date and gives it. */
  refresh(): Now {
    this.#now.monotonic = performance.now();
    this.#now.wall = Date.now();
    return this.#now;
  }
}
