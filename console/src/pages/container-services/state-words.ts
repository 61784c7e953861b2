// States of services, deployments and nodes in plain words, each with its tone.

import type { ContainerNode, ContainerService, Deployment } from "#contract";
import type { Tone } from "../../parts/chip.tsx";

/** A state as people read it. */
export interface StateWords {
  readonly word: string;
  readonly tone: Tone;
  /** In a sentence. */
  readonly about: string;
}

const workWords: Readonly<Partial<Record<NonNullable<ContainerService["stateDetail"]>["code"], string>>> = {
  CREATING_SYSTEM_RESOURCES: "What it needs is being set up.",
  CREATING_NETWORK_INFRASTRUCTURE: "Its addresses are being set up.",
  PROVISIONING_CERTIFICATE: "The edge is taking over its names and certificates.",
  PROVISIONING_SERVICE: "Its nodes are being changed.",
  CREATING_DEPLOYMENT: "The nodes of the new version are being started.",
  EVALUATING_HEALTH_CHECK: "The nodes of the new version are being checked before they get requests.",
  ACTIVATING_DEPLOYMENT: "The new version is taking over.",
};

/** How a service stands. */
export function serviceWords(service: ContainerService): StateWords {
  const { state, stateDetail, currentDeployment } = service;
  const work = stateDetail && workWords[stateDetail.code];
  switch (state) {
    case "PENDING":
      return { word: "being set up", tone: "accent", about: work ?? "It is being set up." };
    case "READY":
      return { word: "empty", tone: "neutral", about: "Nothing is deployed yet: visitors get an error." };
    case "RUNNING":
      return currentDeployment?.publicEndpoint
        ? { word: "serves", tone: "good", about: `Version ${currentDeployment.version} serves visitors.` }
        : {
            word: "runs",
            tone: "good",
            about: `Version ${currentDeployment?.version ?? ""} runs; it has no public endpoint, so visitors do not reach it.`,
          };
    case "DEPLOYING":
      return {
        word: "deploying",
        tone: "accent",
        about: `${work ?? "A version is being deployed."}${currentDeployment ? ` Version ${currentDeployment.version} serves meanwhile.` : ""}`,
      };
    case "UPDATING":
      return { word: "changing", tone: "accent", about: work ?? "It is being changed." };
    case "DISABLED":
      return {
        word: "disabled",
        tone: "warn",
        about: "It is disabled: nothing runs, and visitors get an error.",
      };
    case "DELETING":
      return { word: "leaving", tone: "warn", about: "It finishes its last requests, and is gone then." };
  }
}

/** How a deployment stands. */
export function deploymentWords({ state }: Deployment): Omit<StateWords, "about"> {
  switch (state) {
    case "ACTIVATING":
      return { word: "being activated", tone: "accent" };
    case "ACTIVE":
      return { word: "active", tone: "good" };
    case "INACTIVE":
      return { word: "was active", tone: "neutral" };
    case "FAILED":
      return { word: "failed", tone: "bad" };
  }
}

/** How a node stands: what it is for, and whether it does it. */
export function nodeWords({ stage, state, health }: ContainerNode): StateWords {
  if (state === "failed")
    return { word: "failed", tone: "bad", about: "A container ended; it is tried again after a pause" };
  switch (stage) {
    case "starting":
      return { word: "starting", tone: "accent", about: "Its containers are being started" };
    case "candidate":
      return {
        word: "being checked",
        tone: "accent",
        about: "The edge checks it, and gives it no request yet",
      };
    case "serving":
      if (health === undefined) return { word: "runs", tone: "good", about: "It has no public endpoint" };
      if (health === "healthy") return { word: "serves", tone: "good", about: "Its health check is passed" };
      return { word: "not healthy", tone: "bad", about: "Its health check is not passed" };
    case "draining":
      return { word: "finishing", tone: "neutral", about: "It finishes its requests and gets no new one" };
    case "stopping":
      return { word: "stopping", tone: "neutral", about: "Its containers are being stopped" };
  }
}
