// Contacts of a registration: contact objects in the registry, made from what a command gives by role. Roles with the same details
// share one; another domain never shares it, so that what one domain's command changes is that domain's alone.

import { PlatformError, type ContactInput, type ContactsInput, type PrivacyInput } from "#contract";
import {
  contactRoles,
  createContact,
  deleteContact,
  EppCode,
  type ContactDetails,
  type DomainContact,
  type DomainObject,
} from "#registry";
import type { PlanContext } from "./plan-context.ts";
import { platformClient, registryView, takeOutcome } from "./registry-view.ts";

type Contacts = DomainObject["contacts"];

/**
 * Makes the contacts that a command gives, and tells which the domain has then.
 *
 * @param held  the contacts so far
 * Throws `contact-malformed` where the registry refuses one, `input-malformed` for the privacy of a role without contact.
 */
export function draftContacts(
  context: PlanContext,
  action: string,
  held: Contacts,
  given: ContactsInput = {},
  privacy: PrivacyInput = {},
): Contacts {
  const contacts: Partial<Record<(typeof contactRoles)[number], DomainContact>> = {};
  const known = new Map<string, string>();
  for (const { contact } of Object.values(held)) {
    const object = context.state.value("contact", contact);
    if (object) known.set(fingerprint(object), contact);
  }
  for (const role of contactRoles) {
    const input = given[role];
    const before = held[role];
    if (input === null || (input === undefined && !before)) {
      if (privacy[role] !== undefined)
        throw new PlatformError(
          "input-malformed",
          `${action}: it has no ${role} contact to be private or not`,
        );
      continue;
    }
    const isPrivate = privacy[role] ?? before?.isPrivate ?? true;
    const contact =
      input === undefined
        ? (before?.contact ?? "")
        : findOrMake(context, `${action}: its ${role} contact`, readContact(input), known);
    contacts[role] = { contact, isPrivate };
  }
  return contacts;
}

function findOrMake(
  context: PlanContext,
  action: string,
  details: ContactDetails,
  known: Map<string, string>,
): string {
  const mark = fingerprint(details);
  const same = known.get(mark);
  if (same !== undefined) return same;
  const { draft, state, config, identities, now } = context;
  const id = `C${identities.hex(12).toUpperCase()}`;
  const roid = `${id}-FAIRLEAD`;
  const view = registryView(state, config.profile);
  const outcome = createContact(view, { id, details, client: platformClient, roid, now });
  if (outcome.code !== EppCode.success)
    throw new PlatformError(
      "contact-malformed",
      `${action} is not complete or not in its form: ${outcome.reason}`,
    );
  takeOutcome(draft, outcome, action);
  known.set(mark, id);
  return id;
}

/** Removes contact objects that were a domain's and that no domain names any more. */
export function dropContacts({ draft, state, config }: PlanContext, before: Contacts | undefined): void {
  for (const id of new Set(Object.values(before ?? {}).map(({ contact }) => contact))) {
    const outcome = deleteContact(registryView(state, config.profile), id, platformClient);
    if (outcome.code === EppCode.success) takeOutcome(draft, outcome, "");
  }
}

function readContact(input: ContactInput): ContactDetails {
  const { name, organization, street, city, state, postalCode, countryCode, phone, fax, email } = input;
  const { familyName, contactType } = input;
  return {
    postalInfo: {
      name,
      ...(organization !== undefined && { organization }),
      street,
      city,
      ...(state !== undefined && { stateOrProvince: state }),
      ...(postalCode !== undefined && { postalCode }),
      countryCode,
    },
    ...(familyName !== undefined && { familyName }),
    ...(contactType !== undefined && { contactType }),
    voice: phone,
    ...(fax !== undefined && { fax }),
    email,
  };
}

/** A contact as the API shows it, without its id. */
export function viewContact(details: ContactDetails): ContactInput {
  const { postalInfo, familyName, contactType, voice, fax, email } = details;
  const { name, organization, street, city, stateOrProvince, postalCode, countryCode } = postalInfo;
  return {
    name,
    ...(familyName !== undefined && { familyName }),
    ...(contactType !== undefined && { contactType }),
    ...(organization !== undefined && { organization }),
    street: [...street],
    city,
    ...(stateOrProvince !== undefined && { state: stateOrProvince }),
    ...(postalCode !== undefined && { postalCode }),
    countryCode,
    phone: voice,
    ...(fax !== undefined && { fax }),
    email,
  };
}

function fingerprint(details: ContactDetails): string {
  return JSON.stringify(viewContact(details));
}
