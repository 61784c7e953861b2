// Commands for tags: words that people put on resources, for themselves.

import { PlatformError, taggedType, type Tag, type TaggedType } from "#contract";
import type { Arguments, Command, Values } from "./command.ts";
import { write, writeArguments } from "./write-command.ts";

const typeArgument: Arguments = {
  type: {
    type: "string",
    valueHint: "TYPE",
    description: `where several things have the name: ${taggedType.options.join(", ")}`,
  },
};

function typeOf(values: Values): { resourceType?: TaggedType } {
  const text = values["type"];
  if (text === undefined) return {};
  const read = taggedType.safeParse(text);
  if (read.success) return { resourceType: read.data };
  throw new PlatformError(
    "usage",
    `Cannot use type "${String(text)}": expected one of ${taggedType.options.join(", ")}`,
  );
}

export const tagSet: Command = {
  description: "Put tags on a resource, a zone, a certificate or an alarm",
  args: {
    name: { type: "positional", description: "what to tag" },
    ...typeArgument,
    ...writeArguments,
  },
  rest: "values",
  examples: ["fairlead tag set web stage=test team", "fairlead tag set mine.test owner=ada --plan"],
  async run(values, context, rest) {
    if (rest.length === 0)
      throw new PlatformError("usage", "Cannot set tags: expected at least one, such as stage=test");
    const tags = rest.map((word): Tag => {
      const at = word.indexOf("=");
      return at < 0 ? { key: word, value: "" } : { key: word.slice(0, at), value: word.slice(at + 1) };
    });
    const body = { ...typeOf(values), resourceName: String(values["name"]), tags };
    await write(context, values, "POST", "/v1/tags", body);
  },
};

export const tagRemove: Command = {
  description: "Take tags away by their keys",
  args: {
    name: { type: "positional", description: "what has them" },
    ...typeArgument,
    ...writeArguments,
  },
  rest: "values",
  examples: ["fairlead tag remove web stage team"],
  async run(values, context, rest) {
    if (rest.length === 0)
      throw new PlatformError("usage", "Cannot take tags away: expected at least one key, such as stage");
    const body = { ...typeOf(values), resourceName: String(values["name"]), tagKeys: [...rest] };
    await write(context, values, "POST", "/v1/tags/remove", body);
  },
};

export const tagList: Command = {
  description: "List the tags of everything that has some",
  args: {},
  examples: ["fairlead tag list"],
  async run(_values, context) {
    const { resources } = (await context.api().request("GET", "/v1/tags")) as {
      resources: { resourceType: string; resourceName: string; tags: Tag[] }[];
    };
    context.output.data(resources);
    context.output.table(
      ["TYPE", "NAME", "TAGS"],
      resources.map(({ resourceType, resourceName, tags }) => [
        resourceType,
        resourceName,
        tags.map(({ key, value }) => (value === "" ? key : `${key}=${value}`)).join(" "),
      ]),
    );
  },
};
