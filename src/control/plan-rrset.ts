// put-rrset and delete-rrset: one RRset of a zone, whole.

import { maxRrsetRecords, PlatformError, type Command, type RrsetOrigin } from "#contract";
import { isMetaType, RrType, typeName } from "#wire";
import { rrsetKeyOf, type RrsetFact, type ZoneFact } from "./facts.ts";
import { isUnquotedText } from "./long-strings.ts";
import { checkTtl, readName, readOwner, readRecordText, readType, shown } from "./names.ts";
import type { CommandOutline, PlanContext, Plans } from "./plan-context.ts";
import { defaultTtl } from "./publish.ts";
import { checkRecords } from "./record-checks.ts";
import { readHealth, readPolicy } from "./policies/read-set.ts";
import { checkSet, setsAt } from "./policies/policy-sets.ts";
import { refuseForeign } from "./record-origins.ts";
import { refuseOwned } from "./resources.ts";
import type { State } from "./state.ts";

/** How each command of this area is planned. */
export const rrsetPlans: Plans<"put-rrset" | "delete-rrset"> = {
  "put-rrset": planPutRrset,
  "delete-rrset": planDeleteRrset,
};

/** Most octets of RDATA in one RRset: with its owner and headers it must fit into one message over TCP (RFC 1035 section 4.2.2). */
const maxRrsetOctets = 60_000;

/** Finds a zone of ours that people may change. Throws `zone-not-found` or `platform-owned`. */
export function findZone(state: State, text: string): ZoneFact {
  const apex = readName(text);
  const zone = state.value("zone", apex);
  if (!zone)
    throw new PlatformError("zone-not-found", `Cannot find zone "${shown(apex)}": it is not served here`);
  refuseOwned(apex, `change zone "${shown(apex)}"`);
  return zone;
}

/** Refuses types that cannot be written by hand, and SOA and NS at the apex, which are the platform's. */
export function checkWritable(type: number, owner: string, zone: string): void {
  const at = `${typeName(type)} records at "${shown(owner)}"`;
  if (isMetaType(type))
    throw new PlatformError("record-malformed", `Cannot put ${at}: the type is of questions, not of records`);
  if (type === RrType.SOA || (type === RrType.NS && owner === zone)) {
    throw new PlatformError(
      "record-conflict",
      `Cannot change ${at}: the platform keeps SOA and NS of a zone itself`,
    );
  }
  if (generatedTypes.has(type))
    throw new PlatformError("record-conflict", `Cannot put ${at}: signing makes them`);
  if (owner === zone && type === RrType.CNAME) {
    throw new PlatformError(
      "record-conflict",
      `Cannot put a CNAME record at "${shown(owner)}": SOA and NS stand there`,
    );
  }
}

const generatedTypes: ReadonlySet<number> = new Set([RrType.RRSIG, RrType.NSEC, RrType.NSEC3]);

/** Refuses an RRset that is too large, or of too many records. */
export function checkSize(owner: string, type: number, rdata: readonly string[]): void {
  if (rdata.length > maxRrsetRecords) {
    throw new PlatformError(
      "input-too-large",
      `Cannot put ${rdata.length} ${typeName(type)} records at "${shown(owner)}": at most ${maxRrsetRecords} stand at one name`,
    );
  }
  const octets = rdata.reduce((sum, text) => sum + Math.floor(text.length * 0.75) + 12, 0);
  if (octets > maxRrsetOctets) {
    throw new PlatformError(
      "input-too-large",
      `Cannot put ${typeName(type)} records at "${shown(owner)}": at most ${maxRrsetOctets} octets fit into an answer`,
    );
  }
}

/** Refuses more than one record of a type of which a name has one. @see RFC 2181 section 10.1; RFC 6672 section 2.4 */
export function checkCount(owner: string, type: number, rdata: readonly string[]): void {
  if (type !== RrType.CNAME && type !== RrType.DNAME) return;
  const count = new Set(rdata).size;
  if (count < 2) return;
  throw new PlatformError(
    "record-conflict",
    `Cannot put ${count} ${typeName(type)} records at "${shown(owner)}": there is at most one`,
  );
}

/** Reads a value as people write it, and warns where it may not be what they mean. */
export function readValue(
  { warnings }: Pick<PlanContext, "warnings">,
  type: number,
  text: string,
  owner: string,
  apex: string,
): string {
  if (isUnquotedText(type, text)) {
    warnings.push(
      `The words of ${shown(owner)} ${typeName(type)} stand in no quotes: they are strings of their own, which are joined without blanks`,
    );
  }
  return readRecordText(type, text, owner, apex);
}

/** Entries for RDATA: those that were there keep their ids. */
export function entriesFor(
  context: PlanContext,
  before: RrsetFact | undefined,
  rdata: readonly string[],
): RrsetFact["entries"] {
  const known = new Map(before?.entries.map((entry) => [entry.rdata, entry]));
  return [...new Set(rdata)].map((text) => known.get(text) ?? { id: context.identities.uuid(), rdata: text });
}

