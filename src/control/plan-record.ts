// edit-rrset, change-record and delete-record: single records of an RRset, by their value or by their entry's id, and its TTL. The
// rest of the RRset stays as it is, with its ids.
//
// An entry's id is a UUIDv7 whose last 32 bits are chance: an API that wants decimal integers, as Lightsail's domainEntry does, takes
// those as a signed number and looks for the entry in its zone.

import { PlatformError, type Command } from "#contract";
import { formatRdata, typeName } from "#wire";
import { rrsetKeyOf, type RrsetFact } from "./facts.ts";
import { readOwner, readType, shown } from "./names.ts";
import { octetsOf } from "./octets.ts";
import { checkWritable, findZone, putRrset, readPlace, readValue } from "./plan-rrset.ts";
import type { CommandOutline, PlanContext, Plans } from "./plan-context.ts";
import { defaultTtl } from "./publish.ts";
import { refuseUnnamedSet, setMembersOf } from "./policies/read-set.ts";
import { refuseForeign } from "./record-origins.ts";
import type { State } from "./state.ts";

/** How each command of this area is planned. */
export const recordPlans: Plans<"edit-rrset" | "change-record" | "delete-record"> = {
  "edit-rrset": planEditRrset,
  "change-record": planChangeRecord,
  "delete-record": planDeleteRecord,
};

/** Adds records to an RRset, takes some out of it, gives it another TTL. */
function planEditRrset(
  context: PlanContext,
  command: Extract<Command, { action: "edit-rrset" }>,
): CommandOutline {
  const { state, draft, identities } = context;
  const { apex } = findZone(state, command.zone);
  const { owner, type } = readPlace(command, apex);
  const what = `${typeName(type)} records at "${shown(owner)}"`;
  const { setIdentifier = "" } = command;
  const place = { zone: apex, owner, type, setIdentifier };
  const before = state.value("rrset", rrsetKeyOf(place));
  if (!before) refuseUnnamedSet(state, place, `Cannot change ${what}`);
  refuseForeign(state, place, before);
  const { add = [], remove = [], ttl } = command;
  const written = writtenOf(command, add.length);
  if (add.length + remove.length === 0 && ttl === undefined)
    throw new PlatformError(
      "input-malformed",
      `Cannot change ${what}: nothing to add, to remove, and no TTL`,
    );
  if (!before && add.length === 0) throw notFound(`Cannot change ${what}: there are none`);
  const entries = new Map(before?.entries.map((entry) => [entry.rdata, entry]));
  for (const text of remove) {
    const rdata = readValue(context, type, text, owner, apex);
    if (!entries.delete(rdata))
      throw notFound(`Cannot remove "${clip(text)}" of ${what}: it is not among them`);
  }
  for (const text of add) {
    const rdata = readValue(context, type, text, owner, apex);
    if (entries.has(rdata)) {
      throw new PlatformError(
        "record-conflict",
        `Cannot add "${clip(text)}" to ${what}: it is among them already`,
      );
    }
    entries.set(rdata, { id: identities.uuid(), rdata, ...written });
  }
  putRrset(context, {
    ...place,
    ttl: ttl ?? before?.ttl ?? defaultTtl,
    origin: add.length === 0 && before ? before.origin : "user",
    ...setMembersOf(before),
    entries: [...entries.values()],
  });
  draft.require("zone", apex);
  const verb = titleVerb(add.length, remove.length);
  return outlineOf(`${verb} ${typeName(type)} records at ${shown(owner)}`, apex, verb);
}

/** How a record was written: of several, nobody could tell which one it is. */
function writtenOf(
  { written }: { readonly written?: string | undefined },
  count: number,
): { written?: string } {
  if (written === undefined) return {};
  if (count === 1) return { written };
  throw new PlatformError(
    "input-malformed",
    "Cannot change records: `written` tells how one record was written, and there are others",
  );
}

function titleVerb(added: number, removed: number): string {
  if (added > 0 && removed === 0) return "Add";
  return removed > 0 && added === 0 ? "Remove" : "Change";
}

