// A zone as one document, out and in: records with TTLs, origins and the ids of their entries, aliases, and which resource each assigned name
// leads to. SOA and NS of the apex, and what follows from aliases and assignments, are left out: the platform makes them.
//
// In a BIND file (views.ts) the same zone is its records alone, those of aliases and assigned names as they are in that moment.

import { PlatformError, type Command, type RrsetOrigin, type ZoneDocument } from "#contract";
import { formatRdata, typeName } from "#wire";
import { certificatesFor } from "./certificate-lookup.ts";
import { aliasKeyOf, rrsetKeyOf, type RrsetFact, type ZoneFact } from "./facts.ts";
import { readName, readOwner, readRecordText, readType, shown } from "./names.ts";
import { octetsOf } from "./octets.ts";
import { readTarget } from "./plan-alias.ts";
import { planAssign } from "./plan-assignment.ts";
import { findZone, putRrset } from "./plan-rrset.ts";
import { isSameSet, readHealth, readPolicy } from "./policies/read-set.ts";
import type { CommandOutline, PlanContext, Plans } from "./plan-context.ts";
import { certificateOf } from "./record-origins.ts";
import { findResource } from "./resources.ts";
import type { State } from "./state.ts";

/** How each command of this area is planned. */
export const zoneDocumentPlans: Plans<"import-document"> = {
  "import-document": planImportDocument,
};

/** What an id of a document looks like where it is taken over. */
const entryId = /^[0-9a-z-]{1,64}$/;

/** The document of a zone. */
export function writeZoneDocument(state: State, { apex, negativeTtl }: ZoneFact): ZoneDocument {
  const byName = <T extends { readonly name: string }>(list: T[]): T[] =>
    list.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return {
    format: "fairlead-zone",
    version: 1,
    zone: shown(apex),
    negativeTtl,
    rrsets: state
      .rrsetsOfZone(apex)
      .map(({ owner, type, setIdentifier, policy, health, ttl, origin, entries }) => ({
        name: shown(owner),
        type: typeName(type),
        setIdentifier,
        ...(policy ? { policy } : {}),
        ...(health ? { health } : {}),
        ttl,
        origin,
        entries: entries.map(({ id, rdata, written }) => ({
          id,
          data: formatRdata(type, octetsOf(rdata)),
          ...(written === undefined ? {} : { written }),
        })),
      }))
      .sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1)),
    aliases: byName(
      state.aliasesOfZone(apex).map((alias) => ({
        id: state.get("alias", aliasKeyOf(alias))?.id ?? "",
        name: shown(alias.owner),
        // The final dot tells a domain name from a resource of the same name.
        target: "name" in alias.target ? alias.target.name : alias.target.resource,
      })),
    ),
    assignments: byName(
      state.assignmentsOfZone(apex).map(({ owner, resource }) => ({
        name: shown(owner),
        resource,
        https: certificatesFor(state, shown(owner)).length > 0,
      })),
    ),
  };
}

/** Imports a document: what it holds replaces what has the same name and type; all else stays. */
function planImportDocument(
  context: PlanContext,
  command: Extract<Command, { action: "import-document" }>,
): CommandOutline {
  const { draft, state, warnings } = context;
  const { document } = command;
  const zone = findZone(state, command.zone);
  const { apex } = zone;
  if (readName(document.zone) !== apex) {
    throw new PlatformError(
      "input-malformed",
      `Cannot import into zone "${shown(apex)}": the document is of zone "${document.zone}"`,
    );
  }
  draft.require("zone", apex);
  if (document.negativeTtl !== undefined && document.negativeTtl !== zone.negativeTtl)
    draft.put("zone", apex, { ...zone, negativeTtl: document.negativeTtl });
  refuseTwice(apex, document);
  const usedIds = new Set(state.rrsetsOfZone(apex).flatMap(({ entries }) => entries.map(({ id }) => id)));
  for (const rrset of document.rrsets) importRrset(context, apex, rrset, usedIds);
  const aliasIds = new Set([...state.all("alias").values()].map(({ id }) => id));
  for (const alias of document.aliases ?? []) importAlias(context, apex, alias, aliasIds);
  for (const { name, resource, https = true } of document.assignments ?? []) {
    if (state.value("assignment", readOwner(name, apex))?.resource === resource) continue;
    if (findResource(state, resource)) planAssign(context, { action: "assign", name, resource, https });
    else warnings.push(`${name} is not assigned: there is no resource ${resource}`);
  }
  if (draft.isEmpty) {
    throw new PlatformError(
      "input-malformed",
      `Cannot import into zone "${shown(apex)}": the document holds nothing that is not there already`,
    );
  }
  return {
    title: `Import a document of ${shown(apex)}`,
    operationType: "ImportZone",
    resourceName: shown(apex),
    resourceType: "Domain",
  };
}

