// The store of all distributions of one edge: an index by key, and a bound in octets. What is kept is decided by S3-FIFO (Yang and others,
// SOSP 2023): new responses wait in a small queue, a tenth of the room; those that were used while they waited go on to the large one, the
// others leave, and a note of their hash has them go to the large queue at once should they come back soon. Chosen over TinyLFU: as good on
// traces of web caches, most of which are asked for once; no sketch to age, nothing but a counter is written on a hit, and scans and floods
// of new URIs pass through the small queue without touching what is in use.
//
// Look-ups are O(1): a table by the keyed hash, with chains for the rare equal ones. Each step of an eviction lowers a counter or removes
// something, so that storing is O(1) on average.

import { CacheEntry } from "./cache-entry.ts";
import type { KeyWriter } from "./key.ts";
import type { CacheSite } from "./site.ts";
import type { StoredResponse } from "./stored-response.ts";

/** How often a response's use is counted at most: that many rounds it stays. */
const maxHits = 3;

/** The small queue's part of the room. */
const smallPart = 0.1;

/** What an entry is counted with beside its key: measured too. */
const noteOctets = 768;

/** How much the store holds and what became of it. */
export interface StoreCounters {
  readonly octets: number;
  readonly responses: number;
  readonly entries: number;
  readonly evictions: number;
  /** Octets of responses that are gone and still being sent. */
  readonly leavingOctets: number;
}

/** A queue of responses, the newest at its head. */
class Queue {
  octets = 0;
  #head: StoredResponse | undefined = undefined;
  #tail: StoredResponse | undefined = undefined;

  get last(): StoredResponse | undefined {
    return this.#tail;
  }

  push(response: StoredResponse): void {
    response.before = undefined;
    response.after = this.#head;
    if (this.#head) this.#head.before = response;
    else this.#tail = response;
    this.#head = response;
    this.octets += response.octets;
  }

  remove(response: StoredResponse): void {
    if (response.before) response.before.after = response.after;
    else this.#head = response.after;
    if (response.after) response.after.before = response.before;
    else this.#tail = response.before;
    response.before = response.after = undefined;
    this.octets -= response.octets;
  }
}

/** Hashes of what left the small queue unused: a ring, and where each stands in it. */
class Ghosts {
  readonly #count: number;
  #ring: Int32Array | undefined = undefined;
  readonly #places = new Map<number, number>();
  #at = 0;

  constructor(count: number) {
    this.#count = count;
  }

