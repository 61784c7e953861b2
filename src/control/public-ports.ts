// Public ports of instances beside 80 and 443: passed on as they are. Where a profile serves 80 and 443 elsewhere, the others below 1024
// move by as much, and every port by the platform's offset.

import type { PortObject, PortRule } from "#contract";
import type { ControlProfile } from "./config.ts";
import { servedAddressesOf } from "./resources.ts";
import type { Held, State } from "./state.ts";

/** The first port that needs no privilege. */
const firstFreePort = 1024;

/** Ports that are open beside the two that the edge serves, at most so many. */
export function publicPorts(rules: readonly PortRule[], maximum: number): number[] {
  const ports: number[] = [];
  for (const { fromPort, toPort } of rules) {
    for (let port = fromPort; port <= toPort && ports.length < maximum; port++)
      if (port !== 80 && port !== 443) ports.push(port);
  }
  return ports;
}

/** Where a public port is served in a profile. */
export function servedPort({ edge, portOffset }: ControlProfile, port: number): number {
  const moved = edge.httpPort - 80 - portOffset;
  return port + portOffset + (port < firstFreePort ? moved : 0);
}

/** The objects of an instance's open ports, one for each address it is served at. */
export function portObjects(
  state: State,
  profile: ControlProfile,
  { id, value }: Held<"instance">,
  address: string | undefined,
): PortObject[] {
  if (address === undefined || value.desired === "stopped") return [];
  return publicPorts(value.ports, Number.POSITIVE_INFINITY).flatMap((port) =>
    servedAddressesOf(state, value).map((served) => ({
      kind: "port" as const,
      id: `${id}/${served}/${port}`,
      resourceId: id,
      name: value.name,
      publicPort: port,
      listen: { address: served, port: servedPort(profile, port) },
      target: { address, port },
    })),
  );
}
