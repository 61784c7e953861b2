// Where the socket of a Docker-compatible engine is: what a setting or DOCKER_HOST says, else the first of the well-known places that is there.

import { existsSync } from "node:fs";
import { join } from "node:path";

/** Where engines of this machine listen by themselves. */
const wellKnown = ["/var/run/docker.sock", "/run/podman/podman.sock"] as const;

/** Paths to look at. */
export interface DockerPlace {
  /** The socket; absent where there is none to try. */
  readonly socket?: string;
  /** Why there is none, in words. */
  readonly reason?: string;
}

/**
 * Finds the socket.
 * @param setting  a path, `unix:///path`, or `none`
 */
export function findDocker(
  environment: NodeJS.ProcessEnv = process.env,
  setting: string | undefined = environment["FAIRLEAD_DOCKER_HOST"],
  exists: (path: string) => boolean = existsSync,
): DockerPlace {
  const given = setting ?? environment["DOCKER_HOST"];
  if (given === "none") return { reason: "Containers are run without an engine: it is switched off" };
  if (given !== undefined && given !== "") {
    const path = /^(?:unix:\/\/)?(\/.*)$/.exec(given)?.[1];
    return path === undefined
      ? {
          reason: `Cannot use the container engine "${given.slice(0, 200)}": only UNIX sockets are supported`,
        }
      : { socket: path };
  }
  const own = environment["XDG_RUNTIME_DIR"];
  const places = [...wellKnown, ...(own ? [join(own, "podman/podman.sock")] : [])];
  const found = places.find(exists);
  return found === undefined
    ? {
        reason: `There is no container engine: DOCKER_HOST is not set, and there is no socket at ${places.join(", ")}`,
      }
    : { socket: found };
}
