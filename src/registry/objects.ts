// What a registry holds: domain objects (RFC 5731), host objects (RFC 5732), and the rules of its TLDs.
//
// The registry's own tables, given to its flows as values through `RegistryView`. A registrar sees them only through the flows.
// Names are absolute, in lower case, with the final dot. Times are milliseconds since 1970.

/** Status values of a domain that this registry knows. @see RFC 5731 section 2.3; RFC 3915 is not supported */
export type DomainStatus =
  | "ok"
  | "inactive"
  | "clientDeleteProhibited"
  | "clientUpdateProhibited"
  | "clientRenewProhibited"
  | "clientTransferProhibited"
  | "clientHold"
  | "serverDeleteProhibited"
  | "serverUpdateProhibited"
  | "serverRenewProhibited"
  | "serverTransferProhibited"
  | "serverHold";

/** A DS record that the registrant gave. @see RFC 5910 section 4.1 */
export interface DsData {
  readonly keyTag: number;
  readonly algorithm: number;
  readonly digestType: number;
  /** Hexadecimal. */
  readonly digest: string;
}

/** A registered domain. */
export interface DomainObject {
  readonly name: string;
  /** Repository object identifier. @see RFC 5730 section 2.8 */
  readonly roid: string;
  /** The registrar that sponsors it. */
  readonly sponsoringClient: string;
  readonly crDate: number;
  readonly upDate?: number;
  readonly exDate: number;
  /** Without `ok` and `inactive`, which follow from the rest: see `domainStatuses`. */
  readonly statuses: readonly DomainStatus[];
  /** Names of host objects, or of hosts outside this registry. */
  readonly nameServers: readonly string[];
  readonly dsData: readonly DsData[];
}

/** A name server that the registry knows. It has addresses where its name is in one of the registry's TLDs. */
export interface HostObject {
  readonly name: string;
  readonly roid: string;
  readonly sponsoringClient: string;
  readonly crDate: number;
  /** IPv4 and IPv6, in text. */
  readonly addresses: readonly string[];
}

/** The rules of one TLD. */
export interface TldRules {
  /** Such as `test.` or `home.arpa.`: registrations are one label below. */
  readonly name: string;
  /** Labels that nobody can register. */
  readonly reservedLabels: readonly string[];
  readonly minYears: number;
  readonly maxYears: number;
}

/** What a flow may see of the registry's tables. */
export interface RegistryView {
  readonly tlds: readonly TldRules[];
  domain(name: string): DomainObject | undefined;
  host(name: string): HostObject | undefined;
  /** Host objects below a domain: its subordinate hosts. */
  subordinateHosts(domain: string): readonly HostObject[];
  /** Domains that name the host as a name server, at most a few. */
  domainsOfHost(host: string): readonly string[];
}

/** What a flow wants to be true from now on. */
export type RegistryFact =
  | { readonly table: "domain"; readonly name: string; readonly value: DomainObject | undefined }
  | { readonly table: "host"; readonly name: string; readonly value: HostObject | undefined };

/** All statuses of a domain, `ok` and `inactive` included. @see RFC 5731 section 2.3 */
export function domainStatuses(domain: DomainObject): DomainStatus[] {
  const statuses = [...domain.statuses];
  if (domain.nameServers.length === 0) statuses.push("inactive");
  return statuses.length === 0 ? ["ok"] : statuses;
}

/** Tells whether a domain's delegation is in its TLD's zone. @see RFC 5731 section 2.3 on clientHold and serverHold */
export function isDelegated(domain: DomainObject): boolean {
  return (
    domain.nameServers.length > 0 &&
    !domain.statuses.includes("clientHold") &&
    !domain.statuses.includes("serverHold")
  );
}
