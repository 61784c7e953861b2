// EPP <domain:update> (RFC 5731 section 3.2.5): statuses, name servers, contacts, authorization information, DS data (RFC 5910), and
// what the registrar wants done at expiry.
//
// @error 2201 sponsored by another registrar · 2303 not registered, or a name server or contact is unknown · 2304 a status forbids it ·
// 2306 too many name servers, or a status that is the registry's own

import { domainStatuses } from "../life.ts";
import {
  clientStatuses,
  type AuthInfo,
  type ClientStatus,
  type DomainObject,
  type DomainStatus,
  type DsData,
  type RegistryView,
} from "../objects.ts";
import { EppCode, type Outcome, refuse, type Refusal, succeed } from "../outcome.ts";
import { checkContacts } from "./domain-contacts.ts";
import { checkNameServers } from "./name-servers.ts";
import { findSponsored } from "./sponsored.ts";

/** What a domain is changed with; what is absent stays. `client` is the registrar. */
export interface UpdateDomainRequest {
  readonly name: string;
  readonly client: string;
  /** Wall time in milliseconds. */
  readonly now: number;
  readonly addStatuses?: readonly DomainStatus[];
  readonly removeStatuses?: readonly DomainStatus[];
  /** The whole new list; empty takes the delegation away. */
  readonly nameServers?: readonly string[];
  /** All of them: a role that is not there has no contact afterwards. */
  readonly contacts?: DomainObject["contacts"];
  readonly autoRenew?: boolean;
  readonly authInfo?: AuthInfo;
  readonly dsData?: readonly DsData[];
}

/** Changes a domain. */
export function updateDomain(view: RegistryView, request: UpdateDomainRequest): Outcome<DomainObject> {
  const { addStatuses = [], removeStatuses = [], now } = request;
  const domain = findSponsored(view, request.name, request.client, now);
  if ("code" in domain) return domain;
  const refusal =
    findProhibition(domain, request) ??
    checkStatuses([...addStatuses, ...removeStatuses]) ??
    checkNameServers(view, request.nameServers ?? []) ??
    checkContacts(view, request.contacts ?? {}, request.client);
  if (refusal) return refusal;
  const kept = domain.statuses.filter((status) => !removeStatuses.includes(status));
  const { nameServers, contacts, autoRenew, authInfo, dsData } = request;
  const updated: DomainObject = {
    ...domain,
    statuses: [...new Set([...kept, ...addStatuses])],
    upDate: now,
    ...(nameServers && { nameServers: [...nameServers] }),
    ...(contacts && { contacts }),
    ...(autoRenew !== undefined && { autoRenew }),
    ...(authInfo && { authInfo }),
    ...(dsData && { dsData }),
  };
  return succeed(updated, [{ table: "domain", name: domain.name, value: updated }]);
}

/** RFC 5731 section 2.3: with clientUpdateProhibited every update MUST be refused but the one that takes it away. */
function findProhibition(domain: DomainObject, request: UpdateDomainRequest): Refusal | undefined {
  const statuses = domainStatuses(domain, request.now);
  // What is going cannot be changed at all, whatever else forbids it too.
  const prohibition =
    statuses.find((status) => status === "pendingDelete") ??
    statuses.find((status) => status === "serverUpdateProhibited") ??
    statuses.find((status) => status === "clientUpdateProhibited");
  if (!prohibition) return undefined;
  const { name: _name, client: _client, now: _now, removeStatuses, ...others } = request;
  const isLifted =
    prohibition === "clientUpdateProhibited" &&
    removeStatuses?.join() === prohibition &&
    Object.values(others).every(
      (value) => value === undefined || (Array.isArray(value) && value.length === 0),
    );
  return isLifted ? undefined : refuse(EppCode.statusProhibits, `its status is ${prohibition}`);
}

/** RFC 5731 section 2.3: a client MUST NOT alter statuses of the server. */
function checkStatuses(statuses: readonly DomainStatus[]): Refusal | undefined {
  const foreign = statuses.find((status) => !clientStatuses.includes(status as ClientStatus));
  return foreign === undefined
    ? undefined
    : refuse(
        EppCode.parameterPolicy,
        `${foreign} is the registry's; a registrar sets ${clientStatuses.join(", ")}`,
      );
}
