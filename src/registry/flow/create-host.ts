// EPP <host:create> (RFC 5732 section 3.2.1).
//
// @error 2005 no host name, or no address · 2201 below a domain of another registrar · 2302 exists already · 2303 below a domain
// that is not registered · 2306 in a TLD of ours without addresses, or outside of them with some

import { Name } from "#wire";
import type { HostObject, RegistryView } from "../objects.ts";
import { EppCode, type Outcome, refuse, succeed } from "../outcome.ts";
import { findTld } from "../registration-name.ts";
import { checkHostAddresses } from "./host-addresses.ts";
import { isHostName } from "./name-servers.ts";

/** What a host object is made with. `client` is the registrar; addresses are in text. */
export interface CreateHostRequest {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly client: string;
  readonly roid: string;
  /** Wall time in milliseconds. */
  readonly now: number;
}

/** The client that stands for the registry itself: its hosts need no domain above them. */
export const registryClient = "registry";

/** Makes a host object. */
export function createHost(view: RegistryView, request: CreateHostRequest): Outcome<HostObject> {
  const parsed = Name.parse(request.name);
  if (!parsed.ok) return refuse(EppCode.parameterSyntax, "expected a host name such as ns1.shop.test");
  const name = parsed.value.toLowerCase().toString();
  if (!isHostName(name)) return refuse(EppCode.parameterSyntax, "expected a host name such as ns1.shop.test");
  if (view.host(name)) return refuse(EppCode.objectExists, "the host exists already");
  const tld = findTld(view, name);
  if (tld && request.client !== registryClient) {
    const labels = name.slice(0, -tld.name.length - 1).split(".");
    const superordinate = view.domain(`${labels.at(-1) ?? ""}.${tld.name}`);
    if (!superordinate) return refuse(EppCode.objectDoesNotExist, "the domain above it is not registered");
    if (superordinate.sponsoringClient !== request.client) {
      return refuse(EppCode.authorizationError, "another registrar sponsors the domain above it");
    }
  }
  const addresses = checkHostAddresses(view, name, request.addresses);
  if ("code" in addresses) return addresses;
  const host: HostObject = {
    name,
    roid: request.roid,
    sponsoringClient: request.client,
    crDate: request.now,
    addresses,
  };
  return succeed(host, [{ table: "host", name, value: host }]);
}
