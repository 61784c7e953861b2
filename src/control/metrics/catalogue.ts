// The metrics that each type of resource has: name, unit, the statistic that says the most, and how a minute's samples follow from what
// roles told. Names, units and what a sample is are Lightsail's; what Lightsail has not is marked.
//
// A count has a sample of 1 for each event, so that Minimum, Maximum and Average are 1 where something happened, as Lightsail describes
// it, and one sample of 0 for a minute in which nothing did. A rate has a sample of 100 or 0 for each response, so that the average over
// any time is the rate over that time. A number of hosts and the use of a processor have one sample a collection.

import type { MetricStatistic, MetricUnit } from "#contract";
import type { TimeDifference } from "./differences.ts";

/** Types of resources that have metrics, as the API spells them. */
export type MeteredType = "Instance" | "LoadBalancer" | "Distribution" | "ContainerService";

/** One process or node between two answers. */
export interface ProcessUse {
  /** Of what it may use, 0 to 1 and beyond. */
  readonly processor?: number;
  readonly memory?: number;
}

/** What is known of a resource for one collection. */
export interface Measured {
  /** Counts of the edge; absent where nothing is known of before. */
  readonly counts: Readonly<Record<string, number>> | undefined;
  readonly gauges: Readonly<Record<string, number>>;
  readonly responseTime: TimeDifference | undefined;
  readonly processes: readonly ProcessUse[];
  /** 1 where a check failed, 0 where it did not; absent where it was not made. */
  readonly checks: { readonly instance?: number; readonly system?: number };
}

