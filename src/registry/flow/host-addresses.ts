// The rule that create and update of a host share: which addresses it can have (RFC 5732 section 1.1).

import { formatAddress, parseAddress } from "#engine";
import type { RegistryView } from "../objects.ts";
import { EppCode, refuse, type Refusal } from "../outcome.ts";
import { findTld } from "../registration-name.ts";

/**
 * Brings a host's addresses into their one form, each once.
 *
 * Refuses with 2005 what is no address, and with 2306 a host in the registry's TLDs without addresses or one outside with some.
 */
export function checkHostAddresses(
  view: Pick<RegistryView, "tlds">,
  name: string,
  texts: readonly string[],
): readonly string[] | Refusal {
  const addresses = new Set<string>();
  for (const text of texts) {
    const address = parseAddress(text);
    if (!address) return refuse(EppCode.parameterSyntax, `"${text}" is no IPv4 or IPv6 address`);
    addresses.add(formatAddress(address));
  }
  const isOurs = findTld(view, name) !== undefined;
  if (isOurs && addresses.size === 0)
    return refuse(EppCode.parameterPolicy, "a host in our top-level domains has addresses");
  if (!isOurs && addresses.size > 0)
    return refuse(EppCode.parameterPolicy, "a host outside our top-level domains has no addresses here");
  return [...addresses];
}
