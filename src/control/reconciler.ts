// Publishes what is pending once DNS shows what it waits for (stage.ts): after each commit, each word of a role and each round of asking.
// What is pending is in the log, so a control that starts anew goes on where the one before stopped.

import type { PendingFact } from "./facts.ts";
import type { NamesChecks } from "./names-check.ts";
import type { State } from "./state.ts";

/** Carries on what is pending. */
export class Reconciler {
  readonly #state: State;
  readonly #checks: NamesChecks;
  readonly #release: (pending: PendingFact) => Promise<void>;
  /** Apexes whose release is on its way into the log. */
  readonly #releasing: Set<string> = new Set();

  /** @param release  commits that a fact is pending no longer; nothing where it is another one by then */
  constructor(state: State, checks: NamesChecks, release: (pending: PendingFact) => Promise<void>) {
    this.#state = state;
    this.#checks = checks;
    this.#release = release;
  }

  /** Looks at all that is pending, and releases what need not wait. */
  review(): void {
    for (const [apex, { value, revision }] of this.#state.all("pending")) {
      if (this.#releasing.has(apex) || !this.#isReady(value, revision)) continue;
      this.#releasing.add(apex);
      void this.#release(value).finally(() => {
        this.#releasing.delete(apex);
        // Another one that has come in its place was passed over meanwhile.
        const held = this.#state.value("pending", apex);
        if (held && held.changeId !== value.changeId) this.review();
      });
    }
  }

  #isReady({ apex, step, changeId }: PendingFact, revision: number): boolean {
    if (step === "withdraw") return this.#checks.evidence({ step, apex }, changeId, revision).isDone;
    const serial = this.#state.value("serial", apex)?.serial ?? 1;
    return this.#checks.evidence({ step: "zone", apex, serial }, changeId, revision).isDone;
  }
}
