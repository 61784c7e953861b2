// The fold of the change log that control plans and publishes from, in memory, with the indexes that rules ask for.
//
// It only ever follows the log: `apply` takes entries as they were committed. A draft (draft.ts) applies entries that are not
// committed yet and takes them back before anybody else sees them; all of that happens within one synchronous call.

import type { DomainObject, HostObject } from "#registry";
import type { Entry } from "#store";
import type { CertificateFact } from "./certificate-facts.ts";
import type { DistributionFact } from "./distribution-facts.ts";
import { AliasIndex } from "./alias-index.ts";
import { indexChange, type ChangeIndexed } from "./change-index.ts";
import { ContainerIndex } from "./container-index.ts";
import {
  aliasKeyOf,
  kinds,
  resourceTypes,
  type AliasFact,
  type AssignmentFact,
  type ChangedObject,
  type DrainFact,
  type Facts,
  type InstanceFact,
  type Kind,
  type LoadBalancerFact,
  type RrsetFact,
  type StaticIpFact,
  type ZoneFact,
} from "./facts.ts";
import { Index } from "./name-index.ts";
import { suffixesOf } from "./names.ts";
import { healthIdOf } from "./policies/health-id.ts";
import { resourceDnsName, resourceTypeOf } from "./resources.ts";

/** An object as it is. */
export interface Held<K extends Kind = Kind> {
  readonly id: string;
  readonly arn: string;
  readonly accountId: string;
  readonly region: string;
  readonly value: Facts[K];
  /** The revision it was last written at; 0 for one of a draft. */
  readonly revision: number;
}

/** What is kept of a change in memory; the rest is read from the store. */
export interface ChangeIndex extends ChangeIndexed {
  readonly id: string;
  readonly revision: number;
  readonly undoes?: string;
}

type HeldTables = { readonly [K in Kind]: Map<string, Held<K>> };

/** What is held of an RRset: a zone has many, and the ARN of each, longer than its records, is its id behind what all of them have. */
class HeldRrset implements Held<"rrset"> {
  readonly id: string;
  readonly accountId: string;
  readonly region: string;
  readonly value: RrsetFact;
  readonly revision: number;

  constructor({ id, accountId, region, value }: Entry, revision: number) {
    this.id = id;
    this.accountId = accountId;
    this.region = region;
    this.value = value as RrsetFact;
    this.revision = revision;
  }

  get arn(): string {
    return rrsetArn(this);
  }
}

function rrsetArn({ id, accountId, region }: Pick<Entry, "id" | "accountId" | "region">): string {
  return `arn:aws:lightsail:${region}:${accountId}:${resourceTypes.rrset}/${id}`;
}

function heldOf(entry: Entry, revision: number): Held {
  const { kind, id, arn, accountId, region, value } = entry;
  if (kind === "rrset" && arn === rrsetArn(entry)) return new HeldRrset(entry, revision);
  return { id, arn, accountId, region, value: value as Facts[Kind], revision };
}

/** The tables of objects with their indexes. See the head of this file. */
export class State {
  revision = 0;
  readonly #tables: HeldTables;
  readonly #rrsetsOfZone: Index = new Index();
  readonly #zonesBelow: Index = new Index();
  readonly #rrsetsOfNode: Index = new Index();
  /** RRsets by what their health is that of. */
  readonly #setsOfHealth: Index = new Index();
  readonly #assignmentsOfZone: Index = new Index();
  readonly #assignmentsOfResource: Index = new Index();
  readonly #domainsOfHost: Index = new Index();
  readonly #domainsOfContact: Index = new Index();
  readonly #staticIpsOfInstance: Index = new Index();
  readonly #balancersOfInstance: Index = new Index();
  readonly #drainsOfResource: Index = new Index();
  readonly #drainsOfInstance: Index = new Index();
  readonly #certificatesOfName: Index = new Index();
  readonly #balancersOfCertificate: Index = new Index();
  readonly #distributionsOfCertificate: Index = new Index();
  readonly #distributionsOfOrigin: Index = new Index();
  readonly #assignmentsBelow: Index = new Index();
  readonly #aliasesOfZone: Index = new Index();
  readonly #aliasesOfResource: Index = new Index();
  /** Names of resources by their DNS names in the platform's zone. */
  readonly #resourceOfDnsName: Map<string, string> = new Map();
  /** How many facts stand below a name of a zone, by `ZONE NAME`: names that exist without records of their own. */
  readonly #countBelow: Map<string, number> = new Map();
  /** The ways of all aliases. */
  readonly aliases: AliasIndex = new AliasIndex(this);
  /** What belongs to container services. */
  readonly containers: ContainerIndex = new ContainerIndex(this);
  /** Changes in the order of the log. */
  readonly changes: ChangeIndex[] = [];
  readonly #changeByRevision: Map<number, string> = new Map();
  readonly #undoneBy: Map<string, string> = new Map();
  readonly #removedAt: Map<string, number> = new Map();

