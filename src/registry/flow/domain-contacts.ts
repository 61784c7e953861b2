// The rule that create and update of a domain share: its contacts are contact objects of the same registrar (RFC 5731 section 2.2).

import { contactRoles, type DomainObject, type RegistryView } from "../objects.ts";
import { EppCode, refuse, type Refusal } from "../outcome.ts";

/** Refuses contacts with 2303 where one is unknown, 2201 where it is another registrar's; undefined where all is well. */
export function checkContacts(
  view: RegistryView,
  contacts: DomainObject["contacts"],
  client: string,
): Refusal | undefined {
  for (const role of contactRoles) {
    const named = contacts[role];
    if (!named) continue;
    const contact = view.contact(named.contact);
    if (!contact)
      return refuse(EppCode.objectDoesNotExist, `its ${role} contact "${named.contact}" is unknown`);
    if (contact.sponsoringClient !== client)
      return refuse(
        EppCode.authorizationError,
        `another registrar sponsors its ${role} contact "${named.contact}"`,
      );
  }
  return undefined;
}
