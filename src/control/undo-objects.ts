// How each kind of object is put back to what it was before a change. What drains first, or comes back as another one, goes on as by its own
// command. Domains are in undo-domain.ts, container services in undo-containers.ts.

import type { ContainerServiceFact, DeploymentFact } from "./container-facts.ts";
import type { Draft } from "./draft.ts";
import { cancelDrain, isBeingDeleted, keepInstances, processOf, startDrain } from "./drains.ts";
import type { AddressFact, ChangedObject, Facts, InstanceFact, LoadBalancerFact } from "./facts.ts";
import { removeAlarms } from "./metrics/plan-alarm.ts";
import { takeAddress } from "./plan-instance.ts";
import { takeBackDeployment, takeBackService } from "./undo-containers.ts";
import { undoDomain } from "./undo-domain.ts";
import type { PlanContext } from "./plan-context.ts";
import type { UndoKind } from "./undo-references.ts";

/** Puts one object back to what it was before. */
export function takeBack(context: PlanContext, object: ChangedObject, action: string): void {
  const { draft } = context;
  const { key } = object;
  const kind = object.kind as UndoKind;
  switch (kind) {
    case "domain":
      undoDomain(context, key, object.before as Parameters<typeof undoDomain>[2], action);
      return;
    case "address": {
      const before = object.before as AddressFact | undefined;
      const held = draft.state.value("address", key);
      if (before && held) return;
      if (held && isBeingDeleted(draft.state, held.resource)) {
        draft.foreseeRemoval("address", key);
        return;
      }
      if (before) takeAddress(context, before.view, before.resource, { key, number: before.number });
      else draft.remove("address", key);
      return;
    }
    case "instance":
      takeBackInstance(context, key, object.before as InstanceFact | undefined);
      return;
    case "container-service":
      takeBackService(context, key, object.before as ContainerServiceFact | undefined);
      return;
    case "deployment":
      takeBackDeployment(context, key, object.before as DeploymentFact | undefined);
      return;
    case "zone":
    case "rrset":
    case "network-table":
    case "negative-anchor":
    case "alarm":
    case "static-ip":
    case "load-balancer":
    case "distribution":
    case "container-image":
    case "assignment":
    case "alias":
    case "host":
    case "contact":
    case "certificate":
    case "acme-account":
    case "tags":
      if (object.before === undefined) draft.remove(kind, key);
      else draft.put(kind, key, object.before as Facts[typeof kind]);
      if (kind === "load-balancer" && object.before === undefined) removeAlarms(draft, context.state, key);
      if (kind === "load-balancer")
        takeBackDrains(context, key, object.before as LoadBalancerFact | undefined);
      if (kind === "distribution" && object.before === undefined) draft.remove("purge", key);
  }
}

/** Gives an instance back what it was; one that was not there before goes as by its deletion. */
function takeBackInstance(context: PlanContext, name: string, before: InstanceFact | undefined): void {
  const { draft, state } = context;
  if (before) {
    const left = processOf(state, name);
    const { desired, generation, limits } = before;
    const isSame = left?.generation === generation && JSON.stringify(left.limits) === JSON.stringify(limits);
    // A process that ends, or is to be another one, finishes its requests first; one that was to end stays.
    if (left?.desired === "running" && (desired === "stopped" || !isSame))
      startDrain(context, {
        resource: name,
        instance: name,
        purpose: desired === "stopped" ? "stop" : "reboot",
      });
    else cancelDrain(draft, name, name);
    // As with a start: the process that was ended, or is just being, is not the one that starts.
    const isStarted = left?.desired === "stopped" && desired === "running";
    draft.put(
      "instance",
      name,
      isStarted ? { ...before, generation: Math.max(generation, left.generation + 1) } : before,
    );
    return;
  }
  removeAlarms(draft, state, name);
  draft.foreseeRemoval("instance", name);
  startDrain(context, { resource: name, instance: name, purpose: "delete" });
}

/** Instances that a load balancer has again stay; those that it loses drain, where it stays itself. */
function takeBackDrains(context: PlanContext, name: string, before: LoadBalancerFact | undefined): void {
  const { draft, state } = context;
  if (!before) {
    for (const { instance } of state.drainsOf(name)) cancelDrain(draft, name, instance);
    return;
  }
  keepInstances(draft, before);
  for (const instance of leavingInstances(draft, name))
    startDrain(context, { resource: name, instance, purpose: "detach", maxMs: before.drainMs });
}

/** The instances that a draft takes out of a load balancer. */
function leavingInstances(draft: Draft, name: string): string[] {
  for (const { kind, key, before, after } of draft.changes()) {
    if (kind !== "load-balancer" || key !== name || !before || !after) continue;
    const { instances } = after.value as LoadBalancerFact;
    return (before.value as LoadBalancerFact).instances.filter((one) => !instances.includes(one));
  }
  return [];
}
