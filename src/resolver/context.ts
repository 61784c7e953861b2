// What resolutions share: the resolver's memory, its ways to the network, and each other.

import type { Now, Timers } from "#engine";
import type { Name } from "#wire";
import type { Cache } from "./cache.ts";
import type { ResolverCounters } from "./counters.ts";
import type { Delegations } from "./delegations.ts";
import type { Resolution } from "./resolution.ts";
import type { ResolutionOrigin } from "./resolution-origin.ts";
import type { ServerBook } from "./server-book.ts";
import type { ResolverSettings } from "./settings.ts";
import type { TrustStore } from "./trust-store.ts";
import type { Tree, Trees } from "./trees.ts";
import type { Upstream } from "./upstream.ts";

/** See the head of this file. */
export interface ResolverContext {
  readonly settings: ResolverSettings;
  /** The configuration in force: may be another one at the next event. */
  readonly trees: Trees;
  readonly cache: Cache;
  readonly delegations: Delegations;
  readonly trusts: TrustStore;
  readonly book: ServerBook;
  readonly upstream: Upstream;
  readonly timers: Timers;
  readonly counters: ResolverCounters;

  /**
   * A resolution of a server's address, one that is under way where there is one; the caller waits for it and starts
   * it. Undefined where it would wait for the caller in turn, or where too much is under way.
   */
  lookUp(
    name: Name,
    type: number,
    origin: ResolutionOrigin,
    by: Resolution,
    now: Now,
  ): Resolution | undefined;

  /**
   * A resolution of a DS or DNSKEY RRset on the way down a tree, which follows no alias and validates nothing; as with {@link lookUp}.
   */
  lookUpTrust(
    name: Name,
    type: number,
    tree: Tree,
    origin: ResolutionOrigin,
    by: Resolution,
    now: Now,
  ): Resolution | undefined;

  /** The question for a tree's root servers, one that is under way where there is one. */
  prime(tree: Tree, now: Now): Resolution;

  /** Told of each resolution's end. */
  ended(resolution: Resolution): void;

  /** Told of a fault of the resolver's own. */
  reportFault(error: unknown): void;
}
