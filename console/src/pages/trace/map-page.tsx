// The map of one trace: what it came to as the headline, the lanes, the waterfall under them, and the hop that is open. ← and → step, the
// space bar plays; which hop is open is in the link.

import { useCallback, useEffect, useRef, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import {
  ChevronLeft,
  ChevronRight,
  CircleCheck,
  GitCompareArrows,
  Pause,
  Play,
  RotateCw,
} from "lucide-react";
import type { FailureReport, Trace, TraceComparison } from "#contract";
import { read } from "../../api/queries.ts";
import { Button, IconButton } from "../../parts/button.tsx";
import { Card, PageHead } from "../../parts/card.tsx";
import { Failure, reportedFailure } from "../../parts/failure.tsx";
import { Reading } from "../../parts/reading.tsx";
import { Time } from "../../parts/time.tsx";
import { tell } from "../../parts/toast.tsx";
import { counted } from "../../text/quantities.ts";
import { visible } from "../../text/visible.ts";
import { Comparison } from "./comparison.tsx";
import { CopyMenu } from "./copy-menu.tsx";
import { Draw } from "./draw.tsx";
import { makeTrace, traceQuery } from "./make-trace.ts";
import { drawMap } from "./map-drawing.ts";
import { shortMs } from "./map-model.ts";
import type { MapSearch } from "./routes.ts";
import { headlineOf } from "./save-picture.ts";
import { StepDetail } from "./step-detail.tsx";
import { StepList } from "./step-list.tsx";
import { drawWaterfall } from "./waterfall-drawing.ts";

const route = getRouteApi("/traces/$id");
/** Milliseconds that each step is shown for while the trace is played. */
const playMs = 850;

/** The page. */
export function TracePage() {
  const { id } = route.useParams();
  const trace = useQuery(traceQuery(id));
  return <Reading of={trace}>{(data) => <Whole key={data.id} trace={data} />}</Reading>;
}

function Whole({ trace }: { readonly trace: Trace }) {
  const { step: chosenStep, compare: isCompared = false } = route.useSearch();
  const navigate = useNavigate();
  const { steps, failure, problems } = trace;
  const chosen = chosenStep === undefined ? undefined : Math.min(chosenStep, steps.length) - 1;
  const [isPlaying, setPlaying] = useState(false);

  const show = useCallback(
    (search: MapSearch): void => {
      void navigate({
        to: "/traces/$id",
        params: { id: trace.id },
        search,
        replace: true,
        resetScroll: false,
      });
    },
    [navigate, trace.id],
  );
  const compared = isCompared ? { compare: true } : {};
  const choose = (step: number): void => {
    setPlaying(false);
    show({ ...compared, step: step + 1 });
  };
  const move = (by: number): void => {
    const from = chosen ?? (by > 0 ? -1 : steps.length);
    const next = from + by;
    if (next >= 0 && next < steps.length) choose(next);
  };
  const play = (): void => {
    if (isPlaying) return setPlaying(false);
    setPlaying(true);
    show({ ...compared, step: chosen === undefined || chosen + 1 >= steps.length ? 1 : chosen + 2 });
  };

  useEffect(() => {
    if (!isPlaying || chosen === undefined) return;
    if (chosen + 1 >= steps.length) {
      setPlaying(false);
      return;
    }
    const timer = setTimeout(() => show({ ...compared, step: chosen + 2 }), playMs);
    return () => clearTimeout(timer);
  });

  const keys = useRef({ move, play });
  keys.current = { move, play };
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const { target } = event;
      const isElsewhere =
        event.ctrlKey ||
        event.metaKey ||
        event.altKey ||
        document.querySelector('[role="dialog"],[role="menu"]');
      if (
        isElsewhere ||
        (target instanceof HTMLElement && target.closest("input,textarea,select,pre,ul[tabindex]"))
      )
        return;
      if (event.key === "ArrowRight" || event.key === "ArrowLeft")
        keys.current.move(event.key === "ArrowRight" ? 1 : -1);
      else if (event.key === " " && !(target instanceof HTMLElement && target.closest("button,a,summary")))
        keys.current.play();
      else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);

  const until = isPlaying ? chosen : undefined;
  const step = chosen === undefined ? undefined : steps[chosen];
  return (
    <>
      <PageHead
        above={
          <Link to="/traces" className="link">
            Traces
          </Link>
        }
        title={<span className="break-all">{visible(trace.url)}</span>}
        about={
          <>
            <Time at={trace.at} /> · {shortMs(trace.tookMs)}
            {trace.fresh ? " · walked anew from the root" : ""}
          </>
        }
        actions={<Actions trace={trace} chosen={chosen} isCompared={isCompared} onShow={show} />}
      />
      <div className="flex flex-col gap-5">
        {failure ? <Failure failure={reportedFailure(failure)} /> : <WentWell trace={trace} />}
        <Card isFlush>
          <div className="flex flex-wrap items-center justify-between gap-2 border-b border-line px-3 py-2">
            <div className="flex items-center gap-1">
              <IconButton label="The step before (←)" onClick={() => move(-1)} disabled={chosen === 0}>
                <ChevronLeft size={19} aria-hidden />
              </IconButton>
              <IconButton label={isPlaying ? "Stop (space bar)" : "Play (space bar)"} onClick={play}>
                {isPlaying ? <Pause size={17} aria-hidden /> : <Play size={17} aria-hidden />}
              </IconButton>
              <IconButton
                label="The next step (→)"
                onClick={() => move(1)}
                disabled={chosen === steps.length - 1}
              >
                <ChevronRight size={19} aria-hidden />
              </IconButton>
              <span className="ml-1 text-sm text-soft" aria-live="polite">
                {chosen === undefined
                  ? counted(steps.length, "step")
                  : `Step ${chosen + 1} of ${steps.length}`}
              </span>
            </div>
            <p className="text-sm text-soft max-lg:hidden">
              ← → step · space bar plays · a hop opens to its messages
            </p>
          </div>
          <div
            className="overflow-x-auto px-2 pt-2 max-md:hidden"
            tabIndex={0}
            role="region"
            aria-label="Map of the visit"
          >
            <Draw picture={drawMap(trace, { chosen, until })} name="Map of the visit" onChoose={choose} />
          </div>
          <div className="px-4 pt-4 pb-2 md:hidden">
            <StepList trace={trace} chosen={chosen} onChoose={choose} />
          </div>
          <div
            className="overflow-x-auto border-t border-line px-2 py-2 max-md:hidden"
            tabIndex={0}
            role="region"
            aria-label="Waterfall of the visit"
          >
            <Draw
              picture={drawWaterfall(trace, { chosen, until })}
              name="Waterfall of the visit"
              onChoose={choose}
            />
          </div>
        </Card>
        {step && chosen !== undefined && (
          <Card>
            <StepDetail key={chosen} step={step} number={chosen + 1} />
          </Card>
        )}
        {problems.length > 0 && <Noticed problems={problems} />}
        {isCompared && <Compared id={trace.id} />}
      </div>
    </>
  );
}

