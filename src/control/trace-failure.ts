// What broke a visit: the first hop that failed, with its evidence, the cause, how sure that is, what mends it and when it heals by
// itself. Rules over the steps that the serving processes reported; what control knows beside them goes into the repair, and into the
// cause where the evidence allows it.
//
// Names are looked up first, and only then is something visited: so a visit breaks in the one (names-failure.ts) or the other
// (visit-failure.ts).

import type { FailureReport } from "#contract";
import { explainNames } from "./names-failure.ts";
import type { BrokenVisit } from "./report-finding.ts";
import { explainVisit } from "./visit-failure.ts";

/** Explains what broke a visit; undefined where nothing did. */
export function explainFailure(visit: BrokenVisit): FailureReport | undefined {
  const asked = visit.steps.findLast(({ hop, reportedBy }) => hop === "browser" && reportedBy === "visitor");
  if (asked?.isFailure) return explainNames(visit, asked);
  return explainVisit(visit);
}
