// Ends what drains (drains.ts): once the edge has taken the change over and says that nothing is under way, or when its time is up. What
// drains is in the log, so a control that starts anew goes on where the one before stopped.

import type { DrainFact } from "./facts.ts";
import type { Clock, HostTimers } from "./ports.ts";
import type { Publisher } from "./publish.ts";
import type { RoleHub } from "./role-hub.ts";
import type { State } from "./state.ts";
import type { TargetReports } from "./target-reports.ts";

/** What the watch looks at. */
export interface DrainSources {
  readonly state: State;
  readonly publisher: Publisher;
  readonly hub: RoleHub;
  readonly reports: TargetReports;
  readonly clock: Clock;
  readonly timers: HostTimers;
}

/** How a drain stands. */
export interface DrainState {
  readonly isOver: boolean;
  /** Requests and tunnels under way, as far as the edge has told; undefined before it did. */
  readonly underWay?: number;
}

/** Carries on what drains. */
export class DrainWatch {
  readonly #from: DrainSources;
  readonly #release: (key: string, fact: DrainFact) => Promise<void>;
  /** Keys of drains whose end is on its way into the log. */
  readonly #releasing: Set<string> = new Set();
  #cancel: (() => void) | undefined;
  #isClosed = false;

  /** @param release  commits that a drain is over; nothing where it is another one by then */
  constructor(from: DrainSources, release: (key: string, fact: DrainFact) => Promise<void>) {
    this.#from = from;
    this.#release = release;
  }

  /** Looks at all that drains, and ends what need not wait. */
  review(): void {
    if (this.#isClosed) return;
    const { state, clock, timers } = this.#from;
    const now = clock.wall();
    let next = Infinity;
    for (const [key, { value, revision }] of state.all("drain")) {
      if (this.#releasing.has(key)) continue;
      if (value.until > now && !this.look(value, revision).isOver) {
        next = Math.min(next, value.until);
        continue;
      }
      this.#releasing.add(key);
      void this.#release(key, value).finally(() => {
        this.#releasing.delete(key);
        // Another one that has begun in its place was passed over meanwhile.
        const held = state.value("drain", key);
        if (held && held.changeId !== value.changeId) this.review();
      });
    }
    this.#cancel?.();
    this.#cancel = next === Infinity ? undefined : timers.after(Math.max(next - now, 1), () => this.review());
  }

  /** How a drain stands, by what the edge has told. */
  look({ resource, instance, purpose }: DrainFact, revision: number): DrainState {
    const { state, hub, reports } = this.#from;
    const id = state.get("instance", instance)?.id;
    if (id === undefined) return { isOver: true };
    // Who leaves one load balancer goes on at others.
    const resources = this.#drainedAt(instance, id, purpose === "detach" ? resource : undefined);
    const said = resources.map((resource) => reports.get(resource, id));
    const underWay = said.reduce((sum, report) => sum + (report?.underWay ?? 0), 0);
    // A report of before may call it healthy and idle: only of one that drains there comes nothing new.
    const isIdle = said.every((report) => report?.state === "draining" && report.underWay === 0);
    const isOver = isIdle && hub.serves("edge", revision);
    return { isOver, ...(said.some((report) => report) ? { underWay } : {}) };
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
  }

  /** Ids of the resources whose target it is and drains: of one name, or all. */
  #drainedAt(instance: string, id: string, only: string | undefined): string[] {
    const { publisher } = this.#from;
    const objects = [...publisher.units.of({ kind: "instance", key: instance })]
      .filter((unit) => unit.startsWith("instance ") || unit.startsWith("load-balancer "))
      .flatMap((unit) => publisher.objectsOf(unit));
    return objects.flatMap((object) =>
      object.kind === "resource" &&
      (only === undefined || object.name === only) &&
      object.targets.some((target) => target.id === id && target.drains)
        ? [object.id]
        : [],
    );
  }
}
