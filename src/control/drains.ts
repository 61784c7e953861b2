// Draining: an instance that leaves a load balancer, or stops, gets no new requests, and those under way are finished before the second
// half of the change follows (drain-watch.ts). A `drain` fact is what is left to do, so it outlives control.

import type { Entry } from "#store";
import { isLeavingService } from "./container-state.ts";
import type { DrainFact, LoadBalancerFact } from "./facts.ts";
import type { Draft } from "./draft.ts";
import type { PlanContext } from "./plan-context.ts";
import type { State } from "./state.ts";

/** How long requests may go on at an instance that is to stop: nobody who stops something waits for longer. */
export const stopDrainMs = 30_000;

/**
 * Begins to drain an instance: its target takes no new requests, and when none is under way, or the time is up, the fact is removed by a
 * commit of its own.
 *
 * What the change does at once is drafted by the caller, afterwards: for `detach` it takes the instance out of the load balancer. For
 * `stop` and `reboot` it gives the instance its new state, of which the runtime is told at the end only: until then it has the process that
 * the instance has when this is called.
 */
export function startDrain(
  { draft, state, changeId, now }: Pick<PlanContext, "draft" | "state" | "changeId" | "now">,
  {
    resource,
    instance,
    purpose,
    maxMs = stopDrainMs,
  }: Pick<DrainFact, "resource" | "instance" | "purpose"> & {
    /** How long requests under way may take. */
    readonly maxMs?: number;
  },
): void {
  const process = resource === instance ? processOf(state, instance) : undefined;
  draft.put("drain", drainKey(resource, instance), {
    ...(process ? { process } : {}),
    resource,
    instance,
    purpose,
    changeId,
    since: now,
    until: now + maxMs,
  });
}

/** The process that the runtime is to have of an instance today: the one that is left as it is, or what the instance is to be. */
export function processOf(state: State, instance: string): DrainFact["process"] {
  const left = state.value("drain", drainKey(instance, instance))?.process;
  if (left) return left;
  const fact = state.value("instance", instance);
  if (!fact) return undefined;
  const { desired, generation, limits } = fact;
  return { desired, generation, ...(limits ? { limits } : {}) };
}

/** Takes a drain back: the instance stays after all. Nothing where there is none. */
export function cancelDrain(draft: Draft, resource: string, instance: string): void {
  draft.remove("drain", drainKey(resource, instance));
}

/** Takes the drains of instances back that a load balancer has again. */
export function keepInstances(draft: Draft, { name, instances }: LoadBalancerFact): void {
  for (const instance of instances) cancelDrain(draft, name, instance);
}

/** The key of a drain. */
export function drainKey(resource: string, instance: string): string {
  return `${resource} ${instance}`;
}

/**
 * Whether an instance or a container service is being deleted: it is there until its requests are finished, and nothing may refer to it
 * any more.
 */
export function isBeingDeleted(state: State, name: string): boolean {
  return state.value("drain", drainKey(name, name))?.purpose === "delete" || isLeavingService(state, name);
}

/** A drain as it begins when its plan is carried out later than it was made. */
export function refreshDrain(entry: Entry, now: number): Entry {
  const fact = entry.value as DrainFact | undefined;
  if (!fact) return entry;
  return { ...entry, value: { ...fact, since: now, until: now + (fact.until - fact.since) } };
}
