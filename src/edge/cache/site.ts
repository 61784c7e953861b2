// One distribution as the cache knows it: its settings, what was purged, and what is counted. It lives as long as the distribution, over
// all tables of routes.

import type { CacheAnswer, CacheMissReason, Caching, DistributionOrigin, PurgeObject } from "#contract";
import { cacheMissReason, canonicalJson } from "#contract";
import type { Now } from "#engine";
import type { ResourceCounters } from "../resource-counters.ts";
import { CacheSettings } from "./settings.ts";
import { TopMisses } from "./top-misses.ts";

/** Prefixes that a look-up is held against at most; then all entries are gone through once. */
export const maxPrefixes = 64;

/** Why a request was not answered from the store. */
export const missReasons: readonly CacheMissReason[] = cacheMissReason.options;
export type MissReason = CacheMissReason;

/** What a distribution counts. */
export class SiteCounters {
  requests = 0;
  hits = 0;
  /** Of the hits: those with a stale response. */
  staleHits = 0;
  /** Stale responses that the origin said are good still. */
  validated = 0;
  collapsed = 0;
  misses: Record<MissReason, number> = {
    "uri-miss": 0,
    "vary-miss": 0,
    stale: 0,
    request: 0,
    method: 0,
    bypass: 0,
    partial: 0,
    miss: 0,
  };
  /** Content that came from the origin to be stored. */
  originOctets = 0;
  /** Requests that the origin did not answer, or with 5xx. */
  originErrors = 0;
  purges = 0;
}

/** What of the settings decides which response is stored under which key. */
function keyTextOf(caching: Caching, { resourceId, host }: DistributionOrigin): string {
  const { forwardedHeaders, forwardedCookies, forwardedQueryStrings, defaultRootObject } = caching;
  return canonicalJson({
    forwardedHeaders,
    forwardedCookies,
    forwardedQueryStrings,
    defaultRootObject,
    resourceId,
    host,
  });
}

/** A distribution. */
export class CacheSite {
  readonly id: string;
  /** Its number among all that there ever were: part of the key. */
  readonly number: number;
  name = "";
  label = "";
  settings: CacheSettings;
  originId = "";
  /** Grows with each reset: what was stored before is not used. */
  epoch = 1;
  /** Grows with each purge of a prefix. */
  purgeNumber = 0;
  /** Prefixes that were purged, the newest last. */
  prefixes: { readonly number: number; readonly prefix: string }[] = [];
  readonly counters: SiteCounters = new SiteCounters();
  /** Which misses come most often. */
  readonly topMisses: TopMisses = new TopMisses();
  /** What is counted of the distribution as a resource. */
  readonly resource: ResourceCounters;
  /** False once the distribution is no more. */
  isThere = true;
  #text: string;
  #keyText: string;
  #lastOrder: number | undefined = undefined;

  constructor(
    id: string,
    number: number,
    resource: ResourceCounters,
    caching: Caching,
    origin: DistributionOrigin,
  ) {
    this.resource = resource;
    this.id = id;
    this.number = number;
    this.#text = canonicalJson({ caching, origin });
    this.#keyText = keyTextOf(caching, origin);
    this.settings = new CacheSettings(caching, origin);
    this.originId = origin.resourceId;
  }

  /** Takes what the distribution is now. Where the origin or what it is shown differs, nothing that is stored is used any more. */
  update(name: string, caching: Caching, origin: DistributionOrigin): void {
    this.name = name;
    this.label = `resource "${name}"`;
    const text = canonicalJson({ caching, origin });
    if (text === this.#text) return;
    this.#text = text;
    this.settings = new CacheSettings(caching, origin);
    this.originId = origin.resourceId;
    const keyText = keyTextOf(caching, origin);
    if (keyText === this.#keyText) return;
    this.#keyText = keyText;
    this.epoch++;
  }

  /**
   * Finds the orders that are not carried out yet, and notes that they are. What is told first is of a cache that is empty still.
   * @returns the paths, or `all`
   */
  takeOrders({ orders }: PurgeObject): string[] | "all" {
    const last = orders.at(-1)?.number ?? 0;
    const done = this.#lastOrder;
    this.#lastOrder = Math.max(last, done ?? 0);
    if (done === undefined || last <= done) return [];
    this.counters.purges += last - done;
    const [first] = orders;
    if (!first || first.number > done + 1) return "all";
    const paths = orders.filter(({ number }) => number > done).flatMap((order) => order.paths);
    return paths.some((path) => path === "*" || path === "/*") ? "all" : paths;
  }

  /** Nothing was ordered up to now: orders that begin with the first are new. */
  noteNoOrders(): void {
    this.#lastOrder ??= 0;
  }

  /** What is told of it to who asks. */
  read(now: Now): CacheAnswer {
    const { requests, hits, staleHits, validated, collapsed, misses, originOctets, originErrors } =
      this.counters;
    const { since, misses: top } = this.topMisses.read(now);
    const totals = {
      requests,
      hits,
      staleHits,
      validated,
      collapsed,
      misses: { ...misses },
      savedOctets: this.resource.cacheHitOctets,
      originOctets,
      originErrors,
    };
    return { totals, ...(since === undefined ? {} : { since }), misses: top };
  }

  /** Tells whether a path was purged by a prefix since a number. */
  wasPurged(path: string, since: number): boolean {
    return this.prefixes.some(({ number, prefix }) => number > since && path.startsWith(prefix));
  }
}
