// Where the platform's name servers are asked in private: SVCB records at `_dns.NAME` in the top-level domain that the name lies in (RFC 9461).

import { knownName } from "#registry";
import { encodeDnsServices, RrType } from "#wire";
import type { Rrset } from "#zone";
import type { ControlConfig } from "./config.ts";

/** Seconds that they are kept: a start with other ports is seen within the hour. */
const bindingTtl = 3600;

/** The service bindings of the name servers whose names lie in a top-level domain; none of those that are asked in the clear only. */
export function bindingRrsets({ nameServices = [] }: ControlConfig, tld: string): Rrset[] {
  return nameServices.flatMap(({ role, names, ways }) => {
    if (role !== "names" || !ways) return [];
    return names.flatMap((host): Rrset[] => {
      if (!`${host}.`.endsWith(`.${tld}`)) return [];
      const rdata = encodeDnsServices({ name: knownName(`${host}.`), ...ways });
      return rdata.length === 0
        ? []
        : [{ owner: knownName(`_dns.${host}.`), type: RrType.SVCB, ttl: bindingTtl, rdata }];
    });
  });
}
