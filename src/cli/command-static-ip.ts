// Commands for static IPs: public addresses that stay when what they lead to changes.

import type { StaticIp } from "#contract";
import type { Command } from "./command.ts";
import { write, writeArguments } from "./write-command.ts";

const root = "/v1/static-ips";
const pathOf = (name: unknown, ...rest: readonly string[]): string =>
  [root, encodeURIComponent(String(name)), ...rest].join("/");

export const staticIpAllocate: Command = {
  description: "Allocate a static IP, and attach it where an instance is named",
  args: {
    name: { type: "positional", description: "what to call it" },
    instance: { type: "positional", required: false, description: "the instance that it leads to" },
    ...writeArguments,
  },
  examples: ["fairlead static-ip allocate front", "fairlead static-ip allocate front web"],
  async run(values, context) {
    const { name, instance } = values;
    await write(context, values, "POST", root, { name, ...(instance === undefined ? {} : { instance }) });
  },
};

export const staticIpList: Command = {
  description: "List the static IPs",
  args: {},
  examples: ["fairlead static-ip list"],
  async run(_values, context) {
    const { staticIps } = (await context.api().request("GET", root)) as { staticIps: StaticIp[] };
    context.output.data(staticIps);
    context.output.table(
      ["STATIC IP", "ADDRESS", "ATTACHED TO", "NAMES"],
      staticIps.map((one) => [
        one.name,
        one.publicAddresses.map(({ address }) => address).join(" "),
        one.attachedTo ?? "-",
        one.names.join(" ") || "-",
      ]),
    );
  },
};

export const staticIpAttach: Command = {
  description: "Attach a static IP to an instance; one that is attached elsewhere moves, while it serves",
  args: {
    name: { type: "positional", description: "the static IP" },
    instance: { type: "positional", description: "the instance" },
    ...writeArguments,
  },
  examples: ["fairlead static-ip attach front web-2"],
  async run(values, context) {
    await write(context, values, "POST", pathOf(values["name"], "attach"), { instance: values["instance"] });
  },
};

export const staticIpDetach: Command = {
  description: "Detach a static IP from its instance, and keep it",
  args: { name: { type: "positional", description: "the static IP" }, ...writeArguments },
  examples: ["fairlead static-ip detach front"],
  async run(values, context) {
    await write(context, values, "POST", pathOf(values["name"], "detach"), {});
  },
};

export const staticIpRelease: Command = {
  description: "Give a static IP back that no name is assigned to",
  args: { name: { type: "positional", description: "the static IP" }, ...writeArguments },
  examples: ["fairlead static-ip release front"],
  async run(values, context) {
    await write(context, values, "DELETE", pathOf(values["name"]));
  },
};
