// What stands beside an alias, and what it is called: for the plans of records and of aliases.

import { PlatformError } from "#contract";
import { RrType, typeName } from "#wire";
import type { AliasFact } from "./facts.ts";
import { shown } from "./names.ts";
import type { State } from "./state.ts";

/** What stands nowhere beside an alias: it has these itself, or nothing beside it. */
export const aliasTypes: ReadonlySet<number> = new Set([RrType.A, RrType.AAAA, RrType.CNAME]);

/** What an alias leads to, for people. */
export function targetText(target: AliasFact["target"]): string {
  return "resource" in target ? target.resource : shown(target.name);
}

/** Refuses records that an alias has itself. Throws `record-conflict`. */
export function refuseAtAlias(state: State, zone: string, owner: string, type: number): void {
  const alias = aliasTypes.has(type) ? state.aliasAt(zone, owner) : undefined;
  if (!alias) return;
  throw new PlatformError(
    "record-conflict",
    `Cannot change ${typeName(type)} records at "${shown(owner)}": the name is an alias of "${targetText(alias.target)}"; delete the alias first`,
  );
}
