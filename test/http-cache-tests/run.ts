// Runs the package `http-cache-tests` through a cache: its origin and its clients in this process, the cache between them.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { installPackages } from "../install-packages.ts";

const folder = import.meta.dirname;
const suite = join(folder, "node_modules", "http-cache-tests");

/** One test of the suite, as far as it is of interest here. */
export interface CacheTest {
  readonly id: string;
  readonly name: string;
  /** `required`, `optimal` or `check`: what just shows what a cache does. */
  readonly kind: "required" | "optimal" | "check";
  /** Those that must pass for this one to mean something. */
  readonly dependsOn: readonly string[];
}

/** What came of a test: `true`, or the kind of failure and a sentence. */
export type CacheResult = true | readonly [string, string];

interface RawTest {
  readonly id: string;
  readonly name: string;
  readonly kind?: "optimal" | "check";
  readonly depends_on?: readonly string[];
  readonly browser_only?: boolean;
  dump?: boolean;
}

type Handler = (segments: string[], request: IncomingMessage, response: ServerResponse) => void;

async function load<T>(path: string): Promise<T> {
  return (await import(pathToFileURL(join(suite, path)).href)) as T;
}

/** Installs the suite where it is not there yet. */
export function installSuite(): void {
  installPackages(folder);
}

/** The suite's origin on a free port of loopback. */
export async function startOrigin(): Promise<{ readonly port: number; readonly stop: () => Promise<void> }> {
  const handlers: Record<string, Handler> = {};
  for (const name of ["config", "test", "state"])
    handlers[name] = (await load<{ default: Handler }>(`server/handle-${name}.mjs`)).default;
  const server: Server = createServer((request, response) => {
    const [, first = "", ...segments] = new URL(request.url ?? "/", "http://localhost").pathname.split("/");
    const handler = handlers[first];
    if (handler) handler(segments, request, response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * Runs all tests for caches that are shared.
 * @param base  of the cache, without a slash at its end
 * @param only  ids of those that are run; empty: all
 */
export async function runSuite(
  base: string,
  only: readonly string[] = [],
): Promise<{ readonly tests: readonly CacheTest[]; readonly results: Record<string, CacheResult> }> {
  const suites = [
    ...(await load<{ default: { tests: RawTest[] }[] }>("tests/index.mjs")).default,
    (await load<{ default: { tests: RawTest[] } }>("tests/surrogate-control.mjs")).default,
  ];
  const { runTests, getResults } = await load<{
    runTests: (
      tests: unknown,
      fetch: unknown,
      isBrowser: boolean,
      base: string,
      atOnce: number,
    ) => Promise<void>;
    getResults: () => Record<string, CacheResult>;
  }>("client/runner.mjs");
  const { default: fetch } = await load<{ default: unknown }>("../node-fetch/lib/index.js");
  const chosen = suites.map((part) => ({
    ...part,
    tests: part.tests.filter(({ id }) => only.length === 0 || only.includes(id)),
  }));
  if (only.length > 0) for (const part of chosen) for (const test of part.tests) test.dump = true;
  await runTests(chosen, fetch, false, base, 100);
  const tests = chosen.flatMap((part) =>
    part.tests
      .filter((test) => test.browser_only !== true)
      .map(({ id, name, kind, depends_on: dependsOn = [] }): CacheTest => ({
        id,
        name,
        kind: kind ?? "required",
        dependsOn,
      })),
  );
  return { tests, results: getResults() };
}
