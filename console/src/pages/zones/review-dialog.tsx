// The plan of records that are changed, and what stands against it: a conflict shows both sides, and is settled in the same dialog.

import { useEffect, useState } from "react";
import type { Command, Plan, WriteAnswer } from "#contract";
import { ApiFailure } from "../../api/client.ts";
import { CommandExamples } from "../../commands/command-examples.tsx";
import { applyPlan, planCommand, tellDone } from "../../commands/give.ts";
import { ChangeLines, RecordDifferences, Warnings } from "../../commands/plan-view.tsx";
import { Skeleton } from "../../parts/card.tsx";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { Failure, shownFailure } from "../../parts/failure.tsx";
import { Time } from "../../parts/time.tsx";
import { visible } from "../../text/visible.ts";
import { Conflicts } from "./conflicts.tsx";

/** Characters of a command that is shown in other words; of more nobody reads it. */
const mostShown = 20_000;

/** Plans a command, shows what it would do, applies it. */
export function ReviewDialog({
  command,
  isOpen,
  onClose,
  onApplied,
  stagedIn,
  verb = "Apply",
}: {
  /** The same object while it is the same command. */
  readonly command: Command;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onApplied?: (answer: WriteAnswer) => void;
  /** The zone whose staged edits it carries out: conflicts can be settled then. */
  readonly stagedIn?: string;
  readonly verb?: string;
}) {
  const [plan, setPlan] = useState<Plan>();
  const [problem, setProblem] = useState<unknown>();
  const [isApplying, setApplying] = useState(false);
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (!isOpen) return;
    const stop = new AbortController();
    setPlan(undefined);
    setProblem(undefined);
    planCommand(command, stop.signal).then(setPlan, (error: unknown) => {
      if (!stop.signal.aborted) setProblem(error);
    });
    return () => stop.abort();
  }, [command, isOpen, round]);

  const apply = async (): Promise<void> => {
    if (!plan) return;
    setApplying(true);
    try {
      const answer = await applyPlan(plan);
      onClose();
      onApplied?.(answer);
      tellDone(answer);
    } catch (error) {
      setProblem(error);
    } finally {
      setApplying(false);
    }
  };
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title={plan && problem === undefined ? visible(plan.title) : "Review"}
      isWide
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          {problem === undefined ? (
            <Button purpose="primary" disabled={!plan} isBusy={isApplying} onClick={() => void apply()}>
              {verb}
            </Button>
          ) : (
            <Button onClick={() => setRound(round + 1)}>Plan again</Button>
          )}
        </>
      }
    >
      {problem !== undefined ? (
        <ReviewRefusal problem={problem} stagedIn={stagedIn} />
      ) : plan ? (
        <div className="flex flex-col gap-4">
          <Warnings warnings={plan.warnings} />
          <ChangeLines changes={plan.changes.slice(0, 200)} />
          {plan.changes.length > 200 && <p className="text-soft">And {plan.changes.length - 200} more.</p>}
          <RecordDifferences records={plan.records} />
          {plan.oldAnswersUntil !== undefined && (
            <p className="text-soft">
              Resolvers may give the old answers until <Time at={plan.oldAnswersUntil} isExact /> (
              <Time at={plan.oldAnswersUntil} />
              ).
            </p>
          )}
          {JSON.stringify(plan.command).length <= mostShown && <CommandExamples command={plan.command} />}
        </div>
      ) : (
        <Skeleton />
      )}
    </Dialog>
  );
}

function ReviewRefusal({
  problem,
  stagedIn,
}: {
  readonly problem: unknown;
  readonly stagedIn: string | undefined;
}) {
  const body = problem instanceof ApiFailure ? problem.body : undefined;
  const isChoice = stagedIn !== undefined && body?.conflicts !== undefined;
  return (
    <div className="flex flex-col gap-4">
      {isChoice ? (
        <p role="alert">
          Somebody else has changed what you are changing. Choose for each; nothing was changed yet.
        </p>
      ) : (
        <Failure failure={shownFailure(problem)} />
      )}
      {body?.conflicts && (
        <Conflicts
          conflicts={body.conflicts}
          {...(stagedIn === undefined ? {} : { zone: stagedIn })}
          {...(body.moreConflicts === undefined ? {} : { more: body.moreConflicts })}
        />
      )}
    </div>
  );
}
