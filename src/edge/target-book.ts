// All resources with their targets, over all tables of routes: what is known of a target lives as long as the target. Tells the state of
// targets whenever it changes, and which targets are leaving and until when.

import type {
  ChecksAnswer,
  Counters,
  MetricSample,
  ResourceCounts,
  ResourceObject,
  TargetHealth,
  TargetsReport,
} from "#contract";
import type { BalancedTarget } from "./balanced-target.ts";
import { Balancer, type BalancerCounters, type BalancerWatcher } from "./balancer.ts";
import type { Destination } from "./destination.ts";
import { TargetTraffic, type ResourceCounters } from "./resource-counters.ts";

/** Resources that are gone and whose last counts nobody has asked for yet; the oldest are forgotten first. */
const maxGone = 1000;

/** The targets of all resources. */
export class TargetBook implements BalancerWatcher {
  readonly #balancers = new Map<string, Balancer>();
  readonly #leaving = new Map<BalancedTarget, Balancer>();
  readonly #news = new Set<Balancer>();
  readonly #counters: BalancerCounters = { ejections: 0, retriesRefused: 0 };
  readonly #watchers: (() => void)[] = [];
  /** Octets by target id. */
  readonly #traffic = new Map<string, TargetTraffic>();
  /** Last counts of resources that are no more, by their life. */
  readonly #gone = new Map<number, { readonly id: string; readonly counters: ResourceCounters }>();
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
      this.#gone.set(balancer.counters.life, { id, counters: balancer.counters });
      const [oldest] = this.#gone.keys();
      if (oldest !== undefined && this.#gone.size > maxGone) this.#gone.delete(oldest);
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

  trafficOf(targetId: string): TargetTraffic {
    let traffic = this.#traffic.get(targetId);
    if (!traffic) this.#traffic.set(targetId, (traffic = new TargetTraffic()));
    return traffic;
  }

  /** Counts one failed TLS handshake of a resource. */
  countTlsFailure(resourceId: string): void {
    const balancer = this.#balancers.get(resourceId);
    if (balancer) balancer.counters.tlsFailures++;
  }

  /** The counters of all resources and targets; those that are gone are told of once more. */
  readMetrics(): MetricSample[] {
    const samples: MetricSample[] = [];
    const used = new Set<string>();
    for (const { resourceId, counters, isBalanced, targets } of this.#balancers.values()) {
      samples.push(counters.read(resourceId, isBalanced ? countHosts(targets) : undefined));
      for (const { id } of targets) used.add(id);
    }
    for (const { id, counters } of this.#gone.values()) samples.push(counters.read(id));
    this.#gone.clear();
    for (const [id, traffic] of this.#traffic) {
      samples.push(traffic.read(id));
      if (!used.has(id)) this.#traffic.delete(id);
    }
    return samples;
  }

  /** What each resource has served so far. Nothing of the counters begins anew with that. */
  readCounts(): ResourceCounts[] {
    return Array.from(this.#balancers.values(), ({ resourceId, counters }) =>
      counters.readCounts(resourceId),
    );
  }

  /** The last health checks of a resource's targets. */
  readChecks(resourceId: string): ChecksAnswer {
    const targets = this.#balancers.get(resourceId)?.targets ?? [];
    return { targets: targets.map(({ id, checks }) => ({ id, checks: checks.read() })) };
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

/** Targets that requests are balanced to, or not, by their health. */
function countHosts(targets: readonly BalancedTarget[]): Record<string, number> {
  let healthy = 0;
  let unhealthy = 0;
  for (const target of targets) {
    const { state } = target.state();
    if (state === "healthy") healthy++;
    else if (state === "unhealthy") unhealthy++;
  }
  return { "healthy-hosts": healthy, "unhealthy-hosts": unhealthy };
}

function reportOf(balancer: Balancer): TargetsReport {
  return { type: "targets", resourceId: balancer.resourceId, targets: balancer.states() };
}
