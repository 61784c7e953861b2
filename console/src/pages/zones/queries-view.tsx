// What name servers were asked of a zone in the last hour, as it goes on; where that is not counted, why, and what changes it.

import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { ZoneFigures } from "#contract";
import { at, request } from "../../api/client.ts";
import { Card, Empty } from "../../parts/card.tsx";
import { CodeBlock } from "../../parts/code.tsx";
import { Answers, figuresReadMs, rate, RatePlot, Types } from "../../parts/query-figures.tsx";
import { Reading } from "../../parts/reading.tsx";
import { counted, span } from "../../text/quantities.ts";
import { visible } from "../../text/visible.ts";

/** The view. */
export function QueriesView({ zone }: { readonly zone: string }) {
  const figures = useQuery({
    queryKey: ["zones", zone, "query-figures"],
    queryFn: ({ signal }) =>
      request<ZoneFigures>("GET", at("zones", zone, "queries", "figures"), undefined, signal),
    refetchInterval: figuresReadMs,
    meta: { followsChanges: false },
  });
  return <Reading of={figures}>{(data) => <Whole zone={zone} figures={data} />}</Reading>;
}

function Whole({ zone, figures }: { readonly zone: string; readonly figures: ZoneFigures }) {
  const { counting, seconds, queries, spans, answers, types } = figures;
  const why = queries === 0 ? nothing(zone, figures) : undefined;
  if (why)
    return (
      <Card>
        <Empty title={why.title}>{why.more}</Empty>
      </Card>
    );
  return (
    <Card
      title="Queries"
      about={`${counted(queries, "query", "queries")} in the last ${span(seconds)}, ${rate(queries / Math.max(seconds, 1))} a second; a point for each minute`}
    >
      {counting !== "own" && (
        <p className="mb-3 text-warn">{nothing(zone, figures).title}. This is what was known before.</p>
      )}
      <RatePlot spans={spans} />
      <div className="mt-5 grid gap-x-10 gap-y-5 md:grid-cols-2">
        <Answers answers={answers} />
        <Types types={types} queries={queries} />
      </div>
    </Card>
  );
}

/** Why there are no figures, and how there will be some. */
function nothing(
  zone: string,
  { counting, maxZones = 0, seconds }: ZoneFigures,
): { readonly title: string; readonly more: ReactNode } {
  switch (counting) {
    case "own":
      return {
        title: "Nobody has asked yet",
        more: (
          <p>
            No query for {visible(zone)} has come to its name servers in the last {span(seconds)}. Figures
            appear here with the first one.
          </p>
        ),
      };
    case "off":
      return {
        title: "Queries of zones are not counted",
        more: (
          <>
            <p>
              This platform was started with --zone-counters 0. Start it with as many zones as are to be
              counted:
            </p>
            <CodeBlock text="fairlead up --zone-counters 1000" label="Command line" />
          </>
        ),
      };
    case "shared":
      return {
        title: "This zone has no counters of its own",
        more: (
          <>
            <p>
              The first {counted(maxZones, "zone")} that {maxZones === 1 ? "was" : "were"} asked for have
              theirs, and all others count together. Start the platform with more:
            </p>
            <CodeBlock
              text={`fairlead up --zone-counters ${Math.min(maxZones * 10, 100_000)}`}
              label="Command line"
            />
          </>
        ),
      };
    case "unkept":
      return {
        title: "The last hour of this zone is not kept",
        more: (
          <>
            <p>
              So many zones are asked for that it is kept of the first ones alone. Its sums since the name
              servers run:
            </p>
            <CodeBlock text={`fairlead zone queries ${zone}`} label="Command line" />
          </>
        ),
      };
    case "unknown":
      return {
        title: "The name servers are away",
        more: <p>Figures are here again once they are back; Status says how they are.</p>,
      };
  }
}
