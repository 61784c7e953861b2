// EPP <host:delete> (RFC 5732 section 3.2.2).
//
// @error 2201 another registrar's · 2303 no such host · 2305 a domain uses it

import type { HostObject, RegistryView } from "../objects.ts";
import { EppCode, type Outcome, refuse, succeed } from "../outcome.ts";

/** Removes a host object. */
export function deleteHost(view: RegistryView, name: string, client: string): Outcome<HostObject> {
  const host = view.host(name);
  if (!host) return refuse(EppCode.objectDoesNotExist, "there is no such host");
  if (host.sponsoringClient !== client)
    return refuse(EppCode.authorizationError, "another registrar sponsors it");
  for (const user of view.domainsOfHost(name))
    return refuse(EppCode.associationProhibits, `"${user.slice(0, -1)}" uses it`);
  return succeed(host, [{ table: "host", name, value: undefined }]);
}
