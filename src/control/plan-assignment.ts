// assign and unassign: a host name that leads to a resource. Its records and the edge's route follow the reference.

import { PlatformError, type Command, type Repair } from "#contract";
import { RrType, typeName } from "#wire";
import { targetText } from "./alias-rules.ts";
import { ensureCertificates, releaseCertificates } from "./certificates.ts";
import { aliasKeyOf } from "./facts.ts";
import { shown } from "./names.ts";
import { readHost } from "./plan-instance.ts";
import type { CommandOutline, PlanContext, Plans } from "./plan-context.ts";
import { findResource, refuseOwned, requireResource, resourceKinds, type Resource } from "./resources.ts";
import { registrableDomain } from "./tld-rules.ts";
import { warnOfServing } from "./warn-assignment.ts";

/** How each command of this area is planned. */
export const assignmentPlans: Plans<"assign" | "unassign"> = {
  assign: planAssign,
  unassign: (context, { name }) => planUnassign(context, name),
};

const addressTypes: ReadonlySet<number> = new Set([RrType.A, RrType.AAAA, RrType.CNAME]);

/** Assigns a name to a resource, with a certificate where nobody wished for none; on wish with the name below it that begins with `www`; one that leads elsewhere is moved. */
export function planAssign(
  context: PlanContext,
  command: Extract<Command, { action: "assign" }>,
): CommandOutline {
  const resource = requireResource(context.state, command.resource);
  const name = readHost(command.name);
  const owners = command.withWww === true ? [name, readHost(`www.${shown(name)}`)] : [name];
  const left = owners.filter((owner) => context.state.value("assignment", owner)?.resource !== resource.name);
  if (left.length === 0) {
    throw new PlatformError(
      "assigned-already",
      `Cannot assign "${owners.map(shown).join('" and "')}": it leads to "${resource.name}" already`,
    );
  }
  for (const owner of left) {
    assign(context, owner, resource);
    context.warnings.push(...warnOfServing(context, shown(owner), resource));
  }
  if (command.https !== false) context.warnings.push(...ensureCertificates(context, left).warnings);
  context.draft.require(resourceKinds[resource.type], resource.name);
  return {
    title: `Assign ${left.map(shown).join(" and ")} to ${resource.name}`,
    operationType: "AssignDomain",
    resourceName: shown(name),
    resourceType: "Assignment",
    counterparts: [{ resourceName: resource.name, resourceType: resource.type }],
  };
}

function assign(
  { draft, state, now, warnings, config }: PlanContext,
  owner: string,
  resource: Resource,
): void {
  const zone = state.zoneOf(owner);
  if (!zone) {
    const domain = registrableDomain(config.profile, owner);
    throw new PlatformError(
      "zone-not-found",
      `Cannot assign "${shown(owner)}": no zone served here holds that name; register its domain first`,
      {
        report:
          domain === undefined || state.get("domain", domain)
            ? {}
            : {
                repair: {
                  text: `Register ${shown(domain)}`,
                  command: { action: "register", name: shown(domain) },
                  cli: `fairlead register ${shown(domain)}`,
                },
              },
      },
    );
  }
  refuseOwned(zone.apex, `assign "${shown(owner)}"`);
  const conflicts = state.rrsetsAt(zone.apex, owner).filter(({ type }) => addressTypes.has(type));
  if (conflicts.length > 0) {
    const types = [...new Set(conflicts.map(({ type }) => typeName(type)))].join(", ");
    throw new PlatformError(
      "record-conflict",
      `Cannot assign "${shown(owner)}": it has ${types} records already; delete them first`,
      { report: { repair: deleteRepair(zone.apex, owner, conflicts) } },
    );
  }
  const alias = state.value("alias", aliasKeyOf({ zone: zone.apex, owner }));
  if (alias) {
    throw new PlatformError(
      "record-conflict",
      `Cannot assign "${shown(owner)}": it is an alias of "${targetText(alias.target)}"; delete the alias first`,
      {
        report: {
          repair: {
            text: "Delete the alias",
            command: { action: "delete-alias", zone: shown(zone.apex), name: `${shown(owner)}.` },
            cli: `fairlead alias delete ${shown(zone.apex)} ${shown(owner)}.`,
          },
        },
      },
    );
  }
  const before = state.value("assignment", owner);
  if (before) warnings.push(`${shown(owner)} leads to ${before.resource} today`);
  draft.put("assignment", owner, { owner, zone: zone.apex, resource: resource.name, createdAt: now });
  draft.require("zone", zone.apex);
}

/** Deletes the records that stand in the way, as a plan where they are of one type. */
function deleteRepair(zone: string, owner: string, conflicts: readonly { readonly type: number }[]): Repair {
  const types = [...new Set(conflicts.map(({ type }) => typeName(type)))];
  const [type = "A"] = types;
  const name = `${shown(owner)}.`;
  const cli = types.map((one) => `fairlead records delete ${shown(zone)} ${name} ${one}`).join(" && ");
  const text = `Delete the ${types.join(" and ")} records of ${shown(owner)}`;
  if (types.length > 1) return { text, cli };
  return { text, cli, command: { action: "delete-rrset", zone: shown(zone), name, type } };
}

/** Takes an assignment away. */
function planUnassign(context: PlanContext, text: string): CommandOutline {
  const { draft, state } = context;
  const owner = readHost(text);
  const before = state.value("assignment", owner);
  if (!before)
    throw new PlatformError(
      "resource-not-found",
      `Cannot unassign "${shown(owner)}": it is assigned to nothing`,
    );
  draft.remove("assignment", owner);
  releaseCertificates(context, shown(owner));
  return {
    title: `Unassign ${shown(owner)} from ${before.resource}`,
    operationType: "UnassignDomain",
    resourceName: shown(owner),
    resourceType: "Assignment",
    counterparts: [
      {
        resourceName: before.resource,
        resourceType: findResource(state, before.resource)?.type ?? "Instance",
      },
    ],
  };
}
