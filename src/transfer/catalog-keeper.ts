// Which zones follow from catalogs (RFC 9432 section 5): each is of one catalog, changes to another one only when its own says so, and begins anew where
// the label that stands for it is another one. A catalog that is broken, or gone for a while, changes nothing. One that has a zone which is another's
// is looked at again when that lets go of it.

import type { Name } from "#wire";
import { type CatalogMember, readCatalog, type Rrset } from "#zone";

/** Problems of one version that are put into words: a catalog may have as many as members. */
const maxProblemsTold = 10;

/** What follows from another version of a catalog. */
export interface CatalogChange {
  /** Zones to take up. */
  readonly add: readonly CatalogMember[];
  /** Zones to let go of, with all that is kept of them. */
  readonly remove: readonly Name[];
  /** Why nothing follows from it, or from some of its members: the first of them, for a log. */
  readonly problems: readonly string[];
  /** How many there are in all. */
  readonly problemCount: number;
  /** Other catalogs that have a zone which this one has let go of, or is to change to them: what they say now is to be taken over again. */
  readonly again: readonly Name[];
}

interface Held {
  readonly catalog: Name;
  member: CatalogMember;
}

/** See the head of this file. */
export class CatalogKeeper {
  readonly #members = new Map<string, Held>();
  /** By zone, catalogs that have it and were passed over, by their names. */
  readonly #passedOver = new Map<string, Map<string, Name>>();

  /** The catalog that a zone is of. */
  catalogOf(zone: Name): Name | undefined {
    return this.#members.get(zone.key)?.catalog;
  }

  /**
   * Takes over a version of a catalog.
   * @param isTaken  whether a zone is served for another reason than a catalog: it stays as it is
   */
  update(catalog: Name, rrsets: Iterable<Rrset>, isTaken: (zone: Name) => boolean): CatalogChange {
    const read = readCatalog(catalog, rrsets);
    if (!read.ok)
      return {
        add: [],
        remove: [],
        problems: [`catalog ${catalog.toString()} is broken: ${read.reason}`],
        problemCount: 1,
        again: [],
      };
    this.#forgetPassedOver(catalog);
    const add: CatalogMember[] = [];
    const remove: Name[] = [];
    const problems: string[] = [];
    let problemCount = 0;
    const tell = (zone: Name, state: string): void => {
      if (problemCount++ < maxProblemsTold)
        problems.push(`zone ${zone.toString()} of catalog ${catalog.toString()} is ${state}`);
      this.#passOver(zone, catalog);
    };
    const wanted = new Set<string>();
    const again = new Map<string, Name>();
    for (const member of read.members) {
      const { zone } = member;
      wanted.add(zone.key);
      const held = this.#members.get(zone.key);
      if (held && !held.catalog.equals(catalog)) {
        // RFC 9432 section 4.3.1: the catalog that has it has to name this one.
        if (held.member.changesTo?.equals(catalog) !== true) {
          tell(zone, `one of ${held.catalog.toString()}`);
          continue;
        }
        this.#members.set(zone.key, { catalog, member });
        // RFC 9432 section 5.4: with another label nothing that is held of it is of worth.
        if (held.member.unique !== member.unique) remove.push(zone);
        add.push(member);
      } else if (held) {
        const isSame = held.member.unique === member.unique;
        if (!isSame) remove.push(zone);
        if (!isSame || held.member.group !== member.group) add.push(member);
        held.member = member;
        const next = member.changesTo && this.#passedOver.get(zone.key)?.get(member.changesTo.key);
        if (next) again.set(next.key, next);
      } else if (isTaken(zone)) {
        tell(zone, "served already");
      } else {
        this.#members.set(zone.key, { catalog, member });
        add.push(member);
      }
    }
    for (const [key, { catalog: own, member }] of this.#members) {
      if (!own.equals(catalog) || wanted.has(key)) continue;
      this.#members.delete(key);
      remove.push(member.zone);
      for (const other of this.#passedOver.get(key)?.values() ?? []) again.set(other.key, other);
    }
    return { add, remove, problems, problemCount, again: [...again.values()] };
  }

  /** Catalogs that have zones which are another's, or are served for another reason: to be looked at again when that has changed. */
  passedOver(): Name[] {
    const catalogs = new Map<string, Name>();
    for (const own of this.#passedOver.values()) for (const [key, name] of own) catalogs.set(key, name);
    return [...catalogs.values()];
  }

  #passOver(zone: Name, catalog: Name): void {
    const own = this.#passedOver.get(zone.key);
    if (own) own.set(catalog.key, catalog);
    else this.#passedOver.set(zone.key, new Map([[catalog.key, catalog]]));
  }

  #forgetPassedOver(catalog: Name): void {
    for (const [zone, own] of this.#passedOver) {
      own.delete(catalog.key);
      if (own.size === 0) this.#passedOver.delete(zone);
    }
  }

  /** A zone is served for another reason than a catalog from now on: the one that it is of passes it over. */
  release(zone: Name): void {
    const held = this.#members.get(zone.key);
    if (!held) return;
    this.#members.delete(zone.key);
    this.#passOver(zone, held.catalog);
  }

  /** Lets go of a catalog. @returns the zones that were of it */
  forget(catalog: Name): Name[] {
    this.#forgetPassedOver(catalog);
    const zones: Name[] = [];
    for (const [key, { catalog: own, member }] of this.#members) {
      if (!own.equals(catalog)) continue;
      this.#members.delete(key);
      zones.push(member.zone);
    }
    return zones;
  }
}
