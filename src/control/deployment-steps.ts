// The next steps of a container service, decided from facts and from what the runtime and the edge last said. No step depends on an earlier
// decision that is not in the facts: control can be killed between any two, and the next one decides the same.
//
// New nodes are started beside those that serve. Once the runtime says that a node runs, the edge probes it as a candidate; once all are
// healthy, one commit makes them serve and the others drain; these are stopped when nothing is under way there any more. Nodes that fail,
// or are not healthy in time, are taken away again, and what served serves on.

import type { ContainerNodeState, TargetState } from "#contract";
import type {
  ContainerNodeFact,
  ContainerProgressFact,
  DeploymentFact,
  VersionProgress,
} from "./container-facts.ts";
import {
  isWanted,
  nextDeployment,
  versionState,
  wantedNodes,
  type ServiceSituation,
  type WantedNodes,
} from "./container-state.ts";
import { nodeDrainMs } from "./publish-containers.ts";
import type { Held } from "./state.ts";

const second = 1000;
const minute = 60 * second;

/** How long a node may take until all its containers run: a large image is fetched first. */
export const startLimitMs: number = 10 * minute;
/** How long a node that runs may take until it is healthy, beside the probes that this takes itself. */
export const healthLimitMs: number = 2 * minute;
/** For how long a container that fails is tried again before its version is given up, and how often at most. */
export const failureLimitMs: number = 8 * second;
const maxRestarts = 2;
/** Versions that are kept: Lightsail's. */
export const maxVersions = 50;
/** Most characters of a reason that a fact keeps. */
const maxReasonLength = 500;

/** What the runtime and the edge last said. */
export interface ServiceEvidence {
  /** Wall time. */
  readonly now: number;
  /** What the runtime said of a node; undefined where it has not, or not of what it is to be now. */
  readonly nodeState: (node: Held<"container-node">) => ContainerNodeState | undefined;
  /** What the edge said of a node, once it has taken over what the node is now. */
  readonly targetState: (node: Held<"container-node">) => TargetState | undefined;
  /** Whether the edge has taken a revision over. */
  readonly isServed: (revision: number) => boolean;
}

/** One step. */
export type ServiceStep =
  | { readonly kind: "add"; readonly version: number; readonly number: number; readonly power: string }
  | { readonly kind: "move"; readonly id: string; readonly stage: ContainerNodeFact["stage"] }
  | { readonly kind: "drop"; readonly id: string }
  | { readonly kind: "forget"; readonly version: number }
  | { readonly kind: "progress"; readonly progress: ContainerProgressFact }
  /** The service is deleted, and nothing of it is left. */
  | { readonly kind: "end" };

/** What is to be done now, and when to look again though nothing is heard. */
export interface ServiceDecision {
  readonly steps: readonly ServiceStep[];
  /** Wall time; Infinity where there is none. */
  readonly lookAt: number;
}

/** Decides. See the head of this file. */
export function decide(situation: ServiceSituation, evidence: ServiceEvidence): ServiceDecision {
  return new Deciding(situation, evidence).decide();
}

class Deciding {
  readonly #situation: ServiceSituation;
  readonly #evidence: ServiceEvidence;
  readonly #steps: ServiceStep[] = [];
  readonly #wanted: WantedNodes | undefined;
  #progress: ContainerProgressFact;
  #lookAt = Infinity;

  constructor(situation: ServiceSituation, evidence: ServiceEvidence) {
    this.#situation = situation;
    this.#evidence = evidence;
    this.#progress = situation.progress;
    this.#wanted = wantedNodes(situation);
  }

