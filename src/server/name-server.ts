// A name server that stands alone: zones from files, from primaries and from its folder, on one group of listeners, without a control plane. On the
// linux driver worker threads answer out of the zone image that this thread writes; on the node driver this thread does. What it is to
// serve is read anew when it is asked to: tables are swapped, and no query is lost.

import { createHash } from "node:crypto";
import { join } from "node:path";
import { usualResponseRates } from "#answer";
import type { Counters, RoleDriver } from "#contract";
import { PlatformError } from "#contract/plain";
import { OnlineSigner } from "#dnssec";
import { formatAddress } from "#engine";
import {
  canOpenListeners,
  closeListeners,
  type Listener,
  NodeDriver,
  openListeners,
  systemRandom,
} from "#reactor";
import { CatalogKeeper } from "#transfer";
import { type Name, rcodeName, RrType } from "#wire";
import {
  compareSerials,
  diffZones,
  findRrset,
  isEmptyDiff,
  type LoadedZone,
  makeCatalog,
  nextSerial,
  type Rrset,
  serialOf,
  verifyZonemd,
  withSnapshot,
  type ZoneChange,
  type ZoneFeed,
  ZoneImage,
  type ZoneLoad,
} from "#zone";
import { newCookieSecret } from "./cookie-secret.ts";
import { chooseDriver } from "./driver-choice.ts";
import { watchNames } from "./engine-watch.ts";
import { makeGroupEngines, countGroups, type GroupEngines } from "./make-names-engines.ts";
import { attachNames } from "./names-listeners.ts";
import { NamesWorkers, sumOf } from "./names-workers.ts";
import { StandaloneTls } from "./standalone-tls.ts";
import { applyZoneKeys, type OnlineKeysChange } from "./online-keys.ts";
import { QueryWatcher } from "./query-watcher.ts";
import { RefusalRate } from "./refusal-rate.ts";
import { feedOf, onlineKeysOf, type SignedZonePlan, SignedZones } from "./signed-zones.ts";
import { type KeptZone, ZoneFolder } from "./zone-folder.ts";
import { catalogSoa, isSameSoa, serialAfter, serialIn, soaOf } from "./served-soa.ts";
import {
  type RunningNameServer,
  type NameServerOptions,
  type ServedCatalog,
  type ServedZone,
  withSource,
} from "./served-zones.ts";
import { SigningRoom } from "./signing-room.ts";
import { zoneRoom } from "./zone-room.ts";
import { type ZoneService, ZoneTransfers } from "./zone-transfers.ts";

/** Problems of one version of a catalog that are told. */
const maxProblemsTold = 10;

/** Id of the one listener group. */
const group = "all";
/** The groups of every zone, and what was changed of most: one for all, of which there may be a hundred thousand. */
const inGroup: readonly string[] = [group];
const unchanged: readonly ZoneChange[] = [];

/** Milliseconds that connections may take to finish. */
const drainMs = 2000;
/** How often signatures are looked for that end soon; how soon again where some were made anew, and where none was found among those looked at. */
const renewEveryMs = 3_600_000;
const renewNextMs = 1_000;
const lookOnMs = 25;

/** Starts a name server. It serves when the promise is kept. */
export async function startNameServer(options: NameServerOptions): Promise<RunningNameServer> {
  const driver = chooseDriver(options.driver);
  const server = new StandaloneServer(options);
  try {
    // Threads get ready while zones are read, and all is there before any port is open: who asks gets an answer.
    if (driver.name === "linux") server.prepareWorkers();
    server.load();
    return await server.start(driver);
  } catch (error) {
    await server.close();
    throw error;
  }
}

