// The API's description of itself, held against the routes there are: each one is described, nothing else is, and every reference and
// parameter in it has what it stands for. That answers are as described, `TestApi` looks at in every test.

import { beforeEach, expect, test } from "vitest";
import { TestApi } from "./testing.ts";

const api = new TestApi();
beforeEach(api.start);

interface Operation {
  readonly summary?: string;
  readonly security?: readonly Record<string, unknown>[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
  }[];
  readonly responses: Readonly<Record<string, { readonly description?: string; readonly content?: object }>>;
}
interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const read = (): Promise<Document> => api.json<Document>("GET", "/v1/openapi.json");

const operationsOf = ({ paths }: Document): [route: string, operation: Operation][] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  );

test("every route is described, and everything described is a route", async () => {
  const described = operationsOf(await read()).map(([route]) => route);
  const routes = api.control.app.routes
    .filter(({ method }) => method !== "ALL") // what stands in front of all of them
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
  expect(described.sort()).toEqual([...new Set(routes)].sort());
  expect(described.length).toBeGreaterThan(25);
});

/** How one comes by a session. */
const isOpen = (route: string): boolean => /^POST \/v1\/session(?:\/code)?$/.test(route);

test("every operation has a summary, wants the key, declares its path's parameters and what it answers", async () => {
  const wrong = operationsOf(await read()).flatMap(([route, operation]) => {
    const { summary, security, parameters = [], responses } = operation;
    const inPath = [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const declared = parameters.filter((parameter) => parameter.in === "path");
    return [
      ...(summary ? [] : [`${route}: summary`]),
      ...(JSON.stringify(security) === (isOpen(route) ? "[]" : '[{"key":[]}]') ? [] : [`${route}: security`]),
      ...(declared.map(({ name }) => name).join() === inPath.join() ? [] : [`${route}: path parameters`]),
      ...(declared.every(({ required }) => required === true) ? [] : [`${route}: optional path parameter`]),
      ...(responses["200"]?.content && responses["200"].description ? [] : [`${route}: answer`]),
      ...(responses["default"]?.content ? [] : [`${route}: refusal`]),
    ];
  });
  expect(wrong).toEqual([]);
});

test("every reference in the description leads to something, and everything it defines is used", async () => {
  const document = await read();
  expect(document.openapi).toBe("3.1.0");
  const text = JSON.stringify(document);
  const references = new Set([...text.matchAll(/"\$ref":"#\/([^"]*)"/g)].map(([, path]) => path ?? ""));
  const lookUp = (path: string): unknown =>
    path
      .split("/")
      .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], document);
  expect([...references].filter((path) => lookUp(path) === undefined)).toEqual([]);
  const defined = Object.keys(lookUp("components/schemas") ?? {}).map((name) => `components/schemas/${name}`);
  expect(defined.filter((path) => !references.has(path))).toEqual([]);
});
