// What becomes of what roles report: it is kept where it is read, and whoever waits for it looks again.

import type { InstanceState } from "#contract";
import type { DeploymentKeeper } from "./deployment-keeper.ts";
import type { Operations } from "./operations.ts";
import type { PortReports } from "./port-reports.ts";
import type { HealthKeeper } from "./policies/health-keeper.ts";
import type { RoleHub } from "./role-hub.ts";
import type { State } from "./state.ts";
import type { TargetReports } from "./target-reports.ts";
import type { Traces } from "./traces.ts";
import type { ZoneUpdates } from "./zone-updates.ts";

/** Who takes what roles report. */
export interface ReportTakers {
  readonly state: State;
  /** By id, as the runtime reported them last. */
  readonly instanceStates: Map<string, InstanceState>;
  readonly portReports: PortReports;
  readonly targetReports: TargetReports;
  readonly deployments: DeploymentKeeper;
  readonly health: HealthKeeper;
  readonly operations: Operations;
  readonly traces: Traces;
  readonly updates: ZoneUpdates;
  /** Looks at all that waits for a role. */
  review(): void;
  /** Goes on above a revision that a role has and the store, an older one, has not. */
  renumber(revision: number): Promise<void>;
}

/** Takes what roles report from now on, for as long as there is the hub. */
export function listenToRoles(hub: RoleHub, to: ReportTakers): void {
  hub.listen({
    changed: () => to.review(),
    instance: (instance) => {
      // The process of one that is deleted ends afterwards, and that is told as well.
      const isKnown = [...to.state.all("instance").values()].some(({ id }) => id === instance.id);
      if (isKnown) to.instanceStates.set(instance.id, instance);
      else to.instanceStates.delete(instance.id);
      to.health.review();
      to.operations.review();
    },
    ports: (report) => {
      to.portReports.take(report);
      to.operations.review();
    },
    containerNode: (node) => {
      to.deployments.take(node);
      to.review();
    },
    targets: (report) => {
      to.targetReports.take(report);
      to.health.review();
      to.review();
    },
    trace: (step) => to.traces.add(step),
    update: (report) => void to.updates.take(report),
    ahead: (role, revision) => {
      if (role === "names") void to.renumber(revision);
    },
  });
}
