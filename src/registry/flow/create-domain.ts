// EPP <domain:create> (RFC 5731 section 3.2.1).
//
// @error 2004 years out of the TLD's range · 2005 no host name · 2201 a contact of another registrar · 2302 registered already · 2303 a
// name server is no host object, or a contact unknown · 2306 not one of our TLDs, not directly below one, reserved, or more than 13 name servers

import { standing } from "../life.ts";
import type { DomainObject, RegistryView } from "../objects.ts";
import { EppCode, type Outcome, refuse, succeed } from "../outcome.ts";
import { addYears } from "../period.ts";
import { checkRegistrationName } from "../registration-name.ts";
import { checkContacts } from "./domain-contacts.ts";
import { checkNameServers } from "./name-servers.ts";

/** What a registration is made with. `client` is the registrar; name servers are absolute names. */
export interface CreateDomainRequest {
  readonly name: string;
  readonly years: number;
  readonly nameServers: readonly string[];
  /** None where absent. */
  readonly contacts?: DomainObject["contacts"];
  /** True where absent. */
  readonly autoRenew?: boolean;
  /** A registration can begin with its lock on. */
  readonly isLocked?: boolean;
  readonly client: string;
  readonly roid: string;
  /** Wall time in milliseconds. */
  readonly now: number;
}

/** Registers a domain. */
export function createDomain(view: RegistryView, request: CreateDomainRequest): Outcome<DomainObject> {
  const allowed = checkRegistrationName(view, request.name);
  if ("code" in allowed) return allowed;
  const { name, tld } = allowed;
  if (standing(view.domain(name), request.now))
    return refuse(EppCode.objectExists, "it is registered already");
  if (!Number.isInteger(request.years) || request.years < tld.minYears || request.years > tld.maxYears) {
    return refuse(EppCode.parameterRange, `registrations are for ${tld.minYears} to ${tld.maxYears} years`);
  }
  const { contacts = {}, autoRenew = true, isLocked = false } = request;
  const refusal =
    checkNameServers(view, request.nameServers) ?? checkContacts(view, contacts, request.client);
  if (refusal) return refusal;
  const domain: DomainObject = {
    name,
    roid: request.roid,
    sponsoringClient: request.client,
    crDate: request.now,
    exDate: addYears(request.now, request.years),
    autoRenew,
    statuses: isLocked ? ["clientTransferProhibited"] : [],
    contacts,
    nameServers: [...request.nameServers],
    dsData: [],
  };
  return succeed(domain, [{ table: "domain", name, value: domain }]);
}
