// What the registry does by itself as time passes (RFC 3915 section 2): a domain that was not renewed goes out of the zone when its
// grace period is over, and its object goes when its life cycle ends, with the host objects below it.
//
// @error 2303 not registered · 2304 nothing is due

import { lifeOf } from "../life.ts";
import type { DomainObject, RegistryFact, RegistryView } from "../objects.ts";
import { EppCode, type Outcome, refuse, succeed } from "../outcome.ts";

/** What was done to a domain. */
export interface AdvanceAnswer {
  readonly act: "hold" | "release";
  readonly domain: DomainObject;
}

/** Carries out what a domain's life cycle has come to. */
export function advanceDomain(view: RegistryView, name: string, now: number): Outcome<AdvanceAnswer> {
  const domain = view.domain(name);
  if (!domain) return refuse(EppCode.objectDoesNotExist, "it is not registered");
  const { phase } = lifeOf(domain, now);
  const isHeld = domain.statuses.includes("pendingDelete");
  if (phase === "released") return succeed({ act: "release", domain }, releaseFacts(view, domain, now));
  if (isHeld || phase === "registered" || phase === "autoRenewPeriod")
    return refuse(EppCode.statusProhibits, "nothing is due");
  const held: DomainObject = { ...domain, statuses: [...domain.statuses, "pendingDelete"], upDate: now };
  return succeed({ act: "hold", domain: held }, [{ table: "domain", name, value: held }]);
}

/** Nobody can keep the name by using its name servers: other domains lose them. */
function releaseFacts(view: RegistryView, { name }: DomainObject, now: number): RegistryFact[] {
  const facts: RegistryFact[] = [{ table: "domain", name, value: undefined }];
  const lost = new Map<string, DomainObject>();
  for (const host of view.subordinateHosts(name)) {
    for (const user of view.domainsOfHost(host.name)) {
      const other = lost.get(user) ?? view.domain(user);
      if (!other || user === name) continue;
      const nameServers = other.nameServers.filter((server) => server !== host.name);
      lost.set(user, { ...other, nameServers, upDate: now });
    }
    facts.push({ table: "host", name: host.name, value: undefined });
  }
  for (const [user, value] of lost) facts.push({ table: "domain", name: user, value });
  return facts;
}
