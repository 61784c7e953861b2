// Where a trace's visit may go: what its URL's name leads to may be anything, and whoever may read may trace. So it goes to ports that the
// edge serves and to other machines, and to no other service of this one (the visitor proxy of src/edge has the same rule).

import type { PortState } from "#contract";
import { isElsewhere, parseAddress } from "#engine";
import type { ControlProfile } from "./config.ts";

/**
 * Tells whether a visit may go to an address.
 * @param portStates  public ports beside 80 and 443, by ids that end in `/ADDRESS/PORT`
 */
export function mayVisit(
  { edge }: Pick<ControlProfile, "edge">,
  portStates: ReadonlyMap<string, PortState>,
  url: URL,
  address: string,
): boolean {
  if (!edge.addresses.includes(address) && !edge.sharedAddresses.includes(address)) {
    const octets = parseAddress(address);
    return octets !== undefined && isElsewhere(octets);
  }
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  if ([80, 443, edge.httpPort, edge.httpsPort].includes(port)) return true;
  for (const { id, isOpen } of portStates.values())
    if (isOpen && id.endsWith(`/${address}/${port}`)) return true;
  return false;
}
