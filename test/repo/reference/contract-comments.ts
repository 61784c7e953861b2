// What the source of src/contract says of the fields of its schemas, for the pages that are written from these: a comment stands before the
// field that it is of.

import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { JsonSchema } from "./schema-table.ts";

const root = dirname(dirname(dirname(import.meta.dirname)));

/** Comments by field, of each schema by its own name in lower case. */
const comments = new Map<string, ReadonlyMap<string, string>>();
for (const file of globSync("src/contract/*.ts", { cwd: root }).sort()) {
  const parts = readFileSync(join(root, file), "utf8").split(
    /^(?=export const |const |export type |\/\*\* )/m,
  );
  for (const part of parts) {
    const name = /^(?:export )?const (\w+) = z/.exec(part)?.[1];
    if (name === undefined) continue;
    const id = /\.meta\(\{ id: "(\w+)" \}\)/.exec(part)?.[1];
    for (const key of [name, id ?? name]) comments.set(key.toLowerCase(), commentsIn(part));
  }
}

/** Those of the outermost fields: what lies deeper may have the same names. */
function commentsIn(part: string): ReadonlyMap<string, string> {
  const found = [...part.matchAll(/^( *)\/\*\* ((?:(?!\*\/)[^])*) \*\/\n\1(\w+):/gm)];
  const outermost = Math.min(...found.map(([, indent = ""]) => indent.length));
  return new Map(
    found
      .filter(([, indent = ""]) => indent.length === outermost)
      .map(([, , comment = "", field = ""]) => [field, comment.replaceAll(/\s*\n\s*\* ?/g, " ")]),
  );
}

/** A schema with what its source says of its fields. @param name  the constant's, or the id that it has in the API's description */
export function withComments(schema: JsonSchema, name: string): JsonSchema {
  const own = comments.get(name.toLowerCase());
  if (!own || !schema.properties) return schema;
  return {
    ...schema,
    properties: Object.fromEntries(
      Object.entries(schema.properties).map(([field, value]) => {
        const description = value.description ?? own.get(field);
        return [field, description === undefined ? value : { ...value, description }];
      }),
    ),
  };
}
