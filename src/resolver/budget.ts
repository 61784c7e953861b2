// The work that one client query may cause, sub-resolutions included: queries sent, look-ups begun, time.

import { maxQueriesPerClientQuery, maxSubResolutionsPerClientQuery } from "./limits.ts";

/** Shared by all resolutions that one client query begins. */
export class Budget {
  /** Monotonic milliseconds at which everything ends. */
  readonly deadline: number;
  #queriesLeft = maxQueriesPerClientQuery;
  #subResolutionsLeft = maxSubResolutionsPerClientQuery;

  constructor(deadline: number) {
    this.deadline = deadline;
  }

  /** Takes one query. @returns false where none is left */
  takeQuery(): boolean {
    return this.#queriesLeft-- > 0;
  }

  /** Takes one look-up of a name server's address. @returns false where none is left */
  takeSubResolution(): boolean {
    return this.#subResolutionsLeft-- > 0;
  }

  /** What is left, for tests. */
  get queriesLeft(): number {
    return Math.max(0, this.#queriesLeft);
  }
}
