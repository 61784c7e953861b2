// What the edge is given of certificates: those that serve a name or a load balancer, with their keys sealed, and what ACME authorities are
// to find. Which units an entry bears on follows the names: a certificate can take the place of another one at a host.

import type { RoleObject } from "#contract";
import { assignmentsUnder, certificatesFor, servedOf, usersOf } from "./certificate-lookup.ts";
import { findResource, resourceKinds } from "./resources.ts";
import type { State } from "./state.ts";

/** Units that a certificate bears on, besides its own: what is served with it, and the certificates that it may replace there. */
export function* unitsOfCertificate(state: State, name: string): Generator<string> {
  yield `certificate ${name}`;
  const names = new Set([
    ...(state.value("certificate", name)?.names ?? []),
    ...(servedOf(state, name)?.names ?? []),
  ]);
  for (const { owner } of assignmentsUnder(state, [...names])) yield* unitsOfHost(state, owner);
  for (const balancer of state.balancersOfCertificate(name)) yield `load-balancer ${balancer}`;
  for (const distribution of state.distributionsOfCertificate(name)) yield `distribution ${distribution}`;
  for (const service of state.containers.servicesOfCertificate(name)) yield `container-service ${service}`;
}

/** Units that an assigned name bears on because of the certificates that cover it. @param owner  absolute */
export function* unitsOfHost(state: State, owner: string): Generator<string> {
  for (const { value } of certificatesFor(state, owner.slice(0, -1))) yield `certificate ${value.name}`;
  const resource = findResource(state, state.value("assignment", owner)?.resource ?? "");
  if (resource?.type === "StaticIp") {
    const { attachedTo } = resource.held.value;
    if (attachedTo !== undefined) yield `instance ${attachedTo}`;
  } else if (resource) {
    yield `${resourceKinds[resource.type]} ${resource.name}`;
  }
}

/** The object of a certificate: nothing while it serves nothing, or is not there yet. */
export function certificateObjects(
  state: State,
  sealedKeys: ReadonlyMap<string, string>,
  name: string,
): RoleObject[] {
  const held = state.get("certificate", name);
  const served = servedOf(state, name);
  const sealedKey = served && sealedKeys.get(served.keyId);
  if (!held || !served || sealedKey === undefined || usersOf(state, held).length === 0) return [];
  const { chain, names, keyId, notAfter } = served;
  return [{ kind: "certificate", id: held.id, name, names: [...names], chain, sealedKey, keyId, notAfter }];
}

/** The object of a challenge that the edge answers. */
export function challengeObjects(state: State, key: string): RoleObject[] {
  const fact = state.value("challenge", key);
  if (fact?.kind !== "http-01") return [];
  const { host, token, content } = fact;
  return [{ kind: "challenge", host, token, content }];
}
