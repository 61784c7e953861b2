// renew-domain and set-domain; and what happens to a registration by itself: renewed ahead of its expiry, taken out of its TLD's zone
// when its grace period is over, ended when its life cycle is (src/registry/life.ts).

import { PlatformError, type Command } from "#contract";
import {
  addYears,
  advanceDomain,
  formatDay,
  lifeOf,
  renewAheadMs,
  renewDomain,
  renewsItself,
  restoreDomain,
  updateDomain,
  type AuthInfo,
  type ClientStatus,
  type UpdateDomainRequest,
} from "#registry";
import { readName, shown } from "./names.ts";
import { draftContacts, dropContacts } from "./plan-contacts.ts";
import { endZone } from "./plan-domain.ts";
import type { CommandOutline, PlanContext, Plans } from "./plan-context.ts";
import { platformClient, registryView, takeOutcome } from "./registry-view.ts";

/** How each command of this area is planned. */
export const registrationPlans: Plans<"renew-domain" | "set-domain"> = {
  "renew-domain": planRenew,
  "set-domain": planSetDomain,
};

/** What all changes of a registration say of themselves. */
export function registrationOutline(name: string, title: string, operationType: string): CommandOutline {
  return { title, operationType, resourceName: shown(name), resourceType: "RegisteredDomain" };
}

const years = (count: number): string => `${count} ${count === 1 ? "year" : "years"}`;

/** Renews a domain; one in its redemption period is restored first, which comes with one year. */
function planRenew(
  context: PlanContext,
  command: Extract<Command, { action: "renew-domain" }>,
): CommandOutline {
  const { draft, state, config, now, warnings } = context;
  const name = readName(command.name);
  const action = `Cannot renew "${shown(name)}"`;
  const held = state.value("domain", name);
  const count = command.years ?? 1;
  const isRestored = held !== undefined && lifeOf(held, now).phase === "redemptionPeriod";
  const currentExpiryDay = command.currentExpiry ?? formatDay(held?.exDate ?? 0);
  if (isRestored) {
    if (currentExpiryDay !== formatDay(held.exDate)) {
      throw new PlatformError(
        "registry-policy",
        `${action}: it expired on ${formatDay(held.exDate)}, not on ${currentExpiryDay}`,
      );
    }
    const view = registryView(state, config.profile);
    takeOutcome(draft, restoreDomain(view, name, platformClient, now), action);
    warnings.push("it is restored from its redemption period, which comes with the first year");
  }
  if (!isRestored || count > 1) {
    const outcome = renewDomain(registryView(state, config.profile), {
      name,
      currentExpiryDay: isRestored ? formatDay(state.value("domain", name)?.exDate ?? 0) : currentExpiryDay,
      years: isRestored ? count - 1 : count,
      client: platformClient,
      now,
    });
    takeOutcome(draft, outcome, action);
  }
  const title = `${isRestored ? "Restore" : "Renew"} ${shown(name)} for ${years(count)}`;
  return registrationOutline(name, title, isRestored ? "RestoreDomain" : "RenewDomain");
}

/** Changes auto-renew, statuses, contacts and their privacy. */
function planSetDomain(
  context: PlanContext,
  command: Extract<Command, { action: "set-domain" }>,
): CommandOutline {
  const { draft, state, config, now, warnings } = context;
  const name = readName(command.name);
  const action = `Cannot change domain "${shown(name)}"`;
  const { autoRenew, lock, addStatuses = [], removeStatuses = [], contacts, privacy } = command;
  const isAboutContacts = contacts !== undefined || privacy !== undefined;
  const add: ClientStatus[] = [...addStatuses, ...(lock === true ? [lockStatus] : [])];
  const remove: ClientStatus[] = [...removeStatuses, ...(lock === false ? [lockStatus] : [])];
  const both = add.find((status) => remove.includes(status));
  if (both !== undefined)
    throw new PlatformError("input-malformed", `${action}: ${both} is to be both added and removed`);
  if (autoRenew === undefined && !isAboutContacts && add.length + remove.length === 0)
    throw new PlatformError("input-malformed", `${action}: expected something to change`);
  const held = state.value("domain", name);
  const before = held?.contacts ?? {};
  const request: UpdateDomainRequest = {
    name,
    client: platformClient,
    now,
    ...(autoRenew !== undefined && { autoRenew }),
    ...(add.length > 0 && { addStatuses: add }),
    ...(remove.length > 0 && { removeStatuses: remove }),
    ...(isAboutContacts && held && { contacts: draftContacts(context, action, before, contacts, privacy) }),
  };
  const after = takeOutcome(draft, updateDomain(registryView(state, config.profile), request), action);
  if (isAboutContacts) dropContacts(context, before);
  if (autoRenew === false)
    warnings.push(`${shown(name)} expires on ${formatDay(after.exDate)} unless it is renewed`);
  if (autoRenew === true && !renewsItself(after))
    warnings.push("it does not renew itself while a status forbids renewals");
  if (add.includes("clientHold")) warnings.push(`${shown(name)} no longer resolves while it is on hold`);
  return registrationOutline(name, titleOf(command, shown(name)), operationTypeOf(command));
}

