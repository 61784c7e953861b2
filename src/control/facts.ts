// The kinds of objects in the change log, and the shape of each one's value. Resolved facts only: what a thing is, not what was asked.
//
// Names are absolute, in lower case, with the final dot; RDATA is uncompressed wire format in base64; times are milliseconds since
// 1970. To change a shape: a new version with an upcaster here, and a higher data version.

import type {
  Balancing,
  ChangeLine,
  Command,
  HealthCheck,
  InstanceLimits,
  InstanceRun,
  NetworkTable,
  Operation,
  PortRule,
  RoleName,
  RoutingPolicy,
  RrsetOrigin,
  SetHealth,
  TlsPolicy,
  ZoneRecords,
  ZoneSigning,
} from "#contract";
import type { ContactObject, DomainObject, HostObject } from "#registry";
import type { KindSchema, StoreSchema } from "#store";
import type { DoneUpdate } from "#zone";
import type {
  AcmeAccountFact,
  AuthorityFact,
  ServiceCertificateFact,
  CertificateFact,
  ChallengeFact,
  IssuanceFact,
} from "./certificate-facts.ts";
import type { AccessKeyFact, UserFact } from "./access/facts.ts";
import type { AlarmFact } from "./metrics/alarm-facts.ts";
import type {
  ContainerImageFact,
  ContainerNodeFact,
  ContainerProgressFact,
  ContainerServiceFact,
  DeploymentFact,
} from "./container-facts.ts";
import type { TagsFact } from "./tags.ts";
import type { ZoneSigningFact } from "./signing/facts.ts";
import type { DistributionFact, PurgeFact } from "./distribution-facts.ts";

/** The firewall of an instance for which nobody gave another: what a web server needs. */
export const standardPorts: readonly PortRule[] = [
  { protocol: "tcp", fromPort: 80, toPort: 80 },
  { protocol: "tcp", fromPort: 443, toPort: 443 },
];

/** The schema that control opens its store with. */
export const controlSchema: StoreSchema & { readonly kinds: Readonly<Record<Kind, KindSchema>> } = {
  dataVersion: 7,
  kinds: {
    // Version 1: registrations without contacts, before they renewed themselves.
    domain: {
      version: 2,
      upcasters: { 1: (value) => ({ autoRenew: true, contacts: {}, ...(value as object) }) },
    },
    contact: { version: 1 },
    host: { version: 1 },
    serial: { version: 1 },
    zone: { version: 1 },
    "zone-signing": { version: 1 },
    pending: { version: 1 },
    rrset: { version: 1 },
    "network-table": { version: 1 },
    "negative-anchor": { version: 1 },
    address: { version: 1 },
    // Version 1: every instance ran and was open on both standard ports.
    instance: {
      version: 2,
      upcasters: {
        1: (value) => ({ desired: "running", generation: 0, ports: standardPorts, ...(value as object) }),
      },
    },
    "static-ip": { version: 1 },
    "load-balancer": { version: 1 },
    distribution: { version: 1 },
    purge: { version: 1 },
    "container-service": { version: 1 },
    deployment: { version: 1 },
    "container-image": { version: 1 },
    "container-node": { version: 1 },
    "container-progress": { version: 1 },
    alarm: { version: 1 },
    drain: { version: 1 },
    assignment: { version: 1 },
    certificate: { version: 1 },
    issuance: { version: 1 },
    authority: { version: 1 },
    "service-certificate": { version: 1 },
    "acme-account": { version: 1 },
    challenge: { version: 1 },
    alias: { version: 1 },
    "alias-addresses": { version: 1 },
    user: { version: 1 },
    "access-key": { version: 1 },
    tags: { version: 1 },
    change: { version: 1 },
  },
};

/** `serial APEX`: the serial last used for a zone. Outlives the zone, so that its serial never goes back. */
export interface SerialFact {
  readonly apex: string;
  readonly serial: number;
}

/** `zone APEX`: a zone that control writes. */
export interface ZoneFact {
  readonly apex: string;
  readonly nameServerSetId: string;
  /** SOA MINIMUM and TTL, seconds. */
  readonly negativeTtl: number;
  /** How it is to be signed; absent: as the platform does by default. */
  readonly signing?: ZoneSigning;
  readonly createdAt: number;
}

