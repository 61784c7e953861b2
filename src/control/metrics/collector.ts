// Collects what roles count: asks them at the end of each minute, and when somebody wants to know at once, makes data points of the
// differences, and puts them into the store. Points are of the minute in whose time they came; a minute in which a role was not asked
// has none. Nothing here holds up a change: points that cannot be written are dropped, and the log says so.

import { metricsAnswer, type InstanceState, type MetricsAnswer } from "#contract";
import { maxMetricPoints, type MetricPoint, type MetricSeries, type MetricTable } from "#store";
import type { Clock, Log, HostTimers } from "../ports.ts";
import type { DataRole } from "../data-roles.ts";
import type { RoleHub } from "../role-hub.ts";
import { metricsOf, type Measured, type MeteredType, type ProcessUse } from "./catalogue.ts";
import { differencesOf, type Difference, type HeardAnswer } from "./differences.ts";

/** How long a role may take to answer, in milliseconds. */
const answerMs = 5000;
/** How long after the end of a minute it is collected, in milliseconds: timers are early by a little at times. */
const afterMinuteMs = 20;
/** Series that are looked at for old points each minute: all there can be, in less than a day. */
const sweptSeries = 100;
/** Least time that processor use is told of, in milliseconds: below, ticks of the clock are too coarse. */
const leastUseMs = 1000;

/** Roles that count for resources. */
const countingRoles = ["edge", "runtime"] as const satisfies readonly DataRole[];

/** What a collector works with. */
export interface CollectorPorts {
  readonly hub: RoleHub;
  readonly table: MetricTable;
  readonly clock: Clock;
  readonly timers: HostTimers;
  readonly log: Log;
  /** Processes of instances by id, as the runtime reported last. */
  readonly instanceStates: ReadonlyMap<string, InstanceState>;
}

/** What was known of a resource at the last collection: sums since the role began, for what is scraped. */
export interface CollectedSample {
  readonly role: DataRole;
  readonly answer: MetricsAnswer;
}

/** The minute that is being collected. */
interface OpenMinute {
  /** Seconds since 1970. */
  readonly at: number;
  /** Metrics that have a sample in it already. */
  readonly told: Set<string>;
}

/** See the head of this file. */
export class MetricCollector {
  readonly #ports: CollectorPorts;
  readonly #greeted: Set<DataRole> = new Set();
  readonly #heard: Map<DataRole, HeardAnswer> = new Map();
  #open: OpenMinute = { at: -1, told: new Set() };
  #collectedAt: number | undefined;
  #underWay: Promise<void> | undefined;
  #cancel: (() => void) | undefined;
  #isClosed = false;
  #isFailing = false;
  /** Told of each minute that is over and collected: seconds since 1970. */
  onMinute: (minute: number) => void = () => {};

  constructor(ports: CollectorPorts) {
    this.#ports = ports;
  }

