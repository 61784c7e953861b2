// One change: what it did, in words and as records, how far it has come, what it took back or was taken back by, and the way back.

import { getRouteApi, Link } from "@tanstack/react-router";
import { useQuery } from "@tanstack/react-query";
import { Check, CircleDashed, LoaderCircle, Undo2, X } from "lucide-react";
import type { Change, CommandAction, Operation } from "#contract";
import { useOperation } from "../../api/events.ts";
import { read } from "../../api/queries.ts";
import { canBeUndone } from "../../commands/changes.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { ChangeLines, RecordDifferences } from "../../commands/plan-view.tsx";
import { Button } from "../../parts/button.tsx";
import { Card, Facts, PageHead } from "../../parts/card.tsx";
import { Chip } from "../../parts/chip.tsx";
import { Value } from "../../parts/code.tsx";
import { Failure, reportedFailure } from "../../parts/failure.tsx";
import { place } from "../../parts/place.ts";
import { Reading } from "../../parts/reading.tsx";
import { Time } from "../../parts/time.tsx";
import { visible } from "../../text/visible.ts";
import { actionWords } from "./action-words.ts";

const route = getRouteApi("/history/$id");

/** The page. */
export function ChangePage() {
  const { id } = route.useParams();
  const change = useQuery(read<Change>("changes", id));
  return (
    <Reading of={change} lines={8}>
      {(data) => <Whole change={data} />}
    </Reading>
  );
}

function Whole({ change }: { readonly change: Change }) {
  const openPlan = usePlan();
  const operation = useOperation(change.operationId === "" ? undefined : change.operationId);
  const { id, title, at, actor, action, revision, changes, records, undoes, undoneBy } = change;
  const words = actionWords[action as CommandAction] as string | undefined;
  const hasRecords = records.some(({ added, removed }) => added.length + removed.length > 0);
  return (
    <>
      <PageHead
        above={
          <Link className="link" {...place("history")}>
            History
          </Link>
        }
        title={visible(title)}
        about={
          <span className="flex flex-wrap items-center gap-2">
            <span>
              {visible(actor)} {words}, <Time at={at} />
            </span>
            {undoneBy !== undefined && <Chip>undone</Chip>}
          </span>
        }
        actions={
          canBeUndone(change) && (
            <Button
              icon={<Undo2 size={16} aria-hidden />}
              onClick={() => openPlan({ action: "undo", changeId: id }, { verb: "Undo" })}
            >
              Undo
            </Button>
          )
        }
      />
      <div className="grid gap-5 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="flex min-w-0 flex-col gap-5">
          <Card title="What it did">
            <ChangeLines changes={changes} />
          </Card>
          {hasRecords && (
            <Card title="Records">
              <div className="flex flex-col gap-4">
                <RecordDifferences records={records} />
              </div>
            </Card>
          )}
        </div>
        <div className="flex min-w-0 flex-col gap-5">
          <Card title="About it">
            <Facts
              rows={[
                ["When", <Time key="at" at={at} isExact />],
                [
                  "By",
                  <Link key="by" className="link break-all" {...place("history", { actor })}>
                    {visible(actor)}
                  </Link>,
                ],
                [
                  "Command",
                  <Link key="action" className="link" {...place("history", { action })}>
                    {visible(action)}
                  </Link>,
                ],
                ["Number", String(revision)],
                ["Id", <Value key="id" text={id} most={23} />],
                undoes !== undefined && ["Took back", <ChangeLink key="undoes" id={undoes} />],
                undoneBy !== undefined && ["Taken back by", <ChangeLink key="undone" id={undoneBy} />],
              ]}
            />
            {!canBeUndone(change) && undoneBy === undefined && (
              <p className="mt-3 text-sm text-soft">
                It cannot be undone: who may do what, what happened to a process and what a cache forgot are
                changed by a new command.
              </p>
            )}
          </Card>
          {operation && <Steps operation={operation} />}
        </div>
      </div>
    </>
  );
}

function ChangeLink({ id }: { readonly id: string }) {
  const { data } = useQuery(read<Change>("changes", id));
  return (
    <Link className="link" {...place(["history", id])}>
      {data ? visible(data.title) : "a change"}
    </Link>
  );
}

const stepIcons = {
  NotStarted: <CircleDashed size={17} className="text-soft" aria-hidden />,
  Started: <LoaderCircle size={17} className="animate-spin text-accent" aria-hidden />,
  Succeeded: <Check size={17} className="text-good" aria-hidden />,
  Failed: <X size={17} className="text-bad" aria-hidden />,
} as const;

const stepWords = {
  NotStarted: "to come",
  Started: "going on",
  Succeeded: "done",
  Failed: "failed",
} as const;

function Steps({ operation }: { readonly operation: Operation }) {
  const { status, steps, failure, errorDetails } = operation;
  const tone = status === "Failed" ? "bad" : operation.isTerminal ? "good" : "accent";
  const word = status === "Failed" ? "failed" : operation.isTerminal ? "in force" : "going on";
  return (
    <Card
      title="How far it has come"
      actions={
        <Chip tone={tone} withDot>
          {word}
        </Chip>
      }
    >
      <ol className="flex flex-col gap-2">
        {steps.map((step, i) => (
          <li key={i} className="flex gap-2.5">
            <span className="mt-0.5 shrink-0">{stepIcons[step.status]}</span>
            <span className="min-w-0 break-words">
              {visible(step.title)}
              <span className="sr-only">: {stepWords[step.status]}</span>
              {step.detail !== undefined && step.detail !== "" && (
                <span className="block text-sm text-soft">{visible(step.detail)}</span>
              )}
            </span>
          </li>
        ))}
      </ol>
      {failure ? (
        <div className="mt-3">
          <Failure failure={reportedFailure(failure)} />
        </div>
      ) : (
        errorDetails !== undefined && <p className="mt-3 text-bad">{visible(errorDetails)}</p>
      )}
    </Card>
  );
}
