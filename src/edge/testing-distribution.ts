// A distribution in front of one origin, for tests of the cache.

import {
  type Caching,
  type DistributionOrigin,
  instanceResource,
  type PurgeObject,
  type ResourceObject,
} from "#contract";
import { EdgeEngine, type EdgeOptions } from "./edge-engine.ts";
import { MemoryNetwork, type FarEnd } from "./testing.ts";

/** A cache as RFC 9111 has it. */
export const transparent: Caching = {
  isEnabled: true,
  defaultBehavior: "cache",
  behaviors: [],
  ttl: { default: 0, minimum: 0, maximum: 31_536_000 },
  allowedMethods: ["*"],
  cachedMethods: ["GET", "HEAD"],
  forwardedHeaders: { option: "all", names: [] },
  forwardedCookies: { option: "all", names: [] },
  forwardedQueryStrings: { option: "all", names: [] },
  errorPages: [],
};

/** Lightsail's defaults: nothing is forwarded. */
export const plain: Caching = {
  ...transparent,
  ttl: { default: 86_400, minimum: 0, maximum: 31_536_000 },
  allowedMethods: ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"],
  forwardedHeaders: { option: "none", names: [] },
  forwardedCookies: { option: "none", names: [] },
  forwardedQueryStrings: { option: "none", names: [] },
};

/** Where the origin listens, and the distribution. */
export const originAt: string = "127.53.9.1:8080";
export const distributionAt: string = "127.53.8.9:8080";

/** The origin as a resource. */
export const originResource: ResourceObject = instanceResource({
  id: "r1",
  name: "web",
  addresses: ["127.53.8.1"],
  listen: [{ address: "127.53.9.1", port: 8080 }],
});

/** A distribution as a resource. */
export function distributionOf(caching: Caching, origin: Partial<DistributionOrigin> = {}): ResourceObject {
  return {
    ...instanceResource({ id: "d1", name: "front", addresses: ["127.53.8.9"], listen: [] }),
    type: "distribution",
    caching,
    origin: { resourceId: "r1", ...origin },
  };
}

/** What a test's distribution is asked and answers. */
export interface DistributionWorld {
  readonly network: MemoryNetwork;
  readonly engine: EdgeEngine;
  /** Requests that the origin got, as they came. */
  readonly asked: string[];
  /** Connections to the origin, the newest last. */
  readonly origins: FarEnd[];
  /** Swaps the settings. */
  readonly set: (caching: Caching, orders?: PurgeObject["orders"]) => void;
  /** Sends a request on a connection of its own; gives all that came back. */
  readonly get: (path: string, lines?: string, method?: string) => string;
  /** Opens a connection of a visitor. */
  readonly open: () => FarEnd;
}

/**
 * A distribution whose origin answers each request with what `answer` makes of it.
 * @param answer  undefined: it does not answer
 */
export function distribution(
  answer: (request: string, peer: FarEnd) => string | undefined,
  caching: Caching = transparent,
  options: EdgeOptions & { readonly origin?: Partial<DistributionOrigin> } = {},
): DistributionWorld {
  const engine = new EdgeEngine(options);
  const network = new MemoryNetwork(engine);
  const asked: string[] = [];
  const origins: FarEnd[] = [];
  network.servers.set(originAt, {
    opened: (peer) => origins.push(peer),
    received(peer, octets) {
      const request = String.fromCharCode(...octets);
      asked.push(request);
      const reply = answer(request, peer);
      if (reply !== undefined) peer.send(reply);
    },
  });
  const set = (settings: Caching, orders?: PurgeObject["orders"]): void =>
    engine.setRoutes([
      originResource,
      distributionOf(settings, options.origin),
      ...(orders ? [{ kind: "purge", distributionId: "d1", orders } as const] : []),
    ]);
  set(caching);
  const open = (): FarEnd => network.accept(distributionAt);
  return {
    network,
    engine,
    asked,
    origins,
    set,
    open,
    get(path, lines = "", method = "GET") {
      const visitor = open();
      visitor.send(`${method} ${path} HTTP/1.1\r\nHost: shop.test\r\n${lines}\r\n`);
      return visitor.text;
    },
  };
}

/** A response with a length. */
export function response(content: string, lines: string = "", status: string = "200 OK"): string {
  return `HTTP/1.1 ${status}\r\n${lines}Content-Length: ${content.length}\r\n\r\n${content}`;
}

/** The value of a header line in what came back; undefined where there is none. */
export function field(text: string, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)\r$`, "im").exec(text.split("\r\n\r\n", 1)[0] + "\r\n")?.[1];
}
