// What a plan warns of: records that will not be answered as one may expect, though no rule forbids them. Names hidden by a zone cut
// (RFC 1034 section 4.2.1) or a DNAME (RFC 6672 section 2.4), wildcards that stop short (RFC 4592 section 2.2.1), CNAMEs that lead
// nowhere, and TTLs that make changes slow.

import type { RoleObject, RrsetObject } from "#contract";
import { RrType, typeName } from "#wire";
import type { ObjectDifference } from "./draft.ts";
import { rrsetKeyOf } from "./facts.ts";
import { nameIn, shown, suffixesOf } from "./names.ts";
import { rrsetAt } from "./policies/policy-sets.ts";
import { hostsNamed } from "./record-checks.ts";
import type { State } from "./state.ts";

/** A TTL above this is named: a day in seconds. */
export const longTtl = 86_400;
/** Names in one warning. */
const maxNames = 5;
/** Warnings of one plan; what is over is counted in a last one. */
const maxWarnings = 100;
/** CNAMEs followed one after the other. */
const maxChain = 16;

/** Keeps a list of warnings readable. */
export function limitWarnings(warnings: readonly string[]): string[] {
  const distinct = [...new Set(warnings)];
  if (distinct.length <= maxWarnings) return distinct;
  return [...distinct.slice(0, maxWarnings), `And ${distinct.length - maxWarnings} warnings more`];
}

/**
 * Warnings about the records of user zones that a plan puts.
 * @param state  as it is after the plan
 */
export function warnOfRecords(state: State, differences: readonly ObjectDifference[]): string[] {
  const put = differences.flatMap(({ before, after }) =>
    isRecords(after) && state.get("zone", after.apex) && !isApexOwn(after) && !isValidation(state, after)
      ? [{ before, after }]
      : [],
  );
  const records = put.map(({ after }) => after);
  return [
    ...warnOfTtls(records),
    ...warnOfCovers(state, records),
    ...warnOfCovered(state, records),
    ...warnOfWildcards(
      state,
      put.filter(({ before }) => !before).map(({ after }) => after),
    ),
    ...records.filter(({ type }) => type === RrType.CNAME).flatMap((record) => warnOfTarget(state, record)),
    ...records.flatMap((record) => warnOfHosts(state, record)),
    ...records.filter(({ type }) => type === RrType.DS).flatMap((record) => warnOfDs(state, record)),
  ];
}

function isRecords(object: RoleObject | undefined): object is RrsetObject {
  return object?.kind === "rrset";
}

/** Validation records lead where nobody looks: they are proof by being there. */
function isValidation(state: State, { apex, owner, type }: RrsetObject): boolean {
  const key = rrsetKeyOf({ zone: apex, owner, type, setIdentifier: "" });
  return state.value("rrset", key)?.origin === "validation";
}

function isApexOwn({ apex, owner, type }: RrsetObject): boolean {
  return owner === apex && (type === RrType.SOA || type === RrType.NS);
}

function warnOfTtls(records: readonly RrsetObject[]): string[] {
  // Two days are what delegations have everywhere.
  const long = records.filter(({ ttl, type }) => ttl > longTtl && type !== RrType.NS && type !== RrType.DS);
  if (long.length === 0) return [];
  const days = Math.floor(Math.max(...long.map(({ ttl }) => ttl)) / longTtl);
  const names = listNames(long.map(({ owner, type }) => `${shown(owner)} ${typeName(type)}`));
  const forHow = days === 1 ? "more than a day" : `up to ${days} days`;
  return [`A change of ${names} is seen late: resolvers may keep what they have for ${forHow}`];
}

/** Cuts and DNAMEs that are put: what stands below them. */
function warnOfCovers(state: State, records: readonly RrsetObject[]): string[] {
  const covers = records.filter(({ type }) => type === RrType.NS || type === RrType.DNAME);
  const hidden = new Map<string, Set<string>>(covers.map(({ owner }) => [owner, new Set()]));
  for (const apex of new Set(covers.map((record) => record.apex))) {
    const owners = [...state.rrsetsOfZone(apex), ...state.assignmentsOfZone(apex)];
    for (const { owner } of owners) {
      for (const above of suffixesOf(owner)) if (above !== owner) hidden.get(above)?.add(owner);
    }
  }
  return covers.flatMap(({ apex, owner, type, rdata }) => {
    const glue = type === RrType.NS ? new Set(rdata.map(nameIn)) : new Set<string>();
    const below = [...(hidden.get(owner) ?? [])].filter((name) => !glue.has(name));
    // At a cut itself only NS and DS are this zone's; at a DNAME everything but what is below it.
    const own: number[] = [RrType.NS, RrType.DS, ...(glue.has(owner) ? [RrType.A, RrType.AAAA] : [])];
    const beside =
      type === RrType.NS ? typesAt(state, apex, owner).filter((other) => !own.includes(other)) : [];
    const at = `${typeName(type)} records at ${shown(owner)}`;
    const instead = type === RrType.NS ? `its own name servers answer there` : `they lead elsewhere`;
    return [
      ...(below.length > 0 ? [`The ${at} hide ${listNames(below.map(shown))}: ${instead}`] : []),
      ...(beside.length > 0
        ? [`The ${at} hide the ${beside.map(typeName).join(", ")} records there: ${instead}`]
        : []),
    ];
  });
}

