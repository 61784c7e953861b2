// The registry's rules for the TLDs of a profile: the four of the private root are for anybody, for one to ten years.

import type { TldRules } from "#registry";
import type { ControlProfile } from "./config.ts";

/** Labels that the platform's own names stand under: name servers below `nic`, root servers below `root`. */
const reservedLabels: readonly string[] = ["nic", "root"];

/** The rules, one row a TLD. */
export function tldRules(profile: Pick<ControlProfile, "tlds">): TldRules[] {
  return profile.tlds.map((name) => ({ name, reservedLabels, minYears: 1, maxYears: 10 }));
}
