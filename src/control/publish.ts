// From state to what the roles are given (src/contract/stream.ts). The state is cut into units (publish-units.ts), each of which gives a few
// objects, so that a change costs what it changes.
//
// A and AAAA of assigned names, routes and targets are derived here from references, never stored.

import { isIpv4, parseAddress } from "#engine";
import type { RoleObject, RrsetObject } from "#contract";
import {
  addressRrsets,
  domainDelegation,
  findTld,
  hostAddresses,
  knownName,
  nameServerRrset,
  registryApex,
  registryMailbox,
  rootZone,
  soaRdata,
} from "#registry";
import { RrType } from "#wire";
import { encodeRrset, type Rrset } from "#zone";
import { hostsOf, type ControlConfig } from "./config.ts";
import { aliasKeyOf, maxAliasTtl, type AliasFact, type AssignmentFact, type ZoneFact } from "./facts.ts";
import { octetsOf } from "./octets.ts";
import { defaultSet, splitRrsets } from "./policies/policy-sets.ts";
import { bindingRrsets } from "./name-server-bindings.ts";
import { negativeAnchorObjects } from "./plan-negative-anchor.ts";
import { aliasedTypes, checkObjects, networkObjects, nodeObjects } from "./policies/publish-policies.ts";
import { aliasRrsets, resourceRrsets } from "./publish-aliases.ts";
import { certificateObjects, challengeObjects } from "./publish-certificates.ts";
import { distributionObjects, purgeObjects } from "./publish-distributions.ts";
import { containerServiceObjects } from "./publish-containers.ts";
import { instanceObjects, loadBalancerObjects } from "./publish-resources.ts";
import { publicAddressesOf, resourceZone, routedIdOf } from "./resources.ts";
import { cutRrsets } from "./zone-cuts.ts";
import { serviceCertificateObjects } from "./service-certificate-keeper.ts";
import { dsRrsets, keyRrsets, onlineKeys, trustAnchorsOf, withOwnDs } from "./signing/publish-signing.ts";
import { wishOf } from "./signing/stage-signing.ts";
import type { State } from "./state.ts";
import { tldRules } from "./tld-rules.ts";
import { PublishUnits } from "./publish-units.ts";

/** TTL of records for which nobody gave one, and of assigned names: Lightsail's. */
export const defaultTtl = 60;

/** Gives the objects of a unit, and what there is at a name. */
export class Publisher {
  /** The units there are, and those of an entry. */
  readonly units: PublishUnits;
  readonly #state: State;
  readonly #config: ControlConfig;
  readonly #sealedKeys: ReadonlyMap<string, string>;
  readonly #sealedEnvironments: ReadonlyMap<string, string>;
  readonly #sealedZoneKeys: ReadonlyMap<string, string>;

  /**
   * @param sealedKeys  private keys of certificates, by id
   * @param sealedEnvironments  environments of containers, by id
   * @param sealedZoneKeys  private keys of zones, by id
   */
  constructor(
    state: State,
    config: ControlConfig,
    sealedKeys: ReadonlyMap<string, string>,
    sealedEnvironments: ReadonlyMap<string, string>,
    sealedZoneKeys: ReadonlyMap<string, string> = new Map(),
  ) {
    this.#state = state;
    this.#config = config;
    this.units = new PublishUnits(state, config.profile.tlds);
    this.#sealedKeys = sealedKeys;
    this.#sealedEnvironments = sealedEnvironments;
    this.#sealedZoneKeys = sealedZoneKeys;
  }

