// The model of a service that is spoken to in AWS JSON 1.1, and values held against it: what a request must be before anything looks at
// it, and what a response must be for clients that were made from the same model.
//
// A shape is one line of the table: `structure name*:Shape other:Shape` (a star: required), `list Shape 1..10`, `map Key Value`,
// `enum a b`, and `string`, `integer`, `long`, `float`, `double`, `boolean`, `timestamp` with a range and a pattern: `string 1..63 /^[a-z]+$`.

/** A service as its generated table describes it. */
export interface ServiceModel {
  /** What the field X-Amz-Target begins with, before the dot. */
  readonly targetPrefix: string;
  /** The service's name in signatures. */
  readonly signingName: string;
  /** By name: the shapes of request and result, then the errors, parted by blanks. */
  readonly operations: Readonly<Record<string, string>>;
  /** Operations that the service has and the table does not describe. */
  readonly undescribed: readonly string[];
  readonly shapes: Readonly<Record<string, string>>;
}

/** An operation of a model. */
export interface OperationModel {
  readonly input: string;
  readonly output: string;
  /** Names of the errors that its clients know. */
  readonly errors: readonly string[];
}

/** What came of holding a value against a shape. */
export type Checked =
  | { readonly ok: true; readonly value: unknown }
  /** `member` is the way to what is wrong: `domainEntry.name`, empty for the value itself. */
  | { readonly ok: false; readonly member: string; readonly reason: string };

interface Member {
  readonly name: string;
  readonly shape: string;
  readonly isRequired: boolean;
}

type Shape =
  | { readonly type: "structure"; readonly members: readonly Member[] }
  | { readonly type: "list"; readonly member: string; readonly min: number; readonly max: number }
  | { readonly type: "map"; readonly key: string; readonly value: string }
  | { readonly type: "enum"; readonly values: readonly string[] }
  | {
      readonly type: "string" | "integer" | "long" | "float" | "double" | "boolean" | "timestamp";
      readonly min: number;
      readonly max: number;
      readonly pattern?: RegExp;
    };

/** Longest text that a pattern is tried on: what patterns are for is shorter, and their time grows with it. */
const maxPatternLength = 4096;
/** Most values of an enum that a refusal lists. */
const maxListed = 12;

const shapes: WeakMap<ServiceModel, Map<string, Shape>> = new WeakMap();

/** The operation of a name; undefined where the model describes none. */
export function operationOf(model: ServiceModel, name: string): OperationModel | undefined {
  const line = Object.hasOwn(model.operations, name) ? model.operations[name] : undefined;
  if (line === undefined) return undefined;
  const [input = "", output = "", ...errors] = line.split(" ");
  return { input, output, errors };
}

/**
 * Holds a request against a shape. Members that the shape has not are left out, and null counts as absent.
 * @param value  as JSON gives it
 */
export function checkRequest(model: ServiceModel, shape: string, value: unknown): Checked {
  return new Check(model, false).value(shape, value, "");
}

/** Holds a response against a shape: a member that the shape has not is wrong too, and limits of texts are not looked at. */
export function checkResponse(model: ServiceModel, shape: string, value: unknown): Checked {
  return new Check(model, true).value(shape, value, "");
}

class Check {
  readonly #model: ServiceModel;
  readonly #isResponse: boolean;

  constructor(model: ServiceModel, isResponse: boolean) {
    this.#model = model;
    this.#isResponse = isResponse;
  }

  value(name: string, value: unknown, at: string): Checked {
    const shape = shapeOf(this.#model, name);
    switch (shape.type) {
      case "structure":
        return this.#structure(shape.members, value, at);
      case "list":
        return this.#list(shape, value, at);
      case "map":
        return this.#map(shape, value, at);
      case "enum":
        if (typeof value === "string" && shape.values.includes(value)) return good(value);
        // Guides write `protocol=TCP` where the model has `tcp`, and the service takes it.
        if (typeof value === "string" && !this.#isResponse) {
          const word = value.toLowerCase();
          const same = shape.values.filter((one) => one.toLowerCase() === word);
          if (same.length === 1) return good(same[0]);
        }
        return wrong(at, `expected ${listed(shape.values)}`);
      case "boolean":
        return typeof value === "boolean" ? good(value) : wrong(at, "expected true or false");
      case "string":
        return this.#text(shape, value, at);
      case "integer":
      case "long":
      case "float":
      case "double":
      case "timestamp":
        return number(shape, value, at);
    }
  }

  #structure(members: readonly Member[], value: unknown, at: string): Checked {
    if (!isObject(value)) return wrong(at, "expected an object");
    const result: Record<string, unknown> = {};
    for (const { name, shape, isRequired } of members) {
      const given = Object.hasOwn(value, name) ? value[name] : undefined;
      const path = at === "" ? name : `${at}.${name}`;
      if (given === undefined || (given === null && !this.#isResponse)) {
        if (isRequired) return wrong(path, "it is required");
        continue;
      }
      const checked = this.value(shape, given, path);
      if (!checked.ok) return checked;
      result[name] = checked.value;
    }
    const unknown = this.#isResponse
      ? Object.keys(value).find((key) => !members.some(({ name }) => name === key))
      : undefined;
    return unknown === undefined ? good(result) : wrong(at, `it has a member "${unknown}"`);
  }

  #list(
    { member, min, max }: { readonly member: string; readonly min: number; readonly max: number },
    value: unknown,
    at: string,
  ): Checked {
    if (!Array.isArray(value)) return wrong(at, "expected a list");
    if (value.length < min || value.length > max) return wrong(at, `expected ${range(min, max)} members`);
    const result: unknown[] = [];
    for (const [i, one] of value.entries()) {
      const checked = this.value(member, one, `${at}[${i}]`);
      if (!checked.ok) return checked;
      result.push(checked.value);
    }
    return good(result);
  }

