// The catalog zones of a name server that stands alone (RFC 9432): those that are made of what it serves, and those that it follows, whose members
// it takes up and lets go of.

import { createHash } from "node:crypto";
import { CatalogKeeper } from "#transfer";
import type { Name } from "#wire";
import {
  diffZones,
  isEmptyDiff,
  makeCatalog,
  nextSerial,
  type Rrset,
  serialOf,
  withSnapshot,
  type ZoneStore,
} from "#zone";
import { catalogSoa, soaOf } from "./served-soa.ts";
import { inOnlyGroup, type NameServerOptions, type ServedCatalog, withSource } from "./served-zones.ts";
import type { ZoneService, ZoneTransfers } from "./zone-transfers.ts";

/** Zones that are taken up or let go of in one turn: a catalog may have a hundred thousand, and questions are answered meanwhile. */
const zonesPerTurn = 200;

/** What is to be done about a zone. */
type Step =
  | { readonly do: "let-go"; readonly zone: Name }
  | {
      readonly do: "take-up";
      readonly zone: Name;
      readonly catalog: Extract<ServedCatalog, { role: "followed" }>;
    };

/** What catalogs are followed with. */
export interface StandaloneCatalogsOptions extends Pick<NameServerOptions, "listen" | "log"> {
  /** What is served. */
  readonly zones: ZoneStore;
  readonly transfers: ZoneTransfers;
  /** Seconds since 1970. */
  readonly now: () => number;
  /** Takes up a zone of primaries. */
  readonly follow: (service: ZoneService) => void;
  /** Lets go of what is kept of a zone. */
  readonly forget: (zone: Name) => void;
}

/** See the head of this file. */
export class StandaloneCatalogs {
  readonly #options: StandaloneCatalogsOptions;
  #catalogs: ReadonlyMap<string, ServedCatalog> = new Map();
  readonly #keeper = new CatalogKeeper();
  /** What is still to be done, in order. */
  #steps: Step[] = [];
  /** How many of them are done. */
  #done = 0;
  /** Zones that are to be let go of, by key: how often they stand among the steps. */
  readonly #leaving = new Map<string, number>();
  #turn: NodeJS.Immediate | undefined;

  constructor(options: StandaloneCatalogsOptions) {
    this.#options = options;
  }

