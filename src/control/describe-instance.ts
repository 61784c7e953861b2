// What a plan does to an instance, in words: all of it where it appears, and only what differs where it stays.

import type { InstanceRun } from "#contract";
import type { InstanceFact } from "./facts.ts";
import { publicAddressesOf } from "./resources.ts";
import type { State } from "./state.ts";

/**
 * Describes an instance that is created, updated or deleted.
 * @param before  absent where it is created
 * @param after  absent where it is deleted
 */
export function describeInstance(
  before: InstanceFact | undefined,
  after: InstanceFact | undefined,
  state: State,
): string {
  const name = after?.name ?? before?.name ?? "";
  if (!after) return `Delete instance ${name}`;
  if (!before) {
    const where = publicAddressesOf(state, name).join(", ");
    return `Create instance ${name}: ${describeRun(after.run)}, public at ${where}, open: ${describePorts(after)}${describeLimits(after)}`;
  }
  const parts = [
    ...(before.desired === after.desired ? [] : [after.desired === "running" ? "it starts" : "it stops"]),
    ...(before.generation === after.generation || before.desired !== after.desired
      ? []
      : ["its process is started anew"]),
    ...(describePorts(before) === describePorts(after)
      ? []
      : [
          after.ports.length === 0
            ? `no port is open in place of ${describePorts(before)}`
            : `open are ${describePorts(after)} in place of ${describePorts(before)}`,
        ]),
    ...(before.ipAddressType === after.ipAddressType ? [] : [`its names have ${describeFamilies(after)}`]),
    ...(describeLimits(before) === describeLimits(after)
      ? []
      : [describeLimits(after).slice(2) || "without limits"]),
  ];
  return `Update instance ${name}: ${parts.join(", ") || describeRun(after.run)}`;
}

/** Which addresses the names of a resource have, in words. */
export function describeFamilies({ ipAddressType }: Pick<InstanceFact, "ipAddressType">): string {
  return ipAddressType === "ipv4" ? "IPv4 addresses alone" : "addresses of both families";
}

function describePorts({ ports }: InstanceFact): string {
  const texts = ports.map(({ fromPort, toPort }) =>
    fromPort === toPort ? String(fromPort) : `${fromPort}-${toPort}`,
  );
  return texts.join(", ") || "no port";
}

function describeLimits({ limits }: InstanceFact): string {
  const cpus = limits?.cpus === undefined ? "" : `, at most ${limits.cpus} cores`;
  const memory =
    limits?.memoryOctets === undefined ? "" : `, at most ${Math.round(limits.memoryOctets / 2 ** 20)} MiB`;
  return cpus + memory;
}

function describeRun(run: InstanceRun): string {
  switch (run.kind) {
    case "site":
      return `files of ${run.folder}`;
    case "launch":
      return `launched from blueprint ${run.blueprintId}${run.script === undefined ? "" : " with a launch script"}`;
    case "command":
      return `command ${run.command.join(" ")} in ${run.folder}`;
    case "address":
      return `the server at ${run.address.includes(":") ? `[${run.address}]` : run.address}:${run.port}`;
  }
}
