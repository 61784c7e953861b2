// Resources as nodes of the picture of routes: how each does, by what roles said last, and what lies behind it: a static IP's instance, a
// distribution's origin, a load balancer's instances, a service's nodes, and where an instance listens.

import type { RouteNode, RouteState, TargetHealth } from "#contract";
import { findResource, type Resource } from "./resources.ts";
import { viewContainerService, type ContainerViewContext } from "./view-containers.ts";
import { viewDistribution } from "./view-distribution.ts";
import { viewLoadBalancer, viewStaticIp } from "./view-traffic.ts";
import { viewInstance } from "./views.ts";

/** A resource with what lies behind it. */
export interface RouteResource {
  readonly node: RouteNode;
  /** Resources that it leads on to. */
  readonly behind: readonly string[];
  /** What belongs to it alone. */
  readonly targets: readonly RouteNode[];
}

type Own = Pick<RouteNode, "state" | "word"> & Partial<Pick<RouteNode, "problem">>;

/** The id of a resource's node. */
export function resourceNodeId(name: string): string {
  return `resource/${name}`;
}

/** A resource as it does now; undefined where there is none of the name. Reach is worked out by who draws the picture. */
export function readRouteResource(context: ContainerViewContext, name: string): RouteResource | undefined {
  const resource = findResource(context.state, name);
  if (!resource) return undefined;
  const found = readOf(context, resource);
  if (context.isEdgeConnected()) return found;
  // Whatever was known of it is of before.
  const away = { state: "unknown", word: "unknown", problem: "the edge is away" } as const;
  return { ...found, node: { ...found.node, ...away, reach: "unknown" } };
}

function readOf(context: ContainerViewContext, resource: Resource): RouteResource {
  switch (resource.type) {
    case "Instance":
      return readInstance(context, resource.held);
    case "StaticIp": {
      const { publicAddresses, attachedTo } = viewStaticIp(context, resource.held);
      const own: Own =
        attachedTo === undefined
          ? { state: "down", word: "attached to nothing", problem: "it is attached to no instance" }
          : { state: "ok", word: "attached" };
      const behind = attachedTo === undefined ? [] : [attachedTo];
      return { node: nodeOf(resource, "front", addressText(publicAddresses), own), behind, targets: [] };
    }
    case "Distribution": {
      const { isEnabled, status, origin, publicAddresses } = viewDistribution(context, resource.held);
      const own: Own = !isEnabled
        ? { state: "off", word: "disabled", problem: "it is disabled" }
        : status === "Deployed"
          ? { state: "ok", word: "deployed" }
          : { state: "waiting", word: "deploying", problem: "the edge has not taken it over yet" };
      const node = nodeOf(resource, "front", addressText(publicAddresses), own);
      return { node, behind: [origin.name], targets: [] };
    }
    case "LoadBalancer":
      return readBalancer(context, resource.held);
    case "ContainerService":
      return readService(context, resource.held);
  }
}

function readInstance(
  context: ContainerViewContext,
  held: Extract<Resource, { type: "Instance" }>["held"],
): RouteResource {
  const { name, run, state, reason, desired, privateAddress, privatePort, publicAddresses } = viewInstance(
    context,
    held,
  );
  const own = ((): Own => {
    // Nobody looks after a server that exists already, but behind a load balancer.
    if (run.kind === "address") return { state: "unknown", word: "not checked" };
    if (desired === "stopped" || state === "stopped" || state === "stopping")
      return { state: "off", word: state === "stopping" ? "stopping" : "stopped", problem: "it is stopped" };
    if (state === "failed")
      return { state: "down", word: "failed", problem: firstLine(reason) ?? "its process ended" };
    return state === "running" ? { state: "ok", word: "running" } : { state: "waiting", word: "starting" };
  })();
  const process: RouteNode = {
    id: `target/${name}`,
    column: "target",
    kind: "process",
    title: hostPort(privateAddress, privatePort),
    detail: describeRun(run),
    resourceName: name,
    // What is wrong is told of the instance.
    state: own.state,
    word: own.word,
    reach: own.state,
  };
  const resource = { type: "Instance", name } as const;
  return {
    node: nodeOf(resource, "resource", addressText(publicAddresses), own),
    behind: [],
    targets: [process],
  };
}

function describeRun(run: ReturnType<typeof viewInstance>["run"]): string {
  switch (run.kind) {
    case "site":
      return `site ${run.folder}`;
    case "command":
      return run.command.join(" ");
    case "launch":
      return run.blueprintId;
    case "address":
      return "existing server";
  }
}

const healthStates: Readonly<Record<TargetHealth, RouteState>> = {
  healthy: "ok",
  initial: "waiting",
  unhealthy: "down",
  draining: "off",
  unused: "off",
  unavailable: "unknown",
};

