// Where requests go: first by the local address they came in on, where one resource owns it; else, on an address that is
// shared, by the host they ask for. A table is compiled whole and never changed: the engine swaps one for another. What is known of
// the targets outlives the tables (target-book.ts).

import {
  type ChallengeObject,
  type HostRouteObject,
  PlatformError,
  type PurgeObject,
  type ResourceObject,
} from "#contract";
import { parseAddress } from "#engine";
import type { Balancer } from "./balancer.ts";
import type { CacheDecision } from "./policy.ts";
import { CacheSites } from "./cache/sites.ts";
import { addressKey, makeDestination } from "./destination.ts";
import type { TargetBook } from "./target-book.ts";

/** What a table is made of. */
export type RouteObject = ResourceObject | HostRouteObject | ChallengeObject | PurgeObject;

/** What a table says about a request. */
export interface RouteChoice {
  /** The resource. */
  readonly route: Balancer;
  readonly by: "address" | "host";
}

/** The routes of one revision. */
export class RouteTable {
  readonly #byAddress = new Map<string, RouteChoice>();
  readonly #byHost = new Map<string, RouteChoice>();
  readonly #challenges = new Map<string, string>();
  readonly #byId = new Map<string, Balancer>();
  /** What is decided for each distribution. */
  readonly #caches = new Map<Balancer, CacheDecision>();
  /** Keys of all destinations that take new requests. */
  readonly destinationKeys: Set<string> = new Set<string>();
  /** True where a resource is not served on all standard ports. */
  readonly hasClosedPorts: boolean = false;

  /**
   * Compiles a table, and has the book take its resources. Hosts whose resource is absent are left out: their requests are answered as
   * unknown. Throws `address-malformed`, and leaves the book as it was, where an address is none.
   */
  constructor(objects: Iterable<RouteObject>, book: TargetBook, sites: CacheSites = new CacheSites()) {
    const hosts: HostRouteObject[] = [];
    const purges: PurgeObject[] = [];
    const resources = [];
    for (const object of objects) {
      if (object.kind === "host") hosts.push(object);
      else if (object.kind === "purge") purges.push(object);
      else if (object.kind === "challenge")
        this.#challenges.set(challengeKey(object.host, object.token), object.content);
      else {
        resources.push({
          object,
          destinations: object.targets.map(({ address, port }) =>
            makeDestination(readAddress(address, object.name), port),
          ),
          addresses: object.addresses.map((address) => addressKey(readAddress(address, object.name))),
        });
      }
    }
    // From here on nothing is refused.
    const routes = this.#byId;
    for (const { object, destinations, addresses } of resources) {
      const route = book.take(object, destinations);
      routes.set(object.id, route);
      const site = sites.take(object, route.counters);
      if (site) this.#caches.set(route, { kind: "cache", site });
      for (const { isLeaving, destination } of route.targets) {
        if (!isLeaving) this.destinationKeys.add(destination.key);
      }
      this.hasClosedPorts ||= !object.ports.http || !object.ports.https;
      for (const address of addresses) this.#byAddress.set(address, { route, by: "address" });
    }
    for (const { host, resourceId } of hosts) {
      const route = routes.get(resourceId);
      if (route) this.#byHost.set(hostKey(host), { route, by: "host" });
    }
    book.settle((balancer) => routes.has(balancer.resourceId));
    const taken = new Set([...this.#caches.values()].map(({ site }) => site));
    sites.settle((site) => taken.has(site), purges);
  }

  /**
   * Finds where a request goes.
   * @param localKey  the local address, as {@link addressKey} writes it
   * @param view  its host is asked for only where the address is shared; without port, in any case, with or without a final dot
   */
  find(localKey: string, view: { readonly hostText: string }): RouteChoice | undefined {
    return this.#byAddress.get(localKey) ?? this.#byHost.get(hostKey(view.hostText));
  }

  /** What is decided for requests to a distribution; undefined where a resource is none. */
  cacheOf(route: Balancer): CacheDecision | undefined {
    return this.#caches.get(route);
  }

  /** A resource by its id. */
  resource(id: string): Balancer | undefined {
    return this.#byId.get(id);
  }

  /** The resource that owns an address alone. */
  ownerOf(localKey: string): Balancer | undefined {
    return this.#byAddress.get(localKey)?.route;
  }

  /** True where there are answers to ACME. */
  get hasChallenges(): boolean {
    return this.#challenges.size > 0;
  }

  /** What is answered to ACME for a host and a token. */
  challenge(host: string, token: string): string | undefined {
    return this.#challenges.get(challengeKey(host, token));
  }

  /** The first host names served on shared addresses, in order of name. */
  hosts(maximum: number): string[] {
    return [...this.#byHost.keys()].sort().slice(0, maximum);
  }
}

function hostKey(host: string): string {
  const lower = host.toLowerCase();
  return lower.endsWith(".") ? lower.slice(0, -1) : lower;
}

function challengeKey(host: string, token: string): string {
  return `${hostKey(host)}/${token}`;
}

function readAddress(text: string, resource: string): Uint8Array {
  const address = parseAddress(text);
  if (address) return address;
  throw new PlatformError(
    "address-malformed",
    `Cannot route to resource "${resource}": "${text}" is no IPv4 or IPv6 address`,
  );
}
