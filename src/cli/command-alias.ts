// Commands for aliases: names that have the addresses of a resource or of another name.

import type { Alias, Zone } from "#contract";
import type { Command } from "./command.ts";
import { formatTime } from "./format-time.ts";
import { readDomainName } from "./read-values.ts";
import { write, writeArguments } from "./write-command.ts";

const aliasesPath = (zone: unknown): string =>
  `/v1/zones/${encodeURIComponent(readDomainName(String(zone)))}/aliases`;

export const alias: Command = {
  description:
    "Make a name an alias: it gets the addresses of a resource or of another name, and follows them; the zone's own name too",
  args: {
    zone: { type: "positional", description: "the zone" },
    name: { type: "positional", description: "the name: @ for the zone's own, www, or www.shop.test" },
    target: {
      type: "positional",
      description: "a resource, or a domain name such as www.shop.test or www.example.org",
    },
    ...writeArguments,
  },
  examples: ["fairlead alias mine.test @ web", "fairlead alias mine.test shop www.mine.test --plan"],
  async run(values, context) {
    await write(context, values, "PUT", aliasesPath(values["zone"]), {
      name: readDomainName(String(values["name"])),
      target: readDomainName(String(values["target"])),
    });
  },
};

export const aliasDelete: Command = {
  description: "Take an alias away",
  args: {
    zone: { type: "positional", description: "the zone" },
    name: { type: "positional", description: "the name" },
    ...writeArguments,
  },
  examples: ["fairlead alias delete mine.test @"],
  async run(values, context) {
    const name = encodeURIComponent(readDomainName(String(values["name"])));
    await write(context, values, "DELETE", `${aliasesPath(values["zone"])}/${name}`);
  },
};

export const aliases: Command = {
  description: "List the aliases, what they lead to, and what they answer with",
  args: { zone: { type: "positional", required: false, description: "the zone (all of them)" } },
  examples: ["fairlead aliases", "fairlead aliases mine.test"],
  async run(values, context) {
    const api = context.api();
    const zones =
      values["zone"] === undefined
        ? ((await api.request("GET", "/v1/zones")) as { zones: Zone[] }).zones.map(({ name }) => name)
        : [String(values["zone"])];
    const list: Alias[] = [];
    for (const zone of zones)
      list.push(...((await api.request("GET", aliasesPath(zone))) as { aliases: Alias[] }).aliases);
    context.output.data(list);
    context.output.table(
      ["NAME", "ALIAS OF", "STATE", "TTL", "ADDRESSES"],
      list.map((item) => [
        item.name,
        item.targetName,
        item.state,
        item.ttl === undefined ? "-" : String(item.ttl),
        item.addresses.map(({ address }) => address).join(" ") || "-",
      ]),
    );
    for (const item of list) for (const line of describeProblem(item)) context.output.line(line);
  },
};

function describeProblem({ name, state, problem, lookUp }: Alias): string[] {
  if (problem === undefined) return [];
  const since = lookUp?.failingSince === undefined ? "" : `, since ${formatTime(lookUp.failingSince)} UTC`;
  const kept = state === "kept" ? "; the addresses it had last are given" : "";
  return [`${name}: ${problem}${since}${kept}`];
}
