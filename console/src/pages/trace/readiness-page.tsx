// The checklist of an assigned name, live: from its record to the first page a visitor gets. What does not pass says what to fix. Then the
// trace shows the whole way.

import { useState } from "react";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Check, CircleX, ExternalLink, LoaderCircle, Route, Undo2 } from "lucide-react";
import type { Readiness, ReadinessCheck } from "#contract";
import { at, request } from "../../api/client.ts";
import { undo } from "../../commands/give.ts";
import { Button, ButtonLink } from "../../parts/button.tsx";
import { Card, PageHead } from "../../parts/card.tsx";
import { classes } from "../../parts/classes.ts";
import { Failure, reportedFailure } from "../../parts/failure.tsx";
import { place } from "../../parts/place.ts";
import { Reading } from "../../parts/reading.tsx";
import { visible } from "../../text/visible.ts";

const route = getRouteApi("/assign/$name");
/** Milliseconds between two looks while a check does not pass, and once all do. */
const waitingMs = 1500;
const readyMs = 30_000;

function readinessQuery(name: string) {
  return queryOptions({
    queryKey: ["assignments", name, "readiness"],
    queryFn: ({ signal }) =>
      request<Readiness>("GET", at("assignments", name, "readiness"), undefined, signal),
    refetchInterval: ({ state }) => (state.data?.isReady === true ? readyMs : waitingMs),
  });
}

/** The page. */
export function ReadinessPage() {
  const { name } = route.useParams();
  const { change } = route.useSearch();
  const readiness = useQuery(readinessQuery(name));
  const [isUndone, setUndone] = useState(false);
  return (
    <>
      <PageHead
        above={
          <Link to="/assign" className="link">
            Assign a name
          </Link>
        }
        title={visible(name)}
        about={
          readiness.data ? (
            <>leads to {visible(readiness.data.resourceName)}</>
          ) : (
            "Whether it works for visitors by now"
          )
        }
        actions={
          change === undefined || isUndone ? undefined : (
            <Button
              icon={<Undo2 size={16} aria-hidden />}
              onClick={() => void undo(change).then(() => setUndone(true))}
            >
              Undo
            </Button>
          )
        }
      />
      <Reading of={readiness} lines={6}>
        {(data) => <Checklist readiness={data} />}
      </Reading>
    </>
  );
}

function Checklist({ readiness }: { readonly readiness: Readiness }) {
  const { checks, isReady, url, traceId } = readiness;
  return (
    <Card
      title={isReady ? "It works" : "On its way to the first page"}
      about={
        isReady
          ? "A visitor gets a page."
          : "Looked at anew every moment. This page may be left: it goes on by itself."
      }
    >
      <ol className="flex flex-col" aria-live="polite">
        {checks.map((check, i) => (
          <Line key={check.id} check={check} isLast={i === checks.length - 1} />
        ))}
      </ol>
      <div className="mt-4 flex flex-wrap gap-2">
        {traceId !== undefined && (
          <ButtonLink
            purpose={isReady ? "primary" : "plain"}
            icon={<Route size={16} aria-hidden />}
            {...place(["traces", traceId])}
          >
            Show the way as a map
          </ButtonLink>
        )}
        {isReady && (
          <a
            href={url}
            target="_blank"
            rel="noreferrer"
            className="inline-flex h-9.5 items-center gap-1.5 rounded-lg border border-line px-3.5 font-medium hover:bg-sunken"
          >
            <ExternalLink size={16} aria-hidden />
            {visible(url)}
          </a>
        )}
      </div>
    </Card>
  );
}

const marks = {
  done: { icon: <Check size={16} aria-hidden />, look: "bg-good-soft text-good", word: "Done" },
  waiting: {
    icon: <LoaderCircle size={16} className="animate-spin" aria-hidden />,
    look: "bg-sunken text-soft",
    word: "Waiting",
  },
  failed: { icon: <CircleX size={16} aria-hidden />, look: "bg-bad-soft text-bad", word: "Not yet" },
} as const;

function Line({
  check: { title, status, detail, report },
  isLast,
}: {
  readonly check: ReadinessCheck;
  readonly isLast: boolean;
}) {
  const { icon, look, word } = marks[status];
  return (
    <li className="relative flex gap-3 pb-4">
      {!isLast && <span aria-hidden className="absolute top-8 bottom-0 left-[0.93rem] w-0.5 bg-line" />}
      <span className={classes("flex size-8 shrink-0 items-center justify-center rounded-full", look)}>
        {icon}
        <span className="sr-only">{word}: </span>
      </span>
      <div className="min-w-0 flex-1 pt-1">
        <p className={classes("font-medium break-words", status === "waiting" && "text-soft")}>
          {visible(title)}
        </p>
        {detail !== undefined && <p className="text-sm break-words text-soft">{visible(detail)}</p>}
        {report && (
          <div className="mt-2">
            <Failure failure={reportedFailure(report)} />
          </div>
        )}
      </div>
    </li>
  );
}
