// What is kept in memory of every change of the history, so that the changes of one zone, thing or person are found without reading all of
// them; and what of a commit those are told who watch (`change` of /v1/events).

import type { ChangeEvent, ChangeLine } from "#contract";
import type { Entry } from "#store";
import type { ContainerNodeFact } from "./container-facts.ts";
import { nameOf } from "./describe.ts";
import { resourceTypes, type AddressFact, type AssignmentFact, type ChangeFact, type Kind } from "./facts.ts";
import { shown } from "./names.ts";
import type { PlannedChange } from "./planned.ts";
import { findResource } from "./resources.ts";
import type { State } from "./state.ts";

/** Names kept of a change; one that touches more is read where it is asked for by name. */
const maxKeptNames = 8;
/** Things named by one event. */
const maxTold = 100;

/** By what a change is found. */
export interface ChangeIndexed {
  readonly actor: string;
  readonly action: string;
  /** Zones whose records it changed, and domains, as people read them. */
  readonly zones: readonly string[];
  /** Names of what it changed; absent where those are many. */
  readonly names?: readonly string[];
}

/** Which changes are asked for: all that is given holds. Names are those of {@link ChangeLine}. */
export interface ChangeFilter {
  readonly zone?: string;
  readonly resource?: string;
  readonly actor?: string;
  /** The command's: `assign`. */
  readonly action?: string;
}

/** What is kept of a change. */
export function indexChange(fact: ChangeFact): ChangeIndexed {
  const { actor, action, records, objects, lines } = fact;
  const isLarge = objects.length + lines.length > 4 * maxKeptNames;
  const names = isLarge ? undefined : namesOf(fact);
  return {
    actor,
    action,
    zones: zonesOf(
      records,
      objects.map(({ kind, key, before }) => ({ kind, key, value: before })),
    ),
    ...(names && names.size <= maxKeptNames ? { names: [...names] } : {}),
  };
}

/** Tells whether a change is asked for; undefined where only the change itself can tell. */
export function isAskedFor(index: ChangeIndexed, filter: ChangeFilter): boolean | undefined {
  if (filter.actor !== undefined && index.actor !== filter.actor) return false;
  if (filter.action !== undefined && index.action !== filter.action) return false;
  if (filter.zone !== undefined && !index.zones.includes(filter.zone)) return false;
  if (filter.resource === undefined) return true;
  return index.names?.includes(filter.resource);
}

/** Tells whether a change touched what has a name. */
export function hasName(fact: ChangeFact, name: string): boolean {
  return namesOf(fact).has(name);
}

/** Names of all that a change touched; of records both the RRset's and its owner's. */
function namesOf({ objects, lines, operation }: ChangeFact): Set<string> {
  const names = new Set<string>([operation.resourceName]);
  for (const { resourceName } of [...lines, ...(operation.counterparts ?? [])]) names.add(resourceName);
  for (const { kind, key, before } of objects) names.add(nameOf(kind as Kind, key, before));
  names.delete("");
  return names;
}

/** Zones and domains that a change touched. */
function zonesOf(
  records: ChangeFact["records"],
  touched: Iterable<{ readonly kind: string; readonly key: string; readonly value: unknown }>,
): string[] {
  const zones = new Set(records.map(({ zone }) => zone));
  for (const { kind, key, value } of touched) {
    if (kind === "zone" || kind === "domain" || kind === "serial") zones.add(shown(key));
    else if (kind === "rrset" || kind === "alias") zones.add(shown(key.split(" ", 1)[0] ?? ""));
    else if (kind === "assignment") {
      const zone = (value as AssignmentFact | undefined)?.zone;
      if (zone !== undefined) zones.add(shown(zone));
    }
  }
  return [...zones];
}

/** What those are told of a commit who watch. @param change  absent for what the platform writes of its own accord */
export function tellCommit(
  state: State,
  planned: PlannedChange,
  entries: readonly Entry[],
  revision: number,
  change: Pick<ChangeEvent, "changeId" | "title" | "actor"> | undefined,
): ChangeEvent {
  const before = new Map(planned.objects.map((object) => [`${object.kind} ${object.key}`, object.before]));
  const resources = new Map<string, ChangeEvent["resources"][number]>();
  const tell = (one: ChangeEvent["resources"][number]): void =>
    void resources.set(`${one.resourceType} ${one.resourceName}`, one);
  for (const { kind, key, value } of entries) {
    if (kind === "change" || kind === "serial") continue;
    const held = before.get(`${kind} ${key}`);
    tell(resourceOf(state, kind as Kind, key, value ?? held));
    // What a name leads to shows its names.
    for (const one of kind === "assignment" ? [value, held] : []) {
      const { resource } = (one ?? {}) as Partial<AssignmentFact>;
      const found = resource === undefined ? undefined : findResource(state, resource);
      if (found) tell({ resourceType: found.type, resourceName: found.name });
    }
  }
  const all = [...resources.values()];
  const zones = zonesOf(
    planned.records,
    entries.map(({ kind, key, value }) => ({ kind, key, value: value ?? before.get(`${kind} ${key}`) })),
  );
  return {
    revision,
    actor: "platform",
    ...change,
    resources: all.slice(0, maxTold),
    moreResources: Math.max(all.length - maxTold, 0),
    zones: zones.slice(0, maxTold),
  };
}

/** The thing that a fact is part of, as pages know it. */
function resourceOf(
  state: State,
  kind: Kind,
  key: string,
  value: unknown,
): Pick<ChangeLine, "resourceType" | "resourceName"> {
  const as = (whose: Kind, name: string): Pick<ChangeLine, "resourceType" | "resourceName"> => ({
    resourceType: resourceTypes[whose],
    resourceName: name,
  });
  const [first = ""] = key.split(" ");
  switch (kind) {
    case "issuance":
      return as("certificate", key);
    case "pending":
      return as("domain", shown(key));
    case "zone-signing":
      return as("zone", shown(key));
    case "purge":
      return as("distribution", key);
    case "deployment":
    case "container-image":
    case "container-progress":
      return as("container-service", first);
    case "container-node":
      return as("container-service", (value as ContainerNodeFact | undefined)?.service ?? first);
    case "drain":
      return as(state.get("load-balancer", first) ? "load-balancer" : "instance", first);
    case "address":
      return as("address", (value as AddressFact | undefined)?.resource ?? key);
    default:
      return as(kind, nameOf(kind, key, value));
  }
}
