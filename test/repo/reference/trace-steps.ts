// docs/reference/trace.md from the schema of traces: the hops in their order, and what a step and a failure hold.

import { failureReport, repair, trace, traceHop, traceStep, type TraceHop } from "#contract";
import { z } from "zod";
import { withComments } from "./contract-comments.ts";
import { fieldTable, type JsonSchema } from "./schema-table.ts";

const about: Readonly<Record<TraceHop, string>> = {
  browser: "The visitor: what was opened, and what came of it.",
  resolver: "The platform's resolver: what it was asked, whether it knew, and what it answered.",
  root: "A root server, where the resolver had to ask one: the delegation of the top-level domain.",
  tld: "A server of the top-level domain: the delegation of the zone to its four name servers.",
  "name-servers":
    "The name server of the zone that was asked, and the others, which the trace asks the same beside it.",
  record: "The records that answered: addresses, and where they are from.",
  address: "The edge's address that was connected to.",
  tls: "The handshake: version, cipher, certificate and its chain. For https only.",
  edge: "The route: which resource the request is for, and whether its address or its host decided.",
  cache: "Hit or miss, under which key, how old, and why. For distributions only.",
  resource: "The target that was asked and why it, what was tried before, and what it answered.",
  page: "The response as the visitor saw it.",
};

/** A schema of the contract with what its source says of it. */
function described(schema: z.ZodType, name: string): JsonSchema {
  const whole = z.toJSONSchema(schema, { unrepresentable: "any" }) as JsonSchema;
  const own = whole.$ref === undefined ? whole : (whole.$defs?.[whole.$ref.split("/").at(-1) ?? ""] ?? whole);
  return withComments(own, name);
}

/** A schema whose fields hold another one that has a heading of its own. */
function withLink(schema: JsonSchema, field: string, title: string): JsonSchema {
  const { type, description } = schema.properties?.[field] ?? {};
  const link = { $ref: title, ...(description === undefined ? {} : { description }) };
  return {
    ...schema,
    properties: {
      ...schema.properties,
      [field]:
        type === "array"
          ? { type, items: { $ref: title }, ...(description === undefined ? {} : { description }) }
          : link,
    },
  };
}

/** The page as it should be. */
export function tracePage(): string {
  const whole = withLink(withLink(described(trace, "trace"), "steps", "Step"), "failure", "Failure");
  const failure = withLink(described(failureReport, "failureReport"), "repair", "Repair");
  const text = `# Trace

A trace is one visit, told by the processes that served it: \`fairlead trace URL\`, \`POST /v1/traces\`, or the trace map of the console. With
\`--fresh\` the resolver passes its cache by, and goes from the root down. The id travels in an EDNS option on DNS queries and in a header field on
the request. Written from the schemas in \`src/contract/trace.ts\`.

## Hops

A visit comes by these, in this order. What was not needed is left out: a resolver that knows the answer asks no root.

| hop | what it is |
|---|---|
${traceHop.options.map((hop) => `| \`${hop}\` | ${about[hop]} |`).join("\n")}

## A trace

${fieldTable(whole)}
## Step

${fieldTable(described(traceStep, "traceStep"))}
## Failure

What failed, at which hop, on what evidence, and what mends it. A trace has one where the page did not come; refusals of the API and
operations have the same shape.

${fieldTable(failure)}
### Repair

${fieldTable(withLink(described(repair, "repair"), "command", "api.md#Command"))}`;
  // Schemas that have no heading here have one among those of the API.
  const own = new Set(
    [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) => title.toLowerCase().replaceAll(" ", "-")),
  );
  return text.replaceAll(/\]\(#([\w-]+)\)/g, (link, anchor: string) =>
    own.has(anchor) ? link : `](api.md#${anchor})`,
  );
}
