// A plan that is applied later than it was made, held against the rules as they are then. The store compares the revisions of what a plan
// builds on, and rules look at more than that: at names and addresses that are free, at all that leads to a resource, at what else stands at
// a name. Two plans that were each allowed when they were made need not be allowed one after the other.

import { PlatformError } from "#contract";
import type { AddressFact } from "./facts.ts";
import type { PlannedChange } from "./planned.ts";
import type { State } from "./state.ts";

/** Kinds of changes to records. What rules say of these bears on their zone alone, and nothing changes there without another serial. */
const recordKinds: ReadonlySet<string> = new Set(["rrset", "alias", "serial", "alias-addresses"]);

/**
 * Refuses a plan whose command would be refused by now, or that gives an address away which another resource has got meanwhile.
 * @param planned  as it was made
 * @param refreshed  the same, brought up to today as it is to be committed
 * @param again  plans the same command on the state of today
 * Throws `change-conflict`.
 */
export function refuseOutdated(
  planned: PlannedChange,
  refreshed: PlannedChange,
  again: () => PlannedChange,
  state: State,
): void {
  if (planned.revision === state.revision || isOfQuietZone(planned, state)) return;
  // What it builds on itself has changed: the store says what that is.
  if (!refreshed.preconditions.every((one) => isUnchanged(state, one))) return;
  try {
    again();
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    throw conflict(planned, error.message.slice(error.message.indexOf(": ") + 1).trim());
  }
  if (givesTaken(planned, state)) throw conflict(planned, "an address that it gives is in use");
}

function conflict({ title }: PlannedChange, reason: string): PlatformError {
  return new PlatformError(
    "change-conflict",
    `Cannot apply "${title}": something else was changed since the plan was made, and now ${reason}`,
  );
}

/** Whether a plan is of records alone, in zones that are as they were: planning a large import once more takes as long as it did. */
function isOfQuietZone({ entries, preconditions }: PlannedChange, state: State): boolean {
  const serials = preconditions.filter(({ kind }) => kind === "serial");
  return (
    serials.length > 0 &&
    entries.every(({ kind }) => recordKinds.has(kind)) &&
    serials.every((serial) => isUnchanged(state, serial))
  );
}

function isUnchanged(state: State, { kind, key, revision }: PlannedChange["preconditions"][number]): boolean {
  return (state.get(kind as "serial", key)?.revision ?? 0) === revision;
}

/** Whether a plan gives an address that another resource has by now. */
function givesTaken({ entries }: PlannedChange, state: State): boolean {
  const given = entries.filter(({ kind, value }) => kind === "address" && value !== undefined);
  if (given.length === 0) return false;
  const own = new Set(entries.flatMap(({ kind, key }) => (kind === "address" ? [key] : [])));
  const taken = new Set<string>();
  for (const [key, { value }] of state.all("address")) if (!own.has(key)) taken.add(placeOf(value));
  return given.some(({ value }) => taken.has(placeOf(value as AddressFact)));
}

function placeOf({ view, number }: AddressFact): string {
  return `${view} ${number}`;
}
