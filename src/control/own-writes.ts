// What control writes of its own accord: the second halves of changes, what is due for a registration, certificates, what aliases were
// found to lead to. Each is planned and committed as a write of its own, after those that came before. What is left to do is in the log: a
// write that fails is tried again with whatever is heard next, or at the next start.

import { platformPrincipal } from "./access/principal.ts";
import type { AliasAddressesFact, DrainFact, PendingFact } from "./facts.ts";
import { endNegativeAnchor } from "./plan-negative-anchor.ts";
import { removeInstance } from "./plan-instance.ts";
import { planLife } from "./plan-registration.ts";
import type { PlanContext } from "./plan-context.ts";
import type { Planner } from "./planner.ts";
import { renumberZones } from "./platform-facts.ts";
import type { PlannedChange } from "./planned.ts";
import type { Clock, Log } from "./ports.ts";
import type { State } from "./state.ts";

/** Who the history says has taken away a negative trust anchor because its name validates again. */
const validator = platformPrincipal("validation");

/** What these writes work with. */
export interface OwnWriteSources {
  readonly state: State;
  readonly clock: Clock;
  readonly log: Log;
  readonly planner: Planner;
  /** Runs one write after all that came before. */
  readonly exclusively: <T>(run: () => Promise<T>) => Promise<T>;
  /** Commits a plan without an entry of the history. */
  readonly write: (planned: PlannedChange, at: number) => Promise<unknown>;
  /** Commits a plan as a change of the platform's, or of another actor of its own. */
  readonly commit: (planned: PlannedChange, actor?: string) => Promise<unknown>;
  /** Told that something was written that others may wait for. */
  readonly review: () => void;
  readonly isAliasWatched: (name: string) => boolean;
  /** Told of an instance that is gone, by its id. */
  readonly forgetInstance: (id: string) => void;
}

/** The platform's own writes. */
export class OwnWrites {
  readonly #from: OwnWriteSources;

  constructor(from: OwnWriteSources) {
    this.#from = from;
  }

  /** Does what is due for a registration by itself, as a change of the platform's. */
  async carryOn(name: string): Promise<void> {
    await this.#from.exclusively(async () => {
      const planned = this.#from.planner.planPlatform(this.#from.clock.wall(), (context) =>
        planLife(context, name),
      );
      if (planned) await this.#from.commit(planned);
    });
    this.#from.review();
  }

  /** Takes a negative trust anchor away whose name validates again, where it is still the one that was looked past. */
  async endNegativeAnchor(name: string, revision: number, found: string): Promise<void> {
    try {
      await this.#from.exclusively(async () => {
        // Like the command of somebody, so that it can be undone like theirs.
        const planned = this.#from.planner.planLike(
          { action: "delete-negative-anchor", name },
          validator,
          this.#from.clock.wall(),
          (context) => endNegativeAnchor(context, name, revision, found),
        );
        if (planned) await this.#from.commit(planned, validator.actor);
      });
    } catch (error) {
      // The next look finds it again.
      this.#from.log.error({ error, name }, "a negative trust anchor could not be taken away");
    }
  }

  /** Commits facts of the platform's own. */
  async writeFacts(draw: (context: PlanContext) => void): Promise<void> {
    await this.#from.exclusively(async () => {
      const at = this.#from.clock.wall();
      const planned = this.#from.planner.planPlatform(at, draw);
      if (planned) await this.#from.write(planned, at);
    });
    this.#from.review();
  }

  /**
   * Numbers every zone anew: the store was restored from a backup, and the name servers have given serials since that it does not know.
   * Unix seconds are above all of them, so that secondary servers take today's zones for newer.
   */
  async renumber(revision: number): Promise<void> {
    this.#from.log.warn(
      { held: revision, stored: this.#from.state.revision },
      "the name servers hold a later state than the store: it was restored, and every zone is numbered anew",
    );
    try {
      await this.#from.exclusively(async () => {
        const at = this.#from.clock.wall();
        const planned = this.#from.planner.planPlatform(at, (context) => renumberZones(context));
        if (planned) await this.#from.write(planned, at);
      });
    } catch (error) {
      this.#from.log.error({ error }, "zones could not be numbered anew");
    }
  }

  /** Publishes the half of a change that was held back. */
  async release(pending: PendingFact): Promise<void> {
    const { apex, changeId } = pending;
    try {
      await this.#from.exclusively(async () => {
        if (this.#from.state.value("pending", apex)?.changeId !== changeId) return;
        const at = this.#from.clock.wall();
        const planned = this.#from.planner.planPlatform(at, ({ draft }) => draft.remove("pending", apex));
        if (!planned) return;
        await this.#from.write(planned, at);
      });
    } catch (error) {
      // What is pending is in the log: whatever is heard next, or the next start, makes it tried again.
      this.#from.log.error({ error, apex }, "what was held back could not be published");
      return;
    }
    this.#from.review();
  }

  /** Commits that a drain is over. */
  async endDrain(key: string, fact: DrainFact): Promise<void> {
    try {
      await this.#from.exclusively(async () => {
        if (this.#from.state.value("drain", key)?.changeId !== fact.changeId) return;
        const at = this.#from.clock.wall();
        const id = this.#from.state.get("instance", fact.instance)?.id;
        const planned = this.#from.planner.planPlatform(at, (context) => {
          context.draft.remove("drain", key);
          if (fact.purpose === "delete") removeInstance(context, fact.instance);
        });
        if (planned) await this.#from.write(planned, at);
        if (fact.purpose === "delete" && id !== undefined) this.#from.forgetInstance(id);
      });
    } catch (error) {
      // What drains is in the log: whatever is heard next, or the next start, makes it tried again.
      this.#from.log.error({ error, drain: key }, "what was drained could not be taken away");
      return;
    }
    this.#from.review();
  }

  /** Writes what the target of aliases was found to have, where there still are any: in the background, and not in the history. */
  async writeAddresses(name: string, value: AliasAddressesFact | undefined): Promise<void> {
    try {
      await this.#from.exclusively(async () => {
        const at = this.#from.clock.wall();
        const isWanted = value !== undefined && this.#from.isAliasWatched(name);
        const planned = this.#from.planner.planPlatform(at, ({ draft }) => {
          if (isWanted) draft.put("alias-addresses", name, value);
          else if (!this.#from.isAliasWatched(name)) draft.remove("alias-addresses", name);
        });
        if (planned) await this.#from.write(planned, at);
      });
    } catch (error) {
      // The next look-up finds the difference again.
      this.#from.log.error({ error, name }, "the addresses of an alias' target could not be written");
    }
  }
}
