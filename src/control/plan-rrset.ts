// put-rrset and delete-rrset: one RRset of a zone, whole.

import { PlatformError, type Command } from "#contract";
import { isMetaType, RrType, typeName } from "#wire";
import { refuseAtAlias } from "./alias-rules.ts";
import { refuseOwned } from "./resources.ts";
import { rrsetKeyOf, type RrsetFact, type ZoneFact } from "./facts.ts";
import { checkTtl, readName, readOwner, readRdata, readType, shown } from "./names.ts";
import type { CommandOutline, PlanContext } from "./planner.ts";
import { defaultTtl } from "./publish.ts";
import type { State } from "./state.ts";

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

/** Refuses an RRset that is too large. */
export function checkSize(owner: string, type: number, rdata: readonly string[]): void {
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

/** Entries for RDATA: those that were there keep their ids. */
export function entriesFor(
  context: PlanContext,
  before: RrsetFact | undefined,
  rdata: readonly string[],
): RrsetFact["entries"] {
  const ids = new Map(before?.entries.map((entry) => [entry.rdata, entry.id]));
  return [...new Set(rdata)].map((text) => ({ id: ids.get(text) ?? context.identities.uuid(), rdata: text }));
}

/** Replaces or creates an RRset. */
export function planPutRrset(
  context: PlanContext,
  command: Extract<Command, { action: "put-rrset" }>,
): CommandOutline {
  const { draft, state } = context;
  const { apex } = findZone(state, command.zone);
  const owner = readOwner(command.name, apex);
  const type = readType(command.type);
  checkWritable(type, owner, apex);
  refuseSetIdentifier(command.setIdentifier, owner);
  refuseAssigned(state, owner, type);
  refuseAtAlias(state, apex, owner, type);
  const rdata = command.records.map((text) => readRdata(type, text, owner, apex));
  checkSize(owner, type, rdata);
  checkCount(owner, type, rdata);
  const key = rrsetKeyOf({ zone: apex, owner, type, setIdentifier: "" });
  const before = state.value("rrset", key);
  draft.put("rrset", key, {
    zone: apex,
    owner,
    type,
    setIdentifier: "",
    ttl: checkTtl(command.ttl ?? before?.ttl ?? defaultTtl, owner),
    origin: "user",
    entries: entriesFor(context, before, rdata),
  });
  draft.require("zone", apex);
  return {
    title: `Put ${typeName(type)} records at ${shown(owner)}`,
    operationType: before ? "UpdateDomainEntry" : "CreateDomainEntry",
    resourceName: shown(apex),
    resourceType: "Domain",
  };
}

/** Removes an RRset. */
export function planDeleteRrset(
  context: PlanContext,
  command: Extract<Command, { action: "delete-rrset" }>,
): CommandOutline {
  const { draft, state } = context;
  const { apex } = findZone(state, command.zone);
  const owner = readOwner(command.name, apex);
  const type = readType(command.type);
  checkWritable(type, owner, apex);
  const key = rrsetKeyOf({ zone: apex, owner, type, setIdentifier: command.setIdentifier ?? "" });
  if (!state.get("rrset", key)) {
    refuseAssigned(state, owner, type);
    refuseAtAlias(state, apex, owner, type);
    throw new PlatformError(
      "record-not-found",
      `Cannot delete ${typeName(type)} records at "${shown(owner)}": there are none`,
    );
  }
  draft.remove("rrset", key);
  return {
    title: `Delete ${typeName(type)} records at ${shown(owner)}`,
    operationType: "DeleteDomainEntry",
    resourceName: shown(apex),
    resourceType: "Domain",
  };
}

function refuseSetIdentifier(setIdentifier: string | undefined, owner: string): void {
  if (setIdentifier === undefined || setIdentifier === "") return;
  throw new PlatformError(
    "input-malformed",
    `Cannot put records at "${shown(owner)}" with set identifier "${setIdentifier}": that is for routing policies, which this version has not`,
  );
}

/** A and AAAA of an assigned name follow its resource. */
function refuseAssigned(state: State, owner: string, type: number): void {
  const assignment = state.value("assignment", owner);
  if (!assignment || (type !== RrType.A && type !== RrType.AAAA && type !== RrType.CNAME)) return;
  throw new PlatformError(
    "record-conflict",
    `Cannot change ${typeName(type)} records at "${shown(owner)}": the name is assigned to "${assignment.resource}"`,
  );
}
