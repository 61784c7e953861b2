// The records of a zone page by page, in the order of their names. The names of a zone that is looked at are kept sorted, so that a page costs
// what it holds and not what the zone does; they are gathered in short pieces, and follow every commit.

import { PlatformError, type Rrset } from "#contract";
import type { Entry } from "#store";
import type { ZoneFact } from "./facts.ts";
import { inSlices, sortSliced, type Sliced } from "./slices.ts";
import { resourceZone } from "./resources.ts";
import { suffixesOf } from "./names.ts";
import type { State } from "./state.ts";
import { cutsOf, zoneAbove } from "./zone-cuts.ts";
import {
  compareShownRrsets,
  nameOfKey,
  resourceNamesOf,
  sortKeyOf,
  viewRrsetsAt,
  type RecordSources,
} from "./view-rrsets.ts";

/** Zones whose names are kept. */
const maxKept = 4;
/** Names of one commit that are put in their places one by one; a larger one has the names gathered anew. */
const maxNoted = 1000;
/** Names gathered in one piece of work. */
const namesAtOnce = 500;

/** A page of a zone's records. */
export interface ZonePage {
  readonly rrsets: Rrset[];
  /** Where the next page begins; absent on the last one. */
  readonly nextPageToken?: string;
}

interface Listing {
  /** Sort keys of the zone's names; see {@link sortKeyOf}. */
  names: string[];
  /** Names that commits touched while the others were still being gathered; absent from then on. */
  noted?: Set<string>;
}

/** The sorted names of the zones that are looked at. */
export class ZoneListings {
  readonly #views: RecordSources;
  readonly #clock: { monotonic(): number };
  readonly #kept: Map<string, Listing> = new Map();
  readonly #gathering: Map<string, Promise<Listing>> = new Map();

  constructor(views: RecordSources, clock: { monotonic(): number }) {
    this.#views = views;
    this.#clock = clock;
  }

