// From a registration's facts to what the API shows of it, at a moment: life cycle, statuses in sentences, contacts.

import type { Domain } from "#contract";
import {
  contactRoles,
  explainStatuses,
  lifeOf,
  renewAheadMs,
  renewsItself,
  type DomainObject,
} from "#registry";
import { viewSigner } from "./delegation-signer.ts";
import { toUnicode } from "./idna.ts";
import { shown } from "./names.ts";
import { viewContact } from "./plan-contacts.ts";
import { lockStatus } from "./plan-registration.ts";
import type { State } from "./state.ts";

type RegistrationView = Pick<
  Domain,
  | "unicodeName"
  | "autoRenew"
  | "renewsAt"
  | "isLocked"
  | "phase"
  | "states"
  | "contacts"
  | "delegationSigners"
>;

/** What a registration shows beside names, dates and servers. */
export function viewRegistration(state: State, domain: DomainObject, now: number): RegistrationView {
  const { phase } = lifeOf(domain, now);
  const unicodeName = toUnicode(shown(domain.name));
  return {
    ...(unicodeName !== undefined && { unicodeName }),
    autoRenew: domain.autoRenew,
    ...(renewsItself(domain) && { renewsAt: iso(domain.exDate - renewAheadMs) }),
    isLocked: domain.statuses.includes(lockStatus),
    // One that is released is gone with the next act of the registry, which is due.
    phase: phase === "released" ? "pendingDelete" : phase,
    states: explainStatuses(domain, now).map(({ code, text, until }) => ({
      code,
      text,
      ...(until !== undefined && { until: iso(until) }),
    })),
    delegationSigners: domain.dsData.map(viewSigner),
    contacts: viewContacts(state, domain),
  };
}

function viewContacts(state: State, { contacts }: DomainObject): Domain["contacts"] {
  return Object.fromEntries(
    contactRoles.flatMap((role) => {
      const named = contacts[role];
      const object = named && state.value("contact", named.contact);
      return object ? [[role, { ...viewContact(object), id: object.id, isPrivate: named.isPrivate }]] : [];
    }),
  );
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
