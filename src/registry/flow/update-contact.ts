// EPP <contact:update> (RFC 5733 section 3.2.4), and <contact:delete> (section 3.2.2).
//
// @error 2003 something is missing · 2005 something is not in its form · 2201 another registrar's · 2303 no such contact · 2305 a domain
// names it · 2306 no country

import { checkContactDetails } from "../contact-details.ts";
import type { ContactDetails, ContactObject, RegistryView } from "../objects.ts";
import { EppCode, type Outcome, refuse, type Refusal, succeed } from "../outcome.ts";

/** Gives a contact other details. */
export function updateContact(
  view: RegistryView,
  request: {
    readonly id: string;
    readonly details: ContactDetails;
    readonly client: string;
    readonly now: number;
  },
): Outcome<ContactObject> {
  const held = findContact(view, request.id, request.client);
  if ("code" in held) return held;
  const refusal = checkContactDetails(request.details);
  if (refusal) return refusal;
  const { id, roid, sponsoringClient, crDate } = held;
  const updated = { id, roid, sponsoringClient, crDate, ...request.details, upDate: request.now };
  return succeed(updated, [{ table: "contact", name: id, value: updated }]);
}

/** Removes a contact that no domain names. */
export function deleteContact(view: RegistryView, id: string, client: string): Outcome<ContactObject> {
  const held = findContact(view, id, client);
  if ("code" in held) return held;
  for (const user of view.domainsOfContact(id))
    return refuse(EppCode.associationProhibits, `"${user.slice(0, -1)}" names it`);
  return succeed(held, [{ table: "contact", name: id, value: undefined }]);
}

function findContact(view: RegistryView, id: string, client: string): ContactObject | Refusal {
  const held = view.contact(id);
  if (!held) return refuse(EppCode.objectDoesNotExist, "there is no such contact");
  if (held.sponsoringClient !== client)
    return refuse(EppCode.authorizationError, "another registrar sponsors it");
  return held;
}
