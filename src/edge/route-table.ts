// Where requests go: first by the local address they came in on, where one resource owns it; else, on an address that is
// shared, by the host they ask for. A table is compiled whole and never changed: the engine swaps one for another.

import { type HostRouteObject, PlatformError, type ResourceObject } from "#contract";
import { type Endpoint, formatAddress, formatEndpoint, parseAddress } from "#engine";

/** A place that listens for requests. */
export interface Destination {
  readonly endpoint: Endpoint;
  /** `127.53.9.1:8080`: the key of its connection pool, and its name in sentences. */
  readonly key: string;
}

/** A resource that requests are passed on to. */
export interface Route {
  readonly resourceId: string;
  /** What people call it. */
  readonly name: string;
  /** Empty while the resource has nowhere to listen. */
  readonly destinations: readonly Destination[];
  /** The destination to begin with for the next request: they take turns. */
  turn: number;
}

/** What a table says about a request. */
export interface RouteChoice {
  readonly route: Route;
  readonly by: "address" | "host";
}

/** The routes of one revision. */
export class RouteTable {
  readonly #byAddress = new Map<string, RouteChoice>();
  readonly #byHost = new Map<string, RouteChoice>();
  /** Keys of all destinations. */
  readonly destinationKeys: Set<string> = new Set<string>();

  /**
   * Compiles a table. Hosts whose resource is absent are left out: their requests are answered as unknown.
   * Throws `address-malformed` where an address is none.
   */
  constructor(objects: Iterable<ResourceObject | HostRouteObject>) {
    const routes = new Map<string, Route>();
    const hosts: HostRouteObject[] = [];
    for (const object of objects) {
      if (object.kind === "host") {
        hosts.push(object);
        continue;
      }
      const route: Route = {
        resourceId: object.id,
        name: object.name,
        destinations: object.targets.map(({ address, port }) =>
          makeDestination(readAddress(address, object.name), port),
        ),
        turn: 0,
      };
      routes.set(object.id, route);
      for (const destination of route.destinations) this.destinationKeys.add(destination.key);
      for (const address of object.addresses) {
        this.#byAddress.set(addressKey(readAddress(address, object.name)), { route, by: "address" });
      }
    }
    for (const { host, resourceId } of hosts) {
      const route = routes.get(resourceId);
      if (route) this.#byHost.set(hostKey(host), { route, by: "host" });
    }
  }

  /**
   * Finds where a request goes.
   * @param localKey  the local address, as {@link addressKey} writes it
   * @param host  called only where the address is shared; without port, in any case, with or without a final dot
   */
  find(localKey: string, host: () => string): RouteChoice | undefined {
    return this.#byAddress.get(localKey) ?? this.#byHost.get(hostKey(host()));
  }

  /** The first host names served on shared addresses, in order of name. */
  hosts(maximum: number): string[] {
    return [...this.#byHost.keys()].sort().slice(0, maximum);
  }
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

function hostKey(host: string): string {
  const lower = host.toLowerCase();
  return lower.endsWith(".") ? lower.slice(0, -1) : lower;
}

function readAddress(text: string, resource: string): Uint8Array {
  const address = parseAddress(text);
  if (address) return address;
  throw new PlatformError(
    "address-malformed",
    `Cannot route to resource "${resource}": "${text}" is no IPv4 or IPv6 address`,
  );
}
