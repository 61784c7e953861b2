// What was asked in the last hour, drawn: queries a second, response codes, types, how long answers took. For one zone on its page, and for all
// name servers on the status page.

import { useId } from "react";
import type { NameServerFigures, ZoneFigures } from "#contract";
import { count, milliseconds } from "../text/quantities.ts";
import { visible } from "../text/visible.ts";
import { Plot, type PlotLine } from "./plot.tsx";
import { Plotted } from "./plotted.tsx";

/** Milliseconds between two readings. */
export const figuresReadMs = 5000;

type Figures = NameServerFigures | ZoneFigures;
type Span = Figures["spans"][number];

const plotHeight = 160;
const hour = 3600;
/** Seconds that a span must have to be drawn by itself: a rate of less is chance. */
const leastSeconds = 10;
/** Seconds between two spans from which on nothing is known of the time between them. */
const gapSeconds = 30;

/** Queries a second, and those with an error. */
export function RatePlot({ spans }: Pick<Figures, "spans">) {
  const title = "Queries a second";
  return (
    <Plotted title={title}>
      <HourPlot
        label={title}
        spans={spans}
        format={rate}
        lines={[
          { label: "queries", color: "mark", value: ({ queries, seconds }) => queries / seconds },
          {
            label: "NXDOMAIN",
            color: "warn",
            value: ({ answers, seconds }) => (answers["NXDOMAIN"] ?? 0) / seconds,
          },
          { label: "other errors", color: "bad", value: (span) => failuresOf(span.answers) / span.seconds },
        ]}
      />
    </Plotted>
  );
}

/** How long answers took. */
export function TimesPlot({ spans }: Pick<NameServerFigures, "spans">) {
  const title = "Time to answer";
  return (
    <Plotted title={title}>
      <HourPlot
        label={title}
        spans={spans}
        format={shortTime}
        lines={[
          { label: "half took less than", color: "accent", value: ({ p50Ms }) => p50Ms },
          { label: "one of a hundred longer than", color: "warn", value: ({ p99Ms }) => p99Ms },
        ]}
      />
    </Plotted>
  );
}

function HourPlot<One extends Span>({
  label,
  spans,
  format,
  lines,
}: {
  readonly label: string;
  readonly spans: readonly One[];
  readonly format: (value: number) => string;
  readonly lines: readonly (Pick<PlotLine, "label" | "color"> & {
    readonly value: (span: One) => number | undefined;
  })[];
}) {
  const drawn = withoutShort(spans);
  const times: number[] = [];
  const places: (One | undefined)[] = [];
  const put = (time: number, span: One | undefined): void => {
    times.push(time);
    places.push(span);
  };
  const last = drawn.at(-1);
  const end = last ? timeOf(last) + last.seconds : Date.now() / 1000;
  // Always an hour: what comes in moves the plot, and does not stretch it.
  if (!drawn[0] || timeOf(drawn[0]) > end - hour) put(end - hour, undefined);
  for (const [i, span] of drawn.entries()) {
    const before = drawn[i - 1];
    const over = before && timeOf(before) + before.seconds;
    if (over !== undefined && timeOf(span) - over > gapSeconds) put(over, undefined);
    put(timeOf(span), span);
  }
  return (
    <Plot
      label={label}
      times={times}
      height={plotHeight}
      format={format}
      lines={lines.map(({ value, ...line }) => ({
        ...line,
        values: places.map((span) => (span && value(span)) ?? null),
      }))}
    />
  );
}

