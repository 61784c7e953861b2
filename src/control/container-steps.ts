// Steps of operations that container services decide: a version is active, an update is carried out, a service is gone. What a plan leads to
// of these is found in its facts.

import type { OperationStep } from "#contract";
import type { ContainerServiceFact, DeploymentFact } from "./container-facts.ts";
import {
  isSettled,
  nextDeployment,
  situationOf,
  versionProgress,
  wantedNodes,
  type ServiceSituation,
} from "./container-state.ts";
import type { Draft } from "./draft.ts";
import type { ContainerWork } from "./facts.ts";
import type { State } from "./state.ts";

/** Titles of steps that fail with a code of their own. */
export const deploymentTitle: RegExp =
  /^(?:Version \d+ of .* serves|Container service .* is as it was updated)$/;

/** What is to come of container services by a draft. */
export function containerWorkOf(draft: Draft): ContainerWork[] {
  const work: ContainerWork[] = [];
  for (const { kind, key, before, after } of draft.changes()) {
    if (kind === "container-service" && after) {
      const isUpdate =
        before && isOther(before.value as ContainerServiceFact, after.value as ContainerServiceFact);
      if (!before || isUpdate) work.push({ step: before ? "update" : "create", service: key });
    } else if (kind === "deployment" && after && !before) {
      const { service, version } = after.value as DeploymentFact;
      work.push({ step: "deploy", service, version });
    }
  }
  for (const { kind, key } of draft.foreseen())
    if (kind === "container-service") work.push({ step: "delete", service: key });
  // A service comes before what is deployed on it.
  return work.sort((a, b) => Number(a.step === "deploy") - Number(b.step === "deploy"));
}

function isOther(before: ContainerServiceFact, after: ContainerServiceFact): boolean {
  return JSON.stringify(before) !== JSON.stringify(after);
}

/** How far that has come. */
export function containerStep(state: State, work: ContainerWork): OperationStep {
  const { service } = work;
  const situation = situationOf(state, service);
  const title = titleOf(work);
  if (work.step === "delete")
    return situation?.progress.deletion
      ? { title, status: "Started", detail: describeNodes(situation) }
      : { title, status: "Succeeded", ...(situation ? { detail: "it is kept after all" } : {}) };
  if (!situation || situation.progress.deletion)
    return { title, status: "Succeeded", detail: "it is deleted" };
  switch (work.step) {
    case "create":
      return situation.progress.readyAt === undefined
        ? { title, status: "Started", detail: "waiting for the edge to serve its address" }
        : { title, status: "Succeeded" };
    case "update": {
      const { failedUpdate } = situation.progress;
      if (failedUpdate) return { title, status: "Failed", detail: failedUpdate.reason };
      return isSettled(situation)
        ? { title, status: "Succeeded" }
        : { title, status: "Started", detail: describeNodes(situation) };
    }
    case "deploy":
      return deployStep(situation, work.version, title);
  }
}

function deployStep(situation: ServiceSituation, version: number, title: string): OperationStep {
  const { state, reason } = versionProgress(situation, version);
  switch (state) {
    case "ACTIVE":
      return { title, status: "Succeeded" };
    case "INACTIVE":
      return { title, status: "Succeeded", detail: "another one has taken its place since" };
    case "FAILED":
      return { title, status: "Failed", detail: reason ?? "it could not be activated" };
    case "ACTIVATING":
      return { title, status: "Started", detail: describeNodes(situation) };
  }
}

function titleOf(work: ContainerWork): string {
  switch (work.step) {
    case "create":
      return `Container service ${work.service} is ready`;
    case "update":
      return `Container service ${work.service} is as it was updated`;
    case "delete":
      return `Container service ${work.service} is gone`;
    case "deploy":
      return `Version ${work.version} of ${work.service} serves`;
  }
}

/** How many nodes there are at each stage, in words. */
export function describeNodes(situation: ServiceSituation): string {
  const wanted = wantedNodes(situation);
  const counts = new Map<string, number>();
  for (const { value } of situation.nodes) {
    const what = `${words[value.stage]} of version ${value.version}`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  const said = [...counts].map(([what, count]) => `${count} ${what}`).join(", ") || "no node yet";
  const next = nextDeployment(situation);
  return wanted && next ? `${said}; ${wanted.scale} of version ${wanted.version} are to serve` : said;
}

const words: Readonly<Record<ServiceSituation["nodes"][number]["value"]["stage"], string>> = {
  starting: "starting",
  candidate: "being probed",
  serving: "serving",
  draining: "finishing requests",
  stopping: "stopping",
};
