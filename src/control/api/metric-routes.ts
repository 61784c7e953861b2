// Routes of metrics: which a resource has, and their data points.

import {
  metricData,
  metricList,
  metricQuery,
  metricStatistic,
  PlatformError,
  type MetricStatistic,
} from "#contract";
import type { ControlCore } from "../control.ts";
import { expositionType } from "../metrics/exposition.ts";
import { declare, document, type Api } from "./routes.ts";

/** What is shown where nothing is asked for: three hours, in spans of five minutes. */
const [usualMs, usualPeriod] = [3 * 3_600_000, 300];

/** Declares the routes of metrics. */
export function declareMetricRoutes(api: Api, core: ControlCore): void {
  document(api, {
    path: "/metrics",
    summary: "Everything that is counted, for Prometheus",
    mediaType: "text/plain",
    about: "The text format of Prometheus, version 0.0.4",
  });
  api.get("/metrics", async (c) =>
    c.body(await core.metrics.scrape(), 200, { "content-type": expositionType, "cache-control": "no-store" }),
  );
  declare(
    api,
    {
      method: "get",
      path: "/v1/metrics/{resource}",
      summary: "The metrics that a resource has",
      answer: metricList,
    },
    ({ params }) => core.metrics.list(params["resource"] ?? ""),
  );
  declare(
    api,
    {
      method: "get",
      path: "/v1/metrics/{resource}/{metric}",
      summary: "Data points of a metric",
      query: metricQuery,
      answer: metricData,
    },
    async ({ params, query }) => {
      const resource = params["resource"] ?? "";
      core.metrics.list(resource); // before roles are asked
      if (query["fresh"] === "1") await core.metrics.refresh();
      const end = readTime(query["end"], "end") ?? core.host.clock.wall();
      const start = readTime(query["start"], "start") ?? end - usualMs;
      const { unit } = query;
      return core.metrics.data({
        resource,
        metric: params["metric"] ?? "",
        period: query["period"] === undefined ? usualPeriod : Number(query["period"]),
        start,
        end,
        statistics: readStatistics(query["statistics"]),
        ...(unit === undefined ? {} : { unit }),
      });
    },
  );
}

function readTime(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  const time = /^\d{4}-\d\d-\d\d([T ]|$)/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(time)) return time;
  throw new PlatformError(
    "input-malformed",
    `Cannot read ${name} "${text}": expected a time such as 2026-05-01T12:00:00Z`,
  );
}

function readStatistics(text: string | undefined): readonly MetricStatistic[] {
  if (text === undefined) return metricStatistic.options;
  return text.split(",").map((name) => {
    const found = metricStatistic.safeParse(name.trim());
    if (found.success) return found.data;
    throw new PlatformError(
      "input-malformed",
      `Cannot read statistic "${name}": expected ${metricStatistic.options.join(", ")}`,
    );
  });
}
