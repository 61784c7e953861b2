// Commands for the last hour of queries: how many name servers answered in each minute, how, of which types, and how long they took; of all of them,
// and of one zone.

import type { NameServerFigures, ZoneCounting, ZoneFigures } from "#contract";
import type { Command } from "./command.ts";
import { formatSeconds } from "./format-time.ts";
import type { Output } from "./output.ts";
import { readDomainName } from "./read-values.ts";
import { formatNumber, sparkline } from "./sparkline.ts";

/** Minutes of one line. */
const minutes = 60;

export const queriesFigures: Command = {
  description:
    "Show how many queries name servers answered in the last hour, how, of which types, and how long they took",
  args: {},
  examples: ["fairlead queries figures"],
  async run(_, context) {
    const { output } = context;
    const found = (await context.api().request("GET", "/v1/queries/figures")) as NameServerFigures;
    output.data(found);
    if (found.isAway) output.line("The name servers are away: this is what was known of them.");
    showTotals(output, "Name servers", found);
    if (found.queries === 0) return;
    if (found.p50Ms !== undefined && found.p99Ms !== undefined)
      output.line(
        `  half of the answers took less than ${formatNumber(found.p50Ms)} ms, one of a hundred longer than ${formatNumber(found.p99Ms)} ms`,
      );
    output.line();
    output.table(
      ["GROUP", "QUERIES", "P50", "P99", "ANSWERS"],
      found.groups.map(({ group, queries, answers, p50Ms, p99Ms }) => [
        group,
        String(queries),
        timeText(p50Ms),
        timeText(p99Ms),
        answersText(answers),
      ]),
    );
    showTypes(output, found);
  },
};

export const zoneFigures: Command = {
  description:
    "Show how many queries there were for a zone in the last hour, how they were answered, and of which types",
  args: { zone: { type: "positional", description: "the zone" } },
  examples: ["fairlead zone figures shop.test"],
  async run(values, context) {
    const { output } = context;
    const zone = encodeURIComponent(readDomainName(String(values["zone"])));
    const found = (await context.api().request("GET", `/v1/zones/${zone}/queries/figures`)) as ZoneFigures;
    output.data(found);
    const why = reasons[found.counting];
    if (why !== undefined) output.line(`${found.zone}: ${why}`);
    if (why !== undefined && found.queries === 0) return;
    showTotals(output, found.zone, found);
    if (found.queries > 0) showTypes(output, found);
  },
};

/** Why a zone has no figures, and what gives it some. */
const reasons: Readonly<Record<ZoneCounting, string | undefined>> = {
  own: undefined,
  shared: "it has no counters of its own; `fairlead up --zone-counters N` gives more zones theirs.",
  off: "zones are not counted; `fairlead up --zone-counters N` has as many counted.",
  unkept:
    "there are so many zones that the last hour of this one is not kept; `fairlead zone queries` has its sums.",
  unknown: "the name servers are away: this is what was known of them.",
};

function showTotals(
  output: Output,
  name: string,
  { seconds, queries, answers, spans }: Pick<NameServerFigures, "seconds" | "queries" | "answers" | "spans">,
): void {
  const time = formatSeconds(Math.round(seconds));
  if (queries === 0) {
    output.line(`${name}: no query in the last ${time}.`);
    return;
  }
  output.line(
    `${name}: ${queries} ${queries === 1 ? "query" : "queries"} in the last ${time}, ${formatNumber(queries / Math.max(seconds, 1))} a second`,
  );
  output.line(`  ${sparkline(barsOf(spans)).trimEnd()}`);
  output.line(`  ${answersText(answers)}`);
}

/** Queries a second of each minute, the last one on the right. */
function barsOf(
  spans: readonly Pick<ZoneFigures["spans"][number], "at" | "seconds" | "queries">[],
): (number | undefined)[] {
  const bars = Array.from({ length: minutes }, (): number | undefined => undefined);
  const last = spans.at(-1);
  if (!last) return bars;
  for (const { at, seconds, queries } of spans) {
    const ago = Math.round((Date.parse(last.at) - Date.parse(at)) / 60_000);
    if (ago < minutes) bars[minutes - 1 - ago] = queries / Math.max(seconds, 1);
  }
  return bars;
}

function showTypes(output: Output, { types, queries }: Pick<ZoneFigures, "types" | "queries">): void {
  if (types.length === 0) return;
  output.line();
  output.table(
    ["TYPE", "QUERIES", "SHARE"],
    types.map(({ type, queries: own }) => [type, String(own), `${Math.round((own / queries) * 100)} %`]),
  );
}

function answersText(answers: Readonly<Record<string, number>>): string {
  const parts = Object.entries(answers).map(([rcode, count]) => `${count} ${rcode}`);
  return parts.length === 0 ? "-" : parts.join(", ");
}

function timeText(ms: number | undefined): string {
  return ms === undefined ? "-" : `${formatNumber(ms)} ms`;
}
