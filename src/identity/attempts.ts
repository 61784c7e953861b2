// Bounds what guessing costs: so many failures of one account and of one address within a time, and so many passwords hashed at once.
// An attempt counts as a failure from its beginning until it succeeds, so that many at once gain nothing.

import { PlatformError } from "#contract";

/** Failures of one account within the time: a person who mistypes has enough, and a guesser has 960 a day. */
export const maxFailuresOfAccount: number = 10;
/** Failures from one address within the time: behind one there may be many people. */
export const maxFailuresOfAddress: number = 100;
/** The time, in milliseconds. */
export const attemptWindowMs: number = 15 * 60_000;
/** Names that are remembered; beyond, the oldest are forgotten. */
const maxNames = 10_000;
/** Attempts under way at once: each hashes a password, which takes some 50 ms and 16 MiB. */
const maxUnderWay = 8;

/** Counts attempts in memory. */
export class Attempts {
  readonly #now: () => number;
  readonly #counts: Map<string, { count: number; readonly until: number }> = new Map();
  #underWay = 0;

  /** @param now  wall time in milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Runs one attempt.
   * @param run  tells whether it succeeded; one that throws counts as failed
   * Throws `too-many-attempts` without running it.
   */
  async attempt<T>(
    account: string,
    address: string,
    run: () => Promise<T>,
    isGood: (value: T) => boolean,
  ): Promise<T> {
    const names = [
      { name: `account ${account}`, max: maxFailuresOfAccount },
      ...(address === "" ? [] : [{ name: `address ${address}`, max: maxFailuresOfAddress }]),
    ];
    if (this.#underWay >= maxUnderWay || names.some(({ name, max }) => this.#count(name) >= max))
      throw new PlatformError("too-many-attempts", "Cannot sign in: there were too many attempts lately");
    for (const { name } of names) this.#add(name, 1);
    this.#underWay++;
    try {
      const value = await run();
      if (isGood(value)) for (const { name } of names) this.#add(name, -1);
      return value;
    } finally {
      this.#underWay--;
    }
  }

  /** Forgets the failures of an account: its password is another one now. */
  forget(account: string): void {
    this.#counts.delete(`account ${account}`);
  }

  #count(name: string): number {
    const held = this.#counts.get(name);
    return held && held.until > this.#now() ? held.count : 0;
  }

  #add(name: string, number: number): void {
    const held = this.#counts.get(name);
    if (held && held.until > this.#now()) {
      held.count = Math.max(0, held.count + number);
      return;
    }
    if (number < 0) return;
    this.#counts.delete(name);
    this.#counts.set(name, { count: number, until: this.#now() + attemptWindowMs });
    for (const oldest of this.#counts.keys()) {
      if (this.#counts.size <= maxNames) break;
      this.#counts.delete(oldest);
    }
  }
}
