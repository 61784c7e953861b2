// Commands for names at and below which the resolver validates nothing for a while.

import type { NegativeAnchorList } from "#contract";
import type { Command } from "./command.ts";
import { formatTime } from "./format-time.ts";
import { readDomainName, readSeconds } from "./read-values.ts";
import { write, writeArguments } from "./write-command.ts";

export const negativeAnchors: Command = {
  description:
    "List the resolver's negative trust anchors: names at and below which it validates nothing for a while",
  args: {},
  examples: ["fairlead negative-anchors"],
  async run(_, context) {
    const list = (await context.api().request("GET", "/v1/negative-anchors")) as NegativeAnchorList;
    context.output.data(list.negativeAnchors);
    context.output.table(
      ["NAME", "UNTIL", "LAST LOOK", "REASON"],
      list.negativeAnchors.map(({ name, until, reason, isForced, lastLook }) => [
        name,
        formatTime(until),
        isForced === true ? "forced" : (lastLook?.text ?? "-"),
        reason ?? "-",
      ]),
    );
  },
};

export const negativeAnchorsSet: Command = {
  description:
    "Have the resolver validate nothing at and below a name for a while, where what others sign there is broken (RFC 7646)",
  args: {
    name: { type: "positional", description: "the name" },
    for: { type: "string", valueHint: "TIME", description: "how long, at most a week (1d)" },
    reason: { type: "string", valueHint: "TEXT", description: "why, for whoever finds it later" },
    force: {
      type: "boolean",
      description: "keep it for all of that time, also where the name validates again",
    },
    ...writeArguments,
  },
  examples: ['fairlead negative-anchors set broken.test --for 6h --reason "its signatures have run out"'],
  async run(values, context) {
    const { for: time, reason } = values;
    await write(context, values, "PUT", "/v1/negative-anchors", {
      name: readDomainName(String(values["name"])),
      ...(typeof time === "string" ? { seconds: readSeconds("--for", time) } : {}),
      ...(typeof reason === "string" ? { reason } : {}),
      ...(values["force"] === true ? { force: true } : {}),
    });
  },
};

export const negativeAnchorsDelete: Command = {
  description: "Have the resolver validate again at and below a name",
  args: { name: { type: "positional", description: "the name" }, ...writeArguments },
  examples: ["fairlead negative-anchors delete broken.test"],
  async run(values, context) {
    const name = encodeURIComponent(readDomainName(String(values["name"])));
    await write(context, values, "DELETE", `/v1/negative-anchors/${name}`);
  },
};
