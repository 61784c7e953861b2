// start-, stop-, reboot- and limit-instance, and the ports that are open: an instance as it stands. A process that is to end first loses
// its new requests; it ends once those under way are finished (`drain` in facts.ts).

import { PlatformError, type Command, type InstanceLimits, type PortRule } from "#contract";
import { cancelDrain, processOf, startDrain } from "./drains.ts";
import type { InstanceFact } from "./facts.ts";
import type { ControlProfile } from "./config.ts";
import type { CommandOutline, PlanContext, Plans } from "./plan-context.ts";
import { publicPorts, servedPort } from "./public-ports.ts";
import { requireInstance } from "./resources.ts";

/** How each command of this area is planned. */
export const instanceStatePlans: Plans<
  "start-instance" | "stop-instance" | "reboot-instance" | "limit-instance" | "set-instance-ports"
> = {
  "start-instance": (context, { name }) => planStartInstance(context, name),
  "stop-instance": planStopInstance,
  "reboot-instance": planRebootInstance,
  "limit-instance": (context, { name, limits }) => planLimitInstance(context, name, limits),
  "set-instance-ports": planInstancePorts,
};

/** Most ports beside 80 and 443 that one instance may have open: each is a listening socket. */
const maxOpenPorts = 64;

type StateCommand = Extract<Command, { action: "stop-instance" | "reboot-instance" }>;

/** Lets an instance's process run. */
function planStartInstance(context: PlanContext, name: string): CommandOutline {
  const instance = ownInstance(context, "start", name);
  if (instance.desired === "running")
    throw new PlatformError("state-wrong", `Cannot start instance "${name}": it is to run already`);
  // A process that was to be another one still is to be.
  const left = processOf(context.state, name);
  const isAnother = left?.generation !== instance.generation;
  drain(context, name, "reboot", !isAnother);
  // The process that was ended, or is just being, is not the one that starts: what is still told of it is not taken for that one's.
  const generation = instance.generation + (left?.desired === "stopped" ? 1 : 0);
  context.draft.put("instance", name, { ...instance, generation, desired: "running" });
  return outline(`Start instance ${name}`, "StartInstance", name);
}

/** Ends an instance's process until it is started again. */
function planStopInstance(context: PlanContext, { name, force = false }: StateCommand): CommandOutline {
  const instance = ownInstance(context, "stop", name);
  if (instance.desired === "stopped")
    throw new PlatformError("state-wrong", `Cannot stop instance "${name}": it is stopped already`);
  drain(context, name, "stop", force);
  context.draft.put("instance", name, { ...instance, desired: "stopped" });
  warnOfServed(context, name);
  return outline(`Stop instance ${name}`, "StopInstance", name);
}

/** Ends an instance's process and starts it anew. */
function planRebootInstance(context: PlanContext, { name, force = false }: StateCommand): CommandOutline {
  const instance = ownInstance(context, "reboot", name);
  if (instance.desired === "stopped")
    throw new PlatformError("state-wrong", `Cannot reboot instance "${name}": it is stopped; start it`);
  drain(context, name, "reboot", force);
  context.draft.put("instance", name, { ...instance, generation: instance.generation + 1 });
  return outline(`Reboot instance ${name}`, "RebootInstance", name);
}

/** Lets requests under way finish before the process ends; by force it ends at once. */
function drain(context: PlanContext, name: string, purpose: "stop" | "reboot", force: boolean): void {
  if (force) cancelDrain(context.draft, name, name);
  else startDrain(context, { resource: name, instance: name, purpose });
}

/** Gives an instance other limits. */
function planLimitInstance(context: PlanContext, name: string, limits: InstanceLimits): CommandOutline {
  const { limits: held = {}, generation, ...instance } = ownInstance(context, "limit", name);
  if (held.cpus === limits.cpus && held.memoryOctets === limits.memoryOctets)
    throw new PlatformError("state-wrong", `Cannot limit instance "${name}": its limits are these already`);
  const isRunning = instance.desired === "running";
  if (isRunning) drain(context, name, "reboot", false);
  const isLimited = limits.cpus !== undefined || limits.memoryOctets !== undefined;
  context.draft.put("instance", name, {
    ...instance,
    // Its process is another one, which the operation waits for.
    generation: generation + 1,
    ...(isLimited ? { limits } : {}),
  });
  if (isRunning) context.warnings.push(`The process of ${name} is started anew`);
  return outline(`Limit instance ${name}`, "UpdateInstance", name);
}

