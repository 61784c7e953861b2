// Load balancers and static IPs as the API shows them, with what the edge last said of each instance.

import type { InstanceHealth, LoadBalancer, StaticIp } from "#contract";
import { servedCertificates } from "./certificate-lookup.ts";
import { drainKey } from "./drains.ts";
import { publicAddressesOf, resourceDnsName } from "./resources.ts";
import { shown } from "./names.ts";
import type { Held } from "./state.ts";
import { families, identity, namesOf, type ViewContext } from "./views.ts";

/** A load balancer as the API shows it. */
export function viewLoadBalancer(context: ViewContext, held: Held<"load-balancer">): LoadBalancer {
  const { state } = context;
  const { value } = held;
  const { name, certificates, createdAt, publicAddress: _, instancePort, instances, ...settings } = value;
  const leaving = state.drainsOf(name).map(({ instance }) => instance);
  const summary = [...new Set([...instances, ...leaving])].map((instance) =>
    viewHealth(context, held, instance),
  );
  const served = servedCertificates(state, name, certificates);
  const hasHttps = served.length > 0;
  return {
    ...identity(held, createdAt),
    name,
    state: stateOf(context, summary),
    dnsName: shown(resourceDnsName({ type: "LoadBalancer", name, held })),
    publicAddresses: families(publicAddressesOf(state, name)),
    protocol: hasHttps ? "HTTP_HTTPS" : "HTTP",
    publicPorts: hasHttps ? [80, 443] : [80],
    instancePort: instancePort ?? 80,
    ...settings,
    certificates: [...certificates],
    servedCertificates: served,
    instanceHealthSummary: summary,
    names: namesOf(state, name),
  };
}

function stateOf(context: ViewContext, summary: readonly InstanceHealth[]): LoadBalancer["state"] {
  if (!context.isEdgeConnected()) return "unknown";
  const isServed = summary.length === 0 || summary.some(({ instanceHealth }) => instanceHealth === "healthy");
  return isServed ? "active" : "active_impaired";
}

/** How an instance does behind a load balancer. */
export function viewHealth(
  { state, targetReports, isEdgeConnected }: ViewContext,
  balancer: Held<"load-balancer">,
  instanceName: string,
): InstanceHealth {
  const instance = state.get("instance", instanceName);
  const report = instance && targetReports.get(balancer.id, instance.id);
  const requestsUnderWay = report?.underWay ?? 0;
  const plain = { instanceName, requestsUnderWay };
  if (!isEdgeConnected())
    return { ...plain, instanceHealth: "unavailable", detail: "the edge is away: nothing new is known" };
  const leaves =
    state.get("drain", drainKey(balancer.value.name, instanceName)) ??
    state.get("drain", drainKey(instanceName, instanceName));
  if (leaves)
    return {
      ...plain,
      instanceHealth: "draining",
      instanceHealthReason: "Instance.DeregistrationInProgress",
    };
  if (!instance || instance.value.desired === "stopped") {
    const reason = "Instance.InvalidState";
    return {
      ...plain,
      instanceHealth: "unused",
      instanceHealthReason: reason,
      detail: "the instance is stopped",
    };
  }
  if (!report)
    return { ...plain, instanceHealth: "initial", instanceHealthReason: "Lb.RegistrationInProgress" };
  return {
    ...plain,
    instanceHealth: report.state,
    ...(report.reason === undefined ? {} : { instanceHealthReason: report.reason }),
    ...(report.detail === undefined ? {} : { detail: report.detail }),
  };
}

/** A static IP as the API shows it. */
export function viewStaticIp({ state }: ViewContext, held: Held<"static-ip">): StaticIp {
  const { name, attachedTo, createdAt } = held.value;
  return {
    ...identity(held, createdAt),
    name,
    dnsName: shown(resourceDnsName({ type: "StaticIp", name, held })),
    publicAddresses: families(publicAddressesOf(state, name)),
    isAttached: attachedTo !== undefined,
    ...(attachedTo === undefined ? {} : { attachedTo }),
    names: namesOf(state, name),
  };
}
