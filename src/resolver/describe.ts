// Servers and records in words, for failures told to clients and for traces.

import { formatEndpoint, type Endpoint } from "#engine";
import { formatRecord, RrClass, typeName, type Name } from "#wire";
import type { CachedRrset } from "./rrset.ts";

/** A server by name, where it has one, and address: `ns1.s1.nic.test. (127.53.2.1:5301)`. */
export function describeServer(server: { readonly name: Name; readonly endpoint: Endpoint }): string {
  const address = formatEndpoint(server.endpoint);
  return server.name.isRoot ? address : `${server.name.toString()} (${address})`;
}

/** A question: `shop.test. A`. */
export function describeQuestion(name: Name, type: number): string {
  return `${name.toString()} ${typeName(type)}`;
}

/** The records of a set in presentation format, a line each, with the TTL that is left. */
export function describeRrset(rrset: CachedRrset, ttlSeconds: number): string[] {
  const { name, type } = rrset;
  return rrset.rdata.map((rdata) => formatRecord({ name, type, class: RrClass.IN, ttl: ttlSeconds, rdata }));
}
