// The last health checks of the targets of a load balancer or container service: the edge remembers them and is asked for them, nothing is
// kept here.

import {
  checksAnswer,
  PlatformError,
  type CheckHistory,
  type TargetChecks,
  type TargetHealth,
} from "#contract";
import { defaultHealthCheck, deploymentKey } from "./container-facts.ts";
import { nodeName } from "./publish-containers.ts";
import { requireResource, typeWords } from "./resources.ts";
import type { RoleHub } from "./role-hub.ts";
import type { State } from "./state.ts";
import type { ContainerViewContext } from "./view-containers.ts";
import { viewHealth } from "./view-traffic.ts";
import { isoTime } from "./views.ts";

/** How long the edge may take to tell, in milliseconds. */
const answerMs = 2000;

interface Checked {
  readonly id: string;
  readonly name: string;
  readonly health: TargetHealth;
}

/**
 * The last checks of each target of a resource.
 * Throws `resource-not-found`, `input-malformed` where its kind is not checked, `role-unreachable` where the edge is away.
 */
export async function readChecks(
  context: ContainerViewContext,
  hub: RoleHub,
  name: string,
): Promise<CheckHistory> {
  const resource = requireResource(context.state, name);
  const { type, held } = resource;
  if (type !== "LoadBalancer" && type !== "ContainerService")
    throw new PlatformError(
      "input-malformed",
      `Cannot show checks of "${name}": it is ${typeWords[type].article}, and only targets of load balancers and container services are checked`,
    );
  const said = checksAnswer.parse(await hub.ask("edge", { ask: "checks", resourceId: held.id }, answerMs));
  const checks = new Map(said.targets.map((target) => [target.id, target.checks]));
  const targets = type === "LoadBalancer" ? viewBalanced(context, name) : viewNodes(context, name, held.id);
  return {
    resourceName: name,
    resourceType: type,
    intervalMs:
      type === "LoadBalancer" ? resource.held.value.healthCheck.intervalMs : intervalOf(context.state, name),
    targets: targets.map((target): TargetChecks => ({
      ...target,
      checks: (checks.get(target.id) ?? []).map(({ at, ...check }) => ({ at: isoTime(at), ...check })),
    })),
  };
}

function viewBalanced(context: ContainerViewContext, name: string): Checked[] {
  const { state } = context;
  const balancer = state.get("load-balancer", name);
  if (!balancer) return [];
  const leaving = state.drainsOf(name).map(({ instance }) => instance);
  return [...new Set([...balancer.value.instances, ...leaving])].flatMap((instance) => {
    const id = state.get("instance", instance)?.id;
    if (id === undefined) return [];
    return [{ id, name: instance, health: viewHealth(context, balancer, instance).instanceHealth }];
  });
}

function viewNodes(
  { state, targetReports }: ContainerViewContext,
  name: string,
  serviceId: string,
): Checked[] {
  return state.containers.nodesOf(name).map(({ id, value }) => ({
    id,
    name: nodeName(value),
    health: targetReports.get(serviceId, id)?.state ?? "initial",
  }));
}

/** What the version that serves, or the last one, says of its checks. */
function intervalOf(state: State, service: string): number {
  const version = state.value("container-progress", service)?.active?.version;
  const deployment =
    version === undefined
      ? state.containers.deploymentsOf(service).at(-1)
      : state.value("deployment", deploymentKey(service, version));
  return (deployment?.publicEndpoint?.healthCheck ?? defaultHealthCheck).intervalMs;
}
