// What is stored under paths, for who is about to purge them: how many responses, their octets, and some of the paths that a prefix stands
// for. Nothing is changed by looking. One path is found by its hash; prefixes take one walk through the store, which is bounded: the edge
// serves nobody meanwhile.

import { storedExamples, type StoredPath } from "#contract";
import { octetsOf } from "#http";
import type { CacheEntry } from "./cache-entry.ts";
import type { KeyWriter } from "./key.ts";
import type { CacheSite } from "./site.ts";
import type { CacheStore } from "./store.ts";

/** Entries of the store that one look walks through at most: some milliseconds. */
const maxWalked = 20_000;

/** Looks at what is stored. */
export class StoredPaths {
  readonly #store: CacheStore;
  readonly #key: KeyWriter;

  constructor(store: CacheStore, key: KeyWriter) {
    this.#store = store;
    this.#key = key;
  }

  /** @param paths  with their query, or with `*` at the end for all that begin so */
  look(site: CacheSite, paths: readonly string[]): StoredPath[] {
    const found = paths.map((path) => ({
      path,
      responses: 0,
      octets: 0,
      examples: [] as string[],
      more: false,
      isCut: false,
    }));
    const prefixes = found.filter(({ path }) => path.endsWith("*"));
    for (const one of found) {
      if (one.path.endsWith("*")) continue;
      const octets = octetsOf(one.path);
      for (const entry of this.#store.ofPath(site, octets, this.#key.hashOfPath(octets, 0, octets.length)))
        add(one, entry, one.path);
    }
    if (prefixes.length > 0) this.#walk(site, prefixes);
    return found;
  }

  #walk(site: CacheSite, prefixes: readonly StoredPath[]): void {
    let left = maxWalked;
    for (const entry of this.#store.all()) {
      if (left-- === 0) {
        for (const one of prefixes) one.isCut = true;
        return;
      }
      if (entry.site !== site) continue;
      const path = entry.pathText;
      for (const one of prefixes) if (path.startsWith(one.path.slice(0, -1))) add(one, entry, path);
    }
  }
}

/** Counts what of an entry is stored and not purged yet: prefixes are held against it when it is asked for next. */
function add(found: StoredPath, entry: CacheEntry, path: string): void {
  const { site } = entry;
  if (entry.epoch !== site.epoch) return;
  const before = found.responses;
  for (const { isKept, contentOctets, purgeNumber } of entry.variants) {
    if (!isKept || site.wasPurged(path, purgeNumber)) continue;
    found.responses++;
    found.octets += contentOctets;
  }
  if (found.responses === before || found.examples.includes(path)) return;
  if (found.examples.length < storedExamples) found.examples.push(path);
  else found.more = true;
}
