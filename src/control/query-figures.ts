// The last hour of queries as the API shows it, made from what counters of the name servers have grown by.

import type { NameServerFigures, ZoneFigures, ZoneCounting } from "#contract";
import type { GrownSpan, RecentQueries } from "./query-history.ts";
import { zoneLabel } from "./watched-queries.ts";
import { isoTime } from "./views.ts";

/** Types that are named, the most frequent ones; the rest is `other`. */
const maxTypes = 12;

type Totals = Pick<NameServerFigures, "seconds" | "queries" | "answers" | "types">;

/** A counter by its labels. */
interface Counter {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What all name servers were asked. */
export function showNameServerFigures({ spans, names, told }: RecentQueries): NameServerFigures {
  const counters = names.filter((name) => !name.startsWith("zone-")).map(readCounter);
  const of = (base: string, ...labels: string[]): Counter[] =>
    counters.filter(
      ({ name, labels: own }) =>
        name.startsWith(`${base}{`) && Object.keys(own).sort().join() === labels.toSorted().join(),
    );
  const queries = of("queries", "group");
  const byRcode = grouped(of("answers", "group", "rcode"), "rcode");
  const byType = grouped(of("queries", "group", "type"), "type");
  const buckets = grouped(of("query-seconds-bucket", "group", "transport", "le"), "le");
  const groups = [...new Set(queries.map(({ labels }) => labels["group"] ?? ""))].sort();
  return {
    ...totalsOf(spans, queries, byRcode, byType),
    ...timesOf(spans, buckets),
    spans: spans.map((span) => ({
      ...spanOf(span, queries, byRcode),
      ...timesOf([span], buckets),
    })),
    groups: groups.map((group) => {
      const isOwn = ({ labels }: Counter): boolean => labels["group"] === group;
      const own = (map: ReadonlyMap<string, Counter[]>): Map<string, Counter[]> =>
        new Map([...map].map(([key, list]) => [key, list.filter(isOwn)]));
      return {
        group,
        queries: sumOf(spans, queries.filter(isOwn)),
        answers: countsOf(spans, own(byRcode)),
        ...timesOf(spans, own(buckets)),
      };
    }),
    isAway: told === undefined,
  };
}

/** What was asked of one zone. @param apex  absolute, in lower case */
export function showZoneFigures(recent: RecentQueries, apex: string): ZoneFigures {
  const { spans, names, told } = recent;
  const zone = zoneLabel(apex);
  const one = (name: string): Counter[] => [{ name: `${name}{zone=${zone}}`, labels: {} }];
  const queries = one("zone-queries");
  const errors = new Map([
    ["NXDOMAIN", one("zone-nxdomain")],
    ["SERVFAIL", one("zone-servfail")],
    ["other", one("zone-other-errors")],
  ]);
  const prefix = `zone-queries{zone=${zone},type=`;
  const types = grouped(names.filter((name) => name.startsWith(prefix)).map(readCounter), "type");
  const withNoError = <T extends Pick<Totals, "queries" | "answers">>(figures: T): T => {
    const failed = Object.values(figures.answers).reduce((sum, count) => sum + count, 0);
    const well = Math.max(0, figures.queries - failed);
    return { ...figures, answers: { ...(well > 0 ? { NOERROR: well } : {}), ...figures.answers } };
  };
  const maxZones = told?.["zone-counters"];
  return {
    zone: apex,
    counting: countingOf(recent, queries[0]?.name ?? ""),
    ...(maxZones === undefined ? {} : { maxZones }),
    ...withNoError(totalsOf(spans, queries, errors, types)),
    spans: spans.map((span) => withNoError(spanOf(span, queries, errors))),
  };
}

function countingOf({ told, isKept }: RecentQueries, name: string): ZoneCounting {
  if (!told) return "unknown";
  if (told["zone-counters"] === 0) return "off";
  if (told[name] !== undefined) return isKept(name) ? "own" : "unkept";
  return told["zone-queries{zone=other}"] === undefined ? "own" : "shared";
}

function totalsOf(
  spans: readonly GrownSpan[],
  queries: readonly Counter[],
  byRcode: ReadonlyMap<string, Counter[]>,
  byType: ReadonlyMap<string, Counter[]>,
): Totals {
  const all = Object.entries(countsOf(spans, byType))
    .map(([type, count]) => ({ type, queries: count }))
    .sort((a, b) => b.queries - a.queries || (a.type < b.type ? -1 : 1));
  const named = all.filter(({ type }) => type !== "other").slice(0, maxTypes);
  const others = all.filter((one) => !named.includes(one)).reduce((sum, one) => sum + one.queries, 0);
  return {
    seconds: spans.reduce((sum, { seconds }) => sum + seconds, 0),
    queries: sumOf(spans, queries),
    answers: countsOf(spans, byRcode),
    types: [...named, ...(others > 0 ? [{ type: "other", queries: others }] : [])],
  };
}

function spanOf(
  span: GrownSpan,
  queries: readonly Counter[],
  byRcode: ReadonlyMap<string, Counter[]>,
): Pick<NameServerFigures["spans"][number], "at" | "seconds" | "queries" | "answers"> {
  return {
    at: isoTime(span.at),
    seconds: span.seconds,
    queries: sumOf([span], queries),
    answers: countsOf([span], byRcode),
  };
}

/** Percentiles of times by buckets, each of which holds those before it, as Prometheus estimates them: evenly spread within a bucket. */
function timesOf(
  spans: readonly GrownSpan[],
  buckets: ReadonlyMap<string, Counter[]>,
): Pick<NameServerFigures, "p50Ms" | "p99Ms"> {
  const bounds = [...buckets]
    .map(([le, counters]) => ({
      ms: le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le) * 1000,
      count: sumOf(spans, counters),
    }))
    .sort((a, b) => a.ms - b.ms);
  const total = bounds.at(-1)?.count ?? 0;
  if (total === 0) return {};
  const at = (part: number): number => {
    const wanted = total * part;
    let [below, counted] = [0, 0];
    for (const { ms, count } of bounds) {
      if (count >= wanted && count > counted)
        return ms === Number.POSITIVE_INFINITY
          ? below
          : below + (ms - below) * ((wanted - counted) / (count - counted));
      if (ms !== Number.POSITIVE_INFINITY) [below, counted] = [ms, count];
    }
    return below;
  };
  return { p50Ms: rounded(at(0.5)), p99Ms: rounded(at(0.99)) };
}

