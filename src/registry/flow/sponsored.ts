// The rule that all changes of a domain share: it is registered, and the registrar that asks sponsors it (RFC 5731 section 3.2).

import { standing } from "../life.ts";
import type { DomainObject, RegistryView } from "../objects.ts";
import { EppCode, refuse, type Refusal } from "../outcome.ts";

/** The domain that a registrar may change, or why it may not: 2303 not registered, 2201 another registrar's. */
export function findSponsored(
  view: RegistryView,
  name: string,
  client: string,
  now: number,
): DomainObject | Refusal {
  const domain = standing(view.domain(name), now);
  if (!domain) return refuse(EppCode.objectDoesNotExist, "it is not registered");
  if (domain.sponsoringClient !== client)
    return refuse(EppCode.authorizationError, "another registrar sponsors it");
  return domain;
}
