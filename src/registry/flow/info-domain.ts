// EPP <domain:info> (RFC 5731 section 3.1.2).
//
// @error 2303 not registered

import {
  domainStatuses,
  type DomainObject,
  type DomainStatus,
  type HostObject,
  type RegistryView,
} from "../objects.ts";
import { EppCode, type Outcome, refuse, succeed } from "../outcome.ts";

/** What the registry holds of a domain. */
export interface InfoDomainAnswer {
  readonly domain: DomainObject;
  /** `ok` and `inactive` included. */
  readonly statuses: readonly DomainStatus[];
  readonly subordinateHosts: readonly HostObject[];
}

/** Tells what the registry holds of a domain. */
export function infoDomain(view: RegistryView, name: string): Outcome<InfoDomainAnswer> {
  const domain = view.domain(name);
  if (!domain) return refuse(EppCode.objectDoesNotExist, "it is not registered");
  return succeed({ domain, statuses: domainStatuses(domain), subordinateHosts: view.subordinateHosts(name) });
}
