// A real platform for one test file: its own data folder, its own part of 127/8 and its own ports, started with `bin/fairlead up` and
// stopped at the end. Only processes that were started here are ended.

import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Operation, RoleName, Status, WriteAnswer } from "#contract";
import { claimPlace, type ClaimedPlace } from "#runtime/testing";
import { keyFilesOf, layoutOf, status } from "#server";

/** The checkout. */
export const root: string = dirname(dirname(import.meta.dirname));

/** How long a start may take that does not end by itself, in milliseconds: roles that do not serve end it after two minutes. */
const readyLimitMs = 200_000;

/** How long a change may take, in milliseconds. */
const changeLimitMs = 120_000;

/** How long a role may be too busy to tell control what it is asked, in milliseconds. */
const busyLimitMs = 60_000;

/** What a command printed and how it ended. */
export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A platform that runs. */
export interface Platform {
  readonly data: string;
  /** The second number of its addresses, in place of 53. */
  readonly network: number;
  /** Moves a port of the local profile to where it is here. */
  port(port: number): number;
  /** Moves an address 127.53.x.y to where it is here. */
  address(address: string): string;
  /** Environment that makes commands speak to this platform. */
  readonly environment: NodeJS.ProcessEnv;
  /** Runs a command line of Fairlead's. */
  fairlead(...words: string[]): Ran;
  /** The same with other variables in its environment. */
  fairleadWith(environment: NodeJS.ProcessEnv, ...words: string[]): Ran;
  /** Runs one that must succeed, and reads what it prints with --json. */
  json<T>(...words: string[]): T;
  /** The API key. */
  key(): string;
  /** What a role counts: asked for until it tells, since a status is there without the counters of one that is busy. */
  counters(role: RoleName): Readonly<Record<string, number>>;
  /**
   * Sends a request to the API, which must be served, without holding up this process: its own clients go on. What a role is too busy to tell is asked
   * for again.
   */
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** Makes a change through the API and waits for the end of its operation. */
  change(method: string, path: string, body?: unknown): Promise<Operation>;
  /** The same for one that must succeed. */
  succeed(method: string, path: string, body?: unknown): Promise<void>;
  /** The supervisor. */
  readonly supervisor: ChildProcess;
  /** All that the supervisor printed so far. */
  log(): string;
  /** Stops it as Ctrl-C does, and waits for it. */
  stop(): Promise<void>;
  /** Starts it again on the same data folder. */
  start(): Promise<void>;
  /** Stops it and removes its data folder. */
  remove(): Promise<void>;
}

/** The first API key of the platform on a data folder, where the supervisor says it lies. */
export function firstKeyOf(data: string): string {
  const { key } = JSON.parse(readFileSync(join(data, "run", "platform.json"), "utf8")) as { key: string };
  return readFileSync(key, "utf8").trim();
}

/**
 * The process of each role of a platform that is up. They are looked for until all are found: a role that is too busy to answer for a second is told as
 * stopped.
 */
export async function rolePids(data: string): Promise<Map<RoleName, number>> {
  for (const until = performance.now() + busyLimitMs; ; await wait(50)) {
    const { roles } = await status(data);
    const found = roles.flatMap(({ role, pid, state }) =>
      pid === undefined || state === "starting" ? [] : [[role, pid] as const],
    );
    if (found.length === roles.length) return new Map(found);
    if (performance.now() > until) throw new Error(`Not all roles are up: ${JSON.stringify(roles)}`);
  }
}

/** The process of one role of a platform whose roles are all up. */
export async function rolePid(data: string, role: RoleName): Promise<number> {
  const pid = (await rolePids(data)).get(role);
  if (pid === undefined) throw new Error(`There is no role ${role}`);
  return pid;
}

/** The files outside a data folder that belong to it. */
function keyFiles(data: string): string[] {
  try {
    const { firstKey, dataKey } = keyFilesOf(layoutOf(data));
    return [firstKey, dataKey];
  } catch {
    return []; // the test took the data folder away itself
  }
}

/**
 * Sends one request on a connection of its own: one that was kept could be closed by the server in the moment in which the next request
 * leaves, and who sends a change cannot know whether it arrived.
 */
