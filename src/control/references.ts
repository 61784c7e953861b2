// What facts refer to by name, and the look at it when a plan is applied that was made earlier: what it refers to must still be there. The
// store compares the revisions of what a plan builds on; that an instance is being deleted stands in no revision of its own, and an undo
// brings back facts whose references it has only looked at.

import { PlatformError } from "#contract";
import type { ContainerServiceFact } from "./container-facts.ts";
import type { AliasFact, AssignmentFact, LoadBalancerFact, RrsetFact, StaticIpFact } from "./facts.ts";
import type { DistributionFact } from "./distribution-facts.ts";
import type { AlarmFact } from "./metrics/alarm-facts.ts";
import { drainKey } from "./drains.ts";
import { shown } from "./names.ts";
import type { PlannedChange } from "./planned.ts";
import { findResource, resourceKinds } from "./resources.ts";
import type { State } from "./state.ts";

/** One reference. `resource` may be of any kind that names lead to. */
export interface Reference {
  readonly kind: "instance" | "certificate" | "zone" | "resource";
  readonly key: string;
}

/** What the value of a fact refers to. */
export function* referredBy(kind: string, value: unknown): Generator<Reference> {
  switch (kind) {
    case "load-balancer": {
      const { instances, certificates } = value as LoadBalancerFact;
      for (const key of instances) yield { kind: "instance", key };
      for (const key of certificates) yield { kind: "certificate", key };
      return;
    }
    case "distribution": {
      const { origin, certificateName } = value as DistributionFact;
      yield { kind: "resource", key: origin.name };
      if (certificateName !== undefined) yield { kind: "certificate", key: certificateName };
      return;
    }
    case "container-service":
      for (const key of Object.keys((value as ContainerServiceFact).publicDomainNames))
        yield { kind: "certificate", key };
      return;
    case "static-ip": {
      const { attachedTo } = value as StaticIpFact;
      if (attachedTo !== undefined) yield { kind: "instance", key: attachedTo };
      return;
    }
    case "alarm":
      yield { kind: "resource", key: (value as AlarmFact).resource };
      return;
    case "rrset":
    case "assignment":
    case "alias": {
      const { health } = value as Partial<RrsetFact>;
      if (kind === "rrset" && health?.kind === "resource") yield { kind: "resource", key: health.resource };
      yield { kind: "zone", key: (value as RrsetFact | AssignmentFact | AliasFact).zone };
      if (kind === "assignment") yield { kind: "resource", key: (value as AssignmentFact).resource };
      const target = kind === "alias" ? (value as AliasFact).target : undefined;
      if (target && "resource" in target) yield { kind: "resource", key: target.resource };
    }
  }
}

/** Refuses a plan that refers to what is gone, or is being deleted, since it was made. Throws `change-conflict`. */
export function refuseDangling({ title, entries }: PlannedChange, state: State): void {
  // What the plan itself brings, or keeps from being deleted, is its own matter and the store's.
  const own = new Set(entries.map(({ kind, key }) => `${kind} ${key}`));
  for (const { kind, value } of entries) {
    if (value === undefined) continue;
    for (const reference of referredBy(kind, value)) {
      if (isOwn(own, reference) || isThere(state, reference)) continue;
      throw new PlatformError(
        "change-conflict",
        `Cannot apply "${title}": ${reference.kind} ${reference.kind === "zone" ? shown(reference.key) : reference.key} was deleted since the plan was made`,
      );
    }
  }
}

function isOwn(own: ReadonlySet<string>, { kind, key }: Reference): boolean {
  const kinds = kind === "resource" ? Object.values(resourceKinds) : [kind];
  return kinds.some((one) => own.has(`${one} ${key}`)) || own.has(`drain ${drainKey(key, key)}`);
}

function isThere(state: State, { kind, key }: Reference): boolean {
  switch (kind) {
    case "instance":
      return findResource(state, key)?.type === "Instance";
    case "resource":
      return findResource(state, key) !== undefined;
    case "certificate":
    case "zone":
      return state.get(kind, key) !== undefined;
  }
}
