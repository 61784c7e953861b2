// EPP <host:update>, as far as it changes addresses (RFC 5732 section 3.2.5).
//
// @error 2005 no address · 2201 another registrar's · 2303 no such host · 2306 in a TLD of ours without addresses, or outside of
// them with some

import type { HostObject, RegistryView } from "../objects.ts";
import { EppCode, type Outcome, refuse, succeed } from "../outcome.ts";
import { checkHostAddresses } from "./host-addresses.ts";

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
  const checked = checkHostAddresses(view, name, addresses);
  if ("code" in checked) return checked;
  const updated: HostObject = { ...host, addresses: checked };
  return succeed(updated, [{ table: "host", name, value: updated }]);
}
