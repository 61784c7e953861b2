// How much of what was asked for the cache answered by itself: as a number, as a bar, and in a cell of the list.

import { queryOptions, useQuery } from "@tanstack/react-query";
import type { CacheFigures } from "#contract";
import { at, request } from "../../api/client.ts";
import { Card, Facts } from "../../parts/card.tsx";
import { Time } from "../../parts/time.tsx";
import { count, counted, octets, span } from "../../text/quantities.ts";

/** Milliseconds between two readings of what the cache does. */
const readMs = 2000;

/** How the cache of a distribution does, read anew by itself. */
export function cacheFiguresQuery(name: string) {
  return queryOptions({
    queryKey: ["distributions", name, "cache"],
    queryFn: ({ signal }) =>
      request<CacheFigures>("GET", at("distributions", name, "cache"), undefined, signal),
    refetchInterval: readMs,
    meta: { followsChanges: false },
  });
}

/** A part of a whole in percent, without a 100 that is not all, or a 0 that is not nothing. */
export function percent(part: number): string {
  const value = part * 100;
  if (value > 99 && value < 100) return "99 %";
  if (value > 0 && value < 1) return "1 %";
  return `${Math.round(value)} %`;
}

/** The hit ratio in a cell of a table. */
export function HitRatioCell({ name }: { readonly name: string }) {
  const { data } = useQuery({ ...cacheFiguresQuery(name), refetchInterval: 10_000 });
  if (!data) return <span className="text-soft">…</span>;
  const { totals } = data;
  if (totals?.hitRatio === undefined) return <span className="text-soft">no requests yet</span>;
  return (
    <span className="inline-flex items-center gap-2">
      <Bar part={totals.hitRatio} className="w-16" />
      {percent(totals.hitRatio)}
    </span>
  );
}

function Bar({ part, className }: { readonly part: number; readonly className: string }) {
  return (
    <span aria-hidden className={`inline-block h-2 overflow-hidden rounded-full bg-warn-soft ${className}`}>
      <svg className="block h-full w-full" viewBox="0 0 100 1" preserveAspectRatio="none">
        <rect width={part * 100} height="1" fill="var(--good)" />
      </svg>
    </span>
  );
}

/** What the cache does now, and since the edge has it. */
export function HitRatio({ figures }: { readonly figures: CacheFigures }) {
  const { recent, totals } = figures;
  const ratio = recent.hitRatio;
  return (
    <Card title="Hit ratio" about={`The last ${span(recent.seconds)}, as they go on`}>
      {ratio === undefined ? (
        <p className="text-soft">Nobody asked for anything in this time.</p>
      ) : (
        <>
          <p className="text-4xl font-semibold tracking-tight tabular-nums" data-testid="hit-ratio">
            {percent(ratio)}
          </p>
          <Bar part={ratio} className="my-2 w-full" />
          <p className="text-soft">
            {count(recent.hits)} of {counted(recent.hits + recent.misses, "request")} answered from the cache,{" "}
            {count(recent.misses)} by the origin.
          </p>
        </>
      )}
      <div className="mt-4 border-t border-line pt-4">
        {totals ? (
          <>
            <h3 className="mb-2 text-sm font-medium">Since the edge has it</h3>
            <Facts
              rows={[
                [
                  "Hit ratio",
                  totals.hitRatio === undefined
                    ? "–"
                    : `${percent(totals.hitRatio)} of ${counted(totals.requests, "request")}`,
                ],
                [
                  "Saved",
                  `${octets(totals.savedOctets)} that the origin did not have to send; it sent ${octets(totals.originOctets)}`,
                ],
                totals.collapsed > 0 && [
                  "Joined",
                  `${counted(totals.collapsed, "visitor")} waited for a request that was under way for the same`,
                ],
                totals.validated > 0 && [
                  "Confirmed",
                  `${counted(totals.validated, "stored answer")} that the origin said is good still`,
                ],
                totals.staleHits > 0 && [
                  "Given stale",
                  `${counted(totals.staleHits, "answer")} while the origin was asked, or could not be`,
                ],
                totals.originErrors > 0 && [
                  "Origin failed",
                  <span key="errors" className="text-bad">
                    {counted(totals.originErrors, "time")}: no answer, or 5xx
                  </span>,
                ],
              ]}
            />
          </>
        ) : (
          <p className="text-soft">No request has come yet since the edge has this distribution.</p>
        )}
      </div>
      {figures.missesSince !== undefined && (
        <p className="sr-only">
          Misses are counted since <Time at={figures.missesSince} isExact />
        </p>
      )}
    </Card>
  );
}
