// Alarms: what of a metric is to be told of, and how each stands. Words and rules are Lightsail's.

import { z } from "zod";
import { metricStatistic, metricUnit } from "./metrics.ts";

const alarmName = z.string().min(1).max(255);

/** How a value is compared with the threshold: where it holds, the value breaches it. */
export const comparisonOperator = z.enum([
  "GreaterThanOrEqualToThreshold",
  "GreaterThanThreshold",
  "LessThanThreshold",
  "LessThanOrEqualToThreshold",
]);
export type ComparisonOperator = z.infer<typeof comparisonOperator>;

/** What a span counts as of which nothing is known. `ignore`: it keeps the state; `missing`: it counts as nothing. */
export const treatMissingData = z.enum(["breaching", "notBreaching", "ignore", "missing"]);
export type TreatMissingData = z.infer<typeof treatMissingData>;

/** How an alarm stands. */
export const alarmStateName = z.enum(["OK", "ALARM", "INSUFFICIENT_DATA"]);
export type AlarmStateName = z.infer<typeof alarmStateName>;

/** Seconds of the spans that alarms look at. */
export const alarmPeriod = 300;

/** What an alarm is made of. */
const alarmMembers = {
  /** An instance or a load balancer. */
  resource: z.string().min(1).max(255),
  metric: z.string().min(1).max(255),
  comparisonOperator,
  threshold: z.number(),
  /** How many of the latest spans it looks at: a day's at most. */
  evaluationPeriods: z.int().min(1).max(288),
  /** How many of them must breach the threshold; all where absent. */
  datapointsToAlarm: z.int().min(1).max(288).optional(),
  /** `missing` where absent. */
  treatMissingData: treatMissingData.optional(),
  /** True where absent. Nothing is sent by the platform: it has no contact methods. */
  notificationEnabled: z.boolean().optional(),
  /** States that are to be told of; none of them where absent. */
  notificationTriggers: z.array(alarmStateName).max(3).optional(),
};

/** The commands. */
export const alarmCommands = [
  /** Creates an alarm, or makes the one of that name another one, whole. */
  z.strictObject({ action: z.literal("put-alarm"), name: alarmName, ...alarmMembers }),
  z.strictObject({ action: z.literal("delete-alarm"), name: alarmName }),
] as const;

/** Creates or replaces an alarm. */
export const putAlarmBody = z.strictObject(alarmMembers);
/** Puts an alarm into a state until it is looked at next. */
export const testAlarmBody = z.strictObject({ state: alarmStateName });

export const alarm = z
  .strictObject({
    id: z.string(),
    arn: z.string(),
    accountId: z.string(),
    region: z.string(),
    createdAt: z.string(),
    name: z.string(),
    resourceName: z.string(),
    /** Instance or LoadBalancer; of a resource that is gone what it was. */
    resourceType: z.string(),
    resourceArn: z.string().optional(),
    metricName: z.string(),
    unit: metricUnit,
    statistic: metricStatistic,
    /** Seconds of one span. */
    period: z.number(),
    comparisonOperator,
    threshold: z.number(),
    evaluationPeriods: z.number(),
    datapointsToAlarm: z.number(),
    treatMissingData,
    notificationEnabled: z.boolean(),
    notificationTriggers: z.array(alarmStateName),
    state: alarmStateName,
    /** Why, in words. */
    stateReason: z.string(),
    /** Since when, as far as is known: a day at most. */
    stateSince: z.string(),
  })
  .meta({ id: "Alarm" });
/** An alarm, with how it stands. */
export type Alarm = z.infer<typeof alarm>;

/** All alarms, by name. */
export const alarmList = z.strictObject({ alarms: z.array(alarm) });
