// The AWS command line interface, version 2.9.19 of Debian's package, as a client of one platform. It is told the endpoint by its own
// option, since that version does not know the variables of later ones.

import { spawn, spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { cleanEnvironment } from "./install.ts";
import type { AwsPlace } from "./sdk.ts";

/** The release that the tests speak of. */
const release = "aws-cli/2.9.19";

/** What one call printed and how it ended. */
export interface CliRan {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line as a client of one platform. */
export interface AwsCli {
  /** Runs `aws WORDS --endpoint-url …`. */
  run(...words: readonly string[]): Promise<CliRan>;
  /** Runs one that must succeed, and reads the JSON that it prints; undefined where it prints nothing. */
  json<T = Record<string, unknown>>(...words: readonly string[]): Promise<T>;
  /** Runs one that the service must refuse. @returns the type and the message that it prints */
  refused(...words: readonly string[]): Promise<{ readonly type: string; readonly message: string }>;
  /** The same command line with other variables in its environment. */
  with(environment: Readonly<Record<string, string>>): AwsCli;
}

let found: string | undefined;

/** Finds the program: in `.peers`, else on the system. Throws where neither has this release. */
function findProgram(): string {
  const places = [join(dirname(dirname(import.meta.dirname)), ".peers", "bin", "aws"), "/usr/bin/aws"];
  found ??= places.find((path) =>
    (spawnSync(path, ["--version"], { encoding: "utf8", env: cleanEnvironment() }).stdout ?? "").includes(
      release,
    ),
  );
  if (found === undefined) throw new Error(`Cannot find ${release}: \`node scripts/peers.mjs\` brings it`);
  return found;
}

/** A command line that speaks to a platform. */
export function awsCli(place: AwsPlace, further: Readonly<Record<string, string>> = {}): AwsCli {
  const program = findProgram();
  const { endpoint, accessKeyId, secretAccessKey, region = "us-east-1" } = place;
  const env = {
    ...cleanEnvironment(),
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_DEFAULT_REGION: region,
    ...further,
  };
  const run = (...words: readonly string[]): Promise<CliRan> =>
    new Promise((resolve, reject) => {
      const child = spawn(program, [...words, "--endpoint-url", endpoint, "--output", "json"], {
        env,
        stdio: ["ignore", "pipe", "pipe"],
      });
      let stdout = "";
      let stderr = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
      child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
      child.once("error", reject);
      child.once("close", (status) => resolve({ status, stdout, stderr }));
    });
  return {
    run,
    json: async <T>(...words: readonly string[]) => {
      const { status, stdout, stderr } = await run(...words);
      if (status !== 0) throw new Error(`aws ${words.join(" ")} ended with ${status}:\n${stderr}${stdout}`);
      return (stdout.trim() === "" ? undefined : JSON.parse(stdout)) as T;
    },
    refused: async (...words) => {
      const { status, stdout, stderr } = await run(...words);
      const read = /An error occurred \(([^)]*)\) when calling the \w+ operation(?: \([^)]*\))?: ([^]*)/.exec(
        stderr,
      );
      if (status !== 254 || !read)
        throw new Error(
          `aws ${words.join(" ")} was not refused by the service (${status}):\n${stderr}${stdout}`,
        );
      return { type: read[1] ?? "", message: (read[2] ?? "").trim() };
    },
    with: (environment) => awsCli(place, { ...further, ...environment }),
  };
}
