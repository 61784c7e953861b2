// Takes back what a change did to a registration, through the registry's flows: what the registry holds is its own.
//
// A registration that is gone is made anew. A renewal goes back within the registry's five days; a restore does not.

import { PlatformError } from "#contract";
import {
  cancelRenewal,
  clientStatuses,
  createDomain,
  deleteDomain,
  updateDomain,
  type DomainObject,
  type UpdateDomainRequest,
} from "#registry";
import { shown } from "./names.ts";
import { lockStatus } from "./plan-registration.ts";
import type { PlanContext } from "./plan-context.ts";
import { platformClient, registryView, takeOutcome } from "./registry-view.ts";

/** A registration as a change kept it: an old one lacks what was added to registrations since. */
type KeptDomain = Omit<DomainObject, "autoRenew" | "contacts"> &
  Partial<Pick<DomainObject, "autoRenew" | "contacts">>;

/**
 * Puts a registration back to what it was.
 *
 * @param before  what it was; absent where there was none
 * @param action  for refusals: `Cannot undo change 7 (Register shop.test)`
 */
export function undoDomain(
  context: PlanContext,
  name: string,
  before: KeptDomain | undefined,
  action: string,
): void {
  const { draft, state, config, now, warnings } = context;
  const client = platformClient;
  const held = state.value("domain", name);
  if (before === undefined) {
    takeOutcome(draft, deleteDomain(registryView(state, config.profile), name, client, now), action);
    warnings.push(`${shown(name)} can be registered by anybody afterwards`);
    return;
  }
  if (!held) {
    registerAnew(context, before, action);
    return;
  }
  if (before.statuses.includes("pendingDelete") && !held.statuses.includes("pendingDelete"))
    throw new PlatformError(
      "undo-refused",
      `${action}: ${shown(name)} was restored, which cannot be taken back`,
    );
  if (before.exDate !== held.exDate) {
    const request = { name, exDate: before.exDate, client, now };
    takeOutcome(draft, cancelRenewal(registryView(state, config.profile), request), action);
  }
  const { autoRenew = true, contacts = {}, nameServers, statuses, dsData } = before;
  const addStatuses = statuses.filter((status) => !held.statuses.includes(status));
  const removeStatuses = held.statuses.filter((status) => !statuses.includes(status));
  const request: UpdateDomainRequest = {
    name,
    client,
    now,
    ...(nameServers.join() !== held.nameServers.join() && { nameServers }),
    ...(autoRenew !== held.autoRenew && { autoRenew }),
    ...(JSON.stringify(dsData) !== JSON.stringify(held.dsData) && { dsData }),
    ...(JSON.stringify(contacts) !== JSON.stringify(held.contacts) && { contacts }),
    ...(addStatuses.length > 0 && { addStatuses }),
    ...(removeStatuses.length > 0 && { removeStatuses }),
  };
  if (Object.keys(request).length > 3)
    takeOutcome(draft, updateDomain(registryView(state, config.profile), request), action);
}

function registerAnew(context: PlanContext, before: KeptDomain, action: string): void {
  const { draft, state, config, identities, now, warnings } = context;
  const { name, nameServers, statuses, autoRenew = true, contacts = {} } = before;
  const created = createDomain(registryView(state, config.profile), {
    name,
    years: 1,
    nameServers,
    contacts,
    autoRenew,
    isLocked: statuses.includes(lockStatus),
    client: platformClient,
    roid: `D${identities.hex(12).toUpperCase()}-FAIRLEAD`,
    now,
  });
  takeOutcome(draft, created, action);
  const addStatuses = clientStatuses.filter((status) => status !== lockStatus && statuses.includes(status));
  if (addStatuses.length > 0) {
    const request = { name, client: platformClient, now, addStatuses };
    takeOutcome(draft, updateDomain(registryView(state, config.profile), request), action);
  }
  warnings.push(`${shown(name)} is registered anew: for one year from today, with another ROID`);
}