  #map(
    { key, value: of }: { readonly key: string; readonly value: string },
    value: unknown,
    at: string,
  ): Checked {
    if (!isObject(value)) return wrong(at, "expected an object");
    const result: [string, unknown][] = [];
    for (const [name, one] of Object.entries(value)) {
      const path = `${at}["${name.slice(0, 100)}"]`;
      const named = this.value(key, name, path);
      if (!named.ok) return named;
      if (one === null && !this.#isResponse) continue;
      const checked = this.value(of, one, path);
      if (!checked.ok) return checked;
      result.push([name, checked.value]);
    }
    return good(Object.fromEntries(result));
  }

  #text(
    { min, max, pattern }: { readonly min: number; readonly max: number; readonly pattern?: RegExp },
    value: unknown,
    at: string,
  ): Checked {
    if (typeof value !== "string") return wrong(at, "expected a string");
    if (this.#isResponse) return good(value);
    if (value.length < min || value.length > max) return wrong(at, `expected ${range(min, max)} characters`);
    if (pattern && (value.length > maxPatternLength || !pattern.test(value)))
      return wrong(at, `"${value.slice(0, 100)}" does not match ${pattern.source}`);
    return good(value);
  }
}

function number(
  { type, min, max }: { readonly type: string; readonly min: number; readonly max: number },
  value: unknown,
  at: string,
): Checked {
  const isWhole = type === "integer" || type === "long";
  if (typeof value !== "number" || !Number.isFinite(value) || (isWhole && !Number.isSafeInteger(value)))
    return wrong(at, isWhole ? "expected a whole number" : "expected a number");
  if (value < min || value > max) return wrong(at, `expected ${range(min, max)}`);
  return good(value);
}

function good(value: unknown): Checked {
  return { ok: true, value };
}

function wrong(member: string, reason: string): Checked {
  return { ok: false, member, reason };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function range(min: number, max: number): string {
  if (max === Infinity) return `at least ${min}`;
  return min === 0 ? `at most ${max}` : `${min} to ${max}`;
}

function listed(values: readonly string[]): string {
  const some = values.slice(0, maxListed).join(", ");
  return values.length > maxListed ? `one of ${some}, …` : `one of ${some}`;
}

/** Reads a line of the table, once. Throws a RangeError where the table has none of that name. */
function shapeOf(model: ServiceModel, name: string): Shape {
  let known = shapes.get(model);
  if (!known) shapes.set(model, (known = new Map()));
  let shape = known.get(name);
  if (!shape) known.set(name, (shape = readShape(model, name)));
  return shape;
}

function readShape(model: ServiceModel, name: string): Shape {
  const line = model.shapes[name];
  if (line === undefined) throw new RangeError(`Cannot find shape "${name}": the model has none`);
  const [plain = "", ...rest] = line.split(" /");
  const [type = "", ...words] = plain.split(" ");
  if (type === "structure") return { type, members: words.map(readMember) };
  if (type === "map") return { type, key: words[0] ?? "", value: words[1] ?? "" };
  if (type === "enum") return { type, values: words };
  if (type === "list") return { type, member: words[0] ?? "", ...readRange(words[1], 0) };
  const pattern = rest.length === 0 ? {} : { pattern: readPattern(rest.join(" /")) };
  const limits = readRange(words[0], type === "string" ? 0 : -Infinity);
  return { type: type as "string", ...limits, ...pattern };
}

function readMember(text: string): Member {
  const [name = "", shape = ""] = text.split(":");
  return { name: name.replace("*", ""), shape, isRequired: name.endsWith("*") };
}

function readRange(text: string | undefined, least: number): { min: number; max: number } {
  const [min = "", max = ""] = (text ?? "..").split("..");
  return { min: min === "" ? least : Number(min), max: max === "" ? Infinity : Number(max) };
}

/**
 * Patterns are of the whole text where they say where it begins or ends: an alternative without that would take anything. Those that do
 * not are found anywhere in it: the names of zones are resource names too, dots and all.
 */
function readPattern(source: string): RegExp {
  const isWhole = source.startsWith("^") || source.endsWith("$") || source.startsWith("|");
  return new RegExp(isWhole ? `^(?:${source})$` : source);
}
