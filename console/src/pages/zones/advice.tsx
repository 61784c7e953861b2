// What the platform says of records as they stand, each with what mends it.

import { useMemo } from "react";
import { useQuery } from "@tanstack/react-query";
import { Info, TriangleAlert } from "lucide-react";
import type { RecordAdvice, ZoneAdvice } from "#contract";
import { read } from "../../api/queries.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { Button } from "../../parts/button.tsx";
import { classes } from "../../parts/classes.ts";
import { counted } from "../../text/quantities.ts";
import { visible } from "../../text/visible.ts";
import { keyOf } from "./record-model.ts";

/** Rows shown before somebody asks for all. */
const mostShown = 50;

/** The advice of a zone, by key of the RRset too. */
export function useAdvice(zone: string): {
  readonly advice: ZoneAdvice | undefined;
  readonly byKey: ReadonlyMap<string, RecordAdvice>;
} {
  const { data } = useQuery(read<ZoneAdvice>("zones", zone, "advice"));
  const byKey = useMemo(
    () =>
      new Map(
        // The gravest of several is shown.
        (data?.advice ?? [])
          .toSorted((a, b) => Number(a.weight === "warn") - Number(b.weight === "warn"))
          .flatMap((one) => {
            const { name, type } = one;
            return type === undefined ? [] : [[keyOf({ name, type }), one] as const];
          }),
      ),
    [data],
  );
  return { advice: data, byKey };
}

/** The banner over the table. Nothing where there is nothing to say. */
export function AdvicePanel({
  advice,
  isWritable,
  onFilter,
}: {
  readonly advice: ZoneAdvice | undefined;
  readonly isWritable: boolean;
  readonly onFilter: (filter: string) => void;
}) {
  const openPlan = usePlan();
  if (!advice || advice.advice.length === 0) return null;
  const grave = advice.advice.filter(({ weight }) => weight === "warn").length;
  const all = advice.advice.length + advice.more;
  return (
    <details
      className={classes(
        "mb-4 rounded-card border",
        grave > 0 ? "border-warn/40 bg-warn-soft" : "border-line bg-surface",
      )}
    >
      <summary className="flex flex-wrap items-center gap-2 px-4 py-2.5 font-medium">
        {grave > 0 ? (
          <TriangleAlert size={17} className="text-warn" aria-hidden />
        ) : (
          <Info size={17} className="text-soft" aria-hidden />
        )}
        <span className={grave > 0 ? "text-warn" : ""}>
          {grave > 0
            ? `${counted(grave, "record set")} will not work as ${grave === 1 ? "it stands" : "they stand"}`
            : `${counted(all, "note")} on these records`}
        </span>
        {grave > 0 && all > grave && (
          <span className="text-sm text-soft">and {counted(all - grave, "note")}</span>
        )}
      </summary>
      <ul className="flex flex-col gap-2 px-4 pb-3">
        {advice.advice.slice(0, mostShown).map((one, i) => (
          <li key={i} className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
            <button
              type="button"
              className="link font-medium text-accent underline underline-offset-2"
              onClick={() => onFilter(`name:${one.name}${one.type === undefined ? "" : ` type:${one.type}`}`)}
            >
              {visible(one.name)} {one.type}
            </button>
            <span className="min-w-0 flex-1 basis-64 break-words">{visible(one.text)}</span>
            {isWritable && one.repair && (
              <Button
                size="small"
                title={one.repair.text}
                disabled={!one.repair.command}
                onClick={() => one.repair?.command && openPlan(one.repair.command, { verb: "Repair" })}
              >
                Show the repair
              </Button>
            )}
          </li>
        ))}
      </ul>
      {all > mostShown && <p className="px-4 pb-3 text-sm text-soft">And {all - mostShown} more.</p>}
    </details>
  );
}
