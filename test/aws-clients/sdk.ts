// Two releases of the AWS SDK for JavaScript, an old and the newest, as clients of one platform: nothing but the endpoint and the key is
// given to them. Their packages are not the project's own, so they are loaded when a test asks, and typed by the little that is used.

import { createRequire } from "node:module";
import { join } from "node:path";
import { cleanEnvironment, installSdks } from "./install.ts";

/** Where a client sends its requests, and with what it signs them. */
export interface AwsPlace {
  /** Such as http://127.0.0.1:7700 */
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** us-east-1 where absent. */
  readonly region?: string;
}

/** An error as an SDK throws it. */
export interface SdkError extends Error {
  readonly $fault?: "client" | "server";
  readonly $metadata?: {
    readonly httpStatusCode?: number;
    readonly requestId?: string;
    readonly attempts?: number;
  };
}

/** A client of one service in one release. */
export interface SdkClient {
  readonly release: "old" | "new";
  /** Sends one operation's command. */
  call<T = Record<string, unknown>>(this: void, operation: string, input?: object): Promise<T>;
  /** Sends one that must fail. @returns what it threw */
  fail(operation: string, input?: object): Promise<SdkError>;
  /** Whether an error is of the class that the package exports under a name. */
  isA(error: unknown, name: string): boolean;
  /** All operations that the package knows. */
  readonly operations: readonly string[];
}

interface Sender {
  send(command: unknown): Promise<unknown>;
}
type Package = Record<string, new (...words: unknown[]) => unknown>;

/** A client of the Lightsail package. */
export function lightsail(release: "old" | "new", place: AwsPlace): SdkClient {
  return open(release, `lightsail-${release}`, "LightsailClient", place);
}

/** A client of the Route 53 Domains package. */
export function route53Domains(release: "old" | "new", place: AwsPlace): SdkClient {
  return open(release, `domains-${release}`, "Route53DomainsClient", place);
}

/** A client of the STS package, in its newest release. */
export function sts(place: AwsPlace): SdkClient {
  return open("new", "sts-new", "STSClient", place);
}

function open(release: "old" | "new", name: string, client: string, place: AwsPlace): SdkClient {
  installSdks();
  // The SDKs look at their process' environment: what is not ours leaves it.
  for (const variable of Object.keys(process.env))
    if (variable.startsWith("AWS_")) delete process.env[variable];
  for (const [variable, value] of Object.entries(cleanEnvironment()))
    if (variable.startsWith("AWS_")) process.env[variable] = value;
  const loaded = createRequire(join(import.meta.dirname, "package.json"))(name) as Package;
  const { endpoint, accessKeyId, secretAccessKey, region = "us-east-1" } = place;
  const sender = new (classOf(loaded, client))({
    region,
    endpoint,
    credentials: { accessKeyId, secretAccessKey },
  }) as Sender;
  const send = (operation: string, input: object): Promise<unknown> =>
    sender.send(new (classOf(loaded, `${operation}Command`))(input));
  return {
    release,
    call: async <T>(operation: string, input: object = {}) => (await send(operation, input)) as T,
    fail: async (operation, input = {}) => {
      const answer = await send(operation, input).catch((error: unknown) => ({ error: error as SdkError }));
      if (answer instanceof Object && "error" in answer) return answer.error as SdkError;
      throw new Error(`${operation} did not fail: ${JSON.stringify(answer)}`);
    },
    isA: (error, exported) => error instanceof classOf(loaded, exported),
    operations: Object.keys(loaded).flatMap((exported) => /^(\w+)Command$/.exec(exported)?.[1] ?? []),
  };
}

function classOf(loaded: Package, name: string): new (...words: unknown[]) => unknown {
  const found = loaded[name];
  if (!found) throw new Error(`The package exports no ${name}`);
  return found;
}