  /** What a unit gives today; nothing where it has gone. */
  objectsOf(unit: string): RoleObject[] {
    const [what = "", first = "", second = ""] = unit.split(" ");
    const { profile } = this.#config;
    switch (what) {
      case "root":
        return [
          { kind: "zone", apex: ".", groups: ["root"] },
          ...encode(".", [
            ...rootZone(hostsOf(profile, "root"), profile.tlds, hostsOf(profile, "tlds"), this.#serial(".")),
            ...keyRrsets(this.#state, profile.tlds, "."),
            ...profile.tlds.flatMap((tld) => dsRrsets(this.#state, tld)),
          ]),
        ];
      case "tld":
        return [
          { kind: "zone", apex: first, groups: ["tlds"] },
          ...encode(first, [
            ...registryApex(first, hostsOf(profile, "tlds"), this.#serial(first)),
            ...bindingRrsets(this.#config, first),
            ...keyRrsets(this.#state, profile.tlds, first),
          ]),
        ];
      case "host":
        return this.#host(first);
      case "domain": {
        const domain = this.#state.value("domain", first);
        const tld = domain && findTld({ tlds: tldRules(profile) }, domain.name);
        const isHeld = this.#state.value("pending", first)?.step === "delegate";
        return domain && tld && !isHeld
          ? encode(tld.name, withOwnDs(this.#state, profile, domain, domainDelegation(domain)))
          : [];
      }
      case "zone": {
        const zone = this.#state.value("zone", first);
        return zone ? this.#zone(zone) : [];
      }
      case "node":
        return this.#state.value("zone", first) ? this.#node(first, second) : [];
      case "instance": {
        const held = this.#state.get("instance", first);
        return held ? instanceObjects(this.#state, profile, held) : [];
      }
      case "load-balancer": {
        const held = this.#state.get("load-balancer", first);
        return held ? loadBalancerObjects(this.#state, profile, held) : [];
      }
      case "distribution": {
        const held = this.#state.get("distribution", first);
        return held ? distributionObjects(this.#state, held) : [];
      }
      case "purge":
        return purgeObjects(this.#state, first);
      case "container-service": {
        const held = this.#state.get("container-service", first);
        return held ? containerServiceObjects(this.#state, profile, this.#sealedEnvironments, held) : [];
      }
      case "assignment": {
        const fact = this.#state.value("assignment", first);
        const resourceId = fact && routedIdOf(this.#state, fact.resource);
        return resourceId === undefined ? [] : [{ kind: "host", host: first.slice(0, -1), resourceId }];
      }
      case "certificate":
        return certificateObjects(this.#state, this.#sealedKeys, first);
      case "challenge":
        return challengeObjects(this.#state, `${first} ${second}`);
      case "service-certificate":
        return serviceCertificateObjects(this.#state, this.#sealedKeys, first);
      case "check":
        return checkObjects(this.#state, first);
      case "networks":
        return networkObjects(this.#state);
      case "negative-anchor":
        return negativeAnchorObjects(this.#state, first);
      case "resolver":
        return this.#resolver();
      default:
        return [];
    }
  }

  /** The types of {@link rrsetsAt}, in its order; of an alias, those that it can have. */
  typesAt(zone: string, owner: string): number[] {
    const { plain, groups } = splitRrsets(this.#state.rrsetsAt(zone, owner));
    const types = [...plain, ...groups].map(({ type }) => type);
    // An alias has the name's addresses, whether there are any today or not.
    if (this.#state.aliasAt(zone, owner)) types.push(RrType.A, RrType.AAAA);
    types.push(...this.cutRrsets(zone, owner).map(({ type }) => type));
    const assignment = this.#state.value("assignment", owner);
    if (assignment?.zone !== zone) return types;
    return [...types, ...this.assignedRrsets(assignment).map(({ type }) => type)];
  }

  /** The objects of {@link rrsetsAt}. Facts hold RDATA in the form that objects do: a large zone is not decoded and encoded again. */
  #node(zone: string, owner: string): RoleObject[] {
    const objects = nodeObjects(
      zone,
      owner,
      this.#state.rrsetsAt(zone, owner),
      this.#aliasedTypes(zone, owner),
    );
    objects.push(...encode(zone, this.derivedRrsets(zone, owner)), ...this.#aliasRoute(zone, owner));
    return objects;
  }

  /** The sets that an alias has of the name that it leads to. */
  #aliasedTypes(zone: string, owner: string): ReturnType<typeof aliasedTypes> {
    const alias = this.#state.aliasAt(zone, owner);
    const chain = alias && this.#state.aliases.chainOf(aliasKeyOf(alias));
    if (chain?.end.kind !== "node") return [];
    return aliasedTypes(this.#state, chain.end.zone, chain.end.owner, Math.min(maxAliasTtl, chain.ttl));
  }

  /** The route of an alias of a resource: at an address that resources share, its visitors are told apart by the host they ask for. */
  #aliasRoute(zone: string, owner: string): RoleObject[] {
    const alias = this.#state.aliasAt(zone, owner);
    const end = alias && this.#state.aliases.chainOf(aliasKeyOf(alias))?.end;
    const resourceId = end?.kind === "resource" ? routedIdOf(this.#state, end.name) : undefined;
    // A wildcard is no host.
    if (resourceId === undefined || owner.startsWith("*.")) return [];
    return [{ kind: "host", host: owner.slice(0, -1), resourceId }];
  }

  /** The RRsets at one name of a zone, without the apex's own SOA and NS: by hand, imported, and derived. Of several sets the default. */
  rrsetsAt(zone: string, owner: string): Rrset[] {
    const name = knownName(owner);
    const { plain, groups } = splitRrsets(this.#state.rrsetsAt(zone, owner));
    const facts = groups.length === 0 ? plain : [...plain, ...groups.map(defaultSet)];
    const rrsets: Rrset[] = facts.map(({ type, ttl, entries }) => ({
      owner: name,
      type,
      ttl,
      rdata: entries.map(({ rdata }) => octetsOf(rdata)),
    }));
    return [...rrsets, ...this.derivedRrsets(zone, owner)];
  }

  /** The RRsets at one name of a zone that follow from something else: an assignment, an alias, a resource's own name. */
  derivedRrsets(zone: string, owner: string): Rrset[] {
    const assignment = this.#state.value("assignment", owner);
    const alias = this.#state.aliasAt(zone, owner);
    return [
      ...(assignment?.zone === zone ? this.assignedRrsets(assignment) : []),
      ...(alias ? this.aliasRrsets(alias) : []),
      ...(zone === resourceZone ? resourceRrsets(this.#state, owner) : []),
      ...this.cutRrsets(zone, owner),
    ];
  }

  /** The delegation of another zone here that lies in a zone, at its apex. */
  cutRrsets(zone: string, owner: string): Rrset[] {
    return cutRrsets(this.#state, this.#config.profile, zone, owner);
  }

  /** A and AAAA of an alias. */
  aliasRrsets(alias: AliasFact): Rrset[] {
    return aliasRrsets(this.#state, alias);
  }

  /** A and AAAA of an assigned name. */
  assignedRrsets(assignment: AssignmentFact): Rrset[] {
    const addresses = publicAddressesOf(this.#state, assignment.resource);
    return addresses.length > 0 ? addressRrsets(assignment.owner, defaultTtl, addresses) : [];
  }

  /** SOA and NS of a zone of a name-server set. */
  apexRrsets(zone: ZoneFact): Rrset[] {
    const servers = hostsOf(this.#config.profile, zone.nameServerSetId).map(({ name }) => name);
    const soa = soaRdata({
      mname: servers[0] ?? ".",
      rname: hostmasterOf(zone.apex),
      serial: this.#serial(zone.apex),
      refresh: 7200,
      retry: 900,
      expire: 1_209_600,
      minimum: zone.negativeTtl,
    });
    return [
      { owner: knownName(zone.apex), type: RrType.SOA, ttl: zone.negativeTtl, rdata: [soa] },
      nameServerRrset(zone.apex, servers),
    ];
  }

  #serial(apex: string): number {
    return this.#state.value("serial", apex)?.serial ?? 1;
  }

  #host(name: string): RoleObject[] {
    const host = this.#state.value("host", name);
    const tld = host && findTld({ tlds: tldRules(this.#config.profile) }, name);
    return host && tld ? encode(tld.name, hostAddresses(host)) : [];
  }

  #zone(zone: ZoneFact): RoleObject[] {
    const wish = wishOf(this.#config, zone);
    return [
      { kind: "zone", apex: zone.apex, groups: [zone.nameServerSetId] },
      ...onlineKeys(this.#state, this.#sealedZoneKeys, zone.apex, wish === "compact"),
      ...encode(zone.apex, [
        ...this.apexRrsets(zone),
        ...keyRrsets(this.#state, this.#config.profile.tlds, zone.apex, wish === undefined),
      ]),
    ];
  }

  #resolver(): RoleObject[] {
    const { profile, outside } = this.#config;
    return [
      {
        kind: "tree",
        id: "private",
        suffixes: [...profile.tlds],
        rootHints: hostsOf(profile, "root").map(({ name, addresses }) => ({
          name,
          addresses: [...addresses],
        })),
        authorityPort: profile.authorityPort,
        isPrivate: true,
        trustAnchors: trustAnchorsOf(this.#state),
      },
      { kind: "outside", policy: outside.policy, forwarders: [...outside.forwarders] },
    ];
  }
}

/** RNAME of a zone: hostmaster at the zone itself, or at the platform's own name where that would be too long. */
function hostmasterOf(apex: string): string {
  const octets = new TextEncoder().encode("hostmaster");
  return knownName(apex).prepend(octets)?.toString() ?? registryMailbox;
}

function encode(apex: string, rrsets: readonly Rrset[]): RrsetObject[] {
  const name = knownName(apex);
  return rrsets.map((rrset) => encodeRrset(name, rrset));
}

/** The family of an address in text. */
export function familyOf(address: string): "ipv4" | "ipv6" {
  const octets = parseAddress(address);
  return octets && isIpv4(octets) ? "ipv4" : "ipv6";
}
