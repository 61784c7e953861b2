// How many requests of one resource may be sent a second time: a part of all requests, so that retries cannot make an outage worse.

/** Retries that each request pays for. */
const perRequest = 0.2;

/** Retries that each second pays for, so that a resource with few requests has some. */
const perSecond = 0.1;

/** The most that is saved up. */
const maximum = 50;

/** What a resource without a past may spend. */
const atFirst = 10;

/** A resource's budget of retries. */
export class RetryBudget {
  #saved = atFirst;
  #since = Number.NaN;

  /** A request came in. */
  earn(): void {
    if (this.#saved < maximum) this.#saved += perRequest;
  }

  /** Takes a retry out of the budget; false where there is none. @param at  monotonic milliseconds */
  spend(at: number): boolean {
    if (at > this.#since)
      this.#saved = Math.min(maximum, this.#saved + ((at - this.#since) / 1000) * perSecond);
    this.#since = at;
    if (this.#saved < 1) return false;
    this.#saved--;
    return true;
  }
}