/** Spans, those that are short taken together with their neighbours. */
function withoutShort<One extends Span>(spans: readonly One[]): One[] {
  const drawn: One[] = [];
  for (const span of spans) {
    const last = drawn.at(-1);
    const isNext = last !== undefined && timeOf(span) - timeOf(last) - last.seconds <= gapSeconds;
    if (!isNext || Math.min(last.seconds, span.seconds) >= leastSeconds) {
      drawn.push(span);
      continue;
    }
    const answers: Record<string, number> = { ...last.answers };
    for (const [rcode, number] of Object.entries(span.answers))
      answers[rcode] = (answers[rcode] ?? 0) + number;
    drawn[drawn.length - 1] = {
      // Times are those of the longer one, where it has some.
      ...(last.seconds < span.seconds ? { ...last, ...span } : { ...span, ...last }),
      at: last.at,
      seconds: last.seconds + span.seconds,
      queries: last.queries + span.queries,
      answers,
    };
  }
  return drawn;
}

function timeOf({ at }: Span): number {
  return Date.parse(at) / 1000;
}

/** How many answers there were of each response code. */
export function Answers({ answers }: Pick<Figures, "answers">) {
  const total = Object.values(answers).reduce((sum, one) => sum + one, 0);
  return (
    <Shares
      title="Answers"
      total={total}
      rows={Object.entries(answers).map(([rcode, number]) => ({
        name: rcode === "other" ? "other errors" : rcode,
        number,
        color: rcode === "NOERROR" ? "good" : rcode === "NXDOMAIN" ? "warn" : "bad",
      }))}
    />
  );
}

/** How many queries there were of each type. */
export function Types({ types, queries }: Pick<Figures, "types" | "queries">) {
  return (
    <Shares
      title="Types"
      total={queries}
      rows={types.map(({ type, queries: number }) => ({
        name: type === "other" ? "other types" : type,
        number,
        color: "mark",
      }))}
    />
  );
}

interface Share {
  readonly name: string;
  readonly number: number;
  readonly color: PlotLine["color"];
}

function Shares({
  title,
  total,
  rows,
}: {
  readonly title: string;
  readonly total: number;
  readonly rows: readonly Share[];
}) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="min-w-0">
      <h3 id={id} className="mb-1.5 text-sm font-medium">
        {title}
      </h3>
      <ul className="flex flex-col gap-1.5">
        {rows.map(({ name, number, color }) => (
          <li key={name} className="grid grid-cols-[7rem_minmax(0,1fr)_auto_3rem] items-center gap-3">
            <span className="truncate font-mono text-[0.87em]" title={visible(name)}>
              {visible(name)}
            </span>
            <span className="block h-2 overflow-hidden rounded-full bg-sunken" aria-hidden>
              <svg className="block h-full w-full" viewBox="0 0 100 1" preserveAspectRatio="none">
                <rect width={total > 0 ? (number / total) * 100 : 0} height="1" fill={`var(--${color})`} />
              </svg>
            </span>
            <span className="min-w-14 text-right text-sm tabular-nums">{count(number)}</span>
            <span className="text-right text-sm whitespace-nowrap text-soft tabular-nums">
              {part(number, total)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Answers that are neither NOERROR nor NXDOMAIN. */
function failuresOf(answers: Span["answers"]): number {
  let sum = 0;
  for (const [rcode, number] of Object.entries(answers))
    if (rcode !== "NOERROR" && rcode !== "NXDOMAIN") sum += number;
  return sum;
}

/** A rate as people read it: `0.03`, `12.5`, `1,200`. */
export function rate(value: number): string {
  if (value === 0) return "0";
  return value < 1 ? value.toPrecision(1) : value < 100 ? value.toFixed(1) : count(Math.round(value));
}

/** A time that may be much shorter than a millisecond: `40 µs`, `1.2 ms`. */
export function shortTime(ms: number): string {
  return ms > 0 && ms < 1 ? `${Math.round(ms * 1000)} µs` : milliseconds(ms);
}

/** A part of a whole in percent, without a 0 that is not nothing, or a 100 that is not all. */
function part(number: number, total: number): string {
  const value = total > 0 ? (number / total) * 100 : 0;
  return `${value > 0 && value < 1 ? "<1" : value > 99 && value < 100 ? ">99" : Math.round(value)} %`;
}
