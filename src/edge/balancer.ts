// Chooses the target of each request of one resource. Hot path (bench/relay.ts): a choice is a few comparisons and allocates nothing.
//
// Round robin (default) or the fewest requests under way, over the targets that are healthy. Where none is, requests go to those put
// aside, else to those not probed well yet, else to all: a load balancer all of whose targets are unhealthy fails open, as Lightsail's
// does, because probes that all fail more often say something of the probes. A target that drains gets nothing. An instance that is
// no load balancer's is a resource with one target, which is not probed.
//
// Connections that cannot be opened lead to the next target; what was sent once is sent again to another one within a budget.

import { type Balancing, canonicalJson, type ResourceObject, type TargetState } from "#contract";
import type { Now } from "#engine";
import { BalancedTarget, TargetRank, type TargetOwner } from "./balanced-target.ts";
import type { Destination } from "./destination.ts";
import { type ProbeOutcome, SuccessCodes } from "./health.ts";
import type { CountedTarget } from "./policy.ts";
import { ResourceCounters, type TargetTraffic } from "./resource-counters.ts";
import { RetryBudget } from "./retry-budget.ts";

/** How long requests under way may take where an instance on its own leaves, in milliseconds: as long as a page's slowest script. */
const instanceDrainMs = 30_000;

/** Who is told of what happens to the targets of a resource. */
export interface BalancerWatcher {
  /** Something that is reported has changed. */
  changed(balancer: Balancer): void;
  /** Nothing is under way any more at a target that leaves. */
  emptied(target: BalancedTarget): void;
  /** The octets of a target, whichever resource they are for. */
  trafficOf(targetId: string): TargetTraffic;
}

/** What is counted over all resources. */
export interface BalancerCounters {
  ejections: number;
  retriesRefused: number;
}

/** The targets of one resource. */
export class Balancer implements TargetOwner {
  readonly resourceId: string;
  readonly counters: ResourceCounters = new ResourceCounters();
  name = "";
  label = "";
  type: ResourceObject["type"] = "instance";
  ports: ResourceObject["ports"] = { http: true, https: true };
  redirectsToHttps = false;
  balancing: Balancing | undefined = undefined;
  codes: SuccessCodes = new SuccessCodes("200");
  targets: readonly BalancedTarget[] = [];
  /** The rank of those that requests go to. */
  rank: number = TargetRank.leaving;
  /** What it was last told: a table of many resources is compiled anew for a change of one. */
  #object: ResourceObject | undefined = undefined;
  readonly #watcher: BalancerWatcher;
  readonly #counters: BalancerCounters;
  readonly #budget = new RetryBudget();
  /** Those that take turns; all of one rank. */
  #ready: BalancedTarget[] = [];
  #turn = 0;
  #last: BalancedTarget | undefined = undefined;
  /** When the first target that was put aside may be tried. */
  #returnAt = Number.POSITIVE_INFINITY;
  /** How many wait for their trial. */
  #trials = 0;
  /** True where the last choice was by the visitor's cookie. */
  wasSticky = false;

  constructor(resourceId: string, watcher: BalancerWatcher, counters: BalancerCounters) {
    this.resourceId = resourceId;
    this.#watcher = watcher;
    this.#counters = counters;
  }

  get isBalanced(): boolean {
    return this.balancing !== undefined;
  }

  get isSticky(): boolean {
    return this.balancing?.stickiness !== undefined;
  }

  get ejectAfterFailures(): number {
    return this.balancing?.ejectAfterFailures ?? 0;
  }

  get drainMs(): number {
    return this.balancing?.drainMs ?? instanceDrainMs;
  }

  /** How many targets take turns. */
  get readyCount(): number {
    return this.#ready.length;
  }