function WentWell({ trace }: { readonly trace: Trace }) {
  const roles = new Set(trace.steps.map(({ reportedBy }) => reportedBy)).size;
  return (
    <div role="status" className="flex items-start gap-2 rounded-card border border-good/40 bg-good-soft p-4">
      <CircleCheck size={19} className="mt-0.5 shrink-0 text-good" aria-hidden />
      <div className="min-w-0">
        <p className="font-semibold break-words text-good">{visible(headlineOf(trace))}</p>
        <p>
          {counted(trace.steps.length, "step")}, told by {roles} processes. Nothing was looked up for this
          page: it shows what they say they did.
        </p>
      </div>
    </div>
  );
}

function Actions({
  trace,
  chosen,
  isCompared,
  onShow,
}: {
  readonly trace: Trace;
  readonly chosen: number | undefined;
  readonly isCompared: boolean;
  readonly onShow: (search: MapSearch) => void;
}) {
  const navigate = useNavigate();
  const [busy, setBusy] = useState<"again" | "fresh">();
  const again = (fresh: boolean): void => {
    setBusy(fresh ? "fresh" : "again");
    makeTrace(trace.url, fresh)
      .then(({ id }) =>
        navigate({ to: "/traces/$id", params: { id }, search: isCompared ? { compare: true } : {} }),
      )
      .catch((error: unknown) => tell("The visit could not be traced", { about: String(error), tone: "bad" }))
      .finally(() => setBusy(undefined));
  };
  return (
    <>
      <Button
        purpose="primary"
        icon={<RotateCw size={16} aria-hidden />}
        isBusy={busy === "again"}
        onClick={() => again(false)}
      >
        Trace again
      </Button>
      <Button isBusy={busy === "fresh"} onClick={() => again(true)}>
        From the root
      </Button>
      <Button
        icon={<GitCompareArrows size={16} aria-hidden />}
        aria-pressed={isCompared}
        onClick={() =>
          onShow({
            ...(chosen === undefined ? {} : { step: chosen + 1 }),
            ...(isCompared ? {} : { compare: true }),
          })
        }
      >
        Compare
      </Button>
      <CopyMenu trace={trace} step={chosen} />
    </>
  );
}

function Noticed({ problems }: { readonly problems: readonly FailureReport[] }) {
  return (
    <section className="flex flex-col gap-3">
      <h2 className="text-base font-semibold">Noticed on the way</h2>
      {problems.map((problem, i) => (
        <Failure key={i} failure={reportedFailure(problem)} />
      ))}
    </section>
  );
}

function Compared({ id }: { readonly id: string }) {
  const comparison = useQuery(read<TraceComparison>("traces", id, "comparison"));
  return (
    <Reading of={comparison} lines={4}>
      {(data) => <Comparison comparison={data} />}
    </Reading>
  );
}
