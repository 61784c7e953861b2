// The origin of a distribution: what may be one, that its way does not come back to the distribution, and whether it can answer.

import { PlatformError } from "#contract";
import type { DistributionFact } from "./distribution-facts.ts";
import type { PlanContext } from "./plan-context.ts";
import { findResource, typeWords, type Resource } from "./resources.ts";
import type { State } from "./state.ts";

/** A resource that can be an origin. */
export type OriginResource = Extract<Resource, { type: "Instance" | "LoadBalancer" | "ContainerService" }>;

/** The origin of a distribution as it stands in the draft. Throws `resource-not-found`, `input-malformed`, `origin-loop`. */
export function requireOrigin(
  { state }: Pick<PlanContext, "state">,
  { name, publicAddress, origin }: DistributionFact,
  action: string,
): OriginResource {
  const found = findResource(state, origin.name);
  const expected = "expected an instance, a load balancer or a container service";
  if (!found) {
    const isLeaving =
      state.get("instance", origin.name) !== undefined ||
      state.get("container-service", origin.name) !== undefined;
    throw new PlatformError(
      "resource-not-found",
      `${action}: ${isLeaving ? `origin "${origin.name}" is being deleted` : `there is no resource "${origin.name}"`}; ${expected}`,
    );
  }
  if (found.type === "Distribution" || found.type === "StaticIp") {
    const attachedTo = found.type === "StaticIp" ? found.held.value.attachedTo : undefined;
    const hint = attachedTo === undefined ? "" : `, such as ${attachedTo}, which it leads to`;
    throw new PlatformError(
      "input-malformed",
      `${action}: "${origin.name}" is ${typeWords[found.type].article}, and no origin; ${expected}${hint}`,
    );
  }
  if (origin.protocolPolicy === "https-only" && found.type === "Instance")
    throw new PlatformError(
      "input-malformed",
      `${action}: instances are asked by HTTP, and "${origin.name}" is one; expected the protocol http-only, or a load balancer in front of it`,
    );
  const way = findLoop(state, state.value("address", publicAddress)?.own ?? [], found);
  if (way)
    throw new PlatformError(
      "origin-loop",
      `${action}: its origin leads back to it: ${[name, ...way, name].join(" -> ")}`,
    );
  return found;
}

/** The resources on the way from an origin back to some addresses; undefined where it does not come back. */
function findLoop(state: State, addresses: readonly string[], from: Resource): string[] | undefined {
  const ends = new Set(addresses);
  const seen = new Set<string>();
  const visit = (resource: Resource | undefined): string[] | undefined => {
    if (!resource || seen.has(resource.name)) return undefined;
    seen.add(resource.name);
    for (const { address, next } of waysOf(state, resource)) {
      if (address !== undefined && ends.has(address)) return [resource.name];
      const further = visit(next ?? (address === undefined ? undefined : holderOf(state, address)));
      if (further) return [resource.name, ...further];
    }
    return undefined;
  };
  return visit(from);
}

interface Way {
  readonly address?: string;
  readonly next?: Resource;
}

/** Where requests go on from a resource: to addresses, or to other resources. */
function waysOf(state: State, resource: Resource): Way[] {
  const resourceAt = (name: string | undefined): Way[] => {
    const next = name === undefined ? undefined : findResource(state, name);
    return next ? [{ next }] : [];
  };
  switch (resource.type) {
    case "Instance": {
      const { run } = resource.held.value;
      return run.kind === "address" ? [{ address: run.address }] : [];
    }
    case "LoadBalancer":
      return resource.held.value.instances.flatMap(resourceAt);
    case "StaticIp":
      return resourceAt(resource.held.value.attachedTo);
    case "Distribution":
      return resourceAt(resource.held.value.origin.name);
    case "ContainerService":
      return [];
  }
}

/** The resource that has a public address alone. */
function holderOf(state: State, address: string): Resource | undefined {
  for (const { value } of state.all("address").values())
    if (value.view === "public" && value.own.includes(address)) return findResource(state, value.resource);
  return undefined;
}
