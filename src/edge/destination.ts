// Where requests are passed on to, in the form that the relay connects to.

import { type Endpoint, formatAddress, formatEndpoint } from "#engine";

/** A place that listens for requests. */
export interface Destination {
  readonly endpoint: Endpoint;
  /** `127.53.9.1:8080`: the key of its connection pool, and its name in sentences. */
  readonly key: string;
}

/** Makes a destination of 16 octets and a port. */
export function makeDestination(address: Uint8Array, port: number): Destination {
  const endpoint = { address, port };
  return { endpoint, key: formatEndpoint(endpoint) };
}

/** The text an address stands under. */
export function addressKey(address: Uint8Array): string {
  return formatAddress(address);
}
