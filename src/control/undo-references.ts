// What an undo bears on beside the objects themselves: everything that they refer to, and what would point to nothing, or be left without what
// holds it, once they are as they were. Reasons are in words, with the change since which it is so.

import type { ContainerServiceFact } from "./container-facts.ts";
import { nameOf } from "./describe.ts";
import {
  aliasKeyOf,
  rrsetKeyOf,
  type AliasFact,
  type AssignmentFact,
  type Kind,
  type LoadBalancerFact,
  type RrsetFact,
  type StaticIpFact,
  type ZoneFact,
} from "./facts.ts";
import { shown } from "./names.ts";
import type { DistributionFact } from "./distribution-facts.ts";
import { findOtherOwner } from "./distribution-names.ts";
import type { AlarmFact } from "./metrics/alarm-facts.ts";
import { hasResource } from "./metrics/plan-alarm.ts";
import type { UndoneChange } from "./plan-context.ts";
import { referredBy } from "./references.ts";
import {
  findResource,
  referencesTo,
  resourceKinds,
  resourceTypeOf,
  typeWords,
  type ResourceKind,
} from "./resources.ts";
import type { State } from "./state.ts";
import { taggedOf } from "./tags.ts";

/** Kinds of objects that an undo brings back or takes away. The others follow from them, are the platform's own, or are never brought back. */
export type UndoKind = Exclude<
  Kind,
  | "change"
  | "serial"
  | "pending"
  | "zone-signing"
  | "drain"
  | "purge"
  | "issuance"
  | "authority"
  | "service-certificate"
  | "challenge"
  | "alias-addresses"
  | "container-node"
  | "container-progress"
  | "user"
  | "access-key"
>;

/** Everything that a change refers to: what it touched, and what that needs to stand. The first ones are enough for a refusal. */
export function* referencesOf({ objects }: UndoneChange["fact"]): Generator<{ kind: UndoKind; key: string }> {
  for (const { kind, key, before, isRemoved } of objects) {
    if (!isRemoved) yield { kind: kind as UndoKind, key };
    if (before === undefined) continue;
    for (const reference of referredBy(kind, before)) {
      if (reference.kind === "resource") yield* resourceKeys(reference.key);
      else yield { kind: reference.kind, key: reference.key };
    }
  }
}

/** Any of these can have been what a name leads to. */
function* resourceKeys(name: string): Generator<{ kind: UndoKind; key: string }> {
  for (const kind of Object.values(resourceKinds)) yield { kind, key: name };
}

/** The change that removed an object, in words, where the log tells. */
export function byRemoval({ removedAt }: UndoneChange, kind: string, key: string): string {
  const revision = removedAt?.get(`${kind} ${key}`);
  return revision === undefined ? "" : ` by change ${revision}`;
}

/** What has a certificate attached, in words. */
function holdersOfCertificate(state: State, name: string): string[] {
  return state.resourcesOfCertificate(name).map((holder) => {
    const found = findResource(state, holder);
    const word = found ? typeWords[found.type].word : "resource";
    return `${word} ${holder} has certificate ${name} since change ${found?.held.revision}`;
  });
}

/** What would point to nothing, or be left without what holds it. */
export function brokenReferences(state: State, undone: UndoneChange): string[] {
  const reasons: string[] = [];
  for (const { kind, key, before } of undone.fact.objects) {
    switch (kind as UndoKind) {
      case "host":
        if (before !== undefined) break;
        for (const user of state.domainsOfHost(key)) {
          const { revision } = state.get("domain", user) ?? {};
          reasons.push(`${shown(user)} has name server ${shown(key)} since change ${revision}`);
        }
        break;
      case "zone":
        if (before === undefined) reasons.push(...leftInZone(state, key));
        break;
      case "instance":
      case "static-ip":
      case "load-balancer":
      case "distribution":
      case "container-service":
        reasons.push(...brokenResource(state, undone, kind as ResourceKind, key, before));
        break;
      case "alarm":
        if (before !== undefined && !hasResource(state, before as AlarmFact))
          reasons.push(`alarm ${key} is of ${(before as AlarmFact).resource}, which is gone`);
        break;
      case "certificate":
        if (before === undefined) reasons.push(...holdersOfCertificate(state, key));
        break;
      case "tags": {
        const on = taggedOf(key);
        if (before !== undefined && !state.get(on.kind as UndoKind, on.key))
          reasons.push(
            `${on.kind} ${on.key}, which had the tags, is gone${byRemoval(undone, on.kind, on.key)}`,
          );
        break;
      }
      case "rrset":
        if (before !== undefined)
          reasons.push(...missingZone(state, undone, nameOf("rrset", key, before), before as RrsetFact));
        break;
      case "assignment":
        if (before !== undefined) {
          const fact = before as AssignmentFact;
          reasons.push(...missingZone(state, undone, nameOf("assignment", key, fact), fact));
          reasons.push(...missingResource(state, undone, fact.resource, shown(key)));
        }
        break;
      case "alias":
        if (before !== undefined) {
          const fact = before as AliasFact;
          reasons.push(...missingZone(state, undone, nameOf("alias", key, fact), fact));
          if ("resource" in fact.target)
            reasons.push(...missingResource(state, undone, fact.target.resource, shown(fact.owner)));
        }
        break;
      default:
    }
  }
  return reasons;
}

