// Two who change the same records: what one of them saw is not there any more. Each refusal has both sides of every RRset, so that the one
// who comes later can look at them and choose.

import { PlatformError, type RrsetConflict, type RrsetContent } from "#contract";
import { formatRdata, typeName } from "#wire";
import type { RrsetFact } from "./facts.ts";
import { shown } from "./names.ts";
import { octetsOf } from "./octets.ts";
import type { PlannedChange } from "./planned.ts";
import type { State } from "./state.ts";

/** Conflicts that one refusal spells out. */
const maxConflicts = 100;
/** Names in its message. */
const maxNames = 3;

/** An RRset's content for people; null where there is none. */
export function contentOf(
  fact: Pick<RrsetFact, "type" | "ttl" | "entries"> | undefined,
): RrsetContent | null {
  if (!fact) return null;
  return { ttl: fact.ttl, records: fact.entries.map(({ rdata }) => formatRdata(fact.type, octetsOf(rdata))) };
}

/** Tells whether two contents are the same, in whatever order. @param a, b  RDATA in the form of facts */
export function isSameContent(
  a: { readonly ttl: number; readonly rdata: readonly string[] } | undefined,
  b: { readonly ttl: number; readonly rdata: readonly string[] } | undefined,
): boolean {
  if (!a || !b) return a === b;
  const has = new Set(a.rdata);
  return a.ttl === b.ttl && has.size === new Set(b.rdata).size && b.rdata.every((one) => has.has(one));
}

/** What there is of an RRset in conflict, beside what is expected and wanted. */
export function conflictAt(
  state: State,
  key: string,
  { zone, owner, type, setIdentifier }: Pick<RrsetFact, "zone" | "owner" | "type" | "setIdentifier">,
  sides: Pick<RrsetConflict, "expected" | "wanted">,
): RrsetConflict {
  const held = state.get("rrset", key);
  return {
    zone: shown(zone),
    name: shown(owner),
    type: typeName(type),
    setIdentifier,
    expected: sides.expected,
    current: contentOf(held?.value),
    wanted: sides.wanted,
    ...(held ? { revision: held.revision } : {}),
  };
}

/** Refuses where there are conflicts. Throws `change-conflict`. @param action  such as `Cannot apply "…"` */
export function refuseConflicts(action: string, conflicts: readonly RrsetConflict[]): void {
  if (conflicts.length === 0) return;
  const named = conflicts.slice(0, maxNames).map(({ name, type }) => `${name} ${type}`);
  const left = conflicts.length - named.length;
  const names = `${named.join(", ")}${left > 0 ? ` and ${left} more` : ""}`;
  throw new PlatformError(
    "change-conflict",
    `${action}: ${names} ${conflicts.length === 1 ? "is" : "are"} not as expected, somebody else has changed ${conflicts.length === 1 ? "it" : "them"}`,
    { detail: conflictDetail(conflicts) },
  );
}

/** Conflicts as a refusal carries them: the first ones, and how many more there are. */
export function conflictDetail(conflicts: readonly RrsetConflict[]): {
  conflicts: RrsetConflict[];
  moreConflicts?: number;
} {
  const left = conflicts.length - maxConflicts;
  return { conflicts: conflicts.slice(0, maxConflicts), ...(left > 0 ? { moreConflicts: left } : {}) };
}

/** Refuses to apply a plan whose RRsets have become others since it was made. Throws `change-conflict`. */
export function refuseChangedRecords(planned: PlannedChange, state: State): void {
  const conflicts: RrsetConflict[] = [];
  const entries = new Map(planned.entries.map(({ kind, key, value }) => [`${kind} ${key}`, value]));
  const before = new Map(planned.objects.map((object) => [`${object.kind} ${object.key}`, object.before]));
  for (const { kind, key, revision } of planned.preconditions) {
    if (kind !== "rrset" || (state.get(kind, key)?.revision ?? 0) === revision) continue;
    const name = `${kind} ${key}`;
    if (!entries.has(name)) continue;
    const seen = before.get(name) as RrsetFact | undefined;
    const wanted = entries.get(name) as RrsetFact | undefined;
    const fact = seen ?? wanted ?? state.value("rrset", key);
    if (fact)
      conflicts.push(conflictAt(state, key, fact, { expected: contentOf(seen), wanted: contentOf(wanted) }));
  }
  refuseConflicts(`Cannot apply "${planned.title}"`, conflicts);
}
