// EPP <contact:create> (RFC 5733 section 3.2.1).
//
// @error 2003 something is missing · 2005 something is not in its form · 2302 the id is taken · 2306 no country

import { checkContactDetails } from "../contact-details.ts";
import type { ContactDetails, ContactObject, RegistryView } from "../objects.ts";
import { EppCode, type Outcome, refuse, succeed } from "../outcome.ts";

/** What a contact object is made with. `client` is the registrar. */
export interface CreateContactRequest {
  readonly id: string;
  readonly details: ContactDetails;
  readonly client: string;
  readonly roid: string;
  /** Wall time in milliseconds. */
  readonly now: number;
}

/** Makes a contact object. */
export function createContact(
  view: Pick<RegistryView, "contact">,
  { id, details, client, roid, now }: CreateContactRequest,
): Outcome<ContactObject> {
  // RFC 5730 section 4 (clIDType): an identifier has 3 to 16 characters.
  if (!/^[A-Za-z0-9-]{3,16}$/.test(id))
    return refuse(EppCode.parameterSyntax, "a contact's id has 3 to 16 letters, digits and hyphens");
  if (view.contact(id)) return refuse(EppCode.objectExists, "there is a contact of that id");
  const refusal = checkContactDetails(details);
  if (refusal) return refusal;
  const contact: ContactObject = { id, roid, sponsoringClient: client, crDate: now, ...details };
  return succeed(contact, [{ table: "contact", name: id, value: contact }]);
}
