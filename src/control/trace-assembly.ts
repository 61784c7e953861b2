// The steps of a visit, put together: in the order of the hops, each with the time it began at, and what the resolver measured of a
// question beside what the server that was asked tells of it. Processes have clocks of their own, so a step is placed by what caused it:
// what the resolver did lies within the question that it was asked, and what the edge did within the request.

import { traceHop, type TraceHop, type TraceStep } from "#contract";

const hopOrder: ReadonlyMap<TraceHop, number> = new Map(traceHop.options.map((hop, i) => [hop, i]));

/** Puts the steps of a visit together. Those of the visitor have their `startMs` already. */
export function assemble(reported: readonly TraceStep[]): TraceStep[] {
  const placed = joinExchanges(placeAll(reported));
  const visited = new Set(placed.filter((step) => step.isAside !== true).map(serverKey));
  // A server that the visit asked has said what it has to say.
  const told = placed.filter((step) => step.isAside !== true || !visited.has(serverKey(step)));
  return told.toSorted(
    (a, b) =>
      (hopOrder.get(a.hop) ?? 0) - (hopOrder.get(b.hop) ?? 0) ||
      Number(a.isAside ?? false) - Number(b.isAside ?? false) ||
      // What was known at a hop comes before what was asked there; both may fall into one millisecond.
      Number(b.cached !== undefined) - Number(a.cached !== undefined) ||
      (a.isAside ? compareServers(a, b) : 0) ||
      (a.startMs ?? 0) - (b.startMs ?? 0) ||
      a.at - b.at,
  );
}

/** Gives each step the time it began at, as far as what caused it is known. */
function placeAll(steps: readonly TraceStep[]): TraceStep[] {
  const questions = steps
    .filter(({ hop, reportedBy }) => hop === "browser" && reportedBy === "visitor")
    .toSorted((a, b) => (a.startMs ?? 0) - (b.startMs ?? 0));
  const page = steps.find(({ hop, reportedBy }) => hop === "page" && reportedBy === "visitor");
  return steps.map((step) => {
    if (step.startMs !== undefined || step.afterMs === undefined) return step;
    if (step.reportedBy === "edge") return place(step, page?.startMs);
    if (step.reportedBy !== "resolver") return step;
    const question = questions.findLast(({ at }) => at <= step.at + 1) ?? questions[0];
    const walk = steps.find(
      ({ hop, reportedBy, question: asked, dns }) =>
        hop === "resolver" && reportedBy === "resolver" && asked === question?.question && !dns,
    );
    // On its way to the resolver a question takes half of what the resolver does not account for.
    const travel = Math.max(0, (question?.tookMs ?? 0) - (walk?.tookMs ?? question?.tookMs ?? 0)) / 2;
    return place(step, question?.startMs === undefined ? undefined : question.startMs + travel);
  });
}

function place(step: TraceStep, fromMs: number | undefined): TraceStep {
  return fromMs === undefined ? step : { ...step, startMs: fromMs + (step.afterMs ?? 0) };
}

/**
 * Joins what the asker tells of a question with what the asked tells of it: both are of one message, known by its server and id. What the
 * server tells is kept, with the time that the asker measured.
 */
function joinExchanges(steps: readonly TraceStep[]): TraceStep[] {
  const told = new Map<string, TraceStep>();
  for (const step of steps)
    if (step.reportedBy === "resolver" || step.reportedBy === "visitor") {
      const key = exchangeKey(step);
      if (key !== undefined && step.hop !== "browser") told.set(key, step);
    }
  const joined = new Set<TraceStep>();
  const kept = steps.map((step) => {
    const key = step.reportedBy === "names" ? exchangeKey(step) : undefined;
    const asker = key === undefined ? undefined : told.get(key);
    if (!asker || !step.dns) return step;
    joined.add(asker);
    const { startMs, tookMs } = asker;
    return {
      ...step,
      ...(startMs === undefined ? {} : { startMs }),
      // The record came with the answer: the time is that of its name server.
      ...(tookMs === undefined || step.hop === "record"
        ? {}
        : { tookMs, dns: { ...step.dns, askedMs: tookMs } }),
    };
  });
  return kept.filter((step) => !joined.has(step));
}

function exchangeKey({ dns }: TraceStep): string | undefined {
  return dns?.query && `${dns.address} ${dns.port} ${dns.transport} ${dns.query.id}`;
}

function serverKey({ hop, dns, cached }: TraceStep): string {
  return dns === undefined || cached ? "" : `${hop} ${dns.address} ${dns.port}`;
}

function compareServers(a: TraceStep, b: TraceStep): number {
  return (a.server ?? "") < (b.server ?? "") ? -1 : 1;
}
