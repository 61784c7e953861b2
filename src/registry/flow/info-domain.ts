// EPP <domain:info> (RFC 5731 section 3.1.2).
//
// @error 2303 not registered

import { domainStatuses, lifeOf, standing, type DomainLife } from "../life.ts";
import type {
  ContactObject,
  ContactRole,
  DomainObject,
  DomainStatus,
  HostObject,
  RegistryView,
} from "../objects.ts";
import { EppCode, type Outcome, refuse, succeed } from "../outcome.ts";

/** What the registry holds of a domain. */
export interface InfoDomainAnswer {
  readonly domain: DomainObject;
  /** `ok` and `inactive` included. */
  readonly statuses: readonly DomainStatus[];
  readonly life: DomainLife;
  readonly contacts: Readonly<Partial<Record<ContactRole, ContactObject>>>;
  readonly subordinateHosts: readonly HostObject[];
}

/** Tells what the registry holds of a domain at a moment. */
export function infoDomain(view: RegistryView, name: string, now: number): Outcome<InfoDomainAnswer> {
  const domain = standing(view.domain(name), now);
  if (!domain) return refuse(EppCode.objectDoesNotExist, "it is not registered");
  const contacts = Object.fromEntries(
    Object.entries(domain.contacts).flatMap(([role, { contact }]) => {
      const held = view.contact(contact);
      return held ? [[role, held]] : [];
    }),
  ) as InfoDomainAnswer["contacts"];
  return succeed({
    domain,
    statuses: domainStatuses(domain, now),
    life: lifeOf(domain, now),
    contacts,
    subordinateHosts: view.subordinateHosts(name),
  });
}
