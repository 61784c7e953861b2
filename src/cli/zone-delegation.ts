// How the delegation of a zone stands, and what is to be entered where its domain is registered.

import type { Zone } from "#contract";
import { formatTime } from "./format-time.ts";
import type { Output } from "./output.ts";

/** The path of a zone. */
export function zonePath(name: string): string {
  return `/v1/zones/${encodeURIComponent(name)}`;
}

/** Prints what is to be entered at the registrar of a zone, and how its delegation stands. */
export function printDelegation(output: Output, { name, delegation, nameServers, registration }: Zone): void {
  if (registration === "elsewhere" && delegation.state !== "DELEGATED") {
    output.line(`Enter these name servers where ${name} is registered:`);
    for (const server of nameServers)
      output.line(`  ${server.name}  ${server.addresses.map(({ address }) => address).join(" ")}`);
  }
  output.line(`${name}: ${delegation.state}, ${delegation.text}`);
  if (delegation.isWatched && delegation.nextCheckAt !== undefined)
    output.line(`It is asked for again at ${formatTime(delegation.nextCheckAt)} UTC.`);
}
