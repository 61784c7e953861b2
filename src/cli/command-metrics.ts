// The command for metrics: which a resource has, and how one of them went, as a line of bars and a table.

import { metricStatistic, PlatformError, type MetricData, type MetricList } from "#contract";
import type { Command } from "./command.ts";
import { formatCount, formatTime } from "./format-time.ts";
import { readSeconds } from "./read-values.ts";
import { formatNumber, sparkline } from "./sparkline.ts";

/** What is shown where nothing else is asked for. */
const [usualPeriod, usualSince] = ["5m", "3h"];
/** Spans that one line has room for, of those the latest. */
const maxBars = 72;
/** Most points of one answer. */
const maxPoints = 1440;

export const metrics: Command = {
  description: "Show what was measured of a resource: which metrics it has, or how one of them went",
  args: {
    resource: {
      type: "positional",
      description: "an instance, load balancer, distribution or container service",
    },
    metric: { type: "positional", required: false, description: "such as RequestCount" },
    since: { type: "string", valueHint: "TIME", description: `how far back (${usualSince})` },
    period: { type: "string", valueHint: "TIME", description: `length of one span (${usualPeriod})` },
    statistic: {
      type: "string",
      valueHint: "NAME",
      description: `what the bars show: ${metricStatistic.options.join(", ")}`,
    },
  },
  examples: [
    "fairlead metrics front",
    "fairlead metrics front RequestCount",
    "fairlead metrics web CPUUtilization --since 1d --period 1h --statistic Maximum",
  ],
  async run(values, context) {
    const { output } = context;
    const api = context.api();
    const path = `/v1/metrics/${encodeURIComponent(String(values["resource"]))}`;
    const list = (await api.request("GET", path)) as MetricList;
    const name = values["metric"];
    if (typeof name !== "string") {
      output.data(list);
      output.table(
        ["METRIC", "UNIT", "BEST AS", "WHAT IT IS"],
        list.metrics.map(({ name: metric, unit, statistic, about }) => [metric, unit, statistic, about]),
      );
      return;
    }
    const period = readSeconds("--period", String(values["period"] ?? usualPeriod));
    const since = readSeconds("--since", String(values["since"] ?? usualSince));
    // The span that is under way is the last one; the first is whole.
    const end = (Math.floor(Date.now() / 1000 / (period || 1)) + 1) * period;
    const start = end - Math.min(Math.max(Math.ceil(since / (period || 1)), 1), maxPoints) * period;
    const query = new URLSearchParams({
      period: String(period),
      start: new Date(start * 1000).toISOString(),
      end: new Date(end * 1000).toISOString(),
      fresh: "1",
    });
    const data = (await api.request(
      "GET",
      `${path}/${encodeURIComponent(name)}?${query.toString()}`,
    )) as MetricData;
    output.data(data);
    const statistic = readStatistic(values["statistic"]) ?? usualStatistic(list, name);
    const byTime = new Map(
      data.points.map((point) => [Date.parse(point.at) / 1000, point[members[statistic]]]),
    );
    const bars: (number | undefined)[] = [];
    for (let at = Date.parse(data.start) / 1000; at < end; at += period) bars.push(byTime.get(at));
    output.line(`${data.metricName} of ${data.resourceName}, ${statistic}${unitText(data.unit)}`);
    if (data.points.length === 0) {
      output.line("Nothing was measured in that time.");
      return;
    }
    output.line(`  ${sparkline(bars.slice(-maxBars)).trimEnd()}`);
    if (bars.length > maxBars) output.line(`  the last ${formatCount(maxBars, "span")} of ${bars.length}`);
    output.line();
    output.table(
      ["FROM (UTC)", "SUM", "AVERAGE", "MINIMUM", "MAXIMUM", "SAMPLES"],
      data.points.map(({ at, sum = 0, average = 0, minimum = 0, maximum = 0, sampleCount = 0 }) => [
        formatTime(at),
        ...[sum, average, minimum, maximum, sampleCount].map(formatNumber),
      ]),
    );
  },
};

type Statistic = keyof typeof members;

const members = {
  Minimum: "minimum",
  Maximum: "maximum",
  Sum: "sum",
  Average: "average",
  SampleCount: "sampleCount",
} as const;

function readStatistic(given: string | boolean | undefined): Statistic | undefined {
  if (typeof given !== "string") return undefined;
  const found = metricStatistic.options.find((name) => name.toLowerCase() === given.toLowerCase());
  if (found) return found;
  throw new PlatformError(
    "usage",
    `Cannot read --statistic "${given}": expected ${metricStatistic.options.join(", ")}`,
  );
}

function usualStatistic(list: MetricList, name: string): Statistic {
  return list.metrics.find((metric) => metric.name === name)?.statistic ?? "Sum";
}

function unitText(unit: MetricData["unit"]): string {
  return unit === "None" || unit === "Count" ? "" : ` in ${unit.toLowerCase()}`;
}
