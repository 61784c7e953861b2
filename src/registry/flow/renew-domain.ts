// EPP <domain:renew> (RFC 5731 section 3.2.3), and the taking back of one within its grace period (RFC 3915 section 3.1, renewPeriod).
//
// @error 2004 years out of the TLD's range · 2105 it would reach more than ten years ahead, or the grace period is over · 2201 sponsored
// by another registrar · 2303 not registered · 2304 a status forbids it · 2306 it expires on another day than the command says

import { domainStatuses, renewPeriodMs } from "../life.ts";
import type { DomainObject, RegistryView } from "../objects.ts";
import { EppCode, type Outcome, refuse, succeed } from "../outcome.ts";
import { addYears, formatDay } from "../period.ts";
import { findTld } from "../registration-name.ts";
import { findSponsored } from "./sponsored.ts";

/** How far ahead a registration may reach, in years: as for generic TLDs. */
export const maxYearsAhead = 10;

/** What a domain is renewed with. `client` is the registrar. */
export interface RenewDomainRequest {
  readonly name: string;
  /** The day on which it expires today, `2027-11-23`: a command that comes twice renews once. */
  readonly currentExpiryDay: string;
  readonly years: number;
  readonly client: string;
  /** Wall time in milliseconds. */
  readonly now: number;
}

/** Extends a registration. */
export function renewDomain(view: RegistryView, request: RenewDomainRequest): Outcome<DomainObject> {
  const { currentExpiryDay, years, now } = request;
  const domain = findSponsored(view, request.name, request.client, now);
  if ("code" in domain) return domain;
  const prohibition = domainStatuses(domain, now).find(
    (status) => status.endsWith("RenewProhibited") || status === "pendingDelete",
  );
  if (prohibition) return refuse(EppCode.statusProhibits, `its status is ${prohibition}`);
  const { minYears = 1, maxYears = maxYearsAhead } = findTld(view, domain.name) ?? {};
  if (!Number.isInteger(years) || years < minYears || years > maxYears)
    return refuse(EppCode.parameterRange, `renewals are for ${minYears} to ${maxYears} years`);
  // RFC 5731 section 3.2.3: the current expiry date keeps a repeated command from renewing twice.
  if (currentExpiryDay !== formatDay(domain.exDate)) {
    return refuse(
      EppCode.parameterPolicy,
      `it expires on ${formatDay(domain.exDate)}, not on ${currentExpiryDay}`,
    );
  }
  const exDate = addYears(domain.exDate, years);
  if (exDate > addYears(now, maxYearsAhead)) {
    return refuse(
      EppCode.notEligibleForRenewal,
      `until ${formatDay(exDate)} is more than ${maxYearsAhead} years ahead`,
    );
  }
  const renewed: DomainObject = { ...domain, exDate, renewedAt: now, upDate: now };
  return succeed(renewed, [{ table: "domain", name: domain.name, value: renewed }]);
}

/** Takes the last renewal back, within its grace period: the domain expires when it did before. */
export function cancelRenewal(
  view: RegistryView,
  request: { readonly name: string; readonly exDate: number; readonly client: string; readonly now: number },
): Outcome<DomainObject> {
  const { exDate, now } = request;
  const domain = findSponsored(view, request.name, request.client, now);
  if ("code" in domain) return domain;
  const prohibition = domainStatuses(domain, now).find((status) => status === "pendingDelete");
  if (prohibition) return refuse(EppCode.statusProhibits, `its status is ${prohibition}`);
  const { renewedAt, ...others } = domain;
  if (renewedAt === undefined || now >= renewedAt + renewPeriodMs)
    return refuse(EppCode.notEligibleForRenewal, "a renewal can be taken back within five days");
  const restored: DomainObject = { ...others, exDate, upDate: now };
  return succeed(restored, [{ table: "domain", name: domain.name, value: restored }]);
}
