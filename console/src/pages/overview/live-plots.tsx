// Requests and queries of the last minute, as they come.

import type { LiveFigures } from "#contract";
import { liveSeconds, useLive } from "../../api/live.ts";
import { Card } from "../../parts/card.tsx";
import { Plot, type PlotLine } from "../../parts/plot.tsx";
import { Plotted } from "../../parts/plotted.tsx";
import { compact, octets } from "../../text/quantities.ts";

/** The card: two plots and a few figures. */
export function LivePlots() {
  const figures = useLive();
  const last = figures.at(-1);
  const times = grid(figures);
  const line = (
    label: string,
    color: PlotLine["color"],
    value: (one: LiveFigures) => number | undefined,
  ): PlotLine => ({ label, color, values: pad(figures.map((one) => value(one) ?? null)) });
  const edge = last?.edge;
  const asked = edge ? edge.cacheHits.perSecond + edge.cacheMisses.perSecond : 0;
  return (
    <Card title="Now" about={last ? "The last minute, a point for each second" : "Listening …"}>
      <div className="grid gap-x-8 gap-y-5 md:grid-cols-2">
        <Plotted title="Requests a second">
          <Plot
            label="Requests a second"
            times={times}
            format={compact}
            lines={[
              line("requests", "accent", ({ edge: one }) => one?.requests.perSecond),
              line("answers of 5xx", "bad", ({ edge: one }) => one?.errors.perSecond),
            ]}
          />
        </Plotted>
        <Plotted title="Queries a second">
          <Plot
            label="Queries a second"
            times={times}
            format={compact}
            lines={[
              line("to the name servers", "mark", ({ queries }) =>
                queries?.reduce((sum, one) => sum + one.queries.perSecond, 0),
              ),
              line("to the resolver", "good", ({ resolver }) => resolver?.queries.perSecond),
            ]}
          />
        </Plotted>
      </div>
      <dl className="mt-4 grid grid-cols-2 gap-x-6 gap-y-2 border-t border-line pt-3 sm:grid-cols-4">
        <Figure name="Visitors connected" value={edge ? compact(edge.connections) : "–"} />
        <Figure
          name="Answered by caches"
          value={asked > 0 && edge ? `${Math.round((edge.cacheHits.perSecond / asked) * 100)} %` : "–"}
        />
        <Figure name="Sent" value={edge ? `${octets(Math.round(edge.octets.perSecond))}/s` : "–"} />
        <Figure
          name="Resolver’s own answers"
          value={
            last?.resolver && last.resolver.queries.perSecond > 0
              ? `${Math.round(Math.min(1, last.resolver.cacheHits.perSecond / last.resolver.queries.perSecond) * 100)} %`
              : "–"
          }
        />
      </dl>
    </Card>
  );
}

function Figure({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt className="text-sm text-soft">{name}</dt>
      <dd className="text-lg font-semibold tabular-nums">{value}</dd>
    </div>
  );
}

/** The seconds of the plot: always a whole minute, so that what comes in moves it and does not stretch it. */
function grid(figures: readonly LiveFigures[]): number[] {
  const last = figures.at(-1);
  const end = Math.round((last ? Date.parse(last.at) : Date.now()) / 1000);
  return Array.from({ length: liveSeconds }, (_, i) => end - liveSeconds + 1 + i);
}

function pad(values: readonly (number | null)[]): (number | null)[] {
  const missing = Math.max(0, liveSeconds - values.length);
  return [...Array.from({ length: missing }, () => null), ...values.slice(-liveSeconds)];
}