/**
 * `pending APEX`: the half of a change that waits for the other half to be seen by DNS. `delegate`: the zone is served, and its
 * delegation is not published before all its name servers answer with its serial. `withdraw`: the delegation is taken away, and the zone
 * is taken off its name servers once no server of the parent gives it.
 */
export interface PendingFact {
  readonly apex: string;
  readonly step: "delegate" | "withdraw";
  readonly changeId: string;
}

/** `rrset APEX OWNER TYPE SETIDENTIFIER`: an RRset that was written by hand, imported or put for a validation. */
export interface RrsetFact {
  readonly zone: string;
  readonly owner: string;
  readonly type: number;
  readonly setIdentifier: string;
  readonly ttl: number;
  readonly origin: RrsetOrigin;
  /** By what it is chosen among those of its name and type; absent: it is the only one, and `setIdentifier` is empty. */
  readonly policy?: RoutingPolicy;
  /** What its health is that of; absent: it is always healthy. */
  readonly health?: SetHealth;
  /** `id` is kept while the value stays. */
  readonly entries: readonly RrsetEntry[];
}

/** `network-table networks`: where clients' networks are. */
export interface NetworkTableFact {
  readonly places: NetworkTable["places"];
  /** As the names role is given it (src/contract, routing-policy.ts). */
  readonly packed: string;
}

/** The key of the table of networks. */
export const networkTableKey = "networks";

/** `negative-anchor NAME`: a name at and below which the resolver validates nothing until a time. */
export interface NegativeAnchorFact {
  /** Absolute, lower case. */
  readonly name: string;
  /** Milliseconds since 1970. The fact can outlast it: it then says nothing. */
  readonly until: number;
  readonly reason?: string;
  /** True where it lasts for its whole time whatever is found of the name. */
  readonly isForced?: boolean;
}

/** One record of an RRset. */
export interface RrsetEntry {
  readonly id: string;
  readonly rdata: string;
  /** How it was written in another API, where that shows it so again. */
  readonly written?: string;
}

/**
 * `address ID`: an address of a resource: its place in the profile's list of its view, and what that comes to. Records and routes refer
 * to the object; under another profile or network its addresses become others at the next start, and no record is changed by hand.
 */
export interface AddressFact {
  readonly profile: string;
  readonly view: "public" | "private";
  /** Place in the profile's list, from 0. */
  readonly number: number;
  /** The resource it belongs to. */
  readonly resource: string;
  /** The addresses it has alone. Empty where the profile's list is shorter now. */
  readonly own: readonly string[];
  /** Those it shares with all resources of the profile. */
  readonly shared: readonly string[];
}

/** `instance NAME`. */
export interface InstanceFact {
  readonly name: string;
  readonly run: InstanceRun;
  /** Keys of its address objects; a server that exists already has no private one. */
  readonly publicAddress: string;
  readonly privateAddress?: string;
  /** Whether its process is to run. */
  readonly desired: "running" | "stopped";
  /** Grows with each reboot. */
  readonly generation: number;
  /** The most its process may use; absent: what the system gives. */
  readonly limits?: InstanceLimits;
  /** Public ports that are open; all others are closed. */
  readonly ports: readonly PortRule[];
  /** That its names have IPv4 addresses alone; absent: of both families. */
  readonly ipAddressType?: "ipv4";
  readonly createdAt: number;
}

/** `static-ip NAME`: a public address that stays when what it is attached to changes. */
export interface StaticIpFact {
  readonly name: string;
  /** Key of its address object. */
  readonly address: string;
  /** Name of the instance it leads to. */
  readonly attachedTo?: string;
  readonly createdAt: number;
}

/** `load-balancer NAME`: requests are shared out among its instances. */
export interface LoadBalancerFact {
  readonly name: string;
  /** Key of its address object. */
  readonly publicAddress: string;
  /** Port of the instances; absent, and 80, stand for the port that each listens on. */
  readonly instancePort?: number;
  /** Names of its instances, in the order they were attached in. */
  readonly instances: readonly string[];
  readonly algorithm: Balancing["algorithm"];
  readonly healthCheck: HealthCheck;
  readonly stickiness: { readonly isEnabled: boolean; readonly durationSeconds: number };
  readonly ejectAfterFailures: number;
  readonly ejectMs: number;
  readonly drainMs: number;
  readonly redirectsToHttps: boolean;
  readonly tlsPolicyName: TlsPolicy;
  /** Names of its certificates, the default first. */
  readonly certificates: readonly string[];
  /** That its names have IPv4 addresses alone; absent: of both families. */
  readonly ipAddressType?: "ipv4";
  readonly createdAt: number;
}

