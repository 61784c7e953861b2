// A name server that stands alone: zones from files, from primaries and from its folder, on one group of listeners, without a control plane. On the
// linux driver worker threads answer out of the zone image that this thread writes; on the node driver this thread does. What it is to
// serve is read anew when it is asked to: tables are swapped, and no query is lost.

import { createHash } from "node:crypto";
import { join } from "node:path";
import { usualResponseRates } from "#answer";
import type { Counters, RoleDriver } from "#contract";
import { PlatformError } from "#contract/plain";
import { formatAddress } from "#engine";
import {
  canOpenListeners,
  closeListeners,
  type Listener,
  NodeDriver,
  openListeners,
  systemRandom,
} from "#reactor";
import { type Name, rcodeName, RrType } from "#wire";
import {
  compareSerials,
  findRrset,
  type Rrset,
  serialOf,
  verifyZonemd,
  withSnapshot,
  ZoneImage,
} from "#zone";
import { newCookieSecret } from "./cookie-secret.ts";
import { chooseDriver } from "./driver-choice.ts";
import { watchNames } from "./engine-watch.ts";
import { makeGroupEngines, countGroups, type GroupEngines } from "./make-names-engines.ts";
import { attachNames } from "./names-listeners.ts";
import { NamesWorkers, sumOf } from "./names-workers.ts";
import { StandaloneTls } from "./standalone-tls.ts";
import { QueryWatcher } from "./query-watcher.ts";
import { RefusalRate } from "./refusal-rate.ts";
import { KeptZones } from "./kept-zones.ts";
import { isSameSoa, soaOf } from "./served-soa.ts";
import {
  inOnlyGroup,
  type NameServerOptions,
  onlyGroup,
  type RunningNameServer,
  type ServedZone,
  withSource,
} from "./served-zones.ts";
import { StandaloneCatalogs } from "./standalone-catalogs.ts";
import { StandaloneSigning } from "./standalone-signing.ts";
import { type PlannedLoad, ZoneLoads } from "./zone-loads.ts";
import { SigningRoom } from "./signing-room.ts";
import { zoneRoom } from "./zone-room.ts";
import { type ZoneService, ZoneTransfers } from "./zone-transfers.ts";

