// Follows the health of what sets are chosen by, and tells the name servers of each change: one small object, beside all revisions, so that
// nothing is signed anew and no serial differs. Resources are as the edge and the runtime report them; checks of addresses as the edge does.
//
// None of it is in the log. A control that starts anew says nothing of what it does not know yet: the name servers keep what they knew.

import type { InstanceState, RoleObject, SetHealthList, SetHealthState } from "#contract";
import { typeName } from "#wire";
import type { RrsetFact } from "../facts.ts";
import { shown } from "../names.ts";
import { findResource } from "../resources.ts";
import type { RoleHub } from "../role-hub.ts";
import type { State } from "../state.ts";
import type { TargetReports } from "../target-reports.ts";
import { resourceOfHealthId } from "./health-id.ts";
import { checkOfId } from "./publish-policies.ts";

/** What health is read from. */
export interface HealthSources {
  readonly state: State;
  readonly hub: Pick<RoleHub, "publishBeside">;
  readonly instanceStates: ReadonlyMap<string, InstanceState>;
  readonly targetReports: TargetReports;
  readonly clock: { wall(): number };
}

type Seen = Pick<SetHealthState, "state" | "detail">;

interface Known {
  /** What the name servers were told; undefined while nothing is known. */
  told: boolean | undefined;
  since: number;
}

/** Sets that one entry of a list names. */
const maxSets = 100;
/** A distribution can have a resource as its origin that has an origin itself, but no more than this. */
const maxOrigins = 4;

/** See the head of this file. */
export class HealthKeeper {
  readonly #from: HealthSources;
  readonly #known: Map<string, Known> = new Map();
  #isStarted = false;

  constructor(from: HealthSources) {
    this.#from = from;
  }

  /** The state is whole: what sets follow already is told of once it is known. */
  start(): void {
    this.#isStarted = true;
    for (const id of this.#from.state.healthIds()) this.#known.set(id, { told: undefined, since: 0 });
    this.review();
  }

  /** Something was heard or written: tells the name servers what differs. */
  review(): void {
    if (!this.#isStarted) return;
    const { state, hub, targetReports, clock } = this.#from;
    const put: RoleObject[] = [];
    const gone: RoleObject[] = [];
    const ids = new Set(state.healthIds());
    for (const id of ids) {
      const { state: now } = this.stateOf(id);
      const known = this.#known.get(id);
      // What is followed from now on begins healthy, whatever the name servers remember of something of that name.
      const isHealthy = now === "unknown" ? (known ? known.told : true) : now === "healthy";
      if (isHealthy === undefined || known?.told === isHealthy) continue;
      this.#known.set(id, { told: isHealthy, since: clock.wall() });
      put.push({ kind: "health", id, isHealthy });
    }
    for (const [id, { told }] of this.#known) {
      if (ids.has(id)) continue;
      this.#known.delete(id);
      targetReports.forgetResource(id);
      if (told !== undefined) gone.push({ kind: "health", id, isHealthy: told });
    }
    if (put.length + gone.length > 0) hub.publishBeside(put, gone);
  }

  /** How something is. @param id  see `healthIdOf` */
  stateOf(id: string): Seen {
    const resource = resourceOfHealthId(id);
    if (resource !== undefined) return this.#ofResource(resource, 0);
    const report = this.#from.targetReports.get(id, id);
    return report ? seenOf(report.state, report.detail) : { state: "unknown" };
  }

  /** All that sets follow. */
  list(): SetHealthList {
    const { state } = this.#from;
    const checks = [...state.healthIds()].sort().map((id): SetHealthState => {
      const keys = [...state.setsOfHealth(id)];
      const sets = keys.slice(0, maxSets).flatMap((key) => {
        const fact = state.value("rrset", key);
        return fact ? [placeOf(fact)] : [];
      });
      const since = this.#known.get(id)?.since ?? 0;
      const resource = resourceOfHealthId(id);
      const check = checkOfId(state, id);
      return {
        id: resource === undefined ? id : `resource ${resource}`,
        ...(check ? { check } : {}),
        ...this.stateOf(id),
        ...(since > 0 ? { since: new Date(since).toISOString() } : {}),
        sets,
        moreSets: keys.length - sets.length,
      };
    });
    return { checks };
  }

  #ofResource(name: string, depth: number): Seen {
    const resource = findResource(this.#from.state, name);
    switch (resource?.type) {
      case "Instance":
        return this.#ofInstance(resource.held.id, resource.held.value.run.kind === "address");
      case "StaticIp": {
        const { attachedTo } = resource.held.value;
        if (attachedTo === undefined) return { state: "unhealthy", detail: "it is attached to nothing" };
        return this.#ofResource(attachedTo, depth);
      }
      case "Distribution":
        if (depth >= maxOrigins) return { state: "unknown" };
        return this.#ofResource(resource.held.value.origin.name, depth + 1);
      case "LoadBalancer":
        if (resource.held.value.instances.length === 0)
          return { state: "unhealthy", detail: "nothing is attached to it" };
        return this.#ofTargets(resource.held.id);
      case "ContainerService":
        return this.#ofTargets(resource.held.id);
      case undefined:
        return { state: "unhealthy", detail: "it is gone" };
    }
  }

  /** @param isForeign  a server that exists already: whether it runs, nobody here knows */
  #ofInstance(id: string, isForeign: boolean): Seen {
    if (isForeign)
      return { state: "unknown", detail: "it is a server of its own, which only a check can tell of" };
    const reported = this.#from.instanceStates.get(id);
    if (!reported) return { state: "unknown" };
    const { state, reason } = reported;
    const detail = reason === undefined ? state : `${state}: ${reason.split("\n", 1)[0]}`;
    return { state: state === "running" ? "healthy" : "unhealthy", detail };
  }

  /** As healthy as the best of them. */
  #ofTargets(resourceId: string): Seen {
    const targets = this.#from.targetReports.all(resourceId);
    const healthy = targets.filter(({ state }) => state === "healthy").length;
    const detail = `${healthy} of ${targets.length} targets healthy`;
    if (healthy > 0) return { state: "healthy", detail };
    if (targets.length === 0 || targets.some(({ state }) => state === "initial")) return { state: "unknown" };
    return { state: "unhealthy", detail };
  }
}

function seenOf(state: string, detail: string | undefined): Seen {
  const word = state === "healthy" ? "healthy" : state === "unhealthy" ? "unhealthy" : "unknown";
  return { state: word, ...(detail === undefined ? {} : { detail }) };
}

function placeOf({ zone, owner, type, setIdentifier }: RrsetFact): SetHealthState["sets"][number] {
  return { zone: shown(zone), name: shown(owner), type: typeName(type), setIdentifier };
}