/** An RRset as it is to be. */
export interface WantedRrset {
  readonly zone: string;
  readonly owner: string;
  readonly type: number;
  readonly ttl: number;
  readonly origin: RrsetOrigin;
  readonly entries: RrsetFact["entries"];
  /** Of one of several that a routing policy chooses from. */
  readonly setIdentifier?: string;
  readonly policy?: RrsetFact["policy"];
  readonly health?: RrsetFact["health"];
}

/**
 * Drafts an RRset after all the rules that hold for one by itself; without entries, its end.
 * Throws `record-conflict`, `record-malformed`, `input-malformed` or `input-too-large`.
 */
export function putRrset({ draft, state, warnings }: PlanContext, wanted: WantedRrset): void {
  const { zone, owner, type, entries, setIdentifier = "", policy, health } = wanted;
  checkWritable(type, owner, zone);
  const key = rrsetKeyOf({ zone, owner, type, setIdentifier });
  refuseForeign(state, wanted, state.value("rrset", key));
  if (entries.length === 0) {
    draft.remove("rrset", key);
    return;
  }
  const rdata = entries.map((entry) => entry.rdata);
  checkCount(owner, type, rdata);
  checkSize(owner, type, rdata);
  warnings.push(...checkRecords({ owner, apex: zone, type }, rdata));
  const { ttl, origin } = wanted;
  const set = { ...(policy ? { policy } : {}), ...(health ? { health } : {}) };
  const fact: RrsetFact = {
    zone,
    owner,
    type,
    setIdentifier,
    ttl: checkTtl(ttl, owner),
    origin,
    ...set,
    entries,
  };
  checkSet(fact);
  draft.put("rrset", key, fact);
}

/** Reads which records of a zone a command is about. Throws where they cannot be written by hand, see {@link checkWritable}. */
export function readPlace(
  { name, type: text }: { readonly name: string; readonly type: string },
  zone: string,
): { readonly zone: string; readonly owner: string; readonly type: number } {
  const owner = readOwner(name, zone);
  const type = readType(text);
  checkWritable(type, owner, zone);
  return { zone, owner, type };
}

/** Replaces or creates an RRset. */
function planPutRrset(
  context: PlanContext,
  command: Extract<Command, { action: "put-rrset" }>,
): CommandOutline {
  const { draft, state } = context;
  const { apex } = findZone(state, command.zone);
  const { owner, type } = readPlace(command, apex);
  const { setIdentifier = "" } = command;
  const before = state.value("rrset", rrsetKeyOf({ zone: apex, owner, type, setIdentifier }));
  refuseForeign(state, { zone: apex, owner, type }, before);
  const rdata = command.records.map((text) => readValue(context, type, text, owner, apex));
  putRrset(context, {
    zone: apex,
    owner,
    type,
    ttl: command.ttl ?? before?.ttl ?? defaultTtl,
    origin: "user",
    setIdentifier,
    ...readPolicy(context, command.policy, before, { zone: apex, owner }),
    ...readHealth(context, command.health, before, owner),
    entries: entriesFor(context, before, rdata),
  });
  draft.require("zone", apex);
  return {
    title: `Put ${setText(setIdentifier)}${typeName(type)} records at ${shown(owner)}`,
    operationType: before ? "UpdateDomainEntry" : "CreateDomainEntry",
    resourceName: shown(apex),
    resourceType: "Domain",
  };
}

/** Removes an RRset. */
function planDeleteRrset(
  context: PlanContext,
  command: Extract<Command, { action: "delete-rrset" }>,
): CommandOutline {
  const { draft, state } = context;
  const { apex } = findZone(state, command.zone);
  const { owner, type } = readPlace(command, apex);
  const { setIdentifier } = command;
  const key = rrsetKeyOf({ zone: apex, owner, type, setIdentifier: setIdentifier ?? "" });
  const before = state.value("rrset", key);
  refuseForeign(state, { zone: apex, owner, type }, before);
  const sets = before || setIdentifier !== undefined ? [] : setsAt(state, apex, owner, type);
  if (!before && sets.length === 0) {
    throw new PlatformError(
      "record-not-found",
      `Cannot delete ${typeName(type)} records at "${shown(owner)}": there are none`,
    );
  }
  draft.remove("rrset", key);
  for (const set of sets) draft.remove("rrset", rrsetKeyOf(set));
  return {
    title: `Delete ${setText(setIdentifier)}${typeName(type)} records at ${shown(owner)}`,
    operationType: "DeleteDomainEntry",
    resourceName: shown(apex),
    resourceType: "Domain",
  };
}

/** Which of several sets a title is about. */
function setText(setIdentifier: string | undefined): string {
  return setIdentifier === undefined || setIdentifier === "" ? "" : `set ${setIdentifier} of `;
}
