// EPP <domain:delete> (RFC 5731 section 3.2.2). The name is free at once: see life.ts on the redemption period.
//
// @error 2201 sponsored by another registrar · 2303 not registered · 2304 a status forbids it · 2305 a host below it is in use

import { domainStatuses } from "../life.ts";
import type { DomainObject, RegistryFact, RegistryView } from "../objects.ts";
import { EppCode, type Outcome, refuse, succeed } from "../outcome.ts";
import { findSponsored } from "./sponsored.ts";

/** Ends a registration. Host objects below the domain that nobody uses go with it. */
export function deleteDomain(
  view: RegistryView,
  name: string,
  client: string,
  now: number,
): Outcome<DomainObject> {
  const domain = findSponsored(view, name, client, now);
  if ("code" in domain) return domain;
  const prohibition = domainStatuses(domain, now).find(
    (status) => status.endsWith("DeleteProhibited") || status === "pendingDelete",
  );
  if (prohibition) return refuse(EppCode.statusProhibits, `its status is ${prohibition}`);
  const facts: RegistryFact[] = [{ table: "domain", name, value: undefined }];
  for (const host of view.subordinateHosts(name)) {
    for (const user of view.domainsOfHost(host.name)) {
      if (user === name) continue;
      return refuse(
        EppCode.associationProhibits,
        `"${user.slice(0, -1)}" uses its name server "${host.name.slice(0, -1)}"`,
      );
    }
    facts.push({ table: "host", name: host.name, value: undefined });
  }
  return succeed(domain, facts);
}
