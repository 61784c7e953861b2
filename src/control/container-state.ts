// How a container service stands, by its facts alone: what is wanted of it, which versions are what, and whether it has come to what was
// asked for. Views, plans and the keeper of deployments ask here, so that they never differ.

import type { DeploymentState } from "#contract";
import type {
  ContainerNodeFact,
  ContainerProgressFact,
  ContainerServiceFact,
  DeploymentFact,
  VersionProgress,
} from "./container-facts.ts";
import type { Held, State } from "./state.ts";

/** A service with all that belongs to it. */
export interface ServiceSituation {
  readonly service: Held<"container-service">;
  readonly progress: ContainerProgressFact;
  /** The first version first. */
  readonly deployments: readonly DeploymentFact[];
  readonly nodes: readonly Held<"container-node">[];
}

/** What nodes are to run. */
export interface WantedNodes {
  readonly version: number;
  readonly power: string;
  readonly scale: number;
}

/** A service with all that belongs to it; undefined where there is none of that name. */
export function situationOf(state: State, name: string): ServiceSituation | undefined {
  const service = state.get("container-service", name);
  return (
    service && {
      service,
      progress: progressOf(state, name),
      deployments: state.containers.deploymentsOf(name),
      nodes: state.containers.nodesOf(name),
    }
  );
}

/** How far a service has come. */
export function progressOf(state: State, service: string): ContainerProgressFact {
  return state.value("container-progress", service) ?? { service, versions: {} };
}

/** Whether a service is being deleted. */
export function isLeavingService(state: State, name: string): boolean {
  return state.value("container-progress", name)?.deletion !== undefined;
}

/** How far a version has come. */
export function versionProgress(
  { progress, deployments }: Pick<ServiceSituation, "progress" | "deployments">,
  version: number,
): VersionProgress {
  const known = progress.versions[String(version)];
  if (known) return known;
  const isLatest = deployments.at(-1)?.version === version;
  return { state: isLatest ? "ACTIVATING" : "INACTIVE", at: 0 };
}

/** The state of a version. */
export function versionState(
  situation: Pick<ServiceSituation, "progress" | "deployments">,
  version: number,
): DeploymentState {
  return versionProgress(situation, version).state;
}

/** The version that is being activated: the latest, where it has come to nothing else yet. */
export function nextDeployment(
  situation: Pick<ServiceSituation, "progress" | "deployments">,
): DeploymentFact | undefined {
  const latest = situation.deployments.at(-1);
  return latest && versionState(situation, latest.version) === "ACTIVATING" ? latest : undefined;
}

/** The version that serves, or would if the service were not disabled. */
export function currentDeployment({
  progress,
  deployments,
}: Pick<ServiceSituation, "progress" | "deployments">): DeploymentFact | undefined {
  return deployments.find(({ version }) => version === progress.active?.version);
}

/** The nodes that are to be; undefined where there is to be none. */
export function wantedNodes(situation: ServiceSituation): WantedNodes | undefined {
  const { service, progress } = situation;
  const { power, scale, isDisabled } = service.value;
  if (isDisabled || progress.deletion) return undefined;
  const next = nextDeployment(situation);
  if (next) return { version: next.version, power, scale };
  const { active, failedUpdate } = progress;
  if (!active) return undefined;
  const isFailed = failedUpdate?.version === active.version && failedUpdate.power === power;
  return { version: active.version, power: isFailed ? active.power : power, scale };
}

/** Whether a node is one of those that are wanted, and no leaving one. */
export function isWanted(
  { version, power, stage }: ContainerNodeFact,
  wanted: WantedNodes | undefined,
): boolean {
  return (
    wanted !== undefined &&
    version === wanted.version &&
    power === wanted.power &&
    stage !== "draining" &&
    stage !== "stopping"
  );
}

/** Whether a service has come to what was asked for; what only drains does not count, but where it is to have none. */
export function isSettled(situation: ServiceSituation): boolean {
  const wanted = wantedNodes(situation);
  const { nodes } = situation;
  if (!wanted) return nodes.length === 0;
  if (nextDeployment(situation)) return false;
  const { failedUpdate } = situation.progress;
  // More nodes than could be had are not waited for.
  if (failedUpdate?.version === wanted.version && failedUpdate.power === wanted.power) return true;
  const staying = nodes.filter(({ value }) => value.stage !== "draining" && value.stage !== "stopping");
  return (
    staying.length === wanted.scale &&
    staying.every(({ value }) => isWanted(value, wanted) && value.stage === "serving")
  );
}

/** The names that a service is served under, over all its certificates. */
export function domainNamesOf({
  publicDomainNames,
}: Pick<ContainerServiceFact, "publicDomainNames">): string[] {
  return Object.values(publicDomainNames).flat();
}