class StandaloneServer {
  readonly #options: NameServerOptions;
  readonly #image = new ZoneImage(zoneRoom());
  readonly #refusals = new RefusalRate(() => this.#node.now().monotonic);
  readonly #node = new NodeDriver(({ event, error }) =>
    this.#options.log(`a fault in "${event}": ${error instanceof Error ? error.stack : String(error)}`),
  );
  readonly #transfers: ZoneTransfers;
  readonly #folder: ZoneFolder | undefined;
  readonly #signed = new SignedZones({
    zones: this.#image,
    now: () => Math.floor(this.#node.now().wall / 1000),
    onDue: () => this.#renewIn(lookOnMs),
  });
  /** Signs for zones with compact denial, in this thread; workers are given the same keys. */
  readonly #online = new OnlineSigner();
  #onlineZones = new Set<string>();
  #renewal: NodeJS.Timeout | undefined;
  #starting: Promise<NamesWorkers> | undefined;
  #workers: NamesWorkers | undefined;
  #watcher: QueryWatcher | undefined;
  #engines: readonly GroupEngines[] = [];
  readonly #tls: StandaloneTls;

  constructor(options: NameServerOptions) {
    this.#options = options;
    this.#tls = new StandaloneTls(group, options);
    const { log } = options;
    this.#image.group(group);
    this.#folder = options.folder === undefined ? undefined : new ZoneFolder(options.folder);
    const groups = [{ group, hosts: [] }];
    const [plain] = makeGroupEngines(this.#image, groups, { report: () => {}, signing: this.#online });
    this.#transfers = new ZoneTransfers({
      zones: this.#image,
      // No zone's file has a name of this form.
      ...(options.folder === undefined
        ? {}
        : { journal: { path: join(options.folder, "%differences"), log } }),
      random: systemRandom,
      now: () => this.#node.now(),
      signer: this.#signed,
      engineOf: () => plain?.datagram,
      keep: (apex, change, done) => {
        if (!this.#folder) return;
        if (!this.#kept.has(apex.key)) this.#save(apex);
        this.#folder.append(apex, change, done);
      },
      keepWhole: (apex, zone) => {
        this.#folder?.save(apex, zone.rrsets());
        this.#kept.add(apex.key);
      },
      onVersion: ({ apex }) => {
        this.#followCatalog(apex);
        if (this.#kept.has(apex.key) && this.#folder?.isDue(apex) === true) this.#save(apex);
      },
      refuse: (apex, zone) => {
        const verdict = verifyZonemd(apex, zone, createHash);
        return verdict.kind === "bad" ? verdict.reason : undefined;
      },
      onVouched: (apex, expiresAt) => this.#folder?.vouch(apex, expiresAt),
      onTransaction: ({ what, zone, from, key, rcode }) => {
        const leftOut = this.#refusals.count(rcode);
        if (leftOut === undefined) return;
        if (leftOut > 0) log(`${leftOut} more were refused`);
        log(
          `${what} of ${zone || "a message"} from ${formatAddress(from)}${key ? ` (${key})` : ""}: ${rcodeName(rcode)}`,
        );
      },
      onSecondary: ({ apex, what, serial, primary, detail }) => {
        if (what !== "current")
          log(
            `${apex.toString()} from ${primary}: ${what}${detail ? `, ${detail}` : ""}${serial === undefined ? "" : ` (serial ${serial})`}`,
          );
      },
    });
  }

  /** Zones that have a file in the folder. */
  readonly #kept = new Set<string>();

  #rrsets(apex: Name): Rrset[] {
    return withSnapshot(this.#image, (snapshot) => [...(snapshot.rrsets(apex) ?? [])]);
  }

  /** What is kept of a zone. Updates that were done are known again. */
  #load(apex: Name): KeptZone | undefined {
    const kept = this.#folder?.load(apex);
    if (kept) this.#transfers.transactions.recall(kept.updates);
    return kept;
  }

  /** Keeps a zone as it is in force. */
  #save(apex: Name): void {
    withSnapshot(this.#image, (snapshot) => this.#folder?.save(apex, snapshot.rrsets(apex) ?? []));
    this.#kept.add(apex.key);
  }

  // --- what is served

  /** Reads what is to be served and puts it in force. */
  load(): void {
    const { zones, keys, catalogs = [], tls } = this.#options.load();
    // Files are read and put in force all together: where one of them cannot be, all that was served is served on.
    const room = new SigningRoom();
    const loads = zones.flatMap((zone) => this.#planLoad(zone, room));
    const before = this.#soas(loads);
    this.#transfers.zones.load(loads.map(({ load }) => load));
    this.#signed.replace(zones.flatMap(({ apex, signing }) => (signing ? [{ apex, plan: signing }] : [])));
    this.#giveKeys(zones);
    this.#transfers.keys.replace(keys);
    this.#tls.serve(tls);
    const wanted = new Set([...zones, ...catalogs].map(({ apex }) => apex.key));
    for (const { apex } of [...zones, ...catalogs]) this.#keeper.release(apex);
    for (const [key, { apex }] of this.#catalogs)
      if (!wanted.has(key)) this.#letGo(this.#keeper.forget(apex));
    this.#catalogs = new Map(catalogs.map((catalog) => [catalog.apex.key, catalog]));
    for (const { apex } of this.#transfers.services())
      if (!wanted.has(apex.key) && !this.#keeper.catalogOf(apex)) this.#transfers.withdraw(apex);
    for (const { changes } of loads)
      // One by one, so that the journal of differences is as it was.
      for (const change of changes) this.#transfers.zones.apply(change);
    for (const zone of zones) this.#serve(zone);
    if (before.some((soa) => soa !== undefined)) {
      const after = this.#soas(loads);
      loads.forEach(({ zone }, i) => this.#compareSerials(zone.apex, before[i], after[i]));
    }
    for (const catalog of catalogs) this.#serveCatalog(catalog);
    // Zones that are served for no other reason any more may be theirs now.
    for (const apex of this.#keeper.passedOver()) this.#followCatalog(apex);
  }

  // --- catalogs

  #catalogs: ReadonlyMap<string, ServedCatalog> = new Map();
  readonly #keeper = new CatalogKeeper();

  #serveCatalog(catalog: ServedCatalog): void {
    const policy = withSource(catalog.policy, this.#options.listen);
    const service: ZoneService = { apex: catalog.apex, groups: inGroup, policy };
    if (catalog.role === "followed") {
      this.#follow(service);
      // What is said of its members may be another thing now.
      for (const { apex } of this.#transfers.services())
        if (this.#keeper.catalogOf(apex)?.equals(catalog.apex)) this.#followMember(catalog, apex);
      return;
    }
    this.#transfers.serve(service);
    this.#makeCatalog(catalog.apex);
  }

  /** Makes a catalog of what is served, with another serial where its members are others. */
  #makeCatalog(apex: Name): void {
    const members = this.#transfers
      .services()
      .filter((service) => !this.#catalogs.has(service.apex.key))
      .map(({ apex: zone }) => ({
        zone,
        // Always the same for a zone, so that its secondaries keep what they have over restarts.
        unique: createHash("sha256").update(zone.toLowerCase().octets).digest("hex").slice(0, 32),
      }));
    const before = this.#soa(apex);
    const clock = Math.floor(this.#node.now().wall / 1000);
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
    if (isSame !== true) this.#transfers.replace(apex, [group], made);
  }

  /** Takes over what a catalog says, where a zone is one. */
  #followCatalog(apex: Name): void {
    const catalog = this.#catalogs.get(apex.key);
    if (catalog?.role !== "followed") return;
    const isTaken = (zone: Name): boolean => this.#transfers.service(zone) !== undefined;
    const { add, remove, problems, again } = this.#keeper.update(apex, this.#rrsets(apex), isTaken);
    for (const problem of problems.slice(0, maxProblemsTold)) this.#options.log(problem);
    if (problems.length > maxProblemsTold)
      this.#options.log(`${apex.toString()}: ${problems.length - maxProblemsTold} more problems`);
    this.#letGo(remove);
    for (const { zone } of add) this.#followMember(catalog, zone);
    if (add.length + remove.length > 0)
      this.#options.log(`${apex.toString()}: ${add.length} zones taken up, ${remove.length} let go`);
    for (const other of again) this.#followCatalog(other);
  }

  #followMember(catalog: Extract<ServedCatalog, { role: "followed" }>, apex: Name): void {
    const policy = withSource(catalog.memberPolicy(apex), this.#options.listen);
    this.#follow({ apex, groups: inGroup, policy });
  }

  /** Lets go of zones, with what is kept of them. */
  #letGo(zones: readonly Name[]): void {
    for (const zone of zones) {
      this.#transfers.withdraw(zone);
      this.#folder?.remove(zone);
      this.#kept.delete(zone.key);
    }
  }

  // --- zones

  #serve({ apex, feed, policy: given }: ServedZone): void {
    const service: ZoneService = { apex, groups: inGroup, policy: withSource(given, this.#options.listen) };
    if (feed === undefined) this.#follow(service);
    else this.#transfers.serve(service);
  }

  /** A zone that is signed here, of its file and of what was served before: nothing where that is what it is by now. */
  #planSigned(zone: ServedZone, feed: ZoneFeed, signing: SignedZonePlan, room: SigningRoom): PlannedLoad[] {
    const { apex, check, policy } = zone;
    const isInForce = this.#soa(apex) !== undefined;
    const kept = isInForce ? undefined : this.#load(apex);
    if (kept) this.#kept.add(apex.key);
    const before = isInForce ? this.#image : kept && room.takeKept(apex, kept);
    const given = room.take(apex, feed, check);
    const isNewer =
      (compareSerials(serialOf(soaOf(given, apex)) ?? 0, serialOf(before && soaOf(before, apex)) ?? 0) ?? 1) >
      0;
    // What UPDATE has made of it stands before its file, unless that is newer.
    const isUpdated = policy.update.length > 0 && before !== undefined && !isNewer;
    const made = this.#signed.sign(apex, isUpdated ? before : given, signing, before);
    if (!made && (isInForce || !before)) return [];
    const all: ZoneFeed = (put) =>
      withSnapshot(before ?? given, (snapshot) => feedOf(snapshot.rrsets(apex) ?? [])(put));
    const keep = (whole: LoadedZone): void => {
      if (!made || !this.#folder) return;
      this.#folder.save(apex, whole.rrsets());
      this.#kept.add(apex.key);
    };
    return [{ zone, load: { apex, groups: inGroup, feed: made ?? all, check: keep }, changes: unchanged }];
  }

  /** Gives the keys of zones with compact denial to who answers, and takes away those of zones that have it no more. */
  #giveKeys(zones: readonly ServedZone[]): void {
    const put = zones.flatMap(({ apex, signing }) =>
      signing?.denial.kind === "compact" ? [{ apex: apex.toString(), keys: onlineKeysOf(signing.keys) }] : [],
    );
    const now = new Set(put.map(({ apex }) => apex));
    const removed = [...this.#onlineZones].filter((apex) => !now.has(apex));
    this.#onlineZones = now;
    this.#keys = { put, removed };
    applyZoneKeys(this.#online, this.#keys);
    this.#workers?.giveKeys(this.#keys);
  }

  #keys: OnlineKeysChange = { put: [], removed: [] };

  /** Has signatures made anew that end soon, some at a time. */
  #renew(): void {
    let isDone = true;
    let next = lookOnMs;
    for (const apex of this.#signed.apexes()) {
      try {
        const renewal = this.#signed.renew(apex);
        if (!renewal.isDone) isDone = false;
        if (!renewal.change) continue;
        this.#transfers.applySigned(apex, renewal.change);
        next = renewNextMs;
      } catch (error) {
        this.#signed.forget(apex);
        this.#options.log(`${apex.toString()}: signatures were not made anew: ${(error as Error).message}`);
      }
    }
    this.#renewIn(isDone ? renewEveryMs : next);
  }

  #renewIn(milliseconds: number): void {
    clearTimeout(this.#renewal);
    this.#renewal = setTimeout(() => this.#renew(), milliseconds).unref();
  }

  /** What is to be put for a zone that has a file; nothing where it stays as it is. */
  #planLoad(zone: ServedZone, room: SigningRoom): PlannedLoad[] {
    const { apex, feed, check, policy, signing } = zone;
    if (feed === undefined) return [];
    if (signing) return this.#planSigned(zone, feed, signing, room);
    const load = { apex, groups: inGroup, feed, ...(check ? { check } : {}) };
    if (policy.update.length === 0) return [{ zone, load, changes: unchanged }];
    // What UPDATE has made of a zone stands before its file, unless the file's serial is newer: somebody has written there.
    const serial = serialIn(apex, feed);
    const isNewer = (own: number | undefined): boolean =>
      own === undefined || serial === undefined || (compareSerials(serial, own) ?? 1) > 0;
    const soa = this.#soa(apex);
    if (soa && !isNewer(serialOf(soa))) return [];
    const kept = soa ? undefined : this.#load(apex);
    if (kept && !isNewer(serialAfter(apex, kept))) {
      this.#kept.add(apex.key);
      return [{ zone, load: { apex, groups: inGroup, feed: kept.feed }, changes: kept.changes }];
    }
    const keep = (made: LoadedZone): void => {
      check?.(made);
      if (!this.#folder) return;
      this.#folder.save(apex, made.rrsets());
      this.#kept.add(apex.key);
    };
    return [{ zone, load: { ...load, check: keep }, changes: unchanged }];
  }

  #soas(loads: readonly PlannedLoad[]): (Rrset | undefined)[] {
    return withSnapshot(this.#image, (snapshot) =>
      loads.map(({ zone: { apex } }) => findRrset(snapshot, apex, apex, RrType.SOA)),
    );
  }

  #compareSerials(apex: Name, before: Rrset | undefined, soa: Rrset | undefined): void {
    if (
      before &&
      soa &&
      !isSameSoa(before, soa) &&
      (compareSerials(serialOf(soa) ?? 0, serialOf(before) ?? 0) ?? -1) <= 0
    )
      this.#options.log(
        `${apex.toString()}: its serial has not gone up, so its secondaries will not take it over`,
      );
  }

  /** A secondary's zone: what was kept is served until a primary has something newer, or it has expired. */
  #follow(service: ZoneService): void {
    const { apex } = service;
    const kept = this.#transfers.service(apex) ? undefined : this.#load(apex);
    if (kept) this.#kept.add(apex.key);
    const expiresAt = kept?.expiresAt ?? 0;
    if (kept && expiresAt > this.#node.now().wall) {
      this.#transfers.zones.load([{ apex, groups: inGroup, feed: kept.feed }]);
      for (const change of kept.changes) this.#transfers.zones.apply(change);
      const soa = this.#soa(apex);
      if (soa) {
        this.#transfers.serve({ ...service, kept: { soa, expiresAt } });
        return;
      }
    }
    this.#transfers.serve(service);
  }

  #soa(apex: Name): Rrset | undefined {
    return soaOf(this.#image, apex);
  }

  // --- how it is served

  async start(driver: RoleDriver): Promise<RunningNameServer> {
    // Before the engines speak: a secondary asks its primaries as soon as it is attached.
    const listeners = driver.name === "linux" ? await this.#startWorkers() : await this.#startHere();
    this.#watcher = this.#watch();
    this.#renew();
    await this.#node.attach(this.#transfers.notifier, []);
    await this.#node.attach(this.#transfers.secondary, []);
    for (const { apex } of this.#transfers.services()) this.#transfers.notify(apex);
    return {
      driver,
      listeners,
      reload: () => this.load(),
      reopen: () => this.#watcher?.reopen(),
      counters: () => this.#counters(),
      stop: () => this.close(),
    };
  }

  #watch(): QueryWatcher | undefined {
    const { watch: plan, workers = 1, log } = this.#options;
    if (!plan) return undefined;
    return new QueryWatcher({
      plan,
      of: "names",
      groups: inGroup,
      threads: this.#workers ? workers : 1,
      apply: (thread, settings) => {
        if (this.#workers) this.#workers.watch(thread, settings);
        else watchNames(this.#engines, settings);
      },
      log,
    });
  }

  /** @param others  listeners beside those over UDP and TCP */
  #plans(others: readonly Listener[] = []): Listener[] {
    const usual = this.#options.listen.flatMap(({ address, port }) =>
      (["udp", "tcp"] as const).map((transport) => ({ transport, address, port, label: group })),
    );
    return [...usual, ...others];
  }

  /** Starts threads that will answer. */
  prepareWorkers(): void {
    const { workers: count = 1, cache, log, failed } = this.#options;
    if (!canOpenListeners())
      throw new PlatformError("internal", "Cannot listen: this system has no way to hand sockets on");
    this.#starting = NamesWorkers.start({
      groups: [{ group, hosts: [] }],
      zones: this.#image,
      count,
      cache,
      transactions: { server: this.#transfers.transactions, now: () => this.#node.now() },
      report: () => {},
      fault: (text, details) => log(`${text}: ${JSON.stringify(details)}`),
      failed,
    });
    this.#starting.catch(() => {}); // told to who waits for it
  }

  async #startWorkers(): Promise<RunningNameServer["listeners"]> {
    const { workers: count = 1 } = this.#options;
    const opened = openListeners(
      this.#plans(this.#tls.workerPlans).map((plan) => ({ ...plan, sockets: count })),
    );
    try {
      const workers = await this.#starting;
      if (!workers) throw new PlatformError("internal", "Cannot listen: no thread was started");
      this.#workers = workers;
      workers.giveKeys(this.#keys);
      await this.#tls.follow(workers);
      await workers.attach(opened as Parameters<NamesWorkers["attach"]>[0]);
    } catch (error) {
      closeListeners(opened);
      throw error;
    }
    this.#engines = makeGroupEngines(this.#image, [{ group, hosts: [] }], {
      report: () => {},
      signing: this.#online,
      transactions: this.#transfers.transactions,
      cookieSecret: this.#workers.cookieSecret,
    });
    await this.#tls.attach(this.#engines, this.#node, () => this.#node.now(), true);
    return opened.filter(({ place, label }) => place === 0 && label === group);
  }

  async #startHere(): Promise<RunningNameServer["listeners"]> {
    this.#engines = makeGroupEngines(this.#image, [{ group, hosts: [] }], {
      report: () => {},
      signing: this.#online,
      onFailure: ({ error }) =>
        this.#options.log(`a query failed: ${error instanceof Error ? error.stack : String(error)}`),
      transactions: this.#transfers.transactions,
      cookieSecret: newCookieSecret(),
      rates: usualResponseRates,
    });
    await attachNames(this.#engines, this.#node, this.#plans());
    await this.#tls.attach(this.#engines, this.#node, () => this.#node.now(), false);
    return this.#options.listen.flatMap(({ address, port }) =>
      (["udp", "tcp"] as const).map((transport) => ({ transport, address, port })),
    );
  }

  async #counters(): Promise<Counters> {
    return {
      ...sumOf(countGroups(this.#engines), (await this.#workers?.counters()) ?? {}, this.#tls.counters()),
      ...this.#transfers.counters(),
      ...this.#watcher?.counters(),
    };
  }

  async close(): Promise<void> {
    clearTimeout(this.#renewal);
    const workers = await this.#starting?.catch(() => undefined);
    await Promise.all([workers?.close(drainMs), this.#node.close(drainMs), this.#tls.close(drainMs)]);
    await this.#watcher?.close();
    this.#transfers.close();
  }
}

/** A zone that is to be put from its file, or from what is kept of it, and what was changed since. */
interface PlannedLoad {
  readonly zone: ServedZone;
  readonly load: ZoneLoad;
  readonly changes: readonly ZoneChange[];
}
