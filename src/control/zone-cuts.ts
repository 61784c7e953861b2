// Zones here that lie below another zone here: the zone above delegates them by itself, with the DS of their keys, in the change that makes
// them or rolls those. Both are on the same name servers, so nobody is ever shown one half without the other.

import { knownName } from "#registry";
import { RrType } from "#wire";
import type { Rrset } from "#zone";
import { hostsOf, type ControlProfile } from "./config.ts";
import type { RrsetFact, ZoneFact } from "./facts.ts";
import { nameIn, suffixesOf } from "./names.ts";
import { dsRrsets } from "./signing/publish-signing.ts";
import type { State } from "./state.ts";

/**
 * TTL of such delegations and their DS, in seconds. An hour, not the two days of those in top-level domains: a part of a zone that is made
 * a zone of its own can be taken back within an afternoon.
 */
export const cutTtl = 3_600;

/** Types that the zone above may have at a cut and below it by hand: a delegation, and the addresses of its servers. */
const cutTypes: ReadonlySet<number> = new Set([RrType.NS, RrType.DS]);
const glueTypes: ReadonlySet<number> = new Set([RrType.A, RrType.AAAA]);

/** The zone here that a zone lies in: its apex; undefined where there is none. A registered domain lies in its top-level domain. */
export function zoneAbove(state: State, apex: string): string | undefined {
  if (state.get("domain", apex)) return undefined;
  const [, parent = "."] = suffixesOf(apex);
  return state.zoneOf(parent)?.apex;
}

/** Names of the zones that are cut out of a zone here. */
export function cutsOf(state: State, apex: string): string[] {
  return [...state.zonesBelow(apex)].filter((below) => zoneAbove(state, below) === apex);
}

/** NS and DS that a zone has of itself at a name of it; what stands there by hand takes their place. */
export function cutRrsets(state: State, profile: ControlProfile, zone: string, owner: string): Rrset[] {
  const below = state.value("zone", owner);
  if (!below || owner === zone || zoneAbove(state, owner) !== zone) return [];
  const held = state.rrsetsAt(zone, owner);
  const byHand = held.find(({ type }) => type === RrType.NS);
  if (byHand && !isOwnDelegation(byHand, serversOf(profile, below))) return [];
  const servers = serversOf(profile, below).map((name) => knownName(name).octets);
  const own = { owner: knownName(owner), type: RrType.NS, ttl: cutTtl, rdata: servers };
  return [
    ...(byHand ? [] : [own]),
    ...(held.some(({ type }) => type === RrType.DS)
      ? []
      : dsRrsets(state, owner).map((rrset) => ({ ...rrset, ttl: cutTtl }))),
  ];
}

/** Whether a zone that lies in another here is delegated by that to the servers that it is on. */
export function isCutOurs(state: State, profile: ControlProfile, apex: string): boolean {
  const above = zoneAbove(state, apex);
  const zone = state.value("zone", apex);
  if (above === undefined || !zone) return false;
  const held = state.rrsetsAt(above, apex);
  if (held.some(({ type }) => type === RrType.DS)) return false;
  const byHand = held.find(({ type }) => type === RrType.NS);
  return !byHand || isOwnDelegation(byHand, serversOf(profile, zone));
}

/** Why what stands at a name of a zone would be hidden by another zone here; undefined where it is not. @param type  absent: of any */
export function hiddenBy(state: State, zone: string, owner: string, type?: number): string | undefined {
  const closest = state.zoneOf(owner)?.apex;
  if (closest === undefined || closest === zone) return undefined;
  const isOfCut = type !== undefined && isDelegation(state, zone, closest, { owner, type });
  return isOfCut ? undefined : closest;
}

/** A name of the zone above that a zone would hide. */
export function hiddenName(state: State, apex: string): string | undefined {
  const above = zoneAbove(state, apex);
  if (above === undefined) return undefined;
  const isBelow = (owner: string): boolean => owner === apex || owner.endsWith(`.${apex}`);
  for (const { owner, type } of state.rrsetsOfZone(above))
    if (isBelow(owner) && !isDelegation(state, above, apex, { owner, type })) return owner;
  return [...state.assignmentsOfZone(above), ...state.aliasesOfZone(above)].find(({ owner }) =>
    isBelow(owner),
  )?.owner;
}

/** Whether an RRset of a zone belongs to a delegation that stands there by hand: at the cut, or glue of its servers. */
function isDelegation(
  state: State,
  zone: string,
  cut: string,
  { owner, type }: Pick<RrsetFact, "owner" | "type">,
): boolean {
  if (owner === cut && cutTypes.has(type)) return true;
  const byHand = state.rrsetsAt(zone, cut).find((rrset) => rrset.type === RrType.NS);
  return glueTypes.has(type) && byHand !== undefined && serversIn(byHand).includes(owner);
}

function serversOf(profile: ControlProfile, { nameServerSetId }: ZoneFact): string[] {
  return hostsOf(profile, nameServerSetId).map(({ name }) => name);
}

function isOwnDelegation(rrset: RrsetFact, own: readonly string[]): boolean {
  const names = new Set(own);
  return serversIn(rrset).every((name) => names.has(name));
}

function serversIn({ entries }: RrsetFact): string[] {
  return entries.map(({ rdata }) => nameIn(rdata));
}
