// Who a record belongs to. Those that people put, import or send as an update are theirs; all others follow something else, and are changed
// there.

import { PlatformError } from "#contract";
import { RrType, typeName } from "#wire";
import { refuseAtAlias } from "./alias-rules.ts";
import type { RrsetFact } from "./facts.ts";
import { shown } from "./names.ts";
import type { State } from "./state.ts";

/**
 * Refuses to change the records of a type at a name where they are not people's own. Throws `record-conflict` with what to do instead.
 * @param fact  the RRset as it is, where there is one
 */
export function refuseForeign(
  state: State,
  place: { readonly zone: string; readonly owner: string; readonly type: number },
  fact: RrsetFact | undefined,
): void {
  const { zone, owner, type } = place;
  refuseAssigned(state, owner, type);
  refuseAtAlias(state, zone, owner, type);
  const certificate = fact?.origin === "validation" ? certificateOf(state, owner) : undefined;
  if (certificate === undefined) return;
  throw new PlatformError(
    "record-conflict",
    `Cannot change ${typeName(type)} records at "${shown(owner)}": certificate "${certificate}" is proven by them; they go with it`,
  );
}

/** The certificate that a validation record proves; undefined where it is left over. */
export function certificateOf(state: State, owner: string): string | undefined {
  for (const { value } of state.all("certificate").values())
    if (value.validation.some((record) => record.owner === owner)) return value.name;
  return undefined;
}

/** A and AAAA of an assigned name follow its resource. */
function refuseAssigned(state: State, owner: string, type: number): void {
  const assignment = state.value("assignment", owner);
  if (!assignment || (type !== RrType.A && type !== RrType.AAAA && type !== RrType.CNAME)) return;
  throw new PlatformError(
    "record-conflict",
    `Cannot change ${typeName(type)} records at "${shown(owner)}": the name is assigned to "${assignment.resource}"`,
  );
}
