// What NSEC3 records prove of a name (RFC 5155 section 8; RFC 6840 section 4; RFC 9276). The records are taken to be verified already, by the
// keys of one zone, and to be of one chain: the same salt and rounds.

import { type Name, RrType } from "#wire";
import { hashedLabel } from "./denial.ts";
import { hidesBelow, lacksType, wildcardAt } from "./nsec-proof.ts";

/** A link of a chain of hashed names. */
export interface Nsec3Link {
  /** The hash of its name, and that of the next one, as labels in lower case: their order is that of the hashes. */
  readonly hash: string;
  readonly next: string;
  readonly types: readonly number[];
  readonly hasOptOut: boolean;
}

/** What comes of a proof. `opt-out`: an insecure delegation may be there all the same, so the answer is not authentic. */
export type HashedProof = "proven" | "opt-out" | undefined;

/**
 * Most rounds of the hash for one proof (CVE-2023-50868). A name of 34 labels, as in the reverse tree of IPv6, with the 50 extra rounds that
 * are believed takes 1,734.
 */
const maxRounds = 2_000;

/** The links of one chain. Hashes that were made are kept, as one proof asks for a name's more than once. */
export class HashedChain {
  readonly #zone: Name;
  readonly #links: readonly Nsec3Link[];
  readonly #iterations: number;
  readonly #salt: Uint8Array;
  readonly #hashes = new Map<string, string>();
  #roundsLeft = maxRounds;

  constructor(zone: Name, links: readonly Nsec3Link[], iterations: number, salt: Uint8Array) {
    this.#zone = zone;
    this.#links = links;
    this.#iterations = iterations;
    this.#salt = salt;
  }

  /** NODATA: at the name, at an empty non-terminal, or by a wildcard. @see RFC 5155 sections 8.5 to 8.7 */
  nodata(name: Name, type: number): HashedProof {
    const own = this.#match(name);
    if (own) return lacksType(own.types, name, type) ? "proven" : undefined;
    const closest = this.#closest(name);
    if (!closest) return undefined;
    const source = this.#matchWildcard(closest.encloser);
    if (source && lacksType(source.types, name, type)) return closest.hasOptOut ? "opt-out" : "proven";
    // RFC 5155 section 8.6 for DS; an empty non-terminal above insecure delegations alone may be left out too (errata 3441).
    return closest.hasOptOut && !source ? "opt-out" : undefined;
  }

  /** NXDOMAIN. @see RFC 5155 section 8.4 */
  nxdomain(name: Name): HashedProof {
    const own = this.#match(name);
    if (own) return own.types.includes(RrType.NXNAME) ? "proven" : undefined;
    const closest = this.#closest(name);
    const wildcard = closest && wildcardAt(closest.encloser);
    if (!closest) return undefined;
    if (wildcard && !this.#cover(wildcard)) return undefined;
    return closest.hasOptOut ? "opt-out" : "proven";
  }

  /** Nothing nearer than a wildcard is there. @param encloser  what the wildcard is below. @see RFC 5155 section 8.8 */
  wildcard(name: Name, encloser: Name): HashedProof {
    const cover = this.#cover(name.slice(name.labelCount - encloser.labelCount - 1));
    return cover && (cover.hasOptOut ? "opt-out" : "proven");
  }

  /** A zone cut without DS at a name; undefined where neither is proven. @see RFC 5155 section 8.9 */
  cut(name: Name): "insecure" | "no-cut" | undefined {
    const own = this.#match(name);
    if (own) {
      if (own.types.includes(RrType.DS) || own.types.includes(RrType.SOA)) return undefined;
      return own.types.includes(RrType.NS) ? "insecure" : "no-cut";
    }
    const closest = this.#closest(name);
    return closest && (closest.hasOptOut ? "insecure" : "no-cut");
  }

  /** The nearest ancestor that is proven to be there, with the proof that nothing is there on the way down from it. */
  #closest(name: Name): { readonly encloser: Name; readonly hasOptOut: boolean } | undefined {
    for (let drop = 1; name.labelCount - drop >= this.#zone.labelCount; drop++) {
      const encloser = name.slice(drop);
      const match = this.#match(encloser);
      if (!match) continue;
      if (hidesBelow(match.types)) return undefined;
      const cover = this.#cover(name.slice(drop - 1));
      return cover && { encloser, hasOptOut: cover.hasOptOut };
    }
    return undefined;
  }

  #matchWildcard(encloser: Name): Nsec3Link | undefined {
    const wildcard = wildcardAt(encloser);
    return wildcard && this.#match(wildcard);
  }

  #match(name: Name): Nsec3Link | undefined {
    const hash = this.#hash(name);
    return this.#links.find((link) => link.hash === hash);
  }

  #cover(name: Name): Nsec3Link | undefined {
    const hash = this.#hash(name);
    if (hash === undefined) return undefined;
    return this.#links.find((link) =>
      link.hash < link.next
        ? link.hash < hash && hash < link.next
        : hash !== link.hash && (link.hash < hash || hash < link.next),
    );
  }

  /** Undefined where there is no work left for it. */
  #hash(name: Name): string | undefined {
    const held = this.#hashes.get(name.key);
    if (held !== undefined) return held;
    this.#roundsLeft -= 1 + this.#iterations;
    if (this.#roundsLeft < 0) return undefined;
    const label = hashedLabel(name.toLowerCase().octets, this.#iterations, this.#salt);
    const hash = String.fromCharCode(...label.subarray(1));
    this.#hashes.set(name.key, hash);
    return hash;
  }
}
