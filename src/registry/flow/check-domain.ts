// EPP <domain:check> (RFC 5731 section 3.1.1): can this name be registered, and if not, why? In Route 53's words, which tell more than
// yes and no.

import { lifeOf, pendingDeletePeriodMs, redemptionPeriodMs } from "../life.ts";
import type { DomainObject, RegistryView } from "../objects.ts";
import { EppCode, type Outcome, type Refusal, succeed } from "../outcome.ts";
import { formatDay } from "../period.ts";
import { checkRegistrationName } from "../registration-name.ts";

/** Route 53's `DomainAvailability`, as far as this registry gives it. `DONT_KNOW` is for names under TLDs of others. */
export type Availability = "AVAILABLE" | "UNAVAILABLE" | "RESERVED" | "INVALID_NAME_FOR_TLD" | "DONT_KNOW";

/** Whether a name can be registered. */
export interface CheckDomainAnswer {
  readonly name: string;
  readonly isAvailable: boolean;
  readonly availability: Availability;
  /** Why not. */
  readonly reason?: string;
  /** Since when it is taken, and when it will be free where that is certain: milliseconds since 1970. */
  readonly takenSince?: number;
  readonly freeFrom?: number;
}

/** Tells whether a name can be registered at a moment; always 1000. */
export function checkDomain(view: RegistryView, text: string, now: number): Outcome<CheckDomainAnswer> {
  const allowed = checkRegistrationName(view, text);
  if ("code" in allowed)
    return succeed({
      name: text,
      isAvailable: false,
      availability: availabilityOf(allowed),
      reason: allowed.reason,
    });
  const { name } = allowed;
  const domain = view.domain(name);
  const taken = domain ? describeTaken(domain, now) : undefined;
  if (taken) return succeed({ name, isAvailable: false, availability: "UNAVAILABLE", ...taken });
  return succeed({ name, isAvailable: true, availability: "AVAILABLE" });
}

function availabilityOf({ code, cause }: Refusal): Availability {
  if (cause === "reserved") return "RESERVED";
  if (cause === "tld") return "DONT_KNOW";
  return code === EppCode.parameterSyntax || code === EppCode.parameterPolicy
    ? "INVALID_NAME_FOR_TLD"
    : "UNAVAILABLE";
}

/** Undefined where its time is over. */
function describeTaken(
  domain: DomainObject,
  now: number,
): Pick<CheckDomainAnswer, "reason" | "takenSince" | "freeFrom"> | undefined {
  const { crDate, sponsoringClient } = domain;
  const { phase, until } = lifeOf(domain, now);
  const since = { takenSince: crDate };
  switch (phase) {
    case "released":
      return undefined;
    case "registered":
      return {
        ...since,
        reason: `it is registered already, since ${formatDay(crDate)} through ${sponsoringClient}`,
      };
    case "autoRenewPeriod": {
      const freeFrom = until + redemptionPeriodMs + pendingDeletePeriodMs;
      const reason = `it expired, and is free on ${formatDay(freeFrom)} unless its holder renews it`;
      return { ...since, freeFrom, reason };
    }
    case "redemptionPeriod": {
      const freeFrom = until + pendingDeletePeriodMs;
      const reason = `it expired, and is free on ${formatDay(freeFrom)} unless its holder restores it`;
      return { ...since, freeFrom, reason };
    }
    case "pendingDelete":
      return { ...since, freeFrom: until, reason: `it expired, and is free on ${formatDay(until)}` };
  }
}
