// Proofs of what is not there, out of the verified NSEC and NSEC3 RRsets of one answer, whichever of the two a zone has.

import { decodeRdata, maxNsec3Iterations, type Name, nsec3OptOut, nsec3Sha1, RrType } from "#wire";
import type { Rrset } from "#zone";
import { hashLabel } from "./denial.ts";
import { HashedChain, type Nsec3Link } from "./nsec3-proof.ts";
import {
  cutByNsec,
  isNodataByNsec,
  isNxdomainByNsec,
  isWildcardByNsec,
  type NsecLink,
} from "./nsec-proof.ts";

/**
 * What a proof comes to. `opt-out`: a delegation that is not signed may be there all the same. `too-many-rounds`: the names are hashed more
 * often than is believed, so that nothing is proven and the zone is taken for an unsigned one (RFC 9276 section 3.2).
 */
export type Proof = "proven" | "opt-out" | "too-many-rounds" | "unproven";

/** Most links of one answer that are looked at: a proof takes three, an answer with aliases a few of them. */
const maxLinks = 32;

/** The links of an answer. */
export class DenialProof {
  readonly #zone: Name;
  readonly #nsec: NsecLink[] = [];
  readonly #hashed: HashedChain | undefined;
  readonly #hasTooManyRounds: boolean = false;

  /** @param rrsets  verified by keys of the zone; those of other types are passed over */
  constructor(zone: Name, rrsets: readonly Rrset[]) {
    this.#zone = zone;
    const hashed: Nsec3Link[] = [];
    let parameters: { readonly iterations: number; readonly salt: Uint8Array } | undefined;
    for (const { owner, type, rdata } of rrsets.slice(0, maxLinks)) {
      const [first] = rdata;
      if (first === undefined || !owner.isSubdomainOf(zone)) continue;
      if (type === RrType.NSEC) {
        const decoded = decodeRdata(RrType.NSEC, first);
        if (!decoded.ok || !decoded.value.nextDomainName.isSubdomainOf(zone)) continue;
        this.#nsec.push({ owner, next: decoded.value.nextDomainName, types: decoded.value.types });
      }
      if (type !== RrType.NSEC3 || owner.labelCount !== zone.labelCount + 1) continue;
      const decoded = decodeRdata(RrType.NSEC3, first);
      if (!decoded.ok) continue;
      const { hashAlgorithm, flags, iterations, salt, nextHashedOwnerName, types } = decoded.value;
      if (hashAlgorithm !== nsec3Sha1 || (flags & ~nsec3OptOut) !== 0) continue;
      if (iterations > maxNsec3Iterations) {
        this.#hasTooManyRounds = true;
        continue;
      }
      // RFC 5155 section 8.2: all of one answer have the same; the first says which.
      parameters ??= { iterations, salt };
      if (parameters.iterations !== iterations || parameters.salt.join() !== salt.join()) continue;
      hashed.push({
        hash: String.fromCharCode(...owner.toLowerCase().label(0)),
        next: String.fromCharCode(...hashLabel(nextHashedOwnerName)),
        types,
        hasOptOut: (flags & nsec3OptOut) !== 0,
      });
    }
    if (parameters) this.#hashed = new HashedChain(zone, hashed, parameters.iterations, parameters.salt);
  }

  /** The type is not there at a name that is. */
  nodata(name: Name, type: number): Proof {
    if (isNodataByNsec(this.#nsec, this.#zone, name, type)) return "proven";
    return this.#hashed?.nodata(name, type) ?? this.#nothing();
  }

  /** The name is not there, and no wildcard in its place. */
  nxdomain(name: Name): Proof {
    if (isNxdomainByNsec(this.#nsec, this.#zone, name)) return "proven";
    return this.#hashed?.nxdomain(name) ?? this.#nothing();
  }

  /** A wildcard rightly answered for a name. @param encloser  what the wildcard is below */
  wildcard(name: Name, encloser: Name): Proof {
    if (isWildcardByNsec(this.#nsec, this.#zone, name, encloser)) return "proven";
    return this.#hashed?.wildcard(name, encloser) ?? this.#nothing();
  }

  /** Whether a zone that is not signed begins at a name, or none begins there; DS is what was asked for. */
  cut(name: Name): "insecure" | "no-cut" | "too-many-rounds" | "unproven" {
    const said = cutByNsec(this.#nsec, this.#zone, name) ?? this.#hashed?.cut(name);
    return said ?? this.#nothing();
  }

  #nothing(): "too-many-rounds" | "unproven" {
    return this.#hasTooManyRounds ? "too-many-rounds" : "unproven";
  }
}
