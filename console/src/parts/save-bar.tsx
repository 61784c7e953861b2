// What stands below a form whose fields were changed and not applied: how many, a way back, and the plan. Who leaves the page with it is
// asked first.

import { useBlocker } from "@tanstack/react-router";
import { counted } from "../text/quantities.ts";
import { Button } from "./button.tsx";

/** The bar; nothing while nothing was changed. Stands inside a form, whose submission reviews the plan. */
export function SaveBar({
  changes,
  hasProblems,
  onReset,
}: {
  /** How many settings differ. */
  readonly changes: number;
  readonly hasProblems: boolean;
  readonly onReset: () => void;
}) {
  useBlocker({
    shouldBlockFn: () => !confirm("Leave this page? What you changed here was not applied."),
    disabled: changes === 0,
    enableBeforeUnload: changes > 0,
  });
  if (changes === 0) return null;
  return (
    <div className="sticky bottom-3 z-20 flex flex-wrap items-center justify-between gap-3 rounded-card border border-accent bg-surface px-4 py-3 shadow-card">
      <span className="font-medium">{counted(changes, "setting")} changed, not applied yet</span>
      <span className="flex gap-2">
        <Button onClick={onReset}>Put back</Button>
        <Button type="submit" purpose="primary" disabled={hasProblems}>
          Review the plan
        </Button>
      </span>
    </div>
  );
}