/**
 * `drain RESOURCE INSTANCE`: an instance that is to leave a load balancer, or to stop or reboot (RESOURCE is then the instance itself):
 * no new requests go there, and the change's second half follows once the edge tells that none is under way, or the time is up.
 */
export interface DrainFact {
  readonly resource: string;
  readonly instance: string;
  readonly purpose: "detach" | "stop" | "reboot" | "delete";
  readonly changeId: string;
  readonly since: number;
  /** Wall time at which it ends whatever is under way. */
  readonly until: number;
  /** The instance's process as it is left until then; absent where it goes on anyway. */
  readonly process?: Pick<InstanceFact, "desired" | "generation" | "limits">;
}

/** `assignment OWNER`: a host name that leads to a resource, by reference. */
export interface AssignmentFact {
  readonly owner: string;
  readonly zone: string;
  /** Name of the resource: any of those that names lead to (resources.ts). */
  readonly resource: string;
  readonly createdAt: number;
}

/**
 * `alias APEX OWNER`: a name whose addresses are those of something else: a resource, by its name, or another domain name. What they are is
 * derived at publication (alias-chain.ts).
 */
export interface AliasFact {
  readonly zone: string;
  readonly owner: string;
  readonly target: { readonly resource: string } | { readonly name: string };
  /** The records that another API made of it, as they were written there; absent: it was made as an alias. */
  readonly entries?: readonly AliasEntry[];
  readonly createdAt: number;
}

/** An alias as an API has it that knows one alias a type of address. */
export interface AliasEntry {
  readonly type: "A" | "AAAA";
  readonly target: string;
}

/**
 * `alias-addresses NAME`: what a name outside our zones, to which aliases lead, was last seen to have. Stays as it is while the name cannot
 * be looked up. Written by the platform itself and left out of the history.
 */
export interface AliasAddressesFact {
  readonly name: string;
  /** IPv4 and IPv6 in text, sorted. */
  readonly addresses: readonly string[];
  /** Seconds, at most {@link maxAliasTtl}. */
  readonly ttl: number;
  readonly changedAt: number;
}

/** Highest TTL of an alias' records, in seconds: what it leads to may change at any time. */
export const maxAliasTtl = 60;

/** The key of an alias. */
export function aliasKeyOf({ zone, owner }: Pick<AliasFact, "zone" | "owner">): string {
  return `${zone} ${owner}`;
}

/** `change ID`: a change that was committed, with what each object was before, so that it can be taken back. */
export interface ChangeFact {
  readonly title: string;
  readonly action: Command["action"] | "platform";
  readonly actor: string;
  readonly at: number;
  readonly lines: readonly ChangeLine[];
  readonly records: readonly ZoneRecords[];
  readonly objects: readonly ChangedObject[];
  /** The operation that follows it: which roles are to serve it, and which instances are to run. */
  readonly operation: {
    readonly id: string;
    readonly type: string;
    readonly resourceName: string;
    readonly resourceType: string;
    readonly subject?: string;
    readonly counterparts?: NonNullable<Operation["counterparts"]>;
    readonly roles: readonly Exclude<RoleName, "control">[];
    readonly instances: readonly string[];
    /** Raw ports that open with it. */
    readonly ports?: readonly string[];
    /** Names of certificates that are to be issued. */
    readonly certificates?: readonly string[];
    /** What is asked of the name servers, in this order. Absent in changes of before. */
    readonly checks?: readonly NamesCheck[];
    /** Instances that are to be healthy behind load balancers. */
    readonly attached?: readonly Attachment[];
    /** Instances whose requests under way are finished first. */
    readonly drained?: readonly (Attachment & Pick<DrainFact, "purpose">)[];
    /** Container services that are to come to what it says. */
    readonly containers?: readonly ContainerWork[];
  };
  readonly undoes?: string;
  /** The update that it was made of (RFC 2136): one that comes again is told that it is done. Absent in changes of other ways. */
  readonly update?: DoneUpdate;
}

/** An instance at a resource: behind a load balancer, or by itself where both names are one. */
export interface Attachment {
  readonly resource: string;
  readonly instance: string;
}

