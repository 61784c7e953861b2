// What went wrong, in one shape everywhere: what failed and at which hop, the evidence, the likely cause, the repair, and until when it
// heals by itself.

import { CircleAlert } from "lucide-react";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { FailureReport } from "#contract";
import { hopTitles } from "#contract/hop-titles";
import { ApiFailure } from "../api/client.ts";
import { usePlan } from "../commands/plan-context.ts";
import { visible } from "../text/visible.ts";
import { Button } from "./button.tsx";
import { Value } from "./code.tsx";
import { Time } from "./time.tsx";

/** A failure as it is shown. */
export interface ShownFailure {
  readonly what: string;
  /** Where on the way, in words: `Name servers`. */
  readonly hop?: string | undefined;
  /** What was seen, a line each. */
  readonly evidence?: readonly string[] | undefined;
  readonly cause?: string | undefined;
  readonly repair?: ReactNode;
  /** In words: `by itself in 42 s`. */
  readonly heals?: ReactNode;
  /** A code of the error table. */
  readonly code?: string | undefined;
  /** Finds the request in the platform's log. */
  readonly supportCode?: string | undefined;
}

/** A report of the platform's in that shape. */
export function reportedFailure({
  what,
  hop,
  evidence,
  cause,
  confidence,
  repair,
  healsAt,
  code,
}: FailureReport): ShownFailure {
  return {
    what,
    hop: hop && hopTitles[hop],
    evidence,
    cause: confidence === undefined || confidence === "certain" ? cause : `${cause} (${confidence})`,
    repair: repair && <Repair repair={repair} />,
    heals:
      healsAt === undefined ? undefined : (
        <>
          It heals by itself <Time at={healsAt} />.
        </>
      ),
    code,
  };
}

/** What mends something: a plan where a command does, words where it does not. */
function Repair({
  repair: { text, command, cli },
}: {
  readonly repair: NonNullable<FailureReport["repair"]>;
}) {
  const openPlan = usePlan();
  return (
    <span className="inline-flex flex-wrap items-center gap-2">
      <span>{visible(text)}</span>
      {cli !== undefined && <Value text={cli} />}
      {command && (
        <Button size="small" purpose="primary" onClick={() => openPlan(command, { verb: "Repair" })}>
          Show the repair’s plan
        </Button>
      )}
    </span>
  );
}

/** A failure of the API in that shape. */
export function shownFailure(error: unknown): ShownFailure {
  if (error instanceof ApiFailure) {
    const { message, help, code, supportCode, report } = error.body;
    if (report)
      return { ...reportedFailure(report), supportCode: supportCode === "" ? undefined : supportCode };
    return {
      what: message,
      repair: help,
      code,
      supportCode: supportCode === "" ? undefined : supportCode,
      heals: error.isUnreachable ? "This page goes on by itself as soon as the platform answers." : undefined,
    };
  }
  return { what: "This page met a fault of its own", evidence: [String(error)] };
}

/** A failure with everything that is known of it. */
export function Failure({
  failure,
  actions,
}: {
  readonly failure: ShownFailure;
  readonly actions?: ReactNode;
}) {
  const { what, hop, evidence, cause, repair, heals, code, supportCode } = failure;
  return (
    <div role="alert" className="rounded-card border border-bad/40 bg-bad-soft p-4">
      <p className="flex items-start gap-2 font-semibold text-bad">
        <CircleAlert size={18} className="mt-0.5 shrink-0" aria-hidden />
        <span className="min-w-0 break-words">
          {hop !== undefined && <span>{hop}: </span>}
          {visible(what)}
        </span>
      </p>
      <div className="mt-2 flex flex-col gap-2 pl-6.5">
        {cause !== undefined && <p>{visible(cause)}</p>}
        {evidence !== undefined && evidence.length > 0 && (
          <ul className="flex flex-col gap-1">
            {evidence.map((line, i) => (
              <li key={i} className="break-words">
                <Value text={line} />
              </li>
            ))}
          </ul>
        )}
        {repair !== undefined && (
          <div>
            <span className="font-medium">What to do: </span>
            {repair}
          </div>
        )}
        {heals !== undefined && <p>{heals}</p>}
        {(code !== undefined || supportCode !== undefined) && (
          <p className="text-sm text-soft">
            {code !== undefined && (
              <>
                Code{" "}
                <Link className="link" to="/docs/$" params={{ _splat: "reference/errors" }} hash={code}>
                  <Value text={code} />
                </Link>
              </>
            )}
            {supportCode !== undefined && (
              <>
                {" · "}Support code <Value text={supportCode} />
              </>
            )}
          </p>
        )}
        {actions !== undefined && <div className="mt-1 flex flex-wrap gap-2">{actions}</div>}
      </div>
    </div>
  );
}

/** What stands where a page's data could not be read. */
export function ReadFailure({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }) {
  return <Failure failure={shownFailure(error)} actions={<Button onClick={onRetry}>Try again</Button>} />;
}
