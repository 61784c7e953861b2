// Resources by their names: instances, static IPs, load balancers, distributions and container services share one name space, as in Lightsail. What refers to one (an
// assignment, an alias) holds its name; what that comes to is asked for here.

import { PlatformError } from "#contract";
import { isBeingDeleted } from "./drains.ts";
import { aliasKeyOf, type InstanceFact, type Kind } from "./facts.ts";
import { shown } from "./names.ts";
import { resourceHealthId } from "./policies/health-id.ts";
import type { Held, State } from "./state.ts";

/** References that one refusal names. */
const maxNamedReferences = 10;

/** A resource that names can lead to. */
export type Resource =
  | { readonly type: "Instance"; readonly name: string; readonly held: Held<"instance"> }
  | { readonly type: "StaticIp"; readonly name: string; readonly held: Held<"static-ip"> }
  | { readonly type: "LoadBalancer"; readonly name: string; readonly held: Held<"load-balancer"> }
  | { readonly type: "Distribution"; readonly name: string; readonly held: Held<"distribution"> }
  | { readonly type: "ContainerService"; readonly name: string; readonly held: Held<"container-service"> };

/** A kind of fact that is a resource. */
export type ResourceKind = "instance" | "static-ip" | "load-balancer" | "distribution" | "container-service";

/** The kind of fact that each type is. */
export const resourceKinds: Readonly<Record<Resource["type"], ResourceKind>> = {
  Instance: "instance",
  StaticIp: "static-ip",
  LoadBalancer: "load-balancer",
  Distribution: "distribution",
  ContainerService: "container-service",
};

/** What people call each type. */
export const typeWords: Readonly<
  Record<Resource["type"], { readonly word: string; readonly article: string }>
> = {
  Instance: { word: "instance", article: "an instance" },
  StaticIp: { word: "static IP", article: "a static IP" },
  LoadBalancer: { word: "load balancer", article: "a load balancer" },
  Distribution: { word: "distribution", article: "a distribution" },
  ContainerService: { word: "container service", article: "a container service" },
};

const typesOfKinds: ReadonlyMap<ResourceKind, Resource["type"]> = new Map(
  Object.entries(resourceKinds).map(([type, kind]) => [kind, type as Resource["type"]]),
);

/** The type of resource that a kind of fact is; undefined where it is none. */
export function resourceTypeOf(kind: Kind): Resource["type"] | undefined {
  return typesOfKinds.get(kind as ResourceKind);
}

/** The resource of a name. An instance or container service that is being deleted is none any more. */
export function findResource(state: State, name: string): Resource | undefined {
  const instance = state.get("instance", name);
  if (instance && isBeingDeleted(state, name)) return undefined;
  if (instance) return { type: "Instance", name, held: instance };
  for (const [kind, type] of typesOfKinds) {
    const held = state.get(kind, name);
    if (held && kind === "container-service" && isBeingDeleted(state, name)) return undefined;
    // Kind and type come from the same row of the table above.
    if (held) return { type, name, held } as Resource;
  }
  return undefined;
}

/** The resource of a name. Throws `resource-not-found`. */
export function requireResource(state: State, name: string): Resource {
  const found = findResource(state, name);
  if (!found) throw new PlatformError("resource-not-found", `Cannot find resource "${name}": there is none`);
  return found;
}

/**
 * The addresses that names of a resource lead to: its own first, then those that all share. An instance with a static IP is found
 * there; its own address goes on working, so that who kept it is not lost.
 */
export function publicAddressesOf(state: State, name: string): string[] {
  const resource = findResource(state, name);
  const address = state.value("address", addressKeyOf(state, resource) ?? "");
  const all = address ? [...address.own, ...address.shared] : [];
  return isIpv4Only(resource) ? all.filter((one) => !one.includes(":")) : all;
}

function isIpv4Only(resource: Resource | undefined): boolean {
  if (resource?.type === "StaticIp" || resource?.type === "ContainerService") return false;
  return resource?.held.value.ipAddressType === "ipv4";
}

/** Every address at which the edge answers for an instance: of its static IP, then its own. */
export function servedAddressesOf(state: State, instance: InstanceFact): string[] {
  const keys = [staticIpOf(state, instance.name)?.value.address, instance.publicAddress];
  return keys.flatMap((key) => (key === undefined ? [] : (state.value("address", key)?.own ?? [])));
}

/** The static IP that is attached to an instance. */
export function staticIpOf(state: State, instance: string): Held<"static-ip"> | undefined {
  const [name] = state.staticIpsOfInstance(instance);
  return name === undefined ? undefined : state.get("static-ip", name);
}

