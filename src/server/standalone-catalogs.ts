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

/** Problems of one version of a catalog that are told. */
const maxProblemsTold = 10;

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

  constructor(options: StandaloneCatalogsOptions) {
    this.#options = options;
  }

  /**
   * Takes other catalogs in the place of those that there were; what followed from these alone is let go of.
   * @param wanted  all zones that are served for another reason than a catalog, catalogs themselves among them
   */
  replace(catalogs: readonly ServedCatalog[], wanted: readonly Name[]): void {
    const keys = new Set(wanted.map(({ key }) => key));
    for (const apex of wanted) this.#keeper.release(apex);
    for (const [key, { apex }] of this.#catalogs) if (!keys.has(key)) this.#letGo(this.#keeper.forget(apex));
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
    const isTaken = (zone: Name): boolean => this.#options.transfers.service(zone) !== undefined;
    const { add, remove, problems, again } = this.#keeper.update(apex, this.#rrsets(apex), isTaken);
    for (const problem of problems.slice(0, maxProblemsTold)) this.#options.log(problem);
    if (problems.length > maxProblemsTold)
      this.#options.log(`${apex.toString()}: ${problems.length - maxProblemsTold} more problems`);
    this.#letGo(remove);
    for (const { zone } of add) this.#followMember(catalog, zone);
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

  /** Lets go of zones, with what is kept of them. */
  #letGo(zones: readonly Name[]): void {
    for (const zone of zones) {
      this.#options.transfers.withdraw(zone);
      this.#options.forget(zone);
    }
  }

  #rrsets(apex: Name): Rrset[] {
    return withSnapshot(this.#options.zones, (snapshot) => [...(snapshot.rrsets(apex) ?? [])]);
  }
}
