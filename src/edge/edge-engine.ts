// The edge: requests that come to a resource's public address, or ask for its host name on a shared one, are passed on to one of
// the targets of the resource. The table can be swapped at any time; requests under way and tunnels go on. A target that drains, or
// is no longer a resource's, gets no new request, and what is under way there is ended once its time is up.

import type {
  CacheAnswer,
  ChecksAnswer,
  Counters,
  LiveQuestion,
  MetricSample,
  ResourceCountsAnswer,
  StoredAnswer,
  TargetsReport,
} from "#contract";
import type { Effects, Endpoint, Now } from "#engine";
import { CacheSites } from "./cache/sites.ts";
import { type EdgePlace, EdgePolicy } from "./edge-policy.ts";
import { Relay, type RelayOptions } from "./relay.ts";
import { type RouteObject, RouteTable } from "./route-table.ts";
import { TargetBook } from "./target-book.ts";

/** The least time between two rounds of reports about targets, in milliseconds. */
const reportEveryMs = 100;

/** What an edge is made with. */
export interface EdgeOptions extends RelayOptions, EdgePlace {
  /** Takes the states of a resource's targets, whenever one has changed. */
  readonly reportTargets?: (report: TargetsReport) => void;
}

/** The edge as an engine. It has no routes until `setRoutes`. */
export class EdgeEngine extends Relay {
  /** What is known of the targets; a prober is given it. */
  readonly targets: TargetBook;
  readonly #policy: EdgePolicy;
  readonly #sites: CacheSites;
  readonly #reportTargets: (report: TargetsReport) => void;
  #effects: Effects | undefined = undefined;
  #timer = -1;
  #timerAt = Number.POSITIVE_INFINITY;
  #reportedAt = 0;

  constructor(options: EdgeOptions = {}) {
    const targets = new TargetBook();
    const sites = new CacheSites();
    const policy = new EdgePolicy(options, new RouteTable([], targets, sites));
    super(policy, options);
    this.targets = targets;
    this.#sites = sites;
    this.#policy = policy;
    this.#reportTargets = options.reportTargets ?? ((): void => {});
    targets.onNews = () => this.#wakeAt(this.#reportedAt + reportEveryMs);
  }

  override start(effects: Effects): void {
    super.start(effects);
    this.#sites.purges = this.cache?.purges;
    this.#effects = effects;
    if (this.targets.hasNews) this.#wakeAt(0);
  }

  /**
   * Swaps the routes for those of these objects, all at once.
   * Throws `address-malformed`, and keeps the old routes, where an address is none.
   */
  setRoutes(objects: Iterable<RouteObject>): void {
    const table = new RouteTable(objects, this.targets, this.#sites);
    this.#policy.table = table;
    this.retainDestinations((key) => table.destinationKeys.has(key));
  }

  /** Reports the targets of all resources that have something to tell, for who may have missed it. */
  reportAllTargets(): void {
    for (const report of this.targets.reportAll()) this.#reportTargets(report);
  }

  /** The counters of each resource and target. The least and greatest response times begin anew with each call. */
  readMetrics(): MetricSample[] {
    return this.targets.readMetrics();
  }

  /** Answers what is asked of what goes on now. */
  readLive(
    question: LiveQuestion,
    now: Now,
  ): ResourceCountsAnswer | ChecksAnswer | CacheAnswer | StoredAnswer {
    switch (question.ask) {
      case "resource-counts":
        return { at: now.monotonic, resources: this.targets.readCounts() };
      case "checks":
        return this.targets.readChecks(question.resourceId);
      case "cache":
        return this.#sites.read(question.resourceId, now);
      case "stored": {
        const site = this.#sites.find(question.resourceId);
        return { paths: site && this.cache ? this.cache.stored.look(site, question.paths) : [] };
      }
    }
  }

  override readCounters(): Counters {
    return {
      ...super.readCounters(),
      ...this.targets.read(),
      ...this.#sites.readCounters(),
      ...this.cache?.readCounters(),
      redirects: this.#policy.redirects,
      "challenge-answers": this.#policy.challengeAnswers,
    };
  }

  override accepted(slot: number, listener: number, from: Endpoint, to: Endpoint, now: Now): void {
    if (this.#policy.isClosed(listener, to)) {
      this.refuse(slot);
      return;
    }
    super.accepted(slot, listener, from, to, now);
  }

  override timer(id: number, now: Now): void {
    if (id !== this.#timer) {
      super.timer(id, now);
      return;
    }
    this.#timer = -1;
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#endLeaving(now);
    if (!this.targets.hasNews) return;
    this.#reportedAt = now.monotonic;
    for (const report of this.targets.takeNews()) this.#reportTargets(report);
  }

  /** Ends what is under way at targets whose time to leave is up. */
  #endLeaving(now: Now): void {
    for (const [target, { drainMs }] of this.targets.leaving()) {
      target.leavesAt ??= now.monotonic + drainMs;
      if (target.leavesAt <= now.monotonic) this.endAt(target, now);
      else this.#wakeAt(target.leavesAt);
    }
  }

  #wakeAt(at: number): void {
    if (!this.#effects || at >= this.#timerAt) return;
    if (this.#timer >= 0) this.#effects.clearTimer(this.#timer);
    this.#timerAt = at;
    this.#timer = this.#effects.setTimer(at);
  }
}
