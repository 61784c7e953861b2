// Looks after container services: carries out the steps of deployment-steps.ts, one commit after the other, whenever the runtime or the edge
// says something, a fact differs or a time is up. All that it knows is in facts and in what the roles tell again after a restart.

import { PlatformError, type ContainerNodeState } from "#contract";
import { deploymentKey, imageKey, type ContainerNodeFact } from "./container-facts.ts";
import { progressOf, situationOf, type ServiceSituation } from "./container-state.ts";
import { decide, type ServiceEvidence, type ServiceStep } from "./deployment-steps.ts";
import { takeAddress } from "./plan-instance.ts";
import type { PlanContext } from "./plan-context.ts";
import type { Clock, Log, HostTimers } from "./ports.ts";
import type { RoleHub } from "./role-hub.ts";
import type { State } from "./state.ts";
import type { TargetReports } from "./target-reports.ts";

/** The longest the timer is set for. */
const longestTimerMs = 3_600_000;
/** How soon a step is tried again that could not be committed. */
const failurePauseMs = 1000;
/** How soon after a change what nothing refers to any more is removed. */
const sweepAfterMs = 10_000;

/** What the keeper works with. */
export interface DeploymentSources {
  readonly state: State;
  readonly hub: RoleHub;
  readonly reports: TargetReports;
  readonly nodeStates: Map<string, ContainerNodeState>;
  readonly clock: Clock;
  readonly timers: HostTimers;
  readonly log: Log;
  /** Commits what `draw` drafts, after all that came before; nothing where it drafts nothing. */
  readonly write: (draw: (context: PlanContext) => void) => Promise<void>;
  /** Removes what no fact refers to any more. */
  readonly sweep: () => Promise<void>;
}

/** See the head of this file. */
export class DeploymentKeeper {
  readonly #from: DeploymentSources;
  /** Services whose next commit is on its way. */
  readonly #busy: Set<string> = new Set();
  /** When a service is looked at again whose commit failed. */
  readonly #pauses: Map<string, number> = new Map();
  #cancelTimer: (() => void) | undefined;
  #cancelSweep: (() => void) | undefined;
  #hasBegun = false;
  #isClosed = false;

  constructor(from: DeploymentSources) {
    this.#from = from;
  }

  /** Begins. */
  async start(): Promise<void> {
    await this.#from.sweep();
    this.#hasBegun = true;
    this.review();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelTimer?.();
    this.#cancelSweep?.();
  }

  /** The runtime tells of a node. */
  take(node: ContainerNodeState): void {
    if (this.#from.state.get("container-node", node.id)) this.#from.nodeStates.set(node.id, node);
    else this.#from.nodeStates.delete(node.id);
  }

  /** Facts were committed. */
  noticed(entries: readonly { readonly kind: string; readonly value?: unknown }[]): void {
    const isLess = entries.some(
      ({ kind, value }) => (kind === "deployment" || kind === "container-image") && value === undefined,
    );
    if (!isLess || this.#isClosed) return;
    this.#cancelSweep ??= this.#from.timers.after(sweepAfterMs, () => {
      this.#cancelSweep = undefined;
      void this.#sweep();
    });
  }

