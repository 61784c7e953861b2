// The last health checks of a target as ticks, the newest at the right: how high says how long it took, and a bad one is full and of another
// form. The same stands below as a list, for who wants to read what was answered.

import type { TargetChecks } from "#contract";
import { counted, localTime, milliseconds } from "../text/quantities.ts";
import { visible } from "../text/visible.ts";
import { Chip } from "./chip.tsx";
import { Table } from "./table.tsx";

type Check = TargetChecks["checks"][number];

/** Ticks, as many as are remembered. */
const places = 60;
/** Measures of the drawing: a place's width, a tick's, and the height. */
const [step, tickWidth, height] = [5, 3, 26];
/** Height of the quickest check. */
const leastHeight = 7;

/** The ticks of one target. */
export function CheckTicks({ name, checks }: { readonly name: string; readonly checks: readonly Check[] }) {
  const good = checks.filter(({ isOk }) => isOk).length;
  const last = checks.at(-1);
  const slowest = Math.max(...checks.map(({ tookMs }) => tookMs), 1);
  const label = last
    ? `${good} of the last ${counted(checks.length, "check")} of ${name} were good; the last one: ${last.said}`
    : `${name} was not checked yet`;
  return (
    <svg
      role="img"
      aria-label={visible(label)}
      viewBox={`0 0 ${places * step} ${height}`}
      width={places * step}
      height={height}
      className="block max-w-full"
    >
      {Array.from({ length: places }, (_, i) => {
        const check = checks[checks.length - places + i];
        const x = i * step + 1;
        if (!check)
          return (
            <rect key={i} x={x} y={height - 3} width={tickWidth} height={3} rx={1} className="fill-line" />
          );
        const tall = check.isOk
          ? leastHeight + (height - 3 - leastHeight) * Math.sqrt(check.tookMs / slowest)
          : height;
        return (
          <rect
            key={i}
            x={x}
            y={height - tall}
            width={tickWidth}
            height={tall}
            rx={check.isOk ? 1.5 : 0}
            className={check.isOk ? "fill-good" : "fill-bad"}
          >
            <title>{visible(`${check.said} in ${milliseconds(check.tookMs)}, ${localTime(check.at)}`)}</title>
          </rect>
        );
      })}
    </svg>
  );
}

/** Every check in words, folded until somebody asks. */
export function CheckList({ name, checks }: { readonly name: string; readonly checks: readonly Check[] }) {
  return (
    <details>
      <summary className="text-sm text-soft">
        Every check of <span className="font-medium text-text">{visible(name)}</span>
      </summary>
      <div
        className="mt-2 max-h-80 overflow-y-auto rounded-lg border border-line"
        tabIndex={0}
        role="group"
        aria-label={`Checks of ${name}`}
      >
        <Table<Check & { readonly key: string }>
          label={`Checks of ${name}`}
          rows={checks.map((check, i) => ({ ...check, key: `${check.at} ${i}` })).toReversed()}
          keyOf={({ key }) => key}
          columns={[
            {
              title: "When",
              cell: ({ at }) => (
                <time dateTime={at} title={at}>
                  {new Date(at).toLocaleTimeString()}
                </time>
              ),
            },
            {
              title: "Outcome",
              cell: ({ isOk }) => <Chip tone={isOk ? "good" : "bad"}>{isOk ? "good" : "bad"}</Chip>,
            },
            { title: "Answer", cell: ({ said }) => visible(said) },
            { title: "Took", align: "right", cell: ({ tookMs }) => milliseconds(tookMs) },
          ]}
          empty={<p className="p-3 text-soft">There was none yet.</p>}
        />
      </div>
    </details>
  );
}
