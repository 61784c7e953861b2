// Operations: how far the change that each follows has come. They are not in the log: after a restart they are made anew from the
// last changes, and end as soon as name servers and roles show what they should.
//
// Steps, in order: recorded; what the name servers must answer (names-check.ts); each other role whose objects changed has taken the
// revision over; each instance that starts with it runs. A step that waits for a process that is away stays open, and says so: what was
// committed stands and is delivered when that process is back.

import {
  errorTable,
  PlatformError,
  type ErrorCode,
  type FailureReport,
  type InstanceState,
  type Operation,
  type OperationStep,
} from "#contract";
import { certificateStep } from "./certificate-step.ts";
import { containerStep, deploymentTitle } from "./container-steps.ts";
import type { Attachment, ContainerWork, NamesCheck } from "./facts.ts";
import { describeAbsence, type NamesChecks } from "./names-check.ts";
import type { PortReports } from "./port-reports.ts";
import type { Clock } from "./ports.ts";
import type { State } from "./state.ts";
import { dataRoles, type DataRole } from "./data-roles.ts";
import type { RoleHub } from "./role-hub.ts";
import { healthTitle, type TrafficSteps } from "./traffic-steps.ts";

/** Operations that are remembered. */
const maxOperations = 1000;

const roleTitles: Readonly<Record<DataRole, string>> = {
  names: "The name servers have taken the change over",
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
  readonly subject?: string;
  readonly counterparts?: NonNullable<Operation["counterparts"]>;
  readonly region: string;
  readonly createdAt: number;
  readonly revision: number;
  readonly roles: readonly DataRole[];
  /** What the name servers must answer. Where there is none, the names role's own word is taken. */
  readonly checks: readonly NamesCheck[];
  /** Ids of instances whose processes are to start or to end. */
  readonly instances: readonly string[];
  /** Ids of raw ports that are to open or to close. */
  readonly ports: readonly string[];
  /** Instances that are to be healthy behind load balancers. */
  readonly attached: readonly Attachment[];
  /** Instances whose requests under way are finished first. */
  readonly drained: readonly Attachment[];
  /** Names of certificates that are to be issued. */
  readonly certificates: readonly string[];
  /** What is to come of container services; absent: nothing. */
  readonly containers?: readonly ContainerWork[];
}

interface Step {
  /** Asked until it has succeeded or failed. */
  readonly look: () => OperationStep;
  last: OperationStep | undefined;
}

interface Running {
  /** True where nobody is told how it goes on. */
  readonly isQuiet: boolean;
  readonly seed: OperationSeed;
  readonly steps: readonly Step[];
  operation: Operation;
}

/** What is to be, and what roles reported last. */
export interface OperationEvidence {
  readonly state: State;
  readonly instances: ReadonlyMap<string, InstanceState>;
  readonly ports: PortReports;
  /** What the edge's reports of targets decide. */
  readonly traffic: TrafficSteps;
}

/** The operations that are remembered, and what becomes of them as roles and instances report. */
export class Operations {
  readonly #hub: RoleHub;
  readonly #checks: NamesChecks;
  readonly #clock: Clock;
  readonly #evidence: OperationEvidence;
  readonly #running: Map<string, Running> = new Map();
  readonly #listeners: Set<(operation: Operation) => void> = new Set();

  constructor(hub: RoleHub, checks: NamesChecks, clock: Clock, evidence: OperationEvidence) {
    this.#hub = hub;
    this.#checks = checks;
    this.#clock = clock;
    this.#evidence = evidence;
  }

  /** Follows a change that was committed. */
  begin(seed: OperationSeed): Operation {
    return this.#begin(seed, false);
  }

  /** Follows a change again whose operation is no longer remembered. Listeners, who heard of it then, hear nothing. */
  recall(seed: OperationSeed): Operation {
    return this.#begin(seed, true);
  }

