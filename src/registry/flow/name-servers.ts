// The rule that create and update share: which name servers a domain can have (RFC 5731 section 1.1, host objects).

import type { RegistryView } from "../objects.ts";
import { EppCode, refuse, type Refusal } from "../outcome.ts";
import { findTld } from "../registration-name.ts";

/** More do not fit into a referral of 512 octets with their addresses. */
const maxNameServers = 13;

/** Refuses a list of name servers, or gives undefined where it is fine. */
export function checkNameServers(view: RegistryView, names: readonly string[]): Refusal | undefined {
  if (names.length > maxNameServers) {
    return refuse(EppCode.parameterPolicy, `a domain has at most ${maxNameServers} name servers`);
  }
  if (new Set(names).size !== names.length)
    return refuse(EppCode.parameterPolicy, "a name server stands there twice");
  for (const name of names) {
    // Hosts outside our TLDs need no host object: their addresses are found where they live.
    if (findTld(view, name) && !view.host(name)) {
      return refuse(EppCode.objectDoesNotExist, `its name server "${name.slice(0, -1)}" is unknown`);
    }
  }
  return undefined;
}
