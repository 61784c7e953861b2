// What a plan would do: in words, as records, with its warnings, and until when old answers live.

import { Minus, PencilLine, Plus, TriangleAlert } from "lucide-react";
import type { Change, ChangeLine, Plan, ZoneRecords } from "#contract";
import { Time } from "../parts/time.tsx";
import { classes } from "../parts/classes.ts";
import { counted } from "../text/quantities.ts";
import { visible } from "../text/visible.ts";
import { CommandExamples } from "./command-examples.tsx";

const effects = {
  create: { icon: <Plus size={15} aria-hidden />, word: "Creates", color: "text-good" },
  update: { icon: <PencilLine size={15} aria-hidden />, word: "Changes", color: "text-accent" },
  delete: { icon: <Minus size={15} aria-hidden />, word: "Deletes", color: "text-bad" },
} as const;

/** A plan, whole. */
export function PlanView({ plan }: { readonly plan: Plan }) {
  return (
    <div className="flex flex-col gap-4">
      <Warnings warnings={plan.warnings} />
      <ChangeLines changes={plan.changes} />
      <RecordDifferences records={plan.records} />
      {plan.evidence !== undefined && plan.evidence.length > 0 && (
        <ul className="list-disc pl-5 text-soft">
          {plan.evidence.map((line, i) => (
            <li key={i}>{visible(line)}</li>
          ))}
        </ul>
      )}
      {plan.oldAnswersUntil !== undefined && (
        <p className="text-soft">
          Resolvers may give the old answers until <Time at={plan.oldAnswersUntil} isExact /> (
          <Time at={plan.oldAnswersUntil} />
          ).
        </p>
      )}
      <CommandExamples command={plan.command} />
    </div>
  );
}

/** Warnings, each with its sign. */
export function Warnings({ warnings }: { readonly warnings: readonly string[] }) {
  if (warnings.length === 0) return null;
  return (
    <ul aria-label="Warnings" className="flex flex-col gap-1.5 rounded-lg bg-warn-soft p-3 text-warn">
      {warnings.map((warning, i) => (
        <li key={i} className="flex gap-2">
          <TriangleAlert size={16} className="mt-1 shrink-0" aria-hidden />
          <span className="min-w-0 break-words">{visible(warning)}</span>
        </li>
      ))}
    </ul>
  );
}

/** What is created, changed and deleted, in words. */
export function ChangeLines({ changes }: { readonly changes: readonly ChangeLine[] }) {
  return (
    <ul className="flex flex-col gap-1">
      {changes.map((line, i) => {
        const { icon, word, color } = effects[line.effect];
        return (
          <li key={i} className="flex gap-2">
            <span className={classes("mt-1 shrink-0", color)} title={word}>
              {icon}
              <span className="sr-only">{word}: </span>
            </span>
            <span className="min-w-0 break-words">{visible(line.text)}</span>
          </li>
        );
      })}
    </ul>
  );
}

/** Records that disappear and appear, zone by zone. */
export function RecordDifferences({ records }: { readonly records: Change["records"] }) {
  return records.map((zone) => <ZoneDifference key={zone.zone} of={zone} />);
}

function ZoneDifference({
  of: { zone, removed, added, moreRemoved, moreAdded },
}: {
  readonly of: ZoneRecords;
}) {
  if (removed.length + added.length === 0) return null;
  return (
    <section aria-label={`Records of ${zone}`} className="overflow-hidden rounded-lg border border-line">
      <h3 className="border-b border-line bg-sunken px-3 py-1.5 text-sm font-medium">
        {visible(zone)}
        <span className="font-normal text-soft">
          {" "}
          · {counted(removed.length + moreRemoved, "record")} less, {added.length + moreAdded} more
        </span>
      </h3>
      <div
        tabIndex={0}
        role="group"
        aria-label={`Records of ${zone}, as zone-file lines`}
        className="max-h-72 overflow-auto py-1 font-mono text-[0.83rem] leading-6"
      >
        {removed.map((line, i) => (
          <Line key={`-${i}`} sign="−" text={line} />
        ))}
        {moreRemoved > 0 && <More sign="−" count={moreRemoved} />}
        {added.map((line, i) => (
          <Line key={`+${i}`} sign="+" text={line} />
        ))}
        {moreAdded > 0 && <More sign="+" count={moreAdded} />}
      </div>
    </section>
  );
}

function Line({ sign, text }: { readonly sign: "+" | "−"; readonly text: string }) {
  return (
    <div
      className={classes(
        "px-3 whitespace-pre",
        sign === "+" ? "bg-good-soft text-good" : "bg-bad-soft text-bad",
      )}
    >
      <span className="sr-only">{sign === "+" ? "added: " : "removed: "}</span>
      <span aria-hidden>{sign} </span>
      {visible(text)}
    </div>
  );
}

function More({ sign, count }: { readonly sign: string; readonly count: number }) {
  return (
    <div className="px-3 text-soft">
      {sign} and {counted(count, "more", "more")}
    </div>
  );
}
