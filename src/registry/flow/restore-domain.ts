// The restore of RFC 3915 section 4.2.5 (<rgp:restore op="request"/>), without a report: a domain in its redemption period goes back
// into the zone, for a year from the day it expired, as ICANN's registries do.
//
// @error 2201 sponsored by another registrar · 2303 not registered · 2304 not in its redemption period

import { lifeOf } from "../life.ts";
import type { DomainObject, RegistryView } from "../objects.ts";
import { EppCode, type Outcome, refuse, succeed } from "../outcome.ts";
import { addYears } from "../period.ts";
import { findSponsored } from "./sponsored.ts";

/** Brings back a domain whose time is over. */
export function restoreDomain(
  view: RegistryView,
  name: string,
  client: string,
  now: number,
): Outcome<DomainObject> {
  const domain = findSponsored(view, name, client, now);
  if ("code" in domain) return domain;
  const { phase } = lifeOf(domain, now);
  if (phase !== "redemptionPeriod") {
    return refuse(
      EppCode.statusProhibits,
      phase === "pendingDelete" ? "it can no longer be restored" : "it is not in its redemption period",
    );
  }
  const restored: DomainObject = {
    ...domain,
    exDate: addYears(domain.exDate, 1),
    statuses: domain.statuses.filter((status) => status !== "pendingDelete"),
    renewedAt: now,
    upDate: now,
  };
  return succeed(restored, [{ table: "domain", name, value: restored }]);
}