/** Samples of one metric taken together. */
export interface Samples {
  readonly count: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** One metric of one type of resource. */
export interface Metric {
  readonly name: string;
  readonly unit: MetricUnit;
  /** The statistic that says the most: alarms are about it. */
  readonly statistic: MetricStatistic;
  readonly about: string;
  readonly isLightsail: boolean;
  /** True where a minute in which nothing happened is told as 0. */
  readonly isZeroTold: boolean;
  /** The samples of a collection; undefined where there are none. */
  readonly samples: (measured: Measured) => Samples | undefined;
}

/** So many samples of one value. */
function times(count: number, value: number): Samples | undefined {
  return count > 0 ? { count, sum: count * value, minimum: value, maximum: value } : undefined;
}

function one(value: number | undefined): Samples | undefined {
  return value === undefined ? undefined : times(1, value);
}

function total(counts: Measured["counts"], names: readonly string[]): number {
  return names.reduce((sum, name) => sum + (counts?.[name] ?? 0), 0);
}

type Named = Pick<Metric, "name" | "about"> & Partial<Metric>;

/** Events: a sample of 1 each. */
function events(given: Named, ...names: string[]): Metric {
  return {
    unit: "Count",
    statistic: "Sum",
    isLightsail: true,
    isZeroTold: true,
    samples: ({ counts }) => times(total(counts, names), 1),
    ...given,
  };
}

/** An amount, such as octets: one sample a collection. */
function amount(given: Named, ...names: string[]): Metric {
  return {
    unit: "Bytes",
    statistic: "Sum",
    isLightsail: true,
    isZeroTold: true,
    samples: ({ counts }) => {
      const sum = total(counts, names);
      return sum > 0 ? one(sum) : undefined;
    },
    ...given,
  };
}

/** A share of events in percent: a sample of 100 or 0 for each. */
function rate(given: Named, some: readonly string[], all: readonly string[]): Metric {
  return {
    unit: "Percent",
    statistic: "Average",
    isLightsail: true,
    isZeroTold: false,
    samples: ({ counts }) => {
      const count = total(counts, all);
      const hits = Math.min(total(counts, some), count);
      if (count === 0) return undefined;
      return { count, sum: hits * 100, minimum: hits === count ? 100 : 0, maximum: hits > 0 ? 100 : 0 };
    },
    ...given,
  };
}

/** What is as it is at a collection. */
function state(given: Named, samples: Metric["samples"]): Metric {
  return { unit: "Count", statistic: "Average", isLightsail: true, isZeroTold: false, samples, ...given };
}

/** A sample in percent for each process. */
function shares({ processes }: Measured, of: keyof ProcessUse): Samples | undefined {
  const values = processes.flatMap((process) => process[of] ?? []).map((share) => share * 100);
  if (values.length === 0) return undefined;
  return {
    count: values.length,
    sum: values.reduce((sum, value) => sum + value, 0),
    minimum: Math.min(...values),
    maximum: Math.max(...values),
  };
}

/** What Lightsail has a name for and this platform has none of: known, and without data points. */
function absent(given: Named & Pick<Metric, "unit" | "statistic">): Metric {
  return { isLightsail: true, isZeroTold: false, samples: () => undefined, ...given };
}

const targetClasses = [1, 2, 3, 4, 5].map((digit) => `target-responses-${digit}xx`);
const classes = [1, 2, 3, 4, 5].map((digit) => `responses-${digit}xx`);

const responseTime = state(
  {
    name: "InstanceResponseTime",
    about: "From when a request has left for an instance until its response begins",
    unit: "Seconds",
  },
  (measured) => measured.responseTime,
);
const requestCount = events(
  { name: "RequestCount", about: "Requests that an instance has answered" },
  ...targetClasses,
);

/** What the edge knows of everything that it serves, for types of which Lightsail does not tell it. */
const servedMetrics: readonly Metric[] = [
  { ...requestCount, about: "Requests that were answered by what serves it", isLightsail: false },
  {
    ...responseTime,
    name: "ResponseTime",
    about: "Until what serves it begins to answer",
    isLightsail: false,
  },
  events({ name: "HTTPCode_4XX_Count", about: "Answers of 400 to 499", isLightsail: false }, "responses-4xx"),
  events({ name: "HTTPCode_5XX_Count", about: "Answers of 500 to 599", isLightsail: false }, "responses-5xx"),
];

const processMetrics = (isLightsail: boolean): readonly Metric[] => [
  state(
    {
      name: "CPUUtilization",
      about: "Processor time that is used, of what may be",
      unit: "Percent",
    },
    (measured) => shares(measured, "processor"),
  ),
  state(
    { name: "MemoryUtilization", about: "Memory that is used, of what may be", unit: "Percent", isLightsail },
    (measured) => shares(measured, "memory"),
  ),
];

const statusCheck = (
  name: string,
  about: string,
  of: (checks: Measured["checks"]) => number | undefined,
): Metric => state({ name, about, statistic: "Maximum" }, ({ checks }) => one(of(checks)));

const metrics: Readonly<Record<MeteredType, readonly Metric[]>> = {
  Instance: [
    ...processMetrics(false),
    amount({ name: "NetworkIn", about: "Octets that the edge passed on to it" }, "octets-to-target"),
    amount({ name: "NetworkOut", about: "Octets that the edge took from it" }, "octets-from-target"),
    statusCheck("StatusCheckFailed", "1 where one of the two checks fails", ({ instance, system }) =>
      instance === undefined && system === undefined ? undefined : Math.max(instance ?? 0, system ?? 0),
    ),
    statusCheck("StatusCheckFailed_Instance", "1 where its process has failed", ({ instance }) => instance),
    statusCheck("StatusCheckFailed_System", "1 where what runs it is away", ({ system }) => system),
    absent({
      name: "BurstCapacityTime",
      about: "There is none here: what an instance may use does not change with time",
      unit: "Seconds",
      statistic: "Maximum",
    }),
    absent({
      name: "BurstCapacityPercentage",
      about: "There is none here: what an instance may use does not change with time",
      unit: "Percent",
      statistic: "Maximum",
    }),
    absent({
      name: "MetadataNoToken",
      about: "There is none here: no service gives instances data of themselves",
      unit: "Count",
      statistic: "Sum",
    }),
    ...servedMetrics,
  ],
  LoadBalancer: [
    requestCount,
    responseTime,
    ...[2, 3, 4, 5].map((digit) =>
      events(
        {
          name: `HTTPCode_Instance_${digit}XX_Count`,
          about: `Answers of instances of ${digit}00 to ${digit}99`,
        },
        `target-responses-${digit}xx`,
      ),
    ),
    ...[4, 5].map((digit) =>
      events(
        {
          name: `HTTPCode_LB_${digit}XX_Count`,
          about: `Answers of ${digit}00 to ${digit}99 in an instance's place`,
        },
        `own-answers-${digit}xx`,
      ),
    ),
    state({ name: "HealthyHostCount", about: "Instances that are healthy" }, ({ gauges }) =>
      one(gauges["healthy-hosts"]),
    ),
    state({ name: "UnhealthyHostCount", about: "Instances that are not" }, ({ gauges }) =>
      one(gauges["unhealthy-hosts"]),
    ),
    events(
      { name: "ClientTLSNegotiationErrorCount", about: "TLS handshakes that came to nothing" },
      "tls-failures",
    ),
    events(
      { name: "RejectedConnectionCount", about: "Connections that were too many" },
      "rejected-connections",
    ),
  ],
  Distribution: [
    events({ name: "Requests", about: "Requests of visitors", unit: "None" }, ...classes),
    amount({ name: "BytesDownloaded", about: "Octets sent to visitors", unit: "None" }, "octets-to-clients"),
    amount(
      { name: "BytesUploaded", about: "Octets of content that visitors sent", unit: "None" },
      "content-octets-from-clients",
    ),
    rate(
      { name: "TotalErrorRate", about: "Share of answers of 400 to 599" },
      ["responses-4xx", "responses-5xx"],
      classes,
    ),
    rate({ name: "Http4xxErrorRate", about: "Share of answers of 400 to 499" }, ["responses-4xx"], classes),
    rate({ name: "Http5xxErrorRate", about: "Share of answers of 500 to 599" }, ["responses-5xx"], classes),
    rate(
      { name: "CacheHitRate", about: "Share of requests that the cache answered", isLightsail: false },
      ["cache-hits"],
      ["cache-hits", "cache-misses"],
    ),
    amount(
      { name: "BytesFromCache", about: "Octets of content from the cache", unit: "None", isLightsail: false },
      "cache-hit-octets",
    ),
    amount(
      {
        name: "BytesFromOrigin",
        about: "Octets of content from the origin",
        unit: "None",
        isLightsail: false,
      },
      "cache-miss-octets",
    ),
  ],
  ContainerService: [...processMetrics(true), ...servedMetrics],
};

/** All metrics of a type of resource. */
export function metricsOf(type: MeteredType): readonly Metric[] {
  return metrics[type];
}

/** One metric; undefined where the type has none of that name. */
export function findMetric(type: MeteredType, name: string): Metric | undefined {
  return metrics[type].find((metric) => metric.name === name);
}
