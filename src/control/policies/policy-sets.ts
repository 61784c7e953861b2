// Sets of one name and type that are chosen from: which belong together, what must hold for them, and which of them stands for all where nobody
// chooses (transfers, exports, aliases that lead on, what others read).

import { maxChoices, type PolicyKind, PlatformError, type RoutingPolicy } from "#contract";
import { RrType, typeName } from "#wire";
import type { RrsetFact } from "../facts.ts";
import { rrsetKeyOf } from "../facts.ts";
import { shown } from "../names.ts";
import type { State } from "../state.ts";

/** Octets of all sets of one name together, at most: they lie side by side where they are chosen from. */
const maxSetsOctets = 2_000_000;
/** Octets of one set, of one record of a multivalue answer. */
const maxSetOctets = 30_000;
const maxMultivalueOctets = 2000;

/** Types that are what they are for everybody. */
const unchosenTypes: ReadonlySet<number> = new Set([
  RrType.NS,
  RrType.SOA,
  RrType.DS,
  RrType.DNAME,
  RrType.DNSKEY,
  RrType.CDS,
  RrType.CDNSKEY,
]);

/** A policy in words. */
export function policyText(policy: RoutingPolicy): string {
  switch (policy.kind) {
    case "weighted":
      return `weight ${policy.weight}`;
    case "failover":
      return policy.role;
    case "multivalue":
      return "multivalue";
    case "nearest":
      return policy.place === "*" ? "nearest for all others" : `nearest to ${policy.place}`;
  }
}

/** The sets of one name and type with a policy, by identifier. */
export interface PolicyGroup {
  readonly type: number;
  readonly kind: PolicyKind;
  readonly sets: readonly RrsetFact[];
}

/** RRsets of a name: those by themselves, and those that are chosen from. */
export interface SplitRrsets {
  readonly plain: readonly RrsetFact[];
  readonly groups: readonly PolicyGroup[];
}

/** Tells which RRsets of a name are chosen from. */
export function splitRrsets(facts: readonly RrsetFact[]): SplitRrsets {
  if (facts.every(({ policy }) => policy === undefined)) return { plain: facts, groups: [] };
  const byType = new Map<number, RrsetFact[]>();
  for (const fact of facts) {
    if (!fact.policy) continue;
    const sets = byType.get(fact.type) ?? [];
    sets.push(fact);
    byType.set(fact.type, sets);
  }
  const groups = [...byType].map(([type, sets]): PolicyGroup => ({
    type,
    kind: sets[0]?.policy?.kind ?? "weighted",
    sets: sets.sort((a, b) => (a.setIdentifier < b.setIdentifier ? -1 : 1)),
  }));
  return { plain: facts.filter(({ policy }) => policy === undefined), groups };
}

/** What stands for all sets where nobody chooses: the heaviest, the primary, all values together, the one for who is nowhere. */
export function defaultSet({ kind, sets }: PolicyGroup): RrsetFact {
  const [first] = sets as readonly [RrsetFact, ...RrsetFact[]];
  switch (kind) {
    case "weighted":
      return sets.reduce((best, set) => (weightOf(set) > weightOf(best) ? set : best), first);
    case "failover":
      return sets.find(({ policy }) => policy?.kind === "failover" && policy.role === "primary") ?? first;
    case "nearest":
      return sets.find(({ policy }) => policy?.kind === "nearest" && policy.place === "*") ?? first;
    case "multivalue":
      return { ...first, ttl: Math.min(...sets.map(({ ttl }) => ttl)), entries: distinct(sets) };
  }
}

function distinct(sets: readonly RrsetFact[]): RrsetFact["entries"] {
  const entries = new Map(sets.flatMap((set) => set.entries.map((entry) => [entry.rdata, entry] as const)));
  return [...entries.values()];
}

function weightOf({ policy }: RrsetFact): number {
  return policy?.kind === "weighted" ? policy.weight : 0;
}

