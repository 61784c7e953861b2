// EPP <domain:create> (RFC 5731 section 3.2.1).
//
// @error 2004 years out of the TLD's range · 2005 no host name · 2302 registered already · 2303 a name server is no host object ·
// 2306 not one of our TLDs, not directly below one, reserved, or more than 13 name servers

import type { DomainObject, RegistryView } from "../objects.ts";
import { EppCode, type Outcome, refuse, succeed } from "../outcome.ts";
import { addYears } from "../period.ts";
import { checkRegistrationName } from "../registration-name.ts";
import { checkNameServers } from "./name-servers.ts";

/** What a registration is made with. `client` is the registrar; name servers are absolute names. */
export interface CreateDomainRequest {
  readonly name: string;
  readonly years: number;
  readonly nameServers: readonly string[];
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
  if (view.domain(name)) return refuse(EppCode.objectExists, "it is registered already");
  if (!Number.isInteger(request.years) || request.years < tld.minYears || request.years > tld.maxYears) {
    return refuse(EppCode.parameterRange, `registrations are for ${tld.minYears} to ${tld.maxYears} years`);
  }
  const refusal = checkNameServers(view, request.nameServers);
  if (refusal) return refusal;
  const domain: DomainObject = {
    name,
    roid: request.roid,
    sponsoringClient: request.client,
    crDate: request.now,
    exDate: addYears(request.now, request.years),
    statuses: [],
    nameServers: [...request.nameServers],
    dsData: [],
  };
  return succeed(domain, [{ table: "domain", name, value: domain }]);
}
