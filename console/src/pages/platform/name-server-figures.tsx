// What all name servers were asked in the last hour, as it goes on: rates, how long answers took, response codes, types, and each group of servers.

import { useQuery } from "@tanstack/react-query";
import type { NameServerFigures } from "#contract";
import { request } from "../../api/client.ts";
import { Card } from "../../parts/card.tsx";
import {
  Answers,
  figuresReadMs,
  rate,
  RatePlot,
  shortTime,
  TimesPlot,
  Types,
} from "../../parts/query-figures.tsx";
import { Reading } from "../../parts/reading.tsx";
import { Table } from "../../parts/table.tsx";
import { count, counted, span } from "../../text/quantities.ts";

/** The card. */
export function NameServerFiguresCard({ className }: { readonly className?: string }) {
  const figures = useQuery({
    queryKey: ["query-figures"],
    queryFn: ({ signal }) => request<NameServerFigures>("GET", "/v1/queries/figures", undefined, signal),
    refetchInterval: figuresReadMs,
    meta: { followsChanges: false },
  });
  const { data } = figures;
  return (
    <Card
      title="Name servers"
      {...(className === undefined ? {} : { className })}
      {...(data && data.queries > 0
        ? {
            about: `${counted(data.queries, "query", "queries")} in the last ${span(data.seconds)}, ${rate(data.queries / Math.max(data.seconds, 1))} a second; a point for each minute`,
          }
        : {})}
    >
      <Reading of={figures}>{(found) => <Whole figures={found} />}</Reading>
    </Card>
  );
}

function Whole({ figures }: { readonly figures: NameServerFigures }) {
  const { queries, seconds, spans, answers, types, groups, p50Ms, p99Ms, isAway } = figures;
  const away = isAway && "The name servers are away: nothing is known of now.";
  if (queries === 0)
    return (
      <p className="text-soft">
        {away || `No query has come in the last ${span(seconds)}. Figures appear here with the first one.`}
      </p>
    );
  return (
    <>
      {away && <p className="mb-3 text-bad">{away}</p>}
      <div className="grid gap-x-8 gap-y-5 md:grid-cols-2">
        <RatePlot spans={spans} />
        {p50Ms === undefined || p99Ms === undefined ? (
          <p className="self-center text-soft">No answer of this time was timed.</p>
        ) : (
          <TimesPlot spans={spans} />
        )}
        <Answers answers={answers} />
        <Types types={types} queries={queries} />
      </div>
      <div className="-mx-4 mt-4 -mb-4 border-t border-line">
        <Table<NameServerFigures["groups"][number]>
          label="Groups of name servers"
          rows={groups.filter((one) => one.queries > 0)}
          keyOf={({ group }) => group}
          columns={[
            { title: "Group", cell: ({ group }) => <span className="font-medium">{groupName(group)}</span> },
            {
              title: "Queries",
              cell: (one) => count(one.queries),
              sortBy: (one) => one.queries,
              align: "right",
            },
            {
              title: "NXDOMAIN",
              cell: (one) => count(one.answers["NXDOMAIN"] ?? 0),
              sortBy: (one) => one.answers["NXDOMAIN"] ?? 0,
              align: "right",
            },
            {
              title: "SERVFAIL",
              cell: (one) => count(one.answers["SERVFAIL"] ?? 0),
              sortBy: (one) => one.answers["SERVFAIL"] ?? 0,
              align: "right",
            },
            {
              title: "p50",
              cell: (one) => timeText(one.p50Ms),
              sortBy: (one) => one.p50Ms ?? 0,
              align: "right",
            },
            {
              title: "p99",
              cell: (one) => timeText(one.p99Ms),
              sortBy: (one) => one.p99Ms ?? 0,
              align: "right",
            },
          ]}
        />
      </div>
    </>
  );
}

function groupName(group: string): string {
  return group === "root" ? "Root" : group === "tlds" ? "TLDs" : `Set ${group}`;
}

function timeText(ms: number | undefined): string {
  return ms === undefined ? "–" : shortTime(ms);
}