  /**
   * Takes other catalogs in the place of those that there were; what followed from these alone is let go of.
   * @param wanted  all zones that are served for another reason than a catalog, catalogs themselves among them
   */
  replace(catalogs: readonly ServedCatalog[], wanted: readonly Name[]): void {
    this.#goOn(Infinity);
    const keys = new Set(wanted.map(({ key }) => key));
    for (const apex of wanted) this.#keeper.release(apex);
    for (const [key, { apex }] of this.#catalogs)
      if (!keys.has(key)) for (const zone of this.#keeper.forget(apex)) this.#letGo(zone);
    this.#catalogs = new Map(catalogs.map((catalog) => [catalog.apex.key, catalog]));
  }

  /** Whether a zone is served because a catalog has it. */
  has(zone: Name): boolean {
    return this.#keeper.catalogOf(zone) !== undefined;
  }

  /** Serves all of them, and what follows from them, once all other zones are. */
  serve(): void {
    for (const catalog of this.#catalogs.values()) this.#serveCatalog(catalog);
    // Zones that are served for no other reason any more may be theirs now.
    for (const apex of this.#keeper.passedOver()) this.follow(apex);
  }

  /** Takes over what a catalog says, where a zone is one. */
  follow(apex: Name): void {
    const catalog = this.#catalogs.get(apex.key);
    if (catalog?.role !== "followed") return;
    const isTaken = (zone: Name): boolean =>
      this.#options.transfers.service(zone) !== undefined && !this.#leaving.has(zone.key);
    const change = this.#keeper.update(apex, this.#rrsets(apex), isTaken);
    const { add, remove, problems, problemCount, again } = change;
    for (const problem of problems) this.#options.log(problem);
    if (problemCount > problems.length)
      this.#options.log(`${apex.toString()}: ${problemCount - problems.length} more problems`);
    for (const zone of remove) {
      this.#steps.push({ do: "let-go", zone });
      this.#leaving.set(zone.key, (this.#leaving.get(zone.key) ?? 0) + 1);
    }
    for (const { zone } of add) this.#steps.push({ do: "take-up", zone, catalog });
    if (this.#turn === undefined) this.#goOn(zonesPerTurn);
    if (add.length + remove.length > 0)
      this.#options.log(`${apex.toString()}: ${add.length} zones taken up, ${remove.length} let go`);
    for (const other of again) this.follow(other);
  }

  #serveCatalog(catalog: ServedCatalog): void {
    const policy = withSource(catalog.policy, this.#options.listen);
    const service: ZoneService = { apex: catalog.apex, groups: inOnlyGroup, policy };
    if (catalog.role === "followed") {
      this.#options.follow(service);
      // What is said of its members may be another thing now.
      for (const { apex } of this.#options.transfers.services())
        if (this.#keeper.catalogOf(apex)?.equals(catalog.apex)) this.#followMember(catalog, apex);
      return;
    }
    this.#options.transfers.serve(service);
    this.#makeCatalog(catalog.apex);
  }

  /** Makes a catalog of what is served, with another serial where its members are others. */
  #makeCatalog(apex: Name): void {
    const members = this.#options.transfers
      .services()
      .filter((service) => !this.#catalogs.has(service.apex.key))
      .map(({ apex: zone }) => ({
        zone,
        // Always the same for a zone, so that its secondaries keep what they have over restarts.
        unique: createHash("sha256").update(zone.toLowerCase().octets).digest("hex").slice(0, 32),
      }));
    const before = soaOf(this.#options.zones, apex);
    const clock = this.#options.now();
    const soa = catalogSoa(apex, nextSerial(serialOf(before), clock));
    const made = makeCatalog(soa, members);
    const isSame =
      before &&
      isEmptyDiff(
        diffZones(
          this.#rrsets(apex),
          made.map((rrset) => (rrset === soa ? before : rrset)),
        ),
      );
    if (isSame !== true) this.#options.transfers.replace(apex, inOnlyGroup, made);
  }

  #followMember(catalog: Extract<ServedCatalog, { role: "followed" }>, apex: Name): void {
    const policy = withSource(catalog.memberPolicy(apex), this.#options.listen);
    this.#options.follow({ apex, groups: inOnlyGroup, policy });
  }

  /** Does some of what is to be done; the rest follows in turns of its own. */
  #goOn(most: number): void {
    clearImmediate(this.#turn);
    this.#turn = undefined;
    for (let left = most; left > 0 && this.#done < this.#steps.length; left--)
      this.#step(this.#steps[this.#done++]!);
    if (this.#done < this.#steps.length) {
      this.#turn = setImmediate(() => this.#goOn(zonesPerTurn));
      return;
    }
    this.#steps = [];
    this.#done = 0;
  }

  /** One zone that cannot be had, such as for what is kept of it, is no reason to leave out those after it. */
  #step(step: Step): void {
    try {
      this.#do(step);
    } catch (error) {
      this.#options.log(`${step.zone.toString()}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #do(step: Step): void {
    const { zone } = step;
    if (step.do === "take-up") {
      // It may be another catalog's by now, or nobody's.
      if (this.#keeper.catalogOf(zone)?.equals(step.catalog.apex)) this.#followMember(step.catalog, zone);
      return;
    }
    const more = (this.#leaving.get(zone.key) ?? 1) - 1;
    if (more > 0) this.#leaving.set(zone.key, more);
    else this.#leaving.delete(zone.key);
    this.#letGo(zone);
  }

  /** Lets go of a zone, with what is kept of it. */
  #letGo(zone: Name): void {
    this.#options.transfers.withdraw(zone);
    this.#options.forget(zone);
  }

  /** Takes up and lets go of nothing more. */
  close(): void {
    clearImmediate(this.#turn);
    this.#steps = [];
    this.#done = 0;
  }

  #rrsets(apex: Name): Rrset[] {
    return withSnapshot(this.#options.zones, (snapshot) => [...(snapshot.rrsets(apex) ?? [])]);
  }
}
