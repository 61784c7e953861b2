// A and AAAA that are derived: of aliases, from where their ways end (alias-chain.ts), and of resources' own names in the platform's zone.
// On the wire they are records like all others; there is no CNAME.

import { addressRrsets, knownName } from "#registry";
import { RrType } from "#wire";
import type { Rrset } from "#zone";
import { aliasKeyOf, maxAliasTtl, type AliasFact } from "./facts.ts";
import { octetsOf } from "./octets.ts";
import { rrsetAt } from "./policies/policy-sets.ts";
import { publicAddressesOf } from "./resources.ts";
import type { State } from "./state.ts";

/** TTL of the names of resources, in seconds: their addresses move. */
const resourceTtl = 60;

/** A and AAAA of an alias; none where it ends at nothing. */
export function aliasRrsets(state: State, alias: AliasFact): Rrset[] {
  const chain = state.aliases.chainOf(aliasKeyOf(alias));
  const ttl = Math.min(maxAliasTtl, chain?.ttl ?? maxAliasTtl);
  const { owner } = alias;
  switch (chain?.end.kind) {
    case "resource":
      return addressesAt(owner, ttl, publicAddressesOf(state, chain.end.name));
    case "node":
      return copyAddresses(state, owner, ttl, chain.end);
    case "outside": {
      const seen = state.value("alias-addresses", chain.end.name);
      return seen ? addressesAt(owner, Math.min(ttl, seen.ttl), seen.addresses) : [];
    }
    default:
      return [];
  }
}

function addressesAt(owner: string, ttl: number, addresses: readonly string[]): Rrset[] {
  return addresses.length > 0 ? addressRrsets(owner, ttl, [...addresses]) : [];
}

function copyAddresses(
  state: State,
  owner: string,
  ttl: number,
  from: { readonly zone: string; readonly owner: string },
): Rrset[] {
  return [RrType.A, RrType.AAAA].flatMap((type): Rrset[] => {
    const fact = rrsetAt(state, from.zone, from.owner, type);
    if (!fact) return [];
    const rdata = fact.entries.map((entry) => octetsOf(entry.rdata));
    return [{ owner: knownName(owner), type, ttl: Math.min(ttl, fact.ttl), rdata }];
  });
}

/** A and AAAA of a resource's own name. */
export function resourceRrsets(state: State, owner: string): Rrset[] {
  const resource = state.resourceOfDnsName(owner);
  return resource === undefined ? [] : addressesAt(owner, resourceTtl, publicAddressesOf(state, resource));
}
