// set-ip-address-type: which addresses the names of an instance or a load balancer have.

import { PlatformError, type Command } from "#contract";
import type { CommandOutline, PlanContext, Plans } from "./plan-context.ts";
import { requireResource, typeWords } from "./resources.ts";

/** How each command of this area is planned. */
export const ipAddressTypePlans: Plans<"set-ip-address-type"> = {
  "set-ip-address-type": planIpAddressType,
};

/** Gives the names of a resource addresses of both families, or of IPv4 alone. Requests that come all the same are served. */
function planIpAddressType(
  { draft, state }: PlanContext,
  { resource, ipAddressType }: Extract<Command, { action: "set-ip-address-type" }>,
): CommandOutline {
  const action = `Cannot set the addresses of "${resource}"`;
  const found = requireResource(state, resource);
  const { type, name } = found;
  if (type !== "Instance" && type !== "LoadBalancer")
    throw new PlatformError(
      "input-malformed",
      `${action}: it is ${typeWords[type].article}, and those of instances and load balancers are set`,
    );
  if ((found.held.value.ipAddressType ?? "dualstack") === ipAddressType)
    throw new PlatformError("state-wrong", `${action}: they are ${ipAddressType} already`);
  const own = ipAddressType === "ipv4" ? { ipAddressType } : {};
  if (type === "Instance") {
    const { ipAddressType: _, ...bare } = found.held.value;
    draft.put("instance", name, { ...bare, ...own });
  } else {
    const { ipAddressType: _, ...bare } = found.held.value;
    draft.put("load-balancer", name, { ...bare, ...own });
  }
  return {
    title: `Set the addresses of ${name} to ${ipAddressType}`,
    operationType: "SetIpAddressType",
    resourceName: name,
    resourceType: type,
    subject: ipAddressType,
  };
}
