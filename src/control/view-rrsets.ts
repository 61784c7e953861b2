// A zone's records as the API shows them, name by name, and the order in which they stand.

import type { Rrset } from "#contract";
import { formatRdata, typeName } from "#wire";
import type { Rrset as ZoneRrset } from "#zone";
import type { RrsetFact, ZoneFact } from "./facts.ts";
import { shown } from "./names.ts";
import { octetsOf } from "./octets.ts";
import { healthIdOf } from "./policies/health-id.ts";
import type { HealthKeeper } from "./policies/health-keeper.ts";
import type { Publisher } from "./publish.ts";
import { resourceRrsets } from "./publish-aliases.ts";
import { findResource, resourceDnsName, resourceKinds, resourceZone } from "./resources.ts";
import type { State } from "./state.ts";

/** What records are shown from. */
export interface RecordSources {
  readonly state: State;
  readonly publisher: Publisher;
  /** How the health is that sets follow; absent: it is not told. */
  readonly setHealth?: Pick<HealthKeeper, "stateOf">;
}

/** The RRsets at one name of a zone, in the order of their types: the platform's SOA and NS, those of facts, and those that are derived. */
export function viewRrsetsAt(
  { state, publisher, setHealth }: RecordSources,
  zone: ZoneFact,
  owner: string,
): Rrset[] {
  const { apex } = zone;
  const assignment = state.value("assignment", owner);
  const alias = state.aliasAt(apex, owner);
  const rrsets = [
    ...(owner === apex ? publisher.apexRrsets(zone).map((rrset) => derived(apex, rrset, "platform")) : []),
    ...state.rrsetsAt(apex, owner).map((fact) => viewRrset(fact, setHealth)),
    ...(assignment?.zone === apex
      ? publisher.assignedRrsets(assignment).map((rrset) => derived(apex, rrset, "assign"))
      : []),
    ...(alias ? publisher.aliasRrsets(alias).map((rrset) => derived(apex, rrset, "alias")) : []),
    ...(apex === resourceZone
      ? resourceRrsets(state, owner).map((rrset) => derived(apex, rrset, "platform"))
      : []),
    ...publisher.cutRrsets(apex, owner).map((rrset) => derived(apex, rrset, "platform")),
  ];
  return rrsets.length > 1 ? rrsets.sort(compareShownRrsets) : rrsets;
}

/** Names of the resources, where the zone is the platform's own. */
export function resourceNamesOf(state: State, apex: string): string[] {
  if (apex !== resourceZone) return [];
  return Object.values(resourceKinds).flatMap((kind) =>
    [...state.all(kind).keys()].flatMap((name) => {
      const resource = findResource(state, name);
      return resource ? [resourceDnsName(resource)] : [];
    }),
  );
}

/** Orders RRsets of one name: by type, and those of one type by their set identifiers. */
export function compareShownRrsets(
  a: Pick<Rrset, "type" | "setIdentifier">,
  b: Pick<Rrset, "type" | "setIdentifier">,
): number {
  const order = compareTypes(a.type, b.type);
  if (order !== 0) return order;
  return a.setIdentifier < b.setIdentifier ? -1 : a.setIdentifier > b.setIdentifier ? 1 : 0;
}

function viewRrset(fact: RrsetFact, keeper: RecordSources["setHealth"]): Rrset {
  const { policy, health } = fact;
  return {
    zone: shown(fact.zone),
    name: shown(fact.owner),
    type: typeName(fact.type),
    setIdentifier: fact.setIdentifier,
    ttl: fact.ttl,
    origin: fact.origin,
    ...(policy ? { policy } : {}),
    ...(health ? { health } : {}),
    ...(health && keeper ? { healthState: keeper.stateOf(healthIdOf(health)).state } : {}),
    entries: fact.entries.map(({ id, rdata }) => ({ id, data: formatRdata(fact.type, octetsOf(rdata)) })),
  };
}

function derived(
  apex: string,
  { owner, type, ttl, rdata }: ZoneRrset,
  origin: "platform" | "assign" | "alias",
): Rrset {
  return {
    zone: shown(apex),
    name: shown(owner.toLowerCase().toString()),
    type: typeName(type),
    setIdentifier: "",
    ttl,
    origin,
    entries: rdata.map((octets) => ({ id: "", data: formatRdata(type, octets) })),
  };
}

/** A name by its labels from the right, so that it stands before those below it. @param name  absolute */
export function sortKeyOf(name: string): string {
  const labels = name.includes("\\") ? (name.match(/(?:\\.|[^.\\])+/g) ?? []) : name.slice(0, -1).split(".");
  return labels.reverse().join("\0");
}

/** The name of a sort key. */
export function nameOfKey(key: string): string {
  return `${key.split("\0").reverse().join(".")}.`;
}

/** Orders names by their sort keys. */
export function compareNameTexts(a: string, b: string): number {
  const [left, right] = [sortKeyOf(a), sortKeyOf(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Orders the types at one name: SOA, NS, then by their letters. */
export function compareTypes(a: string, b: string): number {
  return typeOrder(a) - typeOrder(b) || (a < b ? -1 : a > b ? 1 : 0);
}

function typeOrder(type: string): number {
  return type === "SOA" ? 0 : type === "NS" ? 1 : 2;
}
