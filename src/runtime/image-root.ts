// How the `process` engine runs an image of the platform's store: unpacked into a root of the container's own, and run in it (enter-root.ts), where
// the system lets this process make namespaces. Whether it does is tried once.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import type { Container } from "#contract";
import type { StoredImage } from "./image-record.ts";
import type { ImageStore } from "./image-store.ts";
import { ownProgram } from "./own-program.ts";

/** What enter-root.ts is told, in JSON. */
export interface RootOrder {
  readonly root: string;
  readonly command: readonly string[];
  readonly workingFolder: string;
  readonly user: string;
  readonly hostName: string;
  /** Whether it is root of the machine: only then are there other users. */
  readonly isRoot: boolean;
  /** The control group that it joins: later than others, since what it needs itself is not the container's. */
  readonly groupFolders: readonly string[];
}

/** The variable that has the order, and what stands before the names of the command's own. */
export const orderVariable = "FAIRLEAD_ROOT_ORDER";
export const variablePrefix = "IMAGE_VARIABLE_";

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const isRoot = process.getuid?.() === 0;
const unshareWords = [
  "unshare",
  "--mount",
  "--pid",
  "--ipc",
  "--uts",
  "--fork",
  "--kill-child",
  ...(isRoot ? [] : ["--user", "--map-root-user"]),
] as const;

let tried: { readonly reason: string | undefined } | undefined;

/** Why images cannot be run as processes on this machine; undefined where they can. */
export function whyNoRoots(): string | undefined {
  return (tried ??= { reason: tryRoots() }).reason;
}

function tryRoots(): string | undefined {
  if (process.platform !== "linux") return "that takes Linux";
  try {
    createRequire(import.meta.url)("koffi");
  } catch {
    // Another machine or C library than its makers knew.
    return "the library for calls of the system does not work here";
  }
  const [program, ...words] = unshareWords;
  const { status, error, stderr } = spawnSync(program, [...words, "true"], {
    encoding: "utf8",
    timeout: 10_000,
  });
  if (error) return `${program} cannot be run (${error.message})`;
  return status === 0 ? undefined : `this system lets it make no namespaces (${stderr.trim().slice(0, 200)})`;
}

/** How a container of an image is started. */
export interface RootStart {
  readonly command: readonly string[];
  /** All of the environment. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Unpacks an image and says how to start it. Throws, in words, where it cannot be.
 * @param root  where to; nothing is there
 * @param environment  the container's own, over the image's
 */
export async function prepareRoot(
  store: ImageStore,
  container: Container,
  root: string,
  environment: Readonly<Record<string, string>>,
  groupFolders: readonly string[],
): Promise<RootStart> {
  const { name, image, storedImage } = container;
  const refuse = (why: string): Error => new Error(`Cannot run image "${image}" as a process: ${why}`);
  if (storedImage === undefined)
    throw refuse("it is not in the platform's own store; push it with fairlead push-image");
  const reason = whyNoRoots();
  if (reason !== undefined) throw refuse(reason);
  if (existsSync(root)) throw refuse("its root is there already");
  mkdirSync(root, { mode: 0o755 });
  const { run }: StoredImage = await store.unpack(storedImage, root, isRoot);
  const command = [...run.entryPoint, ...(container.command?.length ? container.command : run.command)];
  if (command.length === 0) throw refuse("it names no command, and none is given");
  const order: RootOrder = {
    root,
    command,
    workingFolder: run.workingFolder.startsWith("/") ? run.workingFolder : `/${run.workingFolder}`,
    user: run.user,
    hostName: name,
    isRoot,
    groupFolders,
  };
  const variables = { PATH: defaultPath, HOME: "/", HOSTNAME: name, ...run.environment, ...environment };
  return {
    command: [...unshareWords, ...ownProgram("./enter-root", import.meta.url)],
    environment: {
      PATH: process.env["PATH"] ?? defaultPath,
      [orderVariable]: JSON.stringify(order),
      ...Object.fromEntries(Object.entries(variables).map(([key, value]) => [variablePrefix + key, value])),
    },
  };
}
