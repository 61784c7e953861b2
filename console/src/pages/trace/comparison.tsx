// A trace beside the last good one of its URL: hop by hop, what each came to then and now.

import type { TraceComparison } from "#contract";
import { Card } from "../../parts/card.tsx";
import { Chip, type Tone } from "../../parts/chip.tsx";
import { Value } from "../../parts/code.tsx";
import { Time } from "../../parts/time.tsx";
import { Draw } from "./draw.tsx";
import { drawMap } from "./map-drawing.ts";
import { hopNames } from "./map-model.ts";

const words = { same: "the same", changed: "changed", missing: "not reached", added: "new" } as const;
const tones: Readonly<Record<keyof typeof words, Tone>> = {
  same: "good",
  changed: "bad",
  missing: "neutral",
  added: "warn",
};

/** The comparison; what there is to say where there is no good trace. */
export function Comparison({ comparison }: { readonly comparison: TraceComparison }) {
  const { good, hops, firstDifference } = comparison;
  if (!good)
    return (
      <Card title="Compared with the last good trace">
        <p className="text-soft">
          {comparison.trace.failure
            ? "No visit of this URL has gone well so far, so there is nothing to compare with."
            : "This is the last good trace of this URL. One that fails is compared with it."}
        </p>
      </Card>
    );
  return (
    <Card
      title="Compared with the last good trace"
      about={
        <>
          It went well <Time at={good.at} />.
        </>
      }
      isFlush
    >
      <div
        className="overflow-x-auto px-2 max-md:hidden"
        tabIndex={0}
        role="region"
        aria-label="Map of the last good trace"
      >
        <Draw picture={drawMap(good)} name="The last good trace" />
      </div>
      <ul className="divide-y divide-line border-t border-line">
        {hops.map(({ hop, difference, was, is }) => (
          <li key={hop} className="px-4 py-2.5">
            <div className="flex flex-wrap items-center gap-2">
              <span className="w-28 font-medium">{hopNames[hop]}</span>
              <Chip tone={tones[difference]}>{words[difference]}</Chip>
              {hop === firstDifference && <Chip tone="accent">the first difference</Chip>}
            </div>
            {(difference === "changed" || hop === firstDifference) && (
              <div className="mt-2 grid gap-2 lg:grid-cols-2">
                <Lines title="Then" lines={was.filter((line) => !is.includes(line))} />
                <Lines title="Now" lines={is.filter((line) => !was.includes(line))} />
              </div>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Lines({ title, lines }: { readonly title: string; readonly lines: readonly string[] }) {
  return (
    <div className="min-w-0 rounded-lg bg-sunken px-3 py-2">
      <p className="text-sm text-soft">{title}</p>
      {lines.length === 0 ? (
        <p className="text-soft">nothing</p>
      ) : (
        lines.map((line) => (
          <p key={line} className="break-words">
            <Value text={line} />
          </p>
        ))
      )}
    </div>
  );
}