/** Refuses what stands in a document twice: the first would be lost without a word. Throws `input-malformed`. */
function refuseTwice(apex: string, { rrsets, aliases = [], assignments = [] }: ZoneDocument): void {
  const seen = new Set<string>();
  const once = (what: string, owner: string): void => {
    const key = `${what} ${owner}`;
    if (seen.has(key))
      throw new PlatformError(
        "input-malformed",
        `Cannot import into zone "${shown(apex)}": the document has ${what} at "${shown(owner)}" twice`,
      );
    seen.add(key);
  };
  for (const { name, type, setIdentifier = "" } of rrsets) {
    const set = setIdentifier === "" ? "" : ` of set "${setIdentifier}"`;
    once(`${typeName(readType(type))} records${set}`, readOwner(name, apex));
  }
  for (const { name } of aliases) once("an alias", readOwner(name, apex));
  for (const { name } of assignments) once("an assignment", readOwner(name, apex));
}

function importRrset(
  context: PlanContext,
  apex: string,
  rrset: ZoneDocument["rrsets"][number],
  usedIds: Set<string>,
): void {
  const { draft, state, identities } = context;
  const owner = readOwner(rrset.name, apex);
  const type = readType(rrset.type);
  const { setIdentifier = "" } = rrset;
  const before = state.value("rrset", rrsetKeyOf({ zone: apex, owner, type, setIdentifier }));
  for (const { id } of before?.entries ?? []) usedIds.delete(id);
  const entries = new Map<string, RrsetFact["entries"][number]>();
  const writtenBefore = new Map(before?.entries.map((entry) => [entry.rdata, entry.written]));
  for (const { id, data, ...given } of rrset.entries) {
    const rdata = readRecordText(type, data, owner, apex);
    if (entries.has(rdata)) continue;
    const isFree = id !== undefined && entryId.test(id) && !usedIds.has(id);
    const own = isFree ? id : identities.uuid();
    usedIds.add(own);
    const written = given.written ?? writtenBefore.get(rdata);
    entries.set(rdata, { id: own, rdata, ...(written === undefined ? {} : { written }) });
  }
  const origin = originFor(state, rrset.origin, owner);
  // A document says all there is: what it does not have is not kept.
  const set = {
    ...readPolicy(context, rrset.policy, undefined, { zone: apex, owner }),
    ...readHealth(context, rrset.health ?? null, undefined, owner),
  };
  const wanted = {
    zone: apex,
    owner,
    type,
    setIdentifier,
    ttl: rrset.ttl,
    origin,
    ...set,
    entries: [...entries.values()],
  };
  if (before && isSame(before, wanted)) return;
  putRrset(context, wanted);
  draft.require("zone", apex);
}

function sortKey({
  name,
  type,
  setIdentifier,
}: {
  name: string;
  type: string;
  setIdentifier: string;
}): string {
  return [name, type, setIdentifier].join("\0");
}

function isSame(before: RrsetFact, wanted: RrsetFact): boolean {
  return (
    isSameSet(before, wanted) &&
    before.ttl === wanted.ttl &&
    before.origin === wanted.origin &&
    JSON.stringify(before.entries.map(({ id, rdata, written }) => [id, rdata, written])) ===
      JSON.stringify(wanted.entries.map(({ id, rdata, written }) => [id, rdata, written]))
  );
}

/** A validation record is one only where a certificate here is proven by it; what else is not people's own becomes theirs. */
function originFor(state: State, origin: RrsetOrigin | undefined, owner: string): RrsetOrigin {
  switch (origin) {
    case "user":
    case "update":
      return origin;
    case "validation":
      return certificateOf(state, owner) === undefined ? "import" : origin;
    default:
      return "import";
  }
}

function importAlias(
  { draft, state, now }: PlanContext,
  apex: string,
  { id, name, target: text }: NonNullable<ZoneDocument["aliases"]>[number],
  usedIds: Set<string>,
): void {
  const owner = readOwner(name, apex);
  const action = `Cannot make "${shown(owner)}" an alias`;
  const target = readTarget(state, text, apex, action);
  const key = aliasKeyOf({ zone: apex, owner });
  const before = state.value("alias", key);
  if (before && JSON.stringify(before.target) === JSON.stringify(target)) return;
  const own = id !== undefined && entryId.test(id) && !usedIds.has(id) ? id : undefined;
  if (own !== undefined) usedIds.add(own);
  draft.put("alias", key, { zone: apex, owner, target, createdAt: before?.createdAt ?? now }, own);
}