function send(
  method: string,
  url: string,
  key: string,
  body: unknown,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const asked = request(url, { method, headers, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.once("error", reject).once("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    asked.once("error", reject).end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Starts a platform and waits until it says that it is ready. Throws with all that it printed where it does not. */
export async function startPlatform(
  options: {
    example?: boolean;
    data?: string;
    /** In place of the checkout's. */
    program?: string;
    /** What the platform and its commands have in their environment beside what this process has. */
    environment?: Readonly<Record<string, string>>;
    /** Further words of `fairlead up`. */
    words?: readonly string[];
  } = {},
): Promise<Platform> {
  const program = options.program ?? join(root, "bin", "fairlead");
  const data = options.data ?? mkdtempSync(join(tmpdir(), "fl-"));
  let place: ClaimedPlace = await claimPlace();
  let supervisor: ChildProcess;
  let printed = "";
  const environment = { ...process.env, ...options.environment, FAIRLEAD_DATA: data };
  const fairlead = (...words: string[]): Ran => fairleadWith({}, ...words);
  const fairleadWith = (further: NodeJS.ProcessEnv, ...words: string[]): Ran => {
    const { status, stdout, stderr } = spawnSync(program, words, {
      env: { ...environment, ...further },
      encoding: "utf8",
      timeout: 180_000,
    });
    return { status, stdout, stderr };
  };
  const json = <T>(...words: string[]): T => {
    const ran = fairlead(...words, "--json");
    if (ran.status !== 0)
      throw new Error(`fairlead ${words.join(" ")} ended with ${ran.status}:\n${ran.stderr}${ran.stdout}`);
    return JSON.parse(ran.stdout) as T;
  };
  const start = async (): Promise<void> => {
    printed = "";
    const words = [
      "up",
      "--network",
      `127.${place.network}`,
      "--port-offset",
      String(place.portOffset),
      ...(options.example ? ["--example"] : []),
      ...(options.words ?? []),
    ];
    supervisor = spawn(program, words, {
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    supervisor.stdout?.setEncoding("utf8").on("data", (text: string) => (printed += text));
    supervisor.stderr?.setEncoding("utf8").on("data", (text: string) => (printed += text));
    await new Promise<void>((resolve, reject) => {
      const deadline = setTimeout(
        () => reject(new Error(`The platform is not ready after ${readyLimitMs} ms:\n${printed}`)),
        readyLimitMs,
      );
      const look = (): void => {
        if (!/^Ready\b/m.test(printed)) return;
        clearTimeout(deadline);
        resolve();
      };
      supervisor.stdout?.on("data", look);
      supervisor.once("exit", (code) => {
        clearTimeout(deadline);
        reject(new Error(`The platform ended with ${code}:\n${printed}`));
      });
    });
  };
  const stop = async (): Promise<void> => {
    if (supervisor.exitCode !== null || supervisor.signalCode !== null) return;
    const ended = new Promise((resolve) => supervisor.once("exit", resolve));
    supervisor.kill("SIGINT");
    await ended;
  };
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const url = `http://127.0.0.1:${7700 + place.portOffset}${path}`;
    for (const until = performance.now() + busyLimitMs; ; await wait(200)) {
      const { status, text } = await send(method, url, firstKeyOf(data), body);
      if (status >= 200 && status <= 299) return JSON.parse(text) as T;
      const isBusy = method === "GET" && text.includes('"code":"role-unreachable"');
      if (!isBusy || performance.now() > until) throw new Error(`${method} ${path}: ${text}`);
    }
  };
  const change = async (method: string, path: string, body?: unknown): Promise<Operation> => {
    const { operation } = await call<WriteAnswer>(method, path, body);
    for (const until = performance.now() + changeLimitMs; performance.now() < until; await wait(50)) {
      const now = await call<Operation>("GET", `/v1/operations/${operation?.id}`);
      if (now.isTerminal) return now;
    }
    throw new Error(`${method} ${path} does not end`);
  };
  const succeed = async (method: string, path: string, body?: unknown): Promise<void> => {
    const { status, operationDetails } = await change(method, path, body);
    if (status !== "Succeeded") throw new Error(`${method} ${path}: ${status}: ${operationDetails}`);
  };
  for (let attempt = 1; ; attempt++) {
    try {
      await start();
      break;
    } catch (error) {
      await stop();
      // Somebody else's port: another place is as good.
      if (attempt < 5 && String(error).includes("(port-in-use)")) {
        const left = place;
        place = await claimPlace();
        left.release();
        continue;
      }
      place.release();
      for (const file of keyFiles(data)) rmSync(file, { force: true });
      if (options.data === undefined) rmSync(data, { recursive: true, force: true });
      throw error;
    }
  }
  return {
    data,
    get network() {
      return place.network;
    },
    port: (port) => port + place.portOffset,
    address: (address) => address.replace(/^127\.53\./, `127.${place.network}.`),
    environment,
    fairlead,
    fairleadWith,
    json,
    counters(role) {
      for (const until = performance.now() + busyLimitMs; performance.now() < until;) {
        const { counters = {} } = json<Status>("status").roles.find((one) => one.role === role) ?? {};
        if (Object.keys(counters).length > 0) return counters;
      }
      throw new Error(`Role ${role} does not tell what it counts`);
    },
    key: () => firstKeyOf(data),
    call,
    change,
    succeed,
    get supervisor() {
      return supervisor;
    },
    log: () => printed,
    stop,
    start,
    async remove() {
      await stop();
      place.release();
      for (const file of keyFiles(data)) rmSync(file, { force: true });
      if (options.data === undefined) rmSync(data, { recursive: true, force: true });
    },
  };
}

/** Runs a foreign program and gives what it printed. Throws where it cannot be run. */
export function run(
  program: string,
  words: readonly string[],
  options: { input?: string; timeoutMs?: number } = {},
): Ran {
  const { status, stdout, stderr, error } = spawnSync(program, words, {
    encoding: "utf8",
    timeout: options.timeoutMs ?? 180_000,
    ...(options.input === undefined ? {} : { input: options.input }),
  });
  if (error) throw new Error(`Cannot run ${program}: ${error.message}`, { cause: error });
  return { status, stdout, stderr };
}

/** Runs a foreign program to its end without holding up this process: its own servers answer, other clients go on. */
export function runAside(program: string, words: readonly string[]): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.once("error", reject);
    child.once("close", (status) => resolve({ status, stdout, stderr }));
  });
}

/** A web server within this process that answers everything with one page. @returns it, and its port on 127.0.0.1 */
export async function servePage(page: string): Promise<{ server: Server; port: number }> {
  const server = createServer((_request, response) => response.end(page));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, port: (server.address() as AddressInfo).port };
}
