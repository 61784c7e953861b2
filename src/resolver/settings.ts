// What an operator may set, with defaults. What is given to the resolver as data (trees) is in trees.ts.

import { isNearby } from "#engine";

/** How a resolver behaves. */
export interface ResolverSettings {
  /** Entries and octets (approximate) that the cache may hold. */
  readonly cacheEntries: number;
  readonly cacheOctets: number;
  /** Seconds that no record is kept over, whatever its TTL (RFC 8767 section 4). Default a week. */
  readonly maxTtlSeconds: number;
  /** Seconds that each record is kept at least. Default 0: a TTL of 0 is not kept. */
  readonly minTtlSeconds: number;
  /** Seconds that no negative answer is kept over (RFC 2308 section 5: 1 to 3 hours). Default an hour. */
  readonly maxNegativeTtlSeconds: number;
  /** Which addresses of servers are asked. Default both. */
  readonly usesIpv4: boolean;
  readonly usesIpv6: boolean;
  /** Whether servers see no more of a name than they need (RFC 9156). Default true. */
  readonly minimisesQueries: boolean;
  /** Whether signatures and digests of SHA-1 are believed (RFC 9905). Default false: zones signed with nothing else are insecure. */
  readonly believesSha1: boolean;
  /** Whether a client at this address is served. Default: loopback and private ranges. */
  readonly isPermitted: (address: Uint8Array) => boolean;
}

/** The defaults. */
export const defaultSettings: ResolverSettings = {
  cacheEntries: 200_000,
  cacheOctets: 64 * 1024 * 1024,
  maxTtlSeconds: 604_800,
  minTtlSeconds: 0,
  maxNegativeTtlSeconds: 3_600,
  usesIpv4: true,
  usesIpv6: true,
  minimisesQueries: true,
  believesSha1: false,
  isPermitted: isNearby,
};
