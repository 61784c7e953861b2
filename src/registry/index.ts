// The registry: its flows, one for each EPP command, its objects, and what it puts into zones.

export { checkDomain, type CheckDomainAnswer } from "./flow/check-domain.ts";
export { createDomain, type CreateDomainRequest } from "./flow/create-domain.ts";
export { createHost, registryClient, type CreateHostRequest } from "./flow/create-host.ts";
export { deleteDomain } from "./flow/delete-domain.ts";
export { deleteHost } from "./flow/delete-host.ts";
export { infoDomain, type InfoDomainAnswer } from "./flow/info-domain.ts";
export { updateHost } from "./flow/update-host.ts";
export { updateNameServers, type UpdateNameServersRequest } from "./flow/update-name-servers.ts";
export {
  domainStatuses,
  isDelegated,
  type DomainObject,
  type DomainStatus,
  type DsData,
  type HostObject,
  type RegistryFact,
  type RegistryView,
  type TldRules,
} from "./objects.ts";
export { EppCode, type EppResultCode, type Outcome, type Refusal, type Success } from "./outcome.ts";
export { addYears } from "./period.ts";
export { findTld } from "./registration-name.ts";
export {
  addressRrsets,
  delegationTtl,
  domainDelegation,
  hostAddresses,
  knownName,
  nameServerRrset,
  registryApex,
  registryMailbox,
  registryNegativeTtl,
  rootZone,
  soaRdata,
  type NamedServer,
  type SoaFields,
} from "./zone-contents.ts";
