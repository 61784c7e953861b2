// DNS UPDATE (RFC 2136) as a change: prerequisites and changes are decided on the zone as it is served, and what comes out is drafted as facts
// under the rules that hold for every record. What is derived (an alias, an assigned name, what the platform keeps) is seen by prerequisites, and is not
// changed: the refusal says what it is.

import { PlatformError } from "#contract";
import { formatBase64, type Message, Name, RrType, typeName } from "#wire";
import { decideUpdateOf, type DoneUpdate, type Rrset, type UpdateOutcome, type UpdateScope } from "#zone";
import type { RrsetFact, ZoneFact } from "./facts.ts";
import { octetsOf } from "./octets.ts";
import type { CommandOutline, PlanContext } from "./plan-context.ts";
import { shown } from "./names.ts";
import { entriesFor, findZone, putRrset } from "./plan-rrset.ts";
import { refuseForeign } from "./record-origins.ts";

/** What somebody sent, and may. */
export interface ZoneUpdate {
  /** The zone, absolute, in lower case. */
  readonly zone: string;
  readonly message: Message;
  readonly scopes: readonly UpdateScope[];
  /** What it is recorded by with its change; absent: by nothing. */
  readonly recorded?: DoneUpdate;
}

/** An RRset at a name as it is served: a fact, or derived from others. */
interface Served {
  readonly rrset: Rrset;
  readonly fact: RrsetFact | undefined;
}

/** What an update comes to on the zone as it is. It holds until the zone is changed. */
export interface DecidedUpdate {
  readonly fact: ZoneFact;
  readonly outcome: UpdateOutcome;
  /** What was looked at, name by name. */
  readonly at: (owner: Name) => readonly Served[];
}

/** Decides an update. Throws a PlatformError where there is no such zone. @param now  milliseconds since 1970 */
export function decideZoneUpdate(
  sources: Pick<PlanContext, "state" | "publisher">,
  { zone, message, scopes }: ZoneUpdate,
  now: number,
): DecidedUpdate {
  const fact = findZone(sources.state, zone);
  const apex = nameOf(fact.apex);
  const served = new Map<string, readonly Served[]>();
  const at = (owner: Name): readonly Served[] => {
    let found = served.get(owner.key);
    if (!found) served.set(owner.key, (found = servedAt(sources, fact, owner)));
    return found;
  };
  const view = { apex, at: (owner: Name) => at(owner).map(({ rrset }) => rrset) };
  return { fact, at, outcome: decideUpdateOf(message, view, scopes, Math.floor(now / 1000)) };
}

/**
 * Drafts what was decided on the state as it is.
 *
 * Throws a PlatformError where a rule refuses it.
 * @returns what to say of it where something was drafted
 */
export function draftUpdate(
  context: PlanContext,
  { fact, at, outcome }: DecidedUpdate,
): CommandOutline | undefined {
  if (!outcome.change) return undefined;
  const apex = nameOf(fact.apex);
  const touched: string[] = [];
  const factAt = (owner: Name, type: number): RrsetFact | undefined => {
    const place = at(owner).find(({ rrset }) => rrset.type === type);
    if (!place || place.fact) return place?.fact;
    refuseForeign(context.state, { zone: fact.apex, owner: textOf(owner), type }, undefined);
    throw new PlatformError(
      "record-conflict",
      `Cannot change ${typeName(type)} records at "${shown(textOf(owner))}": the platform makes them of something else`,
    );
  };
  for (const removal of outcome.change.remove) {
    if (removal.kind !== "rrset") continue;
    const { owner, type } = removal;
    const before = factAt(owner, type);
    if (!before) continue;
    putRrset(context, { ...before, entries: [] });
    touched.push(`${typeName(type)} at ${shown(before.owner)}`);
  }
  for (const put of outcome.change.put) {
    if (put.kind !== "rrset" || isKept(put, apex)) continue;
    const { owner, type, ttl, rdata } = put;
    const before = factAt(owner, type);
    const place = { zone: fact.apex, owner: before?.owner ?? textOf(owner), type };
    const entries = entriesFor(
      context,
      before,
      rdata.map((octets) => formatBase64(octets)),
    );
    putRrset(context, { ...place, ttl, origin: "update", entries });
    touched.push(`${typeName(type)} at ${shown(place.owner)}`);
  }
  if (touched.length === 0) return undefined;
  context.draft.require("zone", fact.apex);
  const [only = ""] = touched;
  return {
    title:
      touched.length === 1 ? `Update ${only}` : `Update ${touched.length} record sets in ${shown(fact.apex)}`,
    operationType: "UpdateDomainEntry",
    resourceName: shown(fact.apex),
    resourceType: "Domain",
  };
}

/** The serial is counted up by every change, and by nobody else. */
function isKept({ owner, type }: Pick<Rrset, "owner" | "type">, apex: Name): boolean {
  return type === RrType.SOA && owner.equals(apex);
}

/** What is served at a name, without what signing makes. */
function servedAt(
  { state, publisher }: Pick<PlanContext, "state" | "publisher">,
  zone: ZoneFact,
  owner: Name,
): readonly Served[] {
  const { apex } = zone;
  const text = textOf(owner);
  const own = state.rrsetsAt(apex, text).map(({ type, ttl, entries }, i, facts): Served => ({
    rrset: { owner, type, ttl, rdata: entries.map(({ rdata }) => octetsOf(rdata)) },
    // One of several sets of a routing policy is not what an update speaks of.
    fact: facts[i]?.setIdentifier === "" ? facts[i] : undefined,
  }));
  const derived = [
    ...(text === apex ? publisher.apexRrsets(zone) : []),
    ...publisher.derivedRrsets(apex, text),
  ];
  return [...own, ...derived.map((rrset): Served => ({ rrset, fact: undefined }))];
}

/** The name in the form of facts. */
function textOf(name: Name): string {
  return name.toLowerCase().toString();
}

function nameOf(text: string): Name {
  const parsed = Name.parse(text);
  if (!parsed.ok) throw new RangeError(`Cannot read name "${text}"`);
  return parsed.value;
}
