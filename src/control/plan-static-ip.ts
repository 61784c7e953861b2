// Commands of static IPs: a public address that stays when what it leads to changes. An instance has one at most, and goes on being
// served at its own address too.

import { PlatformError, type Command } from "#contract";
import type { StaticIpFact } from "./facts.ts";
import { takeAddress } from "./plan-instance.ts";
import type { CommandOutline, PlanContext, Plans } from "./plan-context.ts";
import { requireFreeName } from "./resource-names.ts";
import { requireInstance, requireUnused, staticIpOf } from "./resources.ts";
import type { Held } from "./state.ts";

/** How each command of this area is planned. */
export const staticIpPlans: Plans<
  "allocate-static-ip" | "attach-static-ip" | "detach-static-ip" | "release-static-ip"
> = {
  "allocate-static-ip": planAllocateStaticIp,
  "attach-static-ip": planAttachStaticIp,
  "detach-static-ip": (context, { name }) => planDetachStaticIp(context, name),
  "release-static-ip": (context, { name }) => planReleaseStaticIp(context, name),
};

type Given<A extends Command["action"]> = Extract<Command, { action: A }>;

/** Allocates a static IP, attached where an instance is named. */
function planAllocateStaticIp(
  context: PlanContext,
  { name, instance }: Given<"allocate-static-ip">,
): CommandOutline {
  const action = `Cannot allocate static IP "${name}"`;
  requireFreeName(context.state, name, action);
  const address = takeAddress(context, "public", name);
  const bare: StaticIpFact = { name, address, createdAt: context.now };
  context.draft.put(
    "static-ip",
    name,
    instance === undefined ? bare : attach(context, bare, instance, action),
  );
  const title =
    instance === undefined ? `Allocate static IP ${name}` : `Allocate static IP ${name} for ${instance}`;
  return outline(title, "AllocateStaticIp", name);
}

/** Attaches a static IP; one that is attached elsewhere moves, in one change (Lightsail wants it detached first). */
function planAttachStaticIp(
  context: PlanContext,
  { name, instance }: Given<"attach-static-ip">,
): CommandOutline {
  const action = `Cannot attach static IP "${name}" to "${instance}"`;
  const { value } = requireStaticIp(context, name, action);
  if (value.attachedTo === instance)
    throw new PlatformError("state-wrong", `${action}: it is attached there already`);
  const next = attach(context, value, instance, action);
  context.draft.put("static-ip", name, next);
  if (value.attachedTo !== undefined) {
    context.warnings.push(
      `${name} leaves ${value.attachedTo}: who comes to its address is led to ${instance}, and ${value.attachedTo} keeps its own address`,
    );
  }
  return outline(`Attach static IP ${name} to ${instance}`, "AttachStaticIp", name, instance);
}

/** Detaches a static IP, which is kept. */
function planDetachStaticIp(context: PlanContext, name: string): CommandOutline {
  const action = `Cannot detach static IP "${name}"`;
  const { value } = requireStaticIp(context, name, action);
  if (value.attachedTo === undefined)
    throw new PlatformError("state-wrong", `${action}: it is attached to nothing`);
  const names = context.state.assignmentsOfResource(name).length;
  if (names > 0)
    context.warnings.push(
      `Nothing answers any more at the names that lead to ${name} until it is attached again`,
    );
  context.draft.put("static-ip", name, { name, address: value.address, createdAt: value.createdAt });
  return outline(
    `Detach static IP ${name} from ${value.attachedTo}`,
    "DetachStaticIp",
    name,
    value.attachedTo,
  );
}

/** Gives a static IP back. One that is attached is detached by that, as in Lightsail; one that a name leads to is kept. */
function planReleaseStaticIp(context: PlanContext, name: string): CommandOutline {
  const action = `Cannot release static IP "${name}"`;
  const { value } = requireStaticIp(context, name, action);
  requireUnused(context.state, name, action);
  if (value.attachedTo !== undefined)
    context.warnings.push(
      `${value.attachedTo} loses ${name}: it is found at its own address alone from now on`,
    );
  context.draft.remove("static-ip", name);
  context.draft.remove("address", value.address);
  return outline(`Release static IP ${name}`, "ReleaseStaticIp", name);
}

function attach(
  { draft, state }: PlanContext,
  fact: StaticIpFact,
  instance: string,
  action: string,
): StaticIpFact {
  requireInstance(state, instance, action);
  const other = staticIpOf(state, instance);
  if (other)
    throw new PlatformError(
      "state-wrong",
      `${action}: "${instance}" has static IP "${other.value.name}" already; detach that first`,
    );
  draft.require("instance", instance);
  return { ...fact, attachedTo: instance };
}

function requireStaticIp({ state }: PlanContext, name: string, action: string): Held<"static-ip"> {
  const held = state.get("static-ip", name);
  if (!held) throw new PlatformError("resource-not-found", `${action}: there is no static IP of that name`);
  return held;
}

function outline(title: string, operationType: string, name: string, instance?: string): CommandOutline {
  const counterparts =
    instance === undefined ? {} : { counterparts: [{ resourceName: instance, resourceType: "Instance" }] };
  return { title, operationType, resourceName: name, resourceType: "StaticIp", ...counterparts };
}