  async #sweep(): Promise<void> {
    try {
      await this.#from.sweep();
    } catch (error) {
      this.#from.log.error({ error }, "what no deployment uses any more could not be removed");
    }
  }

  /** Does what is due, and sets the timer for what is next. */
  review(): void {
    if (!this.#hasBegun || this.#isClosed) return;
    const { state, clock, timers } = this.#from;
    const now = clock.wall();
    let next = now + longestTimerMs;
    for (const name of state.all("container-service").keys()) {
      if (this.#busy.has(name)) continue;
      const pausedUntil = this.#pauses.get(name) ?? 0;
      if (pausedUntil > now) {
        next = Math.min(next, pausedUntil);
        continue;
      }
      const situation = situationOf(state, name);
      if (!situation) continue;
      const { steps, lookAt } = decide(situation, this.#evidence(situation));
      if (steps.length > 0) this.#begin(name);
      else next = Math.min(next, lookAt);
    }
    this.#cancelTimer?.();
    this.#cancelTimer = timers.after(Math.max(next - now, 1), () => this.review());
  }

  #evidence({ service }: ServiceSituation): ServiceEvidence {
    const { clock, hub, reports, nodeStates } = this.#from;
    return {
      now: clock.wall(),
      nodeState: ({ id, revision }) => (hub.serves("runtime", revision) ? nodeStates.get(id) : undefined),
      targetState: ({ id, revision }) =>
        hub.serves("edge", revision) ? reports.get(service.id, id) : undefined,
      isServed: (revision) => hub.serves("edge", revision),
    };
  }

  #begin(name: string): void {
    this.#busy.add(name);
    const { clock, log, write } = this.#from;
    const isGone: { id: string; serviceId: string }[] = [];
    void write((context) => {
      // Again, on the state that all earlier writes left.
      const situation = situationOf(context.state, name);
      if (!situation) return;
      for (const step of decide(situation, this.#evidence(situation)).steps) {
        apply(context, situation, step);
        if (step.kind === "drop") isGone.push({ id: step.id, serviceId: situation.service.id });
      }
    })
      .then(() => {
        this.#pauses.delete(name);
        for (const { id, serviceId } of isGone) {
          this.#from.nodeStates.delete(id);
          this.#from.reports.forget(serviceId, id);
        }
      })
      .catch((error: unknown) => {
        // What is due stays due: it is decided again after a while.
        if (this.#isClosed) return;
        log.error({ error, service: name }, "a step of a container service could not be taken");
        this.#pauses.set(name, clock.wall() + failurePauseMs);
      })
      .finally(() => {
        this.#busy.delete(name);
        this.review();
      });
  }
}

/** Drafts one step. */
function apply(context: PlanContext, situation: ServiceSituation, step: ServiceStep): void {
  const { draft, state, now } = context;
  const { name } = situation.service.value;
  switch (step.kind) {
    case "add":
      addNode(context, name, step);
      return;
    case "move": {
      const node = state.get("container-node", step.id);
      if (node) draft.put("container-node", step.id, { ...node.value, stage: step.stage, since: now });
      return;
    }
    case "drop": {
      const node = state.get("container-node", step.id);
      draft.remove("container-node", step.id);
      if (node) draft.remove("address", node.value.address);
      return;
    }
    case "forget":
      draft.remove("deployment", deploymentKey(name, step.version));
      return;
    case "progress":
      draft.put("container-progress", name, step.progress);
      return;
    case "end":
      removeService(context, situation);
  }
}

/** Adds a node with an address of its own; where there is none left, what it is for has failed. */
function addNode(
  context: PlanContext,
  service: string,
  { version, number, power }: Pick<ContainerNodeFact, "version" | "number" | "power">,
): void {
  const { draft, state, identities, now } = context;
  let address;
  try {
    address = takeAddress(context, "private", service);
  } catch (error) {
    if (!(error instanceof PlatformError) || error.code !== "addresses-exhausted") throw error;
    const progress = progressOf(state, service);
    const known = progress.versions[String(version)];
    const reason = error.message;
    draft.put(
      "container-progress",
      service,
      known?.state === "ACTIVE"
        ? { ...progress, failedUpdate: { version, power, reason, at: now } }
        : {
            ...progress,
            versions: { ...progress.versions, [String(version)]: { state: "FAILED", reason, at: now } },
          },
    );
    return;
  }
  const id = identities.uuid();
  draft.put(
    "container-node",
    id,
    { service, version, number, power, address, stage: "starting", since: now },
    id,
  );
}

/** Takes a service away with all that belongs to it. */
function removeService({ draft, state }: PlanContext, { service }: ServiceSituation): void {
  const { name, publicAddress } = service.value;
  for (const { version } of state.containers.deploymentsOf(name))
    draft.remove("deployment", deploymentKey(name, version));
  for (const image of state.containers.imagesOf(name)) draft.remove("container-image", imageKey(image));
  draft.remove("address", publicAddress);
  draft.remove("container-progress", name);
  draft.remove("container-service", name);
}
