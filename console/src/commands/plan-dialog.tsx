// The dialog in which every change of the console is made: the plan is shown, applied, and told with its undo. A page only says which
// command: `const openPlan = usePlan(); openPlan({ action: "stop-instance", name })`.

import { useEffect, useMemo, useState } from "react";
import type { Command, MintedKey, Plan } from "#contract";
import { Skeleton } from "../parts/card.tsx";
import { Button } from "../parts/button.tsx";
import { CodeBlock } from "../parts/code.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Failure, shownFailure } from "../parts/failure.tsx";
import { Conflicts } from "./conflicts.tsx";
import { applyPlan, planAsked, tellDone } from "./give.ts";
import type { PlannedRequest, PlanOptions } from "./plan-context.ts";
import { PlanView } from "./plan-view.tsx";

/** What is asked for, and what is to be said of it. */
export interface AskedPlan extends PlanOptions {
  readonly command: Command | PlannedRequest;
}

/** The dialog of one command. */
export function PlanDialog({
  asked: { command, verb = "Apply", isDangerous = false, onApplied },
  isOpen,
  onClose,
}: {
  readonly asked: AskedPlan;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}) {
  const [plan, setPlan] = useState<Plan>();
  const [problem, setProblem] = useState<unknown>();
  const [isApplying, setApplying] = useState(false);
  const [minted, setMinted] = useState<MintedKey>();
  const [round, setRound] = useState(0);

  useEffect(() => {
    if (!isOpen) return;
    const stop = new AbortController();
    setPlan(undefined);
    setProblem(undefined);
    setMinted(undefined);
    planAsked(command, stop.signal).then(setPlan, (error: unknown) => {
      if (!stop.signal.aborted) setProblem(error);
    });
    return () => stop.abort();
    // A command that opens anew is planned anew: what it would do today may be something else.
  }, [command, isOpen, round]);

  const apply = async (): Promise<void> => {
    if (!plan) return;
    setApplying(true);
    try {
      const answer = await applyPlan(plan);
      onApplied?.(answer);
      if (answer.accessKey) setMinted(answer.accessKey);
      else {
        onClose();
        tellDone(answer);
      }
    } catch (error) {
      setProblem(error);
    } finally {
      setApplying(false);
    }
  };

  const title = useMemo(() => plan?.title ?? "What this will do", [plan]);
  if (minted)
    return (
      <Dialog
        isOpen={isOpen}
        onClose={onClose}
        title="The key, shown this once"
        actions={
          <Button purpose="primary" onClick={onClose}>
            I have kept it
          </Button>
        }
      >
        <Minted accessKey={minted} />
      </Dialog>
    );
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title={title}
      isWide
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          {problem === undefined ? (
            <Button
              purpose={isDangerous ? "danger" : "primary"}
              disabled={!plan}
              isBusy={isApplying}
              onClick={() => void apply()}
            >
              {verb}
            </Button>
          ) : (
            <Button onClick={() => setRound(round + 1)}>Plan again</Button>
          )}
        </>
      }
    >
      {problem !== undefined ? (
        <div className="flex flex-col gap-4">
          <Failure failure={shownFailure(problem)} />
          <Conflicts of={problem} />
        </div>
      ) : plan ? (
        <PlanView plan={plan} />
      ) : (
        <Skeleton />
      )}
    </Dialog>
  );
}

function Minted({ accessKey }: { readonly accessKey: MintedKey }) {
  return (
    <div className="flex flex-col gap-3">
      <p>
        Keep it where only who needs it can read it. The platform has a digest or a sealed copy, and shows it
        to nobody again.
      </p>
      {Object.entries(accessKey).map(([name, text]) =>
        typeof text === "string" ? <CodeBlock key={name} text={text} label={name} /> : null,
      )}
    </div>
  );
}