/** The id of what a resource's requests are routed to: a static IP leads to its instance. */
export function routedIdOf(state: State, name: string): string | undefined {
  const resource = findResource(state, name);
  if (resource?.type !== "StaticIp") return resource?.held.id;
  const { attachedTo } = resource.held.value;
  return attachedTo === undefined ? undefined : state.get("instance", attachedTo)?.id;
}

function addressKeyOf(state: State, resource: Resource | undefined): string | undefined {
  switch (resource?.type) {
    case "Instance":
      return staticIpOf(state, resource.name)?.value.address ?? resource.held.value.publicAddress;
    case "StaticIp":
      return resource.held.value.address;
    case "LoadBalancer":
    case "Distribution":
    case "ContainerService":
      return resource.held.value.publicAddress;
    case undefined:
      return undefined;
  }
}

/** The platform's own zone, in which every resource has a name. */
export const resourceZone = "fairlead.internal.";

/**
 * Refuses what would change the platform's own zone or registration.
 * @param action  in words, to follow "Cannot"
 * Throws `platform-owned`.
 */
export function refuseOwned(apex: string, action: string): void {
  if (apex !== resourceZone) return;
  throw new PlatformError(
    "platform-owned",
    `Cannot ${action}: the platform keeps it for the names of its resources`,
  );
}

const zoneLabels: Readonly<Record<Resource["type"], string>> = {
  Instance: "instances",
  StaticIp: "static-ips",
  LoadBalancer: "load-balancers",
  Distribution: "distributions",
  ContainerService: "container-services",
};

/** What an id adds to the label of a resource whose name is none: its last digits, which are chance. */
const idSuffix = /-[0-9a-f]{12}$/;

/**
 * The DNS name that a resource has as such, absolute: `web.instances.fairlead.internal.`. A name that is no label in lower case, or that
 * could be taken for one made here, is spelled as a label and told apart by the end of the resource's id.
 */
export function resourceDnsName({
  type,
  name,
  held,
}: Pick<Resource, "type" | "name"> & { held: Pick<Held, "id"> }): string {
  const isLabel = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name) && !idSuffix.test(name);
  const spelled = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 50);
  const label = isLabel ? name : `${spelled}-${held.id.slice(-12)}`;
  return `${label}.${zoneLabels[type]}.${resourceZone}`;
}

/** The instance of a name. Throws `resource-not-found`. */
export function requireInstance(state: State, name: string, action: string): Held<"instance"> {
  const found = findResource(state, name);
  if (found?.type === "Instance") return found.held;
  const isLeaving = !found && state.get("instance", name) !== undefined;
  const reason = found
    ? `"${name}" is ${typeWords[found.type].article}, and no instance`
    : isLeaving
      ? `instance "${name}" is being deleted`
      : `there is no instance "${name}"`;
  throw new PlatformError("resource-not-found", `${action}: ${reason}`);
}

/** What refers to an instance or another resource and would be left with nothing, in words: `shop.test leads to it`. */
export function referencesTo(
  state: State,
  name: string,
): { readonly text: string; readonly revision: number }[] {
  const revisionOf = (
    kind: "assignment" | "alias" | "load-balancer" | "static-ip" | "distribution" | "rrset",
    key: string,
  ): number => state.get(kind, key)?.revision ?? 0;
  return [
    ...state.assignmentsOfResource(name).map(({ owner }) => ({
      text: `${shown(owner)} leads to it`,
      revision: revisionOf("assignment", owner),
    })),
    ...state.aliasesOfResource(name).map((alias) => ({
      text: `${shown(alias.owner)} leads to it`,
      revision: revisionOf("alias", aliasKeyOf(alias)),
    })),
    ...[...state.setsOfHealth(resourceHealthId(name))].map((key) => ({
      text: `${shown(key.split(" ")[1] ?? "")} follows its health`,
      revision: revisionOf("rrset", key),
    })),
    ...[...state.balancersOfInstance(name)].map((balancer) => ({
      text: `it is attached to load balancer ${balancer}`,
      revision: revisionOf("load-balancer", balancer),
    })),
    ...[...state.staticIpsOfInstance(name)].map((staticIp) => ({
      text: `static IP ${staticIp} is attached to it`,
      revision: revisionOf("static-ip", staticIp),
    })),
    ...[...state.distributionsOfOrigin(name)].map((distribution) => ({
      text: `it is the origin of distribution ${distribution}`,
      revision: revisionOf("distribution", distribution),
    })),
  ];
}

/** Refuses to take a resource away that something refers to. Throws `resource-in-use`. */
export function requireUnused(state: State, name: string, action: string): void {
  const references = referencesTo(state, name);
  if (references.length === 0) return;
  const shownFew = references.slice(0, maxNamedReferences).map(({ text }) => text);
  const more = references.length > shownFew.length ? [`and ${references.length - shownFew.length} more`] : [];
  throw new PlatformError("resource-in-use", `${action}: ${[...shownFew, ...more].join("; ")}`);
}
