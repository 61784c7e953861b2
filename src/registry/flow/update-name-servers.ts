// EPP <domain:update>, as far as it changes name servers (RFC 5731 section 3.2.5).
//
// @error 2201 sponsored by another registrar · 2303 not registered, or a name server is no host object · 2304 a status forbids it ·
// 2306 too many name servers

import type { DomainObject, RegistryView } from "../objects.ts";
import { EppCode, type Outcome, refuse, succeed } from "../outcome.ts";
import { checkNameServers } from "./name-servers.ts";

/** What a domain's name servers are changed with. `client` is the registrar. */
export interface UpdateNameServersRequest {
  readonly name: string;
  /** The whole new list; empty takes the delegation away. */
  readonly nameServers: readonly string[];
  readonly client: string;
  /** Wall time in milliseconds. */
  readonly now: number;
}

/** Replaces a domain's name servers. */
export function updateNameServers(
  view: RegistryView,
  request: UpdateNameServersRequest,
): Outcome<DomainObject> {
  const domain = view.domain(request.name);
  if (!domain) return refuse(EppCode.objectDoesNotExist, "it is not registered");
  if (domain.sponsoringClient !== request.client) {
    return refuse(EppCode.authorizationError, "another registrar sponsors it");
  }
  const prohibition = domain.statuses.find((status) => status.endsWith("UpdateProhibited"));
  if (prohibition) return refuse(EppCode.statusProhibits, `its status is ${prohibition}`);
  const refusal = checkNameServers(view, request.nameServers);
  if (refusal) return refusal;
  const updated: DomainObject = { ...domain, nameServers: [...request.nameServers], upDate: request.now };
  return succeed(updated, [{ table: "domain", name: domain.name, value: updated }]);
}
