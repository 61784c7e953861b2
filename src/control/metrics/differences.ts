// What happened between two answers of a role: the differences of its counters. A counter that began anew counts from zero, where it
// is known that it began after the answer before; what happened while nobody asked for too long is not guessed at.

import type { MetricSample, MetricsAnswer } from "#contract";

/**
 * The longest time between two answers whose difference still counts, in milliseconds. What is more is no minute's any more: it stays
 * a gap.
 */
export const maxIntervalMs = 150_000;

/** A distribution of times between two answers, in seconds. */
export interface TimeDifference {
  readonly count: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** One sample, and what happened since the one before. */
export interface Difference {
  readonly of: MetricSample["of"];
  readonly id: string;
  /** Absent where nothing is known of before. */
  readonly counts?: Readonly<Record<string, number>>;
  readonly gauges: Readonly<Record<string, number>>;
  readonly responseTime?: TimeDifference;
  /** Milliseconds that the counts are of. */
  readonly elapsedMs: number;
}

/** An answer with when control had it, on its own monotonic clock. */
export interface HeardAnswer {
  readonly answer: MetricsAnswer;
  readonly at: number;
}

/** Finds what happened between two answers. @param before  absent where control has asked for the first time */
export function differencesOf(before: HeardAnswer | undefined, after: HeardAnswer): Difference[] {
  const isUsable = before !== undefined && after.at - before.at <= maxIntervalMs;
  const isSameProcess = before?.answer.epoch === after.answer.epoch;
  const known = new Map(
    isSameProcess ? before.answer.samples.map((sample) => [`${sample.of} ${sample.id}`, sample]) : [],
  );
  // The role's own clock where it is one process: how long its answer was under way plays no part.
  const elapsedMs = isSameProcess ? after.answer.at - before.answer.at : after.at - (before?.at ?? after.at);
  return after.answer.samples.map((sample): Difference => {
    const { of, id, gauges = {} } = sample;
    if (!isUsable) return { of, id, gauges, elapsedMs: 0 };
    const last = known.get(`${of} ${id}`);
    const base = last?.life === sample.life ? last : undefined;
    const counts: Record<string, number> = {};
    for (const [name, value] of Object.entries(sample.counts))
      counts[name] = Math.max(0, value - (base?.counts[name] ?? 0));
    const responseTime = timesBetween(base?.responseTime, sample.responseTime);
    return { of, id, counts, gauges, elapsedMs, ...(responseTime ? { responseTime } : {}) };
  });
}

function timesBetween(
  before: MetricSample["responseTime"],
  after: MetricSample["responseTime"],
): TimeDifference | undefined {
  if (!after) return undefined;
  const count = after.count - (before?.count ?? 0);
  const sum = Math.max(0, after.sum - (before?.sum ?? 0));
  if (count <= 0) return undefined;
  const average = sum / count;
  // Least and greatest may be of less than the count, where an answer was lost: none is beyond the average.
  return {
    count,
    sum,
    minimum: Math.min(after.minimum ?? average, average),
    maximum: Math.max(after.maximum ?? average, average),
  };
}
