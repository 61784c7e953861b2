// assign and unassign: a host name that leads to a resource. Its records and the edge's route follow the reference.

import { PlatformError, type Command } from "#contract";
import { RrType, typeName } from "#wire";
import { shown } from "./names.ts";
import { readHost } from "./plan-instance.ts";
import type { CommandOutline, PlanContext } from "./planner.ts";
import { requireResource, resourceKinds } from "./resources.ts";

const addressTypes: ReadonlySet<number> = new Set([RrType.A, RrType.AAAA, RrType.CNAME]);

/** Assigns a name to an instance; a name that leads elsewhere is moved. */
export function planAssign(
  context: PlanContext,
  command: Extract<Command, { action: "assign" }>,
): CommandOutline {
  const { draft, state, now, warnings } = context;
  const owner = readHost(command.name);
  const zone = state.zoneOf(owner);
  if (!zone) {
    throw new PlatformError(
      "zone-not-found",
      `Cannot assign "${shown(owner)}": no zone served here holds that name; register its domain first`,
    );
  }
  const resource = requireResource(state, command.resource);
  const conflicts = state.rrsetsAt(zone.apex, owner).filter(({ type }) => addressTypes.has(type));
  if (conflicts.length > 0) {
    const types = conflicts.map(({ type }) => typeName(type)).join(", ");
    throw new PlatformError(
      "record-conflict",
      `Cannot assign "${shown(owner)}": it has ${types} records already; delete them first`,
    );
  }
  const before = state.value("assignment", owner);
  if (before?.resource === command.resource) {
    throw new PlatformError(
      "assigned-already",
      `Cannot assign "${shown(owner)}": it leads to "${command.resource}" already`,
    );
  }
  if (before) warnings.push(`${shown(owner)} leads to ${before.resource} today`);
  draft.put("assignment", owner, { owner, zone: zone.apex, resource: command.resource, createdAt: now });
  draft.require("zone", zone.apex);
  draft.require(resourceKinds[resource.type], command.resource);
  return {
    title: `Assign ${shown(owner)} to ${command.resource}`,
    operationType: "AssignDomain",
    resourceName: shown(owner),
    resourceType: "Assignment",
  };
}

/** Takes an assignment away. */
export function planUnassign(context: PlanContext, text: string): CommandOutline {
  const { draft, state } = context;
  const owner = readHost(text);
  const before = state.value("assignment", owner);
  if (!before)
    throw new PlatformError(
      "resource-not-found",
      `Cannot unassign "${shown(owner)}": it is assigned to nothing`,
    );
  draft.remove("assignment", owner);
  return {
    title: `Unassign ${shown(owner)} from ${before.resource}`,
    operationType: "UnassignDomain",
    resourceName: shown(owner),
    resourceType: "Assignment",
  };
}
