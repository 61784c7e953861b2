// What a registry holds: domain objects (RFC 5731), host objects (RFC 5732), and the rules of its TLDs.
//
// The registry's own tables, given to its flows as values through `RegistryView`. A registrar sees them only through the flows.
// Names are absolute, in lower case, with the final dot. Times are milliseconds since 1970.

/** Status values of a domain that this registry knows; grace periods are in life.ts. @see RFC 5731 section 2.3 */
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
  | "serverHold"
  | "pendingDelete";

/** The statuses that a registrar sets and takes away by itself. @see RFC 5731 section 2.3 */
export type ClientStatus = Extract<DomainStatus, `client${string}`>;
/** All of them. */
export const clientStatuses: readonly ClientStatus[] = [
  "clientDeleteProhibited",
  "clientUpdateProhibited",
  "clientRenewProhibited",
  "clientTransferProhibited",
  "clientHold",
];

/** What a contact is to a domain; the registrant, and RFC 5731's three types. @see RFC 5731 section 2.2 */
export type ContactRole = "registrant" | "admin" | "tech" | "billing";
/** All of them. */
export const contactRoles: readonly ContactRole[] = ["registrant", "admin", "tech", "billing"];

/** A domain's contact of one role. */
export interface DomainContact {
  /** The id of a contact object. */
  readonly contact: string;
  /** True where it is not shown to strangers. */
  readonly isPrivate: boolean;
}

/** A DS record that the registrant gave. @see RFC 5910 section 4.1 */
export interface DsData {
  readonly keyTag: number;
  readonly algorithm: number;
  readonly digestType: number;
  /** Hexadecimal. */
  readonly digest: string;
  /** The key that it was made of, where it was given. @see RFC 5910 section 4.2 */
  readonly keyData?: KeyData;
}

/** A public key of a zone. @see RFC 4034 section 2.1 */
export interface KeyData {
  readonly flags: number;
  readonly algorithm: number;
  /** Base64. */
  readonly publicKey: string;
}

/**
 * Authorization information as the registry keeps it: a digest of a random code that the registrar showed once.
 *
 * @see RFC 9154 section 4.3
 */
export interface AuthInfo {
  /** Hexadecimal; of salt and code. */
  readonly digest: string;
  readonly salt: string;
  readonly setAt: number;
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
  /** When it was renewed last. */
  readonly renewedAt?: number;
  /** Whether its registrar renews it before it expires. */
  readonly autoRenew: boolean;
  /**
   * Without `ok` and `inactive`, which follow from the rest: see `domainStatuses`. `pendingDelete` stands here once the registry has
   * taken the delegation away.
   */
  readonly statuses: readonly DomainStatus[];
  readonly contacts: Readonly<Partial<Record<ContactRole, DomainContact>>>;
  /** What its authorization information is checked with. Absent where none was set. */
  readonly authInfo?: AuthInfo;
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

/** Where somebody is reached by post. @see RFC 5733 section 2.4 */
export interface PostalInfo {
  readonly name: string;
  readonly organization?: string;
  /** One to three lines. */
  readonly street: readonly string[];
  readonly city: string;
  readonly stateOrProvince?: string;
  readonly postalCode?: string;
  /** ISO 3166-1, two capital letters. */
  readonly countryCode: string;
}

/** What somebody is who is a contact: Route 53's `ContactType`. */
export type ContactType = "PERSON" | "COMPANY" | "ASSOCIATION" | "PUBLIC_BODY" | "RESELLER";

/** What a contact says of itself. @see RFC 5733 section 2 */
export interface ContactDetails {
  readonly postalInfo: PostalInfo;
  /** The end of the name that is the family's, where it is told apart. @see RFC 6350 section 6.2.2 */
  readonly familyName?: string;
  readonly contactType?: ContactType;
  /** `+CC.NUMBER`, perhaps with `x` and an extension. @see RFC 5733 section 2.5 */
  readonly voice: string;
  readonly fax?: string;
  readonly email: string;
}

/** A person or organization that domains name. @see RFC 5733 */
export interface ContactObject extends ContactDetails {
  readonly id: string;
  readonly roid: string;
  readonly sponsoringClient: string;
  readonly crDate: number;
  readonly upDate?: number;
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
  /** Domains that name the host as a name server. */
  domainsOfHost(host: string): Iterable<string>;
  contact(id: string): ContactObject | undefined;
  /** Domains that name the contact. */
  domainsOfContact(id: string): Iterable<string>;
}

/** What a flow wants to be true from now on. */
export type RegistryFact =
  | { readonly table: "domain"; readonly name: string; readonly value: DomainObject | undefined }
  | { readonly table: "host"; readonly name: string; readonly value: HostObject | undefined }
  | { readonly table: "contact"; readonly name: string; readonly value: ContactObject | undefined };

const holdingStatuses: readonly DomainStatus[] = ["clientHold", "serverHold", "pendingDelete"];

/** Tells whether a domain's delegation is in its TLD's zone. @see RFC 5731 section 2.3 on clientHold and serverHold; RFC 3915 section 3.1 */
export function isDelegated(domain: DomainObject): boolean {
  return domain.nameServers.length > 0 && !domain.statuses.some((status) => holdingStatuses.includes(status));
}
