// What a change to zones must be before anything is touched: the rules that every implementation of `ZoneTable` shares.

import { PlatformError } from "#contract/plain";
import { checkRdata, maxTtl, type Name, typeName } from "#wire";
import type { RrsetPut, ZoneChange } from "./change.ts";
import { policiesType } from "./policies/choices.ts";

/**
 * Refuses a change that cannot be applied, as {@link ZoneTable.apply} says.
 * @param hasZone  whether a zone stands before the change
 */
export function checkChange(change: ZoneChange, hasZone: (apex: Name) => boolean): void {
  const standing = new Set(change.put.filter((put) => put.kind === "zone").map((put) => put.apex.key));
  const removed = new Set(change.remove.filter((it) => it.kind === "zone").map((it) => it.apex.key));
  let last: Name | undefined; // RRsets of one zone come together: it is looked up once
  for (const put of change.put) {
    if (put.kind === "zone") continue;
    const { apex } = put;
    if (apex !== last && !standing.has(apex.key) && (removed.has(apex.key) || !hasZone(apex))) {
      throw new PlatformError(
        "zone-not-found",
        `Cannot put ${describe(put)}: there is no zone "${apex.toString()}"`,
      );
    }
    last = apex;
    checkRrset(put);
  }
  for (const { apex, owner, records } of change.policies ?? []) {
    if (records.length === 0) continue;
    const what = `policies at "${owner.toString()}"`;
    if (!standing.has(apex.key) && (removed.has(apex.key) || !hasZone(apex)))
      throw new PlatformError("zone-not-found", `Cannot put ${what}: there is no zone "${apex.toString()}"`);
    if (!owner.isSubdomainOf(apex))
      throw new PlatformError(
        "name-outside-zone",
        `Cannot put ${what}: it is not in zone "${apex.toString()}"`,
      );
  }
}

function checkRrset(put: RrsetPut): void {
  if (!put.owner.isSubdomainOf(put.apex)) {
    throw new PlatformError(
      "name-outside-zone",
      `Cannot put ${describe(put)}: it is not in zone "${put.apex.toString()}"`,
    );
  }
  if (put.type === policiesType) {
    throw new PlatformError("record-malformed", `Cannot put ${describe(put)}: no zone has this type`);
  }
  if (put.rdata.length === 0) {
    throw new PlatformError("record-malformed", `Cannot put ${describe(put)}: it has no record`);
  }
  if (!Number.isInteger(put.ttl) || put.ttl < 0 || put.ttl > maxTtl) {
    throw new PlatformError("record-malformed", `Cannot put ${describe(put)}: its TTL is ${put.ttl}`);
  }
  for (const rdata of put.rdata) {
    const checked = checkRdata(put.type, rdata);
    if (checked.ok) continue;
    const { code, field } = checked.failure;
    const what = field === undefined ? code : `${code} in ${field}`;
    throw new PlatformError(
      "record-malformed",
      `Cannot put ${describe(put)}: its data is not of this type (${what})`,
    );
  }
}

function describe(put: RrsetPut): string {
  return `"${put.owner.toString()} ${typeName(put.type)}"`;
}
