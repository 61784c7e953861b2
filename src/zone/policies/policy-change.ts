// A change of zones in which what is chosen from at names stands as RRsets of its own type: for implementations of the port, which keep it so.

import type { RrsetPut, RrsetRemoval, ZoneChange } from "../change.ts";
import { policiesType } from "./choices.ts";

/** Puts policies among the RRsets. */
export function policyChange(change: ZoneChange): ZoneChange {
  const { policies = [], put, remove } = change;
  if (policies.length === 0) return change;
  const puts: RrsetPut[] = [];
  const removals: RrsetRemoval[] = [];
  for (const { apex, owner, records } of policies) {
    if (records.length === 0) removals.push({ kind: "rrset", apex, owner, type: policiesType });
    else puts.push({ kind: "rrset", apex, owner, type: policiesType, ttl: 0, rdata: records });
  }
  return { put: [...put, ...puts], remove: [...removals, ...remove] };
}
