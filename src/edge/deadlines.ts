// Time-outs of many connections with one timer. Setting a deadline is one assignment; the timer stands for the earliest one
// it was told of, and looks at all when it fires. So a request costs no timer, and an engine without connections has none.

import type { Effects, Now } from "#engine";

/** What can run out of time. */
export interface Timed {
  /** Monotonic time in milliseconds; Infinity for none. Set through {@link Deadlines.set}. */
  deadline: number;
}

/** Milliseconds that a deadline may fire late, so that a crowd of connections is not walked for each of them. */
const granularityMs = 50;

/** The deadlines of an engine's connections. */
export class Deadlines<T extends Timed> {
  readonly #items = new Set<T>();
  #timer: number | undefined = undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  readonly #effects: Effects;
  readonly #expire: (item: T, now: Now) => void;

  /** @param expire  called for each item whose time is up, after its deadline was taken back */
  constructor(effects: Effects, expire: (item: T, now: Now) => void) {
    this.#effects = effects;
    this.#expire = expire;
  }

  /** Adds an item, or moves its deadline. */
  set(item: T, at: number): void {
    // An item without a deadline is not among them, or has just been told of its last one.
    if (item.deadline === Number.POSITIVE_INFINITY) this.#items.add(item);
    item.deadline = at;
    if (at < this.#timerAt) this.#arm(at);
  }

  /** Forgets an item. */
  remove(item: T): void {
    this.#items.delete(item);
    item.deadline = Number.POSITIVE_INFINITY;
    if (this.#items.size > 0 || this.#timer === undefined) return;
    this.#effects.clearTimer(this.#timer);
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  /** Tells of a timer that fired. Returns false where it is another's. */
  fired(id: number, now: Now): boolean {
    if (id !== this.#timer) return false;
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
    for (const item of this.#items) {
      if (item.deadline > now.monotonic) continue;
      item.deadline = Number.POSITIVE_INFINITY;
      this.#expire(item, now);
    }
    let earliest = Number.POSITIVE_INFINITY;
    for (const item of this.#items) if (item.deadline < earliest) earliest = item.deadline;
    if (earliest < this.#timerAt) this.#arm(Math.max(earliest, now.monotonic + granularityMs));
    return true;
  }

  #arm(at: number): void {
    if (this.#timer !== undefined) this.#effects.clearTimer(this.#timer);
    this.#timerAt = at;
    this.#timer = this.#effects.setTimer(at);
  }
}
