// What the edge last said of the targets of each resource. Not in the log: after a restart of control the edge tells it again.

import type { TargetState } from "#contract";

/** Resources that are remembered: more than any profile has addresses for. */
const maxResources = 10_000;

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
    this.#resources.delete(resourceId);
    if (targets.length === 0) return;
    this.#resources.set(resourceId, new Map(targets.map((target) => [target.id, target])));
    // A report can come when its resource is no more: the oldest goes.
    const [oldest] = this.#resources.keys();
    if (oldest !== undefined && this.#resources.size > maxResources) this.#resources.delete(oldest);
  }

  /** What was said of one target. */
  get(resourceId: string, targetId: string): TargetState | undefined {
    return this.#resources.get(resourceId)?.get(targetId);
  }

  /** What was said of all targets of a resource. */
  all(resourceId: string): TargetState[] {
    return [...(this.#resources.get(resourceId)?.values() ?? [])];
  }

  /** Forgets what was said of a target of one resource: it was of before. */
  forget(resourceId: string, targetId: string): void {
    this.#resources.get(resourceId)?.delete(targetId);
  }

  /** Forgets what was said of a target everywhere. */
  forgetTarget(targetId: string): void {
    for (const targets of this.#resources.values()) targets.delete(targetId);
  }

  /** Forgets a resource. */
  forgetResource(resourceId: string): void {
    this.#resources.delete(resourceId);
  }
}