  /**
   * One page.
   * @param token  of the page before; absent for the first one
   * Throws `input-malformed` for a token that none of these is.
   */
  async page(zone: ZoneFact, limit: number, token: string | undefined): Promise<ZonePage> {
    const after = token === undefined ? undefined : readToken(token);
    const { names } = await this.#listingOf(zone.apex);
    const rrsets: Rrset[] = [];
    for (let i = after ? placeOf(names, after.key) : 0; i < names.length; i++) {
      const key = names[i] ?? "";
      const all = viewRrsetsAt(this.#views, zone, nameOfKey(key));
      const left = after?.key === key ? all.filter((rrset) => compareShownRrsets(rrset, after) > 0) : all;
      for (const rrset of left) {
        if (rrsets.length === limit) return { rrsets, nextPageToken: tokenAfter(rrsets.at(-1)) };
        rrsets.push(rrset);
      }
    }
    return { rrsets };
  }

  /** All records, for those who ask for them at once. */
  async all(zone: ZoneFact): Promise<Rrset[]> {
    const { names } = await this.#listingOf(zone.apex);
    const views = this.#views;
    const work = function* (): Sliced<Rrset[]> {
      const rrsets: Rrset[] = [];
      // The list may change between two pieces of work.
      for (const [i, key] of [...names].entries()) {
        rrsets.push(...viewRrsetsAt(views, zone, nameOfKey(key)));
        if (i % namesAtOnce === 0) yield;
      }
      return rrsets;
    };
    return inSlices(this.#clock, work());
  }

  /** Follows a commit. */
  noticed(entries: readonly Entry[]): void {
    if (this.#kept.size === 0) return;
    const touched = new Map<string, Set<string>>();
    for (const { kind, key } of entries) {
      const [zone = "", owner = ""] = kind === "assignment" ? this.#zoneOfAssigned(key) : key.split(" ");
      // The zone that it lies in delegates it.
      if (kind === "zone") for (const name of suffixesOf(key)) this.#kept.delete(name);
      else if ((kind === "rrset" || kind === "alias" || kind === "assignment") && this.#kept.has(zone))
        touched.set(zone, (touched.get(zone) ?? new Set()).add(owner));
    }
    // Its names are those of resources, and few.
    this.#kept.delete(resourceZone);
    for (const [zone, owners] of touched) {
      const listing = this.#kept.get(zone);
      if (!listing) continue;
      if (owners.size > maxNoted) this.#kept.delete(zone);
      else for (const owner of owners) this.#note(listing, zone, owner);
    }
  }

  /** An assignment's zone stands in its fact, which may be gone: of the zones that are kept it is the closest above the name. */
  #zoneOfAssigned(owner: string): [string, string] {
    return [this.#views.state.zoneOf(owner)?.apex ?? "", owner];
  }

  #note(listing: Listing, zone: string, owner: string): void {
    if (listing.noted) {
      listing.noted.add(owner);
      return;
    }
    const key = sortKeyOf(owner);
    const at = placeOf(listing.names, key);
    const isListed = listing.names[at] === key;
    const { state } = this.#views;
    const isThere =
      owner === zone ||
      state.hasRecords(zone, owner) ||
      (state.get("zone", owner) !== undefined && zoneAbove(state, owner) === zone);
    if (isThere && !isListed) listing.names.splice(at, 0, key);
    if (!isThere && isListed) listing.names.splice(at, 1);
  }

  async #listingOf(zone: string): Promise<Listing> {
    const kept = this.#kept.get(zone);
    const listing = kept && !kept.noted ? kept : await this.#gather(zone);
    // The one that was asked for last goes last.
    if (this.#kept.delete(zone)) this.#kept.set(zone, listing);
    return listing;
  }

  /** Gathers a zone's names, for all who ask for them at a time. */
  #gather(zone: string): Promise<Listing> {
    const running = this.#gathering.get(zone);
    if (running) return running;
    const listing: Listing = { names: [], noted: new Set() };
    this.#kept.set(zone, listing);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > maxKept && oldest !== undefined) this.#kept.delete(oldest);
    const done = inSlices(this.#clock, gatherNames(this.#views, zone))
      .then((names) => {
        listing.names = names;
        const { noted = [] } = listing;
        delete listing.noted;
        for (const owner of noted) this.#note(listing, zone, owner);
        return listing;
      })
      .finally(() => this.#gathering.delete(zone));
    this.#gathering.set(zone, done);
    return done;
  }
}

function* gatherNames({ state }: RecordSources, zone: string): Sliced<string[]> {
  const keys = new Set([sortKeyOf(zone)]);
  for (const [i, owner] of ownersOf(state, zone).entries()) {
    keys.add(sortKeyOf(owner));
    if (i % namesAtOnce === 0) yield;
  }
  return yield* sortSliced([...keys]);
}

/** Names of all facts of a zone, some several times. */
function ownersOf(state: State, zone: string): string[] {
  return [
    ...state.rrsetKeysOfZone(zone).map((key) => key.split(" ", 2)[1] ?? ""),
    ...state.assignmentsOfZone(zone).map(({ owner }) => owner),
    ...state.aliasesOfZone(zone).map(({ owner }) => owner),
    ...resourceNamesOf(state, zone),
    ...cutsOf(state, zone),
  ];
}

/** Where a sort key is, or would be. */
function placeOf(names: readonly string[], key: string): number {
  let [low, high] = [0, names.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((names[middle] ?? "") < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The last record of a page is where the next one goes on. */
function tokenAfter(last: Rrset | undefined): string {
  if (!last) return "";
  return `${last.name} ${last.type}${last.setIdentifier === "" ? "" : ` ${last.setIdentifier}`}`;
}

function readToken(token: string): { key: string; type: string; setIdentifier: string } {
  const [, name, type, setIdentifier = ""] = /^(\S+) (\S+)(?: (\S+))?$/.exec(token) ?? [];
  if (name === undefined || type === undefined) {
    throw new PlatformError(
      "input-malformed",
      `Cannot go on from page "${token.slice(0, 100)}": it is none of a zone's records`,
    );
  }
  return { key: sortKeyOf(`${name}.`), type, setIdentifier };
}
