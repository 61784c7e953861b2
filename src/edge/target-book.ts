// All resources with their targets, over all tables of routes: what is known of a target lives as long as the target. Tells the state of
// targets whenever it changes, and which targets are leaving and until when.

import type { Counters, ResourceObject, TargetHealth, TargetsReport } from "#contract";
import type { BalancedTarget } from "./balanced-target.ts";
import { Balancer, type BalancerCounters, type BalancerWatcher } from "./balancer.ts";
import type { Destination } from "./destination.ts";

/** The targets of all resources. */
export class TargetBook implements BalancerWatcher {
  readonly #balancers = new Map<string, Balancer>();
  readonly #leaving = new Map<BalancedTarget, Balancer>();
  readonly #news = new Set<Balancer>();
  readonly #counters: BalancerCounters = { ejections: 0, retriesRefused: 0 };
  readonly #watchers: (() => void)[] = [];
  /** Called when there is something to report, or a target begins to leave, for the first time since `takeNews`. */
  onNews: () => void = () => {};

  /** All resources. */
  balancers(): Iterable<Balancer> {
    return this.#balancers.values();
  }

  /** Has a function called after each change of the resources. */
  watch(watcher: () => void): void {
    this.#watchers.push(watcher);
  }

  /** Takes a resource as it is now. Resources are the same object for as long as they are. */
  take(object: ResourceObject, destinations: readonly Destination[]): Balancer {
    let balancer = this.#balancers.get(object.id);
    if (!balancer) {
      balancer = new Balancer(object.id, this, this.#counters);
      this.#balancers.set(object.id, balancer);
    }
    const before = balancer.targets;
    balancer.update(object, destinations);
    this.#noteLeaving(balancer, before);
    return balancer;
  }

  /** Says that all resources are taken: others are no more. */
  settle(isTaken: (balancer: Balancer) => boolean): void {
    for (const [id, balancer] of this.#balancers) {
      if (isTaken(balancer)) continue;
      const before = balancer.targets;
      balancer.close();
      this.#noteLeaving(balancer, before);
      this.#balancers.delete(id);
      this.#news.delete(balancer);
    }
    for (const watcher of this.#watchers) watcher();
  }

  /** Targets at which requests are under way that are to end in time. */
  leaving(): Iterable<readonly [BalancedTarget, Balancer]> {
    return this.#leaving;
  }

  changed(balancer: Balancer): void {
    this.#news.add(balancer);
    this.onNews();
  }

  emptied(target: BalancedTarget): void {
    this.#leaving.delete(target);
  }

  /** What is to be reported since the last time. */
  takeNews(): TargetsReport[] {
    const reports = [...this.#news].map(reportOf);
    this.#news.clear();
    return reports;
  }

  /** True where there is something to report. */
  get hasNews(): boolean {
    return this.#news.size > 0;
  }

  /** What is known of all resources that have something to tell: load balancers, and instances that leave. */
  reportAll(): TargetsReport[] {
    return [...this.#balancers.values()]
      .filter(({ isBalanced, targets }) => isBalanced || targets.some(({ drains }) => drains))
      .map(reportOf);
  }

  /** The counters by name. Of each state there are so many targets now. */
  read(): Counters {
    const states: Record<TargetHealth, number> = {
      initial: 0,
      healthy: 0,
      unhealthy: 0,
      unused: 0,
      draining: 0,
      unavailable: 0,
    };
    let underWay = 0;
    for (const { targets } of this.#balancers.values()) {
      for (const target of targets) {
        states[target.state().state]++;
        underWay += target.underWay;
      }
    }
    const counters: Counters = {
      "target-ejections": this.#counters.ejections,
      "retries-refused": this.#counters.retriesRefused,
      "requests-under-way": underWay,
    };
    for (const [state, count] of Object.entries(states)) counters[`targets{state=${state}}`] = count;
    return counters;
  }

  #noteLeaving(balancer: Balancer, before: readonly BalancedTarget[]): void {
    for (const target of [...before, ...balancer.targets]) {
      if (!target.isLeaving || target.underWay === 0) this.#leaving.delete(target);
      else if (!this.#leaving.has(target)) {
        this.#leaving.set(target, balancer);
        this.onNews();
      }
    }
  }
}

function reportOf(balancer: Balancer): TargetsReport {
  return { type: "targets", resourceId: balancer.resourceId, targets: balancer.states() };
}
