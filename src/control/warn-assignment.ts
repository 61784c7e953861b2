// What the plan of an assignment warns of: that visitors will find no page at what the name leads to, and why.

import { currentDeployment, situationOf } from "./container-state.ts";
import type { DistributionFact } from "./distribution-facts.ts";
import type { InstanceFact, LoadBalancerFact, StaticIpFact } from "./facts.ts";
import type { PlanContext } from "./plan-context.ts";
import { isPortOpen } from "./publish-resources.ts";
import { findResource, type Resource } from "./resources.ts";
import type { Held } from "./state.ts";

/** What is wrong with what a name is to lead to; nothing where it serves. @param host  as people read it */
export function warnOfServing(context: PlanContext, host: string, resource: Resource): string[] {
  switch (resource.type) {
    case "Instance":
      return warnOfInstance(context, host, resource.held);
    case "StaticIp":
      return warnOfStaticIp(context, host, resource.held.value);
    case "LoadBalancer":
      return warnOfBalancer(context, host, resource.held);
    case "Distribution":
      return warnOfDisabled(context, host, resource.held.value);
    case "ContainerService":
      return warnOfService(context, host, resource.name);
  }
}

/** What is wrong with the origin of a distribution: the edge asks instances at their private side, whatever their firewall says. */
export function warnOfOrigin(context: PlanContext, host: string, resource: Resource): string[] {
  return resource.type === "Instance"
    ? warnOfInstance(context, host, resource.held, [])
    : warnOfServing(context, host, resource);
}

function closedPort(host: string, { name, ports }: InstanceFact): string[] {
  return isPortOpen(ports, 80) ? [] : [`Port 80 of ${name} is closed: ${host} does not answer by HTTP`];
}

function warnOfInstance(
  { instanceStates, state }: PlanContext,
  host: string,
  held: Held<"instance">,
  closed: readonly string[] = closedPort(host, held.value),
): string[] {
  const { name, desired, run } = held.value;
  if (state.get("drain", `${name} ${name}`) && desired === "stopped")
    return [...closed, `${name} is stopping: ${host} has no page until it is started again`];
  if (desired === "stopped")
    return [...closed, `${name} is stopped: ${host} has no page until it is started`];
  const reported = instanceStates.get(held.id)?.state;
  if (run.kind === "address" || reported === "running") return [...closed];
  const stands = reported === "failed" ? "has failed" : "does not run yet";
  return [...closed, `${name} ${stands}: ${host} has no page until it runs`];
}

function warnOfStaticIp(context: PlanContext, host: string, { name, attachedTo }: StaticIpFact): string[] {
  const instance = attachedTo === undefined ? undefined : context.state.get("instance", attachedTo);
  return instance
    ? warnOfInstance(context, host, instance)
    : [`${name} is attached to nothing: ${host} does not answer until it is`];
}

/** A distribution is as good as its origin. */
function warnOfDisabled(
  context: PlanContext,
  host: string,
  { name, isEnabled, origin }: DistributionFact,
): string[] {
  if (!isEnabled) return [`${name} is disabled: ${host} answers 503 Service Unavailable until it is enabled`];
  const resource = findResource(context.state, origin.name);
  return resource ? warnOfOrigin(context, host, resource) : [];
}

function warnOfService({ state }: PlanContext, host: string, name: string): string[] {
  const situation = situationOf(state, name);
  if (situation?.service.value.isDisabled === true)
    return [`${name} is disabled: ${host} has no page until it is enabled`];
  const current = situation && currentDeployment(situation);
  if (!current) return [`${name} has no version that serves yet: ${host} has no page until one does`];
  return current.publicEndpoint ? [] : [`${name} has no public endpoint: ${host} has no page until it has`];
}

function warnOfBalancer(
  { state, targetReports }: PlanContext,
  host: string,
  held: Held<"load-balancer">,
): string[] {
  const { name, instances }: LoadBalancerFact = held.value;
  if (instances.length === 0)
    return [`${name} has no instance: visitors of ${host} get 503 Service Unavailable`];
  const reports = instances.flatMap((instance) => {
    const id = state.get("instance", instance)?.id;
    return (id !== undefined && targetReports.get(held.id, id)) || [];
  });
  // What was not told yet is not called ill.
  const isIll =
    reports.length === instances.length && reports.every(({ state: health }) => health === "unhealthy");
  return isIll
    ? [`No instance of ${name} is healthy: all of them are asked, and may not answer visitors of ${host}`]
    : [];
}
