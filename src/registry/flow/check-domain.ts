// EPP <domain:check> (RFC 5731 section 3.1.1): can this name be registered?

import type { RegistryView } from "../objects.ts";
import { type Outcome, succeed } from "../outcome.ts";
import { checkRegistrationName } from "../registration-name.ts";

/** Whether a name can be registered. */
export interface CheckDomainAnswer {
  readonly name: string;
  readonly isAvailable: boolean;
  /** Why not. */
  readonly reason?: string;
}

/** Tells whether a name can be registered; always 1000. */
export function checkDomain(view: RegistryView, name: string): Outcome<CheckDomainAnswer> {
  const allowed = checkRegistrationName(view, name);
  if ("code" in allowed) return succeed({ name, isAvailable: false, reason: allowed.reason });
  if (view.domain(allowed.name))
    return succeed({ name, isAvailable: false, reason: "it is registered already" });
  return succeed({ name, isAvailable: true });
}
