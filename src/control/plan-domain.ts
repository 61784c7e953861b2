// register and delete-domain: the registry's entry, the zone, and the delegation in the TLD's zone, as one change.

import { PlatformError, type Command } from "#contract";
import { createDomain, deleteDomain, standing } from "#registry";
import { releaseCertificates } from "./certificates.ts";
import { defaultSet, hostsOf } from "./config.ts";
import { aliasKeyOf, rrsetKeyOf } from "./facts.ts";
import { asciiDomain } from "./idna.ts";
import { readName, shown } from "./names.ts";
import { draftContacts, dropContacts } from "./plan-contacts.ts";
import type { CommandOutline, PlanContext, Plans } from "./plan-context.ts";
import { platformClient, registryView, takeOutcome } from "./registry-view.ts";
import { refuseOwned } from "./resources.ts";

/** How each command of this area is planned. */
export const domainPlans: Plans<"register" | "delete-domain"> = {
  register: planRegister,
  "delete-domain": (context, { name }) => planDeleteDomain(context, name),
};

/** SOA MINIMUM of new zones, seconds: as long as records live by default, so that a new name is seen as soon as a changed one. */
export const zoneNegativeTtl = 60;

/** Registers a name and creates its zone. */
function planRegister(
  context: PlanContext,
  command: Extract<Command, { action: "register" }>,
): CommandOutline {
  const { draft, state, config, identities, now } = context;
  const name = readName(asciiDomain(command.name));
  const action = `Cannot register "${shown(name)}"`;
  const set = defaultSet(config.profile);
  const held = state.value("domain", name);
  if (held && !standing(held, now)) {
    throw new PlatformError(
      "domain-taken",
      `${action}: its last registration ends in this moment, and the name is free after that`,
    );
  }
  const outcome = createDomain(registryView(state, config.profile), {
    name,
    years: command.years ?? 1,
    autoRenew: command.autoRenew ?? true,
    isLocked: command.lock ?? false,
    contacts: draftContacts(context, action, {}, command.contacts, command.privacy),
    nameServers: hostsOf(config.profile, set).map((host) => host.name),
    client: platformClient,
    roid: `D${identities.hex(12).toUpperCase()}-FAIRLEAD`,
    now,
  });
  takeOutcome(draft, outcome, action);
  if (state.get("instance", shown(name))) {
    throw new PlatformError("resource-exists", `${action}: an instance has that name`);
  }
  // A zone that was made ahead of its registration is taken over with its records.
  if (!state.get("zone", name))
    draft.put("zone", name, {
      apex: name,
      nameServerSetId: set,
      negativeTtl: zoneNegativeTtl,
      createdAt: now,
    });
  return {
    title: `Register ${shown(name)}${(command.years ?? 1) > 1 ? ` for ${command.years} years` : ""}`,
    operationType: "RegisterDomain",
    resourceName: shown(name),
    resourceType: "RegisteredDomain",
  };
}

/** Ends a registration: delegation, zone, records and assignments go with it. */
function planDeleteDomain(context: PlanContext, text: string): CommandOutline {
  const { draft, state, config, warnings, now } = context;
  const name = readName(text);
  refuseOwned(name, `delete domain "${shown(name)}"`);
  const domain = takeOutcome(
    draft,
    deleteDomain(registryView(state, config.profile), name, platformClient, now),
    `Cannot delete domain "${shown(name)}"`,
  );
  endZone(context, name);
  dropContacts(context, domain.contacts);
  warnings.push(`${shown(name)} can be registered by anybody afterwards`);
  return {
    title: `Delete domain ${shown(name)}`,
    operationType: "DeleteDomain",
    resourceName: shown(name),
    resourceType: "RegisteredDomain",
  };
}

/** Drafts the end of a zone with all that is in it, and warns of what is gone then. */
export function endZone(context: PlanContext, apex: string): void {
  const { draft, state, warnings } = context;
  const records = state.countRrsets(apex);
  const assignments = state.assignmentsOfZone(apex);
  for (const rrset of state.rrsetsOfZone(apex)) draft.remove("rrset", rrsetKeyOf(rrset));
  for (const { owner } of assignments) draft.remove("assignment", owner);
  for (const alias of state.aliasesOfZone(apex)) draft.remove("alias", aliasKeyOf(alias));
  for (const { owner } of assignments) releaseCertificates(context, shown(owner));
  draft.remove("zone", apex);
  if (records > 0)
    warnings.push(`${records} record ${records === 1 ? "set" : "sets"} of the zone will be gone`);
  for (const { owner, resource } of assignments)
    warnings.push(`${shown(owner)} will no longer lead to ${resource}`);
}
