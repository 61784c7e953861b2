// Contacts in Route 53's form and in the platform's: a first and a last name in place of one, two lines in place of a street.

import type { ContactInput, Route53DomainsShapes } from "#contract";
import { AwsError } from "./aws-error.ts";

type ContactDetail = Route53DomainsShapes["ContactDetail"];

/**
 * Reads a contact. What is missing is for the registry to say, but for what would have no place here.
 * Throws `InvalidInput`.
 * @param member  what the request calls it: `AdminContact`
 */
export function readContact(member: string, contact: ContactDetail): ContactInput {
  const { FirstName, LastName, AddressLine1, City, CountryCode, PhoneNumber, Email } = contact;
  const { OrganizationName, AddressLine2, State, ZipCode, Fax, ContactType, ExtraParams = [] } = contact;
  const extra = ExtraParams[0]?.Name;
  if (extra !== undefined)
    throw new AwsError(
      "InvalidInput",
      `${member}: no top-level domain of this registry takes the extra parameter ${extra}`,
    );
  const need = (name: string, value: string | undefined): string => {
    if (value === undefined || value.trim() === "")
      throw new AwsError("InvalidInput", `${member}: ${name} is missing`);
    return value.trim();
  };
  const last = need("LastName", LastName);
  return {
    name: `${need("FirstName", FirstName)} ${last}`,
    familyName: last,
    street: [need("AddressLine1", AddressLine1), ...given(AddressLine2)],
    city: need("City", City),
    countryCode: need("CountryCode", CountryCode),
    phone: need("PhoneNumber", PhoneNumber),
    email: need("Email", Email),
    ...(ContactType !== undefined && { contactType: ContactType }),
    ...named("organization", OrganizationName),
    ...named("state", State),
    ...named("postalCode", ZipCode),
    ...named("fax", Fax),
  };
}

/** An empty text stands for nothing: clients send them for what nobody filled in. */
function given(text: string | undefined): string[] {
  return text === undefined || text.trim() === "" ? [] : [text.trim()];
}

function named<Name extends string>(name: Name, text: string | undefined): Partial<Record<Name, string>> {
  const [value] = given(text);
  return value === undefined ? {} : ({ [name]: value } as Record<Name, string>);
}

/** Writes a contact. */
export function writeContact(contact: ContactInput): ContactDetail {
  const { name, familyName, organization, contactType, street, city, state, postalCode, countryCode } =
    contact;
  const [first = "", ...others] = street;
  const [firstName, lastName] = partsOf(name, familyName);
  return {
    FirstName: firstName,
    LastName: lastName,
    ContactType: contactType,
    OrganizationName: organization,
    AddressLine1: first,
    AddressLine2: others.length === 0 ? undefined : others.join(", "),
    City: city,
    State: state,
    // Of ISO 3166-1, as the registry checked it; Route 53's list has some that are no more.
    CountryCode: countryCode as ContactDetail["CountryCode"],
    ZipCode: postalCode,
    PhoneNumber: contact.phone,
    Email: contact.email,
    Fax: contact.fax,
  };
}

/** The two names of a person; the last word is the family's where nobody said. */
function partsOf(name: string, familyName: string | undefined): [string, string | undefined] {
  const last = familyName ?? /\S+$/.exec(name.includes(" ") ? name : "")?.[0];
  return last === undefined ? [name, undefined] : [name.slice(0, -last.length).trimEnd(), last];
}