/** What a name led to and is not there any more. */
function missingResource(state: State, undone: UndoneChange, resource: string, name: string): string[] {
  if (findResource(state, resource)) return [];
  const removed = [...resourceKeys(resource)].find(({ kind }) =>
    undone.removedAt?.has(`${kind} ${resource}`),
  );
  const by = removed ? byRemoval(undone, removed.kind, removed.key) : "";
  const word = removed ? wordOf(removed.kind as ResourceKind) : "resource";
  return [`${word} ${resource}, which ${name} led to, was deleted${by}`];
}

/** What people call a kind of resource. */
function wordOf(kind: ResourceKind): string {
  return typeWords[resourceTypeOf(kind) ?? "Instance"].word;
}

/** What an undo would break that makes or takes away a resource. */
function brokenResource(
  state: State,
  undone: UndoneChange,
  kind: ResourceKind,
  key: string,
  before: unknown,
): string[] {
  if (before === undefined)
    return referencesTo(state, key).map(
      ({ text, revision }) => `${text.replace(/\bit\b/, key)} since change ${revision}`,
    );
  const reasons: string[] = [];
  const word = wordOf(kind);
  const holder = otherHolder(state, kind, key);
  if (holder)
    reasons.push(
      `${holder.text.replace("that name", `the name of ${word} ${key}`)} since change ${holder.revision}`,
    );
  const needed =
    kind === "load-balancer"
      ? (before as LoadBalancerFact).instances
      : [kind === "static-ip" ? (before as StaticIpFact).attachedTo : undefined].flatMap(
          (name) => name ?? [],
        );
  const certificates = certificatesOf(kind, before);
  if (kind === "distribution")
    reasons.push(...missingOfDistribution(state, undone, before as DistributionFact));
  for (const name of certificates) {
    if (state.get("certificate", name)) continue;
    reasons.push(
      `certificate ${name} of ${word} ${key} was deleted${byRemoval(undone, "certificate", name)}`,
    );
  }
  for (const name of needed) {
    if (findResource(state, name)?.type === "Instance") continue;
    reasons.push(
      `instance ${name}, which ${word} ${key} had, was deleted${byRemoval(undone, "instance", name)}`,
    );
  }
  if (kind === "static-ip" && needed[0] !== undefined) {
    const others = [...state.staticIpsOfInstance(needed[0])].filter((other) => other !== key);
    for (const other of others)
      reasons.push(
        `${needed[0]} has static IP ${other} since change ${state.get("static-ip", other)?.revision}`,
      );
  }
  return reasons;
}

/** Names of the certificates that a resource had. */
function certificatesOf(kind: ResourceKind, before: unknown): readonly string[] {
  switch (kind) {
    case "load-balancer":
      return (before as LoadBalancerFact).certificates;
    case "distribution": {
      const { certificateName } = before as DistributionFact;
      return certificateName === undefined ? [] : [certificateName];
    }
    case "container-service":
      return Object.keys((before as ContainerServiceFact).publicDomainNames);
    case "instance":
    case "static-ip":
      return [];
  }
}

/** What of a distribution's origin and names stands in the way of its coming back. */
function missingOfDistribution(
  state: State,
  undone: UndoneChange,
  { name, origin, certificateName }: DistributionFact,
): string[] {
  const found = findResource(state, origin.name);
  const other = certificateName === undefined ? undefined : findOtherOwner(state, name, certificateName);
  const isOrigin = found && found.type !== "Distribution" && found.type !== "StaticIp";
  return [
    ...(found && !isOrigin
      ? [
          `${origin.name}, the origin of distribution ${name}, is ${typeWords[found.type].article} since change ${found.held.revision}`,
        ]
      : missingResource(state, undone, origin.name, `distribution ${name}`)),
    ...(other ? [`${other.text} since change ${other.revision}`] : []),
  ];
}

/** Who else has the name of a resource that comes back. */
function otherHolder(
  state: State,
  own: ResourceKind,
  name: string,
): { readonly text: string; readonly revision: number } | undefined {
  for (const kind of Object.values(resourceKinds)) {
    const held = kind === own ? undefined : state.get(kind, name);
    if (held)
      return {
        text: `${kind === "instance" ? "an" : "a"} ${wordOf(kind)} has that name`,
        revision: held.revision,
      };
  }
  const zone = state.get("zone", `${name.toLowerCase()}.`);
  return zone && { text: "a zone has that name", revision: zone.revision };
}

function leftInZone(state: State, apex: ZoneFact["apex"]): string[] {
  return [
    ...state.rrsetsOfZone(apex).map((fact) => {
      const key = rrsetKeyOf(fact);
      const by = state.get("rrset", key)?.revision;
      return `${nameOf("rrset", key, undefined)} was added to zone ${shown(apex)} later by change ${by}`;
    }),
    ...state.aliasesOfZone(apex).map((alias) => {
      const by = state.get("alias", aliasKeyOf(alias))?.revision;
      return `${shown(alias.owner)} was made an alias later by change ${by}`;
    }),
    ...state.assignmentsOfZone(apex).map(({ owner, resource }) => {
      const by = state.get("assignment", owner)?.revision;
      return `${shown(owner)} was assigned to ${resource} later by change ${by}`;
    }),
  ];
}

function missingZone(
  state: State,
  undone: UndoneChange,
  name: string,
  { zone }: { readonly zone: string },
): string[] {
  if (state.get("zone", zone)) return [];
  return [`zone ${shown(zone)} of ${name} was deleted${byRemoval(undone, "zone", zone)}`];
}
