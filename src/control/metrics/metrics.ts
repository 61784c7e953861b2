// The metrics of control: what is collected, and what is asked of it by the API and by the layer for AWS' clients.

import type { MetricData, MetricList } from "#contract";
import type { MetricTable, QueryTable } from "#store";
import type { State } from "../state.ts";
import { QueryHistory } from "../query-history.ts";
import { Alarms } from "./alarms.ts";
import { metricsOf } from "./catalogue.ts";
import { MetricCollector, type CollectorPorts } from "./collector.ts";
import { scrape } from "./scrape.ts";
import { queryMetric, requireMetered, type MetricQuestion } from "./query.ts";

/** Least time between two collections that were asked for, in milliseconds: what nobody can see the difference of. */
const freshMs = 500;

/** All that is measured of resources. */
export class Metrics {
  readonly collector: MetricCollector;
  readonly alarms: Alarms;
  /** What name servers counted in the last hour. */
  readonly queries: QueryHistory;
  readonly #state: State;
  readonly #table: MetricTable;
  readonly #clock: CollectorPorts["clock"];
  readonly #hub: CollectorPorts["hub"];
  readonly #version: string;

  /** @param version  the program's */
  constructor(
    state: State,
    version: string,
    { rows, ...ports }: CollectorPorts & { readonly rows: QueryTable },
  ) {
    this.#state = state;
    this.#table = ports.table;
    this.#clock = ports.clock;
    this.#hub = ports.hub;
    this.#version = version;
    this.collector = new MetricCollector(ports);
    this.queries = new QueryHistory({ ...ports, rows });
    this.alarms = new Alarms(state, ports.table, ports.clock, ports.log);
    this.collector.onMinute = (minute) => void this.alarms.review(minute + 60);
  }

  /**
   * Data points of one metric of one resource, in the order of time.
   *
   * Throws `resource-not-found`, and `input-malformed` where the resource has no such metric, or the question breaks a rule of
   * Lightsail's: the period is no multiple of 60 from 60 to 86,400, the start is not before the end, or there would be more than 1,440
   * points. Another unit than the metric's gives no points.
   */
  async data(question: MetricQuestion): Promise<MetricData> {
    return queryMetric(this.#state, this.#table, question, this.#clock.wall());
  }

  /** The metrics that a resource has. Throws `resource-not-found`, `input-malformed` for a static IP. */
  list(resource: string): MetricList {
    const { name, type } = requireMetered(this.#state, resource);
    return {
      resourceName: name,
      resourceType: type,
      metrics: metricsOf(type).map(({ name: metric, unit, statistic, about, isLightsail }) => ({
        name: metric,
        unit,
        statistic,
        about,
        isLightsail,
      })),
    };
  }

  /** Collects what happened until now, unless that was done just before. */
  async refresh(): Promise<void> {
    const { collectedAt } = this.collector;
    if (collectedAt !== undefined && this.#clock.monotonic() - collectedAt < freshMs) return;
    await this.collector.collect();
  }

  /** All of it in the text format of Prometheus, as it is now. */
  async scrape(): Promise<string> {
    await this.refresh();
    const samples = this.collector.latest();
    const alarms = this.alarms.standings();
    const { revision } = this.#state;
    return scrape({ hub: this.#hub, version: this.#version, revision, samples, alarms });
  }

  /** Begins to collect. */
  start(): void {
    this.collector.start();
    this.queries.start();
  }

  close(): void {
    this.collector.close();
    this.queries.close();
  }
}
