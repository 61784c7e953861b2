// The tray of what is staged: how much, whether it can be applied, what it warns of. It stays at the foot of the page while there is something.

import { useEffect, useMemo, useState } from "react";
import type { Command, Plan } from "#contract";
import { ApiFailure } from "../../api/client.ts";
import { planCommand } from "../../commands/give.ts";
import { Button } from "../../parts/button.tsx";
import { Chip } from "../../parts/chip.tsx";
import { counted } from "../../text/quantities.ts";
import { visible } from "../../text/visible.ts";
import { ReviewDialog } from "./review-dialog.tsx";
import { unstage, useStaged } from "./staging.ts";

/** Milliseconds without another edit after which the plan is asked for. */
const calmMs = 500;
/** Edits whose plan is asked for while they are still being made. */
const mostPlanned = 500;

/** The tray. Nothing while nothing is staged. */
export function StagedTray({
  zone,
  conflicts,
  onFilter,
}: {
  readonly zone: string;
  /** Keys of edits that stand against what somebody else did. */
  readonly conflicts: readonly string[];
  readonly onFilter: (filter: string) => void;
}) {
  const staged = useStaged(zone);
  const command = useMemo<Extract<Command, { action: "change-rrsets" }>>(
    () => ({ action: "change-rrsets", zone, edits: [...staged.values()] }),
    [staged, zone],
  );
  const [isOpen, setOpen] = useState(false);
  const outlook = useOutlook(command);
  useRoomBelowToasts(staged.size > 0);
  if (staged.size === 0 && !isOpen) return null;
  return (
    <>
      {staged.size > 0 && (
        <div
          role="region"
          aria-label="Staged changes"
          className="sticky bottom-3 z-20 mt-3 flex flex-wrap items-center gap-x-4 gap-y-2 rounded-card border border-line-strong/60 bg-surface px-4 py-2.5 shadow-[0_6px_28px_rgb(0_0_0/18%)]"
        >
          <span className="font-semibold" aria-live="polite">
            {counted(staged.size, "change")} staged
          </span>
          {conflicts.length > 0 ? (
            <button type="button" onClick={() => onFilter("is:conflict")}>
              <Chip tone="warn" withDot>
                {counted(conflicts.length, "conflict")}
              </Chip>
            </button>
          ) : (
            outlook && <Outlook {...outlook} />
          )}
          <span className="ml-auto flex flex-wrap gap-2">
            <Button size="small" purpose="quiet" onClick={() => onFilter("is:staged")}>
              Show
            </Button>
            <Button size="small" onClick={() => unstage(zone, [...staged.keys()])}>
              Drop all
            </Button>
            <Button size="small" purpose="primary" onClick={() => setOpen(true)}>
              Review plan
            </Button>
          </span>
        </div>
      )}
      <ReviewDialog
        command={command}
        isOpen={isOpen && staged.size > 0}
        onClose={() => setOpen(false)}
        onApplied={() => unstage(zone, [...staged.keys()])}
        stagedIn={zone}
      />
    </>
  );
}

/** Has toasts appear above the tray. */
function useRoomBelowToasts(isThere: boolean): void {
  useEffect(() => {
    const { style } = document.documentElement;
    if (isThere) style.setProperty("--tray", "5rem");
    return () => void style.removeProperty("--tray");
  }, [isThere]);
}

type Seen = { readonly plan: Plan } | { readonly problem: string };

function Outlook(seen: Seen) {
  if ("problem" in seen)
    return (
      <span className="max-w-md min-w-0 truncate text-sm text-bad" title={visible(seen.problem)}>
        {visible(seen.problem)}
      </span>
    );
  const { warnings } = seen.plan;
  if (warnings.length === 0) return <Chip tone="good">No warnings</Chip>;
  return (
    <Chip tone="warn" title={warnings.map((warning) => visible(warning)).join("\n")}>
      {counted(warnings.length, "warning")}
    </Chip>
  );
}

/** What the plan would say, once the edits come to rest. */
function useOutlook(command: Extract<Command, { action: "change-rrsets" }>): Seen | undefined {
  const [seen, setSeen] = useState<Seen>();
  useEffect(() => {
    setSeen(undefined);
    if (command.edits.length === 0 || command.edits.length > mostPlanned) return;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      planCommand(command, stop.signal).then(
        (plan) => setSeen({ plan }),
        (error: unknown) => {
          if (error instanceof ApiFailure && !error.isUnreachable && !error.isSignedOut)
            setSeen({ problem: error.message });
        },
      );
    }, calmMs);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [command]);
  return seen;
}
