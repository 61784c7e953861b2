// An engine's timers on one timer of Node's, which stands for the earliest.

import { TimerQueue } from "./timer-queue.ts";
import type { NodeClock } from "./node-clock.ts";

/** Node fires at once what is further away than this (2^31 - 1 ms, 24.8 days). */
const furthestMs = 2 ** 31 - 1;

/** Timers by id. */
export class NodeTimers {
  readonly #queue = new TimerQueue<true>();
  readonly #clock: NodeClock;
  readonly #fire: (id: number) => void;
  #armedAt = Number.POSITIVE_INFINITY;
  #timeout: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #isFiring = false;

  constructor(clock: NodeClock, fire: (id: number) => void) {
    this.#clock = clock;
    this.#fire = fire;
  }

  set(at: number): number {
    const id = this.#queue.add(at, true);
    if (!this.#isFiring) this.#arm();
    return id;
  }

  clear(id: number): void {
    this.#queue.remove(id);
    // Node's timer is left to come up in vain, except where it alone would keep the process alive.
    if (this.#queue.size === 0) this.#disarm();
  }

  stop(): void {
    this.#queue.clear();
    this.#disarm();
  }

  #arm(): void {
    const at = this.#queue.peek();
    if (at === undefined || at >= this.#armedAt) return;
    this.#disarm();
    this.#armedAt = at;
    const wait = at - this.#clock.refresh().monotonic;
    if (wait <= 0) this.#immediate = setImmediate(() => this.#due());
    else this.#timeout = setTimeout(() => this.#due(), Math.min(Math.ceil(wait), furthestMs));
  }

  #disarm(): void {
    this.#armedAt = Number.POSITIVE_INFINITY;
    clearTimeout(this.#timeout);
    clearImmediate(this.#immediate);
  }

  #due(): void {
    this.#armedAt = Number.POSITIVE_INFINITY;
    this.#isFiring = true;
    this.#queue.fireDue(this.#clock.refresh().monotonic, this.#fire);
    this.#isFiring = false;
    this.#arm();
  }
}
