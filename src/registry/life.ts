// The life cycle of a registration as a pure function of time: registered, expired but still answered for, taken out of the zone and
// restorable, about to go, free. Nothing has to have run for the phase to be right; what acts on it is flow/advance-domain.ts.
//
// A domain that renews itself never expires: the registrar renews it before its time, and catches up afterwards where it was away.
// Deviates: from RFC 3915, in which a deletion by the registrar opens a redemption period too. Who deletes a domain by hand here is asked
// for a plan first, and has the name free at once.

import { formatDay } from "./period.ts";
import type { DomainObject, DomainStatus } from "./objects.ts";

const dayMs = 86_400_000;

/** After a registration. @see RFC 3915 section 3.1 (addPeriod); five days by ICANN's practice for generic TLDs */
export const addPeriodMs: number = 5 * dayMs;
/** After a renewal: how long it can be taken back. @see RFC 3915 section 3.1 (renewPeriod); five days by ICANN's practice */
export const renewPeriodMs: number = 5 * dayMs;
/** After expiry: the delegation stays, and a renewal costs nothing more. @see RFC 3915 section 3.1 (autoRenewPeriod); ICANN: up to 45 days */
export const autoRenewPeriodMs: number = 45 * dayMs;
/** Then: out of the zone, and still to be restored. @see RFC 3915 section 3.1 (redemptionPeriod); ICANN's RGP consensus policy: 30 days */
export const redemptionPeriodMs: number = 30 * dayMs;
/** Then: nothing can be done any more. @see RFC 3915 section 3.1 (pendingDelete); five days by ICANN's practice */
export const pendingDeletePeriodMs: number = 5 * dayMs;
/** How long before expiry a registrar renews by itself. Route 53: 35 days */
export const renewAheadMs: number = 35 * dayMs;

/** Where a registration stands. `released`: the name is free again, whether or not its object is still there. */
export type LifePhase = "registered" | "autoRenewPeriod" | "redemptionPeriod" | "pendingDelete" | "released";

/** Grace-period statuses. @see RFC 3915 section 3.1 */
export type RgpStatus =
  | "addPeriod"
  | "autoRenewPeriod"
  | "renewPeriod"
  | "redemptionPeriod"
  | "pendingDelete";

/** A registration at one moment. */
export interface DomainLife {
  readonly phase: LifePhase;
  /** When the phase ends: milliseconds since 1970. Infinity for `released`, and for one past its expiry that renews itself. */
  readonly until: number;
  /** Grace periods it is in, each with its end. */
  readonly grace: readonly { readonly status: RgpStatus; readonly until: number }[];
}

/** Tells whether a registration goes on by itself: auto-renew is on, and no status forbids renewals. */
export function renewsItself({ autoRenew, statuses }: Pick<DomainObject, "autoRenew" | "statuses">): boolean {
  return autoRenew && !statuses.some((status) => status.endsWith("RenewProhibited"));
}

/** Where a registration stands at a moment. */
export function lifeOf(domain: DomainObject, now: number): DomainLife {
  const { crDate, renewedAt, exDate } = domain;
  const periods: { status: RgpStatus; from: number | undefined; lasts: number }[] = [
    { status: "addPeriod", from: crDate, lasts: addPeriodMs },
    { status: "renewPeriod", from: renewedAt, lasts: renewPeriodMs },
  ];
  const grace = periods.flatMap(({ status, from, lasts }) =>
    from !== undefined && now < from + lasts ? [{ status, until: from + lasts }] : [],
  );
  if (now < exDate) return { phase: "registered", until: exDate, grace };
  if (renewsItself(domain)) return { phase: "registered", until: Infinity, grace };
  let until = exDate;
  for (const [phase, lasts] of expiryPhases) {
    until += lasts;
    if (now < until) return { phase, until, grace: [...grace, { status: phase, until }] };
  }
  return { phase: "released", until: Infinity, grace: [] };
}

const expiryPhases: readonly (readonly [Exclude<LifePhase & RgpStatus, "registered">, number])[] = [
  ["autoRenewPeriod", autoRenewPeriodMs],
  ["redemptionPeriod", redemptionPeriodMs],
  ["pendingDelete", pendingDeletePeriodMs],
];

