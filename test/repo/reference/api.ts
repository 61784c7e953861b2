// docs/reference/api.md from the API's own description of itself (/v1/openapi.json), which a unit test holds against its routes.

import { controlSchema, createControl } from "#control";
import { testConfig, testHost, testKey } from "#control/testing";
import { createMemoryStore } from "#store";
import { withComments } from "./contract-comments.ts";
import { cell, fieldTable, kindOf, type JsonSchema } from "./schema-table.ts";

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: JsonSchema }>>;
  readonly description?: string;
}
interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly description?: string;
    readonly schema?: JsonSchema;
  }[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

async function describe(): Promise<Description> {
  const control = createControl({
    ...testHost(),
    store: createMemoryStore(controlSchema),
    config: testConfig,
  });
  await control.start();
  try {
    const request = new Request("http://127.0.0.1:7700/v1/openapi.json", {
      headers: { host: "127.0.0.1:7700", authorization: `Bearer ${testKey}` },
    });
    return (await (await control.fetch(request)).json()) as Description;
  } finally {
    await control.close();
  }
}

/** What of a path is its area: `/v1/zones/{zone}/rrsets` is of zones. */
const areaOf = (path: string): string => path.split("/")[2]?.split("{")[0] ?? "";

function part(path: string, method: string, operation: Operation): string {
  const { summary = "", description, parameters = [], requestBody, responses } = operation;
  const lines = [
    `### ${method.toUpperCase()} ${path}`,
    "",
    `${summary}.${description === undefined ? "" : ` ${description}`}`,
    "",
  ];
  if (parameters.length > 0) {
    lines.push("| parameter | in | holds | |", "|---|---|---|---|");
    for (const { name, in: place, required, schema = {}, description: about = "" } of parameters)
      lines.push(
        `| \`${name}\` | ${place} | ${cell(kindOf(schema))}${required === true ? "" : ", optional"} | ${cell(about)} |`,
      );
    lines.push("");
  }
  for (const [type, { schema }] of Object.entries(requestBody?.content ?? {})) {
    if (!schema) lines.push(`Sends \`${type}\`.`, "");
    else if (schema.properties) lines.push(`Sends \`${type}\`:`, "", fieldTable(schema));
    else lines.push(`Sends \`${type}\`: ${kindOf(schema)}`, "");
  }
  for (const [type, { schema }] of Object.entries(responses["200"]?.content ?? {})) {
    const told = responses["200"]?.description ?? "";
    if (schema?.properties) lines.push(`Answers \`${type}\`: ${told}`, "", fieldTable(schema));
    else lines.push(`Answers \`${type}\`: ${schema ? kindOf(schema) : told}`, "");
  }
  return lines.join("\n");
}

/** The page as it should be. */
export async function apiPage(): Promise<string> {
  const { paths, components } = await describe();
  const areas = new Map<string, string[]>();
  for (const [path, methods] of Object.entries(paths))
    for (const [method, operation] of Object.entries(methods)) {
      const area = areaOf(path);
      areas.set(area, [...(areas.get(area) ?? []), part(path, method, operation)]);
    }
  const schemas = Object.entries(components.schemas)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([name, schema]) =>
        `### ${name}\n\n${schema.description === undefined ? "" : `${schema.description}\n\n`}${fieldTable(withComments(schema, name))}`,
    );
  return `# API

All that the console and the command line do goes through this API: \`http://127.0.0.1:7700/v1\`, JSON, with \`authorization: Bearer KEY\`, a request signed
with Signature Version 4, or a session of the console. Machines read the same at \`/v1/openapi.json\`, from which this page is written.

What changes something answers with the plan, the change and the operation that carries it out; the operation is followed at
\`/v1/operations/{id}\`. With \`/v1/plans\` a change is shown first, and applied as it was shown. Refusals have a code of [errors](errors.md).

\`\`\`sh
curl -s -H "authorization: Bearer $(cat "$KEY_FILE")" http://127.0.0.1:7700/v1/domains
\`\`\`

${[...areas].map(([area, parts]) => `## ${area}\n\n${parts.join("\n")}`).join("\n")}
## Schemas

${schemas.join("\n")}`;
}
