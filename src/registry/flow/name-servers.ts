// The rule that create and update share: which name servers a domain can have (RFC 5731 section 1.1, host objects).

import type { RegistryView } from "../objects.ts";
import { EppCode, refuse, type Refusal } from "../outcome.ts";
import { findTld } from "../registration-name.ts";

/** More do not fit into a referral of 512 octets with their addresses. */
const maxNameServers = 13;

/** A host name: labels of letters, digits and inner hyphens. @see RFC 5732 section 2.1; RFC 1123 section 2.1 */
const hostName = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+$/;

/** Tells whether a name, absolute and in lower case, can be a host's. */
export function isHostName(name: string): boolean {
  return hostName.test(name);
}

/** Refuses a list of name servers, or gives undefined where it is fine. */
export function checkNameServers(view: RegistryView, names: readonly string[]): Refusal | undefined {
  if (names.length > maxNameServers) {
    return refuse(EppCode.parameterPolicy, `a domain has at most ${maxNameServers} name servers`);
  }
  if (new Set(names).size !== names.length)
    return refuse(EppCode.parameterPolicy, "a name server stands there twice");
  for (const name of names) {
    if (!isHostName(name)) {
      return refuse(
        EppCode.parameterSyntax,
        `"${name}" is no host name: expected labels of letters, digits and inner hyphens`,
      );
    }
    // Hosts outside our TLDs need no host object: their addresses are found where they live.
    if (findTld(view, name) && !view.host(name)) {
      return refuse(EppCode.objectDoesNotExist, `its name server "${name.slice(0, -1)}" is unknown`);
    }
  }
  return undefined;
}
