// What the edge last said of the targets of each resource. Not in the log: after a restart of control the edge tells it again.

import type { TargetState } from "#contract";

/** The last reports, by resource and target. */
export class TargetReports {
  readonly #resources: Map<string, Map<string, TargetState>> = new Map();

  /** Takes a report over: all targets of one resource. */
  take({
    resourceId,
    targets,
  }: {
    readonly resourceId: string;
    readonly targets: readonly TargetState[];
  }): void {
    if (targets.length === 0) this.#resources.delete(resourceId);
    else this.#resources.set(resourceId, new Map(targets.map((target) => [target.id, target])));
  }

  /** What was said of one target. */
  get(resourceId: string, targetId: string): TargetState | undefined {
    return this.#resources.get(resourceId)?.get(targetId);
  }

  /** Forgets a target everywhere, or a resource: what was said was of before. */
  forget(id: string): void {
    this.#resources.delete(id);
    for (const targets of this.#resources.values()) targets.delete(id);
  }
}
