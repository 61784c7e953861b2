// undo: a new plan against today's state that takes a change back, object by object.
//
// Inverse where the object is as the change left it. Compensating where the same cannot come back: a registration is made anew, an
// address that was given away is replaced. Refused, with the reason for each object, where something was changed later, or where the
// result would break what stands now.

import { PlatformError, type RrsetConflict } from "#contract";
import type { CertificateFact } from "./certificate-facts.ts";
import type { ContainerServiceFact, DeploymentFact } from "./container-facts.ts";
import { nameOf } from "./describe.ts";
import type { Draft } from "./draft.ts";
import { cancelDrain, isBeingDeleted, keepInstances, processOf, startDrain } from "./drains.ts";
import {
  aliasKeyOf,
  rrsetKeyOf,
  type AliasFact,
  type AddressFact,
  type AssignmentFact,
  type ChangedObject,
  type Facts,
  type InstanceFact,
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
import { hasResource, removeAlarms } from "./metrics/plan-alarm.ts";
import { takeAddress } from "./plan-instance.ts";
import { containerReasons, isOfNewService, takeBackDeployment, takeBackService } from "./undo-containers.ts";
import { undoDomain } from "./undo-domain.ts";
import type { CommandOutline, PlanContext, Plans, UndoneChange } from "./plan-context.ts";
import { referredBy } from "./references.ts";
import {
  findResource,
  referencesTo,
  resourceKinds,
  resourceTypeOf,
  typeWords,
  type ResourceKind,
} from "./resources.ts";
import { conflictAt, conflictDetail, contentOf } from "./rrset-conflicts.ts";
import type { State } from "./state.ts";
import { taggedOf } from "./tags.ts";

/** How each command of this area is planned. */
export const undoPlans: Plans<"undo"> = {
  undo: (context, { changeId }, { undone }) => {
    if (!undone)
      throw new PlatformError("change-not-found", `Cannot undo change "${changeId}": there is none`);
    return planUndo(context, undone);
  },
};

/** Most reasons named in one refusal. */
const maxReasons = 10;
/** Most of them in its list for programs. */
const maxNamedReasons = 100;

type UndoKind = Exclude<
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

/** Plans to take a change back. Throws `undo-refused` with every reason. */
function planUndo(context: PlanContext, undone: UndoneChange): CommandOutline {
  const { fact } = undone;
  const action = `Cannot undo change ${undone.revision} (${fact.title})`;
  if (fact.action === "platform")
    throw new PlatformError("undo-refused", `${action}: the platform needs it for itself`);
  if (fact.action === "reboot-instance")
    throw new PlatformError("undo-refused", `${action}: what has happened to a process has happened`);
  if (fact.action === "purge-distribution" || fact.action === "reset-distribution-cache")
    throw new PlatformError(
      "undo-refused",
      `${action}: what a cache forgot is fetched anew, and not brought back`,
    );
  // A key that was deleted may be known to others, and who may do what is not to come back by the way.
  if (fact.objects.some(({ kind }) => kind === "user" || kind === "access-key"))
    throw new PlatformError(
      "undo-refused",
      `${action}: users and keys are changed anew, and never brought back`,
    );
  const edited: ChangedObject[] = [];
  refuse(
    action,
    [...laterEdits(context.state, undone, edited), ...lostKeys(undone), ...containerReasons(context, undone)],
    edited.flatMap((object) => conflictOf(context.state, undone, object)),
  );
  for (const object of [...fact.objects].reverse())
    if (!isOfNewService(undone, object)) takeBack(context, object, action);
  refuse(action, brokenReferences(context.state, undone));
  return {
    title: `Undo: ${fact.title}`,
    operationType: "UndoChange",
    resourceName: fact.operation.resourceName,
    resourceType: fact.operation.resourceType,
  };
}

function refuse(action: string, reasons: readonly string[], conflicts: readonly RrsetConflict[] = []): void {
  if (reasons.length === 0) return;
  const more = reasons.length > maxReasons ? [`and ${reasons.length - maxReasons} more`] : [];
  throw new PlatformError(
    "undo-refused",
    `${action}: ${[...reasons.slice(0, maxReasons), ...more].join("; ")}`,
    {
      report: { evidence: reasons.slice(0, maxReasons) },
      detail: {
        reasons: reasons.slice(0, maxNamedReasons),
        ...(conflicts.length === 0 ? {} : conflictDetail(conflicts)),
      },
    },
  );
}

/** Both sides of an RRset that was changed later; nothing of other objects, and of what the log has forgotten. */
function conflictOf(
  state: State,
  { left }: UndoneChange,
  { kind, key, before, isRemoved }: ChangedObject,
): RrsetConflict[] {
  if (kind !== "rrset") return [];
  const wanted = before as RrsetFact | undefined;
  const seen = isRemoved ? undefined : (left?.get(`${kind} ${key}`) as RrsetFact | undefined);
  const place = wanted ?? seen ?? state.value("rrset", key);
  if (!place || (!isRemoved && !seen)) return [];
  return [conflictAt(state, key, place, { expected: contentOf(seen), wanted: contentOf(wanted) })];
}

/**
 * Objects that are not as the change left them, with who changed them. What an address comes to is the profile's matter.
 * @param edited  gets the objects themselves
 */
function laterEdits(state: State, undone: UndoneChange, edited: ChangedObject[]): string[] {
  const { fact, revision } = undone;
  const reasons: string[] = [];
  for (const object of fact.objects) {
    const { kind, key, before, isRemoved } = object;
    const had = reasons.length;
    const name = `${kind} ${nameOf(kind as Kind, key, before)}`;
    const held = state.get(kind as UndoKind, key);
    // What goes when it has drained is still as it was.
    const resource = leavingOwner(kind, key, held?.value);
    const isLeaving = held && resource !== undefined && isBeingDeleted(state, resource);
    if (isLeaving && isRemoved) continue;
    if (isLeaving) {
      const owner = state.get("instance", resource) ? "instance" : "container-service";
      reasons.push(`${name} is being deleted${byRemoval(undone, owner, resource)}`);
    } else if (held && isRemoved) reasons.push(`${name} was created again by change ${held.revision}`);
    else if (!held && !isRemoved) reasons.push(`${name} was deleted later${byRemoval(undone, kind, key)}`);
    else if (
      held &&
      held.revision !== revision &&
      kind !== "address" &&
      !undone.asLeft?.has(`${kind} ${key}`)
    )
      reasons.push(`${name} was changed later by change ${held.revision}`);
    if (reasons.length > had) edited.push(object);
  }
  return reasons;
}

/** The instance or container service with which an object goes; undefined for what goes by itself. */
function leavingOwner(kind: string, key: string, value: unknown): string | undefined {
  switch (kind) {
    case "instance":
    case "container-service":
      return key;
    case "deployment":
    case "container-image":
      return key.split(" ", 1)[0];
    case "address":
      return (value as AddressFact | undefined)?.resource;
    case "tags":
      return taggedOf(key).key;
    default:
      return undefined;
  }
}

/** Certificates whose private key was deleted with the change. */
function lostKeys({ fact }: UndoneChange): string[] {
  return fact.objects.flatMap(({ kind, key, before }) =>
    (kind === "certificate" && before !== undefined && (before as CertificateFact).imported) ||
    (kind === "acme-account" && before !== undefined)
      ? [`${kind} ${nameOf(kind, key, before)} is gone with its private key`]
      : [],
  );
}

/** Puts one object back to what it was before. */
function takeBack(context: PlanContext, object: ChangedObject, action: string): void {
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
    draft.put("instance", name, before);
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
function byRemoval({ removedAt }: UndoneChange, kind: string, key: string): string {
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
function brokenReferences(state: State, undone: UndoneChange): string[] {
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
