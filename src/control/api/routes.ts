// How routes are declared here: method, path, schemas of what goes in and out, and a handler. One call each, so that the OpenAPI
// document and the checks come from the same schemas.

import { createRoute, z, type OpenAPIHono } from "@hono/zod-openapi";
import { errorBody, writeAnswer, type Command } from "#contract";
import type { Context } from "hono";
import { deny, requireNoLimits, requireOperate, requireRead, requireRole } from "../access/authorise.ts";
import type { Principal } from "../access/principal.ts";
import type { ControlCore } from "../control.ts";
import type { ApiEnvironment } from "./guard.ts";

/** The application that routes are declared on. */
export type Api = OpenAPIHono<ApiEnvironment>;

/** What a handler gets: decoded and checked. */
export interface Input<Body> {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly body: Body;
}

/** Of requests that say nothing beside their path. */
export const nothing: z.ZodObject = z.strictObject({});

const refusal = {
  description: "Refused; `code` is one of docs/reference/errors.md",
  content: { "application/json": { schema: errorBody } },
};

interface RouteShape<Body extends z.ZodType, Answer extends z.ZodType> {
  readonly method: "get" | "post" | "put" | "delete";
  /** `{name}` stands for a path segment. */
  readonly path: string;
  readonly summary: string;
  readonly query?: z.ZodObject;
  readonly body?: Body;
  readonly answer: Answer;
  /**
   * Who may: what operators may where absent, and for GET everybody who reads. `read` is for requests that change nothing for all their
   * method, `command` for those that the command's own check is enough for, `anybody` for what is the asker's own, `nobody` for requests that
   * carry no key yet.
   */
  readonly access?: "read" | "command" | "anybody" | "owner" | "nobody";
}

/** Declares a route that answers JSON. */
export function declare<Body extends z.ZodType, Answer extends z.ZodType>(
  api: Api,
  shape: RouteShape<Body, Answer>,
  handle: (
    input: Input<z.output<Body>>,
    c: Context<ApiEnvironment>,
  ) => z.output<Answer> | Promise<z.output<Answer>>,
): void {
  const route = createRoute({
    method: shape.method,
    path: shape.path,
    summary: shape.summary,
    security: shape.access === "nobody" ? [] : [{ key: [] }],
    request: {
      params: paramsOf(shape.path),
      query: shape.query ?? nothing,
      ...(shape.body
        ? { body: { required: true, content: { "application/json": { schema: shape.body } } } }
        : {}),
    },
    responses: {
      200: { description: shape.summary, content: { "application/json": { schema: shape.answer } } },
      default: refusal,
    },
  });
  // The schemas above are generic here, so what the validators found is taken by its name rather than by inference.
  api.openapi(route, (async (c: Context<ApiEnvironment>) => {
    authorise(c.get("principal"), shape);
    const valid = (target: string): unknown =>
      (c.req as unknown as { valid(name: string): unknown }).valid(target);
    const input = {
      params: valid("param") as Input<unknown>["params"],
      query: valid("query") as Input<unknown>["query"],
      body: (shape.body ? valid("json") : undefined) as z.output<Body>,
    };
    return c.json((await handle(input, c)) as object, 200);
  }) as never);
}

/** What the guard could not look at: it knows no routes. */
function authorise(
  principal: Principal,
  { method, path, access }: Pick<RouteShape<never, never>, "method" | "path" | "access">,
): void {
  const what = `${method.toUpperCase()} ${path}`;
  if (access === "owner") {
    requireRole(principal, "owner", what);
    requireNoLimits(principal, what);
  } else if (access === "read") {
    requireRead(principal);
    if (principal.zones) deny(principal, what, "it is limited to zones");
  } else if (access === undefined && method !== "get") requireOperate(principal, what);
}

/** Describes a GET route that answers something else than the JSON of a schema of ours; its handler is put up apart. */
export function document(
  api: Api,
  shape: {
    readonly path: string;
    readonly summary: string;
    readonly mediaType: string;
    readonly about: string;
  },
): void {
  api.openAPIRegistry.registerPath({
    method: "get",
    path: shape.path,
    summary: shape.summary,
    security: [{ key: [] }],
    request: { params: paramsOf(shape.path) },
    responses: {
      200: { description: shape.about, content: { [shape.mediaType]: { schema: z.any() } } },
      default: refusal,
    },
  });
}

const segment = z.string().min(1).max(1020);
/** Schemas by the names in a path: there are few, and one takes longer to make than the route. */
const paramsByNames: Map<string, z.ZodObject> = new Map();

function paramsOf(path: string): z.ZodObject {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "");
  const params =
    paramsByNames.get(names.join("/")) ??
    z.strictObject(Object.fromEntries(names.map((name) => [name, segment])));
  paramsByNames.set(names.join("/"), params);
  return params;
}

/** `?plan=1` shows what would be done, and does nothing. */
const planQuery = z.strictObject({ plan: z.enum(["0", "1"]).optional() });

/** Declares a route that makes a change out of a request, or its plan with `?plan=1`. */
export function declareWrite<Body extends z.ZodType>(
  api: Api,
  core: ControlCore,
  shape: Omit<RouteShape<Body, typeof writeAnswer>, "answer" | "access">,
  toCommand: (input: Input<z.output<Body>>) => Command | Promise<Command>,
): void {
  const access = "command";
  const query = shape.query ? planQuery.extend(shape.query.shape) : planQuery;
  declare(api, { ...shape, access, query, answer: writeAnswer }, async (input, c) => {
    const by = c.get("principal");
    // What a command is made of may have to be asked for elsewhere: not for who gives no commands.
    requireRole(by, "operator", `${shape.method.toUpperCase()} ${shape.path}`);
    const command = await toCommand(input);
    return input.query["plan"] === "1" ? { plan: await core.plan(command, by) } : core.run(command, by);
  });
}

/** Lists are given in the order of their names. The list is sorted in place. */
export function byName<T extends { readonly name: string }>(list: T[]): T[] {
  return list.sort((a, b) => (a.name < b.name ? -1 : 1));
}
