// What shows how things are, and changes nothing: views, traces of visits, readiness, advice on records, listings, figures of this moment and metrics.

import { authorityKey } from "./certificate-facts.ts";
import type { Store } from "#store";
import type { ControlConfig } from "./config.ts";
import { LiveSampler } from "./live-figures.ts";
import { Metrics } from "./metrics/metrics.ts";
import type { Host } from "./ports.ts";
import { ReadinessChecks } from "./readiness.ts";
import type { RoleHub } from "./role-hub.ts";
import { traceKnowledge } from "./trace-knowledge.ts";
import { Traces } from "./traces.ts";
import type { ContainerViewContext } from "./view-containers.ts";
import { mayVisit } from "./visit-limits.ts";
import { ZoneAdvisor } from "./zone-advice.ts";
import { ZoneListings } from "./zone-listing.ts";

/** What is shown is made from. */
export interface InsightSources extends Pick<
  ContainerViewContext,
  | "state"
  | "publisher"
  | "instanceStates"
  | "portStates"
  | "nodeStates"
  | "targetReports"
  | "aliasWatch"
  | "delegations"
> {
  readonly store: Store;
  readonly config: ControlConfig;
  readonly host: Host;
  readonly hub: RoleHub;
  /** The health that routing policies follow. */
  readonly health: ContainerViewContext["setHealth"];
}

/** What shows how things are. */
export interface Insight {
  readonly views: ContainerViewContext;
  readonly traces: Traces;
  readonly readiness: ReadinessChecks;
  readonly advisor: ZoneAdvisor;
  readonly listings: ZoneListings;
  readonly live: LiveSampler;
  readonly metrics: Metrics;
}

/** Makes what shows how things are. Nothing of it runs before it is started, or asked. */
export function makeInsight({ store, host, health, ...from }: InsightSources): Insight {
  const { state, config, hub, instanceStates, portStates } = from;
  const { clock, timers, log } = host;
  const known = traceKnowledge(state, config, hub, instanceStates, () => clock.wall());
  const traces = new Traces({
    ...host,
    known,
    authorities: () => {
      const authority = state.value("authority", authorityKey);
      return authority ? [authority.root] : [];
    },
    mayVisit: (url, address) => mayVisit(config.profile, portStates, url, address),
  });
  const isServed = (revision: number): boolean => hub.serves("edge", revision);
  const views: ContainerViewContext = {
    ...from,
    isServed,
    now: () => clock.wall(),
    isEdgeConnected: () => hub.isConnected("edge"),
    isServedByEdge: isServed,
    setHealth: health,
  };
  return {
    views,
    traces,
    readiness: new ReadinessChecks({ state, visitor: host.visitor, known, traces }),
    advisor: new ZoneAdvisor(views, clock),
    listings: new ZoneListings(views, clock),
    live: new LiveSampler({ hub, state, clock, timers }),
    metrics: new Metrics(state, config.version, {
      hub,
      table: store.metrics,
      rows: store.queries,
      instanceStates,
      clock,
      timers,
      log,
    }),
  };
}
