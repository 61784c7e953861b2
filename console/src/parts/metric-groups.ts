// Which metrics of a resource are looked at together, in which order, and how their values are written. Names are the platform's own
// (`GET /v1/metrics/NAME`); what a resource has of them decides which plots there are.

import type { MetricList } from "#contract";
import { compact, milliseconds, octets } from "../text/quantities.ts";
import type { PlotLine } from "./plot.tsx";

/** One metric of a plot. */
interface GroupLine {
  readonly metric: string;
  readonly label: string;
  readonly color: PlotLine["color"];
}

/** What one plot shows. */
export interface MetricGroup {
  readonly title: string;
  readonly lines: readonly GroupLine[];
}

const line = (metric: string, label: string, color: PlotLine["color"]): GroupLine => ({
  metric,
  label,
  color,
});

/** All plots, the one that says the most first. */
const groups: readonly MetricGroup[] = [
  { title: "Hit ratio", lines: [line("CacheHitRate", "answered by the cache", "good")] },
  { title: "Requests", lines: [line("Requests", "requests", "accent")] },
  { title: "Requests", lines: [line("RequestCount", "answered", "accent")] },
  {
    title: "Content sent",
    lines: [
      line("BytesFromCache", "from the cache", "good"),
      line("BytesFromOrigin", "by the origin", "warn"),
    ],
  },
  {
    title: "Errors",
    lines: [
      line("Http4xxErrorRate", "4xx, of all answers", "warn"),
      line("Http5xxErrorRate", "5xx, of all answers", "bad"),
    ],
  },
  {
    title: "Time to answer",
    lines: [line("InstanceResponseTime", "until an instance answers", "mark")],
  },
  { title: "Time to answer", lines: [line("ResponseTime", "until it answers", "mark")] },
  {
    title: "Errors",
    lines: [line("HTTPCode_4XX_Count", "4xx", "warn"), line("HTTPCode_5XX_Count", "5xx", "bad")],
  },
  {
    title: "Errors of instances",
    lines: [
      line("HTTPCode_Instance_4XX_Count", "4xx", "warn"),
      line("HTTPCode_Instance_5XX_Count", "5xx", "bad"),
    ],
  },
  {
    title: "Errors of the load balancer itself",
    lines: [line("HTTPCode_LB_4XX_Count", "4xx", "warn"), line("HTTPCode_LB_5XX_Count", "5xx", "bad")],
  },
  {
    title: "Instances",
    lines: [line("HealthyHostCount", "healthy", "good"), line("UnhealthyHostCount", "not healthy", "bad")],
  },
  {
    title: "Processor and memory",
    lines: [line("CPUUtilization", "processor", "accent"), line("MemoryUtilization", "memory", "mark")],
  },
  {
    title: "Network",
    lines: [line("NetworkIn", "to it", "accent"), line("NetworkOut", "from it", "mark")],
  },
  { title: "Failed checks", lines: [line("StatusCheckFailed", "checks that fail", "bad")] },
  {
    title: "Refused",
    lines: [
      line("ClientTLSNegotiationErrorCount", "TLS handshakes", "warn"),
      line("RejectedConnectionCount", "connections beyond the most", "bad"),
    ],
  },
];

/** The plots of a resource that has these metrics. @param only  names of metrics; plots with none of them are left out */
export function groupsOf({ metrics }: MetricList, only?: readonly string[]): readonly MetricGroup[] {
  const known = new Set(metrics.map(({ name }) => name));
  return groups.flatMap(({ title, lines }) => {
    const there = lines.filter(({ metric }) => known.has(metric));
    const isWanted = only === undefined || there.some(({ metric }) => only.includes(metric));
    return there.length > 0 && isWanted ? [{ title, lines: there }] : [];
  });
}

/** How values of a metric are written. */
export function metricFormat({ name, unit }: MetricList["metrics"][number]): (value: number) => string {
  if (unit === "Percent") return (value) => `${compact(value)} %`;
  if (unit === "Seconds") return (value) => milliseconds(value * 1000);
  // Lightsail gives octets of distributions no unit.
  if (unit === "Bytes" || name.startsWith("Bytes")) return octets;
  return compact;
}
