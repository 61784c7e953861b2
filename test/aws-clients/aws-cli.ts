// The AWS command line interface, version 2.9.19 of Debian's package, as a client of one platform. It is told the endpoint by its own
// option, since that version does not know the variables of later ones. `cli-server.py` has it loaded once for all calls of a test file.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
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

/** Where `scripts/peers.mjs` unpacks the program on a machine that has not installed it. */
const peers = join(dirname(dirname(import.meta.dirname)), ".peers");

/** The socket at which the loaded program is called. */
let server: Promise<string> | undefined;

/** Loads the program, of `.peers` or else of the system. Throws where neither has this release. */
async function startServer(): Promise<string> {
  const unpacked = join(peers, "bin", "aws");
  const program = existsSync(unpacked) ? unpacked : "/usr/bin/aws";
  const { stdout } = spawnSync(program, ["--version"], { encoding: "utf8", env: cleanEnvironment() });
  if (!stdout?.includes(release))
    throw new Error(`Cannot find ${release}: \`node scripts/peers.mjs\` brings it`);
  const folder = mkdtempSync(join(tmpdir(), "fl-aws-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const socket = join(folder, "socket");
  const modules = join(peers, "root", "usr", "lib", "python3", "dist-packages");
  // It ends when its standard input does, with this process.
  const child = spawn("/usr/bin/python3", [join(import.meta.dirname, "cli-server.py"), socket], {
    env: {
      ...cleanEnvironment(),
      PYTHONDONTWRITEBYTECODE: "1",
      ...(program === unpacked ? { PYTHONPATH: modules } : {}),
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once("data", () => resolve());
    child.once("error", reject);
    child.once("exit", (status) => reject(new Error(`${program} cannot be loaded (${status})`)));
  });
  child.unref();
  return socket;
}

/** A command line that speaks to a platform. */
export function awsCli(place: AwsPlace, further: Readonly<Record<string, string>> = {}): AwsCli {
  const { endpoint, accessKeyId, secretAccessKey, region = "us-east-1" } = place;
  const environment = {
    ...cleanEnvironment(),
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_DEFAULT_REGION: region,
    ...further,
  };
  const run = async (...words: readonly string[]): Promise<CliRan> => {
    server ??= startServer();
    const connection = connect(await server);
    const call = { words: [...words, "--endpoint-url", endpoint, "--output", "json"], environment };
    connection.write(`${JSON.stringify(call)}\n`);
    return JSON.parse(await text(connection)) as CliRan;
  };
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
