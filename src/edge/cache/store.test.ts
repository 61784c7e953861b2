// What stays in the store and what leaves it: the bound, the order, and how often what is asked for is there, beside a plain LRU.

import { MessageHead, octetsOf } from "#http";
import { expect, test } from "vitest";
import { ResourceCounters } from "../resource-counters.ts";
import { transparent } from "../testing-distribution.ts";
import { KeyWriter } from "./key.ts";
import { CacheSite } from "./site.ts";
import { CacheStore } from "./store.ts";
import { StoredResponse } from "./stored-response.ts";

const site = new CacheSite("d", 1, new ResourceCounters(), transparent, { resourceId: "r" });

/** A store with look-ups by path, and content of a size that is made up. */
function storeOf(maxOctets: number): {
  store: CacheStore;
  readonly ask: (path: string, octets: number) => boolean;
} {
  const store = new CacheStore(maxOctets, maxOctets / 4);
  const key = new KeyWriter([1, 2]);
  return {
    store,
    ask(path, octets) {
      const request = octetsOf(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      const head = new MessageHead("request");
      head.parse(request, 0, request.length);
      key.write(1, site.settings, head, request, 0, false, "", undefined);
      const known = store.find(key);
      const [found] = known?.variants ?? [];
      if (found) {
        store.touch(found);
        return true;
      }
      const entry = known ?? store.add(key, site);
      const response = new StoredResponse(entry, site);
      if (!store.begin(response)) return false;
      if (!store.reserve(response, octets)) {
        store.discard(response);
        store.settle(entry, 0);
        return false;
      }
      entry.add(response);
      store.keep(response);
      return false;
    },
  };
}

/** Numbers that are the same each time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Ranks by Zipf's law, the most popular being 0. */
function zipf(count: number, exponent: number, next: () => number): () => number {
  const sums = new Float64Array(count);
  let sum = 0;
  for (let i = 0; i < count; i++) sums[i] = sum += (i + 1) ** -exponent;
  return () => {
    const wanted = next() * sum;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

test.each([
  ["popular pages", 0],
  ["popular pages and as many that are asked for once", 0.5],
])("more of what is asked for is there than with LRU: %s", (_what, onceShare) => {
  const room = 400;
  const { store, ask } = storeOf(room * 1600);
  const next = random(7);
  const rank = zipf(8000, 0.9, next);
  const lru = new Map<string, true>();
  let hits = 0;
  let lruHits = 0;
  let counted = 0;
  for (let i = 0; i < 40_000; i++) {
    const path = next() < onceShare ? `/once/${i}` : `/${rank()}`;
    const isThere = ask(path, 1024);
    const wasThere = lru.delete(path);
    lru.set(path, true);
    const [oldest] = lru.keys();
    // As many as the store holds at this time.
    if (lru.size > Math.max(room * 0.9, store.read().responses) && oldest !== undefined) lru.delete(oldest);
    if (i < 8000) continue;
    counted++;
    if (isThere) hits++;
    if (wasThere) lruHits++;
  }
  const ratio = hits / counted;
  const lruRatio = lruHits / counted;
  // Measured: 0.525 beside 0.441 of popular pages, 0.246 beside 0.164 where as many are asked for once.
  expect(ratio).toBeGreaterThan(lruRatio * 1.08);
  expect(store.octets).toBeLessThanOrEqual(room * 1600);
});

test("a scan over everything takes nothing away from what is in use", () => {
  const { ask } = storeOf(1_000_000);
  for (let round = 0; round < 3; round++) for (let i = 0; i < 200; i++) ask(`/used/${i}`, 1024);
  for (let i = 0; i < 5000; i++) ask(`/scan/${i}`, 1024);
  let left = 0;
  for (let i = 0; i < 200; i++) if (ask(`/used/${i}`, 1024)) left++;
  expect(left).toBe(200);
});

test("one response takes a quarter of the room at most, and what arrives at once a half", () => {
  const { store, ask } = storeOf(100_000);
  expect(ask("/a", 30_000)).toBe(false);
  expect(ask("/a", 30_000)).toBe(false);
  expect(store.read().responses).toBe(0);
  expect(store.octets).toBeLessThan(2000);
  ask("/b", 20_000);
  expect(ask("/b", 20_000)).toBe(true);
});

test("sums agree with what is there, through anything that happens to responses", () => {
  const next = random(3);
  const { store, ask } = storeOf(60_000);
  for (let i = 0; i < 5000; i++) ask(`/${Math.floor(next() * 200)}`, Math.floor(next() * 12_000));
  let octets = 0;
  let responses = 0;
  for (const entry of store.ofSite(site)) {
    octets += 768 + entry.key.length;
    for (const response of entry.variants) {
      octets += response.octets;
      responses++;
    }
  }
  expect(store.octets).toBe(octets);
  expect(store.read().responses).toBe(responses);
  for (const entry of store.ofSite(site)) {
    for (const response of entry.variants.slice()) store.remove(response);
    store.settle(entry, 0);
  }
  expect(store.read()).toMatchObject({ octets: 0, responses: 0, entries: 0 });
});
