// Which certificate serves what: found by names, never stored. A host that leads to a resource is served with any certificate that covers
// it; a load balancer has those that are attached to it besides.

import { isWithin } from "#certificate";
import {
  acmeAccountKey,
  authorityKey,
  type IssuanceFact,
  type ServedCertificate,
} from "./certificate-facts.ts";
import type { Held, State } from "./state.ts";

/** How far a certificate has come; undefined where nobody has begun. */
export function issuanceOf(state: State, held: Held<"certificate">): IssuanceFact | undefined {
  const issuance = state.value("issuance", held.value.name);
  return issuance?.certificateId === held.id ? issuance : undefined;
}

/** What of a certificate can be served: what was issued last, or brought; undefined while there is nothing. */
export function servedOf(state: State, name: string): ServedCertificate | undefined {
  const held = state.get("certificate", name);
  if (!held) return undefined;
  const issuance = issuanceOf(state, held);
  return issuance?.status === "REVOKED" ? undefined : (held.value.imported ?? issuance?.served);
}

/**
 * Certificates whose names cover a host, the best first: those that have not run out, those with the exact name, those that somebody asked
 * for, those that live longest.
 * @param host  without the final dot
 */
export function certificatesFor(state: State, host: string): Held<"certificate">[] {
  const dot = host.indexOf(".");
  const names = host.startsWith("*.") || dot < 0 ? [host] : [host, `*${host.slice(dot)}`];
  const found = names.flatMap((name, i) =>
    [...state.certificatesOfName(name)].flatMap((key) => {
      const held = state.get("certificate", key);
      return held ? [{ held, rank: rankOf(state, held, i) }] : [];
    }),
  );
  return found.sort((a, b) => compareRanks(a.rank, b.rank)).map(({ held }) => held);
}

/** Lower is better, the first difference decides. */
function rankOf(state: State, held: Held<"certificate">, place: number): readonly number[] {
  const { name, origin } = held.value;
  const issuance = issuanceOf(state, held);
  // Of what a user brought anew, that what was there before had run out says nothing.
  const isOfToday = !held.value.imported || issuance?.requestedAt === held.value.requestedAt;
  const isOver = isOfToday && issuance?.status === "EXPIRED";
  return [isOver ? 1 : 0, place, origin === "assign" ? 1 : 0, -(servedOf(state, name)?.notAfter ?? 0)];
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  const i = a.findIndex((value, j) => value !== b[j]);
  return i < 0 ? 0 : (a[i] ?? 0) - (b[i] ?? 0);
}

/** The certificate that a host is served with: the best that is there. */
export function servingCertificate(state: State, host: string): Held<"certificate"> | undefined {
  return certificatesFor(state, host).find(({ value }) => servedOf(state, value.name) !== undefined);
}

/** Ids of the certificates of a resource at the edge: those attached first, then those of the names that lead to it. */
export function edgeCertificates(state: State, resource: string, attached: readonly string[] = []): string[] {
  return served(state, resource, attached).map(({ id }) => id);
}

/** Names of the certificates of {@link edgeCertificates}. */
export function servedCertificates(state: State, resource: string, attached: readonly string[]): string[] {
  return served(state, resource, attached).map(({ value }) => value.name);
}

function served(state: State, resource: string, attached: readonly string[]): Held<"certificate">[] {
  const all = new Set<Held<"certificate">>();
  for (const name of attached) {
    const held = state.get("certificate", name);
    if (held && servedOf(state, name)) all.add(held);
  }
  for (const owner of ownersOf(state, resource)) {
    const held = servingCertificate(state, owner.slice(0, -1));
    if (held) all.add(held);
  }
  return [...all];
}

/** Names that lead to a resource, or to a static IP that is attached to it. */
function ownersOf(state: State, resource: string): string[] {
  const names = [resource, ...state.staticIpsOfInstance(resource)];
  return names.flatMap((name) => state.assignmentsOfResource(name).map(({ owner }) => owner)).sort();
}

/** Assigned names that a certificate covers, with what they lead to. */
export function assignmentsUnder(
  state: State,
  names: readonly string[],
): { owner: string; resource: string }[] {
  const owners = new Set<string>();
  for (const name of names) {
    if (state.get("assignment", `${name}.`)) owners.add(`${name}.`);
    if (name.startsWith("*."))
      for (const owner of state.assignmentsBelow(`${name.slice(2)}.`)) owners.add(owner);
  }
  return [...owners].flatMap((owner) => {
    const fact = state.value("assignment", owner);
    return fact ? [{ owner, resource: fact.resource }] : [];
  });
}

/** Assigned names and resources that are served with a certificate. */
export function usersOf(state: State, held: Held<"certificate">): string[] {
  const { name } = held.value;
  const names = servedOf(state, name)?.names ?? held.value.names;
  const hosts = assignmentsUnder(state, names)
    .map(({ owner }) => owner.slice(0, -1))
    .filter((host) => servingCertificate(state, host)?.id === held.id);
  return [...hosts, ...state.resourcesOfCertificate(name)].sort();
}

/** Host names of a certificate as it is served today; none where there is none. */
export function servedNamesOf(state: State, certificate: string | undefined): readonly string[] {
  return certificate === undefined ? [] : (servedOf(state, certificate)?.names ?? []);
}

/** A name without what makes it a wildcard. */
export function baseOf(name: string): string {
  return name.replace(/^\*\./, "");
}

/** Whether the built-in authority can issue for some names. */
export function isPermitted(state: State, names: readonly string[]): boolean {
  const permitted = state.value("authority", authorityKey)?.permittedNames ?? [];
  return names.every((name) => isWithin(baseOf(name), permitted));
}

/** Who issues for some names where nobody said it; undefined where nobody can. */
export function issuerFor(state: State, names: readonly string[]): "built-in" | "acme" | undefined {
  if (isPermitted(state, names)) return "built-in";
  return state.get("acme-account", acmeAccountKey) ? "acme" : undefined;
}
