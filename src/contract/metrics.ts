// Metrics as the API shows them: data points of a resource over time, in Lightsail's words for statistics and units. What a role tells
// control is in metric-samples.ts.

import { z } from "zod";

/** Lightsail's words for what is told of a data point. */
export const metricStatistic = z.enum(["Minimum", "Maximum", "Sum", "Average", "SampleCount"]);
export type MetricStatistic = z.infer<typeof metricStatistic>;

/** The units that metrics here have; Lightsail knows more. */
export const metricUnit = z.enum(["Seconds", "Bytes", "Percent", "Count", "None"]);
export type MetricUnit = z.infer<typeof metricUnit>;

/** One span of time; of the statistics those that were asked for. */
export const metricDatapoint = z.strictObject({
  /** When the span begins. */
  at: z.string(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  sum: z.number().optional(),
  average: z.number().optional(),
  sampleCount: z.number().optional(),
});
export type MetricDatapoint = z.infer<typeof metricDatapoint>;

export const metricData = z
  .strictObject({
    resourceName: z.string(),
    /** Instance, LoadBalancer, Distribution, ContainerService. */
    resourceType: z.string(),
    metricName: z.string(),
    unit: metricUnit,
    /** Seconds of one span. */
    period: z.number(),
    start: z.string(),
    end: z.string(),
    /** In the order of time. A span of which nothing is known is left out. */
    points: z.array(metricDatapoint),
  })
  .meta({ id: "MetricData" });
/** What was measured of one resource. */
export type MetricData = z.infer<typeof metricData>;

/** Which metrics a resource has. */
export const metricList = z.strictObject({
  resourceName: z.string(),
  resourceType: z.string(),
  metrics: z.array(
    z.strictObject({
      name: z.string(),
      unit: metricUnit,
      /** The statistic that says the most. */
      statistic: metricStatistic,
      about: z.string(),
      /** False where Lightsail has no such metric. */
      isLightsail: z.boolean(),
    }),
  ),
});
export type MetricList = z.infer<typeof metricList>;

/** What a question for data points can have, as it stands behind `?`. */
export const metricQuery = z.strictObject({
  /** Seconds of one span, a multiple of 60; 300 where absent. */
  period: z
    .string()
    .regex(/^\d{1,5}$/)
    .optional(),
  /** RFC 3339; three hours before the end where absent. */
  start: z.string().max(64).optional(),
  /** RFC 3339; now where absent. */
  end: z.string().max(64).optional(),
  /** Separated by commas; all where absent. */
  statistics: z.string().max(100).optional(),
  /** Another one than the metric's gives an empty list, as in Lightsail. */
  unit: z.string().max(32).optional(),
  /** Asks the roles first, so that what happened just now is there. */
  fresh: z.enum(["0", "1"]).optional(),
});