/** What is to come of a container service: a version is active, it is as it was updated, or it is gone. */
export type ContainerWork =
  | { readonly step: "deploy"; readonly service: string; readonly version: number }
  | { readonly step: "create" | "update" | "delete"; readonly service: string };

/** What name servers must answer for a change to be done. */
export type NamesCheck =
  | { readonly step: "zone"; readonly apex: string; readonly serial: number }
  | { readonly step: "delegate" | "withdraw" | "hold" | "watch"; readonly apex: string }
  | { readonly step: "gone"; readonly apex: string; readonly nameServerSetId: string };

/** An object that a change touched. `before` is absent where there was none; `isRemoved` where there was none after. */
export interface ChangedObject {
  readonly kind: string;
  readonly key: string;
  readonly before?: unknown;
  readonly isRemoved?: true;
}

/** What each kind's value is. */
export interface Facts {
  domain: DomainObject;
  host: HostObject;
  contact: ContactObject;
  serial: SerialFact;
  zone: ZoneFact;
  "zone-signing": ZoneSigningFact;
  pending: PendingFact;
  rrset: RrsetFact;
  "network-table": NetworkTableFact;
  "negative-anchor": NegativeAnchorFact;
  address: AddressFact;
  instance: InstanceFact;
  "static-ip": StaticIpFact;
  "load-balancer": LoadBalancerFact;
  distribution: DistributionFact;
  purge: PurgeFact;
  "container-service": ContainerServiceFact;
  deployment: DeploymentFact;
  "container-image": ContainerImageFact;
  "container-node": ContainerNodeFact;
  "container-progress": ContainerProgressFact;
  alarm: AlarmFact;
  drain: DrainFact;
  assignment: AssignmentFact;
  certificate: CertificateFact;
  issuance: IssuanceFact;
  authority: AuthorityFact;
  "service-certificate": ServiceCertificateFact;
  "acme-account": AcmeAccountFact;
  challenge: ChallengeFact;
  alias: AliasFact;
  "alias-addresses": AliasAddressesFact;
  user: UserFact;
  "access-key": AccessKeyFact;
  tags: TagsFact;
  change: ChangeFact;
}
export type Kind = keyof Facts;

/** All kinds. */
export const kinds: readonly Kind[] = Object.keys(controlSchema.kinds) as Kind[];

/** Kinds that are no part of a change: they never go back, end by themselves, or are what the platform has come to. */
export const unrecordedKinds: ReadonlySet<Kind> = new Set([
  "serial",
  "pending",
  "zone-signing",
  "drain",
  "purge",
  "issuance",
  "authority",
  "service-certificate",
  "challenge",
  "alias-addresses",
  "container-node",
  "container-progress",
]);

/** The key of an RRset. Names in presentation format hold no blank, so its parts can be told apart. */
export function rrsetKeyOf(fact: Pick<RrsetFact, "zone" | "owner" | "type" | "setIdentifier">): string {
  return `${fact.zone} ${fact.owner} ${fact.type} ${fact.setIdentifier}`;
}

/** Resource types as Lightsail spells them, for ARNs. */
export const resourceTypes: Readonly<Record<Kind, string>> = {
  domain: "RegisteredDomain",
  host: "Host",
  contact: "Contact",
  serial: "Serial",
  zone: "Domain",
  "zone-signing": "ZoneSigning",
  pending: "Pending",
  rrset: "Rrset",
  "network-table": "NetworkTable",
  "negative-anchor": "NegativeTrustAnchor",
  address: "Address",
  instance: "Instance",
  "static-ip": "StaticIp",
  "load-balancer": "LoadBalancer",
  distribution: "Distribution",
  purge: "Purge",
  "container-service": "ContainerService",
  deployment: "Deployment",
  "container-image": "ContainerImage",
  "container-node": "ContainerNode",
  "container-progress": "ContainerProgress",
  alarm: "Alarm",
  drain: "Drain",
  assignment: "Assignment",
  certificate: "Certificate",
  issuance: "Issuance",
  authority: "Authority",
  "service-certificate": "ServiceCertificate",
  "acme-account": "AcmeAccount",
  challenge: "Challenge",
  alias: "Alias",
  "alias-addresses": "AliasAddresses",
  user: "User",
  "access-key": "AccessKey",
  tags: "Tags",
  change: "Change",
};