  constructor() {
    this.#tables = Object.fromEntries(kinds.map((kind) => [kind, new Map()])) as unknown as HeldTables;
  }

  /** The object under a key. Changes are kept in the store only. */
  get<K extends Exclude<Kind, "change">>(kind: K, key: string): Held<K> | undefined {
    return this.#tables[kind].get(key);
  }

  /** The value under a key. */
  value<K extends Exclude<Kind, "change">>(kind: K, key: string): Facts[K] | undefined {
    return this.#tables[kind].get(key)?.value;
  }

  /** All objects of a kind with their keys, in no certain order. */
  all<K extends Exclude<Kind, "change">>(kind: K): ReadonlyMap<string, Held<K>> {
    return this.#tables[kind];
  }

  /** Takes over one entry. @returns what the object was before */
  apply(entry: Entry, revision: number): Held | undefined {
    const kind = entry.kind as Kind;
    if (kind === "change") {
      this.#applyChange(entry, revision);
      return undefined;
    }
    const table = this.#tables[kind] as Map<string, Held>;
    const before = table.get(entry.key);
    const after = entry.value === undefined ? undefined : heldOf(entry, revision);
    this.#set(kind, entry.key, before, after);
    return before;
  }

  /** Puts an object back to what `apply` returned. */
  restore(kind: Exclude<Kind, "change">, key: string, before: Held | undefined): void {
    this.#set(kind, key, this.#tables[kind].get(key), before);
  }