/** The cut at or above a record, or the DNAME above it, that hides it; undefined where it is answered. */
export function coverOf(
  state: State,
  { apex, owner, type }: Pick<RrsetObject, "apex" | "owner" | "type">,
): { owner: string; type: number } | undefined {
  for (const above of suffixesOf(owner)) {
    const isOwn = above === apex || (above === owner && (type === RrType.NS || type === RrType.DS));
    const cut = isOwn ? undefined : nsAt(state, apex, above);
    const isGlue =
      (type === RrType.A || type === RrType.AAAA) && cut?.some((server) => server === owner) === true;
    if (cut && !isGlue) return { owner: above, type: RrType.NS };
    if (above !== owner && hasType(state, apex, above, RrType.DNAME))
      return { owner: above, type: RrType.DNAME };
    if (above === apex) return undefined;
  }
  return undefined;
}

/** Records that are put at or below a cut, or below a DNAME. */
function warnOfCovered(state: State, records: readonly RrsetObject[]): string[] {
  const covered = new Map<string, { owner: string; type: number; names: Set<string> }>();
  const put = new Set(records.map(({ owner, type }) => `${owner} ${type}`));
  for (const record of records) {
    const cover = coverOf(state, record);
    if (!cover || put.has(`${cover.owner} ${cover.type}`)) continue; // said already, from above
    const entry = covered.get(cover.owner) ?? { ...cover, names: new Set() };
    entry.names.add(record.owner);
    covered.set(cover.owner, entry);
  }
  return [...covered.values()].map(
    ({ owner, type, names }) =>
      `${listNames([...names].map(shown))} will not be answered from here: the ${typeName(type)} records at ${shown(owner)} hide what is there`,
  );
}

/** New names that a wildcard answered for until now. */
function warnOfWildcards(state: State, records: readonly RrsetObject[]): string[] {
  const added = new Map<string, { apex: string; types: number[] }>();
  for (const { apex, owner, type } of records) {
    const entry = added.get(owner) ?? { apex, types: [] };
    entry.types.push(type);
    added.set(owner, entry);
  }
  const warnings: string[] = [];
  for (const [owner, { apex, types }] of added) {
    if (owner === apex || typesAt(state, apex, owner).length > types.length) continue; // it was there before
    for (const above of suffixesOf(owner)) {
      if (above === owner) continue;
      const wildcard = `*.${above}`;
      const lost =
        wildcard === owner || added.has(wildcard)
          ? []
          : typesAt(state, apex, wildcard).filter((type) => !types.includes(type));
      if (lost.length > 0) {
        warnings.push(
          `${shown(owner)} no longer gets the ${lost.map(typeName).join(", ")} records of ${shown(wildcard)}: a wildcard does not cover a name that exists`,
        );
      }
      // The closest name that exists decides; wildcards further up never came to bear.
      if (above === apex || lost.length > 0 || typesAt(state, apex, above).length > 0) break;
    }
  }
  return warnings;
}

/** Where a CNAME leads in the end: all is well with what is answered here or outside. */
export interface CnameEnd {
  readonly end: "answered" | "outside" | "circle" | "nowhere" | "long";
  readonly text: string;
}

function warnOfTarget(state: State, record: RrsetObject): string[] {
  const { end, text } = followCname(state, record);
  return end === "answered" ? [] : [text];
}

/** Follows a CNAME from name to name. */
export function followCname(state: State, record: Pick<RrsetObject, "owner" | "rdata">): CnameEnd {
  const { owner } = record;
  const at = `The CNAME at ${shown(owner)}`;
  let target = nameIn(record.rdata[0] ?? "");
  const seen = new Set([owner]);
  for (let i = 0; i < maxChain; i++) {
    if (seen.has(target)) return { end: "circle", text: `${at} goes round in a circle by ${shown(target)}` };
    seen.add(target);
    const zone = state.zoneOf(target);
    if (!zone)
      return { end: "outside", text: `${at} leads to ${shown(target)}, which no zone served here holds` };
    const { apex } = zone;
    const next = rrsetAt(state, apex, target, RrType.CNAME);
    if (!next) {
      if (target === apex || isAnswered(state, apex, target)) return { end: "answered", text: "" };
      return { end: "nowhere", text: `${at} leads to ${shown(target)}, which has no records` };
    }
    target = nameIn(next.entries[0]?.rdata ?? "");
  }
  return { end: "long", text: `${at} leads on over more than ${maxChain} CNAMEs` };
}

