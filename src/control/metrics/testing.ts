// Counters of roles as tests of metrics move them: what a role would answer that counts for some resources.

import type { MetricSample, MetricsAnswer } from "#contract";

/** A role's counters. */
export class FakeCounters {
  epoch = "first";
  /** The process' monotonic clock. */
  readonly now: () => number;
  readonly samples: Map<string, MetricSample> = new Map();

  constructor(now: () => number) {
    this.now = now;
  }

  /** Adds to what a resource has counted, and sets what is as it is now. */
  add(
    of: MetricSample["of"],
    id: string,
    counts: Readonly<Record<string, number>>,
    more: Partial<Pick<MetricSample, "gauges" | "responseTime" | "life">> = {},
  ): void {
    const key = `${of} ${id}`;
    const known = this.samples.get(key) ?? { of, id, life: 1, counts: {} };
    const sums = { ...known.counts };
    for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
    this.samples.set(key, { ...known, ...more, counts: sums });
  }

  /** All counters begin anew: another process. */
  restart(): void {
    this.epoch += "+";
    this.samples.clear();
  }

  /** The answer of the role. */
  readonly answer = (): MetricsAnswer => ({
    epoch: this.epoch,
    at: this.now(),
    samples: [...this.samples.values()],
  });
}