  /** Begins to collect at the end of each minute. */
  start(): void {
    this.#sleep();
    this.#ports.hub.listen({
      changed: (role) => {
        // What a role counts from its first answer on is known by the end of this minute.
        const isNew = countingRoles.some((one) => one === role) && !this.#greeted.has(role);
        if (!isNew || !this.#ports.hub.isConnected(role)) return;
        this.#greeted.add(role);
        void this.collect();
      },
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
  }

  /** What roles told last; of one that is away, nothing. */
  latest(): CollectedSample[] {
    return [...this.#heard]
      .filter(([role]) => this.#ports.hub.isConnected(role))
      .map(([role, { answer }]) => ({ role, answer }));
  }

  /** When it collected last, on the monotonic clock; undefined where it did not yet. */
  get collectedAt(): number | undefined {
    return this.#collectedAt;
  }

  /** Collects now; where a collection is under way, waits for that and for another one. Does not throw. */
  async collect(): Promise<void> {
    while (this.#underWay) await this.#underWay;
    if (this.#isClosed) return;
    this.#underWay = this.#collect();
    await this.#underWay;
  }

  #sleep(): void {
    const { clock, timers } = this.#ports;
    const pause = 60_000 - (clock.wall() % 60_000) + afterMinuteMs;
    this.#cancel = timers.after(pause, () => {
      if (this.#isClosed) return;
      this.#sleep();
      // Where a role is so slow that the minute before is not through, this one comes with the next.
      if (!this.#underWay) void this.collect();
    });
  }

  async #collect(): Promise<void> {
    try {
      await this.#collectFrom(await Promise.all(countingRoles.map((role) => this.#ask(role))));
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing && !this.#isClosed)
        this.#ports.log.warn({ error: String(error) }, "metrics cannot be written; there will be a gap");
      this.#isFailing = true;
    } finally {
      this.#underWay = undefined;
    }
  }

  /** Asks a role. Undefined where it is away, does not answer in time, or answers something else. */
  async #ask(role: DataRole): Promise<{ role: DataRole; heard: HeardAnswer } | undefined> {
    const { hub, clock } = this.#ports;
    if (!hub.isConnected(role)) return undefined;
    try {
      const answer = metricsAnswer.safeParse(await hub.ask(role, { ask: "metrics" }, answerMs));
      return answer.success ? { role, heard: { answer: answer.data, at: clock.monotonic() } } : undefined;
    } catch {
      return undefined; // it left, or is busy: the next collection has it
    }
  }

  async #collectFrom(
    answers: readonly ({ role: DataRole; heard: HeardAnswer } | undefined)[],
  ): Promise<void> {
    const { clock, table } = this.#ports;
    const [wall, monotonic] = [clock.wall(), clock.monotonic()];
    const sinceMs = Math.min(monotonic - (this.#collectedAt ?? monotonic), 60_000);
    // The minute in which the middle of the time lies that this collection is of.
    const minute = Math.floor((wall - sinceMs / 2) / 60_000) * 60;
    const isOver = wall >= (minute + 60) * 1000;
    if (this.#open.at !== minute) this.#open = { at: minute, told: new Set() };
    this.#collectedAt = monotonic;

    const differences: Difference[] = [];
    for (const heard of answers) {
      if (!heard) continue;
      differences.push(...differencesOf(this.#heard.get(heard.role), heard.heard));
      this.#heard.set(heard.role, heard.heard);
    }
    const points = this.#pointsOf(differences, minute, isOver);
    for (let i = 0; i < points.length; i += maxMetricPoints) {
      const left = await table.add(points.slice(i, i + maxMetricPoints));
      if (left > 0)
        this.#ports.log.warn({ left }, "there are too many series: metrics of new resources are not kept");
    }
    if (!isOver) return;
    await table.sweep(Math.floor(wall / 1000), sweptSeries);
    this.onMinute(minute);
  }

  #pointsOf(
    differences: readonly Difference[],
    minute: number,
    isOver: boolean,
  ): (MetricSeries & MetricPoint)[] {
    const points: (MetricSeries & MetricPoint)[] = [];
    const { told } = this.#open;
    for (const { id, type, measured } of this.#measure(differences, isOver)) {
      for (const metric of metricsOf(type)) {
        const key = `${id} ${metric.name}`;
        let samples = metric.samples(measured);
        // A minute that was counted and in which nothing happened is one sample of nothing.
        const isZero = samples === undefined && isOver && metric.isZeroTold && measured.counts !== undefined;
        if (isZero && !told.has(key)) samples = { count: 1, sum: 0, minimum: 0, maximum: 0 };
        if (!samples) continue;
        told.add(key);
        points.push({ resource: id, metric: metric.name, at: minute, ...samples });
      }
    }
    return points;
  }

  /** Puts together what is known of each resource, whoever told it. */
  #measure(
    differences: readonly Difference[],
    isOver: boolean,
  ): Iterable<{ id: string; type: MeteredType; measured: Measured }> {
    const { hub } = this.#ports;
    const [served, run] = [hub.objects("edge"), hub.objects("runtime")];
    const found = new Map<string, { id: string; type: MeteredType; measured: Building }>();
    const at = (id: string, type: MeteredType): Building => {
      let known = found.get(id);
      if (!known) found.set(id, (known = { id, type, measured: new Building() }));
      return known.measured;
    };
    for (const difference of differences) {
      const { of, id } = difference;
      if (of === "resource" || of === "target") {
        const object = served.get(`resource/${id}`);
        if (object?.kind === "resource") at(id, meteredTypes[object.type]).addEdge(difference);
      } else if (of === "instance") {
        const object = run.get(`instance/${id}`);
        if (object?.kind === "instance") at(id, "Instance").addProcess(difference, object.limits ?? {});
      } else {
        const object = run.get(`container-node/${id}`);
        if (object?.kind === "container-node")
          at(object.serviceId, "ContainerService").addProcess(difference, object.limits);
      }
    }
    if (isOver) {
      for (const object of run.values())
        if (object.kind === "instance" && object.desired === "running")
          at(object.id, "Instance").checks = this.#checksOf(object.id);
    }
    return found.values();
  }

  /** The two status checks of an instance that is to run. */
  #checksOf(id: string): Measured["checks"] {
    const { hub, instanceStates } = this.#ports;
    if (!hub.isConnected("runtime")) return { system: 1 };
    const state = instanceStates.get(id)?.state;
    // One that starts or stops is not judged.
    const instance = state === "failed" ? 1 : state === "running" ? 0 : undefined;
    return { system: 0, ...(instance === undefined ? {} : { instance }) };
  }
}

const meteredTypes = {
  instance: "Instance",
  "load-balancer": "LoadBalancer",
  distribution: "Distribution",
  "container-service": "ContainerService",
} as const satisfies Record<string, MeteredType>;

/** What is known of a resource, while it is put together. */
class Building implements Measured {
  counts: Record<string, number> | undefined;
  gauges: Record<string, number> = {};
  responseTime: Measured["responseTime"];
  readonly processes: ProcessUse[] = [];
  checks: Measured["checks"] = {};

  addEdge({ counts, gauges, responseTime }: Difference): void {
    // An object that was there once and is gone may be told of beside the one that took its place.
    if (counts) {
      this.counts ??= {};
      for (const [name, count] of Object.entries(counts))
        this.counts[name] = (this.counts[name] ?? 0) + count;
    }
    Object.assign(this.gauges, gauges);
    if (responseTime) {
      const { responseTime: known } = this;
      this.responseTime = known
        ? {
            count: known.count + responseTime.count,
            sum: known.sum + responseTime.sum,
            minimum: Math.min(known.minimum, responseTime.minimum),
            maximum: Math.max(known.maximum, responseTime.maximum),
          }
        : responseTime;
    }
  }

  addProcess(
    { counts, gauges, elapsedMs }: Difference,
    limits: { readonly cpus?: number | undefined; readonly memoryOctets?: number | undefined },
  ): void {
    const cpus = limits.cpus ?? gauges["processors"];
    const memoryOctets = limits.memoryOctets ?? gauges["memory-available"];
    const seconds = counts?.["cpu-seconds"];
    const isUsed = seconds !== undefined && cpus !== undefined && elapsedMs >= leastUseMs;
    const resident = gauges["memory-octets"];
    this.processes.push({
      ...(isUsed ? { processor: (seconds * 1000) / elapsedMs / cpus } : {}),
      ...(memoryOctets !== undefined && resident !== undefined ? { memory: resident / memoryOctets } : {}),
    });
  }
}
