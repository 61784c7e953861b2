// The registry: its flows, one for each EPP command, its objects, and what it puts into zones.

export { checkContactDetails } from "./contact-details.ts";
export { advanceDomain, type AdvanceAnswer } from "./flow/advance-domain.ts";
export { checkDomain, type Availability, type CheckDomainAnswer } from "./flow/check-domain.ts";
export { createContact, type CreateContactRequest } from "./flow/create-contact.ts";
export { createDomain, type CreateDomainRequest } from "./flow/create-domain.ts";
export { createHost, registryClient, type CreateHostRequest } from "./flow/create-host.ts";
export { deleteDomain } from "./flow/delete-domain.ts";
export { deleteHost } from "./flow/delete-host.ts";
export { infoDomain, type InfoDomainAnswer } from "./flow/info-domain.ts";
export { updateHost } from "./flow/update-host.ts";
export { cancelRenewal, maxYearsAhead, renewDomain, type RenewDomainRequest } from "./flow/renew-domain.ts";
export { restoreDomain } from "./flow/restore-domain.ts";
export { deleteContact, updateContact } from "./flow/update-contact.ts";
export { updateDomain, type UpdateDomainRequest } from "./flow/update-domain.ts";
export {
  addPeriodMs,
  autoRenewPeriodMs,
  domainStatuses,
  explainStatuses,
  lifeOf,
  nextActAt,
  pendingDeletePeriodMs,
  redemptionPeriodMs,
  renewAheadMs,
  renewPeriodMs,
  renewsItself,
  standing,
  type DomainLife,
  type LifePhase,
  type RgpStatus,
  type StatusSentence,
} from "./life.ts";
export {
  clientStatuses,
  contactRoles,
  isDelegated,
  type AuthInfo,
  type ClientStatus,
  type ContactDetails,
  type ContactObject,
  type ContactRole,
  type ContactType,
  type DomainContact,
  type DomainObject,
  type DomainStatus,
  type DsData,
  type HostObject,
  type KeyData,
  type PostalInfo,
  type RegistryFact,
  type RegistryView,
  type TldRules,
} from "./objects.ts";
export { EppCode, type EppResultCode, type Outcome, type Refusal, type Success } from "./outcome.ts";
export { addYears, formatDay } from "./period.ts";
export { findTld } from "./registration-name.ts";
export { suggestLabels, wordsOf } from "./suggestions.ts";
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
