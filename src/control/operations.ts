// Operations: how far the change that each follows has come. They are not in the log: after a restart they are made anew from the
// last changes, and end as soon as the roles have acknowledged what they hold.
//
// Steps, in order: recorded; each role whose objects changed serves the revision; each instance that starts with it runs.

import { PlatformError, type InstanceState, type Operation, type OperationStep } from "#contract";
import type { Clock, Timers } from "./ports.ts";
import { dataRoles, type DataRole, type RoleHub } from "./role-hub.ts";

/** How long an operation may take before it is called failed. What was committed stands, and roles get it when they can. */
const operationTimeoutMs = 30_000;

/** Operations that are remembered. */
const maxOperations = 1000;

const roleTitles: Readonly<Record<DataRole, string>> = {
  names: "All name servers answer with the change",
  resolver: "The resolver knows the change",
  edge: "The edge routes by the change",
  runtime: "The runtime has taken the change over",
};

/** What an operation is begun with. */
export interface OperationSeed {
  readonly id: string;
  readonly changeId: string;
  readonly operationType: string;
  readonly resourceName: string;
  readonly resourceType: string;
  readonly region: string;
  readonly createdAt: number;
  readonly revision: number;
  readonly roles: readonly DataRole[];
  /** Ids of instances that are to run. */
  readonly instances: readonly string[];
}

interface Running {
  readonly seed: OperationSeed;
  operation: Operation;
  cancel: (() => void) | undefined;
}

/** The instances' processes, as the runtime reported last. */
export type InstanceStates = ReadonlyMap<string, InstanceState>;

/** The operations that are remembered, and what becomes of them as roles and instances report. */
export class Operations {
  readonly #hub: RoleHub;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #instances: InstanceStates;
  readonly #running: Map<string, Running> = new Map();
  readonly #listeners: Set<(operation: Operation) => void> = new Set();

  constructor(hub: RoleHub, clock: Clock, timers: Timers, instances: InstanceStates) {
    this.#hub = hub;
    this.#clock = clock;
    this.#timers = timers;
    this.#instances = instances;
  }

  /** Follows a change that was committed. */
  begin(seed: OperationSeed): Operation {
    const createdAt = new Date(seed.createdAt).toISOString();
    const running: Running = {
      seed,
      operation: {
        id: seed.id,
        operationType: seed.operationType,
        status: "Started",
        isTerminal: false,
        resourceName: seed.resourceName,
        resourceType: seed.resourceType,
        location: { regionName: seed.region, availabilityZone: "all" },
        createdAt,
        statusChangedAt: createdAt,
        operationDetails: "",
        changeId: seed.changeId,
        steps: [],
      },
      cancel: undefined,
    };
    this.#running.set(seed.id, running);
    for (const [id, old] of this.#running) {
      if (this.#running.size <= maxOperations) break;
      old.cancel?.();
      this.#running.delete(id);
    }
    running.cancel = this.#timers.after(operationTimeoutMs, () => this.#review(running, true));
    this.#review(running, false);
    return running.operation;
  }

  /** Looks at all that is under way: a role or an instance has said something. */
  review(): void {
    for (const running of this.#running.values())
      if (!running.operation.isTerminal) this.#review(running, false);
  }

  get(id: string): Operation | undefined {
    return this.#running.get(id)?.operation;
  }

  /** All that are remembered, the latest first. */
  list(): Operation[] {
    return [...this.#running.values()].map(({ operation }) => operation).reverse();
  }

  /** Calls `listener` each time an operation differs. @returns takes it away */
  listen(listener: (operation: Operation) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    for (const running of this.#running.values()) running.cancel?.();
    this.#listeners.clear();
  }

  #review(running: Running, isLate: boolean): void {
    const { seed, operation } = running;
    if (operation.isTerminal) return;
    const steps: OperationStep[] = [{ title: `Recorded as revision ${seed.revision}`, status: "Succeeded" }];
    for (const role of dataRoles)
      if (seed.roles.includes(role)) steps.push(this.#roleStep(role, seed.revision));
    for (const id of seed.instances) steps.push(this.#instanceStep(id));
    const failed = steps.find(({ status }) => status === "Failed");
    const open = steps.find(({ status }) => status === "Started");
    let status: Operation["status"] = failed ? "Failed" : open ? "Started" : "Succeeded";
    let reason = failed && {
      code: failed.title.startsWith("The instance") ? "instance-failed" : "internal",
      text: failed.detail ?? failed.title,
    };
    if (status === "Started" && isLate) {
      status = "Failed";
      reason = {
        code: "role-unreachable",
        text: `not done within ${operationTimeoutMs / 1000} s: ${open?.title ?? ""}; it is carried on in the background`,
      };
    }
    const isSame = status === operation.status && JSON.stringify(steps) === JSON.stringify(operation.steps);
    if (isSame) return;
    running.operation = {
      ...operation,
      status,
      isTerminal: status !== "Started",
      steps,
      statusChangedAt: new Date(this.#clock.wall()).toISOString(),
      operationDetails: steps.at(-1)?.title ?? "",
      ...(reason ? { errorCode: reason.code, errorDetails: reason.text } : {}),
    };
    if (running.operation.isTerminal) running.cancel?.();
    for (const listener of this.#listeners) listener(running.operation);
  }

  #roleStep(role: DataRole, revision: number): OperationStep {
    const title = roleTitles[role];
    if (this.#hub.serves(role, revision)) return { title, status: "Succeeded" };
    const problem = this.#hub.problem(role);
    return problem === undefined
      ? { title, status: "Started" }
      : { title, status: "Failed", detail: problem };
  }

  #instanceStep(id: string): OperationStep {
    const title = "The instance runs";
    const state = this.#instances.get(id);
    switch (state?.state) {
      case "running":
        return { title, status: "Succeeded" };
      case "failed":
        return { title, status: "Failed", detail: state.reason ?? "its process ended" };
      default:
        return { title, status: "Started" };
    }
  }
}

/** Refuses an id that no operation has. */
export function unknownOperation(id: string): PlatformError {
  return new PlatformError("not-found", `Cannot find operation "${id}": there is none, or it is long over`);
}