/** Names of ours that mail or other services are sent to, and that lead on or nowhere. @see RFC 2181 section 10.3 */
function warnOfHosts(state: State, record: RrsetObject): string[] {
  return findHosts(state, record).map(({ text }) => text);
}

/** What is wrong with a host that records name. */
export interface HostFinding {
  readonly finding: "cname" | "no-address" | "no-glue";
  readonly text: string;
}

/** Looks at the hosts that records name and a zone here holds. */
export function findHosts(
  state: State,
  { apex, owner, type, rdata }: Pick<RrsetObject, "apex" | "owner" | "type" | "rdata">,
): HostFinding[] {
  return hostsNamed(type, rdata).flatMap((host): HostFinding[] => {
    const zone = host === "." ? undefined : state.zoneOf(host);
    if (!zone || isCovered(state, zone.apex, host)) return [];
    const what = `The ${typeName(type)} records at ${shown(owner)} name ${shown(host)}`;
    if (hasType(state, zone.apex, host, RrType.CNAME))
      return [{ finding: "cname", text: `${what}, which is a CNAME: it must have addresses of its own` }];
    const types = typesAt(state, zone.apex, host);
    const own = types.length > 0 ? types : wildcardTypes(state, zone.apex, host);
    if (own.includes(RrType.A) || own.includes(RrType.AAAA)) return [];
    const isBelow = type === RrType.NS && owner !== apex && (host === owner || host.endsWith(`.${owner}`));
    return [
      {
        finding: isBelow ? "no-glue" : "no-address",
        text: `${what}, which has no addresses${isBelow ? " here, and can be found nowhere else" : ""}`,
      },
    ];
  });
}

function wildcardTypes(state: State, apex: string, name: string): number[] {
  if (state.isNode(apex, name)) return [];
  for (const above of suffixesOf(name)) {
    if (above === name || !state.isNode(apex, above)) continue;
    return typesAt(state, apex, `*.${above}`);
  }
  return [];
}

/** Whether a name is below a cut or a DNAME, so that its addresses are not read here. Glue at and below a cut is. */
function isCovered(state: State, apex: string, name: string): boolean {
  for (const above of suffixesOf(name)) {
    if (above === apex) return false;
    if (above !== name && hasType(state, apex, above, RrType.DNAME)) return true;
    const servers = nsAt(state, apex, above);
    if (servers && !servers.includes(name)) return true;
  }
  return false;
}

/** @see RFC 4035 section 2.4 */
function warnOfDs(state: State, { apex, owner }: RrsetObject): string[] {
  if (hasType(state, apex, owner, RrType.NS)) return [];
  return [`The DS records at ${shown(owner)} mean nothing without NS records there`];
}

/** Tells whether a name has records, by itself, by a wildcard, or by a cut or DNAME above it. */
function isAnswered(state: State, apex: string, name: string): boolean {
  for (const above of suffixesOf(name)) {
    if (
      above === name ? typesAt(state, apex, name).length > 0 : typesAt(state, apex, `*.${above}`).length > 0
    )
      return true;
    if (above === apex) return false;
    if (above !== name && (nsAt(state, apex, above) || hasType(state, apex, above, RrType.DNAME)))
      return true;
  }
  return false;
}

/** Types of the records at a name; A stands for the addresses of an assigned name or alias. */
export function typesAt(state: State, apex: string, owner: string): number[] {
  const types = state.rrsetsAt(apex, owner).map(({ type }) => type);
  const isDerived = state.value("assignment", owner)?.zone === apex || state.aliasAt(apex, owner);
  return isDerived ? [...types, RrType.A] : types;
}

/** Tells whether a name has records of a type. */
export function hasType(state: State, apex: string, owner: string, type: number): boolean {
  return rrsetAt(state, apex, owner, type) !== undefined;
}

/** The name servers of a cut; undefined where there is none. */
function nsAt(state: State, apex: string, owner: string): string[] | undefined {
  const fact = state.value("rrset", rrsetKeyOf({ zone: apex, owner, type: RrType.NS, setIdentifier: "" }));
  return fact?.entries.map(({ rdata }) => nameIn(rdata));
}

function listNames(names: readonly string[]): string {
  const left = names.length - maxNames;
  return `${names.slice(0, maxNames).join(", ")}${left > 0 ? ` and ${left} more` : ""}`;
}
