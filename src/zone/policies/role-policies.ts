// Between the names role's objects of policies (src/contract, routing-policy.ts) and what is read for answers: sets in the image, health and
// networks on the board.

import type { NetworksObject, RoleObject } from "#contract";
import { PlatformError } from "#contract/plain";
import { parseBase64 } from "#wire";
import type { ZoneChange } from "../change.ts";
import { decodeZoneChange, parseObjectName } from "../role-objects.ts";
import type { PolicyBoardWriter } from "./board.ts";
import { encodePolicies, type PoliciesPut } from "./choices.ts";
import { type NetworkRanges, rangesOf } from "./networks.ts";

/** What a names role is told at once. */
export interface ObjectsChange {
  readonly put: readonly RoleObject[];
  /** What stood under the keys that are gone. */
  readonly removed: readonly RoleObject[];
  /** All there is afterwards. */
  readonly objects: ReadonlyMap<string, RoleObject>;
}

/**
 * Takes what control told: zones into a table, health and networks onto the board. Throws where something cannot be taken; zones and networks
 * are as before then.
 */
export function applyObjects(
  { put, removed, objects }: ObjectsChange,
  table: { apply(change: ZoneChange): void },
  board: PolicyBoardWriter,
): void {
  board.sweep(() => namesIn(objects.values()));
  const change = decodeZoneChange(put, removed);
  const policies: PoliciesPut[] = [];
  let networks: { object: NetworksObject; ranges: NetworkRanges } | undefined;
  let isWithoutNetworks = false;
  for (const object of removed) {
    if (object.kind === "policies") policies.push({ ...placeOf(object), records: [] });
    else if (object.kind === "networks") isWithoutNetworks = true;
  }
  for (const object of put) {
    if (object.kind === "policies")
      policies.push({ ...placeOf(object), records: encodePolicies(object, board) });
    else if (object.kind === "networks") networks = { object, ranges: readRanges(object) };
  }
  const hasZones = change.put.length + change.remove.length + policies.length > 0;
  if (hasZones) table.apply(policies.length > 0 ? { ...change, policies } : change);
  for (const object of put) if (object.kind === "health") board.setHealth(object.id, object.isHealthy);
  if (networks) board.setNetworks(networks.object.places, networks.ranges);
  else if (isWithoutNetworks)
    board.setNetworks([], { starts: new Uint32Array(4), places: Int32Array.of(-1) });
}

function placeOf({
  apex,
  owner,
}: {
  readonly apex: string;
  readonly owner: string;
}): Omit<PoliciesPut, "records"> {
  return { apex: parseObjectName(apex), owner: parseObjectName(owner) };
}

function readRanges({ packed }: NetworksObject): NetworkRanges {
  const octets = parseBase64(packed);
  const ranges = octets && rangesOf(octets);
  if (!ranges) throw new PlatformError("record-malformed", "Cannot take the table of networks: it is none");
  return ranges;
}

function namesIn(objects: Iterable<RoleObject>): { checks: Set<string>; places: Set<string> } {
  const checks = new Set<string>();
  const places = new Set<string>();
  for (const object of objects) {
    if (object.kind === "health") checks.add(object.id);
    if (object.kind !== "policies") continue;
    for (const { choices } of object.types) {
      for (const { health, place } of choices) {
        if (health !== undefined) checks.add(health);
        if (place !== undefined) places.add(place);
      }
    }
  }
  return { checks, places };
}
