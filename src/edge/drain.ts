// A graceful stop: set once, over when no client is left or the time is up.

import type { Effects, Now } from "#engine";

/** Whether a relay is stopping, and who waits for it. */
export class Drain {
  #effects: Effects | undefined = undefined;
  #timer = -1;
  #done: (() => void) | undefined = undefined;

  /** True from the start of the stop on, for good. */
  get isOn(): boolean {
    return this.#effects !== undefined;
  }

  /** Begins the stop. @param graceMs  until `isOver` tells that the time is up */
  begin(effects: Effects, graceMs: number, now: Now, done: () => void): void {
    this.#effects = effects;
    this.#timer = effects.setTimer(now.monotonic + graceMs);
    this.#done = done;
  }

  /** Tells whether a timer that fired is the end of the time. */
  isOver(timer: number): boolean {
    return timer === this.#timer;
  }

  /** Tells how many clients are left: with none, who waits is told, once. */
  check(clients: number): void {
    const done = this.#done;
    if (done === undefined || clients > 0) return;
    this.#done = undefined;
    this.#effects?.clearTimer(this.#timer);
    done();
  }
}
