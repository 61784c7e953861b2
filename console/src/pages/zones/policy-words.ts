// What a set of a routing policy is, in a few words: for its row and its dialog.

import type { Rrset, SetHealth } from "#contract";

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

/** What a set's health is that of, as people write it; empty where it is always healthy. */
export function healthText(health: SetHealth | undefined): string {
  return health === undefined ? "" : health.kind === "resource" ? health.resource : health.url;
}
