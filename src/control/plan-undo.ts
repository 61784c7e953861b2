// undo: a new plan against today's state that takes a change back, object by object.
//
// Inverse where the object is as the change left it. Compensating where the same cannot come back: a registration is made anew, an
// address that was given away is replaced. Refused, with the reason for each object, where something was changed later, or where the
// result would break what stands now.

import { PlatformError, type RrsetConflict } from "#contract";
import type { CertificateFact } from "./certificate-facts.ts";
import { nameOf } from "./describe.ts";
import { isBeingDeleted } from "./drains.ts";
import type { AddressFact, ChangedObject, Kind, RrsetFact } from "./facts.ts";
import { containerReasons, isOfNewService } from "./undo-containers.ts";
import type { CommandOutline, PlanContext, Plans, UndoneChange } from "./plan-context.ts";
import { conflictAt, conflictDetail, contentOf } from "./rrset-conflicts.ts";
import type { State } from "./state.ts";
import { taggedOf } from "./tags.ts";
import { takeBack } from "./undo-objects.ts";
import { brokenReferences, byRemoval, type UndoKind } from "./undo-references.ts";

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

/** Throws `undo-refused` with the reasons, the first of them in words; nothing where there are none. */
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