/** To a thousandth of a millisecond: buckets are coarser. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

function countsOf(
  spans: readonly GrownSpan[],
  counters: ReadonlyMap<string, readonly Counter[]>,
): Record<string, number> {
  const found = [...counters]
    .map(([key, list]) => [key, sumOf(spans, list)] as const)
    .filter(([, count]) => count > 0)
    .sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1));
  return Object.fromEntries(found);
}

function sumOf(spans: readonly GrownSpan[], counters: readonly Counter[]): number {
  let sum = 0;
  for (const span of spans) for (const { name } of counters) sum += span.grown(name);
  return sum;
}

function grouped(counters: readonly Counter[], label: string): Map<string, Counter[]> {
  const map = new Map<string, Counter[]>();
  for (const counter of counters) {
    const key = counter.labels[label] ?? "";
    const list = map.get(key);
    if (list) list.push(counter);
    else map.set(key, [counter]);
  }
  return map;
}

/** Labels of a counter. No value has a comma or an equals sign in it. */
function readCounter(name: string): Counter {
  const [, inside = ""] = /^[^{]*\{(.*)\}$/s.exec(name) ?? [];
  const pairs = inside.split(",").map((pair) => pair.split("=") as [string, string]);
  return { name, labels: Object.fromEntries(pairs) };
}
