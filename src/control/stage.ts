// The order in which a change reaches DNS. The intent is one transaction; what must not be seen before the other half is seen stays
// pending, and its own commit publishes it: a delegation after its zone, the end of a zone after that of its delegation.

import { isDelegated, type DomainObject } from "#registry";
import type { Entry, Precondition } from "#store";
import { nextSerial } from "#zone";
import { refreshDrain } from "./drains.ts";
import { isWatched } from "./delegation-watch.ts";
import type { NamesCheck, SerialFact } from "./facts.ts";
import type { PlanContext } from "./plan-context.ts";
import type { PlannedChange } from "./planned.ts";
import type { State } from "./state.ts";
import { zoneAbove } from "./zone-cuts.ts";

/** Puts what a draft's zones have to wait for. @returns what is to be seen for each */
export function stageDelegations({ draft, state, config }: PlanContext, changeId: string): NamesCheck[] {
  const checks: NamesCheck[] = [];
  const domains = new Map<string, { before: DomainObject | undefined; after: DomainObject | undefined }>();
  for (const { kind, key, before, after } of draft.changes()) {
    if (kind !== "domain") continue;
    domains.set(key, {
      before: before?.value as DomainObject | undefined,
      after: after?.value as DomainObject | undefined,
    });
  }
  const staged = new Set<string>();
  for (const { kind, key: apex, before, after } of draft.changes()) {
    if (kind !== "zone") continue;
    const own = domains.get(apex);
    if (before && !after) {
      const { nameServerSetId } = before.value as { nameServerSetId: string };
      // Where no delegation of ours ends with it, there is none that could be waited for.
      if (own?.before && !(own.after && isDelegated(own.after))) {
        staged.add(apex);
        draft.put("pending", apex, { apex, step: "withdraw", changeId });
        checks.push({ step: own.after ? "hold" : "withdraw", apex });
      }
      checks.push({ step: "gone", apex, nameServerSetId });
    } else if (after && !before) {
      // The zone is there again: what was kept of the one before is not to go with its delegation.
      if (state.value("pending", apex)?.step === "withdraw") draft.remove("pending", apex);
      const domain = state.value("domain", apex);
      if (!domain) {
        if (isWatched(config, apex) && zoneAbove(state, apex) === undefined)
          checks.push({ step: "watch", apex });
      } else if (isDelegated(domain) && own && !own.before) {
        staged.add(apex);
        draft.put("pending", apex, { apex, step: "delegate", changeId });
        checks.push({ step: "delegate", apex });
      }
    }
  }
  for (const [apex, { before, after }] of domains) {
    if (staged.has(apex)) continue;
    const delegation = after ? delegationOf(after) : "";
    if (delegation === (before ? delegationOf(before) : "")) continue;
    checks.push({ step: after ? (delegation === "" ? "hold" : "delegate") : "withdraw", apex });
  }
  return checks;
}

/** The name servers that a parent gives for a domain; empty where it gives none. */
function delegationOf(domain: DomainObject): string {
  return isDelegated(domain) ? domain.nameServers.join() : "";
}

/** All that name servers must answer for a change to be done, in the order in which it comes about. */
export function checksOf({ checks, entries }: PlannedChange, tlds: readonly string[]): NamesCheck[] {
  const isStaged = checks.length > 0;
  const ended = new Set(checks.flatMap(({ step, apex }) => (step === "gone" ? [apex] : [])));
  const zones = entries.flatMap(({ kind, value }): NamesCheck[] => {
    if (kind !== "serial") return [];
    const { apex, serial } = value as SerialFact;
    // What the parent says of the domain is asked for by name.
    return ended.has(apex) || (isStaged && tlds.includes(apex)) ? [] : [{ step: "zone", apex, serial }];
  });
  const isLast = ({ step }: NamesCheck): boolean => step === "delegate" || step === "watch";
  return [...checks.filter((check) => !isLast(check)), ...zones, ...checks.filter(isLast)];
}

/**
 * Brings a plan up to today where that changes nothing of what was shown: serials, which other changes of the zone have used up since,
 * what is pending, and what names outside were seen to have.
 */
export function refreshPlan(planned: PlannedChange, state: State, now: number): PlannedChange {
  const own: ReadonlySet<string> = new Set(["serial", "pending", "alias-addresses", "zone-signing"]);
  const isOwn = ({ kind }: Pick<Precondition, "kind">): boolean => own.has(kind);
  const revisionOf = (kind: string, key: string): number =>
    state.get(kind as "serial" | "pending", key)?.revision ?? 0;
  return {
    ...planned,
    preconditions: planned.preconditions.map((precondition) =>
      isOwn(precondition)
        ? { ...precondition, revision: revisionOf(precondition.kind, precondition.key) }
        : precondition,
    ),
    entries: planned.entries.map((entry): Entry => {
      if (entry.kind === "drain") return refreshDrain(entry, now);
      if (!isOwn(entry)) return entry;
      const held = state.get(entry.kind as "serial" | "pending", entry.key);
      const identity = held ? { id: held.id, arn: held.arn } : {};
      if (entry.kind !== "serial") return { ...entry, ...identity };
      const serial = nextSerial(state.value("serial", entry.key)?.serial, now / 1000);
      return { ...entry, ...identity, value: { apex: entry.key, serial } };
    }),
  };
}