  #set(kind: Exclude<Kind, "change">, key: string, before: Held | undefined, after: Held | undefined): void {
    const table = this.#tables[kind] as Map<string, Held>;
    if (before) this.#index(kind, key, before, "delete");
    if (after) {
      table.set(key, after);
      this.#index(kind, key, after, "add");
    } else {
      table.delete(key);
    }
    if (kind === "alias") this.aliases.renew([key]);
    if (!this.aliases.isEmpty) this.aliases.renew(this.aliasesOver(kind, key, [before, after]));
  }

  /** Keys of the aliases on whose way a fact lies, whichever of its values holds. */
  *aliasesOver(kind: Kind, key: string, held: readonly (Held | undefined)[] = []): Generator<string> {
    const [zone = "", owner = "", type] = key.split(" ");
    const resourceType = resourceTypeOf(kind);
    if (kind === "rrset") yield* this.aliases.at(zone, owner, Number(type));
    else if (kind === "alias") yield* this.aliases.at(zone, owner);
    else if (kind === "zone") yield* this.aliases.below(key);
    else if (kind === "assignment") {
      for (const one of held) if (one) yield* this.aliases.at((one.value as AssignmentFact).zone, key);
    } else if (kind === "alias-addresses") yield* this.aliases.endingOutside(key);
    else if (resourceType) {
      yield* this.#aliasesOfResource.get(key);
      yield* this.aliases.endingAtResource(key);
      for (const one of held)
        if (one) yield* this.aliases.through(resourceDnsName({ type: resourceType, name: key, held: one }));
    }
  }

  #applyChange(entry: Entry, revision: number): void {
    const fact = entry.value as Facts["change"] & { readonly indexed?: ChangeIndexed };
    const undoes = fact.undoes === undefined ? {} : { undoes: fact.undoes };
    const indexed = fact.indexed ?? indexChange(fact);
    this.changes.push({ id: entry.key, revision, ...undoes, ...indexed });
    this.#changeByRevision.set(revision, entry.key);
    if (fact.undoes !== undefined) this.#undoneBy.set(fact.undoes, entry.key);
    for (const { kind, key } of fact.objects.filter(isDrainedRemoval))
      this.#removedAt.set(`${kind} ${key}`, revision);
  }

  #index(kind: Kind, key: string, held: Held, what: "add" | "delete"): void {
    const { value } = held;
    const resourceType = resourceTypeOf(kind);
    if (resourceType) {
      const name = resourceDnsName({ type: resourceType, name: key, held });
      if (what === "add") this.#resourceOfDnsName.set(name, key);
      else this.#resourceOfDnsName.delete(name);
    }
    this.containers.note(kind, key, value, what);
    if (kind === "zone") {
      for (const above of suffixesOf(key)) if (above !== key) this.#zonesBelow[what](above, key);
    } else if (kind === "rrset") {
      const { zone, owner, health } = value as RrsetFact;
      if (health) this.#setsOfHealth[what](healthIdOf(health), key);
      this.#rrsetsOfZone[what](zone, key);
      this.#rrsetsOfNode[what](`${zone} ${owner}`, key);
      this.#countAbove(zone, owner, what);
    } else if (kind === "alias") {
      const { zone, owner, target } = value as AliasFact;
      this.#aliasesOfZone[what](zone, key);
      if ("resource" in target) this.#aliasesOfResource[what](target.resource, key);
      this.#countAbove(zone, owner, what);
    } else if (kind === "assignment") {
      const { zone, resource } = value as AssignmentFact;
      this.#countAbove(zone, key, what);
      this.#assignmentsOfZone[what](zone, key);
      this.#assignmentsOfResource[what](resource, key);
      this.#assignmentsBelow[what](key.slice(key.indexOf(".") + 1), key);
    } else if (kind === "certificate") {
      for (const name of (value as CertificateFact).names) this.#certificatesOfName[what](name, key);
    } else if (kind === "static-ip") {
      const { attachedTo } = value as StaticIpFact;
      if (attachedTo !== undefined) this.#staticIpsOfInstance[what](attachedTo, key);
    } else if (kind === "load-balancer") {
      for (const instance of (value as LoadBalancerFact).instances)
        this.#balancersOfInstance[what](instance, key);
      for (const certificate of (value as LoadBalancerFact).certificates)
        this.#balancersOfCertificate[what](certificate, key);
    } else if (kind === "distribution") {
      const { origin, certificateName } = value as DistributionFact;
      this.#distributionsOfOrigin[what](origin.name, key);
      if (certificateName !== undefined) this.#distributionsOfCertificate[what](certificateName, key);
    } else if (kind === "drain") {
      this.#drainsOfResource[what]((value as DrainFact).resource, key);
      this.#drainsOfInstance[what]((value as DrainFact).instance, key);
    } else if (kind === "domain") {
      const { nameServers, contacts } = value as DomainObject;
      for (const host of nameServers) this.#domainsOfHost[what](host, key);
      for (const { contact } of Object.values(contacts)) this.#domainsOfContact[what](contact, key);
    }
  }

  /** The change that removed what drains first, by its revision: the fact itself went with a later commit. */
  removedAt(kind: Kind, key: string): number | undefined {
    return this.#removedAt.get(`${kind} ${key}`);
  }

  /** Counts a fact at every name between its own and the apex. */
  #countAbove(zone: string, owner: string, what: "add" | "delete"): void {
    if (owner === zone) return;
    for (const above of suffixesOf(owner)) {
      if (above === zone) return;
      if (above === owner) continue;
      const name = `${zone} ${above}`;
      const count = (this.#countBelow.get(name) ?? 0) + (what === "add" ? 1 : -1);
      if (count === 0) this.#countBelow.delete(name);
      else this.#countBelow.set(name, count);
    }
  }

  /** Tells whether a name of a zone exists: with records, or with such below it (RFC 8020). */
  isNode(zone: string, owner: string): boolean {
    return owner === zone || this.hasRecords(zone, owner) || this.#countBelow.has(`${zone} ${owner}`);
  }

  /** The alias at a name of a zone. */
  aliasAt(zone: string, owner: string): AliasFact | undefined {
    return this.aliases.isEmpty ? undefined : this.value("alias", aliasKeyOf({ zone, owner }));
  }

  aliasesOfZone(zone: string): AliasFact[] {
    return [...this.#aliasesOfZone.get(zone)].flatMap((key) => this.value("alias", key) ?? []);
  }

  /** Aliases that have a resource as their target. */
  aliasesOfResource(name: string): AliasFact[] {
    return [...this.#aliasesOfResource.get(name)].flatMap((key) => this.value("alias", key) ?? []);
  }

  /** The name of the resource that a name of the platform's zone is. */
  resourceOfDnsName(name: string): string | undefined {
    return this.#resourceOfDnsName.get(name);
  }

  /** The change that was committed at a revision. */
  changeAt(revision: number): string | undefined {
    return this.#changeByRevision.get(revision);
  }

  /** The change that took another one back. */
  undoneBy(changeId: string): string | undefined {
    return this.#undoneBy.get(changeId);
  }

  rrsetsOfZone(zone: string): RrsetFact[] {
    return [...this.#rrsetsOfZone.get(zone)].flatMap((key) => this.value("rrset", key) ?? []);
  }

  /** Keys of a zone's RRsets: `APEX OWNER TYPE SETIDENTIFIER`. */
  rrsetKeysOfZone(zone: string): string[] {
    return [...this.#rrsetsOfZone.get(zone)];
  }

  /** Tells whether a name of a zone has records of its own, by itself, by an alias or by an assignment. */
  hasRecords(zone: string, owner: string): boolean {
    return (
      this.#rrsetsOfNode.count(`${zone} ${owner}`) > 0 ||
      this.aliasAt(zone, owner) !== undefined ||
      this.value("assignment", owner)?.zone === zone
    );
  }

  /** Keys of the RRsets that follow the health of something. @param id  see `healthIdOf` */
  setsOfHealth(id: string): Iterable<string> {
    return this.#setsOfHealth.get(id);
  }

  /** All that the health of RRsets is that of. */
  healthIds(): Iterable<string> {
    return this.#setsOfHealth.names();
  }

  countRrsets(zone: string): number {
    return this.#rrsetsOfZone.count(zone);
  }

  rrsetsAt(zone: string, owner: string): RrsetFact[] {
    return [...this.#rrsetsOfNode.get(`${zone} ${owner}`)].flatMap((key) => this.value("rrset", key) ?? []);
  }

  assignmentsOfZone(zone: string): AssignmentFact[] {
    return [...this.#assignmentsOfZone.get(zone)].flatMap((key) => this.value("assignment", key) ?? []);
  }

  assignmentsOfResource(name: string): AssignmentFact[] {
    return [...this.#assignmentsOfResource.get(name)].flatMap((key) => this.value("assignment", key) ?? []);
  }

  /** Names of the static IPs that are attached to an instance: one at most. */
  staticIpsOfInstance(name: string): Iterable<string> {
    return this.#staticIpsOfInstance.get(name);
  }

  /** Where an instance is to leave. */
  drainsOfInstance(instance: string): DrainFact[] {
    return [...this.#drainsOfInstance.get(instance)].flatMap((key) => this.value("drain", key) ?? []);
  }

  /** Names of the load balancers that an instance is attached to. */
  balancersOfInstance(name: string): Iterable<string> {
    return this.#balancersOfInstance.get(name);
  }

  /** What is to leave a resource. */
  drainsOf(resource: string): DrainFact[] {
    return [...this.#drainsOfResource.get(resource)].flatMap((key) => this.value("drain", key) ?? []);
  }

  domainsOfContact(id: string): Iterable<string> {
    return this.#domainsOfContact.get(id);
  }

  /** Names of the certificates that have a name: as it stands in them, a wildcard for itself. */
  certificatesOfName(name: string): Iterable<string> {
    return this.#certificatesOfName.get(name);
  }

  /** Names of the load balancers that a certificate is attached to. */
  balancersOfCertificate(name: string): Iterable<string> {
    return this.#balancersOfCertificate.get(name);
  }

  /** Names of the distributions that a certificate is attached to. */
  distributionsOfCertificate(name: string): Iterable<string> {
    return this.#distributionsOfCertificate.get(name);
  }

  /** Names of all resources that a certificate is attached to. */
  resourcesOfCertificate(name: string): string[] {
    return [
      ...this.balancersOfCertificate(name),
      ...this.distributionsOfCertificate(name),
      ...this.containers.servicesOfCertificate(name),
    ];
  }

  /** Names of the distributions that have a resource as their origin. */
  distributionsOfOrigin(name: string): Iterable<string> {
    return this.#distributionsOfOrigin.get(name);
  }

  /** Assigned names that are one label below a name: absolute, both. */
  assignmentsBelow(name: string): Iterable<string> {
    return this.#assignmentsBelow.get(name);
  }

  domainsOfHost(host: string): Iterable<string> {
    return this.#domainsOfHost.get(host);
  }

  hosts(): HostObject[] {
    return [...this.all("host").values()].map(({ value }) => value);
  }

  instances(): InstanceFact[] {
    return [...this.all("instance").values()].map(({ value }) => value);
  }

  /** Apexes of the zones below a name, at any depth. */
  zonesBelow(name: string): Iterable<string> {
    return this.#zonesBelow.get(name);
  }

  /** The zone that a name belongs to: the closest apex at or above it. */
  zoneOf(name: string): ZoneFact | undefined {
    for (const suffix of suffixesOf(name)) {
      const zone = this.value("zone", suffix);
      if (zone) return zone;
    }
    return undefined;
  }
}

/** Whether what a change did to an object is to remove an instance or a container service: both drain first. */
export function isDrainedRemoval({ kind, isRemoved }: ChangedObject): boolean {
  return (kind === "instance" || kind === "container-service") && isRemoved === true;
}
