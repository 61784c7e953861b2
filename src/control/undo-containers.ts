// Taking back changes of container services. A version is never taken away: what was deployed before it is deployed again, as the next one.
// A service that was deleted comes back with its versions, as long as the values of their environments and their images are there.

import type { ContainerServiceFact, DeploymentFact } from "./container-facts.ts";
import { domainNamesOf, isLeavingService, progressOf, situationOf, versionState } from "./container-state.ts";
import type { ChangedObject } from "./facts.ts";
import { draftServiceRemoval, keepService } from "./plan-container-service.ts";
import { draftRollBack, usersOfImage } from "./plan-deployment.ts";
import type { PlanContext, UndoneChange } from "./plan-context.ts";
import type { State } from "./state.ts";

/** Puts a service back to what it was; one that was not there before goes as by its deletion. */
export function takeBackService(
  context: PlanContext,
  name: string,
  before: ContainerServiceFact | undefined,
): void {
  const { draft, state } = context;
  if (!before) {
    draftServiceRemoval(context, name);
    return;
  }
  if (isLeavingService(state, name)) keepService(context, name);
  const isBack = state.get("container-service", name) === undefined;
  draft.put("container-service", name, before);
  if (!isBack) return;
  // The latest of its versions is activated; the others were.
  const earlier = state.containers.deploymentsOf(name).slice(0, -1);
  draft.put("container-progress", name, {
    service: name,
    versions: Object.fromEntries(
      earlier.map(({ version }) => [String(version), { state: "INACTIVE" as const, at: context.now }]),
    ),
  });
}

/** Deploys again what a version took the place of; one of a service that comes back is put back. */
export function takeBackDeployment(
  context: PlanContext,
  key: string,
  before: DeploymentFact | undefined,
): void {
  const { draft, state } = context;
  if (before) {
    if (!state.get("deployment", key)) draft.put("deployment", key, before);
    return;
  }
  const fact = state.value("deployment", key);
  const earlier = fact && predecessorOf(state, fact);
  if (earlier === undefined) return;
  draftRollBack(
    context,
    fact?.service ?? "",
    { earlier, version: (fact?.version ?? 0) + 1 },
    `Cannot undo the deployment of version ${fact?.version}`,
  );
}

/** The version that served before another one, or does still. */
function predecessorOf(state: State, { service, version }: DeploymentFact): number | undefined {
  const situation = situationOf(state, service);
  if (!situation) return undefined;
  const active = progressOf(state, service).active?.version;
  if (active !== undefined && active < version) return active;
  return situation.deployments.findLast(
    (one) => one.version < version && versionState(situation, one.version) === "INACTIVE",
  )?.version;
}

/** Whether a change created a service: its first version goes with it. */
export function isOfNewService({ fact }: UndoneChange, { kind, key }: ChangedObject): boolean {
  const service = key.split(" ", 1)[0];
  return (
    kind === "deployment" &&
    fact.objects.some(
      (one) => one.kind === "container-service" && one.key === service && one.before === undefined,
    )
  );
}

/** Why a change of container services cannot be taken back, a line each. */
export function containerReasons({ state, handedIn }: PlanContext, undone: UndoneChange): string[] {
  return undone.fact.objects.flatMap((object) => {
    const { kind, key, before } = object;
    const [service = "", second = ""] = key.split(" ");
    if (kind === "deployment" && before === undefined && !isOfNewService(undone, object))
      return deploymentReasons(state, service, Number(second));
    if (kind === "container-service" && before !== undefined)
      return takenNames(state, before as ContainerServiceFact);
    if (state.get("container-service", service)) {
      if (kind !== "container-image") return [];
      return before === undefined ? imageReasons(state, key) : lostImage(state, key);
    }
    if (kind === "deployment" && before !== undefined) {
      const { environmentId, version } = before as DeploymentFact;
      const isLost = environmentId !== undefined && !handedIn.environments.isKept(environmentId);
      return isLost ? [`the values of the environment of version ${version} of ${service} are gone`] : [];
    }
    return kind === "container-image" && before !== undefined
      ? [`image ${key} is gone with its content`]
      : [];
  });
}

/** Domain names that another service has by now. */
function takenNames(state: State, before: ContainerServiceFact): string[] {
  return domainNamesOf(before).flatMap((name) =>
    [...state.containers.servicesOfDomain(name)]
      .filter((other) => other !== before.name)
      .map((other) => `${name} is a domain name of container service ${other} by now`),
  );
}

function deploymentReasons(state: State, service: string, version: number): string[] {
  const situation = situationOf(state, service);
  const latest = situation?.deployments.at(-1);
  if (!situation || !latest) return [`version ${version} of ${service} is there no more`];
  if (latest.version !== version) return [`version ${latest.version} of ${service} was deployed since`];
  if (versionState(situation, version) === "FAILED")
    return [`version ${version} of ${service} came to nothing, and what served before serves on`];
  if (situation.service.value.isDisabled) return [`container service ${service} is disabled`];
  return predecessorOf(state, latest) === undefined
    ? [`before version ${version} of ${service} none had served; disable it instead`]
    : [];
}

function imageReasons(state: State, key: string): string[] {
  const image = state.value("container-image", key);
  const users = image ? usersOfImage(state, image) : [];
  return users.length > 0 ? [`version ${users.join(" and ")} runs image ${key}`] : [];
}

/** An image that is deleted by now; one of a service that is still there to be deleted is not. */
function lostImage(state: State, key: string): string[] {
  return state.get("container-image", key) ? [] : [`image ${key} is gone with its content`];
}