/** Changes one record, found by its id: its data, its name or type, the TTL of those it stands with. */
function planChangeRecord(
  context: PlanContext,
  command: Extract<Command, { action: "change-record" }>,
): CommandOutline {
  const { state, draft } = context;
  const { apex } = findZone(state, command.zone);
  const { fact, entry } = findEntry(state, apex, command.id);
  const { data, name, type: typeText, ttl } = command;
  if (data === undefined && name === undefined && typeText === undefined && ttl === undefined)
    throw new PlatformError(
      "input-malformed",
      `Cannot change record "${command.id}": nothing is to be other`,
    );
  const owner = name === undefined ? fact.owner : readOwner(name, apex);
  const type = typeText === undefined ? fact.type : readType(typeText);
  // Data stays only where it is of the same type.
  const text = data ?? formatRdata(fact.type, octetsOf(entry.rdata));
  checkWritable(type, owner, apex);
  const rdata = readValue(context, type, text, owner, apex);
  const isMoved = owner !== fact.owner || type !== fact.type;
  if (isMoved && fact.policy)
    throw new PlatformError(
      "record-conflict",
      `Cannot move record "${command.id}": it is in set "${fact.setIdentifier}", which a routing policy chooses`,
    );
  if (isMoved) putRrset(context, { ...fact, entries: fact.entries.filter((one) => one !== entry) });
  const there = isMoved
    ? state.value("rrset", rrsetKeyOf({ zone: apex, owner, type, setIdentifier: "" }))
    : fact;
  const others = there?.entries ?? [];
  if (others.some((one) => one.id !== entry.id && one.rdata === rdata)) {
    throw new PlatformError(
      "record-conflict",
      `Cannot change record "${command.id}": ${typeName(type)} records at "${shown(owner)}" have "${clip(text)}" already`,
    );
  }
  const changed = { id: entry.id, rdata, ...writtenOf(command, 1) };
  const entries = isMoved ? [...others, changed] : others.map((one) => (one === entry ? changed : one));
  putRrset(context, {
    zone: apex,
    owner,
    type,
    ttl: ttl ?? there?.ttl ?? fact.ttl,
    origin: "user",
    ...(isMoved ? {} : setMembersOf(fact)),
    entries,
  });
  draft.require("zone", apex);
  return outlineOf(`Change ${typeName(type)} record at ${shown(owner)}`, apex, "Change");
}

/** Deletes one record, found by its id. */
function planDeleteRecord(
  context: PlanContext,
  command: Extract<Command, { action: "delete-record" }>,
): CommandOutline {
  const { state, draft } = context;
  const { apex } = findZone(state, command.zone);
  const { fact, entry } = findEntry(state, apex, command.id);
  putRrset(context, { ...fact, entries: fact.entries.filter((one) => one !== entry) });
  draft.require("zone", apex);
  return outlineOf(`Delete ${typeName(fact.type)} record at ${shown(fact.owner)}`, apex, "Remove");
}

/** The entry of an id. Zones are searched: ids are asked for one at a time, by people. */
function findEntry(
  state: State,
  apex: string,
  id: string,
): { fact: RrsetFact; entry: RrsetFact["entries"][number] } {
  for (const fact of state.rrsetsOfZone(apex)) {
    const entry = fact.entries.find((one) => one.id === id);
    if (entry) return { fact, entry };
  }
  throw notFound(`Cannot find record "${clip(id)}" in zone "${shown(apex)}": there is none`);
}

function notFound(message: string): PlatformError {
  return new PlatformError("record-not-found", message);
}

function outlineOf(title: string, apex: string, verb: string): CommandOutline {
  const operationType =
    verb === "Add" ? "CreateDomainEntry" : verb === "Remove" ? "DeleteDomainEntry" : "UpdateDomainEntry";
  return { title, operationType, resourceName: shown(apex), resourceType: "Domain" };
}

function clip(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
