// What a set of a routing policy is, in a few words: for its row.

import type { Rrset } from "#contract";

/** By what a set is chosen: `weight 10`, `primary`. */
export function policyWords({ policy }: Pick<Rrset, "policy">): string {
  switch (policy?.kind) {
    case undefined:
      return "";
    case "weighted":
      return `weight ${policy.weight}`;
    case "failover":
      return policy.role;
    case "multivalue":
      return "together";
    case "nearest":
      return policy.place === "*" ? "all others" : `near ${policy.place}`;
  }
}

/** Types that are what they are for everybody. */
const unchosenTypes: ReadonlySet<string> = new Set(["NS", "SOA", "DS", "DNAME", "DNSKEY", "CDS", "CDNSKEY"]);

/** Whether a routing policy can choose among records of a type. */
export function isChoosable(type: string): boolean {
  return !unchosenTypes.has(type);
}
