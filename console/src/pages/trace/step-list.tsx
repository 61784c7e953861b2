// The steps as a list from top to bottom: how a trace looks on a phone, and how it reads without pictures.

import type { Trace } from "#contract";
import { classes } from "../../parts/classes.ts";
import { visible } from "../../text/visible.ts";
import { mapOf, type Standing } from "./map-model.ts";

const dots: Readonly<Record<Standing, string>> = {
  good: "bg-good",
  known: "bg-mark",
  aside: "bg-line-strong",
  bad: "bg-bad",
  warn: "bg-warn",
};

/** All lanes with their steps. */
export function StepList({
  trace,
  chosen,
  onChoose,
}: {
  readonly trace: Trace;
  readonly chosen: number | undefined;
  readonly onChoose: (step: number) => void;
}) {
  const { lanes, brokenLane } = mapOf(trace);
  /** What lies behind the hop that broke is grey: it could not go well. */
  const shown = (standing: Standing, lane: number): Standing =>
    brokenLane !== undefined && lane > brokenLane ? "aside" : standing;
  return (
    <ol className="relative flex flex-col gap-3 border-l-2 border-line pl-4">
      {lanes.map(({ title, nodes, empty }, lane) => (
        <li key={title} className="relative">
          <span
            aria-hidden
            className={classes(
              "absolute top-1.5 -left-[1.42rem] size-3 rounded-full border-2 border-surface",
              empty === undefined
                ? dots[shown(nodes.some(({ standing }) => standing === "bad") ? "bad" : "good", lane)]
                : "bg-line",
            )}
          />
          <h3 className={classes("text-sm font-semibold", empty !== undefined && "text-soft")}>
            {title}
            {empty !== undefined && <span className="font-normal"> · {empty}</span>}
          </h3>
          <div className="mt-1 flex flex-col gap-1.5">
            {nodes.map(({ step, title: name, about, note, standing: own }, i) => {
              const standing = shown(own, lane);
              const content = (
                <>
                  <span
                    aria-hidden
                    className={classes("mt-2 size-2 shrink-0 rounded-full", dots[standing])}
                  />
                  <span className="min-w-0 flex-1 text-left">
                    <span
                      className={classes("block font-medium break-words", standing === "bad" && "text-bad")}
                    >
                      {visible(name)}
                    </span>
                    <span className="block text-sm break-words text-soft">
                      {visible([about, note].filter((part) => part !== "").join(" · "))}
                    </span>
                  </span>
                </>
              );
              const look = classes(
                "flex w-full items-start gap-2 rounded-lg border bg-surface px-3 py-2",
                step !== undefined && step === chosen
                  ? "border-accent"
                  : standing === "bad"
                    ? "border-bad"
                    : "border-line",
              );
              return step === undefined ? (
                <div key={i} className={look}>
                  {content}
                </div>
              ) : (
                <button
                  key={i}
                  type="button"
                  className={look}
                  aria-pressed={step === chosen}
                  onClick={() => onChoose(step)}
                >
                  {content}
                </button>
              );
            })}
          </div>
        </li>
      ))}
    </ol>
  );
}
