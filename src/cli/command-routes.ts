// The command for the picture of routes: for each name the way to what answers, how a visit that comes by it does, and what is wrong.

import type { RouteNode, RoutePicture } from "#contract";
import type { Command } from "./command.ts";
import { formatCount } from "./format-time.ts";

/** Ways of one name that are written out; the others are counted. */
const maxWays = 4;

/** Shows every name's way. */
export const routes: Command = {
  description: "Show where names lead: name, record, resource, target, and how each does",
  args: {
    name: { type: "string", valueHint: "TEXT", description: "only names that have this in them" },
    resource: {
      type: "string",
      valueHint: "NAME",
      description: "only what leads to a resource, and what lies behind it",
    },
  },
  examples: ["fairlead routes", "fairlead routes --name shop", "fairlead routes --resource web"],
  async run(values, context) {
    const { output } = context;
    const query = new URLSearchParams();
    for (const key of ["name", "resource"]) {
      const value = values[key];
      if (typeof value === "string") query.set(key, value);
    }
    const text = query.toString();
    const picture = (await context.api().request("GET", `/v1/routes${text && `?${text}`}`)) as RoutePicture;
    output.data(picture);
    const names = picture.nodes.filter(({ column }) => column === "name");
    if (names.length === 0) {
      output.line("No name leads anywhere yet: `fairlead assign NAME RESOURCE` lets one.");
      return;
    }
    output.table(
      ["NAME", "STATE", "WAY"],
      names.flatMap((name) => {
        const ways = waysFrom(picture, name);
        const shown = ways.slice(0, maxWays);
        const more = ways.length - shown.length;
        return shown.map((way, i) => [
          i === 0 ? name.title : "",
          i === 0 ? name.reach : "",
          `${way}${more > 0 && i === shown.length - 1 ? `, and ${more} more` : ""}`,
        ]);
      }),
    );
    if (picture.isCut) {
      output.line();
      output.line(`These are the worst off of ${formatCount(picture.nameCount, "name")}.`);
    }
    if (picture.problems.length === 0) return;
    output.line();
    for (const { name, text: problem } of picture.problems) output.line(`${name}: ${problem}`);
  },
};

/** The ways behind a node, each in a line. */
function waysFrom({ nodes, edges }: RoutePicture, from: RouteNode): string[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const behind = new Map<string, RouteNode[]>();
  for (const edge of edges) {
    const node = byId.get(edge.to);
    if (node) behind.set(edge.from, [...(behind.get(edge.from) ?? []), node]);
  }
  const follow = (node: RouteNode): string[] =>
    (behind.get(node.id) ?? []).flatMap((next) => {
      const here = next.state === "ok" ? next.title : `${next.title} (${next.word})`;
      const rest = follow(next);
      return rest.length === 0 ? [here] : rest.map((way) => `${here} → ${way}`);
    });
  const ways = follow(from);
  return ways.length === 0 ? ["-"] : ways;
}
