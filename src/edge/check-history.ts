// The last health checks of one target, with when each was and what was answered: a ring, so that they are bounded. They outlive the health
// that they led to: what a target answered at another place or before it drained stays to be seen.

import { keptChecks, maxSaidLength, type EdgeCheck } from "#contract";

/** The checks of a target. */
export class TargetCheckLog {
  #checks: EdgeCheck[] = [];
  #next = 0;

  /** Adds a check; the oldest goes where there are as many as are kept. */
  add(check: EdgeCheck): void {
    this.#checks[this.#next] = { ...check, said: check.said.slice(0, maxSaidLength) };
    this.#next = (this.#next + 1) % keptChecks;
  }

  /** All of them, the oldest first. */
  read(): EdgeCheck[] {
    const checks = this.#checks;
    return checks.length < keptChecks
      ? [...checks]
      : [...checks.slice(this.#next), ...checks.slice(0, this.#next)];
  }
}
