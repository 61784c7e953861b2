// The store's table of metrics: data points of series, beside the change log, which knows nothing of them. A point is written once in
// its finest form and counts from that moment in the coarser ones too, so nothing has to be folded later; each form is kept for as
// long as CloudWatch keeps it. What is gone because it is old is taken away in small steps.

/** Names a series. */
export interface MetricSeries {
  /** UUID of the resource, 1 to 255 characters. */
  readonly resource: string;
  /** Such as `RequestCount`, 1 to 255 characters. */
  readonly metric: string;
}

/** What was seen within one span of time: so many samples, with their sum, least and greatest. */
export interface MetricPoint {
  /** Where the span begins: seconds since 1970, a multiple of its length. */
  readonly at: number;
  readonly count: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** The length of a span in seconds. */
export type MetricResolution = 60 | 300 | 3600;

/** For how long points of one form are kept. */
export interface MetricKeeping {
  readonly resolution: MetricResolution;
  readonly keptSeconds: number;
}

/** All forms, the finest first. */
export const metricKeeping: readonly MetricKeeping[] = [
  { resolution: 60, keptSeconds: 15 * 86_400 },
  { resolution: 300, keptSeconds: 63 * 86_400 },
  { resolution: 3600, keptSeconds: 455 * 86_400 },
];

/** Most points of one `add`: a transaction of some milliseconds, so that a change does not wait long behind it. */
export const maxMetricPoints = 1000;
/** Most series there are. One more is refused: with what every resource has, so many are of more resources than fit on a machine. */
export const maxMetricSeries = 100_000;
/** Points of one form of one series that one step of `sweep` takes away at most. */
const sweptPoints = 1440;

/** The table of data points. */
export interface MetricTable {
  /**
   * Adds points to what is there, in one transaction: where a series has a point at that time, samples come together.
   * @param points  of a minute each, at most {@link maxMetricPoints}
   * @returns how many were left out, because there are too many series
   */
  add(points: readonly (MetricSeries & MetricPoint)[]): Promise<number>;
  /**
   * Points of a series in the order of their times.
   * @param from  seconds since 1970, inclusive; `to` is not
   */
  read(
    series: MetricSeries,
    resolution: MetricResolution,
    from: number,
    to: number,
    limit: number,
  ): Promise<MetricPoint[]>;
  /**
   * Takes away some of what is older than it is kept, going through the series in turns.
   * @param now  seconds since 1970
   * @param maxSeries  how many series this step looks at
   */
  sweep(now: number, maxSeries: number): Promise<void>;
}

/** Two spans taken together. */
export function joinPoints(a: MetricPoint, b: MetricPoint): MetricPoint {
  return {
    at: a.at,
    count: a.count + b.count,
    sum: a.sum + b.sum,
    minimum: Math.min(a.minimum, b.minimum),
    maximum: Math.max(a.maximum, b.maximum),
  };
}

/** Where the span of a time begins. */
export function spanOf(at: number, resolution: number): number {
  return Math.floor(at / resolution) * resolution;
}

/**
 * Up to where a form's points are to go in one step, given its oldest one: a clock that jumps ahead takes little with it before it is
 * put right.
 */
export function sweepLimit(now: number, { resolution, keptSeconds }: MetricKeeping, oldest: number): number {
  return Math.min(now - keptSeconds, oldest + sweptPoints * resolution);
}
