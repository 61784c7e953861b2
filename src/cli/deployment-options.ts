// Deployments as people write them on a command line: one container by options, or several in a file in Lightsail's form.

import { statSync } from "node:fs";
import { resolve } from "node:path";
import { deploymentBody, PlatformError, type DeploymentBody, type EndpointRequest } from "#contract";
import type { Arguments, Values } from "./command.ts";
import { readTextFile } from "./read-file.ts";
import { readMilliseconds, readWholeNumber } from "./read-values.ts";

/** Options that say what is deployed. */
export const deploymentArguments: Arguments = {
  image: {
    type: "string",
    valueHint: "IMAGE",
    description: "a reference in the engine's store, or :SERVICE.LABEL.N as it was pushed",
  },
  folder: {
    type: "string",
    valueHint: "DIR",
    description: "in place of an image: the command after -- runs in this folder, else its files are served",
  },
  container: { type: "string", valueHint: "NAME", description: "what to call the container (web)" },
  port: { type: "string", valueHint: "PORT", description: "that it listens on and visitors reach (80)" },
  private: { type: "boolean", description: "without a public endpoint" },
  env: {
    type: "string",
    valueHint: "NAME=VALUE,...",
    description: "variables of its environment; the values are sealed",
  },
  "env-file": { type: "string", valueHint: "FILE", description: "the same from a file, one a line" },
  "health-path": { type: "string", valueHint: "PATH", description: "where it is probed (/)" },
  interval: { type: "string", valueHint: "SECONDS", description: "between two probes (5)" },
  timeout: { type: "string", valueHint: "SECONDS", description: "that a probe may take (2)" },
  healthy: { type: "string", valueHint: "N", description: "probes in a row that make a node healthy (2)" },
  unhealthy: { type: "string", valueHint: "N", description: "probes in a row that make it unhealthy (2)" },
  codes: { type: "string", valueHint: "CODES", description: "of a healthy answer (200-499)" },
  file: {
    type: "string",
    valueHint: "FILE",
    description: 'several containers, as JSON: {"containers":{...},"publicEndpoint":{...}}',
  },
};

/** Reads what is deployed; undefined where nothing says it. Throws `usage`, `path-unusable`. */
export function readDeployment(values: Values, command: readonly string[]): DeploymentBody | undefined {
  const kinds = ["image", "folder", "file"].filter((option) => values[option] !== undefined);
  if (kinds.length > 1)
    throw new PlatformError(
      "usage",
      `Cannot deploy: expected one of --image, --folder, --file, and got ${kinds.join(" and ")}`,
    );
  const { image, folder, file } = values;
  if (typeof file === "string") return readDeploymentFile(file);
  if (kinds.length === 0) {
    const other = Object.keys(deploymentArguments).find((option) => values[option] !== undefined);
    if (other === undefined && command.length === 0) return undefined;
    throw new PlatformError(
      "usage",
      "Cannot deploy: expected what is deployed, by --image, --folder or --file",
    );
  }
  const name = typeof values["container"] === "string" ? values["container"] : "web";
  const port = typeof values["port"] === "string" ? readWholeNumber("--port", values["port"], 1, 65_535) : 80;
  const environment = { ...readEnvironmentFile(values["env-file"]), ...readEnvironment(values["env"]) };
  const isPublic = values["private"] !== true;
  const healthCheck = readHealthCheck(values);
  return {
    containers: {
      [name]: {
        image: typeof folder === "string" ? `folder:${existingFolder(folder)}` : String(image),
        ...(command.length > 0 ? { command: [...command] } : {}),
        ...(Object.keys(environment).length > 0 ? { environment } : {}),
        ports: { [String(port)]: "HTTP" },
      },
    },
    ...(isPublic
      ? {
          publicEndpoint: {
            containerName: name,
            containerPort: port,
            ...(healthCheck ? { healthCheck } : {}),
          },
        }
      : {}),
  };
}

function readHealthCheck(values: Values): EndpointRequest["healthCheck"] {
  const given = <T>(option: string, read: (option: string, text: string) => T): T | undefined => {
    const text = values[option];
    return typeof text === "string" ? read(`--${option}`, text) : undefined;
  };
  const count = (option: string, text: string): number => readWholeNumber(option, text, 1, 10);
  const plain = (_option: string, text: string): string => text;
  const check = {
    path: given("health-path", plain),
    intervalMs: given("interval", readMilliseconds),
    timeoutMs: given("timeout", readMilliseconds),
    healthyThreshold: given("healthy", count),
    unhealthyThreshold: given("unhealthy", count),
    successCodes: given("codes", plain),
  };
  const members = Object.entries(check).filter(([, value]) => value !== undefined);
  return members.length > 0 ? Object.fromEntries(members) : undefined;
}

/** Variables parted by commas: a comma that no name and `=` follow belongs to the value before it. */
export function readEnvironment(text: Values[string]): Record<string, string> {
  if (typeof text !== "string") return {};
  return Object.fromEntries(text.split(/,(?=[A-Za-z_]\w*=)/).map((part) => readVariable("--env", part)));
}

function readEnvironmentFile(path: Values[string]): Record<string, string> {
  if (typeof path !== "string") return {};
  const lines = readTextFile(path, "environment")
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "" && !line.startsWith("#"));
  return Object.fromEntries(lines.map((line) => readVariable(`--env-file ${path}`, line)));
}

/** Never says what a value is: it may be a password. */
function readVariable(option: string, text: string): [string, string] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new PlatformError("usage", `Cannot read ${option}: expected variables such as LOG_LEVEL=info`);
}

/** Reads a file in Lightsail's form, whose times are in seconds, or in that of the API. */
function readDeploymentFile(path: string): DeploymentBody {
  const refuse = (reason: string): never => {
    throw new PlatformError("path-unusable", `Cannot read deployment "${path}": ${reason}`);
  };
  let value: unknown;
  try {
    value = JSON.parse(readTextFile(path, "deployment"));
  } catch (error) {
    if (error instanceof PlatformError) throw error;
    refuse("it is no JSON");
  }
  const read = deploymentBody.safeParse(inMilliseconds(value));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  return refuse(`${issue?.path.join(".") || "it"}: ${issue?.message ?? "it is no deployment"}`);
}

function inMilliseconds(value: unknown): unknown {
  const endpoint = (value as { publicEndpoint?: { healthCheck?: Record<string, unknown> } } | null)
    ?.publicEndpoint;
  if (typeof endpoint !== "object" || typeof endpoint.healthCheck !== "object") return value;
  const { intervalSeconds, timeoutSeconds, ...healthCheck } = endpoint.healthCheck;
  const inMs = (seconds: unknown): unknown => (typeof seconds === "number" ? seconds * 1000 : seconds);
  return {
    ...(value as object),
    publicEndpoint: {
      ...endpoint,
      healthCheck: {
        ...healthCheck,
        ...(intervalSeconds === undefined ? {} : { intervalMs: inMs(intervalSeconds) }),
        ...(timeoutSeconds === undefined ? {} : { timeoutMs: inMs(timeoutSeconds) }),
      },
    },
  };
}

function existingFolder(path: string): string {
  const folder = resolve(path);
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory()) return folder;
  throw new PlatformError(
    "path-unusable",
    `Cannot use folder "${path}": ${found ? "it is a file" : "there is none at " + folder}`,
  );
}
