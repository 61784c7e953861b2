// Commands for an instance as it stands: start, stop, reboot, limits, public ports, and all that is known of it.

import type { Instance, PortRule } from "#contract";
import { PlatformError } from "#contract/plain";
import type { Arguments, Command, Values } from "./command.ts";
import { describeRun, describeState, instancePath } from "./command-instance.ts";
import { limitArguments, readLimits, readPorts } from "./instance-options.ts";
import { write, writeArguments } from "./write-command.ts";

const name: Arguments = { name: { type: "positional", description: "the instance" } };

const force: Arguments = {
  force: { type: "boolean", description: "do not wait for requests under way" },
};

export const instanceStart: Command = {
  description: "Start an instance that was stopped",
  args: { ...name, ...writeArguments },
  examples: ["fairlead instance start web"],
  async run(values, context) {
    await write(context, values, "POST", `${instancePath(values["name"])}/start`, {});
  },
};

export const instanceStop: Command = {
  description:
    "Stop an instance once its requests under way are finished; it stays stopped until it is started",
  args: { ...name, ...force, ...writeArguments },
  examples: ["fairlead instance stop web", "fairlead instance stop web --force"],
  async run(values, context) {
    await write(context, values, "POST", `${instancePath(values["name"])}/stop`, forceOf(values));
  },
};

export const instanceReboot: Command = {
  description: "Stop an instance once its requests under way are finished, and start it anew",
  args: { ...name, ...force, ...writeArguments },
  examples: ["fairlead instance reboot web"],
  async run(values, context) {
    await write(context, values, "POST", `${instancePath(values["name"])}/reboot`, forceOf(values));
  },
};

function forceOf(values: Values): { force?: boolean } {
  return values["force"] === true ? { force: true } : {};
}

export const instanceLimit: Command = {
  description: "Limit what an instance may use, in place of its limits so far; without an option it has none",
  args: { ...name, ...limitArguments, ...writeArguments },
  examples: ["fairlead instance limit web --cpus 0.5 --memory 256M", "fairlead instance limit web"],
  async run(values, context) {
    const body = { limits: readLimits(values) ?? {} };
    await write(context, values, "PUT", `${instancePath(values["name"])}/limits`, body);
  },
};

export const instancePorts: Command = {
  description: "Open, close or put the public ports of an instance: all others are closed",
  args: {
    ...name,
    open: { type: "string", valueHint: "PORTS", description: "open these beside the others" },
    close: { type: "string", valueHint: "PORTS", description: "close these" },
    put: {
      type: "string",
      valueHint: "PORTS",
      description: "have these open and no others; none closes all",
    },
    ...writeArguments,
  },
  examples: [
    "fairlead instance ports db --open 5432",
    "fairlead instance ports web --close 80",
    "fairlead instance ports web --put 443,3000-3010",
  ],
  async run(values, context) {
    const given = (["open", "close", "put"] as const).filter((how) => typeof values[how] === "string");
    const [how] = given;
    if (how === undefined || given.length > 1)
      throw new PlatformError("usage", "Cannot change ports: expected one of --open, --close and --put");
    const ports = readPorts(`--${how}`, String(values[how]));
    await write(context, values, "PUT", `${instancePath(values["name"])}/ports`, { how, ports });
  },
};

export const instanceShow: Command = {
  description: "Show what is known of an instance",
  args: name,
  examples: ["fairlead instance show web"],
  async run(values, context) {
    const { output } = context;
    const instance = (await context.api().request("GET", instancePath(values["name"]))) as Instance;
    output.data(instance);
    const rows: [string, string][] = [
      ["state", describeState(instance)],
      ...(instance.reason ?? "")
        .split("\n")
        .flatMap((line): [string, string][] => (line ? [["", line]] : [])),
      ["runs", describeRun(instance.run)],
      ["public addresses", instance.publicAddresses.map(({ address }) => address).join(", ")],
      ...(instance.staticIp === undefined ? [] : [["static IP", instance.staticIp] as [string, string]]),
      ["load balancers", instance.loadBalancers.join(", ") || "none"],
      ["found as", [...instance.names, instance.dnsName].join(", ")],
      ["open ports", instance.ports.map(formatRule).join(", ") || "none"],
      ...instance.closedPorts.map((port): [string, string] => [
        "",
        `${port.port} at ${port.address}: ${port.reason}`,
      ]),
      ["listens at", `${instance.privateAddress}:${instance.privatePort}`],
      ["limits", describeLimits(instance)],
    ];
    output.table([instance.name, ""], [...rows]);
  },
};

function describeLimits({ limits, unlimited }: Instance): string {
  const texts = [
    ...(limits?.cpus === undefined ? [] : [`${limits.cpus} cores`]),
    ...(limits?.memoryOctets === undefined ? [] : [`${Math.round(limits.memoryOctets / 2 ** 20)} MiB`]),
  ];
  if (texts.length === 0) return "none";
  return texts.join(", ") + (unlimited === undefined ? "" : `, not in force: ${unlimited}`);
}

function formatRule({ fromPort, toPort }: PortRule): string {
  return fromPort === toPort ? String(fromPort) : `${fromPort}-${toPort}`;
}
