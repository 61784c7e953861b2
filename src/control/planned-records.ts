// What a plan does to the records that are served: the lines it removes and adds, the serials it gives, and how long caches may hold what
// was there before.

import type { PoliciesObject, RoleObject, ZoneRecords } from "#contract";
import { formatRdata, RrType, typeName } from "#wire";
import { nextSerial } from "#zone";
import type { ObjectDifference } from "./draft.ts";
import { shown } from "./names.ts";
import { octetsOf } from "./octets.ts";
import type { PlanContext } from "./plan-context.ts";
import { shownHealthId } from "./policies/health-id.ts";
import { resourceZone } from "./resources.ts";
import type { State } from "./state.ts";

/** Most records shown of each list of a plan. */
const maxShownRecords = 1000;

/** Gives every zone whose records differ its next serial. */
export function numberZones(
  { draft, state, now }: PlanContext,
  differences: readonly ObjectDifference[],
): void {
  const zones = new Set<string>();
  for (const { before, after } of differences) {
    const object = after ?? before;
    if (object?.kind === "rrset" || object?.kind === "policies") zones.add(object.apex);
  }
  for (const apex of zones) {
    const serial = nextSerial(state.value("serial", apex)?.serial, now / 1000);
    draft.put("serial", apex, { apex, serial });
  }
}

/** Types at an apex that nobody writes by hand: serials and keys say nothing of what a plan does. */
const platformsOwn: ReadonlySet<number> = new Set([RrType.SOA, RrType.DNSKEY, RrType.CDS, RrType.CDNSKEY]);

/** What a plan removes and adds, zone by zone, as zone-file lines; of each list the first thousand. */
export function recordsOf(differences: readonly ObjectDifference[]): ZoneRecords[] {
  const zones = new Map<string, { removed: RecordList; added: RecordList }>();
  const isDefault = defaultsIn(differences);
  for (const { before, after } of differences) {
    const object = after ?? before;
    if (object?.kind === "policies") {
      const zone = zones.get(object.apex) ?? { removed: new RecordList(), added: new RecordList() };
      zones.set(object.apex, zone);
      zone.removed.addSets(before, after);
      zone.added.addSets(after, before);
      continue;
    }
    // What stands for several sets is no record of anybody's.
    if (object?.kind !== "rrset" || platformsOwn.has(object.type) || isDefault.has(defaultKey(object)))
      continue;
    const zone = zones.get(object.apex) ?? { removed: new RecordList(), added: new RecordList() };
    zones.set(object.apex, zone);
    zone.removed.add(before, after);
    zone.added.add(after, before);
  }
  return [...zones]
    .filter(([, { removed, added }]) => removed.count + added.count > 0)
    .map(([zone, { removed, added }]) => ({
      zone: shown(zone),
      removed: removed.lines,
      added: added.lines,
      moreRemoved: removed.count - removed.lines.length,
      moreAdded: added.count - added.lines.length,
    }));
}

/** The first lines of a list of records, and how many there are: those that are not shown are not written either. */
class RecordList {
  readonly lines: string[] = [];
  count = 0;

  /** Adds the records of an object that another one has not. */
  add(object: RoleObject | undefined, other: RoleObject | undefined): void {
    if (object?.kind !== "rrset") return;
    const same =
      other?.kind === "rrset" && other.ttl === object.ttl ? new Set(other.rdata) : new Set<string>();
    const own = object.rdata.filter((rdata) => !same.has(rdata));
    this.count += own.length;
    const left = maxShownRecords - this.lines.length;
    if (left > 0) this.lines.push(...recordLines({ ...object, rdata: own.slice(0, left) }));
  }

  /** Adds sets of a policy that another object has not. */
  addSets(object: RoleObject | undefined, other: RoleObject | undefined): void {
    if (object?.kind !== "policies") return;
    const same = new Set(other?.kind === "policies" ? setLines(other) : []);
    for (const line of setLines(object)) {
      if (same.has(line)) continue;
      this.count++;
      if (this.lines.length < maxShownRecords) this.lines.push(line);
    }
  }
}

/** Records of sets, each with its set in a comment. */
function setLines({ owner, types }: PoliciesObject): string[] {
  return types.flatMap(({ type, policy, choices }) =>
    choices.flatMap(({ id, ttl, rdata, weight, place, health }) => {
      const words = {
        weighted: `weight ${weight}`,
        failover: weight === 1 ? "primary" : "secondary",
      } as const;
      const how =
        policy === "nearest" ? `nearest ${place}` : policy === "multivalue" ? policy : words[policy];
      const by = health === undefined ? "" : `, health of ${shownHealthId(health)}`;
      return recordLines({ owner, type, ttl, rdata }).map((line) => `${line} ; set ${id}: ${how}${by}`);
    }),
  );
}

/** Names and types of which several sets are put or taken away: the RRsets that stand for these are left out. */
function defaultsIn(differences: readonly ObjectDifference[]): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const { before, after } of differences)
    for (const object of [before, after])
      if (object?.kind === "policies")
        for (const { type } of object.types) keys.add(defaultKey({ ...object, type }));
  return keys;
}

function defaultKey({ apex, owner, type }: { apex: string; owner: string; type: number }): string {
  return `${apex} ${owner} ${type}`;
}

/** Records as zone-file lines. */
function recordLines(object: {
  owner: string;
  type: number;
  ttl: number;
  rdata: readonly string[];
}): string[] {
  return object.rdata.map(
    (rdata) =>
      // The owner is text already, in the form that names are shown in: no name is made of it for each line.
      `${object.owner} ${object.ttl} IN ${typeName(object.type)} ${formatRdata(object.type, octetsOf(rdata))}`,
  );
}

/**
 * How long answers from before can live in caches, in milliseconds: the highest TTL of what is changed or removed; for what is new, the negative TTL of
 * its zone, since the name may have been asked for in vain. A zone that is new itself answered nothing, and nobody asks for the name of a
 * resource before there is one.
 */
export function oldAnswersFor(state: State, differences: readonly ObjectDifference[]): number {
  const newZones = new Set(
    differences.flatMap(({ before, after }) => (after?.kind === "zone" && !before ? [after.apex] : [])),
  );
  let seconds = 0;
  for (const { before, after } of differences) {
    if (before?.kind === "policies") {
      const ttls = before.types.flatMap(({ choices }) => choices.map(({ ttl }) => ttl));
      seconds = Math.max(seconds, ...ttls);
    } else if (before?.kind === "rrset") {
      if (before.type !== RrType.SOA) seconds = Math.max(seconds, before.ttl);
    } else if (after?.kind === "rrset" && !newZones.has(after.apex) && after.apex !== resourceZone) {
      seconds = Math.max(seconds, state.value("zone", after.apex)?.negativeTtl ?? 60);
    }
  }
  return seconds * 1000;
}