  add(hash: number): void {
    const ring = (this.#ring ??= new Int32Array(this.#count));
    const old = ring[this.#at]!;
    if (this.#places.get(old) === this.#at) this.#places.delete(old);
    ring[this.#at] = hash;
    this.#places.set(hash, this.#at);
    this.#at = (this.#at + 1) % this.#count;
  }

  take(hash: number): boolean {
    return this.#places.delete(hash);
  }
}

/** The store. */
export class CacheStore {
  readonly maxOctets: number;
  /** The most that one response may take. */
  readonly maxResponseOctets: number;
  readonly #entriesByHash = new Map<number, CacheEntry>();
  readonly #entriesByPath = new Map<number, CacheEntry>();
  readonly #small = new Queue();
  readonly #large = new Queue();
  readonly #ghosts: Ghosts;
  #entries = 0;
  #noteOctets = 0;
  #responses = 0;
  #evictions = 0;
  #leavingOctets = 0;
  /** What is arriving and not in a queue yet. */
  #arrivingOctets = 0;
  /** Entries that hold a note only, the oldest first. */
  readonly #notes = new Set<CacheEntry>();

  constructor(maxOctets: number, maxResponseOctets: number) {
    this.maxOctets = maxOctets;
    this.maxResponseOctets = Math.min(maxResponseOctets, Math.floor(maxOctets / 4));
    this.#ghosts = new Ghosts(Math.max(64, Math.floor(maxOctets / 4096)));
  }

  /** Octets that are counted in all. */
  get octets(): number {
    return (
      this.#small.octets + this.#large.octets + this.#arrivingOctets + this.#leavingOctets + this.#noteOctets
    );
  }

  read(): StoreCounters {
    return {
      octets: this.octets,
      responses: this.#responses,
      entries: this.#entries,
      evictions: this.#evictions,
      leavingOctets: this.#leavingOctets,
    };
  }

  /** Finds the entry of a key. */
  find(key: KeyWriter): CacheEntry | undefined {
    const { octets, length, hash } = key;
    for (let entry = this.#entriesByHash.get(hash); entry; entry = entry.next) {
      if (entry.hash === hash && entry.key.length === length && isEqual(entry.key, octets, length))
        return entry;
    }
    return undefined;
  }

  /** Makes the entry of a key that has none. */
  add(key: KeyWriter, site: CacheSite): CacheEntry {
    const path = { hash: key.pathHash(), from: key.pathFrom, end: key.uriEnd };
    const entry = new CacheEntry(site, key.take(), key.hash, path);
    entry.next = this.#entriesByHash.get(entry.hash);
    this.#entriesByHash.set(entry.hash, entry);
    entry.nextOfPath = this.#entriesByPath.get(entry.pathHash);
    this.#entriesByPath.set(entry.pathHash, entry);
    entry.isListed = true;
    this.#entries++;
    this.#noteOctets += noteOctets + entry.key.length;
    return entry;
  }

  /** All entries of a site for one path with its query. */
  ofPath(site: CacheSite, path: Uint8Array, hash: number): CacheEntry[] {
    const found: CacheEntry[] = [];
    for (let entry = this.#entriesByPath.get(hash); entry; entry = entry.nextOfPath) {
      if (entry.site !== site || entry.pathHash !== hash || entry.pathEnd - entry.pathFrom !== path.length)
        continue;
      let i = 0;
      while (i < path.length && entry.key[entry.pathFrom + i] === path[i]) i++;
      if (i === path.length) found.push(entry);
    }
    return found;
  }

  /** All entries of a site: for what is done rarely. */
  *ofSite(site: CacheSite): Iterable<CacheEntry> {
    for (const entry of this.all()) if (entry.site === site) yield entry;
  }

  /** All entries: for what is done rarely. */
  *all(): Iterable<CacheEntry> {
    for (const first of this.#entriesByHash.values()) {
      let entry: CacheEntry | undefined = first;
      while (entry) {
        // Who is given it may take it out.
        const after: CacheEntry | undefined = entry.next;
        yield entry;
        entry = after;
      }
    }
  }

  /** Takes an entry out of the index where nothing is in it; one with a note stays until there are too many of them. */
  settle(entry: CacheEntry, monotonic: number): void {
    if (!entry.isListed) return;
    if (!entry.isIdle) {
      this.#notes.delete(entry);
      return;
    }
    if (entry.passUntil > monotonic) {
      this.#notes.delete(entry);
      this.#notes.add(entry);
      this.#makeRoom(0);
      return;
    }
    this.#drop(entry);
  }

  #drop(entry: CacheEntry): void {
    this.#notes.delete(entry);
    unlink(this.#entriesByHash, entry.hash, entry, "next");
    unlink(this.#entriesByPath, entry.pathHash, entry, "nextOfPath");
    entry.isListed = false;
    this.#entries--;
    this.#noteOctets -= noteOctets + entry.key.length;
  }

  /** Takes room for what arrives. Returns false where there is none: then nothing was taken. */
  reserve(response: StoredResponse, octets: number): boolean {
    if (response.octets + octets > this.maxResponseOctets) return false;
    // What is arriving at once has half of the room at most: what is stored is worth more.
    if (this.#arrivingOctets + octets > this.maxOctets / 2) return false;
    if (!this.#makeRoom(octets)) return false;
    response.octets += octets;
    this.#arrivingOctets += octets;
    return true;
  }

  /** Gives back what a response that arrives has too much, or all that it has. */
  giveBack(response: StoredResponse, octets: number): void {
    response.octets -= octets;
    this.#arrivingOctets -= octets;
  }

  /** Begins to count a response that arrives. */
  begin(response: StoredResponse): boolean {
    const { octets } = response;
    response.octets = 0;
    if (this.reserve(response, octets)) return true;
    response.octets = octets;
    return false;
  }

  /** Has a response that arrived as a whole stay. */
  keep(response: StoredResponse): void {
    this.#arrivingOctets -= response.octets;
    this.#responses++;
    const isBack = this.#ghosts.take(response.entry.hash);
    response.queue = isBack ? "large" : "small";
    (isBack ? this.#large : this.#small).push(response);
    this.#notes.delete(response.entry);
    this.#makeRoom(0);
  }

  /** Counts another size for a response in its place, such as after a validation. */
  resize(response: StoredResponse, octets: number): void {
    if (response.queue === "none") return;
    const queue = response.queue === "small" ? this.#small : this.#large;
    queue.octets += octets - response.octets;
    response.octets = octets;
  }

  /** A response was answered with. Hot: this is all that a hit writes. */
  touch(response: StoredResponse): void {
    if (response.hits < maxHits) response.hits++;
  }

  /** Takes a response out. */
  remove(response: StoredResponse): void {
    response.entry.remove(response);
    if (response.queue === "none") return;
    (response.queue === "small" ? this.#small : this.#large).remove(response);
    response.queue = "none";
    this.#responses--;
    this.#leave(response);
  }

  /** What is still being sent takes room until that is over. */
  #leave(response: StoredResponse): void {
    if (response.readers === 0) return;
    response.isLeaving = true;
    this.#leavingOctets += response.octets;
  }

  /** Somebody begins to be sent a response. */
  hold(response: StoredResponse): void {
    response.readers++;
  }

  /** Somebody is not sent a response any more. */
  release(response: StoredResponse): void {
    response.readers--;
    if (response.readers > 0 || !response.isLeaving) return;
    response.isLeaving = false;
    this.#leavingOctets -= response.octets;
  }

  /** A response that was arriving will not be kept. */
  discard(response: StoredResponse): void {
    response.entry.remove(response);
    this.#arrivingOctets -= response.octets;
    this.#leave(response);
  }

  /** Evicts until there is room for so many octets more. */
  #makeRoom(octets: number): boolean {
    while (this.octets + octets > this.maxOctets) {
      if (!this.#evict()) return false;
    }
    return true;
  }

  #evict(): boolean {
    // A note costs one request to the origin to have again.
    const [note] = this.#notes;
    if (note && this.#notes.size * 8 > this.#entries) {
      this.#drop(note);
      return true;
    }
    const { last: small } = this.#small;
    const isSmallFull = this.#small.octets > this.maxOctets * smallPart;
    if (small && (isSmallFull || !this.#large.last)) {
      if (small.hits > 0) {
        this.#small.remove(small);
        small.hits = 0;
        small.queue = "large";
        this.#large.push(small);
      } else {
        this.#ghosts.add(small.entry.hash);
        this.#throwOut(small);
      }
      return true;
    }
    const { last: large } = this.#large;
    if (!large) {
      if (note) this.#drop(note);
      return note !== undefined;
    }
    if (large.hits > 0) {
      this.#large.remove(large);
      large.hits--;
      this.#large.push(large);
    } else this.#throwOut(large);
    return true;
  }

  #throwOut(response: StoredResponse): void {
    this.#evictions++;
    this.remove(response);
    if (response.entry.isIdle) this.#drop(response.entry);
  }
}

/** Takes an entry out of its chain. */
function unlink(
  table: Map<number, CacheEntry>,
  hash: number,
  entry: CacheEntry,
  link: "next" | "nextOfPath",
): void {
  let before = table.get(hash);
  if (before === entry) {
    const { [link]: next } = entry;
    if (next) table.set(hash, next);
    else table.delete(hash);
    return;
  }
  while (before && before[link] !== entry) before = before[link];
  if (before) before[link] = entry[link];
}

function isEqual(a: Uint8Array, b: Uint8Array, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return false;
  return true;
}
