// Timers with a callback each, over the port's timers with an id each.

import type { Now } from "./clock.ts";
import type { Effects } from "./port.ts";

/** Sets timers and hands out `timer` events. */
export class Timers {
  readonly #callbacks = new Map<number, (now: Now) => void>();
  readonly #effects: Effects;

  constructor(effects: Effects) {
    this.#effects = effects;
  }

  /**
   * Calls back at a monotonic time.
   * @returns an id for {@link clear}
   */
  set(at: number, callback: (now: Now) => void): number {
    const id = this.#effects.setTimer(at);
    this.#callbacks.set(id, callback);
    return id;
  }

  /** Takes a timer back; one that has fired is ignored. */
  clear(id: number | undefined): void {
    if (id === undefined || !this.#callbacks.delete(id)) return;
    this.#effects.clearTimer(id);
  }

  /** The engine's `timer` event. */
  fired(id: number, now: Now): void {
    const callback = this.#callbacks.get(id);
    if (!callback) return;
    this.#callbacks.delete(id);
    callback(now);
  }
}
