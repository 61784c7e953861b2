// EPP <host:update>, as far as it changes addresses (RFC 5732 section 3.2.5).
//
// @error 2005 no address · 2201 another registrar's · 2303 no such host

import { formatAddress, parseAddress } from "#engine";
import type { HostObject, RegistryView } from "../objects.ts";
import { EppCode, type Outcome, refuse, succeed } from "../outcome.ts";

/** Replaces a host's addresses. */
export function updateHost(
  view: RegistryView,
  name: string,
  addresses: readonly string[],
  client: string,
): Outcome<HostObject> {
  const host = view.host(name);
  if (!host) return refuse(EppCode.objectDoesNotExist, "there is no such host");
  if (host.sponsoringClient !== client)
    return refuse(EppCode.authorizationError, "another registrar sponsors it");
  const checked: string[] = [];
  for (const text of addresses) {
    const address = parseAddress(text);
    if (!address) return refuse(EppCode.parameterSyntax, `"${text}" is no IPv4 or IPv6 address`);
    checked.push(formatAddress(address));
  }
  const updated: HostObject = { ...host, addresses: [...new Set(checked)] };
  return succeed(updated, [{ table: "host", name, value: updated }]);
}
