// The rules that hold at every name of a zone, looked at once a command is drafted: a CNAME stands alone, and there is one RRset a type, or
// several that a routing policy chooses from.

import { PlatformError, type Command } from "#contract";
import { RrType, typeName } from "#wire";
import type { Draft } from "./draft.ts";
import { aliasKeyOf, rrsetKeyOf, type AliasFact, type AssignmentFact, type RrsetFact } from "./facts.ts";
import { shown } from "./names.ts";
import { findGroupConflict } from "./policies/policy-sets.ts";
import type { Publisher } from "./publish.ts";
import type { State } from "./state.ts";
import { hiddenBy, hiddenName } from "./zone-cuts.ts";

/** A rule that is broken at a name. */
export interface NodeConflict {
  readonly owner: string;
  /** In words. */
  readonly reason: string;
  /** Which changes gave the name what it has. */
  readonly since: () => string;
}

/**
 * The rules that hold at every name: a CNAME stands alone, and there is one RRset a type.
 * @returns where one is broken, in words; undefined where all is well
 * @see RFC 1034 section 3.6.2; RFC 2181 section 10.1
 */
export function findNodeConflict(publisher: Publisher, state: State, draft: Draft): NodeConflict | undefined {
  const nodes = new Set<string>();
  // By facts, not by what the roles see: there, two RRsets of one type at one name are one object.
  for (const { kind, key, before, after } of draft.changes()) {
    if (kind === "zone" && after && !before) {
      const owner = hiddenName(state, key);
      if (owner !== undefined)
        return { owner, reason: `zone ${shown(key)} would hide what is there`, since: () => "" };
    }
    if (!after || (kind !== "rrset" && kind !== "assignment" && kind !== "alias")) continue;
    const { zone, owner } = after.value as RrsetFact | AssignmentFact | AliasFact;
    nodes.add(`${zone} ${owner}`);
    const type = kind === "rrset" ? (after.value as RrsetFact).type : undefined;
    const hiding = hiddenBy(state, zone, owner, type);
    if (hiding !== undefined)
      return { owner, reason: `it lies in zone ${shown(hiding)}, which is served here`, since: () => "" };
  }
  for (const node of nodes) {
    const [apex = "", owner = ""] = node.split(" ");
    const reason = findGroupConflict(state.rrsetsAt(apex, owner));
    if (reason !== undefined) return { owner, reason, since: () => standingSince(state, apex, owner) };
    const types = publisher.typesAt(apex, owner);
    const twice = types.find((type, i) => types.indexOf(type) !== i);
    const since = (): string => standingSince(state, apex, owner);
    if (twice !== undefined) {
      const from = state.value("assignment", owner)?.zone === apex ? "assignment" : "alias";
      return { owner, since, reason: `${typeName(twice)} records are derived from an ${from} there` };
    }
    const others = types.filter((type) => type !== RrType.CNAME);
    if (others.length > 0 && others.length < types.length) {
      return {
        owner,
        reason: `a CNAME record stands alone, and there is also ${others.map(typeName).join(", ")}`,
        since,
      };
    }
  }
  return undefined;
}

/** Which changes gave a name what it had before the draft, in words; nothing where it had nothing. */
function standingSince(state: State, zone: string, owner: string): string {
  const held = [
    ...state.rrsetsAt(zone, owner).map((fact) => state.get("rrset", rrsetKeyOf(fact))),
    state.get("assignment", owner),
    state.get("alias", aliasKeyOf({ zone, owner })),
  ];
  const revisions = held.flatMap((one) => (one && one.revision > 0 ? [one.revision] : []));
  if (revisions.length === 0) return "";
  return ` (from change ${[...new Set(revisions)].sort((a, b) => a - b).join(" and ")})`;
}

/** The refusal of a command for a rule that it would break at a name. */
export function nodeConflict(
  command: Command | "platform",
  { owner, reason, since }: NodeConflict,
): PlatformError {
  const isUndo = command !== "platform" && command.action === "undo";
  if (isUndo) {
    return new PlatformError(
      "undo-refused",
      `Cannot undo change ${command.changeId}: at "${shown(owner)}" ${reason}${since()}`,
    );
  }
  return new PlatformError("record-conflict", `Cannot have these records at "${shown(owner)}": ${reason}`);
}
