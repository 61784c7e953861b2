// What tests of Route 53 Domains share: a contact, a registration that is over, and a refusal.

import type { Route53DomainsShapes } from "#contract";
import { route53DomainsModel } from "#contract/aws";
import type { AwsTestApi, AwsRefusal } from "./testing.ts";

type Contact = Route53DomainsShapes["ContactDetail"];

/** A contact with all of its members. */
export const contact: Contact = {
  FirstName: "Ada",
  LastName: "King Lovelace",
  ContactType: "PERSON",
  OrganizationName: "Analytical Engines",
  AddressLine1: "12 St James's Square",
  AddressLine2: "Second floor",
  City: "London",
  State: "Greater London",
  CountryCode: "GB",
  ZipCode: "SW1Y 4JH",
  PhoneNumber: "+44.2079460000",
  Email: "ada@example.org",
  Fax: "+44.2079460001",
};

/** The contacts that a registration must have. */
export const contacts: Readonly<Record<"AdminContact" | "RegistrantContact" | "TechContact", Contact>> = {
  AdminContact: contact,
  RegistrantContact: contact,
  TechContact: contact,
};

/** Registers a domain, and lets happen what follows. @returns the operation's id */
export async function registerDomain(
  aws: AwsTestApi,
  DomainName = "shop.test",
  more: object = {},
): Promise<string> {
  const input = { DomainName, DurationInYears: 1, ...contacts, ...more };
  const { OperationId } = await aws.callDomains("RegisterDomain", input);
  await aws.api.pass(5000);
  return OperationId ?? "";
}

/** Calls an operation that is to be refused. */
export function refusedDomains(aws: AwsTestApi, name: string, input: unknown): Promise<AwsRefusal> {
  return aws.refused(name, input, { ...aws.key, service: "route53domains" }, route53DomainsModel);
}
