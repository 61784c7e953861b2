// What roles answer to `ask: "metrics"`: the counters of each resource as they are in that moment. Control makes data points of the
// differences between two answers. A role keeps no history.

import { z } from "zod";

/** Names of counters: kebab case, with the class of a status at the end where there is one: `target-responses-2xx`. */
const counterName = z.string().max(64);
const count = z.number().min(0);

/** A distribution of times in seconds. Count and sum only grow; least and greatest are of what came since the last answer. */
export const timeSummary = z.strictObject({
  count,
  sum: count,
  /** Absent where nothing came. */
  minimum: count.optional(),
  maximum: count.optional(),
});
export type TimeSummary = z.infer<typeof timeSummary>;

/** The counters of one resource, or of one target or process. */
export const metricSample = z.strictObject({
  /**
   * `resource`: what the edge was asked for under its name. `target`: what it passed on to an instance, for whichever resource.
   * `instance`: a process of the runtime. `container-node`: a node of a container service.
   */
  of: z.enum(["resource", "target", "instance", "container-node"]),
  id: z.string().max(255),
  /** Another number is another life: its counters began at zero. */
  life: z.int().min(0),
  /** These only grow. */
  counts: z.record(counterName, count),
  /** These are as they are now. */
  gauges: z.record(counterName, z.number()).optional(),
  responseTime: timeSummary.optional(),
});
export type MetricSample = z.infer<typeof metricSample>;

/** The answer of a role. */
export const metricsAnswer = z.strictObject({
  /** Another text is another process: all of its counters began at zero. */
  epoch: z.string().max(64),
  /** The process' monotonic clock in milliseconds. */
  at: z.number(),
  samples: z.array(metricSample).max(100_000),
});
export type MetricsAnswer = z.infer<typeof metricsAnswer>;
