// Facts of container services: what each is, the versions that were deployed on it, the nodes that these run on, and how far all that has
// come. What users ask for are facts that changes record; nodes and progress are the platform's own, written step by step
// (deployment-keeper.ts), so that a control that starts anew goes on where the one before stopped.

import type { ContainerProtocol, DeploymentState, HealthCheck } from "#contract";

/** How a public endpoint is probed where nobody said it: Lightsail's. */
export const defaultHealthCheck: HealthCheck = {
  path: "/",
  intervalMs: 5000,
  timeoutMs: 2000,
  healthyThreshold: 2,
  unhealthyThreshold: 2,
  successCodes: "200-499",
};

/** `container-service NAME`. */
export interface ContainerServiceFact {
  readonly name: string;
  /** Key of its address object. */
  readonly publicAddress: string;
  /** Name of a power (container-powers.ts). */
  readonly power: string;
  /** Nodes that it is to have. */
  readonly scale: number;
  readonly isDisabled: boolean;
  /** Names of certificates, each with the names that the service is served under with it: lower case, without the final dot. */
  readonly publicDomainNames: Readonly<Record<string, readonly string[]>>;
  readonly createdAt: number;
}

/** A container of a deployment. */
export interface DeployedContainer {
  readonly image: string;
  /** Digest of an image that was pushed. */
  readonly storedImage?: string;
  /** Empty: the image's own. */
  readonly command: readonly string[];
  readonly environmentNames: readonly string[];
  readonly ports: Readonly<Record<string, ContainerProtocol>>;
}

/** `deployment SERVICE VERSION`: what a version is. Never changed. */
export interface DeploymentFact {
  readonly service: string;
  readonly version: number;
  readonly containers: Readonly<Record<string, DeployedContainer>>;
  readonly publicEndpoint?: {
    readonly containerName: string;
    readonly containerPort: number;
    readonly healthCheck: HealthCheck;
  };
  /** Id of the secret that the environments' values are. */
  readonly environmentId?: string;
  /** The version that it deployed again. */
  readonly rollsBackTo?: number;
  readonly createdAt: number;
}

/** `container-image SERVICE LABEL NUMBER`: an image that was pushed. */
export interface ContainerImageFact {
  readonly service: string;
  readonly label: string;
  readonly number: number;
  readonly digest: string;
  readonly createdAt: number;
}

/** `container-node ID`: a replica of a version. Left out of the history. */
export interface ContainerNodeFact {
  readonly service: string;
  readonly version: number;
  /** Which replica it is, from 1 on. */
  readonly number: number;
  readonly power: string;
  /** Key of its address object. */
  readonly address: string;
  readonly stage: "starting" | "candidate" | "serving" | "draining" | "stopping";
  /** When it came to that stage. */
  readonly since: number;
}

/** How far a version has come. */
export interface VersionProgress {
  readonly state: DeploymentState;
  readonly at: number;
  /** Why it failed. */
  readonly reason?: string;
}

/** `container-progress SERVICE`: how far a service has come. Left out of the history. */
export interface ContainerProgressFact {
  readonly service: string;
  /** Since when the edge serves it; absent while it is PENDING. */
  readonly readyAt?: number;
  /** What serves, or served before the service was disabled. */
  readonly active?: { readonly version: number; readonly power: string };
  /** By version, decimal. One that is not here is ACTIVATING where it is the latest, else INACTIVE. */
  readonly versions: Readonly<Record<string, VersionProgress>>;
  /** An update that came to nothing. */
  readonly failedUpdate?: {
    readonly version: number;
    readonly power: string;
    readonly reason: string;
    readonly at: number;
  };
  /** Present while it is being deleted, by that change. */
  readonly deletion?: { readonly changeId: string; readonly since: number };
}

/** The key of a deployment. */
export function deploymentKey(service: string, version: number): string {
  return `${service} ${version}`;
}

/** The key of an image. */
export function imageKey({
  service,
  label,
  number,
}: Pick<ContainerImageFact, "service" | "label" | "number">): string {
  return `${service} ${label} ${number}`;
}

/** What an image is called: Lightsail's form. */
export function imageName({
  service,
  label,
  number,
}: Pick<ContainerImageFact, "service" | "label" | "number">): string {
  return `:${service}.${label}.${number}`;
}