/** Opens and closes public ports. */
function planInstancePorts(
  context: PlanContext,
  { name, how, ports }: Extract<Command, { action: "set-instance-ports" }>,
): CommandOutline {
  const { draft, state, config } = context;
  const { value: instance } = requireInstance(state, name, `Cannot change ports of instance "${name}"`);
  const rules = checkPorts(
    `Cannot change ports of instance "${name}"`,
    config.profile,
    {
      put: () => ports,
      open: () => [...instance.ports, ...ports],
      close: () => subtract(instance.ports, ports),
    }[how](),
  );
  if (JSON.stringify(rules) === JSON.stringify(instance.ports))
    throw new PlatformError(
      "state-wrong",
      `Cannot change ports of instance "${name}": these ports are ${how === "close" ? "closed" : "open"} already`,
    );
  draft.put("instance", name, { ...instance, ports: rules });
  const types = {
    open: "OpenInstancePublicPorts",
    close: "CloseInstancePublicPorts",
    put: "PutInstancePublicPorts",
  };
  return {
    ...outline(`Change the open ports of instance ${name}`, types[how], name),
    subject: ports.map(portText).join(","),
  };
}

/** Merges rules that overlap, and refuses what cannot be opened. Throws `port-unusable`. */
export function checkPorts(
  action: string,
  profile: ControlProfile,
  ports: readonly PortRule[],
): readonly PortRule[] {
  for (const { fromPort, toPort } of ports) {
    if (fromPort > toPort)
      throw new PlatformError("port-unusable", `${action}: ports ${fromPort} to ${toPort} are none`);
  }
  const rules = merge(ports);
  const raw = publicPorts(rules, maxOpenPorts + 1);
  if (raw.length > maxOpenPorts)
    throw new PlatformError("port-unusable", `${action}: at most ${maxOpenPorts} ports can be open`);
  const { httpPort, httpsPort } = profile.edge;
  for (const port of raw) {
    const served = servedPort(profile, port);
    if (served === httpPort || served === httpsPort || served > 65_535) {
      const state =
        served > 65_535
          ? "there is no such port here"
          : `port ${served === httpPort ? 80 : 443} is served there`;
      throw new PlatformError("port-unusable", `${action}: of port ${port}, ${state}`);
    }
  }
  return rules;
}

function merge(rules: readonly PortRule[]): PortRule[] {
  const merged: PortRule[] = [];
  for (const rule of [...rules].sort((a, b) => a.fromPort - b.fromPort)) {
    const last = merged.at(-1);
    if (last && rule.fromPort <= last.toPort) {
      merged[merged.length - 1] = { ...last, toPort: Math.max(last.toPort, rule.toPort) };
    } else merged.push(rule);
  }
  return merged;
}

function subtract(rules: readonly PortRule[], closed: readonly PortRule[]): PortRule[] {
  let left = [...rules];
  for (const { fromPort, toPort } of closed) {
    left = left.flatMap((rule): PortRule[] => [
      ...(rule.fromPort < fromPort ? [{ ...rule, toPort: Math.min(rule.toPort, fromPort - 1) }] : []),
      ...(rule.toPort > toPort ? [{ ...rule, fromPort: Math.max(rule.fromPort, toPort + 1) }] : []),
    ]);
  }
  return left;
}

/** Says what is not served while the instance is stopped. */
function warnOfServed({ state, warnings }: PlanContext, name: string): void {
  const names = state.assignmentsOfResource(name).map(({ owner }) => owner.slice(0, -1));
  if (names.length > 0) warnings.push(`${names.join(", ")} will answer 503 until ${name} is started again`);
  for (const balancer of state.balancersOfInstance(name)) {
    const others = state.value("load-balancer", balancer)?.instances.filter((other) => {
      return other !== name && state.value("instance", other)?.desired === "running";
    });
    if (others?.length === 0) warnings.push(`Load balancer ${balancer} has no other instance that runs`);
  }
}

/** An instance whose process is ours. */
function ownInstance({ state }: PlanContext, verb: string, name: string): InstanceFact {
  const { value: instance } = requireInstance(state, name, `Cannot ${verb} instance "${name}"`);
  if (instance.run.kind === "address")
    throw new PlatformError(
      "state-wrong",
      `Cannot ${verb} instance "${name}": it is a server that exists already, and its process is not ours`,
    );
  return instance;
}

/** A rule as Lightsail writes it: `22/tcp`, `8000-8010/tcp`. */
function portText({ fromPort, toPort, protocol }: PortRule): string {
  return `${fromPort === toPort ? fromPort : `${fromPort}-${toPort}`}/${protocol}`;
}

function outline(title: string, operationType: string, name: string): CommandOutline {
  return { title, operationType, resourceName: name, resourceType: "Instance" };
}
