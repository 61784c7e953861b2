// What was measured of a resource over time, as plots: `<MetricPlots resource="web" />` on its page is all. The span that is looked at
// stands in the URL (`?span=6h`), so that a link shows the same; what happened just now is asked for with every reading.

import { useId } from "react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { MetricData, MetricDatapoint, MetricList } from "#contract";
import { at, request } from "../api/client.ts";
import { Card } from "./card.tsx";
import { ReadFailure } from "./failure.tsx";
import { groupsOf, metricFormat, type MetricGroup } from "./metric-groups.ts";
import { Plot } from "./plot.tsx";
import { Segments } from "./segments.tsx";
import { octets } from "../text/quantities.ts";

/** Spans that can be looked at, each with seconds of a point: 60 to 168 points. */
const spans = {
  "1h": { label: "1 h", about: "the last hour", seconds: 3600, period: 60, point: "minute" },
  "6h": { label: "6 h", about: "the last six hours", seconds: 21_600, period: 300, point: "five minutes" },
  "1d": { label: "1 d", about: "the last day", seconds: 86_400, period: 900, point: "quarter of an hour" },
  "1w": { label: "1 w", about: "the last week", seconds: 604_800, period: 3600, point: "hour" },
} as const;
type SpanName = keyof typeof spans;

/** Milliseconds between two readings. */
const readMs = 30_000;
const plotHeight = 150;

interface Measured {
  readonly list: MetricList;
  /** Seconds since 1970. */
  readonly times: readonly number[];
  readonly values: ReadonlyMap<string, readonly (number | null)[]>;
}

/** Plots of everything that is measured of a resource, in a card with the choice of span. */
export function MetricPlots({
  resource,
  only,
  title = "Metrics",
}: {
  /** Name of an instance, load balancer, distribution or container service. */
  readonly resource: string;
  /** Names of metrics; plots with none of them are left out. All where absent. */
  readonly only?: readonly string[];
  readonly title?: string;
}) {
  const [span, setSpan] = useSpan();
  const measured = useQuery({
    queryKey: ["metrics", resource, span, only ?? "all"],
    queryFn: ({ signal }) => readMeasured(resource, span, only, signal),
    refetchInterval: readMs,
    placeholderData: (before) => before,
    meta: { followsChanges: false },
  });
  const { data } = measured;
  const groups = data && groupsOf(data.list, only);
  return (
    <Card
      title={title}
      about={`A point for each ${spans[span].point} of ${spans[span].about}`}
      actions={
        <Segments
          label="Span that is shown"
          value={span}
          onChange={setSpan}
          options={Object.entries(spans).map(([value, { label }]) => ({ value: value as SpanName, label }))}
        />
      }
    >
      {measured.error && !data && (
        <ReadFailure error={measured.error} onRetry={() => void measured.refetch()} />
      )}
      {!data && !measured.error && <Placeholders />}
      {data && groups && (
        <div className="grid gap-x-8 gap-y-5 md:grid-cols-2">
          {groups.map((group) => (
            <GroupPlot key={group.lines[0]?.metric} group={group} measured={data} />
          ))}
        </div>
      )}
    </Card>
  );
}

function GroupPlot({
  group: { title, lines },
  measured,
}: {
  readonly group: MetricGroup;
  readonly measured: Measured;
}) {
  const id = useId();
  const { list, times, values } = measured;
  const first = list.metrics.find(({ name }) => name === lines[0]?.metric);
  const shown = lines.map(({ metric, label, color }) => ({ label, color, values: values.get(metric) ?? [] }));
  const isEmpty = shown.every((line) => line.values.every((value) => value === null));
  return (
    <section aria-labelledby={id} className="min-w-0">
      <h3 id={id} className="mb-1 text-sm font-medium" title={first?.about}>
        {title}
      </h3>
      {isEmpty ? (
        <p
          className="flex items-center justify-center rounded-lg bg-sunken text-sm text-soft"
          style={{ height: plotHeight }}
        >
          Nothing was measured in this time
        </p>
      ) : (
        <Plot
          label={title}
          times={times}
          lines={shown}
          height={plotHeight}
          {...(first ? { format: metricFormat(first), isOctets: metricFormat(first) === octets } : {})}
        />
      )}
    </section>
  );
}

function Placeholders() {
  return (
    <div role="status" aria-label="Loading" className="grid gap-x-8 gap-y-5 md:grid-cols-2">
      {[0, 1, 2, 3].map((i) => (
        <div key={i} className="animate-pulse rounded-lg bg-sunken" style={{ height: plotHeight + 40 }} />
      ))}
    </div>
  );
}

/** The span in the URL. */
function useSpan(): readonly [SpanName, (span: SpanName) => void] {
  const search: { readonly span?: unknown } = useSearch({ strict: false });
  const navigate = useNavigate();
  const span = Object.keys(spans).find((name) => name === search.span) as SpanName | undefined;
  const setSpan = (next: SpanName): void => {
    const change = (before: Record<string, unknown>): Record<string, unknown> => ({ ...before, span: next });
    void navigate({ to: ".", search: change as never, replace: true, resetScroll: false });
  };
  return [span ?? "1h", setSpan];
}

/** Reads every metric of the plots over a span, on one grid of times: where nothing is known of a point, it is null. */
async function readMeasured(
  resource: string,
  spanName: SpanName,
  only: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<Measured> {
  const { seconds, period } = spans[spanName];
  const list = await request<MetricList>("GET", at("metrics", resource), undefined, signal);
  const wanted = new Set(groupsOf(list, only).flatMap(({ lines }) => lines.map(({ metric }) => metric)));
  const end = (Math.floor(Date.now() / 1000 / period) + 1) * period;
  const start = end - seconds;
  const times = Array.from({ length: seconds / period }, (_, i) => start + i * period);
  const values = new Map<string, readonly (number | null)[]>();
  const read = async (
    { name, statistic }: MetricList["metrics"][number],
    isFresh: boolean,
  ): Promise<void> => {
    const query = new URLSearchParams({
      period: String(period),
      start: new Date(start * 1000).toISOString(),
      end: new Date(end * 1000).toISOString(),
      statistics: statistic,
      ...(isFresh ? { fresh: "1" } : {}),
    });
    const { points } = await request<MetricData>(
      "GET",
      `${at("metrics", resource, name)}?${query.toString()}`,
      undefined,
      signal,
    );
    const known = new Map(points.map((point) => [Date.parse(point.at) / 1000, point[members[statistic]]]));
    values.set(
      name,
      times.map((time) => known.get(time) ?? null),
    );
  };
  // The first has the roles asked, for all of them.
  const [first, ...rest] = list.metrics.filter(({ name }) => wanted.has(name));
  if (first) await read(first, true);
  await Promise.all(rest.map((metric) => read(metric, false)));
  return { list, times, values };
}

const members = {
  Minimum: "minimum",
  Maximum: "maximum",
  Sum: "sum",
  Average: "average",
  SampleCount: "sampleCount",
} as const satisfies Record<MetricList["metrics"][number]["statistic"], keyof MetricDatapoint>;