  /**
   * Takes what the resource is now. Targets that stay keep what is known of them; those that are gone finish what they do.
   * @param destinations  of the object's targets, in their order
   */
  update(object: ResourceObject, destinations: readonly Destination[]): void {
    if (object === this.#object) return;
    this.#object = object;
    const { name, type, ports, redirectsToHttps, balancing } = object;
    const wasBalanced = this.isBalanced;
    const isOtherCheck =
      canonicalJson(this.balancing?.healthCheck ?? null) !== canonicalJson(balancing?.healthCheck ?? null);
    Object.assign(this, { name, type, ports, redirectsToHttps, balancing });
    this.label = `resource "${name}"`;
    if (balancing && isOtherCheck) this.codes = new SuccessCodes(balancing.healthCheck.successCodes);
    const left = new Map(this.targets.map((target) => [target.id, target]));
    const targets = new Map<string, BalancedTarget>();
    let isNews = false;
    for (const [i, given] of object.targets.entries()) {
      const destination = destinations[i];
      if (!destination) continue;
      let target = left.get(given.id);
      if (target === undefined) {
        target = new BalancedTarget(
          this,
          given.id,
          given.name,
          destination,
          this.#watcher.trafficOf(given.id),
        );
        isNews ||= balancing !== undefined || given.drains;
      } else if (target.destination.key !== destination.key) {
        target.move(destination);
        isNews = true;
      } else if (target.drains && !given.drains) target.forgetHealth();
      isNews ||= target.drains !== given.drains;
      target.name = given.name;
      target.drains = given.drains;
      target.isCandidate = given.isCandidate === true;
      target.takeCheck(given.healthCheck);
      if (!target.drains) target.leavesAt = undefined;
      target.describe(balancing?.stickiness?.durationSeconds);
      targets.set(given.id, target);
      left.delete(given.id);
    }
    for (const target of left.values()) this.#leave(target);
    this.targets = [...targets.values()];
    if (!wasBalanced) for (const target of this.targets) target.forgetHealth();
    this.refresh();
    if (isNews || (left.size > 0 && balancing) || wasBalanced !== this.isBalanced)
      this.#watcher.changed(this);
  }

  /** The resource is no more. */
  close(): void {
    for (const target of this.targets) this.#leave(target);
    this.targets = [];
    this.refresh();
  }

  /**
   * Chooses the target of a request.
   * @param cookie  what the visitor's cookie says, undefined where there is none
   * @returns undefined where none takes requests
   */
  choose(cookie: string | undefined, now: Now): BalancedTarget | undefined {
    if (now.monotonic >= this.#returnAt) this.#beginTrials(now.monotonic);
    this.#budget.earn();
    this.wasSticky = false;
    if (cookie !== undefined) {
      for (const target of this.#ready) {
        if (target.cookieValue !== cookie) continue;
        this.wasSticky = true;
        return target;
      }
    }
    if (this.#trials > 0) {
      const target = this.targets.find(
        ({ ejection, rank }) => ejection.state === "trial" && rank === TargetRank.aside,
      );
      if (target) return this.#try(target);
    }
    return this.#take();
  }

  /** A target for a request that those that were tried did not answer: the best of the others. */
  nextAfter(tried: readonly CountedTarget[], _now: Now): BalancedTarget | undefined {
    for (let i = 0; i < this.#ready.length; i++) {
      const target = this.#take();
      if (target && !tried.includes(target)) return target;
    }
    let best: BalancedTarget | undefined;
    for (const target of this.targets) {
      if (target.rank >= (best?.rank ?? TargetRank.leaving) || tried.includes(target)) continue;
      best = target;
    }
    return best;
  }

  spendRetry(now: Now): boolean {
    const isGranted = this.#budget.spend(now.monotonic);
    if (!isGranted) this.#counters.retriesRefused++;
    return isGranted;
  }

  eject(target: BalancedTarget, now: Now): void {
    const { balancing } = this;
    if (!balancing || target.rank !== TargetRank.ready) return;
    // Never the last healthy one: a target that fails serves more than none.
    if (!this.targets.some((other) => other !== target && other.rank === TargetRank.ready)) return;
    this.#putAside(target, balancing.ejectMs, now);
  }

  endTrial(target: BalancedTarget, isGood: boolean | undefined, now: Now | undefined): void {
    if (isGood === undefined || !now) {
      target.ejection.state = "trial";
      this.#countTrials();
    } else if (isGood) {
      target.ejection.return("in", now.monotonic);
      this.changed();
    } else if (this.balancing) this.#putAside(target, this.balancing.ejectMs, now);
  }

  emptied(target: BalancedTarget): void {
    this.#watcher.emptied(target);
    if (!target.isGone) this.#watcher.changed(this);
  }

  /** Takes what came of a probe of a target. @param at  monotonic milliseconds */
  probed(target: BalancedTarget, outcome: ProbeOutcome, at: number): void {
    if (!this.balancing || target.isLeaving) return;
    const before = target.health.state;
    const isNews = target.health.take(
      outcome,
      target.ownCheck ?? this.balancing.healthCheck,
      target.ownCodes ?? this.codes,
      at,
      target.isCandidate,
    );
    // Without a request its trial would not begin, and it would be called unhealthy for good.
    const isOver = target.ejection.state === "aside" && target.ejection.until <= at;
    if (isOver) this.#beginTrials(at);
    if (!isNews && !isOver) return;
    // Whatever failed before it was unhealthy is over.
    if (before !== "healthy" && target.health.state === "healthy") target.ejection.return("in", at);
    this.changed();
  }

  /** The state of a target has changed: who takes turns is found anew, and it is reported. */
  changed(): void {
    this.refresh();
    this.#watcher.changed(this);
  }

  /** Finds anew who takes turns. */
  refresh(): void {
    let rank: number = TargetRank.leaving;
    for (const target of this.targets) rank = Math.min(rank, target.rank);
    this.rank = rank;
    for (const target of this.#ready) target.isReady = false;
    this.#ready = rank === TargetRank.leaving ? [] : this.targets.filter((target) => target.rank === rank);
    for (const target of this.#ready) target.isReady = true;
    // The turn goes on after the target that had the last one.
    const last = this.#last ? this.targets.indexOf(this.#last) : -1;
    const next = this.#ready.findIndex((target) => this.targets.indexOf(target) > last);
    this.#turn = Math.max(next, 0);
    this.#countTrials();
  }

  /** The states of all targets, as they are reported. */
  states(): TargetState[] {
    return this.targets.map((target) => target.state());
  }

  #take(): BalancedTarget | undefined {
    const ready = this.#ready;
    const count = ready.length;
    if (count === 0) return undefined;
    let at = this.#turn;
    if (this.balancing?.algorithm === "least-requests") {
      for (let i = 1; i < count; i++) {
        const other = (this.#turn + i) % count;
        if (ready[other]!.underWay < ready[at]!.underWay) at = other;
      }
    }
    this.#turn = at + 1 === count ? 0 : at + 1;
    const target = ready[at]!;
    this.#last = target;
    return target;
  }

  #try(target: BalancedTarget): BalancedTarget {
    target.ejection.state = "tried";
    this.#countTrials();
    return target;
  }

  #putAside(target: BalancedTarget, ejectMs: number, now: Now): void {
    target.ejection.begin(ejectMs, now.monotonic);
    this.#counters.ejections++;
    this.#returnAt = Math.min(this.#returnAt, target.ejection.until);
    this.changed();
  }

  #beginTrials(at: number): void {
    this.#returnAt = Number.POSITIVE_INFINITY;
    for (const { ejection } of this.targets) {
      if (ejection.state !== "aside") continue;
      if (ejection.until <= at) ejection.return("trial", at);
      else this.#returnAt = Math.min(this.#returnAt, ejection.until);
    }
    this.#countTrials();
  }

  #countTrials(): void {
    this.#trials = 0;
    for (const { ejection } of this.targets) if (ejection.state === "trial") this.#trials++;
  }

  #leave(target: BalancedTarget): void {
    target.isGone = true;
    if (target.underWay === 0) this.#watcher.emptied(target);
  }
}
