// What the cache does not have most often: path, why in plain words, and what would mend it.

import type { CacheFigures, TopMiss } from "#contract";
import { usePlan } from "../../commands/plan-context.ts";
import { Button } from "../../parts/button.tsx";
import { Card, Empty } from "../../parts/card.tsx";
import { Value } from "../../parts/code.tsx";
import { Table } from "../../parts/table.tsx";
import { Time } from "../../parts/time.tsx";
import { count, counted } from "../../text/quantities.ts";
import { explainMiss } from "./miss-reasons.ts";

/** The top misses of a distribution. */
export function Misses({ name, figures }: { readonly name: string; readonly figures: CacheFigures }) {
  const firsts = figures.topMisses.filter(isFirst);
  return (
    <Card
      title="What it had to ask the origin for"
      about={
        figures.missesSince === undefined ? (
          "The misses that come most often"
        ) : (
          <>
            The misses that come most often, since <Time at={figures.missesSince} isExact />
          </>
        )
      }
      isFlush
    >
      <Table<TopMiss>
        label="Top misses"
        rows={figures.topMisses.filter((miss) => !isFirst(miss))}
        keyOf={({ path, reason, detail, isCut }) => `${reason} ${detail ?? ""} ${isCut} ${path}`}
        columns={[
          {
            title: "Path",
            cell: ({ path, isCut }) => (
              <Value text={isCut ? `${path}…` : path} most={48} className="font-medium" />
            ),
            sortBy: ({ path }) => path,
            className: "align-top",
          },
          { title: "Why", isNamed: false, cell: (miss) => <Why name={name} miss={miss} /> },
          {
            title: "Times",
            align: "right",
            cell: ({ count: times, isExact }) => (isExact ? count(times) : `at least ${count(times)}`),
            sortBy: ({ count: times }) => times,
            className: "align-top",
          },
        ]}
        empty={
          firsts.length > 0 ? undefined : (
            <Empty title="No misses">
              Nothing had to be asked of the origin. As soon as something is, it stands here with its reason.
            </Empty>
          )
        }
      />
      {firsts.length > 0 && (
        <p className="px-4 py-3 text-sm text-soft">
          {counted(firsts.length, "path")} came from the origin once and could be stored then, as it should
          be:{" "}
          {firsts.slice(0, 4).map(({ path }, i) => (
            <span key={path}>
              {i > 0 && ", "}
              <Value text={path} most={32} />
            </span>
          ))}
          {firsts.length > 4 && " …"}
        </p>
      )}
    </Card>
  );
}

/** True for a miss that stored its answer and came once: the price of every cache. */
function isFirst({ reason, detail, count: times }: TopMiss): boolean {
  return reason === "uri-miss" && detail === undefined && times === 1;
}

function Why({ name, miss }: { readonly name: string; readonly miss: TopMiss }) {
  const openPlan = usePlan();
  const { why, mend, plan } = explainMiss(miss);
  return (
    <span className="block max-w-prose">
      {why}
      {mend !== undefined && <span className="block text-sm text-soft">{mend}</span>}
      {plan && (
        <Button
          size="small"
          className="mt-1"
          onClick={() => openPlan({ action: "update-distribution", name, settings: plan.settings })}
        >
          {plan.label}…
        </Button>
      )}
    </span>
  );
}
