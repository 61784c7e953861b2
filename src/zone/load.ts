// Zones that are put whole: their records come one after the other, as octets, and what is served changes once all of them are there.

import { type Name, type RecordOctetSink, RrType } from "#wire";
import { compareRrsets, type Rrset, rrsetKey } from "./rrset.ts";

/** Gives the records of a zone, one by one, to the function that it is given. What it throws keeps the zone as it was. */
export type ZoneFeed = (put: RecordOctetSink) => void;

/** A zone that is to be put whole, in the place of the one of this name. */
export interface ZoneLoad {
  readonly apex: Name;
  /** Ids of the groups that serve it. */
  readonly groups: readonly string[];
  readonly feed: ZoneFeed;
  /** Looks at the zone once all of it is there and before it is in force. What it throws keeps everything as it was. */
  readonly check?: (zone: LoadedZone) => void;
}

/** A whole zone that is looked at, in force or not. Good within one call only. */
export interface LoadedZone {
  /** All its RRsets, owners in canonical order. */
  rrsets(): Iterable<Rrset>;
  /** The RRsets of a name; NSEC3 and what signs it too. */
  at(owner: Name): readonly Rrset[];
  /** Whether a name has an RRset of a type, or any where none is named. */
  has(owner: Name, type?: number): boolean;
  /** The RRsets of each name at which `checkZone` may find something, in canonical order: most names have none of the types that it looks at. */
  suspects(): Iterable<readonly Rrset[]>;
}

/** Types whose RRsets `checkZone` looks at; all others it minds below a zone cut or DNAME, and beside these. */
export const checkedTypes: ReadonlySet<number> = new Set([
  RrType.SOA,
  RrType.NS,
  RrType.CNAME,
  RrType.DNAME,
  RrType.DS,
  RrType.MX,
  RrType.SRV,
]);

/** RRsets as a whole zone. */
export class RrsetList implements LoadedZone {
  readonly #rrsets: readonly Rrset[];
  readonly #byKey: ReadonlyMap<string, Rrset>;
  readonly #owners = new Map<string, Rrset[]>();

  /** @param rrsets  each owner and type once */
  constructor(rrsets: Iterable<Rrset>) {
    this.#rrsets = [...rrsets].sort(compareRrsets);
    this.#byKey = new Map(this.#rrsets.map((rrset) => [rrsetKey(rrset.owner, rrset.type), rrset]));
    for (const rrset of this.#rrsets) {
      const beside = this.#owners.get(rrset.owner.key);
      if (beside === undefined) this.#owners.set(rrset.owner.key, [rrset]);
      else beside.push(rrset);
    }
  }

  rrsets(): Iterable<Rrset> {
    return this.#rrsets;
  }

  at(owner: Name): readonly Rrset[] {
    return this.#owners.get(owner.key) ?? [];
  }

  has(owner: Name, type?: number): boolean {
    return type === undefined ? this.#owners.has(owner.key) : this.#byKey.has(rrsetKey(owner, type));
  }

  suspects(): Iterable<readonly Rrset[]> {
    return this.#owners.values();
  }
}