/** What the change is called where it is of one thing alone: Route 53's name for it. */
function operationTypeOf(command: Extract<Command, { action: "set-domain" }>): string {
  const { action: _action, name: _name, ...given } = command;
  const [only, ...others] = Object.entries(given).filter(([, value]) => value !== undefined);
  if (only === undefined || others.length > 0) return "UpdateDomain";
  switch (only[0] as keyof typeof given) {
    case "autoRenew":
      return command.autoRenew === true ? "EnableDomainAutoRenew" : "DisableDomainAutoRenew";
    case "lock":
      return command.lock === true ? "EnableDomainTransferLock" : "DisableDomainTransferLock";
    case "contacts":
      return "UpdateDomainContact";
    case "privacy":
      return "UpdateDomainContactPrivacy";
    case "addStatuses":
    case "removeStatuses":
      return "UpdateDomain";
  }
}

/** The status that is called a lock. Route 53: EnableDomainTransferLock */
export const lockStatus: ClientStatus = "clientTransferProhibited";

function titleOf(command: Extract<Command, { action: "set-domain" }>, name: string): string {
  const { autoRenew, lock, addStatuses = [], removeStatuses = [], contacts, privacy } = command;
  const parts = [
    ...(autoRenew === undefined ? [] : [`auto-renew ${autoRenew ? "on" : "off"}`]),
    ...(lock === undefined ? [] : [`lock ${lock ? "on" : "off"}`]),
    ...addStatuses.map((status) => `${status} on`),
    ...removeStatuses.map((status) => `${status} off`),
    ...(contacts || privacy ? ["contacts"] : []),
  ];
  return `Change ${name}: ${parts.join(", ")}`;
}

/** Gives a domain new authorization information. */
export function planAuthCode(
  { draft, state, config, now }: PlanContext,
  name: string,
  authInfo: AuthInfo,
): CommandOutline {
  const request = { name, client: platformClient, now, authInfo };
  const action = `Cannot give "${shown(name)}" an authorization code`;
  takeOutcome(draft, updateDomain(registryView(state, config.profile), request), action);
  return registrationOutline(name, `New authorization code for ${shown(name)}`, "UpdateDomain");
}

/** What happens to a registration by itself. Nothing is drafted where nothing is due. */
export function planLife(context: PlanContext, name: string): CommandOutline {
  const { draft, state, config, now } = context;
  const domain = state.value("domain", name);
  const action = `Cannot carry on "${shown(name)}"`;
  if (!domain) return registrationOutline(name, `Carry on ${shown(name)}`, "UpdateDomain");
  const view = registryView(state, config.profile);
  if (renewsItself(domain)) {
    const count = yearsDue(domain.exDate, now);
    if (count > 0) {
      const currentExpiryDay = formatDay(domain.exDate);
      const request = { name, currentExpiryDay, years: count, client: platformClient, now };
      takeOutcome(draft, renewDomain(view, request), action);
    }
    return registrationOutline(
      name,
      `Renew ${shown(name)} for ${years(count)}: auto-renew is on`,
      "RenewDomain",
    );
  }
  const outcome = advanceDomain(view, name, now);
  if (outcome.code !== 1000) return registrationOutline(name, `Carry on ${shown(name)}`, "UpdateDomain");
  const { act } = takeOutcome(draft, outcome, action);
  if (act === "hold") {
    const title = `Take ${shown(name)} out of the zone: it expired on ${formatDay(domain.exDate)}`;
    return registrationOutline(name, title, "ExpireDomain");
  }
  endZone(context, name);
  dropContacts(context, domain.contacts);
  return registrationOutline(name, `Release ${shown(name)}: its life cycle has ended`, "DeleteDomain");
}

/** For how many years a registration is to be renewed so that nothing is due: 0 to 10, since a command renews for no more. */
function yearsDue(exDate: number, now: number): number {
  let count = 0;
  while (count < 10 && addYears(exDate, count) - renewAheadMs <= now) count++;
  return count;
}
