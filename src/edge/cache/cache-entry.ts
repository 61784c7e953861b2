// All that is stored under one key: the variants that Vary tells apart, the requests to the origin that are under way for it, and whether
// its responses were found not to be worth waiting for.

import type { Fetch } from "./fetch.ts";
import type { CacheSite } from "./site.ts";
import type { StoredResponse } from "./stored-response.ts";

/** Variants that are kept of one key: the oldest makes room. Who varies by what visitors choose freely has no more. */
const maxVariants = 32;

/** An entry of the index. */
export class CacheEntry {
  readonly site: CacheSite;
  /** The site's number when it was made: another one is an emptied cache. */
  readonly epoch: number;
  readonly key: Uint8Array;
  readonly hash: number;
  readonly pathHash: number;
  /** Where path and query lie in the key. */
  readonly pathFrom: number;
  readonly pathEnd: number;
  /** The one after it in its bucket, by each hash. */
  next: CacheEntry | undefined = undefined;
  nextOfPath: CacheEntry | undefined = undefined;
  /** The newest first. */
  readonly variants: StoredResponse[] = [];
  /** Requests under way that others may wait for. */
  readonly fetches: Fetch[] = [];
  /** Monotonic time until which nobody waits for another's response: the last one was not kept. */
  passUntil = 0;
  /** Why it was not. */
  passReason = "";
  /** The last purge that it was held against. */
  purgeNumber: number;
  isListed = false;

  constructor(
    site: CacheSite,
    key: Uint8Array,
    hash: number,
    path: { readonly hash: number; readonly from: number; readonly end: number },
  ) {
    this.site = site;
    this.epoch = site.epoch;
    this.key = key;
    this.hash = hash;
    this.pathHash = path.hash;
    this.pathFrom = path.from;
    this.pathEnd = path.end;
    this.purgeNumber = site.purgeNumber;
  }

  /** Path and query, as text. */
  get pathText(): string {
    let text = "";
    for (let i = this.pathFrom; i < this.pathEnd; i++) text += String.fromCharCode(this.key[i]!);
    return text;
  }

  /** True where nothing is stored, known or under way. */
  get isIdle(): boolean {
    return this.variants.length === 0 && this.fetches.length === 0;
  }

  /** Takes a variant. Returns the one that has to go for it. */
  add(response: StoredResponse): StoredResponse | undefined {
    this.variants.unshift(response);
    return this.variants.length > maxVariants ? this.variants.pop() : undefined;
  }

  /** Takes a variant out. */
  remove(response: StoredResponse): void {
    const index = this.variants.indexOf(response);
    if (index >= 0) this.variants.splice(index, 1);
  }
}
