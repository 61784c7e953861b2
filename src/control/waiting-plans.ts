// Plans that were shown and may be applied yet. Bounded: a plan of a large import weighs as much as the zone that it makes.

import type { PlannedChange } from "./planned.ts";

/** Plans that wait. */
const maxPlans = 100;
/** Entries of all of them: those of one import of the largest size. */
const maxEntries = 100_000;

/** The plans that wait, the oldest first. */
export class WaitingPlans {
  readonly #plans: Map<string, PlannedChange> = new Map();
  #entries = 0;

  /** Keeps a plan, and drops the oldest ones where there are too many. The newest is kept whatever its size. */
  add(id: string, planned: PlannedChange): void {
    this.#plans.set(id, planned);
    this.#entries += planned.entries.length;
    for (const old of this.#plans.keys()) {
      if (old === id || (this.#plans.size <= maxPlans && this.#entries <= maxEntries)) break;
      this.take(old);
    }
  }

  /** Gives a plan and keeps it. Undefined where there is none, or it was dropped. */
  look(id: string): PlannedChange | undefined {
    return this.#plans.get(id);
  }

  /** Gives a plan and forgets it: it is applied once. Undefined where there is none, or it was dropped. */
  take(id: string): PlannedChange | undefined {
    const planned = this.#plans.get(id);
    this.#plans.delete(id);
    this.#entries -= planned?.entries.length ?? 0;
    return planned;
  }
}
