// The registry's rules for the TLDs of a profile: the four of the private root are for anybody, for one to ten years.

import { findTld, type TldRules } from "#registry";
import type { ControlProfile } from "./config.ts";

/** Labels that the platform's own names stand under: name servers below `nic`, root servers below `root`. */
const reservedLabels: readonly string[] = ["nic", "root"];

/** The rules, one row a TLD. */
export function tldRules(profile: Pick<ControlProfile, "tlds">): TldRules[] {
  return profile.tlds.map((name) => ({ name, reservedLabels, minYears: 1, maxYears: 10 }));
}

/** The domain that a name is or lies in, as it is registered; undefined for a TLD itself, and where the TLD is none of the profile's. @param name  absolute */
export function registrableDomain(profile: Pick<ControlProfile, "tlds">, name: string): string | undefined {
  const tld = findTld({ tlds: tldRules(profile) }, name)?.name;
  if (tld === undefined || name === tld) return undefined;
  const labels = name.slice(0, -tld.length - 1).split(".");
  return `${labels.at(-1) ?? ""}.${tld}`;
}
