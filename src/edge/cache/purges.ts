// What is not to be used any more (RFC 9111 section 4.4): by order of the owner, all, one path or all that begin alike; and by a request that
// changed something. One path is taken out at once, found by its hash. A prefix is only written down: each entry is held against it when it is
// next asked for, and what nobody asks for leaves the store as it would have. A reset is one number.

import { octetsOf } from "#http";
import type { CacheEntry } from "./cache-entry.ts";
import type { KeyWriter } from "./key.ts";
import { type CacheSite, maxPrefixes } from "./site.ts";
import type { CacheStore } from "./store.ts";

/** Takes out what is not to be used. */
export class Purges {
  readonly #store: CacheStore;
  readonly #key: KeyWriter;

  constructor(store: CacheStore, key: KeyWriter) {
    this.#store = store;
    this.#key = key;
  }

  /** Carries out orders. @param paths  with their query, or with `*` at the end; `/` in front may be left out */
  purge(site: CacheSite, paths: readonly string[] | "all"): void {
    if (paths === "all") {
      this.reset(site);
      return;
    }
    for (const path of paths) {
      const whole = path.startsWith("/") ? path : `/${path}`;
      if (whole.endsWith("*")) this.#prefix(site, whole.slice(0, -1));
      else this.path(site, whole);
    }
  }

  /** Empties a distribution's cache. */
  reset(site: CacheSite): void {
    site.epoch++;
    site.prefixes = [];
  }

  /** Takes out all that is stored for one path with its query. */
  path(site: CacheSite, path: string): void {
    const octets = octetsOf(path);
    const hash = this.#key.hashOfPath(octets, 0, octets.length);
    for (const entry of this.#store.ofPath(site, octets, hash)) this.#empty(entry);
  }

  #prefix(site: CacheSite, prefix: string): void {
    if (prefix === "/") {
      this.reset(site);
      return;
    }
    site.purgeNumber++;
    site.prefixes.push({ number: site.purgeNumber, prefix });
    if (site.prefixes.length <= maxPrefixes) return;
    // Once all entries have been held against them, the prefixes are of no use any more.
    for (const entry of this.#store.ofSite(site)) {
      this.bringUpToDate(entry);
      this.#store.settle(entry, 0);
    }
    site.prefixes = [];
  }

  /** Takes out of an entry what was purged since it was last looked at. */
  bringUpToDate(entry: CacheEntry): void {
    const { site } = entry;
    if (entry.epoch !== site.epoch) {
      this.#empty(entry);
      return;
    }
    if (entry.purgeNumber === site.purgeNumber) return;
    const path = entry.pathText;
    for (const response of entry.variants.slice()) {
      if (!site.wasPurged(path, response.purgeNumber)) continue;
      if (response.fetch) response.fetch.isOutdated = true;
      this.#remove(response);
    }
    for (const fetch of entry.fetches) fetch.isOutdated ||= site.wasPurged(path, fetch.purgeNumber);
    entry.purgeNumber = site.purgeNumber;
  }

  #empty(entry: CacheEntry): void {
    for (const fetch of entry.fetches) fetch.isOutdated = true;
    for (const response of entry.variants.slice()) this.#remove(response);
    entry.passUntil = 0;
    this.#store.settle(entry, 0);
  }

  /** One that is still arriving leaves the entry; its own request does the rest. */
  #remove(response: CacheEntry["variants"][number]): void {
    if (response.fetch) response.entry.remove(response);
    else this.#store.remove(response);
  }
}