/** The RRset of a name and type; of several that are chosen from, what stands for all. */
export function rrsetAt(state: State, zone: string, owner: string, type: number): RrsetFact | undefined {
  const plain = state.value("rrset", rrsetKeyOf({ zone, owner, type, setIdentifier: "" }));
  if (plain || unchosenTypes.has(type)) return plain;
  const sets = state.rrsetsAt(zone, owner).filter((fact) => fact.type === type && fact.policy);
  const [group] = sets.length === 0 ? [] : splitRrsets(sets).groups;
  return group && defaultSet(group);
}

/** The sets of a name and type with a policy. */
export function setsAt(state: State, zone: string, owner: string, type: number): RrsetFact[] {
  return state.rrsetsAt(zone, owner).filter((fact) => fact.type === type && fact.policy !== undefined);
}

/** Refuses a set that cannot be one by itself. Throws `record-conflict`, `input-malformed` or `input-too-large`. */
export function checkSet(fact: RrsetFact): void {
  const { owner, type, policy, health, setIdentifier, entries } = fact;
  const at = `${typeName(type)} records at "${shown(owner)}"`;
  if (!policy) {
    if (setIdentifier !== "")
      throw malformed(`Cannot put ${at} with set identifier "${setIdentifier}": they have no routing policy`);
    if (health) throw malformed(`Cannot put ${at} with a health check: they have no routing policy`);
    return;
  }
  if (setIdentifier === "")
    throw malformed(`Cannot put ${at} with a routing policy: they have no set identifier, such as "eu"`);
  if (unchosenTypes.has(type))
    throw new PlatformError(
      "record-conflict",
      `Cannot put ${at} with a routing policy: they are the same for everybody`,
    );
  const octets = entries.reduce((sum, { rdata }) => sum + rdata.length, 0);
  const most = policy.kind === "multivalue" ? maxMultivalueOctets : maxSetOctets;
  if (octets > most)
    throw new PlatformError(
      "input-too-large",
      `Cannot put ${at} as set "${setIdentifier}": it is too large to be chosen from`,
    );
  if (policy.kind !== "multivalue") return;
  if (type === RrType.CNAME)
    throw new PlatformError(
      "record-conflict",
      `Cannot put ${at} as multivalue: of a CNAME there is one alone`,
    );
  if (entries.length > 1)
    throw malformed(
      `Cannot put ${entries.length} ${at} as set "${setIdentifier}": a multivalue set has one record, and there is one set for each`,
    );
}

/** What is wrong with the sets of a name together, in words; undefined where all is well. */
export function findGroupConflict(facts: readonly RrsetFact[]): string | undefined {
  const { plain, groups } = splitRrsets(facts);
  let octets = 0;
  for (const { type, kind, sets } of groups) {
    const what = `${typeName(type)} records`;
    if (plain.some((fact) => fact.type === type))
      return `there are ${what} with a routing policy and such without; delete the ones, or give them all a policy`;
    const other = sets.find(({ policy }) => policy?.kind !== kind)?.policy;
    if (other) return `the ${what} have routing policies of different kinds, ${kind} and ${other.kind}`;
    if (sets.length > maxChoices)
      return `there are ${sets.length} sets of ${what}, and at most ${maxChoices} are chosen from`;
    for (const { entries } of sets) octets += entries.reduce((sum, { rdata }) => sum + rdata.length, 0);
    if (octets > maxSetsOctets) return `the sets of records there are too large together`;
    const twice = findTwice(sets);
    if (twice !== undefined) return `two sets of ${what} are ${twice}`;
  }
  return undefined;
}

/** Two primaries, two for one place, two with the same value. */
function findTwice(sets: readonly RrsetFact[]): string | undefined {
  const seen = new Set<string>();
  for (const { policy, entries } of sets) {
    const mark =
      policy?.kind === "failover"
        ? `the ${policy.role}`
        : policy?.kind === "nearest"
          ? policyText(policy)
          : policy?.kind === "multivalue"
            ? `the same value (${entries[0]?.rdata ?? ""})`
            : undefined;
    if (mark === undefined) continue;
    if (seen.has(mark)) return policy?.kind === "multivalue" ? "of the same value" : mark;
    seen.add(mark);
  }
  return undefined;
}

function malformed(message: string): PlatformError {
  return new PlatformError("input-malformed", message);
}
