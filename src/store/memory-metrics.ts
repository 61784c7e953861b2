// The table of metrics in memory, for the simulator and for tests.

import {
  joinPoints,
  maxMetricSeries,
  metricKeeping,
  spanOf,
  sweepLimit,
  type MetricPoint,
  type MetricResolution,
  type MetricSeries,
  type MetricTable,
} from "./metric-port.ts";

type Forms = Map<MetricResolution, Map<number, MetricPoint>>;

/** A table of metrics in memory. */
export class MemoryMetrics implements MetricTable {
  readonly #check: () => void;
  readonly #series: Map<string, Forms> = new Map();
  readonly #maxSeries: number;
  /** The series that the last step of `sweep` ended at. */
  #swept = 0;

  /** @param check  throws where the store is closed */
  constructor(check: () => void, maxSeries: number = maxMetricSeries) {
    this.#check = check;
    this.#maxSeries = maxSeries;
  }

  async add(points: readonly (MetricSeries & MetricPoint)[]): Promise<number> {
    this.#check();
    let left = 0;
    for (const { resource, metric, ...point } of points) {
      const name = nameOf({ resource, metric });
      let forms = this.#series.get(name);
      if (!forms && this.#series.size >= this.#maxSeries) {
        left++;
        continue;
      }
      if (!forms)
        this.#series.set(
          name,
          (forms = new Map(metricKeeping.map(({ resolution }) => [resolution, new Map()]))),
        );
      for (const [resolution, table] of forms) {
        const at = spanOf(point.at, resolution);
        const known = table.get(at);
        table.set(at, known ? joinPoints(known, point) : { ...point, at });
      }
    }
    return Promise.resolve(left);
  }

  async read(
    series: MetricSeries,
    resolution: MetricResolution,
    from: number,
    to: number,
    limit: number,
  ): Promise<MetricPoint[]> {
    this.#check();
    const points = [...(this.#series.get(nameOf(series))?.get(resolution)?.values() ?? [])];
    const found = points.filter(({ at }) => at >= from && at < to).sort((a, b) => a.at - b.at);
    return Promise.resolve(found.slice(0, limit).map((point) => ({ ...point })));
  }

  async sweep(now: number, maxSeries: number): Promise<void> {
    this.#check();
    const names = [...this.#series.keys()].slice(this.#swept, this.#swept + maxSeries);
    this.#swept = names.length < maxSeries ? 0 : this.#swept + maxSeries;
    for (const name of names) {
      const forms = this.#series.get(name);
      if (!forms) continue;
      for (const keeping of metricKeeping) {
        const table = forms.get(keeping.resolution);
        const limit = sweepLimit(now, keeping, Math.min(...(table?.keys() ?? [])));
        for (const at of table?.keys() ?? []) if (at < limit) table?.delete(at);
      }
      if ([...forms.values()].every(({ size }) => size === 0)) this.#series.delete(name);
    }
    return Promise.resolve();
  }
}

function nameOf({ resource, metric }: MetricSeries): string {
  return JSON.stringify([resource, metric]);
}