function readBalancer(
  context: ContainerViewContext,
  held: Extract<Resource, { type: "LoadBalancer" }>["held"],
): RouteResource {
  const { name, publicAddresses, instanceHealthSummary } = viewLoadBalancer(context, held);
  const targets = instanceHealthSummary.map(({ instanceName, instanceHealth, detail }): RouteNode => {
    const state = healthStates[instanceHealth];
    return {
      id: `target/${name}/${instanceName}`,
      column: "target",
      kind: "instance",
      title: instanceName,
      ...(detail === undefined ? {} : { detail }),
      resourceName: instanceName,
      state,
      word: instanceHealth,
      reach: state,
      ...(state === "down"
        ? { problem: `${instanceName} is unhealthy: ${detail ?? "its checks fail"}` }
        : {}),
    };
  });
  const own = standingOf(targets, "instance");
  const resource = { type: "LoadBalancer", name } as const;
  return { node: nodeOf(resource, "resource", addressText(publicAddresses), own), behind: [], targets };
}

function readService(
  context: ContainerViewContext,
  held: Extract<Resource, { type: "ContainerService" }>["held"],
): RouteResource {
  const { name, state, publicAddresses, nodes, problem } = viewContainerService(context, held);
  const targets = nodes.map((node): RouteNode => {
    const isDown = node.state === "failed" || node.health === "unhealthy";
    const serves = node.stage === "serving";
    const own: RouteState = isDown
      ? "down"
      : !serves
        ? node.stage === "draining" || node.stage === "stopping"
          ? "off"
          : "waiting"
        : node.health === "healthy"
          ? "ok"
          : "waiting";
    return {
      id: `target/${name}/${node.id}`,
      column: "target",
      kind: "node",
      title: `v${node.version} node ${node.number}`,
      detail: hostPort(node.address, node.port ?? 0),
      resourceName: name,
      state: own,
      word: node.health ?? node.stage,
      reach: own,
      ...(isDown ? { problem: firstLine(node.reason) ?? node.healthDetail ?? "its checks fail" } : {}),
    };
  });
  const own = ((): Own => {
    if (state === "DISABLED") return { state: "off", word: "disabled", problem: "it is disabled" };
    if (state === "DELETING") return { state: "off", word: "deleting", problem: "it is being deleted" };
    if (targets.length === 0)
      return state === "READY"
        ? { state: "down", word: "nothing deployed", problem: "nothing is deployed on it" }
        : { state: "waiting", word: state.toLowerCase() };
    const standing = standingOf(targets, "node");
    return problem !== undefined && standing.state === "ok"
      ? { state: "impaired", word: "impaired", problem }
      : standing;
  })();
  const resource = { type: "ContainerService", name } as const;
  return { node: nodeOf(resource, "resource", addressText(publicAddresses), own), behind: [], targets };
}

/** How something does whose targets share its requests: as long as one of them serves, it does. */
function standingOf(targets: readonly RouteNode[], noun: string): Own {
  const serving = targets.filter(({ state }) => state === "ok").length;
  const failing = targets.filter(({ state }) => state === "down");
  if (targets.length === 0) return { state: "down", word: `no ${noun}s`, problem: `it has no ${noun}s` };
  const [first] = failing;
  if (serving > 0)
    return first
      ? { state: "impaired", word: `${serving} of ${targets.length} healthy`, ...problemOf(first) }
      : { state: "ok", word: `${serving} of ${targets.length} healthy` };
  if (targets.some(({ state }) => state === "waiting"))
    return { state: "waiting", word: "starting", problem: `no ${noun} was found healthy yet` };
  if (targets.some(({ state }) => state === "unknown")) return { state: "unknown", word: "unknown" };
  return {
    state: "down",
    word: `no healthy ${noun}`,
    problem: first?.problem ?? `none of its ${noun}s serves`,
  };
}

/** What a process said last stands below why it ended. */
function firstLine(text: string | undefined): string | undefined {
  return text?.split("\n", 1)[0];
}

function problemOf({ problem }: RouteNode): Pick<Own, "problem"> {
  return problem === undefined ? {} : { problem };
}

function nodeOf(
  { type, name }: Pick<Resource, "type" | "name">,
  column: RouteNode["column"],
  detail: string,
  own: Own,
): RouteNode {
  return {
    id: resourceNodeId(name),
    column,
    kind: type,
    title: name,
    ...(detail === "" ? {} : { detail }),
    resourceName: name,
    ...own,
    reach: own.state,
  };
}

function addressText(addresses: readonly { readonly address: string }[]): string {
  return addresses.map(({ address }) => address).join(", ");
}

function hostPort(address: string, port: number): string {
  const host = address.includes(":") ? `[${address}]` : address;
  return port === 0 ? host : `${host}:${port}`;
}
