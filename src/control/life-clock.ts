// Carries registrations on as time passes: sleeps until the next thing is due, does what has fallen due, and catches up at start. What is
// due is a function of the facts (`nextActAt` of src/registry), so a control that was away, or crashed between two acts, does each once.

import { nextActAt, type DomainObject } from "#registry";
import type { Entry } from "#store";
import type { Clock, Log, HostTimers } from "./ports.ts";
import type { State } from "./state.ts";

/** The longest sleep: timers count on the monotonic clock, and what is due is wall time. Far below the 2^31 ms that setTimeout takes. */
const maxSleepMs = 86_400_000;
/** The shortest one, and after how long what failed is tried again. */
const minSleepMs = 1000;
const retryMs = 3_600_000;

/** The part of control that renews, holds and releases registrations in time. */
export class LifeClock {
  readonly #state: State;
  readonly #clock: Clock;
  readonly #timers: HostTimers;
  readonly #log: Log;
  readonly #act: (name: string) => Promise<void>;
  #cancel: (() => void) | undefined;
  /** When the timer is set for: wall time. */
  #wakesAt = Infinity;
  #isRunning = false;
  #isClosed = false;
  /** Domains whose act failed, with when they are tried again. */
  readonly #failed: Map<string, number> = new Map();

  /** @param act  carries one registration on, as a change; nothing where nothing is due any more */
  constructor(
    state: State,
    clock: Clock,
    timers: HostTimers,
    log: Log,
    act: (name: string) => Promise<void>,
  ) {
    this.#state = state;
    this.#clock = clock;
    this.#timers = timers;
    this.#log = log;
    this.#act = act;
  }

  /** Catches up, and goes on from there. */
  async start(): Promise<void> {
    await this.#run();
  }

  /** Takes note of committed entries: something may be due earlier than it was. */
  note(entries: readonly Entry[]): void {
    if (this.#isRunning || this.#isClosed) return; // looks at all of them when it is through
    let at = this.#wakesAt;
    for (const { kind, value } of entries)
      if (kind === "domain" && value !== undefined) at = Math.min(at, nextActAt(value as DomainObject));
    if (at < this.#wakesAt) this.#sleepUntil(at);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
  }

  async #run(): Promise<void> {
    if (this.#isRunning || this.#isClosed) return;
    this.#isRunning = true;
    try {
      for (let due = this.#due(); due.length > 0 && !this.#isClosed; due = this.#due()) {
        for (const name of due) await this.#carryOn(name);
      }
    } finally {
      this.#isRunning = false;
    }
    let next = Infinity;
    for (const [name, { value }] of this.#state.all("domain"))
      next = Math.min(next, Math.max(nextActAt(value), this.#failed.get(name) ?? 0));
    this.#sleepUntil(next);
  }

  /** What is due and did not just fail, the earliest first. */
  #due(): string[] {
    const now = this.#clock.wall();
    return [...this.#state.all("domain")]
      .map(([name, { value }]) => ({ name, at: nextActAt(value) }))
      .filter(({ name, at }) => at <= now && (this.#failed.get(name) ?? 0) <= now)
      .sort((a, b) => a.at - b.at)
      .map(({ name }) => name);
  }

  async #carryOn(name: string): Promise<void> {
    const before = this.#state.get("domain", name)?.revision;
    try {
      await this.#act(name);
      this.#failed.delete(name);
      if (before === undefined || this.#state.get("domain", name)?.revision !== before) return;
    } catch (error) {
      this.#log.error({ error, domain: name }, "a registration could not be carried on");
    }
    // Nothing came of it: tried again later, not at once and for ever.
    this.#failed.set(name, this.#clock.wall() + retryMs);
  }

  #sleepUntil(at: number): void {
    this.#cancel?.();
    if (this.#isClosed) return;
    const now = this.#clock.wall();
    const sleepMs = Math.min(maxSleepMs, Math.max(minSleepMs, at - now));
    this.#wakesAt = now + sleepMs;
    this.#cancel = this.#timers.after(sleepMs, () => void this.#run());
  }
}