/** Milliseconds that connections may take to finish. */
const drainMs = 2000;
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
  readonly #kept: KeptZones;
  readonly #loads: ZoneLoads;
  readonly #catalogs: StandaloneCatalogs;
  readonly #signing: StandaloneSigning;
  #starting: Promise<NamesWorkers> | undefined;
  #workers: NamesWorkers | undefined;
  #watcher: QueryWatcher | undefined;
  #engines: readonly GroupEngines[] = [];
  readonly #tls: StandaloneTls;

  constructor(options: NameServerOptions) {
    this.#options = options;
    this.#tls = new StandaloneTls(onlyGroup, options);
    const { log } = options;
    this.#image.group(onlyGroup);
    this.#signing = new StandaloneSigning({
      zones: this.#image,
      now: () => Math.floor(this.#node.now().wall / 1000),
      apply: (apex, change) => this.#transfers.applySigned(apex, change),
      log,
    });
    this.#kept = new KeptZones(this.#image, options.folder, (updates) =>
      this.#transfers.transactions.recall(updates),
    );
    this.#loads = new ZoneLoads(this.#image, this.#kept, this.#signing.zones);
    const groups = [{ group: onlyGroup, hosts: [] }];
    const [plain] = makeGroupEngines(this.#image, groups, {
      report: () => {},
      signing: this.#signing.online,
    });
    this.#transfers = new ZoneTransfers({
      zones: this.#image,
      // No zone's file has a name of this form.
      ...(options.folder === undefined
        ? {}
        : { journal: { path: join(options.folder, "%differences"), log } }),
      random: systemRandom,
      now: () => this.#node.now(),
      signer: this.#signing.zones,
      engineOf: () => plain?.datagram,
      keep: (apex, change, done) => this.#kept.append(apex, change, done),
      keepWhole: (apex, zone) => this.#kept.save(apex, zone.rrsets()),
      onVersion: ({ apex }) => {
        this.#catalogs.follow(apex);
        this.#kept.condense(apex);
      },
      refuse: (apex, zone) => {
        const verdict = verifyZonemd(apex, zone, createHash);
        return verdict.kind === "bad" ? verdict.reason : undefined;
      },
      onVouched: (apex, expiresAt) => this.#kept.vouch(apex, expiresAt),
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
    this.#catalogs = new StandaloneCatalogs({
      zones: this.#image,
      transfers: this.#transfers,
      listen: options.listen,
      log,
      now: () => Math.floor(this.#node.now().wall / 1000),
      follow: (service) => this.#follow(service),
      forget: (zone) => this.#kept.remove(zone),
    });
  }

  /** Reads what is to be served and puts it in force. */
  load(): void {
    const { zones, keys, catalogs = [], tls } = this.#options.load();
    // Files are read and put in force all together: where one of them cannot be, all that was served is served on.
    const room = new SigningRoom();
    const loads = zones.flatMap((zone) => this.#loads.plan(zone, room));
    const before = this.#soas(loads);
    this.#transfers.zones.load(loads.map(({ load }) => load));
    const keysChange = this.#signing.replace(zones);
    this.#workers?.giveKeys(keysChange);
    this.#transfers.keys.replace(keys);
    this.#tls.serve(tls);
    const wanted = [...zones, ...catalogs].map(({ apex }) => apex);
    this.#catalogs.replace(catalogs, wanted);
    const wantedKeys = new Set(wanted.map(({ key }) => key));
    for (const { apex } of this.#transfers.services())
      if (!wantedKeys.has(apex.key) && !this.#catalogs.has(apex)) this.#transfers.withdraw(apex);
    for (const { changes } of loads)
      // One by one, so that the journal of differences is as it was.
      for (const change of changes) this.#transfers.zones.apply(change);
    for (const zone of zones) this.#serve(zone);
    if (before.some((soa) => soa !== undefined)) {
      const after = this.#soas(loads);
      loads.forEach(({ zone }, i) => this.#compareSerials(zone.apex, before[i], after[i]));
    }
    this.#catalogs.serve();
  }

  #serve({ apex, feed, policy: given }: ServedZone): void {
    const service: ZoneService = {
      apex,
      groups: inOnlyGroup,
      policy: withSource(given, this.#options.listen),
    };
    if (feed === undefined) this.#follow(service);
    else this.#transfers.serve(service);
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
    const kept = this.#transfers.service(apex) ? undefined : this.#kept.load(apex);
    if (kept) this.#kept.take(apex);
    const expiresAt = kept?.expiresAt ?? 0;
    if (kept && expiresAt > this.#node.now().wall) {
      this.#transfers.zones.load([{ apex, groups: inOnlyGroup, feed: kept.feed }]);
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

  async start(driver: RoleDriver): Promise<RunningNameServer> {
    // Before the engines speak: a secondary asks its primaries as soon as it is attached.
    const listeners = driver.name === "linux" ? await this.#startWorkers() : await this.#startHere();
    this.#watcher = this.#watch();
    // Before anybody is told that it answers: whoever asks then is in its log.
    await this.#watcher?.untilApplied();
    this.#signing.renew();
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
      groups: inOnlyGroup,
      threads: this.#workers ? workers : 1,
      apply: (thread, settings) =>
        this.#workers ? this.#workers.watch(thread, settings) : watchNames(this.#engines, settings),
      log,
    });
  }

  /** @param others  listeners beside those over UDP and TCP */
  #plans(others: readonly Listener[] = []): Listener[] {
    const usual = this.#options.listen.flatMap(({ address, port }) =>
      (["udp", "tcp"] as const).map((transport) => ({ transport, address, port, label: onlyGroup })),
    );
    return [...usual, ...others];
  }

  /** Starts threads that will answer. */
  prepareWorkers(): void {
    const { workers: count = 1, cache, log, failed } = this.#options;
    if (!canOpenListeners())
      throw new PlatformError("internal", "Cannot listen: this system has no way to hand sockets on");
    this.#starting = NamesWorkers.start({
      groups: [{ group: onlyGroup, hosts: [] }],
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
      workers.giveKeys(this.#signing.keys);
      await this.#tls.follow(workers);
      await workers.attach(opened as Parameters<NamesWorkers["attach"]>[0]);
    } catch (error) {
      closeListeners(opened);
      throw error;
    }
    this.#engines = makeGroupEngines(this.#image, [{ group: onlyGroup, hosts: [] }], {
      report: () => {},
      signing: this.#signing.online,
      transactions: this.#transfers.transactions,
      cookieSecret: this.#workers.cookieSecret,
    });
    await this.#tls.attach(this.#engines, this.#node, () => this.#node.now(), true);
    return opened.filter(({ place, label }) => place === 0 && label === onlyGroup);
  }

  async #startHere(): Promise<RunningNameServer["listeners"]> {
    this.#engines = makeGroupEngines(this.#image, [{ group: onlyGroup, hosts: [] }], {
      report: () => {},
      signing: this.#signing.online,
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
    this.#signing.close();
    this.#catalogs.close();
    const workers = await this.#starting?.catch(() => undefined);
    await Promise.all([workers?.close(drainMs), this.#node.close(drainMs), this.#tls.close(drainMs)]);
    await this.#watcher?.close();
    this.#transfers.close();
  }
}