  decide(): ServiceDecision {
    const { service, nodes, progress } = this.#situation;
    if (progress.deletion && nodes.length === 0) return { steps: [{ kind: "end" }], lookAt: Infinity };
    const { now, isServed } = this.#evidence;
    if (progress.readyAt === undefined && isServed(service.revision))
      this.#progress = { ...this.#progress, readyAt: now };
    this.#settleVersions();
    this.#leave();
    if (this.#wanted) this.#comeTo(this.#wanted);
    // First of all: what cannot be carried out adds to it.
    if (this.#progress !== progress) this.#steps.unshift({ kind: "progress", progress: this.#progress });
    return { steps: this.#steps, lookAt: this.#lookAt };
  }

  /** Versions that were to be activated and give way; and those that are too old to be kept. */
  #settleVersions(): void {
    const { deployments, service } = this.#situation;
    const next = nextDeployment(this.#situation);
    for (const { version } of deployments) {
      if (version === next?.version) {
        const { isDisabled } = service.value;
        if (isDisabled) this.#fail(version, "the service was disabled before it was active");
        else if (!this.#situation.progress.versions[String(version)])
          this.#set(version, { state: "ACTIVATING" });
        continue;
      }
      const isUnknown = this.#situation.progress.versions[String(version)] === undefined;
      if (isUnknown || versionState(this.#situation, version) === "ACTIVATING")
        this.#fail(version, `version ${deployments.at(-1)?.version} was deployed before it was active`);
    }
    const extra = deployments.length - maxVersions;
    const active = this.#progress.active?.version;
    const inUse = new Set(this.#situation.nodes.map(({ value }) => value.version));
    for (const { version } of deployments.slice(0, Math.max(extra, 0))) {
      if (version === active || inUse.has(version)) continue;
      this.#steps.push({ kind: "forget", version });
      const { [String(version)]: _, ...versions } = this.#progress.versions;
      this.#progress = { ...this.#progress, versions };
    }
  }

  /** What leaves: finishes its requests, then stops, then is gone. */
  #leave(): void {
    const { nodes } = this.#situation;
    const { now, nodeState, targetState } = this.#evidence;
    for (const node of nodes) {
      const { id, value } = node;
      if (value.stage === "stopping") {
        if (nodeState(node)?.state === "stopped") this.#steps.push({ kind: "drop", id });
        continue;
      }
      if (value.stage === "draining") {
        const target = targetState(node);
        const isIdle = target?.state === "draining" && target.underWay === 0;
        const until = value.since + nodeDrainMs;
        if (isIdle || now >= until) this.#move(id, "stopping");
        else this.#lookAt = Math.min(this.#lookAt, until);
        continue;
      }
      const isStaying = this.#wanted && (isWanted(value, this.#wanted) || value.stage === "serving");
      if (!isStaying) this.#dismiss(node);
    }
  }

  /** Comes closer to what is wanted. */
  #comeTo(wanted: WantedNodes): void {
    const nodes = this.#situation.nodes.filter(({ value }) => isWanted(value, wanted));
    const others = this.#situation.nodes.filter(
      ({ value }) => value.stage === "serving" && !isWanted(value, wanted),
    );
    const isGivenUp = this.#isGivenUp(wanted);
    const failure = isGivenUp ? undefined : this.#failureOf(nodes, wanted);
    if (failure !== undefined) {
      this.#giveUp(nodes, wanted, failure);
      return;
    }
    const taken = new Set(nodes.map(({ value }) => value.number));
    for (let number = 1, left = isGivenUp ? 0 : wanted.scale - nodes.length; left > 0; number++) {
      if (taken.has(number)) continue;
      this.#steps.push({ kind: "add", version: wanted.version, number, power: wanted.power });
      left--;
    }
    this.#dismissSurplus(nodes, wanted.scale);
    const staying = nodes.filter(({ id }) => !this.#isMoved(id));
    const ready = staying.filter((node) => this.#isReady(node, wanted));
    const { active } = this.#progress;
    const isActive = active?.version === wanted.version && active.power === wanted.power;
    if (isActive && others.length === 0) {
      for (const { id, value } of ready) if (value.stage !== "serving") this.#move(id, "serving");
      return;
    }
    if (staying.length < wanted.scale || ready.length < wanted.scale) return;
    // The switch: one commit.
    for (const { id, value } of staying) if (value.stage !== "serving") this.#move(id, "serving");
    for (const other of others) this.#dismiss(other);
    if (active && active.version !== wanted.version) this.#set(active.version, { state: "INACTIVE" });
    this.#set(wanted.version, { state: "ACTIVE" });
    const { failedUpdate: _, ...progress } = this.#progress;
    this.#progress = { ...progress, active: { version: wanted.version, power: wanted.power } };
  }

  /** Whether more nodes of what serves came to nothing: none are added before the next update. */
  #isGivenUp(wanted: WantedNodes): boolean {
    const { failedUpdate } = this.#progress;
    return failedUpdate?.version === wanted.version && failedUpdate.power === wanted.power;
  }

  /** Takes away what is over: first what does not serve yet, then the last ones. */
  #dismissSurplus(nodes: readonly Held<"container-node">[], scale: number): void {
    const surplus = nodes.length - scale;
    if (surplus <= 0) return;
    const order = [...nodes].sort(
      ({ value: a }, { value: b }) =>
        Number(a.stage === "serving") - Number(b.stage === "serving") || b.number - a.number,
    );
    for (const node of order.slice(0, surplus)) this.#dismiss(node);
  }

  /** Whether a node can serve; one that runs is made a candidate on the way. */
  #isReady(node: Held<"container-node">, wanted: WantedNodes): boolean {
    const { id, value } = node;
    if (value.stage === "serving") return true;
    const isPublic = this.#deployment(wanted.version)?.publicEndpoint !== undefined;
    const isRunning = this.#evidence.nodeState(node)?.state === "running";
    if (value.stage === "starting") {
      if (!isRunning) return false;
      if (!isPublic) return true;
      this.#move(id, "candidate");
      return false;
    }
    return isRunning && this.#evidence.targetState(node)?.state === "healthy";
  }

  /** Why what is being activated came to nothing; undefined where it has not. */
  #failureOf(nodes: readonly Held<"container-node">[], wanted: WantedNodes): string | undefined {
    const { now, nodeState, targetState } = this.#evidence;
    for (const node of nodes) {
      const { value } = node;
      if (value.stage === "serving") continue;
      const name = wanted.scale > 1 ? `node ${value.number}: ` : "";
      const reported = nodeState(node);
      const failedAt = value.since + failureLimitMs;
      if (reported?.state === "failed") {
        const isTried = reported.containers.some(({ restarts }) => restarts >= maxRestarts);
        if (isTried || now >= failedAt) return clip(`${name}${reported.reason ?? "a container failed"}`);
        this.#lookAt = Math.min(this.#lookAt, failedAt);
      }
      const limit = this.#limitOf(node);
      if (now < limit) {
        this.#lookAt = Math.min(this.#lookAt, limit);
        continue;
      }
      if (value.stage === "starting")
        return clip(`${name}its containers do not run after ${startLimitMs / minute} minutes`);
      // An edge that is away says nothing of the node.
      const target = targetState(node);
      if (!target || target.state === "healthy") continue;
      const path = this.#deployment(value.version)?.publicEndpoint?.healthCheck.path ?? "/";
      return clip(
        `${name}it does not answer its health check: GET ${path}: ${target.detail ?? "nothing was heard"}`,
      );
    }
    return undefined;
  }

  /** When a node's time at its stage is over. */
  #limitOf({ value }: Held<"container-node">): number {
    if (value.stage === "starting") return value.since + startLimitMs;
    const check = this.#deployment(value.version)?.publicEndpoint?.healthCheck;
    return value.since + healthLimitMs + (check ? check.intervalMs * check.healthyThreshold : 0);
  }

  /**
   * Takes away what was to serve; what serves goes on. More nodes of what serves stay, as others of that version do that fail: the runtime
   * tries them again, and the edge gives them nothing while others are healthy.
   */
  #giveUp(nodes: readonly Held<"container-node">[], wanted: WantedNodes, reason: string): void {
    const isMore = this.#isActive(wanted);
    for (const node of nodes) {
      if (node.value.stage === "serving") continue;
      if (isMore) this.#move(node.id, "serving");
      else this.#dismiss(node);
    }
    const { version, power } = wanted;
    if (versionState(this.#situation, version) === "ACTIVATING") this.#fail(version, reason);
    else
      this.#progress = {
        ...this.#progress,
        failedUpdate: { version, power, reason, at: this.#evidence.now },
      };
  }

  #isActive({ version, power }: WantedNodes): boolean {
    const { active } = this.#progress;
    return active?.version === version && active.power === power;
  }

  /** Sends a node away: one that had requests finishes them. */
  #dismiss(node: Held<"container-node">): void {
    const { id, value } = node;
    const isPublic = this.#deployment(value.version)?.publicEndpoint !== undefined;
    this.#move(id, value.stage === "serving" && isPublic ? "draining" : "stopping");
  }

  #deployment(version: number): DeploymentFact | undefined {
    return this.#situation.deployments.find((one) => one.version === version);
  }

  #isMoved(id: string): boolean {
    return this.#steps.some((step) => step.kind === "move" && step.id === id);
  }

  #move(id: string, stage: ContainerNodeFact["stage"]): void {
    this.#steps.push({ kind: "move", id, stage });
  }

  #fail(version: number, reason: string): void {
    this.#set(version, { state: "FAILED", reason });
  }

  #set(version: number, given: Omit<VersionProgress, "at">): void {
    const versions = { ...this.#progress.versions, [String(version)]: { ...given, at: this.#evidence.now } };
    this.#progress = { ...this.#progress, versions };
  }
}

/** The first line of a reason: what a program wrote is read in its log. */
function clip(reason: string): string {
  return (reason.split("\n", 1)[0] ?? "").slice(0, maxReasonLength);
}
