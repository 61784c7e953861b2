// Data points of a metric over time, by the rules of Lightsail's Get…MetricData, which are CloudWatch's GetMetricStatistics: spans of
// one period from the start on, which is rounded down; what lies longer ago is known in coarser spans only; a unit that the metric has
// not gives an empty list; a span of which nothing is known is left out.

import { PlatformError, type MetricData, type MetricDatapoint, type MetricStatistic } from "#contract";
import {
  joinPoints,
  metricKeeping,
  spanOf,
  type MetricPoint,
  type MetricResolution,
  type MetricTable,
} from "#store";
import { requireResource, typeWords, type Resource } from "../resources.ts";
import type { State } from "../state.ts";
import { findMetric, metricsOf, type MeteredType, type Metric } from "./catalogue.ts";

/** Most spans of one answer. */
const maxSpans = 1440;
/** Bounds of a period in seconds. */
const [minPeriod, maxPeriod] = [60, 86_400];

/** What is asked for. Times are milliseconds since 1970. */
export interface MetricQuestion {
  /** Name of an instance, load balancer, distribution or container service. */
  readonly resource: string;
  readonly metric: string;
  /** Seconds of one span: a multiple of 60, up to 86,400. */
  readonly period: number;
  /** Inclusive. */
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  /** Absent: the metric's. */
  readonly unit?: string;
  readonly statistics: readonly MetricStatistic[];
}

/** A resource that has metrics. */
export interface MeteredResource {
  readonly id: string;
  readonly name: string;
  readonly type: MeteredType;
  /** Before that, its metrics are of what it was before. Milliseconds since 1970. */
  readonly since: number;
}

/**
 * Finds a resource that has metrics.
 * Throws `resource-not-found` where there is none of the name, `input-malformed` where its type has none.
 */
export function requireMetered(state: State, name: string): MeteredResource {
  const resource = requireResource(state, name);
  if (resource.type === "StaticIp")
    throw new PlatformError(
      "input-malformed",
      `Cannot show metrics of "${name}": it is a static IP; what is counted is counted at the instance that it leads to`,
    );
  return { id: resource.held.id, name, type: resource.type, since: sinceOf(state, resource) };
}

/** A new deployment of a container service hides what was before (Lightsail's rule). */
function sinceOf(state: State, { type, name }: Resource): number {
  const progress = type === "ContainerService" ? state.value("container-progress", name) : undefined;
  const version = progress?.active?.version;
  return version === undefined ? 0 : (progress?.versions[String(version)]?.at ?? 0);
}

/** Finds a metric of a resource. Throws `input-malformed` with the names that there are. */
export function requireMetric({ name, type }: MeteredResource, metric: string): Metric {
  const found = findMetric(type, metric);
  if (found) return found;
  const names = metricsOf(type).map((one) => one.name);
  throw new PlatformError(
    "input-malformed",
    `Cannot show "${metric.slice(0, 100)}" of "${name}": ${typeWords[type].article} has ${names.join(", ")}`,
  );
}

/** Answers a question. Throws `input-malformed` where it breaks a rule, `resource-not-found`. */
export async function queryMetric(
  state: State,
  table: MetricTable,
  question: MetricQuestion,
  now: number,
): Promise<MetricData> {
  const resource = requireMetered(state, question.resource);
  const metric = requireMetric(resource, question.metric);
  const { period, start, end, unit = metric.unit } = question;
  const action = `Cannot show ${metric.name} of "${resource.name}"`;
  if (!Number.isInteger(period) || period < minPeriod || period > maxPeriod || period % 60 !== 0)
    throw malformed(`${action}: expected a period of 60 to 86400 seconds, a multiple of 60, got ${period}`);
  if (
    !Number.isFinite(start) ||
    !Number.isFinite(end) ||
    Math.abs(start) > 8.64e15 ||
    Math.abs(end) > 8.64e15
  )
    throw malformed(`${action}: expected times as numbers or dates`);
  if (start >= end) throw malformed(`${action}: expected a start before the end`);
  const resolution = resolutionFor(start / 1000, now / 1000, period);
  const from = Math.floor(start / 1000 / resolution) * resolution;
  const to = end / 1000;
  const spans = Math.ceil((to - from) / period);
  if (spans > maxSpans)
    throw malformed(
      `${action}: ${spans} data points are more than ${maxSpans}; ask for a longer period, or less time`,
    );
  const shown = {
    resourceName: resource.name,
    resourceType: resource.type,
    metricName: metric.name,
    unit: metric.unit,
    period,
    start: new Date(from * 1000).toISOString(),
    end: new Date(end).toISOString(),
  };
  if (unit !== metric.unit) return { ...shown, points: [] };
  // The span in which it began is its own, all of it.
  const first = Math.max(from, spanOf(resource.since / 1000, resolution));
  const rows = await readAll(table, { resource: resource.id, metric: metric.name }, resolution, first, to);
  const points = foldSpans(rows, from, period);
  return { ...shown, points: points.map((point) => showPoint(point, question.statistics)) };
}

/** The form that is read: the finest that reaches back so far, where the period has whole spans of it; else the coarsest that it has. */
function resolutionFor(start: number, now: number, period: number): MetricResolution {
  const fits = metricKeeping.filter(({ resolution }) => period % resolution === 0);
  const found = fits.find(({ keptSeconds }) => start >= now - keptSeconds) ?? fits.at(-1);
  return found?.resolution ?? 60;
}

/** Most rows of one read from the store. */
const rowsPerRead = 10_000;

async function readAll(
  table: MetricTable,
  series: { readonly resource: string; readonly metric: string },
  resolution: MetricResolution,
  from: number,
  to: number,
): Promise<MetricPoint[]> {
  const rows: MetricPoint[] = [];
  for (let next = from; ;) {
    const page = await table.read(series, resolution, next, to, rowsPerRead);
    rows.push(...page);
    const last = page.at(-1);
    if (!last || page.length < rowsPerRead) return rows;
    next = last.at + 1;
  }
}

/** Takes points together that lie in one span of a period, counted from a time on. Seconds, all. */
export function foldSpans(rows: readonly MetricPoint[], from: number, period: number): MetricPoint[] {
  const spans = new Map<number, MetricPoint>();
  for (const row of rows) {
    const at = from + Math.floor((row.at - from) / period) * period;
    const known = spans.get(at);
    spans.set(at, known ? joinPoints(known, row) : { ...row, at });
  }
  return [...spans.values()];
}

/** The value of a statistic. */
export function statisticOf(point: MetricPoint, statistic: MetricStatistic): number {
  switch (statistic) {
    case "Minimum":
      return point.minimum;
    case "Maximum":
      return point.maximum;
    case "Sum":
      return point.sum;
    case "Average":
      return point.sum / point.count;
    case "SampleCount":
      return point.count;
  }
}

function showPoint(point: MetricPoint, statistics: readonly MetricStatistic[]): MetricDatapoint {
  const shown: MetricDatapoint = { at: new Date(point.at * 1000).toISOString() };
  for (const statistic of statistics) shown[members[statistic]] = statisticOf(point, statistic);
  return shown;
}

const members = {
  Minimum: "minimum",
  Maximum: "maximum",
  Sum: "sum",
  Average: "average",
  SampleCount: "sampleCount",
} as const satisfies Record<MetricStatistic, keyof MetricDatapoint>;

function malformed(message: string): PlatformError {
  return new PlatformError("input-malformed", message);
}
