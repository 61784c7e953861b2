// The units that the state is cut into for publication: the zones above, each zone and name, each resource, and so on. Each gives a few
// objects (publish.ts). An entry of the log bears on the units that are named here; an entry that bears on none changes nothing for any role.
// A unit is named by its kind and a key or two, with blanks between.

import type { Entry } from "#store";
import type { Kind } from "./facts.ts";
import { healthIdOf } from "./policies/health-id.ts";
import { verifyingChecks } from "./policies/publish-policies.ts";
import { unitsOfCertificate, unitsOfHost } from "./publish-certificates.ts";
import { findResource, resourceDnsName, resourceKinds, resourceZone } from "./resources.ts";
import { zoneAbove } from "./zone-cuts.ts";
import { unitsOfSigning } from "./signing/publish-signing.ts";
import type { State } from "./state.ts";

/** Names units. */
export class PublishUnits {
  readonly #state: State;
  readonly #tlds: readonly string[];

  constructor(state: State, tlds: readonly string[]) {
    this.#state = state;
    this.#tlds = tlds;
  }

  /** All units there are. */
  *all(): Generator<string> {
    yield "root";
    yield "resolver";
    yield "networks";
    for (const tld of this.#tlds) yield `tld ${tld}`;
    const units = new Set<string>();
    for (const kind of [
      "host",
      "domain",
      "zone",
      "rrset",
      "instance",
      "load-balancer",
      "distribution",
      "purge",
      "container-service",
      "static-ip",
      "assignment",
      "certificate",
      "service-certificate",
      "challenge",
      "alias",
      "negative-anchor",
    ] as const) {
      for (const key of this.#state.all(kind).keys())
        for (const unit of this.of({ kind, key })) units.add(unit);
    }
    yield* units;
  }

  /** The units that an entry bears on, as the state is now. Ask before and after it is applied where references can move. */
  *of(entry: Pick<Entry, "kind" | "key">): Generator<string> {
    yield* this.#ownUnitsOf(entry);
    yield* this.#aliasUnitsOf(entry);
  }

  /** Units of the aliases on whose way a fact lies. */
  *#aliasUnitsOf(entry: Pick<Entry, "kind" | "key">): Generator<string> {
    if (this.#state.aliases.isEmpty) return;
    const kind = entry.kind as Exclude<Kind, "change">;
    const held = this.#state.get(kind, entry.key);
    for (const alias of this.#state.aliasesOver(kind, entry.key, [held])) yield `node ${alias}`;
  }

  *#ownUnitsOf(entry: Pick<Entry, "kind" | "key">): Generator<string> {
    const { kind, key } = entry;
    switch (kind) {
      case "serial":
        if (key === ".") yield "root";
        else if (this.#tlds.includes(key)) yield `tld ${key}`;
        else yield `zone ${key}`;
        break;
      case "pending":
        yield `domain ${key}`;
        break;
      case "zone-signing":
        yield* unitsOfSigning(this.#tlds, key);
        yield* this.#cutUnitsOf(key);
        break;
      case "host":
      case "domain":
        yield `${kind} ${key}`;
        break;
      case "zone":
        yield `zone ${key}`;
        yield* this.#cutUnitsOf(key);
        for (const below of this.#state.zonesBelow(key)) yield* this.#cutUnitsOf(below);
        break;
      case "rrset": {
        const [zone, owner] = key.split(" ");
        yield `node ${zone} ${owner}`;
        const health = this.#state.value("rrset", key)?.health;
        if (health) yield `check ${healthIdOf(health)}`;
        break;
      }
      case "network-table":
        yield "networks";
        break;
      case "negative-anchor":
        yield `negative-anchor ${key}`;
        break;
      case "authority":
        for (const id of verifyingChecks(this.#state)) yield `check ${id}`;
        break;
      case "alias":
        yield `node ${key}`;
        break;
      case "assignment": {
        const zone = this.#state.value("assignment", key)?.zone ?? this.#state.zoneOf(key)?.apex;
        if (zone !== undefined) yield `node ${zone} ${key}`;
        yield `assignment ${key}`;
        yield* unitsOfHost(this.#state, key);
        // A name that a container service is served under is the assignment's while there is one.
        for (const service of this.#state.containers.servicesOfDomain(key.slice(0, -1)))
          yield `container-service ${service}`;
        break;
      }
      case "certificate":
      case "issuance":
        yield* unitsOfCertificate(this.#state, key);
        break;
      case "challenge":
      case "service-certificate":
        yield `${kind} ${key}`;
        break;
      case "instance":
        yield `instance ${key}`;
        for (const balancer of this.#state.balancersOfInstance(key)) yield `load-balancer ${balancer}`;
        for (const { resource } of this.#state.drainsOfInstance(key))
          if (resource !== key) yield `load-balancer ${resource}`;
        yield* this.#namesOf(key);
        break;
      case "static-ip": {
        yield* this.#namesOf(key);
        const instance = this.#state.value("static-ip", key)?.attachedTo;
        if (instance !== undefined) yield* this.of({ kind: "instance", key: instance });
        break;
      }
      case "load-balancer":
        yield `load-balancer ${key}`;
        for (const name of this.#state.value("load-balancer", key)?.certificates ?? [])
          yield `certificate ${name}`;
        yield* this.#namesOf(key);
        break;
      case "distribution": {
        yield `distribution ${key}`;
        yield `purge ${key}`;
        const certificate = this.#state.value("distribution", key)?.certificateName;
        if (certificate !== undefined) yield `certificate ${certificate}`;
        yield* this.#namesOf(key);
        break;
      }
      case "purge":
        yield `purge ${key}`;
        break;
      case "container-service":
        yield `${kind} ${key}`;
        for (const name of Object.keys(this.#state.value(kind, key)?.publicDomainNames ?? {}))
          yield `certificate ${name}`;
        yield* this.#namesOf(key);
        break;
      case "deployment":
      case "container-node":
      case "container-progress":
        yield* this.#serviceUnitsOf(kind, key);
        break;
      case "drain": {
        const [resource = "", instance = ""] = key.split(" ");
        yield `load-balancer ${resource}`;
        yield* this.of({ kind: "instance", key: instance });
        break;
      }
      case "address": {
        const resource = findResource(this.#state, this.#state.value("address", key)?.resource ?? "");
        if (resource) yield* this.of({ kind: resourceKinds[resource.type], key: resource.name });
        break;
      }
      default:
    }
  }

  /** The unit in which a zone here delegates one that lies in it. */
  *#cutUnitsOf(apex: string): Generator<string> {
    const above = zoneAbove(this.#state, apex);
    if (above !== undefined) yield `node ${above} ${apex}`;
  }

  /** Units of the service that a fact of it bears on. */
  *#serviceUnitsOf(
    kind: "deployment" | "container-node" | "container-progress",
    key: string,
  ): Generator<string> {
    const [first = ""] = key.split(" ");
    const name = kind === "container-node" ? this.#state.value(kind, key)?.service : first;
    if (name !== undefined) yield `container-service ${name}`;
    // While it is being deleted, its name is gone.
    if (kind === "container-progress") yield* this.of({ kind: "container-service", key: first });
  }

  /** Units of the names that lead to a resource, and of its own. */
  *#namesOf(resource: string): Generator<string> {
    const found = findResource(this.#state, resource);
    if (found) yield `node ${resourceZone} ${resourceDnsName(found)}`;
    for (const { owner, zone } of this.#state.assignmentsOfResource(resource)) {
      yield `node ${zone} ${owner}`;
      yield `assignment ${owner}`;
    }
  }
}
