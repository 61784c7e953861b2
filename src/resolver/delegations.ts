// What parents say about their children: which servers a zone has, with glue. Kept apart from the cache of answers:
// it is for walking only. Each delegation lives as long as its parent said and no longer: what the child says about
// its own NS set neither replaces it nor prolongs it, so a zone that its parent has taken back is gone in time.

import { RrType, type Name } from "#wire";
import { maxDelegationOctets } from "./limits.ts";
import { sizeOfRrset, type CachedRrset } from "./rrset.ts";

/** A name server of a zone. */
export interface DelegatedServer {
  readonly name: Name;
  /** From glue; empty where the name must be looked up. */
  readonly addresses: readonly Uint8Array[];
  /**
   * Addresses that came along although the parent has no say over the server's name. For when that name cannot be
   * looked up, and for this zone only, over which the parent has all say anyway. Absent is none.
   */
  readonly spareAddresses?: readonly Uint8Array[];
}

/** A zone cut as its parent described it. */
export interface Delegation {
  readonly zone: Name;
  /** Cuts from the root: 0 the root, 1 a TLD. */
  readonly depth: number;
  readonly servers: readonly DelegatedServer[];
  /** Seconds at the time of storing: the lowest of the NS set's TTL and that of the glue that must not be missing. */
  readonly ttl: number;
  readonly storedAt: number;
  readonly expiresAt: number;
  /** The parent's DS RRset, or NSEC and NSEC3 RRsets that deny it, as the referral had them: not validated. Absent is none. */
  readonly security?: readonly CachedRrset[];
}

/** Delegations by tree and zone; what was used least recently goes first. */
export class Delegations {
  readonly #delegations = new Map<string, Delegation>();
  #octets = 0;

  /** How many are held, expired ones included. */
  get size(): number {
    return this.#delegations.size;
  }

  /**
   * The nearest zone at or above a name whose servers are known. For type DS, above the name: the parent answers for
   * it (RFC 4035 section 3.1.4.1).
   *
   * @param since  only what was stored at this monotonic time or later; 0 for anything
   */
  closest(tree: string, name: Name, type: number, monotonic: number, since: number): Delegation | undefined {
    // The root has no parent: it is asked about itself.
    const first = type === RrType.DS && !name.isRoot ? 1 : 0;
    for (let drop = first; drop <= name.labelCount; drop++) {
      const delegation = this.get(tree, name.slice(drop), monotonic, since);
      if (delegation) return delegation;
    }
    return undefined;
  }

  /** The glue for a server in the nearest delegation, at or above its name, that it serves. */
  findGlue(tree: string, name: Name, monotonic: number): readonly Uint8Array[] {
    for (let drop = 0; drop <= name.labelCount; drop++) {
      const delegation = this.get(tree, name.slice(drop), monotonic, 0);
      const server = delegation?.servers.find((other) => other.name.equals(name));
      if (server && server.addresses.length > 0) return server.addresses;
    }
    return [];
  }

  /** The delegation of one zone. */
  get(tree: string, zone: Name, monotonic: number, since: number): Delegation | undefined {
    const key = `${tree}/${zone.key}`;
    const delegation = this.#delegations.get(key);
    if (!delegation || delegation.expiresAt <= monotonic || delegation.storedAt < since) return undefined;
    this.#delegations.delete(key);
    this.#delegations.set(key, delegation);
    return delegation;
  }

  /** Keeps what a parent said, in the place of what it said before. */
  put(tree: string, delegation: Delegation): void {
    const key = `${tree}/${delegation.zone.key}`;
    this.#remove(key);
    this.#delegations.set(key, delegation);
    this.#octets += sizeOf(delegation);
    while (this.#octets > maxDelegationOctets) {
      const oldest = this.#delegations.keys().next();
      if (oldest.done === true) break;
      this.#remove(oldest.value);
    }
  }

  /** Forgets all of a tree, as when its root servers have changed. */
  removeTree(tree: string): void {
    for (const key of this.#delegations.keys()) if (key.startsWith(`${tree}/`)) this.#remove(key);
  }

  #remove(key: string): void {
    const delegation = this.#delegations.get(key);
    if (!delegation) return;
    this.#delegations.delete(key);
    this.#octets -= sizeOf(delegation);
  }
}

/** Octets that a delegation takes, about: objects cost more than what is in them. */
function sizeOf(delegation: Delegation): number {
  let size = 400;
  for (const server of delegation.servers)
    size += 200 + 120 * (server.addresses.length + (server.spareAddresses?.length ?? 0));
  for (const rrset of delegation.security ?? []) size += sizeOfRrset(rrset);
  return size;
}
