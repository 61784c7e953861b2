// All distributions of an edge, over all tables of routes, with what was purged of each.

import type { CacheAnswer, Counters, PurgeObject, ResourceObject } from "#contract";
import type { Now } from "#engine";
import type { ResourceCounters } from "../resource-counters.ts";
import type { Purges } from "./purges.ts";
import { CacheSite, missReasons } from "./site.ts";

/** The distributions. */
export class CacheSites {
  readonly #sites = new Map<string, CacheSite>();
  /** Counts distributions: a number is never used again. */
  #count = 0;
  /** Purges that came before there was a cache: it is empty, so they are carried out. */
  #purges: Purges | undefined = undefined;

  /** Takes what carries out purges. */
  set purges(purges: Purges | undefined) {
    this.#purges = purges;
  }

  /** Takes a distribution as it is now; undefined where the object is none. */
  take(object: ResourceObject, resource: ResourceCounters): CacheSite | undefined {
    const { id, caching, origin } = object;
    if (!caching || !origin) return undefined;
    let site = this.#sites.get(id);
    if (!site) {
      site = new CacheSite(id, ++this.#count, resource, caching, origin);
      this.#sites.set(id, site);
    }
    site.update(object.name, caching, origin);
    return site;
  }

  /** Says that all are taken: others are no more. Then carries out what is to be purged. */
  settle(isTaken: (site: CacheSite) => boolean, orders: readonly PurgeObject[]): void {
    for (const [id, site] of this.#sites) {
      if (isTaken(site)) continue;
      site.isThere = false;
      site.epoch++;
      this.#sites.delete(id);
    }
    for (const order of orders) {
      const site = this.#sites.get(order.distributionId);
      const paths = site?.takeOrders(order);
      if (site && paths && paths.length > 0) this.#purges?.purge(site, paths);
    }
    // A distribution that nothing was ordered for yet has missed nothing: the first order is a new one.
    const ordered = new Set(orders.map(({ distributionId }) => distributionId));
    for (const [id, site] of this.#sites) if (!ordered.has(id)) site.noteNoOrders();
  }

  /** The distribution with an id; undefined where there is none. */
  find(resourceId: string): CacheSite | undefined {
    return this.#sites.get(resourceId);
  }

  /** What the cache of one distribution has done; nothing where there is none. */
  read(resourceId: string, now: Now): CacheAnswer {
    return this.#sites.get(resourceId)?.read(now) ?? { misses: [] };
  }

  /** What all distributions count together. */
  readCounters(): Counters {
    const sums: Counters = {
      "cache-requests": 0,
      "cache-hits": 0,
      "cache-hits-stale": 0,
      "cache-validated": 0,
      "cache-collapsed": 0,
      "cache-origin-octets": 0,
      "cache-origin-errors": 0,
      "cache-purges": 0,
    };
    for (const reason of missReasons) sums[`cache-misses{reason=${reason}}`] = 0;
    const add = (name: string, count: number): void => {
      sums[name] = (sums[name] ?? 0) + count;
    };
    for (const { counters } of this.#sites.values()) {
      add("cache-requests", counters.requests);
      add("cache-hits", counters.hits);
      add("cache-hits-stale", counters.staleHits);
      add("cache-validated", counters.validated);
      add("cache-collapsed", counters.collapsed);
      add("cache-origin-octets", counters.originOctets);
      add("cache-origin-errors", counters.originErrors);
      add("cache-purges", counters.purges);
      for (const reason of missReasons) add(`cache-misses{reason=${reason}}`, counters.misses[reason]);
    }
    return sums;
  }
}
