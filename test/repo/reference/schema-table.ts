// JSON schemas as tables of fields: name, what it holds, and what it is for. Objects within objects are written with a dot, those that
// have a name of their own by that name.

/** A JSON schema, as far as ours go. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly id?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly default?: unknown;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
}

/** How deep objects within objects are written out. */
const maxDepth = 3;
/** Largest numbers that stand for no bound. */
const unbounded = new Set([Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]);

/** Text that stays in its cell. */
export function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll(/\s*\n\s*/g, " ");
}

/** The name that a reference leads to, as a link to its heading. */
function link(ref: string): string {
  const [page = "", name = page] = (ref.split("/").at(-1) ?? ref).split("#");
  return `[${name}](${name === page ? "" : page}#${name.toLowerCase()})`;
}

/** What a value is, in words. */
export function kindOf(schema: JsonSchema): string {
  const { $ref, type, items, anyOf, oneOf, allOf, additionalProperties } = schema;
  if ($ref !== undefined) return link($ref);
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(" or ");
  const choices = anyOf ?? oneOf;
  if (choices) return [...new Set(choices.map(kindOf))].join(" or ");
  if (allOf) return [...new Set(allOf.map(kindOf))].join(" and ");
  if (Array.isArray(type)) return type.join(" or ");
  if (type === "array") {
    const of = items ? kindOf(items) : "anything";
    return `list of ${of}${schema.maxItems === undefined ? "" : `, at most ${schema.maxItems}`}`;
  }
  if (type === "object" && typeof additionalProperties === "object" && !schema.properties)
    return `object by name, of ${kindOf(additionalProperties)}`;
  if (typeof type !== "string") return "anything";
  return `${type}${bounds(schema)}`;
}

function bounds({ minimum, maximum, minLength, maxLength, format }: JsonSchema): string {
  const parts: string[] = [];
  const low = minimum === undefined || unbounded.has(minimum) ? undefined : minimum;
  const high = maximum === undefined || unbounded.has(maximum) ? undefined : maximum;
  if (low !== undefined && high !== undefined) parts.push(`${low} to ${high}`);
  else if (low !== undefined) parts.push(`from ${low}`);
  else if (high !== undefined) parts.push(`to ${high}`);
  if (minLength !== undefined && minLength > 0 && maxLength !== undefined)
    parts.push(`${minLength} to ${maxLength} characters`);
  else if (maxLength !== undefined) parts.push(`at most ${maxLength} characters`);
  if (format !== undefined) parts.push(format);
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

interface Row {
  readonly name: string;
  readonly kind: string;
  readonly about: string;
}

function* rowsOf(schema: JsonSchema, prefix: string, depth: number): Generator<Row> {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const isOptional = schema.required?.includes(name) !== true;
    const inner = field.type === "array" ? field.items : field;
    const whole = `${prefix}${name}`;
    const isOpen = inner?.properties !== undefined && inner.$ref === undefined && depth < maxDepth;
    yield {
      name: whole,
      kind: `${isOpen ? (field.type === "array" ? "list of objects" : "object") : kindOf(field)}${isOptional ? ", optional" : ""}${field.default === undefined ? "" : `, ${JSON.stringify(field.default)} where absent`}`,
      about: field.description ?? "",
    };
    if (isOpen) yield* rowsOf(inner, `${whole}${field.type === "array" ? "[]" : ""}.`, depth + 1);
  }
}

/** A heading of what tells an alternative from the others: its first field that can have one value only. */
function titleOf({ properties = {} }: JsonSchema): string {
  const told = Object.values(properties).find((field) => typeof field.const === "string")?.const;
  return typeof told === "string" ? `#### ${told}\n\n` : "";
}

/** The fields of an object as a table; what else it is in a sentence. */
export function fieldTable(schema: JsonSchema): string {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices && choices.every((one) => one.properties))
    return `One of these.\n\n${choices.map((one) => `${titleOf(one)}${fieldTable(one)}`).join("\n")}`;
  const rows = [...rowsOf(schema, "", 0)];
  if (rows.length === 0) return `${kindOf(schema)}\n`;
  const hasAbout = rows.some(({ about }) => about !== "");
  return `| field | holds |${hasAbout ? " |" : ""}\n|---|---|${hasAbout ? "---|" : ""}\n${rows
    .map(({ name, kind, about }) => `| \`${name}\` | ${cell(kind)} |${hasAbout ? ` ${cell(about)} |` : ""}`)
    .join("\n")}\n`;
}
