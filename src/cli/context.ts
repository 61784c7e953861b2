// What a command is given beside its arguments: output, environment, and the API of the platform that it is to speak to.

import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { PlatformError } from "#contract/plain";
import { createApiClient, type ApiClient } from "./api-client.ts";
import type { Values } from "./command.ts";
import { createOutput, type Output } from "./output.ts";

/** What every command works with. */
export interface Context {
  readonly output: Output;
  /** The data folder of the platform meant, absolute or as given. */
  readonly dataFolder: string;
  /** The platform's API. Throws `key-missing` where no key can be found. */
  api(): ApiClient;
}

/** The data folder where no option and no variable names one: $XDG_DATA_HOME/fairlead, or ~/.local/share/fairlead. */
export function defaultDataFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return join(environment["XDG_DATA_HOME"] || join(homedir(), ".local", "share"), "fairlead");
}

/** Makes the context of one command from its options and the environment: option, then variable, then default. */
export function createContext(values: Values, environment: NodeJS.ProcessEnv = process.env): Context {
  const option = (name: string, variable: string): string | undefined => {
    const value = values[name];
    return typeof value === "string" ? value : environment[variable] || undefined;
  };
  const dataFolder = option("data", "FAIRLEAD_DATA") ?? defaultDataFolder(environment);
  return {
    output: createOutput(values["json"] === true, (text) => process.stdout.write(text)),
    dataFolder,
    api() {
      const running = readRunning(dataFolder);
      const base = option("api", "FAIRLEAD_API") ?? running?.api;
      if (!base) {
        throw new PlatformError(
          "platform-unreachable",
          `Cannot reach the platform of ${dataFolder}: it has not been started`,
        );
      }
      const given = option("key", "FAIRLEAD_KEY");
      const client = createApiClient(base, given ?? readKey(dataFolder, running?.key));
      return given === undefined && base === running?.api ? ownClient(client, dataFolder) : client;
    },
  };
}

/** A client with address and key of a data folder: where the key is not known there, another platform has taken the address over. */
function ownClient(client: ApiClient, dataFolder: string): ApiClient {
  const asOwn = async (answer: Promise<unknown>): Promise<unknown> => {
    try {
      return await answer;
    } catch (cause) {
      if (!(cause instanceof PlatformError) || cause.code !== "key-wrong") throw cause;
      throw new PlatformError(
        "platform-unreachable",
        `Cannot reach the platform of ${dataFolder}: another one answers at ${client.base}`,
        { cause },
      );
    }
  };
  return {
    base: client.base,
    request: (...request) => asOwn(client.request(...request)),
    upload: (...upload) => asOwn(client.upload(...upload)),
  };
}

/** What the supervisor wrote down of the platform that runs on a data folder; undefined where none ever did. */
function readRunning(dataFolder: string): { api: string; key?: string } | undefined {
  try {
    return JSON.parse(readFileSync(join(dataFolder, "run", "platform.json"), "utf8")) as {
      api: string;
      key?: string;
    };
  } catch {
    return undefined; // no such file: no platform was started on this folder
  }
}

/** Reads the first API key from the file that the supervisor named. */
function readKey(dataFolder: string, file: string | undefined): string {
  if (file === undefined)
    throw new PlatformError(
      "key-missing",
      `Cannot find the key of ${dataFolder}: no platform was started on it, and --key gives none`,
    );
  try {
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    throw new PlatformError(
      "key-missing",
      `Cannot read the key in ${file}: ${(cause as NodeJS.ErrnoException).code ?? "it is gone"}`,
      { cause },
    );
  }
}
