// undo: a new plan against today's state that takes a change back, object by object.
//
// Inverse where the object is as the change left it. Compensating where the same cannot come back: a registration is made anew, an
// address that was given away is replaced. Refused, with the reason for each object, where something was changed later, or where the
// result would break what stands now.

import { PlatformError } from "#contract";
import { nameOf } from "./describe.ts";
import {
  rrsetKeyOf,
  type AddressFact,
  type AssignmentFact,
  type ChangedObject,
  type Facts,
  type InstanceFact,
  type Kind,
  type RrsetFact,
  type ZoneFact,
} from "./facts.ts";
import { shown } from "./names.ts";
import { takeAddress } from "./plan-instance.ts";
import { undoDomain } from "./undo-domain.ts";
import type { CommandOutline, PlanContext, UndoneChange } from "./planner.ts";
import type { State } from "./state.ts";

/** Most reasons named in one refusal. */
const maxReasons = 10;

type UndoKind = Exclude<Kind, "change" | "serial" | "pending" | "drain">;

/** Plans to take a change back. Throws `undo-refused` with every reason. */
export function planUndo(context: PlanContext, undone: UndoneChange): CommandOutline {
  const { fact } = undone;
  const action = `Cannot undo change ${undone.revision} (${fact.title})`;
  if (fact.action === "platform")
    throw new PlatformError("undo-refused", `${action}: the platform needs it for itself`);
  if (fact.action === "reboot-instance")
    throw new PlatformError("undo-refused", `${action}: what has happened to a process has happened`);
  refuse(action, laterEdits(context.state, undone));
  for (const object of [...fact.objects].reverse()) takeBack(context, object, action);
  refuse(action, brokenReferences(context.state, undone));
  return {
    title: `Undo: ${fact.title}`,
    operationType: "UndoChange",
    resourceName: fact.operation.resourceName,
    resourceType: fact.operation.resourceType,
  };
}

function refuse(action: string, reasons: readonly string[]): void {
  if (reasons.length === 0) return;
  const more = reasons.length > maxReasons ? [`and ${reasons.length - maxReasons} more`] : [];
  throw new PlatformError(
    "undo-refused",
    `${action}: ${[...reasons.slice(0, maxReasons), ...more].join("; ")}`,
  );
}

/** Objects that are no longer as the change left them, with who changed them. What an address comes to is the profile's matter. */
function laterEdits(state: State, undone: UndoneChange): string[] {
  const { fact, revision } = undone;
  const reasons: string[] = [];
  for (const { kind, key, before, isRemoved } of fact.objects) {
    const name = `${kind} ${nameOf(kind as Kind, key, before)}`;
    const held = state.get(kind as UndoKind, key);
    if (held && isRemoved) reasons.push(`${name} was created again by change ${held.revision}`);
    else if (!held && !isRemoved) reasons.push(`${name} was deleted later${byRemoval(undone, kind, key)}`);
    else if (held && held.revision !== revision && kind !== "address")
      reasons.push(`${name} was changed later by change ${held.revision}`);
  }
  return reasons;
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
      if (before) takeAddress(context, before.view, before.resource, { key, number: before.number });
      else draft.remove("address", key);
      return;
    }
    case "zone":
    case "rrset":
    case "instance":
    case "static-ip":
    case "load-balancer":
    case "assignment":
    case "host":
    case "contact":
      if (object.before === undefined) draft.remove(kind, key);
      else draft.put(kind, key, object.before as Facts[typeof kind]);
  }
}

/** Everything that a change refers to: what it touched, and what that needs to stand. The first ones are enough for a refusal. */
export function* referencesOf({ objects }: UndoneChange["fact"]): Generator<{ kind: UndoKind; key: string }> {
  for (const { kind, key, before, isRemoved } of objects) {
    if (!isRemoved) yield { kind: kind as UndoKind, key };
    if (before === undefined || (kind !== "rrset" && kind !== "assignment")) continue;
    yield { kind: "zone", key: (before as RrsetFact | AssignmentFact).zone };
    if (kind === "assignment") yield { kind: "instance", key: (before as AssignmentFact).resource };
  }
}

/** The change that removed an object, in words, where the log tells. */
function byRemoval({ removedAt }: UndoneChange, kind: string, key: string): string {
  const revision = removedAt?.get(`${kind} ${key}`);
  return revision === undefined ? "" : ` by change ${revision}`;
}

/** What would point to nothing, or be left without what holds it. */
function brokenReferences(state: State, undone: UndoneChange): string[] {
  const reasons: string[] = [];
  for (const { kind, key, before } of undone.fact.objects) {
    switch (kind as UndoKind) {
      case "zone":
        if (before === undefined) reasons.push(...leftInZone(state, key));
        break;
      case "instance":
        if (before === undefined) {
          for (const { owner } of state.assignmentsOfResource(key)) {
            const { revision } = state.get("assignment", owner) ?? {};
            reasons.push(`${shown(owner)} leads to ${key} since change ${revision}`);
          }
        } else {
          const { name } = before as InstanceFact;
          const zone = state.get("zone", `${name.toLowerCase()}.`);
          if (zone) reasons.push(`a zone has the name of instance ${name} since change ${zone.revision}`);
        }
        break;
      case "rrset":
        if (before !== undefined)
          reasons.push(...missingZone(state, undone, nameOf("rrset", key, before), before as RrsetFact));
        break;
      case "assignment":
        if (before !== undefined) {
          const fact = before as AssignmentFact;
          reasons.push(...missingZone(state, undone, nameOf("assignment", key, fact), fact));
          if (!state.get("instance", fact.resource)) {
            const by = byRemoval(undone, "instance", fact.resource);
            reasons.push(`instance ${fact.resource}, which ${shown(key)} led to, was deleted${by}`);
          }
        }
        break;
      default:
    }
  }
  return reasons;
}

function leftInZone(state: State, apex: ZoneFact["apex"]): string[] {
  return [
    ...state.rrsetsOfZone(apex).map((fact) => {
      const key = rrsetKeyOf(fact);
      const by = state.get("rrset", key)?.revision;
      return `${nameOf("rrset", key, undefined)} was added to zone ${shown(apex)} later by change ${by}`;
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