/** The registration that a name has at a moment; undefined where its time is over, though the object may still be there. */
export function standing(domain: DomainObject | undefined, now: number): DomainObject | undefined {
  return domain && lifeOf(domain, now).phase !== "released" ? domain : undefined;
}

/** Tells whether a registration is out of its zone because its time is over. */
export function isEnding(domain: DomainObject, now: number): boolean {
  const { phase } = lifeOf(domain, now);
  return phase === "redemptionPeriod" || phase === "pendingDelete" || phase === "released";
}

/**
 * When a registrar, or the registry, next has something to do for a registration by itself: renew it, take it out of the zone, release
 * it. A moment of the past is due.
 */
export function nextActAt(domain: DomainObject): number {
  if (renewsItself(domain)) return domain.exDate - renewAheadMs;
  const held = domain.exDate + autoRenewPeriodMs;
  return domain.statuses.includes("pendingDelete") ? held + redemptionPeriodMs + pendingDeletePeriodMs : held;
}

/** All statuses at a moment: `ok`, `inactive` and `pendingDelete` included. @see RFC 5731 section 2.3 */
export function domainStatuses(domain: DomainObject, now: number): DomainStatus[] {
  const statuses: DomainStatus[] = domain.statuses.filter((status) => status !== "pendingDelete");
  if (isEnding(domain, now)) statuses.push("pendingDelete");
  if (domain.nameServers.length === 0) statuses.push("inactive");
  return statuses.length === 0 ? ["ok"] : statuses;
}

/** A status in a sentence. */
export interface StatusSentence {
  readonly code: DomainStatus | RgpStatus;
  readonly text: string;
  /** When it ends by itself. */
  readonly until?: number;
}

const sentences: Readonly<Record<DomainStatus, string>> = {
  ok: "nothing is forbidden and nothing is pending",
  inactive: "it has no name servers, so nothing answers for it",
  clientDeleteProhibited: "it cannot be deleted until this status is taken away",
  clientUpdateProhibited: "it cannot be changed until this status is taken away",
  clientRenewProhibited: "it cannot be renewed, nor renews itself, until this status is taken away",
  clientTransferProhibited: "it is locked: it cannot be transferred to another registrar",
  clientHold: "it is on hold: its delegation is out of the top-level domain's zone, so it does not resolve",
  serverDeleteProhibited: "the registry forbids deletion",
  serverUpdateProhibited: "the registry forbids changes",
  serverRenewProhibited: "the registry forbids renewals",
  serverTransferProhibited: "the registry forbids transfers",
  serverHold: "the registry keeps its delegation out of the top-level domain's zone, so it does not resolve",
  pendingDelete: "its time is over: it is out of the top-level domain's zone and will be deleted",
};

/** Every status and grace period in a sentence, with the days that are left of it. */
export function explainStatuses(domain: DomainObject, now: number): StatusSentence[] {
  const { grace } = lifeOf(domain, now);
  return [
    ...domainStatuses(domain, now)
      .filter((code) => code !== "pendingDelete" || !grace.some(({ status }) => status === code))
      .map((code) => ({ code, text: sentences[code] })),
    ...grace.map(({ status, until }) => ({
      code: status,
      until,
      text: `${graceSentence(status, domain)} (${countdown(until - now)}, until ${formatDay(until)})`,
    })),
  ];
}

function graceSentence(status: RgpStatus, { exDate }: DomainObject): string {
  switch (status) {
    case "addPeriod":
      return "it was registered a few days ago";
    case "renewPeriod":
      return "it was renewed a few days ago, which can be undone";
    case "autoRenewPeriod":
      return `it expired on ${formatDay(exDate)} and still resolves; renew it, or it goes out of the zone`;
    case "redemptionPeriod":
      return "it is out of the zone and can still be restored by a renewal";
    case "pendingDelete":
      return "it can no longer be restored; afterwards anybody can register the name";
  }
}

/** Time that is left: `12 days left`, `5 hours left`. */
function countdown(milliseconds: number): string {
  const days = Math.floor(milliseconds / dayMs);
  if (days > 0) return `${days} ${days === 1 ? "day" : "days"} left`;
  const hours = Math.max(0, Math.floor(milliseconds / 3_600_000));
  return `${hours} ${hours === 1 ? "hour" : "hours"} left`;
}