  #begin(seed: OperationSeed, isQuiet: boolean): Operation {
    const createdAt = new Date(seed.createdAt).toISOString();
    const running: Running = {
      isQuiet,
      seed,
      steps: this.#stepsOf(seed),
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
        ...(seed.subject === undefined ? {} : { subject: seed.subject }),
        ...(seed.counterparts ? { counterparts: seed.counterparts } : {}),
        changeId: seed.changeId,
        steps: [],
      },
    };
    this.#running.set(seed.id, running);
    this.#forgetOldest();
    this.#review(running);
    return running.operation;
  }

  /** Looks at all that is under way: a role, an instance or a name server has said something. */
  review(): void {
    for (const running of this.#running.values()) if (!running.operation.isTerminal) this.#review(running);
  }

  get(id: string): Operation | undefined {
    return this.#running.get(id)?.operation;
  }

  /** All that are remembered, the latest first. */
  list(): Operation[] {
    return [...this.#running.values()]
      .map(({ operation }) => operation)
      .reverse()
      .sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt));
  }

  /** Calls `listener` each time an operation differs. @returns takes it away */
  listen(listener: (operation: Operation) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#running.clear();
    this.#listeners.clear();
  }

  /** Those that are over go first. */
  #forgetOldest(): void {
    for (const isOver of [true, false]) {
      for (const [id, { operation }] of this.#running) {
        if (this.#running.size <= maxOperations) return;
        if (operation.isTerminal === isOver) this.#running.delete(id);
      }
    }
  }

  #stepsOf(seed: OperationSeed): Step[] {
    const {
      changeId,
      revision,
      roles,
      checks,
      instances,
      ports,
      attached,
      drained,
      certificates,
      containers = [],
    } = seed;
    const recorded: OperationStep = { title: `Recorded as revision ${revision}`, status: "Succeeded" };
    const looks: (() => OperationStep)[] = [
      () => recorded,
      ...checks.map((check) => () => this.#namesStep(check, changeId, revision)),
      ...dataRoles
        .filter((role) => roles.includes(role) && (role !== "names" || checks.length === 0))
        .map((role) => () => this.#roleStep(role, revision)),
      ...drained.map((drain) => () => this.#evidence.traffic.drain(drain, changeId)),
      ...instances.map((id) => () => this.#instanceStep(id)),
      ...ports.map((id) => () => this.#portStep(id, revision)),
      ...attached.map((attachment) => () => this.#evidence.traffic.health(attachment, revision)),
      ...containers.map((work) => () => containerStep(this.#evidence.state, work)),
      ...certificates.map((name) => () => certificateStep(this.#evidence.state, name)),
    ];
    return looks.map((look) => ({ look, last: undefined }));
  }

  #review(running: Running): void {
    const { operation } = running;
    const steps = running.steps.map((step) => {
      if (step.last?.status !== "Succeeded") step.last = step.look();
      return step.last;
    });
    const failed = steps.find(({ status }) => status === "Failed");
    const open = steps.find(({ status }) => status === "Started");
    const status: Operation["status"] = failed ? "Failed" : open ? "Started" : "Succeeded";
    const told = failed ?? open ?? steps.at(-1);
    const detail = told?.detail === undefined || told.status === "Succeeded" ? "" : `: ${told.detail}`;
    const isSame = status === operation.status && JSON.stringify(steps) === JSON.stringify(operation.steps);
    if (isSame) return;
    running.operation = {
      ...operation,
      status,
      isTerminal: status !== "Started",
      steps,
      statusChangedAt: new Date(this.#clock.wall()).toISOString(),
      operationDetails: `${told?.title ?? ""}${detail}`,
      ...(failed
        ? {
            errorCode: errorCodeOf(failed.title),
            errorDetails: failed.detail ?? failed.title,
            failure: failureOf(failed, errorCodeOf(failed.title), operation.resourceName),
          }
        : {}),
    };
    if (!running.isQuiet) for (const listener of this.#listeners) listener(running.operation);
  }

  #namesStep(check: NamesCheck, changeId: string, revision: number): OperationStep {
    const { isDone, isFailed, detail } = this.#checks.evidence(check, changeId, revision);
    const status = isDone ? "Succeeded" : isFailed ? "Failed" : "Started";
    return { title: this.#checks.titleOf(check), status, detail };
  }

  #roleStep(role: DataRole, revision: number): OperationStep {
    const title = roleTitles[role];
    if (this.#hub.serves(role, revision)) return { title, status: "Succeeded" };
    const problem = this.#hub.problem(role);
    return problem === undefined
      ? { title, status: "Started", detail: describeAbsence(this.#hub, role) }
      : { title, status: "Failed", detail: problem };
  }

  /** Judged by what is wanted today: a later change of the instance is another operation's to follow. */
  #instanceStep(id: string): OperationStep {
    const fact = [...this.#evidence.state.all("instance").values()].find((held) => held.id === id)?.value;
    const reported = this.#evidence.instances.get(id);
    const isToRun = fact?.desired !== "stopped";
    const title = isToRun ? instanceTitle : "The instance has stopped";
    if (!fact) return { title, status: "Succeeded", detail: "it is deleted" };
    // What was last said may be of the process before.
    const isNew = (reported?.generation ?? 0) === fact.generation;
    if (isNew && reported?.state === (isToRun ? "running" : "stopped")) return { title, status: "Succeeded" };
    if (isNew && isToRun && reported?.state === "failed")
      return { title, status: "Failed", detail: reported.reason ?? "its process ended" };
    const what = isToRun ? "its process runs" : "its process has ended";
    return { title, status: "Started", detail: `waiting for the runtime to say that ${what}` };
  }

  /** Judged by what is wanted today, as with instances. What was said before the edge had taken the change over says nothing. */
  #portStep(id: string, revision: number): OperationStep {
    const [, address = "", port = ""] = id.split("/");
    const { states, revision: toldAt } = this.#evidence.ports;
    const isTold = this.#hub.isAsLate("edge", toldAt, revision);
    const reported = isTold ? states.get(id) : undefined;
    if (!this.#hub.objects("edge").has(`port/${id}`)) {
      const title = `Port ${port} is closed at ${address}`;
      if (isTold && !reported) return { title, status: "Succeeded" };
      return { title, status: "Started", detail: "waiting for the edge to close it" };
    }
    const title = `Port ${port} is open at ${address}`;
    if (reported?.isOpen) return { title, status: "Succeeded" };
    if (reported?.reason !== undefined) return { title, status: "Failed", detail: reported.reason };
    return { title, status: "Started", detail: "waiting for the edge to open it" };
  }
}

const instanceTitle = "The instance runs";

function errorCodeOf(title: string): ErrorCode {
  if (title === instanceTitle) return "instance-failed";
  if (healthTitle.test(title)) return "health-check-failed";
  if (deploymentTitle.test(title)) return "deployment-failed";
  if (title.startsWith("Certificate ")) return "issuer-failed";
  return title.startsWith("Port ") ? "port-in-use" : "internal";
}

/** A step that failed, as every failure is told. */
function failureOf({ title, detail }: OperationStep, code: ErrorCode, resourceName: string): FailureReport {
  const certificate = /^Certificate (\S+) /.exec(title)?.[1];
  const cli = {
    "instance-failed": `fairlead instance logs ${resourceName}`,
    "deployment-failed": `fairlead container-service logs ${resourceName}`,
    "health-check-failed": `fairlead load-balancer show ${resourceName}`,
  }[code as string];
  return {
    what: `Not done: ${title}`,
    evidence: detail === undefined ? [] : detail.split("\n"),
    cause: detail?.split("\n", 1)[0] ?? title,
    confidence: "certain",
    repair: {
      text: errorTable[code].help,
      ...(cli === undefined ? {} : { cli }),
      ...(certificate === undefined
        ? {}
        : { command: { action: "renew-certificate", name: certificate } as const }),
    },
    code,
  };
}

/** Refuses an id that no operation has. */
export function unknownOperation(id: string): PlatformError {
  return new PlatformError("not-found", `Cannot find operation "${id}": there is none, or it is long over`);
}
