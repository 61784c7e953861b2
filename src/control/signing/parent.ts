// Which zone here vouches for a signed zone: the root for top-level domains, those for domains that are delegated to us, and a zone for those
// that lie in it.

import { delegationTtl, findTld } from "#registry";
import type { ControlConfig } from "../config.ts";
import type { State } from "../state.ts";
import { tldRules } from "../tld-rules.ts";
import { cutTtl, isCutOurs, zoneAbove } from "../zone-cuts.ts";
import { isOurs } from "./publish-signing.ts";
import { wishOf } from "./stage-signing.ts";

/** The zone here that delegates a signed zone and has its DS, and the TTL of that in seconds; undefined: it is elsewhere, or signs nothing. */
export function vouchingParent(
  state: State,
  config: ControlConfig,
  apex: string,
): { readonly apex: string; readonly dsTtl: number } | undefined {
  const { profile } = config;
  if (profile.tlds.includes(apex)) return { apex: ".", dsTtl: delegationTtl };
  const domain = state.value("domain", apex);
  if (domain) {
    const tld = findTld({ tlds: tldRules(profile) }, apex)?.name;
    return tld !== undefined && isOurs(state, profile, domain)
      ? { apex: tld, dsTtl: delegationTtl }
      : undefined;
  }
  const above = isCutOurs(state, profile, apex) ? zoneAbove(state, apex) : undefined;
  return above !== undefined && wishOf(config, state.value("zone", above))
    ? { apex: above, dsTtl: cutTtl }
    : undefined;
}
